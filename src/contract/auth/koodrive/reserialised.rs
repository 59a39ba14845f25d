//! A JSON body as other serialisers would write it: many clients sign one JSON text and send another.

use std::io;

use serde_json::{
    Value,
    ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer},
};

/// Larger bodies are not tried: each of the texts is hashed.
const LARGEST: usize = 128 << 10;

/// Longer texts are not produced: indentation can make a text much longer.
const LONGEST: usize = 2 * LARGEST;

/// Other JSON texts of the same value, with the spacing, key order and escapes of common serialisers; none if the body is not JSON.
pub(super) fn other_texts(body: &[u8]) -> Vec<String> {
    if body.len() > LARGEST {
        return Vec::new();
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let mut ordered = value.clone();
    ordered.sort_all_objects();
    let mut texts = Vec::new();
    for value in [&value, &ordered] {
        for spacing in [Spacing::None, Spacing::AfterCommaAndColon, Spacing::Lines(b"  "), Spacing::Lines(b"    ")] {
            let Some(text) = spacing.write(value) else { continue };
            texts.extend([ascii(&text), ascii(&text).replace('/', "\\/"), html_safe(&text), text]);
        }
    }
    texts
}

#[derive(Clone, Copy)]
enum Spacing {
    /// As JavaScript, Java and Go write it.
    None,
    /// As Python writes it.
    AfterCommaAndColon,
    /// One member per line.
    Lines(&'static [u8]),
}

impl Spacing {
    fn write(self, value: &Value) -> Option<String> {
        match self {
            Self::None => write(value, CompactFormatter),
            Self::AfterCommaAndColon => write(value, Spaced),
            Self::Lines(indent) => write(value, PrettyFormatter::with_indent(indent)),
        }
    }
}

fn write(value: &Value, formatter: impl Formatter) -> Option<String> {
    let mut text = Bounded(Vec::new());
    serde::Serialize::serialize(value, &mut Serializer::with_formatter(&mut text, formatter)).ok()?;
    String::from_utf8(text.0).ok()
}

/// A text of at most [`LONGEST`] bytes, which the indentation of a deeply nested value could exceed.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A space after each comma and colon.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: io::Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: io::Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

/// With everything beyond ASCII escaped, which can only be inside strings.
fn ascii(json: &str) -> String {
    escape(json, |character| !character.is_ascii())
}

/// With the special characters of HTML escaped, as Go does.
fn html_safe(json: &str) -> String {
    escape(json, |character| matches!(character, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'))
}

fn escape(json: &str, escaped: impl Fn(char) -> bool) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if escaped(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_texts_of_common_serialisers() {
        let texts = other_texts(r#"{"b":"空/<","a":[1,2]}"#.as_bytes());
        for text in [
            r#"{"b":"空/<","a":[1,2]}"#,
            r#"{"b": "空/<", "a": [1, 2]}"#,
            r#"{"a": [1, 2], "b": "\u7a7a/<"}"#,
            r#"{"b":"\u7a7a\/<","a":[1,2]}"#,
            r#"{"a":[1,2],"b":"空/\u003c"}"#,
            "{\n  \"b\": \"空/<\",\n  \"a\": [\n    1,\n    2\n  ]\n}",
        ] {
            assert!(texts.iter().any(|found| found == text), "{text}");
        }
    }

    #[test]
    fn the_texts_of_a_deeply_nested_value_do_not_outgrow_their_bound() {
        let body = format!("{}{}0{}", "[".repeat(120), "0,".repeat(50_000), "]".repeat(120));
        let texts = other_texts(body.as_bytes());
        assert!(texts.contains(&body.replace(',', ", ")));
        assert!(texts.iter().map(String::len).sum::<usize>() < 4 << 20, "{}", texts.len());
    }

    #[test]
    fn leaves_what_is_no_json_and_what_is_large_alone() {
        assert!(other_texts(b"").is_empty());
        assert!(other_texts(b"{a:1}").is_empty());
        assert!(other_texts(format!("\"{}\"", "a".repeat(LARGEST)).as_bytes()).is_empty());
    }
}
