//! All sessions of a stand-in: made at their first use, bounded in number.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use arc_swap::ArcSwap;

use super::{DEFAULT, Session};

/// The sessions. Calls look them up without a lock; the list is copied when a session comes or goes.
pub struct Sessions {
    default: ArcSwap<Session>,
    named: ArcSwap<HashMap<Arc<str>, Arc<Session>>>,
    /// Held while a session comes or goes.
    change: Mutex<()>,
    most: usize,
    /// How many made room for others.
    evicted: AtomicU64,
}

impl Sessions {
    /// The default session alone. At most `most` others are kept.
    pub fn new(default: Session, most: usize) -> Self {
        Self {
            default: ArcSwap::from_pointee(default),
            named: ArcSwap::default(),
            change: Mutex::new(()),
            most: most.max(1),
            evicted: AtomicU64::new(0),
        }
    }

    /// Works with a session, which is made if it does not exist. Without a name it is the default one.
    pub fn with<T>(
        &self,
        name: Option<&str>,
        make: impl FnOnce(&str) -> Session,
        work: impl FnOnce(&Session) -> T,
    ) -> T {
        let Some(name) = name.filter(|name| *name != DEFAULT) else { return work(&self.default.load()) };
        if let Some(session) = self.named.load().get(name) {
            return work(session);
        }
        work(&self.make(name, make))
    }

    /// A session that exists.
    pub fn get(&self, name: &str) -> Option<Arc<Session>> {
        if name == DEFAULT { Some(self.default.load_full()) } else { self.named.load().get(name).cloned() }
    }

    /// All sessions: the default one, then the others by name.
    pub fn all(&self) -> Vec<Arc<Session>> {
        let mut all: Vec<_> = self.named.load().values().cloned().collect();
        all.sort_by(|a, b| a.name().cmp(b.name()));
        all.insert(0, self.default.load_full());
        all
    }

    /// Takes a session out; the default one begins anew instead. Whether it existed.
    pub fn remove(&self, name: &str, make: impl FnOnce(&str) -> Session) -> bool {
        if name == DEFAULT {
            let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
            self.default.store(Arc::new(make(DEFAULT)));
            return true;
        }
        self.changed(|sessions| sessions.remove(name).is_some())
    }

    /// Takes all sessions out; the default one begins anew. In one step: the list is copied for each change.
    pub fn reset(&self, make: impl FnOnce(&str) -> Session) {
        self.changed(|sessions| {
            sessions.clear();
            self.default.store(Arc::new(make(DEFAULT)));
        });
    }

    /// How many made room for others.
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Relaxed)
    }

    /// Works with all sessions while none comes or goes.
    pub fn steady<T>(&self, work: impl FnOnce(&[Arc<Session>]) -> T) -> T {
        let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        work(&self.all())
    }

    /// Makes a session. The one that was not used for the longest time makes room for it.
    fn make(&self, name: &str, make: impl FnOnce(&str) -> Session) -> Arc<Session> {
        self.changed(|sessions| {
            // Another call may have been faster.
            if let Some(session) = sessions.get(name) {
                return Arc::clone(session);
            }
            let oldest = sessions.values().min_by_key(|session| session.last_used());
            if let Some(oldest) = oldest.filter(|_| sessions.len() >= self.most).cloned() {
                sessions.remove(oldest.name());
                if self.evicted.fetch_add(1, Relaxed) == 0 {
                    let (most, oldest) = (self.most, oldest.name());
                    tracing::warn!(
                        "there are {most} sessions: `{oldest}`, which was not used for the longest time, is evicted, and \
                         from now on one for each new one (--max-sessions keeps more)"
                    );
                }
            }
            let session = Arc::new(make(name));
            // It counts as used just now, though its first call may still be under way, or none may have come yet.
            let latest = sessions.values().map(|session| session.last_used()).max();
            session.used_by(latest.map_or(0, |latest| latest + 1));
            sessions.insert(session.name.clone(), Arc::clone(&session));
            session
        })
    }

    fn changed<T>(&self, change: impl FnOnce(&mut HashMap<Arc<str>, Arc<Session>>) -> T) -> T {
        let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sessions = HashMap::clone(&self.named.load());
        let result = change(&mut sessions);
        self.named.store(Arc::new(sessions));
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Progress, Script};

    fn session(name: &str) -> Session {
        Session::new(name, 1, Progress::new(Arc::new(Script::default())), None)
    }

    fn sessions(most: usize) -> Sessions {
        Sessions::new(session(DEFAULT), most)
    }

    fn attempt(sessions: &Sessions, name: Option<&str>) -> u64 {
        sessions.with(name, session, |session| session.attempt(None))
    }

    #[test]
    fn each_session_counts_for_itself() {
        let sessions = sessions(8);
        assert_eq!([None, Some("a"), Some("a"), Some(DEFAULT)].map(|name| attempt(&sessions, name)), [1, 1, 2, 2]);
        let names: Vec<_> = sessions.all().iter().map(|session| session.name().to_owned()).collect();
        assert_eq!(names, [DEFAULT, "a"]);
    }

    #[test]
    fn the_one_that_was_not_used_for_the_longest_time_is_evicted() {
        let sessions = sessions(2);
        for (number, name) in (1..).zip(["a", "b", "a", "c"]) {
            sessions.with(Some(name), session, |session| session.used_by(number));
        }
        assert!(sessions.get("b").is_none() && sessions.get("a").is_some() && sessions.get("c").is_some());
        assert_eq!(sessions.evicted(), 1);
    }

    #[test]
    fn a_session_that_was_made_but_not_called_yet_is_not_the_oldest() {
        let sessions = sessions(2);
        for (number, name) in (1..).zip(["a", "b"]) {
            sessions.with(Some(name), session, |session| session.used_by(number));
        }
        // As the admin API does it, or a call that is slower than the next one.
        sessions.with(Some("prepared"), session, |_| ());
        sessions.with(Some("c"), session, |session| session.used_by(3));
        assert!(sessions.get("prepared").is_some() && sessions.get("b").is_none());
    }

    #[test]
    fn a_session_that_was_removed_begins_anew() {
        let sessions = sessions(2);
        for name in [Some("a"), None] {
            attempt(&sessions, name);
            assert!(sessions.remove(name.unwrap_or(DEFAULT), session));
            assert_eq!(attempt(&sessions, name), 1);
        }
        assert!(!sessions.remove("nobody", session));
    }

    #[test]
    fn after_a_reset_there_is_a_new_default_session_alone() {
        let sessions = sessions(8);
        assert_eq!([None, Some("a"), None].map(|name| attempt(&sessions, name)), [1, 1, 2]);
        sessions.reset(session);
        assert_eq!(sessions.all().len(), 1);
        assert_eq!(attempt(&sessions, None), 1);
    }

    #[test]
    fn concurrent_callers_make_one_session() {
        let sessions = sessions(4);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..100).map(|_| attempt(&sessions, Some("a"))).last());
            }
        });
        assert_eq!(attempt(&sessions, Some("a")), 801);
    }
}
