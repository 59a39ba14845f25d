//! Answers that no page prints, made from the table: every documented member has a value that it could have, the same every time.
//!
//! A member's value is, in this order: its `const`; one of its `examples`; one of the service's `samples` for its name; the first of its
//! `enum`; its `default`; what its name, format and type suggest. The items of a list take one value after the other, so that they differ.

mod name;
mod sample;
mod tally;
pub(super) mod time;

use std::borrow::Cow;

use serde_json::{Map, Value, json};

pub(super) use self::sample::Samples;
use super::example;

/// Follows the `$ref` at the root of a schema.
type Resolve<'a> = &'a dyn Fn(&Value) -> Value;

/// Items of a list.
const ITEMS: usize = 2;
/// Levels at which optional members are made: a schema may refer to itself in several places.
const FULL: usize = 8;
/// References that lead deeper than this are circular.
const DEPTH: usize = 16;
/// Bytes of an answer, about: a schema of a line can demand lists without end. What does not fit is left out.
const ROOM: usize = 4 << 20;
/// Bytes that any value counts for: its schema is copied to be followed.
const VALUE: usize = 512;

/// Makes one answer.
pub(super) struct Maker<'a> {
    resolve: Resolve<'a>,
    samples: Samples<'a>,
    /// The operation, and the members that lead to the value.
    path: Vec<String>,
    room: usize,
    made: bool,
}

impl<'a> Maker<'a> {
    /// For an answer of an operation.
    pub(super) fn new(operation: &str, resolve: Resolve<'a>, samples: Samples<'a>) -> Self {
        Self { resolve, samples, path: vec![operation.to_owned()], room: ROOM, made: false }
    }

    /// The whole answer of a table.
    pub(super) fn answer(mut self, schema: &Value) -> Value {
        self.value(schema, 0, 0).unwrap_or_default()
    }

    /// A printed example with the members that it lacks; and whether it lacked any.
    pub(super) fn complete(mut self, schema: &Value, printed: &Value) -> (Value, bool) {
        let answer = self.completed(schema, printed, 0, 0);
        (answer, self.made)
    }

    /// `index` counts the items that the value is in, over all lists around it. None for a text whose rule only a sample can meet.
    fn value(&mut self, schema: &Value, index: usize, depth: usize) -> Option<Value> {
        if depth > DEPTH || !self.takes(VALUE) {
            return Some(Value::Null);
        }
        let schema = self.form(schema, None);
        let given = schema.get("const").cloned();
        let given = given.or_else(|| sample::turn(schema.get("examples"), index));
        let given = given.or_else(|| self.samples.of(&self.path, &schema, index));
        let given = given.or_else(|| schema["enum"].get(0).or(schema.get("default")).cloned());
        if given.is_some() {
            self.made = true;
            return given;
        }
        let value = match kind(&schema) {
            Some("object") => self.object(&schema, &Map::new(), index, depth),
            Some("array") => self.array(&schema, index, depth),
            Some("boolean") => json!(true),
            Some(kind @ ("integer" | "number")) => name::number(&self.path, kind, &schema, index),
            Some("string") => self.text(&schema, index)?,
            _ => Value::Null,
        };
        self.made = true;
        Some(value)
    }

    /// All members of the table that are not left out, after those that are there already.
    fn object(&mut self, schema: &Value, printed: &Map<String, Value>, index: usize, depth: usize) -> Value {
        let mut members = printed.clone();
        let mut made = Vec::new();
        let required =
            |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name));
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            if self.room < VALUE {
                break;
            }
            if members.contains_key(name) || !(depth < FULL || required(name)) {
                continue;
            }
            let resolved = self.followed(member);
            if resolved.get("x-left-out").is_some() && !required(name) {
                continue;
            }
            self.path.push(name.clone());
            let value = self.value(&resolved, index, depth + 1);
            self.path.pop();
            let value = value.or_else(|| required(name).then(|| example::smallest(&resolved, self.resolve)));
            if let Some(value) = value {
                members.insert(name.clone(), value);
                made.push(name.as_str());
            }
        }
        tally::settle(&mut members, &made);
        Value::Object(members)
    }

    fn array(&mut self, schema: &Value, index: usize, depth: usize) -> Value {
        let limit = |keyword: &str| {
            schema[keyword]
                .as_u64()
                .or(schema["x-warn"][keyword].as_u64())
                .and_then(|limit| usize::try_from(limit).ok())
        };
        let most = limit("maxItems").unwrap_or(ITEMS).min(ITEMS);
        let wanted = if depth < FULL && schema.get("items").is_some() { most } else { 0 };
        let mut items = Vec::new();
        for item in 0..limit("minItems").unwrap_or(0).max(wanted).min(1000) {
            if self.room < VALUE {
                break;
            }
            items.extend(self.value(&schema["items"], index * ITEMS + item, depth + 1));
        }
        items.into()
    }

    fn text(&mut self, schema: &Value, index: usize) -> Option<Value> {
        let text = time::text(&self.path, schema, index).or_else(|| name::text(&self.path, schema, index))?;
        let limit = |keyword: &str| schema[keyword].as_u64().map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let (length, least) = (text.chars().count(), limit("minLength").unwrap_or(0));
        if length < least {
            let wanted = if self.takes(least) { least } else { length };
            return Some(json!(text.chars().cycle().take(wanted).collect::<String>()));
        }
        Some(json!(text.chars().take(limit("maxLength").unwrap_or(usize::MAX)).collect::<String>()))
    }

    fn completed(&mut self, schema: &Value, printed: &Value, index: usize, depth: usize) -> Value {
        if depth > DEPTH || !self.takes(VALUE) {
            return printed.clone();
        }
        let schema = self.form(schema, Some(printed));
        match printed {
            Value::Object(members) => {
                let mut whole = Map::new();
                for (name, printed) in members {
                    self.path.push(name.clone());
                    let member = self.completed(&schema["properties"][name], printed, index, depth + 1);
                    self.path.pop();
                    whole.insert(name.clone(), member);
                }
                self.object(&schema, &whole, index, depth)
            }
            Value::Array(items) => {
                let item = |(item, printed): (usize, &Value)| {
                    self.completed(&schema["items"], printed, index * ITEMS + item, depth + 1)
                };
                items.iter().enumerate().map(item).collect()
            }
            printed => printed.clone(),
        }
    }

    /// The schema with its reference followed: of several forms the one of the printed value, else the first.
    fn form<'s>(&self, schema: &'s Value, printed: Option<&Value>) -> Cow<'s, Value> {
        let schema = self.followed(schema);
        let several = schema.get("type").is_none() && schema.get("properties").is_none();
        let forms = schema.get("oneOf").or(schema.get("anyOf")).and_then(Value::as_array).filter(|_| several);
        let Some((first, others)) = forms.and_then(|forms| forms.split_first()) else { return schema };
        let fits = |form: &Value| printed.is_none_or(|printed| is_of(printed, kind(form)));
        let first = self.followed(first);
        let other =
            if fits(&first) { None } else { others.iter().map(|form| self.followed(form)).find(|form| fits(form)) };
        Cow::Owned(other.unwrap_or(first).into_owned())
    }

    /// The schema with its reference followed; without one, nothing is copied.
    fn followed<'s>(&self, schema: &'s Value) -> Cow<'s, Value> {
        if schema.get("$ref").is_some() { Cow::Owned((self.resolve)(schema)) } else { Cow::Borrowed(schema) }
    }

    /// Whether there was room for so many bytes more.
    fn takes(&mut self, bytes: usize) -> bool {
        let left = self.room.checked_sub(bytes);
        self.room = left.unwrap_or(self.room);
        left.is_some()
    }
}

/// The type of a schema; the first of several.
fn kind(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str),
        Value::String(kind) => Some(kind),
        _ => schema.get("properties").map(|_| "object"),
    }
}

fn is_of(value: &Value, kind: Option<&str>) -> bool {
    match value {
        Value::Object(_) => kind == Some("object"),
        Value::Array(_) => kind == Some("array"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maker(samples: &Value) -> Maker<'_> {
        Maker::new("ListThings", &Value::clone, Samples::new(Some(samples)))
    }

    #[test]
    fn every_documented_member_has_a_value_and_the_items_of_a_list_differ() {
        let schema = json!({ "type": "object", "properties": {
            "total": { "type": "integer" },
            "things": { "type": "array", "items": { "type": "object", "properties": {
                "thingId": { "type": "string" }, "name": { "type": "string" }, "state": { "enum": [3, 4] },
                "createTime": { "type": "string" }, "updateTime": { "type": "string" }, "expireTime": { "type": "string" } } } } } });
        let samples = json!({ "name": ["harbour", "bridge"] });
        let answer = maker(&samples).answer(&schema);
        assert_eq!(answer["total"], 2);
        let [first, second] = [&answer["things"][0], &answer["things"][1]];
        assert_eq!(
            (&first["name"], &second["name"], &first["state"]),
            (&json!("harbour"), &json!("bridge"), &json!(3))
        );
        for name in ["thingId", "createTime"] {
            assert_ne!(first[name], second[name]);
        }
        let time = |name: &str| first[name].as_str().unwrap().to_owned();
        assert!(time("createTime") < time("updateTime") && time("updateTime") < time("expireTime"), "{first}");
        assert_eq!(answer, maker(&samples).answer(&schema), "the same every time");
    }

    #[test]
    fn a_printed_example_keeps_what_it_has_and_gets_what_it_lacks() {
        let schema = json!({ "type": "object", "properties": {
            "list": { "type": "array", "items": { "type": "object", "properties": { "id": { "type": "string" }, "size": { "type": "integer" } } } },
            "data": { "type": "object", "x-left-out": "the older name of list" }, "code": { "type": "integer", "examples": [0] } } });
        let whole = json!({ "list": [{ "size": 7, "id": "a" }], "code": 0 });
        assert_eq!(maker(&Value::Null).complete(&schema, &whole), (whole.clone(), false));
        let (answer, made) = maker(&Value::Null).complete(&schema, &json!({ "list": [{ "id": "a" }] }));
        assert!(made && answer["list"][0]["id"] == "a" && answer["list"][0]["size"].is_u64(), "{answer}");
        assert_eq!((&answer["code"], answer.get("data")), (&json!(0), None));
    }

    #[test]
    fn of_several_forms_the_first_is_made_and_the_printed_one_completed() {
        let schema = json!({ "type": "object", "properties": { "data": { "anyOf": [
            { "type": "array", "items": { "type": "object", "properties": { "a": { "type": "boolean" } } } },
            { "type": "object", "properties": { "a": { "type": "boolean" } } }] } } });
        assert_eq!(maker(&Value::Null).answer(&schema), json!({ "data": [{ "a": true }, { "a": true }] }));
        let (answer, _) = maker(&Value::Null).complete(&schema, &json!({ "data": {} }));
        assert_eq!(answer, json!({ "data": { "a": true } }));
    }

    #[test]
    fn what_no_value_can_be_made_for_is_left_out_unless_it_is_mandatory() {
        let code = json!({ "type": "string", "pattern": "^[A-Z]{3}$" });
        let schema = json!({ "type": "object", "required": ["must"], "properties": {
            "may": code, "must": code, "mail": { "type": "string", "format": "email" }, "list": { "type": "array", "items": code },
            "known": { "type": "string", "pattern": "^[A-Z]{3}$", "examples": ["ABC"] } } });
        assert_eq!(maker(&Value::Null).answer(&schema), json!({ "must": "x", "list": [], "known": "ABC" }));
    }

    #[test]
    fn an_answer_stays_small_whatever_a_schema_demands() {
        example::with_greedy_schemas(|schema, resolve| {
            let answer = Maker::new("O", resolve, Samples::new(None)).answer(schema);
            assert!(answer.to_string().len() <= ROOM);
        });
    }
}
