//! Who plays: `sessions`, `sessions/{name}`, `sessions/{name}/states`.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Answered, Request, no_content, problem, respond};
use crate::{contract::redact::REDACTED, control::SessionState};

impl Request<'_> {
    pub(super) fn sessions(&self) -> Answered {
        self.known_parameters(&[])?;
        let list: Vec<Value> = self.control.sessions(self.now).iter().map(summary).collect();
        Ok(respond(StatusCode::OK, &json!({ "sessions": list, "forgotten": self.control.evicted_sessions() })))
    }

    pub(super) fn session(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        let mut value = summary(&self.control.session_state(name, self.now)?);
        let positions = self.control.positions(name)?;
        value["rules"] = positions.iter().map(|(rule, calls)| json!({ "rule": rule, "calls": calls })).collect();
        value["states"] = json!(self.control.states(name)?);
        let own = self.control.session_scenarios(name)?;
        value["scenarios"] = own.iter().map(|scenario| json!(scenario.name)).collect();
        Ok(respond(StatusCode::OK, &value))
    }

    /// Forgets a session; the default one begins anew.
    pub(super) fn forget_session(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        self.control.forget_session(name)?;
        Ok(no_content())
    }

    /// Its tokens, without what they are.
    pub(super) fn tokens(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        let tokens = self.control.tokens(name, self.now)?.into_iter().map(|token| {
            let state = match (token.is_over, token.is_expired) {
                (true, _) => "signed out",
                (false, true) => "expired",
                (false, false) => "alive",
            };
            let expires = token.expires.map(|expires| expires.to_string());
            json!({
                "token": REDACTED,
                "sha256": token.sha256,
                "user": token.user,
                "state": state,
                "used": token.used.to_string(),
                "expires": expires,
            })
        });
        Ok(respond(StatusCode::OK, &json!({ "tokens": tokens.collect::<Vec<_>>() })))
    }

    pub(super) fn states(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        Ok(respond(StatusCode::OK, &self.control.states(name)?))
    }

    /// Sets the states of the body, and leaves the others alone; null takes one away.
    pub(super) fn put_states(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        let Value::Object(wanted) = self.json()? else {
            return Err(problem(StatusCode::BAD_REQUEST, "states are an object, such as `{\"upload\": \"started\"}`"));
        };
        Ok(respond(StatusCode::OK, &self.control.put_states(name, wanted)?))
    }

    pub(super) fn clear_states(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        self.control.clear_states(name)?;
        Ok(no_content())
    }
}

fn summary(state: &SessionState) -> Value {
    let SessionState { name, calls, now, frozen } = state;
    json!({ "session": name, "calls": calls, "now": now.to_string(), "frozen": frozen })
}
