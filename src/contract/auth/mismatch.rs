//! A signature that does not fit, explained.

use std::fmt;

use super::{
    super::{rule::Rule, violation::Violation},
    credentials::Credentials,
};

/// Other callers whose secrets are tried.
const MOST_OTHERS: usize = 256;

/// Bytes that are kept of each text; a canonical request with headers of 64 KiB fits.
const LONGEST: usize = 128 << 10;

/// What stands in place of a value that is never shown.
const REDACTED: &str = "[redacted]";

/// What helps to explain a signature that does not fit. It decides nothing, and is looked at only then.
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
    /// All credentials: somebody else's secret may have been the key.
    pub credentials: Option<&'a Credentials>,
    /// The vendor's own hosts, which a client may sign that has been turned to the stand-in.
    pub hosts: &'a [String],
    /// Names of headers and parameters whose values are never shown.
    pub secrets: &'a [String],
}

impl<'a> Clues<'a> {
    /// Names and secrets of everybody but one.
    pub(super) fn others(&self, id: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.credentials.into_iter().flat_map(move |credentials| credentials.secrets_but(id)).take(MOST_OTHERS)
    }

    /// A value, or what stands in its place.
    pub(super) fn shown<'v>(&self, name: &str, value: &'v str) -> &'v str {
        if self.secrets.iter().any(|secret| secret.eq_ignore_ascii_case(name)) { REDACTED } else { value }
    }
}

/// What the server signed in place of what the client seems to have signed. Holds no secret of a caller, and of the request no
/// value that the service calls secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What was sent, in the order and form in which it is signed: KooDrive's canonical request, or gokuai's parameters as
    /// `name=value`, a line each. The beginning only, if it is very long.
    pub canonical: String,
    /// What the key was applied to, shown in the same way.
    pub string_to_sign: String,
    /// What the client seems to have done and what to do, where a known mistake leads to the very signature that was sent.
    pub hint: Option<String>,
}

impl Mismatch {
    pub(super) fn new(canonical: String, string_to_sign: String, hint: Option<String>) -> Self {
        Self { canonical: shortened(canonical), string_to_sign: shortened(string_to_sign), hint }
    }

    /// The mismatch as a broken rule; `at` is where the signature stands. The texts that were signed are left to whoever shows
    /// the mismatch in full.
    pub fn violation(&self, at: &str) -> Violation {
        let found = self.hint.as_deref().unwrap_or("another signature, which no known mistake explains");
        Violation::new(at, Rule::Signature, "the signature of what was sent, made with the caller's secret", found)
    }
}

/// All of it, over several lines.
impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "the signature is not the one of this request")?;
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
        let expected = "the signature is not the one of this request\nwhat was sent, as it is signed:\n    GET\n    /a/\n\
            string to sign:\n    HMAC-SHA256\n    00\nhint: do this";
        assert_eq!(mismatch.to_string(), expected);
        assert_eq!(mismatch.violation("/params/sign").found, "do this");
    }
}
