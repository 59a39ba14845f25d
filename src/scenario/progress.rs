//! How far a session has come in its script.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use super::{Bucket, Script};

/// A script, and how far one session has come in it.
#[derive(Debug)]
pub struct Progress {
    /// The script.
    pub script: Arc<Script>,
    /// For each rule of the script.
    pub(super) rules: Box<[RuleProgress]>,
}

/// How far a session has come in a rule.
#[derive(Debug, Default)]
pub(super) struct RuleProgress {
    /// Calls that took their turn.
    pub(super) calls: AtomicU64,
    /// What its limit has let through.
    pub(super) bucket: Bucket,
}

impl Progress {
    /// At the start of a script.
    pub fn new(script: Arc<Script>) -> Self {
        let rules = (0..script.rules()).map(|_| RuleProgress::default()).collect();
        Self { script, rules }
    }

    /// The same place in another script: in scenarios that are in both a session stays where it is.
    pub fn carried_to(&self, script: Arc<Script>) -> Self {
        let progress = Self::new(script);
        for (known, range) in self.script.positions() {
            for (same, target) in progress.script.positions().filter(|(other, _)| Arc::ptr_eq(other, known)) {
                debug_assert_eq!(same.rules.len(), range.len());
                for (old, new) in self.rules[range.clone()].iter().zip(&progress.rules[target]) {
                    new.calls.store(old.calls.load(Relaxed), Relaxed);
                    new.bucket.copy(&old.bucket);
                }
            }
        }
        progress
    }

    /// Calls that each rule has answered, by its label.
    pub fn positions(&self) -> impl Iterator<Item = (&str, u64)> {
        let rules = self.script.scenarios().iter().flat_map(|scenario| &scenario.rules);
        rules.zip(&self.rules).map(|(rule, progress)| (rule.label.as_str(), progress.calls.load(Relaxed)))
    }
}
