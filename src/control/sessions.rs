//! Who plays: sessions and their states.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{Control, ControlError};
use crate::{
    content::hex,
    scenario::States,
    session::{Session, TokenSeen},
    world::Store,
};

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

/// A token of a session. Itself it is not shown.
#[derive(Debug, Clone)]
pub struct TokenState {
    /// The first eight digits of its SHA-256, to tell tokens apart.
    pub sha256: String,
    /// When it was used or issued last.
    pub used: Timestamp,
    /// When it expires if nobody uses it; nothing if tokens live for ever.
    pub expires: Option<Timestamp>,
    /// Whether it has expired.
    pub is_expired: bool,
    /// Whose it is, if the world knows.
    pub user: Option<String>,
    /// Whether it was signed out.
    pub is_over: bool,
}

impl Control<'_> {
    /// The tokens that a session remembers, the one that was used last first; a few hundred at most.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoSession`].
    pub fn tokens(self, name: &str, system: Timestamp) -> Result<Vec<TokenState>, ControlError> {
        let session = self.session(name)?;
        let now = session.clock.shown(session.clock.now(system));
        let life = self.mock.options().token_life.and_then(|life| SignedDuration::try_from(life).ok());
        let world = session.world.get().map(Store::now);
        let state = |token: TokenSeen| {
            let expires = life.and_then(|life| token.used.checked_add(life).ok());
            let user = world.as_ref().and_then(|world| world.signed_in(token.digest));
            TokenState {
                sha256: hex(&token.digest),
                used: token.used,
                expires,
                is_expired: expires.is_some_and(|expires| expires < now),
                is_over: user.as_ref().is_some_and(|(_, is_over)| *is_over),
                user: user.map(|(name, _)| name),
            }
        };
        Ok(session.tokens.all().into_iter().map(state).collect())
    }

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
