//! What was made twice: a call was taken by the world and its answer lost, the client called again, and so there is a second thing.

use super::{Notice, NoticeKind, Numbers};
use crate::{
    contract::OperationId,
    session::{Ended, Exchange},
    world::{Entity, EntityKind},
};

/// So many are told one by one.
const TOLD: usize = 20;

/// A call of a run that made something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Creation {
    pub(super) exchange: u64,
    /// The first thing that it made.
    thing: Entity,
    /// How its answer was lost, if it was.
    lost: Option<String>,
}

impl Creation {
    /// What an exchange made, if anything. `lost` says that its client has no answer that settles the call.
    pub(super) fn of(exchange: &Exchange, lost: bool) -> Option<Self> {
        let thing = exchange.details().effect.as_ref()?.created.named.first()?.clone();
        let lost = lost.then(|| how_lost(exchange));
        Some(Self { exchange: exchange.number, thing, lost })
    }
}

/// In a few words, why the client cannot know what became of its call.
fn how_lost(exchange: &Exchange) -> String {
    match (exchange.details().fault, exchange.finished.map(|outcome| outcome.ended)) {
        (Some(fault), _) if fault.breaks_off => fault.name.to_owned(),
        (_, Some(Ended::ClientLeft)) => "the client did not wait for it".to_owned(),
        (_, Some(Ended::CutOff)) => "it was cut off".to_owned(),
        _ => format!("status {}", exchange.status),
    }
}

/// Two calls that are one for the client, and made a thing each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Duplicate {
    pub(super) operation: OperationId,
    first: Creation,
    again: Creation,
}

impl Duplicate {
    /// Those of one run.
    pub(super) fn of_run(operation: OperationId, created: &[Creation]) -> impl Iterator<Item = Self> {
        created.windows(2).filter_map(move |pair| match pair {
            [first, again] => Some(Self { operation, first: first.clone(), again: again.clone() }),
            _ => None,
        })
    }

    pub(super) fn exchanges(&self) -> [u64; 2] {
        [self.first.exchange, self.again.exchange]
    }

    /// What happened.
    pub(super) fn words(&self) -> String {
        let Self { first, again, .. } = self;
        let kind = again.thing.kind.as_str();
        let how = first.lost.as_deref().unwrap_or("lost");
        let names = match (&first.thing.name, &again.thing.name) {
            (Some(one), Some(two)) if one == two => format!(", {two} again"),
            (Some(one), Some(two)) => format!(", {two} beside {one}"),
            _ => String::new(),
        };
        format!(
            "exchange {} was committed and its answer lost ({how}); its repetition, exchange {}, made a second {kind}{names} ({}, {})",
            first.exchange, again.exchange, first.thing.id, again.thing.id
        )
    }

    /// What to do about it.
    fn advice(&self) -> String {
        match self.again.thing.kind {
            EntityKind::File => {
                "Look for the file before you create it again, or use autoRename 4 with sha256".to_owned()
            }
            kind => format!("Look for the {} before you create it again", kind.as_str()),
        }
    }
}

/// What is to be said of duplicates beside the verdict. `name` gives the name of an operation.
pub(super) fn noticed<'n>(duplicates: &[Duplicate], name: impl Fn(OperationId) -> &'n str) -> Vec<Notice> {
    let kind = NoticeKind::Duplicate;
    let tell = |duplicate: &Duplicate| Notice {
        kind,
        text: format!("{}: {}. {}", name(duplicate.operation), duplicate.words(), duplicate.advice()),
        exchanges: duplicate.exchanges().into_iter().collect(),
    };
    let mut notices: Vec<Notice> = duplicates.iter().take(TOLD).map(tell).collect();
    let more = duplicates.get(TOLD..).unwrap_or_default();
    if !more.is_empty() {
        let exchanges: Numbers = more.iter().map(|duplicate| duplicate.again.exchange).collect();
        let text = format!("{} more calls were repeated and made a thing again", more.len());
        notices.push(Notice { kind, text, exchanges });
    }
    notices
}
