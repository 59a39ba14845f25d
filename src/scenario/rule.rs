//! A rule: which calls, and what they are answered.

use std::sync::Arc;

use super::{Limit, Matcher, Operations, Step, When};

/// Which calls, and what they are answered.
#[derive(Debug)]
pub struct Rule {
    /// The name of its scenario.
    pub scenario: Arc<str>,
    /// Its number in the scenario, from 1.
    pub number: u32,
    /// The operations, resolved.
    pub operations: Operations,
    /// What a call must be like.
    pub matcher: Matcher,
    /// What must be true beside that.
    pub when: When,
    /// How likely it is that the rule is asked at all: from 0 to 1, always without it.
    pub chance: Option<f64>,
    /// How many calls pass; the others are throttled.
    pub limit: Option<Limit>,
    /// In time order; empty for a rule that only limits.
    pub answers: Vec<Step>,
    /// What happens after the last answer.
    pub then: Then,
    /// `scenario:NAME#RULE`, how chance and labels tell it from the others.
    pub label: String,
}

/// What happens after the last answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Then {
    /// The last answer stays.
    #[default]
    Stay,
    /// The answers start again.
    Cycle,
    /// The next rule is asked.
    Pass,
    /// The call is one too many: it is answered with an internal error, and the verdict fails.
    Fail,
}

impl Rule {
    /// Whether it asks nothing of a call beside its operation.
    pub fn is_for_every_call(&self) -> bool {
        self.matcher.is_empty() && self.when.is_empty()
    }

    /// Whether it looks at states or sets one.
    pub fn is_stateful(&self) -> bool {
        self.when.looks_at_states() || self.answers.iter().any(Step::is_stateful)
    }

    /// The position of the answer of the call with this number, from 0; nothing after the last one of a rule that passes or
    /// fails.
    pub fn step(&self, call: u64) -> Option<usize> {
        let total = self.answers.iter().fold(0_u64, |total, step| total.saturating_add(step.times));
        let call = if self.then == Then::Cycle { call % total.max(1) } else { call };
        let mut end = 0;
        for (index, step) in self.answers.iter().enumerate() {
            end = u64::saturating_add(end, step.times);
            if call < end {
                return Some(index);
            }
        }
        (self.then == Then::Stay).then(|| self.answers.len().checked_sub(1)).flatten()
    }
}
