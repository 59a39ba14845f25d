//! Request bodies within their limit.

use std::error::Error;

use bytes::Bytes;
use http::{HeaderMap, request::Parts};

use super::{
    bodies::{Held, Hold},
    connection::Connection,
    shared::Shared,
};
use crate::content::{Intake, Received};

/// A body over the limit is read on and thrown away up to this size, because a client that is still sending does not look for an
/// answer; past it the connection is closed.
const DRAINED: u64 = 256 << 20;

/// A request's body, read to its end or given up.
pub(super) struct Body {
    pub(super) read: Result<Read, Broken>,
    /// Whether it had to be waited for.
    pub(super) waited: bool,
    /// The memory of it that belongs to all.
    pub(super) held: Held,
}

/// A request's body.
pub(super) enum Read {
    /// All of it.
    Whole(Bytes),
    /// All of a file or a part of one.
    Content(Box<Received>),
    /// More than the limit.
    TooLarge,
    /// There was no memory for it.
    NoRoom,
}

/// Why a body did not come to its end.
#[derive(Debug)]
pub(super) enum Broken {
    /// Nothing came for too long.
    Slow,
    /// The connection or its framing broke.
    Lost(Box<dyn Error + Send + Sync>),
}

impl Body {
    /// A body that nothing is held of.
    pub(super) fn at_once(read: Read) -> Self {
        Self { read: Ok(read), waited: false, held: Held::default() }
    }
}

/// A body that is being read, and its memory.
pub(super) struct Reading<'c> {
    collected: Collected,
    /// What takes the body in place of that, where it is a file.
    intake: Option<Intake>,
    /// Bytes of the head that are kept as long as the body is awaited.
    head: usize,
    hold: Hold<'c>,
}

/// A head of so many bytes is not worth counting.
const SMALL_HEAD: usize = 4 << 10;

impl<'c> Reading<'c> {
    /// Nothing yet of a body that announces so many bytes; nothing at all where it is refused before it comes. A client that `waits` has
    /// not begun to send.
    pub(super) fn new(connection: &'c Connection<'_>, parts: &Parts, announced: u64, waits: bool) -> Option<Self> {
        let Shared { body_limit, bodies, limits, current, .. } = connection.shared;
        let hold = Hold::new(bodies, &connection.free, limits.body_time);
        if let Some(intake) = current.load().intake(&parts.method, parts.uri.path(), parts.uri.query()) {
            let collected = Collected::new(0, 0, false)?;
            return intake.takes(announced).then(|| Self { collected, intake: Some(intake), head: 0, hold });
        }
        let collected = Collected::new(*body_limit, announced, waits)?;
        Some(Self { collected, intake: None, head: 0, hold })
    }

    /// Makes room for a piece, if there is some now. Nearly always there is, and nothing has to be waited for.
    pub(super) fn has_room(&mut self, piece: usize, last: bool) -> bool {
        let needs_none = self.collected.is_refused() || self.intake.is_some();
        needs_none || self.hold.grow_now(self.head + self.collected.memory(piece, last)).is_ok()
    }

    /// Makes room for a piece, which may take a while. What there is no room for is thrown away from then on.
    pub(super) async fn make_room(&mut self, piece: usize, last: bool) {
        if self.has_room(piece, last) {
            return;
        }
        if self.hold.grow(self.head + self.collected.memory(piece, last)).await.is_err() {
            tracing::warn!("a body is refused: others take all the memory for bodies (--bodies allows more)");
            self.collected.refuse();
        }
    }

    /// Makes room for a head that is kept until the body is there, where a connection may have many of them; whether there is any.
    pub(super) async fn keep_head(&mut self, headers: &HeaderMap) -> bool {
        let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        self.head = bytes.saturating_sub(SMALL_HEAD);
        self.make_room(0, false).await;
        !self.collected.is_refused()
    }

    /// Adds a piece that there is room for; `last` is known where nothing comes after it. If that is not wanted, no more should be read.
    pub(super) fn add(&mut self, piece: Bytes, last: bool) -> bool {
        if let Some(intake) = &mut self.intake {
            return intake.add(&piece);
        }
        let wanted = self.collected.add(piece, last);
        if self.collected.is_refused() {
            self.hold.clear();
        }
        wanted
    }

    /// The body, after its last piece.
    pub(super) fn finish(self, broken: Option<Broken>, waited: bool) -> Body {
        let whole = || match self.intake {
            Some(intake) if intake.is_too_large() => Read::TooLarge,
            Some(intake) => Read::Content(Box::new(intake.finish())),
            None => self.collected.into_read(),
        };
        let read = broken.map_or_else(|| Ok(whole()), Err);
        Body { read, waited, held: self.hold.into_held() }
    }
}

/// The pieces of a body so far.
struct Collected {
    limit: usize,
    announced: usize,
    size: u64,
    /// A body that came in one piece stays where it is.
    whole: Option<Bytes>,
    pieces: Vec<u8>,
    no_room: bool,
}

impl Collected {
    fn new(limit: usize, announced: u64, waits: bool) -> Option<Self> {
        let refused = announced > limit as u64 && (waits || announced > DRAINED);
        let announced = usize::try_from(announced).unwrap_or(usize::MAX);
        (!refused).then(|| Self { limit, announced, size: 0, whole: None, pieces: Vec::new(), no_room: false })
    }

    /// How much memory it takes with another piece. That grows in steps, never to more than what was announced, and to the double of
    /// what came at most.
    fn memory(&self, piece: usize, last: bool) -> usize {
        let needed = self.pieces.len() + piece;
        if self.is_refused() || needed > self.limit || last && self.pieces.is_empty() {
            return 0;
        }
        let most = if self.announced == 0 { self.limit } else { self.announced.min(self.limit) };
        if needed <= self.pieces.capacity() { self.pieces.capacity() } else { (2 * needed).min(most).max(needed) }
    }

    fn is_refused(&self) -> bool {
        self.no_room || self.size > self.limit as u64
    }

    /// Keeps nothing of it.
    fn refuse(&mut self) {
        self.no_room = true;
        self.pieces = Vec::new();
    }

    fn add(&mut self, piece: Bytes, last: bool) -> bool {
        let memory = self.memory(piece.len(), last);
        self.size += piece.len() as u64;
        if self.is_refused() {
            self.pieces = Vec::new();
            return self.size <= DRAINED;
        }
        if last && self.pieces.is_empty() {
            self.whole = Some(piece);
        } else {
            self.pieces.reserve_exact(memory - self.pieces.len());
            self.pieces.extend_from_slice(&piece);
        }
        true
    }

    fn into_read(mut self) -> Read {
        // It may be kept for long.
        self.pieces.shrink_to_fit();
        match self.whole {
            _ if self.size > self.limit as u64 => Read::TooLarge,
            _ if self.no_room => Read::NoRoom,
            Some(whole) => Read::Whole(whole),
            None => Read::Whole(self.pieces.into()),
        }
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
            for known in [true, false] {
                let mut collected = Collected::new(4, 0, false).unwrap();
                for (index, piece) in pieces.iter().enumerate() {
                    let last = known && index + 1 == pieces.len();
                    assert!(collected.add(Bytes::from_static(piece.as_bytes()), last));
                }
                assert_eq!(whole(collected.into_read()), expected.map(Bytes::from), "{pieces:?}");
            }
        }
    }

    #[test]
    fn a_body_in_one_piece_takes_no_memory_of_its_own() {
        let mut collected = Collected::new(100, 0, false).unwrap();
        let piece = Bytes::from(vec![b'x'; 50]);
        assert_eq!(collected.memory(50, true), 0);
        collected.add(piece.clone(), true);
        assert_eq!(whole(collected.into_read()).unwrap().as_ptr(), piece.as_ptr());
    }

    #[test]
    fn memory_grows_with_what_came_and_not_with_what_was_announced() {
        for (announced, memory) in [(0, [2000, 2000, 6000, 6000]), (1_000_000, [2000, 2000, 6000, 6000])] {
            let mut collected = Collected::new(1_000_000, announced, false).unwrap();
            for memory in memory {
                assert_eq!(collected.memory(1000, false), memory);
                collected.add(Bytes::from(vec![0; 1000]), false);
                assert_eq!(collected.pieces.capacity(), memory);
            }
        }
        let mut exact = Collected::new(1_000_000, 1500, false).unwrap();
        assert_eq!(exact.memory(1000, false), 1500);
        exact.add(Bytes::from(vec![0; 1000]), false);
        assert_eq!(exact.memory(500, true), 1500);
    }

    #[test]
    fn what_is_refused_is_thrown_away_at_once() {
        let mut collected = Collected::new(4, 0, false).unwrap();
        collected.add(Bytes::from_static(b"ab"), false);
        collected.add(Bytes::from_static(b"cde"), false);
        assert_eq!((collected.pieces.capacity(), collected.memory(1, false)), (0, 0));
        let mut collected = Collected::new(4, 0, false).unwrap();
        collected.add(Bytes::from_static(b"a"), false);
        collected.refuse();
        assert!(collected.add(Bytes::from_static(b"b"), true));
        assert_eq!((collected.pieces.capacity(), collected.memory(1, false)), (0, 0));
        assert!(matches!(collected.into_read(), Read::NoRoom));
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
        let wanted: Vec<bool> = (0..5).map(|_| collected.add(piece.clone(), false)).collect();
        assert_eq!(wanted, [true, true, true, true, false]);
    }
}
