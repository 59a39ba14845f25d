//! Whose answer an HTTP/1 connection is writing. The request says it, the wire looks, the body says when it was taken.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// What is written on a connection, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// Nothing that a request asked for: a refusal of hyper's own, or `100 Continue`.
    Unasked,
    /// The answer of this exchange.
    Exchange(u64),
    /// An answer of the admin API, of which no record is kept.
    Admin,
    /// An answer that hyper needs for its account of the connection. A fault was played in its place; the client sees nothing of it.
    Unseen,
}

/// Requests of an HTTP/1 connection are answered one after the other, in the task that reads and writes its socket. So two words are
/// enough, without a lock.
#[derive(Debug, Default)]
pub(super) struct Answering {
    writing: AtomicU64,
    taken: AtomicBool,
}

/// Numbers that no exchange has.
const UNASKED: u64 = 0;
const ADMIN: u64 = u64::MAX;
const UNSEEN: u64 = u64::MAX - 1;

impl Answering {
    /// Says what hyper is about to write.
    pub(super) fn set(&self, writing: Writing) {
        let word = match writing {
            Writing::Unasked => UNASKED,
            Writing::Exchange(exchange) => exchange,
            Writing::Admin => ADMIN,
            Writing::Unseen => UNSEEN,
        };
        self.taken.store(false, Relaxed);
        self.writing.store(word, Relaxed);
    }

    /// What hyper is writing.
    pub(super) fn get(&self) -> Writing {
        match self.writing.load(Relaxed) {
            UNASKED => Writing::Unasked,
            ADMIN => Writing::Admin,
            UNSEEN => Writing::Unseen,
            exchange => Writing::Exchange(exchange),
        }
    }

    /// Notes that hyper has taken the whole answer.
    pub(super) fn take(&self) {
        self.taken.store(true, Relaxed);
    }

    /// The answer that is out, once: hyper had taken all of it, and has nothing left to write.
    pub(super) fn flushed(&self) -> Option<Writing> {
        let writing = self.taken.load(Relaxed).then(|| self.get()).filter(|writing| *writing != Writing::Unasked)?;
        self.set(Writing::Unasked);
        Some(writing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_out_once_it_was_taken_and_flushed() {
        let answering = Answering::default();
        for writing in [Writing::Exchange(7), Writing::Admin, Writing::Unseen] {
            answering.set(writing);
            assert_eq!((answering.get(), answering.flushed()), (writing, None));
            answering.take();
            assert_eq!((answering.flushed(), answering.flushed()), (Some(writing), None));
        }
    }

    #[test]
    fn a_body_that_was_dropped_before_its_answer_began_completes_nothing() {
        let answering = Answering::default();
        answering.take();
        assert_eq!(answering.flushed(), None);
        answering.set(Writing::Exchange(7));
        assert_eq!(answering.flushed(), None);
    }
}
