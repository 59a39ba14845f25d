//! `understudy describe`: an operation as its table, the way the vendor prints it.

use serde_json::Value;

use super::{
    Failure,
    args::{Describe, Format},
    files, find, operations,
    screen::Screen,
};
use crate::{
    contract::{
        Contract, Operation, format,
        operation::{ExampleSource, Table},
    },
    diagnostic::did_you_mean,
};

/// Tables that refer to themselves are shown to this depth.
const DEPTH: usize = 8;

pub(super) fn run(arguments: &Describe, screen: &Screen) -> Result<(), Failure> {
    let contract = files::contract(&arguments.specs)?;
    let found = contract.operations().iter().filter(|operation| operation.name.eq_ignore_ascii_case(&arguments.name));
    let named: Vec<&Operation> = found.collect();
    let is_name = !named.is_empty();
    let found = if is_name { named } else { speaking_of(&contract, &arguments.name)? };
    if !is_name && found.len() > 1 {
        let count = found.len();
        let part = &arguments.name;
        screen.tell(&format!(
            "{count} operations speak of `{part}`; `understudy describe` and a name prints its table\n"
        ));
        return operations::list(&contract, &found, arguments.format, screen);
    }
    let tables = found.iter().map(|operation| operation.table(contract.service_of(operation)));
    let tables = tables.collect::<Result<Vec<_>, _>>().map_err(|error| Failure::World(error.to_string()))?;
    match arguments.format {
        Format::Json => screen.print(&format!("{:#}\n", document(&tables))),
        Format::Text => {
            let texts = found.iter().zip(&tables).map(|(operation, table)| text(&contract, operation, table, screen));
            screen.print(&texts.collect::<Vec<_>>().join("\n"))
        }
    }
}

/// The operations that have a part in their names, titles, groups and paths; where none has, those whose tables have it.
fn speaking_of<'c>(contract: &'c Contract, part: &str) -> Result<Vec<&'c Operation>, Failure> {
    let by_name = |operation: &&Operation| {
        let Operation { name, title, group, path, .. } = *operation;
        find::speak_of([name.as_str(), title, group, path], part)
    };
    let found: Vec<&Operation> = contract.operations().iter().filter(by_name).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let names = contract.operations().iter().map(|operation| operation.name.as_str());
    let close = did_you_mean(part, names);
    let mut found = Vec::new();
    for operation in contract.operations().iter().filter(|_| close.is_none()) {
        let table = operation.table(contract.service_of(operation));
        let table = table.map_err(|error| Failure::World(error.to_string()))?;
        let mut texts = Vec::new();
        find::texts(table.document(), &mut texts);
        // The errors that it answers with have words in the vendor's own language.
        let catalogue = &contract.service_of(operation).catalogue.entries;
        let errors = catalogue.iter().filter(|entry| operation.errors.contains(&entry.code));
        texts.extend(errors.flat_map(|entry| entry.messages.values()).filter_map(Value::as_str));
        if find::speak_of(texts, part) {
            found.push(operation);
        }
    }
    if !found.is_empty() {
        return Ok(found);
    }
    let help = close.map_or_else(
        || "`understudy operations` lists them all".to_owned(),
        |close| format!("did you mean `{close}`?"),
    );
    Err(Failure::Usage(format!("there is no operation `{part}`; {help}")))
}

/// One JSON document in any case: the spec file, or an array of spec files if several operations have the name.
fn document(tables: &[Table<'_>]) -> Value {
    match tables {
        [one] => one.document().clone(),
        several => several.iter().map(|table| table.document().clone()).collect(),
    }
}

fn text(contract: &Contract, operation: &Operation, table: &Table<'_>, screen: &Screen) -> String {
    let service = &contract.service_of(operation).description;
    let mut text = format!("{} - {}\n{} {}\n\n", operation.name, operation.title, operation.method, operation.path);
    let mut facts = vec![vec!["service".to_owned(), format!("{} ({})", service.title, operation.group)]];
    for page in &operation.documentation {
        let rows = if page.rows.is_empty() { String::new() } else { format!(": {}", page.rows.join(", ")) };
        facts.push(vec!["page".to_owned(), format!("{} (edition {}){rows}", page.page, page.edition)]);
    }
    let schemes: Vec<_> = operation.authentication.iter().map(|scheme| scheme.form).collect();
    let schemes = if schemes.is_empty() { "none".to_owned() } else { schemes.join(" or ") };
    facts.push(vec!["credential".to_owned(), schemes]);
    if let Some(uncertain) = table.document()["x-uncertain"].as_str() {
        facts.push(vec!["uncertain".to_owned(), uncertain.to_owned()]);
    }
    text.push_str(&screen.table(&facts));
    for part in ["path", "query", "headers", "params", "body"] {
        if let Some(schema) = table.part(part) {
            text.push_str(&section(part, schema, table, true, screen));
        }
    }
    for (status, response) in table.document()["responses"].as_object().into_iter().flatten() {
        if let Some(schema) = response.get("body") {
            text.push_str(&section(&format!("answer {status}"), schema, table, false, screen));
        }
        let (example, source) = table.example(status.parse().unwrap_or(0), response);
        // What is made for an error says nothing.
        if !example.is_null() && (source != ExampleSource::Made || status.starts_with('2')) {
            let note = match source {
                ExampleSource::Printed => String::new(),
                ExampleSource::Made => " (made from the table)".to_owned(),
                ExampleSource::Mended => format!(" ({})", response["x-mended"].as_str().unwrap_or_default()),
            };
            text.push_str(&format!("\n  example{note}: {example}\n"));
        }
    }
    text
}

fn section(title: &str, schema: &Value, table: &Table<'_>, request: bool, screen: &Screen) -> String {
    let schema = table.resolve(schema);
    let mut rows = Vec::new();
    members(&mut rows, &schema, table, 1, request);
    let mut text = format!("\n{title}");
    if rows.is_empty() {
        text.push_str(&format!(": {}", kind(&schema, table)));
    }
    text.push('\n');
    text.push_str(&screen.table(&rows));
    text
}

/// A row for each member, indented below the member that holds it.
fn members(rows: &mut Vec<Vec<String>>, schema: &Value, table: &Table<'_>, depth: usize, request: bool) {
    if depth > DEPTH {
        return;
    }
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let member = table.resolve(member);
        let mandatory = if required.contains(&name.as_str()) { "mandatory" } else { "optional" };
        let mut row = vec![format!("{}{name}", "  ".repeat(depth))];
        if request {
            row.push(mandatory.to_owned());
        }
        row.push(kind(&member, table));
        row.push(words(&member));
        rows.push(row);
        members(rows, inner(&member, table).as_ref().unwrap_or(&member), table, depth + 1, request);
    }
    if schema.get("properties").is_none()
        && let Some(items) = inner(schema, table)
    {
        members(rows, &items, table, depth, request);
    }
}

/// What an array or a map holds.
fn inner(schema: &Value, table: &Table<'_>) -> Option<Value> {
    let inner = schema.get("items").or_else(|| schema.get("additionalProperties").filter(|rest| rest.is_object()))?;
    Some(table.resolve(inner))
}

fn words(schema: &Value) -> String {
    let description = schema["description"].as_str().unwrap_or_default();
    match schema["x-uncertain"].as_str() {
        Some(uncertain) if description.is_empty() => format!("(uncertain: {uncertain})"),
        Some(uncertain) => format!("{description} (uncertain: {uncertain})"),
        None => description.to_owned(),
    }
}

/// The type and its rules in a few words.
fn kind(schema: &Value, table: &Table<'_>) -> String {
    let name = match &schema["type"] {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        Value::String(name) => name.clone(),
        _ => "any".to_owned(),
    };
    let mut kind = match schema.get("items") {
        Some(items) if name == "array" => format!("array of {}", short_kind(&table.resolve(items))),
        _ if name == "integer" => integer(schema),
        _ => name,
    };
    let mut rule = |text: String| {
        kind.push_str(", ");
        kind.push_str(&text);
    };
    if let Some(values) = schema["enum"].as_array() {
        rule(values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "));
    }
    for (least, most, unit) in [("minLength", "maxLength", "characters"), ("minItems", "maxItems", "items")] {
        match (schema[least].as_u64(), schema[most].as_u64()) {
            (Some(least), Some(most)) if least == most => rule(format!("{least} {unit}")),
            (Some(least), Some(most)) => rule(format!("{least} to {most} {unit}")),
            (Some(1), None) => rule("not empty".to_owned()),
            (Some(least), None) => rule(format!("at least {least} {unit}")),
            (None, Some(most)) => rule(format!("at most {most} {unit}")),
            (None, None) => {}
        }
    }
    if let Some(format) = schema["format"].as_str() {
        rule(format::named(format).map_or(format, |format| format.shape).to_owned());
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        rule(format!("like {pattern}"));
    }
    if let Some(default) = schema.get("default") {
        rule(format!("default {default}"));
    }
    kind
}

fn short_kind(schema: &Value) -> String {
    schema["type"].as_str().unwrap_or("any").to_owned()
}

/// An integer with its range; the ranges of 32 and 64 bits have names.
fn integer(schema: &Value) -> String {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_i64);
    let (lowest32, highest32) = (i64::from(i32::MIN), i64::from(i32::MAX));
    match (bound("minimum"), bound("maximum")) {
        (Some(i64::MIN), Some(i64::MAX)) => "integer of 64 bits".to_owned(),
        (Some(low), Some(high)) if low == lowest32 && high == highest32 => "integer".to_owned(),
        (Some(low), Some(high)) if high == highest32 || high == i64::MAX => format!("integer from {low}"),
        (Some(low), Some(high)) if low == lowest32 || low == i64::MIN => format!("integer up to {high}"),
        (Some(low), Some(high)) => format!("integer {low} to {high}"),
        (Some(low), None) => format!("integer from {low}"),
        (None, Some(high)) => format!("integer up to {high}"),
        (None, None) => "integer".to_owned(),
    }
}
