//! One expectation held against the calls of one session.

use std::{collections::HashSet, time::Duration};

use super::{Numbers, attempts::Run, duplicates::Duplicate, end_state};
use crate::{
    contract::{Call, Contract, OperationId},
    scenario::{Bounds, CallFilter, Expectation, Expected, Retry, Scenario, Script, Step},
    session::Exchange,
    world::World,
};

/// One expectation and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The scenario.
    pub scenario: String,
    /// The entry of its `expect`, from 1.
    pub entry: usize,
    /// The operations as the file names them, or `order`, `answers` or `world`.
    pub about: String,
    /// Whether it was met.
    pub met: bool,
    /// What was expected, in words.
    pub expected: String,
    /// What was found, in words.
    pub found: String,
    /// The exchanges that were counted, or that are to blame.
    pub exchanges: Numbers,
}

/// What was seen of a session, and what it is held to.
pub(super) struct Grounds<'s> {
    pub(super) runs: &'s [Run],
    pub(super) duplicates: &'s [Duplicate],
    pub(super) script: &'s Script,
    pub(super) contract: &'s Contract,
    /// Its world as it is now.
    pub(super) world: Option<&'s World>,
}

/// An attempt may come so much before its `Retry-After`: clocks are read on both sides, and timers wake a little early.
const EARLY: Duration = Duration::from_millis(50);

/// A shorter wait is none: so much comes and goes with the load of the machine.
const NO_WAIT: Duration = Duration::from_millis(5);

/// A wait counts as shorter, or as longer, than another one if it is so by more than this part of it.
const SPREAD: f64 = 0.1;

/// What has been seen of an expectation so far.
pub(super) struct Tally<'s> {
    scenario: &'s Scenario,
    expectation: &'s Expectation,
    counted: Numbers,
    /// For each entry of an order, the call that is meant.
    came: Vec<Option<u64>>,
    /// Calls that hold what is asked for, where the runs of attempts have to be chosen by that.
    fitting: HashSet<u64>,
}

impl<'s> Tally<'s> {
    pub(super) fn new(scenario: &'s Scenario, expectation: &'s Expectation) -> Self {
        let entries = if let Expected::Order(order) = &expectation.expected { order.len() } else { 0 };
        let (counted, came, fitting) = (Numbers::default(), vec![None; entries], HashSet::new());
        Self { scenario, expectation, counted, came, fitting }
    }

    /// Whether it matters what a call of this operation holds.
    pub(super) fn looks_into(&self, operation: Option<OperationId>) -> bool {
        let filter = self.expectation.expected.filter();
        filter.is_some_and(|filter| filter.matcher.is_some() && filter.names(operation))
    }

    /// Takes the next call of the session. `call` is what it holds, for those who [look into it](Self::looks_into).
    pub(super) fn see(&mut self, exchange: &Exchange, call: Option<&Call<'_>>) {
        let fits = |filter: &CallFilter| filter.fits(exchange.operation, call);
        match &self.expectation.expected {
            Expected::Calls(filter, _) if fits(filter) => self.counted.add(exchange.number),
            Expected::Violations(filter, _) if exchange.breaks_contract() && fits(filter) => {
                self.counted.add(exchange.number);
            }
            Expected::Retry(filter, _) if filter.matcher.is_some() && fits(filter) => {
                self.fitting.insert(exchange.number);
            }
            Expected::Order(order) => note(order, &mut self.came, exchange),
            // The rest is judged by the runs of attempts, or by the script.
            _ => {}
        }
    }

    /// Whether it was met, by what was seen of the whole session.
    pub(super) fn finding(self, seen: &Grounds<'_>) -> Finding {
        let Grounds { runs, script, contract, .. } = *seen;
        let mine = |filter: &CallFilter| -> Vec<&Run> {
            let first = |run: &Run| run.attempts.first().map_or(0, |attempt| attempt.exchange);
            let holds = |run: &Run| filter.matcher.is_none() || self.fitting.contains(&first(run));
            runs.iter().filter(|run| filter.names(Some(run.operation)) && holds(run)).collect()
        };
        let (met, expected, found, exchanges) = match &self.expectation.expected {
            Expected::Calls(_, bounds) => counts(*bounds, self.counted, ["call", "calls"], ""),
            Expected::Violations(_, bounds) => {
                counts(*bounds, self.counted, ["call that breaks", "calls that break"], " the contract")
            }
            Expected::Order(operations) => order(operations, &self.came, contract),
            Expected::Retry(filter, Retry::HonoursRetryAfter) => honours_retry_after(&mine(filter)),
            Expected::Retry(filter, Retry::MaxAttempts(most)) => max_attempts(*most, &mine(filter)),
            Expected::Retry(filter, Retry::GrowingBackoff) => growing(&mine(filter)),
            Expected::Retry(filter, Retry::Duplicates(most)) => {
                let named = |duplicate: &&Duplicate| {
                    filter.names(Some(duplicate.operation))
                        && (filter.matcher.is_none() || self.fitting.contains(&duplicate.exchanges()[0]))
                };
                let mine: Vec<&Duplicate> = seen.duplicates.iter().filter(named).collect();
                duplicates(*most, &mine, seen.world.is_some())
            }
            Expected::World(end) => {
                let (met, expected, found) = end_state::judge(end, seen.world);
                (met, expected, found, Numbers::default())
            }
            Expected::AnswersUsed => answers_used(script.unused_in(self.scenario)),
        };
        Finding {
            scenario: self.scenario.name.clone(),
            entry: self.expectation.entry,
            about: self.expectation.about.clone(),
            met,
            expected,
            found,
            exchanges,
        }
    }
}

/// Notes the next call in an order: the first call of an operation where it stands for the first time; where it stands again, a further
/// call after the entry before it.
fn note(order: &[OperationId], came: &mut [Option<u64>], exchange: &Exchange) {
    let Some(operation) = exchange.operation else { return };
    for index in (0..order.len()).filter(|index| order[*index] == operation) {
        let before = order[..index].iter().rposition(|id| *id == operation);
        let is_next = before.is_none_or(|before| {
            let earlier = |entry: usize| came[entry].is_some_and(|number| number < exchange.number);
            earlier(before) && earlier(index - 1)
        });
        if is_next {
            came[index].get_or_insert(exchange.number);
        }
    }
}

/// Met or not, what was expected, what was found, and where.
type Judged = (bool, String, String, Numbers);

fn counts(bounds: Bounds, counted: Numbers, noun: [&str; 2], rest: &str) -> Judged {
    let [one, many] = noun;
    let so_many = |number: u64| match number {
        0 => format!("no {one}{rest}"),
        1 => format!("1 {one}{rest}"),
        number => format!("{number} {many}{rest}"),
    };
    let expected = match bounds {
        Bounds { min, max: Some(max) } if min == max => so_many(min),
        Bounds { min: 0, max: Some(max) } => format!("at most {}", so_many(max)),
        Bounds { min, max: Some(max) } => format!("{min} to {}", so_many(max)),
        Bounds { min, max: None } => format!("at least {}", so_many(min)),
    };
    (bounds.hold(counted.count), expected, so_many(counted.count), counted)
}

fn order(operations: &[OperationId], came: &[Option<u64>], contract: &Contract) -> Judged {
    let name = |id: &OperationId| contract.operation(*id).name.as_str();
    let met = came.iter().all(Option::is_some) && came.is_sorted();
    let expected = operations.iter().map(name).collect::<Vec<_>>().join(", then ");
    let mut seen: Vec<_> = came.iter().zip(operations).filter_map(|(number, id)| Some(((*number)?, id))).collect();
    seen.sort_unstable();
    let mut found: Vec<String> = seen.iter().map(|(number, id)| format!("{} ({number})", name(id))).collect();
    let missing = came.iter().enumerate().filter(|(_, number)| number.is_none());
    found.extend(missing.map(|(index, _)| {
        let again = operations[..index].contains(&operations[index]);
        format!("{} {}", name(&operations[index]), if again { "not again" } else { "never" })
    }));
    (met, expected, found.join(", "), seen.into_iter().map(|(number, _)| number).collect())
}

fn answers_used<'s>(unused: impl Iterator<Item = &'s Step>) -> Judged {
    let expected = "each answer of the scenario is given".to_owned();
    let labels: Vec<&str> = unused.map(|step| step.label.to_str().unwrap_or_default()).collect();
    let found = super::notices::unused_answers(&labels);
    let text = found.map_or_else(|| "each was given".to_owned(), |notice| notice.text);
    (labels.is_empty(), expected, text, Numbers::default())
}

const NO_RETRY: &str = "no further attempt of any call";

fn honours_retry_after(runs: &[&Run]) -> Judged {
    let expected = "no attempt before its `Retry-After`".to_owned();
    let mut early = Numbers::default();
    let mut found = if runs.is_empty() { NO_RETRY.to_owned() } else { "none".to_owned() };
    for attempt in runs.iter().flat_map(|run| &run.attempts) {
        if let (Some(wait), Some(asked)) = (attempt.wait, attempt.asked)
            && wait.saturating_add(EARLY) < asked
        {
            if early.count == 0 {
                found = format!("exchange {} after {} instead of {}", attempt.exchange, shown(wait), shown(asked));
            }
            early.add(attempt.exchange);
        }
    }
    (early.count == 0, expected, found, early)
}

fn max_attempts(most: u64, runs: &[&Run]) -> Judged {
    let attempts = |number: u64| if number == 1 { "1 attempt".to_owned() } else { format!("{number} attempts") };
    let expected = format!("at most {} of a call", attempts(most));
    let Some(longest) = runs.iter().rev().max_by_key(|run| run.attempts.len()) else {
        return (true, expected, NO_RETRY.to_owned(), Numbers::default());
    };
    let length = longest.attempts.len() as u64;
    let mut found = attempts(length);
    match longest.resends {
        0 => {}
        1 => found.push_str(", and 1 resend by the HTTP library"),
        several => found.push_str(&format!(", and {several} resends by the HTTP library")),
    }
    (length <= most, expected, found, longest.attempts.iter().map(|attempt| attempt.exchange).collect())
}

fn duplicates(most: u64, found: &[&Duplicate], has_world: bool) -> Judged {
    let so_many = |number: u64| match number {
        0 => "no duplicate".to_owned(),
        1 => "1 duplicate".to_owned(),
        number => format!("{number} duplicates"),
    };
    let expected = if most == 0 { so_many(0) } else { format!("at most {}", so_many(most)) };
    if !has_world {
        // A wish that cannot fail would be no wish.
        return (false, expected, "no world in which something could be made twice".to_owned(), Numbers::default());
    }
    let count = found.len() as u64;
    let words = found.first().map_or_else(
        || so_many(0),
        |first| match count {
            1 => format!("1 duplicate: {}", first.words()),
            count => format!("{}, the first: {}", so_many(count), first.words()),
        },
    );
    (count <= most, expected, words, found.iter().flat_map(|duplicate| duplicate.exchanges()).collect())
}

/// Waits that the server asked for are its own business, and left out.
fn growing(runs: &[&Run]) -> Judged {
    let expected = "waits between attempts that grow".to_owned();
    let mut checked = false;
    for run in runs {
        let attempts = run.attempts.iter().filter(|attempt| attempt.asked.is_none());
        let waits: Vec<(u64, Duration)> =
            attempts.filter_map(|attempt| Some((attempt.exchange, at_least(attempt.wait?)))).collect();
        checked |= waits.len() > 1;
        if !grow(&waits) {
            let found = waits.iter().map(|(_, wait)| shown(*wait)).collect::<Vec<_>>().join(", ");
            return (false, expected, found, waits.into_iter().map(|(number, _)| number).collect());
        }
    }
    let found = match (runs.is_empty(), checked) {
        (true, _) => NO_RETRY,
        (false, true) => "none that do not",
        (false, false) => "no two waits to compare",
    };
    (true, expected, found.to_owned(), Numbers::default())
}

/// A wait, if it is one.
fn at_least(wait: Duration) -> Duration {
    if wait < NO_WAIT { Duration::ZERO } else { wait }
}

/// No wait is shorter than the longest one before it, and of three or more the last is longer than the first.
fn grow(waits: &[(u64, Duration)]) -> bool {
    let mut longest = Duration::ZERO;
    for (_, wait) in waits {
        if *wait < longest.mul_f64(1.0 - SPREAD) {
            return false;
        }
        longest = longest.max(*wait);
    }
    match waits {
        [(_, first), _, .., (_, last)] => *last > first.mul_f64(1.0 + SPREAD),
        _ => true,
    }
}

/// To the millisecond.
fn shown(time: Duration) -> String {
    format!("{:?}", Duration::new(time.as_secs(), time.subsec_millis() * 1_000_000))
}
