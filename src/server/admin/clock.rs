//! What time it is: `clock`.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Answered, Request, problem, respond};
use crate::{
    scenario::parse_duration,
    session::{DEFAULT, Session},
};

/// What a body can ask for.
enum Order {
    Set(Timestamp),
    Advance(Duration),
    Freeze,
    Resume,
}

const FORMS: &str = "one of `{\"set\": \"2026-11-21T08:00:00Z\"}`, `{\"advance\": \"20m\"}`, `{\"freeze\": true}` and \
                     `{\"resume\": true}`, and perhaps `\"session\": \"NAME\"`";

impl Request<'_> {
    /// `?session=NAME`
    pub(super) fn clock(&self) -> Answered {
        self.known_parameters(&["session"])?;
        let session = self.existing(self.parameter("session").unwrap_or(DEFAULT))?;
        Ok(self.time_of(&session))
    }

    /// Moves the clock of a session; the session is made if it does not exist.
    pub(super) fn move_clock(&self) -> Answered {
        self.known_parameters(&["session"])?;
        let body = self.json()?;
        let order = order(&body)
            .map_err(|found| problem(StatusCode::BAD_REQUEST, format!("expected {FORMS}; found {found}")))?;
        let named = body["session"].as_str().or_else(|| self.parameter("session"));
        self.in_session(named.unwrap_or(DEFAULT), |session| {
            match order {
                Order::Set(instant) => session.clock.set(instant, self.now),
                Order::Advance(by) => session.clock.advance(by),
                Order::Freeze => session.clock.freeze(self.now),
                Order::Resume => session.clock.resume(self.now),
            }
            self.time_of(session)
        })
    }

    fn time_of(&self, session: &Session) -> Response<Bytes> {
        let (now, frozen) = (session.clock.now(self.now), session.clock.is_frozen());
        respond(StatusCode::OK, &json!({ "session": session.name(), "now": now.to_string(), "frozen": frozen }))
    }
}

/// The order of a body, or what was found in place of one.
fn order(body: &Value) -> Result<Order, String> {
    let members = body.as_object().ok_or("no object")?;
    let mut orders = members.iter().filter(|(name, _)| *name != "session");
    let (Some((name, value)), None) = (orders.next(), orders.next()) else {
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        return Err(format!("the members `{}`", names.join("`, `")));
    };
    if members.get("session").is_some_and(|session| !session.is_string()) {
        return Err("a session that is no text".to_owned());
    }
    match (name.as_str(), value) {
        ("set", Value::String(text)) => text.parse().map(Order::Set).map_err(|_| {
            format!("`{text}`, which is no time with its zone (RFC 3339) from the year -9999 to 9999-12-30T22:00:00Z")
        }),
        ("advance", Value::String(text)) => {
            parse_duration(text).map(Order::Advance).map_err(|expected| format!("`{text}` in place of {expected}"))
        }
        ("freeze", Value::Bool(true)) => Ok(Order::Freeze),
        ("resume", Value::Bool(true)) => Ok(Order::Resume),
        _ => Err(format!("`\"{name}\": {value}`")),
    }
}
