//! What is never shown: values of secret headers and members, wherever a request is shown to a person or a program.

use std::{borrow::Cow, sync::OnceLock};

use regex::{Captures, Regex};

/// What stands in a secret's place.
pub(super) const REDACTED: &str = "[redacted]";

/// The secrets of all services of a stand-in.
///
/// ```
/// use understudy::session::Redaction;
///
/// let redaction = Redaction::new(["Authorization", "extractCode"]);
/// assert_eq!(redaction.text(r#"{"extractCode":"ab12"}"#), r#"{"extractCode":"[redacted]"}"#);
/// assert_eq!(redaction.header("authorization", "Bearer x"), "[redacted]");
/// ```
#[derive(Debug)]
pub struct Redaction {
    names: Vec<String>,
    /// Compiled when something is shown for the first time, which no call waits for.
    patterns: OnceLock<Option<Patterns>>,
    /// The same, for texts in which a name may be written with escapes.
    escaped: OnceLock<Option<Patterns>>,
}

#[derive(Debug)]
struct Patterns {
    json: Regex,
    form: Regex,
    /// Header lines, in bytes that never became a request.
    line: Regex,
}

impl Patterns {
    /// Nothing without names: the patterns would match everything that has none. `spelt` is how a name is found.
    fn new(names: &[String], spelt: fn(&str) -> String) -> Option<Self> {
        let any = names.iter().map(|name| spelt(name)).collect::<Vec<_>>().join("|");
        // A text that ends inside the secret, as broken JSON may, hides the rest.
        let json = format!(r#"(?is)("(?:{any})"\s*:\s*)("(?:[^"\\]|\\.)*(?:"|\\?\z)|[^\s,}}\]]+)"#);
        let form = format!(r"(?im)((?:^|[?&])(?:{any})=)([^&\s]+)");
        let line = format!(r"(?im)^((?:{any})[ \t]*:[ \t]*)([^\r\n]+)");
        if names.is_empty() {
            return None;
        }
        Some(Self { line: Regex::new(&line).ok()?, json: Regex::new(&json).ok()?, form: Regex::new(&form).ok()? })
    }
}

/// A name in which each letter may be itself, `%65` as in a form, or `\\u0065` as in JSON.
fn with_escapes(name: &str) -> String {
    let letter = |letter: char| {
        let mut spelt = regex::escape(letter.encode_utf8(&mut [0; 4]));
        for case in [letter.to_ascii_lowercase(), letter.to_ascii_uppercase()] {
            spelt.push_str(&format!(r"|%{0:02x}|\\u{0:04x}", u32::from(case)));
        }
        format!("(?:{spelt})")
    };
    name.chars().map(letter).collect()
}

impl Redaction {
    /// Hides the values of these names, whatever their letter case.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            names: names.into_iter().map(str::to_owned).collect(),
            patterns: OnceLock::new(),
            escaped: OnceLock::new(),
        }
    }

    /// A header's value as it may be shown.
    pub fn header<'v>(&self, name: &str, value: &'v str) -> &'v str {
        if self.names.iter().any(|secret| secret.eq_ignore_ascii_case(name)) { REDACTED } else { value }
    }

    /// A request target as it may be shown.
    pub fn target<'t>(&self, target: &'t str) -> Cow<'t, str> {
        // Most targets have no query, and the terminal shows one for every call.
        if target.contains('?') { self.text(target) } else { Cow::Borrowed(target) }
    }

    /// A body, query or target as it may be shown: members of JSON texts and form fields with secret names are hidden, all else
    /// stays as it is, byte for byte.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let patterns = if text.contains(['%', '\\']) {
            self.escaped.get_or_init(|| Patterns::new(&self.names, with_escapes))
        } else {
            self.patterns.get_or_init(|| Patterns::new(&self.names, regex::escape))
        };
        let Some(Patterns { json, form, line }) = patterns else { return Cow::Borrowed(text) };
        let text = json.replace_all(text, |captures: &Captures<'_>| {
            let hidden = if captures[2].starts_with('"') { format!("\"{REDACTED}\"") } else { REDACTED.to_owned() };
            format!("{}{hidden}", &captures[1])
        });
        // Each of the others hides from its second group on.
        [form, line].into_iter().fold(text, |text, pattern| {
            match pattern.replace_all(&text, |captures: &Captures<'_>| format!("{}{REDACTED}", &captures[1])) {
                Cow::Borrowed(_) => text,
                Cow::Owned(text) => Cow::Owned(text),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redaction() -> Redaction {
        Redaction::new(["Authorization", "password", "extractCode"])
    }

    #[test]
    fn hides_members_of_json_and_leaves_the_rest_alone() {
        let text = redaction()
            .text(r#"{ "Password" : "a\"b", "n":1, "extractCode":12, "x":{"extractCode":null} }"#)
            .into_owned();
        assert_eq!(
            text,
            r#"{ "Password" : "[redacted]", "n":1, "extractCode":[redacted], "x":{"extractCode":[redacted]} }"#
        );
    }

    #[test]
    fn hides_secrets_in_json_that_is_broken() {
        assert_eq!(redaction().text(r#"{"password":"abc"#), r#"{"password":"[redacted]""#);
        assert_eq!(redaction().text("{\"password\":\"abc\\"), r#"{"password":"[redacted]""#);
    }

    #[test]
    fn hides_secrets_whose_names_are_written_with_escapes() {
        assert_eq!(redaction().text("/a?%70assw%4Frd=x&b=%20"), "/a?%70assw%4Frd=[redacted]&b=%20");
        assert_eq!(redaction().text(r#"{"p\u0061ss\u0057ord":"x"}"#), r#"{"p\u0061ss\u0057ord":"[redacted]"}"#);
        assert_eq!(redaction().text(r#"{"password":"\\","b":"%"}"#), r#"{"password":"[redacted]","b":"%"}"#);
    }

    #[test]
    fn hides_form_fields_and_query_parameters() {
        assert_eq!(redaction().text("/a?password=x&b=1"), "/a?password=[redacted]&b=1");
        assert_eq!(redaction().text("a=1&extractCode=ab12"), "a=1&extractCode=[redacted]");
    }

    #[test]
    fn hides_what_was_signed_line_by_line() {
        assert_eq!(redaction().text("GET\n/a/\npassword=x&b=1\nhost:h"), "GET\n/a/\npassword=[redacted]&b=1\nhost:h");
    }

    #[test]
    fn hides_header_lines_of_what_never_became_a_request() {
        let text = redaction().text("POST / HTTP/1.1\r\nauthorization: Bearer x\r\nHost: a\r\n").into_owned();
        assert_eq!(text, "POST / HTTP/1.1\r\nauthorization: [redacted]\r\nHost: a\r\n");
    }

    #[test]
    fn without_secrets_nothing_is_hidden() {
        assert_eq!(Redaction::new([]).text("a=1"), "a=1");
    }
}
