//! A stand-in that takes the place of another one while calls are answered.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::mock::Mock;

/// Hands calls over from one stand-in to the next. Both have to have the same journal: the next one is made of the one before by
/// [`Mock::renewed`].
#[derive(Clone)]
pub struct Handover {
    current: Arc<ArcSwap<Mock>>,
}

impl Handover {
    pub(super) fn new(current: &Arc<ArcSwap<Mock>>) -> Self {
        Self { current: Arc::clone(current) }
    }

    /// The stand-in that a new call comes to.
    pub fn current(&self) -> Arc<Mock> {
        self.current.load_full()
    }

    /// The next call comes to this one. Those that are under way stay where they are.
    pub fn to(&self, next: Arc<Mock>) {
        self.current.store(next);
    }
}
