//! What happened: `exchanges`, `exchanges/{n}`, `unmatched`.

use std::cell::Cell;

use http::StatusCode;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{Answered, Request, no_content, problem, respond};
use crate::{report, session::Exchange};

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
    /// `?session=NAME&operation=NAME&violations=true`, each optional.
    pub(super) fn exchanges(&self) -> Answered {
        self.known_parameters(&["session", "operation", "violations"])?;
        let operations = match self.parameter("operation") {
            None => None,
            Some(name) => match self.mock.contract().named(name) {
                [] => return Err(problem(StatusCode::BAD_REQUEST, format!("there is no operation `{name}`"))),
                ids => Some(ids),
            },
        };
        let violations = match self.parameter("violations") {
            None => None,
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(_) => return Err(problem(StatusCode::BAD_REQUEST, "`violations` is `true` or `false`")),
        };
        let session = self.parameter("session");
        let wanted = |exchange: &Exchange| {
            session.is_none_or(|session| exchange.session() == session)
                && operations.is_none_or(|ids| exchange.operation.is_some_and(|id| ids.contains(&id)))
                && violations.is_none_or(|wanted| exchange.details().violations.is_empty() != wanted)
        };
        let look = |exchange: &Exchange| {
            wanted(exchange).then(|| report::exchange_to_json(exchange, self.mock.contract(), self.mock.redaction()))
        };
        let journal = self.mock.journal();
        let items = journal.numbers().filter_map(|number| journal.read(number, look)?);
        Ok(respond(StatusCode::OK, &List { name: "exchanges", items: Cell::new(Some(items)) }))
    }

    pub(super) fn forget_exchanges(&self) -> Answered {
        self.known_parameters(&[])?;
        self.mock.journal().clear();
        Ok(no_content())
    }

    pub(super) fn exchange(&self, number: &str) -> Answered {
        self.known_parameters(&[])?;
        let Ok(number) = number.parse() else {
            return Err(problem(StatusCode::BAD_REQUEST, format!("`{number}` is no number of an exchange")));
        };
        let journal = self.mock.journal();
        match journal.get(number) {
            Some(exchange) => Ok(respond(
                StatusCode::OK,
                &report::exchange_to_json(&exchange, self.mock.contract(), self.mock.redaction()),
            )),
            None if number >= journal.next_number() || number == 0 => {
                Err(problem(StatusCode::NOT_FOUND, format!("there was no exchange {number} yet")))
            }
            None => Err(problem(StatusCode::GONE, format!("exchange {number} is no longer in the journal"))),
        }
    }

    /// How well clients kept to the contract and to the expectations. `?session=NAME`, optional.
    pub(super) fn verdict(&self) -> Answered {
        self.known_parameters(&["session"])?;
        let (mock, script) = (self.mock, self.mock.script());
        let verdict = report::judge(mock.journal(), script.scenarios(), mock.contract(), self.parameter("session"));
        Ok(respond(StatusCode::OK, &verdict.to_json()))
    }

    /// Calls that no operation or no rule was there for, and why the closest rules did not match.
    pub(super) fn unmatched(&self) -> Answered {
        self.known_parameters(&["session"])?;
        let session = self.parameter("session");
        let journal = self.mock.journal();
        // Each is copied, because looking for reasons takes longer than calls should wait for their journal.
        let exchanges = journal.numbers().filter_map(|number| journal.get(number));
        let exchanges = exchanges.filter(|exchange| session.is_none_or(|session| exchange.session() == session));
        let list: Vec<Value> = exchanges
            .filter_map(|exchange| {
                let unmatched = self.mock.unmatched(&exchange)?;
                let closest = unmatched.closest.iter().map(|near| json!({ "rule": near.rule, "why": near.why }));
                let (method, target) = exchange.recorded.line().unwrap_or_default();
                Some(json!({
                    "exchange": exchange.number,
                    "session": exchange.session(),
                    "request": format!("{method} {}", self.mock.redaction().target(target)),
                    "operation": exchange.operation.map(|id| &self.mock.contract().operation(id).name),
                    "answer": exchange.answer(),
                    "violations": exchange.details().violations,
                    "rules": unmatched.rules,
                    "closest": closest.collect::<Vec<_>>(),
                }))
            })
            .collect();
        Ok(respond(StatusCode::OK, &json!({ "unmatched": list })))
    }
}
