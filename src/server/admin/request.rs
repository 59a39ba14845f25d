//! A request to the admin API, and what all resources ask of one.

use std::{
    borrow::Cow,
    sync::{Arc, Weak},
};

use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;

use super::answers::{Problem, problem};
use crate::{control::Control, mock::Mock};

/// A request to the admin API.
pub(super) struct Request<'r> {
    pub(super) mock: &'r Arc<Mock>,
    pub(super) control: Control<'r>,
    /// Names and values of the query, decoded.
    pub(super) query: Vec<(&'r str, Cow<'r, str>)>,
    pub(super) body: &'r [u8],
    /// Bytes of memory that bodies hold.
    pub(super) bodies: usize,
    /// The system's time.
    pub(super) now: Timestamp,
    /// Lives as long as somebody waits for the answer.
    pub(super) client: &'r Weak<()>,
    /// `Last-Event-ID`.
    pub(super) last_event: Option<&'r str>,
    /// Where calls are sent to, as this one says it.
    pub(super) here: Option<String>,
    /// Whether the server stops.
    pub(super) stopping: &'r watch::Receiver<bool>,
}

impl Request<'_> {
    /// Whether somebody still waits for the answer.
    pub(super) fn is_awaited(&self) -> bool {
        self.client.strong_count() > 0
    }

    /// A parameter of the query.
    pub(super) fn parameter(&self, wanted: &str) -> Option<&str> {
        self.query.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_ref())
    }

    /// Refuses parameters that mean nothing here: a filter with a slip of the pen would filter nothing.
    pub(super) fn known_parameters(&self, known: &[&str]) -> Result<(), Problem> {
        match self.query.iter().find(|(name, _)| !known.contains(name)) {
            None => Ok(()),
            Some((name, _)) if known.is_empty() => {
                Err(problem(StatusCode::BAD_REQUEST, format!("unknown parameter `{name}`; there are none here")))
            }
            Some((name, _)) => {
                let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                Err(problem(StatusCode::BAD_REQUEST, format!("unknown parameter `{name}`; known: {known}")))
            }
        }
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value, Problem> {
        serde_json::from_slice(self.body)
            .map_err(|error| problem(StatusCode::BAD_REQUEST, format!("the body is not valid JSON: {error}")))
    }
}

pub(super) fn pairs(query: &str) -> Vec<(&str, Cow<'_, str>)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(name, value)| (name, decoded(value))).collect()
}

pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}
