//! Templates in answers, held to the contract: what they speak of exists, and what they make of a call is an answer.

use std::{collections::BTreeMap, ops::Range, rc::Rc, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Dice,
    compile::Compiler,
    template::{Broken, Failure, Mistake, Reference, Rehearsal, Scene, Spoken, Step, Template},
};
use crate::{
    contract::{
        Call, Operation, OperationId,
        json::Json,
        operation::{Member, Response, SampleRequest, Table},
    },
    diagnostic::did_you_mean,
    document::{Content, Node},
};

/// The time of a rehearsal, in milliseconds: 2026-01-02T03:04:05.678Z.
const REHEARSAL: i64 = 1_767_323_045_678;

/// Whether a part of a scenario has templates in it.
pub(super) fn has_template(node: &Node) -> bool {
    match &node.content {
        Content::Text(text) => Template::is_in(text),
        Content::Sequence(items) => items.iter().any(has_template),
        Content::Mapping(entries) => {
            entries.iter().any(|(key, value)| key.name == "$for" || Template::is_in(&key.name) || has_template(value))
        }
        _ => false,
    }
}

impl Compiler<'_> {
    /// A compiled template that speaks of what there is; else its mistakes at their places in the node.
    pub(super) fn template(
        &mut self,
        compiled: Result<Template, Broken>,
        node: &Node,
        operations: &[OperationId],
    ) -> Option<Arc<Template>> {
        let (template, mistakes, broken) = match compiled {
            Ok(template) => (Some(Arc::new(template)), Vec::new(), Spoken::default()),
            Err(Broken { mistakes, spoken }) => (None, mistakes, spoken),
        };
        for Mistake { at, key, part, message, label, help } in mistakes {
            let span = self.place_of(node, &at, key, &part);
            self.error_with_help(&span, message, label, help);
        }
        let spoken = template.as_ref().map_or(&broken, |template| &template.spoken);
        let names = self.names(spoken, node, operations);
        let codes = self.codes(spoken, node, operations);
        template.filter(|_| names && codes)
    }

    /// Where a part of a template stands in the file.
    fn place_of(&self, node: &Node, at: &str, key: bool, part: &str) -> Range<usize> {
        let span = node.locate(at, key);
        let text = self.source.text.get(span.clone()).unwrap_or_default();
        // With escapes in it a text is not found as it was read; then all of it is shown.
        match text.find(part) {
            Some(start) if !part.is_empty() => span.start + start..span.start + start + part.len(),
            _ => span,
        }
    }

    /// Fields of the request that a template speaks of are in the table of one of the operations.
    fn names(&mut self, spoken: &Spoken, node: &Node, operations: &[OperationId]) -> bool {
        let in_request = |reference: &&Reference| {
            matches!(reference.path.as_slice(), [Step::Member(request), Step::Member(part), ..]
                if **request == *"request" && !matches!(&**part, "method" | "operation"))
        };
        let references: Vec<&Reference> = spoken.names.iter().filter(in_request).collect();
        if references.is_empty() {
            return true;
        }
        let mut fine = true;
        let tables: Vec<_> = operations.iter().filter_map(|id| self.table(*id)).collect();
        for reference in references {
            let unknown: Option<Vec<Unknown>> =
                tables.iter().map(|table| unknown(table, &reference.path[1..])).collect();
            // One table that has it is enough.
            let Some(unknown) = unknown.filter(|unknown| !unknown.is_empty()) else { continue };
            let names = unknown.iter().flat_map(|unknown| &unknown.candidates).map(String::as_str);
            let help = did_you_mean(&unknown[0].name, names).map(|close| format!("did you mean `{close}`?"));
            let message = format!("the contract has no field `{}` here", unknown[0].name);
            let span = self.place_of(node, &reference.at, false, &reference.written);
            self.error_with_help(&span, message, "no such field", help);
            fine = false;
        }
        fine
    }

    /// Codes that a template asks messages for are in the catalogue of each service.
    fn codes(&mut self, spoken: &Spoken, node: &Node, operations: &[OperationId]) -> bool {
        let mut services: Vec<usize> = operations.iter().map(|id| self.contract.operation(*id).service).collect();
        services.sort_unstable();
        services.dedup();
        let mut fine = true;
        for reference in &spoken.codes {
            let code = reference.written.as_str();
            let mut services = services.iter().map(|service| &self.contract.services()[*service]);
            let Some(service) = services.find(|service| service.catalogue.find(code, None).is_none()) else { continue };
            let close = service.catalogue.suggest(code).map(|close| format!("did you mean `{close}`?"));
            let help = close.unwrap_or_else(|| "`understudy errors` lists them all".to_owned());
            let message = format!("the catalogue of `{}` has no error `{code}`", service.description.service);
            let span = self.place_of(node, &reference.at, false, code);
            self.error_with_help(&span, message, "no such error", Some(help));
            fine = false;
        }
        fine
    }

    /// Renders a template for a large and for a small call of an operation, and says whether all was well. What fails or breaks
    /// the contract deserves a warning, because other calls may go well; what is written out and breaks it is an error.
    pub(super) fn rehearse(
        &mut self,
        template: &Template,
        node: &Node,
        id: OperationId,
        documented: Option<&Documented>,
    ) -> bool {
        // What the states will be is not known here.
        let state = Step::Member("state".into());
        let stateless = template.spoken.names.iter().all(|name| name.path.first() != Some(&state));
        let Some(table) = self.table(id) else { return true };
        let operation = self.contract.operation(id);
        let samples = [
            ("with everything that the table lists", table.fullest_request()),
            ("with nothing but what is mandatory", table.smallest_request()),
        ];
        // After the first trouble more of the same would not help.
        samples.into_iter().all(|(what, sample)| match (self.render(template, operation, &sample), documented) {
            (Ok(rehearsal), Some(documented)) => {
                self.holds(documented, &rehearsal, node, operation, stateless.then_some(what))
            }
            (Ok(_), None) => true,
            (Err(failure), _) => {
                if stateless {
                    let message = format!("the template fails for a call of `{}` {what}", operation.name);
                    self.warning(&node.locate(&failure.at, false), message, failure.reason);
                }
                false
            }
        })
    }

    fn render(&self, template: &Template, operation: &Operation, sample: &SampleRequest) -> Result<Rehearsal, Failure> {
        let json = |part: &Option<Value>| part.clone().unwrap_or_default();
        let parts = [&sample.path, &sample.query, &sample.headers, &sample.body, &sample.params].map(json);
        let [path, query, headers, body, params] = parts.each_ref().map(Json::from);
        let call = Call { path, query, headers, body, params };
        let service = self.contract.service_of(operation);
        template.rehearse(&Scene {
            call: &call,
            method: operation.method.as_str(),
            service,
            language: service.language(None),
            states: &BTreeMap::new(),
            now: Timestamp::from_millisecond(REHEARSAL).unwrap_or_default(),
            dice: Dice { seed: 0, session: "default", operation: &operation.name, attempt: 1 },
            part: "body",
        })
    }

    /// Holds a rendered value to the documented answer. `what` describes the call; without it, templates are not to blame.
    fn holds(
        &mut self,
        answer: &Documented,
        rehearsal: &Rehearsal,
        node: &Node,
        operation: &Operation,
        what: Option<&str>,
    ) -> bool {
        let Some(schema) = &answer.responses[answer.index].body else { return true };
        let value = if answer.text { Value::String(text_of(&rehearsal.value)) } else { rehearsal.value.clone() };
        let mut seen = Vec::new();
        for violation in schema.violations(&Json::from(&value), "") {
            let written = rehearsal.written(&violation.at);
            let span = node.locate(&written, false);
            // An item that repeats breaks the same rule each time.
            if seen.contains(&(span.clone(), violation.expected.clone())) {
                continue;
            }
            let at = if violation.at.is_empty() { "it" } else { &violation.at };
            let breaks = format!("{at} should be {}, and is {}", violation.expected, violation.found);
            let label = format!("expected {}", violation.expected);
            if !is_templated(node, &written) {
                let message = format!("the answer breaks the contract of `{}`: {breaks}", operation.name);
                self.error(&span, message, label);
            } else if let Some(what) = what {
                let message =
                    format!("the answer to a call {what} breaks the contract of `{}`: {breaks}", operation.name);
                self.warning(&span, message, label);
            }
            seen.push((span, violation.expected));
        }
        for warning in schema.warnings(&Json::from(&value), "") {
            let span = node.locate(&rehearsal.written(&warning.at), false);
            if seen.contains(&(span.clone(), warning.expected.clone())) {
                continue;
            }
            let message = format!("`{}` does not document {} in its answer", operation.name, warning.at);
            self.warning(&span, message, "not in the table");
            seen.push((span, warning.expected));
        }
        seen.is_empty()
    }
}

/// The documented answer that a template is held to.
pub(super) struct Documented {
    pub(super) responses: Rc<Vec<Response>>,
    pub(super) index: usize,
    /// Whether the body is sent as a text.
    pub(super) text: bool,
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A member that a table does not have.
struct Unknown {
    name: String,
    candidates: Vec<String>,
}

/// The first step of a name below `request` that a table does not know.
fn unknown(table: &Table<'_>, path: &[Step]) -> Option<Unknown> {
    let [Step::Member(part), path @ ..] = path else { return None };
    let Some(schema) = table.part(part) else {
        let parts =
            ["path", "query", "headers", "params", "body"].into_iter().filter(|part| table.part(part).is_some());
        return Some(Unknown { name: part.to_string(), candidates: parts.map(str::to_owned).collect() });
    };
    let mut schema = table.resolve(schema);
    for step in path {
        schema = match step {
            Step::Item => schema.get("items").map(|items| table.resolve(items))?,
            Step::Member(name) => match table.member(&schema, name) {
                Member::Documented(schema) => schema,
                Member::Unknown(candidates) => return Some(Unknown { name: name.to_string(), candidates }),
                Member::Anything => return None,
            },
        };
    }
    None
}

/// Whether what a pointer leads to, or what is above it, is made by a template.
fn is_templated(node: &Node, pointer: &str) -> bool {
    let mut node = node;
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        let next = match &node.content {
            Content::Mapping(_) => node.get(&segment),
            Content::Sequence(items) => segment.parse().ok().and_then(|index: usize| items.get(index)),
            _ => None,
        };
        let Some(next) = next else { break };
        node = next;
    }
    match &node.content {
        Content::Text(text) => Template::is_in(text),
        Content::Sequence(items) => items.iter().any(|item| item.get("$for").is_some()),
        _ => false,
    }
}
