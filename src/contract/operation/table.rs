//! An operation's document with its references resolved: for code that reads the table itself.

use std::sync::Arc;

use http::{HeaderName, StatusCode};
use serde_json::Value;

use super::{Operation, Parameter, Parameters, Response, SpecError};
use crate::contract::{coerce::Kind, example, schema::Schema, service::Service};

/// A sample request of [`Table::smallest_request`] or [`Table::fullest_request`]: an object per part, absent if the operation has no such
/// part.
pub struct SampleRequest {
    /// Path parameters.
    pub path: Option<Value>,
    /// Query parameters.
    pub query: Option<Value>,
    /// Headers.
    pub headers: Option<Value>,
    /// Body.
    pub body: Option<Value>,
    /// Flat parameters.
    pub params: Option<Value>,
}

/// An operation's document and the definitions that it refers to.
pub struct Table<'a> {
    operation: &'a Operation,
    service: &'a Service,
    document: Value,
    shared: Arc<Value>,
}

/// What a table says about a member.
pub enum Member {
    /// It is documented, with this schema.
    Documented(Value),
    /// The table lists its members, and this is not one of them.
    Unknown(Vec<String>),
    /// The table does not list members here.
    Anything,
}

impl<'a> Table<'a> {
    pub(super) fn new(operation: &'a Operation, service: &'a Service) -> Result<Self, SpecError> {
        let shared = service.shared()?;
        Ok(Self { operation, service, document: operation.document()?, shared })
    }

    /// The name of the operation.
    pub(super) fn name(&self) -> &str {
        &self.operation.name
    }

    /// The service's samples of values by name.
    pub(super) fn samples(&self) -> Option<&Value> {
        self.shared.get("samples")
    }

    /// The spec file.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The schema of a part of the request: `path`, `query`, `headers`, `body` or `params`.
    pub fn part(&self, name: &str) -> Option<&Value> {
        self.document.get("request")?.get(name)
    }

    /// A schema with the reference at its root resolved; keywords next to the reference are kept.
    pub fn resolve(&self, schema: &Value) -> Value {
        let mut schema = schema.clone();
        for _ in 0..16 {
            let Some(target) = schema.get("$ref").and_then(Value::as_str) else { break };
            let mut resolved = self.definition(target).unwrap_or_default();
            if let (Some(members), Some(beside)) = (resolved.as_object_mut(), schema.as_object()) {
                members.extend(beside.iter().filter(|(name, _)| *name != "$ref").map(|(k, v)| (k.clone(), v.clone())));
            }
            schema = resolved;
        }
        schema
    }

    /// What the table says about a member of a schema.
    pub fn member(&self, schema: &Value, name: &str) -> Member {
        let schema = self.resolve(schema);
        match schema.get("properties").and_then(Value::as_object) {
            Some(members) => match members.get(name) {
                Some(member) => Member::Documented(self.resolve(member)),
                None => match schema.get("additionalProperties") {
                    Some(Value::Bool(false)) | None => Member::Unknown(members.keys().cloned().collect()),
                    Some(rest) => Member::Documented(self.resolve(rest)),
                },
            },
            None => schema.get("additionalProperties").map_or(Member::Anything, |rest| {
                if rest.is_object() { Member::Documented(self.resolve(rest)) } else { Member::Anything }
            }),
        }
    }

    /// Compiles a schema of this table.
    ///
    /// # Errors
    ///
    /// When it is not a JSON Schema.
    pub fn compile(&self, schema: &Value) -> Result<Schema, SpecError> {
        let file = || self.operation.file.name.clone();
        let library = self.service.library();
        let library = library.map_err(|error| SpecError::Shared { file: file(), error: Arc::clone(error) })?;
        let inside = self.operation.file.name.split_once('/').map_or("", |(_, inside)| inside);
        let schema = library.compile(inside, schema, self.document.get("$defs"));
        schema.map_err(|error| SpecError::Schema { file: file(), error })
    }

    /// The documented answers.
    ///
    /// # Errors
    ///
    /// What is wrong with the spec.
    pub fn responses(&self) -> Result<Vec<Response>, SpecError> {
        let mut responses = Vec::new();
        for (status, response) in self.document["responses"].as_object().into_iter().flatten() {
            let status: StatusCode = status.parse().map_err(|_| SpecError::Status(status.clone()))?;
            responses.push(Response {
                status,
                body: response.get("body").map(|body| self.compile(body)).transpose()?,
                example: self.example(status.as_u16(), response).0,
            });
        }
        Ok(responses)
    }

    /// The smallest valid request.
    pub fn smallest_request(&self) -> SampleRequest {
        self.sample(|part| example::smallest(part, &|schema| self.resolve(schema)))
    }

    /// A request with everything that the table lists: to try templates on.
    pub fn fullest_request(&self) -> SampleRequest {
        self.sample(|part| example::fullest(part, &|schema| self.resolve(schema)))
    }

    fn sample(&self, make: impl Fn(&Value) -> Value) -> SampleRequest {
        let part = |name| self.part(name).map(&make);
        SampleRequest {
            path: part("path"),
            query: part("query"),
            headers: part("headers"),
            body: part("body"),
            params: part("params"),
        }
    }

    fn definition(&self, target: &str) -> Option<Value> {
        let (file, name) = target.split_once("#/$defs/")?;
        if file.is_empty() {
            return self.document.get("$defs")?.get(name).cloned();
        }
        let mut definition = self.shared.get("$defs")?.get(name)?.clone();
        rebase(&mut definition);
        Some(definition)
    }

    pub(super) fn parameters(&self, name: &str) -> Result<Option<Parameters>, SpecError> {
        let Some(part) = self.part(name) else { return Ok(None) };
        let fields = part.get("properties").and_then(Value::as_object).into_iter().flatten();
        let fields = fields
            .map(|(name, schema)| Parameter {
                name: name.clone(),
                header: HeaderName::try_from(name.as_str()).ok(),
                kind: Kind::of(schema, &|schema| self.resolve(schema)),
            })
            .collect();
        Ok(Some(Parameters { fields, schema: self.compile(part)? }))
    }
}

/// Rewrites the references of a definition of the shared file so that they resolve from an operation's file.
fn rebase(definition: &mut Value) {
    match definition {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(target) if name == "$ref" && target.starts_with('#') => {
                        *target = format!("../shared.json{target}");
                    }
                    _ => rebase(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(rebase),
        _ => {}
    }
}
