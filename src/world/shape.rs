//! The form of an answer. The operation's own table asks for its members and casts them to its types, so an answer has nothing that the
//! table lacks, and each thing needs one description only.

use std::fmt::Write as _;

use jiff::{Timestamp, tz::Offset};
use serde_json::Value;

use super::fact::{Fact, Facts, View};
use crate::contract::operation::Table;

/// How deep answers go.
const DEPTH: usize = 16;

/// What is written where a table asks for something.
#[derive(Debug)]
pub(super) enum Shape {
    Object(Vec<(String, Shape)>),
    List(Box<Shape>),
    /// The first of them that the fact can be cast to.
    Either(Vec<Shape>),
    Whole,
    Text,
    Flag,
}

impl Shape {
    /// The shape of an operation's answer, and what its default answer says under `msg`.
    pub(super) fn of_answer(table: &Table<'_>, default: &Value) -> (Self, Option<String>) {
        let body = &table.document()["responses"]["200"]["body"];
        let message = default["msg"].as_str().map(str::to_owned);
        (Self::compile(table, body, Some(default), DEPTH), message)
    }

    fn compile(table: &Table<'_>, schema: &Value, example: Option<&Value>, depth: usize) -> Self {
        let schema = table.resolve(schema);
        let members = schema.get("properties").and_then(Value::as_object);
        let branches = schema.get("anyOf").or(schema.get("oneOf")).and_then(Value::as_array);
        if let Some(branches) = branches.filter(|_| depth > 0) {
            return Self::Either(
                branches.iter().map(|branch| Self::compile(table, branch, example, depth - 1)).collect(),
            );
        }
        match kind(&schema, example) {
            _ if depth == 0 => Self::Text,
            "object" => {
                let members = members.into_iter().flatten();
                // A row that is in no table is nothing that an answer shows.
                let members = members.filter(|(_, member)| !is_in_no_table(member));
                let shape = |(name, member): (&String, &Value)| {
                    let example = example.and_then(|example| example.get(name));
                    (name.clone(), Self::compile(table, member, example, depth - 1))
                };
                Self::Object(members.map(shape).collect())
            }
            "array" => {
                let items = schema.get("items").unwrap_or(&Value::Null);
                // Some tables have a list where their example has one object.
                let example =
                    example.and_then(|example| if example.is_array() { example.get(0) } else { Some(example) });
                Self::List(Box::new(Self::compile(table, items, example, depth - 1)))
            }
            "integer" | "number" => Self::Whole,
            "boolean" => Self::Flag,
            _ => Self::Text,
        }
    }

    /// Writes what something tells, as JSON.
    pub(super) fn write(&self, facts: &dyn Facts, view: &View<'_>, json: &mut String) {
        let Self::Object(members) = self else { return json.push_str("{}") };
        json.push('{');
        let start = json.len();
        for (name, shape) in members {
            if let Some(fact) = facts.fact(name, view) {
                let before = json.len();
                if json.len() > start {
                    json.push(',');
                }
                push_text(json, name);
                json.push(':');
                if !shape.write_fact(&fact, view, json) {
                    json.truncate(before);
                }
            }
        }
        json.push('}');
    }

    /// Whether the fact could be cast to what is wanted.
    fn write_fact(&self, fact: &Fact<'_>, view: &View<'_>, json: &mut String) -> bool {
        match (self, fact) {
            (Self::Object(_), Fact::One(thing)) => self.write(&**thing, view, json),
            (Self::Object(_), Fact::Is(thing)) => self.write(*thing, view, json),
            (Self::Either(shapes), fact) => {
                let before = json.len();
                for shape in shapes {
                    if shape.write_fact(fact, view, json) {
                        return true;
                    }
                    json.truncate(before);
                }
                return false;
            }
            (Self::List(items), Fact::Many(things)) => {
                items.write_list(things.iter().map(|thing| &**thing), view, json);
            }
            (Self::List(items), Fact::Are(things)) => items.write_list(things.iter().map(|thing| &**thing), view, json),
            (Self::List(_), Fact::Texts(texts)) => {
                json.push('[');
                for (index, text) in texts.iter().enumerate() {
                    if index > 0 {
                        json.push(',');
                    }
                    push_text(json, text);
                }
                json.push(']');
            }
            (Self::List(_), Fact::Numbers(numbers)) => {
                let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
                push(json, format_args!("[{}]", numbers.join(",")));
            }
            (Self::Whole, Fact::Whole(number)) => push(json, number),
            (Self::Whole, Fact::Id(id)) => push(json, id),
            (Self::Whole, Fact::Flag(flag)) => push(json, u8::from(*flag)),
            (Self::Whole, Fact::Time(time)) => push(json, time.as_millisecond()),
            (Self::Whole, Fact::Text(text)) => match text.parse::<i64>() {
                Ok(number) => push(json, number),
                Err(_) => return false,
            },
            (Self::Text, Fact::Text(text)) => push_text(json, text),
            (Self::Text, Fact::Whole(number)) => push_text(json, &number.to_string()),
            (Self::Text, Fact::Id(id)) => push_text(json, &id.to_string()),
            (Self::Text, Fact::Flag(flag)) => push_text(json, if *flag { "true" } else { "false" }),
            (Self::Text, Fact::Time(time)) => push_text(json, &in_milliseconds(*time)),
            (Self::Flag, Fact::Flag(flag)) => push(json, flag),
            (Self::Flag, Fact::Whole(number)) => push(json, *number != 0),
            _ => return false,
        }
        true
    }

    fn write_list<'t>(&self, things: impl Iterator<Item = &'t dyn Facts>, view: &View<'_>, json: &mut String) {
        json.push('[');
        for (index, thing) in things.enumerate() {
            if index > 0 {
                json.push(',');
            }
            self.write(thing, view, json);
        }
        json.push(']');
    }
}

/// `2026-11-21T08:00:00.000Z`, as KooDrive's answers have times.
pub(super) fn in_milliseconds(time: Timestamp) -> String {
    let time = Offset::UTC.to_datetime(time);
    let (year, month, day) = (time.year(), time.month(), time.day());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", time.millisecond())
}

/// The type of a member. Where a table allows several, the default answer has the one that a server printed, if one did.
fn kind<'s>(schema: &'s Value, example: Option<&Value>) -> &'s str {
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::String(kind)) => return kind,
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ if schema.get("properties").is_some() => return "object",
        _ => return "string",
    };
    let printed = match example {
        Some(Value::String(_)) => "string",
        Some(Value::Number(_)) => "integer",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
        _ => "",
    };
    kinds.iter().find(|kind| **kind == printed).or(kinds.first()).copied().unwrap_or("string")
}

fn is_in_no_table(member: &Value) -> bool {
    member.get("x-uncertain").and_then(Value::as_str).is_some_and(|doubt| doubt == "not in the table")
}

fn push(json: &mut String, value: impl std::fmt::Display) {
    let _ = write!(json, "{value}");
}

fn push_text(json: &mut String, text: &str) {
    // Hardly a text has anything to escape.
    if text.bytes().any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\')) {
        push(json, Value::from(text));
    } else {
        json.push('"');
        json.push_str(text);
        json.push('"');
    }
}
