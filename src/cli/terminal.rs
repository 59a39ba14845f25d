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

use super::{args::Format, greeting::Greeting, line::Lines, screen::Screen};
use crate::{mock::Mock, report::exchange_to_line, session::Exchange};

/// Under load lines are written this often, many at a time.
const PACE: Duration = Duration::from_millis(15);

/// Output is written in pieces of about this many bytes, however far the terminal has fallen behind.
const PIECE: usize = 1 << 20;

/// The thread that prints.
pub(super) struct Terminal {
    thread: JoinHandle<()>,
    over: Arc<AtomicBool>,
}

impl Terminal {
    /// Prints the greeting, if there is one, and every exchange from now on. `admin`: the admin API is served, so lines may point to it.
    pub(super) fn start(
        mock: Arc<Mock>,
        screen: Screen,
        format: Format,
        admin: bool,
        greeting: Option<Greeting>,
    ) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let next = mock.journal().next_number();
        let thread = thread::spawn(move || {
            mock.journal().attach_reader();
            if let Some(greeting) = greeting {
                greeting.tell(mock.contract(), &screen);
            }
            let lines = Lines { contract: mock.contract(), style: screen.err_style(), admin };
            let mut pages = Pages { mock: &mock, format, screen, lines, next, unfinished: BTreeSet::new() };
            let mut text = String::new();
            loop {
                // The flag is read first: what was recorded before it was set is still printed.
                let last = ended.load(Ordering::SeqCst);
                pages.turn(&mut text, last);
                pages.print(&mut text);
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
    screen: Screen,
    lines: Lines<'m>,
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
            let printable = |exchange: &Exchange| {
                let now = self.format == Format::Text || exchange.finished.is_some() || last;
                now.then(|| self.copy(exchange))
            };
            match self.mock.journal().read(number, printable) {
                Some(Some(exchange)) => {
                    self.missed_lines(text, &mut missed);
                    self.exchange(text, &exchange);
                    if exchange.finished.is_none() && !last {
                        self.unfinished.insert(number);
                    }
                }
                Some(None) => {
                    self.unfinished.insert(number);
                }
                // Its number is taken and it is being written down: it comes with the next lines.
                None if number + 1 == end && !last => break,
                None => missed += 1,
            }
            self.next += 1;
            self.print_pieces(text);
        }
        self.missed_lines(text, &mut missed);
        while self.unfinished.len() > MOST_UNFINISHED {
            let Some(oldest) = self.unfinished.pop_first() else { break };
            if self.format == Format::Json {
                if let Some(exchange) = self.mock.journal().get(oldest) {
                    self.exchange(text, &exchange);
                }
                self.print_pieces(text);
            }
        }
    }

    /// What is to be said of exchanges that have ended since they were looked at.
    fn endings(&mut self, text: &mut String, last: bool) {
        let mut unfinished = std::mem::take(&mut self.unfinished);
        unfinished.retain(|number| {
            let ended = |exchange: &Exchange| (exchange.finished.is_some() || last).then(|| self.copy(exchange));
            let found = self.mock.journal().read(*number, ended);
            match (&found, self.format) {
                (Some(Some(exchange)), Format::Text) => self.lines.push_late_ending(text, exchange),
                (Some(Some(exchange)), Format::Json) => self.exchange(text, exchange),
                _ => {}
            }
            self.print_pieces(text);
            matches!(found, Some(None))
        });
        self.unfinished = unfinished;
    }

    /// Whether an end that is waited for has come.
    fn has_finished(&self) -> bool {
        let finished =
            |number: &u64| self.mock.journal().read(*number, |exchange| exchange.finished.is_some()).unwrap_or(true);
        self.unfinished.iter().any(finished)
    }

    /// What is printed of an exchange, to be put into words when nobody waits: calls wait for whoever looks at their journal.
    fn copy(&self, exchange: &Exchange) -> Exchange {
        match self.format {
            Format::Text => exchange.brief(),
            Format::Json => exchange.clone(),
        }
    }

    fn exchange(&self, text: &mut String, exchange: &Exchange) {
        match self.format {
            Format::Text => self.lines.push(text, exchange),
            Format::Json => {
                let line = exchange_to_line(exchange, self.lines.contract);
                let _ = writeln!(text, "{line}");
            }
        }
    }

    fn print(&self, text: &mut String) {
        if !text.is_empty() {
            self.screen.tell(text);
            text.clear();
        }
    }

    fn print_pieces(&self, text: &mut String) {
        if text.len() >= PIECE {
            self.print(text);
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
