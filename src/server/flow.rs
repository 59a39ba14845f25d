//! The body of an answer that a fault spoils, on an HTTP/2 stream: in pieces, and with an end of its own.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::Frame;

use crate::fault::{Pace, Reason, Stream, StreamEnd};

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A body under way.
pub(super) struct Flow {
    rest: Bytes,
    pace: Option<Pace>,
    end: StreamEnd,
    /// What is waited for before the next piece, or before the end.
    wait: Option<Wait>,
    /// How long a stream hangs that the client does not give up.
    stopped: Option<Wait>,
}

impl Flow {
    /// These bytes in this way; a stream that hangs is reset when `stopped` is over.
    pub(super) fn new(bytes: Bytes, stream: &Stream, stopped: impl Future<Output = ()> + Send + 'static) -> Self {
        let mut flow =
            Self { rest: bytes, pace: stream.pace, end: stream.end, wait: None, stopped: Some(Box::pin(stopped)) };
        flow.prepare();
        flow
    }

    /// Whether END_STREAM is all that is left.
    pub(super) fn is_over(&self) -> bool {
        self.rest.is_empty() && self.end == StreamEnd::Whole
    }

    /// Whether its pieces come one after the other.
    pub(super) fn drips(&self) -> bool {
        self.pace.is_some()
    }

    /// The next piece, or the end.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(context));
            self.wait = None;
        }
        if !self.rest.is_empty() {
            let piece = self.pace.map_or(self.rest.len(), |pace| pace.piece().min(self.rest.len()));
            let piece = self.rest.split_to(piece);
            self.prepare();
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        Poll::Ready(match self.end {
            StreamEnd::Whole => None,
            StreamEnd::Reset(reason) => Some(Err(error(reason))),
            StreamEnd::Hang => Some(Err(error(Reason::INTERNAL_ERROR))),
        })
    }

    fn prepare(&mut self) {
        self.wait = match (self.rest.is_empty(), self.pace, self.end) {
            (false, Some(pace), _) => Some(Box::pin(tokio::time::sleep(pace.pause()))),
            (true, _, StreamEnd::Reset(_)) => Some(Box::pin(tokio::time::sleep(Stream::SETTLE))),
            (true, _, StreamEnd::Hang) => self.stopped.take(),
            _ => None,
        };
    }
}

/// An error that hyper turns into RST_STREAM with this code.
pub(super) fn error(reason: Reason) -> h2::Error {
    h2::Error::from(h2::Reason::from(reason.code))
}
