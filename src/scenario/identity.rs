//! Which scenario is the same one, however often its file was read.

use std::sync::Arc;

/// What tells a scenario from all others, also from those that are the same to the letter. A copy stands for the same scenario.
#[derive(Debug, Clone, Default)]
pub struct Identity(Arc<u8>);

impl Identity {
    /// For lists of scenarios, as long as the scenario lives.
    pub(super) fn key(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Identity {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_the_same_one_and_no_other_is() {
        let one = Identity::default();
        let copy = one.clone();
        assert!(one == copy && one.key() == copy.key());
        assert_ne!(one, Identity::default());
    }
}
