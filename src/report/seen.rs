//! What was seen of one session, for reports: which operations were called, and what broke the contract how often.

use std::collections::BTreeMap;

use super::Numbers;
use crate::{
    contract::{OperationId, Refusal, Violation},
    session::Exchange,
};

/// The most kinds of breach that are told apart; clients choose some of the places.
const MOST: usize = 1000;

/// Calls of one operation, or of none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Those that kept the contract.
    pub accepted: u64,
    /// Those that were refused because they broke it.
    pub refused: u64,
    /// From the head of a request to the last byte of its answer, of all of them together, in milliseconds.
    pub milliseconds: u64,
}

impl Calls {
    /// All of them.
    pub fn count(&self) -> u64 {
        self.accepted + self.refused
    }
}

/// One way in which the contract was broken, and by which calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The operation, if one was found.
    pub operation: Option<OperationId>,
    /// How such calls were refused.
    pub refusal: Refusal,
    /// What was wrong, in the words for the first of them.
    pub violation: Option<Violation>,
    /// The calls.
    pub exchanges: Numbers,
}

/// What was seen so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// By operation; calls of no operation come first.
    pub operations: BTreeMap<Option<OperationId>, Calls>,
    /// In the order of their first calls.
    pub breaches: Vec<Breach>,
    /// Findings that there was no room for.
    pub left_out: u64,
    /// Where each breach is in the list.
    index: BTreeMap<(Option<OperationId>, &'static str, String), usize>,
}

impl Seen {
    pub(super) fn call(&mut self, exchange: &Exchange) {
        let calls = self.operations.entry(exchange.operation).or_default();
        if exchange.breaks_contract() {
            calls.refused += 1;
        } else {
            calls.accepted += 1;
        }
        if let Some(outcome) = &exchange.finished {
            let taken = outcome.at.duration_since(exchange.arrival.head).as_millis();
            calls.milliseconds += u64::try_from(taken).unwrap_or(0);
        }
    }

    /// A call that broke the contract where no expectation allows it.
    pub(super) fn breach(&mut self, exchange: &Exchange, refusal: Refusal) {
        match exchange.details().violations.as_slice() {
            [] => self.add(exchange, refusal, None),
            violations => violations.iter().for_each(|violation| self.add(exchange, refusal, Some(violation))),
        }
    }

    fn add(&mut self, exchange: &Exchange, refusal: Refusal, violation: Option<&Violation>) {
        let rule = violation.map_or("", |violation| violation.rule.as_str());
        let what = violation.map(|violation| format!("{}\n{}", violation.at, violation.expected)).unwrap_or_default();
        let key = (exchange.operation, rule, what);
        let place = match self.index.get(&key) {
            Some(place) => *place,
            None if self.breaches.len() < MOST => {
                let (operation, violation) = (exchange.operation, violation.cloned());
                self.breaches.push(Breach { operation, refusal, violation, exchanges: Numbers::default() });
                self.index.insert(key, self.breaches.len() - 1);
                self.breaches.len() - 1
            }
            None => {
                self.left_out += 1;
                return;
            }
        };
        if let Some(breach) = self.breaches.get_mut(place)
            && breach.exchanges.last() != Some(exchange.number)
        {
            breach.exchanges.add(exchange.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::{Rule, SpecFiles},
        report::samples::{self, Call},
        session::Details,
    };

    #[test]
    fn calls_that_break_the_contract_in_the_same_way_are_one_breach_and_the_rest_is_counted() {
        let contract = SpecFiles::embedded().load().unwrap();
        let mut seen = Seen::default();
        for number in 1..=3 {
            let call = Call { status: 400, refusal: Some(Refusal::Violation), ..Call::of("CreateShare") };
            let mut exchange = samples::exchange(&contract, number, &call);
            let long = Violation::new("/body/validDays", Rule::Maximum, "at most 365", "366");
            let places = (0..600).map(|place| Violation::new(format!("/body/{number}-{place}"), Rule::Type, "a", "b"));
            let violations = [long.clone(), long].into_iter().chain(places).collect();
            exchange.details = Details { violations, ..Details::default() }.kept();
            seen.call(&exchange);
            seen.breach(&exchange, Refusal::Violation);
        }
        assert_eq!(seen.breaches[0].exchanges, Numbers::from_iter(1..=3));
        assert_eq!((seen.breaches.len(), seen.left_out), (MOST, 1 + 3 * 600 - MOST as u64));
        let calls = seen.operations.values().next().unwrap();
        assert_eq!((calls.accepted, calls.refused), (0, 3));
    }
}
