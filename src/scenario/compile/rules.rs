//! The list under `rules`.

use std::sync::Arc;

use http::HeaderValue;

use super::{Compiler, above::Conditions};
use crate::{
    document::Node,
    scenario::{Operations, Rule, Step, Then},
};

const KEYS: [&str; 8] = ["operation", "match", "when", "chance", "limit", "delay", "answers", "then"];
const THEN: [(&str, Then); 4] =
    [("stay", Then::Stay), ("cycle", Then::Cycle), ("pass", Then::Pass), ("fail", Then::Fail)];

impl Compiler<'_> {
    pub(super) fn rules(&mut self, node: &Node, scenario: &str) -> Option<Vec<Rule>> {
        let items = self.checker.sequence(node, "a list of rules")?;
        let scenario: Arc<str> = Arc::from(scenario);
        let mut rules = Vec::new();
        for (item, number) in items.iter().zip(1..) {
            self.still_wanted()?;
            let errors = self.checker.errors();
            let Some(rule) = self.rule(item, &scenario, number) else { continue };
            let conditions = Conditions::of(item);
            if let Some(message) = self.above.over(&rule, &conditions) {
                self.checker.warning(&item.span, message, "never reached");
            }
            // What a rule with a mistake would catch is not known.
            if self.checker.errors() == errors {
                self.above.add(&rule, conditions, self.source);
            }
            rules.push(rule);
        }
        Some(rules)
    }

    fn rule(&mut self, node: &Node, scenario: &Arc<str>, number: u32) -> Option<Rule> {
        let label = format!("scenario:{scenario}#{number}");
        let entries = self.checker.mapping(node, "a rule")?;
        self.checker.check_keys(entries, &KEYS);
        let operations = match node.get("operation") {
            Some(operation) => self.operations(operation),
            None => self.checker.missing(node, "operation", "a rule names an operation, a list of them, or `\"*\"`"),
        };
        // Without operations the rest is still looked at: all mistakes are shown in one run.
        let resolved = operations.is_some();
        let operations = operations.unwrap_or_else(|| Operations::named(Vec::new()));
        let matcher = node.get("match").map(|wanted| self.matcher(wanted, &operations)).unwrap_or_default();
        let when = node.get("when").map(|when| self.when(when, &operations)).unwrap_or_default();
        let chance = node.get("chance").map(|chance| self.chance(chance));
        let limit = node.get("limit").map(|limit| self.limit(limit));
        let delay = match node.get("delay") {
            Some(delay) => self.delay(delay).map(Some),
            None => Some(None),
        };
        let then = node.get("then").and_then(|then| self.checker.one_of(then, &THEN)).unwrap_or_default();
        let answers = match node.get("answers") {
            Some(answers) => self.answers(answers, &operations, &label),
            // A rule that only limits leaves the answers to the ones below it.
            None if limit.is_some() => {
                if let Some(delay) = node.get("delay") {
                    let message = "a rule without answers delays nothing";
                    self.checker.warning(&delay.span, message, "has no effect");
                }
                Some(Vec::new())
            }
            None => self.checker.missing(node, "answers", "a rule lists its `answers` in time order"),
        };
        let (mut answers, delay) = (answers?, delay?);
        // An answer that has no delay of its own waits as long as its rule says.
        answers.iter_mut().filter(|step| step.delay.is_none()).for_each(|step| step.delay.clone_from(&delay));
        let (chance, limit) =
            (chance.map_or(Some(None), |chance| chance.map(Some))?, limit.map_or(Some(None), |limit| limit.map(Some))?);
        let scenario = Arc::clone(scenario);
        resolved.then_some(Rule { scenario, number, operations, matcher, when, chance, limit, answers, then, label })
    }

    fn answers(&mut self, node: &Node, operations: &Operations, label: &str) -> Option<Vec<Step>> {
        let items = self.checker.sequence(node, "a list of answers")?;
        if items.is_empty() {
            let label = "write at least one, such as `- example`";
            self.checker.error(&node.span, "the list of answers is empty", label);
            return None;
        }
        let steps: Vec<Option<Step>> = items
            .iter()
            .zip(1..)
            .map(|(item, number)| {
                self.still_wanted()?;
                let label = HeaderValue::try_from(format!("{label}/{number}")).ok()?;
                self.step(item, operations, number, label)
            })
            .collect();
        steps.into_iter().collect()
    }
}
