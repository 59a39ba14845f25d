//! The verdict on a client, over real sockets.

use crate::client::{Request, Running};
use serde_json::{Value, json};

fn verdict(server: &Running) -> Value {
    server.raw("GET /__admin/verdict HTTP/1.1\r\nHost: localhost\r\n\r\n").json()
}

fn reasons(server: &Running) -> Vec<String> {
    let verdict = verdict(server);
    let reasons: Vec<_> =
        verdict["reasons"].as_array().unwrap().iter().map(|reason| reason.as_str().unwrap().to_owned()).collect();
    assert_eq!(verdict["verdict"], if reasons.is_empty() { "passed" } else { "failed" });
    reasons
}

fn cancel() -> Request {
    Request::new("POST", "/koodrive/ose/v1/share/cancel").body(r#"{"shareIds":["1"]}"#)
}

fn broken() -> Request {
    Request::share_with("validDays", Some(json!(366)))
}

#[test]
fn calls_are_counted_as_they_come() {
    let server = Running::playing("scenario: s\nrules: []\nexpect: [{ operation: CreateShare, calls: 2 }]\n");
    assert_eq!(reasons(&server), ["expectation unmet", "no calls"]);
    server.send(&Request::share());
    server.send(&cancel());
    server.send(&Request::share());
    assert_eq!(reasons(&server), [""; 0]);
    server.send(&Request::share());
    let verdict = verdict(&server);
    assert_eq!(
        verdict["sessions"],
        json!([{
            "session": "default",
            "verdict": "failed",
            "calls": 4,
            "broken": { "count": 0, "calls": [] },
            "over": [],
            "expectations": [{
                "scenario": "s",
                "expectation": 1,
                "about": "CreateShare",
                "met": false,
                "expected": "2 calls",
                "found": "3 calls",
                "exchanges": { "count": 3, "first": [1, 3, 4] },
            }],
            "noticed": [],
        }])
    );
}

#[test]
fn a_call_is_counted_by_what_it_held_wherever_it_stood_in_the_request() {
    let server = Running::playing(
        "scenario: s\nrules: []\nexpect:\n\
         - { operation: CreateShare, match: { headers: { X-User-Id: '42' }, body: { validDays: 30 } }, calls: 1 }\n\
         - { operation: GetTaskDetail, match: { path: { task_id: '17' } }, calls: 1 }\n",
    );
    let mut task = Request::new("GET", "/~a/koodrive/ose/v1/task/17");
    server.send(&task);
    task.target = task.target.replace("17", "18");
    server.send(&task);
    let mut share = Request::share_with("validDays", Some(json!(30))).header("X-User-Id", "42");
    share.target = format!("/~a{}", share.target);
    server.send(&share);
    server.send(&share.clone().header("X-User-Id", "43"));
    let verdict = verdict(&server);
    let found: Vec<_> = verdict["sessions"][0]["expectations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["met"] == true, finding["exchanges"]["first"].clone()))
        .collect();
    assert_eq!(found, [(true, json!([3])), (true, json!([1]))], "{verdict:#}");
}

#[test]
fn a_broken_contract_needs_no_expectation() {
    let server = Running::plain();
    server.send(&Request::share());
    assert_eq!(reasons(&server), [""; 0]);
    server.send(&broken());
    server.send(&Request::share().without("Authorization"));
    server.send(&Request::new("GET", "/koodrive/teapot"));
    server.raw("no http\r\n\r\n");
    assert_eq!(reasons(&server), ["contract broken"]);
    let broken = &verdict(&server)["sessions"][0]["broken"];
    assert_eq!(broken["count"], 4);
    assert_eq!(broken["calls"][0]["violations"][0]["at"], "/body/validDays");
    let refusals: Vec<&Value> = broken["calls"].as_array().unwrap().iter().map(|call| &call["refusal"]).collect();
    assert_eq!(refusals, ["violation", "unauthenticated", "unknown_route", "malformed"]);
}

#[test]
fn violations_that_are_expected_break_no_contract() {
    let server = Running::playing(
        "scenario: s\nrules: []\nexpect: [{ operation: CreateShare, violations: { min: 1, max: 2 } }]\n",
    );
    assert_eq!(reasons(&server), ["expectation unmet", "no calls"]);
    server.send(&broken());
    assert_eq!(reasons(&server), [""; 0]);
    server.send(&broken());
    server.send(&broken());
    assert_eq!(reasons(&server), ["expectation unmet"]);
    server.send(&cancel().body("{}").without("X-Date"));
    assert_eq!(reasons(&server), ["contract broken", "expectation unmet"]);
}

#[test]
fn order_and_never_are_judged_from_the_journal() {
    let scenario = "scenario: s\nrules: []\nexpect:\n- { order: [CreateShare, BatchCancel] }\n- { operation: DeleteSpace, never: true }\n";
    let server = Running::playing(scenario);
    server.send(&cancel());
    server.send(&Request::share());
    let unmet = verdict(&server)["sessions"][0]["expectations"][0].clone();
    assert_eq!((&unmet["met"], &unmet["found"]), (&json!(false), &json!("BatchCancel (1), CreateShare (2)")));
    let server = Running::playing(scenario);
    server.send(&Request::share());
    server.send(&cancel());
    assert_eq!(reasons(&server), [""; 0]);
}

#[test]
fn a_client_that_does_not_wait_does_not_honour_retry_after() {
    let scenario = "
scenario: s
rules:
- operation: CreateShare
  answers: [{ error: APIGW.0308, headers: { Retry-After: '3600' } }, { error: APIGW.0308, headers: { Retry-After: 'Sun, 06 Nov 1994 08:49:37 GMT' } }, example]
expect:
- { operation: CreateShare, retry: { honours_retry_after: true, max_attempts: 2 } }
";
    let server = Running::playing(scenario);
    server.send(&Request::share());
    // Another call, whatever it is answered, is no attempt of the first one.
    server.send(&Request::share_with("validDays", Some(json!(7))));
    assert_eq!(reasons(&server), [""; 0]);
    server.send(&Request::share());
    let expectations = verdict(&server)["sessions"][0]["expectations"].clone();
    assert_eq!((&expectations[0]["met"], &expectations[1]["met"]), (&json!(false), &json!(true)));
    assert_eq!(expectations[0]["exchanges"], json!({ "count": 1, "first": [3] }));
    let found = expectations[0]["found"].as_str().unwrap();
    assert!(found.starts_with("exchange 3 after ") && found.ends_with(" instead of 3600s"), "{found}");
    let first = server.raw("GET /__admin/exchanges/1 HTTP/1.1\r\nHost: localhost\r\n\r\n").json();
    assert_eq!(first["retry_after_ms"], 3_600_000.0);
}

#[test]
fn a_test_may_step_the_clock_instead_of_waiting() {
    let server = Running::playing(
        "scenario: s\nrules:\n- operation: CreateShare\n  answers: [{ status: 503, headers: { Retry-After: '60' } }, example]\nexpect: [{ operation: CreateShare, retry: { honours_retry_after: true } }]\n",
    );
    server.send(&Request::share());
    server.mock.sessions().all()[0].clock.advance(std::time::Duration::from_secs(60));
    server.send(&Request::share());
    assert_eq!(reasons(&server), [""; 0]);
}

#[test]
fn each_session_is_judged_for_itself() {
    let server = Running::playing("scenario: s\nrules: []\nexpect: [{ operation: CreateShare, calls: 1 }]\n");
    let of = |session: &str, times: usize| {
        (0..times).for_each(|_| drop(server.send(&Request::share().header("X-Understudy-Session", session))));
    };
    of("twice", 2);
    of("once", 1);
    let verdict = verdict(&server);
    let sessions: Vec<_> =
        verdict["sessions"].as_array().unwrap().iter().map(|one| (&one["session"], &one["verdict"])).collect();
    assert_eq!(sessions, [(&json!("once"), &json!("passed")), (&json!("twice"), &json!("failed"))]);
    let once = server.raw("GET /__admin/verdict?session=once HTTP/1.1\r\nHost: localhost\r\n\r\n").json();
    assert_eq!(once["verdict"], "passed");
}

#[test]
fn attempts_are_counted_until_one_works() {
    let server = Running::playing(
        "scenario: s\nrules:\n- operation: CreateShare\n  answers: [{ status: 503, times: 3 }, example]\nexpect: [{ operation: '*', retry: { max_attempts: 3 } }]\n",
    );
    (0..3).for_each(|_| assert_eq!(server.send(&Request::share()).status, 503));
    assert_eq!(reasons(&server), [""; 0]);
    server.send(&Request::share());
    assert_eq!(reasons(&server), ["expectation unmet"]);
}

#[test]
fn a_rule_that_fails_after_its_last_answer_fails_the_verdict() {
    let server =
        Running::playing("scenario: once\nrules:\n- operation: CreateShare\n  answers: [example]\n  then: fail\n");
    server.send(&Request::share());
    assert_eq!(reasons(&server), [""; 0]);
    server.send(&Request::share());
    assert_eq!(reasons(&server), ["expectation unmet"]);
    let over = json!([{ "rule": "scenario:once#1", "exchanges": { "count": 1, "first": [2] } }]);
    assert_eq!(verdict(&server)["sessions"][0]["over"], over);
}

#[test]
fn forgetting_the_exchanges_starts_the_judging_afresh() {
    let server = Running::playing("scenario: s\nrules: []\nexpect: [{ operation: CreateShare, calls: 1 }]\n");
    server.send(&Request::share());
    server.send(&broken());
    assert_eq!(reasons(&server), ["contract broken", "expectation unmet"]);
    server.raw("DELETE /__admin/exchanges HTTP/1.1\r\nHost: localhost\r\n\r\n");
    server.send(&Request::share());
    assert_eq!(reasons(&server), [""; 0]);
}

#[test]
fn what_left_the_journal_cannot_be_judged() {
    let server = Running::with_a_full_journal();
    assert_eq!(reasons(&server), ["journal incomplete"]);
    let verdict = verdict(&server);
    assert_eq!(verdict["lost"]["from"], 1);
    let kept = verdict["sessions"][0]["calls"].as_u64().unwrap();
    assert_eq!(verdict["lost"]["to"].as_u64().unwrap() + kept, 300);
}

#[test]
fn who_calls_nobody_has_tested_nothing() {
    let server = Running::plain();
    assert_eq!(reasons(&server), ["no calls"]);
    // One session may be silent, and that is noticed.
    let one = server.raw("GET /__admin/verdict?session=a HTTP/1.1\r\nHost: localhost\r\n\r\n").json();
    assert_eq!(one["verdict"], "passed");
    let silent =
        json!({ "kind": "silent_session", "text": "session a made no call", "exchanges": { "count": 0, "first": [] } });
    assert_eq!(one["noticed"], json!([silent]));
    server.send(&Request::share().header("X-Understudy-Session", "b"));
    assert_eq!(reasons(&server), [""; 0]);
}

#[test]
fn a_session_that_was_prepared_and_never_called_is_noticed() {
    let server = Running::plain();
    let body = r#"{"session":"prepared","advance":"1m"}"#;
    let length = body.len();
    server.raw(format!("POST /__admin/clock HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}"));
    server.send(&Request::share());
    let verdict = verdict(&server);
    assert_eq!(
        (&verdict["verdict"], &verdict["noticed"][0]["text"]),
        (&json!("passed"), &json!("session prepared made no call"))
    );
}

#[test]
fn what_a_browser_asks_of_its_own_accord_is_no_call() {
    let server = Running::plain();
    let preflight = "OPTIONS /koodrive/ose/v1/share HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nAccess-Control-Request-Method: POST\r\n\r\n";
    for bytes in [preflight, "GET /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
        let answer = server.raw(bytes);
        assert_eq!((answer.status, answer.header("x-understudy-answer")), (404, Some("no-call")), "{bytes}");
        assert_eq!(answer.header("x-understudy-violations"), None);
    }
    assert_eq!(reasons(&server), ["no calls"]);
    server.send(&Request::share());
    assert_eq!(reasons(&server), [""; 0]);
    assert_eq!(verdict(&server)["sessions"][0]["calls"], 1);
    // The journal has them all the same, and nobody is told that no rule matched.
    let list = server.raw("GET /__admin/exchanges HTTP/1.1\r\nHost: localhost\r\n\r\n").json();
    assert_eq!(list["exchanges"].as_array().unwrap().len(), 4);
    let unmatched = server.raw("GET /__admin/unmatched HTTP/1.1\r\nHost: localhost\r\n\r\n").json();
    assert_eq!(unmatched["unmatched"], json!([]));
    // Without what makes it a preflight it is a call of nothing.
    server.raw("OPTIONS /koodrive/ose/v1/share HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(reasons(&server), ["contract broken"]);
}

#[test]
fn a_word_where_an_id_should_be_is_noticed_with_the_route_that_was_meant() {
    let server = Running::plain();
    assert_eq!(server.send(&Request::new("GET", "/koodrive/ose/v1/sharess")).status, 200);
    let verdict = verdict(&server);
    let noticed = &verdict["sessions"][0]["noticed"][0];
    assert_eq!((&verdict["verdict"], &noticed["kind"]), (&json!("passed"), &json!("near_route")));
    let text = noticed["text"].as_str().unwrap();
    assert!(text.starts_with("a call was probably meant for another route: /path/job_id"), "{text}");
}

#[test]
fn answers_that_were_never_given_are_noticed() {
    let server = Running::playing("scenario: s\nrules: [{ operation: CreateShare, answers: [example, 503, 504] }]\n");
    server.send(&Request::share());
    let verdict = verdict(&server);
    assert_eq!(verdict["noticed"][0]["kind"], "unused_answers");
    assert_eq!(verdict["noticed"][0]["text"], "2 answers were never given: s#1/2, s#1/3");
}

#[test]
fn one_session_can_be_judged_alone() {
    let server = Running::playing("scenario: s\nrules: []\nexpect: [{ operation: CreateShare, calls: 1 }]\n");
    server.send(&Request::share());
    let of = |query: &str| server.raw(format!("GET /__admin/verdict?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    assert_eq!(of("session=default").json()["verdict"], "passed");
    let silent = of("session=some%20one").json();
    assert_eq!((&silent["verdict"], &silent["sessions"][0]["session"]), (&json!("failed"), &json!("some one")));
    assert_eq!(of("sesion=default").status, 400);
    assert_eq!(server.raw("POST /__admin/verdict HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 405);
}
