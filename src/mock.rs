//! The product without a network: a contract, a script and a session; [`Mock::handle`] turns a request into a plan.
//!
//! Everything in here is a function of the request and of what came before it in its session. The time is handed in.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use rand::{Rng as _, SeedableRng as _, rngs::ChaCha8Rng};

use crate::{
    contract::{Answer, Contract, Operation, Refusal, Request, Service, Strictness, Verdict, Violation, violation},
    fault::{Fault, Played},
    scenario::{Reply, Script, Step, Turn},
    session::{AnswerLabel, DEFAULT, Exchange, Journal, Recorded, Redaction, Session},
};

/// The header `X-Understudy-Violations` takes at most this many bytes; the journal has the rest.
const VIOLATIONS_LIMIT: usize = 4096;

/// How a stand-in behaves beyond its contract and script.
#[derive(Debug, Clone)]
pub struct Options {
    /// How the tables are read.
    pub strictness: Strictness,
    /// Where randomness starts: the request ids of the gateway's errors.
    pub seed: u64,
    /// Bytes that the journal keeps.
    pub journal_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { strictness: Strictness::default(), seed: 0, journal_bytes: 64 << 20 }
    }
}

/// A stand-in.
///
/// ```
/// use http::{HeaderMap, Method, Version};
/// use understudy::{
///     contract::{Payload, Request, SpecFiles},
///     mock::{Mock, Options},
/// };
///
/// let contract = SpecFiles::embedded().load().unwrap();
/// let mock = Mock::new(contract, Vec::new(), Options::default());
/// let plan = mock.handle(
///     &Request {
///         version: Version::HTTP_11,
///         method: &Method::GET,
///         path: "/koodrive/teapot",
///         query: None,
///         authority: None,
///         headers: &HeaderMap::new(),
///         body: Payload::Whole(b""),
///     },
///     jiff::Timestamp::UNIX_EPOCH,
/// );
/// assert_eq!(plan.answer.status, 404);
/// ```
pub struct Mock {
    contract: Arc<Contract>,
    script: Script,
    session: Session,
    journal: Journal,
    redaction: Redaction,
    options: Options,
}

/// What the server should do for one request.
#[derive(Debug)]
pub struct Plan {
    /// The answer.
    pub answer: Answer,
    /// How long to wait before it.
    pub delay: Option<Duration>,
    /// What spoils it on the wire. What a fault changes in the answer itself is done already.
    pub fault: Option<Arc<Fault>>,
    /// Number in the journal.
    pub exchange: u64,
    /// `X-Understudy-Operation`.
    pub operation: Option<HeaderValue>,
    /// `X-Understudy-Answer`.
    pub label: AnswerLabel,
    /// `X-Understudy-Violations`.
    pub violations: Option<HeaderValue>,
}

/// An answer and where it came from.
struct Chosen {
    answer: Answer,
    delay: Option<Duration>,
    fault: Option<(Arc<Fault>, Played)>,
    label: HeaderValue,
}

impl Mock {
    /// A stand-in for the services of a contract that plays these scenarios.
    pub fn new(contract: Contract, scenarios: Vec<crate::scenario::Scenario>, options: Options) -> Self {
        let script = Script::new(scenarios, &contract);
        let secrets = contract.services().iter().flat_map(|service| &service.description.secrets);
        Self {
            redaction: Redaction::new(secrets.map(String::as_str)),
            session: Session::new(DEFAULT, &script),
            journal: Journal::new(options.journal_bytes),
            contract: Arc::new(contract),
            script,
            options,
        }
    }

    /// The contract.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The script.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// The journal.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// What is never shown.
    pub fn redaction(&self) -> &Redaction {
        &self.redaction
    }

    /// Judges a request, takes its turn in the script, writes the journal, and says what to answer.
    pub fn handle(&self, request: &Request<'_>, now: Timestamp) -> Plan {
        let number = self.journal.take_number();
        let verdict = match self.early_refusal(request) {
            Some(verdict) => Ok(verdict),
            None => self.contract.validate(request, self.options.strictness),
        };
        let (verdict, chosen) = match verdict {
            Ok(verdict) => {
                let chosen = self.choose(request, &verdict, number);
                (verdict, chosen)
            }
            Err(reason) => {
                tracing::error!("a spec is broken: {reason}");
                let refused = Verdict { refusal: Some(Refusal::Internal), ..Verdict::default() };
                let chosen = self.refuse(request, &refused, Refusal::Internal, number);
                (refused, chosen)
            }
        };
        self.record(Recorded::new(request, self.journal.memory(number)), verdict, chosen, number, now)
    }

    /// Answers bytes that never became a request, and notes them down.
    pub fn handle_unreadable(&self, bytes: &[u8], refusal: Refusal, reason: &str, now: Timestamp) -> Plan {
        let number = self.journal.take_number();
        let verdict = Verdict {
            refusal: Some(refusal),
            violations: vec![Violation::new("", "http", "an HTTP request", reason)],
            ..Verdict::default()
        };
        // The first line may still tell which service was meant.
        let path = bytes.split(|byte| *byte == b' ').nth(1).and_then(|path| std::str::from_utf8(path).ok());
        let service = self.contract.service_for_path(path.unwrap_or_default());
        let chosen = self.refusal_of(service, refusal, None, number);
        self.record(Recorded::unreadable(bytes), verdict, chosen, number, now)
    }

    /// Answers a request whose handling failed: the failure is the stand-in's own, and one request's alone.
    pub fn handle_failure(&self, request: &Request<'_>, now: Timestamp) -> Plan {
        let number = self.journal.take_number();
        let verdict = Verdict { refusal: Some(Refusal::Internal), ..Verdict::default() };
        let chosen = self.refuse(request, &verdict, Refusal::Internal, number);
        self.record(Recorded::new(request, self.journal.memory(number)), verdict, chosen, number, now)
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

    fn choose(&self, request: &Request<'_>, verdict: &Verdict<'_>, number: u64) -> Chosen {
        if let Some(refusal) = verdict.refusal {
            return self.refuse(request, verdict, refusal, number);
        }
        let Some(id) = verdict.operation else {
            return self.refuse(request, verdict, Refusal::Internal, number);
        };
        let operation = self.contract.operation(id);
        match self.script.turn(&self.session.positions, id, &verdict.call) {
            Some(Turn::Answer(step)) => self.play(request, operation, step, number),
            Some(Turn::Over(scenario, rule)) => {
                let mut chosen = self.refuse(request, verdict, Refusal::Internal, number);
                let label = format!("scenario:{}#{}/over", scenario.name, rule + 1);
                chosen.label = HeaderValue::try_from(label).unwrap_or(chosen.label);
                chosen
            }
            None => Chosen {
                answer: self.example(operation),
                delay: None,
                fault: None,
                label: HeaderValue::from_static("example"),
            },
        }
    }

    fn play(&self, request: &Request<'_>, operation: &Operation, step: &Step, number: u64) -> Chosen {
        let mut answer = match &step.reply {
            Reply::Example => self.example(operation),
            Reply::Error { code, status } => {
                let service = self.contract.service_of(operation);
                let language = service.language(asked_language(service, request));
                match service.catalogue.find(code, *status) {
                    Some(entry) => service.error(entry, language, &self.request_id(number)),
                    None => service.refuse(Refusal::Internal, language, &self.request_id(number)),
                }
            }
            Reply::Made(answers) => answers
                .iter()
                .find(|(id, _)| *id == operation.id)
                .map_or_else(|| self.example(operation), |(_, answer)| answer.clone()),
        };
        answer.headers.extend_from_slice(&step.headers);
        let fault = step.fault.as_ref().map(|fault| (Arc::clone(fault), fault.played(request.version)));
        Chosen { answer, delay: step.delay, fault, label: step.label.clone() }
    }

    fn example(&self, operation: &Operation) -> Answer {
        match operation.compiled(self.contract.service_of(operation)) {
            Ok(compiled) => compiled.example.clone(),
            Err(_) => Answer { status: StatusCode::OK, headers: Vec::new(), body: Bytes::new() },
        }
    }

    fn refuse(&self, request: &Request<'_>, verdict: &Verdict<'_>, refusal: Refusal, number: u64) -> Chosen {
        let service = match verdict.operation {
            Some(id) => self.contract.service_of(self.contract.operation(id)),
            None => self.contract.service_for_path(request.path),
        };
        self.refusal_of(service, refusal, asked_language(service, request), number)
    }

    fn refusal_of(&self, service: &Service, refusal: Refusal, language: Option<&str>, number: u64) -> Chosen {
        Chosen {
            answer: service.refuse(refusal, service.language(language), &self.request_id(number)),
            delay: None,
            fault: None,
            label: HeaderValue::from_static("refusal"),
        }
    }

    /// The gateway's request id: 32 hex digits, the same for the same seed and number.
    fn request_id(&self, number: u64) -> String {
        let mut random = ChaCha8Rng::seed_from_u64(self.options.seed);
        random.set_stream(number);
        format!("{:016x}{:016x}", random.next_u64(), random.next_u64())
    }

    fn record(&self, request: Recorded, verdict: Verdict<'_>, chosen: Chosen, number: u64, now: Timestamp) -> Plan {
        let Chosen { mut answer, delay, fault, label } = chosen;
        let (fault, played) = fault.unzip();
        if let Some(fault) = &fault {
            fault.spoil(&mut answer, now);
        }
        let violations = (!verdict.violations.is_empty())
            .then(|| HeaderValue::try_from(violation::to_header(&verdict.violations, VIOLATIONS_LIMIT)).ok())
            .flatten();
        let plan = Plan {
            delay,
            fault,
            exchange: number,
            operation: verdict.operation.map(|id| self.contract.operation(id).label.clone()),
            label: AnswerLabel(label.clone()),
            violations,
            answer,
        };
        self.journal.record(Exchange {
            number,
            time: now,
            session: self.session.name.clone(),
            operation: verdict.operation,
            request,
            status: plan.answer.status.as_u16(),
            body: plan.answer.body.clone(),
            answer: AnswerLabel(label),
            delay,
            fault: played,
            refusal: verdict.refusal,
            violations: verdict.violations,
            warnings: verdict.warnings,
        });
        plan
    }
}

fn asked_language<'r>(service: &Service, request: &Request<'r>) -> Option<&'r str> {
    let language = service.description.language.as_ref()?;
    request.headers.get(language.header.as_str())?.to_str().ok()
}
