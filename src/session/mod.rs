//! One client's world: how far it has come in the script, and what it did. Sessions do not see one another.

mod exchange;
mod journal;
mod redact;
mod retry_after;

use std::sync::{Arc, atomic::AtomicU64};

pub use self::{
    exchange::{AnswerLabel, Exchange, Recorded},
    journal::Journal,
    redact::Redaction,
    retry_after::retry_after,
};
use crate::scenario::Script;

/// The session of a client that names none.
pub const DEFAULT: &str = "default";

/// A client's state.
#[derive(Debug)]
pub struct Session {
    /// Its name; nothing for the default one.
    pub name: Option<Arc<str>>,
    /// Calls that each rule of the script has answered.
    pub positions: Box<[AtomicU64]>,
}

impl Session {
    /// A session at the start of a script.
    pub fn new(name: &str, script: &Script) -> Self {
        Self { name: (name != DEFAULT).then(|| name.into()), positions: script.positions() }
    }
}
