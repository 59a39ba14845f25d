//! Notices when a client goes while its answer waits. Neither hyper nor a write would tell: nothing is read or written meanwhile.

use std::{future::Future, time::Duration};

use tokio::{io::Interest, net::TcpStream};

use super::connection::Connection;

/// Pauses between two looks at a client that closed its direction and may still read. The first ones are short: a program that
/// closes its socket sends the FIN a moment before it lets go of the socket.
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The client is gone: it closed its connection, or reset it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone;

/// Waits for something, unless the client goes meanwhile.
pub(super) async fn unless_gone<T>(connection: &Connection<'_>, what: impl Future<Output = T>) -> Result<T, Gone> {
    tokio::select! {
        biased;
        value = what => Ok(value),
        () = gone(connection) => Err(Gone),
    }
}

/// Waits until the client is gone. One that closed its direction only, and still reads, is not; where that cannot be told from a
/// client that closed, it is taken for one, because HTTP clients do not half-close.
async fn gone(connection: &Connection<'_>) {
    closed(connection.socket).await;
    let mut pause = SHORTEST_PAUSE;
    while !is_reset(connection.socket).await && holds(connection).await {
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn holds(connection: &Connection<'_>) -> bool {
    match connection.socket.local_addr() {
        Ok(server) => connection.shared.peers.holds((connection.client, server)).await,
        Err(_) => false,
    }
}

/// Waits for a FIN or a reset, whatever has come before it and was not read yet.
#[cfg(any(target_os = "linux", target_os = "android"))]
async fn closed(socket: &TcpStream) {
    // That the client closed is part of this interest; that it sent something is not.
    while !socket.ready(Interest::PRIORITY).await.is_ok_and(tokio::io::Ready::is_read_closed) {
        tokio::time::sleep(LONGEST_PAUSE).await;
    }
}

/// Waits for a FIN or a reset. Where something has come before it, it is looked for again and again.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
async fn closed(socket: &TcpStream) {
    while !socket.ready(Interest::READABLE).await.is_ok_and(tokio::io::Ready::is_read_closed) {
        tokio::time::sleep(LONGEST_PAUSE).await;
    }
}

/// Whether a socket whose client has closed was reset, too.
async fn is_reset(socket: &TcpStream) -> bool {
    let all = Interest::READABLE | Interest::WRITABLE | Interest::ERROR;
    socket.ready(all).await.map_or(true, |ready| ready.is_write_closed() || ready.is_error())
}
