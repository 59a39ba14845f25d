//! The streams of a connection that are under way, polled by its one task.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::Context,
};

/// Streams that are under way. h2 sees to it that they are few, so whatever wakes the task, each has its turn.
#[derive(Default)]
pub(super) struct Streams<'s> {
    under_way: Vec<Pin<Box<dyn Future<Output = ()> + Send + 's>>>,
}

impl<'s> Streams<'s> {
    /// Adds a stream. It has its first turn with the others.
    pub(super) fn add(&mut self, stream: impl Future<Output = ()> + Send + 's) {
        // Tokio's budget is one for the task; without this, streams that wait would use it up for those behind them.
        self.under_way.push(Box::pin(tokio::task::unconstrained(stream)));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Goes on with each stream. One that panics is over, and the others go on; how many did.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> usize {
        let (mut index, mut failed) = (0, 0);
        while let Some(stream) = self.under_way.get_mut(index) {
            match catch_unwind(AssertUnwindSafe(|| stream.as_mut().poll(context).is_ready())) {
                Ok(false) => {
                    index += 1;
                    continue;
                }
                Ok(true) => {}
                Err(_) => failed += 1,
            }
            drop(self.under_way.swap_remove(index));
        }
        failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::{pending, ready},
        sync::atomic::{AtomicBool, Ordering::Relaxed},
        task::Waker,
    };

    #[test]
    fn a_stream_that_panics_ends_alone() {
        let released = AtomicBool::new(false);
        struct Release<'r>(&'r AtomicBool);
        impl Drop for Release<'_> {
            fn drop(&mut self) {
                self.0.store(true, Relaxed);
            }
        }
        let last = AtomicBool::new(false);
        let mut streams = Streams::default();
        let release = Release(&released);
        streams.add(async move {
            let _release = release;
            panic!("on purpose");
        });
        streams.add(pending());
        streams.add(ready(()));
        streams.add(async { last.store(true, Relaxed) });
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!((streams.poll(&mut context), streams.under_way.len()), (1, 1));
        assert!(released.load(Relaxed) && last.load(Relaxed));
        assert_eq!((streams.poll(&mut context), streams.is_empty()), (0, false));
    }
}
