//! Cross-origin calls: an app in a browser is served from another origin than the stand-in, and its browser asks first.

use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::contract::{Answer, Request};

/// Which web pages may call the API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Cors {
    /// None: a preflight is refused like any unknown method.
    Off,
    /// All.
    #[default]
    Any,
    /// Those of these origins, such as `https://app.example.com`.
    Origins(Vec<String>),
}

/// How long a browser remembers what it was told, in seconds.
const REMEMBERED: HeaderValue = HeaderValue::from_static("600");

/// What a page may read beside the headers that every page may.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Date, Retry-After, X-Understudy-Operation, X-Understudy-Exchange, X-Understudy-Answer, X-Understudy-Violations",
);

static ASKS_FOR_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");
static ALLOWS_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");

impl Cors {
    /// The origin of a request, if its pages may call.
    fn origin<'r>(&self, request: &Request<'r>) -> Option<&'r HeaderValue> {
        let origin = request.headers.get(&header::ORIGIN)?;
        let known = match self {
            Self::Off => false,
            Self::Any => true,
            Self::Origins(known) => known.iter().any(|known| known.as_bytes() == origin.as_bytes()),
        };
        known.then_some(origin)
    }

    /// The answer to a preflight: whatever was asked for is allowed.
    pub(super) fn preflight(&self, request: &Request<'_>) -> Option<Answer> {
        let mut headers = vec![(header::ACCESS_CONTROL_ALLOW_ORIGIN, self.origin(request)?.clone())];
        for (asked, allowed) in [
            (&header::ACCESS_CONTROL_REQUEST_METHOD, &header::ACCESS_CONTROL_ALLOW_METHODS),
            (&header::ACCESS_CONTROL_REQUEST_HEADERS, &header::ACCESS_CONTROL_ALLOW_HEADERS),
            (&ASKS_FOR_PRIVATE_NETWORK, &ALLOWS_PRIVATE_NETWORK),
        ] {
            headers.extend(request.headers.get(asked).map(|value| (allowed.clone(), value.clone())));
        }
        headers.push((header::ACCESS_CONTROL_MAX_AGE, REMEMBERED));
        headers.push((header::VARY, HeaderValue::from_static("Origin")));
        Some(Answer { status: StatusCode::NO_CONTENT, headers, body: bytes::Bytes::new() })
    }

    /// Lets the page that made a call read its answer.
    pub(super) fn share(&self, request: &Request<'_>, answer: &mut Answer) {
        let Some(origin) = self.origin(request) else { return };
        if answer.headers.iter().any(|(name, _)| *name == header::ACCESS_CONTROL_ALLOW_ORIGIN) {
            // The preflight has its own, and a scenario may have another mind.
            return;
        }
        answer.headers.extend([
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()),
            (header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED),
            (header::VARY, HeaderValue::from_static("Origin")),
        ]);
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;
    use crate::contract::Payload;

    fn allowed(cors: &Cors, origin: &str) -> Option<Vec<(String, String)>> {
        let headers: HeaderMap = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,x-date"),
        ]
        .into_iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
        .collect();
        let answer = cors.preflight(&Request::new(&Method::OPTIONS, "/", &headers, Payload::Whole(b"")))?;
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        Some(answer.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect())
    }

    #[test]
    fn a_preflight_is_allowed_what_it_asks_for_and_nothing_more() {
        let said = allowed(&Cors::Any, "http://localhost:3000").unwrap();
        let said: Vec<(&str, &str)> = said.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(
            said,
            [
                ("access-control-allow-origin", "http://localhost:3000"),
                ("access-control-allow-methods", "POST"),
                ("access-control-allow-headers", "authorization,x-date"),
                ("access-control-max-age", "600"),
                ("vary", "Origin"),
            ]
        );
    }

    #[test]
    fn only_the_origins_that_were_named_are_allowed() {
        let some = Cors::Origins(vec!["https://app.test".to_owned(), "http://localhost:3000".to_owned()]);
        assert!(allowed(&some, "https://app.test").is_some() && allowed(&some, "http://localhost:3000").is_some());
        for other in ["https://app.test:444", "http://app.test", "https://app.test.evil", "null"] {
            assert!(allowed(&some, other).is_none() && allowed(&Cors::Off, other).is_none(), "{other}");
        }
    }
}
