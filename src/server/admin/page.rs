//! The page at `/__admin/`. It holds no data, and so anybody may have it; what it shows it asks the admin API for.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header, request::Parts};

use super::{Content, PREFIX};

const PAGE: &str = include_str!("../../../web/dist/page.html");

/// What its own policy cannot say: no other page may frame it.
const POLICY: HeaderValue = HeaderValue::from_static("frame-ancestors 'none'");

/// The page, or the way to it, if a browser asks for that.
pub(super) fn answer(parts: &Parts) -> Option<Response<Content>> {
    if !matches!(parts.method, Method::GET | Method::HEAD) || !wants_page(&parts.headers) {
        return None;
    }
    let path = parts.uri.path();
    let mut response = Response::new(Content::Whole(Bytes::new()));
    if path.strip_prefix(PREFIX) == Some("/") {
        *response.body_mut() = Content::Whole(Bytes::from_static(PAGE.as_bytes()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    } else if path == "/" || path == PREFIX {
        *response.status_mut() = StatusCode::FOUND;
        response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/__admin/"));
    } else {
        return None;
    }
    Some(response)
}

/// Whether a browser asks for a page to show.
pub(in crate::server) fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.split(',').any(|range| range.trim().starts_with("text/html")))
}
