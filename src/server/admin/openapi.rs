//! `openapi.json`: the contract that is played, for tools that read OpenAPI.

use http::StatusCode;

use super::{Answered, Request, problem, respond};
use crate::contract::openapi::{self, Version};

impl Request<'_> {
    /// The document. `?openapi=3.0` is for older tools; `?server=URL` says where the API is called, which is here by default.
    pub(super) fn openapi(&self) -> Answered {
        self.known_parameters(&["openapi", "server"])?;
        let wrong = |name: &str, text: &str, expected: &str| {
            problem(StatusCode::BAD_REQUEST, format!("`{name}` is {expected}, and not `{text}`"))
        };
        let version = match self.parameter("openapi") {
            None => Version::default(),
            Some(text) => Version::named(text).ok_or_else(|| wrong("openapi", text, "3.0 or 3.1"))?,
        };
        let server = match self.parameter("server") {
            None => "/".to_owned(),
            Some(text) => openapi::server_url(text).ok_or_else(|| wrong("server", text, "a URL"))?,
        };
        let document = openapi::document(self.control.mock().contract(), version, &server);
        let document = document
            .map_err(|error| problem(StatusCode::INTERNAL_SERVER_ERROR, format!("a spec is wrong: {error}")))?;
        Ok(respond(StatusCode::OK, &document))
    }
}
