//! All scenarios of a run, indexed by operation, and whose turn it is.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Rule, Scenario, Step, Then};
use crate::contract::{Call, Contract, OperationId};

/// The scenarios that are played, in the order they were given. Immutable: how far a session has come is its own business.
#[derive(Debug, Default)]
pub struct Script {
    scenarios: Vec<Scenario>,
    /// For each operation the rules that name it, as positions in the list of all rules.
    by_operation: Vec<Vec<(u32, u32, u32)>>,
    rules: usize,
}

/// What the script says to a call.
#[derive(Debug)]
pub enum Turn<'s> {
    /// This answer.
    Answer(&'s Step),
    /// The rule is over and says that another call is a failure.
    Over(&'s Scenario, usize),
}

impl Script {
    /// Indexes scenarios by the operations that their rules name.
    pub fn new(scenarios: Vec<Scenario>, contract: &Contract) -> Self {
        let mut by_operation = vec![Vec::new(); contract.operations().len()];
        let mut position = 0;
        for (scenario, play) in (0..).zip(&scenarios) {
            for (rule, Rule { operations, .. }) in (0..).zip(&play.rules) {
                for operation in operations {
                    by_operation[operation.index()].push((position, scenario, rule));
                }
                position += 1;
            }
        }
        Self { scenarios, by_operation, rules: position as usize }
    }

    /// The scenarios.
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// A fresh start: one counter a rule, for a session to keep.
    pub fn positions(&self) -> Box<[AtomicU64]> {
        (0..self.rules).map(|_| AtomicU64::new(0)).collect()
    }

    /// Whose turn it is: the first rule that fits and still has something to say. Taking a turn is one atomic step, so
    /// concurrent callers get each answer exactly as often as it is written.
    pub fn turn(&self, positions: &[AtomicU64], operation: OperationId, call: &Call<'_>) -> Option<Turn<'_>> {
        for (position, scenario, rule_index) in self.by_operation.get(operation.index())? {
            let scenario = &self.scenarios[*scenario as usize];
            let rule = &scenario.rules[*rule_index as usize];
            if !rule.matcher.fits(call) {
                continue;
            }
            let calls = positions.get(*position as usize)?.fetch_add(1, Ordering::Relaxed);
            match rule.step(calls) {
                Some(step) => return Some(Turn::Answer(step)),
                None if rule.then == Then::Fail => return Some(Turn::Over(scenario, *rule_index as usize)),
                None => {}
            }
        }
        None
    }
}

impl Rule {
    /// The answer of the call with this number, from 0; nothing after the last one of a rule that passes or fails.
    pub fn step(&self, call: u64) -> Option<&Step> {
        let total = self.answers.iter().fold(0_u64, |total, step| total.saturating_add(step.times));
        let call = if self.then == Then::Cycle { call % total.max(1) } else { call };
        let mut end = 0;
        for step in &self.answers {
            end = u64::saturating_add(end, step.times);
            if call < end {
                return Some(step);
            }
        }
        if self.then == Then::Stay { self.answers.last() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Matcher, Reply};
    use http::HeaderValue;

    fn rule(times: &[u64], then: Then) -> Rule {
        let step = |times: &u64| Step {
            times: *times,
            delay: None,
            headers: Vec::new(),
            reply: Reply::Example,
            fault: None,
            label: HeaderValue::from(u32::try_from(*times).unwrap()),
        };
        Rule { operations: Vec::new(), matcher: Matcher::default(), answers: times.iter().map(step).collect(), then }
    }

    fn played(times: &[u64], then: Then) -> Vec<u64> {
        let rule = rule(times, then);
        (0..8).map(|call| rule.step(call).map_or(0, |step| step.times)).collect()
    }

    #[test]
    fn answers_come_in_order_and_as_often_as_written() {
        assert_eq!(played(&[2, 1, 3], Then::Stay), [2, 2, 1, 3, 3, 3, 3, 3]);
        assert_eq!(played(&[2, 1], Then::Cycle), [2, 2, 1, 2, 2, 1, 2, 2]);
        assert_eq!(played(&[2, 1], Then::Pass), [2, 2, 1, 0, 0, 0, 0, 0]);
        assert_eq!(played(&[1], Then::Fail), [1, 0, 0, 0, 0, 0, 0, 0]);
    }
}
