//! Bodies on HTTP/1: a request's read whole within its limit, an answer's handed to hyper.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, atomic::Ordering::Relaxed},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{header, request::Parts};
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;

use crate::server::{
    activity::{Activity, Order},
    admin::{BrokenOff, Content},
    body::{Body, Broken, Read, Reading},
    connection::Connection,
    departure,
};

/// Reads a body.
pub(super) async fn read(connection: &Connection<'_>, parts: &Parts, mut body: Incoming) -> Body {
    if body.is_end_stream() {
        return Body::at_once(Read::Whole(Bytes::new()));
    }
    let announced = body.size_hint().lower();
    let Some(mut reading) = Reading::new(connection, parts, announced, parts.headers.contains_key(header::EXPECT))
    else {
        return Body::at_once(Read::TooLarge);
    };
    let mut waited = false;
    let broken = loop {
        match next_frame(&mut body, connection.activity, &mut waited).await {
            Ok(Some(frame)) => {
                let Ok(piece) = frame.into_data() else { continue };
                let last = body.is_end_stream();
                // In memory of its own, as all that is rarely waited for: every answer would have room for it.
                if !reading.has_room(piece.len(), last)
                    && Box::pin(departure::unless_gone(connection, reading.make_room(piece.len(), last))).await.is_err()
                {
                    break Some(Broken::Lost("the client left".into()));
                }
                if !reading.add(piece, last) {
                    break None;
                }
            }
            Ok(None) => break None,
            Err(broken) => break Some(broken),
        }
    };
    reading.finish(broken, waited)
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
    content: Option<Content>,
    activity: Arc<Activity>,
}

impl AnswerBody {
    /// A body without bytes yet, for a request that was counted as open before.
    pub(super) fn new(activity: Arc<Activity>) -> Self {
        Self { content: None, activity }
    }

    /// The same body with its bytes.
    pub(super) fn with(self, bytes: Bytes) -> Self {
        self.with_content(Content::Whole(bytes))
    }

    /// The same body with what the admin API answers.
    pub(super) fn with_content(mut self, content: Content) -> Self {
        self.content = Some(content).filter(|content| !matches!(content, Content::Whole(bytes) if bytes.is_empty()));
        self
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.activity.answering.take();
        self.activity.end_request();
    }
}

impl http_body::Body for AnswerBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(Content::Pieces(pieces)) = &mut self.content {
            return pieces.poll_next(context).map(|piece| piece.map(|piece| piece.map(Frame::data)));
        }
        Poll::Ready(match self.content.take() {
            Some(Content::Whole(bytes)) => Some(Ok(Frame::data(bytes))),
            _ => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            None => SizeHint::with_exact(0),
            Some(Content::Whole(bytes)) => SizeHint::with_exact(bytes.len() as u64),
            Some(Content::Pieces(_)) => SizeHint::default(),
        }
    }
}
