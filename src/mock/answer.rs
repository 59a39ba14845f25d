//! Which answer a call gets: a refusal, the script's, or the documented example.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use rand::Rng as _;
use serde_json::Value;

use super::{
    Mock,
    attempt::Attempt,
    world::{self, Said},
};
use crate::{
    contract::{
        self, Accepted, Answer, Judgement, Operation, OperationId, Refusal, Refused, Request, Service, Unrouted,
        Violation, auth::bearer, operation::ExampleSource,
    },
    fault::{self, Fault},
    scenario::{
        Base, MatchContext, Reply, Rule, StateName, States, Step, StepRef, Turn, patched_body, put_headers,
        template::{Failure, Paths, Template, TemplateContext},
    },
    session::Origin,
    world::{Effect, Seen, Took},
};

/// An answer and where it came from.
pub(super) struct Chosen<'s> {
    pub(super) answer: Answer,
    pub(super) delay: Option<Duration>,
    /// The fault that is injected, and what it becomes.
    pub(super) fault: Option<(Arc<Fault>, fault::Played)>,
    pub(super) origin: Origin,
    /// The name of the scenario, if the answer came from one.
    pub(super) scenario: &'s str,
    /// The same for the client.
    pub(super) label: HeaderValue,
    /// What went wrong on the stand-in's own side.
    pub(super) warning: Option<Violation>,
    /// What the world did with the call, if the call came so far that it was decided.
    pub(super) took: Option<Took>,
    pub(super) effect: Option<Box<Effect>>,
    /// The same answer, where requests that are sent again get it, too.
    pub(super) again: Option<StepRef>,
}

impl Mock {
    pub(super) fn choose<'s>(
        &self,
        request: &Request<'_>,
        judgement: &Judgement<'_>,
        attempt: &'s Attempt<'_>,
    ) -> Chosen<'s> {
        let accepted = match judgement {
            Judgement::Unrouted(Unrouted { refusal, .. }) => return self.refuse(request, None, *refusal, attempt),
            Judgement::Refused(Refused { operation, refusal, .. }) => {
                let mut chosen = self.refuse(request, Some(*operation), *refusal, attempt);
                if *refusal == Refusal::Throttled {
                    chosen.answer.headers.push((header::RETRY_AFTER, HeaderValue::from(1)));
                }
                return chosen;
            }
            Judgement::Accepted(accepted) => accepted,
        };
        let id = accepted.operation;
        let operation = self.contract.operation(id);
        let call = Taken { mock: self, request, accepted, operation, attempt };
        if let Some((rule, step)) = attempt.again.as_ref().and_then(StepRef::get) {
            // Nothing is used up, and nothing set once more.
            let states = if step.looks_at_states() { attempt.session.states().clone() } else { States::new() };
            return Chosen { again: attempt.again.clone(), ..call.play(rule, step, Ok(states)) };
        }
        let context = MatchContext { operation: id, call: &accepted.call, now: attempt.now, rng: attempt.rng };
        // Held until what the answer sets is applied, so that no call sees a state that another one is about to change.
        let mut states = attempt.progress.script.is_stateful(id).then(|| attempt.session.states());
        let ask = |expression: &Template, states: &States| {
            expression.is_true(&TemplateContext { part: "when", ..call.context(states) })
        };
        let turn = attempt.progress.turn(context, states.as_deref(), ask);
        let seen = match (&turn, &mut states) {
            (Some(Turn::Answer { step, .. }), Some(states)) => call.apply(step, states),
            _ => Ok(States::new()),
        };
        drop(states);
        let chosen = match turn {
            Some(Turn::Answer { rule, step }) => {
                let again = step.resends_same.then(|| StepRef::new(&attempt.progress.script, rule, step)).flatten();
                Chosen { again, ..call.play(rule, step, seen) }
            }
            Some(Turn::Throttled { rule, wait }) => {
                let mut chosen = self.refuse(request, Some(id), Refusal::Throttled, attempt);
                // Whole seconds, and never too early.
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                chosen.answer.headers.push((header::RETRY_AFTER, HeaderValue::from(seconds.max(1))));
                chosen.from(rule, Origin::Limited { rule: rule.number })
            }
            Some(Turn::Exhausted { rule }) => {
                let chosen = self.refuse(request, Some(id), Refusal::Internal, attempt);
                chosen.from(rule, Origin::Exhausted { rule: rule.number })
            }
            Some(Turn::Unclear { rule, failure }) => {
                let chosen = self.refuse(request, Some(id), Refusal::Internal, attempt);
                let warning = Some(warning("/when", failure));
                Chosen { warning, ..chosen.from(rule, Origin::Unclear { rule: rule.number }) }
            }
            None => match &self.stage {
                Some(stage) => call.staged(stage),
                None => self.documented(operation),
            },
        };
        if let Some(pointer) = operation.issues_token.as_deref().filter(|_| chosen.answer.status.is_success()) {
            issue(attempt, &chosen.answer, pointer);
        }
        chosen
    }

    /// The documented example, or what stands in for it.
    pub(super) fn documented(&self, operation: &Operation) -> Chosen<'static> {
        let (answer, source) = self.example(operation);
        Chosen::new(answer, Origin::Example(source), HeaderValue::from_static(source.label()))
    }

    fn example(&self, operation: &Operation) -> (Answer, ExampleSource) {
        match operation.compiled(self.contract.service_of(operation)) {
            Ok(compiled) => (compiled.example.clone(), compiled.example_source),
            Err(_) => (Answer { status: StatusCode::OK, headers: Vec::new(), body: Bytes::new() }, ExampleSource::Made),
        }
    }

    pub(super) fn refuse(
        &self,
        request: &Request<'_>,
        operation: Option<OperationId>,
        refusal: Refusal,
        attempt: &Attempt<'_>,
    ) -> Chosen<'static> {
        let service = match operation {
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
    ) -> Chosen<'static> {
        let answer = service.refuse(refusal, service.language(language), &request_id(attempt));
        Chosen::new(answer, Origin::Refusal, HeaderValue::from_static("refusal"))
    }
}

impl<'s> Chosen<'s> {
    pub(super) fn new(answer: Answer, origin: Origin, label: HeaderValue) -> Self {
        Self {
            answer,
            delay: None,
            fault: None,
            origin,
            scenario: "",
            label,
            warning: None,
            took: None,
            effect: None,
            again: None,
        }
    }

    /// The same answer, as what a rule says without one of its own.
    fn from(self, rule: &'s Rule, origin: Origin) -> Self {
        let label = HeaderValue::try_from(&*origin.label(&rule.scenario, None)).unwrap_or(self.label);
        Self { origin, scenario: &rule.scenario, label, ..self }
    }
}

/// A call that keeps the contract, for whatever answers it: the script, the world, the documented example.
pub(super) struct Taken<'p> {
    pub(super) mock: &'p Mock,
    pub(super) request: &'p Request<'p>,
    pub(super) accepted: &'p Accepted<'p>,
    pub(super) operation: &'p Operation,
    pub(super) attempt: &'p Attempt<'p>,
}

impl Taken<'_> {
    /// What templates see of the call.
    fn context<'s>(&'s self, states: &'s States) -> TemplateContext<'s> {
        let service = self.mock.contract.service_of(self.operation);
        TemplateContext {
            call: &self.accepted.call,
            method: self.request.method.as_str(),
            service,
            language: service.language(asked_language(service, self.request)),
            states,
            now: self.attempt.now,
            rng: self.attempt.rng,
            world: match &self.mock.stage {
                Some(stage) => Paths::Seen(Seen { stage, store: self.attempt.session.world.get() }),
                None => Paths::Nowhere,
            },
            part: "body",
        }
    }

    /// Applies what the answer sets. What the answer itself will see of the states is returned.
    fn apply(&self, step: &Step, states: &mut States) -> Result<States, Failure> {
        for (name, setting) in &step.set {
            let (part, place) = match name {
                StateName::Fixed(name) => (name.as_str(), format!("/set/{name}")),
                StateName::Templated(_) => ("set", "/set".to_owned()),
            };
            let failed = |failure: Failure| failure.below(&place);
            let value = setting.value(&TemplateContext { part, ..self.context(states) }).map_err(failed)?;
            let seen = match name {
                // A name that depends on the call may depend on the states.
                StateName::Templated(template) if template.looks_at_states() => states.clone(),
                _ => States::new(),
            };
            name.set(value, states, &TemplateContext { part, ..self.context(&seen) }).map_err(failed)?;
        }
        Ok(if step.looks_at_states() { states.clone() } else { States::new() })
    }

    /// The answer of a step. A template that fails for the call is the stand-in's own failure, and the journal says why.
    fn play<'s>(&self, rule: &'s Rule, step: &Step, states: Result<States, Failure>) -> Chosen<'s> {
        let Said { answer, warning, took, effect } = match states.and_then(|states| self.answer(step, &states)) {
            Ok(said) => said,
            Err(failure) => Said { warning: Some(warning("/answer", failure)), ..Said::untouched(None) },
        };
        let internal = || self.mock.refuse(self.request, Some(self.operation.id), Refusal::Internal, self.attempt);
        let answer = answer.unwrap_or_else(|| internal().answer);
        let label = step.label.to_str().unwrap_or_default();
        let delay = step.delay.as_ref().map(|delay| delay.sample(|| self.attempt.rng.stream(label)));
        let fault = step.fault.as_ref().map(|fault| (Arc::clone(fault), fault.played(self.request.version)));
        let origin = Origin::Step { rule: rule.number, answer: step.number };
        Chosen {
            answer,
            delay,
            fault,
            origin,
            scenario: &rule.scenario,
            label: step.label.clone(),
            warning,
            took: self.mock.stage.is_some().then_some(took),
            effect,
            again: None,
        }
    }

    /// The answer of a step, and what the world did with the call. What may fail is made before the world is asked: a call that gets an
    /// internal error changes nothing.
    fn answer(&self, step: &Step, states: &States) -> Result<Said, Failure> {
        let Reply { base, patch } = &step.reply;
        let headers = step.headers_for(|| self.context(states))?;
        let mut said = match &self.mock.stage {
            Some(stage) if base.is_of_world() && step.calls_world() => {
                let changes = patch.as_ref().map(|patch| patch.changes(|| self.context(states))).transpose()?;
                let mut said = self.ask(stage);
                let answer = said.answer.get_or_insert_with(|| self.mock.example(self.operation).0);
                if let Some(changes) = changes {
                    answer.body = patched_body(&answer.body, &changes);
                }
                said
            }
            stage => {
                let base = if base.is_of_world() { &Base::Example } else { base };
                let answer = match patch {
                    None => self.base(base, states)?,
                    Some(patch) => {
                        let kept = base.is_static().then_some(self.operation.id);
                        patch.apply(|| self.base(base, states), kept, || self.context(states))?
                    }
                };
                match stage {
                    Some(stage) if step.calls_world() => {
                        let said = self.ask(stage);
                        let warning = if said.answer.is_some() { said.warning } else { Some(self.not_committed()) };
                        Said { answer: Some(answer), warning, ..said }
                    }
                    Some(_) => Said::untouched(Some(answer)),
                    None => Said { warning: no_world(step), ..Said::untouched(Some(answer)) },
                }
            }
        };
        if let Some(answer) = &mut said.answer {
            put_headers(&mut answer.headers, headers);
        }
        Ok(said)
    }

    fn not_committed(&self) -> Violation {
        let found = format!("{}: nothing is committed", self.operation.name);
        world::warning("an operation that the world plays", found)
    }

    /// The answer of an error of the catalogue.
    fn error(&self, code: &str, status: Option<u16>) -> Answer {
        let service = self.mock.contract.service_of(self.operation);
        let language = service.language(asked_language(service, self.request));
        match service.catalogue.find(code, status) {
            Some(entry) => service.error(entry, language, &request_id(self.attempt)),
            None => service.refuse(Refusal::Internal, language, &request_id(self.attempt)),
        }
    }

    /// The answer before anything in it is patched.
    fn base(&self, base: &Base, states: &States) -> Result<Answer, Failure> {
        let service = self.mock.contract.service_of(self.operation);
        Ok(match base {
            Base::Example | Base::World | Base::Usual => self.mock.example(self.operation).0,
            Base::Documented(status) => {
                let language = service.language(asked_language(service, self.request));
                service.answer_with(self.operation, *status, language, || request_id(self.attempt))
            }
            Base::Error { code, status } => self.error(code, *status),
            Base::TemplatedError { code, status } => {
                let failed = |failure: Failure| failure.below("/error");
                let context = TemplateContext { part: "error", ..self.context(states) };
                let code = code.render_text(&context).map_err(failed)?;
                let code = String::from_utf8_lossy(&code);
                service.catalogue.one_of(code.trim(), *status).map_err(|reason| failed(Failure::new(reason)))?;
                self.error(code.trim(), *status)
            }
            Base::Fixed(answer) => Answer::clone(answer),
            Base::Templated(answer) => answer.render(&self.context(states))?,
        })
    }
}

/// What the journal says of an answer that asks for a world where there is none.
fn no_world(step: &Step) -> Option<Violation> {
    let expected = match (&step.reply.base, step.after_commit) {
        (Base::World, _) => "a world that answers",
        (_, true) => "a world that takes the call",
        _ => return None,
    };
    Some(world::warning(expected, "no world: `--world` gives the stand-in one".to_owned()))
}

/// What the journal says of a template that failed.
fn warning(place: &str, Failure { at, reason }: Failure) -> Violation {
    Violation::new(format!("{place}{at}"), contract::Rule::Template, "a template that renders", reason)
}

/// The gateway's request id: 32 hex digits, the same for the same attempt.
pub(super) fn request_id(attempt: &Attempt<'_>) -> String {
    let mut random = attempt.rng.stream("request id");
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

pub(super) fn asked_language<'r>(service: &Service, request: &Request<'r>) -> Option<&'r str> {
    let language = service.description.language.as_ref()?;
    request.headers.get(language.header.as_str())?.to_str().ok()
}
