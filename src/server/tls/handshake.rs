//! The handshake of a connection, or the fault that is played in its place.

use std::{
    future::poll_fn,
    io,
    sync::atomic::Ordering::Relaxed,
    task::{Context, Poll, ready},
};

use bytes::Buf as _;
use rustls::{
    ServerConnection,
    server::{Accepted, AcceptedAlert, Acceptor},
};
use tokio::io::ReadBuf;

use super::{
    Tls,
    secure::{Out, Secure, flush},
    words,
};
use crate::{
    fault::TlsFault,
    server::{
        connection::{Connection, closed},
        wire::Wire,
    },
};

/// Shakes hands. Nothing comes of it where the client goes, is to be closed, or gets a fault.
pub(in crate::server) async fn shake_hands(
    connection: &Connection<'_>,
    wire: &mut Wire<'_>,
    tls: &Tls,
) -> Option<Secure> {
    let mut incoming = Incoming { early: wire.take_opening(), wire };
    let accepted = hello(connection, &mut incoming).await?;
    let server_name = accepted.client_hello().server_name().map(str::to_owned);
    let fault = connection.serves.tls_fault.or_else(|| tls.asked_by(server_name.as_deref()?));
    match fault {
        Some(TlsFault::Stalled) => {
            stall(connection).await;
            return None;
        }
        Some(TlsFault::Reset) => {
            if let Err(error) = connection.socket.set_zero_linger() {
                tracing::warn!("cannot reset a connection: {error}");
            }
            return None;
        }
        Some(TlsFault::Expired | TlsFault::WrongHost | TlsFault::Untrusted) | None => {}
    }
    let told = |error: &rustls::Error| words::reason(error, fault, &tls.trust);
    let session = match accepted.into_connection(tls.config(fault)) {
        Ok(session) => session,
        Err((error, alert)) => {
            refuse(connection, &told(&error), alert);
            return None;
        }
    };
    let mut session = match finish(connection, &mut incoming, session).await {
        Ok(session) => session,
        Err(Unfinished::Failed(error)) => {
            failed(connection, &told(&error));
            return None;
        }
        Err(Unfinished::Left) => {
            if connection.activity.order().is_none() {
                failed(connection, &words::left(fault, &tls.trust));
            }
            return None;
        }
    };
    // What came behind the handshake, and what comes from now on, is a request.
    let ahead = session.process_new_packets().map_or(0, |state| state.plaintext_bytes_to_read());
    connection.activity.unread.store(ahead as u64, Relaxed);
    Some(Secure::new(session))
}

/// Reads the client's hello.
async fn hello(connection: &Connection<'_>, incoming: &mut Incoming<'_, '_>) -> Option<Accepted> {
    let mut acceptor = Acceptor::default();
    loop {
        match acceptor.accept() {
            Ok(Some(accepted)) => return Some(accepted),
            Ok(None) => {}
            Err((error, alert)) => {
                refuse(connection, &words::reason(&error, None, ""), alert);
                return None;
            }
        }
        incoming.read(|raw| acceptor.read_tls(raw)).await?;
    }
}

/// Why a handshake did not come to its end.
enum Unfinished {
    Failed(rustls::Error),
    /// The client went without a word, or the connection is to be closed.
    Left,
}

/// Goes on with the handshake to its end.
async fn finish(
    connection: &Connection<'_>,
    incoming: &mut Incoming<'_, '_>,
    mut session: ServerConnection,
) -> Result<ServerConnection, Unfinished> {
    let mut out = Out { socket: connection.socket, activity: connection.activity };
    loop {
        let processed = session.process_new_packets();
        poll_fn(|context| poll_flush(&mut session, &mut out, context)).await.map_err(|_| Unfinished::Left)?;
        processed.map_err(Unfinished::Failed)?;
        if !session.is_handshaking() && !incoming.early.has_remaining() {
            return Ok(session);
        }
        incoming.read(|raw| session.read_tls(raw)).await.ok_or(Unfinished::Left)?;
    }
}

fn poll_flush(session: &mut ServerConnection, out: &mut Out<'_>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
    loop {
        match flush(session, out) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(out.socket.poll_write_ready(context))?,
            done => return Poll::Ready(done),
        }
    }
}

/// Says nothing more until the client goes. That is no idle connection, and no slow head either.
async fn stall(connection: &Connection<'_>) {
    connection.activity.begin_request();
    tokio::select! {
        biased;
        () = connection.activity.ordered() => {}
        () = closed(connection.socket) => {}
    }
    connection.activity.end_request();
}

/// Sends the alert that a hello deserves.
fn refuse(connection: &Connection<'_>, reason: &str, mut alert: AcceptedAlert) {
    let mut out = Out { socket: connection.socket, activity: connection.activity };
    // A few bytes on a socket that took none so far.
    let _ = alert.write_all(&mut out);
    failed(connection, reason);
}

fn failed(connection: &Connection<'_>, reason: &str) {
    tracing::warn!("no TLS with {}: {reason}", connection.client);
    // Its last bytes must not cost it our alert.
    connection.lingers.store(true, Relaxed);
}

/// What comes from the client: first what was read to learn that it is TLS.
struct Incoming<'w, 'c> {
    early: io::Cursor<Vec<u8>>,
    wire: &'w mut Wire<'c>,
}

impl Incoming<'_, '_> {
    /// Has some bytes read; nothing where none will come any more, or the connection is to be closed.
    async fn read(&mut self, mut read: impl FnMut(&mut dyn io::Read) -> io::Result<usize>) -> Option<usize> {
        if self.early.has_remaining() {
            return read(&mut self.early).ok();
        }
        let read = poll_fn(|context| {
            let mut raw = Raw { wire: self.wire, context };
            match read(&mut raw) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.wire.connection.activity.order().is_some() { Poll::Ready(None) } else { Poll::Pending }
                }
                Err(_) | Ok(0) => Poll::Ready(None),
                Ok(read) => Poll::Ready(Some(read)),
            }
        });
        read.await
    }
}

/// The socket as rustls reads it.
pub(in crate::server) struct Raw<'r, 'c, 't> {
    pub(in crate::server) wire: &'r mut Wire<'c>,
    pub(in crate::server) context: &'r mut Context<'t>,
}

impl io::Read for Raw<'_, '_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(buffer);
        match self.wire.poll_raw(self.context, &mut buffer) {
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
            Poll::Ready(result) => result.map(|()| buffer.filled().len()),
        }
    }
}
