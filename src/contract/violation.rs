//! One way in which a request breaks the contract.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::{json::Json, rule::Rule};

/// A broken rule: where it was broken, what was expected, and what was found.
///
/// ```
/// use understudy::contract::{Rule, Violation};
///
/// let violation = Violation::new("/body/validDays", Rule::Maximum, "at most 365", "366");
/// assert_eq!(violation.to_string(), "/body/validDays: expected at most 365, found 366");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Violation {
    /// A JSON pointer; its first segment is `path`, `query`, `headers` (name as documented), `body` or `params`.
    pub at: String,
    /// The rule that is broken.
    pub rule: Rule,
    /// What the contract expects.
    pub expected: String,
    /// What the request has; secrets are never shown.
    pub found: String,
}

impl Violation {
    /// Creates a violation.
    pub fn new(at: impl Into<String>, rule: Rule, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { at: at.into(), rule, expected: expected.into(), found: found.into() }
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: expected {}, found {}", self.at, self.expected, self.found)
    }
}

/// Nobody reads more findings of a kind than this, and a hostile request could cause a million of them.
pub(super) const MOST: usize = 1000;

/// What is found where something is missing.
pub(super) const NOTHING: &str = "nothing";

/// What is found where none of several is there.
pub(super) const NONE: &str = "none of them";

/// How much of a long text is shown, in characters.
const SHOWN: usize = 40;

/// A text of at most so many characters is shown whole.
const SPARED: usize = 60;

/// Violations in the form of the header `X-Understudy-Violations`: a JSON array in ASCII of at most `limit` bytes. Where not all of them fit,
/// the last element counts the rest, which the journal has.
pub fn to_header(violations: &[Violation], limit: usize) -> String {
    let mut header = String::from("[");
    // Where each element ends.
    let mut ends = Vec::new();
    for violation in violations {
        push_element(&mut header, violation);
        if header.len() >= limit {
            break;
        }
        ends.push(header.len());
    }
    if ends.len() < violations.len() {
        loop {
            header.truncate(ends.last().copied().unwrap_or(1));
            let found = format!("{} more, which the journal has", violations.len() - ends.len());
            let kept = header.len();
            push_element(
                &mut header,
                &Violation::new("", Rule::More, format!("at most {limit} bytes in this header"), found),
            );
            if header.len() < limit {
                break;
            }
            header.truncate(kept);
            if ends.pop().is_none() {
                break;
            }
        }
    }
    header.push(']');
    header
}

fn push_element(header: &mut String, violation: &Violation) {
    if header.len() > 1 {
        header.push(',');
    }
    push_ascii(header, &serde_json::to_string(violation).unwrap_or_else(|_| "{}".to_owned()));
}

fn push_ascii(target: &mut String, json: &str) {
    for character in json.chars() {
        if matches!(character, ' '..='~') {
            target.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(target, "\\u{unit:04x}");
            }
        }
    }
}

/// A short description of a value for "found ...": scalars as JSON, collections by kind and size.
pub fn describe(value: &Json<'_>) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Boolean(value) => value.to_string(),
        Json::Number(number) => number.to_string(),
        Json::Text(text) => quoted(text),
        Json::Array(items) => format!("an array of {}", items.len()),
        Json::Object(members) => format!("an object of {} members", members.len()),
    }
}

/// A text as [`describe`] shows it: in quotes, and only the beginning of a long one.
pub fn quoted(text: &str) -> String {
    beginning(text, |text| Value::String(text.to_owned()).to_string())
}

/// A text without quotes, such as a number as it was sent, and only the beginning of a long one.
pub(super) fn shortened(text: &str) -> String {
    beginning(text, str::to_owned)
}

fn beginning(text: &str, show: impl Fn(&str) -> String) -> String {
    let mut characters = text.char_indices();
    match (characters.by_ref().nth(SHOWN).map(|(end, _)| end), characters.nth(SPARED - SHOWN - 1)) {
        (Some(end), Some(_)) => {
            format!("{}... ({} characters)", show(&text[..end]), text.chars().count())
        }
        _ => show(text),
    }
}

/// How much of a name a pointer shows, in characters. A name may be as long as the body, and be part of a thousand pointers.
pub(super) const NAME_SHOWN: usize = 200;

/// Appends a name that the request chose to a JSON pointer, and only the beginning of a long one.
pub(super) fn push_name(pointer: &mut String, name: &str) {
    match name.char_indices().nth(NAME_SHOWN) {
        Some((end, _)) => push_segment(pointer, &format!("{}...", &name[..end])),
        None => push_segment(pointer, name),
    }
}

/// Appends one segment to a JSON pointer.
pub fn push_segment(pointer: &mut String, segment: &str) {
    pointer.push('/');
    for character in segment.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_ascii_and_stays_json() {
        let header = to_header(&[Violation::new("/body/名", Rule::Type, "a string", "\"空😀\"")], 4096);
        assert!(header.is_ascii());
        let parsed: Value = serde_json::from_str(&header).unwrap();
        assert_eq!(parsed[0]["at"], "/body/名");
        assert_eq!(parsed[0]["found"], "\"空😀\"");
    }

    #[test]
    fn the_header_never_passes_its_limit_and_stays_whole() {
        let many: Vec<_> =
            (0..500).map(|index| Violation::new(format!("/body/{index}"), Rule::Type, "a string", "1")).collect();
        let header = to_header(&many, 4096);
        assert!(header.len() <= 4096);
        let kept: Vec<Value> = serde_json::from_str(&header).unwrap();
        assert!(kept.len() > 40);
    }

    #[test]
    fn what_has_no_room_in_the_header_is_counted_by_its_last_element() {
        let many: Vec<_> =
            (0..50).map(|index| Violation::new(format!("/body/{index}"), Rule::Type, "a string", "1")).collect();
        let whole = to_header(&many, usize::MAX);
        assert_eq!(to_header(&many, whole.len()), whole);
        for limit in 150..whole.len() {
            let header = to_header(&many, limit);
            assert!(header.len() <= limit, "{limit}: {header}");
            let list: Vec<Value> = serde_json::from_str(&header).unwrap();
            let (last, shown) = list.split_last().unwrap();
            assert_eq!(last["rule"], "more", "{limit}");
            assert_eq!(last["found"], format!("{} more, which the journal has", 50 - shown.len()));
            assert!(shown.iter().zip(&many).all(|(shown, violation)| shown["at"] == violation.at));
        }
        let wide = Violation::new("/body", Rule::Type, "a string", "x".repeat(5000));
        assert!(to_header(&[wide], 4096).contains("\"found\":\"1 more, which the journal has\""));
    }

    #[test]
    fn the_beginning_of_a_long_text_is_shown() {
        assert_eq!(quoted(&"空".repeat(60)), format!("\"{}\"", "空".repeat(60)));
        assert_eq!(quoted(&"\"".repeat(61)), format!("\"{}\"... (61 characters)", "\\\"".repeat(40)));
    }

    #[test]
    fn pointers_escape_slash_and_tilde() {
        let mut pointer = String::from("/body");
        push_segment(&mut pointer, "a/b~c");
        assert_eq!(pointer, "/body/a~1b~0c");
    }
}
