//! `components`: what operations refer to.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::schemas::Schemas;

/// Everything that can be referred to.
#[derive(Default)]
pub(super) struct Parts {
    schemas: Map<String, Value>,
    examples: Map<String, Value>,
}

impl Parts {
    /// Defines the schemas of a spec file.
    pub(super) fn define(&mut self, schemas: &Schemas<'_>, definitions: Option<&Value>) {
        for (name, schema) in definitions.and_then(Value::as_object).into_iter().flatten() {
            self.schema(schemas.name_of(name), schemas.write(schema));
        }
    }

    pub(super) fn schema(&mut self, name: String, schema: Value) {
        self.schemas.insert(name, schema);
    }

    pub(super) fn example(&mut self, name: String, example: Value) {
        self.examples.insert(name, example);
    }

    /// What is referred to from `paths`, whether there or on the way. The catalogue is whole: an error can be asked for on any operation.
    pub(super) fn into_value(self, paths: &Value, security: &Value) -> Value {
        let mut used = BTreeSet::new();
        let mut open = Vec::new();
        collect(paths, &mut open);
        while let Some(name) = open.pop() {
            if let Some(schema) = self.schemas.get(&name).filter(|_| !used.contains(&name)) {
                collect(schema, &mut open);
                used.insert(name);
            }
        }
        let schemas: Map<_, _> = self.schemas.into_iter().filter(|(name, _)| used.contains(name)).collect();
        json!({ "securitySchemes": security, "schemas": schemas, "examples": self.examples })
    }
}

/// The names of the schemas that a part of the document refers to.
fn collect(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let target = members.get("$ref").and_then(Value::as_str);
            names.extend(target.and_then(|target| target.strip_prefix(super::schemas::PLACE)).map(str::to_owned));
            members.values().for_each(|value| collect(value, names));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        _ => {}
    }
}
