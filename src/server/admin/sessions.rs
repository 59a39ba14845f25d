//! Who plays: `sessions`, `sessions/{name}`, `sessions/{name}/states`.

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{Answered, Request, no_content, problem, respond};
use crate::session::Session;

impl Request<'_> {
    pub(super) fn sessions(&self) -> Answered {
        self.known_parameters(&[])?;
        let sessions = self.mock.sessions();
        let list: Vec<Value> = sessions.all().iter().map(|session| self.summary(session)).collect();
        Ok(respond(StatusCode::OK, &json!({ "sessions": list, "forgotten": sessions.forgotten() })))
    }

    pub(super) fn session(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        let session = self.existing(name)?;
        let mut value = self.summary(&session);
        let progress = session.progress.load();
        value["rules"] = progress.positions().map(|(rule, calls)| json!({ "rule": rule, "calls": calls })).collect();
        value["states"] = json!(*session.states());
        Ok(respond(StatusCode::OK, &value))
    }

    /// Forgets a session; the default one begins anew.
    pub(super) fn forget_session(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        if self.mock.forget_session(name) { Ok(no_content()) } else { Err(no_session(name)) }
    }

    pub(super) fn states(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        let session = self.existing(name)?;
        let states = json!(*session.states());
        Ok(respond(StatusCode::OK, &states))
    }

    /// Sets the states of the body, and leaves the others alone; null takes one away. The session is made if it does not exist,
    /// so that a test can begin in a state.
    pub(super) fn put_states(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        let Value::Object(wanted) = self.json()? else {
            return Err(problem(StatusCode::BAD_REQUEST, "states are an object, such as `{\"upload\": \"started\"}`"));
        };
        let states = self.in_session(name, |session| {
            let mut states = session.states();
            for (name, value) in wanted {
                if value.is_null() {
                    states.remove(&name)
                } else {
                    states.insert(name, value)
                };
            }
            json!(*states)
        })?;
        Ok(respond(StatusCode::OK, &states))
    }

    pub(super) fn clear_states(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        self.existing(name)?.states().clear();
        Ok(no_content())
    }

    pub(super) fn existing(&self, name: &str) -> Result<Arc<Session>, Response<Bytes>> {
        self.mock.sessions().get(name).ok_or_else(|| no_session(name))
    }

    /// Works with a session, which is made if it does not exist.
    pub(super) fn in_session<T>(&self, name: &str, work: impl FnOnce(&Session) -> T) -> Result<T, Response<Bytes>> {
        self.mock.in_session(name, work).ok_or_else(|| {
            let detail =
                format!("`{name}` cannot be the name of a session: 1 to 100 letters, digits, `-`, `_` and `.`");
            problem(StatusCode::BAD_REQUEST, detail)
        })
    }

    fn summary(&self, session: &Session) -> Value {
        let now = session.clock.now(self.now).to_string();
        json!({ "session": session.name(), "calls": session.calls(), "now": now, "frozen": session.clock.is_frozen() })
    }
}

fn no_session(name: &str) -> Response<Bytes> {
    problem(StatusCode::NOT_FOUND, format!("there is no session `{name}`; a session is made by its first call"))
}
