//! Why a spec that was not checked cannot be used.

use std::sync::Arc;

use crate::contract::{route::RouteError, schema::SchemaError};

/// Why a spec cannot be used. `understudy check` reports it first, with its place.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// The method is not a valid one.
    #[error("`{0}` is not an HTTP method")]
    Method(String),
    /// The name of the operation cannot be sent in a header.
    #[error("`{0}` cannot be the value of a header")]
    Name(String),
    /// A key under `responses` is not a status.
    #[error("`{0}` is not an HTTP status")]
    Status(String),
    /// The path is invalid, or another operation has the same method and path.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// A file is not JSON.
    #[error("{file}: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// The JSON reader's reason.
        error: serde_json::Error,
    },
    /// The definitions of `shared.json` are wrong.
    #[error(transparent)]
    Definitions(#[from] SchemaError),
    /// A schema of an operation is wrong.
    #[error("{file}: {error}")]
    Schema {
        /// The operation's file.
        file: String,
        /// The compiler's reason.
        error: SchemaError,
    },
    /// The definitions that an operation refers to cannot be used.
    #[error("{file}: {error}")]
    Shared {
        /// The operation's file.
        file: String,
        /// The reason, which all operations of the service share.
        error: Arc<SpecError>,
    },
}
