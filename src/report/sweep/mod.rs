//! A sweep: a suite that was run once more for each error and each fault of the operations it calls, and what it did each time.

mod json;
mod text;

use std::{fmt, time::Duration};

use crate::contract::OperationId;

/// Why a sweep fails that tries nothing.
const NOTHING: &str = "nothing to sweep";

/// Why a sweep fails that did not try everything. A limit that was asked for fails nothing.
const INTERRUPTED: &str = "sweep interrupted";

/// What a sweep found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// The runs that were made, by operation.
    pub runs: Vec<SweptRun>,
    /// What was not tried, because it makes no sense.
    pub left_out: Vec<LeftOut>,
    /// Runs that a limit or a signal left out.
    pub not_run: usize,
    /// Whether a signal, or a run that could not begin, ended it.
    pub interrupted: bool,
    /// Operations that were asked for by name, and that the suite does not call.
    pub not_called: Vec<String>,
    /// How long the suite took when nothing was injected.
    pub plain: Duration,
    /// How long a run might take.
    pub limit: Duration,
    /// Whether nothing to try is fine.
    pub may_be_empty: bool,
}

/// A run with something injected into the answers of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweptRun {
    /// The operation.
    pub operation: OperationId,
    /// What was injected.
    pub injection: Injection,
    /// How the suite ended.
    pub ended: SuiteEnd,
    /// How many calls got what was injected.
    pub delivered: u64,
    /// How many calls broke the contract. None did in the plain run.
    pub broken: u64,
    /// How long it took.
    pub took: Duration,
    /// The file with what the suite printed.
    pub output: Option<String>,
}

/// What is injected into the answers of an operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Injection {
    /// An error of the catalogue, by its code.
    Error(String),
    /// A fault, by its name.
    Fault(&'static str),
}

/// How a suite ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuiteEnd {
    /// With this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// It was ended, because it took too long.
    TimeLimit,
}

/// What a suite made of what was injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reaction {
    /// It failed, as it should.
    Failed,
    /// It passed, though the client got what was injected: the client coped, or nobody looked.
    Passed,
    /// The client never got what was injected.
    NotReached,
    /// It did not come to an end.
    Hung,
    /// It crashed.
    Crashed,
}

/// Something that was not tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The operation.
    pub operation: OperationId,
    /// What would have been injected.
    pub injection: Injection,
    /// Why not, in a sentence.
    pub why: String,
}

impl Sweep {
    /// Whether the suite came to an end of its own each time.
    pub fn passed(&self) -> bool {
        self.reasons().is_empty()
    }

    /// Why it failed: `suite hung`, `suite crashed`, `nothing to sweep`, `sweep interrupted`.
    pub fn reasons(&self) -> Vec<&'static str> {
        let reasons = [
            (self.count(Reaction::Hung) > 0, "suite hung"),
            (self.count(Reaction::Crashed) > 0, "suite crashed"),
            (self.is_empty(), NOTHING),
            (self.interrupted, INTERRUPTED),
        ];
        reasons.into_iter().filter(|(holds, _)| *holds).map(|(_, reason)| reason).collect()
    }

    /// Whether there was nothing to try, and that is not fine.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.not_run == 0 && !self.may_be_empty
    }

    /// How many runs there were to which the suite reacted so.
    pub fn count(&self, reaction: Reaction) -> usize {
        self.runs.iter().filter(|run| run.reaction() == reaction).count()
    }

    /// The runs of each operation.
    pub fn by_operation(&self) -> impl Iterator<Item = (OperationId, &[SweptRun])> {
        let chunks = self.runs.chunk_by(|one, other| one.operation == other.operation);
        chunks.filter_map(|runs| runs.first().map(|first| (first.operation, runs)))
    }

    /// `18 failed as they should, 2 passed all the same, 1 hung`: the reactions that there were.
    pub fn counts(&self) -> String {
        let counts = Reaction::ALL.map(|reaction| (self.count(reaction), reaction));
        let told = counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, reaction)| {
            let words = if count > 1 { reaction.of_several() } else { reaction.as_str() };
            format!("{count} {words}")
        });
        told.collect::<Vec<_>>().join(", ")
    }
}

impl SweptRun {
    /// What the suite made of it.
    pub fn reaction(&self) -> Reaction {
        match self.ended {
            SuiteEnd::TimeLimit => Reaction::Hung,
            ended if ended.is_crash() => Reaction::Crashed,
            _ if self.delivered == 0 => Reaction::NotReached,
            SuiteEnd::Status(0) => Reaction::Passed,
            _ => Reaction::Failed,
        }
    }
}

impl SuiteEnd {
    /// Whether a program went down. A shell passes on what ended a command of its own by a status.
    fn is_crash(self) -> bool {
        /// SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGSEGV.
        const OF_PROGRAMS: [i32; 6] = [4, 6, 7, 8, 9, 11];
        match self {
            Self::Signal(_) => true,
            Self::Status(status) => OF_PROGRAMS.contains(&(status - 128)),
            Self::TimeLimit => false,
        }
    }
}

/// `exit status 1`, `ended by signal 11`, `still running at the time limit`.
impl fmt::Display for SuiteEnd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(formatter, "exit status {status}"),
            Self::Signal(signal) => write!(formatter, "ended by signal {signal}"),
            Self::TimeLimit => formatter.write_str("still running at the time limit"),
        }
    }
}

/// `error 13000311`, `fault reset`.
impl fmt::Display for Injection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind(), self.name())
    }
}

impl Injection {
    /// `error` or `fault`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Error(_) => "error",
            Self::Fault(_) => "fault",
        }
    }

    /// The code of the error, or the name of the fault.
    pub fn name(&self) -> &str {
        match self {
            Self::Error(code) => code,
            Self::Fault(name) => name,
        }
    }

    /// `errors 13000102, APIGW.0308; fault reset`.
    pub fn listed<'i>(injections: impl Iterator<Item = &'i Self>) -> String {
        let (errors, faults): (Vec<&Self>, Vec<&Self>) =
            injections.partition(|injection| matches!(injection, Self::Error(_)));
        let kinds = [("error", errors), ("fault", faults)].into_iter().filter(|(_, all)| !all.is_empty());
        let told = kinds.map(|(kind, all)| {
            let plural = if all.len() > 1 { "s" } else { "" };
            let names: Vec<&str> = all.into_iter().map(Self::name).collect();
            format!("{kind}{plural} {}", names.join(", "))
        });
        told.collect::<Vec<_>>().join("; ")
    }
}

impl Reaction {
    /// All of them, from what is as it should be to what is not.
    pub const ALL: [Self; 5] = [Self::Failed, Self::Passed, Self::NotReached, Self::Hung, Self::Crashed];

    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed as it should",
            Self::Passed => "passed all the same",
            Self::NotReached => "not reached",
            Self::Hung => "hung",
            Self::Crashed => "crashed",
        }
    }

    fn of_several(self) -> &'static str {
        match self {
            Self::Failed => "failed as they should",
            other => other.as_str(),
        }
    }

    /// Its name for programs.
    pub fn id(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Passed => "passed",
            Self::NotReached => "not_reached",
            other => other.as_str(),
        }
    }

    /// Whether a sweep fails for it.
    pub fn fails(self) -> bool {
        matches!(self, Self::Hung | Self::Crashed)
    }
}

/// `850ms`, `12.3s`, `3m 5s`.
pub fn spoken(duration: Duration) -> String {
    let (seconds, tenths) = (duration.as_secs(), duration.subsec_millis() / 100);
    match seconds {
        0 => format!("{}ms", duration.as_millis()),
        1..60 if tenths > 0 => format!("{seconds}.{tenths}s"),
        1..60 => format!("{seconds}s"),
        _ if seconds % 60 == 0 => format!("{}m", seconds / 60),
        _ => format!("{}m {}s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(ended: SuiteEnd, delivered: u64) -> SweptRun {
        let (operation, injection) = (OperationId::from_index(0), Injection::Fault("reset"));
        SweptRun { operation, injection, ended, delivered, broken: 0, took: Duration::ZERO, output: None }
    }

    #[test]
    fn what_a_suite_did_follows_from_its_end_and_from_what_the_client_got() {
        use SuiteEnd::{Signal, Status, TimeLimit};
        for (ended, delivered, reaction) in [
            (Status(1), 1, Reaction::Failed),
            (Status(0), 3, Reaction::Passed),
            (Status(0), 0, Reaction::NotReached),
            // It failed of its own accord.
            (Status(1), 0, Reaction::NotReached),
            (TimeLimit, 0, Reaction::Hung),
            (Signal(15), 1, Reaction::Crashed),
            // A shell says that a command of its own was ended by a signal.
            (Status(139), 1, Reaction::Crashed),
            (Status(130), 1, Reaction::Failed),
            (Status(255), 1, Reaction::Failed),
        ] {
            assert_eq!(run(ended, delivered).reaction(), reaction, "{ended:?} {delivered}");
        }
    }

    #[test]
    fn durations_are_spoken_as_people_do() {
        for (milliseconds, text) in
            [(850, "850ms"), (1000, "1s"), (12_345, "12.3s"), (60_000, "1m"), (185_900, "3m 5s"), (0, "0ms")]
        {
            assert_eq!(spoken(Duration::from_millis(milliseconds)), text);
        }
    }
}
