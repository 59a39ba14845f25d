//! How far a session has come in its script.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use super::{Bucket, Scenario, Script, script::Place};

/// A script, and how far one session has come in it.
#[derive(Debug)]
pub struct Progress {
    /// The script.
    pub script: Arc<Script>,
    /// For each scenario of the script. A scenario that stays while others come and go keeps its own: a call that is still in
    /// the old script takes its turn in the new one, too.
    scenarios: Box<[Arc<Turns>]>,
}

/// For each rule of a scenario, in chunks that are made when one of their rules is first asked: with thousands of rules and of
/// sessions, most would stay at nought.
#[derive(Debug)]
struct Turns {
    rules: usize,
    chunks: Box<[OnceLock<Box<[RuleProgress]>>]>,
}

const CHUNK: usize = 64;

/// How far a session has come in a rule.
#[derive(Debug, Default)]
pub(super) struct RuleProgress {
    /// Calls that took their turn.
    pub(super) calls: AtomicU64,
    /// What its limit has let through.
    pub(super) bucket: Bucket,
}

impl Turns {
    fn new(rules: usize) -> Self {
        Self { rules, chunks: (0..rules.div_ceil(CHUNK)).map(|_| OnceLock::new()).collect() }
    }

    fn of(&self, rule: usize) -> Option<&RuleProgress> {
        let chunk = self.chunks.get(rule / CHUNK)?;
        let length = || CHUNK.min(self.rules - rule / CHUNK * CHUNK);
        chunk.get_or_init(|| (0..length()).map(|_| RuleProgress::default()).collect()).get(rule % CHUNK)
    }

    /// Calls that a rule has answered.
    fn calls(&self, rule: usize) -> u64 {
        let known = self.chunks.get(rule / CHUNK).and_then(|chunk| chunk.get()?.get(rule % CHUNK));
        known.map_or(0, |progress| progress.calls.load(Relaxed))
    }
}

impl Progress {
    /// At the start of a script.
    pub fn new(script: Arc<Script>) -> Self {
        let scenarios = script.scenarios().iter().map(|scenario| Arc::new(Turns::new(scenario.rules.len()))).collect();
        Self { script, scenarios }
    }

    /// How far it has come in a rule.
    pub(super) fn rule(&self, place: Place) -> Option<&RuleProgress> {
        self.scenarios.get(place.scenario as usize)?.of(place.rule as usize)
    }

    /// The same place in another script: in scenarios that are in both a session stays where it is.
    pub fn carried_to(&self, script: Arc<Script>) -> Self {
        let known = self.script.places();
        let turns = |scenario: &Arc<Scenario>| match known.get(&scenario.identity.key()) {
            Some(place) => Arc::clone(&self.scenarios[*place]),
            None => Arc::new(Turns::new(scenario.rules.len())),
        };
        let scenarios = script.scenarios().iter().map(turns).collect();
        Self { script, scenarios }
    }

    /// Calls that each rule has answered, by its label.
    pub fn positions(&self) -> impl Iterator<Item = (&str, u64)> {
        self.script.scenarios().iter().zip(&self.scenarios).flat_map(|(scenario, turns)| {
            scenario.rules.iter().enumerate().map(|(rule, played)| (played.label.as_str(), turns.calls(rule)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{contract::SpecFiles, diagnostic::Source, scenario::compile};

    #[test]
    fn a_session_stays_where_it_is_in_a_scenario_that_stays() {
        let contract = SpecFiles::embedded().load().unwrap();
        let scenario = |name: &str| {
            let text = format!("scenario: {name}\nrules: [{{ operation: CreateShare, answers: [503] }}]\n");
            Arc::new(compile(&Source::new(name, text), None, &contract).unwrap().value)
        };
        let at = |scenario| Place { scenario, rule: 0 };
        let (a, b) = (scenario("a"), scenario("b"));
        let progress = Progress::new(Arc::new(Script::new(vec![Arc::clone(&a), b], None, &contract)));
        progress.rule(at(0)).unwrap().calls.store(3, Relaxed);
        progress.rule(at(1)).unwrap().calls.store(4, Relaxed);
        let next = progress.carried_to(Arc::new(Script::new(vec![scenario("b"), a], None, &contract)));
        // A call that began before the change takes its turn after it.
        progress.rule(at(0)).unwrap().calls.fetch_add(1, Relaxed);
        assert_eq!(next.positions().map(|(_, calls)| calls).collect::<Vec<_>>(), [0, 4]);
    }
}
