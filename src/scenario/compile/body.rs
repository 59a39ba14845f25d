//! The forms of an answer: where it comes from, what is changed in it, and whether the contract allows that.

use std::{collections::HashMap, rc::Rc, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::de::IgnoredAny;

use super::{
    Compiler,
    findings::Finding,
    template::{DocumentedAnswer, has_template},
};
use crate::{
    contract::{
        Answer, Operation, OperationId,
        json::{self, Json},
        operation::Response,
    },
    document::{Node, Written},
    scenario::{Base, Operations, Patch, Reply, TemplatedAnswer, reply::patched, template::Template},
};

/// A file that is sent as a body is held in memory.
const BODY_FILE_LIMIT: u64 = 64 << 20;

/// The files that bodies come from, by the names in the scenario.
#[derive(Default)]
pub(super) struct BodyFiles(HashMap<String, Result<BodyFile, Unreadable>>);

#[derive(Clone)]
struct BodyFile {
    bytes: Bytes,
    /// Why it is not JSON, though its name says so.
    not_json: Option<Rc<str>>,
}

/// Why a file cannot be sent: a message and its label.
type Unreadable = (String, &'static str);

impl Compiler<'_> {
    /// Where an answer comes from, and what is changed in it. `own_type` says that it has a `Content-Type` under `headers`.
    pub(super) fn reply(&mut self, node: &Node, operations: &Operations, own_type: bool) -> Option<Reply> {
        if let Some(patch) = node.get("example") {
            self.checker.mapping(patch, "`example`, where it is more than the word,")?;
            let patch = self.patch(patch, operations)?;
            return Some(Reply { base: Base::Example, patch: Some(Arc::new(patch)) });
        }
        if let Some(world) = node.get("world") {
            let entries = self.checker.mapping(world, "`world`, where it is more than the word,")?;
            let known = self.checker.check_keys(entries, &["patch"]);
            let Some(patch) = world.get("patch") else {
                if known {
                    let help = "write `patch: { … }` in it, or the word alone: `answers: [world]`".to_owned();
                    self.checker.error_with_help(&world.span, "`world` says nothing here", "empty", Some(help));
                }
                return None;
            };
            let patch = self.patch(patch, operations)?.of_world();
            return Some(Reply { base: Base::World, patch: Some(Arc::new(patch)) });
        }
        let base = if let Some(error) = node.get("error") {
            self.catalogue_error(error, operations)?
        } else {
            let status = node.get("status").map(|status| self.status(status));
            let status = status.map_or(Some(None), |status| status.map(Some))?;
            match (node.get("body"), node.get("body_file"), status) {
                (Some(body), _, status) => self.body(body, status.unwrap_or_default(), operations, own_type)?,
                (None, Some(file), status) => self.body_file(file, status.unwrap_or_default(), operations, own_type)?,
                (None, None, Some(status)) => {
                    if let Some(node) = node.get("status") {
                        self.check_bare(status, node, operations);
                    }
                    Base::Documented(status)
                }
                (None, None, None) => Base::Usual,
            }
        };
        Some(Reply { base, patch: None })
    }

    /// A patch for the documented example.
    fn patch(&mut self, node: &Node, operations: &Operations) -> Option<Patch> {
        self.checker.mapping(node, "`patch`")?;
        self.numbers(node)?;
        let value = Written::from(node);
        let template = match has_template(node) {
            true => Some(self.template(Template::patched(&Written::Null, &value), node, operations)?),
            false => None,
        };
        let templated = template.is_some();
        self.hold(format!("patch {value}"), node, operations, |this, ids| {
            let mut findings = Vec::new();
            for id in ids {
                let responses = this.documented.responses(*id);
                let Some(index) = responses.iter().position(|response| response.status.is_success()) else { continue };
                let example = Written::from(&responses[index].example);
                if !templated {
                    let body = patched(example, &value);
                    check_answer(&responses[index], &Json::from(&body), this.contract.operation(*id), &mut findings);
                    continue;
                }
                let Ok(template) = Template::patched(&example, &value) else { continue };
                let documented = DocumentedAnswer { responses: Rc::clone(&responses), index, text: false };
                if !this.dry_run(&template, node, *id, Some(&documented), &mut findings) {
                    break;
                }
            }
            findings
        });
        Some(Patch::new(value, template.as_ref(), &self.room))
    }

    fn body(&mut self, node: &Node, status: StatusCode, operations: &Operations, own_type: bool) -> Option<Base> {
        self.numbers(node)?;
        let value = Written::from(node);
        let text = node.as_text();
        // A text is sent as it is, so it is an answer in JSON only where a header says so.
        let held = !(text.is_some() && own_type);
        let plain = text.is_some() && !own_type;
        let media_type = plain.then(|| (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")));
        let answer = Answer { status, headers: media_type.into_iter().collect(), body: Bytes::new() };
        let part = format!("body {} {held} {value}", status.as_u16());
        if has_template(node) {
            let compiled = text.map_or_else(|| Template::compile(&value), Template::compile_text);
            let body = self.template(compiled, node, operations)?;
            self.hold(part, node, operations, |this, ids| {
                let mut findings = Vec::new();
                ids.iter().all(|id| {
                    let documented = held.then(|| this.documented_answer(status, *id, &mut findings)).flatten();
                    let documented = documented.map(|(responses, index)| DocumentedAnswer {
                        responses,
                        index,
                        text: text.is_some(),
                    });
                    this.dry_run(&body, node, *id, documented.as_ref(), &mut findings)
                });
                findings
            });
            return Some(Base::Templated(Arc::new(TemplatedAnswer { answer, body, text: text.is_some() })));
        }
        if held {
            self.hold(part, node, operations, |this, ids| this.check_body(status, ids, &Json::from(&value)));
        }
        let body = text.map_or_else(|| Bytes::from(value.to_string()), |text| Bytes::from(text.to_owned()));
        Some(Base::Fixed(Arc::new(Answer { body, ..answer })))
    }

    fn body_file(&mut self, node: &Node, status: StatusCode, operations: &Operations, own_type: bool) -> Option<Base> {
        let name = self.checker.text(node, "the path of a file")?;
        let file = match self.load(name) {
            Ok(file) => file,
            Err((message, label)) => {
                self.checker.error(&node.span, message, label);
                return None;
            }
        };
        let json = name.ends_with(".json");
        match &file.not_json {
            Some(error) => self.checker.error(&node.span, format!("`{name}` is not valid JSON: {error}"), "this file"),
            None if json => {
                let part = format!("file {} {name}", status.as_u16());
                self.hold(part, node, operations, |this, ids| match json::read(&file.bytes) {
                    Ok(text) => this.check_body(status, ids, &text.value),
                    Err(error) => vec![Finding::error("", format!("`{name}` is not valid JSON: {error}"), "this file")],
                });
            }
            None => {}
        }
        let media_type = HeaderValue::from_static("application/octet-stream");
        let headers = if json || own_type { Vec::new() } else { vec![(header::CONTENT_TYPE, media_type)] };
        Some(Base::Fixed(Arc::new(Answer { status, headers, body: file.bytes })))
    }

    fn load(&mut self, name: &str) -> Result<BodyFile, Unreadable> {
        if let Some(known) = self.body_files.0.get(name) {
            return known.clone();
        }
        let read = || {
            let folder = self.folder.ok_or_else(|| {
                ("`body_file` needs a scenario that is a file itself".to_owned(), "no folder to look in")
            })?;
            let path = folder.path.join(name);
            let bytes = folder.files.read(&path, BODY_FILE_LIMIT).map_err(|error| {
                (format!("the file `{}` {error}", path.display()), "looked for beside the scenario")
            })?;
            let checked = name.ends_with(".json").then(|| serde_json::from_slice::<IgnoredAny>(&bytes).err()).flatten();
            let not_json = checked.map(|error| error.to_string().into());
            Ok(BodyFile { bytes, not_json })
        };
        let file = read();
        self.body_files.0.insert(name.to_owned(), file.clone());
        file
    }

    /// Holds a body to what the operations document for its status.
    fn check_body(&mut self, status: StatusCode, ids: &[OperationId], value: &Json<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for id in ids {
            if let Some((responses, index)) = self.documented_answer(status, *id, &mut findings) {
                check_answer(&responses[index], value, self.contract.operation(*id), &mut findings);
            }
        }
        findings
    }

    /// The documented answers of an operation and which of them has the status; a warning where a success is not documented.
    fn documented_answer(
        &mut self,
        status: StatusCode,
        id: OperationId,
        findings: &mut Vec<Finding>,
    ) -> Option<(Rc<[Response]>, usize)> {
        let responses = self.documented.responses(id);
        let index = responses.iter().position(|response| response.status == status);
        if index.is_none() && status.is_success() {
            let documented: Vec<_> = responses.iter().map(|response| response.status.as_u16().to_string()).collect();
            let name = &self.contract.operation(id).name;
            let message = format!("`{name}` documents no answer with status {}", status.as_u16());
            findings.push(Finding::warning("", message, format!("documented: {}", documented.join(", "))));
        }
        index.map(|index| (responses, index))
    }
}

/// Holds a value to a documented answer.
fn check_answer(response: &Response, value: &Json<'_>, operation: &Operation, findings: &mut Vec<Finding>) {
    let Some(schema) = &response.body else { return };
    if schema.is_clean(value) {
        return;
    }
    for violation in schema.violations(value, "") {
        let at = if violation.at.is_empty() { "it" } else { &violation.at };
        let message = format!(
            "the answer breaks the contract of `{}`: {at} should be {}, and is {}",
            operation.name, violation.expected, violation.found
        );
        let label = format!("expected {}", violation.expected);
        findings.push(Finding::error(violation.at, message, label).expects(&violation.expected));
    }
    for warning in schema.warnings(value, "") {
        let message = format!("`{}` does not document {} in its answer", operation.name, warning.at);
        findings.push(Finding::warning(warning.at, message, "not in the table"));
    }
}
