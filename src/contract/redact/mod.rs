//! What is never shown: the values of secret headers, members and parameters, wherever a call is shown to a person or a program.
//!
//! Everything that shows something of a call asks here: the journal, the terminal, violations, the log.

mod body;
mod conceal;
mod letters;
pub(in crate::contract) mod names;
mod spans;
mod unnamed;

use std::borrow::Cow;

pub use self::body::ShownBody;
use self::spans::{Form, Span, spans};

/// What stands in a secret's place.
pub const REDACTED: &str = "[redacted]";

/// How the values of headers begin that are credentials, whatever the header is called.
const SCHEMES: [&str; 7] =
    ["bearer", "basic", "digest", "negotiate", "hmac-sha256", "sdk-hmac-sha256", "aws4-hmac-sha256"];

/// The secrets of all services of a stand-in.
///
/// ```
/// use understudy::contract::redact::Redaction;
///
/// let redaction = Redaction::new(["extractCode"]);
/// assert_eq!(redaction.text(r#"{"extractCode":"ab12"}"#), r#"{"extractCode":"[redacted]"}"#);
/// assert_eq!(redaction.header("authorization", "Bearer x"), "[redacted]");
/// ```
#[derive(Debug, Default)]
pub struct Redaction {
    names: Vec<String>,
}

impl Redaction {
    /// Hides the values of these names and of names that are secrets in any service, such as `password`, whatever their letter case.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { names: names.into_iter().map(str::to_owned).collect() }
    }

    /// Whether the value of a header, member or parameter is a secret.
    pub fn is_secret(&self, name: &str) -> bool {
        self.is_secret_name(name.as_bytes())
    }

    fn is_secret_name(&self, name: &[u8]) -> bool {
        let stem = names::stem(name);
        names::is_secret(stem) || self.names.iter().any(|secret| names::are_alike(secret.as_bytes(), stem))
    }

    /// A header's value as it may be shown.
    pub fn header<'v>(&self, name: &str, value: &'v str) -> Cow<'v, str> {
        if self.is_secret(name) || value.split_once(' ').is_some_and(|(word, _)| is_scheme(word.as_bytes())) {
            return Cow::Borrowed(REDACTED);
        }
        self.text(value)
    }

    /// A request target as it may be shown.
    pub fn target<'t>(&self, target: &'t str) -> Cow<'t, str> {
        // Most targets have no value, and the terminal shows one for every call.
        if target.contains(['=', ':', '%']) { self.text(target) } else { Cow::Borrowed(target) }
    }

    /// A body, a target, or a part of them as it may be shown: what secret names stand before is hidden, all else stays as it is, byte
    /// for byte. Texts inside texts are looked through, broken ones too.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        hide(text, &self.spans(text))
    }

    /// A text that should have been the head of a request.
    fn head<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let lines = |text: &str| spans(text, Form::Head, &|name| self.is_secret_name(name) || is_scheme(name));
        match self.text(text) {
            Cow::Borrowed(text) => hide(text, &lines(text)),
            Cow::Owned(text) => Cow::Owned(hide(&text, &lines(&text)).into_owned()),
        }
    }

    fn spans(&self, text: &str) -> Vec<Span> {
        spans(text, Form::Any, &|name| self.is_secret_name(name))
    }
}

fn is_scheme(word: &[u8]) -> bool {
    SCHEMES.iter().any(|scheme| scheme.as_bytes().eq_ignore_ascii_case(word))
}

fn hide<'t>(text: &'t str, spans: &[Span]) -> Cow<'t, str> {
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for span in spans {
        let quote = text.get(span.quote.clone()).unwrap_or_default();
        shown.push_str(text.get(end..span.range.start).unwrap_or_default());
        shown.extend([quote, REDACTED, quote]);
        end = span.range.end;
    }
    shown.push_str(text.get(end..).unwrap_or_default());
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests;
