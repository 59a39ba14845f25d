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
mod fields;
mod limit;
mod matching;
mod progress;
mod script;

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};
use serde_json::Value;

pub use self::{
    compile::{Compiled, compile},
    delay::Delay,
    dice::Dice,
    duration::parse_duration,
    expect::{Bounds, Expectation, Wish},
    limit::{Bucket, Limit},
    matching::{Matcher, Mismatch, Pattern, Test},
    progress::Progress,
    script::{Circumstances, Script, Turn},
};
use crate::contract::{Answer, OperationId};

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
    /// The operations, resolved.
    pub operations: Vec<OperationId>,
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
    /// How many calls get it.
    pub times: u64,
    /// How long the answer waits.
    pub delay: Option<Delay>,
    /// Headers on top of the answer's own.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// States that the answer leaves behind; null takes one away.
    pub set: Vec<(String, Value)>,
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
