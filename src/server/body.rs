//! Request bodies within their limit.

use std::error::Error;

use bytes::{Bytes, BytesMut};

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
    Lost(Box<dyn Error + Send + Sync>),
}

/// The pieces of a body so far.
pub(super) struct Collected {
    limit: usize,
    size: u64,
    first: Option<Bytes>,
    rest: BytesMut,
}

impl Collected {
    /// Nothing yet of a body that announces so many bytes; nothing at all where it is refused before it comes. A client that `waits` has
    /// not begun to send.
    pub(super) fn new(limit: usize, announced: u64, waits: bool) -> Option<Self> {
        let refused = announced > limit as u64 && (waits || announced > DRAINED);
        (!refused).then(|| Self { limit, size: 0, first: None, rest: BytesMut::new() })
    }

    /// Adds a piece. If that is not wanted, no more should be read.
    pub(super) fn add(&mut self, piece: Bytes) -> bool {
        self.size += piece.len() as u64;
        if self.size > self.limit as u64 {
            self.first = None;
            self.rest.clear();
            return self.size <= DRAINED;
        }
        // The usual body is one piece, and stays it.
        match self.first.take() {
            None if self.rest.is_empty() => self.first = Some(piece),
            None => self.rest.extend_from_slice(&piece),
            Some(first) => {
                self.rest.reserve(first.len() + piece.len());
                self.rest.extend_from_slice(&first);
                self.rest.extend_from_slice(&piece);
            }
        }
        true
    }

    /// The body, after its last piece.
    pub(super) fn into_read(self) -> Read {
        if self.size > self.limit as u64 {
            return Read::TooLarge;
        }
        Read::Whole(self.first.unwrap_or_else(|| self.rest.freeze()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(read: Read) -> Option<Bytes> {
        if let Read::Whole(bytes) = read { Some(bytes) } else { None }
    }

    #[test]
    fn pieces_are_put_together_up_to_the_limit() {
        for (pieces, expected) in [
            (&[][..], Some("")),
            (&["abc"], Some("abc")),
            (&["a", "b", "c"], Some("abc")),
            (&["ab", "cd"], Some("abcd")),
            (&["ab", "cde"], None),
            (&["abcde", "f"], None),
        ] {
            let mut collected = Collected::new(4, 0, false).unwrap();
            assert!(pieces.iter().all(|piece| collected.add(Bytes::from_static(piece.as_bytes()))));
            assert_eq!(whole(collected.into_read()), expected.map(Bytes::from), "{pieces:?}");
        }
    }

    #[test]
    fn what_is_too_large_is_refused_before_it_comes_if_its_client_waits_or_it_is_very_large() {
        assert!(Collected::new(4, 5, false).is_some());
        assert!(Collected::new(4, 5, true).is_none() && Collected::new(4, DRAINED + 1, false).is_none());
    }

    #[test]
    fn reading_ends_where_no_more_is_thrown_away() {
        let mut collected = Collected::new(4, 0, false).unwrap();
        let piece = Bytes::from(vec![0; 64 << 20]);
        let wanted: Vec<bool> = (0..5).map(|_| collected.add(piece.clone())).collect();
        assert_eq!(wanted, [true, true, true, true, false]);
    }
}
