//! Explains a signature that does not match.

use std::fmt;

use super::{
    super::{
        redact::{REDACTED, names},
        rule::Rule,
        violation::Violation,
    },
    credentials::Credentials,
};

/// How many other callers' secrets are tried.
const MOST_OTHERS: usize = 256;

/// How many bytes of each text are kept; enough for a canonical request with 64 KiB of headers.
const LONGEST: usize = 128 << 10;

/// What helps to explain a signature that does not match. It is used only after the verification has failed.
///
/// ```
/// use understudy::contract::{SpecFiles, auth::{credentials::Credentials, mismatch::Clues}};
///
/// let contract = SpecFiles::embedded().load().unwrap();
/// let description = &contract.services()[0].description;
/// let credentials = Credentials::built_in();
/// let clues = Clues { credentials: Some(&credentials), hosts: &description.hosts, secrets: &description.secrets };
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Clues<'a> {
    /// All credentials: the key may have been the secret of another caller.
    pub credentials: Option<&'a Credentials>,
    /// The vendor's own hosts: a client that was redirected to the stand-in may still sign one of them.
    pub hosts: &'a [String],
    /// Names of headers and parameters whose values are never shown.
    pub secrets: &'a [String],
}

impl<'a> Clues<'a> {
    /// Ids and secrets of all callers but one.
    pub(super) fn others(&self, id: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.credentials.into_iter().flat_map(move |credentials| credentials.secrets_but(id)).take(MOST_OTHERS)
    }

    /// A value, or its replacement.
    pub(super) fn shown<'v>(&self, name: &str, value: &'v str) -> &'v str {
        let is_declared = || self.secrets.iter().any(|secret| names::are_alike(secret.as_bytes(), name.as_bytes()));
        if names::is_secret(name.as_bytes()) || is_declared() { REDACTED } else { value }
    }
}

/// What the server signed, and what the client seems to have signed instead. It contains no caller's secret, and no value of the request
/// that the service declares secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What was sent, in the order and form in which it is signed: KooDrive's canonical request, or gokuai's parameters as `name=value`,
    /// one per line. Truncated if it is very long.
    pub canonical: String,
    /// What was signed with the key, shown in the same way.
    pub string_to_sign: String,
    /// What the client seems to have done and how to fix it, if a known mistake leads to exactly the signature that was sent.
    pub hint: Option<String>,
}

impl Mismatch {
    pub(in crate::contract) fn new(canonical: String, string_to_sign: String, hint: Option<String>) -> Self {
        Self { canonical: shortened(canonical), string_to_sign: shortened(string_to_sign), hint }
    }

    /// The mismatch as a violation; `at` is the place of the signature. It does not include the texts that were signed.
    pub fn violation(&self, at: &str) -> Violation {
        let found = self.hint.as_deref().unwrap_or("another signature; no known mistake explains it");
        Violation::new(at, Rule::Signature, "the signature of what was sent, made with the caller's secret", found)
    }
}

/// The whole mismatch, on several lines.
impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "the signature does not match this request")?;
        for (title, text) in
            [("what was sent, as it is signed", &self.canonical), ("string to sign", &self.string_to_sign)]
        {
            writeln!(formatter, "{title}:")?;
            for line in text.split('\n') {
                writeln!(formatter, "    {line}")?;
            }
        }
        match &self.hint {
            Some(hint) => write!(formatter, "hint: {hint}"),
            None => formatter.write_str("no known mistake explains the signature that was sent"),
        }
    }
}

impl std::error::Error for Mismatch {}

fn shortened(mut text: String) -> String {
    let length = text.len();
    if length > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push_str(&format!("... ({length} bytes)"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_was_signed_line_by_line() {
        let mismatch = Mismatch {
            canonical: "GET\n/a/".to_owned(),
            string_to_sign: "HMAC-SHA256\n00".to_owned(),
            hint: Some("do this".to_owned()),
        };
        let expected = "the signature does not match this request\nwhat was sent, as it is signed:\n    GET\n    /a/\n\
            string to sign:\n    HMAC-SHA256\n    00\nhint: do this";
        assert_eq!(mismatch.to_string(), expected);
        assert_eq!(mismatch.violation("/params/sign").found, "do this");
    }
}
