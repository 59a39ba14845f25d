//! How many entries worlds may have beyond the seed, those of all sessions together: files, shares, jobs, tokens, and whatever else is made.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::{World, store::Full};

/// For all sessions.
#[derive(Debug)]
pub(super) struct Budget {
    size: usize,
    taken: AtomicUsize,
}

impl Budget {
    /// For so many entries.
    pub(super) fn new(size: usize) -> Arc<Self> {
        Arc::new(Self { size, taken: AtomicUsize::new(0) })
    }

    /// What one session takes of it: nothing, for a world as the seed has it.
    pub(super) fn lease(self: &Arc<Self>, world: &World) -> Lease {
        Lease { budget: Arc::clone(self), seed: world.entries(), taken: 0 }
    }

    /// How many entries there may be.
    pub(super) fn size(&self) -> usize {
        self.size
    }
}

/// What one session takes. It is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Lease {
    budget: Arc<Budget>,
    /// The entries of the seed, which cost nothing.
    seed: usize,
    taken: usize,
}

impl Lease {
    /// Takes what a world with so many entries needs.
    ///
    /// # Errors
    ///
    /// [`Full`] where there is no room for it; it has what it had.
    pub(super) fn hold(&mut self, entries: usize) -> Result<(), Full> {
        let wanted = entries.saturating_sub(self.seed);
        let fits = wanted <= self.taken || {
            let more = wanted - self.taken;
            let grown = |taken: usize| taken.checked_add(more).filter(|taken| *taken <= self.budget.size);
            self.budget.taken.fetch_update(Relaxed, Relaxed, grown).is_ok()
        };
        if !fits {
            return Err(Full::of(&self.budget));
        }
        self.settle(wanted);
        Ok(())
    }

    /// The same for what nobody can refuse any more.
    pub(super) fn bear(&mut self, entries: usize) {
        let wanted = entries.saturating_sub(self.seed);
        if wanted > self.taken {
            self.budget.taken.fetch_add(wanted - self.taken, Relaxed);
        }
        self.settle(wanted);
    }

    /// Notes what it has, and gives back what is not needed any more.
    fn settle(&mut self, wanted: usize) {
        if wanted < self.taken {
            self.budget.taken.fetch_sub(self.taken - wanted, Relaxed);
        }
        self.taken = wanted;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.budget.taken.fetch_sub(self.taken, Relaxed);
    }
}

impl World {
    /// How many things it has.
    pub(super) fn entries(&self) -> usize {
        [
            self.org.entries(),
            self.spaces.by_id().len(),
            self.groups.by_id().len(),
            self.logins.entries(),
            self.drive.entries(),
            self.uploads.entries(),
            self.stars.entries().len(),
            self.jobs.by_id().len(),
            self.shares.entries(),
            self.savings.by_id().len(),
            self.inbox.entries(),
        ]
        .into_iter()
        .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_share_the_budget_and_give_back_what_is_gone() {
        let budget = Budget::new(10);
        let lease = || Lease { budget: Arc::clone(&budget), seed: 100, taken: 0 };
        let (mut first, mut second) = (lease(), lease());
        let fits = |lease: &mut Lease, entries| lease.hold(entries).is_ok();
        assert!(fits(&mut first, 90) && fits(&mut first, 107) && fits(&mut second, 103));
        assert!(!fits(&mut second, 104) && !fits(&mut first, 108));
        assert!(fits(&mut first, 101) && fits(&mut second, 109) && !fits(&mut first, 102));
        drop(second);
        assert!(fits(&mut first, 110) && !fits(&mut first, 111));
        first.bear(120);
        assert_eq!(budget.taken.load(Relaxed), 20);
        assert!(fits(&mut first, 119) && !fits(&mut lease(), 101));
        drop(first);
        assert_eq!(budget.taken.load(Relaxed), 0);
    }
}
