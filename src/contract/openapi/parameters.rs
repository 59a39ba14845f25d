//! `parameters`: path, query and headers, and the flat parameters of a query.

use serde_json::{Map, Value, json};

use super::operation::Told;
use crate::contract::auth::Scheme;

/// Headers that OpenAPI leaves to the rest of the document, or to HTTP.
const ELSEWHERE: [&str; 4] = ["authorization", "host", "accept", "content-type"];

/// Keywords of a part that its parameters say themselves.
const SAID: [&str; 3] = ["type", "required", "properties"];

/// Writes them, and beside them what a list of parameters cannot say.
pub(super) fn write(told: &Told<'_>, params_in_query: bool, written: &mut Map<String, Value>) {
    let params = if params_in_query { Some(("params", "query")) } else { None };
    let parts = [("path", "path"), ("query", "query"), ("headers", "header")].into_iter().chain(params);
    let mut parameters = Vec::new();
    let mut elsewhere = Map::new();
    let mut rules = Map::new();
    for (part, place) in parts {
        let Some(table) = told.table.part(part) else { continue };
        let required = |name: &str| is_required(table, name);
        for (name, row) in table.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if place == "header" && ELSEWHERE.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                if !is_credential(told.operation.authentication.as_slice(), name) {
                    elsewhere.insert(name.clone(), told.schemas.write(row));
                }
            } else {
                parameters.push(parameter(told, name, place, place == "path" || required(name), row));
            }
        }
        let others = told.schemas.beside(table, &SAID);
        if !others.is_empty() {
            rules.insert(part.to_owned(), others.into());
        }
    }
    if !parameters.is_empty() {
        written.insert("parameters".to_owned(), parameters.into());
    }
    for (name, value) in [("x-http-headers", elsewhere), ("x-rules", rules)] {
        if !value.is_empty() {
            written.insert(name.to_owned(), value.into());
        }
    }
}

pub(super) fn is_required(table: &Value, name: &str) -> bool {
    table.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|known| known == name))
}

/// Whether a header is what the security schemes of its operation say.
fn is_credential(schemes: &[&Scheme], header: &str) -> bool {
    header.eq_ignore_ascii_case("authorization") && schemes.iter().any(|scheme| scheme.is_header())
}

fn parameter(told: &Told<'_>, name: &str, place: &str, required: bool, row: &Value) -> Value {
    let resolved = told.table.resolve(row);
    let mut parameter = json!({ "name": name, "in": place });
    if required {
        parameter["required"] = true.into();
    }
    if let Some(description) = resolved.get("description") {
        parameter["description"] = description.clone();
    }
    if resolved.get("type").is_some_and(|kind| kind == "array") {
        // Items are separated by commas.
        parameter["style"] = if place == "query" { "form" } else { "simple" }.into();
        parameter["explode"] = false.into();
    }
    parameter["schema"] = told.schemas.write(row);
    parameter
}
