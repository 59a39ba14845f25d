//! The refusal for bytes that are no request.

use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, Version, header};
use jiff::Timestamp;

use super::runner;
use crate::{
    contract::Refusal,
    fault::{End, Message, Script},
    server::{connection::Connection, listener::ServesAdmin, receipt::Receipt, service, wire::Wire},
    session::{Arrival, Ended},
};

/// How a client begins that was given an https URL: a handshake record of TLS 1.x.
const TLS: [u8; 2] = [0x16, 3];

/// What is said to a client that was given an http URL.
const PLAIN: &str = "plain HTTP: this port speaks https alone";

/// The refusal as a whole HTTP/1.1 answer, and the number of its exchange: from hyper's status and the first bytes.
pub(super) fn refuse(connection: &Connection<'_>, status: u16, bytes: &[u8]) -> (u64, Bytes) {
    let secure = connection.secure.get().is_some();
    let (refusal, reason) = match status {
        414 => (Refusal::TargetTooLong, "a request target that is too long"),
        431 => (Refusal::HeadersTooLarge, "headers that are too large or too many"),
        _ if bytes.starts_with(&TLS) && secure => (Refusal::Malformed, "a TLS handshake within TLS"),
        _ if bytes.starts_with(&TLS) => (
            Refusal::Malformed,
            "a TLS handshake: this port speaks http, not https; --tls self-signed has it speak both",
        ),
        _ => (Refusal::Malformed, "bytes that are none"),
    };
    refused(connection, refusal, reason, bytes)
}

fn refused(connection: &Connection<'_>, refusal: Refusal, reason: &str, bytes: &[u8]) -> (u64, Bytes) {
    let secure = connection.secure.get().is_some();
    let arrival = Arrival { connection: connection.number, secure, ..Arrival::at(Timestamp::now()) };
    let plan = connection.shared.current.load().handle_unreadable(bytes, refusal, reason, arrival);
    let exchange = plan.exchange;
    let (parts, body) = service::respond(plan).into_parts();
    (exchange, last(parts.status, parts.headers, body))
}

/// The last answer of a connection.
fn last(status: StatusCode, mut headers: HeaderMap, body: Bytes) -> Bytes {
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    Message { version: Version::HTTP_11, status, headers, body }.whole().concat().into()
}

/// Refuses whatever has come, because it did not come over TLS.
pub(in crate::server) async fn refuse_plain(connection: &Connection<'_>, wire: &Wire<'_>) {
    let (mut receipt, answer) = if connection.serves.admin == ServesAdmin::Alone {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let problem =
            serde_json::json!({ "type": "about:blank", "title": "Bad Request", "status": 400, "detail": PLAIN });
        let answer = last(StatusCode::BAD_REQUEST, headers, problem.to_string().into());
        (Receipt::unused(&connection.shared.mock), answer)
    } else {
        let (exchange, answer) = refused(connection, Refusal::Malformed, PLAIN, wire.opening());
        (Receipt::new(&connection.shared.mock, exchange), answer)
    };
    connection.lingers.store(true, Relaxed);
    let sent = runner::run(Script::send(answer, End::Close), &mut receipt, connection).await;
    receipt.end(if sent.is_ok() { Ended::Delivered } else { Ended::ClientLeft });
}
