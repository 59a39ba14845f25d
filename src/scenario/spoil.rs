//! A fault and the answer that it spoils, held together: whether the one makes sense for the other.

use std::{ops::Range, sync::Arc};

use http::{HeaderName, HeaderValue, header};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{Reply, Step, compile::Compiler};
use crate::{
    contract::{Answer, OperationId, json::Json},
    document::Node,
    fault::{Drift, Fault, Share},
};

impl Compiler<'_> {
    /// Gives an answer its fault, and holds the two together. `entry` is the answer as it is written.
    pub(super) fn spoil(&mut self, step: &mut Step, fault: Fault, entry: &Node, operations: &[OperationId]) {
        let Some(node) = entry.get("fault") else { return };
        // A mapping in braces has no span of its own.
        let place = node.as_mapping().and_then(<[_]>::first).map_or(&node.span, |(key, _)| &key.span);
        self.warn_of_what_is_hidden(&fault, entry);
        let looks = fault.needs_body() || matches!(fault, Fault::Drift(_) | Fault::DuplicateHeader(_));
        let answers = if looks { self.answers_of(&step.reply, operations) } else { Vec::new() };
        match &fault {
            Fault::Truncate(Share::WHOLE) => {
                self.warning(place, "`truncate: 100%` leaves nothing out", "the whole body is sent");
            }
            Fault::DuplicateHeader(name) => self.check_header(name, step, &answers, place),
            Fault::Drift(drift) => self.check_drift(drift, &answers, node, place),
            Fault::BadJson => {
                if let Some((id, _)) = answers.iter().find(|(_, answer)| is_text(answer)) {
                    let name = &self.contract.operation(*id).name;
                    let message = format!("the answer of `{name}` is no JSON without the fault either");
                    self.warning(place, message, "nothing to break");
                }
            }
            _ => {}
        }
        if fault.needs_body()
            && let Some((id, _)) = answers.iter().find(|(_, answer)| answer.body.is_empty())
        {
            let message = format!("the answer of `{}` has no body to spoil", self.contract.operation(*id).name);
            self.warning(place, message, format!("`{}` has little to do", fault.name()));
        }
        let label = [step.label.as_bytes(), b"!", fault.name().as_bytes()].concat();
        if let Ok(label) = HeaderValue::try_from(label) {
            step.label = label;
        }
        step.fault = Some(Arc::new(fault));
    }

    /// An answer that nobody gets need not be described.
    fn warn_of_what_is_hidden(&mut self, fault: &Fault, entry: &Node) {
        let described = ["error", "status", "example", "body", "body_file", "headers"];
        let entries = entry.as_mapping().unwrap_or_default();
        if fault.hides_answer()
            && let Some((key, _)) = entries.iter().find(|(key, _)| described.contains(&key.name.as_str()))
        {
            let message = format!("with `{}` nothing of the answer is sent", fault.name());
            self.warning(&key.span, message, "has no effect");
        }
    }

    fn check_header(
        &mut self,
        name: &HeaderName,
        step: &Step,
        answers: &[(OperationId, Answer)],
        place: &Range<usize>,
    ) {
        let always = matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH | header::DATE)
            || name.as_str().starts_with("x-understudy-");
        let mut names =
            step.headers.iter().map(|(name, _)| name).chain(step.header_templates.iter().map(|(name, _)| name));
        let scripted = names.any(|known| known == name);
        let made = answers.iter().any(|(_, answer)| answer.headers.iter().any(|(known, _)| known == name));
        if !(always || scripted || made) {
            let help = Some(format!("give it one: `headers: {{ {name}: ... }}`"));
            self.error_with_help(place, format!("the answer has no header `{name}`"), "not there to stand twice", help);
        }
        if *name == header::CONTENT_TYPE
            && !scripted
            && let Some((id, _)) = answers.iter().find(|(_, answer)| answer.body.is_empty())
        {
            let message = format!("the answer of `{}` has no body, and so no type", self.contract.operation(*id).name);
            self.warning(place, message, "nothing stands twice");
        }
    }

    /// Every place has to be there. What becomes `null` or of another type has to break the table; what is dropped need not, since the
    /// vendor's tables call no member of an answer mandatory.
    fn check_drift(&mut self, drift: &Drift, answers: &[(OperationId, Answer)], node: &Node, place: &Range<usize>) {
        let bodies: Vec<(OperationId, &Answer, Value)> = answers
            .iter()
            .map(|(id, answer)| (*id, answer, serde_json::from_slice(&answer.body).unwrap_or(Value::Null)))
            .collect();
        let lists = node.get("drift").and_then(Node::as_mapping).unwrap_or_default().iter();
        for item in lists.flat_map(|(_, list)| list.as_sequence().unwrap_or_default()) {
            let pointer = item.as_text().unwrap_or_default();
            let lacks = |(_, _, body): &&(OperationId, &Answer, Value)| body.pointer(pointer).is_none();
            let Some((id, _, _)) = bodies.iter().find(lacks) else { continue };
            let message = format!("the answer of `{}` has no `{pointer}`", self.contract.operation(*id).name);
            if bodies.iter().all(|body| lacks(&body)) {
                self.error(&item.span, message, "names nothing");
            } else {
                self.warning(&item.span, message, "nothing changes there");
            }
        }
        if drift.drops() {
            return;
        }
        for (id, answer, mut body) in bodies {
            drift.apply(&mut body);
            let responses = self.responses(id);
            let Some(response) = responses.iter().find(|response| response.status == answer.status) else { continue };
            let keeps =
                response.body.as_ref().is_some_and(|schema| schema.violations(&Json::from(&body), "").is_empty());
            if keeps {
                let name = &self.contract.operation(id).name;
                let message = format!("the answer of `{name}` keeps the contract in spite of its drift");
                self.warning(place, message, "the table allows it");
            }
        }
    }

    /// The answers of the operations, as far as they are known before a call.
    fn answers_of(&mut self, reply: &Reply, operations: &[OperationId]) -> Vec<(OperationId, Answer)> {
        let contract = self.contract;
        let answer = |id: &OperationId| {
            let service = contract.service_of(contract.operation(*id));
            let answer = match reply {
                Reply::Example => contract.operation(*id).compiled(service).ok()?.example.clone(),
                Reply::Error { code, status } => service.error(service.catalogue.find(code, *status)?, "", ""),
                Reply::Made(made) => made.iter().find(|(known, _)| known == id)?.1.clone(),
                Reply::Templated(_) => return None,
            };
            Some((*id, answer))
        };
        operations.iter().filter_map(answer).collect()
    }
}

/// A body that is no JSON to begin with.
fn is_text(answer: &Answer) -> bool {
    !answer.body.is_empty() && serde_json::from_slice::<IgnoredAny>(&answer.body).is_err()
}
