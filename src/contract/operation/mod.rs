//! One operation and its table, which is compiled at the first call.

mod error;
mod example;
mod page;
mod table;

use std::sync::OnceLock;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};

pub use self::{
    error::SpecError,
    example::ExampleSource,
    page::Page,
    table::{Member, SampleRequest, Table},
};
use super::{
    auth::{Scheme, presigned, schemes},
    catalogue::Code,
    coerce::Kind,
    files::SpecFile,
    schema::Schema,
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

/// What is needed to find and list an operation; the rest is read at the first call.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) operation: String,
    pub(super) title: String,
    pub(super) method: String,
    pub(super) path: String,
    #[serde(default)]
    pub(super) documentation: Vec<Page>,
    #[serde(default, deserialize_with = "schemes::by_words")]
    pub(super) authentication: Vec<&'static Scheme>,
    #[serde(default)]
    pub(super) errors: Vec<Code>,
    #[serde(default)]
    pub(super) issues_token: Option<String>,
    #[serde(default)]
    pub(super) request: RequestHead,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct RequestHead {
    #[serde(default, rename = "carriers")]
    pub(super) encodings: Vec<ParameterEncoding>,
    #[serde(default)]
    pub(super) content: Option<Content>,
}

/// A body of any bytes: a file, or a part of one.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Content {
    /// The most bytes.
    pub limit: u64,
}

/// One operation of a service.
pub struct Operation {
    /// Its place in the contract.
    pub id: OperationId,
    /// The position of its service in [`Contract::services`](super::Contract::services).
    pub service: usize,
    /// Name, as in the documentation.
    pub name: String,
    /// A short description.
    pub title: String,
    /// The folder of its file.
    pub group: String,
    /// HTTP method.
    pub method: Method,
    /// Path template with `{parameters}`.
    pub path: String,
    /// The vendor's pages.
    pub documentation: Vec<Page>,
    /// The authentication schemes that it accepts; if empty, credentials are not checked.
    pub authentication: Vec<&'static Scheme>,
    /// Error codes that its documentation lists.
    pub errors: Vec<Code>,
    /// A JSON pointer to the token that its answer issues.
    pub issues_token: Option<String>,
    /// How its flat parameters may be encoded, if it has any.
    pub encodings: Vec<ParameterEncoding>,
    /// Whether its body is a file rather than a text.
    pub content: Option<Content>,
    /// The name as a header value.
    pub label: HeaderValue,
    file: SpecFile,
    compiled: OnceLock<Result<Compiled, SpecError>>,
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
    /// Flat parameters, in any encoding.
    pub params: Option<Parameters>,
    /// The answer without a scenario: the documented example, else one that is made from the table.
    pub example: Answer,
    /// Which of the two.
    pub example_source: ExampleSource,
    /// Other documented answers.
    others: Vec<Other>,
}

/// A documented answer beside the successful one.
struct Other {
    status: StatusCode,
    body: Bytes,
    /// Whether no page prints it: it is made from its schema.
    made: bool,
}

/// How flat parameters are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterEncoding {
    /// A body with the media type `application/x-www-form-urlencoded`.
    Form,
    /// A body that is one flat JSON object.
    Json,
    /// The query of a GET.
    Query,
}

/// Named values that arrive as text.
pub struct Parameters {
    /// In table order.
    pub fields: Vec<Parameter>,
    /// The schema of all of them.
    pub schema: Schema,
}

/// One parameter.
pub struct Parameter {
    /// As documented.
    pub name: String,
    /// The name as a header name, if it is a valid one.
    pub header: Option<HeaderName>,
    /// The type that it is parsed as.
    pub kind: Kind,
}

/// The documented answer for a status.
pub struct Response {
    /// Its status.
    pub status: StatusCode,
    /// The schema of its body.
    pub body: Option<Schema>,
    /// The documented example, else one that is made from the schema.
    pub example: Value,
}

impl Compiled {
    /// Whether an answer of a status is documented.
    pub fn documents(&self, status: StatusCode) -> bool {
        status == self.example.status || self.others.iter().any(|other| other.status == status)
    }

    /// Whether an answer of a status is documented, and made from its schema for want of an example.
    pub fn is_made(&self, status: StatusCode) -> bool {
        self.others.iter().any(|other| other.status == status && other.made)
    }

    /// The documented answer of a status, without a body where none is documented.
    pub fn answer(&self, status: StatusCode) -> Answer {
        if status == self.example.status {
            return self.example.clone();
        }
        let documented = self.others.iter().find(|other| other.status == status);
        let body = documented.map(|other| other.body.clone()).unwrap_or_default();
        Answer { status, headers: Vec::new(), body }
    }
}

impl Operation {
    /// The methods that it answers: its own, and GET if its parameters may be in the query.
    pub fn methods(&self) -> impl Iterator<Item = &Method> {
        let also = self.encodings.contains(&ParameterEncoding::Query) && self.method != Method::GET;
        std::iter::once(&self.method).chain(also.then_some(&Method::GET))
    }

    /// Whether it is called by a link, which an answer had.
    pub fn is_linked(&self) -> bool {
        self.authentication.iter().any(|scheme| scheme.word == presigned::SCHEME.word)
    }

    pub(super) fn new(id: OperationId, service: usize, head: Head, file: SpecFile) -> Result<Self, SpecError> {
        let method: Method = head.method.parse().map_err(|_| SpecError::Method(head.method))?;
        let label = HeaderValue::from_str(&head.operation).map_err(|_| SpecError::Name(head.operation.clone()))?;
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
            encodings: head.request.encodings,
            content: head.request.content,
            label,
            file,
            compiled: OnceLock::new(),
        })
    }

    fn document(&self) -> Result<Value, SpecError> {
        self.file.json().map_err(|error| SpecError::Unreadable { file: self.file.name.clone(), error })
    }

    /// The pages that have the rows at some places of the request; those with the whole table, if no place is given.
    pub fn pages<'a>(&self, places: impl Iterator<Item = &'a str>) -> Vec<&Page> {
        page::cited(&self.documentation, places)
    }

    /// The name of the spec file.
    pub fn file(&self) -> &str {
        &self.file.name
    }

    /// The parts, compiled at the first call.
    ///
    /// # Errors
    ///
    /// What is wrong with the spec; `check` finds it first.
    pub fn compiled(&self, service: &Service) -> Result<&Compiled, &SpecError> {
        self.compiled.get_or_init(|| self.compile(service)).as_ref()
    }

    /// The table itself, read again at each call: for scenarios, `describe` and `check`, not for the hot path.
    ///
    /// # Errors
    ///
    /// The file is not JSON; `check` finds that first.
    pub fn table<'a>(&'a self, service: &'a Service) -> Result<Table<'a>, SpecError> {
        Table::new(self, service)
    }

    fn compile(&self, service: &Service) -> Result<Compiled, SpecError> {
        let table = self.table(service)?;
        let responses = &table.document()["responses"];
        let statuses = responses.as_object().map(Map::keys).into_iter().flatten();
        let success = statuses.filter_map(|status| status.parse::<u16>().ok()).min().unwrap_or(200);
        let answer = |status: u16| {
            let (body, source) = table.example(status, &responses[status.to_string()]);
            (if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) }, source)
        };
        let statuses = responses.as_object().map(Map::keys).into_iter().flatten();
        let others = statuses.filter_map(|name| {
            let status = StatusCode::from_bytes(name.as_bytes()).ok().filter(|status| status.as_u16() != success)?;
            let made = responses[name].get("example").is_none();
            Some(Other { status, body: answer(status.as_u16()).0, made })
        });
        let (body, example_source) = answer(success);
        Ok(Compiled {
            path: table.parameters("path")?,
            query: table.parameters("query")?,
            headers: table.parameters("headers")?,
            body: table.part("body").map(|part| table.compile(part)).transpose()?,
            params: table.parameters("params")?,
            example: Answer {
                status: StatusCode::from_u16(success).unwrap_or(StatusCode::OK),
                headers: Vec::new(),
                body,
            },
            example_source,
            others: others.collect(),
        })
    }

    /// The documented answers, compiled again at each call: for scenarios and `check`, not for the hot path.
    ///
    /// # Errors
    ///
    /// What is wrong with the spec.
    pub fn responses(&self, service: &Service) -> Result<Vec<Response>, SpecError> {
        self.table(service)?.responses()
    }

    /// The smallest valid request: for curl lines and for tests.
    ///
    /// # Errors
    ///
    /// What is wrong with the spec.
    pub fn smallest_request(&self, service: &Service) -> Result<SampleRequest, SpecError> {
        Ok(self.table(service)?.smallest_request())
    }
}
