//! Workflow commands of GitHub Actions: an annotation a finding, at the line of the scenario where one is to blame.

use std::io::{self, Write};

use super::outcome;
use crate::{diagnostic::push_printable, report::Report};

/// GitHub shows ten of a step and fifty of a job.
const LISTED: usize = 50;

pub(super) fn write(report: &Report<'_>, to: &mut impl Write) -> io::Result<()> {
    if let Some(note) = report.note() {
        writeln!(to, "::warning title=understudy::{}", message(&note))?;
    }
    let problems = report.problems();
    for problem in problems.iter().take(LISTED) {
        let command = if problem.fails { "error" } else { "notice" };
        let mut properties = format!("title={}", property(&format!("understudy: {}", problem.title())));
        if let Some(line) = problem.line {
            properties.push_str(&format!(",file={},line={},col={}", property(&line.file), line.line, line.column));
        }
        let mut text = problem.sentence();
        if let Some(session) = problem.session {
            text.push_str(&format!(" in session {session}"));
        }
        problem.citations().iter().for_each(|citation| {
            text.push('\n');
            text.push_str(citation);
        });
        writeln!(to, "::{command} {properties}::{}", message(&text))?;
    }
    let more = problems.len().saturating_sub(LISTED);
    if more > 0 {
        writeln!(to, "::notice title=understudy::{more} more findings are in the other reports")?;
    }
    writeln!(to, "understudy: {}", outcome(report))
}

/// Text behind the command. A line feed would end it and begin another one; the screen of the job is a terminal.
fn message(text: &str) -> String {
    let line = |line: &str| {
        let mut safe = String::new();
        push_printable(&mut safe, &line.replace('%', "%25"));
        safe
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
