//! Scenarios: what the stand-in answers when the request keeps the contract. YAML in, plain immutable data out.
//!
//! A scenario is a list of rules; a rule names operations and lists answers in time order. Everything that a person can get wrong
//! is found when the file is compiled, against the contract that it will be played on.

mod answers;
mod compile;
mod conditions;
mod delay;
mod dice;
mod duration;
mod expect;
mod faults;
mod fields;
mod limit;
mod matching;
mod operations;
mod progress;
mod retry_after;
mod script;
mod spoil;
mod step_ref;
pub mod template;
mod templates;
mod turn;

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use serde_json::Value;

use self::template::{Failure, Scene, Template};
pub use self::{
    compile::compile,
    delay::Delay,
    dice::Dice,
    duration::parse_duration,
    expect::{Bounds, CallFilter, Expectation, Expected, Retry},
    limit::{Bucket, Limit},
    matching::{Matcher, Mismatch, Pattern, Test},
    operations::Operations,
    progress::Progress,
    retry_after::RetryAfter,
    script::Script,
    step_ref::StepRef,
    turn::{MatchContext, Turn},
};
use crate::{
    contract::{Answer, OperationId},
    fault::Fault,
};

/// Named states of a session: what is not linear.
pub type States = BTreeMap<String, Value>;

/// One file's worth of script.
#[derive(Debug)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What it plays, in a sentence.
    pub summary: Option<String>,
    /// The seed that it asks for.
    pub seed: Option<u64>,
    /// In the order in which they are asked.
    pub rules: Vec<Rule>,
    /// What it expects of the client.
    pub expect: Vec<Expectation>,
}

/// Which calls, and what they are answered.
#[derive(Debug)]
pub struct Rule {
    /// The name of its scenario.
    pub scenario: Arc<str>,
    /// Its number in the scenario, from 1.
    pub number: u32,
    /// The operations, resolved.
    pub operations: Operations,
    /// What a call must be like.
    pub matcher: Matcher,
    /// What the session's states must be like.
    pub when: Vec<(String, Pattern)>,
    /// How likely it is that the rule is asked at all: from 0 to 1, always without it.
    pub chance: Option<f64>,
    /// How many calls pass; the others are throttled.
    pub limit: Option<Limit>,
    /// In time order; empty for a rule that only limits.
    pub answers: Vec<Step>,
    /// What happens after the last answer.
    pub then: Then,
    /// `scenario:NAME#RULE`, how chance and labels tell it from the others.
    pub label: String,
}

/// One entry of `answers`.
#[derive(Debug)]
pub struct Step {
    /// Its number in the rule, from 1.
    pub number: u32,
    /// How many calls get it.
    pub times: u64,
    /// How long the answer waits.
    pub delay: Option<Delay>,
    /// Headers on top of the answer's own.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Headers whose values depend on the call.
    pub header_templates: Vec<(HeaderName, Arc<Template>)>,
    /// States that the answer leaves behind; null takes one away.
    pub set: Vec<(String, Setting)>,
    /// The answer.
    pub reply: Reply,
    /// What spoils it.
    pub fault: Option<Arc<Fault>>,
    /// `resends: same`: a call that is repeated at once gets this answer again and uses nothing up.
    pub resends_same: bool,
    /// `scenario:NAME#RULE/ANSWER`, with `!FAULT` where it is spoilt, as `X-Understudy-Answer` says it.
    pub label: HeaderValue,
}

/// What is answered.
#[derive(Debug)]
pub enum Reply {
    /// The documented example of the operation that is called.
    Example,
    /// An error of the catalogue, in the caller's language.
    Error {
        /// Its code.
        code: String,
        /// The status that chooses between rows of one code.
        status: Option<u16>,
    },
    /// An answer that was made when the file was compiled, for each operation of the rule.
    Made(Vec<(OperationId, Answer)>),
    /// An answer whose body depends on the call, for each operation of the rule.
    Templated(Vec<(OperationId, Templated)>),
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
    pub fn value(&self, scene: &Scene<'_>) -> Result<Value, Failure> {
        match self {
            Self::Fixed(value) => Ok(value.clone()),
            Self::Templated(template) => template.render_value(scene),
        }
    }
}

/// An answer with a template for its body.
#[derive(Debug, Clone)]
pub struct Templated {
    /// Status and headers; the body is empty.
    pub answer: Answer,
    /// The body.
    pub body: Arc<Template>,
    /// Whether the body is sent as a text, not as JSON.
    pub text: bool,
}

impl Templated {
    /// The answer to a call.
    ///
    /// # Errors
    ///
    /// Why the template cannot be rendered for it.
    pub fn render(&self, scene: &Scene<'_>) -> Result<Answer, Failure> {
        let body = if self.text { self.body.render_text(scene) } else { self.body.render_json(scene) };
        Ok(Answer { body: Bytes::from(body.map_err(|failure| failure.below("/body"))?), ..self.answer.clone() })
    }
}

impl Step {
    /// The documented example, for one call.
    fn example(number: u32, label: HeaderValue) -> Self {
        let (headers, header_templates, set) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            number,
            times: 1,
            delay: None,
            headers,
            header_templates,
            set,
            reply: Reply::Example,
            fault: None,
            resends_same: false,
            label,
        }
    }

    /// Whether it looks at the session's states, or leaves some behind.
    fn is_stateful(&self) -> bool {
        !self.set.is_empty() || self.looks_at_states()
    }

    /// Whether body or headers depend on the session's states.
    pub fn looks_at_states(&self) -> bool {
        let in_body = match &self.reply {
            Reply::Templated(answers) => answers.iter().any(|(_, answer)| answer.body.looks_at_states()),
            _ => false,
        };
        in_body || self.header_templates.iter().any(|(_, template)| template.looks_at_states())
    }

    /// The headers whose values depend on the call.
    ///
    /// # Errors
    ///
    /// Why a template cannot be rendered for it, or why its value cannot be sent.
    pub fn render_headers(&self, scene: &Scene<'_>) -> Result<Vec<(HeaderName, HeaderValue)>, Failure> {
        let render = |(name, template): &(HeaderName, Arc<Template>)| {
            let scene = Scene { part: name.as_str(), ..*scene };
            let failed = |failure: Failure| failure.below(&format!("/headers/{name}"));
            let value = template.render_text(&scene).map_err(failed)?;
            let value = HeaderValue::try_from(value);
            let value = value.map_err(|_| failed(Failure::new("a header value has no control characters")))?;
            Ok((name.clone(), value))
        };
        self.header_templates.iter().map(render).collect()
    }
}

/// What happens after the last answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Then {
    /// The last answer stays.
    #[default]
    Stay,
    /// The answers start again.
    Cycle,
    /// The next rule is asked.
    Pass,
    /// The call is one too many: it is answered with an internal error, and the verdict fails.
    Fail,
}

impl Rule {
    /// Whether it leaves nothing to the rules below it.
    fn takes_every_call(&self) -> bool {
        let conditions = !self.matcher.is_empty() || !self.when.is_empty() || self.chance.is_some();
        !conditions && !self.answers.is_empty() && self.then != Then::Pass
    }
}
