//! What a report knows, whatever its form: the verdict, and each thing that there is to find, with its place.

use std::collections::HashMap;

use super::{Calls, Numbers, Reaction, SessionVerdict, Sweep, SweptRun, Verdict, sweep::spoken};
use crate::{
    contract::{Contract, OperationId, Refusal},
    coverage::Covered,
    scenario::Script,
    session::Journal,
};

/// A line of a scenario file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The file as it was named.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// Something in a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// An entry of `expect`, from 1.
    Expectation(usize),
    /// A rule, from 1.
    Rule(usize),
    /// An entry of a rule's `answers`; both from 1.
    Answer(usize, usize),
}

/// Where the parts of scenarios stand, by the name of the scenario. What came over the admin API has no place.
pub type Lines = HashMap<(String, Part), Line>;

/// What everything in a report is about.
#[derive(Clone, Copy)]
pub struct Report<'r> {
    /// The contract.
    pub contract: &'r Contract,
    /// The exchanges.
    pub journal: &'r Journal,
    /// What was played.
    pub script: &'r Script,
    /// The verdict.
    pub verdict: &'r Verdict,
    /// Where the parts of scenarios stand.
    pub lines: &'r Lines,
    /// How much of the contract is covered, if that was counted.
    pub covered: Option<&'r Covered>,
    /// What the suite did when errors and faults came, if that was tried.
    pub sweep: Option<&'r Sweep>,
    /// Where calls were sent to, such as `http://127.0.0.1:8080`.
    pub url: &'r str,
}

/// What is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A rule of the contract was broken: by its name.
    Contract(&'static str),
    /// An expectation was not met.
    Expectation,
    /// A rule with `then: fail` was asked once more.
    Exhausted,
    /// An answer of a scenario was never given. That fails nothing.
    Unused,
    /// Nobody called.
    NoCalls,
    /// Exchanges left the journal before they were judged.
    Incomplete,
    /// Less of the contract is covered than was asked for.
    Coverage,
    /// The suite did not come to an end when an error or a fault was injected.
    Hung,
    /// The suite crashed when an error or a fault was injected.
    Crashed,
    /// There was nothing that could be injected.
    NothingSwept,
    /// The sweep ended before all of its runs were made.
    SweepInterrupted,
}

impl Kind {
    /// Its name for programs.
    pub fn id(self) -> String {
        match self {
            Self::Contract(rule) => format!("contract/{rule}"),
            Self::Expectation => "expectation".to_owned(),
            Self::Exhausted => "answers-exhausted".to_owned(),
            Self::Unused => "answer-unused".to_owned(),
            Self::NoCalls => "no-calls".to_owned(),
            Self::Incomplete => "journal-incomplete".to_owned(),
            Self::Coverage => "coverage".to_owned(),
            Self::Hung => "sweep-hung".to_owned(),
            Self::Crashed => "sweep-crashed".to_owned(),
            Self::NothingSwept => "sweep-empty".to_owned(),
            Self::SweepInterrupted => "sweep-interrupted".to_owned(),
        }
    }

    /// What it means, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Contract(_) => "A call broke the vendor's contract.",
            Self::Expectation => "What a scenario expects of the client was not met.",
            Self::Exhausted => "The client called once more after the last answer of a rule.",
            Self::Unused => "The client never called for an answer of a scenario.",
            Self::NoCalls => "Nobody called the stand-in.",
            Self::Incomplete => "Exchanges left the journal before they could be judged.",
            Self::Coverage => "The client covers less of the contract than was asked for.",
            Self::Hung => "With an error or a fault injected, the suite did not come to an end.",
            Self::Crashed => "With an error or a fault injected, the suite crashed.",
            Self::NothingSwept => "There was no call into which the sweep could inject anything.",
            Self::SweepInterrupted => "The sweep ended before all of its runs were made.",
        }
    }
}

/// A finding.
#[derive(Debug, Clone)]
pub struct Problem<'r> {
    /// What it is.
    pub kind: Kind,
    /// Whether it fails the verdict.
    pub fails: bool,
    /// The session, if it is one's.
    pub session: Option<&'r str>,
    /// Service and operation, if it is about one.
    pub operation: Option<Name<'r>>,
    /// The rest of who is to blame: a place in the request, an expectation, an answer.
    pub at: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// The vendor's pages with their editions.
    pub pages: Vec<(&'r str, &'r str)>,
    /// The exchanges.
    pub exchanges: Numbers,
    /// The line of the scenario that is to blame.
    pub line: Option<&'r Line>,
}

/// Service and operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name<'r> {
    /// The service.
    pub service: &'r str,
    /// The operation.
    pub operation: &'r str,
}

impl Problem<'_> {
    /// `CreateShare /body/validDays: expected at most 365, found 366 (exchange 3)`.
    pub fn sentence(&self) -> String {
        let mut text = self.title();
        text.push_str(": ");
        text.push_str(&self.findings());
        if self.exchanges.count > 0 {
            text.push_str(&format!(" ({})", self.exchanges));
        }
        text
    }

    /// `CreateShare /body/validDays`.
    pub fn title(&self) -> String {
        let operation = self.operation.map(|name| name.operation);
        let unknown = matches!(self.kind, Kind::Contract(_)).then_some("unknown operation");
        let words = [operation.or(unknown).unwrap_or_default(), &self.at];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// `expected at most 365, found 366`.
    pub fn findings(&self) -> String {
        format!("expected {}, found {}", self.expected, self.found)
    }

    /// `see api-koodrive/createShare.html (edition 2025-12-12)`, for each page.
    pub fn citations(&self) -> Vec<String> {
        self.pages.iter().map(|(page, edition)| format!("see {page} (edition {edition})")).collect()
    }
}

impl<'r> Report<'r> {
    /// What is to be said before anything else, where the journal overflowed.
    pub fn note(&self) -> Option<String> {
        let evicted = &self.verdict.evicted;
        (!evicted.is_empty()).then(|| {
            let (from, to) = (evicted.start, evicted.end - 1);
            format!(
                "exchanges from {from} to {to} had left the journal and are not judged; --journal allows more memory"
            )
        })
    }

    /// Whether all is well, the sweep included.
    pub fn passed(&self) -> bool {
        self.verdict.passed() && self.sweep.is_none_or(Sweep::passed)
    }

    /// Why it is not: the reasons of the verdict, then those of the sweep.
    pub fn reasons(&self) -> Vec<&'static str> {
        let of_sweep = self.sweep.map(Sweep::reasons).unwrap_or_default();
        self.verdict.reasons().into_iter().chain(of_sweep).collect()
    }

    /// Everything that is found: first what is wrong with the whole, then session by session, then in the sweep, then what fails nothing.
    pub fn problems(&self) -> Vec<Problem<'r>> {
        let mut all = self.of_the_whole();
        self.verdict.sessions.iter().for_each(|session| all.extend(self.of_session(session)));
        all.extend(self.of_sweep());
        all.extend(self.unused());
        all
    }

    /// What is wrong with the whole.
    pub fn of_the_whole(&self) -> Vec<Problem<'r>> {
        let whole = |kind, at: &str, expected: &str, found: String| {
            let (at, expected) = (at.to_owned(), expected.to_owned());
            self.problem(kind, None, at, expected, found, Numbers::default())
        };
        let silent = self.verdict.no_calls.then(|| {
            whole(Kind::NoCalls, "calls", "a call", "none: a test suite that calls nobody tests nothing".to_owned())
        });
        let note = self.note().map(|note| whole(Kind::Incomplete, "journal", "every exchange of the run", note));
        let uncovered = self.verdict.uncovered.iter().map(|uncovered| {
            whole(Kind::Coverage, uncovered.threshold.subject.as_str(), &uncovered.expected(), uncovered.found())
        });
        let unswept = self.sweep.filter(|sweep| sweep.is_empty()).map(|_| {
            let found = "none: a sweep that injects nothing tests nothing".to_owned();
            whole(Kind::NothingSwept, "sweep", "a call of an operation that can be swept", found)
        });
        let interrupted = self.sweep.filter(|sweep| sweep.interrupted).map(|sweep| {
            let found = format!("interrupted after {} of {}", sweep.runs.len(), sweep.runs.len() + sweep.not_run);
            whole(Kind::SweepInterrupted, "sweep", "every run", found)
        });
        silent.into_iter().chain(note).chain(uncovered).chain(unswept).chain(interrupted).collect()
    }

    /// The runs of the sweep that found something.
    pub fn of_sweep(&self) -> Vec<Problem<'r>> {
        let Some(sweep) = self.sweep else { return Vec::new() };
        sweep.runs.iter().filter_map(|run| self.of_run(sweep, run)).collect()
    }

    /// What is wrong with a run of the sweep, if anything is.
    pub fn of_run(&self, sweep: &Sweep, run: &SweptRun) -> Option<Problem<'r>> {
        let (kind, expected, found) = match run.reaction() {
            Reaction::Hung => {
                let found = format!("still running after {}", spoken(run.took));
                (Kind::Hung, format!("the suite to end within {}", spoken(sweep.limit)), found)
            }
            Reaction::Crashed => (Kind::Crashed, "the suite to pass or to fail".to_owned(), run.ended.to_string()),
            Reaction::Failed | Reaction::Passed | Reaction::NotReached => return None,
        };
        let at = format!("with {}", run.injection);
        let problem = self.problem(kind, None, at, expected, found, Numbers::default());
        Some(Problem { operation: Some(self.name(run.operation)), ..problem })
    }

    /// What is wrong in a session.
    pub fn of_session(&self, session: &'r SessionVerdict) -> Vec<Problem<'r>> {
        let name = Some(session.name.as_str());
        let mut all: Vec<Problem<'r>> = Vec::new();
        for breach in &session.seen.breaches {
            let (at, rule, expected, found) = match &breach.violation {
                Some(violation) => {
                    let [at, expected, found] =
                        [&violation.at, &violation.expected, &violation.found].map(|text| short(text));
                    (at, violation.rule.as_str(), expected, found)
                }
                None => (
                    String::new(),
                    word(breach.refusal),
                    "a call that keeps the contract".to_owned(),
                    format!("`{}`", word(breach.refusal)),
                ),
            };
            let problem = self.problem(Kind::Contract(rule), name, at, expected, found, breach.exchanges.clone());
            let operation = breach.operation.map(|id| self.contract.operation(id));
            let places = breach.violation.iter().map(|violation| violation.at.as_str());
            let pages = operation.map(|operation| operation.pages(places)).unwrap_or_default();
            all.push(Problem {
                operation: breach.operation.map(|id| self.name(id)),
                pages: pages.into_iter().map(|page| (page.page.as_str(), page.edition.as_str())).collect(),
                ..problem
            });
        }
        for finding in session.findings.iter().filter(|finding| !finding.met) {
            let at = format!("{}, expectation {}: {}", finding.scenario, finding.entry, finding.about);
            let (expected, found) = (finding.expected.clone(), finding.found.clone());
            let problem = self.problem(Kind::Expectation, name, at, expected, found, finding.exchanges.clone());
            all.push(Problem { line: self.line(&finding.scenario, Part::Expectation(finding.entry)), ..problem });
        }
        for exhausted in &session.exhausted {
            let rule = exhausted.rule.trim_start_matches("scenario:");
            let (expected, found) = ("no call after the last answer".to_owned(), "one more".to_owned());
            let problem =
                self.problem(Kind::Exhausted, name, rule.to_owned(), expected, found, exhausted.exchanges.clone());
            let line =
                rule.rsplit_once('#').and_then(|(name, number)| self.line(name, Part::Rule(number.parse().ok()?)));
            all.push(Problem { line, ..problem });
        }
        all
    }

    /// Answers of scenarios that were never given.
    pub fn unused(&self) -> Vec<Problem<'r>> {
        let labels = self.script.unused().map(|step| step.label.to_str().unwrap_or_default());
        let problem = |label: &str| {
            let label = label.trim_start_matches("scenario:");
            let (expected, found) = ("to be called for".to_owned(), "never given".to_owned());
            let problem = self.problem(Kind::Unused, None, label.to_owned(), expected, found, Numbers::default());
            let place = label.split('!').next().and_then(|label| label.rsplit_once('#'));
            let line = place.and_then(|(scenario, place)| {
                let (rule, answer) = place.split_once('/')?;
                self.line(scenario, Part::Answer(rule.parse().ok()?, answer.parse().ok()?))
            });
            Problem { fails: false, line, ..problem }
        };
        labels.map(problem).collect()
    }

    /// Calls of each operation in a session, by service and name; those of no operation come first.
    pub fn operations(&self, session: &SessionVerdict) -> Vec<(Option<Name<'r>>, Calls)> {
        let mut all: Vec<_> =
            session.seen.operations.iter().map(|(id, calls)| (id.map(|id| self.name(id)), *calls)).collect();
        all.sort_by_key(|(name, _)| *name);
        all
    }

    fn problem(
        &self,
        kind: Kind,
        session: Option<&'r str>,
        at: String,
        expected: String,
        found: String,
        exchanges: Numbers,
    ) -> Problem<'r> {
        let (operation, pages, line) = (None, Vec::new(), None);
        Problem { kind, fails: true, session, operation, at, expected, found, pages, exchanges, line }
    }

    /// The name of an operation.
    pub fn name(&self, id: OperationId) -> Name<'r> {
        let operation = self.contract.operation(id);
        Name { service: &self.contract.service_of(operation).description.service, operation: &operation.name }
    }

    fn line(&self, scenario: &str, part: Part) -> Option<&'r Line> {
        self.lines.get(&(scenario.to_owned(), part))
    }
}

/// The most characters of a text that a client may make long.
const LONGEST: usize = 1000;

fn short(text: &str) -> String {
    crate::diagnostic::shortened(text, LONGEST).into_owned()
}

/// The name of a refusal that no violation explains.
fn word(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Violation => "violation",
        Refusal::Unauthenticated => "unauthenticated",
        Refusal::BadSignature => "bad_signature",
        Refusal::ExpiredToken => "expired_token",
        Refusal::UnknownRoute => "unknown_route",
        Refusal::UnknownMethod => "unknown_method",
        Refusal::LengthRequired => "length_required",
        Refusal::Malformed => "malformed",
        Refusal::TooLarge => "too_large",
        Refusal::TargetTooLong => "target_too_long",
        Refusal::HeadersTooLarge => "headers_too_large",
        Refusal::Throttled => "throttled",
        Refusal::Internal => "internal",
    }
}
