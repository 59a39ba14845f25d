//! Markdown for the summary of a job, which may have a megabyte.

use std::io::{self, Write};

use super::outcome;
use crate::{
    coverage::{Group, Subject},
    diagnostic::{push_printable, shortened},
    report::{Injection, Problem, Reaction, Report},
};

/// So many findings, sessions and operations are listed; the rest is counted.
const LISTED: usize = 200;

/// The most characters of a cell.
const CELL: usize = 300;

pub(super) fn write(report: &Report<'_>, to: &mut impl Write) -> io::Result<()> {
    writeln!(to, "## Understudy: {}\n", outcome(report))?;
    if let Some(note) = report.note() {
        writeln!(to, "> **Note:** {}\n", cell(&note))?;
    }
    let problems = report.problems();
    let failing: Vec<_> = problems.iter().filter(|problem| problem.fails).collect();
    if !failing.is_empty() {
        writeln!(to, "| What | Expected | Found | Where |\n| --- | --- | --- | --- |")?;
        for problem in failing.iter().take(LISTED) {
            writeln!(to, "{}", row(problem))?;
        }
        more(to, failing.len(), "findings")?;
    }
    sweep(report, to)?;
    sessions(report, to)?;
    coverage(report, to)?;
    let unused: Vec<_> = problems.iter().filter(|problem| !problem.fails).collect();
    if !unused.is_empty() {
        writeln!(to, "Answers that were never given:\n")?;
        unused.iter().take(LISTED).try_for_each(|problem| writeln!(to, "- {}", cell(&problem.at)))?;
        more(to, unused.len(), "answers")?;
    }
    Ok(())
}

fn row(problem: &Problem<'_>) -> String {
    let mut place: Vec<String> = Vec::new();
    if problem.exchanges.count > 0 {
        place.push(problem.exchanges.to_string());
    }
    if let Some(session) = problem.session {
        place.push(format!("session {session}"));
    }
    if let Some(line) = problem.line {
        place.push(format!("{}:{}", line.file, line.line));
    }
    place.extend(problem.citations());
    let cells = [problem.title(), problem.expected.clone(), problem.found.clone(), place.join("; ")];
    format!("| {} |", cells.map(|text| cell(&text)).join(" | "))
}

/// A row for each operation, a column for each thing that the suite did.
fn sweep(report: &Report<'_>, to: &mut impl Write) -> io::Result<()> {
    let Some(sweep) = report.sweep else { return Ok(()) };
    let not_run = match (sweep.not_run, sweep.interrupted) {
        (0, _) => String::new(),
        (not_run, true) => format!("; {not_run} not run: interrupted"),
        (not_run, false) => format!("; {not_run} not run: left out by the limit"),
    };
    let counts = if sweep.runs.is_empty() { "nothing was run".to_owned() } else { sweep.counts() };
    writeln!(to, "Sweep: {counts}{not_run}.\n")?;
    if !sweep.not_called.is_empty() {
        writeln!(to, "The suite does not call {}.\n", cell(&sweep.not_called.join(", ")))?;
    }
    let there: Vec<Reaction> = Reaction::ALL.into_iter().filter(|reaction| sweep.count(*reaction) > 0).collect();
    if there.is_empty() {
        return Ok(());
    }
    let words: Vec<&str> = there.iter().map(|reaction| reaction.as_str()).collect();
    writeln!(to, "| Operation | {} |\n| --- |{}", words.join(" | "), " --- |".repeat(there.len()))?;
    for (operation, runs) in sweep.by_operation().take(LISTED) {
        let cells: Vec<String> = there
            .iter()
            .map(|reaction| {
                let mine = runs.iter().filter(|run| run.reaction() == *reaction);
                cell(&Injection::listed(mine.map(|run| &run.injection)))
            })
            .collect();
        writeln!(to, "| {} | {} |", cell(report.name(operation).operation), cells.join(" | "))?;
    }
    more(to, sweep.by_operation().count(), "operations")
}

fn sessions(report: &Report<'_>, to: &mut impl Write) -> io::Result<()> {
    let mut rows = Vec::new();
    for session in &report.verdict.sessions {
        for (name, calls) in report.operations(session) {
            let operation = name.map_or("unknown operation", |name| name.operation);
            rows.push(format!(
                "| {} | {} | {} | {} |",
                cell(&session.name),
                cell(operation),
                calls.accepted,
                calls.refused
            ));
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(to, "| Session | Operation | Accepted | Refused |\n| --- | --- | --- | --- |")?;
    rows.iter().take(LISTED).try_for_each(|row| writeln!(to, "{row}"))?;
    more(to, rows.len(), "rows")
}

/// Totals, and each group of which something was called.
fn coverage(report: &Report<'_>, to: &mut impl Write) -> io::Result<()> {
    const OF_GROUPS: [Subject; 3] = [Subject::Operations, Subject::Errors, Subject::Edges];
    let Some(covered) = report.covered else { return Ok(()) };
    writeln!(to, "Coverage: {}.\n", covered.line())?;
    let called = |group: &&Group| group.operations.iter().any(|operation| operation.calls.called > 0);
    let rows: Vec<_> = covered.groups.iter().filter(called).collect();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(to, "| Group | Operations | Errors | Edges |\n| --- | --- | --- | --- |")?;
    for group in rows.iter().take(LISTED) {
        let ratios = OF_GROUPS.map(|subject| group.ratio(subject).to_string()).join(" | ");
        writeln!(to, "| {} | {ratios} |", cell(&format!("{} {}", group.service, group.group)))?;
    }
    more(to, rows.len(), "groups")
}

fn more(to: &mut impl Write, all: usize, what: &str) -> io::Result<()> {
    if all > LISTED {
        writeln!(to, "\n... and {} more {what}", all - LISTED)?;
    }
    writeln!(to)
}

/// Text that neither ends its cell nor is read as HTML or as a form of Markdown.
fn cell(text: &str) -> String {
    let mut plain = String::new();
    push_printable(&mut plain, &shortened(text, CELL).replace('\n', " "));
    let mut safe = String::with_capacity(plain.len());
    for character in plain.chars() {
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' | '#' => safe.extend(['\\', character]),
            // A name in front of it would be told about each run.
            '@' => safe.push_str("&#64;"),
            other => safe.push(other),
        }
    }
    safe
}
