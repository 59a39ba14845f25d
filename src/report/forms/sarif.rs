//! SARIF 2.1.0: a result a finding. A line of a scenario that is to blame is its location, the operation its logical location.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::report::{Kind, Problem, Report};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn write(report: &Report<'_>, to: &mut impl Write) -> io::Result<()> {
    let problems = report.problems();
    let mut kinds: Vec<Kind> = Vec::new();
    for problem in &problems {
        if !kinds.contains(&problem.kind) {
            kinds.push(problem.kind);
        }
    }
    let rules = kinds.iter().map(|kind| json!({ "id": kind.id(), "shortDescription": { "text": kind.meaning() } }));
    let results = problems.iter().map(|problem| {
        let rule = kinds.iter().position(|kind| *kind == problem.kind);
        result(problem, rule)
    });
    let mut invocation = json!({ "executionSuccessful": true });
    if let Some(note) = report.note() {
        invocation["toolExecutionNotifications"] = json!([{ "level": "warning", "message": { "text": note } }]);
    }
    let value = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "understudy",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.collect::<Vec<_>>(),
            } },
            "invocations": [invocation],
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    });
    serde_json::to_writer_pretty(&mut *to, &value)?;
    writeln!(to)
}

fn result(problem: &Problem<'_>, rule: Option<usize>) -> Value {
    let mut text = problem.sentence();
    for citation in problem.citations() {
        text.push_str("; ");
        text.push_str(&citation);
    }
    let mut location = json!({});
    if let Some(line) = problem.line {
        location["physicalLocation"] = json!({
            "artifactLocation": { "uri": uri(&line.file) },
            "region": { "startLine": line.line, "startColumn": line.column },
        });
    }
    if let Some(name) = problem.operation {
        location["logicalLocations"] = json!([{
            "name": name.operation,
            "fullyQualifiedName": format!("{}.{}", name.service, name.operation),
            "kind": "function",
        }]);
    }
    let mut result = json!({
        "ruleId": problem.kind.id(),
        "ruleIndex": rule,
        "level": if problem.fails { "error" } else { "note" },
        "message": { "text": text },
        "properties": {
            "session": problem.session,
            "at": problem.at,
            "expected": problem.expected,
            "found": problem.found,
            "exchanges": problem.exchanges.listed,
        },
    });
    if location.as_object().is_some_and(|members| !members.is_empty()) {
        result["locations"] = json!([location]);
    }
    if problem.exchanges.count > 0 {
        result["occurrenceCount"] = json!(problem.exchanges.count);
    }
    result
}

/// A path as a reference of a URI.
fn uri(path: &str) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const UNSAFE: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'#')
        .add(b'%')
        .add(b'<')
        .add(b'>')
        .add(b'?')
        .add(b'[')
        .add(b'\\')
        .add(b']')
        .add(b'^')
        .add(b'`')
        .add(b'{')
        .add(b'|')
        .add(b'}');
    let encoded = utf8_percent_encode(path.trim_start_matches("./"), UNSAFE).to_string();
    // A colon in the first part would make it a scheme.
    match encoded.split('/').next() {
        Some(first) if first.contains(':') => format!("./{encoded}"),
        _ if path.starts_with('/') => format!("file://{encoded}"),
        _ => encoded,
    }
}
