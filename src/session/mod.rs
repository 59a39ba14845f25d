//! One client's world: how far it has come in the script, its states, its clock, its tokens, and what it did. Sessions do not see
//! one another.

mod clock;
mod exchange;
mod identity;
mod journal;
mod origin;
mod prefix;
mod receipt;
mod recorded;
mod reread;
mod resends;
mod retry_after;
mod sessions;
mod shard;
mod spare;
mod tokens;
mod watchers;

use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use arc_swap::ArcSwap;
use jiff::Timestamp;

pub(crate) use self::prefix::name_of_session;
pub use self::{
    clock::Clock,
    exchange::{Details, Exchange, Resend},
    journal::Journal,
    origin::Origin,
    prefix::split_session,
    receipt::{Arrival, Ended, Outcome, Sent},
    recorded::Recorded,
    resends::{Failed, NewFailure, Repeats, Resends},
    retry_after::retry_after,
    sessions::Sessions,
    tokens::{TokenSeen, Tokens},
};
use crate::{
    contract::{Contract, OperationId},
    scenario::{Progress, Scenario, Script, States, StepRef},
    world::Store,
};

/// The session of a client that names none.
pub const DEFAULT: &str = "default";

/// A client's world.
#[derive(Debug)]
pub struct Session {
    name: Arc<str>,
    /// What time it is there.
    pub clock: Clock,
    /// When its tokens were used last.
    pub tokens: Tokens,
    /// Requests that got no status, and may be sent again by an HTTP library.
    pub resends: Resends<StepRef>,
    /// The script that it plays, and how far it has come.
    pub progress: ArcSwap<Progress>,
    /// Scenarios that it alone plays, before those of the server.
    own: Mutex<Vec<Arc<Scenario>>>,
    states: Mutex<States>,
    /// Calls of each operation, and at the end those of none.
    attempts: Box<[AtomicU64]>,
    /// What its calls made, from the first one that came to the world.
    pub(crate) world: OnceLock<Store>,
    last_used: AtomicU64,
}

impl Session {
    /// A session at the start of a script. `operations` is how many the contract has; `frozen` is where its clock stands still.
    pub fn new(name: &str, operations: usize, progress: Progress, frozen: Option<Timestamp>) -> Self {
        Self {
            name: name.into(),
            clock: Clock::starting(frozen),
            tokens: Tokens::default(),
            resends: Resends::default(),
            progress: ArcSwap::from_pointee(progress),
            own: Mutex::default(),
            states: Mutex::default(),
            attempts: (0..=operations).map(|_| AtomicU64::new(0)).collect(),
            world: OnceLock::new(),
            last_used: AtomicU64::new(0),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name to keep; nothing for the default session, whose name need not be counted by every call.
    pub(crate) fn kept_name(&self) -> Option<Arc<str>> {
        (*self.name != *DEFAULT).then(|| Arc::clone(&self.name))
    }

    /// Counts a call of an operation, or of none: 1 for the first one.
    pub fn attempt(&self, operation: Option<OperationId>) -> u64 {
        let index = operation.map_or(self.attempts.len() - 1, OperationId::index);
        self.attempts.get(index).map_or(0, |attempts| attempts.fetch_add(1, Relaxed) + 1)
    }

    /// How many calls there were.
    pub fn calls(&self) -> u64 {
        self.attempts.iter().map(|attempts| attempts.load(Relaxed)).sum()
    }

    /// The scenarios that it alone plays, in the order in which they are asked.
    pub fn own_scenarios(&self) -> Vec<Arc<Scenario>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the scenarios that it alone plays, and goes on with them and the server's script from where it is.
    pub(crate) fn change_own<T>(
        &self,
        server: &Arc<Script>,
        contract: &Contract,
        change: impl FnOnce(&mut Vec<Arc<Scenario>>) -> T,
    ) -> T {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut own);
        self.go_on_with(&own, server, contract);
        result
    }

    /// Goes on with another script of the server: in scenarios that stay it is where it was.
    pub(crate) fn follow(&self, server: &Arc<Script>, contract: &Contract) {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        self.go_on_with(&own, server, contract);
    }

    /// One of its own stands in for a scenario of the server with the same name.
    fn go_on_with(&self, own: &[Arc<Scenario>], server: &Arc<Script>, contract: &Contract) {
        let progress = self.progress.load();
        let script = if own.is_empty() {
            Arc::clone(server)
        } else {
            let others = server.scenarios().iter();
            let others = others.filter(|scenario| own.iter().all(|mine| mine.name != scenario.name));
            let scenarios = own.iter().chain(others).cloned().collect();
            Arc::new(Script::following(scenarios, contract, &[server, &progress.script]))
        };
        self.progress.store(Arc::new(progress.carried_to(script)));
    }

    /// Its named states. Whoever holds them decides alone.
    pub fn states(&self) -> MutexGuard<'_, States> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the exchange that used it last. The default session is never forgotten, and all of its calls would write here.
    pub(crate) fn used_by(&self, exchange: u64) {
        if *self.name != *DEFAULT {
            self.last_used.store(exchange, Relaxed);
        }
    }

    fn last_used(&self) -> u64 {
        self.last_used.load(Relaxed)
    }
}
