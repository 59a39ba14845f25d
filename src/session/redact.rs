//! What is never shown: values of secret headers and members, wherever a request is shown to a person or a program.

use std::borrow::Cow;

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
    json: Option<Regex>,
    form: Option<Regex>,
}

impl Redaction {
    /// Hides the values of these names, whatever their letter case.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let any = names.iter().map(|name| regex::escape(name)).collect::<Vec<_>>().join("|");
        // Without names the patterns would match everything that has none.
        let compile = |pattern: String| (!names.is_empty()).then(|| Regex::new(&pattern).ok()).flatten();
        Self {
            // A text that ends inside the secret, as broken JSON may, hides the rest.
            json: compile(format!(r#"(?is)("(?:{any})"\s*:\s*)("(?:[^"\\]|\\.)*(?:"|\\?\z)|[^\s,}}\]]+)"#)),
            form: compile(format!(r"(?i)((?:^|[?&])(?:{any})=)([^&\s]+)")),
            names,
        }
    }

    /// A header's value as it may be shown.
    pub fn header<'v>(&self, name: &str, value: &'v str) -> &'v str {
        if self.names.iter().any(|secret| secret.eq_ignore_ascii_case(name)) { REDACTED } else { value }
    }

    /// A body, query or target as it may be shown: members of JSON texts and form fields with secret names are hidden, all else
    /// stays as it is, byte for byte.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some((json, form)) = self.json.as_ref().zip(self.form.as_ref()) else { return Cow::Borrowed(text) };
        let text = json.replace_all(text, |captures: &Captures<'_>| {
            let hidden = if captures[2].starts_with('"') { format!("\"{REDACTED}\"") } else { REDACTED.to_owned() };
            format!("{}{hidden}", &captures[1])
        });
        match form.replace_all(&text, |captures: &Captures<'_>| format!("{}{REDACTED}", &captures[1])) {
            Cow::Borrowed(_) => text,
            Cow::Owned(text) => Cow::Owned(text),
        }
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
    fn hides_form_fields_and_query_parameters() {
        assert_eq!(redaction().text("/a?password=x&b=1"), "/a?password=[redacted]&b=1");
        assert_eq!(redaction().text("a=1&extractCode=ab12"), "a=1&extractCode=[redacted]");
    }

    #[test]
    fn without_secrets_nothing_is_hidden() {
        assert_eq!(Redaction::new([]).text("a=1"), "a=1");
    }
}
