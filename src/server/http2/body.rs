//! Request bodies on HTTP/2.

use std::{future::poll_fn, task::Poll, time::Duration};

use bytes::Bytes;
use h2::{RecvStream, server::SendResponse};
use http::{HeaderMap, Response, StatusCode, header};

use super::written::Written;
use crate::server::body::{Broken, Collected, Read};

/// Reads a body; and whether it had to be waited for. Other streams go on meanwhile, so each keeps its own time: the watchdog sees the
/// connection alone.
pub(super) async fn read(
    headers: &HeaderMap,
    mut body: RecvStream,
    limit: usize,
    patience: Duration,
    respond: &mut SendResponse<Bytes>,
    written: &Written,
) -> (Result<Read, Broken>, bool) {
    if body.is_end_stream() {
        return (Ok(Read::Whole(Bytes::new())), false);
    }
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let mut expects = headers.contains_key(header::EXPECT);
    let Some(mut collected) = Collected::new(limit, announced.unwrap_or(0), expects) else {
        return (Ok(Read::TooLarge), false);
    };
    let mut waited = false;
    let read = loop {
        let piece = match poll_fn(|context| Poll::Ready(body.poll_data(context))).await {
            Poll::Ready(piece) => piece,
            Poll::Pending => {
                waited = true;
                if std::mem::take(&mut expects) && respond.send_informational(go_on()).is_ok() {
                    written.hand();
                }
                match tokio::time::timeout(patience, body.data()).await {
                    Ok(piece) => piece,
                    Err(_) => break Err(Broken::Slow),
                }
            }
        };
        match piece {
            Some(Ok(piece)) => {
                // That fails only where the stream is gone, which the next look tells.
                let _ = body.flow_control().release_capacity(piece.len());
                if !collected.add(piece) {
                    break Ok(Read::TooLarge);
                }
            }
            Some(Err(error)) => break Err(Broken::Lost(error.into())),
            None => break Ok(collected.into_read()),
        }
    };
    (read, waited)
}

fn go_on() -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::CONTINUE;
    response
}
