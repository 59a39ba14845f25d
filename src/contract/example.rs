//! The smallest value that a schema allows, the same every time.

use serde_json::{Map, Value, json};

use super::format;

/// Follows the `$ref` at the root of a schema.
type Resolve<'a> = &'a dyn Fn(&Value) -> Value;

/// References that lead deeper than this are circular.
const DEPTH: usize = 16;
/// Levels of a full value that are full: a schema may refer to itself in several places.
const FULL: usize = 5;

/// The smallest value of a schema: mandatory members only, the first value of an enumeration, the lowest of a range.
pub fn smallest(schema: &Value, resolve: Resolve<'_>) -> Value {
    value(schema, resolve, 0, 0)
}

/// Like [`smallest`], but with all members that the schema lists, and two items in each array that allows them. Beyond a few levels,
/// values are small again.
pub fn fullest(schema: &Value, resolve: Resolve<'_>) -> Value {
    value(schema, resolve, 0, FULL)
}

/// The smallest successful answer: like [`smallest`], with result code 0 and a message where the table has them.
pub fn smallest_answer(schema: &Value, resolve: Resolve<'_>) -> Value {
    let mut answer = value(schema, resolve, 0, 0);
    if let (Some(members), Some(properties)) = (answer.as_object_mut(), schema["properties"].as_object()) {
        for (name, success) in [("code", json!(0)), ("msg", json!("success"))] {
            if properties.contains_key(name) {
                members.insert(name.to_owned(), success);
            }
        }
    }
    answer
}

fn value(schema: &Value, resolve: Resolve<'_>, depth: usize, full: usize) -> Value {
    if depth > DEPTH {
        return Value::Null;
    }
    let schema = &resolve(schema);
    for keyword in ["const", "default"] {
        if let Some(value) = schema.get(keyword) {
            return value.clone();
        }
    }
    for keyword in ["enum", "examples"] {
        if let Some(first) = schema.get(keyword).and_then(|values| values.get(0)) {
            return first.clone();
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("integer" | "number") => number(schema),
        Some("boolean") => json!(true),
        Some("string") => text(schema),
        Some("array") => {
            let least = |schema: &Value| schema["minItems"].as_u64().unwrap_or(0);
            let count = least(schema).max(least(&schema["x-warn"]));
            let wanted = if depth < full { schema["maxItems"].as_u64().unwrap_or(2).min(2) } else { 0 };
            (0..count.max(wanted).min(1000)).map(|_| value(&schema["items"], resolve, depth + 1, full)).collect()
        }
        Some("object") => object(schema, resolve, depth, full),
        _ if schema.get("properties").is_some() => object(schema, resolve, depth, full),
        _ => Value::Null,
    }
}

fn object(schema: &Value, resolve: Resolve<'_>, depth: usize, full: usize) -> Value {
    if let Some(properties) = schema["properties"].as_object().filter(|_| depth < full) {
        let member = |(name, schema): (&String, &Value)| (name.clone(), value(schema, resolve, depth + 1, full));
        return properties.iter().map(member).collect::<Map<_, _>>().into();
    }
    // Of several alternatives, the first one.
    let alternative = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(|schemas| schemas.get(0));
    let lists = [Some(schema), alternative];
    let required = lists.iter().flatten().flat_map(|schema| schema["required"].as_array()).flatten();
    required
        .filter_map(Value::as_str)
        .map(|name| (name.to_owned(), value(&schema["properties"][name], resolve, depth + 1, full)))
        .collect::<Map<_, _>>()
        .into()
}

fn number(schema: &Value) -> Value {
    let zero = json!(0);
    let at_least = schema.get("minimum").filter(|minimum| minimum.as_f64() > Some(0.0));
    let at_most = schema.get("maximum").filter(|maximum| maximum.as_f64() < Some(0.0));
    at_least.or(at_most).unwrap_or(&zero).clone()
}

fn text(schema: &Value) -> Value {
    let sample = match schema["format"].as_str().and_then(format::named).map(|format| format.name) {
        Some("basic-utc-time") => "20260102T030405Z",
        Some("utc-time") => "2026-01-02T03:04:05Z",
        Some("utc-time-millis") => "2026-01-02T03:04:05.678Z",
        Some("compact-time") => "20260102030405",
        _ if schema["pattern"].as_str().is_some_and(|pattern| pattern.contains("[0-9]") || pattern.contains("\\d")) => {
            "1"
        }
        _ => "x",
    };
    let length = usize::try_from(schema["minLength"].as_u64().unwrap_or(0)).unwrap_or(0);
    json!(if sample.len() < length { sample.repeat(length.div_ceil(sample.len())) } else { sample.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_mandatory_members_and_the_least_of_ranges() {
        let schema = json!({ "type": "object", "required": ["scope", "days", "ids", "name"], "properties": {
            "scope": { "type": "integer", "enum": [2, 3] },
            "days": { "$ref": "#/$defs/Days" },
            "ids": { "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 3 } },
            "name": { "type": "string" }, "other": { "type": "string" } } });
        let resolve = |schema: &Value| {
            if schema.get("$ref").is_some() { json!({ "type": "integer", "minimum": 7 }) } else { schema.clone() }
        };
        assert_eq!(smallest(&schema, &resolve), json!({ "scope": 2, "days": 7, "ids": ["xxx"], "name": "x" }));
    }

    #[test]
    fn a_full_value_has_what_is_optional_too() {
        let schema = json!({ "type": "object", "required": ["a"], "properties": {
            "a": { "type": "integer" },
            "ids": { "type": "array", "items": { "type": "string" } },
            "one": { "type": "array", "maxItems": 1, "items": { "type": "object", "properties": { "b": { "type": "boolean" } } } } } });
        assert_eq!(fullest(&schema, &Value::clone), json!({ "a": 0, "ids": ["x", "x"], "one": [{ "b": true }] }));
        let circle = json!({ "type": "object", "properties": { "left": { "$ref": "#" }, "right": { "$ref": "#" } } });
        fullest(&circle, &|part| if part.get("$ref").is_some() { circle.clone() } else { part.clone() });
    }

    #[test]
    fn an_answer_says_success() {
        let schema = json!({ "type": "object", "properties": { "data": true, "code": {}, "msg": {} } });
        assert_eq!(smallest_answer(&schema, &Value::clone), json!({ "code": 0, "msg": "success" }));
    }

    #[test]
    fn a_reference_to_itself_comes_to_an_end() {
        let schema = json!({ "type": "object", "required": ["child"], "properties": { "child": { "$ref": "#" } } });
        smallest(&schema, &|part| if part.get("$ref").is_some() { schema.clone() } else { part.clone() });
    }
}
