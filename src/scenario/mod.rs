//! Scenarios: what the stand-in answers when the request keeps the contract. YAML in, plain immutable data out.
//!
//! A scenario is a list of rules; a rule names operations and lists answers in time order. Everything that a person can get wrong
//! is found when the file is compiled, against the contract that it will be played on.

mod compile;
mod delay;
mod duration;
mod expect;
mod identity;
mod limit;
mod matcher;
mod operations;
mod progress;
mod reply;
mod retry_after;

mod rule;
mod script;
mod step;
mod step_ref;
pub mod template;
mod turn;
mod when;

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

pub use self::{
    compile::{Above, FAULT_FORMS, compile, compile_below, compile_in, compile_while},
    delay::Delay,
    duration::parse_duration,
    expect::{Bounds, CallFilter, EndState, Expectation, Expected, Retry},
    identity::Identity,
    limit::{Bucket, Limit},
    matcher::{Matcher, Miss, Pattern, Test},
    operations::Operations,
    progress::Progress,
    reply::{Base, Patch, Reply, TemplatedAnswer, patched_body},
    retry_after::RetryAfter,
    rule::{Rule, Then},
    script::Script,
    step::{HeaderLine, HeaderLines, Setting, StateName, Step, put_headers},
    step_ref::StepRef,
    turn::{MatchContext, Turn},
    when::When,
};
pub use crate::chance::SeededRng;
use crate::{diagnostic::Source, world::Seed};

/// Named states of a session: what is not linear.
pub type States = BTreeMap<String, Value>;

/// One file's worth of script.
#[derive(Debug)]
pub struct Scenario {
    /// Which one it is: sessions stay where they are in it when it is read again.
    pub identity: Identity,
    /// Its name.
    pub name: String,
    /// What it plays, in a sentence.
    pub summary: Option<String>,
    /// The seed that it asks for.
    pub seed: Option<u64>,
    /// The world that it is written for: every session begins with it, where the stand-in starts with the scenario and nothing else names one.
    pub world: Option<Arc<Seed>>,
    /// In the order in which they are asked.
    pub rules: Vec<Rule>,
    /// What it expects of the client.
    pub expect: Vec<Expectation>,
    /// The text that it was compiled from.
    pub source: Arc<Source>,
}
