//! Which calls are attempts of one and the same call, and how long the client waited between them.
//!
//! Calls of a session with the same method, target and body belong together. Of these, in the order in which they came, a call is a
//! further attempt of the one before it if that one failed in a way that may pass: 429, a status from 500, a fault that broke the
//! answer off, or an answer that the client did not wait for. A request that the client's HTTP library sent again by itself is no
//! attempt: what it got is what the app saw of the attempt before it.

use std::{collections::HashMap, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::duplicates::{Creation, Duplicate};
use crate::{
    contract::{Operation, OperationId},
    session::{Ended, Exchange},
};

/// A client may read an answer and call again before the server has noted that it sent the answer.
const AT_THE_SAME_TIME: SignedDuration = SignedDuration::from_millis(50);

/// A call that was attempted at least twice.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) operation: OperationId,
    pub(super) attempts: Vec<Attempt>,
    /// How often the HTTP library sent one of them again by itself.
    pub(super) resends: u64,
}

/// One of the attempts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) exchange: u64,
    /// The time from the end of the failure before it to its own head. Nothing for the first attempt, and where the client did not
    /// wait for that end.
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
    duplicates: Vec<Duplicate>,
    /// How many of those that failed made something.
    unsettled: usize,
}

#[derive(Debug)]
struct Failed {
    run: Run,
    failure: Failure,
    /// What the calls of the run made, the resent ones too.
    created: Vec<Creation>,
}

/// How a call failed, as its client saw it.
#[derive(Debug)]
struct Failure {
    /// When its head came, by the clock of the session and by the system's.
    time: Timestamp,
    head: Timestamp,
    /// When the client knew, by the system's clock.
    end: Timestamp,
    /// The wait that the answer asked for, if the client got it.
    asked: Option<Duration>,
}

impl Attempts {
    /// Whether a call has to be seen even if nobody wants to know of retries: something may have been made twice.
    pub(super) fn may_settle(&self, exchange: &Exchange) -> bool {
        self.unsettled > 0 || exchange.details().effect.as_ref().is_some_and(|effect| effect.created.count > 0)
    }

    /// Takes the next call of the session.
    pub(super) fn see(&mut self, exchange: &Exchange, operation: &Operation) {
        let Some(key) = exchange.identity(operation) else { return };
        let mut before = self.failed.remove(&key);
        let mut created = before.as_mut().map(|failed| std::mem::take(&mut failed.created)).unwrap_or_default();
        self.unsettled -= usize::from(!created.is_empty());
        let failure = Failure::of(exchange);
        created.extend(Creation::of(exchange, failure.is_some()));
        let mut run = Run { operation: operation.id, attempts: Vec::new(), resends: 0 };
        let mut attempt = Attempt { exchange: exchange.number, wait: None, asked: None };
        match before {
            Some(failed) if exchange.details().resends.is_some() => {
                run = failed.run;
                run.resends += 1;
            }
            Some(failed) => {
                (attempt.wait, attempt.asked) = (failed.failure.wait(exchange), failed.failure.asked);
                run = failed.run;
                run.attempts.push(attempt);
            }
            None => run.attempts.push(attempt),
        }
        if let Some(failure) = failure {
            self.unsettled += usize::from(!created.is_empty());
            self.failed.insert(key, Failed { run, failure, created });
        } else {
            self.duplicates.extend(Duplicate::of_run(run.operation, &created));
            if run.attempts.len() > 1 {
                self.over.push(run);
            }
        }
    }

    /// What was made twice, in the order in which it happened.
    pub(super) fn duplicates(&self) -> Vec<Duplicate> {
        let open = self.failed.values();
        let open = open.flat_map(|failed| Duplicate::of_run(failed.run.operation, &failed.created));
        let mut all: Vec<Duplicate> = self.duplicates.iter().cloned().chain(open).collect();
        all.sort_by_key(|duplicate| duplicate.exchanges()[1]);
        all
    }

    /// All calls that were attempted more than once, in the order of their first attempts.
    pub(super) fn runs(self) -> Vec<Run> {
        let mut runs = self.over;
        runs.extend(self.failed.into_values().map(|failed| failed.run).filter(|run| run.attempts.len() > 1));
        runs.sort_by_key(|run| run.attempts.first().map(|attempt| attempt.exchange));
        runs
    }
}

impl Failure {
    /// The failure of an exchange; nothing if the client has an answer that makes another attempt pointless.
    fn of(exchange: &Exchange) -> Option<Self> {
        let details = exchange.details();
        let broken_off = details.fault.is_some_and(|fault| fault.breaks_off);
        let (ended, end) = match &exchange.finished {
            Some(outcome) => (outcome.ended, outcome.at),
            // It is under way: it will end as it was planned.
            None => {
                let end = exchange.arrival.body.checked_add(details.delay.unwrap_or_default());
                (if broken_off { Ended::Fault } else { Ended::Delivered }, end.unwrap_or(exchange.arrival.body))
            }
        };
        let read = ended == Ended::Delivered && !broken_off;
        let may_pass = !read || exchange.status == 429 || exchange.status >= 500;
        let asked = details.retry_after.filter(|_| read);
        may_pass.then_some(Self { time: exchange.time, head: exchange.arrival.head, end, asked })
    }

    /// The time between its end and the head of the next attempt. A test may step the session's clock, or the client may really wait:
    /// whichever is more counts.
    fn wait(&self, next: &Exchange) -> Option<Duration> {
        let really = next.arrival.head.duration_since(self.end);
        let by_the_session = next.time.duration_since(self.time) - self.end.duration_since(self.head);
        let wait = really.max(by_the_session);
        if wait.is_negative() && wait >= -AT_THE_SAME_TIME {
            Some(Duration::ZERO)
        } else {
            Duration::try_from(wait).ok()
        }
    }
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
        let calls = [fault(Fault::Reset), fault(Fault::Hang), fault(Fault::EarlyHints(vec![])), SHARE];
        assert_eq!(numbers(&runs(&contract(), &calls)), [[1, 2, 3]]);
    }

    #[test]
    fn an_answer_that_the_client_did_not_wait_for_is_a_failure() {
        let gone = Call { left: Some(200), delay: 2000, asked: Some(9000), ..SHARE };
        let calls = [gone, Call { received: 1200, time: 1200, left: Some(1400), ..gone }, SHARE];
        let runs = runs(&contract(), &calls);
        assert_eq!(numbers(&runs), [[1, 2, 3]]);
        let second = &runs[0].attempts[1];
        // What it would have been asked for was never read.
        assert_eq!((second.wait, second.asked), (Some(Duration::from_millis(1000)), None));
    }

    #[test]
    fn what_the_library_sends_again_is_no_attempt_and_its_answer_is_the_one_that_counts() {
        let reset = Call { fault: Some(Fault::Reset.played(http::Version::HTTP_11)), ..SHARE };
        let failed = Call { status: 503, ..SHARE };
        let resent = |call: Call<'static>| Call { resends: Some(1), ..call };
        let runs = |calls: &[Call<'_>]| {
            let runs = runs(&contract(), calls);
            (numbers(&runs), runs.iter().map(|run| run.resends).collect::<Vec<_>>())
        };
        assert_eq!(runs(&[reset, resent(failed), failed, SHARE]), (vec![vec![1, 3, 4]], vec![1]));
        assert_eq!(runs(&[reset, resent(SHARE)]), (vec![], vec![]));
        assert_eq!(runs(&[reset, resent(reset), SHARE]), (vec![vec![1, 3]], vec![1]));
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
        assert_eq!(waits(Call { time: 249, received: 249, ..SHARE }), None);
        // It had the answer before the server noted that it was sent.
        assert_eq!(waits(Call { time: 251, received: 251, ..SHARE }), milliseconds(0));
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
