//! The verdict for people.

use std::fmt::Write as _;

use super::{Notice, SessionVerdict, Verdict};
use crate::diagnostic::{Style, push_printable, push_shortened};

/// So many sessions that passed get a line of their own.
const PASSED: usize = 20;

/// The most characters of each part of a violation. Clients can make them very long.
const PART: usize = 300;

/// A line for the verdict, a line for each session, and below it what was wrong.
pub fn to_text(verdict: &Verdict, style: Style) -> String {
    let mut text = headline(&verdict.reasons(), style);
    let mut passed = 0;
    for session in &verdict.sessions {
        passed += usize::from(session.passed());
        if !session.passed() || passed <= PASSED {
            text.push_str("  session ");
            push_printable(&mut text, &session.name);
            let _ = writeln!(text, ": {}", summary(session));
            details(&mut text, session);
        }
    }
    if passed > PASSED {
        let _ = writeln!(text, "  and {} more that passed", passed - PASSED);
    }
    if !verdict.evicted.is_empty() {
        let (from, to) = (verdict.evicted.start, verdict.evicted.end - 1);
        let _ = writeln!(
            text,
            "  exchanges from {from} to {to} had left the journal and are not judged; --journal allows more memory"
        );
    }
    if let Some(covered) = &verdict.covered {
        let _ = writeln!(text, "  coverage: {}", covered.line());
    }
    for uncovered in &verdict.uncovered {
        let _ = writeln!(text, "    uncovered  expected {}, found {}", uncovered.expected(), uncovered.found());
    }
    verdict.noticed.iter().for_each(|notice| noticed(&mut text, notice, "  "));
    text
}

/// The line for the verdict.
pub fn headline(reasons: &[impl AsRef<str>], style: Style) -> String {
    let paint = |text: &str, passed: bool| match (style, passed) {
        (Style::Plain, _) => text.to_owned(),
        (Style::Coloured, true) => format!("\x1b[1m\x1b[32m{text}\x1b[0m"),
        (Style::Coloured, false) => format!("\x1b[1m\x1b[31m{text}\x1b[0m"),
    };
    if reasons.is_empty() {
        return format!("verdict: {}\n", paint("passed", true));
    }
    let reasons: Vec<&str> = reasons.iter().map(AsRef::as_ref).collect();
    format!("verdict: {} ({})\n", paint("failed", false), reasons.join(", "))
}

fn summary(session: &SessionVerdict) -> String {
    let calls = if session.calls == 1 { "1 call".to_owned() } else { format!("{} calls", session.calls) };
    let met = session.findings.iter().filter(|finding| finding.met).count();
    match session.findings.len() {
        0 => calls,
        all => format!("{calls}, {met} of {all} expectations met"),
    }
}

fn details(text: &mut String, session: &SessionVerdict) {
    for call in &session.broken {
        let operation = call.operation.as_deref().unwrap_or("unknown operation");
        let _ = write!(text, "    broken  exchange {} {operation}", call.exchange);
        if let Some(violation) = call.violations.first() {
            text.push(' ');
            for (word, part) in
                [("", &violation.at), (": expected ", &violation.expected), (", found ", &violation.found)]
            {
                text.push_str(word);
                push_shortened(text, part, PART);
            }
        }
        match call.violations.len() {
            0 | 1 => {}
            several => {
                let _ = write!(text, " (and {} more)", several - 1);
            }
        }
        text.push('\n');
    }
    let unlisted = session.broken_calls.count - session.broken.len() as u64;
    if unlisted > 0 {
        let _ = writeln!(text, "    broken  {unlisted} more");
    }
    for finding in session.findings.iter().filter(|finding| !finding.met) {
        let _ = write!(text, "    unmet   {}, expectation {}: {}", finding.scenario, finding.entry, finding.about);
        text.push_str(": expected ");
        push_printable(text, &finding.expected);
        text.push_str(", found ");
        // Names that clients gave may be in it.
        push_printable(text, &finding.found);
        let _ = match finding.exchanges.count {
            0 => writeln!(text),
            _ => writeln!(text, " ({})", finding.exchanges),
        };
    }
    for exhausted in &session.exhausted {
        let rule = exhausted.rule.trim_start_matches("scenario:");
        let _ = writeln!(text, "    over    {rule}: called after its last answer ({})", exhausted.exchanges);
    }
    session.noticed.iter().for_each(|notice| noticed(text, notice, "    "));
}

fn noticed(text: &mut String, notice: &Notice, indent: &str) {
    let _ = write!(text, "{indent}noticed ");
    push_printable(text, &notice.text);
    let _ = match notice.exchanges.count {
        0 => writeln!(text),
        _ => writeln!(text, " ({})", notice.exchanges),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::{Refusal, Rule, Violation},
        report::{Broken, Exhausted, Finding, NoticeKind, Numbers, Seen},
    };

    fn session(name: &str) -> SessionVerdict {
        SessionVerdict {
            name: name.to_owned(),
            calls: 1,
            broken: Vec::new(),
            broken_calls: Numbers::default(),
            exhausted: Vec::new(),
            findings: Vec::new(),
            noticed: Vec::new(),
            seen: Seen::default(),
        }
    }

    fn notice(text: &str, exchanges: &[u64]) -> Notice {
        let exchanges = exchanges.iter().copied().collect();
        Notice { kind: NoticeKind::ClientLeft, text: text.to_owned(), exchanges }
    }

    #[test]
    fn says_what_was_wrong_and_where() {
        let broken = Broken {
            exchange: 3,
            operation: Some("CreateShare".to_owned()),
            refusal: Refusal::Violation,
            violations: vec![
                Violation::new("/body/valid\x1bDays", crate::contract::Rule::Maximum, "at most 365", "366");
                2
            ],
        };
        let finding = Finding {
            scenario: "s".to_owned(),
            entry: 2,
            about: "BatchCancel".to_owned(),
            met: false,
            expected: "no call".to_owned(),
            found: "2 calls".to_owned(),
            exchanges: Numbers::from_iter([1, 2]),
        };
        let failed = SessionVerdict {
            calls: 30,
            broken: vec![broken],
            broken_calls: Numbers::from_iter(3..=24),
            exhausted: vec![Exhausted { rule: "scenario:s#1".to_owned(), exchanges: Numbers::from_iter([4]) }],
            findings: vec![Finding { met: true, ..finding.clone() }, finding],
            noticed: vec![notice("the client did not wait for 2 answers", &[5, 6])],
            ..session("a")
        };
        let noticed = vec![notice("an answer was never given: s#1/2", &[])];
        let sessions = vec![failed, session("b")];
        let verdict =
            Verdict { sessions, evicted: 1..8, no_calls: false, noticed, covered: None, uncovered: Vec::new() };
        assert_eq!(
            to_text(&verdict, Style::Plain),
            "\
verdict: failed (contract broken, expectation unmet, journal incomplete)
  session a: 30 calls, 1 of 2 expectations met
    broken  exchange 3 CreateShare /body/valid\\u{1b}Days: expected at most 365, found 366 (and 1 more)
    broken  21 more
    unmet   s, expectation 2: BatchCancel: expected no call, found 2 calls (exchanges 1, 2)
    over    s#1: called after its last answer (exchange 4)
    noticed the client did not wait for 2 answers (exchanges 5, 6)
  session b: 1 call
  exchanges from 1 to 7 had left the journal and are not judged; --journal allows more memory
  noticed an answer was never given: s#1/2
"
        );
    }

    #[test]
    fn a_long_violation_is_shortened() {
        let violation = Violation::new(format!("/body/{}", "a".repeat(1 << 20)), Rule::Maximum, "at most 365", "366");
        let broken = Broken { exchange: 3, operation: None, refusal: Refusal::Violation, violations: vec![violation] };
        let broken_calls = Numbers::from_iter([3]);
        let sessions = vec![SessionVerdict { broken: vec![broken], broken_calls, ..session("a") }];
        let text = to_text(
            &Verdict {
                sessions,
                evicted: 1..1,
                no_calls: false,
                noticed: Vec::new(),
                covered: None,
                uncovered: Vec::new(),
            },
            Style::Plain,
        );
        assert!(text.contains("/body/aaa") && text.contains("aaa... (1048582 characters): expected at most 365"));
        assert!(text.len() < 1000, "{}", text.len());
    }

    #[test]
    fn a_crowd_of_sessions_that_passed_is_counted() {
        let sessions = (0..500).map(|number| session(&format!("s{number}"))).collect();
        let text = to_text(
            &Verdict {
                sessions,
                evicted: 1..1,
                no_calls: false,
                noticed: Vec::new(),
                covered: None,
                uncovered: Vec::new(),
            },
            Style::Plain,
        );
        assert!(text.starts_with("verdict: passed\n"), "{text}");
        assert!(text.ends_with("  and 480 more that passed\n") && text.lines().count() == 22, "{text}");
    }
}
