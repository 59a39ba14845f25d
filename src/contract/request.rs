//! A request as the contract sees it: no socket, no HTTP library.

use bytes::Bytes;
use http::{HeaderMap, Method, Version};

use super::operation::Operation;
use crate::content::Received;

/// A request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The HTTP version.
    pub version: Version,
    /// Method.
    pub method: &'a Method,
    /// What was stripped from the start of the path: the session prefix of a base URL. Signatures may cover it.
    pub base: &'a str,
    /// The rest of the path, percent-encoded as received.
    pub path: &'a str,
    /// The part after the `?`.
    pub query: Option<&'a str>,
    /// Host and port of an absolute target, or HTTP/2's `:authority`; replaces a missing `Host`.
    pub authority: Option<&'a str>,
    /// Headers.
    pub headers: &'a HeaderMap,
    /// Body.
    pub body: Payload<'a>,
    /// The memory of a whole body, where a large one may be kept instead of copied.
    pub memory: Option<&'a Bytes>,
    /// Where it came in.
    pub door: Door,
}

/// What can be called where a request came in: the API and the object host may have addresses of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Door {
    /// Every operation.
    #[default]
    Everything,
    /// All but those that links lead to.
    Calls,
    /// Those that links lead to.
    Objects,
}

impl Door {
    /// Whether an operation can be called here.
    pub(super) fn admits(self, operation: &Operation) -> bool {
        match self {
            Self::Everything => true,
            Self::Calls => !operation.is_linked(),
            Self::Objects => operation.is_linked(),
        }
    }

    /// What is said of a call that is in the contract and cannot be made here.
    pub(super) fn instead(self) -> &'static str {
        match self {
            Self::Objects => "a link; this port is the object host alone",
            _ => "a documented method and path; links lead to the object host, which has a port of its own",
        }
    }
}

impl<'a> Request<'a> {
    /// A request of HTTP/1.1 without a query.
    pub fn new(method: &'a Method, path: &'a str, headers: &'a HeaderMap, body: Payload<'a>) -> Self {
        Self {
            version: Version::HTTP_11,
            method,
            base: "",
            path,
            query: None,
            authority: None,
            headers,
            body,
            memory: None,
            door: Door::Everything,
        }
    }
}

/// The body of a request.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// All of it, a file or a part of one, which was hashed as it came.
    Content(&'a Received),
    /// It exceeded the limit and was not kept.
    TooLarge,
    /// There was no memory for it.
    NoRoom,
    /// It did not arrive completely, for this reason.
    BrokenOff(&'a str),
}
