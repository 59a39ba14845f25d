//! The script at run time: scenarios come and go while calls are answered.

use std::sync::{Arc, PoisonError};

use super::{Mock, address::is_name};
use crate::{
    scenario::{Progress, Scenario, Script},
    session::Session,
};

impl Mock {
    /// A session at the start of the script.
    pub(super) fn new_session(&self, name: &str) -> Session {
        let progress = Progress::new(self.script.load_full());
        Session::new(name, self.contract.operations().len(), progress, self.options.time)
    }

    /// Works with a session, which is made if it does not exist; nothing if it cannot have that name.
    pub fn in_session<T>(&self, name: &str, work: impl FnOnce(&Session) -> T) -> Option<T> {
        is_name(name).then(|| self.sessions.with(Some(name), |name| self.new_session(name), work))
    }

    /// Plays a scenario from now on: in the place of the one with its name, else after all others. Whether it replaced one.
    /// Sessions stay where they are in all other scenarios.
    pub fn put_scenario(&self, scenario: Scenario) -> bool {
        self.change_script(|scenarios| put(scenarios, Arc::new(scenario)))
    }

    /// Plays the scenarios of a name no longer. Whether there was one.
    pub fn remove_scenario(&self, name: &str) -> bool {
        self.change_script(|scenarios| remove(scenarios, name))
    }

    /// Plays a scenario in one session alone, before those of the server, and in the place of one with its name. Whether it replaced
    /// one of the session's own. The session is made if it does not exist; nothing if it cannot have that name.
    pub fn put_session_scenario(&self, session: &str, scenario: Scenario) -> Option<bool> {
        let scenario = Arc::new(scenario);
        self.change_own(session, |own| put(own, scenario))
    }

    /// Plays a scenario of a session's own no longer. Whether there was one.
    pub fn remove_session_scenario(&self, session: &str, name: &str) -> bool {
        let exists = self.sessions.get(session).is_some();
        exists && self.change_own(session, |own| remove(own, name)) == Some(true)
    }

    fn change_own<T>(&self, session: &str, change: impl FnOnce(&mut Vec<Arc<Scenario>>) -> T) -> Option<T> {
        // The script of the server must not change meanwhile.
        let _steady = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let server = self.script.load_full();
        self.in_session(session, |session| session.change_own(&server, &self.contract, change))
    }

    /// Forgets a session and its exchanges; the default one begins anew. Whether it existed.
    pub fn forget_session(&self, name: &str) -> bool {
        let existed = self.sessions.remove(name, |name| self.new_session(name));
        if existed {
            self.journal.forget(|exchange| exchange.session() == name);
            self.coverage.iter().for_each(|coverage| coverage.forget(name));
        }
        existed
    }

    /// Begins anew: no session but the default one, which is at the start of the script, and an empty journal.
    pub fn reset(&self) {
        self.sessions.reset(|name| self.new_session(name));
        self.forget_exchanges();
    }

    pub(super) fn change_script<T>(&self, change: impl FnOnce(&mut Vec<Arc<Scenario>>) -> T) -> T {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        // No session comes or goes meanwhile, so none is left with the old script.
        self.sessions.steady(|sessions| {
            let before = self.script.load();
            let mut scenarios = before.scenarios().to_vec();
            let result = change(&mut scenarios);
            let script = Arc::new(Script::following(scenarios, &self.contract, &[&before]));
            self.script.store(Arc::clone(&script));
            for session in sessions {
                session.follow(&script, &self.contract);
            }
            result
        })
    }
}

/// Puts a scenario in the place of the one with its name, else at the end. Whether it replaced one.
fn put(scenarios: &mut Vec<Arc<Scenario>>, scenario: Arc<Scenario>) -> bool {
    let same = scenarios.iter_mut().find(|known| known.name == scenario.name);
    let replaces = same.is_some();
    match same {
        Some(known) => *known = scenario,
        None => scenarios.push(scenario),
    }
    replaces
}

fn remove(scenarios: &mut Vec<Arc<Scenario>>, name: &str) -> bool {
    let before = scenarios.len();
    scenarios.retain(|scenario| scenario.name != name);
    scenarios.len() < before
}
