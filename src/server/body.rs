//! Bodies: a request's read whole within its limit, an answer's handed to hyper.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use jiff::Timestamp;

use super::{
    activity::{Activity, Order},
    flow::Flow,
    shared::Calls,
};
use crate::session::{Ended, Outcome, Sent};

/// A body over the limit is read on and thrown away up to this size, because a client that is still sending does not look for an
/// answer; past it the connection is closed.
const DRAINED: u64 = 256 << 20;

/// A request's body.
pub(super) enum Read {
    /// All of it.
    Whole(Bytes),
    /// More than the limit.
    TooLarge,
}

/// Why a body did not come to its end.
#[derive(Debug)]
pub(super) enum Broken {
    /// Nothing came for too long.
    Slow,
    /// The connection or its framing broke.
    Lost(hyper::Error),
}

/// Reads a body.
pub(super) async fn read(
    headers: &HeaderMap,
    mut body: Incoming,
    limit: usize,
    patience: Duration,
    activity: &Activity,
) -> Result<Read, Broken> {
    if body.is_end_stream() {
        return Ok(Read::Whole(Bytes::new()));
    }
    let announced = body.size_hint().lower();
    let waits = headers.get(header::EXPECT).is_some();
    if announced > limit as u64 && (waits || announced > DRAINED) {
        return Ok(Read::TooLarge);
    }
    let mut first: Option<Bytes> = None;
    let mut rest = BytesMut::new();
    let mut size = 0_u64;
    while let Some(frame) = next_frame(&mut body, patience, activity).await? {
        let Ok(data) = frame.into_data() else { continue };
        size += data.len() as u64;
        if size > DRAINED {
            break;
        }
        if size > limit as u64 {
            first = None;
            rest.clear();
            continue;
        }
        // The usual body is one piece, and stays it.
        match &first {
            None if rest.is_empty() => first = Some(data),
            None => rest.extend_from_slice(&data),
            Some(piece) => {
                rest.reserve(piece.len() + data.len());
                rest.extend_from_slice(piece);
                rest.extend_from_slice(&data);
                first = None;
            }
        }
    }
    Ok(if size > limit as u64 { Read::TooLarge } else { Read::Whole(first.unwrap_or_else(|| rest.freeze())) })
}

/// The next piece. On HTTP/1 the watchdog of the connection says when it has taken too long; an HTTP/2 stream is a task of its
/// own, which has to keep its own time.
async fn next_frame(
    body: &mut Incoming,
    patience: Duration,
    activity: &Activity,
) -> Result<Option<Frame<Bytes>>, Broken> {
    let frame = if activity.http2.load(Ordering::Relaxed) {
        tokio::time::timeout(patience, body.frame()).await.map_err(|_| Broken::Slow)?
    } else {
        poll_fn(|context| {
            let frame = Pin::new(&mut *body).poll_frame(context).map(Ok);
            activity.awaits_body.store(frame.is_pending(), Ordering::Relaxed);
            if frame.is_pending() && activity.order() == Some(Order::GiveUpBody) {
                activity.awaits_body.store(false, Ordering::Relaxed);
                return Poll::Ready(Err(Broken::Slow));
            }
            frame
        })
        .await?
    };
    frame.transpose().map_err(Broken::Lost)
}

/// An answer's body. As long as it lives, its connection has a request open.
pub(super) struct AnswerBody {
    bytes: Option<Bytes>,
    /// In place of the bytes, for an answer that a fault spoils.
    flow: Option<Box<Flow>>,
    /// The exchange whose record is completed when the body is gone.
    exchange: Option<u64>,
    calls: Arc<Calls>,
}

impl AnswerBody {
    /// A body without bytes yet, for a request that was counted as open before.
    pub(super) fn new(calls: Arc<Calls>) -> Self {
        Self { bytes: None, flow: None, exchange: None, calls }
    }

    /// The same body as the answer of an exchange.
    pub(super) fn of(mut self, exchange: u64) -> Self {
        self.exchange = Some(exchange);
        self
    }

    /// The same body with its bytes.
    pub(super) fn with(mut self, bytes: Bytes) -> Self {
        self.bytes = Some(bytes).filter(|bytes| !bytes.is_empty());
        self
    }

    /// The same body as a flow.
    pub(super) fn flowing(mut self, flow: Flow) -> Self {
        self.calls.activity.dripping.fetch_add(usize::from(flow.drips()), Ordering::Relaxed);
        self.flow = Some(Box::new(flow));
        self
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        if self.flow.as_ref().is_some_and(|flow| flow.drips()) {
            self.calls.activity.dripping.fetch_sub(1, Ordering::Relaxed);
        }
        if let Some(exchange) = self.exchange {
            let at = Timestamp::now();
            let outcome = Outcome { sent: Sent::default(), ended: Ended::Delivered, at };
            self.calls.shared.mock.finish(exchange, outcome, b"");
        }
        self.calls.activity.open.fetch_sub(1, Ordering::Relaxed);
        // What came for this request, its body above all, is no beginning of the next one.
        self.calls.activity.unread.store(0, Ordering::Relaxed);
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match &mut self.flow {
            Some(flow) => flow.poll(context),
            None => Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none() && self.flow.as_ref().is_none_or(|flow| flow.is_over())
    }

    fn size_hint(&self) -> SizeHint {
        match self.flow {
            // The headers of a spoilt answer say what they say.
            Some(_) => SizeHint::default(),
            None => SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
        }
    }
}
