//! One call and its answer, as the journal keeps them.

use std::{borrow::Cow, sync::Arc, time::Duration};

use bytes::Bytes;
use http::HeaderValue;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    DEFAULT,
    redact::{REDACTED, Redaction},
};
use crate::{
    contract::{Contract, OperationId, Refusal, Request, Violation, auth::mismatch::Mismatch, validate::Payload},
    fault::Played,
};

/// A call and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Its number in the journal, from 1.
    pub number: u64,
    /// When the request was complete, by the clock of its session.
    pub time: Timestamp,
    /// The same moment by the system's clock.
    pub received: Timestamp,
    /// The session; nothing for the default one, whose name need not be counted by every call.
    pub session: Option<Arc<str>>,
    /// The operation, if one was found.
    pub operation: Option<OperationId>,
    /// Which call of the operation it was in its session, from 1.
    pub attempt: u64,
    /// The request.
    pub request: Recorded,
    /// The status that was answered.
    pub status: u16,
    /// The body that was answered.
    pub body: Bytes,
    /// Where the answer came from.
    pub answer: AnswerLabel,
    /// How long the answer was held back by the script.
    pub delay: Option<Duration>,
    /// How long it asked the client to wait, from the moment it was sent.
    pub retry_after: Option<Duration>,
    /// What spoilt the answer on the wire. An answer that was spoilt was not given.
    pub fault: Option<Played>,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// Everything that broke the contract.
    pub violations: Vec<Violation>,
    /// What deserved a warning.
    pub warnings: Vec<Violation>,
    /// Why the signature is not the one of the request.
    pub mismatch: Option<Box<Mismatch>>,
}

/// Where an answer came from: `example`, `refusal`, or `scenario:NAME#RULE/ANSWER`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerLabel(pub HeaderValue);

impl AnswerLabel {
    /// The label as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

/// A request in one piece of memory: method, target and headers as lines, then the body. What the connection read into is free
/// again, and nothing is parsed until somebody looks.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    bytes: Vec<u8>,
    /// Where the body starts.
    head: usize,
    /// Why the body was not kept.
    left_out: Option<&'static str>,
}

impl Recorded {
    /// Copies a request. The value of `Authorization` is not even copied. `memory` is used for it, whatever it held before.
    pub fn new(request: &Request<'_>, memory: Vec<u8>) -> Self {
        let (body, left_out) = match request.body {
            Payload::Whole(body) => (body, None),
            Payload::TooLarge => (&[][..], Some("over the limit")),
            Payload::BrokenOff(_) => (&[][..], Some("it broke off")),
        };
        let mut bytes = memory;
        bytes.clear();
        bytes.extend_from_slice(request.method.as_str().as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(request.base.as_bytes());
        bytes.extend_from_slice(request.path.as_bytes());
        if let Some(query) = request.query {
            bytes.push(b'?');
            bytes.extend_from_slice(query.as_bytes());
        }
        for (name, value) in request.headers {
            bytes.push(b'\n');
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            let secret = *name == http::header::AUTHORIZATION;
            bytes.extend_from_slice(if secret { REDACTED.as_bytes() } else { value.as_bytes() });
        }
        let head = bytes.len();
        bytes.extend_from_slice(body);
        Self { bytes, head, left_out }
    }

    /// Bytes that never became a request.
    pub fn unreadable(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), head: 0, left_out: None }
    }

    /// Bytes of memory.
    pub fn size(&self) -> usize {
        self.bytes.capacity()
    }

    /// The memory, for the next one.
    pub fn into_memory(self) -> Vec<u8> {
        self.bytes
    }

    /// Method and target; nothing for what never became a request.
    pub fn line(&self) -> Option<(&str, &str)> {
        let line = self.bytes[..self.head].split(|byte| *byte == b'\n').next().unwrap_or_default();
        std::str::from_utf8(line).ok()?.split_once(' ')
    }

    /// Headers, in order. A value's bytes may be any.
    pub fn headers(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.bytes[..self.head].split(|byte| *byte == b'\n').skip(1).filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = std::str::from_utf8(&line[..colon]).ok()?;
            Some((name, String::from_utf8_lossy(line.get(colon + 2..)?)))
        })
    }

    /// The body, as far as it was kept.
    pub fn body(&self) -> &[u8] {
        &self.bytes[self.head..]
    }
}

impl Exchange {
    /// The name of the session.
    pub fn session(&self) -> &str {
        self.session.as_deref().unwrap_or(DEFAULT)
    }

    /// Bytes of memory, about: what the journal's budget counts.
    pub fn size(&self) -> usize {
        let texts = |violations: &[Violation]| {
            violations
                .iter()
                .map(|violation| violation.at.len() + violation.expected.len() + violation.found.len() + 96)
                .sum::<usize>()
        };
        let mismatch =
            self.mismatch.as_ref().map_or(0, |mismatch| mismatch.canonical.len() + mismatch.string_to_sign.len());
        let texts = texts(&self.violations) + texts(&self.warnings) + mismatch;
        size_of::<Self>() + 64 + self.request.size() + self.body.len() + texts
    }

    /// Everything about it, for the admin API. Secrets are hidden here, the one way out.
    pub fn to_json(&self, contract: &Contract, redaction: &Redaction) -> Value {
        let operation = self.operation.map(|id| contract.operation(id));
        let mut request = json!({});
        if let Some((method, target)) = self.request.line() {
            request["method"] = json!(method);
            request["target"] = json!(redaction.target(target));
            request["headers"] = self
                .request
                .headers()
                .map(|(name, value)| json!([name, redaction.text(redaction.header(name, &value))]))
                .collect();
        }
        body_json(&mut request, self.request.body(), redaction);
        if let Some(reason) = self.request.left_out {
            request["body_left_out"] = json!(reason);
        }
        let mut response = json!({ "status": self.status });
        body_json(&mut response, &self.body, redaction);
        let mut exchange = json!({
            "exchange": self.number,
            "time": self.time.to_string(),
            "session": self.session(),
            "operation": operation.map(|operation| &operation.name),
            "attempt": self.attempt,
            "answer": self.answer.as_str(),
            "request": request,
            "response": response,
            "violations": self.violations,
            "warnings": self.warnings,
        });
        if let Some(delay) = self.delay {
            exchange["delay_ms"] = json!(delay.as_secs_f64() * 1000.0);
        }
        if let Some(asked) = self.retry_after {
            exchange["retry_after_ms"] = json!(asked.as_secs_f64() * 1000.0);
        }
        if let Some(fault) = self.fault {
            exchange["fault"] = json!(fault.to_string());
        }
        if let Some(refusal) = self.refusal {
            exchange["refusal"] = json!(refusal);
        }
        if let Some(mismatch) = &self.mismatch {
            exchange["signature"] = json!({
                "canonical": redaction.text(&mismatch.canonical),
                "string_to_sign": mismatch.string_to_sign,
                "hint": mismatch.hint,
            });
        }
        if let Some(operation) = operation {
            let pages = operation.documentation.iter();
            exchange["documentation"] =
                pages.map(|page| json!({ "page": page.page, "edition": page.edition })).collect();
        }
        exchange
    }
}

/// A body as text where it is text, else in base64 where no byte is lost. With a secret to hide it is a text in any case.
fn body_json(target: &mut Value, body: &[u8], redaction: &Redaction) {
    use base64::Engine as _;
    if body.is_empty() {
        return;
    }
    let text = String::from_utf8_lossy(body);
    match (&text, redaction.text(&text)) {
        (Cow::Borrowed(_), shown) | (_, shown @ Cow::Owned(_)) => target["body"] = json!(shown),
        _ => target["body_base64"] = json!(base64::engine::general_purpose::STANDARD.encode(body)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};

    fn recorded(headers: &HeaderMap, body: &[u8]) -> Recorded {
        Recorded::new(
            &Request {
                version: http::Version::HTTP_11,
                method: &Method::POST,
                base: "",
                path: "/a",
                query: Some("b=c"),
                authority: None,
                headers,
                body: Payload::Whole(body),
            },
            Vec::new(),
        )
    }

    #[test]
    fn a_recorded_request_reads_back_as_it_came() {
        let mut headers = HeaderMap::new();
        headers.insert("x-a", HeaderValue::from_static("1: 2"));
        headers.append("x-a", HeaderValue::from_bytes(b"\xe7\xa9\xba").unwrap());
        headers.append("x-b", HeaderValue::from_bytes(b"caf\xe9").unwrap());
        let recorded = recorded(&headers, b"line\nline");
        assert_eq!(recorded.line(), Some(("POST", "/a?b=c")));
        let headers: Vec<_> = recorded.headers().map(|(name, value)| (name, value.into_owned())).collect();
        assert_eq!(headers, [("x-a", "1: 2".to_owned()), ("x-a", "空".to_owned()), ("x-b", "caf\u{fffd}".to_owned())]);
        assert_eq!(recorded.body(), b"line\nline");
    }

    #[test]
    fn a_secret_is_hidden_in_a_body_that_is_no_text_too() {
        let redaction = Redaction::new(["password"]);
        let shown = |body: &[u8]| {
            let mut target = json!({});
            body_json(&mut target, body, &redaction);
            target
        };
        assert_eq!(shown(b"\xff\xfe"), json!({ "body_base64": "//4=" }));
        assert_eq!(shown(b"password=x&a=\xff"), json!({ "body": "password=[redacted]&a=\u{fffd}" }));
    }

    #[test]
    fn a_credential_is_not_even_copied() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer secret"));
        let recorded = recorded(&headers, b"");
        assert!(!recorded.bytes.windows(6).any(|bytes| bytes == b"secret"));
    }
}
