//! Templates in answers, held to the contract: what they name exists, and what a dry run makes of them is an answer.

use std::{collections::BTreeMap, ops::Range, rc::Rc};

use http::{HeaderName, header};
use jiff::Timestamp;
use serde_json::Value;

use super::{Compiler, findings::Finding};
use crate::{
    contract::{
        Call, Operation, OperationId,
        json::Json,
        operation::{Response, SampleRequest},
    },
    document::{Content, Node},
    scenario::{
        Operations, RetryAfter, SeededRng,
        template::{Broken, DryRun, Failure, Mistake, PathSegment, Paths, References, Template, TemplateContext},
    },
};

/// The time of a dry run, in milliseconds: 2026-01-02T03:04:05.678Z.
const DRY_RUN_TIME: i64 = 1_767_323_045_678;
/// The calls of a dry run.
const CALLS: [&str; 2] = ["with everything that the table lists", "with nothing but what is mandatory"];
/// Parts of the request that the tables describe.
const PARTS: [&str; 5] = ["path", "query", "headers", "params", "body"];

/// The documented answer that a template is held to.
pub(super) struct DocumentedAnswer {
    pub(super) responses: Rc<[Response]>,
    pub(super) index: usize,
    /// Whether the body is sent as a text.
    pub(super) text: bool,
}

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
    /// Nothing where a template stands under a key whose values are never rendered: it would be taken for its letters.
    pub(super) fn no_template(&mut self, node: &Node, key: &str) -> Option<()> {
        match &node.content {
            Content::Text(text) if text.contains("{{") => {
                let (message, help) = match key {
                    "match" => (
                        "what is compared takes no templates".to_owned(),
                        "ask with `when: \"{{ … }}\"`; a text with braces in it is found with `$regex`",
                    ),
                    _ => (format!("`{key}` takes no templates"), "write the value out"),
                };
                self.checker.error_with_help(&node.span, message, "not rendered", Some(help.to_owned()));
                None
            }
            Content::Sequence(items) => {
                let wrong = items.iter().filter(|item| self.no_template(item, key).is_none()).count();
                (wrong == 0).then_some(())
            }
            Content::Mapping(entries) => {
                let wrong = entries.iter().filter(|(_, value)| self.no_template(value, key).is_none()).count();
                (wrong == 0).then_some(())
            }
            _ => Some(()),
        }
    }

    /// A compiled template that names only what there is; else its mistakes at their places in the node.
    pub(super) fn template(
        &mut self,
        compiled: Result<Template, Broken>,
        node: &Node,
        operations: &Operations,
    ) -> Option<Template> {
        let (template, mistakes, broken) = match compiled {
            Ok(template) => (Some(template), Vec::new(), References::default()),
            Err(Broken { mistakes, references }) => (None, mistakes, references),
        };
        for Mistake { at, key, part, message, label, help } in mistakes {
            let span = self.place_of(node, &at, key, &part);
            self.checker.error_with_help(&span, message, label, help);
        }
        let references = template.as_ref().map_or(&broken, |template| &template.references);
        let names = self.check_names(references, node, operations);
        let codes = self.check_codes(references, node, operations);
        template.filter(|_| names && codes)
    }

    /// Where a part of a template stands in the file.
    pub(super) fn place_of(&self, node: &Node, at: &str, key: bool, part: &str) -> Range<usize> {
        let span = node.locate(at, key);
        let text = self.source.text.get(span.clone()).unwrap_or_default();
        // With escapes in it a text is not found as it was read; then all of it is shown.
        match text.find(part) {
            Some(start) if !part.is_empty() => span.start + start..span.start + start + part.len(),
            _ => span,
        }
    }

    /// Fields of the request that a template names are in the table of one of the operations.
    fn check_names(&mut self, references: &References, node: &Node, operations: &Operations) -> bool {
        let mut fine = true;
        for reference in &references.names {
            let [PathSegment::Member(request), PathSegment::Member(part), path @ ..] = reference.path.as_slice() else {
                continue;
            };
            let Some(part) = PARTS.into_iter().find(|known| **known == **part && **request == *"request") else {
                continue;
            };
            let mut field = self.documented.part(operations, part);
            let mut name = part;
            for segment in path {
                if field.is_unknown() {
                    break;
                }
                if let (PathSegment::Member(member), Some(types)) = (segment, field.without_members()) {
                    let span = self.place_of(node, &reference.at, false, &reference.written);
                    let message = format!("`{name}` has no member `{member}`: the contract has {types} here");
                    self.checker.error(&span, message, "no such member");
                    fine = false;
                    break;
                }
                field = match segment {
                    PathSegment::Item => field.items(),
                    PathSegment::Member(member) => {
                        name = member;
                        field.member(member)
                    }
                };
            }
            if field.is_unknown() {
                let span = self.place_of(node, &reference.at, false, &reference.written);
                let message = format!("the contract has no field `{name}` here");
                self.checker.unknown(&span, message, "no such field", name, field.instead(), None);
                fine = false;
            }
        }
        fine
    }

    /// Codes that a template asks messages for are in the catalogue of each service.
    fn check_codes(&mut self, references: &References, node: &Node, operations: &Operations) -> bool {
        let mut fine = true;
        for reference in &references.codes {
            let code = reference.written.as_str();
            let services = self.services_of(operations);
            let mut services = services.iter().map(|service| &self.contract.services()[*service]);
            let Some(service) = services.find(|service| service.catalogue.find(code, None).is_none()) else { continue };
            let close = service.catalogue.suggest(code).map(|close| format!("did you mean `{close}`?"));
            let help = close.unwrap_or_else(|| "`understudy errors` lists them all".to_owned());
            let message = format!("the catalogue of `{}` has no error `{code}`", service.description.service);
            let span = self.place_of(node, &reference.at, false, code);
            self.checker.error_with_help(&span, message, "no such error", Some(help));
            fine = false;
        }
        fine
    }

    /// A dry run of a template that is no body.
    pub(super) fn check_template(&mut self, template: &Template, node: &Node, operations: &Operations) {
        self.hold(format!("template {}", node.to_json()), node, operations, |this, ids| {
            let mut findings = Vec::new();
            ids.iter().all(|id| this.dry_run(template, node, *id, None, &mut findings));
            findings
        });
    }

    /// A dry run of the value of a header.
    pub(super) fn check_header_template(
        &mut self,
        name: &HeaderName,
        template: &Template,
        node: &Node,
        operations: &Operations,
    ) {
        self.hold(format!("header {name} {}", node.to_json()), node, operations, |this, ids| {
            let mut findings = Vec::new();
            for id in ids {
                if !this.dry_run(template, node, *id, None, &mut findings) {
                    break;
                }
                if *name == header::RETRY_AFTER
                    && let Some(value) = this.unreadable_wait(template, *id)
                {
                    let message = format!("no client can read `Retry-After: {value}`, which is sent to some calls");
                    let help = "make it whole seconds, such as `\"{{ 2 + calls }}\"`";
                    findings.push(Finding::warning("", message, "neither whole seconds nor an HTTP date").help(help));
                    break;
                }
            }
            findings
        });
    }

    /// What a template makes of a `Retry-After` in a dry run, if that is nothing that a client can read.
    fn unreadable_wait(&mut self, template: &Template, id: OperationId) -> Option<String> {
        self.texts(template, id).into_iter().find(|value| RetryAfter::parse(value).is_none())
    }

    /// What a template makes in a dry run, as texts; nothing where it depends on states, of which nothing is known.
    pub(super) fn texts(&mut self, template: &Template, id: OperationId) -> Vec<String> {
        let operation = self.contract.operation(id);
        let Some(samples) = self.documented.samples(id).filter(|_| !template.looks_at_states()) else {
            return Vec::new();
        };
        let values = samples.iter().filter_map(|sample| self.render(template, operation, sample).ok());
        values.map(|run| if run.value.is_null() { String::new() } else { text_of(&run.value) }).collect()
    }

    /// Renders a template for a large and for a small call of an operation, and says whether all was well. What fails or breaks
    /// the contract deserves a warning, because other calls may go well; what is written out and breaks it is an error.
    pub(super) fn dry_run(
        &mut self,
        template: &Template,
        node: &Node,
        id: OperationId,
        documented: Option<&DocumentedAnswer>,
        findings: &mut Vec<Finding>,
    ) -> bool {
        // What the states will be is not known here.
        let stateless = !template.looks_at_states();
        let Some(samples) = self.documented.samples(id) else { return true };
        let operation = self.contract.operation(id);
        // After the first trouble more of the same would not help.
        CALLS.into_iter().zip(samples.iter()).all(|(what, sample)| {
            match (self.render(template, operation, sample), documented) {
                (Ok(run), Some(documented)) => {
                    let answer = HeldAnswer { documented, operation, what: stateless.then_some(what) };
                    answer.hold(&run, node, findings)
                }
                (Ok(_), None) => true,
                (Err(failure), _) => {
                    if stateless {
                        let message = format!("the template fails for a call of `{}` {what}", operation.name);
                        findings.push(Finding::warning(&*failure.at, message, failure.reason));
                    }
                    false
                }
            }
        })
    }

    fn render(&self, template: &Template, operation: &Operation, sample: &SampleRequest) -> Result<DryRun, Failure> {
        let SampleRequest { path, query, headers, body, params } = sample;
        let parts = [path, query, headers, body, params].map(Option::as_ref);
        let [path, query, headers, body, params] = parts.map(|part| part.map(Json::from).unwrap_or_default());
        let call = Call { path, query, headers, body, params };
        let service = self.contract.service_of(operation);
        template.dry_run(&TemplateContext {
            call: &call,
            method: operation.method.as_str(),
            service,
            language: service.language(None),
            states: &BTreeMap::new(),
            now: Timestamp::from_millisecond(DRY_RUN_TIME).unwrap_or_default(),
            rng: SeededRng { seed: 0, session: "default", operation: &operation.name, attempt: 1 },
            world: Paths::Anywhere,
            part: "body",
        })
    }
}

/// An answer that a template made, held to the documented one.
struct HeldAnswer<'h> {
    documented: &'h DocumentedAnswer,
    operation: &'h Operation,
    /// What the call was like; without it, templates are not to blame.
    what: Option<&'h str>,
}

impl HeldAnswer<'_> {
    /// Whether all is well.
    fn hold(&self, run: &DryRun, node: &Node, findings: &mut Vec<Finding>) -> bool {
        let DocumentedAnswer { responses, index, text } = self.documented;
        let Some(schema) = &responses[*index].body else { return true };
        let value = if *text { Value::String(text_of(&run.value)) } else { run.value.clone() };
        let value = Json::from(&value);
        if schema.is_clean(&value) {
            return true;
        }
        let operation = &self.operation.name;
        let mut seen = Vec::new();
        for violation in schema.violations(&value, "") {
            let written = run.written(&violation.at);
            let span = node.locate(&written, false);
            // An item that repeats breaks the same rule each time.
            if seen.contains(&(span.clone(), violation.expected.clone())) {
                continue;
            }
            let at = if violation.at.is_empty() { "it" } else { &violation.at };
            let breaks = format!("{at} should be {}, and is {}", violation.expected, violation.found);
            let label = format!("expected {}", violation.expected);
            if !is_templated(node, &written) {
                let message = format!("the answer breaks the contract of `{operation}`: {breaks}");
                findings.push(Finding::error(written, message, label).expects(&violation.expected));
            } else if let Some(what) = self.what {
                let message = format!("the answer to a call {what} breaks the contract of `{operation}`: {breaks}");
                findings.push(Finding::warning(written, message, label));
            }
            seen.push((span, violation.expected));
        }
        for warning in schema.warnings(&value, "") {
            let written = run.written(&warning.at);
            let span = node.locate(&written, false);
            if seen.contains(&(span.clone(), warning.expected.clone())) {
                continue;
            }
            let message = format!("`{operation}` does not document {} in its answer", warning.at);
            findings.push(Finding::warning(written, message, "not in the table"));
            seen.push((span, warning.expected));
        }
        seen.is_empty()
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
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
