//! The condition of a rule, the `if` of a schema, in words.

use serde_json::Value;

/// What a condition asks for, such as `taskType is 7`; nothing if there are no words for it.
pub(super) fn in_words(schema: &Value) -> Option<String> {
    let mut words = Vec::new();
    collect(schema, "", true, &mut words)?;
    (!words.is_empty()).then(|| words.join(" and "))
}

/// Adds what a schema asks of `subject`, or of its members. Not `holds` is the opposite.
fn collect(schema: &Value, subject: &str, holds: bool, words: &mut Vec<String>) -> Option<()> {
    let is = if holds { "is" } else { "is not" };
    for (keyword, value) in schema.as_object()? {
        let text = match keyword.as_str() {
            "properties" => {
                for (name, schema) in value.as_object()? {
                    collect(schema, &below(subject, name), holds, words)?;
                }
                continue;
            }
            "required" => {
                let known = |name: &str| schema["properties"].get(name).is_some();
                let names = value.as_array()?.iter().filter_map(Value::as_str).filter(|name| !known(name));
                let names: Vec<String> = names.map(|name| format!("{} {is} given", below(subject, name))).collect();
                if names.is_empty() {
                    continue;
                }
                names.join(if holds { " and " } else { " or " })
            }
            "const" => format!("{subject} {is} {value}"),
            "enum" => format!("{subject} {is} {}", listed(value.as_array()?.iter().map(Value::to_string), "or")),
            "minimum" => format!("{subject} {is} at least {value}"),
            "maximum" => format!("{subject} {is} at most {value}"),
            "exclusiveMinimum" => format!("{subject} {is} more than {value}"),
            "exclusiveMaximum" => format!("{subject} {is} less than {value}"),
            "anyOf" if holds => {
                let mut ways = Vec::new();
                for schema in value.as_array()? {
                    let mut way = Vec::new();
                    collect(schema, subject, true, &mut way)?;
                    ways.push(way.join(" and "));
                }
                listed(ways.into_iter(), "or")
            }
            "not" if holds => {
                let mut opposite = Vec::new();
                collect(value, subject, false, &mut opposite)?;
                opposite.join(" or ")
            }
            "type" | "description" | "x-uncertain" => continue,
            _ => return None,
        };
        words.push(text);
    }
    Some(())
}

fn below(subject: &str, name: &str) -> String {
    if subject.is_empty() { name.to_owned() } else { format!("{subject}.{name}") }
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn listed(items: impl Iterator<Item = String>, last: &str) -> String {
    let mut items: Vec<String> = items.collect();
    let end = items.pop().unwrap_or_default();
    if items.is_empty() { end } else { format!("{} {last} {end}", items.join(", ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_the_specs_has_words() {
        for (schema, words) in [
            (json!({ "required": ["scope"], "properties": { "scope": { "const": 2 } } }), "scope is 2"),
            (json!({ "properties": { "id": { "const": "-1" } } }), "id is \"-1\""),
            (json!({ "properties": { "n": { "enum": [1, 2, 3] } } }), "n is 1, 2 or 3"),
            (json!({ "properties": { "n": { "exclusiveMinimum": 0 } }, "required": ["n"] }), "n is more than 0"),
            (json!({ "required": ["a", "b"] }), "a is given and b is given"),
            (json!({ "not": { "properties": { "taskType": { "const": 7 } } } }), "taskType is not 7"),
            (json!({ "anyOf": [{ "required": ["a"] }, { "required": ["b"] }] }), "a is given or b is given"),
            (json!({ "properties": { "a": { "properties": { "b": { "const": true } } } } }), "a.b is true"),
        ] {
            assert_eq!(in_words(&schema).as_deref(), Some(words), "{schema}");
        }
    }

    #[test]
    fn what_has_no_words_gets_none() {
        for schema in [json!({}), json!(true), json!({ "propertyNames": { "maxLength": 1 } })] {
            assert_eq!(in_words(&schema), None, "{schema}");
        }
    }
}
