//! All scenarios of a run, indexed by operation.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use super::{Rule, Scenario, Step};
use crate::contract::{Contract, OperationId};

/// The scenarios that are played, in the order they were given. Immutable: how far a session has come is its own business.
#[derive(Debug, Default)]
pub struct Script {
    scenarios: Vec<Arc<Scenario>>,
    /// The seed that was asked for, whatever the scenarios ask for.
    asked_seed: Option<u64>,
    /// The one in force.
    seed: u64,
    by_operation: Vec<Entry>,
    /// For each scenario.
    used: Vec<Arc<Used>>,
}

/// For each rule of a scenario and each of its answers, whether any session got it.
type Used = Vec<Vec<AtomicBool>>;

/// The rules that name an operation.
#[derive(Debug, Clone, Default)]
struct Entry {
    rules: Vec<Place>,
    /// One of them looks at states or leaves one behind, so that turns must not overlap.
    stateful: bool,
}

/// Where a rule stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) scenario: usize,
    pub(super) rule: usize,
}

impl Script {
    /// Indexes scenarios by the operations that their rules name. `seed` wins over the scenarios' own.
    pub fn new(scenarios: Vec<Arc<Scenario>>, seed: Option<u64>, contract: &Contract) -> Self {
        let mut by_operation = vec![Entry::default(); contract.operations().len()];
        for (scenario, play) in scenarios.iter().enumerate() {
            for (index, rule) in play.rules.iter().enumerate() {
                for operation in rule.operations.iter() {
                    let entry = &mut by_operation[operation.index()];
                    entry.rules.push(Place { scenario, rule: index });
                    entry.stateful |= rule.is_stateful();
                }
            }
        }
        let unused = |rule: &Rule| rule.answers.iter().map(|_| AtomicBool::new(false)).collect();
        let used = scenarios.iter().map(|scenario| Arc::new(scenario.rules.iter().map(unused).collect())).collect();
        let own = || scenarios.iter().find_map(|scenario| scenario.seed);
        Self { asked_seed: seed, seed: seed.or_else(own).unwrap_or(0), scenarios, by_operation, used }
    }

    /// A script that follows on others of the same stand-in: the seed that was asked for stays, and of scenarios that are in one of
    /// them, too, it stays known which answers were given.
    pub fn following(scenarios: Vec<Arc<Scenario>>, contract: &Contract, others: &[&Self]) -> Self {
        let seed = others.iter().find_map(|other| other.asked_seed);
        let mut next = Self::new(scenarios, seed, contract);
        for other in others {
            let known = other.places();
            for (scenario, used) in next.scenarios.iter().zip(&mut next.used) {
                if let Some(place) = known.get(&Arc::as_ptr(scenario)) {
                    *used = Arc::clone(&other.used[*place]);
                }
            }
        }
        next
    }

    /// The scenarios.
    pub fn scenarios(&self) -> &[Arc<Scenario>] {
        &self.scenarios
    }

    /// Where randomness starts: the seed that was asked for, else that of the first scenario that has one, else 0.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Where each scenario stands. Two that are the same to the letter are still two.
    pub(super) fn places(&self) -> HashMap<*const Scenario, usize> {
        self.scenarios.iter().enumerate().map(|(place, scenario)| (Arc::as_ptr(scenario), place)).collect()
    }

    /// Where the rules stand that name an operation, in the order in which they are asked.
    pub(super) fn places_for(&self, operation: OperationId) -> &[Place] {
        self.by_operation.get(operation.index()).map_or(&[], |entry| &entry.rules)
    }

    pub(super) fn rule(&self, place: Place) -> &Rule {
        &self.scenarios[place.scenario].rules[place.rule]
    }

    /// The rules that name an operation, in the order in which they are asked.
    pub fn rules_for(&self, operation: OperationId) -> impl Iterator<Item = &Rule> {
        self.places_for(operation).iter().map(|place| self.rule(*place))
    }

    /// Whether a rule of the operation looks at named states or sets one, so that turns of a session must follow one another.
    pub fn is_stateful(&self, operation: OperationId) -> bool {
        self.by_operation.get(operation.index()).is_some_and(|entry| entry.stateful)
    }

    /// Notes that a session got an answer of a rule.
    pub(super) fn note_use(&self, place: Place, answer: usize) {
        let used = &self.used[place.scenario][place.rule][answer];
        // Reading is cheaper than writing where everybody reads.
        if !used.load(Relaxed) {
            used.store(true, Relaxed);
        }
    }

    /// Answers that no session got since the script is played.
    pub fn unused(&self) -> impl Iterator<Item = &Step> {
        self.scenarios.iter().zip(&self.used).flat_map(|(scenario, used)| unused(scenario, used))
    }

    /// The same of one of its scenarios.
    pub fn unused_in(&self, scenario: &Scenario) -> impl Iterator<Item = &Step> {
        let all = self.scenarios.iter().zip(&self.used);
        all.filter(move |(known, _)| std::ptr::eq(Arc::as_ptr(known), scenario))
            .flat_map(|(scenario, used)| unused(scenario, used))
    }
}

fn unused<'s>(scenario: &'s Scenario, used: &'s Used) -> impl Iterator<Item = &'s Step> {
    let answers = scenario.rules.iter().zip(used).flat_map(|(rule, used)| rule.answers.iter().zip(used));
    answers.filter(|(_, used)| !used.load(Relaxed)).map(|(step, _)| step)
}

impl Rule {
    /// Whether it looks at states or leaves one behind.
    fn is_stateful(&self) -> bool {
        !self.when.is_empty() || self.answers.iter().any(Step::is_stateful)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::SpecFiles;

    fn seed(asked: Option<u64>, own: &[Option<u64>]) -> u64 {
        let scenario = |seed: &Option<u64>| {
            let (rules, expect) = (Vec::new(), Vec::new());
            Arc::new(Scenario { name: "a".to_owned(), summary: None, seed: *seed, rules, expect })
        };
        let contract = SpecFiles::embedded().load().unwrap();
        let first = Script::new(Vec::new(), asked, &contract);
        Script::following(own.iter().map(scenario).collect(), &contract, &[&first]).seed()
    }

    #[test]
    fn the_seed_is_the_one_asked_for_else_the_first_scenarios_own_else_0() {
        assert_eq!(seed(Some(5), &[Some(7)]), 5);
        assert_eq!(seed(Some(0), &[Some(7)]), 0);
        assert_eq!(seed(None, &[None, Some(7), Some(8)]), 7);
        assert_eq!(seed(None, &[None]), 0);
    }
}
