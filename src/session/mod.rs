//! One client's world: how far it has come in the script, its states, its clock, its tokens, and what it did. Sessions do not see
//! one another.

mod clock;
mod exchange;
mod journal;
mod receipt;
mod recorded;
mod redact;
mod resends;
mod retry_after;
mod sessions;
mod tokens;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use arc_swap::ArcSwap;
use jiff::Timestamp;

pub use self::{
    clock::Clock,
    exchange::{Details, EXAMPLE, Exchange, Resend},
    journal::Journal,
    receipt::{Arrival, Ended, Outcome, Sent},
    recorded::Recorded,
    redact::Redaction,
    resends::{NewFailure, Repeats, Resends},
    retry_after::retry_after,
    sessions::Sessions,
    tokens::Tokens,
};
use crate::{
    contract::OperationId,
    scenario::{Progress, States},
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
    /// The script that it plays, and how far it has come.
    pub progress: ArcSwap<Progress>,
    states: Mutex<States>,
    /// Calls of each operation, and at the end those of none.
    attempts: Box<[AtomicU64]>,
    last_used: AtomicU64,
}

impl Session {
    /// A session at the start of a script. `operations` is how many the contract has; `frozen` is where its clock stands still.
    pub fn new(name: &str, operations: usize, progress: Progress, frozen: Option<Timestamp>) -> Self {
        Self {
            name: name.into(),
            clock: Clock::starting(frozen),
            tokens: Tokens::default(),
            progress: ArcSwap::from_pointee(progress),
            states: Mutex::default(),
            attempts: (0..=operations).map(|_| AtomicU64::new(0)).collect(),
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
