//! The report for programs. `schemas/report.schema.json` describes it.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::report::{Line, Name, Numbers, Problem, Report};

pub(super) fn write(report: &Report<'_>, to: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, &value(report))?;
    writeln!(to)
}

/// The report as one object.
pub(in crate::report) fn value(report: &Report<'_>) -> Value {
    let mut value = json!({
        "understudy": env!("CARGO_PKG_VERSION"),
        "verdict": if report.passed() { "passed" } else { "failed" },
        "reasons": report.reasons(),
        "findings": report.problems().iter().map(problem).collect::<Vec<_>>(),
        "sessions": report.verdict.sessions.iter().map(|session| session_to_json(report, session)).collect::<Vec<_>>(),
    });
    if let Some(covered) = report.covered {
        value["coverage"] = covered.to_json();
    }
    if let Some(sweep) = report.sweep {
        value["sweep"] = sweep.to_json(report.contract);
    }
    if let Some(note) = report.note() {
        value["note"] = json!(note);
    }
    value
}

fn session_to_json(report: &Report<'_>, session: &crate::report::SessionVerdict) -> Value {
    let operations = report.operations(session).into_iter().map(|(name, calls)| {
        json!({
            "service": name.map(|name| name.service),
            "operation": name.map(|name| name.operation),
            "accepted": calls.accepted,
            "refused": calls.refused,
        })
    });
    json!({
        "session": session.name,
        "verdict": if session.passed() { "passed" } else { "failed" },
        "calls": session.calls,
        "operations": operations.collect::<Vec<_>>(),
        "expectations": session.findings.iter().map(crate::report::json::finding).collect::<Vec<_>>(),
        "findings_left_out": session.seen.left_out,
    })
}

fn problem(problem: &Problem<'_>) -> Value {
    let Problem { fails, session, operation, at, expected, found, pages, exchanges, line, .. } = problem;
    let pages = pages.iter().map(|(page, edition)| json!({ "page": page, "edition": edition }));
    json!({
        "kind": problem.kind.id(),
        "fails": fails,
        "session": session,
        "service": operation.map(|Name { service, .. }| service),
        "operation": operation.map(|Name { operation, .. }| operation),
        "at": at,
        "expected": expected,
        "found": found,
        "documentation": pages.collect::<Vec<_>>(),
        "exchanges": numbers(exchanges),
        "line": line.map(|Line { file, line, column }| json!({ "file": file, "line": line, "column": column })),
    })
}

fn numbers(numbers: &Numbers) -> Value {
    json!({ "count": numbers.count, "first": numbers.listed })
}
