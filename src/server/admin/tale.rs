//! What one listener was told of the journal, and what it is to be told next.

use std::{collections::BTreeSet, io::Write as _};

use crate::{contract::Contract, report::Summary, session::Journal};

/// Bytes of a piece, but for the last event in it.
const PIECE: usize = 64 << 10;

/// A listener that is further behind loses what it is behind more.
const BEHIND: u64 = 10_000;

/// Exchanges under way that are told of once more when they end.
const OPEN: usize = 1024;

/// How far a listener is. All that it needs is in the journal: a listener that is slow holds nothing, and what has left the journal before
/// it came there is lost to it.
pub(super) struct Tale {
    /// The exchange that is told next.
    next: u64,
    /// What was told and had not ended, and what was not there yet.
    open: BTreeSet<u64>,
    /// The first number after those that were forgotten on purpose.
    cleared: u64,
    /// Whether all that there was has been told once.
    caught_up: bool,
}

impl Tale {
    /// Begins after an exchange, or with the oldest one.
    pub(super) fn after(journal: &Journal, after: Option<u64>) -> Self {
        // A larger number is that of another run.
        let after = after.filter(|after| *after < journal.next_number()).unwrap_or(0);
        let cleared = journal.evicted().start;
        Self { next: (after + 1).max(cleared), open: BTreeSet::new(), cleared, caught_up: false }
    }

    /// Whether all that there was has been told once.
    pub(super) fn is_caught_up(&self) -> bool {
        self.caught_up
    }

    /// Whether a piece may have something in it.
    pub(super) fn has_news(&self, journal: &Journal) -> bool {
        self.next < journal.next_number()
            || self.cleared != journal.evicted().start
            || self
                .open
                .iter()
                .any(|number| journal.read(*number, |exchange| exchange.finished.is_some()) == Some(true))
    }

    /// The next events; empty where there is nothing to tell.
    pub(super) fn piece(&mut self, journal: &Journal, contract: &Contract) -> Vec<u8> {
        let mut text = Vec::new();
        let evicted = journal.evicted();
        if evicted.start != self.cleared {
            self.cleared = evicted.start;
            self.next = self.next.max(self.cleared);
            self.open = self.open.split_off(&self.cleared);
            event(&mut text, "cleared", None, &serde_json::json!({ "before": self.cleared }));
        }
        let end = journal.next_number();
        let from = evicted.end.max(end.saturating_sub(BEHIND));
        if self.next < from {
            let lost = from - self.next;
            self.next = from;
            event(&mut text, "lost", None, &serde_json::json!({ "count": lost }));
        }
        self.open = self.open.split_off(&from);
        for number in self.open.clone() {
            self.tell(number, journal, contract, &mut text);
        }
        while self.next < end && text.len() < PIECE {
            let number = self.next;
            self.next += 1;
            self.open.insert(number);
            let told = self.tell(number, journal, contract, &mut text);
            if told == Told::UnderWay {
                let line = journal.read(number, |exchange| serde_json::to_vec(&Summary::of(exchange, contract)));
                if let Some(Ok(line)) = line {
                    write_event(&mut text, "exchange", self.told(), &line);
                }
            }
        }
        while self.open.len() > OPEN {
            self.open.pop_first();
        }
        self.caught_up |= self.next >= end;
        text
    }

    /// Tells an exchange if it has ended.
    fn tell(&mut self, number: u64, journal: &Journal, contract: &Contract, text: &mut Vec<u8>) -> Told {
        let line = journal.read(number, |exchange| {
            exchange.finished.is_some().then(|| serde_json::to_vec(&Summary::of(exchange, contract)))
        });
        match line {
            None => Told::Missing,
            Some(None) => Told::UnderWay,
            Some(Some(line)) => {
                self.open.remove(&number);
                write_event(text, "exchange", self.told(), &line.unwrap_or_default());
                Told::Ended
            }
        }
    }

    /// The last exchange up to which everything was told: a listener that comes back goes on there.
    fn told(&self) -> Option<u64> {
        Some(self.open.first().map_or(self.next, |first| *first.min(&self.next)) - 1)
    }
}

#[derive(PartialEq, Eq)]
enum Told {
    Ended,
    UnderWay,
    Missing,
}

fn event(text: &mut Vec<u8>, name: &str, id: Option<u64>, data: &serde_json::Value) {
    write_event(text, name, id, data.to_string().as_bytes());
}

/// JSON has no line feeds in its texts, so it is one line.
fn write_event(text: &mut Vec<u8>, name: &str, id: Option<u64>, data: &[u8]) {
    // Nothing fails to be written to memory.
    let _ = match id {
        Some(id) => write!(text, "event: {name}\nid: {id}\ndata: "),
        None => write!(text, "event: {name}\ndata: "),
    };
    text.extend_from_slice(data);
    text.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::{Payload, Request, SpecFiles},
        mock::{Mock, Options},
        session::{Arrival, Ended, Outcome, Sent},
    };
    use http::{HeaderMap, Method};

    fn mock(journal: usize) -> Mock {
        let options = Options { journal_bytes: journal, ..Options::default() };
        Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), options)
    }

    fn call(mock: &Mock) -> u64 {
        let headers = HeaderMap::new();
        let request = Request::new(&Method::GET, "/koodrive/teapot", &headers, Payload::Whole(b""));
        mock.handle(&request, Arrival::at(jiff::Timestamp::UNIX_EPOCH)).exchange
    }

    fn finish(mock: &Mock, number: u64) {
        let at = jiff::Timestamp::UNIX_EPOCH;
        mock.journal().finish(number, Outcome { sent: Sent::default(), ended: Ended::Delivered, at }, b"");
    }

    /// The next piece as `name id number-or-data`, an event a line.
    fn told(tale: &mut Tale, mock: &Mock) -> Vec<String> {
        let text = String::from_utf8(tale.piece(mock.journal(), mock.contract())).unwrap();
        let events = text.split("\n\n").filter(|event| !event.is_empty());
        events
            .map(|event| {
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("-");
                let data: serde_json::Value = serde_json::from_str(field("data: ")).unwrap();
                let what = if data["exchange"].is_u64() {
                    format!("{} {}", data["exchange"], data["ended"].as_str().unwrap_or("under way"))
                } else {
                    data.to_string()
                };
                format!("{} {} {what}", field("event: "), field("id: "))
            })
            .collect()
    }

    #[test]
    fn an_exchange_is_told_when_it_comes_and_once_more_when_it_ends() {
        let mock = mock(1 << 20);
        let mut tale = Tale::after(mock.journal(), None);
        assert!(told(&mut tale, &mock).is_empty() && !tale.has_news(mock.journal()));
        let (first, second) = (call(&mock), call(&mock));
        finish(&mock, second);
        assert!(tale.has_news(mock.journal()));
        assert_eq!(told(&mut tale, &mock), ["exchange 0 1 under way", "exchange 0 2 delivered"]);
        assert!(!tale.has_news(mock.journal()));
        finish(&mock, first);
        assert!(tale.has_news(mock.journal()));
        assert_eq!(told(&mut tale, &mock), ["exchange 2 1 delivered"]);
        assert!(told(&mut tale, &mock).is_empty() && !tale.has_news(mock.journal()));
    }

    #[test]
    fn who_comes_back_goes_on_where_it_was_and_a_number_of_another_run_begins_anew() {
        let mock = mock(1 << 20);
        for _ in 0..3 {
            let number = call(&mock);
            finish(&mock, number);
        }
        let all = ["exchange 1 1 delivered", "exchange 2 2 delivered", "exchange 3 3 delivered"];
        for (after, expected) in
            [(None, &all[..]), (Some(2), &all[2..]), (Some(3), &[]), (Some(4), &all), (Some(u64::MAX), &all)]
        {
            assert_eq!(told(&mut Tale::after(mock.journal(), after), &mock), expected, "{after:?}");
        }
    }

    #[test]
    fn who_is_slow_is_told_how_many_it_lost() {
        let mock = mock(60_000);
        let mut tale = Tale::after(mock.journal(), None);
        for _ in 0..500 {
            let number = call(&mock);
            finish(&mock, number);
        }
        let lost = mock.journal().evicted().end - 1;
        let first = told(&mut tale, &mock).remove(0);
        assert_eq!(first, format!("lost - {{\"count\":{lost}}}"));
        assert!(lost > 100);
    }

    #[test]
    fn a_piece_is_bounded_and_the_next_one_goes_on() {
        let mock = mock(16 << 20);
        for _ in 0..3000 {
            let number = call(&mock);
            finish(&mock, number);
        }
        let mut tale = Tale::after(mock.journal(), None);
        let mut all = 0;
        while !tale.is_caught_up() {
            let piece = tale.piece(mock.journal(), mock.contract());
            assert!(piece.len() < PIECE + 1000, "{}", piece.len());
            all += String::from_utf8(piece).unwrap().matches("event: exchange").count();
        }
        assert_eq!(all, 3000);
    }

    #[test]
    fn a_journal_that_is_cleared_is_told() {
        let mock = mock(1 << 20);
        let mut tale = Tale::after(mock.journal(), None);
        call(&mock);
        mock.journal().clear();
        call(&mock);
        assert_eq!(told(&mut tale, &mock), ["cleared - {\"before\":2}", "exchange 1 2 under way"]);
    }
}
