//! What happened: `exchanges`, `exchanges/{n}`, `unmatched`.

use http::StatusCode;
use serde_json::json as object;

use super::{
    Answered, Problem, Request,
    content::Draft,
    json,
    list::{List, Wanted},
    no_content, problem, respond,
};
use crate::{
    control::{ExchangeFilter, Page},
    diagnostic::Style,
    report::{self, exchange_to_json},
};

/// Unmatched calls of one answer, unless the client wants another number: each is judged anew, which takes time.
const MOST_UNMATCHED: usize = 1000;

impl Request<'_> {
    /// `?session=NAME&operation=NAME&violations=true&after=NUMBER&limit=NUMBER`, each optional.
    pub(super) fn exchanges(&self) -> Answered {
        self.known_parameters(&["session", "operation", "violations", "after", "limit"])?;
        let page = self.page(None)?;
        let filter = ExchangeFilter {
            session: self.parameter("session").map(str::to_owned),
            operations: self.parameter("operation").map(|name| self.control.operations(name)).transpose()?,
            violations: self.switch("violations")?,
        };
        Ok(json(StatusCode::OK, Draft::list(List::new(self.mock, Wanted::Exchanges(filter), page))))
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
        let (exchange, mock) = (self.control.exchange(number)?, self.control.mock());
        Ok(respond(StatusCode::OK, &exchange_to_json(&exchange, mock.contract())))
    }

    /// How well clients kept to the contract and to the expectations. `?session=NAME&fail=true&text=true`, each optional: with `fail` a
    /// failed one is an error, for `curl -f`; with `text` it is there as people read it, too.
    pub(super) fn verdict(&self) -> Answered {
        self.known_parameters(&["session", "fail", "text"])?;
        let (fail, text) = (self.switch("fail")?, self.switch("text")?);
        let verdict = self.control.verdict(self.parameter("session"));
        let mut value = verdict.to_json();
        if text == Some(true) {
            value["text"] = report::to_text(&verdict, Style::Plain).into();
        }
        let failed = fail == Some(true) && !verdict.passed();
        Ok(respond(if failed { StatusCode::CONFLICT } else { StatusCode::OK }, &value))
    }

    /// How much of the contract is covered. `?session=NAME` for one session.
    pub(super) fn coverage(&self) -> Answered {
        self.known_parameters(&["session"])?;
        let (covered, evicted) = self.control.coverage(self.parameter("session"));
        let mut value = covered.to_json();
        if !evicted.is_empty() {
            value["lost"] = object!({ "from": evicted.start, "to": evicted.end - 1 });
        }
        Ok(respond(StatusCode::OK, &value))
    }

    /// The report as it would be written now, for the page.
    pub(super) fn report(&self) -> Answered {
        self.known_parameters(&[])?;
        Ok(respond(StatusCode::OK, &self.control.overview(self.here.as_deref().unwrap_or_default())))
    }

    /// Calls that no operation or no rule was there for, and why the closest rules did not match.
    pub(super) fn unmatched(&self) -> Answered {
        self.known_parameters(&["session", "after", "limit"])?;
        let page = self.page(Some(MOST_UNMATCHED))?;
        let wanted = Wanted::Unmatched { session: self.parameter("session").map(str::to_owned) };
        Ok(json(StatusCode::OK, Draft::list(List::new(self.mock, wanted, page))))
    }

    /// A parameter that is `true` or `false`.
    pub(super) fn switch(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.parameter(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(problem(StatusCode::BAD_REQUEST, format!("`{name}` is `true` or `false`"))),
        }
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
}
