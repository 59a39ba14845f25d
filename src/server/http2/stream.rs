//! One stream: read the request, ask the mock, carry out the plan.

use bytes::Bytes;
use h2::{RecvStream, server::SendResponse};
use http::{Method, Request, Response, Version, header, request::Parts};
use jiff::Timestamp;

use super::{Session, body, reply, reply::unless_reset};
use crate::{
    fault::{Message, Stream, http_date},
    server::{activity::Activity, admin, admin::Content, body::Body, receipt::Receipt, service},
    session::Arrival,
};

/// A request that is counted as open.
struct Open<'a>(&'a Activity);

impl<'a> Open<'a> {
    fn new(activity: &'a Activity) -> Self {
        activity.begin_request();
        Self(activity)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.end_request();
    }
}

/// Answers the request of a stream.
pub(super) async fn answer(session: &Session<'_>, request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
    let head = Timestamp::now();
    let connection = session.connection;
    let shared = connection.shared;
    let _open = Open::new(connection.activity);
    let (parts, incoming) = request.into_parts();
    let Body { read, waited, held } = body::read(session, &parts, incoming, &mut respond).await;
    if let Some(access) = connection.admin(&parts) {
        let answer = admin::answer(shared, access, connection.ends(), &parts, read, held);
        // In memory of its own, as all that few calls need: a stream has room for whatever may be waited for in it.
        if let Ok(answered) = Box::pin(unless_reset(|context| respond.poll_reset(context), answer)).await {
            let (head, content) = answered.into_parts();
            let receipt = Receipt::unused(&shared.mock);
            match content {
                Content::Whole(bytes) => {
                    let stream = Stream::whole(message(Response::from_parts(head, bytes), &parts));
                    reply::send(stream, respond, receipt, session).await;
                }
                Content::Pieces(pieces) => {
                    let mut message = message(Response::from_parts(head, Bytes::new()), &parts);
                    message.headers.remove(header::CONTENT_LENGTH);
                    let pieces = Some(pieces).filter(|_| parts.method != Method::HEAD);
                    Box::pin(reply::send_pieces(message, pieces, respond, receipt, session)).await;
                }
            }
        }
        return;
    }
    let arrival = Arrival {
        connection: connection.number,
        secure: connection.secure.get().is_some(),
        stream: Some(respond.stream_id().as_u32()),
        head,
        body: if waited { Timestamp::now() } else { head },
    };
    let plan = service::handle(shared, connection.serves.door, &parts, &read, arrival);
    // The journal has a copy of its own.
    drop((read, held));
    let mut receipt = Receipt::new(&shared.mock, plan.exchange);
    if let Some(delay) = plan.delay
        && let Err(ended) =
            Box::pin(unless_reset(|context| respond.poll_reset(context), tokio::time::sleep(delay))).await
    {
        return receipt.end(ended);
    }
    let fault = plan.fault.clone();
    let message = message(service::respond(plan), &parts);
    let stream = match fault {
        None => Stream::whole(message),
        Some(fault) => fault.http2(message),
    };
    // The client may take its time.
    drop(parts);
    reply::send(stream, respond, receipt, session).await;
}

/// The answer, complete.
fn message(response: Response<Bytes>, parts: &Parts) -> Message {
    Message::new(response, Version::HTTP_2, &parts.method, http_date(Timestamp::now()))
}
