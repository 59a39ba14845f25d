//! From a request to a plan, and from a plan to an answer: what HTTP/1 and HTTP/2 have in common.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, header, request::Parts};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::block_in_place,
};

use super::{
    body::{Broken, Read},
    shared::Shared,
};
use crate::{
    contract::{Door, Payload, Request},
    mock::Plan,
    session::Arrival,
};

/// What is read of a head before it is given up. Above the limits of the services, so that what is a little too large is refused by the
/// contract, with the journal told.
pub(super) const HEAD_BUFFER: usize = 512 << 10;

/// A larger body takes milliseconds. The other connections of the thread that judges it go on elsewhere meanwhile.
const LARGE: usize = 256 << 10;

static OPERATION: HeaderName = HeaderName::from_static("x-understudy-operation");
static EXCHANGE: HeaderName = HeaderName::from_static("x-understudy-exchange");
static ANSWER: HeaderName = HeaderName::from_static("x-understudy-answer");
static VIOLATIONS: HeaderName = HeaderName::from_static("x-understudy-violations");
static JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Asks the mock.
pub(super) fn handle(
    shared: &Shared,
    door: Door,
    parts: &Parts,
    read: &Result<Read, Broken>,
    arrival: Arrival,
) -> Plan {
    let reason;
    let request = Request {
        version: parts.version,
        method: &parts.method,
        base: "",
        path: parts.uri.path(),
        query: parts.uri.query(),
        authority: parts.uri.authority().map(http::uri::Authority::as_str),
        headers: &parts.headers,
        door,
        memory: if let Ok(Read::Whole(bytes)) = read { Some(bytes) } else { None },
        body: match read {
            Ok(Read::Whole(bytes)) => Payload::Whole(bytes),
            Ok(Read::Content(received)) => Payload::Content(received),
            Ok(Read::TooLarge) => Payload::TooLarge,
            Ok(Read::NoRoom) => Payload::NoRoom,
            Err(Broken::Slow) => Payload::BrokenOff("a body that stopped coming"),
            Err(Broken::Lost(error)) => {
                reason = format!("a body that broke off: {error}");
                Payload::BrokenOff(&reason)
            }
        },
    };
    let size = if let Payload::Whole(bytes) = request.body { bytes.len() } else { 0 };
    if size > LARGE && Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
        return block_in_place(|| shared.current.load().handle(&request, arrival));
    }
    shared.current.load().handle(&request, arrival)
}

/// The plan as an HTTP answer.
pub(super) fn respond(plan: Plan) -> Response<Bytes> {
    let mut headers = HeaderMap::with_capacity(8);
    let has = |wanted: header::HeaderName| plan.answer.headers.iter().any(|(name, _)| *name == wanted);
    if !plan.answer.body.is_empty() && !has(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, JSON.clone());
    }
    if let Some(date) = plan.date.filter(|_| !has(header::DATE)) {
        headers.insert(header::DATE, date);
    }
    // A name may have several lines.
    for (name, value) in plan.answer.headers {
        headers.append(name, value);
    }
    if let Some(operation) = plan.operation {
        headers.insert(OPERATION.clone(), operation);
    }
    headers.insert(EXCHANGE.clone(), HeaderValue::from(plan.exchange));
    headers.insert(ANSWER.clone(), plan.label);
    if let Some(violations) = plan.violations {
        headers.insert(VIOLATIONS.clone(), violations);
    }
    let mut response = Response::new(plan.answer.body);
    if plan.answer.status.canonical_reason().is_none() {
        // hyper would write a placeholder.
        response.extensions_mut().insert(hyper::ext::ReasonPhrase::from_static(b""));
    }
    *response.status_mut() = plan.answer.status;
    *response.headers_mut() = headers;
    response
}
