//! All scenarios of a run, indexed by operation.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use super::{Operations, Rule, Scenario, Step};
use crate::contract::{Contract, OperationId};

/// The scenarios that are played, in the order they were given. Immutable: how far a session has come is its own business.
#[derive(Debug, Default)]
pub struct Script {
    scenarios: Vec<Arc<Scenario>>,
    /// The seed that was asked for, whatever the scenarios ask for.
    asked_seed: Option<u64>,
    /// The one in force.
    seed: u64,
    /// For each operation, its service and the rules that name it.
    by_operation: Vec<(usize, Entry)>,
    /// For each service, the rules that name all of its operations.
    by_service: Vec<Entry>,
    /// For each scenario.
    used: Vec<Arc<Used>>,
}

/// For each answer of a scenario, whether any session got it.
#[derive(Debug)]
struct Used {
    answers: Box<[AtomicBool]>,
    /// For each rule, where its answers begin.
    rules: Box<[u32]>,
}

/// Rules that name the same.
#[derive(Debug, Clone, Default)]
struct Entry {
    rules: Vec<Place>,
    /// One of them looks at states or sets one, so that turns must not overlap.
    stateful: bool,
}

/// Where a rule stands. Places are ordered as rules are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) scenario: u32,
    pub(super) rule: u32,
}

impl Entry {
    fn add(&mut self, place: Place, rule: &Rule) {
        self.rules.push(place);
        self.stateful |= rule.is_stateful();
    }
}

impl Used {
    fn new(scenario: &Scenario) -> Self {
        let mut answers = 0;
        let rules = scenario.rules.iter().map(|rule| {
            let first = answers;
            answers += rule.answers.len();
            u32::try_from(first).unwrap_or(u32::MAX)
        });
        Self { rules: rules.collect(), answers: (0..answers).map(|_| AtomicBool::new(false)).collect() }
    }

    fn flag(&self, rule: u32, answer: usize) -> Option<&AtomicBool> {
        self.answers.get(*self.rules.get(rule as usize)? as usize + answer)
    }
}

/// The places of two lists, in order.
struct Merged<'s>(&'s [Place], &'s [Place]);

impl Iterator for Merged<'_> {
    type Item = Place;

    fn next(&mut self) -> Option<Place> {
        let list = match (self.0.first(), self.1.first()) {
            (Some(a), Some(b)) if b < a => &mut self.1,
            (Some(_), _) => &mut self.0,
            (None, _) => &mut self.1,
        };
        let (first, rest) = list.split_first()?;
        *list = rest;
        Some(*first)
    }
}

impl Script {
    /// Indexes scenarios by the operations that their rules name. `seed` wins over the scenarios' own.
    pub fn new(scenarios: Vec<Arc<Scenario>>, seed: Option<u64>, contract: &Contract) -> Self {
        let operations = contract.operations().iter();
        let mut by_operation: Vec<_> = operations.map(|operation| (operation.service, Entry::default())).collect();
        let mut by_service = vec![Entry::default(); contract.services().len()];
        for (scenario, play) in (0..).zip(&scenarios) {
            for (index, rule) in (0..).zip(&play.rules) {
                let place = Place { scenario, rule: index };
                match &rule.operations {
                    Operations::Named(ids) => ids.iter().for_each(|id| by_operation[id.index()].1.add(place, rule)),
                    Operations::All { service: Some(service), .. } => by_service[*service].add(place, rule),
                    Operations::All { service: None, .. } => by_service.iter_mut().for_each(|all| all.add(place, rule)),
                }
            }
        }
        let used = scenarios.iter().map(|scenario| Arc::new(Used::new(scenario))).collect();
        let own = || scenarios.iter().find_map(|scenario| scenario.seed);
        let seed_in_force = seed.or_else(own).unwrap_or(0);
        Self { scenarios, asked_seed: seed, seed: seed_in_force, by_operation, by_service, used }
    }

    /// A script that follows on others of the same stand-in: the seed that was asked for stays, and of scenarios that are in one of
    /// them, too, it stays known which answers were given.
    pub fn following(scenarios: Vec<Arc<Scenario>>, contract: &Contract, others: &[&Self]) -> Self {
        let seed = others.iter().find_map(|other| other.asked_seed);
        let mut next = Self::new(scenarios, seed, contract);
        for other in others {
            let known = other.places();
            for (scenario, used) in next.scenarios.iter().zip(&mut next.used) {
                if let Some(place) = known.get(&scenario.identity.key()) {
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
    pub(super) fn places(&self) -> HashMap<usize, usize> {
        self.scenarios.iter().enumerate().map(|(place, scenario)| (scenario.identity.key(), place)).collect()
    }

    /// Where the rules stand that name an operation, in the order in which they are asked.
    pub(super) fn places_for(&self, operation: OperationId) -> impl Iterator<Item = Place> {
        match self.by_operation.get(operation.index()) {
            Some((service, named)) => Merged(&named.rules, &self.by_service[*service].rules),
            None => Merged(&[], &[]),
        }
    }

    pub(super) fn rule(&self, place: Place) -> &Rule {
        &self.scenarios[place.scenario as usize].rules[place.rule as usize]
    }

    /// The rules that name an operation, in the order in which they are asked.
    pub fn rules_for(&self, operation: OperationId) -> impl Iterator<Item = &Rule> {
        self.places_for(operation).map(|place| self.rule(place))
    }

    /// Whether a rule of the operation looks at named states or sets one, so that turns of a session must follow one another.
    pub fn is_stateful(&self, operation: OperationId) -> bool {
        let entry = self.by_operation.get(operation.index());
        entry.is_some_and(|(service, named)| named.stateful || self.by_service[*service].stateful)
    }

    /// Notes that a session got an answer of a rule.
    pub(super) fn note_use(&self, place: Place, answer: usize) {
        // Reading is cheaper than writing where everybody reads.
        if let Some(used) = self.used[place.scenario as usize].flag(place.rule, answer)
            && !used.load(Relaxed)
        {
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
    let answers = scenario.rules.iter().flat_map(|rule| &rule.answers);
    answers.zip(&used.answers).filter(|(_, used)| !used.load(Relaxed)).map(|(step, _)| step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{contract::SpecFiles, diagnostic::Source, scenario::compile};

    fn seed(asked: Option<u64>, own: &[Option<u64>]) -> u64 {
        let scenario = |seed: &Option<u64>| {
            let (rules, expect) = (Vec::new(), Vec::new());
            Arc::new(Scenario {
                identity: Default::default(),
                name: "a".to_owned(),
                summary: None,
                seed: *seed,
                world: None,
                rules,
                expect,
                source: Source::new("a", ""),
            })
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

    #[test]
    fn rules_for_all_operations_are_asked_between_those_for_some() {
        let contract = SpecFiles::embedded().load().unwrap();
        let scenario = |name: &str, operations: &[&str]| {
            let rules = operations.iter().map(|operation| format!("- {{ operation: {operation}, answers: [503] }}\n"));
            let text = format!(
                "scenario: {name}\nrules:\n{}{}",
                rules.collect::<String>(),
                if name == "d" { "service: gokuai\n" } else { "" }
            );
            Arc::new(compile(&Source::new(name, text), None, &contract).unwrap().value)
        };
        let scenarios = vec![
            scenario("a", &["BatchCancel", "'*'", "CreateShare"]),
            scenario("b", &["[BatchCancel, CreateShare]", "info"]),
            scenario("c", &["'*'"]),
            scenario("d", &["'*'"]),
        ];
        let script = Script::new(scenarios, None, &contract);
        let asked = |name: &str| {
            let rules = script.rules_for(contract.named(name)[0]);
            rules.map(|rule| format!("{}{}", rule.scenario, rule.number)).collect::<Vec<_>>()
        };
        assert_eq!(asked("CreateShare"), ["a2", "a3", "b1", "c1"]);
        assert_eq!(asked("BatchCancel"), ["a1", "a2", "b1", "c1"]);
        assert_eq!(asked("info"), ["a2", "b2", "c1", "d1"]);
        assert_eq!(asked("GetUser"), ["a2", "c1"]);
    }
}
