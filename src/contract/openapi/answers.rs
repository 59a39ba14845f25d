//! `responses`: the documented answers, and the errors in their envelopes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::operation::Told;
use crate::contract::operation::ExampleSource;

const JSON: &str = "application/json";

/// What there is to say of a status.
#[derive(Default)]
struct Answers {
    description: Vec<String>,
    /// What is beside the description.
    more: Map<String, Value>,
    /// Schemas and examples by media type.
    content: Map<String, Value>,
}

impl Answers {
    fn body(&mut self, media_type: &str, schema: &Value, name: &str, example: Value) {
        let body =
            self.content.entry(media_type.to_owned()).or_insert_with(|| json!({ "schemas": [], "examples": {} }));
        if let Some(schemas) = body["schemas"].as_array_mut().filter(|schemas| !schemas.contains(schema)) {
            schemas.push(schema.clone());
        }
        body["examples"][name] = example;
    }

    fn into_value(self) -> Value {
        let mut written = json!({ "description": self.description.join("\n\n") });
        if !self.content.is_empty() {
            written["content"] = self.content.into_iter().map(|(name, body)| (name, alternatives(body))).collect();
        }
        if let Some(members) = written.as_object_mut() {
            members.extend(self.more);
        }
        written
    }
}

/// One schema as it is, several as alternatives.
fn alternatives(mut body: Value) -> Value {
    let schema = match body["schemas"].take() {
        Value::Array(mut several) if several.len() == 1 => several.remove(0),
        several => json!({ "anyOf": several }),
    };
    json!({ "schema": schema, "examples": body["examples"].take() })
}

pub(super) fn write(told: &Told<'_>) -> Value {
    let mut statuses: BTreeMap<u16, Answers> = BTreeMap::new();
    let documented = told.table.document().get("responses").and_then(Value::as_object);
    for (status, response) in documented.into_iter().flatten() {
        let Ok(status) = status.parse::<u16>() else { continue };
        self::documented(told, status, response, statuses.entry(status).or_default());
    }
    for error in told.errors.of(told.operation) {
        let answers = statuses.entry(error.entry.status).or_default();
        let said = format!("`{}` {}", error.entry.code, error.entry.meaning);
        if !answers.description.contains(&said) {
            answers.description.push(said);
        }
        // A body of success is not made looser by errors that come with its status.
        let success = error.entry.status < 400 && !answers.content.is_empty();
        let schema = told.errors.envelope(error.entry);
        let schema = if success { schema_of(answers, error.media_type) } else { schema };
        let example = json!({ "$ref": format!("#/components/examples/{}", error.name) });
        answers.body(error.media_type, &schema, &error.name, example);
    }
    statuses.into_iter().map(|(status, answers)| (status.to_string(), answers.into_value())).collect()
}

fn schema_of(answers: &Answers, media_type: &str) -> Value {
    answers.content.get(media_type).map_or_else(|| json!({}), |body| body["schemas"][0].clone())
}

fn documented(told: &Told<'_>, status: u16, response: &Value, answers: &mut Answers) {
    let said = response.get("description").and_then(Value::as_str);
    answers.description.push(said.unwrap_or("The documented answer.").to_owned());
    let kept = ["x-mended", "x-uncertain"].into_iter().filter_map(|name| Some((name, response.get(name)?)));
    answers.more.extend(kept.map(|(name, value)| (name.to_owned(), value.clone())));
    let (example, source) = told.table.example(status, response);
    let Some(body) = response.get("body") else { return };
    let summary = match source {
        ExampleSource::Printed => "as the page prints it",
        ExampleSource::Made => "made from the table: no page prints all of it",
        ExampleSource::Mended => "mended: the page prints one that contradicts its table",
    };
    let example = json!({ "summary": summary, "value": example });
    answers.body(JSON, &told.schemas.write(body), "documented", example);
}
