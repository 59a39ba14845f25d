//! The world of one session.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::World;

/// The newest world. Whoever looks never waits; who changes it comes one after the other.
#[derive(Debug)]
pub struct Store {
    newest: ArcSwap<World>,
    writer: Mutex<()>,
}

impl Store {
    /// With a world to begin with.
    pub fn new(world: Arc<World>) -> Self {
        Self { newest: ArcSwap::new(world), writer: Mutex::new(()) }
    }

    /// The world as it is.
    pub fn now(&self) -> Arc<World> {
        self.newest.load_full()
    }

    /// Another world from now on.
    pub(crate) fn replace(&self, world: Arc<World>) {
        let _alone = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.newest.store(world);
    }

    /// Works on a copy. It becomes the newest world if that goes well; else, or after a panic, nothing has happened.
    pub(crate) fn change<T, E>(&self, work: impl FnOnce(&mut World) -> Result<T, E>) -> Result<(T, Arc<World>), E> {
        let _alone = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut world = World::clone(&self.newest.load());
        let result = work(&mut world)?;
        let world = Arc::new(world);
        self.newest.store(Arc::clone(&world));
        Ok((result, world))
    }
}
