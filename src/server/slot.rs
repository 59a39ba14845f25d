//! Where a request leaves the script of its fault for the socket of its connection.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use tokio::sync::oneshot;

use crate::fault::{End, Script};

/// A script that a request wants played, and whom to tell when it is over.
#[derive(Debug)]
pub(super) struct Cue {
    pub(super) script: Script,
    pub(super) played: oneshot::Sender<End>,
}

/// Where the script waits. An empty slot costs one look at a flag.
#[derive(Debug, Default)]
pub(super) struct Slot {
    full: AtomicBool,
    cue: Mutex<Option<Cue>>,
}

impl Slot {
    /// Leaves a script. The receiver hears its end, unless that ends the connection too.
    pub(super) fn put(&self, script: Script) -> oneshot::Receiver<End> {
        let (played, over) = oneshot::channel();
        *self.cue.lock().unwrap_or_else(PoisonError::into_inner) = Some(Cue { script, played });
        self.full.store(true, Relaxed);
        over
    }

    /// Takes the script that waits.
    pub(super) fn take(&self) -> Option<Cue> {
        // Request and socket of an HTTP/1 connection are one task: no other thread has to see the flag.
        if !self.full.load(Relaxed) {
            return None;
        }
        self.full.store(false, Relaxed);
        self.cue.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
