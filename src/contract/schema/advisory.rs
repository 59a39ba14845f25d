//! The advisory form of a schema.

use serde_json::{Map, Value};

/// The advisory schema of a schema: the rules under `x-warn` apply, and objects with declared members are closed.
pub(super) fn advisory(schema: &Value) -> Value {
    let Some(members) = schema.as_object() else { return schema.clone() };
    let mut result = Map::new();
    for (keyword, value) in members {
        let value = match keyword.as_str() {
            "properties" | "$defs" => match value.as_object() {
                Some(schemas) => schemas.iter().map(|(name, schema)| (name.clone(), advisory(schema))).collect(),
                None => value.clone(),
            },
            "items" | "additionalProperties" => advisory(value),
            "oneOf" | "anyOf" => match value.as_array() {
                Some(schemas) => schemas.iter().map(advisory).collect(),
                None => value.clone(),
            },
            "x-warn" => continue,
            _ => value.clone(),
        };
        result.insert(keyword.clone(), value);
    }
    if let Some(rule) = members.get("x-warn") {
        let rules = result.entry("allOf").or_insert_with(|| Value::Array(Vec::new()));
        // Whatever else stands there is a mistake, which the compiler finds.
        if let Value::Array(rules) = rules {
            rules.push(rule.clone());
        }
    }
    if members.contains_key("properties") && !members.contains_key("additionalProperties") {
        result.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    Value::Object(result)
}
