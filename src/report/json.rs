//! The verdict for programs.

use serde_json::{Value, json};

use super::{Broken, Exhausted, Finding, Notice, Numbers, SessionVerdict, Verdict};
use crate::coverage::Uncovered;

impl Verdict {
    /// The whole verdict, as the admin API and `--format json` show it.
    pub fn to_json(&self) -> Value {
        let mut verdict = json!({
            "verdict": word(self.passed()),
            "reasons": self.reasons(),
            "sessions": self.sessions.iter().map(session).collect::<Vec<_>>(),
            "noticed": self.noticed.iter().map(notice).collect::<Vec<_>>(),
        });
        if !self.evicted.is_empty() {
            verdict["lost"] = json!({ "from": self.evicted.start, "to": self.evicted.end - 1 });
        }
        if let Some(covered) = &self.covered {
            verdict["coverage"] = covered.totals();
            verdict["uncovered"] = self.uncovered.iter().map(uncovered).collect();
        }
        verdict
    }
}

fn uncovered(uncovered: &Uncovered) -> Value {
    let Uncovered { threshold, ratio, missing } = uncovered;
    json!({
        "what": threshold.subject.as_str(),
        "percent": threshold.percent,
        "covered": ratio.covered,
        "all": ratio.all,
        "missing": { "count": ratio.all - ratio.covered, "first": missing },
    })
}

fn word(passed: bool) -> &'static str {
    if passed { "passed" } else { "failed" }
}

fn session(session: &SessionVerdict) -> Value {
    json!({
        "session": session.name,
        "verdict": word(session.passed()),
        "calls": session.calls,
        "broken": { "count": session.broken_calls.count, "calls": session.broken.iter().map(broken).collect::<Vec<_>>() },
        "over": session.exhausted.iter().map(exhausted).collect::<Vec<_>>(),
        "expectations": session.findings.iter().map(finding).collect::<Vec<_>>(),
        "noticed": session.noticed.iter().map(notice).collect::<Vec<_>>(),
    })
}

fn broken(call: &Broken) -> Value {
    let Broken { exchange, operation, refusal, violations } = call;
    json!({ "exchange": exchange, "operation": operation, "refusal": refusal, "violations": violations })
}

fn exhausted(exhausted: &Exhausted) -> Value {
    json!({ "rule": exhausted.rule, "exchanges": numbers(&exhausted.exchanges) })
}

pub(super) fn notice(notice: &Notice) -> Value {
    json!({ "kind": notice.kind.as_str(), "text": notice.text, "exchanges": numbers(&notice.exchanges) })
}

pub(super) fn finding(finding: &Finding) -> Value {
    json!({
        "scenario": finding.scenario,
        "expectation": finding.entry,
        "about": finding.about,
        "met": finding.met,
        "expected": finding.expected,
        "found": finding.found,
        "exchanges": numbers(&finding.exchanges),
    })
}

fn numbers(numbers: &Numbers) -> Value {
    json!({ "count": numbers.count, "first": numbers.listed })
}
