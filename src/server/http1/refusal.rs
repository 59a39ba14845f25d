//! The refusal for bytes that are no request.

use bytes::Bytes;
use http::{HeaderValue, Version, header};
use jiff::Timestamp;

use crate::{
    contract::Refusal,
    fault::Message,
    server::{connection::Connection, service},
    session::Arrival,
};

/// How a client begins that was given an https URL: a handshake record of TLS 1.x.
const TLS: [u8; 2] = [0x16, 3];

/// The refusal as a whole HTTP/1.1 answer, and the number of its exchange: from hyper's status and the first bytes.
pub(super) fn refuse(connection: &Connection<'_>, status: u16, bytes: &[u8]) -> (u64, Bytes) {
    let (refusal, reason) = match status {
        414 => (Refusal::TargetTooLong, "a request target that is too long"),
        431 => (Refusal::HeadersTooLarge, "headers that are too large or too many"),
        _ if bytes.starts_with(&TLS) => (Refusal::Malformed, "a TLS handshake: this port speaks http, not https"),
        _ => (Refusal::Malformed, "bytes that are none"),
    };
    let arrival = Arrival { connection: connection.number, ..Arrival::at(Timestamp::now()) };
    let plan = connection.shared.mock.handle_unreadable(bytes, refusal, reason, arrival);
    let exchange = plan.exchange;
    let (mut parts, body) = service::respond(plan).into_parts();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    parts.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    let message = Message { version: Version::HTTP_11, status: parts.status, headers: parts.headers, body };
    (exchange, message.whole().concat().into())
}
