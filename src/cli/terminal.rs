//! A readable line for each request. The terminal reads the journal like everybody else, so the calls never wait for it.

use std::{
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
    session::{Exchange, Redaction},
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
        let first = mock.journal().next_number();
        let thread = thread::spawn(move || {
            mock.journal().attach_reader();
            let mut next = first;
            loop {
                // The flag is read first: what was recorded before it was set is still printed.
                let last = ended.load(Ordering::SeqCst);
                let text = lines(&mock, &mut next, format, screen.err_style());
                if !text.is_empty() {
                    screen.tell(&text);
                }
                if last {
                    return;
                }
                mock.journal().wait(next);
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

/// All lines from `next` on; `next` moves behind them.
fn lines(mock: &Mock, next: &mut u64, format: Format, style: Style) -> String {
    let mut text = String::new();
    let end = mock.journal().next_number();
    let mut lost = 0;
    while *next < end {
        let written = mock.journal().read(*next, |exchange| {
            lost_lines(&mut text, &mut lost, format);
            match format {
                Format::Text => line(&mut text, exchange, mock.contract(), mock.redaction(), style),
                Format::Json => {
                    let _ = writeln!(text, "{}", exchange.to_json(mock.contract(), mock.redaction()));
                }
            }
        });
        match written {
            Some(()) => {}
            // Its number is taken and it is being written down: it comes with the next lines.
            None if *next + 1 == end => break,
            None => lost += 1,
        }
        *next += 1;
    }
    lost_lines(&mut text, &mut lost, format);
    text
}

fn lost_lines(text: &mut String, lost: &mut u64, format: Format) {
    if *lost > 0 && format == Format::Text {
        let _ =
            writeln!(text, "... {lost} calls are not shown: they left the journal before the terminal came to them");
    }
    *lost = 0;
}

/// `12:03:04.123   17  POST /koodrive/ose/v1/share  400  CreateShare  refusal`, and below it what was wrong.
fn line(text: &mut String, exchange: &Exchange, contract: &Contract, redaction: &Redaction, style: Style) {
    let (bold, colour, reset) = match (style, exchange.status) {
        (Style::Plain, _) => ("", "", ""),
        (Style::Coloured, 200..300) if exchange.details().fault.is_none() => ("\x1b[1m", "\x1b[32m", "\x1b[0m"),
        (Style::Coloured, _) => ("\x1b[1m", "\x1b[31m", "\x1b[0m"),
    };
    let operation = exchange.operation.map(|id| contract.operation(id));
    let milliseconds = exchange.time.as_millisecond().rem_euclid(24 * 3600 * 1000);
    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let _ = write!(text, "{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03} {:>4}  ", exchange.number);
    match exchange.recorded.line() {
        Some((method, target)) => {
            text.push_str(method);
            text.push(' ');
            push_printable(text, &redaction.target(target));
        }
        None => text.push_str("(not a request)"),
    }
    let _ = write!(text, "  {bold}{colour}{}{reset}  ", exchange.status);
    if let Some(operation) = operation {
        text.push_str(&operation.name);
        text.push_str("  ");
    }
    text.push_str(exchange.answer());
    if let Some(delay) = exchange.details().delay {
        let _ = write!(text, "  after {delay:?}");
    }
    if let Some(fault) = &exchange.details().fault {
        let _ = write!(text, "  fault: {fault}");
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
