//! Request bodies on HTTP/2.

use std::{future::poll_fn, task::Poll};

use bytes::Bytes;
use h2::{RecvStream, server::SendResponse};
use http::{Response, StatusCode, header, request::Parts};

use super::{Session, reply::unless_reset};
use crate::server::body::{Body, Broken, Read, Reading};

/// Reads a body. Other streams go on meanwhile, so each keeps its own time: the watchdog sees the connection alone. The client may send
/// on only when there is room for what it sent.
pub(super) async fn read(
    session: &Session<'_>,
    parts: &Parts,
    mut body: RecvStream,
    respond: &mut SendResponse<Bytes>,
) -> Body {
    if body.is_end_stream() {
        return Body::at_once(Read::Whole(Bytes::new()));
    }
    let headers = &parts.headers;
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let mut expects = headers.contains_key(header::EXPECT);
    let Some(mut reading) = Reading::new(session.connection, parts, announced.unwrap_or(0), expects) else {
        return Body::at_once(Read::TooLarge);
    };
    let patience = session.connection.shared.limits.body_time;
    let mut waited = false;
    let broken = loop {
        let piece = match poll_fn(|context| Poll::Ready(body.poll_data(context))).await {
            Poll::Ready(piece) => piece,
            Poll::Pending => {
                if !std::mem::replace(&mut waited, true) {
                    let keep = reading.keep_head(headers);
                    match Box::pin(unless_reset(|context| respond.poll_reset(context), keep)).await {
                        Ok(true) => {}
                        Ok(false) => break None,
                        Err(_) => break Some(Broken::Lost("the client gave the stream up".into())),
                    }
                }
                if std::mem::take(&mut expects) && respond.send_informational(go_on()).is_ok() {
                    session.written.hand();
                }
                match tokio::time::timeout(patience, body.data()).await {
                    Ok(piece) => piece,
                    Err(_) => break Some(Broken::Slow),
                }
            }
        };
        match piece {
            Some(Ok(piece)) => {
                let last = body.is_end_stream();
                if !reading.has_room(piece.len(), last)
                    && let room = reading.make_room(piece.len(), last)
                    && Box::pin(unless_reset(|context| respond.poll_reset(context), room)).await.is_err()
                {
                    break Some(Broken::Lost("the client gave the stream up".into()));
                }
                // That fails only where the stream is gone, which the next look tells.
                let _ = body.flow_control().release_capacity(piece.len());
                if !reading.add(piece, last) {
                    break None;
                }
            }
            Some(Err(error)) => break Some(Broken::Lost(error.into())),
            None => break None,
        }
    };
    reading.finish(broken, waited)
}

fn go_on() -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::CONTINUE;
    response
}
