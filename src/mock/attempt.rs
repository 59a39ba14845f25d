//! A call, between its judgement and its answer.

use std::sync::Arc;

use arc_swap::Guard;
use jiff::Timestamp;

use crate::{
    scenario::{Progress, SeededRng, StepRef},
    session::{Arrival, Resend, Session},
};

/// One call in its session.
pub(super) struct Attempt<'m> {
    pub(super) session: &'m Session,
    /// Number in the journal.
    pub(super) number: u64,
    /// How its request came in.
    pub(super) arrival: Arrival,
    /// The session's time when its head was complete.
    pub(super) now: Timestamp,
    /// The exchange that it sends again, if the client's library did that.
    pub(super) resends: Option<Resend>,
    /// The answer that it gets again, because the one before it with the same bytes asks for that.
    pub(super) again: Option<StepRef>,
    /// The script that the session plays, and how far it has come.
    pub(super) progress: Guard<Arc<Progress>>,
    /// Chance, which knows seed, session, operation, and which of its calls this is.
    pub(super) rng: SeededRng<'m>,
}
