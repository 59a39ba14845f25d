//! Bytes that are kept, within a room for all of them.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use bytes::Bytes;

/// Room for so many bytes, whoever keeps them.
pub struct Room {
    size: usize,
    taken: AtomicUsize,
}

impl fmt::Debug for Room {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {} bytes", self.taken(), self.size)
    }
}

impl Room {
    /// Room for so many bytes.
    pub fn new(size: usize) -> Arc<Self> {
        Arc::new(Self { size, taken: AtomicUsize::new(0) })
    }

    /// Bytes that are kept now.
    pub fn taken(&self) -> usize {
        self.taken.load(Relaxed)
    }

    /// A part of it, empty at first.
    pub(super) fn lease(self: &Arc<Self>) -> Lease {
        Lease { room: Arc::clone(self), bytes: 0 }
    }
}

/// A part of a room. It is given back when this is dropped.
pub(super) struct Lease {
    room: Arc<Room>,
    bytes: usize,
}

impl Lease {
    /// Takes so many bytes more; whether there was room for them.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let Room { size, taken } = &*self.room;
        let fits = taken.fetch_update(Relaxed, Relaxed, |taken| taken.checked_add(bytes).filter(|taken| taken <= size));
        self.bytes += if fits.is_ok() { bytes } else { 0 };
        fits.is_ok()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.bytes, Relaxed);
    }
}

/// Bytes that are kept. Copies of it share them; the last one gives the room back.
#[derive(Clone)]
pub struct Kept {
    bytes: Bytes,
    lease: Arc<Lease>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes", self.bytes.len())
    }
}

/// Bytes are others' if they are the same, wherever they are kept.
impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Kept {
    pub(super) fn new(bytes: Bytes, lease: Lease) -> Self {
        Self { bytes, lease: Arc::new(lease) }
    }

    /// Keeps bytes, if there is room for them.
    pub fn of(bytes: &[u8], room: &Arc<Room>) -> Option<Self> {
        let mut lease = room.lease();
        lease.grow(bytes.len()).then(|| Self::new(Bytes::copy_from_slice(bytes), lease))
    }

    /// No bytes, which are always there.
    pub fn nothing() -> Self {
        Self::new(Bytes::new(), Lease { room: Room::new(0), bytes: 0 })
    }

    /// One after the other. The parts may go afterwards; together they take no more room than they did.
    pub fn joined(parts: &[&Self]) -> Self {
        let first = match parts {
            [] => return Self::nothing(),
            [only] => return (*only).clone(),
            [first, ..] => first,
        };
        let size = parts.iter().map(|part| part.bytes.len()).sum();
        let mut bytes = Vec::with_capacity(size);
        parts.iter().for_each(|part| bytes.extend_from_slice(&part.bytes));
        // The parts are about to go, so there is room, even if not at this moment.
        let room = &first.lease.room;
        room.taken.fetch_add(size, Relaxed);
        Self::new(bytes.into(), Lease { room: Arc::clone(room), bytes: size })
    }

    /// The bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}
