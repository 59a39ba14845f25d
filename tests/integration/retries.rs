//! Retries as the client saw them: what its library sent again by itself, and answers that it did not wait for. The times are handed
//! in, so nothing here waits.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use serde_json::Value;
use understudy::{
    contract::{Payload, Request},
    control::Control,
    mock::{Mock, Options, Plan},
    session::{Arrival, Ended, Outcome, Sent},
};

use crate::client::{self, SHARE};

struct Stage {
    mock: Mock,
}

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_795_288_497_000 + milliseconds).unwrap()
}

impl Stage {
    fn playing(scenario: &str) -> Self {
        let contract = client::contract();
        let scenarios = vec![client::scenario(scenario, &contract)];
        Self { mock: Mock::new(contract, scenarios, Options::default()) }
    }

    /// A share whose head and body come at this time.
    fn call(&self, head: i64) -> Plan {
        self.upload(head, head, SHARE)
    }

    fn upload(&self, head: i64, body: i64, text: &str) -> Plan {
        let mut headers = HeaderMap::new();
        for (name, value) in client::Request::share().headers {
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        }
        let request = Request::new(&Method::POST, "/koodrive/ose/v1/share", &headers, Payload::Whole(text.as_bytes()));
        self.mock.handle(&request, Arrival { head: at(head), body: at(body), ..Arrival::at(at(head)) })
    }

    fn ends(&self, plan: &Plan, ended: Ended, time: i64) {
        let time = at(time);
        let sent = Sent { first: Some(time), last: Some(time), bytes: 1 };
        self.mock.finish(plan.exchange, Outcome { sent, ended, at: time }, b"");
    }

    /// The exchange that an exchange resends.
    fn resends(&self, plan: &Plan) -> Option<u64> {
        self.mock.journal().get(plan.exchange).unwrap().details().resends.map(|resend| resend.exchange)
    }

    fn verdict(&self) -> Value {
        Control::new(&self.mock).verdict(None).to_json()
    }

    /// Whether an expectation is met, and what was found.
    fn found(&self, expectation: usize) -> (bool, String) {
        let verdict = self.verdict();
        let finding = &verdict["sessions"][0]["expectations"][expectation];
        (finding["met"].as_bool().unwrap(), finding["found"].as_str().unwrap().to_owned())
    }
}

const RESET_FIRST: &str = "
scenario: s
rules:
- operation: CreateShare
  answers: [{ fault: reset }, 503, 503, example]
expect: [{ operation: CreateShare, retry: { max_attempts: 3 } }]
";

#[test]
fn what_the_library_sends_again_at_once_is_no_attempt_of_the_app() {
    let stage = Stage::playing(RESET_FIRST);
    let first = stage.call(0);
    stage.ends(&first, Ended::Delivered, 1);
    let second = stage.call(5);
    assert_eq!((second.answer.status.as_u16(), stage.resends(&second)), (503, Some(1)));
    stage.ends(&second, Ended::Delivered, 5);
    // The same bytes again at once: after an answer with a status no library does that.
    let third = stage.call(6);
    stage.ends(&third, Ended::Delivered, 6);
    let fourth = stage.call(2000);
    assert_eq!((stage.resends(&third), stage.resends(&fourth), fourth.answer.status.as_u16()), (None, None, 200));
    assert_eq!(stage.found(0), (true, "3 attempts, and 1 resend by the HTTP library".to_owned()));
    let noticed = &stage.verdict()["sessions"][0]["noticed"][0];
    assert_eq!(noticed["text"], "exchange 2 repeats exchange 1 after 4 ms: resent, or retried without a wait");
}

#[test]
fn a_request_that_comes_later_or_has_other_bytes_is_an_attempt() {
    let stage = Stage::playing(RESET_FIRST);
    let first = stage.call(0);
    stage.ends(&first, Ended::Delivered, 1);
    let other = stage.upload(5, 5, &SHARE.replace("30", "31"));
    assert_eq!(stage.resends(&other), None);
    assert_eq!(stage.resends(&stage.call(52)), None);
}

#[test]
fn before_the_end_of_the_failed_one_is_known_its_planned_end_counts() {
    let stage = Stage::playing(&RESET_FIRST.replace("{ fault: reset }", "{ fault: reset, delay: 1s }"));
    stage.call(0);
    assert_eq!(stage.resends(&stage.call(1040)), Some(1));
}

#[test]
fn a_fault_that_shows_a_status_is_nothing_that_a_library_resends_after() {
    let stage = Stage::playing(&RESET_FIRST.replace("{ fault: reset }", "{ fault: { truncate: 50% } }"));
    let first = stage.call(0);
    stage.ends(&first, Ended::Delivered, 1);
    assert_eq!(stage.resends(&stage.call(2)), None);
}

#[test]
fn an_app_that_hammers_finds_no_excuse() {
    let stage = Stage::playing(&RESET_FIRST.replace("{ fault: reset }", "{ fault: reset, times: 30 }"));
    for call in 0..30 {
        let plan = stage.call(call * 2);
        stage.ends(&plan, Ended::Delivered, call * 2 + 1);
    }
    let (met, found) = stage.found(0);
    assert!(!met, "{found}");
}

#[test]
fn an_answer_may_be_the_same_for_all_that_is_sent_again() {
    let same = RESET_FIRST.replace("{ fault: reset }", "{ fault: reset, resends: same, set: { tried: true } }");
    let stage = Stage::playing(&same);
    for time in [0, 2, 4] {
        let plan = stage.call(time);
        assert!(plan.fault.is_some(), "{time}");
        stage.ends(&plan, Ended::Delivered, time + 1);
    }
    // The app tries again, and nothing was used up but the one answer.
    let second = stage.call(1200);
    assert_eq!((second.answer.status.as_u16(), stage.resends(&second)), (503, None));
    stage.ends(&second, Ended::Delivered, 1201);
    // An app that is quicker than a second gets the same failure.
    let stage = Stage::playing(&same);
    stage.ends(&stage.call(0), Ended::Delivered, 1);
    let hasty = stage.call(900);
    assert_eq!((hasty.fault.is_some(), stage.resends(&hasty)), (true, None));
}

#[test]
fn each_session_remembers_its_own_failures() {
    let stage = Stage::playing(RESET_FIRST);
    let first = stage.call(0);
    stage.ends(&first, Ended::Delivered, 1);
    stage.mock.reset();
    assert_eq!(stage.resends(&stage.call(3)), None);
}

#[test]
fn an_answer_that_the_client_did_not_wait_for_is_a_failed_attempt() {
    let stage = Stage::playing(
        "
scenario: s
rules:
- operation: CreateShare
  answers: [{ delay: 2s, example: {} }]
expect: [{ operation: CreateShare, retry: { max_attempts: 2, backoff: growing } }]
",
    );
    for call in 0..8 {
        let plan = stage.call(call * 200);
        stage.ends(&plan, Ended::ClientLeft, call * 200 + 200);
    }
    assert_eq!(stage.found(0), (false, "8 attempts".to_owned()));
    assert!(!stage.found(1).0);
    let noticed = &stage.verdict()["sessions"][0]["noticed"][0];
    assert_eq!((&noticed["kind"], &noticed["exchanges"]["count"]), (&"client_left".into(), &8.into()));
}

#[test]
fn a_slow_body_does_not_make_an_instant_retry_look_patient() {
    let stage = Stage::playing(
        "
scenario: s
rules:
- operation: CreateShare
  answers: [{ error: APIGW.0308, headers: { Retry-After: \"2\" } }, example]
expect: [{ operation: CreateShare, retry: { honours_retry_after: true } }]
",
    );
    let first = stage.call(0);
    stage.ends(&first, Ended::Delivered, 10);
    stage.upload(20, 5000, SHARE);
    assert_eq!(stage.found(0), (false, "exchange 2 after 10ms instead of 2s".to_owned()));
}

#[test]
fn a_token_is_judged_when_the_head_came() {
    let stage = Stage::playing("scenario: s\nrules: []\n");
    let minutes = |minutes: i64| minutes * 60_000;
    stage.call(0);
    // It lives 20 minutes without a call; this body takes an hour.
    assert_eq!(stage.upload(minutes(19), minutes(79), SHARE).answer.status, 200);
    assert_eq!(stage.call(minutes(40)).answer.status, 401);
}
