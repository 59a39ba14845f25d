//! One call and its answer, as the journal keeps them.

use std::{borrow::Cow, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{DEFAULT, recorded::Recorded, redact::Redaction};
use crate::{
    contract::{Contract, OperationId, Refusal, Violation, auth::mismatch::Mismatch},
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
    /// The request, and what the answer was.
    pub recorded: Recorded,
    /// The status that was answered.
    pub status: u16,
    /// How long the answer was held back by the script.
    pub delay: Option<Duration>,
    /// How long it asked the client to wait, from the moment it was sent.
    pub retry_after: Option<Duration>,
    /// What spoilt the answer on the wire. An answer that was spoilt was not given.
    pub fault: Option<Box<Played>>,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// Everything that broke the contract.
    pub violations: Vec<Violation>,
    /// What deserved a warning.
    pub warnings: Vec<Violation>,
    /// Why the signature is not the one of the request.
    pub mismatch: Option<Box<Mismatch>>,
}

impl Exchange {
    /// Where the answer came from: `example`, `refusal`, or `scenario:NAME#RULE/ANSWER`.
    pub fn answer(&self) -> &str {
        self.recorded.label()
    }

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
        size_of::<Self>() + 64 + self.recorded.size() + texts
    }

    /// Everything about it, for the admin API. Secrets are hidden here, the one way out.
    pub fn to_json(&self, contract: &Contract, redaction: &Redaction) -> Value {
        let operation = self.operation.map(|id| contract.operation(id));
        let mut request = json!({});
        if let Some((method, target)) = self.recorded.line() {
            request["method"] = json!(method);
            request["target"] = json!(redaction.target(target));
            request["headers"] = self
                .recorded
                .headers()
                .map(|(name, value)| json!([name, redaction.text(redaction.header(name, &value))]))
                .collect();
        }
        body_json(&mut request, self.recorded.body(), redaction);
        if let Some(reason) = self.recorded.left_out() {
            request["body_left_out"] = json!(reason);
        }
        let mut response = json!({ "status": self.status });
        body_json(&mut response, self.recorded.answered(), redaction);
        let mut exchange = json!({
            "exchange": self.number,
            "time": self.time.to_string(),
            "session": self.session(),
            "operation": operation.map(|operation| &operation.name),
            "attempt": self.attempt,
            "answer": self.answer(),
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
        if let Some(fault) = &self.fault {
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
}
