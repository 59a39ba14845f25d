//! One expectation held against the calls of one session.

use std::time::Duration;

use super::{Numbers, attempts::Run};
use crate::{
    contract::{Contract, OperationId},
    scenario::{Bounds, Expectation, Wish},
    session::Exchange,
};

/// One expectation and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The scenario.
    pub scenario: String,
    /// The entry of its `expect`, from 1.
    pub entry: usize,
    /// The operations as the file names them, or `order`.
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

/// An attempt may come so much before its `Retry-After`: clocks are read on both sides, and timers wake a little early.
const EARLY: Duration = Duration::from_millis(50);

/// A wait counts as shorter, or as longer, than another one if it is so by more than this part of it.
const SPREAD: f64 = 0.1;

/// What has been seen of an expectation so far.
pub(super) struct Tally<'s> {
    scenario: &'s str,
    expectation: &'s Expectation,
    counted: Numbers,
    /// The first call of each operation of an order.
    first: Vec<Option<u64>>,
}

impl<'s> Tally<'s> {
    pub(super) fn new(scenario: &'s str, expectation: &'s Expectation) -> Self {
        let order = expectation.wish == Wish::Order;
        let first = vec![None; if order { expectation.operations.len() } else { 0 }];
        Self { scenario, expectation, counted: Numbers::default(), first }
    }

    /// Takes the next call of the session.
    pub(super) fn see(&mut self, exchange: &Exchange) {
        if !self.expectation.is_about(exchange.operation) {
            return;
        }
        match self.expectation.wish {
            Wish::Calls(_) => self.counted.add(exchange.number),
            Wish::Violations(_) if exchange.breaks_contract() => self.counted.add(exchange.number),
            Wish::Order => {
                for (id, first) in self.expectation.operations.iter().zip(&mut self.first) {
                    if Some(*id) == exchange.operation {
                        first.get_or_insert(exchange.number);
                    }
                }
            }
            // These are judged by the runs of attempts.
            Wish::Violations(_) | Wish::HonoursRetryAfter | Wish::MaxAttempts(_) | Wish::GrowingBackoff => {}
        }
    }

    /// Whether it was met. `runs` are those of the whole session.
    pub(super) fn finding(self, runs: &[Run], contract: &Contract) -> Finding {
        let mine: Vec<&Run> = runs.iter().filter(|run| self.expectation.is_about(Some(run.operation))).collect();
        let (met, expected, found, exchanges) = match &self.expectation.wish {
            Wish::Calls(bounds) => counts(*bounds, self.counted, ["call", "calls"], ""),
            Wish::Violations(bounds) => {
                counts(*bounds, self.counted, ["call that breaks", "calls that break"], " the contract")
            }
            Wish::Order => order(&self.expectation.operations, &self.first, contract),
            Wish::HonoursRetryAfter => honours_retry_after(&mine),
            Wish::MaxAttempts(most) => max_attempts(*most, &mine),
            Wish::GrowingBackoff => growing(&mine),
        };
        Finding {
            scenario: self.scenario.to_owned(),
            entry: self.expectation.entry,
            about: self.expectation.about.clone(),
            met,
            expected,
            found,
            exchanges,
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

fn order(operations: &[OperationId], first: &[Option<u64>], contract: &Contract) -> Judged {
    let name = |id: &OperationId| contract.operation(*id).name.as_str();
    let met = first.iter().all(Option::is_some) && first.is_sorted();
    let expected = operations.iter().map(name).collect::<Vec<_>>().join(", then ");
    let mut came: Vec<_> = first.iter().zip(operations).filter_map(|(first, id)| Some(((*first)?, id))).collect();
    came.sort_unstable();
    let mut found: Vec<String> = came.iter().map(|(number, id)| format!("{} ({number})", name(id))).collect();
    let never = first.iter().zip(operations).filter(|(first, _)| first.is_none());
    found.extend(never.map(|(_, id)| format!("{} never", name(id))));
    (met, expected, found.join(", "), came.into_iter().map(|(number, _)| number).collect())
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

/// Waits that the server asked for are its own business, and left out.
fn growing(runs: &[&Run]) -> Judged {
    let expected = "waits between attempts that grow".to_owned();
    let mut checked = false;
    for run in runs {
        let attempts = run.attempts.iter().filter(|attempt| attempt.asked.is_none());
        let waits: Vec<(u64, Duration)> =
            attempts.filter_map(|attempt| Some((attempt.exchange, attempt.wait?))).collect();
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
