//! What time it is in a session.

use std::time::Duration;

use jiff::Timestamp;

use super::{Control, ControlError};
use crate::session::Session;

/// What is done to a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockOrder {
    /// The time is this from now on; it goes on running, or standing still.
    Set(Timestamp),
    /// The time moves on by so much.
    Advance(Duration),
    /// The time stands still.
    Freeze,
    /// A time that stands still runs on.
    Resume,
}

/// What time it is in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    /// The session.
    pub session: String,
    /// Its time.
    pub now: Timestamp,
    /// Whether it stands still.
    pub frozen: bool,
}

impl Control<'_> {
    /// What time it is in a session. `system` is the system's time.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoSession`].
    pub fn time(self, session: &str, system: Timestamp) -> Result<Time, ControlError> {
        Ok(time(self.session(session)?.as_ref(), system))
    }

    /// Moves the clock of a session, which is made if it does not exist.
    ///
    /// # Errors
    ///
    /// [`ControlError::NotASessionName`].
    pub fn move_clock(self, session: &str, order: ClockOrder, system: Timestamp) -> Result<Time, ControlError> {
        self.in_session(session, |session| {
            match order {
                ClockOrder::Set(instant) => session.clock.set(instant, system),
                ClockOrder::Advance(by) => session.clock.advance(by),
                ClockOrder::Freeze => session.clock.freeze(system),
                ClockOrder::Resume => session.clock.resume(system),
            }
            time(session, system)
        })
    }
}

fn time(session: &Session, system: Timestamp) -> Time {
    let (now, frozen) = (session.clock.now(system), session.clock.is_frozen());
    Time { session: session.name().to_owned(), now, frozen }
}
