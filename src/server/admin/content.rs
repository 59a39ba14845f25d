//! What the admin API answers with: a text that is there, or a list that is written while the client reads it.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use super::list::List;

/// The body of an answer.
pub(in crate::server) enum Content {
    /// All of it.
    Whole(Bytes),
    /// A list, piece by piece.
    Pieces(Pieces),
}

/// A list of which a piece is written when the one before it was taken.
pub(in crate::server) struct Pieces {
    /// What was written and not taken yet.
    written: Bytes,
    list: Resting,
}

/// A list that rests, or is at work in a thread that serves nobody.
enum Resting {
    Here(Box<List>),
    AtWork(JoinHandle<(Box<List>, Bytes)>),
    Ended,
}

/// A list broke off: what was sent of it is no whole document.
#[derive(Debug, thiserror::Error)]
#[error("a list of the admin API could not be written to its end; please report it")]
pub(in crate::server) struct BrokenOff;

impl Content {
    /// A list. One that is short is there at once.
    pub(super) fn list(mut list: List) -> Self {
        let written = Bytes::from(list.piece());
        if list.has_ended() {
            return Self::Whole(written);
        }
        Self::Pieces(Pieces { written, list: Resting::Here(Box::new(list)) })
    }
}

impl Pieces {
    /// The next piece; nothing after the last one.
    pub(in crate::server) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BrokenOff>>> {
        loop {
            if !self.written.is_empty() {
                return Poll::Ready(Some(Ok(std::mem::take(&mut self.written))));
            }
            self.list = match std::mem::replace(&mut self.list, Resting::Ended) {
                Resting::Ended => return Poll::Ready(None),
                Resting::Here(list) if list.has_ended() => Resting::Ended,
                Resting::Here(mut list) => Resting::AtWork(spawn_blocking(move || {
                    let piece = list.piece();
                    (list, piece.into())
                })),
                Resting::AtWork(mut work) => match Pin::new(&mut work).poll(context) {
                    Poll::Ready(Ok((list, piece))) => {
                        self.written = piece;
                        Resting::Here(list)
                    }
                    Poll::Ready(Err(_)) => return Poll::Ready(Some(Err(BrokenOff))),
                    Poll::Pending => {
                        self.list = Resting::AtWork(work);
                        return Poll::Pending;
                    }
                },
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::{Payload, Request, SpecFiles},
        control::{ExchangeFilter, Page},
        mock::{Mock, Options},
        server::admin::list::Wanted,
        session::Arrival,
    };
    use http::{HeaderMap, Method, Version};
    use std::{future::poll_fn, sync::Arc};

    #[tokio::test]
    async fn a_list_is_written_no_further_than_it_is_read() {
        let mock = Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), Options::default());
        let call = || {
            let request = Request {
                version: Version::HTTP_11,
                method: &Method::POST,
                base: "",
                path: "/koodrive/teapot",
                query: None,
                authority: None,
                headers: &HeaderMap::new(),
                body: Payload::Whole(&[b'x'; 30_000]),
            };
            mock.handle(&request, Arrival::at(jiff::Timestamp::UNIX_EPOCH)).exchange
        };
        let calls: Vec<u64> = (0..20).map(|_| call()).collect();
        let mock = Arc::new(mock);
        let list = List::new(&mock, Wanted::Exchanges(ExchangeFilter::default()), Page::default());
        let Content::Pieces(mut pieces) = Content::list(list) else { panic!("it is long") };
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
