//! What the admin API answers with: a text that is there, a list that is written while the client reads it, or events.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;

use super::{desk::Desk, events::Events, list::List};

/// The body of an answer.
pub(in crate::server) enum Content {
    /// All of it.
    Whole(Bytes),
    /// What comes piece by piece.
    Pieces(Pieces),
}

/// What comes piece by piece.
pub(in crate::server) enum Pieces {
    /// A list.
    Listed(Listed),
    /// Events, as long as the client and the server are there.
    Events(Box<Events>),
}

/// A list of which a piece is written when the one before it was taken.
pub(in crate::server) struct Listed {
    desk: Arc<Desk>,
    list: Resting,
}

/// A list that rests, or is being written.
enum Resting {
    Here(Box<List>, Bytes),
    AtWork(Pin<Box<dyn Future<Output = Written> + Send>>),
    Ended,
}

/// A list, and what was written of it.
type Written = Result<(Box<List>, Bytes), BrokenOff>;

/// A list broke off: what was sent of it is no whole document.
#[derive(Debug, thiserror::Error)]
#[error("a list of the admin API could not be written to its end")]
pub(in crate::server) struct BrokenOff;

/// What is answered, before it is kept for a client.
pub(super) enum Draft {
    Whole(Vec<u8>),
    /// A list, and its first piece.
    List(Box<List>, Vec<u8>),
    Events(Box<Events>),
}

impl Draft {
    /// A list. One that is short is there at once.
    pub(super) fn list(mut list: List) -> Self {
        let piece = list.piece();
        if list.has_ended() { Self::Whole(piece) } else { Self::List(Box::new(list), piece) }
    }
}

impl Content {
    /// Keeps an answer for its client; nothing where there is no memory for it.
    pub(super) fn keep(draft: Draft, desk: &Arc<Desk>) -> Option<Self> {
        Some(match draft {
            Draft::Whole(text) => Self::Whole(desk.keep(text).ok()?),
            Draft::List(list, piece) => {
                let list = Resting::Here(list, desk.keep(piece).ok()?);
                Self::Pieces(Pieces::Listed(Listed { desk: Arc::clone(desk), list }))
            }
            Draft::Events(events) => Self::Pieces(Pieces::Events(events)),
        })
    }
}

impl Pieces {
    /// The next piece; nothing after the last one.
    pub(in crate::server) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BrokenOff>>> {
        match self {
            Self::Listed(list) => list.poll_next(context),
            Self::Events(events) => events.poll_next(context).map(|piece| piece.map(Ok)),
        }
    }
}

impl Listed {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BrokenOff>>> {
        loop {
            self.list = match std::mem::replace(&mut self.list, Resting::Ended) {
                Resting::Ended => return Poll::Ready(None),
                Resting::Here(list, written) if !written.is_empty() => {
                    self.list = Resting::Here(list, Bytes::new());
                    return Poll::Ready(Some(Ok(written)));
                }
                Resting::Here(list, _) if list.has_ended() => Resting::Ended,
                Resting::Here(list, _) => Resting::AtWork(Box::pin(go_on(list, Arc::clone(&self.desk)))),
                Resting::AtWork(mut work) => match work.as_mut().poll(context) {
                    Poll::Ready(Ok((list, written))) => Resting::Here(list, written),
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                    Poll::Pending => {
                        self.list = Resting::AtWork(work);
                        return Poll::Pending;
                    }
                },
            };
        }
    }
}

/// Writes the next piece of a list.
async fn go_on(mut list: Box<List>, desk: Arc<Desk>) -> Written {
    let work = move || {
        let piece = list.piece();
        (list, piece)
    };
    let (list, piece) = desk.work(work).await.map_err(|_| {
        tracing::error!("a list of the admin API failed; please report it");
        BrokenOff
    })?;
    let piece = desk.keep_part(piece).await.map_err(|_| {
        tracing::warn!(
            "a list of the admin API broke off: there is no memory for an exchange in it (--bodies allows more)"
        );
        BrokenOff
    })?;
    Ok((list, piece))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::{Payload, Request, SpecFiles},
        control::{ExchangeFilter, Page},
        mock::{Mock, Options},
        server::{admin::list::Wanted, bodies::Bodies},
        session::Arrival,
    };
    use http::{HeaderMap, Method};
    use std::{future::poll_fn, sync::Arc, time::Duration};

    #[tokio::test]
    async fn a_list_is_written_no_further_than_it_is_read() {
        let mock = Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), Options::default());
        let headers = HeaderMap::new();
        let call = || {
            let request = Request::new(&Method::POST, "/koodrive/teapot", &headers, Payload::Whole(&[b'x'; 30_000]));
            mock.handle(&request, Arrival::at(jiff::Timestamp::UNIX_EPOCH)).exchange
        };
        let calls: Vec<u64> = (0..20).map(|_| call()).collect();
        let mock = Arc::new(mock);
        let list = List::new(&mock, Wanted::Exchanges(ExchangeFilter::default()), Page::default());
        let desk = Arc::new(Desk::new(&Arc::new(Bodies::new(0, 0)), Duration::ZERO));
        let Some(Content::Pieces(mut pieces)) = Content::keep(Draft::list(list), &desk) else { panic!("it is long") };
        let mut text = Vec::new();
        for _ in 0..3 {
            let piece = poll_fn(|context| pieces.poll_next(context)).await.unwrap().unwrap();
            assert!(piece.len() < 100_000, "{}", piece.len());
            text.extend_from_slice(&piece);
        }
        assert!(!String::from_utf8_lossy(&text).contains(&format!("\"exchange\": {},", calls[19])));
        // What is forgotten meanwhile is left out, and the document comes to its end.
        mock.journal().clear();
        while let Some(piece) = poll_fn(|context| pieces.poll_next(context)).await {
            text.extend_from_slice(&piece.unwrap());
        }
        let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert!((7..12).contains(&value["exchanges"].as_array().unwrap().len()));
    }
}
