//! HAR 1.2: every exchange that the journal still has, with headers, bodies, times and connection. Secrets are hidden as everywhere.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    report::{Report, exchange_to_json},
    session::{Ended, Exchange},
};

pub(super) fn write(report: &Report<'_>, to: &mut impl Write) -> io::Result<()> {
    let mut comment = String::new();
    if let Some(note) = report.note() {
        comment.push_str(&note);
    }
    let unreadable = report.journal.numbers().filter(|number| {
        report.journal.read(*number, |exchange| exchange.recorded.line().is_none()).unwrap_or_default()
    });
    let unreadable: super::super::Numbers = unreadable.collect();
    if unreadable.count > 0 {
        let separator = if comment.is_empty() { "" } else { "; " };
        comment.push_str(&format!("{separator}{unreadable} not here: the bytes were no request"));
    }
    let creator = json!({ "name": "understudy", "version": env!("CARGO_PKG_VERSION") });
    write!(to, "{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},")?;
    if !comment.is_empty() {
        write!(to, "\"comment\":{},", json!(comment))?;
    }
    write!(to, "\"entries\":[")?;
    let mut separator = "\n";
    for number in report.journal.numbers() {
        let Some(exchange) = report.journal.get(number) else { continue };
        if let Some(entry) = entry(report, &exchange) {
            write!(to, "{separator}{entry}")?;
            separator = ",\n";
        }
    }
    writeln!(to, "\n]}}}}")
}

fn entry(report: &Report<'_>, exchange: &Exchange) -> Option<Value> {
    let shown = exchange_to_json(exchange, report.contract);
    let (request, response) = (&shown["request"], &shown["response"]);
    let version = match shown["connection"]["http"].as_str() {
        Some("2") => "HTTP/2",
        Some("1.0") => "HTTP/1.0",
        _ => "HTTP/1.1",
    };
    let target = request["target"].as_str()?;
    let sent_headers = headers(&request["headers"]);
    let media_type = header(&sent_headers, "content-type").unwrap_or_default();
    let mut asked = json!({
        "method": request["method"],
        "url": url(report.url, &sent_headers, target, exchange.arrival.secure),
        "httpVersion": version,
        "cookies": [],
        "headers": sent_headers,
        "queryString": query(target),
        "headersSize": -1,
        "bodySize": exchange.recorded.body().len(),
    });
    if let Some(text) = request["body"].as_str().or(request["body_base64"].as_str()) {
        asked["postData"] = json!({ "mimeType": media_type, "text": text });
        if request["body_base64"].is_string() {
            // HAR has no encoding here; browsers and mitmproxy write it so.
            asked["postData"]["encoding"] = json!("base64");
        }
    }
    let times = Times::of(exchange);
    let mut entry = json!({
        "startedDateTime": exchange.arrival.head.to_string(),
        "time": times.total(),
        "request": asked,
        "response": answered(response, exchange, version),
        "cache": {},
        "timings": { "send": times.send, "wait": times.wait, "receive": times.receive },
        "connection": exchange.arrival.connection.to_string(),
        "_exchange": exchange.number,
        "_session": exchange.session(),
        "_operation": shown["operation"],
        "_answer": shown["answer"],
    });
    for (name, member) in [("_fault", "fault"), ("_outcome", "outcome"), ("_resends", "resends")] {
        if !shown[member].is_null() {
            entry[name] = shown[member].clone();
        }
    }
    if shown["violations"].as_array().is_some_and(|list| !list.is_empty()) {
        entry["_violations"] = shown["violations"].clone();
        entry["comment"] = json!("breaks the contract");
    }
    Some(entry)
}

/// What the client got; of an answer of which no byte left it got no status.
fn answered(response: &Value, exchange: &Exchange, version: &str) -> Value {
    let nothing = exchange.finished.is_some_and(|outcome| outcome.sent.bytes == 0 && outcome.ended != Ended::Delivered);
    let status = if nothing { 0 } else { exchange.status };
    let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let headers = headers(&response["headers"]);
    let media_type = header(&headers, "content-type").unwrap_or_else(|| "application/json".to_owned());
    let redirect = header(&headers, "location").unwrap_or_default();
    let text = response["body"].as_str().or(response["body_base64"].as_str()).filter(|_| !nothing);
    let size = text.map_or(0, str::len);
    let mut content = json!({ "size": size, "mimeType": media_type });
    if let Some(text) = text {
        content["text"] = json!(text);
        if response["body_base64"].is_string() {
            content["encoding"] = json!("base64");
            content["size"] = json!(text.trim_end_matches('=').len() * 3 / 4);
        }
    }
    let sent = exchange.finished.map_or(-1, |outcome| i64::try_from(outcome.sent.bytes).unwrap_or(-1));
    json!({
        "status": status,
        "statusText": reason.unwrap_or_default(),
        "httpVersion": version,
        "cookies": [],
        "headers": headers,
        "content": content,
        "redirectURL": redirect,
        "headersSize": -1,
        // With its head on HTTP/1: what left the socket is counted as a whole.
        "bodySize": if version == "HTTP/2" { sent } else { -1 },
        "_transferSize": sent,
    })
}

/// Milliseconds.
struct Times {
    send: f64,
    wait: f64,
    receive: f64,
}

impl Times {
    fn of(exchange: &Exchange) -> Self {
        let between = |from: Timestamp, to: Timestamp| {
            let microseconds = to.duration_since(from).as_micros().max(0);
            i32::try_from(microseconds / 10).map_or(f64::from(i32::MAX), f64::from) / 100.0
        };
        let arrival = &exchange.arrival;
        let ended = exchange.finished.map_or(arrival.body, |outcome| outcome.at);
        let sent = exchange.finished.map(|outcome| outcome.sent).unwrap_or_default();
        let first = sent.first.unwrap_or(ended);
        Self {
            send: between(arrival.head, arrival.body),
            wait: between(arrival.body, first),
            receive: between(first, sent.last.unwrap_or(first)),
        }
    }

    fn total(&self) -> f64 {
        // Hundredths stay hundredths.
        ((self.send + self.wait + self.receive) * 100.0).round() / 100.0
    }
}

fn headers(list: &Value) -> Value {
    let pairs = list.as_array().into_iter().flatten();
    pairs.map(|pair| json!({ "name": pair[0], "value": pair[1] })).collect()
}

fn header(headers: &Value, wanted: &str) -> Option<String> {
    let mut all = headers.as_array().into_iter().flatten();
    let found = all.find(|header| header["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(wanted)))?;
    found["value"].as_str().map(str::to_owned)
}

/// Where the client sent it to, as it said itself.
fn url(ours: &str, headers: &Value, target: &str, secure: bool) -> String {
    if target.starts_with("http://") || target.starts_with("https://") {
        return target.to_owned();
    }
    let slash = if target.starts_with('/') { "" } else { "/" };
    match header(headers, "host") {
        Some(host) if !host.is_empty() && !host.contains(['/', ' ']) => {
            let scheme = if secure { "https" } else { "http" };
            format!("{scheme}://{host}{slash}{target}")
        }
        _ => format!("{ours}{slash}{target}"),
    }
}

fn query(target: &str) -> Value {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let decoded =
        |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| json!({ "name": decoded(name), "value": decoded(value) }))
        .collect()
}
