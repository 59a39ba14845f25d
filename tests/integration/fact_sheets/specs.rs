//! The rows of the specs.

use serde_json::{Map, Value};
use understudy::contract::{Contract, format, operation::Table};

use super::row::{Limits, Row};

/// The rows of all operations of a service, in the order of their names.
pub(super) fn rows(contract: &Contract, service: &str) -> Vec<Row> {
    let mut operations: Vec<_> = contract
        .operations()
        .iter()
        .filter(|operation| contract.service_of(operation).description.service == service)
        .collect();
    operations.sort_by(|a, b| a.name.cmp(&b.name));
    let mut rows = Vec::new();
    for operation in operations {
        let table = operation.table(contract.service_of(operation)).unwrap();
        let mut reader = Reader { operation: &operation.name, table: &table, rows: Vec::new() };
        for place in ["path", "query", "headers", "params", "body"] {
            if let Some(part) = table.part(place) {
                reader.object(place, "", part);
            }
        }
        for (status, answer) in table.document()["responses"].as_object().unwrap() {
            if let Some(body) = answer.get("body") {
                reader.object(status, "", body);
            }
        }
        rows.append(&mut reader.rows);
    }
    rows
}

struct Reader<'a> {
    operation: &'a str,
    table: &'a Table<'a>,
    rows: Vec<Row>,
}

impl Reader<'_> {
    fn object(&mut self, place: &str, prefix: &str, schema: &Value) {
        if prefix.matches('.').count() >= 6 {
            return;
        }
        let schema = self.table.resolve(schema);
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            let member = self.table.resolve(member);
            self.row(place, &format!("{prefix}{name}"), &mandatory(&schema, name, &member), &member);
        }
        // A map by names that the caller chooses.
        if schema.get("properties").is_none()
            && let Some(member) = schema.get("additionalProperties").filter(|member| member.is_object())
        {
            let member = self.table.resolve(member);
            self.row(place, &format!("{prefix}*"), "no", &member);
        }
    }

    fn row(&mut self, place: &str, name: &str, mandatory: &str, member: &Value) {
        let items = member.get("items").map(|items| self.table.resolve(items));
        let kinds = match items.as_ref().or_else(|| one_form(member).and_then(|form| form.get("items"))) {
            Some(items) => format!("array of {}", kind(&self.table.resolve(items))),
            None => kind(member),
        };
        let answers = place.starts_with(|first: char| first.is_ascii_digit());
        let mandatory = if answers && mandatory != "yes" { "" } else { mandatory };
        let mut limits = Limits::default();
        // The table says of the list what holds for its items.
        limits.options(member.get("enum").or(items.as_ref().and_then(|items| items.get("enum"))));
        let beyond = |limit: &&Value| !BOUNDS.contains(&limit.as_i64().unwrap_or(0));
        limits.range("", member.get("minimum").filter(beyond), member.get("maximum").filter(beyond));
        limits.range("length ", member.get("minLength"), member.get("maxLength"));
        limits.range("items ", member.get("minItems"), member.get("maxItems"));
        if let Some(known) = member["format"].as_str() {
            let shape = format::named(known).map_or(known, |format| format.shape);
            limits.word("format", Some(&Value::from(shape)));
        }
        limits.word("pattern", member.get("pattern"));
        limits.word("default", member.get("default"));
        self.rows.push(Row {
            operation: self.operation.to_owned(),
            place: place.to_owned(),
            name: name.to_owned(),
            mandatory: mandatory.to_owned(),
            kind: kinds.clone(),
            limits: limits.text(),
        });
        let forms = member.get("oneOf").or(member.get("anyOf")).and_then(Value::as_array);
        for form in forms.into_iter().flatten().chain([member]) {
            match self.table.resolve(form).get("items") {
                Some(items) => self.object(place, &format!("{name}[]."), items),
                None => self.object(place, &format!("{name}."), form),
            }
        }
    }
}

/// The bounds of 32 and of 64 bits: they belong to the type.
const BOUNDS: [i64; 4] = [i32::MIN as i64, i32::MAX as i64, i64::MIN, i64::MAX];

fn mandatory(schema: &Value, name: &str, member: &Value) -> String {
    let requires = |schema: &Value| {
        schema["required"].as_array().is_some_and(|required| required.iter().any(|known| known == name))
    };
    if requires(schema) {
        return "yes".to_owned();
    }
    let forms = schema.get("oneOf").or(schema.get("anyOf")).and_then(Value::as_array);
    if let Some(forms) = forms.filter(|forms| forms.iter().any(requires)) {
        let names = forms.iter().filter_map(|form| form["required"][0].as_str());
        return format!("one of {}", names.collect::<Vec<_>>().join(" "));
    }
    let unsure = member["x-uncertain"].as_str().is_some_and(|text| text.contains("mandatory flag not visible"));
    if unsure { "?" } else { "no" }.to_owned()
}

/// The first of several forms of a value.
fn one_form(schema: &Value) -> Option<&Value> {
    schema.get("oneOf").or(schema.get("anyOf"))?.get(0)
}

/// The type, in the words of the tables: what has the bounds of 64 bits is a long.
fn kind(schema: &Value) -> String {
    let forms: Vec<String> = match (&schema["type"], schema.as_object().map(Map::keys)) {
        (Value::String(kind), _) => vec![kind.clone()],
        (Value::Array(kinds), _) => kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => schema
            .get("oneOf")
            .or(schema.get("anyOf"))
            .and_then(Value::as_array)
            .map_or_else(|| vec!["anything".to_owned()], |forms| forms.iter().map(kind).collect()),
    };
    let long = [&schema["minimum"], &schema["maximum"]]
        .iter()
        .any(|bound| bound.as_i64().is_some_and(|bound| i32::try_from(bound).is_err()));
    let open = schema["type"] == "integer"
        && schema.get("enum").is_none()
        && (schema.get("maximum").is_none() || schema.get("minimum").is_none());
    let words = forms.join(" or ");
    if long {
        words.replace("integer", "long")
    } else if open {
        words.replace("integer", "integer without bounds")
    } else {
        words
    }
}
