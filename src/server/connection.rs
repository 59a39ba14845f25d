//! One connection: HTTP/1.1 or HTTP/2 with prior knowledge, and a watchdog that ends what does not move.

use std::{
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use http::{Response, StatusCode, header};
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use jiff::Timestamp;
use tokio::{net::TcpStream, sync::watch};

use super::{
    Limits,
    listener::Shared,
    service,
    wire::{Activity, Wire},
};
use crate::contract::Refusal;

/// What hyper buffers of a head before it gives up. Above the limits of the services, so that what is a little too large is
/// refused by the contract, with the journal told.
const HEAD_BUFFER: usize = 512 << 10;

/// Serves a connection until it ends, is idle for too long, or the server stops.
pub(super) async fn serve(shared: Arc<Shared>, socket: TcpStream, mut stop: watch::Receiver<bool>) {
    let activity = Arc::new(Activity::default());
    let refuse = {
        let shared = Arc::clone(&shared);
        Box::new(move |status, bytes: &[u8]| refuse(&shared, status, bytes))
    };
    let io = TokioIo::new(Wire::new(socket, Arc::clone(&activity), refuse));
    let calls = service_fn(|request| service::answer(Arc::clone(&shared), Arc::clone(&activity), request));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(HEAD_BUFFER).half_close(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(256)
        .max_header_list_size(u32::try_from(HEAD_BUFFER).unwrap_or(u32::MAX));
    let mut connection = pin!(builder.serve_connection(io, calls));
    let mut watchdog = Watchdog::new(&shared.limits);
    let mut tick = tokio::time::interval(watchdog.period);
    let mut stopping = false;
    loop {
        tokio::select! {
            biased;
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!("a connection ended: {error}");
                }
                return;
            }
            _ = stop.changed(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            _ = tick.tick() => match watchdog.look(&activity, Instant::now()) {
                Finding::Fine => {}
                Finding::Idle => connection.as_mut().graceful_shutdown(),
                Finding::Stuck(reason) => {
                    tracing::info!("a connection is closed: {reason}");
                    return;
                }
            },
        }
    }
}

/// Watches what moves, with one timer a connection instead of one a request.
struct Watchdog {
    head_time: Duration,
    idle_time: Duration,
    period: Duration,
    /// Requests, bytes, and since when neither changed.
    requests: u64,
    moved: u64,
    since: Option<Instant>,
    head_since: Option<Instant>,
}

enum Finding {
    Fine,
    /// Nothing is under way.
    Idle,
    /// Something is under way and does not get on.
    Stuck(&'static str),
}

impl Watchdog {
    fn new(limits: &Limits) -> Self {
        let shortest = limits.head_time.min(limits.idle_time);
        Self {
            head_time: limits.head_time,
            idle_time: limits.idle_time,
            period: (shortest / 4).clamp(Duration::from_millis(5), Duration::from_secs(5)),
            requests: 0,
            moved: 0,
            since: None,
            head_since: None,
        }
    }

    fn look(&mut self, activity: &Activity, now: Instant) -> Finding {
        let requests = activity.requests.load(Ordering::Relaxed);
        let moved = activity.moved.load(Ordering::Relaxed);
        let open = activity.open.load(Ordering::Relaxed) > 0;
        let head = !open && activity.unread.load(Ordering::Relaxed) > 0 && !activity.http2.load(Ordering::Relaxed);
        // A head has its time from its first byte, however busily its bytes trickle in.
        if head && requests == self.requests {
            let since = *self.head_since.get_or_insert(now);
            if now.duration_since(since) >= self.head_time {
                return Finding::Stuck("the head of a request did not come to its end in time");
            }
        } else {
            self.head_since = None;
        }
        if requests != self.requests || moved != self.moved || self.since.is_none() {
            (self.requests, self.moved, self.since) = (requests, moved, Some(now));
            return Finding::Fine;
        }
        let still = self.since.is_some_and(|since| now.duration_since(since) >= self.idle_time);
        match (still, open) {
            (false, _) => Finding::Fine,
            (true, false) => Finding::Idle,
            (true, true) if activity.blocked.load(Ordering::Relaxed) => {
                Finding::Stuck("the client does not read its answer")
            }
            // A long delay is the script's, and a slow body has its own clock.
            (true, true) => Finding::Fine,
        }
    }
}

/// The refusal for bytes that are no request, as a whole HTTP/1.1 answer.
fn refuse(shared: &Shared, status: u16, bytes: &[u8]) -> Bytes {
    let (refusal, reason) = match status {
        414 => (Refusal::TargetTooLong, "a request target that is too long"),
        431 => (Refusal::HeadersTooLarge, "headers that are too large or too many"),
        _ => (Refusal::Malformed, "bytes that are none"),
    };
    let plan = shared.mock.handle_unreadable(bytes, refusal, reason, Timestamp::now());
    to_bytes(&service::respond(plan))
}

fn to_bytes(response: &Response<Bytes>) -> Bytes {
    let status: StatusCode = response.status();
    let mut bytes = BytesMut::new();
    bytes.extend_from_slice(b"HTTP/1.1 ");
    bytes.extend_from_slice(status.as_str().as_bytes());
    bytes.extend_from_slice(b" ");
    bytes.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    for (name, value) in response.headers() {
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
    }
    let length = response.body().len();
    bytes.extend_from_slice(format!("\r\n{}: {length}\r\nconnection: close\r\n\r\n", header::CONTENT_LENGTH).as_bytes());
    bytes.extend_from_slice(response.body());
    bytes.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watchdog() -> (Watchdog, Activity, Instant) {
        let limits = Limits {
            head_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(60),
            ..Limits::default()
        };
        (Watchdog::new(&limits), Activity::default(), Instant::now())
    }

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn a_head_that_trickles_in_is_stuck_however_busy_it_is() {
        let (mut watchdog, activity, start) = watchdog();
        for second in 0..10 {
            activity.unread.fetch_add(1, Ordering::Relaxed);
            activity.moved.fetch_add(1, Ordering::Relaxed);
            assert!(matches!(watchdog.look(&activity, at(start, second)), Finding::Fine));
        }
        assert!(matches!(watchdog.look(&activity, at(start, 10)), Finding::Stuck(_)));
    }

    #[test]
    fn a_quiet_connection_is_idle_and_a_long_delay_is_not() {
        let (mut watchdog, activity, start) = watchdog();
        watchdog.look(&activity, start);
        assert!(matches!(watchdog.look(&activity, at(start, 59)), Finding::Fine));
        assert!(matches!(watchdog.look(&activity, at(start, 60)), Finding::Idle));
        activity.open.store(1, Ordering::Relaxed);
        assert!(matches!(watchdog.look(&activity, at(start, 600)), Finding::Fine));
    }

    #[test]
    fn an_answer_that_nobody_reads_is_given_up() {
        let (mut watchdog, activity, start) = watchdog();
        activity.open.store(1, Ordering::Relaxed);
        activity.blocked.store(true, Ordering::Relaxed);
        watchdog.look(&activity, start);
        assert!(matches!(watchdog.look(&activity, at(start, 60)), Finding::Stuck(_)));
    }
}
