//! Calls that somebody else answered: judged as if they came in, and noted down with the answer that they really got.

use http::{HeaderValue, StatusCode};

use super::{Mock, address::Addressed, answer::Chosen, handle::Incoming};
use crate::{
    contract::{Answer, Request, Strictness},
    session::{Arrival, Origin, Outcome},
};

/// The answer that a call got.
#[derive(Debug)]
pub struct Observed {
    /// The answer; nothing where none came.
    pub answer: Option<Answer>,
    /// What became of it.
    pub outcome: Outcome,
}

impl Mock {
    /// Judges a call at the time of its head, as strictly as is said, and notes it down with the answer that it got; the number of the
    /// exchange. Nothing is played.
    pub fn observe(&self, request: &Request<'_>, arrival: Arrival, strictness: Strictness, observed: Observed) -> u64 {
        let number = self.journal.take_number();
        let Addressed { session, request, fault } = Addressed::new(request, self.options.session_by.as_ref());
        let answered = observed.answer.is_some();
        let answer = observed.answer.unwrap_or_else(|| Answer {
            // What the journal says instead is that there was none.
            status: StatusCode::GATEWAY_TIMEOUT,
            headers: Vec::new(),
            body: bytes::Bytes::new(),
        });
        let head = head(&answer);
        self.in_session_of(session.as_deref(), |session| {
            let now = session.clock.now(arrival.head);
            let mut judgement = self.judge(&request, session, now, strictness);
            let origin = if self.is_no_call(&request, &judgement) {
                Origin::NoCall
            } else {
                if let Some(fault) = fault {
                    judgement.refuse(crate::contract::Refusal::Violation, fault);
                }
                Origin::Recorded { answered }
            };
            let attempt = self.attempt(session, &judgement, number, arrival);
            let chosen = Chosen::new(answer, origin, HeaderValue::from_static("recorded"));
            self.record(Incoming::Read(&request), judgement, chosen, &attempt)
        });
        self.finish(number, observed.outcome, &head);
        number
    }
}

/// The header lines of an answer.
fn head(answer: &Answer) -> Vec<u8> {
    let length = answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 3).sum();
    let mut head = Vec::with_capacity(length);
    for (name, value) in &answer.headers {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.push(b'\n');
    }
    head
}
