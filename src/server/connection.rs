//! One connection: HTTP/1.1 or HTTP/2 with prior knowledge, served until it ends or is told to.

use std::{
    future::{Future as _, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use bytes::Bytes;
use http::{HeaderValue, Version, header};
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use jiff::Timestamp;
use tokio::net::TcpStream;

use super::{
    activity::Order,
    service,
    shared::{Calls, Shared},
    wire::Wire,
};
use crate::{contract::Refusal, fault::Message, session::Arrival};

/// What hyper buffers of a head before it gives up. Above the limits of the services, so that what is a little too large is
/// refused by the contract, with the journal told.
const HEAD_BUFFER: usize = 512 << 10;

/// Serves a connection until it ends or the watchdog ends it.
pub(super) async fn serve(shared: Arc<Shared>, socket: TcpStream) {
    let (id, activity) = shared.connections.add();
    let local = socket.peer_addr().is_ok_and(|peer| peer.ip().to_canonical().is_loopback());
    let refuse = {
        let shared = Arc::clone(&shared);
        Box::new(move |status, bytes: &[u8]| refuse(&shared, status, bytes))
    };
    let io = TokioIo::new(Wire::new(socket, Arc::clone(&activity), refuse));
    let calls = Arc::new(Calls { local, shared: Arc::clone(&shared), activity: Arc::clone(&activity) });
    let calls = service_fn(move |request| service::answer(Arc::clone(&calls), request));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(HEAD_BUFFER).half_close(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(256)
        .max_header_list_size(u32::try_from(HEAD_BUFFER).unwrap_or(u32::MAX));
    let mut connection = pin!(builder.serve_connection(io, calls));
    let mut finishing = false;
    let ended = poll_fn(|context| {
        loop {
            if let Poll::Ready(result) = connection.as_mut().poll(context) {
                return Poll::Ready(result);
            }
            activity.waker.register(context.waker());
            match activity.order() {
                None => return Poll::Pending,
                Some(Order::Drop) => return Poll::Ready(Ok(())),
                // The body's reader sees this order itself; after its answer the connection is of no use.
                Some(Order::Finish | Order::GiveUpBody) if !finishing => {
                    finishing = true;
                    connection.as_mut().graceful_shutdown();
                }
                Some(_) => return Poll::Pending,
            }
        }
    });
    if let Err(error) = ended.await {
        tracing::debug!("a connection ended: {error}");
    }
    shared.connections.remove(id);
}

/// The refusal for bytes that are no request, as a whole HTTP/1.1 answer.
fn refuse(shared: &Shared, status: u16, bytes: &[u8]) -> Bytes {
    let (refusal, reason) = match status {
        414 => (Refusal::TargetTooLong, "a request target that is too long"),
        431 => (Refusal::HeadersTooLarge, "headers that are too large or too many"),
        _ => (Refusal::Malformed, "bytes that are none"),
    };
    let plan = shared.mock.handle_unreadable(bytes, refusal, reason, Arrival::at(Timestamp::now()));
    let (mut parts, body) = service::respond(plan).into_parts();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    parts.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    Message { version: Version::HTTP_11, status: parts.status, headers: parts.headers, body }.whole()
}
