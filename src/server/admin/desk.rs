//! Who works for the admin API: a few threads that serve no call, and memory of the budget for texts that wait for their reader.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::Semaphore,
    task::{JoinError, spawn_blocking},
};

use crate::server::bodies::{Bodies, Held, NoRoom};

/// Works at a time. Each may need some times the memory of the largest body.
const WORKS: usize = 4;

/// A text up to this size is worth no account.
const SMALL: usize = 128 << 10;

/// Where the work of the admin API is done.
pub(in crate::server) struct Desk {
    places: Arc<Semaphore>,
    bodies: Arc<Bodies>,
    /// How long a text waits for memory whose client has begun to read.
    patience: Duration,
}

/// A large text, and the memory that it is counted for.
struct Large {
    text: Vec<u8>,
    _held: Held,
}

impl AsRef<[u8]> for Large {
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}

impl Desk {
    pub(in crate::server) fn new(bodies: &Arc<Bodies>, patience: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(WORKS)), bodies: Arc::clone(bodies), patience }
    }

    /// Does what may take its time, when a place is free.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        // Work goes on when nobody waits for it any more, and so it takes its place along.
        let work = move || {
            let done = work();
            drop(place);
            done
        };
        spawn_blocking(work).await
    }

    /// A text for a client that may take its time to read it.
    pub(super) fn keep(&self, text: Vec<u8>) -> Result<Bytes, NoRoom> {
        if text.len() <= SMALL {
            return Ok(text.into());
        }
        let held = self.bodies.take(text.len())?;
        Ok(Bytes::from_owner(Large { text, _held: held }))
    }

    /// The next part of what a client has begun to read. It waits for memory, because nothing can be said instead of it.
    pub(super) async fn keep_part(&self, text: Vec<u8>) -> Result<Bytes, NoRoom> {
        if text.len() <= SMALL {
            return Ok(text.into());
        }
        let held = self.bodies.wait_for(text.len(), self.patience).await?;
        Ok(Bytes::from_owner(Large { text, _held: held }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::poll_fn,
        pin::Pin,
        sync::{Mutex, mpsc},
        task::Poll,
    };

    /// What comes of a step at once; nothing if it has to be waited for.
    async fn now<T>(mut step: impl Future<Output = T> + Unpin) -> Option<T> {
        poll_fn(|context| {
            Poll::Ready(match Pin::new(&mut step).poll(context) {
                Poll::Ready(value) => Some(value),
                Poll::Pending => None,
            })
        })
        .await
    }

    #[tokio::test]
    async fn few_work_at_a_time_and_who_left_does_not_make_place_for_more() {
        let desk = Desk::new(&Arc::new(Bodies::new(0, 0)), Duration::ZERO);
        let (open, gate) = mpsc::channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        for _ in 0..WORKS {
            let gate = Arc::clone(&gate);
            let left = Box::pin(desk.work(move || gate.lock().is_ok_and(|gate| gate.recv().is_ok())));
            assert!(now(left).await.is_none());
        }
        let mut next = Box::pin(desk.work(|| 7));
        assert!(now(&mut next).await.is_none());
        assert_eq!(desk.places.available_permits(), 0);
        drop(open);
        assert_eq!(next.await.unwrap(), 7);
    }

    #[test]
    fn a_large_text_is_counted_until_nobody_needs_it() {
        let bodies = Arc::new(Bodies::new(1 << 20, 0));
        let desk = Desk::new(&bodies, Duration::ZERO);
        let small = desk.keep(vec![0; SMALL]).unwrap();
        let large = desk.keep(vec![0; 800_000]).unwrap();
        assert_eq!((bodies.held(), large.len(), small.len()), (802_816, 800_000, SMALL));
        let part = large.slice(..10);
        drop(large);
        assert!(bodies.held() > 0 && desk.keep(vec![0; 800_000]).is_err());
        drop(part);
        assert!(bodies.held() == 0 && desk.keep(vec![0; 800_000]).is_ok());
    }

    #[tokio::test]
    async fn a_part_waits_until_others_are_read_unless_it_could_never_be_there() {
        let desk = Desk::new(&Arc::new(Bodies::new(1 << 20, 0)), Duration::from_secs(30));
        let first = desk.keep_part(vec![0; 800_000]).await.unwrap();
        let mut second = Box::pin(desk.keep_part(vec![0; 800_000]));
        assert!(now(&mut second).await.is_none());
        assert!(desk.keep_part(vec![0; 2 << 20]).await.is_err());
        drop(first);
        assert_eq!(second.await.unwrap().len(), 800_000);
    }
}
