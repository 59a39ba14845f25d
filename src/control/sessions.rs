//! Who plays: sessions and their states.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Control, ControlError};
use crate::{scenario::States, session::Session};

/// States of a session.
pub(super) const MOST_STATES: usize = 1000;

/// Bytes of their names and of their values as JSON.
pub(super) const MOST_STATE_BYTES: usize = 1 << 20;

/// A session, as it is now.
#[derive(Debug, Clone)]
pub struct SessionState {
    /// Its name.
    pub name: String,
    /// How many calls it made.
    pub calls: u64,
    /// What time it is there.
    pub now: Timestamp,
    /// Whether its clock stands still.
    pub frozen: bool,
}

impl Control<'_> {
    /// All sessions: the default one, then the others by name. `system` is the system's time.
    pub fn sessions(self, system: Timestamp) -> Vec<SessionState> {
        self.mock.sessions().all().iter().map(|session| state(session, system)).collect()
    }

    /// How many sessions made room for others.
    pub fn evicted_sessions(self) -> u64 {
        self.mock.sessions().evicted()
    }

    /// A session that exists.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoSession`].
    pub fn session(self, name: &str) -> Result<Arc<Session>, ControlError> {
        self.mock.sessions().get(name).ok_or_else(|| ControlError::NoSession(name.to_owned()))
    }

    /// A session as it is now.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoSession`].
    pub fn session_state(self, name: &str, system: Timestamp) -> Result<SessionState, ControlError> {
        Ok(state(self.session(name)?.as_ref(), system))
    }

    /// How many calls each rule of a session has answered, by the rule's label.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoSession`].
    pub fn positions(self, name: &str) -> Result<Vec<(String, u64)>, ControlError> {
        let session = self.session(name)?;
        let progress = session.progress.load();
        Ok(progress.positions().map(|(rule, calls)| (rule.to_owned(), calls)).collect())
    }

    /// Forgets a session with its exchanges and its own scenarios; the default one begins anew.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoSession`].
    pub fn forget_session(self, name: &str) -> Result<(), ControlError> {
        if self.mock.forget_session(name) { Ok(()) } else { Err(ControlError::NoSession(name.to_owned())) }
    }

    /// The named states of a session.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoSession`].
    pub fn states(self, name: &str) -> Result<States, ControlError> {
        Ok(self.session(name)?.states().clone())
    }

    /// Sets states and leaves the others alone; null takes one away. The session is made if it does not exist, so that a test can begin
    /// in a state. All of its states are returned.
    ///
    /// # Errors
    ///
    /// [`ControlError::NotASessionName`], and [`ControlError::TooManyStates`], after which all is as it was.
    pub fn put_states(self, name: &str, wanted: Map<String, Value>) -> Result<States, ControlError> {
        self.in_session(name, |session| {
            let mut states = session.states();
            let mut next = states.clone();
            for (name, value) in wanted {
                if value.is_null() {
                    next.remove(&name)
                } else {
                    next.insert(name, value)
                };
            }
            let bytes: usize = next.iter().map(|(name, value)| name.len() + value.to_string().len()).sum();
            if next.len() > MOST_STATES || bytes > MOST_STATE_BYTES {
                return Err(ControlError::TooManyStates);
            }
            states.clone_from(&next);
            Ok(next)
        })?
    }

    /// Takes all states of a session away.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoSession`].
    pub fn clear_states(self, name: &str) -> Result<(), ControlError> {
        self.session(name)?.states().clear();
        Ok(())
    }

    /// Works with a session, which is made if it does not exist.
    pub(super) fn in_session<T>(self, name: &str, work: impl FnOnce(&Session) -> T) -> Result<T, ControlError> {
        self.mock.in_session(name, work).ok_or_else(|| ControlError::NotASessionName(name.to_owned()))
    }
}

fn state(session: &Session, system: Timestamp) -> SessionState {
    let (now, frozen) = (session.clock.now(system), session.clock.is_frozen());
    SessionState { name: session.name().to_owned(), calls: session.calls(), now, frozen }
}
