//! From a request to a plan, and into the journal.

use http::HeaderValue;
use jiff::Timestamp;

use super::{Mock, Plan, address::Addressed, answer::Chosen, attempt::Attempt};
use crate::{
    contract::{
        Refusal, Request, Verdict, Violation,
        auth::{Credential, access::Checking, bearer},
        violation,
    },
    fault::{Fault, http_date},
    scenario::Dice,
    session::{Details, EXAMPLE, Exchange, Recorded, Session, retry_after},
};

/// The header `X-Understudy-Violations` takes at most this many bytes; the journal has the rest.
const VIOLATIONS_LIMIT: usize = 4096;

impl Mock {
    /// Judges a request, takes its turn in the script, writes the journal, and says what to answer. `system` is the system's
    /// time; the session may have another one.
    pub fn handle(&self, request: &Request<'_>, system: Timestamp) -> Plan {
        let number = self.journal.take_number();
        let Addressed { session, request, fault } = Addressed::new(request, self.options.session_by.as_ref());
        let make = |name: &str| self.new_session(name);
        self.sessions.with(session.as_deref(), make, |session| {
            let mut verdict = self.judge(&request, session, session.clock.now(system));
            if let Some(fault) = fault {
                verdict.refuse(Refusal::Violation, fault);
            }
            let attempt = self.attempt(session, &verdict, number, system);
            let chosen = self.choose(&request, &verdict, &attempt);
            self.record(Recorded::new(&request, self.journal.memory(number)), verdict, chosen, &attempt)
        })
    }

    /// Answers bytes that never became a request, and notes them down.
    pub fn handle_unreadable(&self, bytes: &[u8], refusal: Refusal, reason: &str, system: Timestamp) -> Plan {
        let verdict = Verdict {
            refusal: Some(refusal),
            violations: vec![Violation::new("", "http", "an HTTP request", reason)],
            ..Verdict::default()
        };
        // The first line may still tell which service was meant.
        let path = bytes.split(|byte| *byte == b' ').nth(1).and_then(|path| std::str::from_utf8(path).ok());
        let service = self.contract.service_for_path(path.unwrap_or_default());
        self.in_default_session(|session, number| {
            let attempt = self.attempt(session, &verdict, number, system);
            let chosen = self.refusal_of(service, refusal, None, &attempt);
            self.record(Recorded::unreadable(bytes), verdict, chosen, &attempt)
        })
    }

    /// Answers a request whose handling failed: the failure is the stand-in's own, and one request's alone.
    pub fn handle_failure(&self, request: &Request<'_>, system: Timestamp) -> Plan {
        let verdict = Verdict { refusal: Some(Refusal::Internal), ..Verdict::default() };
        self.in_default_session(|session, number| {
            let attempt = self.attempt(session, &verdict, number, system);
            let chosen = self.refuse(request, &verdict, Refusal::Internal, &attempt);
            self.record(Recorded::new(request, self.journal.memory(number)), verdict, chosen, &attempt)
        })
    }

    fn in_default_session(&self, work: impl FnOnce(&Session, u64) -> Plan) -> Plan {
        let number = self.journal.take_number();
        self.sessions.with(None, |name| self.new_session(name), |session| work(session, number))
    }

    /// What the gateway, the tables and the credentials say of a request.
    fn judge<'a>(&'a self, request: &Request<'a>, session: &Session, now: Timestamp) -> Verdict<'a> {
        if let Some(refused) = self.early_refusal(request) {
            return refused;
        }
        match self.contract.validate(request, self.options.strictness) {
            Ok(mut verdict) => {
                self.authenticate(request, &mut verdict, session, session.clock.shown(now));
                verdict
            }
            Err(reason) => {
                tracing::error!("a spec is broken: {reason}");
                Verdict { refusal: Some(Refusal::Internal), ..Verdict::default() }
            }
        }
    }

    /// What the gateway refuses before it looks for the operation.
    fn early_refusal(&self, request: &Request<'_>) -> Option<Verdict<'static>> {
        let limits = &self.contract.service_for_path(request.path).description.limits;
        let target = request.path.len() + request.query.map_or(0, |query| query.len() + 1);
        let headers: usize = request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let (refusal, at, limit, found) = if target > limits.target {
            (Refusal::TargetTooLong, "/path", limits.target, target)
        } else if headers > limits.headers {
            (Refusal::HeadersTooLarge, "/headers", limits.headers, headers)
        } else {
            return None;
        };
        let violation = Violation::new(at, "size", format!("at most {limit} bytes"), format!("{found} bytes"));
        Some(Verdict { refusal: Some(refusal), violations: vec![violation], ..Verdict::default() })
    }

    fn authenticate(&self, request: &Request<'_>, verdict: &mut Verdict<'_>, session: &Session, now: Timestamp) {
        let (Some(id), Some(credential)) = (verdict.operation, &verdict.credential) else { return };
        let access = &self.options.access;
        if let (Checking::Verify, Some(life), Credential::Token(token)) =
            (access.checking, self.options.token_life, credential)
            // Tokens that nobody knows must not push out the ones that live.
            && access.credentials.takes_token(token)
            && let Err(idle) = session.tokens.touch(token, now, life)
        {
            verdict.refuse(Refusal::ExpiredToken, bearer::expired(idle, life));
        }
        access.authenticate(self.contract.service_of(self.contract.operation(id)), request, verdict, now);
    }

    /// Counts the call, whatever becomes of it.
    fn attempt<'m>(
        &'m self,
        session: &'m Session,
        verdict: &Verdict<'_>,
        number: u64,
        system: Timestamp,
    ) -> Attempt<'m> {
        let operation = verdict.operation.map(|id| self.contract.operation(id));
        let dice = Dice {
            seed: self.options.seed,
            session: session.name(),
            operation: operation.map_or("", |operation| &operation.name),
            attempt: session.attempt(verdict.operation),
        };
        session.used_by(number);
        Attempt { session, number, now: session.clock.now(system), system, dice }
    }

    fn record(&self, recorded: Recorded, mut verdict: Verdict<'_>, chosen: Chosen, attempt: &Attempt<'_>) -> Plan {
        let Chosen { mut answer, delay, fault, label, warning } = chosen;
        verdict.warnings.extend(warning);
        let (fault, played) = fault.unzip();
        match fault.as_deref() {
            Some(Fault::Skew(by)) => attempt.session.clock.skew(*by),
            Some(fault) => fault.spoil(&mut answer),
            None => {}
        }
        let Attempt { session, number, now, system, dice } = *attempt;
        let violations = (!verdict.violations.is_empty())
            .then(|| HeaderValue::try_from(violation::to_header(&verdict.violations, VIOLATIONS_LIMIT)).ok())
            .flatten();
        let plan = Plan {
            delay,
            fault,
            exchange: number,
            date: session.clock.is_shifted().then(|| http_date(session.clock.shown(now))),
            operation: verdict.operation.map(|id| self.contract.operation(id).label.clone()),
            label,
            violations,
            answer,
        };
        let body = Some(&plan.answer.body).filter(|_| plan.label != EXAMPLE);
        let details = Details {
            delay,
            retry_after: retry_after(&plan.answer.headers, now, delay),
            fault: played,
            violations: verdict.violations,
            warnings: verdict.warnings,
            mismatch: verdict.mismatch,
        };
        self.journal.record(Exchange {
            number,
            time: now,
            received: system,
            session: session.kept_name(),
            operation: verdict.operation,
            attempt: dice.attempt,
            recorded: recorded.with_answer(plan.label.as_bytes(), body),
            status: plan.answer.status.as_u16(),
            refusal: verdict.refusal,
            details: details.kept(),
        });
        plan
    }
}
