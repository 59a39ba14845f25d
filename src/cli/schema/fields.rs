//! What `match` can ask of a call of one operation: the fields of its table, and the values that they have.

use serde_json::{Map, Value, json};

use crate::contract::operation::Table;

/// Tables that refer to themselves are followed to this depth.
const DEPTH: usize = 5;

/// A pattern of which the contract says nothing.
const PATTERN: &str = "#/$defs/pattern";
const OPERATORS: &str = "#/$defs/operators";

/// The schema of `match` for calls of an operation.
pub(super) fn of_call(table: &Table<'_>) -> Value {
    let mut parts = Map::new();
    for part in ["path", "query", "headers", "params"] {
        if let Some(schema) = table.part(part) {
            let schema = table.resolve(schema);
            // Names of headers may be in any letter case.
            let closed = part != "headers" && is_closed(&schema);
            parts.insert(part.to_owned(), members(&schema, table, closed, DEPTH));
        }
    }
    if let Some(body) = table.part("body") {
        parts.insert("body".to_owned(), value(body, table, DEPTH));
    }
    json!({ "type": "object", "patternProperties": { "^x-": true }, "additionalProperties": false, "properties": parts })
}

/// Whether a table lists all members of an object.
fn is_closed(schema: &Value) -> bool {
    schema["properties"].is_object() && matches!(schema.get("additionalProperties"), None | Some(Value::Bool(false)))
}

fn members(schema: &Value, table: &Table<'_>, closed: bool, depth: usize) -> Value {
    let listed = schema["properties"].as_object().into_iter().flatten();
    let members: Map<String, Value> =
        listed.map(|(name, member)| (name.clone(), value(member, table, depth - 1))).collect();
    let others = if closed { json!(false) } else { json!({ "$ref": PATTERN }) };
    json!({ "type": "object", "properties": members, "additionalProperties": others })
}

/// What a value can be asked for.
fn value(schema: &Value, table: &Table<'_>, depth: usize) -> Value {
    let schema = table.resolve(schema);
    let mut pattern = match (&schema["enum"], &schema["const"]) {
        (Value::Array(values), _) => one_of(values),
        (_, Value::Null) if depth > 0 && schema["properties"].is_object() => {
            let mut object = members(&schema, table, is_closed(&schema), depth);
            object["propertyNames"] = json!({ "pattern": "^([^$]|$)" });
            json!({ "anyOf": [object, { "$ref": OPERATORS }] })
        }
        (_, Value::Null) if schema["type"] == "boolean" => {
            json!({ "anyOf": [{ "type": "boolean" }, { "$ref": OPERATORS }] })
        }
        (_, Value::Null) => json!({ "$ref": PATTERN }),
        (_, only) => one_of(std::slice::from_ref(only)),
    };
    if let Some(description) = schema["description"].as_str() {
        pattern["description"] = json!(description);
    }
    pattern
}

/// One of these values, or operators on them. What can never be is said to be wrong, as `understudy check` warns of it.
fn one_of(values: &[Value]) -> Value {
    json!({
        "anyOf": [
            { "enum": values },
            {
                "$ref": OPERATORS,
                "properties": {
                    "$eq": { "enum": values },
                    "$ne": { "enum": values },
                    "$in": { "type": "array", "items": { "enum": values } },
                },
            },
        ],
    })
}
