//! One request: read it, ask the mock, carry out the plan.

use std::sync::{Arc, atomic::Ordering};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, Version, header};
use hyper::body::Incoming;
use jiff::Timestamp;

use super::{
    admin, body,
    body::{AnswerBody, Broken, Read},
    play,
    shared::{Calls, Shared},
};
use crate::{
    contract::{Payload, Request},
    mock::Plan,
    session::Arrival,
};

static OPERATION: HeaderName = HeaderName::from_static("x-understudy-operation");
static EXCHANGE: HeaderName = HeaderName::from_static("x-understudy-exchange");
static ANSWER: HeaderName = HeaderName::from_static("x-understudy-answer");
static VIOLATIONS: HeaderName = HeaderName::from_static("x-understudy-violations");
static JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Answers one request of a connection.
pub(super) async fn answer(
    calls: Arc<Calls>,
    request: http::Request<Incoming>,
) -> Result<Response<AnswerBody>, h2::Error> {
    let Calls { local, shared, activity } = calls.as_ref();
    activity.open.fetch_add(1, Ordering::Relaxed);
    activity.requests.fetch_add(1, Ordering::Relaxed);
    activity.unread.store(0, Ordering::Relaxed);
    // From here the open request belongs to the answer's body, which is dropped when it is sent or given up.
    let body = AnswerBody::new(Arc::clone(&calls));
    let (parts, incoming) = request.into_parts();
    let read = body::read(&parts.headers, incoming, shared.body_limit, shared.limits.body_time, activity).await;
    if shared.admin && admin::is_admin(parts.uri.path()) {
        let answered = admin::answer(&shared.mock, &parts, read, *local).await;
        return Ok(whole(answered, &parts, body));
    }
    let plan = handle(shared, &parts, &read);
    let body = body.of(plan.exchange);
    if let Some(delay) = plan.delay {
        tokio::time::sleep(delay).await;
    }
    let fault = plan.fault.clone();
    let response = respond(plan);
    match fault {
        None => Ok(whole(response, &parts, body)),
        Some(fault) => play::play(&fault, &parts, response, body, &calls).await,
    }
}

fn handle(shared: &Shared, parts: &http::request::Parts, read: &Result<Read, Broken>) -> Plan {
    let reason;
    let request = Request {
        version: parts.version,
        method: &parts.method,
        base: "",
        path: parts.uri.path(),
        query: parts.uri.query(),
        authority: parts.uri.authority().map(http::uri::Authority::as_str),
        headers: &parts.headers,
        body: match read {
            Ok(Read::Whole(bytes)) => Payload::Whole(bytes),
            Ok(Read::TooLarge) => Payload::TooLarge,
            Err(Broken::Slow) => Payload::BrokenOff("a body that stopped coming"),
            Err(Broken::Lost(error)) => {
                reason = format!("a body that broke off: {error}");
                Payload::BrokenOff(&reason)
            }
        },
    };
    let arrival = Arrival::at(Timestamp::now());
    shared.mock.handle(&request, arrival)
}

/// The answer with its body. A HEAD gets none, which hyper sees to on HTTP/1 only.
fn whole(mut response: Response<Bytes>, parts: &http::request::Parts, body: AnswerBody) -> Response<AnswerBody> {
    if parts.method == Method::HEAD && parts.version == Version::HTTP_2 {
        let length = HeaderValue::from(response.body().len());
        response.headers_mut().insert(header::CONTENT_LENGTH, length);
        return response.map(|_| body);
    }
    response.map(|bytes| body.with(bytes))
}

/// The plan as an HTTP answer.
pub(super) fn respond(plan: Plan) -> Response<Bytes> {
    let mut headers = HeaderMap::with_capacity(8);
    if !plan.answer.body.is_empty() {
        headers.insert(header::CONTENT_TYPE, JSON.clone());
    }
    if let Some(date) = plan.date {
        headers.insert(header::DATE, date);
    }
    for (name, value) in plan.answer.headers {
        headers.insert(name, value);
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
