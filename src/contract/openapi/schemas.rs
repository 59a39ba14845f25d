//! Schemas of the specs as schemas of the document.

use serde_json::{Map, Value, json};

use super::{Version, lower};
use crate::contract::{Operation, format, service::Service};

/// Where the document has its schemas.
pub(super) const PLACE: &str = "#/components/schemas/";

/// Writes the schemas of one spec file.
pub(super) struct Schemas<'s> {
    version: Version,
    service: &'s str,
    /// The operation whose file it is; the service's shared file else.
    operation: Option<&'s str>,
}

impl<'s> Schemas<'s> {
    pub(super) fn of_operation(version: Version, service: &'s Service, operation: &'s Operation) -> Self {
        Self { version, service: &service.description.service, operation: Some(&operation.name) }
    }

    pub(super) fn of_service(version: Version, service: &'s Service) -> Self {
        Self { version, service: &service.description.service, operation: None }
    }

    /// The name of a definition of this file.
    pub(super) fn name_of(&self, definition: &str) -> String {
        match self.operation {
            Some(operation) => format!("{}.{operation}.{definition}", self.service),
            None => format!("{}.{definition}", self.service),
        }
    }

    /// A schema in the words of the document's version.
    pub(super) fn write(&self, schema: &Value) -> Value {
        self.lowered(self.schema(schema))
    }

    /// Any bytes.
    pub(super) fn bytes(&self) -> Value {
        self.lowered(json!({ "type": "string", "contentMediaType": "application/octet-stream" }))
    }

    /// What a schema says beside some keywords.
    pub(super) fn beside(&self, schema: &Value, but: &[&str]) -> Map<String, Value> {
        let others = schema.as_object().into_iter().flatten().filter(|(keyword, _)| !but.contains(&keyword.as_str()));
        others.map(|(keyword, value)| (keyword.clone(), self.keyword(keyword, value))).collect()
    }

    fn lowered(&self, schema: Value) -> Value {
        match self.version {
            Version::V3_1 => schema,
            Version::V3_0 => lower::schema(schema),
        }
    }

    /// A schema in JSON Schema's words, with the document's references.
    fn schema(&self, schema: &Value) -> Value {
        let Some(keywords) = schema.as_object() else { return schema.clone() };
        let mut written = Map::new();
        for (keyword, value) in keywords {
            match value.as_str().and_then(format::named).filter(|_| keyword == "format") {
                Some(format) => {
                    // The table may have a pattern of its own.
                    if keywords.contains_key("pattern") {
                        also(&mut written, json!({ "pattern": format.pattern() }));
                    } else {
                        written.insert("pattern".to_owned(), format.pattern().into());
                    }
                    written.insert("x-format".to_owned(), format.name.into());
                    if !keywords.contains_key("examples") {
                        written.insert("examples".to_owned(), json!([format.sample()]));
                    }
                }
                None => match (keyword.as_str(), self.keyword(keyword, value)) {
                    ("allOf", Value::Array(schemas)) => schemas.into_iter().for_each(|one| also(&mut written, one)),
                    (_, value) => {
                        written.insert(keyword.clone(), value);
                    }
                },
            }
        }
        typed(written)
    }

    fn keyword(&self, keyword: &str, value: &Value) -> Value {
        match (keyword, value) {
            ("$ref", Value::String(target)) => self.reference(target).into(),
            ("properties" | "patternProperties", Value::Object(members)) => {
                members.iter().map(|(name, schema)| (name.clone(), self.schema(schema))).collect::<Map<_, _>>().into()
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                schemas.iter().map(|schema| self.schema(schema)).collect()
            }
            (
                "items"
                | "contains"
                | "additionalProperties"
                | "propertyNames"
                | "not"
                | "if"
                | "then"
                | "else"
                | "x-warn"
                | "x-all-but-last",
                schema,
            ) => self.schema(schema),
            _ => value.clone(),
        }
    }

    fn reference(&self, target: &str) -> String {
        let (file, name) = target.split_once("#/$defs/").unwrap_or(("", target));
        if file.is_empty() {
            format!("{PLACE}{}", self.name_of(name))
        } else {
            format!("{PLACE}{}.{name}", self.service)
        }
    }
}

/// Adds a schema that has to be met, too.
pub(super) fn also(schema: &mut Map<String, Value>, other: Value) {
    match schema.get_mut("allOf") {
        Some(Value::Array(all)) => all.push(other),
        _ => {
            schema.insert("allOf".to_owned(), json!([other]));
        }
    }
}

/// Values of several types are alternatives, each with its type: generated code knows what to do with those.
fn typed(mut schema: Map<String, Value>) -> Value {
    let (Some(Value::Array(types)), Some(Value::Array(values))) = (schema.get("type"), schema.get("enum")) else {
        return schema.into();
    };
    let of_type = |kind: &Value| {
        let values: Vec<&Value> = values.iter().filter(|value| is_of(value, kind)).collect();
        (!values.is_empty()).then(|| json!({ "type": kind, "enum": values }))
    };
    let alternatives: Vec<Value> = types.iter().filter_map(of_type).collect();
    if schema.contains_key("anyOf") || alternatives.is_empty() {
        return schema.into();
    }
    // In the place of the type, so that the rest stays in the declared order.
    schema.shift_remove("enum");
    schema
        .into_iter()
        .map(|(keyword, value)| match keyword.as_str() {
            "type" => ("anyOf".to_owned(), alternatives.clone().into()),
            _ => (keyword, value),
        })
        .collect::<Map<_, _>>()
        .into()
}

fn is_of(value: &Value, kind: &Value) -> bool {
    match kind.as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("array") => value.is_array(),
        _ => value.is_object(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_table_says_twice_is_said_twice() {
        let schemas = Schemas { version: Version::V3_1, service: "s", operation: Some("Call") };
        let pattern = format::named("compact-time").map(format::TextFormat::pattern);
        for keywords in [
            json!({ "pattern": "^2", "format": "compact-time", "allOf": [{ "minLength": 1 }] }),
            json!({ "allOf": [{ "minLength": 1 }], "format": "compact-time", "pattern": "^2" }),
        ] {
            let written = schemas.write(&keywords);
            let all = written["allOf"].as_array().unwrap();
            assert_eq!(written["pattern"], "^2");
            assert!(all.len() == 2 && all.contains(&json!({ "pattern": pattern })), "{written}");
        }
    }

    #[test]
    fn a_reference_leads_to_its_file() {
        let schemas = Schemas { version: Version::V3_1, service: "s", operation: Some("Call") };
        let written = schemas.write(&json!({ "anyOf": [
            { "$ref": "#/$defs/A" }, { "x-warn": { "items": { "$ref": "../shared.json#/$defs/B" } } }
        ] }));
        assert_eq!(
            written,
            json!({ "anyOf": [
                { "$ref": "#/components/schemas/s.Call.A" },
                { "x-warn": { "items": { "$ref": "#/components/schemas/s.B" } } }
            ] })
        );
    }
}
