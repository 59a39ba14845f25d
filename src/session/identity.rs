//! Which calls are the same call, made once more.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use super::Exchange;
use crate::contract::{Operation, json, json::Json};

impl Exchange {
    /// What makes two calls of a session the same: method, target and body, but for what is made anew for each attempt. A digest, because
    /// bodies may be large; nothing for what never became a request.
    pub fn identity(&self, operation: &Operation) -> Option<[u8; 32]> {
        let (method, target) = self.recorded.line()?;
        let body = self.recorded.body();
        let renewed: Vec<&str> = operation.authentication.iter().flat_map(|scheme| scheme.renewed).copied().collect();
        let (target, body) = if renewed.is_empty() {
            (Cow::Borrowed(target), Cow::Borrowed(body))
        } else {
            (without_in_query(target, &renewed), without_in_body(body, &renewed))
        };
        let mut digest = Sha256::new();
        for part in [method.as_bytes(), target.as_bytes(), &*body] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        Some(digest.finalize().into())
    }
}

fn without_in_query<'t>(target: &'t str, names: &[&str]) -> Cow<'t, str> {
    match target.split_once('?') {
        Some((path, query)) => Cow::Owned(format!("{path}?{}", without_pairs(query, names))),
        None => Cow::Borrowed(target),
    }
}

fn without_in_body<'b>(body: &'b [u8], names: &[&str]) -> Cow<'b, [u8]> {
    if body.trim_ascii_start().starts_with(b"{") {
        return match json::read(body).map(|text| text.value) {
            Ok(Json::Object(mut members)) => {
                members.retain(|(name, _)| !names.contains(&name.as_ref()));
                Cow::Owned(Json::Object(members).to_value().to_string().into_bytes())
            }
            _ => Cow::Borrowed(body),
        };
    }
    match std::str::from_utf8(body) {
        Ok(form) => Cow::Owned(without_pairs(form, names).into_bytes()),
        Err(_) => Cow::Borrowed(body),
    }
}

fn without_pairs(form: &str, names: &[&str]) -> String {
    let kept = form.split('&').filter(|pair| !names.contains(&pair.split('=').next().unwrap_or_default()));
    kept.collect::<Vec<_>>().join("&")
}
