//! How far a session has come in its script.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use super::{Bucket, Script};

/// A script, and how far one session has come in it.
#[derive(Debug)]
pub struct Progress {
    /// The script.
    pub script: Arc<Script>,
    /// For each rule of the script, in chunks that are made when one of their rules is first asked: with thousands of rules and
    /// of sessions, most would stay at nought.
    chunks: Box<[OnceLock<Chunk>]>,
}

const CHUNK: usize = 64;

type Chunk = Box<[RuleProgress; CHUNK]>;

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
        let chunks = (0..script.rules().div_ceil(CHUNK)).map(|_| OnceLock::new()).collect();
        Self { script, chunks }
    }

    /// How far it has come in the rule at a position.
    pub(super) fn rule(&self, position: usize) -> Option<&RuleProgress> {
        let chunk = self.chunks.get(position / CHUNK)?;
        chunk.get_or_init(|| Box::new(std::array::from_fn(|_| RuleProgress::default()))).get(position % CHUNK)
    }

    /// The same, where the rule was ever asked.
    fn known(&self, position: usize) -> Option<&RuleProgress> {
        self.chunks.get(position / CHUNK)?.get()?.get(position % CHUNK)
    }

    /// The same place in another script: in scenarios that are in both a session stays where it is.
    pub fn carried_to(&self, script: Arc<Script>) -> Self {
        let progress = Self::new(script);
        for (known, range) in self.script.positions() {
            for (_, target) in progress.script.positions().filter(|(other, _)| Arc::ptr_eq(other, known)) {
                for (old, new) in range.clone().zip(target) {
                    if let (Some(old), Some(new)) = (self.known(old), progress.rule(new)) {
                        new.calls.store(old.calls.load(Relaxed), Relaxed);
                        new.bucket.copy(&old.bucket);
                    }
                }
            }
        }
        progress
    }

    /// Calls that each rule has answered, by its label.
    pub fn positions(&self) -> impl Iterator<Item = (&str, u64)> {
        let rules = self.script.scenarios().iter().flat_map(|scenario| &scenario.rules);
        rules.enumerate().map(|(position, rule)| {
            let calls = self.known(position).map_or(0, |progress| progress.calls.load(Relaxed));
            (rule.label.as_str(), calls)
        })
    }
}
