//! An exchange for programs: what the admin API and `--format json` show of it. Secrets are hidden here, on the one way out.

use std::borrow::Cow;

use http::Version;
use serde_json::{Value, json};

use crate::{
    contract::{
        Contract, Violation,
        redact::{Redaction, ShownBody},
    },
    diagnostic::shortened,
    session::{Exchange, Outcome, Sent},
    world::{Effect, Took},
};

/// How much of an exchange is shown.
#[derive(Debug, Clone, Copy)]
struct Extent {
    /// The largest body, in bytes; a larger one is left out.
    body: usize,
    /// The most violations, and the most warnings; the others are counted.
    findings: usize,
    /// The most characters of a text of a finding.
    text: usize,
}

/// Everything.
const WHOLE: Extent = Extent { body: usize::MAX, findings: usize::MAX, text: usize::MAX };

/// A line of the log.
const LINE: Extent = Extent { body: 64 << 10, findings: 100, text: 1000 };

/// Everything about an exchange.
pub fn exchange_to_json(exchange: &Exchange, contract: &Contract) -> Value {
    to_json(exchange, contract, WHOLE)
}

/// An exchange as a line of the log, which has to be bounded whatever a client sends. A body of more than 64 KiB is replaced by
/// `body_left_out`. At most 100 violations and 100 warnings are listed, each text with at most 1000 characters; `violations_left_out` and
/// `warnings_left_out` count the others.
pub fn exchange_to_line(exchange: &Exchange, contract: &Contract) -> Value {
    to_json(exchange, contract, LINE)
}

fn to_json(exchange: &Exchange, contract: &Contract, extent: Extent) -> Value {
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
        "request": request(exchange, contract.redaction(), extent),
        "response": response(exchange, contract, extent),
        "violations": findings(&details.violations, extent),
        "warnings": findings(&details.warnings, extent),
    });
    for (list, name) in [(&details.violations, "violations_left_out"), (&details.warnings, "warnings_left_out")] {
        if list.len() > extent.findings {
            value[name] = json!(list.len() - extent.findings);
        }
    }
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
    if let Some(took) = exchange.took {
        value["world"] = world(took, details.effect.as_deref());
    }
    if let Some(refusal) = exchange.refusal {
        value["refusal"] = json!(refusal);
    }
    if let Some(mismatch) = &details.mismatch {
        value["signature"] = json!({
            "canonical": shortened(&mismatch.canonical, extent.body),
            "string_to_sign": shortened(&mismatch.string_to_sign, extent.body),
            "hint": mismatch.hint,
        });
    }
    if let Some(operation) = operation {
        let findings = details.violations.iter().chain(&details.warnings);
        let pages = operation.pages(findings.map(|finding| finding.at.as_str()));
        value["documentation"] =
            pages.iter().map(|page| json!({ "page": page.page, "edition": page.edition })).collect();
    }
    value
}

/// What the world did with a call. Of many things the first are named and the others counted.
fn world(took: Took, effect: Option<&Effect>) -> Value {
    let mut world = json!({ "took": took, "created": [], "changed": [], "removed": [] });
    let Some(Effect { created, changed, removed, .. }) = effect else { return world };
    for (name, left_out, things) in [
        ("created", "created_left_out", created),
        ("changed", "changed_left_out", changed),
        ("removed", "removed_left_out", removed),
    ] {
        world[name] = things.named.iter().map(|thing| &*thing.id).collect();
        let more = things.count - things.named.len() as u64;
        if more > 0 {
            world[left_out] = json!(more);
        }
    }
    world
}

fn findings(list: &[Violation], extent: Extent) -> Value {
    let shown = list.iter().take(extent.findings);
    shown
        .map(|finding| {
            let [at, expected, found] =
                [&finding.at, &finding.expected, &finding.found].map(|text| shortened(text, extent.text));
            json!({ "at": at, "rule": finding.rule, "expected": expected, "found": found })
        })
        .collect()
}

fn request(exchange: &Exchange, redaction: &Redaction, extent: Extent) -> Value {
    let mut request = json!({});
    if let Some((method, target)) = exchange.recorded.line() {
        request["method"] = json!(method);
        request["target"] = json!(redaction.target(target));
        request["headers"] = headers(exchange.recorded.headers(), redaction);
    }
    let body = exchange.recorded.body();
    let encoding = encoding(exchange.recorded.headers());
    match exchange.recorded.line() {
        Some(_) => put_body(&mut request, body, extent, |body| redaction.body(body, encoding.as_deref())),
        None => put_body(&mut request, body, extent, |bytes| redaction.unreadable(bytes)),
    }
    if let Some(reason) = exchange.recorded.left_out() {
        request["body_left_out"] = json!(reason);
    }
    request
}

fn response(exchange: &Exchange, contract: &Contract, extent: Extent) -> Value {
    let mut response = json!({ "status": exchange.status });
    let redaction = contract.redaction();
    if exchange.finished.is_some() {
        response["headers"] = headers(exchange.recorded.answered_headers(), redaction);
    }
    let encoding = encoding(exchange.recorded.answered_headers());
    put_body(&mut response, exchange.answered(contract), extent, |body| redaction.body(body, encoding.as_deref()));
    response
}

fn headers<'h>(headers: impl Iterator<Item = (&'h str, Cow<'h, str>)>, redaction: &Redaction) -> Value {
    headers.map(|(name, value)| json!([name, redaction.header(name, &value)])).collect()
}

/// The value of `Content-Encoding`.
fn encoding<'h>(mut headers: impl Iterator<Item = (&'h str, Cow<'h, str>)>) -> Option<Cow<'h, str>> {
    headers.find(|(name, _)| name.eq_ignore_ascii_case("content-encoding")).map(|(_, value)| value)
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
fn put_body<'b>(target: &mut Value, body: &'b [u8], extent: Extent, shown: impl FnOnce(&'b [u8]) -> ShownBody<'b>) {
    use base64::Engine as _;
    if body.is_empty() {
        return;
    }
    if body.len() > extent.body {
        target["body_left_out"] = json!(format!("{} bytes are too many for a line", body.len()));
        return;
    }
    match shown(body) {
        ShownBody::Text(text) => target["body"] = json!(text),
        ShownBody::Bytes(bytes) => {
            target["body_base64"] = json!(base64::engine::general_purpose::STANDARD.encode(bytes));
        }
        ShownBody::LeftOut(reason) => target["body_left_out"] = json!(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::{Rule, SpecFiles},
        report::samples::{self, Call},
        session::Details,
    };

    #[test]
    fn a_line_is_bounded_and_says_what_was_left_out() {
        let contract = SpecFiles::embedded().load().unwrap();
        let body = "b".repeat(LINE.body + 1);
        let mut exchange = samples::exchange(&contract, 1, &Call { body: &body, ..Call::of("CreateShare") });
        let finding = Violation::new("/body/".to_owned() + &"空".repeat(2000), Rule::Maximum, "at most 365", "366");
        let details = Details { violations: vec![finding; 150], ..Details::default() };
        exchange.details = details.kept();

        let whole = exchange_to_json(&exchange, &contract);
        assert_eq!(whole["violations"], json!(exchange.details().violations));
        assert_eq!((&whole["request"]["body"], &whole["violations_left_out"]), (&json!(body), &Value::Null));

        let line = exchange_to_line(&exchange, &contract);
        assert_eq!(line["request"].get("body"), None);
        assert_eq!(line["request"]["body_left_out"], "65537 bytes are too many for a line");
        assert_eq!(
            (line["violations"].as_array().map(Vec::len), &line["violations_left_out"]),
            (Some(100), &json!(50))
        );
        assert!(line["violations"][0]["at"].as_str().unwrap().ends_with("空... (2006 characters)"));
        assert_eq!(line.get("warnings_left_out"), None);

        let small = samples::exchange(&contract, 1, &Call::of("CreateShare"));
        assert_eq!(exchange_to_line(&small, &contract), exchange_to_json(&small, &contract));
    }
}
