//! A request as the contract sees it: no socket, no HTTP library.

use http::{HeaderMap, Method, Version};

/// A request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The version of HTTP that it came with.
    pub version: Version,
    /// Method.
    pub method: &'a Method,
    /// What was taken off the beginning of the path, as the session of a base URL. Signatures may cover it.
    pub base: &'a str,
    /// The rest of the path as it came, percent-encoded.
    pub path: &'a str,
    /// What stands behind the `?`.
    pub query: Option<&'a str>,
    /// Host and port of an absolute target or an HTTP/2 `:authority`; stands in for a missing `Host`.
    pub authority: Option<&'a str>,
    /// Headers.
    pub headers: &'a HeaderMap,
    /// Body.
    pub body: Payload<'a>,
}

/// The body of a request.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// It passed the limit and was not kept.
    TooLarge,
    /// It did not come to its end, for this reason.
    BrokenOff(&'a str),
}
