//! Bytes that pass by: a file on its way in is hashed as it comes, and kept as long as there is room.

mod chain;
mod kept;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use md5::{Digest as _, Md5};

use self::kept::Lease;
pub use self::{
    chain::Chain,
    kept::{Kept, Room},
};

/// The first bytes of a file, whose digest tells it from most others.
pub const FIRST: usize = 1024;

/// A body that came in whole.
#[derive(Clone, PartialEq)]
pub struct Received {
    /// In bytes.
    pub size: u64,
    /// Its MD5: the `ETag` of what is stored.
    pub md5: [u8; 16],
    /// The SHA-256 of what comes before it in its file, if that was known, and of everything up to its end.
    pub hashed: Option<(Chain, Chain)>,
    /// Its bytes, if there was room for them.
    pub bytes: Option<Kept>,
}

/// A body that is coming in. It takes as much memory as it keeps of it, beside some hundred bytes.
pub struct Intake {
    size: u64,
    limit: u64,
    md5: Md5,
    hashed: Option<(Chain, Chain)>,
    kept: Keeping,
}

/// What is kept of a body so far.
enum Keeping {
    Bytes { taken: Lease, bytes: Vec<u8> },
    Nothing,
}

impl Intake {
    /// Of a body of at most so many bytes. `before` is the SHA-256 of what comes before it in its file, if that is known; its bytes are kept
    /// in a room, if there is one.
    pub fn new(limit: u64, before: Option<Chain>, room: Option<&Arc<Room>>) -> Self {
        let kept = room.map_or(Keeping::Nothing, |room| Keeping::Bytes { taken: room.lease(), bytes: Vec::new() });
        let hashed = before.map(|before| (before.clone(), before));
        Self { size: 0, limit, md5: Md5::new(), hashed, kept }
    }

    /// Whether a body of so many bytes may come.
    pub fn takes(&self, bytes: u64) -> bool {
        bytes <= self.limit
    }

    /// The next bytes of it; whether it may go on.
    pub fn add(&mut self, piece: &[u8]) -> bool {
        self.size = self.size.saturating_add(piece.len() as u64);
        if self.size > self.limit {
            self.kept = Keeping::Nothing;
            return false;
        }
        self.md5.update(piece);
        if let Some((_, after)) = &mut self.hashed {
            after.update(piece);
        }
        if let Keeping::Bytes { taken, bytes, .. } = &mut self.kept {
            // A vector grows to the double of what it needs, which is given back at the end.
            if taken.grow(piece.len()) {
                bytes.extend_from_slice(piece);
            } else {
                self.kept = Keeping::Nothing;
            }
        }
        true
    }

    /// Whether more came than may.
    pub fn is_too_large(&self) -> bool {
        self.size > self.limit
    }

    /// All of it.
    pub fn finish(self) -> Received {
        let bytes = match self.kept {
            Keeping::Bytes { taken, bytes } => Some(Kept::new(bytes.into_boxed_slice().into(), taken)),
            Keeping::Nothing => None,
        };
        Received { size: self.size, md5: self.md5.finalize().into(), hashed: self.hashed, bytes }
    }
}

impl Received {
    /// Of a body that is there already, with nothing before it.
    pub fn whole(bytes: &[u8], room: Option<&Arc<Room>>) -> Self {
        let mut intake = Intake::new(u64::MAX, Some(Chain::default()), room);
        intake.add(bytes);
        intake.finish()
    }

    /// Its bytes, if they were kept.
    pub fn kept(&self) -> Option<&Bytes> {
        self.bytes.as_ref().map(Kept::bytes)
    }
}

/// Never its bytes.
impl fmt::Debug for Received {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes with the MD5 {}", self.size, hex(&self.md5))
    }
}

/// Bytes in lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOX: &[u8] = b"The quick brown fox jumps over the lazy dog";

    #[test]
    fn a_body_has_the_published_digests_however_it_is_cut() {
        for size in [1, 7, FOX.len()] {
            let room = Room::new(1000);
            let mut intake = Intake::new(1000, Some(Chain::default()), Some(&room));
            assert!(FOX.chunks(size).all(|piece| intake.add(piece)));
            let received = intake.finish();
            assert_eq!(hex(&received.md5), "9e107d9d372bb6826bd81d3542a419d6");
            let sha256 = hex(&received.hashed.as_ref().unwrap().1.digest());
            assert_eq!(sha256, "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592");
            assert_eq!((received.size, received.kept().map(|bytes| &bytes[..])), (43, Some(FOX)));
        }
    }

    #[test]
    fn what_there_is_no_room_for_is_hashed_and_not_kept() {
        let room = Room::new(50);
        let first = Received::whole(FOX, Some(&room));
        let second = Received::whole(FOX, Some(&room));
        assert!(first.kept().is_some() && second.kept().is_none());
        assert_eq!((first.md5, room.taken()), (second.md5, FOX.len()));
        drop(first);
        assert_eq!(room.taken(), 0);
        assert!(Received::whole(FOX, Some(&room)).kept().is_some());
    }

    #[test]
    fn more_than_the_limit_ends_it_and_gives_everything_back() {
        let room = Room::new(1000);
        let mut intake = Intake::new(10, None, Some(&room));
        assert!(intake.add(&FOX[..10]) && !intake.add(&FOX[10..11]));
        assert!(intake.is_too_large());
        assert_eq!(room.taken(), 0);
    }
}
