//! One vendor's service: what its operations share (`service.json`).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    catalogue::{Catalogue, Code, ErrorEntry, fill_envelope, fill_text},
    files::SpecFile,
    operation::{Operation, SpecError},
    redact::names,
    schema::Library,
};

/// Why the stand-in itself refuses a request. Each service says which error of its catalogue answers which refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The request breaks the contract.
    Violation,
    /// No usable credential.
    Unauthenticated,
    /// A signature that does not verify.
    BadSignature,
    /// A token that was valid once.
    ExpiredToken,
    /// No such path.
    UnknownRoute,
    /// No such method on a known path.
    UnknownMethod,
    /// A body whose size has to be announced, and is not.
    LengthRequired,
    /// Bytes that are not an HTTP request.
    Malformed,
    /// The body is too large.
    TooLarge,
    /// The request target is too long.
    TargetTooLong,
    /// The headers are too large or too many.
    HeadersTooLarge,
    /// Too many calls, or no memory for a body.
    Throttled,
    /// The stand-in itself failed.
    Internal,
}

/// A catalogue entry as `refusals` names it: a code, or a code with the status or the message that selects one of its rows.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum EntryName {
    /// The code alone.
    Code(Code),
    /// One of several rows of a code.
    Row {
        /// The code.
        code: Code,
        /// The status of the row.
        #[serde(default)]
        status: Option<u16>,
        /// The message of the row, in any language.
        #[serde(default)]
        message: Option<String>,
    },
}

impl EntryName {
    /// Its code.
    pub fn code(&self) -> &Code {
        match self {
            Self::Code(code) | Self::Row { code, .. } => code,
        }
    }

    /// The row of the catalogue that is meant.
    pub fn find<'c>(&self, catalogue: &'c Catalogue) -> Option<&'c ErrorEntry> {
        match self {
            Self::Code(code) => catalogue.find(&code.to_string(), None),
            Self::Row { code, status, message } => catalogue.row(&code.to_string(), *status, message.as_deref()),
        }
    }
}

/// How a caller selects the language of messages.
#[derive(Debug, Clone, Deserialize)]
pub struct Language {
    /// The request header.
    pub header: String,
    /// The language tag without that header.
    pub default: String,
}

/// The limits of the vendor's gateway, in bytes.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Limits {
    /// The body of a request.
    pub body: usize,
    /// Path and query.
    pub target: usize,
    /// All header names and values together.
    pub headers: usize,
}

/// `service.json`, as it stands in the file.
#[derive(Debug, Clone, Deserialize)]
pub struct Description {
    /// Short name, as on the command line.
    pub service: String,
    /// Name for people.
    pub title: String,
    /// The newest edition of the documentation that the specs follow.
    pub edition: String,
    /// The vendor's own hosts.
    pub hosts: Vec<String>,
    /// Media types of request bodies.
    pub media_types: Vec<String>,
    /// The language header, where the service has one.
    #[serde(default)]
    pub language: Option<Language>,
    /// Prefixes of the vendor's headers: an undocumented header with one of them is worth a warning.
    #[serde(default)]
    pub header_namespaces: Vec<String>,
    /// Headers that exist for app signatures only, whatever the tables say.
    #[serde(default)]
    pub app_headers: Vec<String>,
    /// Headers and members whose values are never shown.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// The gateway's limits.
    pub limits: Limits,
    /// The media type of error bodies that are texts.
    #[serde(default)]
    pub error_media_type: Option<String>,
    /// Error bodies by name.
    pub envelopes: Map<String, Value>,
    /// Which error answers which refusal.
    pub refusals: HashMap<Refusal, EntryName>,
}

/// A service: its description, errors and shared definitions.
pub struct Service {
    /// Its `service.json`.
    pub description: Description,
    /// Its errors.
    pub catalogue: Arc<Catalogue>,
    shared: SpecFile,
    /// The shared definitions, as long as a table holds them.
    read: Mutex<Weak<Value>>,
    library: OnceLock<Result<Library, Arc<SpecError>>>,
}

/// A complete answer as the server sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers beyond those that the server adds, in order.
    pub headers: Vec<(http::HeaderName, http::HeaderValue)>,
    /// Body; JSON unless a header says otherwise.
    pub body: Bytes,
}

impl Service {
    pub(super) fn new(description: Description, catalogue: Catalogue, shared: SpecFile) -> Self {
        Self { description, catalogue: Arc::new(catalogue), shared, read: Mutex::default(), library: OnceLock::new() }
    }

    /// The shared definitions, as they stand in the file: read anew only where nobody holds them.
    pub(super) fn shared(&self) -> Result<Arc<Value>, SpecError> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = read.upgrade() {
            return Ok(shared);
        }
        let shared = self.shared.json();
        let shared = shared.map_err(|error| SpecError::Unreadable { file: self.shared.name.clone(), error })?;
        let shared = Arc::new(shared);
        *read = Arc::downgrade(&shared);
        Ok(shared)
    }

    /// The shared definitions, compiled at first use.
    pub(super) fn library(&self) -> Result<&Library, &Arc<SpecError>> {
        let compile = || Ok(Library::new(&self.description.service, self.shared()?)?);
        self.library.get_or_init(|| compile().map_err(Arc::new)).as_ref()
    }

    /// The language tag of the catalogue that a caller asks for: `zh_cn` and `zh-CN` mean the same.
    pub fn language<'s>(&'s self, asked: Option<&str>) -> &'s str {
        let default = self.description.language.as_ref().map_or("", |language| language.default.as_str());
        let Some(asked) = asked.filter(|asked| !asked.eq_ignore_ascii_case(default)) else { return default };
        let asked = asked.replace('_', "-");
        let tags = self.catalogue.entries.iter().flat_map(|entry| entry.messages.keys());
        tags.map(String::as_str).find(|tag| tag.eq_ignore_ascii_case(&asked)).unwrap_or(default)
    }

    /// The vendor's answer for an error of its catalogue.
    pub fn error(&self, entry: &ErrorEntry, language: &str, request_id: &str) -> Answer {
        self.error_about(entry, &[], language, request_id)
    }

    /// The message of an error, with what stands for `{0}`, `{1}` and so on.
    pub fn message(&self, entry: &ErrorEntry, about: &[String], language: &str) -> String {
        let default = self.description.language.as_ref().map_or("", |language| language.default.as_str());
        let message = entry.message(language, default).to_owned();
        about.iter().enumerate().fold(message, |message, (index, text)| message.replace(&format!("{{{index}}}"), text))
    }

    /// The same with what stands for `{0}`, `{1}` and so on in its message.
    pub fn error_about(&self, entry: &ErrorEntry, about: &[String], language: &str, request_id: &str) -> Answer {
        let envelope = self.description.envelopes.get(&entry.envelope).unwrap_or(&Value::Null);
        let message = self.message(entry, about, language);
        let (body, media_type) = match envelope {
            Value::String(text) => {
                let body = fill_text(text, &entry.code, &message, request_id);
                (body, self.description.error_media_type.as_deref().unwrap_or("text/plain"))
            }
            members => (fill_envelope(members, &entry.code, &message, request_id).to_string(), ""),
        };
        let media_type = HeaderValue::from_str(media_type).ok().filter(|media_type| !media_type.is_empty());
        Answer {
            status: StatusCode::from_u16(entry.status).unwrap_or(StatusCode::BAD_REQUEST),
            headers: media_type.map(|media_type| (CONTENT_TYPE, media_type)).into_iter().collect(),
            body: Bytes::from(body),
        }
    }

    /// The errors of a status that a call of an operation can get, one for each code: those that its documentation lists; where it lists
    /// none, all of the service, but for the ones that say that there is no such operation.
    pub fn errors_with(&self, operation: &Operation, status: StatusCode) -> Vec<&ErrorEntry> {
        let with_status = || self.catalogue.entries.iter().filter(|entry| entry.status == status.as_u16());
        let mut fitting: Vec<&ErrorEntry> =
            with_status().filter(|entry| operation.errors.contains(&entry.code)).collect();
        if fitting.is_empty() {
            let routing = [Refusal::UnknownRoute, Refusal::UnknownMethod];
            let routing = routing.map(|refusal| self.description.refusals.get(&refusal).map(EntryName::code));
            fitting = with_status().filter(|entry| !routing.contains(&Some(&entry.code))).collect();
        }
        fitting.dedup_by(|a, b| a.code == b.code);
        fitting
    }

    /// The answer of a status to a call of an operation: the documented example; where there is none, the error of the catalogue, if exactly
    /// one fits; else what the documented schema allows, or no body.
    pub fn answer_with(
        &self,
        operation: &Operation,
        status: StatusCode,
        language: &str,
        request_id: impl FnOnce() -> String,
    ) -> Answer {
        let bare = Answer { status, headers: Vec::new(), body: Bytes::new() };
        let Ok(compiled) = operation.compiled(self) else { return bare };
        if status.as_u16() >= 400
            && (compiled.is_made(status) || !compiled.documents(status))
            && let [only] = self.errors_with(operation, status).as_slice()
        {
            return self.error(only, language, &request_id());
        }
        compiled.answer(status)
    }

    /// The vendor's answer for a refusal.
    pub fn refuse(&self, refusal: Refusal, language: &str, request_id: &str) -> Answer {
        let named = |refusal| self.description.refusals.get(&refusal);
        let name = match refusal {
            Refusal::UnknownMethod => named(refusal).or_else(|| named(Refusal::UnknownRoute)),
            Refusal::LengthRequired => named(refusal).or_else(|| named(Refusal::Malformed)),
            _ => named(refusal),
        };
        let entry = name.and_then(|name| name.find(&self.catalogue));
        entry.map_or_else(
            // `check` rejects a service without an entry for a refusal; all that is left is a bare status.
            || Answer { status: StatusCode::INTERNAL_SERVER_ERROR, headers: Vec::new(), body: Bytes::new() },
            |entry| self.error(entry, language, request_id),
        )
    }

    /// Whether the value of a header or member is never shown.
    pub fn is_secret(&self, name: &str) -> bool {
        let is_declared =
            || self.description.secrets.iter().any(|secret| names::are_alike(secret.as_bytes(), name.as_bytes()));
        names::is_secret(name.as_bytes()) || is_declared()
    }
}
