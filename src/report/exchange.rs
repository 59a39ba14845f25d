//! An exchange for programs: what the admin API and `--format json` show of it. Secrets are hidden here, on the one way out.

use std::borrow::Cow;

use http::Version;
use serde_json::{Value, json};

use crate::{
    contract::Contract,
    session::{Exchange, Outcome, Redaction, Sent},
};

/// Everything about an exchange.
pub fn exchange_to_json(exchange: &Exchange, contract: &Contract, redaction: &Redaction) -> Value {
    let operation = exchange.operation.map(|id| contract.operation(id));
    let details = exchange.details();
    let arrival = exchange.arrival;
    let mut value = json!({
        "exchange": exchange.number,
        "time": exchange.time.to_string(),
        "session": exchange.session(),
        "operation": operation.map(|operation| &operation.name),
        "attempt": exchange.attempt,
        "answer": exchange.answer(),
        "connection": { "number": arrival.connection, "http": version(exchange.version) },
        "received": { "head": arrival.head.to_string(), "body": arrival.body.to_string() },
        "sent": null,
        "outcome": null,
        "request": request(exchange, redaction),
        "response": response(exchange, contract, redaction),
        "violations": details.violations,
        "warnings": details.warnings,
    });
    if let Some(stream) = arrival.stream {
        value["connection"]["stream"] = json!(stream);
    }
    if let Some(outcome) = &exchange.finished {
        value["sent"] = sent(&outcome.sent);
        value["outcome"] = ended(exchange, outcome);
    }
    if let Some(delay) = details.delay {
        value["delay_ms"] = json!(delay.as_secs_f64() * 1000.0);
    }
    if let Some(asked) = details.retry_after {
        value["retry_after_ms"] = json!(asked.as_secs_f64() * 1000.0);
    }
    if let Some(resend) = &details.resends {
        value["resends"] = json!(resend.exchange);
    }
    if let Some(fault) = &details.fault {
        value["fault"] = json!(fault.to_string());
    }
    if let Some(refusal) = exchange.refusal {
        value["refusal"] = json!(refusal);
    }
    if let Some(mismatch) = &details.mismatch {
        value["signature"] = json!({
            "canonical": redaction.text(&mismatch.canonical),
            "string_to_sign": mismatch.string_to_sign,
            "hint": mismatch.hint,
        });
    }
    if let Some(operation) = operation {
        let pages = operation.documentation.iter();
        value["documentation"] = pages.map(|page| json!({ "page": page.page, "edition": page.edition })).collect();
    }
    value
}

fn request(exchange: &Exchange, redaction: &Redaction) -> Value {
    let mut request = json!({});
    if let Some((method, target)) = exchange.recorded.line() {
        request["method"] = json!(method);
        request["target"] = json!(redaction.target(target));
        request["headers"] = headers(exchange.recorded.headers(), redaction);
    }
    put_body(&mut request, exchange.recorded.body(), redaction);
    if let Some(reason) = exchange.recorded.left_out() {
        request["body_left_out"] = json!(reason);
    }
    request
}

fn response(exchange: &Exchange, contract: &Contract, redaction: &Redaction) -> Value {
    let mut response = json!({ "status": exchange.status });
    if exchange.finished.is_some() {
        response["headers"] = headers(exchange.recorded.answered_headers(), redaction);
    }
    put_body(&mut response, exchange.answered(contract), redaction);
    response
}

fn headers<'h>(headers: impl Iterator<Item = (&'h str, Cow<'h, str>)>, redaction: &Redaction) -> Value {
    headers.map(|(name, value)| json!([name, redaction.text(redaction.header(name, &value))])).collect()
}

fn sent(sent: &Sent) -> Value {
    let time = |time: Option<jiff::Timestamp>| time.map(|time| time.to_string());
    json!({ "first": time(sent.first), "last": time(sent.last), "bytes": sent.bytes })
}

fn ended(exchange: &Exchange, outcome: &Outcome) -> Value {
    let mut value = json!({ "ended": outcome.ended, "at": outcome.at.to_string() });
    if let Some(fault) = exchange.details().fault {
        value["fault"] = json!(fault.name);
    }
    value
}

/// The version of HTTP as people write it.
pub(super) fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    }
}

/// A body as text where it is text, else in base64 where no byte is lost. With a secret to hide it is a text in any case.
fn put_body(target: &mut Value, body: &[u8], redaction: &Redaction) {
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
            put_body(&mut target, body, &redaction);
            target
        };
        assert_eq!(shown(b"\xff\xfe"), json!({ "body_base64": "//4=" }));
        assert_eq!(shown(b"password=x&a=\xff"), json!({ "body": "password=[redacted]&a=\u{fffd}" }));
    }
}
