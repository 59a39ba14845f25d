//! HTTP/1.1 and HTTP/1.0. hyper reads requests and writes answers; faults are played beneath it.

mod answers;
mod body;
mod refusal;
mod runner;

use std::{
    future::{Future as _, poll_fn},
    pin::pin,
    sync::{Arc, atomic::Ordering::Relaxed},
    task::Poll,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, Version, header, request::Parts};
use hyper::{body::Incoming, server::conn::http1::Builder, service::service_fn};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;

pub(super) use self::refusal::refuse_plain;
use self::{answers::Answers, body::AnswerBody, runner::Stopped};
use super::{
    admin, answering::Writing, body::Body, connection::Connection, departure, receipt::Receipt, service, wire::Wire,
};
use crate::{
    fault::{End, Fault, Message, Script, http_date},
    session::{Arrival, Ended},
};

/// The connection ends without another byte. What became of the answer is written down already.
#[derive(Debug, thiserror::Error)]
#[error("the connection is of no use any more")]
struct Over;

/// Serves a connection until it ends.
pub(super) async fn serve(connection: &Connection<'_>, wire: Wire<'_>) {
    let service = service_fn(|request| answer(connection, request));
    let mut builder = Builder::new();
    builder.header_read_timeout(None).max_buf_size(service::HEAD_BUFFER).half_close(true);
    let mut hyper = pin!(builder.serve_connection(TokioIo::new(Answers::new(wire)), service));
    let mut finishing = false;
    let ended = poll_fn(|context| {
        loop {
            if let Poll::Ready(result) = hyper.as_mut().poll(context) {
                return Poll::Ready(result);
            }
            // The body's reader sees its order itself; after its answer the connection is of no use.
            if finishing || connection.activity.order().is_none() {
                return Poll::Pending;
            }
            finishing = true;
            hyper.as_mut().graceful_shutdown();
        }
    });
    if let Err(error) = ended.await {
        tracing::debug!("connection {} ended: {error}", connection.number);
    }
}

/// Answers one request.
async fn answer(connection: &Connection<'_>, request: Request<Incoming>) -> Result<Response<AnswerBody>, Over> {
    let head = Timestamp::now();
    let Connection { shared, activity, .. } = connection;
    activity.begin_request();
    // From here the open request belongs to the answer's body, which is dropped when hyper has taken it or gives it up.
    let body = AnswerBody::new(Arc::clone(activity));
    let (parts, incoming) = request.into_parts();
    let Body { read, waited, held } = body::read(connection, &parts, incoming).await;
    if let Some(access) = connection.admin(&parts) {
        let answer = admin::answer(shared, access, connection.ends(), &parts, read, held);
        // In memory of its own, as all that few calls need: hyper moves this future for every call.
        let answer = Box::pin(departure::unless_gone(connection, answer));
        let Ok(answered) = answer.await else { return Err(Over) };
        activity.answering.set(Writing::Admin);
        return Ok(answered.map(|content| body.with_content(content)));
    }
    let arrival = Arrival {
        connection: connection.number,
        secure: connection.secure.get().is_some(),
        stream: None,
        head,
        body: if waited { Timestamp::now() } else { head },
    };
    let plan = service::handle(shared, connection.serves.door, &parts, &read, arrival);
    // The journal has a copy of its own.
    drop((read, held));
    let mut receipt = Receipt::new(&shared.mock, plan.exchange);
    if let Some(delay) = plan.delay
        && Box::pin(departure::unless_gone(connection, tokio::time::sleep(delay))).await.is_err()
    {
        receipt.end(Ended::ClientLeft);
        return Err(Over);
    }
    let fault = plan.fault.clone();
    let response = service::respond(plan);
    if let Some(script) = fault.and_then(|fault| script(&fault, &parts, &response, connection)) {
        return Box::pin(play(script, body, receipt, connection)).await;
    }
    activity.answering.set(receipt.pass_on());
    Ok(response.map(|bytes| body.with(bytes)))
}

/// What is sent in place of an answer's usual bytes, if a fault does something to them.
fn script(fault: &Fault, parts: &Parts, response: &Response<Bytes>, connection: &Connection<'_>) -> Option<Script> {
    let date = http_date(Timestamp::now());
    let mut message = Message::new(response.clone(), parts.version, &parts.method, date);
    say_whether_it_stays(&mut message, parts, connection);
    fault.http1(message)
}

/// Sends a script beneath hyper. What is returned goes nowhere; it tells hyper whether the connection is still of use.
async fn play(
    script: Script,
    body: AnswerBody,
    mut receipt: Receipt<'_>,
    connection: &Connection<'_>,
) -> Result<Response<AnswerBody>, Over> {
    let end = runner::run(script, &mut receipt, connection).await;
    // The record is complete before the client can see the end, and send its next request.
    receipt.end(match end {
        Ok(_) => Ended::Delivered,
        Err(Stopped::ClientLeft) => Ended::ClientLeft,
        Err(Stopped::Ordered) => Ended::CutOff,
    });
    let mut response = Response::new(body);
    match end {
        Ok(End::Next) => {}
        Ok(End::Close) => {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            connection.lingers.store(true, Relaxed);
        }
        Ok(End::Reset) => {
            if let Err(error) = connection.socket.set_zero_linger() {
                tracing::warn!("cannot reset a connection: {error}");
            }
            return Err(Over);
        }
        Ok(End::Hang) | Err(_) => return Err(Over),
    }
    connection.activity.answering.set(Writing::Unseen);
    Ok(response)
}

/// Says what hyper would say about the connection: whether it stays open where the version's default is otherwise.
fn say_whether_it_stays(message: &mut Message, parts: &Parts, connection: &Connection<'_>) {
    let old = parts.version == Version::HTTP_10;
    let asks = |word| names(&parts.headers, word);
    let stays = connection.activity.order().is_none() && if old { asks("keep-alive") } else { !asks("close") };
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What a future of a function takes.
    fn size<'c, F>(_: fn(&'c Connection<'c>, Request<Incoming>) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_call_takes_little_memory_for_what_it_may_have_to_wait_for() {
        assert!(size(answer) < 2_000, "{} bytes", size(answer));
    }
}
