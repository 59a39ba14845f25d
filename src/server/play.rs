//! Carries out the fault of a plan: as a script on the socket of an HTTP/1 connection, or on the one HTTP/2 stream.

use std::future::pending;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, Version, header, request::Parts};
use jiff::Timestamp;

use super::{
    activity::Order,
    body::AnswerBody,
    flow::{Flow, error},
    shared::Calls,
};
use crate::fault::{End, Fault, Message, Reason, StreamEnd, http_date};

/// Answers a request with a spoilt answer, or not at all. An error resets an HTTP/2 stream.
pub(super) async fn play(
    fault: &Fault,
    parts: &Parts,
    response: Response<Bytes>,
    body: AnswerBody,
    calls: &Calls,
) -> Result<Response<AnswerBody>, h2::Error> {
    let complete = |response| Message::new(response, parts.version, &parts.method, http_date(Timestamp::now()));
    if parts.version == Version::HTTP_2 {
        return stream(fault, complete(response), body, calls).await;
    }
    let mut message = complete(response.clone());
    say_whether_it_stays(&mut message, parts, calls);
    let Some(script) = fault.http1(message) else { return Ok(response.map(|bytes| body.with(bytes))) };
    let played = calls.activity.slot.put(script);
    // The socket looks for a script whenever hyper flushes, which is the next thing that it does.
    tokio::task::yield_now().await;
    // The script of a connection that is lost takes this call with it.
    let Ok(end) = played.await else { return pending().await };
    // The client has its bytes. What is returned goes nowhere; it tells hyper whether the connection is still of use.
    let mut response = Response::new(body);
    if end == End::Close {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

async fn stream(
    fault: &Fault,
    message: Message,
    body: AnswerBody,
    calls: &Calls,
) -> Result<Response<AnswerBody>, h2::Error> {
    let mut stream = fault.http2(message);
    if stream.last {
        calls.activity.give(Order::Finish);
    }
    if !stream.late.is_zero() {
        tokio::time::sleep(stream.late).await;
    }
    let stopped = calls.shared.connections.stopped();
    match (stream.message.take(), stream.end) {
        (Some(message), _) => {
            let bytes = message.body.slice(..stream.bytes);
            let mut response = Response::new(body.flowing(Flow::new(bytes, &stream, stopped)));
            *response.status_mut() = message.status;
            *response.headers_mut() = message.headers;
            Ok(response)
        }
        (None, StreamEnd::Reset(reason)) => Err(error(reason)),
        (None, _) => {
            stopped.await;
            Err(error(Reason::INTERNAL_ERROR))
        }
    }
}

/// Says what hyper would say about the connection: whether it stays open where the version's default is otherwise.
fn say_whether_it_stays(message: &mut Message, parts: &Parts, calls: &Calls) {
    let old = parts.version == Version::HTTP_10;
    let asks = |word| names(&parts.headers, word);
    let stays = calls.activity.order().is_none() && if old { asks("keep-alive") } else { !asks("close") };
    let word = match (stays, old) {
        (true, true) => "keep-alive",
        (false, false) => "close",
        _ => return,
    };
    message.headers.insert(header::CONNECTION, HeaderValue::from_static(word));
}

/// Whether `Connection` has a word.
fn names(headers: &HeaderMap, word: &str) -> bool {
    let values = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|known| known.trim().eq_ignore_ascii_case(word))
}
