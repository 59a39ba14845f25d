//! What goes over an HTTP/1 connection, byte for byte and pause for pause.

use std::time::Duration;

use bytes::Bytes;

use super::Pace;

/// A script for one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// In order.
    pub actions: Vec<Action>,
    /// What happens then.
    pub end: End,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send these bytes.
    Send(Bytes),
    /// Send these bytes in small pieces, with a pause before each.
    Drip(Bytes, Pace),
    /// Send nothing for so long.
    Pause(Duration),
}

/// What happens to the connection after a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The answer is out; the next request may come.
    Next,
    /// FIN.
    Close,
    /// RST.
    Reset,
    /// Nothing until the client closes.
    Hang,
}

impl Script {
    /// Sends these bytes, and then ends like this.
    pub fn send(bytes: Bytes, end: End) -> Self {
        Self { actions: vec![Action::Send(bytes)], end }
    }

    /// Sends nothing.
    pub fn only(end: End) -> Self {
        Self { actions: Vec::new(), end }
    }
}
