//! Bodies on HTTP/1: a request's read whole within its limit, an answer's handed to hyper.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, atomic::Ordering::Relaxed},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::server::{
    activity::{Activity, Order},
    body::{Broken, Collected, Read},
};

/// Reads a body; and whether it had to be waited for.
pub(super) async fn read(
    headers: &HeaderMap,
    mut body: Incoming,
    limit: usize,
    activity: &Activity,
) -> (Result<Read, Broken>, bool) {
    if body.is_end_stream() {
        return (Ok(Read::Whole(Bytes::new())), false);
    }
    let announced = body.size_hint().lower();
    let Some(mut collected) = Collected::new(limit, announced, headers.contains_key(header::EXPECT)) else {
        return (Ok(Read::TooLarge), false);
    };
    let mut waited = false;
    let read = loop {
        match next_frame(&mut body, activity, &mut waited).await {
            Ok(Some(frame)) => {
                if let Ok(piece) = frame.into_data()
                    && !collected.add(piece)
                {
                    break Ok(Read::TooLarge);
                }
            }
            Ok(None) => break Ok(collected.into_read()),
            Err(broken) => break Err(broken),
        }
    };
    (read, waited)
}

/// The next piece. The watchdog of the connection says when it has taken too long.
async fn next_frame(
    body: &mut Incoming,
    activity: &Activity,
    waited: &mut bool,
) -> Result<Option<Frame<Bytes>>, Broken> {
    let frame = poll_fn(|context| {
        let frame = Pin::new(&mut *body).poll_frame(context).map(Ok);
        activity.awaits_body.store(frame.is_pending(), Relaxed);
        *waited |= frame.is_pending();
        if frame.is_pending() && activity.order() == Some(Order::GiveUpBody) {
            activity.awaits_body.store(false, Relaxed);
            return Poll::Ready(Err(Broken::Slow));
        }
        frame
    })
    .await?;
    frame.transpose().map_err(|error| Broken::Lost(error.into()))
}

/// An answer's body. As long as it lives, its connection has a request open.
pub(super) struct AnswerBody {
    bytes: Option<Bytes>,
    activity: Arc<Activity>,
}

impl AnswerBody {
    /// A body without bytes yet, for a request that was counted as open before.
    pub(super) fn new(activity: Arc<Activity>) -> Self {
        Self { bytes: None, activity }
    }

    /// The same body with its bytes.
    pub(super) fn with(mut self, bytes: Bytes) -> Self {
        self.bytes = Some(bytes).filter(|bytes| !bytes.is_empty());
        self
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.activity.answering.take();
        self.activity.end_request();
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
