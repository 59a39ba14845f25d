//! All scenarios of a run, indexed by operation, and whose turn it is.

use std::{
    collections::HashMap,
    sync::{
        Arc, MutexGuard,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use jiff::Timestamp;

use super::{Dice, Progress, Rule, Scenario, States, Step, Then};
use crate::contract::{Call, Contract, OperationId, json::Json};

/// The scenarios that are played, in the order they were given. Immutable: how far a session has come is its own business.
#[derive(Debug, Default)]
pub struct Script {
    scenarios: Vec<Arc<Scenario>>,
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
struct Place {
    scenario: usize,
    rule: usize,
}

/// A call, and everything that decides whose turn it is.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'c> {
    /// The operation that is called.
    pub operation: OperationId,
    /// Its values.
    pub call: &'c Call<'c>,
    /// The session's time.
    pub now: Timestamp,
    /// Chance.
    pub dice: Dice<'c>,
}

/// What the script says to a call.
#[derive(Debug)]
pub enum Turn<'s> {
    /// This answer.
    Answer(&'s Step),
    /// There were too many calls for the rule; there is room for one after this time.
    Throttled(&'s Rule, Duration),
    /// The rule is over and says that another call is a failure.
    Over(&'s Rule),
}

impl Script {
    /// Indexes scenarios by the operations that their rules name.
    pub fn new(scenarios: Vec<Arc<Scenario>>, contract: &Contract) -> Self {
        let mut by_operation = vec![Entry::default(); contract.operations().len()];
        for (scenario, play) in scenarios.iter().enumerate() {
            for (index, rule) in play.rules.iter().enumerate() {
                for operation in &rule.operations {
                    let entry = &mut by_operation[operation.index()];
                    entry.rules.push(Place { scenario, rule: index });
                    entry.stateful |= rule.is_stateful();
                }
            }
        }
        let unused = |rule: &Rule| rule.answers.iter().map(|_| AtomicBool::new(false)).collect();
        let used = scenarios.iter().map(|scenario| Arc::new(scenario.rules.iter().map(unused).collect())).collect();
        Self { scenarios, by_operation, used }
    }

    /// A script that follows on others: of scenarios that are in one of them, too, it stays known which answers were given.
    pub fn following(scenarios: Vec<Arc<Scenario>>, contract: &Contract, others: &[&Self]) -> Self {
        let mut next = Self::new(scenarios, contract);
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

    /// Where each scenario stands. Two that are the same to the letter are still two.
    pub(super) fn places(&self) -> HashMap<*const Scenario, usize> {
        self.scenarios.iter().enumerate().map(|(place, scenario)| (Arc::as_ptr(scenario), place)).collect()
    }

    /// The rules that name an operation, in the order in which they are asked.
    pub fn rules_for(&self, operation: OperationId) -> impl Iterator<Item = &Rule> {
        let places = self.by_operation.get(operation.index()).map_or(&[][..], |entry| &entry.rules);
        places.iter().map(|place| &self.scenarios[place.scenario].rules[place.rule])
    }

    /// Answers that no session got since the script is played.
    pub fn unused(&self) -> impl Iterator<Item = &Step> {
        let rules =
            self.scenarios.iter().zip(&self.used).flat_map(|(scenario, used)| scenario.rules.iter().zip(used.iter()));
        rules.flat_map(|(rule, used)| rule.answers.iter().zip(used)).filter_map(|(step, used)| {
            let unused = !used.load(Relaxed);
            unused.then_some(step)
        })
    }

    /// Whose turn it is: the first rule that fits and still has something to say. Taking a turn is one atomic step, so
    /// concurrent callers get each answer exactly as often as it is written. `states` is asked for at most once, where a rule of
    /// the operation looks at them; they are held until `leave` has left behind what the answer sets.
    pub fn turn<'s, 'g>(
        &'s self,
        progress: &Progress,
        circumstances: Circumstances<'_>,
        states: impl FnOnce() -> MutexGuard<'g, States>,
        leave: impl FnOnce(&Step, &mut States),
    ) -> Option<Turn<'s>> {
        let Circumstances { operation, call, now, dice } = circumstances;
        let entry = self.by_operation.get(operation.index())?;
        let mut states = entry.stateful.then(states);
        for place in &entry.rules {
            let rule = &self.scenarios[place.scenario].rules[place.rule];
            let fits = rule.matcher.fits(call)
                && states.as_ref().is_none_or(|states| rule.is_in_state(states))
                && rule.has_its_chance(dice);
            if !fits {
                continue;
            }
            let progress = progress.rule(place.scenario, place.rule)?;
            if let Some(Err(wait)) = rule.limit.map(|limit| progress.bucket.take(limit, now)) {
                return Some(Turn::Throttled(rule, wait));
            }
            if rule.answers.is_empty() {
                continue;
            }
            match rule.step(progress.calls.fetch_add(1, Relaxed)) {
                Some(index) => {
                    let step = &rule.answers[index];
                    if let Some(states) = &mut states {
                        leave(step, states);
                    }
                    let used = &self.used[place.scenario][place.rule][index];
                    // Reading is cheaper than writing where everybody reads.
                    if !used.load(Relaxed) {
                        used.store(true, Relaxed);
                    }
                    return Some(Turn::Answer(step));
                }
                None if rule.then == Then::Fail => return Some(Turn::Over(rule)),
                None => {}
            }
        }
        None
    }
}

impl Rule {
    /// Whether it looks at states or leaves one behind.
    fn is_stateful(&self) -> bool {
        !self.when.is_empty() || self.answers.iter().any(Step::is_stateful)
    }

    /// Whether the states are as the rule wants them.
    pub fn is_in_state(&self, states: &States) -> bool {
        self.when.iter().all(|(name, pattern)| pattern.fits(states.get(name).map(Json::from).as_ref()))
    }

    /// Whether chance lets the rule be asked.
    pub fn has_its_chance(&self, dice: Dice<'_>) -> bool {
        self.chance.is_none_or(|chance| dice.fraction(&self.label) < chance)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Limit, Matcher, Pattern, Setting};
    use http::HeaderValue;

    fn rule(times: &[u64], then: Then) -> Rule {
        let step =
            |times: &u64| Step { times: *times, ..Step::example(HeaderValue::from(u32::try_from(*times).unwrap())) };
        Rule {
            operations: vec![OperationId::from_index(0)],
            matcher: Matcher::default(),
            when: Vec::new(),
            chance: None,
            limit: None,
            answers: times.iter().map(step).collect(),
            then,
            label: "scenario:x#1".to_owned(),
        }
    }

    fn played(times: &[u64], then: Then) -> Vec<u64> {
        let rule = rule(times, then);
        (0..8).map(|call| rule.step(call).map_or(0, |step| rule.answers[step].times)).collect()
    }

    #[test]
    fn answers_come_in_order_and_as_often_as_written() {
        assert_eq!(played(&[2, 1, 3], Then::Stay), [2, 2, 1, 3, 3, 3, 3, 3]);
        assert_eq!(played(&[2, 1], Then::Cycle), [2, 2, 1, 2, 2, 1, 2, 2]);
        assert_eq!(played(&[2, 1], Then::Pass), [2, 2, 1, 0, 0, 0, 0, 0]);
        assert_eq!(played(&[1], Then::Fail), [1, 0, 0, 0, 0, 0, 0, 0]);
    }

    /// What four calls of operation 0 get: the `times` of their answer, 0 for none, -1 for a throttled one.
    fn four_calls(rules: Vec<Rule>) -> [i64; 4] {
        let scenario = Scenario { name: "x".to_owned(), summary: None, seed: None, rules, expect: Vec::new() };
        let contract = crate::contract::SpecFiles::embedded().load().unwrap();
        let script = Arc::new(Script::new(vec![Arc::new(scenario)], &contract));
        let progress = Progress::new(Arc::clone(&script));
        let states = std::sync::Mutex::default();
        [1, 2, 3, 4].map(|attempt| {
            let circumstances = Circumstances {
                operation: OperationId::from_index(0),
                call: &Call::default(),
                now: Timestamp::UNIX_EPOCH,
                dice: Dice { seed: 1, session: "default", operation: "x", attempt },
            };
            let leave = |step: &Step, states: &mut States| {
                for (name, setting) in &step.set {
                    let Setting::Fixed(value) = setting else { unreachable!() };
                    states.insert(name.clone(), value.clone());
                }
            };
            match script.turn(&progress, circumstances, || states.lock().unwrap(), leave) {
                Some(Turn::Answer(step)) => i64::try_from(step.times).unwrap(),
                Some(Turn::Throttled(..)) => -1,
                _ => 0,
            }
        })
    }

    #[test]
    fn a_limit_alone_lets_the_others_go_on_to_the_next_rule() {
        let limit = Some(Limit::new(2, Duration::from_secs(1), 2));
        let limiting = || Rule { limit, ..rule(&[], Then::Stay) };
        assert_eq!(four_calls(vec![limiting(), rule(&[9], Then::Stay)]), [9, 9, -1, -1]);
        assert_eq!(four_calls(vec![limiting()]), [0, 0, -1, -1]);
    }

    #[test]
    fn a_rule_is_asked_when_the_state_is_as_it_wants() {
        let when = |value: &str| vec![("s".to_owned(), Pattern::Equal(value.into()))];
        let mut first = Rule { when: when("b"), ..rule(&[5], Then::Stay) };
        first.answers[0].set = vec![("s".to_owned(), Setting::Fixed("a".into()))];
        let mut second = rule(&[7], Then::Stay);
        second.answers[0].set = vec![("s".to_owned(), Setting::Fixed("b".into()))];
        assert_eq!(four_calls(vec![first, second]), [7, 5, 7, 5]);
    }

    #[test]
    fn chance_decides_before_anything_is_used_up() {
        let never = Rule { chance: Some(0.0), ..rule(&[5], Then::Stay) };
        let always = Rule { chance: Some(1.0), ..rule(&[1, 2], Then::Stay) };
        assert_eq!(four_calls(vec![never, always]), [1, 2, 2, 2]);
    }

    #[test]
    fn a_session_stays_where_it_is_in_a_scenario_that_stays() {
        let contract = crate::contract::SpecFiles::embedded().load().unwrap();
        let scenario = |name: &str| {
            let rules = vec![rule(&[1], Then::Stay)];
            Arc::new(Scenario { name: name.to_owned(), summary: None, seed: None, rules, expect: Vec::new() })
        };
        let (a, b) = (scenario("a"), scenario("b"));
        let progress = Progress::new(Arc::new(Script::new(vec![Arc::clone(&a), b], &contract)));
        progress.rule(0, 0).unwrap().calls.store(3, Relaxed);
        progress.rule(1, 0).unwrap().calls.store(4, Relaxed);
        let next = progress.carried_to(Arc::new(Script::new(vec![scenario("b"), a], &contract)));
        // A call that began before the change takes its turn after it.
        progress.rule(0, 0).unwrap().calls.fetch_add(1, Relaxed);
        assert_eq!(next.positions().map(|(_, calls)| calls).collect::<Vec<_>>(), [0, 4]);
    }
}
