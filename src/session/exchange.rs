//! One call and its answer, as the journal keeps them.

use std::{borrow::Cow, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{DEFAULT, recorded::Recorded, redact::Redaction};
use crate::{
    contract::{Contract, OperationId, Refusal, Violation, auth::mismatch::Mismatch},
    fault::Played,
};

/// The label of the documented example, which answers where no rule does.
pub const EXAMPLE: &str = "example";

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
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// What most calls have nothing of. Every call goes through the whole memory of the journal, so it pays to be small.
    pub details: Option<Box<Details>>,
}

/// What is to be said of some exchanges only.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Details {
    /// How long the answer was held back by the script.
    pub delay: Option<Duration>,
    /// How long it asked the client to wait, from the moment it was sent.
    pub retry_after: Option<Duration>,
    /// What spoilt the answer on the wire. An answer that was spoilt was not given.
    pub fault: Option<Played>,
    /// Everything that broke the contract.
    pub violations: Vec<Violation>,
    /// What deserved a warning.
    pub warnings: Vec<Violation>,
    /// Why the signature is not the one of the request.
    pub mismatch: Option<Box<Mismatch>>,
}

/// The details of an exchange that has none.
static NONE: Details = Details {
    delay: None,
    retry_after: None,
    fault: None,
    violations: Vec::new(),
    warnings: Vec::new(),
    mismatch: None,
};

impl Details {
    /// Details to keep; nothing where there are none.
    pub fn kept(self) -> Option<Box<Self>> {
        (self != NONE).then(|| Box::new(self))
    }

    fn size(&self) -> usize {
        let texts = self.violations.iter().chain(&self.warnings);
        let texts: usize = texts.map(|text| text.at.len() + text.expected.len() + text.found.len() + 96).sum();
        let mismatch = self.mismatch.as_ref();
        size_of::<Self>()
            + texts
            + mismatch.map_or(0, |mismatch| mismatch.canonical.len() + mismatch.string_to_sign.len())
    }
}

impl Exchange {
    /// Where the answer came from: [`EXAMPLE`], `refusal`, or `scenario:NAME#RULE/ANSWER`.
    pub fn answer(&self) -> &str {
        self.recorded.label()
    }

    /// The body of the answer. The documented example is not kept with each call that got it; it is in the contract.
    fn answered<'a>(&'a self, contract: &'a Contract) -> &'a [u8] {
        let operation = self.operation.filter(|_| self.answer() == EXAMPLE).map(|id| contract.operation(id));
        let example = operation.and_then(|operation| operation.compiled(contract.service_of(operation)).ok());
        example.map_or(self.recorded.answered(), |compiled| &compiled.example.body)
    }

    /// Whether the client broke the contract. Throttling is the script's doing, and an internal error the stand-in's own.
    pub fn breaks_contract(&self) -> bool {
        !matches!(self.refusal, None | Some(Refusal::Throttled | Refusal::Internal))
    }

    /// What is to be said beyond the usual.
    pub fn details(&self) -> &Details {
        self.details.as_deref().unwrap_or(&NONE)
    }

    /// The name of the session.
    pub fn session(&self) -> &str {
        self.session.as_deref().unwrap_or(DEFAULT)
    }

    /// Bytes of memory, about: what the journal's budget counts.
    pub fn size(&self) -> usize {
        size_of::<Self>() + 64 + self.recorded.size() + self.details.as_ref().map_or(0, |details| details.size())
    }

    /// Everything about it, for the admin API. Secrets are hidden here, the one way out.
    pub fn to_json(&self, contract: &Contract, redaction: &Redaction) -> Value {
        let operation = self.operation.map(|id| contract.operation(id));
        let details = self.details();
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
        body_json(&mut response, self.answered(contract), redaction);
        let mut exchange = json!({
            "exchange": self.number,
            "time": self.time.to_string(),
            "session": self.session(),
            "operation": operation.map(|operation| &operation.name),
            "attempt": self.attempt,
            "answer": self.answer(),
            "request": request,
            "response": response,
            "violations": details.violations,
            "warnings": details.warnings,
        });
        if let Some(delay) = details.delay {
            exchange["delay_ms"] = json!(delay.as_secs_f64() * 1000.0);
        }
        if let Some(asked) = details.retry_after {
            exchange["retry_after_ms"] = json!(asked.as_secs_f64() * 1000.0);
        }
        if let Some(fault) = &details.fault {
            exchange["fault"] = json!(fault.to_string());
        }
        if let Some(refusal) = self.refusal {
            exchange["refusal"] = json!(refusal);
        }
        if let Some(mismatch) = &details.mismatch {
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
