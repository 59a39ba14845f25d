//! Scenarios: what the stand-in answers when the request keeps the contract. YAML in, plain immutable data out.
//!
//! A scenario is a list of rules; a rule names operations and lists answers in time order. Everything that a person can get wrong
//! is found when the file is compiled, against the contract that it will be played on.

mod answers;
mod compile;
mod duration;
mod fields;
mod matching;
mod script;
pub mod template;
mod templates;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use self::template::{Failure, Scene, Template};
pub use self::{
    compile::{Compiled, compile},
    duration::parse_duration,
    matching::{Matcher, Pattern, Test},
    script::{Script, Turn},
};
use crate::contract::{Answer, OperationId};

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
}

/// Which calls, and what they are answered.
#[derive(Debug)]
pub struct Rule {
    /// The operations, resolved.
    pub operations: Vec<OperationId>,
    /// What a call must be like.
    pub matcher: Matcher,
    /// In time order; never empty.
    pub answers: Vec<Step>,
    /// What happens after the last answer.
    pub then: Then,
}

/// One entry of `answers`.
#[derive(Debug)]
pub struct Step {
    /// How many calls get it.
    pub times: u64,
    /// How long the answer waits.
    pub delay: Option<Duration>,
    /// Headers on top of the answer's own.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Headers whose values depend on the call.
    pub header_templates: Vec<(HeaderName, Arc<Template>)>,
    /// The answer.
    pub reply: Reply,
    /// `scenario:NAME#RULE/ANSWER`, as `X-Understudy-Answer` says it.
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
    /// The headers whose values depend on the call.
    ///
    /// # Errors
    ///
    /// Why a template cannot be rendered for it, or why its value cannot be sent.
    pub fn render_headers(&self, scene: &Scene<'_>) -> Result<Vec<(HeaderName, HeaderValue)>, Failure> {
        let render = |(index, (name, template)): (u64, &(HeaderName, Arc<Template>))| {
            // Random values are others than those of the body.
            let scene = Scene { seed: scene.seed.wrapping_add(index), ..*scene };
            let failed = |failure: Failure| failure.below(&format!("/headers/{name}"));
            let value = template.render_text(&scene).map_err(failed)?;
            let value = HeaderValue::try_from(value);
            let value = value.map_err(|_| failed(Failure::new("a header value has no control characters")))?;
            Ok((name.clone(), value))
        };
        (1..).zip(&self.header_templates).map(render).collect()
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
