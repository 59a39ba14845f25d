//! A fault and the answer that it is injected into, held together: whether the one makes sense for the other.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, header};
use serde::de::IgnoredAny;

use super::{Compiler, findings::Finding};
use crate::{
    contract::{Answer, OperationId, json::Json},
    document::{Node, Written},
    fault::{Drift, Fault, Share},
    scenario::{Base, Operations, Reply, Step},
};

/// The answers of some operations, as far as they are known before a call.
type Answers = Vec<(OperationId, Answer)>;

impl Compiler<'_> {
    /// Gives an answer its fault, and holds the two together. `entry` is the answer as it is written.
    pub(super) fn inject(&mut self, step: &mut Step, fault: Fault, entry: &Node, operations: &Operations) {
        let place = Place::of(entry);
        self.tell(hidden(&fault, entry), entry);
        if matches!(fault, Fault::Truncate(Share::WHOLE)) {
            self.tell([place.warning("`truncate: 100%` leaves nothing out", "the whole body is sent")], entry);
        }
        if fault.needs_body() || matches!(fault, Fault::Drift(_) | Fault::DuplicateHeader(_)) {
            self.hold(format!("fault {}", entry.to_json()), entry, operations, |this, ids| {
                let answers = this.answers_of(&step.reply, ids);
                let mut findings = Vec::new();
                match &fault {
                    Fault::DuplicateHeader(name) => this.check_header(name, step, &answers, &place, &mut findings),
                    Fault::Drift(drift) => {
                        let all = ids.len() == operations.len();
                        this.check_drift(drift, &answers, all, entry, &place, &mut findings);
                    }
                    Fault::BadJson => findings.extend(this.not_json(&answers, &place)),
                    _ => {}
                }
                findings.extend(this.no_body(&fault, &answers, &place));
                findings
            });
        }
        let label = [step.label.as_bytes(), b"!", fault.name().as_bytes()].concat();
        if let Ok(label) = HeaderValue::try_from(label) {
            step.label = label;
        }
        step.fault = Some(Arc::new(fault));
    }

    fn not_json(&self, answers: &Answers, place: &Place) -> Option<Finding> {
        let (id, _) = answers.iter().find(|(_, answer)| is_text(answer))?;
        let name = &self.contract.operation(*id).name;
        Some(place.warning(format!("the answer of `{name}` is not JSON without the fault either"), "nothing to break"))
    }

    fn no_body(&self, fault: &Fault, answers: &Answers, place: &Place) -> Option<Finding> {
        let (id, _) = self.bare(answers).filter(|_| fault.needs_body())?;
        let message = format!("the answer of `{}` has no body", self.contract.operation(*id).name);
        Some(place.warning(message, format!("`{}` has little to do", fault.name())))
    }

    /// The first answer without a body. Whoever means every operation knows that some have none.
    fn bare<'a>(&self, answers: &'a Answers) -> Option<&'a (OperationId, Answer)> {
        let means_all = answers.len() == self.contract.operations().len();
        let is_fine = means_all && answers.iter().any(|(_, answer)| !answer.body.is_empty());
        answers.iter().find(|(_, answer)| answer.body.is_empty()).filter(|_| !is_fine)
    }

    fn check_header(
        &mut self,
        name: &HeaderName,
        step: &Step,
        answers: &Answers,
        place: &Place,
        findings: &mut Vec<Finding>,
    ) {
        let always = matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH | header::DATE)
            || name.as_str().starts_with("x-understudy-");
        let scripted = step.headers.iter().any(|(known, _)| known == name);
        let made = answers.iter().any(|(_, answer)| answer.headers.iter().any(|(known, _)| known == name));
        if !(always || scripted || made) {
            let message = format!("the answer has no header `{name}`");
            let help = format!("give it one: `headers: {{ {name}: ... }}`");
            findings.push(place.error(message, "not there to stand twice").help(help));
        }
        if *name == header::CONTENT_TYPE
            && !scripted
            && let Some((id, _)) = self.bare(answers)
        {
            let message = format!("the answer of `{}` has no body, and so no type", self.contract.operation(*id).name);
            findings.push(place.warning(message, "nothing stands twice"));
        }
    }

    /// Every place has to be there. What becomes `null` or of another type has to break the table; what is dropped need not, since the
    /// vendor's tables call no member of an answer mandatory. `all` says that these are the answers of all operations.
    fn check_drift(
        &mut self,
        drift: &Drift,
        answers: &Answers,
        all: bool,
        entry: &Node,
        place: &Place,
        findings: &mut Vec<Finding>,
    ) {
        let bodies: Vec<(OperationId, &Answer, Written)> = answers
            .iter()
            .map(|(id, answer)| (*id, answer, Written::read(&answer.body).unwrap_or(Written::Null)))
            .collect();
        let lists = entry.get("fault").and_then(|fault| fault.get("drift")).and_then(Node::as_mapping);
        for (kind, list) in lists.unwrap_or_default().iter().filter(|(kind, _)| !kind.is_extension()) {
            for (index, item) in list.as_sequence().unwrap_or_default().iter().enumerate() {
                let pointer = item.as_text().unwrap_or_default();
                let lacks = |(_, _, body): &&(OperationId, &Answer, Written)| body.pointer(pointer).is_none();
                let Some((id, _, _)) = bodies.iter().find(lacks) else { continue };
                let at = format!("/fault/drift/{}/{index}", kind.name);
                let message = format!("the answer of `{}` has no `{pointer}`", self.contract.operation(*id).name);
                findings.push(if all && bodies.iter().all(|body| lacks(&body)) {
                    Finding::error(at, message, "names nothing")
                } else {
                    Finding::warning(at, message, "nothing changes there")
                });
            }
        }
        if drift.drops() {
            return;
        }
        for (id, answer, mut body) in bodies {
            drift.apply(&mut body);
            let responses = self.documented.responses(id);
            let Some(response) = responses.iter().find(|response| response.status == answer.status) else { continue };
            if response.body.as_ref().is_some_and(|schema| schema.is_valid(&Json::from(&body))) {
                let name = &self.contract.operation(id).name;
                let message = format!("the answer of `{name}` keeps the contract in spite of its drift");
                findings.push(place.warning(message, "the table allows it"));
            }
        }
    }

    /// The answers of some operations, as far as they are known before a call.
    fn answers_of(&mut self, reply: &Reply, ids: &[OperationId]) -> Answers {
        let contract = self.contract;
        let answer = |id: &OperationId| {
            let operation = contract.operation(*id);
            let service = contract.service_of(operation);
            let base = match &reply.base {
                // The world's answers have the same members.
                Base::Example | Base::Usual => operation.compiled(service).ok()?.example.clone(),
                Base::Documented(status) => service.answer_with(operation, *status, "", String::new),
                Base::Error { code, status } => service.error(service.catalogue.find(code, *status)?, "", ""),
                Base::Fixed(answer) => Answer::clone(answer),
                Base::World | Base::Templated(_) | Base::TemplatedError { .. } => return None,
            };
            let answer = match &reply.patch {
                Some(patch) => patch.fixed(base)?,
                None => base,
            };
            Some((*id, answer))
        };
        ids.iter().filter_map(answer).collect()
    }
}

/// An answer that nobody gets need not be described.
fn hidden(fault: &Fault, entry: &Node) -> Option<Finding> {
    let described = ["error", "status", "example", "world", "body", "body_file", "headers"];
    let entries = entry.as_mapping().unwrap_or_default();
    let (key, _) = entries.iter().find(|(key, _)| fault.hides_answer() && described.contains(&key.name.as_str()))?;
    let message = format!("with `{}` nothing of the answer is sent", fault.name());
    Some(Finding::warning(format!("/{}", key.name), message, "has no effect").at_key(true))
}

/// Where a fault stands in its answer. A mapping in braces has no span of its own, so its key is shown.
struct Place {
    at: String,
    key: bool,
}

impl Place {
    fn of(entry: &Node) -> Self {
        let entries = entry.get("fault").and_then(Node::as_mapping).into_iter().flatten();
        let fault = entries.into_iter().find(|(key, _)| !key.is_extension());
        match fault {
            Some((key, _)) => Self { at: format!("/fault/{}", key.name), key: true },
            None => Self { at: "/fault".to_owned(), key: false },
        }
    }

    fn warning(&self, message: impl Into<String>, label: impl Into<String>) -> Finding {
        Finding::warning(&*self.at, message, label).at_key(self.key)
    }

    fn error(&self, message: impl Into<String>, label: impl Into<String>) -> Finding {
        Finding::error(&*self.at, message, label).at_key(self.key)
    }
}

/// A body that is no JSON to begin with.
fn is_text(answer: &Answer) -> bool {
    !answer.body.is_empty() && serde_json::from_slice::<IgnoredAny>(&answer.body).is_err()
}
