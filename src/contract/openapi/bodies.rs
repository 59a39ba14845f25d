//! `requestBody`: JSON, a form, or the bytes of a file.

use serde_json::{Map, Value, json};

use super::operation::Told;

const FORM: &str = "application/x-www-form-urlencoded";
const BYTES: &str = "application/octet-stream";

/// What a call has as its body, if it has one.
pub(super) fn request(told: &Told<'_>) -> Option<Value> {
    if let Some(params) = told.table.part("params") {
        return Some(form(told, params));
    }
    if let Some(content) = told.operation.content {
        let body = json!({ "schema": told.schemas.bytes() });
        return Some(json!({ "required": true, "content": { BYTES: body }, "x-limit": content.limit }));
    }
    let table = told.table.part("body")?;
    let body = json!({ "schema": told.schemas.write(table) });
    let media_types = &told.service.description.media_types;
    let content: Map<_, _> = media_types.iter().map(|media_type| (media_type.clone(), body.clone())).collect();
    Some(json!({ "required": true, "content": content }))
}

/// Flat parameters as a form, whatever else may carry them: a client that may choose JSON is known to send the form empty.
fn form(told: &Told<'_>, params: &Value) -> Value {
    let is_list = |row: &Value| told.table.resolve(row).get("type").is_some_and(|kind| kind == "array");
    let rows = params.get("properties").and_then(Value::as_object).into_iter().flatten();
    let lists = rows.filter(|(_, row)| is_list(row));
    let encoding: Map<_, _> =
        lists.map(|(name, _)| (name.clone(), json!({ "style": "form", "explode": false }))).collect();
    let mut body = json!({ "schema": told.schemas.write(params) });
    if !encoding.is_empty() {
        body["encoding"] = encoding.into();
    }
    json!({ "required": true, "content": { FORM: body } })
}
