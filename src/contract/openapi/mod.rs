//! The contract as an OpenAPI document: for the tools that read one.
//!
//! What OpenAPI has a keyword for is said with it. What it has none for is kept under `x-`, so that nothing of a table is lost.

mod answers;
mod bodies;
mod components;
mod document;
mod errors;
mod lower;
mod operation;
mod parameters;
mod paths;
mod schemas;
mod security;

use serde_json::Value;

use super::{Contract, operation::SpecError};

/// The version of OpenAPI that a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// 3.0, whose schemas are a dialect of their own.
    V3_0,
    /// 3.1, whose schemas are JSON Schema.
    #[default]
    V3_1,
}

impl Version {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V3_0, Self::V3_1];

    /// As it is asked for.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V3_0 => "3.0",
            Self::V3_1 => "3.1",
        }
    }

    /// The version that goes by a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.as_str() == name)
    }

    /// As the document says it.
    fn in_full(self) -> &'static str {
        match self {
            Self::V3_0 => "3.0.3",
            Self::V3_1 => "3.1.0",
        }
    }
}

/// The URL of a server as a document has it, if it is one: of a host, or a path of the host that the document comes from.
pub fn server_url(text: &str) -> Option<String> {
    let is_path = text.starts_with('/') && !text.starts_with("//");
    let uri: http::Uri = text.parse().ok()?;
    let of_host = matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty());
    // The braces would be variables.
    let plain = uri.query().is_none() && !text.contains(['{', '}', '#']);
    ((is_path || of_host) && plain).then(|| match text.trim_end_matches('/') {
        "" => "/".to_owned(),
        url => url.to_owned(),
    })
}

/// Writes the document. `server` is where the API is called: a URL, or a path if the document comes from there.
///
/// # Errors
///
/// A spec that cannot be read; `check` finds it first.
///
/// ```
/// use understudy::contract::{SpecFiles, openapi};
///
/// let contract = SpecFiles::embedded().load().unwrap();
/// let document = openapi::document(&contract, openapi::Version::V3_1, "http://127.0.0.1:8080").unwrap();
/// assert_eq!(document["paths"]["/koodrive/ose/v1/share"]["post"]["operationId"], "CreateShare");
/// ```
pub fn document(contract: &Contract, version: Version, server: &str) -> Result<Value, SpecError> {
    document::write(contract, version, server)
}
