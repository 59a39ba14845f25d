//! An answer on its stream: in pieces as large as flow control allows, and with the end that a fault gives it.

use std::{
    future::{Future, poll_fn},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use h2::{SendStream, server::SendResponse};
use http::{HeaderMap, HeaderName, Response, header};

use super::{Session, written::Mark};
use crate::{
    fault::{Message, Pace, Reason, Stream, StreamEnd},
    server::{admin::Pieces, receipt::Receipt},
    session::Ended,
};

/// Waits for something, unless the client gives the stream up or goes.
pub(super) async fn unless_reset<T>(
    poll_reset: impl FnMut(&mut Context<'_>) -> Poll<Result<h2::Reason, h2::Error>>,
    what: impl Future<Output = T>,
) -> Result<T, Ended> {
    tokio::select! {
        biased;
        value = what => Ok(value),
        reset = poll_fn(poll_reset) => Err(match reset {
            Ok(_) => Ended::ClientLeft,
            Err(error) => ended(&error),
        }),
    }
}

/// Whose doing the end of a stream is.
fn ended(error: &h2::Error) -> Ended {
    if error.is_library() { Ended::CutOff } else { Ended::ClientLeft }
}

/// Sends an answer, or what a fault makes of it, and completes the record of its exchange.
pub(super) async fn send(stream: Stream, respond: SendResponse<Bytes>, receipt: Receipt<'_>, session: &Session<'_>) {
    let mut reply = Reply { session, receipt, respond, body: None, mark: session.written.hand(), unconfirmed: None };
    let sent = reply.send(stream).await;
    reply.receipt.end(sent.err().unwrap_or(Ended::Delivered));
}

/// Sends an answer whose body is written while the client reads it; without one the head alone.
pub(super) async fn send_pieces(
    head: Message,
    pieces: Option<Pieces>,
    respond: SendResponse<Bytes>,
    receipt: Receipt<'_>,
    session: &Session<'_>,
) {
    let mut reply = Reply { session, receipt, respond, body: None, mark: session.written.hand(), unconfirmed: None };
    let sent = reply.send_pieces(head, pieces).await;
    reply.receipt.end(sent.err().unwrap_or(Ended::Delivered));
}

struct Reply<'r> {
    session: &'r Session<'r>,
    receipt: Receipt<'r>,
    respond: SendResponse<Bytes>,
    /// After the head.
    body: Option<SendStream<Bytes>>,
    /// What was given to h2 last.
    mark: Mark,
    /// Bytes of the body that were given to h2 since the receipt was noted; nothing where there is nothing to be noted.
    unconfirmed: Option<u64>,
}

impl Reply<'_> {
    async fn send(&mut self, stream: Stream) -> Result<(), Ended> {
        if stream.last {
            self.session.farewell.say();
            self.hand(None);
            self.written().await?;
        }
        if !stream.late.is_zero() {
            self.wait(stream.late).await?;
        }
        let headless = stream.message.is_none();
        if let Some(message) = stream.message {
            for interim in stream.interim {
                self.respond.send_informational(interim).map_err(|error| ended(&error))?;
            }
            let body = message.body.slice(..stream.bytes);
            let whole = stream.end == StreamEnd::Whole;
            self.head(message, body.is_empty() && whole)?;
            self.body(body, stream.pace, whole).await?;
            self.written().await?;
        }
        match stream.end {
            StreamEnd::Whole => Ok(()),
            StreamEnd::Hang => self.hang().await,
            StreamEnd::Reset(reason) => {
                if !headless {
                    self.wait(Stream::SETTLE).await?;
                }
                self.reset(reason, Ended::Delivered).await;
                Ok(())
            }
        }
    }

    async fn send_pieces(&mut self, head: Message, pieces: Option<Pieces>) -> Result<(), Ended> {
        self.head(head, pieces.is_none())?;
        if let Some(mut pieces) = pieces {
            let mut next = async || poll_fn(|context| pieces.poll_next(context)).await;
            while let Some(piece) = unless_reset(|context| self.poll_reset(context), next()).await? {
                let Ok(piece) = piece else {
                    self.reset(Reason::INTERNAL_ERROR, Ended::CutOff).await;
                    return Err(Ended::CutOff);
                };
                self.body(piece, None, false).await?;
            }
            let Some(body) = &mut self.body else { return Err(Ended::ClientLeft) };
            body.send_data(Bytes::new(), true).map_err(|error| ended(&error))?;
            self.hand(Some(0));
        }
        self.written().await
    }

    fn head(&mut self, message: Message, last: bool) -> Result<(), Ended> {
        let mut response = Response::new(());
        *response.status_mut() = message.status;
        *response.headers_mut() = message.headers;
        strip(response.headers_mut());
        self.receipt.head(lines(response.headers()));
        self.body = Some(self.respond.send_response(response, last).map_err(|error| ended(&error))?);
        self.hand(Some(0));
        Ok(())
    }

    async fn body(&mut self, mut rest: Bytes, pace: Option<Pace>, whole: bool) -> Result<(), Ended> {
        while !rest.is_empty() {
            let mut piece = match pace {
                None => std::mem::take(&mut rest),
                Some(pace) => {
                    self.wait(pace.pause()).await?;
                    rest.split_to(pace.piece().min(rest.len()))
                }
            };
            while !piece.is_empty() {
                let room = self.room(piece.len()).await?;
                let part = piece.split_to(room.min(piece.len()));
                let (bytes, last) = (part.len(), whole && piece.is_empty() && rest.is_empty());
                let Some(body) = &mut self.body else { return Err(Ended::ClientLeft) };
                body.send_data(part, last).map_err(|error| ended(&error))?;
                self.hand(Some(bytes as u64));
            }
        }
        Ok(())
    }

    /// How many of these bytes the client takes now: at least one. One that takes none for too long is given up.
    async fn room(&mut self, bytes: usize) -> Result<usize, Ended> {
        let Some(body) = &mut self.body else { return Err(Ended::ClientLeft) };
        body.reserve_capacity(bytes);
        if body.capacity() > 0 {
            return Ok(body.capacity());
        }
        let patience = self.session.connection.shared.limits.idle_time;
        let room = tokio::time::timeout(patience, poll_fn(|context| self.poll_room(context))).await;
        match room {
            Ok(room) => room,
            Err(_) => {
                tracing::info!("a stream is reset: the client does not read its answer");
                self.reset(Reason::CANCEL, Ended::CutOff).await;
                Err(Ended::CutOff)
            }
        }
    }

    fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<Result<usize, Ended>> {
        self.confirm();
        let Some(body) = &mut self.body else { return Poll::Ready(Err(Ended::ClientLeft)) };
        loop {
            match ready!(body.poll_capacity(context)) {
                Some(Ok(0)) => {}
                Some(Ok(room)) => return Poll::Ready(Ok(room)),
                Some(Err(error)) => return Poll::Ready(Err(ended(&error))),
                None => return Poll::Ready(Err(Ended::ClientLeft)),
            }
        }
    }

    /// Waits until the client gives up, or the connection is told to finish.
    async fn hang(&mut self) -> Result<(), Ended> {
        let ordered = self.session.connection.activity.ordered();
        if unless_reset(|context| self.poll_reset(context), ordered).await.is_ok() {
            self.reset(Reason::INTERNAL_ERROR, Ended::CutOff).await;
        }
        Ok(())
    }

    /// Resets the stream. The record is complete before the client can see it, and send its next request.
    async fn reset(&mut self, reason: Reason, ended: Ended) {
        self.confirm();
        self.receipt.end(ended);
        self.respond.send_reset(h2::Reason::from(reason.code));
        self.hand(None);
        // If the connection is over first, nothing is left to be said.
        let _ = self.session.written.wait(self.mark).await;
    }

    async fn wait(&mut self, time: Duration) -> Result<(), Ended> {
        unless_reset(
            |context| {
                self.confirm();
                self.poll_reset(context)
            },
            tokio::time::sleep(time),
        )
        .await
    }

    fn poll_reset(&mut self, context: &mut Context<'_>) -> Poll<Result<h2::Reason, h2::Error>> {
        match &mut self.body {
            Some(body) => body.poll_reset(context),
            None => self.respond.poll_reset(context),
        }
    }

    /// Waits until everything that was given to h2 is with the socket.
    async fn written(&mut self) -> Result<(), Ended> {
        self.session.written.wait(self.mark).await?;
        self.confirm();
        Ok(())
    }

    /// Notes what was given to h2: head, or bytes of the body.
    fn hand(&mut self, bytes: Option<u64>) {
        self.mark = self.session.written.hand();
        if let Some(bytes) = bytes {
            *self.unconfirmed.get_or_insert(0) += bytes;
        }
    }

    /// Notes what has been written meanwhile.
    fn confirm(&mut self) {
        if self.session.written.has(self.mark)
            && let Some(bytes) = self.unconfirmed.take()
        {
            self.receipt.sent(bytes);
        }
    }
}

/// Headers that speak of an HTTP/1 connection; HTTP/2 has none of them (RFC 9113, section 8.2.2).
static OF_A_CONNECTION: [HeaderName; 5] = [
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Takes out the headers that HTTP/2 does not have, and those that `Connection` names.
fn strip(headers: &mut HeaderMap) {
    for name in &OF_A_CONNECTION {
        headers.remove(name);
    }
    let Some(named) = headers.remove(header::CONNECTION) else { return };
    for name in named.to_str().unwrap_or_default().split(',') {
        headers.remove(name.trim());
    }
}

/// A head as lines, for the record.
fn lines(headers: &HeaderMap) -> Vec<u8> {
    let size = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let mut lines = Vec::with_capacity(size);
    for (name, value) in headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            lines.extend_from_slice(part);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn what_speaks_of_an_http_1_connection_does_not_leave() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, x-hop"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("content-length", "2"),
            ("x-a", "b"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        strip(&mut headers);
        assert_eq!(lines(&headers), b"content-length: 2\r\nx-a: b\r\n");
    }
}
