//! JUnit's XML as Jenkins and GitLab read it: a suite a session, in it a case for each operation that was called, for each
//! expectation and for each rule that was exhausted, and at the end one for the sweep with a case for each of its runs; before them a suite for what is wrong with the whole and for answers that were never
//! given.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use crate::report::{Kind, Line, Part, Problem, Reaction, Report, SessionVerdict};

/// A case.
struct Case {
    class: String,
    name: String,
    milliseconds: u64,
    line: Option<Line>,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    /// What is to be said in a line, of which kind it is, and everything.
    Failed {
        message: String,
        kind: String,
        text: String,
    },
    Skipped {
        message: String,
    },
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

pub(super) fn write(report: &Report<'_>, to: &mut impl Write) -> io::Result<()> {
    let mut suites = vec![whole(report)];
    suites.extend(report.verdict.sessions.iter().map(|session| of_session(report, session)));
    suites.extend(of_sweep(report));
    suites.retain(|suite| !suite.cases.is_empty());
    writeln!(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    if let Some(note) = report.note() {
        // Two hyphens would end a comment.
        writeln!(to, "<!-- {} -->", escaped(&note.replace("--", "")))?;
    }
    let all = || suites.iter().flat_map(|suite| &suite.cases);
    writeln!(to, "<testsuites name=\"understudy\"{}>", counts(all()))?;
    for suite in &suites {
        writeln!(to, "  <testsuite name=\"{}\"{}>", escaped(&suite.name), counts(suite.cases.iter()))?;
        suite.cases.iter().try_for_each(|case| to.write_all(to_xml(case).as_bytes()))?;
        writeln!(to, "  </testsuite>")?;
    }
    writeln!(to, "</testsuites>")
}

fn counts<'c>(cases: impl Iterator<Item = &'c Case> + Clone) -> String {
    let failures = cases.clone().filter(|case| matches!(case.outcome, Outcome::Failed { .. })).count();
    let skipped = cases.clone().filter(|case| matches!(case.outcome, Outcome::Skipped { .. })).count();
    let time = cases.clone().map(|case| case.milliseconds).sum();
    let tests = cases.count();
    format!(" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"{}\"", seconds(time))
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

fn whole(report: &Report<'_>) -> Suite {
    let mut cases: Vec<Case> = report
        .of_the_whole()
        .iter()
        .map(|problem| Case {
            class: "understudy".to_owned(),
            name: problem.at.clone(),
            milliseconds: 0,
            line: None,
            outcome: failed(&[problem]),
        })
        .collect();
    cases.extend(report.unused().into_iter().map(|problem| {
        let (scenario, answer) = problem.at.split_once('#').unwrap_or((&problem.at, ""));
        Case {
            class: format!("answers.{scenario}"),
            name: format!("answer {answer}"),
            milliseconds: 0,
            line: problem.line.cloned(),
            outcome: Outcome::Skipped { message: "never given".to_owned() },
        }
    }));
    Suite { name: "understudy".to_owned(), cases }
}

fn of_session(report: &Report<'_>, session: &SessionVerdict) -> Suite {
    let problems = report.of_session(session);
    let mut cases = Vec::new();
    for (name, calls) in report.operations(session) {
        let mine: Vec<&Problem<'_>> = problems
            .iter()
            .filter(|problem| matches!(problem.kind, Kind::Contract(_)) && problem.operation == name)
            .collect();
        cases.push(Case {
            class: format!("contract.{}", name.map_or("unknown", |name| name.service)),
            name: name.map_or("unknown operation", |name| name.operation).to_owned(),
            milliseconds: calls.milliseconds,
            line: None,
            outcome: failed(&mine),
        });
    }
    for finding in &session.findings {
        let problem = problems.iter().find(|problem| {
            let start = format!("{}, expectation {}: ", finding.scenario, finding.entry);
            problem.kind == Kind::Expectation && problem.at.starts_with(&start)
        });
        let line = report.lines.get(&(finding.scenario.clone(), Part::Expectation(finding.entry)));
        cases.push(Case {
            class: format!("expect.{}", finding.scenario),
            name: format!("{} {}: {}", finding.entry, finding.about, finding.expected),
            milliseconds: 0,
            line: line.cloned(),
            outcome: problem.filter(|_| !finding.met).map_or(Outcome::Passed, |problem| failed(&[problem])),
        });
    }
    for problem in problems.iter().filter(|problem| problem.kind == Kind::Exhausted) {
        let (scenario, rule) = problem.at.split_once('#').unwrap_or((&problem.at, ""));
        cases.push(Case {
            class: format!("answers.{scenario}"),
            name: format!("rule {rule} has an answer left"),
            milliseconds: 0,
            line: problem.line.cloned(),
            outcome: failed(&[problem]),
        });
    }
    Suite { name: session.name.clone(), cases }
}

/// A case for each run: it passes where the suite came to an end of its own, and is skipped where nothing reached the client.
fn of_sweep(report: &Report<'_>) -> Option<Suite> {
    let sweep = report.sweep?;
    let cases = sweep.runs.iter().map(|run| {
        let name = report.name(run.operation);
        let outcome = match report.of_run(sweep, run) {
            Some(problem) => failed(&[&problem]),
            None if run.reaction() == Reaction::NotReached => {
                Outcome::Skipped { message: "the client never got it".to_owned() }
            }
            None => Outcome::Passed,
        };
        Case {
            class: format!("sweep.{}.{}", name.service, name.operation),
            name: run.injection.to_string(),
            milliseconds: u64::try_from(run.took.as_millis()).unwrap_or(u64::MAX),
            line: None,
            outcome,
        }
    });
    Some(Suite { name: "sweep".to_owned(), cases: cases.collect() })
}

/// Failed for all of these; passed where there are none. Readers show one failure of a case, so that one has everything.
fn failed(problems: &[&Problem<'_>]) -> Outcome {
    let Some(first) = problems.first() else { return Outcome::Passed };
    let mut message = first.sentence();
    if problems.len() > 1 {
        let _ = write!(message, " and {} more", problems.len() - 1);
    }
    let mut text = String::new();
    for problem in problems {
        text.push_str(&problem.sentence());
        text.push('\n');
        for citation in problem.citations() {
            let _ = writeln!(text, "  {citation}");
        }
        if let Some(line) = problem.line {
            let _ = writeln!(text, "  at {}:{}", line.file, line.line);
        }
    }
    Outcome::Failed { message, kind: first.kind.id(), text }
}

fn to_xml(case: &Case) -> String {
    let Case { class, name, milliseconds, line, outcome } = case;
    let mut text = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
        escaped(class),
        escaped(name),
        seconds(*milliseconds)
    );
    if let Some(line) = line {
        let _ = write!(text, " file=\"{}\" line=\"{}\"", escaped(&line.file), line.line);
    }
    match outcome {
        Outcome::Passed => text.push_str("/>\n"),
        Outcome::Skipped { message } => {
            let _ = write!(text, ">\n      <skipped message=\"{}\"/>\n    </testcase>\n", escaped(message));
        }
        Outcome::Failed { message, kind, text: all } => {
            let (message, kind, all) = (escaped(message), escaped(kind), escaped(all));
            let _ = write!(
                text,
                ">\n      <failure message=\"{message}\" type=\"{kind}\">{all}</failure>\n    </testcase>\n"
            );
        }
    }
    text
}

/// Text for an element or an attribute. What XML cannot hold at all is written as it would be in a string of a program.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push('\n'),
            '\u{fffe}' | '\u{ffff}' => safe.extend(character.escape_unicode()),
            control if control.is_control() => safe.extend(control.escape_default()),
            other => safe.push(other),
        }
    }
    safe
}
