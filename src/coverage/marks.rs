//! What was counted of the calls of one session.

use std::collections::BTreeMap;

use super::table::Reached;
use crate::contract::OperationId;

/// What was counted, by operation.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks {
    pub(super) operations: BTreeMap<OperationId, OperationMarks>,
}

/// What was counted of an operation.
#[derive(Debug, Clone, Default)]
pub(super) struct OperationMarks {
    pub(super) calls: Calls,
    pub(super) edges: Reached,
    /// By code.
    pub(super) errors: BTreeMap<String, Shown>,
    /// By name.
    pub(super) faults: BTreeMap<&'static str, Shown>,
}

/// How calls of an operation went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// All of them.
    pub called: u64,
    /// Those that kept the contract.
    pub accepted: u64,
    /// Those that were refused because they broke it.
    pub refused: u64,
    /// Those that kept it and got an answer of success, whole.
    pub answered: u64,
}

/// What became of an error or a fault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shown {
    /// How often the client met it.
    pub times: u64,
    /// How often it made the same call once more after that.
    pub retried: u64,
    /// How often one of those got an answer of success; or the client took the answer whole in spite of the fault.
    pub recovered: u64,
}

impl Shown {
    pub(super) fn merge(&mut self, other: &Self) {
        self.times += other.times;
        self.retried += other.retried;
        self.recovered += other.recovered;
    }
}

/// An error or a fault that a client met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    Error(String),
    Fault(&'static str),
}

impl OperationMarks {
    /// The count of an error or a fault.
    pub(super) fn of(&mut self, trouble: &Trouble) -> &mut Shown {
        match trouble {
            Trouble::Error(code) => self.errors.entry(code.clone()).or_default(),
            Trouble::Fault(name) => self.faults.entry(name).or_default(),
        }
    }
}

impl Marks {
    pub(super) fn merge(&mut self, other: &Self) {
        for (id, other) in &other.operations {
            let marks = self.operations.entry(*id).or_default();
            marks.calls.called += other.calls.called;
            marks.calls.accepted += other.calls.accepted;
            marks.calls.refused += other.calls.refused;
            marks.calls.answered += other.calls.answered;
            marks.edges.merge(&other.edges);
            other.errors.iter().for_each(|(code, shown)| marks.errors.entry(code.clone()).or_default().merge(shown));
            other.faults.iter().for_each(|(name, shown)| marks.faults.entry(name).or_default().merge(shown));
        }
    }
}
