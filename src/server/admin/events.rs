//! `events`: what happens, told while it happens (server-sent events).

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use tokio::{
    sync::watch,
    time::{Instant, Sleep, sleep},
};

use super::{Answered, Request, content::Draft, problem, tale::Tale};
use crate::mock::Mock;

/// Who was told something waits so long before it looks again: calls that come meanwhile have nobody to wake.
const PAUSE: Duration = Duration::from_millis(100);

/// After so long a silence a comment is sent, so that a client that has gone is noticed.
const SILENCE: Duration = Duration::from_secs(10);

/// A listener, and what it is told.
pub(in crate::server) struct Events {
    mock: Arc<Mock>,
    tale: Tale,
    /// The server stops.
    stops: Pin<Box<dyn Future<Output = ()> + Send>>,
    pause: Option<Pin<Box<Sleep>>>,
    silence: Pin<Box<Sleep>>,
    begun: bool,
}

impl Events {
    fn new(mock: &Arc<Mock>, after: Option<u64>, mut stopping: watch::Receiver<bool>) -> Self {
        let stops = Box::pin(async move {
            // A server that is gone has stopped.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        });
        Self {
            mock: Arc::clone(mock),
            tale: Tale::after(mock.journal(), after),
            stops,
            pause: None,
            silence: Box::pin(sleep(SILENCE)),
            begun: false,
        }
    }

    /// The next events; nothing when the server stops.
    pub(in crate::server) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.stops.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        if !std::mem::replace(&mut self.begun, true) {
            return Poll::Ready(Some(Bytes::from_static(b"retry: 1000\n\n")));
        }
        if let Some(pause) = &mut self.pause {
            std::task::ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        let (journal, contract) = (self.mock.journal(), self.mock.contract());
        loop {
            let waited = self.tale.is_caught_up();
            let piece = self.tale.piece(journal, contract);
            if !piece.is_empty() {
                // Whoever catches up is told all there is at once.
                self.pause = waited.then(|| Box::pin(sleep(PAUSE)));
                self.silence.as_mut().reset(Instant::now() + SILENCE);
                return Poll::Ready(Some(piece.into()));
            }
            journal.watch(context.waker());
            if self.tale.has_news(journal) {
                continue;
            }
            if self.silence.as_mut().poll(context).is_ready() {
                self.silence.as_mut().reset(Instant::now() + SILENCE);
                return Poll::Ready(Some(Bytes::from_static(b":\n\n")));
            }
            return Poll::Pending;
        }
    }
}

impl Request<'_> {
    /// `Last-Event-ID`, or `?after=NUMBER`: only exchanges with a higher number.
    pub(super) fn events(&self) -> Answered {
        self.known_parameters(&["after"])?;
        let after = self.last_event.or_else(|| self.parameter("after"));
        let number = after.map(str::parse::<u64>).transpose().map_err(|_| {
            let found = after.unwrap_or_default();
            problem(StatusCode::BAD_REQUEST, format!("events come after a whole number, not after `{found}`"))
        })?;
        let events = Events::new(self.mock, number, self.stopping.clone());
        let mut response = Response::new(Draft::Events(Box::new(events)));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }
}
