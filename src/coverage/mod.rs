//! How much of the contract a client's suite covers: operations, documented errors, the edges of constraints, kinds of fault.
//!
//! What a request shows is counted when it is judged, while its values are at hand; what its answer shows, when the exchange ends. So
//! nothing depends on how long the journal keeps it. The tables are read when they are first needed.

mod aftermath;
mod codes;
mod covered;
mod edge;
mod json;
mod marks;
mod table;
mod threshold;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use self::{
    aftermath::Aftermath,
    codes::Codes,
    marks::{Marks, OperationMarks, Trouble},
    table::Edges,
};
pub use self::{
    covered::{Covered, CoveredEdge, CoveredError, CoveredOperation, Group, Ratio},
    edge::{Edge, Limit},
    marks::{Calls, Shown},
    threshold::{Subject, Threshold, Uncovered},
};
use crate::{
    contract::{Call, Contract, Operation, OperationId},
    fault::Played,
    session::{DEFAULT, Ended, Exchange, Journal},
};

/// The most sessions that are told apart; what others do counts for the whole alone.
const MOST_SESSIONS: usize = 10_000;

/// Exchanges that ended wait for those that came before them, so many at most.
const MOST_PENDING: usize = 256;

/// Counts what calls cover, session by session.
#[derive(Debug)]
pub struct Coverage {
    /// By operation, read at its first call.
    edges: Box<[OnceLock<Edges>]>,
    /// By service.
    codes: Box<[Codes]>,
    default: Arc<str>,
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    sessions: BTreeMap<Arc<str>, Marks>,
    /// Of all other sessions.
    rest: Marks,
    /// What is under way, or ended before something that came earlier, by number: a client may go on before its answer is noted.
    pending: BTreeMap<u64, Pending>,
    aftermath: Aftermath,
    /// Whether any call met with trouble so far: before that, none can be an attempt after it.
    troubled: bool,
}

/// A call whose answer is not counted yet.
#[derive(Debug)]
struct Pending {
    session: Arc<str>,
    operation: OperationId,
    accepted: bool,
    status: u16,
    fault: Option<Played>,
    /// The error of the catalogue that its answer carries.
    code: Option<String>,
    /// What makes it the same as another call, where that matters.
    identity: Option<[u8; 32]>,
    ended: Option<Ended>,
}

impl Coverage {
    /// Nothing is covered yet.
    pub fn new(contract: &Contract) -> Self {
        Self {
            edges: contract.operations().iter().map(|_| OnceLock::new()).collect(),
            codes: contract.services().iter().map(Codes::of).collect(),
            default: DEFAULT.into(),
            counted: Mutex::default(),
        }
    }

    /// What the exchanges cover that are still in a journal.
    pub fn of_journal(contract: &Contract, journal: &Journal) -> Self {
        let coverage = Self::new(contract);
        for number in journal.numbers() {
            // Looked into outside the journal's locks.
            let Some(exchange) = journal.get(number) else { continue };
            let read = exchange.refusal.is_none() && exchange.operation.is_some();
            let told =
                read.then(|| exchange.reread(contract, |_, call| coverage.begin(contract, &exchange, Some(call))));
            if told.flatten().is_none() {
                coverage.begin(contract, &exchange, None);
            }
            if let Some(outcome) = exchange.finished {
                coverage.end(number, outcome.ended);
            }
        }
        coverage
    }

    /// Counts what the request of an exchange shows. `call` is what it held, if it keeps the contract.
    pub fn begin(&self, contract: &Contract, exchange: &Exchange, call: Option<&Call<'_>>) {
        let Some(operation) = exchange.operation.filter(|_| exchange.is_call()).map(|id| contract.operation(id)) else {
            return;
        };
        let edges = call.map(|_| self.edges_of(contract, operation));
        let details = exchange.details();
        let answer = exchange.recorded.answered();
        let codes = self.codes.get(operation.service);
        let code = codes.and_then(|codes| codes.find(contract.service_of(operation), exchange.status, answer));
        let session = exchange.session.as_ref().unwrap_or(&self.default);
        let accepted = !exchange.breaks_contract();
        let mut counted = self.counted();
        counted.troubled |= code.is_some() || details.fault.is_some();
        let identity = if counted.troubled { exchange.identity(operation) } else { None };
        let marks = counted.marks_of(session).operations.entry(operation.id).or_default();
        marks.calls.called += 1;
        marks.calls.accepted += u64::from(accepted);
        marks.calls.refused += u64::from(!accepted);
        if let (Some(edges), Some(call)) = (edges, call) {
            edges.reach(call, &mut marks.edges);
        }
        let pending = Pending {
            session: Arc::clone(session),
            operation: operation.id,
            accepted,
            status: exchange.status,
            fault: details.fault,
            code,
            identity,
            ended: None,
        };
        counted.pending.insert(exchange.number, pending);
    }

    /// Counts what the answer of an exchange shows.
    pub fn end(&self, number: u64, ended: Ended) {
        let mut counted = self.counted();
        if let Some(pending) = counted.pending.get_mut(&number) {
            pending.ended = Some(ended);
        }
        counted.settle(MOST_PENDING);
    }

    /// Forgets what a session did.
    pub fn forget(&self, session: &str) {
        let mut counted = self.counted();
        counted.sessions.remove(session);
        counted.pending.retain(|_, pending| *pending.session != *session);
        counted.aftermath.forget(session);
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.counted() = Counted::default();
    }

    /// What is covered so far: by all sessions, or by one.
    pub fn covered(&self, contract: &Contract, session: Option<&str>) -> Covered {
        let marks = {
            let mut counted = self.counted();
            counted.settle(0);
            match session {
                Some(name) => counted.sessions.get(name).cloned().unwrap_or_default(),
                None => {
                    let mut all = counted.rest.clone();
                    counted.sessions.values().for_each(|marks| all.merge(marks));
                    all
                }
            }
        };
        // One table of each service is held, so that what they share is read once.
        let mut held: Vec<_> = contract.services().iter().map(|_| None).collect();
        for operation in contract.operations() {
            if let Some(held) = held.get_mut(operation.service).filter(|held| held.is_none()) {
                *held = operation.table(contract.service_of(operation)).ok();
            }
            self.edges_of(contract, operation);
        }
        Covered::new(contract, &marks, |operation| self.edges_of(contract, operation))
    }

    /// A table that cannot be read has no edges; its calls are answered with an internal error, which says why.
    fn edges_of(&self, contract: &Contract, operation: &Operation) -> &Edges {
        static NONE: Edges = Edges::NONE;
        let read = || {
            let table = operation.table(contract.service_of(operation));
            table.map_or_else(|_| Edges::default(), |table| Edges::of(&table))
        };
        self.edges.get(operation.id.index()).map_or(&NONE, |edges| edges.get_or_init(read))
    }

    /// A panic while it was held left whole numbers behind.
    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    fn marks_of(&mut self, session: &Arc<str>) -> &mut Marks {
        if self.sessions.len() >= MOST_SESSIONS && !self.sessions.contains_key(session) {
            return &mut self.rest;
        }
        self.sessions.entry(Arc::clone(session)).or_default()
    }

    /// Counts the answers of exchanges that ended: those that nothing is under way before, and all if more than so many wait.
    fn settle(&mut self, most: usize) {
        while let Some(first) = self.pending.first_entry().filter(|first| first.get().ended.is_some()) {
            let pending = first.remove();
            self.count(pending);
        }
        if self.pending.len() > most {
            let ended: Vec<u64> =
                self.pending.iter().filter(|(_, pending)| pending.ended.is_some()).map(|(number, _)| *number).collect();
            for number in ended {
                if let Some(pending) = self.pending.remove(&number) {
                    self.count(pending);
                }
            }
        }
    }

    fn count(&mut self, pending: Pending) {
        let Pending { session, operation, accepted, status, fault, code, identity, ended } = pending;
        let intact = ended == Some(Ended::Delivered) && fault.is_none_or(|fault| fault.intact);
        let succeeds = intact && status < 400;
        let identity = identity.map(|digest| (Arc::clone(&session), digest));
        let mut aftermath = std::mem::take(&mut self.aftermath);
        let marks = self.marks_of(&session);
        if let Some(identity) = &identity {
            aftermath.attempt(identity, operation, succeeds, marks);
        }
        let marks: &mut OperationMarks = marks.operations.entry(operation).or_default();
        marks.calls.answered += u64::from(accepted && succeeds);
        let mut met = Vec::new();
        // What a fault spoilt was not shown.
        met.extend(code.filter(|_| intact).map(Trouble::Error));
        met.extend(fault.map(|fault| Trouble::Fault(fault.name)));
        for trouble in met {
            let shown = marks.of(&trouble);
            shown.times += 1;
            if succeeds {
                shown.recovered += 1;
            } else if let Some(identity) = &identity {
                aftermath.meet(identity.clone(), trouble);
            }
        }
        self.aftermath = aftermath;
    }
}
