//! Requests that a browser makes on its own. They say nothing about the client under test.

use http::{Method, header};

use super::{Contract, request::Request};

/// A request that is not an API call: it belongs to no operation and cannot break the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bystander {
    /// A CORS preflight: `OPTIONS` with `Origin` and `Access-Control-Request-Method`.
    Preflight,
    /// `GET /favicon.ico`
    Favicon,
    /// `GET /`: somebody checks whether the server is up.
    FrontPage,
}

impl Contract {
    /// Classifies a request that is not an API call. `request.path` has no session prefix.
    ///
    /// A request that an operation answers is always a call.
    pub fn bystander(&self, request: &Request<'_>) -> Option<Bystander> {
        let is_preflight = || {
            [header::ORIGIN, header::ACCESS_CONTROL_REQUEST_METHOD]
                .iter()
                .all(|name| request.headers.contains_key(name))
        };
        let bystander = match (request.method, request.path) {
            (&Method::OPTIONS, _) if is_preflight() => Bystander::Preflight,
            (&Method::GET | &Method::HEAD, "/favicon.ico") => Bystander::Favicon,
            (&Method::GET | &Method::HEAD, "/") => Bystander::FrontPage,
            _ => return None,
        };
        self.find(request.method, request.path).is_none().then_some(bystander)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;
    use crate::contract::{Payload, SpecFile, SpecFiles};

    fn bystander(contract: &Contract, line: &str, headers: &[&'static str]) -> Option<Bystander> {
        let (method, path) = line.split_once(' ').unwrap();
        let values = headers.iter().map(|name| (name.parse().unwrap(), HeaderValue::from_static("x")));
        contract.bystander(&Request::new(
            &method.parse().unwrap(),
            path,
            &values.collect::<HeaderMap>(),
            Payload::Whole(b""),
        ))
    }

    #[test]
    fn what_a_browser_sends_on_its_own_is_not_a_call() {
        let contract = SpecFiles::embedded().load().unwrap();
        let asks = ["origin", "access-control-request-method"];
        for (line, headers, expected) in [
            ("OPTIONS /koodrive/ose/v1/share", &asks[..], Some(Bystander::Preflight)),
            ("OPTIONS /nowhere", &asks, Some(Bystander::Preflight)),
            ("OPTIONS *", &asks, Some(Bystander::Preflight)),
            ("OPTIONS /koodrive/ose/v1/share", &asks[..1], None),
            ("OPTIONS /koodrive/ose/v1/share", &[], None),
            ("POST /koodrive/ose/v1/share", &asks, None),
            ("GET /favicon.ico", &[], Some(Bystander::Favicon)),
            ("HEAD /favicon.ico", &[], Some(Bystander::Favicon)),
            ("POST /favicon.ico", &[], None),
            ("GET /koodrive/favicon.ico", &[], None),
            ("GET /", &[], Some(Bystander::FrontPage)),
            ("HEAD /", &[], Some(Bystander::FrontPage)),
            ("POST /", &[], None),
            ("GET //", &[], None),
        ] {
            assert_eq!(bystander(&contract, line, headers), expected, "{line}");
        }
    }

    #[test]
    fn what_an_operation_answers_is_a_call() {
        let embedded = SpecFiles::embedded();
        let mut files: Vec<SpecFile> = ["service.json", "errors.json", "shared.json"]
            .map(|name| embedded.get(&format!("gokuai/{name}")).unwrap().clone())
            .to_vec();
        let document = r#"{ "operation": "icon", "title": "t", "method": "GET", "path": "/favicon.ico", "documentation": [],
            "authentication": [], "responses": { "200": {} } }"#;
        files.push(SpecFile::new("gokuai/icons/icon.json", "icon.json", document));
        let contract = SpecFiles::of(files).unchecked().load().unwrap();
        assert_eq!(bystander(&contract, "GET /favicon.ico", &[]), None);
        assert_eq!(bystander(&contract, "GET /", &[]), Some(Bystander::FrontPage));
    }
}
