//! Values as YAML on one line: JSON, with what YAML does not take and what templates would.

use serde_json::Value;

use crate::document::yaml_of_json;

/// A value under `body` or `headers`: braces in texts are no templates.
pub(super) fn answer(value: &Value) -> String {
    yaml_of_json(with_braces(value).to_string())
}

/// A value under `match`, where nothing is a template.
pub(super) fn plain(value: &Value) -> String {
    yaml_of_json(value.to_string())
}

fn with_braces(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(braces(text)),
        Value::Array(items) => items.iter().map(with_braces).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), with_braces(value))).collect())
        }
        other => other.clone(),
    }
}

fn braces(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = [rest.find("{{"), rest.find("{%")].into_iter().flatten().min() {
        let (before, from) = rest.split_at(place);
        let (mark, after) = from.split_at(2);
        written.push_str(before);
        written.push_str(&format!("{{{{ '{mark}' }}}}"));
        rest = after;
    }
    written.push_str(rest);
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diagnostic::Source,
        document::{self, ReadLimits, Written},
    };
    use serde_json::json;

    #[test]
    fn any_text_reads_back_as_it_was() {
        let value = json!({ "a: b": ["\u{7f}\u{85}\u{2028}\u{feff}\u{ffff}\u{1}\"\\/\t\n 空😀", "- x", "# y", "null", "1.0", "%a"], "#": {}, "-": [], "?": -1.5e3, "": null });
        let source = Source::new("a.yaml", format!("key: {}\n", plain(&value)));
        let node = document::read(&source, ReadLimits::default()).unwrap();
        let read: Value = serde_json::from_str(&Written::from(node.get("key").unwrap()).to_string()).unwrap();
        assert_eq!(read, value);
    }

    #[test]
    fn braces_are_written_so_that_they_are_sent() {
        assert_eq!(answer(&json!({ "{{a": "{{{ x }} {%" })), "{\"{{a\":\"{{ '{{' }}{ x }} {{ '{%' }}\"}");
    }
}
