//! Who wants to know when something happens.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::Waker,
};

/// Tasks that are woken once, when something happens. While there are none, to tell them is to look at a flag.
#[derive(Default)]
pub(super) struct Watchers {
    any: AtomicBool,
    wakers: Mutex<Vec<Waker>>,
}

impl Watchers {
    /// Wakes a task when something happens from now on. It has to look once more after this: what happened before wakes nobody.
    pub(super) fn add(&self, waker: &Waker) {
        let mut wakers = self.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        if !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(waker.clone());
        }
        self.any.store(true, SeqCst);
    }

    /// Something happened.
    pub(super) fn wake(&self) {
        if self.any.load(SeqCst) && self.any.swap(false, SeqCst) {
            let wakers = std::mem::take(&mut *self.wakers.lock().unwrap_or_else(PoisonError::into_inner));
            wakers.into_iter().for_each(Waker::wake);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::{Arc, atomic::AtomicUsize},
        task::Wake,
    };

    #[derive(Default)]
    struct Counted(AtomicUsize);

    impl Wake for Counted {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    #[test]
    fn who_watches_is_woken_once_for_each_time_that_it_asks() {
        let watchers = Watchers::default();
        let counted = Arc::new(Counted::default());
        let waker = Waker::from(Arc::clone(&counted));
        let woken = || counted.0.load(SeqCst);
        watchers.wake();
        assert_eq!(woken(), 0);
        watchers.add(&waker);
        watchers.add(&waker);
        watchers.wake();
        watchers.wake();
        assert_eq!(woken(), 1);
        watchers.add(&waker);
        watchers.wake();
        assert_eq!(woken(), 2);
    }
}
