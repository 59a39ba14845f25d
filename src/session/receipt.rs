//! What really happened on the wire: how a request came in, and what became of its answer.

use jiff::Timestamp;
use serde::Serialize;

/// How a request came in. Times are the system's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The number of its connection, from 1 in the order in which connections were accepted; 0 without a network.
    pub connection: u64,
    /// Whether it came over TLS.
    pub secure: bool,
    /// Its stream, on HTTP/2.
    pub stream: Option<u32>,
    /// When its head was complete. It is judged at this time: credentials, windows, waits between attempts.
    pub head: Timestamp,
    /// When its body was complete, or given up.
    pub body: Timestamp,
}

impl Arrival {
    /// A request that came as a whole at this time, without a network.
    ///
    /// ```
    /// use understudy::session::Arrival;
    ///
    /// let arrival = Arrival::at(jiff::Timestamp::UNIX_EPOCH);
    /// assert_eq!((arrival.connection, arrival.head), (0, arrival.body));
    /// ```
    pub fn at(time: Timestamp) -> Self {
        Self { connection: 0, secure: false, stream: None, head: time, body: time }
    }
}

/// What became of an answer. Times are the system's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// What was handed to the socket.
    pub sent: Sent,
    /// How it ended.
    pub ended: Ended,
    /// When it ended, or when that was noticed.
    pub at: Timestamp,
}

/// The bytes of an answer that were handed to the socket. On HTTP/1 they are head and body with their framing, on HTTP/2 the body alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// When the first byte was.
    pub first: Option<Timestamp>,
    /// When the last byte was.
    pub last: Option<Timestamp>,
    /// How many.
    pub bytes: u64,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The whole answer was handed over, with what a fault made of it.
    Delivered,
    /// The client went before it had the whole answer.
    ClientLeft,
    /// A fault broke the answer off, as it was meant to.
    Fault,
    /// The server stopped, or gave the connection up.
    CutOff,
}
