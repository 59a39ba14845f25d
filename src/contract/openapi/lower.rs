//! From the schemas of OpenAPI 3.1, which are JSON Schema, to those of 3.0. A keyword that 3.0 lacks is said with others, or kept as `x-`.

use serde_json::{Map, Value, json};

use super::schemas::also;

/// Keywords that 3.0 lacks and has no other word for.
const KEPT: [&str; 12] = [
    "if",
    "then",
    "else",
    "contains",
    "minContains",
    "maxContains",
    "patternProperties",
    "propertyNames",
    "dependentRequired",
    "contentMediaType",
    "unevaluatedProperties",
    "prefixItems",
];

/// Keywords that belong to values of one type.
const OF_TYPE: [(&str, &[&str]); 4] = [
    ("string", &["minLength", "maxLength", "pattern", "format"]),
    ("array", &["items", "minItems", "maxItems", "uniqueItems"]),
    ("object", &["properties", "required", "additionalProperties", "minProperties", "maxProperties"]),
    ("integer", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
];

/// A schema in the words of 3.0.
pub(super) fn schema(schema: Value) -> Value {
    match schema {
        Value::Object(keywords) => object(keywords),
        Value::Bool(false) => json!({ "not": {} }),
        _ => json!({}),
    }
}

fn object(keywords: Map<String, Value>) -> Value {
    let bytes = keywords.contains_key("contentMediaType");
    let mut written = Map::new();
    for (keyword, value) in keywords {
        match (keyword.as_str(), value) {
            ("contentMediaType", _) => {
                written.insert("format".to_owned(), "binary".into());
            }
            ("const", value) => {
                written.insert("enum".to_owned(), json!([value]));
            }
            ("examples", Value::Array(examples)) => {
                written.extend(examples.into_iter().next().map(|example| ("example".to_owned(), example)));
            }
            ("exclusiveMinimum" | "exclusiveMaximum", Value::Number(limit)) => {
                let bound = if keyword == "exclusiveMinimum" { "minimum" } else { "maximum" };
                exclusive(&mut written, bound, &keyword, limit.into());
            }
            ("properties", Value::Object(members)) => {
                let members: Map<_, _> = members.into_iter().map(|(name, member)| (name, schema(member))).collect();
                written.insert(keyword, members.into());
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                written.insert(keyword, schemas.into_iter().map(schema).collect());
            }
            ("items" | "not", value) => {
                written.insert(keyword, schema(value));
            }
            ("additionalProperties", value @ Value::Object(_)) => {
                written.insert(keyword, schema(value));
            }
            (name, value) if KEPT.contains(&name) => {
                written.insert(format!("x-{keyword}"), value);
            }
            ("minimum" | "maximum", Value::Number(limit)) => inclusive(&mut written, &keyword, limit.into()),
            (_, value) => {
                written.insert(keyword, value);
            }
        }
    }
    if bytes {
        return written.into();
    }
    beside_reference(with_items(one_type(written))).into()
}

/// In 3.0 a limit is exclusive by a flag beside it, so that there is one limit: the stricter of two.
fn exclusive(written: &mut Map<String, Value>, bound: &str, flag: &str, limit: Value) {
    if written.get(bound).is_none_or(|known| known == &limit || is_stricter(bound, &limit, known)) {
        written.insert(bound.to_owned(), limit);
        written.insert(flag.to_owned(), true.into());
    }
}

fn inclusive(written: &mut Map<String, Value>, bound: &str, limit: Value) {
    if written.get(bound).is_none_or(|known| is_stricter(bound, &limit, known)) {
        written.shift_remove(if bound == "minimum" { "exclusiveMinimum" } else { "exclusiveMaximum" });
        written.insert(bound.to_owned(), limit);
    }
}

fn is_stricter(bound: &str, limit: &Value, known: &Value) -> bool {
    let (Some(limit), Some(known)) = (limit.as_f64(), known.as_f64()) else { return false };
    if bound == "minimum" { limit > known } else { limit < known }
}

/// A schema of 3.0 has one type: several are alternatives, and `null` is a flag.
fn one_type(mut written: Map<String, Value>) -> Map<String, Value> {
    let types = match written.get("type") {
        Some(Value::Array(types)) => types.clone(),
        Some(Value::String(kind)) if kind == "null" => vec![json!("null")],
        _ => return written,
    };
    let is_null = |kind: &Value| kind == "null";
    let nullable = types.iter().any(is_null);
    let others: Vec<Value> = types.into_iter().filter(|kind| !is_null(kind)).collect();
    match others.as_slice() {
        [] => {
            written.shift_remove("type");
            written.insert("enum".to_owned(), json!([null]));
        }
        [one] => {
            written.insert("type".to_owned(), one.clone());
        }
        several => {
            let alternatives = several.iter().map(|kind| alternative(kind, &written)).collect();
            for (_, keywords) in OF_TYPE {
                keywords.iter().for_each(|keyword| {
                    written.shift_remove(*keyword);
                });
            }
            written.shift_remove("type");
            add_alternatives(&mut written, alternatives);
        }
    }
    if nullable {
        written.insert("nullable".to_owned(), true.into());
    }
    written
}

/// One of several types, with the keywords that speak of it.
fn alternative(kind: &Value, written: &Map<String, Value>) -> Value {
    let numeric = kind == "number";
    let own = OF_TYPE.iter().find(|(name, _)| kind == name || (numeric && *name == "integer"));
    let mut alternative = Map::from_iter([("type".to_owned(), kind.clone())]);
    for keyword in own.map(|(_, keywords)| *keywords).unwrap_or_default() {
        alternative.extend(written.get(*keyword).map(|value| ((*keyword).to_owned(), value.clone())));
    }
    with_items(alternative).into()
}

fn add_alternatives(written: &mut Map<String, Value>, alternatives: Value) {
    if written.contains_key("anyOf") {
        also(written, json!({ "anyOf": alternatives }));
    } else {
        written.insert("anyOf".to_owned(), alternatives);
    }
}

/// In 3.0 an array says what its items are.
fn with_items(mut written: Map<String, Value>) -> Map<String, Value> {
    if written.get("type").is_some_and(|kind| kind == "array") && !written.contains_key("items") {
        written.insert("items".to_owned(), json!({}));
    }
    written
}

/// In 3.0 nothing beside a reference counts.
fn beside_reference(mut written: Map<String, Value>) -> Map<String, Value> {
    if written.len() > 1
        && let Some(target) = written.shift_remove("$ref")
    {
        let mut all = vec![json!({ "$ref": target })];
        if let Some(Value::Array(others)) = written.shift_remove("allOf") {
            all.extend(others);
        }
        written.shift_insert(0, "allOf".to_owned(), all.into());
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_3_0_says_otherwise_is_said_so() {
        for (newer, older) in [
            (json!(true), json!({})),
            (json!(false), json!({ "not": {} })),
            (json!({ "const": 3 }), json!({ "enum": [3] })),
            (json!({ "examples": ["a", "b"] }), json!({ "example": "a" })),
            (json!({ "type": ["string", "null"] }), json!({ "type": "string", "nullable": true })),
            (json!({ "type": "array" }), json!({ "type": "array", "items": {} })),
            (json!({ "exclusiveMinimum": 0 }), json!({ "minimum": 0, "exclusiveMinimum": true })),
            (json!({ "minimum": 5, "exclusiveMinimum": 0 }), json!({ "minimum": 5 })),
            (json!({ "exclusiveMaximum": 9, "maximum": 7 }), json!({ "maximum": 7 })),
            (json!({ "maximum": 7, "exclusiveMaximum": 7 }), json!({ "maximum": 7, "exclusiveMaximum": true })),
            (json!({ "$ref": "#/a", "maximum": 2 }), json!({ "allOf": [{ "$ref": "#/a" }], "maximum": 2 })),
            (json!({ "$ref": "#/a" }), json!({ "$ref": "#/a" })),
            (
                json!({ "type": ["integer", "string"], "minimum": 1, "maxLength": 2, "description": "d" }),
                json!({ "description": "d", "anyOf": [
                    { "type": "integer", "minimum": 1 }, { "type": "string", "maxLength": 2 }
                ] }),
            ),
        ] {
            assert_eq!(schema(newer.clone()), older, "{newer}");
        }
    }

    #[test]
    fn what_3_0_cannot_say_is_kept() {
        let condition = json!({ "required": ["a"] });
        let newer =
            json!({ "type": "object", "properties": { "if": { "const": 1 } }, "if": condition, "then": condition });
        let older = json!({
            "type": "object", "properties": { "if": { "enum": [1] } }, "x-if": condition, "x-then": condition
        });
        assert_eq!(schema(newer), older);
    }
}
