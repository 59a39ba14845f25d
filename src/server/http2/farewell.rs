//! The fault `goaway`: one GOAWAY with the last stream that is answered. h2 knows two ways to go, and neither is this one: in one a
//! PING and a second GOAWAY follow, in the other the streams that are under way are killed.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Which streams of a connection are answered.
#[derive(Debug, Default)]
pub(super) struct Farewell {
    /// The highest stream so far.
    highest: AtomicU32,
    /// The last one that is answered; 0 as long as all are.
    last: AtomicU32,
}

/// Frame header (RFC 9113, section 4.1) of a GOAWAY without debug data: 8 bytes, type 7, no flags, of the connection.
const HEADER: [u8; 9] = [0, 0, 8, 7, 0, 0, 0, 0, 0];

impl Farewell {
    /// Whether a new stream is still answered.
    pub(super) fn takes(&self, stream: u32) -> bool {
        let takes = self.last().is_none_or(|last| stream <= last);
        if takes {
            self.highest.fetch_max(stream, Relaxed);
        }
        takes
    }

    /// From now on no new stream is answered.
    pub(super) fn say(&self) {
        if self.last().is_none() {
            self.last.store(self.highest.load(Relaxed), Relaxed);
        }
    }

    /// The last stream that is answered, once that is settled.
    pub(super) fn last(&self) -> Option<u32> {
        Some(self.last.load(Relaxed)).filter(|last| *last > 0)
    }
}

/// GOAWAY NO_ERROR as it goes over the wire.
pub(super) fn goaway(last: u32) -> [u8; 17] {
    let mut frame = [0; 17];
    frame[..9].copy_from_slice(&HEADER);
    frame[9..13].copy_from_slice(&last.to_be_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_after_the_last_one_are_not_answered() {
        let farewell = Farewell::default();
        assert!(farewell.takes(1) && farewell.takes(5) && farewell.last().is_none());
        farewell.say();
        assert_eq!(farewell.last(), Some(5));
        assert!(farewell.takes(3) && !farewell.takes(7));
        farewell.say();
        assert_eq!(farewell.last(), Some(5));
    }

    #[test]
    fn a_goaway_has_its_stream_and_no_error() {
        assert_eq!(goaway(0x0102_0304), [0, 0, 8, 7, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0]);
    }
}
