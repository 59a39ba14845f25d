//! Whether what was given to h2 is with the socket. h2 does not say; but when it waits for the socket's next bytes while the socket
//! takes all of its own, it has written everything that flow control lets through.

use std::{
    future::poll_fn,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    task::Poll,
};

use crate::session::Ended;

/// The turns of a connection. Streams and connection are one task, so that plain words do.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// How often everything was written.
    turns: AtomicU64,
    /// Frames were given to h2 since.
    due: AtomicBool,
    over: AtomicBool,
}

/// The turn that writes what was given to h2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(u64);

impl Written {
    /// Notes that frames were given to h2.
    pub(super) fn hand(&self) -> Mark {
        self.due.store(true, Relaxed);
        Mark(self.turns.load(Relaxed) + 1)
    }

    /// Notes that h2 had its turn.
    pub(super) fn turn(&self, over: bool, blocked: bool) {
        self.due.store(false, Relaxed);
        self.over.store(over, Relaxed);
        if !over && !blocked {
            self.turns.fetch_add(1, Relaxed);
        }
    }

    /// Whether h2 has to have another turn.
    pub(super) fn is_due(&self) -> bool {
        self.due.load(Relaxed)
    }

    /// Whether what was given to h2 by then is written.
    pub(super) fn has(&self, Mark(turn): Mark) -> bool {
        self.turns.load(Relaxed) >= turn
    }

    /// Waits until it is.
    pub(super) async fn wait(&self, mark: Mark) -> Result<(), Ended> {
        poll_fn(|_| match self.has(mark) {
            true => Poll::Ready(Ok(())),
            false if self.over.load(Relaxed) => Poll::Ready(Err(Ended::ClientLeft)),
            false => Poll::Pending,
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_handed_is_written_in_the_next_turn_that_is_not_blocked() {
        let written = Written::default();
        written.turn(false, false);
        let mark = written.hand();
        assert!(written.is_due() && !written.has(mark));
        written.turn(false, true);
        assert!(!written.is_due() && !written.has(mark));
        written.turn(false, false);
        assert!(written.has(mark) && !written.has(written.hand()));
    }

    #[tokio::test]
    async fn what_was_not_written_before_the_end_never_is() {
        let written = Written::default();
        let before = written.hand();
        written.turn(false, false);
        let after = written.hand();
        written.turn(true, false);
        assert_eq!(written.wait(before).await, Ok(()));
        assert_eq!(written.wait(after).await, Err(Ended::ClientLeft));
    }
}
