//! The errors of a service: envelopes as schemas, rows of the catalogue as examples.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::{components::Parts, schemas::Schemas};
use crate::contract::{
    Operation,
    catalogue::{Code, ErrorEntry},
    service::{Refusal, Service},
};

/// The catalogue of a service, with names for its rows.
pub(super) struct Errors<'e> {
    service: &'e Service,
    rows: Vec<Named<'e>>,
}

/// A row of the catalogue.
pub(super) struct Named<'e> {
    pub(super) entry: &'e ErrorEntry,
    /// As an example of the document.
    pub(super) name: String,
    pub(super) media_type: &'e str,
}

impl<'e> Errors<'e> {
    pub(super) fn new(service: &'e Service) -> Self {
        let mut used: HashMap<String, usize> = HashMap::new();
        let rows = service.catalogue.entries.iter().map(|entry| {
            let mut name = format!("{}.{}", service.description.service, plain(&entry.code.to_string()));
            let times = used.entry(name.clone()).and_modify(|times| *times += 1).or_insert(1);
            if *times > 1 {
                name = format!("{name}-{times}");
            }
            let is_text = service.description.envelopes.get(&entry.envelope).is_some_and(Value::is_string);
            let of_text = service.description.error_media_type.as_deref().unwrap_or("text/plain");
            Named { entry, name, media_type: if is_text { of_text } else { "application/json" } }
        });
        Self { service, rows: rows.collect() }
    }

    /// What a call of an operation can be refused with: the errors that its documentation lists, and those of the gateway before it.
    pub(super) fn of(&self, operation: &Operation) -> impl Iterator<Item = &Named<'e>> {
        let refusals = &self.service.description.refusals;
        let rows = befalling(operation).into_iter().filter_map(|refusal| refusals.get(&refusal));
        let rows: HashSet<*const ErrorEntry> =
            rows.filter_map(|name| name.find(&self.service.catalogue)).map(std::ptr::from_ref).collect();
        self.rows.iter().filter(move |row| {
            operation.errors.contains(&row.entry.code) || rows.contains(&std::ptr::from_ref(row.entry))
        })
    }

    /// The schema of the body that carries an error.
    pub(super) fn envelope(&self, entry: &ErrorEntry) -> Value {
        json!({ "$ref": format!("#/components/schemas/{}", self.envelope_name(&entry.envelope)) })
    }

    fn envelope_name(&self, envelope: &str) -> String {
        format!("{}.error.{}", self.service.description.service, plain(envelope))
    }

    /// Defines the envelopes and the rows.
    pub(super) fn define(&self, schemas: &Schemas<'_>, parts: &mut Parts) {
        for (name, envelope) in &self.service.description.envelopes {
            let codes = self.rows.iter().filter(|row| row.entry.envelope == *name).map(|row| &row.entry.code);
            let mut schema = shape(envelope, &types(codes));
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("description".to_owned(), "an error".into());
            }
            parts.schema(self.envelope_name(name), schemas.write(&schema));
        }
        let language = self.service.language(None);
        for row in &self.rows {
            let body = self.service.error(row.entry, language, &"0".repeat(32)).body;
            let text = || Value::from(String::from_utf8_lossy(&body));
            let value = serde_json::from_slice(&body).ok().filter(Value::is_object).unwrap_or_else(text);
            let error = serde_json::to_value(row.entry).unwrap_or_default();
            let example = json!({ "summary": row.entry.meaning, "value": value, "x-error": error });
            parts.example(row.name.clone(), example);
        }
    }
}

/// The refusals that a call of an operation can meet.
fn befalling(operation: &Operation) -> Vec<Refusal> {
    let mut refusals = vec![
        Refusal::Violation,
        Refusal::Malformed,
        Refusal::TooLarge,
        Refusal::TargetTooLong,
        Refusal::HeadersTooLarge,
        Refusal::Throttled,
        Refusal::Internal,
    ];
    if !operation.authentication.is_empty() {
        refusals.extend([Refusal::Unauthenticated, Refusal::BadSignature, Refusal::ExpiredToken]);
    }
    if operation.content.is_some() {
        refusals.push(Refusal::LengthRequired);
    }
    refusals
}

/// A name of a component has these characters alone.
fn plain(name: &str) -> String {
    name.chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || ".-_".contains(letter) { letter } else { '_' })
        .collect()
}

fn types<'c>(codes: impl Iterator<Item = &'c Code>) -> Value {
    let (mut numbers, mut texts) = (false, false);
    for code in codes {
        match code {
            Code::Number(_) => numbers = true,
            Code::Text(_) => texts = true,
        }
    }
    match (numbers, texts) {
        (true, false) => json!("integer"),
        (true, true) => json!(["integer", "string"]),
        _ => json!("string"),
    }
}

/// The schema of an envelope: its members are always there.
fn shape(envelope: &Value, code: &Value) -> Value {
    match envelope {
        Value::Object(members) => {
            let names: Vec<&String> = members.keys().collect();
            let members: Map<_, _> = members.iter().map(|(name, value)| (name.clone(), shape(value, code))).collect();
            json!({ "type": "object", "required": names, "properties": members })
        }
        Value::String(text) if text == "{code}" => json!({ "type": code }),
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(_) => json!({ "type": "array", "items": {} }),
        Value::Number(_) => json!({ "type": "number" }),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Null => json!({ "type": "null" }),
    }
}
