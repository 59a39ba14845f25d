//! An answer of a scenario, to be given again.

use std::sync::Arc;

use super::{Rule, Scenario, Script, Step};

/// One answer of a scenario. It keeps the scenario, even if that is no longer played.
#[derive(Debug, Clone)]
pub struct StepRef {
    scenario: Arc<Scenario>,
    rule: usize,
    step: usize,
}

impl StepRef {
    /// The place of an answer in a script; nothing if it is not in there.
    pub fn new(script: &Script, rule: &Rule, step: &Step) -> Option<Self> {
        let scenario = script.scenarios().iter().find(|scenario| *scenario.name == *rule.scenario)?;
        let position = |number: u32| (number as usize).checked_sub(1);
        Some(Self { scenario: Arc::clone(scenario), rule: position(rule.number)?, step: position(step.number)? })
    }

    /// The answer and its rule.
    pub fn get(&self) -> Option<(&Rule, &Step)> {
        let rule = self.scenario.rules.get(self.rule)?;
        Some((rule, rule.answers.get(self.step)?))
    }
}
