//! Finding what somebody means by a part of its words, in any language that the specs have.

use std::fmt::Write as _;

use serde_json::Value;

/// Whether some texts have every word of `part`, whatever its case.
pub(super) fn speak_of<'t>(texts: impl IntoIterator<Item = &'t str>, part: &str) -> bool {
    let mut all = String::new();
    for text in texts {
        let _ = writeln!(all, "{}", text.to_lowercase());
    }
    let part = part.to_lowercase();
    let mut words = part.split_whitespace().peekable();
    words.peek().is_some() && words.all(|word| all.contains(word))
}

/// Every text of a document, names of members too.
pub(super) fn texts<'d>(document: &'d Value, found: &mut Vec<&'d str>) {
    match document {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => {
            for (name, member) in members {
                found.push(name);
                texts(member, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_counts_and_case_does_not() {
        let texts = ["CreateShare", "Create a share", "空间不存在"];
        for part in ["share", "SHARE create", "空间", "teshare"] {
            assert!(speak_of(texts, part), "{part}");
        }
        for part in ["", " ", "share delete", "分享"] {
            assert!(!speak_of(texts, part), "{part}");
        }
    }

    #[test]
    fn names_and_values_of_a_document_are_texts() {
        let document = serde_json::json!({ "a": [1, "b", { "c": true }] });
        let mut found = Vec::new();
        texts(&document, &mut found);
        assert_eq!(found, ["a", "b", "c"]);
    }
}
