//! The entries of `answers`: what each form means, made ready when the file is compiled, and held to the contract.

use std::{fs, ops::Range, rc::Rc};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;

use super::{
    Reply, RetryAfter, Step, Templated,
    compile::Compiler,
    template::Template,
    templates::{Documented, has_template},
};
use crate::{
    contract::{Answer, Operation, OperationId, json::Json, operation::Response},
    diagnostic::did_you_mean,
    document::{Content, Node},
    fault::Fault,
};

const KEYS: [&str; 11] =
    ["error", "status", "headers", "body", "body_file", "example", "times", "delay", "set", "fault", "resends"];
/// A file that is sent as a body is held in memory.
const BODY_FILE_LIMIT: u64 = 64 << 20;

impl Compiler<'_> {
    /// One entry of `answers`.
    pub(super) fn step(
        &mut self,
        node: &Node,
        operations: &[OperationId],
        number: u32,
        label: HeaderValue,
    ) -> Option<Step> {
        let mut step = Step::example(number, label);
        match &node.content {
            Content::Text(word) if word == "example" => return Some(step),
            Content::Text(word) => {
                let help = did_you_mean(word, ["example"]).map(|close| format!("did you mean `{close}`?"));
                let help = help
                    .or_else(|| word.parse::<i64>().is_ok().then(|| format!("write `error: {word}` or a bare status")));
                self.error_with_help(
                    &node.span,
                    format!("`{word}` is no answer"),
                    "expected `example`, a status or a mapping",
                    help,
                );
                return None;
            }
            Content::Number(_) => {
                let status = self.status(node)?;
                step.reply = self.documented(status, operations);
                return Some(step);
            }
            Content::Mapping(_) => {}
            _ => {
                self.wrong_kind(node, "`example`, a status or a mapping");
                return None;
            }
        }
        // Every part is looked at before any of them ends the answer.
        let keys = self.keys_of_step(node);
        let times = node.get("times").map(|times| self.whole_number(times, 1));
        let delay = node.get("delay").map(|delay| self.delay(delay));
        let fault = node.get("fault").map(|fault| self.fault(fault));
        step.set = node.get("set").map(|set| self.set(set, operations)).unwrap_or_default();
        if let Some(headers) = node.get("headers") {
            self.headers(headers, operations, &mut step)?;
        }
        let names = step.headers.iter().map(|(name, _)| name).chain(step.header_templates.iter().map(|(name, _)| name));
        let own_type = names.into_iter().any(|name| *name == header::CONTENT_TYPE);
        step.reply = self.reply(node, operations, own_type)?;
        step.times = times.unwrap_or(Some(1))?;
        step.delay = delay.map_or(Some(None), |delay| delay.map(Some))?;
        if let Some(fault) = fault {
            self.spoil(&mut step, fault?, node, operations);
        }
        if let Some(resends) = node.get("resends") {
            step.resends_same = self.resends_same(resends, step.fault.as_deref())?;
        }
        keys.then_some(step)
    }

    /// Whether the keys of an answer are known and go together.
    fn keys_of_step(&mut self, node: &Node) -> bool {
        let entries = node.as_mapping().unwrap_or_default();
        let mut fine = true;
        for (key, _) in entries {
            if !KEYS.contains(&key.name.as_str()) {
                self.unknown_key(key, &KEYS, "");
                fine = false;
            }
        }
        // An answer is of one form; the others would be ignored in silence.
        let forms: Vec<_> = entries
            .iter()
            .filter(|(key, _)| matches!(key.name.as_str(), "error" | "example" | "body" | "body_file"))
            .collect();
        if let [(first, _), (second, _), ..] = forms.as_slice() {
            let message = format!("an answer has `{}` or `{}`, not both", first.name, second.name);
            self.error(&second.span, message, "one too many");
            fine = false;
        }
        if let (Some(_), Some((form, _))) = (node.get("status"), forms.first())
            && matches!(form.name.as_str(), "error" | "example")
        {
            let help = match form.name.as_str() {
                "error" => {
                    Some("an error brings its status; `error: { code: CODE, status: 504 }` chooses one".to_owned())
                }
                _ => None,
            };
            self.error_with_help(
                &form.span,
                format!("`status` does not go with `{}`", form.name),
                "not with a status",
                help,
            );
            fine = false;
        }
        fine
    }

    fn reply(&mut self, node: &Node, operations: &[OperationId], own_type: bool) -> Option<Reply> {
        if let Some(error) = node.get("error") {
            return self.catalogue_error(error, operations);
        }
        if let Some(patch) = node.get("example") {
            return self.patched_example(patch, operations);
        }
        let status = match node.get("status") {
            Some(status) => self.status(status)?,
            None => StatusCode::OK,
        };
        if let Some(body) = node.get("body") {
            return self.body(body, status, operations, own_type);
        }
        if let Some(file) = node.get("body_file") {
            return self.body_file(file, status, operations, own_type);
        }
        if node.get("status").is_none() {
            return Some(Reply::Example);
        }
        Some(self.documented(status, operations))
    }

    fn status(&mut self, node: &Node) -> Option<StatusCode> {
        let status =
            node.as_u64().and_then(|status| u16::try_from(status).ok()).filter(|status| (200..600).contains(status));
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        if status.is_none() {
            let help = node
                .as_u64()
                .filter(|code| *code >= 1000)
                .map(|code| format!("for an error code write `error: {code}`"));
            self.error_with_help(&node.span, format!("`{node}` is no HTTP status"), "expected 200 to 599", help);
        }
        status
    }

    fn headers(&mut self, node: &Node, operations: &[OperationId], step: &mut Step) -> Option<()> {
        let entries = self.mapping(node, "`headers`")?;
        for (key, value) in entries {
            let Ok(name) = HeaderName::try_from(key.name.as_str()) else {
                self.error(&key.span, format!("`{}` is no header name", key.name), "letters, digits and `-`");
                continue;
            };
            let framing = matches!(name, header::CONTENT_LENGTH | header::TRANSFER_ENCODING | header::CONNECTION);
            if framing || name.as_str().starts_with("x-understudy-") {
                self.error(
                    &key.span,
                    format!("`{}` is the server's own business", key.name),
                    "cannot be scripted here",
                );
                continue;
            }
            if matches!(value.content, Content::Sequence(_) | Content::Mapping(_) | Content::Null) {
                self.wrong_kind(value, "a text");
                continue;
            }
            match HeaderValue::try_from(value.to_string()) {
                Ok(_) if has_template(value) => {
                    let compiled = Template::compile_text(&value.to_string());
                    if let Some(template) = self.template(compiled, value, operations) {
                        operations.iter().all(|id| self.rehearse(&template, value, *id, None));
                        step.header_templates.push((name, template));
                    }
                }
                Ok(sent) => {
                    self.check_header_value(&name, value);
                    step.headers.push((name, sent));
                }
                Err(_) => self.error(&value.span, "a header value has no control characters", "cannot be sent"),
            }
        }
        Some(())
    }

    /// `resends: same`, which makes sense where an HTTP library may send the request again by itself.
    fn resends_same(&mut self, node: &Node, fault: Option<&Fault>) -> Option<bool> {
        if node.as_text() != Some("same") {
            self.wrong_kind(node, "`same`");
            return None;
        }
        if !fault.is_some_and(Fault::is_silent) {
            let message = "`resends: same` has no effect: no HTTP library repeats a request that got a status";
            let help = "give the answer a fault without a status, such as `reset` or `close`, or leave `resends` out";
            self.warning_with_help(&node.span, message, "has no effect", Some(help.to_owned()));
        }
        Some(true)
    }

    /// Warns of a value that is not sent as it is written, and of a `Retry-After` that no client can read.
    fn check_header_value(&mut self, name: &HeaderName, node: &Node) {
        let sent = node.to_string();
        let retry_after = *name == header::RETRY_AFTER;
        if retry_after && RetryAfter::parse(&sent).is_none() {
            let message = format!("no client can read `Retry-After: {sent}`");
            let help = "write whole seconds, such as `2`, or a date such as `\"Sat, 21 Nov 2026 08:00:30 GMT\"`";
            let label = "neither whole seconds nor an HTTP date";
            self.warning_with_help(&node.span, message, label, Some(help.to_owned()));
            return;
        }
        let written = self.source.text.get(node.span.clone()).unwrap_or_default();
        // An alias stands for what is written elsewhere.
        let plain = written.starts_with(|first: char| first.is_ascii_alphanumeric() || "+-.".contains(first));
        if !matches!(node.content, Content::Text(_)) && plain && written != sent {
            let kind = node.kind().trim_start_matches("a ");
            let message = format!("`{written}` is a {kind} in YAML, and is sent as `{sent}`");
            let quotes = if retry_after { "" } else { "put it in quotes, or " };
            let help = format!("{quotes}write `{sent}`");
            self.warning_with_help(&node.span, message, "not sent as it is written", Some(help));
        }
    }

    fn catalogue_error(&mut self, node: &Node, operations: &[OperationId]) -> Option<Reply> {
        let (code_node, status) = match node.as_mapping() {
            Some(entries) => {
                self.check_keys(entries, &["code", "status"]);
                let status = match node.get("status") {
                    Some(status) => Some(self.status(status)?.as_u16()),
                    None => None,
                };
                let Some(code) = node.get("code") else {
                    self.error(&node.span, "the key `code` is missing", "in here");
                    return None;
                };
                (code, status)
            }
            None => (node, None),
        };
        if !matches!(code_node.content, Content::Number(_) | Content::Text(_)) {
            self.wrong_kind(code_node, "an error code such as `13000311` or `APIGW.0308`");
            return None;
        }
        let code = code_node.to_string();
        let mut services: Vec<usize> = operations.iter().map(|id| self.contract.operation(*id).service).collect();
        services.sort_unstable();
        services.dedup();
        for service in services {
            let service = &self.contract.services()[service];
            let name = &service.description.service;
            let statuses = service.catalogue.statuses(&code);
            if statuses.is_empty() {
                let close = service.catalogue.suggest(&code).map(|close| format!("did you mean `{close}`?"));
                let help = close.unwrap_or_else(|| "`understudy errors` lists them all".to_owned());
                let message = format!("the catalogue of `{name}` has no error `{code}`");
                self.error_with_help(&code_node.span, message, "no such error", Some(help));
                return None;
            }
            let mut distinct = statuses.clone();
            distinct.sort_unstable();
            distinct.dedup();
            let listed = || distinct.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            match status {
                None if distinct.len() > 1 => {
                    let help = format!("write `error: {{ code: {code}, status: {} }}`", distinct[0]);
                    let message = format!("`{code}` stands for several statuses: {}", listed());
                    self.error_with_help(&code_node.span, message, "which one?", Some(help));
                    return None;
                }
                Some(status) if !statuses.contains(&status) => {
                    let message = format!("`{code}` does not come with status {status}");
                    self.error(&node.span, message, format!("it comes with {}", listed()));
                    return None;
                }
                _ => {}
            }
        }
        Some(Reply::Error { code, status })
    }

    /// A status alone: the documented answer of that status, else an empty one.
    fn documented(&mut self, status: StatusCode, operations: &[OperationId]) -> Reply {
        let made = operations.iter().map(|id| {
            let responses = self.responses(*id);
            let documented = responses.iter().find(|response| response.status == status && !response.example.is_null());
            let body = documented.map(|response| Bytes::from(response.example.to_string())).unwrap_or_default();
            (*id, Answer { status, headers: Vec::new(), body })
        });
        Reply::Made(made.collect())
    }

    fn patched_example(&mut self, patch: &Node, operations: &[OperationId]) -> Option<Reply> {
        self.mapping(patch, "`example`, where it is more than the word,")?;
        if has_template(patch) {
            return self.patched_template(patch, operations);
        }
        let mut made = Vec::new();
        for id in operations {
            let responses = self.responses(*id);
            let Some(response) = responses.iter().find(|response| response.status.is_success()) else { continue };
            let mut body = response.example.clone();
            merge_patch(&mut body, &patch.to_json());
            self.obeys(response, &body, patch, self.contract.operation(*id));
            made.push((
                *id,
                Answer { status: response.status, headers: Vec::new(), body: Bytes::from(body.to_string()) },
            ));
        }
        Some(Reply::Made(made))
    }

    fn body(&mut self, node: &Node, status: StatusCode, operations: &[OperationId], own_type: bool) -> Option<Reply> {
        let value = node.to_json();
        if has_template(node) {
            return self.templated_body(node, &value, status, operations, own_type);
        }
        // A text is sent as it is, so it is an answer in JSON only where a header says so.
        let (body, media_type) = match node.as_text() {
            Some(text) => (Bytes::from(text.to_owned()), Some(HeaderValue::from_static("text/plain; charset=utf-8"))),
            None => (Bytes::from(value.to_string()), None),
        };
        if !(node.as_text().is_some() && own_type) {
            self.check_body(status, operations, &value, node);
        }
        let headers = media_type.filter(|_| !own_type).map(|value| (header::CONTENT_TYPE, value)).into_iter().collect();
        Some(same_for_all(operations, &Answer { status, headers, body }))
    }

    fn body_file(
        &mut self,
        node: &Node,
        status: StatusCode,
        operations: &[OperationId],
        own_type: bool,
    ) -> Option<Reply> {
        let name = self.text(node, "the path of a file")?;
        let Some(folder) = self.folder else {
            self.error(&node.span, "`body_file` needs a scenario that is a file itself", "no folder to look in");
            return None;
        };
        let path = folder.join(&name);
        let read = fs::metadata(&path)
            .and_then(|metadata| if metadata.len() > BODY_FILE_LIMIT { Ok(None) } else { fs::read(&path).map(Some) });
        let bytes = match read {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                self.error(&node.span, format!("`{name}` has more than {BODY_FILE_LIMIT} bytes"), "too large");
                return None;
            }
            Err(error) => {
                let shown = path.display();
                self.error(&node.span, format!("cannot read `{shown}`: {error}"), "looked for beside the scenario");
                return None;
            }
        };
        let json = name.ends_with(".json");
        if json {
            match serde_json::from_slice::<Value>(&bytes) {
                Ok(value) => self.check_body(status, operations, &value, node),
                Err(error) => self.error(&node.span, format!("`{name}` is no JSON: {error}"), "this file"),
            }
        }
        let media_type = HeaderValue::from_static("application/octet-stream");
        let headers = if json || own_type { Vec::new() } else { vec![(header::CONTENT_TYPE, media_type)] };
        Some(same_for_all(operations, &Answer { status, headers, body: Bytes::from(bytes) }))
    }

    /// Holds a scripted body to what the operations document for its status.
    fn check_body(&mut self, status: StatusCode, operations: &[OperationId], value: &Value, node: &Node) {
        for id in operations {
            if let Some((responses, index)) = self.documented_answer(status, *id, node) {
                self.obeys(&responses[index], value, node, self.contract.operation(*id));
            }
        }
    }

    /// The documented answers of an operation and which of them has the status; a warning where a success is not documented.
    fn documented_answer(
        &mut self,
        status: StatusCode,
        id: OperationId,
        node: &Node,
    ) -> Option<(Rc<Vec<Response>>, usize)> {
        let responses = self.responses(id);
        let index = responses.iter().position(|response| response.status == status);
        if index.is_none() && status.is_success() {
            let documented: Vec<_> = responses.iter().map(|response| response.status.as_u16().to_string()).collect();
            let name = &self.contract.operation(id).name;
            let message = format!("`{name}` documents no answer with status {}", status.as_u16());
            self.warning(&node.span, message, format!("documented: {}", documented.join(", ")));
        }
        index.map(|index| (responses, index))
    }

    fn obeys(&mut self, response: &Response, value: &Value, node: &Node, operation: &Operation) {
        let Some(schema) = &response.body else { return };
        for violation in schema.violations(&Json::from(value), "") {
            let at = if violation.at.is_empty() { "it" } else { &violation.at };
            let span = place(node, &violation.at);
            let message = format!(
                "the answer breaks the contract of `{}`: {at} should be {}, and is {}",
                operation.name, violation.expected, violation.found
            );
            self.error(&span, message, format!("expected {}", violation.expected));
        }
        for warning in schema.warnings(&Json::from(value), "") {
            let span = place(node, &warning.at);
            let message = format!("`{}` does not document {} in its answer", operation.name, warning.at);
            self.warning(&span, message, "not in the table");
        }
    }

    /// A patched example that depends on the call.
    fn patched_template(&mut self, patch: &Node, operations: &[OperationId]) -> Option<Reply> {
        // What the patch says is looked at once, what becomes of it for each operation.
        self.template(Template::compile(&patch.to_json()), patch, operations)?;
        let mut made = Vec::new();
        let mut fine = true;
        for id in operations {
            let responses = self.responses(*id);
            let Some(index) = responses.iter().position(|response| response.status.is_success()) else { continue };
            let mut body = responses[index].example.clone();
            merge_patch(&mut body, &patch.to_json());
            let template = self.template(Template::compile(&body), patch, &[])?;
            let status = responses[index].status;
            let documented = Documented { responses, index, text: false };
            fine = fine && self.rehearse(&template, patch, *id, Some(&documented));
            let answer = Answer { status, headers: Vec::new(), body: Bytes::new() };
            made.push((*id, Templated { answer, body: template, text: false }));
        }
        Some(Reply::Templated(made))
    }

    /// A body that depends on the call.
    fn templated_body(
        &mut self,
        node: &Node,
        value: &Value,
        status: StatusCode,
        operations: &[OperationId],
        own_type: bool,
    ) -> Option<Reply> {
        let text = node.as_text();
        let compiled = text.map_or_else(|| Template::compile(value), Template::compile_text);
        let body = self.template(compiled, node, operations)?;
        let held = !(text.is_some() && own_type);
        for id in operations {
            let documented = held.then(|| self.documented_answer(status, *id, node)).flatten();
            let documented = documented.map(|(responses, index)| Documented { responses, index, text: text.is_some() });
            if !self.rehearse(&body, node, *id, documented.as_ref()) {
                break;
            }
        }
        let media_type = HeaderValue::from_static("text/plain; charset=utf-8");
        let headers = if text.is_some() && !own_type { vec![(header::CONTENT_TYPE, media_type)] } else { Vec::new() };
        let answer = Answer { status, headers, body: Bytes::new() };
        let made =
            |id: &OperationId| (*id, Templated { answer: answer.clone(), body: body.clone(), text: text.is_some() });
        Some(Reply::Templated(operations.iter().map(made).collect()))
    }
}

fn same_for_all(operations: &[OperationId], answer: &Answer) -> Reply {
    Reply::Made(operations.iter().map(|id| (*id, answer.clone())).collect())
}

fn place(node: &Node, pointer: &str) -> Range<usize> {
    node.locate(pointer, false)
}

/// JSON merge patch, RFC 7396.
fn merge_patch(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(members) = target {
        for (name, value) in patch {
            if value.is_null() {
                members.shift_remove(name);
            } else {
                merge_patch(members.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_merge_patch_changes_adds_and_removes() {
        let mut value = json!({ "a": { "b": 1, "c": 2 }, "d": [1] });
        merge_patch(&mut value, &json!({ "a": { "b": null, "e": 3 }, "d": [2, 3] }));
        assert_eq!(value, json!({ "a": { "c": 2, "e": 3 }, "d": [2, 3] }));
    }
}
