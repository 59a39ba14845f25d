//! A signature that does not fit, explained.

use std::fmt;

use super::super::violation::Violation;

/// What the server signed in place of what the client seems to have signed. Holds no secret, but values of the request: whoever
/// shows it hides the ones that the service calls secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What was sent, in the order and form in which it is signed: KooDrive's canonical request, or gokuai's parameters as
    /// `name=value`, a line each.
    pub canonical: String,
    /// What the key was applied to.
    pub string_to_sign: String,
    /// What the client seems to have done and what to do, where a known mistake leads to the very signature that was sent.
    pub hint: Option<String>,
}

impl Mismatch {
    /// The mismatch as a broken rule; `at` is where the signature stands. The texts that were signed are left to whoever shows
    /// the mismatch in full.
    pub fn violation(&self, at: &str) -> Violation {
        let found = self.hint.as_deref().unwrap_or("another signature, which no known mistake explains");
        Violation::new(at, "signature", "the signature of what was sent, made with the caller's secret", found)
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
