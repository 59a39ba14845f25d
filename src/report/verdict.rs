//! The verdict: every session for itself, its calls held against the contract and against what the scenarios expect.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::Arc,
};

use super::{
    Notice, Numbers, Seen,
    attempts::Attempts,
    duplicates,
    notices::{self, Notices},
    short_pages::ShortPages,
    tally::{Finding, Grounds, Tally},
    unasked::Unasked,
};
use crate::{
    contract::{Call, Contract, Operation, OperationId, Refusal, Violation},
    coverage::{Covered, Threshold, Uncovered},
    scenario::{Expected, Script},
    session::{DEFAULT, Exchange, Journal, Origin, Sessions},
    world::World,
};

/// Why a verdict is failed if nobody called.
pub const NO_CALLS: &str = "no calls";

/// What is to be said of the clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// By name.
    pub sessions: Vec<SessionVerdict>,
    /// The numbers of exchanges that left the journal before they could be judged; empty where none has.
    pub evicted: Range<u64>,
    /// No session made a call, and none of that was expected.
    pub no_calls: bool,
    /// What fails nothing and is worth knowing, over all sessions.
    pub noticed: Vec<Notice>,
    /// How much of the contract is covered, if so much is asked for.
    pub covered: Option<Box<Covered>>,
    /// Of what too little is covered.
    pub uncovered: Vec<Uncovered>,
}

/// What is to be said of one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionVerdict {
    /// Its name.
    pub name: String,
    /// How many calls it made.
    pub calls: u64,
    /// The first calls that broke the contract where no expectation allows it.
    pub broken: Vec<Broken>,
    /// All of them.
    pub broken_calls: Numbers,
    /// Rules with `then: fail` that were called once more.
    pub exhausted: Vec<Exhausted>,
    /// Every expectation, in the order of the scenarios.
    pub findings: Vec<Finding>,
    /// What fails nothing and is worth knowing.
    pub noticed: Vec<Notice>,
    /// Which operations it called, and how it broke the contract.
    pub seen: Seen,
}

/// A call that broke the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its number.
    pub exchange: u64,
    /// Its operation, if one was found.
    pub operation: Option<String>,
    /// How it was refused.
    pub refusal: Refusal,
    /// What was wrong.
    pub violations: Vec<Violation>,
}

/// A rule with `then: fail` whose answers were used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exhausted {
    /// `scenario:NAME#RULE`.
    pub rule: String,
    /// The calls after its last answer.
    pub exchanges: Numbers,
}

impl Verdict {
    /// Holds what is covered against what is asked for.
    #[must_use]
    pub fn with_coverage(self, covered: Covered, thresholds: &[Threshold]) -> Self {
        let uncovered = thresholds.iter().filter_map(|threshold| threshold.held_against(&covered)).collect();
        Self { covered: Some(Box::new(covered)), uncovered, ..self }
    }

    /// Whether all is well.
    pub fn passed(&self) -> bool {
        self.reasons().is_empty()
    }

    /// Why it failed: `contract broken`, `expectation unmet`, `no calls`, `journal incomplete`, `coverage too low`.
    pub fn reasons(&self) -> Vec<&'static str> {
        let broken = self.sessions.iter().any(|session| session.broken_calls.count > 0);
        let unmet = self.sessions.iter().any(SessionVerdict::leaves_unmet);
        let reasons = [
            (broken, "contract broken"),
            (unmet, "expectation unmet"),
            (self.no_calls, NO_CALLS),
            (!self.evicted.is_empty(), "journal incomplete"),
            (!self.uncovered.is_empty(), "coverage too low"),
        ];
        reasons.into_iter().filter(|(holds, _)| *holds).map(|(_, reason)| reason).collect()
    }
}

impl SessionVerdict {
    /// Whether all is well in this session.
    pub fn passed(&self) -> bool {
        self.broken_calls.count == 0 && !self.leaves_unmet()
    }

    fn leaves_unmet(&self) -> bool {
        !self.exhausted.is_empty() || self.findings.iter().any(|finding| !finding.met)
    }
}

/// What a verdict is made from.
#[derive(Clone, Copy)]
pub struct Evidence<'e> {
    /// What happened.
    pub journal: &'e Journal,
    /// What the vendor's documentation says.
    pub contract: &'e Contract,
    /// What the server plays.
    pub script: &'e Script,
    /// The sessions, some with scenarios of their own.
    pub sessions: &'e Sessions,
    /// The world of a session, by name, as it is now; nothing where there is none.
    pub world: &'e dyn Fn(&str) -> Option<Arc<World>>,
    /// That nobody called at all may be right.
    pub allow_empty: bool,
}

/// Judges what the journal has: every session that made a call, the default one if none did; or one session by name, whether it
/// made a call or not. Without a name, a verdict on no call at all is failed: a test suite that calls nobody has tested nothing.
pub fn judge(evidence: &Evidence<'_>, session: Option<&str>) -> Verdict {
    let journal = evidence.journal;
    let wanted = |exchange: &Exchange| session.is_none_or(|name| exchange.session() == name);
    let feed = |see: &mut dyn FnMut(&Exchange)| {
        for number in journal.numbers() {
            // Judged outside the journal's locks.
            let exchange = journal.read(number, |exchange| wanted(exchange).then(|| exchange.clone()));
            exchange.flatten().iter().for_each(&mut *see);
        }
        journal.evicted()
    };
    judge_each(evidence, session, feed)
}

/// Judges exchanges as they are fed, in the order of their numbers, so that nobody has to keep them all. `feed` returns the numbers of
/// those that are lost.
pub fn judge_each(
    evidence: &Evidence<'_>,
    session: Option<&str>,
    feed: impl FnOnce(&mut dyn FnMut(&Exchange)) -> Range<u64>,
) -> Verdict {
    let Evidence { script, sessions, .. } = *evidence;
    let all = sessions.all();
    let own = all.iter().filter(|session| !session.own_scenarios().is_empty());
    let own = own.map(|session| (session.name(), Arc::clone(&session.progress.load().script))).collect();
    let mut judge = Judge { contract: evidence.contract, server: script, own: &own, cases: BTreeMap::new() };
    let evicted = feed(&mut |exchange| {
        if exchange.is_call() {
            judge.see(exchange);
        }
    });
    let silent = judge.cases.values().all(|case| case.calls == 0);
    let no_calls = session.is_none() && silent && evicted.is_empty() && !evidence.allow_empty;
    let mut noticed = Vec::new();
    let labels: Vec<&str> = script.unused().map(|step| step.label.to_str().unwrap_or_default()).collect();
    noticed.extend(notices::unused_answers(&labels));
    match session {
        Some(name) if silent => noticed.push(notices::silent_session(name)),
        Some(_) => {}
        None => {
            let silent = all.iter().filter(|session| session.name() != DEFAULT && session.calls() == 0);
            noticed.extend(silent.map(|session| notices::silent_session(session.name())));
        }
    }
    let sessions = judge.verdicts(session, evidence.world);
    Verdict { sessions, evicted, no_calls, noticed, covered: None, uncovered: Vec::new() }
}

/// Takes exchanges one by one, in the order of their numbers.
struct Judge<'s> {
    contract: &'s Contract,
    /// What the server plays.
    server: &'s Script,
    /// What sessions with scenarios of their own play.
    own: &'s HashMap<&'s str, Arc<Script>>,
    cases: BTreeMap<String, Case<'s>>,
}

/// What was seen of one session.
struct Case<'s> {
    script: &'s Script,
    /// Retries are looked for only where a scenario wants to know.
    retries: bool,
    calls: u64,
    broken: Vec<Broken>,
    broken_calls: Numbers,
    exhausted: Vec<Exhausted>,
    tallies: Vec<Tally<'s>>,
    attempts: Attempts,
    unasked: Unasked,
    short_pages: ShortPages,
    notices: Notices,
    seen: Seen,
}

impl<'s> Judge<'s> {
    fn see(&mut self, exchange: &Exchange) {
        let contract = self.contract;
        self.case(exchange.session()).see(exchange, contract);
    }

    fn case(&mut self, session: &str) -> &mut Case<'s> {
        if !self.cases.contains_key(session) {
            let script = self.own.get(session).map_or(self.server, |script| script);
            self.cases.insert(session.to_owned(), Case::new(script));
        }
        self.cases.entry(session.to_owned()).or_insert_with(|| Case::new(self.server))
    }

    fn verdicts(mut self, session: Option<&str>, world: &dyn Fn(&str) -> Option<Arc<World>>) -> Vec<SessionVerdict> {
        if self.cases.is_empty() {
            self.case(session.unwrap_or(DEFAULT));
        }
        let judged = |(name, case): (String, Case<'s>)| {
            let world = world(&name);
            case.verdict(name, self.contract, world.as_deref())
        };
        self.cases.into_iter().map(judged).collect()
    }
}

impl<'s> Case<'s> {
    fn new(script: &'s Script) -> Self {
        let expectations = script
            .scenarios()
            .iter()
            .flat_map(|scenario| scenario.expect.iter().map(move |expectation| (&**scenario, expectation)));
        let retries = expectations.clone().any(|(_, one)| matches!(one.expected, Expected::Retry(..)));
        Self {
            script,
            retries,
            calls: 0,
            broken: Vec::new(),
            broken_calls: Numbers::default(),
            exhausted: Vec::new(),
            tallies: expectations.map(|(scenario, expectation)| Tally::new(scenario, expectation)).collect(),
            attempts: Attempts::default(),
            unasked: Unasked::default(),
            short_pages: ShortPages::default(),
            notices: Notices::default(),
            seen: Seen::default(),
        }
    }

    fn see(&mut self, exchange: &Exchange, contract: &Contract) {
        let operation = exchange.operation.map(|id| contract.operation(id));
        let looked_into = self.tallies.iter().any(|tally| tally.looks_into(exchange.operation));
        // Of most calls it does not matter what they held.
        let told = looked_into.then(|| exchange.reread(contract, |_, call| self.tell(exchange, Some(call), operation)));
        if told.flatten().is_none() {
            self.tell(exchange, None, operation);
        }
    }

    /// Takes the next call. `call` is what it held, if that matters and can be read.
    fn tell(&mut self, exchange: &Exchange, call: Option<&Call<'_>>, operation: Option<&Operation>) {
        self.calls += 1;
        self.seen.call(exchange);
        if let Some(refusal) = exchange.refusal.filter(|_| exchange.breaks_contract())
            && !self.allows_violations(exchange.operation, call)
        {
            if self.broken_calls.has_room() {
                self.broken.push(Broken {
                    exchange: exchange.number,
                    operation: operation.map(|operation| operation.name.clone()),
                    refusal,
                    violations: exchange.details().violations.clone(),
                });
            }
            self.broken_calls.add(exchange.number);
            self.seen.breach(exchange, refusal);
        }
        if let Origin::Exhausted { rule } = exchange.origin {
            self.exhausted(format!("scenario:{}#{rule}", exchange.scenario()), exchange.number);
        }
        self.tallies.iter_mut().for_each(|tally| tally.see(exchange, call));
        if let Some(operation) = operation.filter(|_| self.retries || self.attempts.may_settle(exchange)) {
            self.attempts.see(exchange, operation);
        }
        self.unasked.see(exchange);
        self.short_pages.see(exchange);
        self.notices.see(exchange);
    }

    /// Whether an expectation leaves room for a call like this one to break the contract. It judges such calls then.
    fn allows_violations(&self, operation: Option<OperationId>, call: Option<&Call<'_>>) -> bool {
        self.script.scenarios().iter().flat_map(|scenario| &scenario.expect).any(|expectation| {
            matches!(&expectation.expected,
                Expected::Violations(filter, bounds) if bounds.max != Some(0) && filter.fits(operation, call))
        })
    }

    fn exhausted(&mut self, rule: String, exchange: u64) {
        match self.exhausted.iter_mut().find(|exhausted| exhausted.rule == rule) {
            Some(exhausted) => exhausted.exchanges.add(exchange),
            None => {
                let exchanges = Numbers::from_iter([exchange]);
                self.exhausted.push(Exhausted { rule, exchanges });
            }
        }
    }

    fn verdict(self, name: String, contract: &Contract, world: Option<&World>) -> SessionVerdict {
        let duplicates = self.attempts.duplicates();
        let runs = self.attempts.runs();
        let grounds = Grounds { runs: &runs, duplicates: &duplicates, script: self.script, contract, world };
        let finding = |tally: Tally<'s>| tally.finding(&grounds);
        let mut noticed = duplicates::noticed(&duplicates, |id| contract.operation(id).name.as_str());
        noticed.extend(self.unasked.into_notice());
        noticed.extend(self.short_pages.into_notice(|id| contract.operation(id).name.as_str()));
        let open: Vec<&str> = world.into_iter().flat_map(World::open_uploads).collect();
        noticed.extend(notices::open_uploads(&open));
        noticed.extend(self.notices.into_list());
        SessionVerdict {
            name,
            calls: self.calls,
            broken: self.broken,
            broken_calls: self.broken_calls,
            exhausted: self.exhausted,
            findings: self.tallies.into_iter().map(finding).collect(),
            noticed,
            seen: self.seen,
        }
    }
}

#[cfg(test)]
mod tests;
