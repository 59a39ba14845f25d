//! One entry of a rule's `answers`.

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::{
    Delay, Reply, States,
    template::{Failure, Template, TemplateContext},
};
use crate::fault::Fault;

/// One entry of `answers`.
#[derive(Debug)]
pub struct Step {
    /// Its number in the rule, from 1.
    pub number: u32,
    /// How many calls get it.
    pub times: u64,
    /// How long the answer waits.
    pub delay: Option<Delay>,
    /// Lines of headers. They stand in the place of the answer's own of their names.
    pub headers: Vec<(HeaderName, HeaderLine)>,
    /// States that the answer sets; null removes one.
    pub set: Vec<(StateName, Setting)>,
    /// The answer.
    pub reply: Reply,
    /// The fault that is injected.
    pub fault: Option<Arc<Fault>>,
    /// `after: commit`: the world takes the call first, whatever the client gets.
    pub after_commit: bool,
    /// `resends: same`: a call that is repeated at once gets this answer again and uses nothing up.
    pub resends_same: bool,
    /// `scenario:NAME#RULE/ANSWER`, with `!FAULT` where a fault is injected, as `X-Understudy-Answer` says it.
    pub label: HeaderValue,
}

/// The value of one line of a header.
#[derive(Debug, Clone)]
pub enum HeaderLine {
    /// Always the same value.
    Fixed(HeaderValue),
    /// A value that depends on the call.
    Templated(Arc<Template>),
}

impl HeaderLine {
    fn looks_at_states(&self) -> bool {
        matches!(self, Self::Templated(template) if template.looks_at_states())
    }
}

/// Which state is set.
#[derive(Debug, Clone)]
pub enum StateName {
    /// Always the same one.
    Fixed(String),
    /// One that depends on the call.
    Templated(Arc<Template>),
}

/// States that a session may have where calls name them.
const MOST_STATES: usize = 1000;
/// Bytes of their names and values together, about.
const MOST_STATE_BYTES: usize = 1 << 20;
/// Bytes of a name that a call makes.
const LONGEST_NAME: usize = 200;

impl StateName {
    /// Sets a state to a value; null removes it.
    ///
    /// # Errors
    ///
    /// Why a name cannot be made for the call, or why the session has no room for one more state.
    pub fn set(&self, value: Value, states: &mut States, context: &TemplateContext<'_>) -> Result<(), Failure> {
        let name = match self {
            Self::Fixed(name) => name.clone(),
            Self::Templated(template) => {
                let name = String::from_utf8_lossy(&template.render_text(context)?).into_owned();
                if name.is_empty() || name.len() > LONGEST_NAME {
                    return Err(Failure::new(format!("the name of a state has 1 to {LONGEST_NAME} bytes")));
                }
                name
            }
        };
        if value.is_null() {
            states.remove(&name);
            return Ok(());
        }
        let before = states.insert(name.clone(), value);
        if matches!(self, Self::Templated(_)) && !has_room(states) {
            match before {
                Some(before) => states.insert(name, before),
                None => states.remove(&name),
            };
            let message = format!("a session has at most {MOST_STATES} states, of {MOST_STATE_BYTES} bytes in all");
            return Err(Failure::new(message));
        }
        Ok(())
    }
}

fn has_room(states: &States) -> bool {
    /// What a value takes, about.
    fn size(value: &Value) -> usize {
        match value {
            Value::String(text) => text.len() + 2,
            Value::Array(items) => 2 + items.iter().map(|item| size(item) + 1).sum::<usize>(),
            Value::Object(members) => {
                2 + members.iter().map(|(name, value)| name.len() + size(value) + 4).sum::<usize>()
            }
            _ => 8,
        }
    }
    let bytes = || states.iter().map(|(name, value)| name.len() + size(value)).sum::<usize>();
    states.len() <= MOST_STATES && bytes() <= MOST_STATE_BYTES
}

/// What a state becomes.
#[derive(Debug, Clone)]
pub enum Setting {
    /// Always the same value.
    Fixed(Value),
    /// A value that depends on the call.
    Templated(Arc<Template>),
}

impl Setting {
    /// The value for a call.
    ///
    /// # Errors
    ///
    /// Why the template cannot be rendered for it.
    pub fn value(&self, context: &TemplateContext<'_>) -> Result<Value, Failure> {
        match self {
            Self::Fixed(value) => Ok(value.clone()),
            Self::Templated(template) => template.render_value(context),
        }
    }
}

impl Step {
    /// The documented example, for one call.
    pub(super) fn example(number: u32, label: HeaderValue) -> Self {
        let (headers, set) = (Vec::new(), Vec::new());
        let reply = Reply::default();
        let (delay, fault, after_commit, resends_same) = (None, None, false, false);
        Self { number, times: 1, delay, headers, set, reply, fault, after_commit, resends_same, label }
    }

    /// Whether it looks at the session's states, or sets some.
    pub(super) fn is_stateful(&self) -> bool {
        !self.set.is_empty() || self.looks_at_states()
    }

    /// Whether body or headers depend on the session's states.
    pub fn looks_at_states(&self) -> bool {
        self.reply.looks_at_states() || self.headers.iter().any(|(_, line)| line.looks_at_states())
    }

    /// Whether the world takes the calls that get it, where there is one: it gives the answer, or is to take them first. What nobody gets of
    /// an answer leaves no trace.
    pub fn calls_world(&self) -> bool {
        let hidden = self.fault.as_ref().is_some_and(|fault| fault.hides_answer());
        self.after_commit || (self.reply.base.is_of_world() && !hidden)
    }

    /// Its headers for a call. `context` is asked for only where a value depends on the call.
    ///
    /// # Errors
    ///
    /// Why a template cannot be rendered for it, or why its value cannot be sent.
    pub fn headers_for<'c>(&self, context: impl Fn() -> TemplateContext<'c>) -> Result<HeaderLines, Failure> {
        let mut headers = Vec::with_capacity(self.headers.len());
        for (name, line) in &self.headers {
            let value = match line {
                HeaderLine::Fixed(value) => value.clone(),
                HeaderLine::Templated(template) => {
                    let failed = |failure: Failure| failure.below(&format!("/headers/{name}"));
                    let context = TemplateContext { part: name.as_str(), ..context() };
                    let value = HeaderValue::try_from(template.render_text(&context).map_err(failed)?);
                    value.map_err(|_| failed(Failure::new("a header value has no control characters")))?
                }
            };
            headers.push((name.clone(), value));
        }
        Ok(headers)
    }
}

/// Lines of headers with their values.
pub type HeaderLines = Vec<(HeaderName, HeaderValue)>;

/// Puts lines in the place of an answer's own of the same names.
pub fn put_headers(headers: &mut HeaderLines, lines: HeaderLines) {
    if !headers.is_empty() && !lines.is_empty() {
        headers.retain(|(name, _)| lines.iter().all(|(own, _)| own != name));
    }
    headers.extend(lines);
}
