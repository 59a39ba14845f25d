//! The form of an answer. The operation's own table asks for its members and casts them to its types, so an answer has nothing that the
//! table lacks, and each thing needs one description only.

use jiff::{Timestamp, tz::Offset};
use serde_json::Value;

use super::fact::{Fact, Facts, View};
use crate::contract::operation::Table;

/// How deep answers go.
const DEPTH: usize = 16;

/// What is written where a table asks for something.
#[derive(Debug)]
pub(super) enum Shape {
    Object(Vec<Member>),
    List(Box<Shape>),
    /// The first of them that the fact can be cast to.
    Either(Vec<Shape>),
    Whole,
    Text,
    Flag,
}

/// A member of an object.
#[derive(Debug)]
pub(super) struct Member {
    name: String,
    /// The name as JSON has it, with the colon behind it.
    key: String,
    shape: Shape,
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
                    let shape = Self::compile(table, member, example, depth - 1);
                    Member { name: name.clone(), key: format!("{}:", Value::from(name.as_str())), shape }
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
        for Member { name, key, shape } in members {
            if let Some(fact) = facts.fact(name, view) {
                let before = json.len();
                if json.len() > start {
                    json.push(',');
                }
                json.push_str(key);
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
            (Self::List(_), Fact::Alone(text)) => push_list(json, [text], |text, json| push_text(json, text)),
            (Self::List(_), Fact::Texts(texts)) => push_list(json, &**texts, |text, json| push_text(json, text)),
            (Self::List(_), Fact::Numbers(numbers)) => {
                push_list(json, &**numbers, |number, json| push_number(json, *number));
            }
            (Self::Whole, Fact::Whole(number)) => push_number(json, *number),
            (Self::Whole, Fact::Id(id)) => push_number(json, id.0),
            (Self::Whole, Fact::Flag(flag)) => push_number(json, u8::from(*flag)),
            (Self::Whole, Fact::Time(time)) => push_number(json, time.as_millisecond()),
            (Self::Whole, Fact::Text(text)) => match text.parse::<i64>() {
                Ok(number) => push_number(json, number),
                Err(_) => return false,
            },
            (Self::Text, Fact::Text(text)) => push_text(json, text),
            (Self::Text, Fact::Whole(number)) => push_quoted(json, |json| push_number(json, *number)),
            (Self::Text, Fact::Id(id)) => push_quoted(json, |json| push_number(json, id.0)),
            (Self::Text, Fact::Flag(flag)) => push_quoted(json, |json| json.push_str(word(*flag))),
            (Self::Text, Fact::Time(time)) => push_quoted(json, |json| push_time(json, *time)),
            (Self::Flag, Fact::Flag(flag)) => json.push_str(word(*flag)),
            (Self::Flag, Fact::Whole(number)) => json.push_str(word(*number != 0)),
            _ => return false,
        }
        true
    }

    fn write_list<'t>(&self, things: impl Iterator<Item = &'t dyn Facts>, view: &View<'_>, json: &mut String) {
        push_list(json, things, |thing, json| self.write(thing, view, json));
    }
}

/// `2026-11-21T08:00:00.000Z`, as KooDrive's answers have times. A page of files has hundreds of them: the digits are put into a text that is
/// written at once.
fn push_time(json: &mut String, time: Timestamp) {
    let time = Offset::UTC.to_datetime(time);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let parts = [
        (i32::from(time.year()), 0..4),
        (i32::from(time.month()), 5..7),
        (i32::from(time.day()), 8..10),
        (i32::from(time.hour()), 11..13),
        (i32::from(time.minute()), 14..16),
        (i32::from(time.second()), 17..19),
        (i32::from(time.millisecond()), 20..23),
    ];
    for (mut number, places) in parts {
        for digit in text[places].iter_mut().rev() {
            *digit = b'0' + (number % 10).unsigned_abs() as u8;
            number /= 10;
        }
    }
    json.push_str(str::from_utf8(&text).unwrap_or_default());
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

fn word(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

fn push_list<T>(json: &mut String, things: impl IntoIterator<Item = T>, mut push: impl FnMut(T, &mut String)) {
    json.push('[');
    for (index, thing) in things.into_iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        push(thing, json);
    }
    json.push(']');
}

fn push_number(json: &mut String, number: impl itoa::Integer) {
    json.push_str(itoa::Buffer::new().format(number));
}

fn push_quoted(json: &mut String, push: impl FnOnce(&mut String)) {
    json.push('"');
    push(json);
    json.push('"');
}

fn push_text(json: &mut String, text: &str) {
    // Hardly a text has anything to escape. Without an early end the search looks at many bytes at a time.
    let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    if text.bytes().fold(false, |found, byte| found | is_special(byte)) {
        json.push_str(&Value::from(text).to_string());
    } else {
        push_quoted(json, |json| json.push_str(text));
    }
}
