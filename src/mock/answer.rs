//! Which answer a call gets: a refusal, the script's, or the documented example.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use rand::Rng as _;
use serde_json::Value;

use super::{Mock, handle::Attempt};
use crate::{
    contract::{Answer, Operation, Refusal, Request, Service, Verdict, auth::bearer},
    scenario::{Circumstances, Reply, Step, Turn},
};

/// An answer and where it came from.
pub(super) struct Chosen {
    pub(super) answer: Answer,
    pub(super) delay: Option<Duration>,
    pub(super) label: HeaderValue,
}

impl Mock {
    pub(super) fn choose(&self, request: &Request<'_>, verdict: &Verdict<'_>, attempt: &Attempt<'_>) -> Chosen {
        if let Some(refusal) = verdict.refusal {
            return self.refuse(request, verdict, refusal, attempt);
        }
        let Some(id) = verdict.operation else {
            return self.refuse(request, verdict, Refusal::Internal, attempt);
        };
        let operation = self.contract.operation(id);
        let progress = attempt.session.progress.load();
        let circumstances = Circumstances { operation: id, call: &verdict.call, now: attempt.now, dice: attempt.dice };
        let chosen = match progress.script.turn(&progress, || attempt.session.states(), circumstances) {
            Some(Turn::Answer(step)) => self.play(request, operation, step, attempt),
            Some(Turn::Throttled(rule, wait)) => {
                let mut chosen = self.refuse(request, verdict, Refusal::Throttled, attempt);
                // Whole seconds, and never too early.
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                chosen.answer.headers.push((header::RETRY_AFTER, HeaderValue::from(seconds.max(1))));
                chosen.relabelled(&rule.label, "limit")
            }
            Some(Turn::Over(rule)) => {
                self.refuse(request, verdict, Refusal::Internal, attempt).relabelled(&rule.label, "over")
            }
            None => Chosen { answer: self.example(operation), delay: None, label: HeaderValue::from_static("example") },
        };
        if let Some(pointer) = operation.issues_token.as_deref().filter(|_| chosen.answer.status.is_success()) {
            issue(attempt, &chosen.answer, pointer);
        }
        chosen
    }

    fn play(&self, request: &Request<'_>, operation: &Operation, step: &Step, attempt: &Attempt<'_>) -> Chosen {
        let mut answer = match &step.reply {
            Reply::Example => self.example(operation),
            Reply::Error { code, status } => {
                let service = self.contract.service_of(operation);
                let language = service.language(asked_language(service, request));
                match service.catalogue.find(code, *status) {
                    Some(entry) => service.error(entry, language, &request_id(attempt)),
                    None => service.refuse(Refusal::Internal, language, &request_id(attempt)),
                }
            }
            Reply::Made(answers) => answers
                .iter()
                .find(|(id, _)| *id == operation.id)
                .map_or_else(|| self.example(operation), |(_, answer)| answer.clone()),
        };
        answer.headers.extend_from_slice(&step.headers);
        let label = step.label.to_str().unwrap_or_default();
        let delay = step.delay.as_ref().map(|delay| delay.sample(|| attempt.dice.stream(label)));
        Chosen { answer, delay, label: step.label.clone() }
    }

    fn example(&self, operation: &Operation) -> Answer {
        match operation.compiled(self.contract.service_of(operation)) {
            Ok(compiled) => compiled.example.clone(),
            Err(_) => Answer { status: StatusCode::OK, headers: Vec::new(), body: Bytes::new() },
        }
    }

    pub(super) fn refuse(
        &self,
        request: &Request<'_>,
        verdict: &Verdict<'_>,
        refusal: Refusal,
        attempt: &Attempt<'_>,
    ) -> Chosen {
        let service = match verdict.operation {
            Some(id) => self.contract.service_of(self.contract.operation(id)),
            None => self.contract.service_for_path(request.path),
        };
        self.refusal_of(service, refusal, asked_language(service, request), attempt)
    }

    pub(super) fn refusal_of(
        &self,
        service: &Service,
        refusal: Refusal,
        language: Option<&str>,
        attempt: &Attempt<'_>,
    ) -> Chosen {
        Chosen {
            answer: service.refuse(refusal, service.language(language), &request_id(attempt)),
            delay: None,
            label: HeaderValue::from_static("refusal"),
        }
    }
}

impl Chosen {
    fn relabelled(self, rule: &str, end: &str) -> Self {
        let label = HeaderValue::try_from(format!("{rule}/{end}")).unwrap_or(self.label);
        Self { label, ..self }
    }
}

/// The gateway's request id: 32 hex digits, the same for the same attempt.
fn request_id(attempt: &Attempt<'_>) -> String {
    let mut random = attempt.dice.stream("request id");
    format!("{:016x}{:016x}", random.next_u64(), random.next_u64())
}

/// A token that an answer hands out lives from now on, even if it was dead before.
fn issue(attempt: &Attempt<'_>, answer: &Answer, pointer: &str) {
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    if let Some(token) = body.as_ref().and_then(|body| body.pointer(pointer)?.as_str()) {
        let session = attempt.session;
        session.tokens.issue(bearer::token(token).unwrap_or(token), session.clock.shown(attempt.now));
    }
}

fn asked_language<'r>(service: &Service, request: &Request<'r>) -> Option<&'r str> {
    let language = service.description.language.as_ref()?;
    request.headers.get(language.header.as_str())?.to_str().ok()
}
