//! Scenarios: what the stand-in answers when the request keeps the contract. YAML in, plain immutable data out.
//!
//! A scenario is a list of rules; a rule names operations and lists answers in time order. Everything that a person can get wrong
//! is found when the file is compiled, against the contract that it will be played on.

mod answers;
mod compile;
mod duration;
mod faults;
mod fields;
mod matching;
mod script;
mod spoil;

use std::{sync::Arc, time::Duration};

use http::{HeaderName, HeaderValue};

pub use self::{
    compile::{Compiled, compile},
    duration::parse_duration,
    matching::{Matcher, Pattern, Test},
    script::{Script, Turn},
};
use crate::{
    contract::{Answer, OperationId},
    fault::Fault,
};

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
    /// The answer.
    pub reply: Reply,
    /// What spoils it.
    pub fault: Option<Arc<Fault>>,
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
