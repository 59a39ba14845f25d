//! Where an answer came from.

use std::borrow::Cow;

use crate::contract::operation::ExampleSource;

/// Where an answer came from. Rules and answers count from 1; the scenario's name is kept with the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The documented example, or what stands in for it: no rule answered.
    Example(ExampleSource),
    /// The world answered.
    World,
    /// The stand-in refused the call.
    Refusal,
    /// It is not a call: a browser asked of its own accord.
    NoCall,
    /// An answer of a scenario.
    Step {
        /// Its rule.
        rule: u32,
        /// Its position in the rule.
        answer: u32,
    },
    /// A rule's limit throttled the call.
    Limited {
        /// The rule.
        rule: u32,
    },
    /// The answers of a rule with `then: fail` were used up.
    Exhausted {
        /// The rule.
        rule: u32,
    },
    /// Somebody else answered: it was recorded elsewhere.
    Recorded {
        /// Whether an answer came.
        answered: bool,
    },
    /// The expression under a rule's `when` failed.
    Unclear {
        /// The rule.
        rule: u32,
    },
}

impl Origin {
    /// As `X-Understudy-Answer` says it: `example`, `example:made`, `example:mended`, `world`, `refusal`, `no-call`, `scenario:NAME#RULE/ANSWER`, with
    /// `!FAULT` where a fault was injected, `scenario:NAME#RULE/limit`, `scenario:NAME#RULE/over`, `scenario:NAME#RULE/when`.
    ///
    /// ```
    /// use understudy::{contract::operation::ExampleSource, session::Origin};
    ///
    /// assert_eq!(Origin::Example(ExampleSource::Printed).label("", None), "example");
    /// assert_eq!(Origin::Step { rule: 1, answer: 2 }.label("full", Some("reset")), "scenario:full#1/2!reset");
    /// ```
    pub fn label(self, scenario: &str, fault: Option<&str>) -> Cow<'static, str> {
        Cow::Owned(match (self, fault) {
            (Self::Example(source), _) => return Cow::Borrowed(source.label()),
            (Self::World, _) => return Cow::Borrowed("world"),
            (Self::Refusal, _) => return Cow::Borrowed("refusal"),
            (Self::NoCall, _) => return Cow::Borrowed("no-call"),
            (Self::Recorded { .. }, _) => return Cow::Borrowed("recorded"),
            (Self::Step { rule, answer }, None) => format!("scenario:{scenario}#{rule}/{answer}"),
            (Self::Step { rule, answer }, Some(fault)) => format!("scenario:{scenario}#{rule}/{answer}!{fault}"),
            (Self::Limited { rule }, _) => format!("scenario:{scenario}#{rule}/limit"),
            (Self::Exhausted { rule }, _) => format!("scenario:{scenario}#{rule}/over"),
            (Self::Unclear { rule }, _) => format!("scenario:{scenario}#{rule}/when"),
        })
    }
}
