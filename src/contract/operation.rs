//! One operation: what its table says, compiled when it is first called.

use std::sync::OnceLock;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    auth::Scheme,
    catalogue::Code,
    coerce::Kind,
    example,
    files::SpecFile,
    schema::{Schema, SchemaError},
    service::{Answer, Service},
};

/// An operation's place in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationId(u32);

impl OperationId {
    /// The id of the operation at a position of [`Contract::operations`](super::Contract::operations).
    pub fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The position.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A page of the vendor's documentation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Page {
    /// The page, as the vendor addresses it.
    pub page: String,
    /// Its edition: a date, or `undated`.
    pub edition: String,
}

/// What is needed to find and list an operation; the rest is read at its first call.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) operation: String,
    pub(super) title: String,
    pub(super) method: String,
    pub(super) path: String,
    #[serde(default)]
    pub(super) documentation: Vec<Page>,
    #[serde(default)]
    pub(super) authentication: Vec<Scheme>,
    #[serde(default)]
    pub(super) errors: Vec<Code>,
    #[serde(default)]
    pub(super) issues_token: Option<String>,
    #[serde(default)]
    pub(super) request: RequestHead,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct RequestHead {
    #[serde(default)]
    pub(super) carriers: Vec<Carrier>,
}

/// One operation of a service.
pub struct Operation {
    /// Its place in the contract.
    pub id: OperationId,
    /// The position of its service in [`Contract::services`](super::Contract::services).
    pub service: usize,
    /// Name, as in the documentation.
    pub name: String,
    /// A few words.
    pub title: String,
    /// The folder that it stands in.
    pub group: String,
    /// HTTP method.
    pub method: Method,
    /// Path template with `{parameters}`.
    pub path: String,
    /// The vendor's pages.
    pub documentation: Vec<Page>,
    /// The schemes that it takes; none means that no credential is looked at.
    pub authentication: Vec<Scheme>,
    /// Codes that its documentation names.
    pub errors: Vec<Code>,
    /// Where its answer has a token that lives from then on, as a JSON pointer.
    pub issues_token: Option<String>,
    /// What may carry its flat parameters, if it has any.
    pub carriers: Vec<Carrier>,
    /// The name as a header value.
    pub label: HeaderValue,
    file: SpecFile,
    compiled: OnceLock<Result<Compiled, String>>,
}

/// The parts of an operation, ready for requests.
pub struct Compiled {
    /// Path parameters.
    pub path: Option<Parameters>,
    /// Query parameters.
    pub query: Option<Parameters>,
    /// Headers.
    pub headers: Option<Parameters>,
    /// The JSON body.
    pub body: Option<Schema>,
    /// Flat parameters, whatever carries them.
    pub params: Option<Parameters>,
    /// The answer without a script: the documented example, or the smallest answer that the table allows.
    pub example: Answer,
}

/// What may carry flat parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Carrier {
    /// A body of the type `application/x-www-form-urlencoded`.
    Form,
    /// A body that is one flat JSON object.
    Json,
    /// The query of a GET.
    Query,
}

/// Named values that arrive as text.
pub struct Parameters {
    /// In the order of the table.
    pub fields: Vec<Parameter>,
    /// The schema of them all.
    pub schema: Schema,
}

/// One parameter.
pub struct Parameter {
    /// As documented.
    pub name: String,
    /// The same as a header name, if it can be one.
    pub header: Option<HeaderName>,
    /// The type that it is read as.
    pub kind: Kind,
}

/// An answer that the documentation shows for a status.
pub struct Response {
    /// Its status.
    pub status: StatusCode,
    /// The schema of its body.
    pub body: Option<Schema>,
    /// The documented example, else the smallest answer that the schema allows.
    pub example: Value,
}

impl Operation {
    /// The methods that lead to it: its own, and GET where the query may carry its parameters.
    pub fn methods(&self) -> impl Iterator<Item = &Method> {
        let also = self.carriers.contains(&Carrier::Query) && self.method != Method::GET;
        std::iter::once(&self.method).chain(also.then_some(&Method::GET))
    }

    pub(super) fn new(id: OperationId, service: usize, head: Head, file: SpecFile) -> Result<Self, String> {
        let method: Method = head.method.parse().map_err(|_| format!("`{}` is no HTTP method", head.method))?;
        let label = HeaderValue::from_str(&head.operation)
            .map_err(|_| format!("`{}` cannot be the value of a header", head.operation))?;
        let group = file.name.rsplit('/').nth(1).unwrap_or_default().to_owned();
        Ok(Self {
            id,
            service,
            name: head.operation,
            title: head.title,
            group,
            method,
            path: head.path,
            documentation: head.documentation,
            authentication: head.authentication,
            errors: head.errors,
            issues_token: head.issues_token,
            carriers: head.request.carriers,
            label,
            file,
            compiled: OnceLock::new(),
        })
    }

    fn document(&self) -> Result<Value, String> {
        serde_json::from_str(self.file.text()).map_err(|error| format!("{}: {error}", self.file.name))
    }

    /// The name of the spec file.
    pub fn file(&self) -> &str {
        &self.file.name
    }

    /// The parts, compiled at the first call. The cost is paid once, by whoever asks first.
    ///
    /// # Errors
    ///
    /// What is wrong with the spec; `check` finds it first.
    pub fn compiled(&self, service: &Service) -> Result<&Compiled, &str> {
        self.compiled.get_or_init(|| self.compile(service)).as_ref().map_err(String::as_str)
    }

    /// The table itself, read anew: for scripts, descriptions and `check`, not for the hot path.
    ///
    /// # Errors
    ///
    /// The JSON reader's sentence; `check` finds it first.
    pub fn table<'a>(&'a self, service: &'a Service) -> Result<Table<'a>, String> {
        Table::new(self, service)
    }

    fn compile(&self, service: &Service) -> Result<Compiled, String> {
        let table = self.table(service)?;
        let responses = &table.document["responses"];
        let statuses = responses.as_object().map(Map::keys).into_iter().flatten();
        let success = statuses.filter_map(|status| status.parse::<u16>().ok()).min().unwrap_or(200);
        let body = table.example(success, &responses[success.to_string()]);
        Ok(Compiled {
            path: table.parameters("path")?,
            query: table.parameters("query")?,
            headers: table.parameters("headers")?,
            body: table.part("body").map(|part| table.compile(part)).transpose()?,
            params: table.parameters("params")?,
            example: Answer {
                status: StatusCode::from_u16(success).unwrap_or(StatusCode::OK),
                headers: Vec::new(),
                body: if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) },
            },
        })
    }

    /// The documented answers, compiled anew: for scripts and for `check`, not for the hot path.
    ///
    /// # Errors
    ///
    /// What is wrong with the spec.
    pub fn responses(&self, service: &Service) -> Result<Vec<Response>, String> {
        let table = self.table(service)?;
        let mut responses = Vec::new();
        for (status, response) in table.document["responses"].as_object().into_iter().flatten() {
            let status: StatusCode = status.parse().map_err(|_| format!("`{status}` is no HTTP status"))?;
            responses.push(Response {
                status,
                body: response.get("body").map(|body| table.compile(body)).transpose()?,
                example: table.example(status.as_u16(), response),
            });
        }
        Ok(responses)
    }

    /// The smallest request that the contract takes: for curl lines and for tests.
    ///
    /// # Errors
    ///
    /// What is wrong with the spec.
    pub fn smallest_request(&self, service: &Service) -> Result<SampleRequest, String> {
        Ok(self.table(service)?.smallest_request())
    }
}

/// What [`Table::smallest_request`] and [`Table::fullest_request`] make: objects by part, absent where the operation takes nothing.
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

/// An operation's document with what its references point to: for whoever reads the table itself.
pub struct Table<'a> {
    operation: &'a Operation,
    service: &'a Service,
    document: Value,
    shared: Value,
}

/// What a table says of a member.
pub enum Member {
    /// It is documented, with this schema.
    Documented(Value),
    /// The table lists its members, and this is none of them.
    Unknown(Vec<String>),
    /// The table does not list members here.
    Anything,
}

impl<'a> Table<'a> {
    fn new(operation: &'a Operation, service: &'a Service) -> Result<Self, String> {
        let mut shared = service.shared()?;
        rebase(&mut shared);
        Ok(Self { operation, service, document: operation.document()?, shared })
    }

    /// The spec file.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The schema of a part of the request: `path`, `query`, `headers`, `body` or `params`.
    pub fn part(&self, name: &str) -> Option<&Value> {
        self.document.get("request")?.get(name)
    }

    /// A schema with the reference at its root followed; keywords beside the reference are kept.
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

    /// What the table says of a member of a schema.
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
    /// When it is no JSON Schema.
    pub fn compile(&self, schema: &Value) -> Result<Schema, String> {
        let file = self.operation.file.name.split_once('/').map_or("", |(_, file)| file);
        let compile = || self.service.library()?.compile(file, schema, self.document.get("$defs"));
        compile().map_err(|error: SchemaError| format!("{}: {error}", self.operation.file.name))
    }

    /// The smallest request that the contract takes.
    pub fn smallest_request(&self) -> SampleRequest {
        self.sample(|part| example::smallest(part, &|schema| self.resolve(schema)))
    }

    /// A request with everything that the table lists: to see what a template makes of it.
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
        let document = if file.is_empty() { &self.document } else { &self.shared };
        document.get("$defs")?.get(name).cloned()
    }

    fn parameters(&self, name: &str) -> Result<Option<Parameters>, String> {
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

    fn example(&self, status: u16, response: &Value) -> Value {
        let derived = |body: &Value| {
            let resolve = |schema: &Value| self.resolve(schema);
            // Only a success says so.
            if status < 400 { example::smallest_answer(body, &resolve) } else { example::smallest(body, &resolve) }
        };
        response.get("example").cloned().unwrap_or_else(|| response.get("body").map_or(Value::Null, derived))
    }
}

/// Makes the references inside the shared file read as they would from an operation's.
fn rebase(shared: &mut Value) {
    match shared {
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
