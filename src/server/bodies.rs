//! Memory of the request bodies that are under way: one budget for all connections. Memory is asked for as bytes arrive, so who announces
//! much and sends nothing takes nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout, timeout_at},
};

/// What each connection may hold of bodies beside the budget: small calls pass, whatever others hold.
const FREE: usize = 64 << 10;

/// What the budget is given out in.
const UNIT: usize = 16 << 10;

/// The memory for all bodies.
pub(super) struct Bodies {
    pool: Arc<Semaphore>,
    /// Units of the pool.
    units: usize,
    /// A place with room for the largest body that a service takes. Who has it comes to its end, so bodies that have a part of their
    /// memory each and wait for the rest do not wait for one another.
    last: Arc<Semaphore>,
    largest: usize,
}

/// What a connection may hold beside the budget. All its bodies are read by one task.
pub(super) struct Free {
    bytes: AtomicUsize,
    /// A body of the connection waits for memory. On HTTP/2 it keeps its part of the connection's window; if more did so, none of the
    /// others could go on, not even the one that has the last place.
    waits: AtomicBool,
}

/// As long as it lives, a body of a connection waits.
struct Waiting<'c>(&'c Free);

/// The memory of a body that is being read.
pub(super) struct Hold<'c> {
    bodies: &'c Bodies,
    free: &'c Free,
    /// What was taken of it.
    taken: usize,
    held: Held,
    patience: Duration,
    /// When waiting ends, once it has begun.
    until: Option<Instant>,
}

/// Memory of the budget. It is given back when this is dropped.
#[derive(Default)]
pub(super) struct Held {
    memory: Option<OwnedSemaphorePermit>,
    last: Option<OwnedSemaphorePermit>,
}

/// There was no memory for a body in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoRoom;

impl Bodies {
    /// About so many bytes for all bodies, and always enough for one of the largest.
    pub(super) fn new(budget: usize, largest: usize) -> Self {
        let units = (budget.saturating_sub(largest) / UNIT).min(Semaphore::MAX_PERMITS);
        Self { pool: Arc::new(Semaphore::new(units)), units, last: Arc::new(Semaphore::new(1)), largest }
    }

    /// So many bytes at once.
    pub(super) fn take(&self, bytes: usize) -> Result<Held, NoRoom> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).map_err(|_| NoRoom)?;
        let memory = Arc::clone(&self.pool).try_acquire_many_owned(units).map_err(|_| NoRoom)?;
        Ok(Held { memory: Some(memory), last: None })
    }

    /// So many bytes, as soon as others have given back enough. What can never be there is not waited for.
    pub(super) async fn wait_for(&self, bytes: usize, patience: Duration) -> Result<Held, NoRoom> {
        let units = bytes.div_ceil(UNIT);
        let wanted = u32::try_from(units).ok().filter(|_| units <= self.units).ok_or(NoRoom)?;
        match timeout(patience, Arc::clone(&self.pool).acquire_many_owned(wanted)).await {
            Ok(Ok(memory)) => Ok(Held { memory: Some(memory), last: None }),
            _ => Err(NoRoom),
        }
    }

    /// Bytes of the budget that are given out.
    pub(super) fn held(&self) -> usize {
        let last = if self.last.available_permits() == 0 { self.largest } else { 0 };
        (self.units - self.pool.available_permits().min(self.units)) * UNIT + last
    }
}

impl Default for Free {
    fn default() -> Self {
        Self { bytes: AtomicUsize::new(FREE), waits: AtomicBool::new(false) }
    }
}

impl Free {
    /// As much of the wanted as there is.
    fn take(&self, wanted: usize) -> usize {
        let free = self.bytes.load(Relaxed);
        let taken = wanted.min(free);
        self.bytes.store(free - taken, Relaxed);
        taken
    }

    fn give_back(&self, bytes: usize) {
        self.bytes.store(self.bytes.load(Relaxed) + bytes, Relaxed);
    }

    /// Waits, unless another body of the connection does so already.
    fn wait(&self) -> Option<Waiting<'_>> {
        (!self.waits.swap(true, Relaxed)).then_some(Waiting(self))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waits.store(false, Relaxed);
    }
}

impl<'c> Hold<'c> {
    /// Nothing yet. Its body waits for memory no longer than `patience` in all.
    pub(super) fn new(bodies: &'c Bodies, free: &'c Free, patience: Duration) -> Self {
        Self { bodies, free, taken: 0, held: Held::default(), patience, until: None }
    }

    /// Sees to it that there are so many bytes in all, if so many are free now; else how many units are missing.
    pub(super) fn grow_now(&mut self, bytes: usize) -> Result<(), usize> {
        let missing = bytes.saturating_sub(self.taken + self.held.bytes());
        let free = self.free.take(missing);
        self.taken += free;
        if missing == free || self.held.last.is_some() {
            return Ok(());
        }
        let units = (missing - free).div_ceil(UNIT);
        let memory = u32::try_from(units).map(|units| Arc::clone(&self.bodies.pool).try_acquire_many_owned(units));
        let Ok(Ok(memory)) = memory else { return Err(units) };
        self.held.add(memory);
        Ok(())
    }

    /// Sees to it that there are so many bytes in all; waits until others have given some back. Of the bodies of a connection one may wait.
    pub(super) async fn grow(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let Err(units) = self.grow_now(bytes) else { return Ok(()) };
        let Bodies { pool, last, .. } = self.bodies;
        // What can never be there need not be waited for.
        let possible = Some(units).filter(|units| self.held.units() + units <= self.bodies.units);
        let possible = possible.and_then(|units| u32::try_from(units).ok());
        let _waiting = self.free.wait().ok_or(NoRoom)?;
        let until = *self.until.get_or_insert_with(|| Instant::now() + self.patience);
        let memory = async {
            match possible {
                Some(units) => Arc::clone(pool).acquire_many_owned(units).await,
                None => std::future::pending().await,
            }
        };
        let wait = async {
            tokio::select! {
                biased;
                memory = memory => memory.map(|memory| self.held.add(memory)),
                last = Arc::clone(last).acquire_owned() => last.map(|last| self.held.last = Some(last)),
            }
        };
        match timeout_at(until, wait).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(NoRoom),
        }
    }

    /// Gives everything back.
    pub(super) fn clear(&mut self) {
        self.held = Held::default();
        self.free.give_back(std::mem::take(&mut self.taken));
    }

    /// The memory of the budget, for as long as the body is needed.
    pub(super) fn into_held(mut self) -> Held {
        std::mem::take(&mut self.held)
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Held {
    fn units(&self) -> usize {
        self.memory.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    fn bytes(&self) -> usize {
        self.units() * UNIT
    }

    fn add(&mut self, memory: OwnedSemaphorePermit) {
        match &mut self.memory {
            Some(known) => known.merge(memory),
            None => self.memory = Some(memory),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    const LARGEST: usize = 1 << 20;

    /// Room for one of the largest, and for four units more.
    fn bodies() -> Bodies {
        Bodies::new(LARGEST + 4 * UNIT, LARGEST)
    }

    /// What comes of a step at once; nothing if it waits.
    fn at_once<T>(step: impl Future<Output = T>) -> Option<T> {
        match pin!(step).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    #[tokio::test]
    async fn what_a_connection_has_free_needs_no_memory_of_the_budget() {
        let (bodies, free) = (Bodies::new(0, 0), Free::default());
        let mut one = Hold::new(&bodies, &free, Duration::ZERO);
        assert_eq!(one.grow(FREE).await, Ok(()));
        assert_eq!(bodies.held(), 0);
        drop(one);
        let mut other = Hold::new(&bodies, &free, Duration::ZERO);
        assert_eq!(other.grow(FREE).await, Ok(()));
    }

    #[tokio::test]
    async fn bodies_of_one_connection_share_what_it_has_free() {
        let (bodies, free) = (bodies(), Free::default());
        let mut one = Hold::new(&bodies, &free, Duration::ZERO);
        let mut other = Hold::new(&bodies, &free, Duration::ZERO);
        one.grow(FREE).await.unwrap();
        other.grow(1).await.unwrap();
        assert_eq!(bodies.held(), UNIT);
    }

    #[tokio::test]
    async fn a_body_waits_for_memory_and_gets_what_another_gives_back() {
        let (bodies, frees) = (bodies(), [Free::default(), Free::default(), Free::default()]);
        let [mut first, mut last, mut late] =
            frees.each_ref().map(|free| Hold::new(&bodies, free, Duration::from_secs(30)));
        first.grow(FREE + 4 * UNIT).await.unwrap();
        // This one gets the last place, and needs no more from then on.
        last.grow(FREE + 1).await.unwrap();
        last.grow(LARGEST).await.unwrap();
        assert_eq!(bodies.held(), LARGEST + 4 * UNIT);
        let mut waiting = Box::pin(late.grow(FREE + 3 * UNIT));
        assert_eq!(at_once(waiting.as_mut()), None);
        let held = first.into_held();
        assert_eq!(at_once(waiting.as_mut()), None, "what was read is still needed");
        drop(held);
        assert_eq!(at_once(waiting.as_mut()), Some(Ok(())));
        drop(waiting);
        assert_eq!(bodies.held(), LARGEST + 3 * UNIT);
        drop((last, late));
        assert_eq!(bodies.held(), 0);
    }

    #[tokio::test]
    async fn of_the_bodies_of_a_connection_one_waits() {
        let (bodies, [other, free]) = (Bodies::new(0, LARGEST), [Free::default(), Free::default()]);
        let mut last = Hold::new(&bodies, &other, Duration::ZERO);
        last.grow(FREE + 1).await.unwrap();
        let [mut first, mut second] = [(); 2].map(|()| Hold::new(&bodies, &free, Duration::from_secs(30)));
        let mut waiting = Box::pin(first.grow(FREE + 1));
        assert_eq!(at_once(waiting.as_mut()), None);
        assert_eq!(second.grow(1).await, Err(NoRoom));
        // Who gives up makes place for the next one.
        drop(waiting);
        let mut waiting = Box::pin(second.grow(1));
        assert_eq!(at_once(waiting.as_mut()), None);
        drop(last);
        assert_eq!(waiting.await, Ok(()));
    }

    #[tokio::test]
    async fn a_body_waits_once_and_not_for_each_of_its_pieces() {
        let (bodies, frees) = (bodies(), [Free::default(), Free::default(), Free::default()]);
        let [mut first, mut last, mut late] = frees.each_ref().map(|free| Hold::new(&bodies, free, Duration::ZERO));
        first.grow(FREE + 4 * UNIT).await.unwrap();
        last.grow(FREE + UNIT).await.unwrap();
        assert_eq!((late.until, late.grow(FREE + 1).await), (None, Err(NoRoom)));
        let until = late.until;
        assert!(until.is_some());
        assert_eq!((late.grow(FREE + 2).await, late.until), (Err(NoRoom), until));
    }

    #[tokio::test]
    async fn bodies_that_all_wait_for_the_rest_of_their_memory_come_to_their_end_one_by_one() {
        let bodies = Bodies::new(LARGEST + 4 * UNIT, LARGEST);
        let frees: Vec<Free> = (0..4).map(|_| Free::default()).collect();
        let mut holds: Vec<_> = frees.iter().map(|free| Hold::new(&bodies, free, Duration::from_secs(30))).collect();
        for hold in &mut holds {
            hold.grow(FREE + UNIT).await.unwrap();
        }
        assert_eq!(bodies.held(), 4 * UNIT);
        let mut under_way: Vec<_> = holds
            .into_iter()
            .map(|mut hold| {
                Box::pin(async move {
                    hold.grow(LARGEST).await.unwrap();
                })
            })
            .collect();
        for _ in 0..4 {
            let done = under_way.iter_mut().position(|body| at_once(body.as_mut()).is_some());
            drop(under_way.swap_remove(done.unwrap()));
        }
        assert_eq!(bodies.held(), 0);
    }
}
