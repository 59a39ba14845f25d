//! A readable line for each request. The terminal reads the journal like everybody else, so the calls never wait for it.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{args::Format, screen::Screen};
use crate::{
    contract::{Contract, Violation},
    diagnostic::{Style, push_printable},
    mock::Mock,
    report::exchange_to_json,
    session::{Ended, Exchange, Redaction},
};

/// Under load lines are written this often, many at a time.
const PACE: Duration = Duration::from_millis(15);

/// The thread that prints.
pub(super) struct Terminal {
    thread: JoinHandle<()>,
    over: Arc<AtomicBool>,
}

impl Terminal {
    /// Prints every exchange from now on.
    pub(super) fn start(mock: Arc<Mock>, screen: Screen, format: Format) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let next = mock.journal().next_number();
        let thread = thread::spawn(move || {
            mock.journal().attach_reader();
            let mut pages = Pages { mock: &mock, format, style: screen.err_style(), next, unfinished: BTreeSet::new() };
            let mut text = String::new();
            loop {
                // The flag is read first: what was recorded before it was set is still printed.
                let last = ended.load(Ordering::SeqCst);
                text.clear();
                pages.turn(&mut text, last);
                if !text.is_empty() {
                    screen.tell(&text);
                }
                if last {
                    return;
                }
                mock.journal().wait(pages.next, || pages.has_finished());
                thread::sleep(PACE);
            }
        });
        Self { thread, over }
    }

    /// Prints what is left and ends.
    pub(super) fn finish(self) {
        self.over.store(true, Ordering::SeqCst);
        self.thread.thread().unpark();
        let _ = self.thread.join();
    }
}

/// Exchanges whose end is waited for; of more the oldest are printed as they are.
const MOST_UNFINISHED: usize = 10_000;

/// How far the terminal has come in the journal.
struct Pages<'m> {
    mock: &'m Mock,
    format: Format,
    style: Style,
    /// The number of the first exchange that was not looked at yet.
    next: u64,
    /// Exchanges that were looked at before their answers were out. As text they are printed already, and their end is when it is
    /// not the usual one; as JSON they are printed when they have ended.
    unfinished: BTreeSet<u64>,
}

impl Pages<'_> {
    /// Everything that there is to say now; at the `last` time also what has not ended.
    fn turn(&mut self, text: &mut String, last: bool) {
        self.endings(text, last);
        let end = self.mock.journal().next_number();
        let mut missed = 0;
        while self.next < end {
            let number = self.next;
            let found = self.mock.journal().read(number, |exchange| {
                self.missed_lines(text, &mut missed);
                let finished = exchange.finished.is_some() || last;
                if self.format == Format::Text || finished {
                    self.exchange(text, exchange);
                }
                finished
            });
            match found {
                Some(true) => {}
                Some(false) => {
                    self.unfinished.insert(number);
                }
                // Its number is taken and it is being written down: it comes with the next lines.
                None if number + 1 == end && !last => break,
                None => missed += 1,
            }
            self.next += 1;
        }
        self.missed_lines(text, &mut missed);
        while self.unfinished.len() > MOST_UNFINISHED {
            let Some(oldest) = self.unfinished.pop_first() else { break };
            if self.format == Format::Json {
                self.mock.journal().read(oldest, |exchange| self.exchange(text, exchange));
            }
        }
    }

    /// What is to be said of exchanges that have ended since they were looked at.
    fn endings(&mut self, text: &mut String, last: bool) {
        let mut unfinished = std::mem::take(&mut self.unfinished);
        unfinished.retain(|number| {
            let waits = self.mock.journal().read(*number, |exchange| {
                if exchange.finished.is_none() && !last {
                    return true;
                }
                match self.format {
                    Format::Text => late_ending(text, exchange),
                    Format::Json => self.exchange(text, exchange),
                }
                false
            });
            waits == Some(true)
        });
        self.unfinished = unfinished;
    }

    /// Whether an end that is waited for has come.
    fn has_finished(&self) -> bool {
        let finished =
            |number: &u64| self.mock.journal().read(*number, |exchange| exchange.finished.is_some()).unwrap_or(true);
        self.unfinished.iter().any(finished)
    }

    fn exchange(&self, text: &mut String, exchange: &Exchange) {
        let (contract, redaction) = (self.mock.contract(), self.mock.redaction());
        match self.format {
            Format::Text => line(text, exchange, contract, redaction, self.style),
            Format::Json => {
                let _ = writeln!(text, "{}", exchange_to_json(exchange, contract, redaction));
            }
        }
    }

    fn missed_lines(&self, text: &mut String, missed: &mut u64) {
        if *missed > 0 && self.format == Format::Text {
            let _ = writeln!(
                text,
                "... {missed} calls are not shown: they left the journal before the terminal came to them"
            );
        }
        *missed = 0;
    }
}

/// How an exchange ended, where that is not what its line says already.
fn ending(exchange: &Exchange) -> Option<String> {
    let outcome = exchange.finished.as_ref()?;
    let sent = outcome.sent.bytes;
    let bytes = if sent == 1 { "1 byte".to_owned() } else { format!("{sent} bytes") };
    let after = Duration::try_from(outcome.at.duration_since(exchange.arrival.head)).unwrap_or_default();
    let after = Duration::from_millis(u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
    match outcome.ended {
        Ended::Delivered | Ended::Fault => None,
        Ended::ClientLeft => Some(format!("client left after {after:?}, {bytes} sent")),
        Ended::CutOff => Some(format!("cut off by the server after {after:?}, {bytes} sent")),
    }
}

/// A line of its own for the end of an exchange whose line was printed before.
fn late_ending(text: &mut String, exchange: &Exchange) {
    if let Some(ending) = ending(exchange) {
        let _ = writeln!(text, "{INDENT}exchange {}: {ending}", exchange.number);
    }
}

/// `12:03:04.123   17  POST /koodrive/ose/v1/share  400  CreateShare  refusal`, and below it what was wrong.
fn line(text: &mut String, exchange: &Exchange, contract: &Contract, redaction: &Redaction, style: Style) {
    let (bold, colour, reset) = match (style, exchange.status) {
        (Style::Plain, _) => ("", "", ""),
        (Style::Coloured, 200..300) if exchange.details().fault.is_none() => ("\x1b[1m", "\x1b[32m", "\x1b[0m"),
        (Style::Coloured, _) => ("\x1b[1m", "\x1b[31m", "\x1b[0m"),
    };
    let operation = exchange.operation.map(|id| contract.operation(id));
    let milliseconds = exchange.time.as_millisecond().rem_euclid(24 * 3600 * 1000).unsigned_abs();
    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
    for (part, width, end) in
        [(seconds / 3600, 2, ':'), (seconds / 60 % 60, 2, ':'), (seconds % 60, 2, '.'), (milliseconds, 3, ' ')]
    {
        push_number(text, part, width, '0');
        text.push(end);
    }
    push_number(text, exchange.number, 4, ' ');
    text.push_str("  ");
    match exchange.recorded.line() {
        Some((method, target)) => {
            text.push_str(method);
            text.push(' ');
            push_printable(text, &redaction.target(target));
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
    for violation in &exchange.details().violations {
        finding(text, violation, "");
    }
    for warning in &exchange.details().warnings {
        finding(text, warning, "warning: ");
    }
    if let Some(mismatch) = &exchange.details().mismatch {
        for line in redaction.text(&mismatch.to_string()).lines() {
            text.push_str(INDENT);
            push_printable(text, line);
            text.push('\n');
        }
    }
    let explains = !exchange.details().violations.is_empty() || !exchange.details().warnings.is_empty();
    for page in operation.filter(|_| explains).iter().flat_map(|operation| &operation.documentation) {
        let _ = writeln!(text, "{INDENT}see {} (edition {})", page.page, page.edition);
    }
}

/// A number of at least this width. A line is written for every call, so it goes without the formatting machinery.
fn push_number(text: &mut String, number: u64, width: usize, fill: char) {
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(number);
    text.extend(std::iter::repeat_n(fill, width.saturating_sub(digits.len())));
    text.push_str(digits);
}

const INDENT: &str = "                   ";

fn finding(text: &mut String, violation: &Violation, word: &str) {
    text.push_str(INDENT);
    text.push_str(word);
    if !violation.at.is_empty() {
        push_printable(text, &violation.at);
        text.push_str(": ");
    }
    text.push_str("expected ");
    push_printable(text, &violation.expected);
    text.push_str(", found ");
    push_printable(text, &violation.found);
    text.push('\n');
}
