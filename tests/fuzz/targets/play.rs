//! A stand-in without a network that is called.

use std::{
    cell::LazyCell,
    sync::{Arc, LazyLock},
};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use understudy::{
    contract::{Contract, Payload, Request, SpecFiles, auth::AuthMode},
    control::{Control, ExchangeFilter, Page},
    diagnostic::Style,
    mock::{Mock, Options, Plan},
    report,
    scenario::Scenario,
    session::Arrival,
};

use crate::generator::requests::SHARE;

/// When the first call of every input comes in, in seconds.
const START: i64 = 1_767_323_045;

/// The embedded contract; operations are compiled once for all inputs.
pub(crate) static CONTRACT: LazyLock<Arc<Contract>> = LazyLock::new(|| Arc::new(SpecFiles::embedded().load().unwrap()));

/// A stand-in with a small journal and few sessions.
pub(crate) fn mock(contract: Arc<Contract>, scenario: Option<Scenario>, auth: AuthMode) -> Mock {
    let mut options = Options { journal_bytes: 4 << 20, sessions: 4, seed: Some(7), ..Options::default() };
    options.strictness.auth = auth;
    Mock::new(contract, scenario.into_iter().collect(), options)
}

thread_local! {
    static SHARED: LazyCell<Mock> = LazyCell::new(|| mock(CONTRACT.clone(), None, AuthMode::Shape));
}

/// A stand-in that plays this scenario alone, and forgets it afterwards. It is the same one every time: a new one compiles much anew.
pub(crate) fn playing(scenario: Scenario, play: impl FnOnce(&Mock)) {
    SHARED.with(|mock| {
        let name = scenario.name.clone();
        mock.put_scenario(scenario);
        play(mock);
        mock.remove_scenario(&name);
        mock.reset();
    });
}

/// The call with this number.
pub(crate) fn arrival(number: usize) -> Arrival {
    Arrival::at(Timestamp::from_second(START + i64::try_from(number).unwrap_or_default()).unwrap())
}

/// Headers, as far as they can be some.
pub(crate) fn headers<'l>(lines: impl Iterator<Item = (&'l [u8], &'l [u8])>) -> HeaderMap {
    lines
        .filter_map(|(name, value)| Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value).ok()?)))
        .take(1000)
        .collect::<Vec<_>>()
        .into_iter()
        .fold(HeaderMap::new(), |mut headers, (name, value)| {
            headers.append(name, value);
            headers
        })
}

/// Calls that keep the contract.
pub(crate) fn share(mock: &Mock, number: usize) -> Plan {
    let lines: [(&[u8], &[u8]); 4] = [
        (b"Authorization", b"Bearer 0123456789abcdef"),
        (b"X-User-Id", b"1505084218764547200"),
        (b"X-Date", b"20260102T030405Z"),
        (b"Host", b"127.0.0.1"),
    ];
    let headers = headers(lines.into_iter());
    let request = Request::new(&Method::POST, "/koodrive/ose/v1/share", &headers, Payload::Whole(SHARE.as_bytes()));
    mock.handle(&request, arrival(number))
}

/// What holds for every plan.
pub(crate) fn holds(plan: &Plan) {
    if let Some(violations) = &plan.violations {
        assert!(violations.len() <= 4096 && violations.as_bytes().is_ascii(), "{violations:?}");
        let list: serde_json::Value = serde_json::from_slice(violations.as_bytes()).unwrap();
        assert!(list.is_array());
    }
    assert!(plan.label.to_str().is_ok());
}

/// Everything that can be said of the calls so far, as one text.
pub(crate) fn told(mock: &Mock) -> String {
    let control = Control::new(mock);
    let as_json = |exchange: &_| report::exchange_to_json(exchange, mock.contract());
    let mut told = String::new();
    for exchange in control.exchanges(&ExchangeFilter::default(), Page::default(), as_json) {
        told.push_str(&exchange.to_string());
        told.push('\n');
    }
    for call in control.unmatched(None, Page::default()) {
        told.push_str(&format!("{} {:?}\n", call.exchange.number, call.unmatched));
    }
    let verdict = control.verdict(None);
    told.push_str(&verdict.to_json().to_string());
    told.push_str(&report::to_text(&verdict, Style::Plain));
    told.push_str(&control.unused_answers().join("\n"));
    told
}
