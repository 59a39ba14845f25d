//! `when`: what must be true beside what a call is like.

use super::{
    Pattern, States,
    template::{Failure, Template},
};
use crate::contract::json::Json;

/// What must be true for a rule to be asked.
#[derive(Debug, Default)]
pub struct When {
    /// What the session's states must be like.
    pub states: Vec<(String, Pattern)>,
    /// An expression that must be true.
    pub expression: Option<Template>,
}

impl When {
    /// Whether it is always true.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty() && self.expression.is_none()
    }

    /// Whether it depends on the session's states.
    pub fn looks_at_states(&self) -> bool {
        !self.states.is_empty() || self.expression.as_ref().is_some_and(Template::looks_at_states)
    }

    /// Whether it is true in these states. `ask` evaluates the expression for the call.
    ///
    /// # Errors
    ///
    /// Why the expression cannot be evaluated for the call.
    pub fn holds(
        &self,
        states: &States,
        ask: impl FnOnce(&Template, &States) -> Result<bool, Failure>,
    ) -> Result<bool, Failure> {
        if !self.states.iter().all(|(name, pattern)| pattern.fits(states.get(name).map(Json::from).as_ref())) {
            return Ok(false);
        }
        self.expression.as_ref().map_or(Ok(true), |expression| ask(expression, states))
    }
}
