//! From the schemas of OpenAPI 3.1, which are JSON Schema, to those of 3.0. A keyword that 3.0 lacks is said with others, or kept as `x-`.

use serde_json::{Map, Value, json};

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
                let inclusive = if keyword == "exclusiveMinimum" { "minimum" } else { "maximum" };
                exclusive(&mut written, inclusive, &keyword, limit.into());
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
            (_, value) => {
                // A bound that is there already is the exclusive one, which is the stricter.
                if !(matches!(keyword.as_str(), "minimum" | "maximum") && written.contains_key(&keyword)) {
                    written.insert(keyword, value);
                }
            }
        }
    }
    if bytes {
        return written.into();
    }
    beside_reference(with_items(one_type(written))).into()
}

/// In 3.0 a limit is exclusive by a flag beside it.
fn exclusive(written: &mut Map<String, Value>, inclusive: &str, flag: &str, limit: Value) {
    let stricter = |known: &Value| match (known.as_f64(), limit.as_f64()) {
        (Some(known), Some(limit)) if inclusive == "minimum" => known > limit,
        (Some(known), Some(limit)) => known < limit,
        _ => false,
    };
    if !written.get(inclusive).is_some_and(stricter) {
        written.insert(inclusive.to_owned(), limit);
        written.insert(flag.to_owned(), true.into());
    }
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
            let alternatives = several.iter().map(|kind| alternative(kind, &mut written.clone())).collect();
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
fn alternative(kind: &Value, written: &mut Map<String, Value>) -> Value {
    let numeric = kind == "number";
    let own = OF_TYPE.iter().find(|(name, _)| kind == name || (numeric && *name == "integer"));
    let mut alternative = Map::from_iter([("type".to_owned(), kind.clone())]);
    for keyword in own.map(|(_, keywords)| *keywords).unwrap_or_default() {
        alternative.extend(written.shift_remove(*keyword).map(|value| ((*keyword).to_owned(), value)));
    }
    with_items(alternative).into()
}

fn add_alternatives(written: &mut Map<String, Value>, alternatives: Value) {
    match written.shift_remove("anyOf") {
        None => {
            written.insert("anyOf".to_owned(), alternatives);
        }
        Some(other) => {
            written.insert("allOf".to_owned(), json!([{ "anyOf": other }, { "anyOf": alternatives }]));
        }
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
