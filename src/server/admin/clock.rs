//! What time it is: `clock`.

use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{Answered, Request, content::Draft, problem, respond};
use crate::{
    control::{ClockOrder, Time},
    scenario::parse_duration,
    session::DEFAULT,
};

const FORMS: &str = "one of `{\"set\": \"2026-11-21T08:00:00Z\"}`, `{\"advance\": \"20m\"}`, `{\"freeze\": true}` and \
                     `{\"resume\": true}`, and perhaps `\"session\": \"NAME\"`";

impl Request<'_> {
    /// `?session=NAME`
    pub(super) fn clock(&self) -> Answered {
        self.known_parameters(&["session"])?;
        let session = self.parameter("session").unwrap_or(DEFAULT);
        Ok(shown(&self.control.time(session, self.now)?))
    }

    /// Moves the clock of a session; the session is made if it does not exist.
    pub(super) fn move_clock(&self) -> Answered {
        self.known_parameters(&["session"])?;
        let body = self.json()?;
        let order = order(&body)
            .map_err(|found| problem(StatusCode::BAD_REQUEST, format!("expected {FORMS}; found {found}")))?;
        let named = body["session"].as_str().or_else(|| self.parameter("session"));
        Ok(shown(&self.control.move_clock(named.unwrap_or(DEFAULT), order, self.now)?))
    }
}

fn shown(time: &Time) -> Response<Draft> {
    let Time { session, now, frozen } = time;
    respond(StatusCode::OK, &json!({ "session": session, "now": now.to_string(), "frozen": frozen }))
}

/// The order of a body, or what was found in place of one.
fn order(body: &Value) -> Result<ClockOrder, String> {
    let members = body.as_object().ok_or("something that is not an object")?;
    let mut orders = members.iter().filter(|(name, _)| *name != "session");
    let (Some((name, value)), None) = (orders.next(), orders.next()) else {
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        return Err(format!("the members `{}`", names.join("`, `")));
    };
    if members.get("session").is_some_and(|session| !session.is_string()) {
        return Err("a session that is not a string".to_owned());
    }
    match (name.as_str(), value) {
        ("set", Value::String(text)) => text.parse().map(ClockOrder::Set).map_err(|_| {
            format!(
                "`{text}`, which is not a time with its zone (RFC 3339) from the year -9999 to 9999-12-30T22:00:00Z"
            )
        }),
        ("advance", Value::String(text)) => {
            parse_duration(text).map(ClockOrder::Advance).map_err(|expected| format!("`{text}` in place of {expected}"))
        }
        ("freeze", Value::Bool(true)) => Ok(ClockOrder::Freeze),
        ("resume", Value::Bool(true)) => Ok(ClockOrder::Resume),
        _ => Err(format!("`\"{name}\": {value}`")),
    }
}
