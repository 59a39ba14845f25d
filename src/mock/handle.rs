//! From a request to a plan, and into the journal.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use http::{HeaderValue, Version};
use jiff::Timestamp;

use super::{Mock, Plan, address::Addressed, answer::Chosen, attempt::Attempt};
use crate::{
    contract::{
        Bystander, Findings, Judgement, Refusal, Request, Rule, Strictness, Unrouted, Violation,
        auth::{AuthMode, Denial, bearer},
        violation,
    },
    fault::{Fault, http_date},
    scenario::{SeededRng, StepRef},
    session::{
        Arrival, Details, Exchange, Failed, NewFailure, Origin, Outcome, Recorded, Repeats, Resend, Session,
        retry_after,
    },
    world::Took,
};

/// The header `X-Understudy-Violations` takes at most this many bytes; the journal has the rest.
const VIOLATIONS_LIMIT: usize = 4096;

/// What came in.
#[derive(Clone, Copy)]
pub(super) enum Incoming<'r> {
    Read(&'r Request<'r>),
    /// Bytes that never became a request.
    Unreadable(&'r [u8]),
}

impl Mock {
    /// Judges a request, takes its turn in the script, writes the journal, and says what to answer. The call is judged at the time of
    /// its head, by the clock of its session.
    ///
    /// A panic inside is this call's alone: it is answered with an internal error, and the journal has it in the session that it
    /// happened in.
    pub fn handle(&self, request: &Request<'_>, arrival: Arrival) -> Plan {
        let number = self.journal.take_number();
        let Addressed { session, request, fault } = Addressed::new(request, self.options.session_by.as_ref());
        self.in_session_of(session.as_deref(), |session| {
            let work = || {
                let mut judgement =
                    self.judge(&request, session, session.clock.now(arrival.head), self.options.strictness);
                if self.is_no_call(&request, &judgement) {
                    return self.answer_no_call(&request, session, number, arrival);
                }
                if let Some(fault) = fault {
                    judgement.refuse(Refusal::Violation, fault);
                }
                let repeats = session.resends.repeated(&request);
                let after = repeats.as_ref().map(|repeats| self.since(&repeats.failed, arrival));
                let (resends, again) = repeats
                    .as_ref()
                    .zip(after)
                    .map_or((None, None), |(repeats, after)| repetition(&repeats.failed, after, request.version));
                let attempt = Attempt { resends, again, ..self.attempt(session, &judgement, number, arrival) };
                let chosen = self.choose(&request, &judgement, &attempt);
                remember(&request, repeats.as_ref(), &chosen, &attempt);
                self.record(Incoming::Read(&request), judgement, chosen, &attempt)
            };
            self.guarded(work, &request, session, number, arrival)
        })
    }

    /// Whether a browser asked this of its own accord.
    pub(super) fn is_no_call(&self, request: &Request<'_>, judgement: &Judgement<'_>) -> bool {
        let unknown = |refusal| matches!(refusal, Refusal::UnknownRoute | Refusal::UnknownMethod);
        matches!(judgement, Judgement::Unrouted(unrouted) if unknown(unrouted.refusal))
            && self.contract.bystander(request).is_some()
    }

    /// What is not a call breaks nothing and counts nowhere, and the journal has it all the same.
    fn answer_no_call(&self, request: &Request<'_>, session: &Session, number: u64, arrival: Arrival) -> Plan {
        let progress = session.progress.load();
        let rng = SeededRng { seed: progress.script.seed(), session: session.name(), operation: "", attempt: 0 };
        let now = session.clock.now(arrival.head);
        let attempt = Attempt { session, number, arrival, now, resends: None, again: None, progress, rng };
        let mut chosen = self.refuse(request, None, Refusal::UnknownRoute, &attempt);
        if self.contract.bystander(request) == Some(Bystander::Preflight)
            && let Some(answer) = self.options.cors.preflight(request)
        {
            chosen.answer = answer;
        }
        let label = HeaderValue::from_static("no-call");
        let chosen = Chosen { origin: Origin::NoCall, label, ..chosen };
        self.record(Incoming::Read(request), Judgement::from(Refusal::UnknownRoute), chosen, &attempt)
    }

    /// Does the work for a request; if that panics, the request is answered with an internal error under the same number.
    fn guarded(
        &self,
        work: impl FnOnce() -> Plan,
        request: &Request<'_>,
        session: &Session,
        number: u64,
        arrival: Arrival,
    ) -> Plan {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
            // Without the query, which may hold secrets.
            let Request { method, path, .. } = request;
            tracing::error!("handling {method} {path} failed; it is answered with an internal error");
            let judgement = Judgement::from(Refusal::Internal);
            let attempt = self.attempt(session, &judgement, number, arrival);
            let chosen = self.refuse(request, None, Refusal::Internal, &attempt);
            self.record(Incoming::Read(request), judgement, chosen, &attempt)
        })
    }

    /// Answers bytes that never became a request, and notes them down.
    pub fn handle_unreadable(&self, bytes: &[u8], refusal: Refusal, reason: &str, arrival: Arrival) -> Plan {
        let violations = vec![Violation::new("", Rule::Http, "an HTTP request", reason)];
        let judgement = Judgement::Unrouted(Unrouted { refusal, violations });
        // The first line may still tell which service was meant.
        let path = bytes.split(|byte| *byte == b' ').nth(1).and_then(|path| std::str::from_utf8(path).ok());
        let service = self.contract.service_for_path(path.unwrap_or_default());
        let number = self.journal.take_number();
        self.in_session_of(None, |session| {
            let attempt = self.attempt(session, &judgement, number, arrival);
            let chosen = self.refusal_of(service, refusal, None, &attempt);
            self.record(Incoming::Unreadable(bytes), judgement, chosen, &attempt)
        })
    }

    /// Completes the record of an exchange with what became of its answer. `head` holds the header lines of the answer as they left,
    /// `name: value`, perhaps after a status line; nothing where none left.
    pub fn finish(&self, exchange: u64, outcome: Outcome, head: &[u8]) {
        self.journal.finish(exchange, outcome, head);
        if let Some(coverage) = &self.coverage {
            coverage.end(exchange, outcome.ended);
        }
    }

    /// The time between the end of a failed exchange and a request.
    fn since(&self, failed: &Failed<StepRef>, arrival: Arrival) -> Duration {
        let ended =
            self.journal.read(failed.exchange, |exchange| exchange.finished.map(|outcome| outcome.at)).flatten();
        failed.since(arrival.head, ended)
    }

    pub(super) fn in_session_of<T>(&self, name: Option<&str>, work: impl FnOnce(&Session) -> T) -> T {
        self.sessions.with(name, |name| self.new_session(name), work)
    }

    /// What the gateway, the tables and the credentials say of a request.
    pub(super) fn judge<'a>(
        &'a self,
        request: &Request<'a>,
        session: &Session,
        now: Timestamp,
        strictness: Strictness,
    ) -> Judgement<'a> {
        match self.contract.validate(request, strictness) {
            Ok(mut judgement) => {
                let verifies = strictness.auth == AuthMode::Verify;
                if let Some(denial) = verifies
                    .then(|| self.authenticate(request, &judgement, session, session.clock.shown(now)))
                    .flatten()
                {
                    judgement.deny(denial);
                }
                judgement
            }
            Err(error) => {
                tracing::error!("a spec is broken: {error}");
                Judgement::from(Refusal::Internal)
            }
        }
    }

    fn authenticate(
        &self,
        request: &Request<'_>,
        judgement: &Judgement<'_>,
        session: &Session,
        now: Timestamp,
    ) -> Option<Denial> {
        let (id, credential) = judgement.credential()?;
        let access = &self.options.access;
        if let (Some(life), Some(token)) = (self.options.token_life, credential.token())
            // Tokens that nobody knows must not push out the ones that live.
            && access.credentials.takes_token(token)
            && let Err(idle) = session.tokens.touch(token, now, life)
        {
            return Some(Denial::new(Refusal::ExpiredToken, bearer::expired(idle, life)));
        }
        access.authenticate(self.contract.service_of(self.contract.operation(id)), request, credential, now)
    }

    /// Counts the call, whatever becomes of it.
    pub(super) fn attempt<'m>(
        &'m self,
        session: &'m Session,
        judgement: &Judgement<'_>,
        number: u64,
        arrival: Arrival,
    ) -> Attempt<'m> {
        let operation = judgement.operation().map(|id| self.contract.operation(id));
        let progress = session.progress.load();
        let rng = SeededRng {
            seed: progress.script.seed(),
            session: session.name(),
            operation: operation.map_or("", |operation| &operation.name),
            attempt: session.attempt(judgement.operation()),
        };
        session.used_by(number);
        Attempt {
            session,
            number,
            arrival,
            now: session.clock.now(arrival.head),
            resends: None,
            again: None,
            progress,
            rng,
        }
    }

    pub(super) fn record(
        &self,
        incoming: Incoming<'_>,
        mut judgement: Judgement<'_>,
        chosen: Chosen<'_>,
        attempt: &Attempt<'_>,
    ) -> Plan {
        let Chosen { mut answer, delay, fault, origin, scenario, label, warning, took, effect, .. } = chosen;
        let operation = judgement.operation();
        let refusal = judgement.refusal().filter(|_| origin != Origin::NoCall);
        let call = self.coverage.as_ref().and_then(|_| judgement.take_call());
        let mut findings = judgement.into_findings();
        findings.warnings.extend(warning);
        let request = match incoming {
            Incoming::Read(request) => Some(request),
            Incoming::Unreadable(_) => None,
        };
        self.contract.redaction().conceal(request, &mut findings);
        let Findings { violations: broken, warnings, mismatch } = findings;
        let (fault, played) = fault.unzip();
        if let Some(request) = request {
            self.options.cors.share(request, &mut answer);
        }
        match fault.as_deref() {
            Some(Fault::Skew(by)) => attempt.session.clock.skew(*by),
            Some(fault) => fault.inject(&mut answer),
            None => {}
        }
        let Attempt { session, number, arrival, now, resends, rng, .. } = *attempt;
        let violations = (!broken.is_empty())
            .then(|| HeaderValue::try_from(violation::to_header(&broken, VIOLATIONS_LIMIT)).ok())
            .flatten();
        let plan = Plan {
            delay,
            fault,
            exchange: number,
            date: session.clock.is_shifted().then(|| http_date(session.clock.shown(now))),
            operation: operation.map(|id| self.contract.operation(id).label.clone()),
            label,
            violations,
            answer,
        };
        let body = Some(&plan.answer.body).filter(|_| !matches!(origin, Origin::Example(_)));
        let (recorded, version) = match incoming {
            Incoming::Read(request) => {
                let memory = self.journal.memory(number);
                (Recorded::new(request, body.map_or(0, bytes::Bytes::len), memory), request.version)
            }
            Incoming::Unreadable(bytes) => (Recorded::unreadable(bytes), Version::HTTP_11),
        };
        let details = Details {
            delay,
            retry_after: retry_after(&plan.answer.headers, now, delay),
            resends,
            fault: played,
            violations: broken,
            warnings,
            mismatch,
            effect,
        };
        let exchange = Exchange {
            number,
            time: now,
            arrival,
            version,
            session: session.kept_name(),
            operation,
            attempt: rng.attempt,
            recorded: recorded.with_answer(scenario, body),
            origin,
            status: if origin == (Origin::Recorded { answered: false }) { 0 } else { plan.answer.status.as_u16() },
            refusal,
            took: took.or(self.stage.as_ref().map(|_| Took::Untouched)).filter(|_| origin != Origin::NoCall),
            finished: None,
            details: details.kept(),
        };
        if let Some(coverage) = &self.coverage {
            coverage.begin(&self.contract, &exchange, call.as_ref());
        }
        self.journal.record(exchange);
        plan
    }
}

/// What a request is that comes so long after a failed one with the same bytes: whether the client's library sent it again by itself,
/// and the answer that it gets again.
fn repetition(failed: &Failed<StepRef>, after: Duration, version: Version) -> (Option<Resend>, Option<StepRef>) {
    let resend = failed.is_resent(version, after).then_some(Resend { exchange: failed.exchange, after });
    (resend, failed.again.clone().filter(|_| failed.lasts(after)))
}

/// Remembers a request that gets no status, and forgets the one like it that failed before if this one gets one.
fn remember(request: &Request<'_>, repeats: Option<&Repeats<StepRef>>, chosen: &Chosen<'_>, attempt: &Attempt<'_>) {
    let Attempt { session, number: exchange, arrival, resends, .. } = *attempt;
    if chosen.fault.as_ref().is_some_and(|(_, played)| played.silent) {
        let ended = arrival.body.checked_add(chosen.delay.unwrap_or_default()).unwrap_or(arrival.body);
        let failure = NewFailure { exchange, ended, resent: resends.is_some(), again: chosen.again.clone() };
        session.resends.failed(request, repeats, failure);
    } else if let Some(repeats) = repeats {
        session.resends.answered(repeats);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::{Payload, SpecFiles},
        mock::Options,
    };
    use http::{HeaderMap, Method};

    #[test]
    fn a_panic_is_a_500_in_the_session_and_under_the_number_that_it_happened_in() {
        let mock = Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), Options::default());
        let headers = HeaderMap::new();
        let request = Request {
            base: "/~mine",
            ..Request::new(&Method::GET, "/koodrive/ose/v1/share", &headers, Payload::Whole(b""))
        };
        let arrival = Arrival::at(Timestamp::UNIX_EPOCH);
        let number = mock.journal().take_number();
        let plan = mock.in_session_of(Some("mine"), |session| {
            mock.guarded(|| panic!("on purpose"), &request, session, number, arrival)
        });
        assert_eq!((plan.answer.status.as_u16(), plan.exchange), (500, number));
        assert!(String::from_utf8_lossy(&plan.answer.body).contains("APIGW.0601"));
        let exchange = mock.journal().get(number).unwrap();
        assert_eq!((exchange.session(), exchange.status), ("mine", 500));
        assert_eq!(exchange.recorded.line(), Some(("GET", "/~mine/koodrive/ose/v1/share")));
        assert_eq!((mock.journal().all().len(), mock.handle(&request, arrival).exchange), (1, 2));
    }
}
