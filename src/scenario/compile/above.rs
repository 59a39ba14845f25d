//! Rules that are asked before others and leave nothing to them, in one file and across files that are played together.

use std::{collections::HashMap, sync::Arc};

use crate::{
    diagnostic::Source,
    document::Node,
    scenario::{Operations, Rule, Then},
};

/// The rules of the files that are asked before a file, as far as they leave nothing to some of those below them.
#[derive(Debug, Default)]
pub struct Above {
    /// For each operation, the rule that answers every call.
    every: Vec<Option<Place>>,
    /// By their conditions, the rules that answer every call that fits these.
    fitting: HashMap<Conditions, Vec<(Operations, Place)>>,
    /// The first seed that a file asks for, and its name.
    seed: Option<(u64, String)>,
}

/// Where a rule stands.
#[derive(Debug, Clone)]
struct Place {
    source: Arc<Source>,
    scenario: Arc<str>,
    number: u32,
}

/// What a rule asks of a call beside its operation, as the file says it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Conditions(Option<String>);

impl Conditions {
    pub(super) fn of(rule: &Node) -> Self {
        let parts = ["match", "when"].map(|key| rule.get(key));
        let text = |node: Option<&Node>| {
            let mut value = node.map(Node::to_json).unwrap_or_default();
            value.sort_all_objects();
            value.to_string()
        };
        Self(parts.iter().any(Option::is_some).then(|| parts.map(text).join("\n")))
    }
}

/// Of rules with the same conditions so many are remembered, each for other operations.
const REMEMBERED: usize = 64;

impl Above {
    /// Notes a seed that a file asks for; why it does not get it, if that is so.
    pub(super) fn seed(&mut self, asked: u64, source: &Source) -> Option<String> {
        let (seed, file) = self.seed.get_or_insert_with(|| (asked, source.name.clone()));
        let other = *seed != asked;
        other.then(|| format!("the seed {asked} is not used: {file} comes before and asks for {seed}"))
    }

    /// Why a rule is never asked, if that is so.
    pub(super) fn over(&self, rule: &Rule, conditions: &Conditions, source: &Arc<Source>) -> Option<String> {
        let number = rule.number;
        let every: Option<Vec<&Place>> =
            rule.operations.iter().map(|id| self.every.get(id.index()).and_then(Option::as_ref)).collect();
        if let Some(above) = every.as_deref().and_then(<[_]>::first) {
            return Some(format!("rule {number} is never asked: {} answers every such call", above.seen_from(source)));
        }
        let same = self.fitting.get(conditions)?;
        let (_, above) = same.iter().find(|(above, _)| rule.operations.iter().all(|id| above.contains_id(*id)))?;
        let above = above.seen_from(source);
        Some(format!("rule {number} is never asked: {above} wants the same and answers every such call"))
    }

    /// Notes a rule that is asked before all that follow.
    pub(super) fn add(&mut self, rule: &Rule, conditions: Conditions, source: &Arc<Source>) {
        let ends = !rule.answers.is_empty() && rule.chance.is_none() && rule.then != Then::Pass;
        if !ends {
            return;
        }
        let place = Place { source: Arc::clone(source), scenario: Arc::clone(&rule.scenario), number: rule.number };
        if rule.matcher.is_empty() && rule.when.is_empty() {
            for id in rule.operations.iter() {
                if self.every.len() <= id.index() {
                    self.every.resize(id.index() + 1, None);
                }
                self.every[id.index()].get_or_insert_with(|| place.clone());
            }
        // What a rule sets may be what ends its own `when`.
        } else if rule.answers.iter().all(|step| step.set.is_empty()) {
            let same = self.fitting.entry(conditions).or_default();
            if same.len() < REMEMBERED && same.iter().all(|(operations, _)| *operations != rule.operations) {
                same.push((rule.operations.clone(), place));
            }
        }
    }
}

impl Place {
    /// Its name in a message about a file.
    fn seen_from(&self, source: &Arc<Source>) -> String {
        let Self { number, scenario, .. } = self;
        if Arc::ptr_eq(&self.source, source) {
            return format!("rule {number}");
        }
        format!("rule {number} of the scenario `{scenario}` ({}), which is asked before,", self.source.name)
    }
}
