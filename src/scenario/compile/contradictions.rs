//! Expectations that cannot be met together.

use std::collections::HashMap;

use crate::{
    contract::OperationId,
    scenario::{Bounds, EndState, Expected, Operations},
};

/// Expectations about different calls are compared with the first of so many groups. Files that a person wrote have fewer, and the
/// time for any other file stays in proportion to its size.
const COMPARED: usize = 64;

/// The expectations so far, by the calls that they mean: of those that mean the same calls only the extremes matter.
#[derive(Default)]
pub(super) struct Contradictions {
    known: HashMap<Meant, usize>,
    groups: Vec<(Meant, Extremes)>,
    orders: Vec<(usize, Vec<OperationId>)>,
    ends: Vec<(usize, EndState)>,
}

/// The calls that an expectation means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Meant {
    operations: Operations,
    /// `match` as the file says it.
    matcher: Option<String>,
}

/// The largest number that is asked for, and the smallest that is allowed, each with its entry: of all calls, and of those that break
/// the contract.
#[derive(Debug, Clone, Copy, Default)]
struct Extremes {
    least: [Option<(u64, usize)>; 2],
    most: [Option<(u64, usize)>; 2],
}

/// Positions in [`Extremes`].
const ALL: usize = 0;
const BROKEN: usize = 1;

impl Contradictions {
    /// Adds an expectation of an entry. The entry that it contradicts, if there is one. `matcher` is its `match` as the file says it.
    pub(super) fn add(&mut self, entry: usize, expected: &Expected, matcher: Option<&str>) -> Option<usize> {
        match expected {
            Expected::Calls(filter, bounds) => self.counts(entry, &filter.operations, matcher, ALL, *bounds),
            Expected::Violations(filter, bounds) => self.counts(entry, &filter.operations, matcher, BROKEN, *bounds),
            Expected::Order(order) => {
                let groups = &self.groups[..self.groups.len().min(COMPARED)];
                let found = groups.iter().find_map(|(meant, extremes)| meant.forbids(order, extremes));
                if self.orders.len() < COMPARED {
                    self.orders.push((entry, order.clone()));
                }
                found
            }
            Expected::World(end) => {
                let found = self.ends.iter().find(|(_, other)| !end.goes_with(other)).map(|(entry, _)| *entry);
                if self.ends.len() < COMPARED {
                    self.ends.push((entry, end.clone()));
                }
                found
            }
            Expected::Retry(..) | Expected::AnswersUsed => None,
        }
    }

    fn counts(
        &mut self,
        entry: usize,
        operations: &Operations,
        matcher: Option<&str>,
        kind: usize,
        bounds: Bounds,
    ) -> Option<usize> {
        let meant = Meant { operations: operations.clone(), matcher: matcher.map(str::to_owned) };
        let mut mine = Extremes::default();
        mine.least[kind] = Some((bounds.min, entry));
        mine.most[kind] = bounds.max.map(|max| (max, entry));
        let own = self.known.get(&meant).copied();
        let compared = (0..self.groups.len().min(COMPARED)).chain(own.filter(|own| *own >= COMPARED));
        let found = compared.map(|index| &self.groups[index]).find_map(|(other, extremes)| {
            meant
                .exceeds(&mine, other, extremes)
                .map(|(_, most)| most)
                .or_else(|| other.exceeds(extremes, &meant, &mine).map(|(least, _)| least))
        });
        let found = found.or_else(|| {
            self.orders.iter().find(|(_, order)| meant.forbids(order, &mine).is_some()).map(|(entry, _)| *entry)
        });
        let own = own.unwrap_or_else(|| {
            self.groups.push((meant.clone(), Extremes::default()));
            self.known.insert(meant, self.groups.len() - 1);
            self.groups.len() - 1
        });
        self.groups[own].1.widen(kind, bounds, entry);
        found
    }
}

impl Meant {
    /// Whether each call that is meant here is meant there, too.
    fn is_within(&self, other: &Self) -> bool {
        let everything = other.operations.is_everything();
        let operations = everything || self.operations.iter().all(|id| other.operations.contains_id(*id));
        // Calls without an operation are part of everything alone.
        operations
            && (everything || !self.operations.is_everything())
            && (other.matcher.is_none() || other.matcher == self.matcher)
    }

    /// The entries of which one asks here for more than the other allows there.
    fn exceeds(&self, asked: &Extremes, other: &Self, allowed: &Extremes) -> Option<(usize, usize)> {
        // A call that breaks the contract is a call.
        [(ALL, ALL), (BROKEN, ALL), (BROKEN, BROKEN)].into_iter().find_map(|(least, most)| {
            let ((least, asks), (most, allows)) = (asked.least[least]?, allowed.most[most]?);
            (least > most && self.is_within(other)).then_some((asks, allows))
        })
    }

    /// The entry that allows fewer calls than an order needs.
    fn forbids(&self, order: &[OperationId], allowed: &Extremes) -> Option<usize> {
        let (most, entry) = allowed.most[ALL].filter(|_| self.matcher.is_none())?;
        let needed = order.iter().filter(|id| self.operations.contains_id(**id)).count() as u64;
        (needed > most).then_some(entry)
    }
}

impl Extremes {
    fn widen(&mut self, kind: usize, bounds: Bounds, entry: usize) {
        if self.least[kind].is_none_or(|(least, _)| bounds.min > least) {
            self.least[kind] = Some((bounds.min, entry));
        }
        if let Some(max) = bounds.max
            && self.most[kind].is_none_or(|(most, _)| max < most)
        {
            self.most[kind] = Some((max, entry));
        }
    }
}
