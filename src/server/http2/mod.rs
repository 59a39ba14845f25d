//! HTTP/2 with prior knowledge. h2 reads and writes the frames; all streams of a connection are answered in its one task.

mod body;
mod farewell;
mod frames;
mod reply;
mod stream;
mod streams;
mod written;

use std::{
    future::poll_fn,
    sync::atomic::Ordering::Relaxed,
    task::{Context, Poll},
};

use bytes::Bytes;
use h2::{
    RecvStream,
    server::{Builder, SendResponse},
};
use http::Request;

use self::{farewell::Farewell, frames::Frames, streams::Streams, written::Written};
use super::{connection::Connection, service::HEAD_BUFFER, wire::Wire};

/// Streams at a time on a connection.
const STREAMS: u32 = 256;

/// Bytes of request bodies that a client may send on a stream, and in all, before there is room for them. One stream that waits for
/// memory leaves the others some.
const WINDOW: u32 = 64 << 10;
const WINDOWS: u32 = 2 * WINDOW;

/// Bytes of an answer that h2 holds at most.
const SEND_BUFFER: usize = 400 << 10;

/// Resets that a client may provoke by its own errors.
const ERROR_RESETS: usize = 1024;

/// What the streams of a connection have in common.
struct Session<'c> {
    connection: &'c Connection<'c>,
    written: Written,
    farewell: Farewell,
}

/// Serves a connection until it ends.
pub(super) async fn serve(connection: &Connection<'_>, wire: Wire<'_>) {
    let session = Session { connection, written: Written::default(), farewell: Farewell::default() };
    let mut builder = Builder::new();
    builder
        .max_concurrent_streams(STREAMS)
        .initial_window_size(WINDOW)
        .initial_connection_window_size(WINDOWS)
        .max_header_list_size(u32::try_from(HEAD_BUFFER).unwrap_or(u32::MAX))
        .max_local_error_reset_streams(Some(ERROR_RESETS))
        .max_send_buffer_size(SEND_BUFFER);
    let h2 = match builder.handshake::<_, Bytes>(Frames::new(wire, &session.farewell)).await {
        Ok(h2) => h2,
        Err(error) => return tracing::debug!("connection {} ended: {error}", connection.number),
    };
    let mut driver =
        Driver { session: &session, h2, streams: Streams::default(), unanswered: Vec::new(), finishing: false };
    poll_fn(|context| driver.poll(context)).await;
    drop(driver);
    if session.farewell.last().is_some() {
        connection.lingers.store(true, Relaxed);
    }
}

/// Moves a connection and its streams.
struct Driver<'s> {
    session: &'s Session<'s>,
    h2: h2::server::Connection<Frames<'s>, Bytes>,
    streams: Streams<'s>,
    /// Streams that came after GOAWAY: they are kept so that nothing is said about them. Those of a client that resets them and goes on
    /// are too many, and reset.
    unanswered: Vec<SendResponse<Bytes>>,
    finishing: bool,
}

impl Driver<'_> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Session { connection, written, farewell } = self.session;
        loop {
            if !self.finishing && farewell.last().is_none() && connection.activity.order().is_some() {
                self.finishing = true;
                self.h2.graceful_shutdown();
            }
            let over = self.poll_frames(context).is_ready();
            written.turn(over, connection.activity.blocked.load(Relaxed));
            let failed = self.streams.poll(context);
            if failed > 0 {
                tracing::error!("{failed} streams of connection {} failed; they are reset", connection.number);
                written.hand();
            }
            // The last streams have seen their answers leave.
            if over || farewell.last().is_some() && self.streams.is_empty() {
                return Poll::Ready(());
            }
            if !written.is_due() {
                return Poll::Pending;
            }
        }
    }

    /// Reads and writes frames. Ready is the end of the connection.
    fn poll_frames(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            match self.h2.poll_accept(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok((request, respond)))) => self.accept(request, respond),
                Poll::Ready(Some(Err(error))) => {
                    tracing::debug!("connection {} ended: {error}", self.session.connection.number);
                    return Poll::Ready(());
                }
                Poll::Ready(None) => return Poll::Ready(()),
            }
        }
    }

    fn accept(&mut self, request: Request<RecvStream>, respond: SendResponse<Bytes>) {
        if self.session.farewell.takes(respond.stream_id().as_u32()) {
            self.streams.add(stream::answer(self.session, request, respond));
        } else if self.unanswered.len() < STREAMS as usize {
            self.unanswered.push(respond);
        }
    }
}
