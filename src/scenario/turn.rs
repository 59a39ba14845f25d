//! Whose turn it is: the first rule that fits a call and still has something to say.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use jiff::Timestamp;

use super::{
    Progress, Rule, SeededRng, States, Step, Then,
    template::{Failure, Template},
};
use crate::contract::{Call, OperationId};

/// A call, and everything that decides which rule answers it.
#[derive(Debug, Clone, Copy)]
pub struct MatchContext<'c> {
    /// The operation that is called.
    pub operation: OperationId,
    /// Its values.
    pub call: &'c Call<'c>,
    /// The session's time.
    pub now: Timestamp,
    /// Chance.
    pub rng: SeededRng<'c>,
}

/// What the script says to a call, and the rule that says it.
#[derive(Debug, Clone)]
pub enum Turn<'s> {
    /// This answer.
    Answer {
        /// The rule.
        rule: &'s Rule,
        /// Its answer.
        step: &'s Step,
    },
    /// There were too many calls for the rule.
    Throttled {
        /// The rule.
        rule: &'s Rule,
        /// There is room for one more call after this time.
        wait: Duration,
    },
    /// The answers of the rule are used up, and another call is a failure.
    Exhausted {
        /// The rule.
        rule: &'s Rule,
    },
    /// Whether the rule is to be asked cannot be said for this call.
    Unclear {
        /// The rule.
        rule: &'s Rule,
        /// Why the expression of its `when` fails.
        failure: Failure,
    },
}

impl Progress {
    /// Takes the turn of a call; nothing where no rule answers it. Taking a turn is one atomic step, so concurrent callers get each
    /// answer exactly as often as it is written.
    ///
    /// `states` are those of the session where the script [looks at them](super::Script::is_stateful) for the operation. Whoever asks
    /// holds them until it has applied what the answer sets, so that turns of the operation follow one another. `ask` evaluates an
    /// expression for the call, in these states.
    pub fn turn(
        &self,
        context: MatchContext<'_>,
        states: Option<&States>,
        ask: impl Fn(&Template, &States) -> Result<bool, Failure>,
    ) -> Option<Turn<'_>> {
        let MatchContext { operation, call, now, rng } = context;
        let none = States::new();
        let states = states.unwrap_or(&none);
        for place in self.script.places_for(operation) {
            let rule = self.script.rule(place);
            if !rule.matcher.fits(call) {
                continue;
            }
            match rule.when.holds(states, &ask) {
                Ok(true) if rule.has_its_chance(rng) => {}
                Ok(_) => continue,
                Err(failure) => return Some(Turn::Unclear { rule, failure }),
            }
            let progress = self.rule(place)?;
            if let Some(Err(wait)) = rule.limit.map(|limit| progress.bucket.take(limit, now)) {
                return Some(Turn::Throttled { rule, wait });
            }
            if rule.answers.is_empty() {
                continue;
            }
            match rule.step(progress.calls.fetch_add(1, Relaxed)) {
                Some(index) => {
                    self.script.note_use(place, index);
                    return Some(Turn::Answer { rule, step: &rule.answers[index] });
                }
                None if rule.then == Then::Fail => return Some(Turn::Exhausted { rule }),
                None => {}
            }
        }
        None
    }
}

impl Rule {
    /// Whether chance lets the rule be asked.
    pub fn has_its_chance(&self, rng: SeededRng<'_>) -> bool {
        self.chance.is_none_or(|chance| rng.fraction(&self.label) < chance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diagnostic::Source,
        scenario::{Limit, Matcher, Operations, Pattern, Scenario, Script, Setting, StateName, When},
    };
    use http::HeaderValue;
    use std::sync::Arc;

    fn rule(times: &[u64], then: Then) -> Rule {
        let step = |(number, times): (u32, &u64)| Step {
            times: *times,
            ..Step::example(number, HeaderValue::from_static("scenario:x#1/1"))
        };
        Rule {
            scenario: Arc::from("x"),
            number: 1,
            operations: Operations::named(vec![OperationId::from_index(0)]),
            matcher: Matcher::default(),
            when: When::default(),
            chance: None,
            limit: None,
            answers: (1..).zip(times).map(step).collect(),
            then,
            label: "scenario:x#1".to_owned(),
        }
    }

    fn played(times: &[u64], then: Then) -> Vec<u64> {
        let rule = rule(times, then);
        (0..8).map(|call| rule.step(call).map_or(0, |step| rule.answers[step].times)).collect()
    }

    #[test]
    fn answers_come_in_order_and_as_often_as_written() {
        assert_eq!(played(&[2, 1, 3], Then::Stay), [2, 2, 1, 3, 3, 3, 3, 3]);
        assert_eq!(played(&[2, 1], Then::Cycle), [2, 2, 1, 2, 2, 1, 2, 2]);
        assert_eq!(played(&[2, 1], Then::Pass), [2, 2, 1, 0, 0, 0, 0, 0]);
        assert_eq!(played(&[1], Then::Fail), [1, 0, 0, 0, 0, 0, 0, 0]);
    }

    /// What four calls of operation 0 get: the `times` of their answer, 0 for none, -1 for a throttled one.
    fn four_calls(rules: Vec<Rule>) -> [i64; 4] {
        let scenario = Scenario {
            identity: Default::default(),
            name: "x".to_owned(),
            summary: None,
            seed: None,
            world: None,
            rules,
            expect: Vec::new(),
            source: Source::new("x", ""),
        };
        let contract = crate::contract::SpecFiles::embedded().load().unwrap();
        let script = Arc::new(Script::new(vec![Arc::new(scenario)], None, &contract));
        let progress = Progress::new(Arc::clone(&script));
        let operation = OperationId::from_index(0);
        let mut states = script.is_stateful(operation).then(States::new);
        [1, 2, 3, 4].map(|attempt| {
            let context = MatchContext {
                operation,
                call: &Call::default(),
                now: Timestamp::UNIX_EPOCH,
                rng: SeededRng { seed: 1, session: "default", operation: "x", attempt },
            };
            match progress.turn(context, states.as_ref(), |_, _| unreachable!()) {
                Some(Turn::Answer { step, .. }) => {
                    for (name, setting) in &step.set {
                        let (StateName::Fixed(name), Setting::Fixed(value)) = (name, setting) else { unreachable!() };
                        states.as_mut().unwrap().insert(name.clone(), value.clone());
                    }
                    i64::try_from(step.times).unwrap()
                }
                Some(Turn::Throttled { .. }) => -1,
                Some(Turn::Exhausted { .. } | Turn::Unclear { .. }) | None => 0,
            }
        })
    }

    #[test]
    fn a_limit_alone_lets_the_others_go_on_to_the_next_rule() {
        let limit = Some(Limit::new(2, Duration::from_secs(1), 2));
        let limiting = || Rule { limit, ..rule(&[], Then::Stay) };
        assert_eq!(four_calls(vec![limiting(), rule(&[9], Then::Stay)]), [9, 9, -1, -1]);
        assert_eq!(four_calls(vec![limiting()]), [0, 0, -1, -1]);
    }

    #[test]
    fn a_rule_is_asked_when_the_state_is_as_it_wants() {
        let when =
            |value: &str| When { states: vec![("s".to_owned(), Pattern::Equal(value.into()))], expression: None };
        let s = || StateName::Fixed("s".to_owned());
        let mut first = Rule { when: when("b"), ..rule(&[5], Then::Stay) };
        first.answers[0].set = vec![(s(), Setting::Fixed("a".into()))];
        let mut second = rule(&[7], Then::Stay);
        second.answers[0].set = vec![(s(), Setting::Fixed("b".into()))];
        assert_eq!(four_calls(vec![first, second]), [7, 5, 7, 5]);
    }

    #[test]
    fn chance_decides_before_anything_is_used_up() {
        let never = Rule { chance: Some(0.0), ..rule(&[5], Then::Stay) };
        let always = Rule { chance: Some(1.0), ..rule(&[1, 2], Then::Stay) };
        assert_eq!(four_calls(vec![never, always]), [1, 2, 2, 2]);
    }
}
