//! The world of one session.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use thiserror::Error;

use super::{
    World,
    budget::{Budget, Lease},
};

/// The newest world. Whoever looks never waits; who changes it comes one after the other.
#[derive(Debug)]
pub struct Store {
    newest: ArcSwap<World>,
    writer: Mutex<Lease>,
}

/// All worlds together have as many entries as they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the worlds of all sessions have {0} entries beyond their seed, and that is all there may be (--world-entries)"
)]
pub struct Full(usize);

impl Store {
    /// With a world to begin with, which costs nothing of the budget.
    pub(super) fn new(world: Arc<World>, budget: &Arc<Budget>) -> Self {
        let lease = budget.lease(&world);
        Self { newest: ArcSwap::new(world), writer: Mutex::new(lease) }
    }

    /// The world as it is.
    pub fn now(&self) -> Arc<World> {
        self.newest.load_full()
    }

    fn alone(&self) -> MutexGuard<'_, Lease> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another world from now on.
    ///
    /// # Errors
    ///
    /// [`Full`], and everything is as it was.
    pub(crate) fn replace(&self, world: Arc<World>) -> Result<(), Full> {
        let mut lease = self.alone();
        lease.hold(world.entries())?;
        self.newest.store(world);
        Ok(())
    }

    /// Makes another world of the newest one, and takes its place if that goes well; else, or after a panic, nothing has happened.
    ///
    /// # Errors
    ///
    /// Those of the work, and [`Full`].
    pub(super) fn change<T, E: From<Full>>(
        &self,
        work: impl FnOnce(&Arc<World>) -> Result<(T, Arc<World>), E>,
    ) -> Result<(T, Arc<World>), E> {
        let mut lease = self.alone();
        let (result, world) = work(&self.newest.load())?;
        lease.hold(world.entries())?;
        Ok((result, self.begin(world)))
    }

    /// The same for what has to be done: it takes what it needs.
    pub(super) fn settle(&self, work: impl FnOnce(&Arc<World>) -> Arc<World>) -> Arc<World> {
        let mut lease = self.alone();
        let world = work(&self.newest.load());
        lease.bear(world.entries());
        self.begin(world)
    }

    fn begin(&self, mut world: Arc<World>) -> Arc<World> {
        if !world.drive.is_settled() {
            Arc::make_mut(&mut world).settle();
        }
        self.newest.store(Arc::clone(&world));
        world
    }
}

impl Full {
    pub(super) fn of(budget: &Budget) -> Self {
        Self(budget.size())
    }
}
