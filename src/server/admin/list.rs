//! Lists of the journal, written piece by piece while the client reads them: a whole one would take as much memory as the journal, for
//! each client.

use std::{ops::Range, sync::Arc};

use serde_json::{Value, json};

use crate::{
    control::{Control, ExchangeFilter, Page},
    mock::{Mock, Unmatched},
    report::exchange_to_json,
    session::Exchange,
};

/// Bytes of a piece, but for the last exchange in it.
const PIECE: usize = 64 << 10;

/// Bytes of exchanges that are looked at for a piece, so that none takes long where little is found.
const LOOKED_AT: usize = 1 << 20;

/// What it costs to look at an exchange that is passed over.
const LOOK: usize = 256;

/// What is listed.
pub(super) enum Wanted {
    /// Exchanges.
    Exchanges(ExchangeFilter),
    /// Calls that nothing matched, of a session or of all. Each is judged anew.
    Unmatched { session: Option<String> },
}

/// A list that is being written.
pub(super) struct List {
    mock: Arc<Mock>,
    wanted: Wanted,
    /// What is still to be looked at.
    numbers: Range<u64>,
    /// How many may still be listed.
    left: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Empty,
    HasItems,
    Ended,
}

impl List {
    pub(super) fn new(mock: &Arc<Mock>, wanted: Wanted, page: Page) -> Self {
        let numbers = Control::new(mock).numbers_of(page);
        let left = page.limit.unwrap_or(usize::MAX);
        Self { mock: Arc::clone(mock), wanted, numbers, left, state: State::New }
    }

    /// Whether nothing comes any more.
    pub(super) fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// The next piece of the JSON; empty where only exchanges that are not listed were looked at, so that no piece takes long.
    pub(super) fn piece(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        if self.state == State::New {
            let name = match self.wanted {
                Wanted::Exchanges(_) => "exchanges",
                Wanted::Unmatched { .. } => "unmatched",
            };
            text.extend_from_slice(format!("{{\n  \"{name}\": [").as_bytes());
            self.state = State::Empty;
        }
        let mut looked_at = 0;
        while !self.has_ended() && text.len() < PIECE && looked_at < LOOKED_AT {
            let Some(number) = self.numbers.next().filter(|_| self.left > 0) else {
                text.extend_from_slice(if self.state == State::Empty { b"]" } else { b"\n  ]" });
                text.extend_from_slice(b"\n}\n");
                self.state = State::Ended;
                break;
            };
            let (item, cost) = self.item(number);
            looked_at += LOOK + cost;
            if let Some(item) = item {
                text.extend_from_slice(if self.state == State::Empty { b"\n" } else { b",\n" });
                write_item(&item, &mut text);
                self.state = State::HasItems;
                self.left -= 1;
            }
        }
        text
    }

    /// An exchange, if it is wanted, and the bytes that were looked at for it. It is copied, because to show or to judge it takes longer than
    /// calls should wait for their journal.
    fn item(&self, number: u64) -> (Option<Value>, usize) {
        let control = Control::new(&self.mock);
        let exchange = match &self.wanted {
            Wanted::Exchanges(filter) => control.exchange_that(number, |exchange| filter.takes(exchange)),
            Wanted::Unmatched { session } => control.exchange_that(number, |exchange| {
                exchange.may_be_unmatched() && session.as_ref().is_none_or(|name| exchange.session() == name)
            }),
        };
        let Some(exchange) = exchange else { return (None, 0) };
        let item = match self.wanted {
            Wanted::Exchanges(_) => Some(exchange_to_json(&exchange, self.mock.contract())),
            Wanted::Unmatched { .. } => {
                self.mock.unmatched(&exchange).map(|unmatched| unmatched_to_json(&self.mock, &exchange, &unmatched))
            }
        };
        (item, exchange.size())
    }
}

/// Why nothing matched a call.
fn unmatched_to_json(mock: &Mock, exchange: &Exchange, unmatched: &Unmatched) -> Value {
    let closest = unmatched.closest.iter().map(|near| json!({ "rule": near.rule, "why": near.why }));
    let (method, target) = exchange.recorded.line().unwrap_or_default();
    json!({
        "exchange": exchange.number,
        "session": exchange.session(),
        "request": format!("{method} {}", mock.contract().redaction().target(target)),
        "operation": exchange.operation.map(|id| &mock.contract().operation(id).name),
        "answer": exchange.answer(),
        "violations": exchange.details().violations,
        "rules": unmatched.rules,
        "closest": closest.collect::<Vec<_>>(),
    })
}

/// An item of a list, indented as the list is. Texts of JSON have no line feeds.
fn write_item(item: &Value, text: &mut Vec<u8>) {
    let pretty = serde_json::to_vec_pretty(item).unwrap_or_default();
    for (number, line) in pretty.split(|byte| *byte == b'\n').enumerate() {
        if number > 0 {
            text.push(b'\n');
        }
        text.extend_from_slice(b"    ");
        text.extend_from_slice(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::{Payload, Request, SpecFiles},
        mock::Options,
        session::Arrival,
    };
    use http::{HeaderMap, Method};

    const SHARE: &str = "/koodrive/ose/v1/share";

    /// A stand-in that was called so often on a path, with a body each.
    fn called(path: &str, calls: usize, body: &[u8]) -> Arc<Mock> {
        let mock = Arc::new(Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), Options::default()));
        (0..calls).for_each(|_| call(&mock, path, body));
        mock
    }

    fn call(mock: &Mock, path: &str, body: &[u8]) {
        let headers = HeaderMap::new();
        let request = Request::new(&Method::POST, path, &headers, Payload::Whole(body));
        mock.handle(&request, Arrival::at(jiff::Timestamp::UNIX_EPOCH));
    }

    fn pieces(mut list: List) -> Vec<Vec<u8>> {
        let mut pieces = Vec::new();
        while !list.has_ended() {
            pieces.push(list.piece());
        }
        pieces
    }

    fn all() -> Wanted {
        Wanted::Exchanges(ExchangeFilter::default())
    }

    #[test]
    fn the_pieces_of_a_list_are_the_same_text_as_all_of_it_at_once() {
        for calls in [0, 1, 3] {
            let mock = called("/koodrive/teapot", calls, b"a body");
            for (wanted, name) in [(all(), "exchanges"), (Wanted::Unmatched { session: None }, "unmatched")] {
                let text = pieces(List::new(&mock, wanted, Page::default())).concat();
                let value: Value = serde_json::from_slice(&text).unwrap();
                assert_eq!(value[name].as_array().unwrap().len(), calls);
                assert_eq!(String::from_utf8(text).unwrap(), format!("{value:#}\n"));
            }
        }
    }

    #[test]
    fn a_piece_is_small_however_long_the_list() {
        let mock = called(SHARE, 300, &[b'x'; 10_000]);
        let pieces = pieces(List::new(&mock, all(), Page::default()));
        assert!(pieces.iter().all(|piece| piece.len() < PIECE + 20_000) && pieces.len() > 40, "{}", pieces.len());
    }

    #[test]
    fn a_piece_ends_where_much_was_looked_at_and_nothing_found() {
        let mock = called(SHARE, 300, &[b'x'; 10_000]);
        let none = || ExchangeFilter { session: Some("other".to_owned()), ..ExchangeFilter::default() };
        assert_eq!(pieces(List::new(&mock, Wanted::Exchanges(none()), Page::default())).len(), 1);
        let mock = called(SHARE, LOOKED_AT / LOOK + 1, b"");
        let pieces = pieces(List::new(&mock, Wanted::Exchanges(none()), Page::default()));
        assert_eq!(pieces, [&b"{\n  \"exchanges\": ["[..], b"]\n}\n"]);
    }

    #[test]
    fn a_list_ends_where_it_began_to_be_read() {
        let mock = called(SHARE, 2, b"");
        let mut list = List::new(&mock, all(), Page { after: 0, limit: Some(10) });
        call(&mock, SHARE, b"");
        let value: Value = serde_json::from_slice(&list.piece()).unwrap();
        assert_eq!(value["exchanges"].as_array().unwrap().len(), 2);
    }
}
