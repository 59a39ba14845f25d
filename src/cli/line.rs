//! What the terminal prints for an exchange. A client can send any amount of wrong data, so everything is bounded here; the admin API
//! has the rest.

use std::{fmt::Write as _, time::Duration};

use crate::{
    contract::{Contract, Violation, auth::mismatch::Mismatch},
    diagnostic::{Style, push_printable, push_shortened, shortened},
    session::{Ended, Exchange, Origin},
    world::Took,
};

/// The most characters of a method.
const METHOD: usize = 30;

/// The most bytes of a target.
const TARGET: usize = 300;

/// The most findings of a call.
const FINDINGS: usize = 20;

/// The most characters of a text of a finding, and of a line of what was signed.
const TEXT: usize = 300;

/// The most lines of a text that was signed.
const SIGNED_LINES: usize = 40;

/// The most characters of a hint.
const HINT: usize = 1000;

const INDENT: &str = "                   ";

/// Prints exchanges.
pub(super) struct Lines<'m> {
    pub(super) contract: &'m Contract,
    pub(super) style: Style,
    /// Whether the admin API is served and can be pointed to.
    pub(super) admin: bool,
}

impl Lines<'_> {
    /// `12:03:04.123   17  POST /koodrive/ose/v1/share  400  CreateShare  refusal`, and below it what was wrong.
    pub(super) fn push(&self, text: &mut String, exchange: &Exchange) {
        let (bold, colour, reset) = match (self.style, exchange.status) {
            (Style::Plain, _) => ("", "", ""),
            (Style::Coloured, 200..300) if exchange.details().fault.is_none() => ("\x1b[1m", "\x1b[32m", "\x1b[0m"),
            (Style::Coloured, _) => ("\x1b[1m", "\x1b[31m", "\x1b[0m"),
        };
        let operation = exchange.operation.map(|id| self.contract.operation(id));
        push_time(text, exchange.time.as_millisecond());
        push_number(text, exchange.number, 4, ' ');
        text.push_str("  ");
        match exchange.recorded.line() {
            Some((method, target)) => {
                push_shortened(text, method, METHOD);
                text.push(' ');
                self.target(text, target);
            }
            None => text.push_str("(not a request)"),
        }
        text.extend(["  ", bold, colour]);
        push_number(text, exchange.status.into(), 3, ' ');
        text.extend([reset, "  "]);
        if let Some(operation) = operation {
            text.push_str(&operation.name);
            text.push_str("  ");
        }
        text.push_str(&exchange.answer());
        if let Some(delay) = exchange.details().delay {
            let _ = write!(text, "  after {delay:?}");
        }
        if let Some(fault) = &exchange.details().fault {
            let _ = write!(text, "  fault: {fault}");
        }
        // That a scenario answered says nothing about the world.
        if exchange.took == Some(Took::Committed) && matches!(exchange.origin, Origin::Step { .. }) {
            text.push_str("  committed");
        }
        if let Some(resend) = &exchange.details().resends {
            let _ = write!(text, "  resends {}", resend.exchange);
        }
        if let Some(ending) = ending(exchange) {
            let _ = write!(text, "  {ending}");
        }
        if let Some(session) = &exchange.session {
            let _ = write!(text, "  session {session}");
        }
        text.push('\n');
        self.findings(text, exchange);
        if let Some(mismatch) = &exchange.details().mismatch {
            push_mismatch(text, mismatch);
        }
        let details = exchange.details();
        let mut places =
            details.violations.iter().chain(&details.warnings).map(|finding| finding.at.as_str()).peekable();
        let explained = operation.filter(|_| places.peek().is_some());
        for page in explained.map(|operation| operation.pages(places)).unwrap_or_default() {
            let _ = writeln!(text, "{INDENT}see {} (edition {})", page.page, page.edition);
        }
    }

    /// A line of its own for the end of an exchange whose line was printed before.
    pub(super) fn push_late_ending(&self, text: &mut String, exchange: &Exchange) {
        if let Some(ending) = ending(exchange) {
            let _ = writeln!(text, "{INDENT}exchange {}: {ending}", exchange.number);
        }
    }

    /// Cut first, then redacted: if part of a secret is left after the cut, its name is there too, so it is found and hidden.
    fn target(&self, text: &mut String, target: &str) {
        let shown = &target[..target.floor_char_boundary(TARGET)];
        push_printable(text, &self.contract.redaction().target(shown));
        if shown.len() < target.len() {
            let _ = write!(text, "... ({} bytes)", target.len());
        }
    }

    fn findings(&self, text: &mut String, exchange: &Exchange) {
        let (violations, warnings) = (&exchange.details().violations, &exchange.details().warnings);
        let violations = violations.iter().map(|violation| (violation, ""));
        let mut findings = violations.chain(warnings.iter().map(|warning| (warning, "warning: ")));
        for (violation, word) in findings.by_ref().take(FINDINGS) {
            finding(text, violation, word);
        }
        let more = findings.count();
        if more > 0 {
            let _ = write!(text, "{INDENT}... and {more} more");
            if self.admin {
                let _ = write!(text, ": GET /__admin/exchanges/{}", exchange.number);
            }
            text.push('\n');
        }
    }
}

/// `12:03:04.123 `
fn push_time(text: &mut String, milliseconds: i64) {
    let milliseconds = milliseconds.rem_euclid(24 * 3600 * 1000).unsigned_abs();
    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
    for (part, width, end) in
        [(seconds / 3600, 2, ':'), (seconds / 60 % 60, 2, ':'), (seconds % 60, 2, '.'), (milliseconds, 3, ' ')]
    {
        push_number(text, part, width, '0');
        text.push(end);
    }
}

/// A number of at least this width. A line is written for every call, so it goes without the formatting machinery.
fn push_number(text: &mut String, number: u64, width: usize, fill: char) {
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(number);
    text.extend(std::iter::repeat_n(fill, width.saturating_sub(digits.len())));
    text.push_str(digits);
}

/// How an exchange ended, where that is not what its line says already.
fn ending(exchange: &Exchange) -> Option<String> {
    let outcome = exchange.finished.as_ref()?;
    let whose = match outcome.ended {
        Ended::Delivered | Ended::Fault => return None,
        Ended::ClientLeft => "client left",
        Ended::CutOff => "cut off by the server",
    };
    let sent = outcome.sent.bytes;
    let bytes = if sent == 1 { "byte" } else { "bytes" };
    let after = Duration::try_from(outcome.at.duration_since(exchange.arrival.head)).unwrap_or_default();
    let after = Duration::from_millis(u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
    Some(format!("{whose} after {after:?}, {sent} {bytes} sent"))
}

fn push_mismatch(text: &mut String, mismatch: &Mismatch) {
    let mismatch = Mismatch {
        canonical: first_lines(&mismatch.canonical),
        string_to_sign: first_lines(&mismatch.string_to_sign),
        hint: mismatch.hint.as_deref().map(|hint| shortened(hint, HINT).into_owned()),
    };
    for line in mismatch.to_string().lines() {
        text.push_str(INDENT);
        push_printable(text, line);
        text.push('\n');
    }
}

fn finding(text: &mut String, violation: &Violation, word: &str) {
    text.push_str(INDENT);
    text.push_str(word);
    if !violation.at.is_empty() {
        push_shortened(text, &violation.at, TEXT);
        text.push_str(": ");
    }
    text.push_str("expected ");
    push_shortened(text, &violation.expected, TEXT);
    text.push_str(", found ");
    push_shortened(text, &violation.found, HINT);
    text.push('\n');
}

/// The first lines of a text, each of them shortened.
fn first_lines(text: &str) -> String {
    let mut lines = text.split('\n');
    let mut shown = lines.by_ref().take(SIGNED_LINES).map(|line| shortened(line, TEXT)).collect::<Vec<_>>().join("\n");
    let more = lines.count();
    if more > 0 {
        let _ = write!(shown, "\n... and {more} more lines");
    }
    shown
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method, Version};
    use jiff::Timestamp;

    use super::*;
    use crate::{
        contract::{Payload, Request, Rule, SpecFiles},
        session::{Arrival, Details, Recorded},
    };

    /// What is printed for a call with this target and these details.
    fn printed(target: &str, admin: bool, details: Details) -> String {
        let contract = SpecFiles::embedded().load().unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = HeaderMap::new();
        let request =
            Request { query: Some(query), ..Request::new(&Method::POST, path, &headers, Payload::Whole(b"")) };
        let time = Timestamp::from_millisecond(4_000).unwrap();
        let exchange = Exchange {
            number: 17,
            time,
            arrival: Arrival::at(time),
            version: Version::HTTP_11,
            session: None,
            operation: None,
            attempt: 1,
            origin: Origin::Refusal,
            recorded: Recorded::new(&request, 0, Vec::new()),
            status: 400,
            refusal: None,
            took: None,
            finished: None,
            details: details.kept(),
        };
        let mut text = String::new();
        Lines { contract: &contract, style: Style::Plain, admin }.push(&mut text, &exchange);
        text
    }

    fn violations(count: usize, at: &str, found: &str) -> Vec<Violation> {
        vec![Violation::new(at, Rule::Maximum, "at most 365", found); count]
    }

    #[test]
    fn prints_the_first_findings_and_counts_the_rest() {
        let details = |violations_count, warnings_count| Details {
            violations: violations(violations_count, "/body/a", "366"),
            warnings: violations(warnings_count, "/body/b", "367"),
            ..Details::default()
        };
        let screen = printed("/a?b=c", true, details(1, 2));
        let expected = "00:00:04.000   17  POST /a?b=c  400  refusal
                   /body/a: expected at most 365, found 366
                   warning: /body/b: expected at most 365, found 367
                   warning: /body/b: expected at most 365, found 367
";
        assert_eq!(screen, expected);
        for (violations, warnings, more) in
            [(20, 0, None), (19, 2, Some(1)), (1000, 0, Some(980)), (0, 1000, Some(980))]
        {
            let screen = printed("/a?b=c", true, details(violations, warnings));
            let rest = more.map(|more| format!("                   ... and {more} more: GET /__admin/exchanges/17\n"));
            assert_eq!(screen.lines().count(), 1 + 20 + usize::from(more.is_some()), "{screen}");
            assert!(screen.ends_with(rest.as_deref().unwrap_or("found 366\n")), "{screen}");
        }
        assert!(printed("/a?b=c", false, details(21, 0)).ends_with("                   ... and 1 more\n"));
    }

    #[test]
    fn output_is_bounded_whatever_a_client_sends() {
        let long = "\x1b空a".repeat(1 << 20);
        let details = Details {
            violations: violations(21, &long, &long),
            mismatch: Some(Box::new(Mismatch {
                canonical: long.clone(),
                string_to_sign: "x\n".repeat(1 << 20),
                hint: Some(long.clone()),
            })),
            ..Details::default()
        };
        let screen = printed(&format!("/a?b={}", "c".repeat(1 << 20)), true, details);
        assert!(screen.len() < 250_000 && screen.lines().count() < 100, "{} bytes", screen.len());
        assert!(screen.contains("... (1048581 bytes)  400") && screen.contains("... (3145728 characters): expected"));
        assert!(screen.contains("    ... and 1048537 more lines\n") && !screen.contains('\x1b'));
    }

    #[test]
    fn a_secret_at_the_cut_of_a_target_is_not_shown() {
        for filler in 280..300 {
            let target = format!("/a?b={}&password=hunter2hunter2hunter2", "c".repeat(filler - 5));
            let screen = printed(&target, true, Details::default());
            assert!(!screen.contains("=hu") && !screen.contains("=h"), "{screen}");
        }
    }

    #[test]
    fn prints_the_start_of_what_was_signed_and_always_the_hint() {
        let canonical = format!("first=1\n{}", "name=value\n".repeat(100));
        let hint = Some("the clock of the client is wrong".to_owned());
        let mismatch = Mismatch { canonical, string_to_sign: "hunter".to_owned(), hint };
        let screen = printed("/a?b=c", true, Details { mismatch: Some(Box::new(mismatch)), ..Details::default() });
        assert!(screen.contains("    first=1\n"), "{screen}");
        assert!(screen.contains("    ... and 62 more lines\n"), "{screen}");
        assert!(screen.ends_with("                   hint: the clock of the client is wrong\n"), "{screen}");
    }
}
