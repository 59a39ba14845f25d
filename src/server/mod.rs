//! The network: listens, reads requests, carries out plans. The only room that knows hyper and sockets.

mod activity;
mod admin;
mod answering;
mod bodies;
mod body;
mod connection;
mod connections;
mod departure;
mod handover;
mod head;
mod http1;
mod http2;
mod listener;
mod peers;
mod receipt;
mod service;
mod shared;
#[cfg_attr(not(feature = "tls"), path = "no_tls.rs")]
mod tls;
mod watchdog;
mod wire;

use std::time::Duration;

#[cfg(feature = "tls")]
pub use self::tls::{Authority, TlsError, secure_stream};
pub use self::{
    admin::AdminAccess,
    handover::Handover,
    listener::{Server, Stop},
    tls::Tls,
};

/// What a server takes at most.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at a time; more wait in the system's queue.
    pub connections: usize,
    /// Bytes of memory for all request bodies that are under way. One of the largest that a service takes always finds room.
    pub bodies: usize,
    /// Time for the head of a request, from its first byte.
    pub head_time: Duration,
    /// Time between two pieces of a request body.
    pub body_time: Duration,
    /// Time that a connection may stay open without a request, or with an answer that the client does not read.
    pub idle_time: Duration,
    /// Time for the calls that are under way when the server is told to stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            bodies: 256_000_000,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            idle_time: Duration::from_secs(75),
            grace: Duration::from_secs(5),
        }
    }
}
