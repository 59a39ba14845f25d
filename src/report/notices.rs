//! What is noticed beside the verdict: it fails nothing alone, and whoever reads the verdict wants to know it.

use std::collections::BTreeMap;

use super::Numbers;
use crate::{
    contract::Rule,
    session::{Ended, Exchange},
};

/// Something that is noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is.
    pub kind: NoticeKind,
    /// The same in words.
    pub text: String,
    /// The exchanges that it is about, if it is about any.
    pub exchanges: Numbers,
}

/// What may be noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeKind {
    /// No session got an answer that a scenario has.
    UnusedAnswers,
    /// A session was prepared and made no call.
    SilentSession,
    /// An answer that the client did not wait for.
    ClientLeft,
    /// The HTTP library sent a request again by itself.
    Resend,
    /// A call that a parameter of a path took, though a documented path is near.
    NearRoute,
    /// A call was repeated after its answer was lost, and made a second thing.
    Duplicate,
    /// A job that was begun and never asked for.
    UnaskedJob,
    /// An upload that was begun and never completed.
    OpenUpload,
    /// A list that was read to a short page though a cursor followed.
    ShortPage,
    /// A warning about calls.
    Warning,
}

impl NoticeKind {
    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnusedAnswers => "unused_answers",
            Self::SilentSession => "silent_session",
            Self::ClientLeft => "client_left",
            Self::Resend => "resend",
            Self::NearRoute => "near_route",
            Self::Duplicate => "duplicate",
            Self::UnaskedJob => "unasked_job",
            Self::OpenUpload => "open_upload",
            Self::ShortPage => "short_page",
            Self::Warning => "warning",
        }
    }
}

/// So many of a kind are told one by one.
const TOLD: usize = 20;

/// What has been noticed of one session so far.
#[derive(Debug, Default)]
pub(super) struct Notices {
    left: Numbers,
    resends: Numbers,
    /// The first resends, in words.
    told: Vec<String>,
    /// By the rule of the warning.
    warnings: BTreeMap<&'static str, Warning>,
}

#[derive(Debug, Default)]
struct Warning {
    exchanges: Numbers,
    /// The last call that had it.
    last: u64,
    /// The first one in words.
    first: String,
}

impl Notices {
    /// Takes the next call of the session.
    pub(super) fn see(&mut self, exchange: &Exchange) {
        if exchange.finished.is_some_and(|outcome| outcome.ended == Ended::ClientLeft) {
            self.left.add(exchange.number);
        }
        if let Some(resend) = &exchange.details().resends {
            self.resends.add(exchange.number);
            if self.told.len() < TOLD {
                self.told.push(format!(
                    "exchange {} repeats exchange {} after {} ms: resent, or retried without a wait",
                    exchange.number,
                    resend.exchange,
                    resend.after.as_millis()
                ));
            }
        }
        for warning in &exchange.details().warnings {
            let entry = self.warnings.entry(warning.rule.as_str()).or_default();
            // Several of one call are one call.
            if entry.last != exchange.number {
                entry.last = exchange.number;
                entry.exchanges.add(exchange.number);
            }
            if entry.first.is_empty() {
                entry.first = warning.to_string();
            }
        }
    }

    /// Everything that was noticed, by kind.
    pub(super) fn into_list(self) -> Vec<Notice> {
        let mut list = Vec::new();
        if self.left.count > 0 {
            let text = match self.left.count {
                1 => "the client did not wait for an answer".to_owned(),
                count => format!("the client did not wait for {count} answers"),
            };
            list.push(Notice { kind: NoticeKind::ClientLeft, text, exchanges: self.left });
        }
        if self.resends.count > 0 {
            let more = self.resends.count - self.told.len() as u64;
            let mut text = self.told.join("; ");
            if more > 0 {
                text.push_str(&format!("; and {more} more"));
            }
            list.push(Notice { kind: NoticeKind::Resend, text, exchanges: self.resends });
        }
        list.extend(self.warnings.into_iter().map(|(rule, Warning { exchanges, first, .. })| {
            let near = rule == Rule::NearRoute.as_str();
            let text = match (near, exchanges.count) {
                (true, 1) => format!("a call was probably meant for another route: {first}"),
                (true, count) => format!("{count} calls were probably meant for another route, the first: {first}"),
                (false, 1) => format!("`{rule}`: {first}"),
                (false, count) => format!("`{rule}` in {count} calls, the first: {first}"),
            };
            let kind = if near { NoticeKind::NearRoute } else { NoticeKind::Warning };
            Notice { kind, text, exchanges }
        }));
        list
    }
}

/// Answers that no session got.
pub(super) fn unused_answers(labels: &[&str]) -> Option<Notice> {
    let text = match labels {
        [] => return None,
        [one] => format!("an answer was never given: {}", short(one)),
        several => {
            let listed: Vec<&str> = several.iter().take(TOLD).map(|label| short(label)).collect();
            let more = several.len() - listed.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{} answers were never given: {}{more}", several.len(), listed.join(", "))
        }
    };
    Some(Notice { kind: NoticeKind::UnusedAnswers, text, exchanges: Numbers::default() })
}

/// Files whose uploads nobody completed.
pub(super) fn open_uploads(files: &[&str]) -> Option<Notice> {
    let text = match files {
        [] => return None,
        [one] => format!("the upload of `{one}` was begun and never completed: there is no such file"),
        several => {
            let named: Vec<String> = several.iter().take(TOLD).map(|name| format!("`{name}`")).collect();
            let more = several.len() - named.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let named = named.join(", ");
            format!(
                "{} uploads were begun and never completed, and their files are not there: {named}{more}",
                several.len()
            )
        }
    };
    Some(Notice { kind: NoticeKind::OpenUpload, text, exchanges: Numbers::default() })
}

/// A session that made no call.
pub(super) fn silent_session(name: &str) -> Notice {
    let text = format!("session {name} made no call");
    Notice { kind: NoticeKind::SilentSession, text, exchanges: Numbers::default() }
}

fn short(label: &str) -> &str {
    label.trim_start_matches("scenario:")
}
