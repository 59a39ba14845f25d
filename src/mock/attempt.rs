//! A call, between its judgement and its answer.

use jiff::Timestamp;

use crate::{scenario::Dice, session::Session};

/// One call in its session.
pub(super) struct Attempt<'m> {
    pub(super) session: &'m Session,
    /// Number in the journal.
    pub(super) number: u64,
    /// The session's time.
    pub(super) now: Timestamp,
    /// The system's time.
    pub(super) system: Timestamp,
    /// Chance, which knows seed, session, operation, and which of its calls this is.
    pub(super) dice: Dice<'m>,
}
