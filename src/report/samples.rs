//! Exchanges by hand, for tests: what was called, what was answered, and when.

use std::time::Duration;

use http::{HeaderMap, Method, Version};
use jiff::Timestamp;

use crate::{
    contract::{Contract, Payload, Refusal, Request, operation::ExampleSource},
    fault::Played,
    session::{Arrival, Details, Ended, Exchange, Origin, Outcome, Recorded, Resend, Sent},
    world::{Effect, Entities, Entity, EntityKind, Took},
};

/// A call as a test writes it. Times are milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'t> {
    pub(super) operation: &'t str,
    pub(super) target: &'t str,
    pub(super) body: &'t str,
    pub(super) session: Option<&'t str>,
    pub(super) status: u16,
    pub(super) refusal: Option<Refusal>,
    pub(super) origin: Origin,
    pub(super) scenario: &'t str,
    pub(super) time: i64,
    pub(super) received: i64,
    pub(super) delay: u64,
    pub(super) asked: Option<u64>,
    pub(super) fault: Option<Played>,
    /// When the client left, if it did.
    pub(super) left: Option<i64>,
    /// The exchange that it resends.
    pub(super) resends: Option<u64>,
    /// The name of a file that it made in the world.
    pub(super) made: Option<&'t str>,
}

impl<'t> Call<'t> {
    /// A call of an operation that is fine; without a name the operation was not found.
    pub(super) const fn of(operation: &'t str) -> Self {
        Self {
            operation,
            target: "/a",
            body: "",
            session: None,
            status: 200,
            refusal: None,
            origin: Origin::Example(ExampleSource::Printed),
            scenario: "",
            time: 0,
            received: 0,
            delay: 0,
            asked: None,
            fault: None,
            left: None,
            resends: None,
            made: None,
        }
    }
}

/// The exchange that the journal would have of a call.
pub(super) fn exchange(contract: &Contract, number: u64, call: &Call<'_>) -> Exchange {
    let (path, query) = call.target.split_once('?').map_or((call.target, None), |(path, query)| (path, Some(query)));
    let headers = HeaderMap::new();
    let request =
        Request { query, ..Request::new(&Method::POST, path, &headers, Payload::Whole(call.body.as_bytes())) };
    Exchange {
        number,
        time: Timestamp::from_millisecond(call.time).unwrap(),
        arrival: Arrival::at(Timestamp::from_millisecond(call.received).unwrap()),
        version: Version::HTTP_11,
        session: call.session.map(Into::into),
        operation: contract.named(call.operation).first().copied(),
        attempt: number,
        recorded: Recorded::new(&request, 0, Vec::new()).with_answer(call.scenario, None),
        origin: call.origin,
        status: call.status,
        refusal: call.refusal,
        took: call.made.map(|_| Took::Committed),
        finished: call.left.map(|left| Outcome {
            sent: Sent::default(),
            ended: Ended::ClientLeft,
            at: Timestamp::from_millisecond(left).unwrap(),
        }),
        details: Details {
            delay: (call.delay > 0).then(|| Duration::from_millis(call.delay)),
            retry_after: call.asked.map(Duration::from_millis),
            fault: call.fault,
            resends: call.resends.map(|exchange| Resend { exchange, after: Duration::from_millis(4) }),
            effect: call.made.map(|name| {
                let (kind, id) = (EntityKind::File, format!("F{number}").into());
                let named = vec![Entity { kind, id, name: Some(name.into()) }];
                Box::new(Effect { created: Entities { named, count: 1 }, ..Effect::default() })
            }),
            ..Details::default()
        }
        .kept(),
    }
}
