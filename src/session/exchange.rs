//! One call and its answer, as the journal keeps them.

use std::{borrow::Cow, sync::Arc, time::Duration};

use http::Version;
use jiff::Timestamp;

use super::{Arrival, DEFAULT, Ended, Origin, Outcome, recorded::Recorded};
use crate::{
    contract::{Contract, OperationId, Refusal, Violation, auth::mismatch::Mismatch},
    fault::Played,
    world::{Effect, Took},
};

/// A call and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Its number in the journal, from 1.
    pub number: u64,
    /// When the head of the request was complete, by the clock of its session.
    pub time: Timestamp,
    /// How the request came in.
    pub arrival: Arrival,
    /// The version of HTTP that it came with.
    pub version: Version,
    /// The session; nothing for the default one, whose name need not be counted by every call.
    pub session: Option<Arc<str>>,
    /// The operation, if one was found.
    pub operation: Option<OperationId>,
    /// Which call of the operation it was in its session, from 1.
    pub attempt: u64,
    /// The request, and what the answer was.
    pub recorded: Recorded,
    /// Where the answer came from.
    pub origin: Origin,
    /// The status that was answered.
    pub status: u16,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// What the world did with it, if there is one.
    pub took: Option<Took>,
    /// What became of the answer; nothing while it is under way.
    pub finished: Option<Outcome>,
    /// What most calls have nothing of. Every call goes through the whole memory of the journal, so it pays to be small.
    pub details: Option<Box<Details>>,
}

/// What is to be said of some exchanges only.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Details {
    /// How long the answer was held back by the script.
    pub delay: Option<Duration>,
    /// How long it asked the client to wait, from the moment it was sent.
    pub retry_after: Option<Duration>,
    /// The exchange that this one repeats byte for byte, at once: the client's HTTP library sent it again, not its app.
    pub resends: Option<Resend>,
    /// The fault that was injected into the answer. A faulted answer was not given.
    pub fault: Option<Played>,
    /// Everything that broke the contract.
    pub violations: Vec<Violation>,
    /// What deserved a warning.
    pub warnings: Vec<Violation>,
    /// Why the signature is not the one of the request.
    pub mismatch: Option<Box<Mismatch>>,
    /// What it did to the world, if anything.
    pub effect: Option<Box<Effect>>,
}

/// A request that was sent again because the one before it got no status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resend {
    /// The exchange that it repeats.
    pub exchange: u64,
    /// How long after the end of that one its head came.
    pub after: Duration,
}

/// What an allocation costs beside its bytes.
pub(super) const ALLOCATION: usize = 16;

/// The details of an exchange that has none.
static NONE: Details = Details {
    delay: None,
    retry_after: None,
    resends: None,
    fault: None,
    violations: Vec::new(),
    warnings: Vec::new(),
    mismatch: None,
    effect: None,
};

impl Details {
    /// Details to keep; nothing where there are none.
    pub fn kept(self) -> Option<Box<Self>> {
        (self != NONE).then(|| Box::new(self))
    }

    fn size(&self) -> usize {
        let texts = self.violations.iter().chain(&self.warnings);
        let texts: usize = texts.map(|text| text.at.len() + text.expected.len() + text.found.len() + 96).sum();
        let mismatch = self.mismatch.as_ref();
        size_of::<Self>()
            + ALLOCATION
            + texts
            + mismatch.map_or(0, |mismatch| mismatch.canonical.len() + mismatch.string_to_sign.len())
            + self.effect.as_ref().map_or(0, |effect| effect.size() + ALLOCATION)
    }
}

impl Exchange {
    /// Where the answer came from, as `X-Understudy-Answer` says it.
    pub fn answer(&self) -> Cow<'static, str> {
        self.origin.label(self.scenario(), self.details().fault.map(|fault| fault.name))
    }

    /// The same without headers and bodies: what a line of a log has of it, for whoever cannot keep the journal waiting.
    #[must_use]
    pub fn brief(&self) -> Self {
        Self {
            number: self.number,
            time: self.time,
            arrival: self.arrival,
            version: self.version,
            session: self.session.clone(),
            operation: self.operation,
            attempt: self.attempt,
            recorded: self.recorded.brief(),
            origin: self.origin,
            status: self.status,
            refusal: self.refusal,
            took: self.took,
            finished: self.finished,
            details: self.details.clone(),
        }
    }

    /// The name of the scenario that answered, or throttled; empty without one.
    pub fn scenario(&self) -> &str {
        self.recorded.scenario()
    }

    /// The body of the answer. The documented example is not kept with each call that got it; it is in the contract.
    pub fn answered<'a>(&'a self, contract: &'a Contract) -> &'a [u8] {
        let operation =
            self.operation.filter(|_| matches!(self.origin, Origin::Example(_))).map(|id| contract.operation(id));
        let example = operation.and_then(|operation| operation.compiled(contract.service_of(operation)).ok());
        example.map_or(self.recorded.answered(), |compiled| &compiled.example.body)
    }

    /// Whether it is a call. Browsers ask for more than their pages do.
    pub fn is_call(&self) -> bool {
        self.origin != Origin::NoCall
    }

    /// Whether it may be a call that nothing matched.
    pub fn may_be_unmatched(&self) -> bool {
        self.is_call() && (self.operation.is_none() || matches!(self.origin, Origin::Example(_)))
    }

    /// Whether the client broke the contract. Throttling is the script's doing, and an internal error the stand-in's own.
    pub fn breaks_contract(&self) -> bool {
        !matches!(self.refusal, None | Some(Refusal::Throttled | Refusal::Internal))
    }

    /// What is to be said beyond the usual.
    pub fn details(&self) -> &Details {
        self.details.as_deref().unwrap_or(&NONE)
    }

    /// The name of the session.
    pub fn session(&self) -> &str {
        self.session.as_deref().unwrap_or(DEFAULT)
    }

    /// Bytes of memory that it points to, about: what the journal's budget counts beside the exchange itself.
    pub fn size(&self) -> usize {
        self.recorded.size() + self.details.as_ref().map_or(0, |details| details.size())
    }

    /// Notes what became of the answer. A fault that breaks the answer off ends it even if all went as planned.
    pub(crate) fn finish(&mut self, outcome: Outcome, head: &[u8]) {
        let breaks_off = self.details().fault.is_some_and(|fault| fault.breaks_off);
        let ended = if breaks_off && outcome.ended == Ended::Delivered { Ended::Fault } else { outcome.ended };
        self.finished = Some(Outcome { ended, ..outcome });
        self.recorded.keep_head(head);
    }
}
