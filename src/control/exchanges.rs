//! What happened: exchanges, calls that nothing matched, the verdict.

use std::ops::Range;

use serde_json::Value;

use super::{Control, ControlError};
use crate::{
    contract::OperationId,
    coverage::{Coverage, Covered},
    mock::Unmatched,
    report::{self, Lines, Report, Verdict},
    session::Exchange,
};

/// Which exchanges are wanted. Everything that is said has to hold.
#[derive(Debug, Clone, Default)]
pub struct ExchangeFilter {
    /// Of this session.
    pub session: Option<String>,
    /// Calls of one of these operations.
    pub operations: Option<Vec<OperationId>>,
    /// With violations, or without any.
    pub violations: Option<bool>,
}

impl ExchangeFilter {
    /// Whether an exchange is wanted.
    pub fn takes(&self, exchange: &Exchange) -> bool {
        self.session.as_ref().is_none_or(|session| exchange.session() == session)
            && self.operations.as_ref().is_none_or(|ids| exchange.operation.is_some_and(|id| ids.contains(&id)))
            && self.violations.is_none_or(|wanted| exchange.details().violations.is_empty() != wanted)
    }
}

/// Which part of a list is wanted. Lists are read one by one, so a page costs what it holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Page {
    /// Only exchanges with a higher number.
    pub after: u64,
    /// So many at most; all without it.
    pub limit: Option<usize>,
}

/// A call that nothing matched, and why the closest rules did not.
#[derive(Debug)]
pub struct UnmatchedCall {
    /// The call.
    pub exchange: Exchange,
    /// Why.
    pub unmatched: Unmatched,
}

impl<'m> Control<'m> {
    /// The operations of a name.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoOperation`] where there is none.
    pub fn operations(self, name: &str) -> Result<Vec<OperationId>, ControlError> {
        match self.mock.contract().named(name) {
            [] => Err(ControlError::NoOperation(name.to_owned())),
            ids => Ok(ids.to_vec()),
        }
    }

    /// The numbers of the exchanges that may still be in the journal.
    pub fn numbers(self) -> Range<u64> {
        self.mock.journal().numbers()
    }

    /// What is made of each exchange that is wanted, in order, one by one: a copy of the journal would take as much memory again.
    pub fn exchanges<T>(
        self,
        filter: &ExchangeFilter,
        page: Page,
        look: impl Fn(&Exchange) -> T,
    ) -> impl Iterator<Item = T> {
        let journal = self.mock.journal();
        let found = self.numbers_of(page).filter_map(move |number| {
            journal.read(number, |exchange| filter.takes(exchange).then(|| look(exchange)))?
        });
        found.take(page.limit.unwrap_or(usize::MAX))
    }

    /// A copy of an exchange, if it is still there and wanted.
    pub fn exchange_that(self, number: u64, wanted: impl FnOnce(&Exchange) -> bool) -> Option<Exchange> {
        self.mock.journal().read(number, |exchange| wanted(exchange).then(|| exchange.clone()))?
    }

    /// One exchange.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoExchangeYet`] and [`ControlError::ExchangeGone`].
    pub fn exchange(self, number: u64) -> Result<Exchange, ControlError> {
        let journal = self.mock.journal();
        journal.get(number).ok_or(if number == 0 || number >= journal.next_number() {
            ControlError::NoExchangeYet(number)
        } else {
            ControlError::ExchangeGone(number)
        })
    }

    /// Forgets all exchanges. Numbers, scenarios and sessions go on where they are; the verdict starts afresh.
    pub fn forget_exchanges(self) {
        self.mock.forget_exchanges();
    }

    /// Calls of no operation, and calls that none of the rules for their operation answered.
    pub fn unmatched<'c>(
        self,
        session: Option<&'c str>,
        page: Page,
    ) -> impl Iterator<Item = UnmatchedCall> + use<'m, 'c> {
        let wanted = move |exchange: &Exchange| {
            exchange.may_be_unmatched() && session.is_none_or(|name| exchange.session() == name)
        };
        // Each is copied, because looking for reasons takes longer than calls should wait for their journal.
        let found = self.numbers_of(page).filter_map(move |number| {
            let exchange = self.exchange_that(number, wanted)?;
            let unmatched = self.mock.unmatched(&exchange)?;
            Some(UnmatchedCall { exchange, unmatched })
        });
        found.take(page.limit.unwrap_or(usize::MAX))
    }

    /// The numbers of a page, before anything is left out.
    pub fn numbers_of(self, page: Page) -> Range<u64> {
        let Range { start, end } = self.mock.journal().numbers();
        start.max(page.after.saturating_add(1)).min(end)..end
    }

    /// How the clients kept to the contract and to what the scenarios expect: all sessions, or one by name.
    pub fn verdict(self, session: Option<&str>) -> Verdict {
        let mock = self.mock;
        let evidence = report::Evidence {
            journal: mock.journal(),
            contract: mock.contract(),
            script: &mock.script(),
            sessions: mock.sessions(),
            world: &|session| mock.world_at(session),
            allow_empty: mock.options().allow_empty,
        };
        self.with_coverage(report::judge(&evidence, session), session)
    }

    /// The verdict on exchanges of this stand-in that are fed one by one, which need not stay in the journal.
    pub fn verdict_on(self, feed: impl FnOnce(&mut dyn FnMut(&Exchange))) -> Verdict {
        let mock = self.mock;
        let evidence = report::Evidence {
            journal: mock.journal(),
            contract: mock.contract(),
            script: &mock.script(),
            sessions: mock.sessions(),
            world: &|_| None,
            allow_empty: mock.options().allow_empty,
        };
        let fed = |see: &mut dyn FnMut(&Exchange)| {
            feed(see);
            0..0
        };
        self.with_coverage(report::judge_each(&evidence, None, fed), None)
    }

    fn with_coverage(self, verdict: Verdict, session: Option<&str>) -> Verdict {
        let mock = self.mock;
        match mock.coverage() {
            Some(coverage) if session.is_none() && !mock.options().cover.is_empty() => {
                verdict.with_coverage(coverage.covered(mock.contract(), None), &mock.options().cover)
            }
            _ => verdict,
        }
    }

    /// How much of the contract is covered, by all sessions or by one. Where that is not counted, it is found out from what the journal
    /// still has; the numbers of exchanges that left it are told, too.
    pub fn coverage(self, session: Option<&str>) -> (Covered, Range<u64>) {
        let (mock, contract) = (self.mock, self.mock.contract());
        match mock.coverage() {
            Some(coverage) => (coverage.covered(contract, session), 0..0),
            None => {
                let coverage = Coverage::of_journal(contract, mock.journal());
                (coverage.covered(contract, session), mock.journal().evicted())
            }
        }
    }

    /// What the page of a report shows first, as it is now. Calls are sent to `url`; scenarios have no files here.
    pub fn overview(self, url: &str) -> Value {
        let (mock, verdict) = (self.mock, self.verdict(None));
        let counted = mock.coverage().map(|coverage| coverage.covered(mock.contract(), None));
        report::overview(&Report {
            sweep: None,
            covered: counted.as_ref(),
            contract: mock.contract(),
            journal: mock.journal(),
            script: &mock.script(),
            verdict: &verdict,
            lines: &Lines::new(),
            url,
        })
    }

    /// Labels of the answers that no session got since their scenario is played.
    pub fn unused_answers(self) -> Vec<String> {
        let script = self.mock.script();
        script.unused().map(|step| step.label.to_str().unwrap_or_default().to_owned()).collect()
    }
}
