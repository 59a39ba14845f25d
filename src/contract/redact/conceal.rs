//! What was found in a request, without its secrets.

use std::borrow::Cow;

use super::{REDACTED, Redaction, is_scheme, letters::Letters};
use crate::contract::{Findings, Payload, Request, Violation, auth::mismatch::Mismatch};

/// A shorter value is hidden where its name is, and nowhere else: it may be part of anything.
const SHORTEST: usize = 4;

/// A longer value is looked for by its beginning, since findings show no more of it.
const LONGEST: usize = 32;

/// Where a text that is shown by its beginning is cut.
const CUT: &str = "\"... (";

/// The most values that are looked for.
const MOST: usize = 64;

/// The secrets of a request, as they may stand in what is said about it.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Vec<String>);

impl Redaction {
    /// Hides in findings what are secrets of their request: values at secret places, and secrets that are shown at another one.
    pub(crate) fn conceal(&self, request: Option<&Request<'_>>, findings: &mut Findings) {
        let Findings { violations, warnings, mismatch } = findings;
        if violations.is_empty() && warnings.is_empty() && mismatch.is_none() {
            return;
        }
        let secrets = request.map(|request| self.secrets(request)).unwrap_or_default();
        for Violation { at, rule, found, .. } in violations.iter_mut().chain(warnings) {
            // What is expected is the contract's.
            self.conceal_text(at, &secrets);
            self.conceal_found(at, rule.finds_the_value(), found, &secrets);
        }
        if let Some(mismatch) = mismatch {
            let Mismatch { canonical, string_to_sign, hint } = &mut **mismatch;
            self.conceal_text(canonical, &secrets);
            self.conceal_text(string_to_sign, &secrets);
            // Hints are sentences of ours.
            if let Some(hint) = hint {
                secrets.hide(hint);
            }
        }
    }

    /// Hides what was found at a place of a call, if it is a value of a secret name, and secrets in it.
    pub(crate) fn conceal_found(&self, at: &str, is_value: bool, found: &mut String, secrets: &Secrets) {
        if is_value && at.split('/').any(|segment| self.is_secret(segment)) {
            REDACTED.clone_into(found);
        } else {
            self.conceal_text(found, secrets);
        }
    }

    fn conceal_text(&self, text: &mut String, secrets: &Secrets) {
        if let Cow::Owned(hidden) = self.text(text) {
            *text = hidden;
        }
        secrets.hide(text);
    }

    /// The secrets of a request.
    pub(crate) fn secrets(&self, request: &Request<'_>) -> Secrets {
        let mut secrets = Secrets::default();
        for (name, value) in request.headers {
            if let Ok(value) = std::str::from_utf8(value.as_bytes()) {
                match self.header(name.as_str(), value) {
                    // A scheme without its token is the very mistake.
                    Cow::Borrowed(REDACTED) if is_scheme(value.trim().as_bytes()) => {}
                    Cow::Borrowed(REDACTED) => {
                        secrets.add(value);
                        // Behind the word for the scheme, a token.
                        if let Some((_, token)) = value.split_once(' ').filter(|(_, rest)| !rest.contains(',')) {
                            secrets.add(token);
                        }
                    }
                    _ => self.collect(value, &mut secrets),
                }
            }
        }
        self.collect(request.path, &mut secrets);
        self.collect(request.query.unwrap_or_default(), &mut secrets);
        if let Payload::Whole(body) = request.body {
            self.collect(&String::from_utf8_lossy(body), &mut secrets);
        }
        secrets
    }

    /// Adds the secrets of a text, as they are written and as they read.
    fn collect(&self, text: &str, secrets: &mut Secrets) {
        let letters = Letters::new(text);
        for span in self.spans(text) {
            if secrets.0.len() >= MOST {
                return;
            }
            let written = text.get(span.range.clone()).unwrap_or_default();
            let read = letters.read_all(span.range, LONGEST * 4);
            secrets.add(&String::from_utf8_lossy(&read).replace('+', " "));
            secrets.add(&String::from_utf8_lossy(&read));
            secrets.add(written);
        }
    }
}

impl Secrets {
    /// Hides them in a text.
    fn hide(&self, text: &mut String) {
        for secret in &self.0 {
            if text.contains(secret.as_str()) {
                *text = without(text, secret);
            }
            // The text was cut within the secret.
            if let Some(cut) = text.find(CUT)
                && let Some(start) = begun(&text[..cut], secret)
            {
                text.replace_range(start..cut, REDACTED);
            }
        }
    }

    /// Adds a value, as it is and as JSON shows it.
    fn add(&mut self, value: &str) {
        let value = value.trim().trim_matches('"');
        if value.chars().nth(SHORTEST - 1).is_none() {
            return;
        }
        let start = value.char_indices().nth(LONGEST).map_or(value, |(end, _)| &value[..end]);
        let json = serde_json::Value::from(start).to_string();
        for form in [start, json.trim_matches('"')] {
            if !self.0.iter().any(|known| known == form) {
                self.0.push(form.to_owned());
            }
        }
    }
}

/// Where a secret begins that the end of a text breaks off.
fn begun(text: &str, secret: &str) -> Option<usize> {
    let starts = secret.char_indices().rev().map(|(end, _)| &secret[..end]).filter(|start| start.len() >= SHORTEST);
    starts.into_iter().find(|start| text.ends_with(start)).map(|start| text.len() - start.len())
}

/// A text without a secret. Of one that is shown by its beginning the rest of the word goes too.
fn without(text: &str, secret: &str) -> String {
    let goes_on = secret.chars().count() >= LONGEST;
    let is_of_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '+' | '/' | '=' | '.');
    let mut shown = String::with_capacity(text.len());
    let mut pieces = text.split(secret);
    shown.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        shown.push_str(REDACTED);
        shown.push_str(if goes_on { piece.trim_start_matches(is_of_word) } else { piece });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Rule;
    use http::{HeaderMap, HeaderValue, Method, header};

    fn concealed(body: &[u8], found: &str) -> String {
        let mut headers = HeaderMap::new();
        headers
            .insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer abcdefghijklmnopqrstuvwxyz0123456789.abc"));
        let request = Request {
            query: Some("token=b%20c%22d"),
            ..Request::new(&Method::POST, "/a", &headers, Payload::Whole(body))
        };
        let mut findings = Findings::default();
        findings.violations.push(Violation::new("/body/a", Rule::Type, "a number", found));
        Redaction::new([]).conceal(Some(&request), &mut findings);
        findings.violations.remove(0).found
    }

    #[test]
    fn a_secret_is_hidden_where_it_is_found_at_another_place() {
        let body = br#"{"a":"hunter2","password":"hunter2"}"#;
        assert_eq!(concealed(body, "\"hunter2\""), "\"[redacted]\"");
        assert_eq!(concealed(body, "\"b c\\\"d\""), "\"[redacted]\"");
        assert_eq!(concealed(body, "\"other\""), "\"other\"");
    }

    #[test]
    fn a_long_secret_is_hidden_where_only_its_beginning_is_shown() {
        let shown = "\"abcdefghijklmnopqrstuvwxyz0123456789.abc\" and \"abcdefghijklmnopqrstuvwxyz012345678\"... (41 characters)";
        assert_eq!(concealed(b"", shown), "\"[redacted]\" and \"[redacted]\"... (41 characters)");
    }

    #[test]
    fn a_text_in_a_finding_is_looked_through_like_any_other() {
        assert_eq!(concealed(b"", r#""{\"password\":\"x\"}""#), r#""{\"password\":\"[redacted]\"}""#);
    }

    #[test]
    fn what_the_contract_expects_and_the_words_of_a_scheme_are_no_secrets() {
        for scheme in ["Bearer", "HMAC-SHA256"] {
            stays_as_it_is(scheme);
        }
    }

    fn stays_as_it_is(scheme: &'static str) {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static(scheme));
        let request = Request::new(&Method::POST, "/a", &headers, Payload::Whole(br#"{"password":"string"}"#));
        let mut findings = Findings::default();
        let found = format!("a value that starts with `{scheme}`");
        findings.violations.push(Violation::new(
            "/headers/Authorization",
            Rule::Authorization,
            "`Bearer TOKEN`",
            found,
        ));
        findings.violations.push(Violation::new("/body/a", Rule::Type, "a string", "1"));
        let before = findings.violations.clone();
        Redaction::new([]).conceal(Some(&request), &mut findings);
        assert_eq!(findings.violations, before);
    }

    #[test]
    fn a_value_at_a_secret_place_is_hidden_whatever_it_is() {
        let mut findings = Findings::default();
        findings.warnings.push(Violation::new("/query/access_token", Rule::AdditionalProperties, "nothing", "\"x\""));
        Redaction::new([]).conceal(None, &mut findings);
        assert_eq!(findings.warnings[0].found, REDACTED);
    }
}
