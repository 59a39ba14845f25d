//! The entries of `answers`: when each is given, its headers, its fault.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, header};

use super::{Compiler, template::has_template};
use crate::{
    diagnostic::did_you_mean,
    document::{Content, Node},
    fault::Fault,
    scenario::{Base, HeaderLine, Operations, Reply, RetryAfter, Step, template::Template},
};

const KEYS: [&str; 13] = [
    "error",
    "status",
    "headers",
    "body",
    "body_file",
    "example",
    "world",
    "times",
    "delay",
    "set",
    "fault",
    "after",
    "resends",
];
/// Keys that others have for these, and what they are called here.
const SYNONYMS: [(&str, &str); 13] = [
    ("latency", "write `delay: 250ms`"),
    ("wait", "write `delay: 250ms`"),
    ("sleep", "write `delay: 250ms`"),
    ("timeout", "write `fault: hang` for an answer that never comes, `delay: 30s` for one that comes late"),
    ("code", "write `error: CODE` for an error of the catalogue, `status: 503` for a bare status"),
    ("repeat", "write `times: 2`"),
    ("count", "write `times: 2`"),
    ("json", "write `body`"),
    ("response", "write `body`, beside it `status` and `headers`"),
    ("file", "write `body_file`"),
    ("state", "write `set: { NAME: VALUE }`"),
    ("retry_after", "write `headers: { Retry-After: 2 }`"),
    ("patch", "write `example: { ... }` with what differs, in a world `world: { patch: { ... } }`"),
];
/// More than any client keeps.
const HEADER_LINES: usize = 1000;
/// Keys of which an answer has at most one.
const FORMS: [&str; 5] = ["error", "example", "world", "body", "body_file"];

impl Compiler<'_> {
    /// One entry of `answers`.
    pub(super) fn step(
        &mut self,
        node: &Node,
        operations: &Operations,
        number: u32,
        label: HeaderValue,
    ) -> Option<Step> {
        const EXPECTED: &str = "`example`, `world`, a status or a mapping";
        let mut step = Step::example(number, label);
        match &node.content {
            Content::Text(word) if word == "example" => return Some(step),
            Content::Text(word) if word == "world" => {
                step.reply = Reply { base: Base::World, patch: None };
                return Some(step);
            }
            Content::Text(word) => {
                let help = did_you_mean(word, ["example", "world"]).map(|close| format!("did you mean `{close}`?"));
                let help = help.or_else(|| {
                    word.parse::<i64>()
                        .is_ok()
                        .then(|| format!("write the status `{word}` without quotes, or `error: {word}`"))
                });
                let message = format!("`{word}` is not a valid answer");
                self.checker.error_with_help(&node.span, message, format!("expected {EXPECTED}"), help);
                return None;
            }
            Content::Number(_) => {
                let status = self.status(node)?;
                self.check_bare(status, node, operations);
                step.reply = Reply { base: Base::Documented(status), patch: None };
                return Some(step);
            }
            Content::Mapping(_) => {}
            _ => {
                self.checker.wrong_kind(node, EXPECTED);
                return None;
            }
        }
        // Every part is looked at before any of them ends the answer.
        let keys = self.check_step_keys(node);
        let times = node.get("times").map(|times| self.checker.whole_number(times, 1));
        let delay = node.get("delay").map(|delay| self.delay(delay));
        let fault = node.get("fault").map(|fault| self.fault(fault));
        step.set = node.get("set").map(|set| self.set(set, operations)).unwrap_or_default();
        if let Some(headers) = node.get("headers") {
            self.headers(headers, operations, &mut step)?;
        }
        let own_type = step.headers.iter().any(|(name, _)| *name == header::CONTENT_TYPE);
        step.reply = self.reply(node, operations, own_type)?;
        step.times = times.unwrap_or(Some(1))?;
        step.delay = delay.map_or(Some(None), |delay| delay.map(Some))?;
        if let Some(fault) = fault {
            self.inject(&mut step, fault?, node, operations);
        }
        if let Some(after) = node.get("after") {
            step.after_commit = self.after_commit(after, &step)?;
        }
        if let Some(resends) = node.get("resends") {
            step.resends_same = self.resends_same(resends, step.fault.as_deref())?;
        }
        keys.then_some(step)
    }

    /// Whether the keys of an answer are known and go together.
    fn check_step_keys(&mut self, node: &Node) -> bool {
        let entries = node.as_mapping().unwrap_or_default();
        let mut fine = true;
        for (key, _) in entries.iter().filter(|(key, _)| !KEYS.contains(&key.name.as_str()) && !key.is_extension()) {
            fine = false;
            match SYNONYMS.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(&key.name)) {
                Some((_, ours)) => {
                    let message = format!("unknown key `{}`", key.name);
                    self.checker.error_with_help(&key.span, message, "not expected here", Some((*ours).to_owned()));
                }
                None => self.checker.unknown_key(key, &KEYS, None),
            }
        }
        // An answer is of one form; the others would be ignored in silence.
        let forms: Vec<_> = entries.iter().filter(|(key, _)| FORMS.contains(&key.name.as_str())).collect();
        if let [(first, _), (second, _), ..] = forms.as_slice() {
            let message = format!("an answer has `{}` or `{}`, not both", first.name, second.name);
            self.checker.error(&second.span, message, "one too many");
            fine = false;
        }
        if let (Some(_), Some((form, _))) = (node.get("status"), forms.first())
            && matches!(form.name.as_str(), "error" | "example" | "world")
        {
            let help = (form.name == "error")
                .then(|| "an error brings its status; `error: { code: CODE, status: 504 }` chooses one".to_owned());
            let message = format!("`status` does not go with `{}`", form.name);
            self.checker.error_with_help(&form.span, message, "not with a status", help);
            fine = false;
        }
        fine
    }

    fn headers(&mut self, node: &Node, operations: &Operations, step: &mut Step) -> Option<()> {
        for (key, value) in self.checker.mapping(node, "`headers`")? {
            let Ok(name) = HeaderName::try_from(key.name.as_str()) else {
                let message = format!("`{}` is not a valid header name", key.name);
                self.checker.error(&key.span, message, "letters, digits and `-`");
                continue;
            };
            let framing = matches!(name, header::CONTENT_LENGTH | header::TRANSFER_ENCODING | header::CONNECTION);
            if framing || name.as_str().starts_with("x-understudy-") {
                let message = format!("the server itself sets `{}`", key.name);
                self.checker.error(&key.span, message, "cannot be scripted here");
                continue;
            }
            let lines = match value.as_sequence() {
                Some([]) => {
                    self.checker.error(&value.span, "the list of values is empty", "write at least one, or a text");
                    continue;
                }
                Some(several) => several,
                None => std::slice::from_ref(value),
            };
            for line in lines {
                let line = self.header_line(&name, line, operations);
                step.headers.extend(line.map(|line| (name.clone(), line)));
            }
        }
        if step.headers.len() > HEADER_LINES {
            let message =
                format!("an answer has at most {HEADER_LINES} lines of headers, and this one {}", step.headers.len());
            self.checker.error(&node.span, message, "too many");
            return None;
        }
        Some(())
    }

    /// The value of one line of a header.
    fn header_line(&mut self, name: &HeaderName, node: &Node, operations: &Operations) -> Option<HeaderLine> {
        if matches!(node.content, Content::Sequence(_) | Content::Mapping(_) | Content::Null) {
            self.checker.wrong_kind(node, "a text, or a list of texts for several lines");
            return None;
        }
        let text = node.to_string();
        let Ok(sent) = HeaderValue::try_from(&text) else {
            self.checker.error(&node.span, "a header value has no control characters", "cannot be sent");
            return None;
        };
        if !has_template(node) {
            self.check_header_value(name, node);
            return Some(HeaderLine::Fixed(sent));
        }
        let template = self.template(Template::compile_text(&text), node, operations)?;
        self.check_header_template(name, &template, node, operations);
        Some(HeaderLine::Templated(Arc::new(template)))
    }

    /// Warns of a boolean that is not sent as it is written, and of a `Retry-After` that no client can read.
    fn check_header_value(&mut self, name: &HeaderName, node: &Node) {
        let sent = node.to_string();
        let retry_after = *name == header::RETRY_AFTER;
        if retry_after && RetryAfter::parse(&sent).is_none() {
            let message = format!("no client can read `Retry-After: {sent}`");
            let help = "write whole seconds, such as `2`, or a date such as `\"Sat, 21 Nov 2026 08:00:30 GMT\"`";
            let label = "neither whole seconds nor an HTTP date";
            self.checker.warning_with_help(&node.span, message, label, Some(help.to_owned()));
            return;
        }
        let written = self.source.text.get(node.span.clone()).unwrap_or_default();
        // An alias stands for what is written elsewhere.
        let plain = written.starts_with(|first: char| first.is_ascii_alphabetic());
        if matches!(node.content, Content::Boolean(_)) && plain && written != sent {
            let message = format!("`{written}` is a boolean in YAML, and is sent as `{sent}`");
            let help = format!("put it in quotes, or write `{sent}`");
            self.checker.warning_with_help(&node.span, message, "not sent as it is written", Some(help));
        }
    }

    /// `after: commit`, which makes sense where the world would be left out.
    fn after_commit(&mut self, node: &Node, step: &Step) -> Option<bool> {
        if node.as_text() != Some("commit") {
            self.checker.wrong_kind(node, "`commit`");
            return None;
        }
        if step.calls_world() {
            let message = "`after: commit` has no effect: the world takes the call all the same";
            let help = "give the answer a fault that lets nothing through, such as `reset`, or a form of its own, such as `error`";
            self.checker.warning_with_help(&node.span, message, "has no effect", Some(help.to_owned()));
        }
        Some(true)
    }

    /// `resends: same`, which makes sense where an HTTP library may send the request again by itself.
    fn resends_same(&mut self, node: &Node, fault: Option<&Fault>) -> Option<bool> {
        if node.as_text() != Some("same") {
            self.checker.wrong_kind(node, "`same`");
            return None;
        }
        if !fault.is_some_and(Fault::is_silent) {
            let message = "`resends: same` has no effect: no HTTP library repeats a request that got a status";
            let help = "give the answer a fault without a status, such as `reset` or `close`, or leave `resends` out";
            self.checker.warning_with_help(&node.span, message, "has no effect", Some(help.to_owned()));
        }
        Some(true)
    }
}
