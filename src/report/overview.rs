//! What the HTML report and the live page show first: the report for programs, and what explains it.

use serde_json::{Map, Value, json};

use super::{Report, forms, json::notice, retries::retries};

/// The report as `schemas/report.schema.json` describes it, with more: what each kind of finding means, what is worth a look, and which
/// calls were attempted more than once.
pub fn overview(report: &Report<'_>) -> Value {
    let mut value = forms::json::value(report);
    let verdict = report.verdict;
    let meanings: Map<String, Value> =
        report.problems().iter().map(|problem| (problem.kind.id(), json!(problem.kind.meaning()))).collect();
    if let Some(sessions) = value["sessions"].as_array_mut() {
        for (shown, session) in sessions.iter_mut().zip(&verdict.sessions) {
            shown["noticed"] = session.noticed.iter().map(notice).collect();
        }
    }
    let (listed, left_out) = retries(report.journal, report.contract);
    value["url"] = json!(report.url);
    value["meanings"] = meanings.into();
    value["noticed"] = verdict.noticed.iter().map(notice).collect();
    value["retries"] = listed.into();
    value["retries_left_out"] = json!(left_out);
    value
}
