//! A recorded answer as an entry of `answers`.

use http::{HeaderName, StatusCode, header};
use serde_json::{Value, json};

use super::yaml;
use crate::{
    contract::{Contract, Operation, auth::credentials::Credentials, redact::REDACTED},
    har::Answered,
};

/// Headers that are played again. What else there is the server's own business, or a secret.
const KEPT: [HeaderName; 7] = [
    header::CONTENT_TYPE,
    header::RETRY_AFTER,
    header::LOCATION,
    header::CONTENT_DISPOSITION,
    header::ETAG,
    header::LAST_MODIFIED,
    header::CONTENT_LANGUAGE,
];

/// The keys of an answer with their values, as YAML.
///
/// # Errors
///
/// Why it cannot be played, in words.
pub(super) fn written(answer: Option<&Answered>, operation: &Operation, contract: &Contract) -> Result<String, String> {
    // The client got nothing: it gets nothing again.
    let Some(answer) = answer else { return Ok("fault: close".to_owned()) };
    let status = StatusCode::from_u16(answer.status).ok().filter(|status| (200..600).contains(&status.as_u16()));
    let Some(status) = status else { return Err(format!("its status is {}", answer.status)) };
    let Some(bytes) = &answer.body else {
        // Nobody recorded what was in it.
        let documented = if status.is_success() {
            "example: {}".to_owned()
        } else {
            format!("status: {}, body: \"\"", status.as_u16())
        };
        return Ok(documented);
    };
    let text = std::str::from_utf8(bytes).map_err(|_| "its body is not text".to_owned())?;
    let shown = contract.redaction().text(text);
    let mut body: Option<Value> = serde_json::from_str(&shown).ok().filter(|value| keeps_numbers(value, &shown));
    let retry_after = answer.headers.iter().any(|(name, _)| *name == header::RETRY_AFTER);
    if let Some(body) = body.as_mut().filter(|_| !retry_after) {
        if let Some(known) = known(status, body, operation, contract) {
            return Ok(known);
        }
        issue_token(body, operation);
    }
    let mut keys = vec![format!("status: {}", status.as_u16())];
    let is_json = body.as_ref().is_some_and(|body| !body.is_string());
    let headers = headers(answer, is_json, contract);
    if !headers.is_empty() {
        keys.push(format!("headers: {{ {} }}", headers.join(", ")));
    }
    keys.push(match body.filter(|_| is_json) {
        Some(body) => format!("body: {}", yaml::answer(&body)),
        None => format!("body: {}", yaml::answer(&json!(shown))),
    });
    Ok(keys.join(", "))
}

/// The documented example or an error of the catalogue, if it is one.
fn known(status: StatusCode, body: &Value, operation: &Operation, contract: &Contract) -> Option<String> {
    let service = contract.service_of(operation);
    let example = &operation.compiled(service).ok()?.example;
    // Secrets are hidden in what was recorded, so they are in what it is compared with.
    let hidden = |bytes: &[u8]| {
        let shown = contract.redaction().text(std::str::from_utf8(bytes).ok()?).into_owned();
        serde_json::from_str::<Value>(&shown).ok()
    };
    let is = |bytes: &[u8]| hidden(bytes).is_some_and(|value| value == *body);
    if example.status == status && is(&example.body) {
        return Some("example: {}".to_owned());
    }
    if status.as_u16() < 400 {
        return None;
    }
    let mut rows = service.catalogue.entries.iter().filter(|entry| entry.status == status.as_u16());
    let row = rows.find(|entry| is(&service.error(entry, service.language(None), "").body))?;
    let code = row.code.to_string();
    // A code may have several rows; the first one is played.
    let played = service.catalogue.find(&code, Some(row.status))?;
    if !is(&service.error(played, service.language(None), "").body) {
        return None;
    }
    let code = serde_json::to_string(&row.code).ok()?;
    Some(match service.catalogue.one_of(&row.code.to_string(), None) {
        Ok(()) => format!("error: {code}"),
        Err(_) => format!("error: {{ code: {code}, status: {} }}", row.status),
    })
}

/// A token that was handed out is a secret. The stand-in's own goes on to work for the client.
fn issue_token(body: &mut Value, operation: &Operation) {
    let token = operation.issues_token.as_deref().and_then(|pointer| body.pointer_mut(pointer));
    if let Some(token) = token.filter(|token| *token == REDACTED) {
        let built_in = Credentials::built_in_environment();
        let known = built_in.iter().find_map(|line| line.strip_prefix("UNDERSTUDY_KOODRIVE_TOKEN="));
        *token = json!(known.unwrap_or(REDACTED));
    }
}

fn headers(answer: &Answered, is_json: bool, contract: &Contract) -> Vec<String> {
    let mut headers: Vec<(&str, Vec<Value>)> = Vec::new();
    for (name, value) in answer.headers.iter().filter(|(name, _)| KEPT.contains(name)) {
        let Ok(value) = value.to_str() else { continue };
        // That is what a body in JSON has anyway.
        if *name == header::CONTENT_TYPE && is_json && value.eq_ignore_ascii_case("application/json") {
            continue;
        }
        let value = json!(contract.redaction().header(name.as_str(), value));
        match headers.iter_mut().find(|(known, _)| *known == name.as_str()) {
            // HTTP knows one of each.
            Some(_) => {}
            None => headers.push((name.as_str(), vec![value])),
        }
    }
    headers
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |value| format!("{name}: {}", yaml::answer(value))))
        .collect()
}

/// Whether every number of a text stays what it was when it is written again.
fn keeps_numbers(value: &Value, text: &str) -> bool {
    match value {
        Value::Number(number) => number.is_i64() || number.is_u64() || text.contains(&number.to_string()),
        Value::Array(items) => items.iter().all(|item| keeps_numbers(item, text)),
        Value::Object(members) => members.values().all(|value| keeps_numbers(value, text)),
        _ => true,
    }
}
