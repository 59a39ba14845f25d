//! JSON inside a document of HTML.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Serializer, ser::Formatter};

/// Writes a value as JSON in which nothing can end its element, or begin a comment. A browser that reads it as a script, as it should
/// not, finds no end of a line in its texts either.
pub(super) fn embed(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(to, Embedded);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

struct Embedded;

impl Formatter for Embedded {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, to: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(place) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            to.write_all(&rest.as_bytes()[..place])?;
            let found = rest[place..].chars().next().unwrap_or_default();
            write!(to, "\\u{:04x}", u32::from(found))?;
            rest = &rest[place + found.len_utf8()..];
        }
        to.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn nothing_in_a_text_ends_the_element_and_all_of_it_reads_back() {
        let hostile = "</script><!--<script>\u{2028}\u{2029}&lt;]]>\"\\ \u{1} 空 </SCRIPT\t>";
        let value = json!({ hostile: [hostile, 1.5, null], "plain": "text" });
        let mut written = Vec::new();
        embed(&mut written, &value).unwrap();
        let text = String::from_utf8(written).unwrap();
        assert!(!text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{text}");
        assert!(text.contains("\\u003c/script\\u003e") && text.contains("\\u2028"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
