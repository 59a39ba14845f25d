//! Which calls are attempts of one and the same call, and how long the client waited between them.
//!
//! Calls of a session with the same method, target and body belong together. Of these, in the order in which they came, a call is a
//! further attempt of the one before it if that one was answered by a failure that may pass: 429, a status from 500, or a fault that breaks the answer off.

use std::{borrow::Cow, collections::HashMap, time::Duration};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::{
    contract::{Operation, OperationId, json, json::Json},
    session::{Details, Exchange},
};

/// A call that was attempted at least twice.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) operation: OperationId,
    pub(super) attempts: Vec<Attempt>,
}

/// One of the attempts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) exchange: u64,
    /// The time since the failure before it was answered. Nothing for the first attempt, and where the client did not wait for
    /// that answer.
    pub(super) wait: Option<Duration>,
    /// The wait that the answer before it asked for.
    pub(super) asked: Option<Duration>,
}

/// Finds the attempts among the calls of a session.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// By what makes calls the same, those whose last answer was a failure.
    failed: HashMap<[u8; 32], Failed>,
    over: Vec<Run>,
}

#[derive(Debug)]
struct Failed {
    run: Run,
    time: Timestamp,
    received: Timestamp,
    delay: Duration,
    asked: Option<Duration>,
}

impl Attempts {
    /// Takes the next call of the session.
    pub(super) fn see(&mut self, exchange: &Exchange, operation: &Operation) {
        let Some(key) = key(exchange, operation) else { return };
        let mut attempt = Attempt { exchange: exchange.number, wait: None, asked: None };
        let mut run = Run { operation: operation.id, attempts: Vec::new() };
        if let Some(failed) = self.failed.remove(&key) {
            attempt.wait = failed.wait(exchange);
            attempt.asked = failed.asked;
            run = failed.run;
        }
        run.attempts.push(attempt);
        if may_pass(exchange) {
            let Exchange { time, arrival, .. } = *exchange;
            let received = arrival.head;
            let Details { delay, retry_after: asked, .. } = *exchange.details();
            self.failed.insert(key, Failed { run, time, received, delay: delay.unwrap_or_default(), asked });
        } else if run.attempts.len() > 1 {
            self.over.push(run);
        }
    }

    /// All calls that were attempted more than once, in the order of their first attempts.
    pub(super) fn runs(self) -> Vec<Run> {
        let mut runs = self.over;
        runs.extend(self.failed.into_values().map(|failed| failed.run).filter(|run| run.attempts.len() > 1));
        runs.sort_by_key(|run| run.attempts.first().map(|attempt| attempt.exchange));
        runs
    }
}

impl Failed {
    /// The time between the answer and the next attempt. A test may step the session's clock, or the client may really wait:
    /// whichever is more counts.
    fn wait(&self, next: &Exchange) -> Option<Duration> {
        let between = |from, to: Timestamp| Duration::try_from(to.duration_since(from)).unwrap_or(Duration::ZERO);
        between(self.time, next.time).max(between(self.received, next.arrival.head)).checked_sub(self.delay)
    }
}

/// Whether the answer was a failure that may pass, so that another attempt makes sense.
fn may_pass(exchange: &Exchange) -> bool {
    let broken_off = exchange.details().fault.as_ref().is_some_and(|fault| fault.breaks_off);
    broken_off || exchange.status == 429 || exchange.status >= 500
}

/// What makes two calls the same. A digest, because bodies may be large.
fn key(exchange: &Exchange, operation: &Operation) -> Option<[u8; 32]> {
    let (method, target) = exchange.recorded.line()?;
    let body = exchange.recorded.body();
    let renewed: Vec<&str> = operation.authentication.iter().flat_map(|scheme| scheme.renewed()).copied().collect();
    let (target, body) = if renewed.is_empty() {
        (Cow::Borrowed(target), Cow::Borrowed(body))
    } else {
        (without_in_query(target, &renewed), without_in_body(body, &renewed))
    };
    let mut digest = Sha256::new();
    for part in [method.as_bytes(), target.as_bytes(), &*body] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    Some(digest.finalize().into())
}

fn without_in_query<'t>(target: &'t str, names: &[&str]) -> Cow<'t, str> {
    match target.split_once('?') {
        Some((path, query)) => Cow::Owned(format!("{path}?{}", without_pairs(query, names))),
        None => Cow::Borrowed(target),
    }
}

fn without_in_body<'b>(body: &'b [u8], names: &[&str]) -> Cow<'b, [u8]> {
    if body.trim_ascii_start().starts_with(b"{") {
        return match json::read(body).map(|text| text.value) {
            Ok(Json::Object(mut members)) => {
                members.retain(|(name, _)| !names.contains(&name.as_ref()));
                Cow::Owned(Json::Object(members).to_value().to_string().into_bytes())
            }
            _ => Cow::Borrowed(body),
        };
    }
    match std::str::from_utf8(body) {
        Ok(form) => Cow::Owned(without_pairs(form, names).into_bytes()),
        Err(_) => Cow::Borrowed(body),
    }
}

fn without_pairs(form: &str, names: &[&str]) -> String {
    let kept = form.split('&').filter(|pair| !names.contains(&pair.split('=').next().unwrap_or_default()));
    kept.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::{Contract, SpecFiles},
        fault::Fault,
        report::samples::{Call, exchange},
    };

    fn contract() -> Contract {
        SpecFiles::embedded().load().unwrap()
    }

    fn runs(contract: &Contract, calls: &[Call<'_>]) -> Vec<Run> {
        let mut attempts = Attempts::default();
        for (number, call) in (1..).zip(calls) {
            let exchange = exchange(contract, number, call);
            attempts.see(&exchange, contract.operation(exchange.operation.unwrap()));
        }
        attempts.runs()
    }

    fn numbers(runs: &[Run]) -> Vec<Vec<u64>> {
        runs.iter().map(|run| run.attempts.iter().map(|attempt| attempt.exchange).collect()).collect()
    }

    const SHARE: Call<'static> = Call::of("CreateShare");

    #[test]
    fn a_run_ends_with_the_first_answer_that_is_no_failure() {
        let calls = [503, 429, 200, 200, 500].map(|status| Call { status, ..SHARE });
        assert_eq!(numbers(&runs(&contract(), &calls)), [[1, 2, 3]]);
        let calls = [400, 404, 200].map(|status| Call { status, ..SHARE });
        assert!(runs(&contract(), &calls).is_empty());
        let calls = [503, 503].map(|status| Call { status, ..SHARE });
        assert_eq!(numbers(&runs(&contract(), &calls)), [[1, 2]]);
    }

    #[test]
    fn an_answer_that_was_broken_off_is_a_failure_and_one_that_was_slow_is_none() {
        let fault = |fault: Fault| Call { fault: Some(fault.played(http::Version::HTTP_11)), ..SHARE };
        let calls = [fault(Fault::Reset), fault(Fault::Hang), fault(Fault::EarlyHints), SHARE];
        assert_eq!(numbers(&runs(&contract(), &calls)), [[1, 2, 3]]);
    }

    #[test]
    fn calls_in_between_do_not_part_attempts_and_other_bodies_are_other_calls() {
        let failed = Call { status: 503, ..SHARE };
        let calls = [
            Call { body: "a", ..failed },
            Call { body: "b", ..failed },
            Call::of("BatchCancel"),
            Call { body: "b", ..SHARE },
            Call { body: "a", ..SHARE },
        ];
        assert_eq!(numbers(&runs(&contract(), &calls)), [[1, 5], [2, 4]]);
    }

    #[test]
    fn a_wait_begins_with_the_answer_and_is_the_longer_of_the_two_clocks() {
        let failed = Call { status: 503, delay: 300, asked: Some(2000), ..SHARE };
        let waits = |next: Call<'_>| {
            let runs = runs(&contract(), &[failed, next]);
            let attempt = &runs[0].attempts[1];
            assert_eq!(attempt.asked, Some(Duration::from_secs(2)));
            attempt.wait
        };
        let milliseconds = |wait| Some(Duration::from_millis(wait));
        assert_eq!(waits(Call { time: 1000, received: 400, ..SHARE }), milliseconds(700));
        assert_eq!(waits(Call { time: 0, received: 1400, ..SHARE }), milliseconds(1100));
        // The client gave up before the answer came: what it asked for was never read.
        assert_eq!(waits(Call { time: 299, received: 299, ..SHARE }), None);
    }

    #[test]
    fn a_signature_that_is_made_anew_does_not_make_another_call() {
        let failed = Call { status: 500, ..Call::of("info") };
        for (one, two) in [
            ("org_id=1&dateline=1&sign=a", "org_id=1&dateline=2&sign=b"),
            (r#"{"org_id":1,"dateline":1,"sign":"a"}"#, r#"{ "dateline": 2, "sign": "b", "org_id": 1 }"#),
        ] {
            let calls = [Call { body: one, ..failed }, Call { body: two, ..failed }];
            assert_eq!(numbers(&runs(&contract(), &calls)), [[1, 2]], "{one}");
        }
        let get = |query: &'static str| Call { target: query, ..failed };
        assert_eq!(numbers(&runs(&contract(), &[get("/a?org_id=1&sign=a"), get("/a?org_id=1&sign=b")])), [[1, 2]]);
        assert!(runs(&contract(), &[get("/a?org_id=1&sign=a"), get("/a?org_id=2&sign=a")]).is_empty());
    }
}
