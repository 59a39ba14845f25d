//! What happened: `exchanges`, `exchanges/{n}`, `unmatched`.

use std::cell::Cell;

use http::StatusCode;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{Answered, Problem, Request, no_content, problem, respond};
use crate::{
    control::{ExchangeFilter, Page, UnmatchedCall},
    report::exchange_to_json,
    session::Exchange,
};

/// Unmatched calls of one answer, unless the client wants another number: each is judged anew, which takes time.
const MOST_UNMATCHED: usize = 1000;

/// A list under its name. Its items are made one by one while they are written: together they would take ten times the memory
/// of their text.
struct List<I> {
    name: &'static str,
    items: Cell<Option<I>>,
}

impl<I: Iterator<Item = Value>> Serialize for List<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.name, Items(&self.items))])
    }
}

struct Items<'l, I>(&'l Cell<Option<I>>);

impl<I: Iterator<Item = Value>> Serialize for Items<'_, I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.take().into_iter().flatten())
    }
}

impl Request<'_> {
    /// `?session=NAME&operation=NAME&violations=true&after=NUMBER&limit=NUMBER`, each optional.
    pub(super) fn exchanges(&self) -> Answered {
        self.known_parameters(&["session", "operation", "violations", "after", "limit"])?;
        let page = self.page(None)?;
        let filter = ExchangeFilter {
            session: self.parameter("session").map(str::to_owned),
            operations: self.parameter("operation").map(|name| self.control.operations(name)).transpose()?,
            violations: match self.parameter("violations") {
                None => None,
                Some("true") => Some(true),
                Some("false") => Some(false),
                Some(_) => return Err(problem(StatusCode::BAD_REQUEST, "`violations` is `true` or `false`")),
            },
        };
        let items = self.control.exchanges(&filter, page, |exchange| self.shown(exchange));
        Ok(respond(StatusCode::OK, &List { name: "exchanges", items: Cell::new(Some(items)) }))
    }

    pub(super) fn forget_exchanges(&self) -> Answered {
        self.known_parameters(&[])?;
        self.control.forget_exchanges();
        Ok(no_content())
    }

    pub(super) fn exchange(&self, number: &str) -> Answered {
        self.known_parameters(&[])?;
        let Ok(number) = number.parse() else {
            return Err(problem(StatusCode::BAD_REQUEST, format!("`{number}` is not the number of an exchange")));
        };
        Ok(respond(StatusCode::OK, &self.shown(&self.control.exchange(number)?)))
    }

    /// How well clients kept to the contract and to the expectations. `?session=NAME`, optional.
    pub(super) fn verdict(&self) -> Answered {
        self.known_parameters(&["session"])?;
        Ok(respond(StatusCode::OK, &self.control.verdict(self.parameter("session")).to_json()))
    }

    /// Calls that no operation or no rule was there for, and why the closest rules did not match.
    pub(super) fn unmatched(&self) -> Answered {
        self.known_parameters(&["session", "after", "limit"])?;
        let mock = self.control.mock();
        let page = self.page(Some(MOST_UNMATCHED))?;
        let list =
            self.control.unmatched(self.parameter("session"), page).map(|UnmatchedCall { exchange, unmatched }| {
                let closest = unmatched.closest.iter().map(|near| json!({ "rule": near.rule, "why": near.why }));
                let (method, target) = exchange.recorded.line().unwrap_or_default();
                json!({
                    "exchange": exchange.number,
                    "session": exchange.session(),
                    "request": format!("{method} {}", mock.redaction().target(target)),
                    "operation": exchange.operation.map(|id| &mock.contract().operation(id).name),
                    "answer": exchange.answer(),
                    "violations": exchange.details().violations,
                    "rules": unmatched.rules,
                    "closest": closest.collect::<Vec<_>>(),
                })
            });
        Ok(respond(StatusCode::OK, &List { name: "unmatched", items: Cell::new(Some(list)) }))
    }

    /// `?after=NUMBER&limit=NUMBER`
    fn page(&self, limit: Option<usize>) -> Result<Page, Problem> {
        let number = |name: &str| {
            let text = self.parameter(name);
            let number = text.map(str::parse::<usize>).transpose();
            let number = number.ok().filter(|number| !(name == "limit" && *number == Some(0)));
            let found = text.unwrap_or_default();
            number.ok_or_else(|| problem(StatusCode::BAD_REQUEST, format!("`{name}` is a whole number, not `{found}`")))
        };
        let after = number("after")?.unwrap_or(0) as u64;
        Ok(Page { after, limit: number("limit")?.or(limit) })
    }

    fn shown(&self, exchange: &Exchange) -> Value {
        let mock = self.control.mock();
        exchange_to_json(exchange, mock.contract(), mock.redaction())
    }
}
