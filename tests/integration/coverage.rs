//! How much of the contract a suite covers, as the stand-in counts it.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use serde_json::{Value, json};
use understudy::{
    contract::{Payload, Request},
    control::Control,
    coverage::Threshold,
    mock::{Mock, Options, Plan},
    session::{Arrival, Ended, Outcome, Sent},
};

use crate::{
    client::{self, Running, SHARE},
    command_line::{err, out, understudy},
    schemas::schema,
};

fn now() -> Timestamp {
    Timestamp::from_millisecond(1_795_288_497_000).unwrap()
}

fn mock(scenario: &str, options: Options) -> Mock {
    let contract = client::contract();
    let scenarios = vec![client::scenario(scenario, &contract)];
    Mock::new(contract, scenarios, options)
}

fn counting() -> Options {
    Options { coverage: true, ..Options::default() }
}

/// A share in a session whose answer has not ended.
fn begin(mock: &Mock, session: &str, body: &str) -> Plan {
    let mut headers = HeaderMap::new();
    for (name, value) in client::Request::share().headers {
        headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
    }
    let (path, payload) = (format!("{session}/koodrive/ose/v1/share"), Payload::Whole(body.as_bytes()));
    let request = Request::new(&Method::POST, &path, &headers, payload);
    mock.handle(&request, Arrival::at(now()))
}

fn end(mock: &Mock, plan: &Plan, ended: Ended) {
    mock.finish(plan.exchange, Outcome { sent: Sent::default(), ended, at: now() }, b"");
}

fn call(mock: &Mock, body: &str) {
    end(mock, &begin(mock, "", body), Ended::Delivered);
}

fn coverage(mock: &Mock, session: Option<&str>) -> Value {
    let value = Control::new(mock).coverage(session).0.to_json();
    let schema = schema("report.schema.json");
    let report = json!({ "understudy": "", "verdict": "passed", "reasons": [], "findings": [], "sessions": [], "coverage": value });
    let errors: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    value
}

/// What is said of CreateShare.
fn share(coverage: &Value) -> Value {
    let groups = coverage["groups"].as_array().unwrap();
    let mut operations = groups.iter().flat_map(|group| group["operations"].as_array().unwrap());
    operations.find(|operation| operation["operation"] == "CreateShare").cloned().unwrap_or_default()
}

fn reached(coverage: &Value) -> Vec<String> {
    let edges = share(coverage)["edges_reached"].clone();
    let edges = edges.as_array().unwrap().iter();
    let edges = edges.filter(|edge| edge["at"].as_str().unwrap().starts_with("/body/"));
    let told = edges.map(|edge| format!("{} {}", edge["at"].as_str().unwrap(), edge["edge"].as_str().unwrap()));
    told.filter(|edge| !edge.ends_with(" left out")).collect()
}

fn fault(coverage: &Value, name: &str) -> Value {
    let faults = coverage["faults"].as_array().unwrap();
    faults.iter().find(|fault| fault["fault"] == name).cloned().unwrap()
}

fn days(days: u32) -> String {
    SHARE.replace("30", &days.to_string())
}

const EXAMPLES: &str = "scenario: none\nrules: []\n";

#[test]
fn calls_that_keep_the_contract_reach_edges_and_others_are_counted_alone() {
    let mock = mock(EXAMPLES, counting());
    [30, 365, 366, 1].iter().for_each(|count| call(&mock, &days(*count)));
    let coverage = coverage(&mock, None);
    let counts = ["called", "accepted", "refused", "answered"].map(|name| share(&coverage)[name].as_u64().unwrap());
    assert_eq!(counts, [4, 3, 1, 3]);
    assert_eq!(reached(&coverage), ["/body/scope value 2", "/body/validDays minimum 1", "/body/validDays maximum 365"]);
    assert_eq!(coverage["totals"]["operations"]["covered"], 1);
    // The refusal was shown, and it is one that the page lists.
    assert_eq!(share(&coverage)["errors"][0]["code"], "13000102");
    assert_eq!(coverage["totals"]["errors"]["covered"], 1);
}

#[test]
fn an_error_is_shown_when_it_is_delivered_and_what_the_client_does_next_is_counted() {
    let scenario = "
scenario: errors
rules:
  - operation: CreateShare
    answers: [error: 13000311, error: 13000311, example, error: 13000311, { error: 13000311, fault: reset }, { error: 13000311 }]
";
    let mock = mock(scenario, counting());
    // Twice in vain, then well.
    (0..3).for_each(|_| call(&mock, SHARE));
    // Given up.
    call(&mock, &days(31));
    // Never there: the connection was reset, and the client did not wait.
    let spoilt = begin(&mock, "", &days(32));
    end(&mock, &spoilt, Ended::Fault);
    let left = begin(&mock, "", &days(33));
    end(&mock, &left, Ended::ClientLeft);
    let coverage = coverage(&mock, None);
    let errors = share(&coverage)["errors"].clone();
    let error = errors.as_array().unwrap().iter().find(|error| error["code"] == "13000311").unwrap();
    assert_eq!(
        *error,
        json!({ "code": "13000311", "documented": false, "shown": 3, "retried": 2, "recovered": 2, "gave_up": 1 })
    );
    let counts = ["called", "accepted", "answered"].map(|name| share(&coverage)[name].as_u64().unwrap());
    assert_eq!(counts, [6, 6, 1]);
    assert_eq!(fault(&coverage, "reset"), json!({ "fault": "reset", "seen": 1, "retried": 0, "survived": 0 }));
}

#[test]
fn a_fault_is_survived_when_a_later_attempt_succeeds_or_the_answer_came_in_spite_of_it() {
    let scenario = "
scenario: faults
rules:
  - operation: CreateShare
    answers: [{ fault: reset }, { fault: bad_json }, example, { fault: early_hints }, { fault: close }]
";
    let mock = mock(scenario, counting());
    let reset = begin(&mock, "", SHARE);
    end(&mock, &reset, Ended::Fault);
    (0..2).for_each(|_| call(&mock, SHARE));
    call(&mock, &days(31));
    let close = begin(&mock, "", &days(32));
    end(&mock, &close, Ended::Fault);
    let coverage = coverage(&mock, None);
    for (name, seen, retried, survived) in
        [("reset", 1, 1, 1), ("bad_json", 1, 1, 1), ("early_hints", 1, 0, 1), ("close", 1, 0, 0), ("hang", 0, 0, 0)]
    {
        let expected = json!({ "fault": name, "seen": seen, "retried": retried, "survived": survived });
        assert_eq!(fault(&coverage, name), expected);
    }
    assert_eq!(coverage["totals"]["faults"], json!({ "covered": 3, "all": 21 }));
    // The one that came in spite of its fault, and the one after the others.
    assert_eq!(share(&coverage)["answered"], 2);
}

#[test]
fn an_answer_that_is_noted_after_the_next_attempt_is_still_the_one_before_it() {
    let mock =
        mock("scenario: s\nrules: [{ operation: CreateShare, answers: [error: 13000311, example] }]\n", counting());
    let (first, second) = (begin(&mock, "", SHARE), begin(&mock, "", SHARE));
    end(&mock, &second, Ended::Delivered);
    end(&mock, &first, Ended::Delivered);
    let errors = share(&coverage(&mock, None))["errors"].clone();
    let error = errors.as_array().unwrap().iter().find(|error| error["code"] == "13000311").cloned().unwrap();
    assert_eq!((&error["retried"], &error["recovered"]), (&json!(1), &json!(1)));
}

#[test]
fn nothing_is_lost_where_the_journal_overflows_and_where_it_is_not_counted_that_is_told() {
    for coverage_counts in [true, false] {
        let options = Options { coverage: coverage_counts, journal_bytes: 20_000, ..Options::default() };
        let mock = mock(EXAMPLES, options);
        (0..200).for_each(|count| call(&mock, &days(count % 40 + 1)));
        let (covered, lost) = Control::new(&mock).coverage(None);
        let called = share(&covered.to_json())["called"].as_u64().unwrap();
        assert_eq!((called == 200, lost.is_empty()), (coverage_counts, coverage_counts), "{called} {lost:?}");
        assert!(called == 200 || called + lost.end > 200);
    }
}

#[test]
fn what_is_counted_as_calls_end_is_what_the_journal_shows() {
    let scenario = "
scenario: both
rules:
  - operation: CreateShare
    answers: [error: 13000311, { fault: reset }, example, { status: 503 }]
";
    let of = |options: Options| {
        let mock = mock(scenario, options);
        for count in [30, 30, 30, 365, 365, 366] {
            call(&mock, &days(count));
        }
        let other = begin(&mock, "/~other", SHARE);
        end(&mock, &other, Ended::Delivered);
        [None, Some("other"), Some("default"), Some("nobody")].map(|session| coverage(&mock, session))
    };
    let (counted, found) = (of(counting()), of(Options::default()));
    assert_eq!(counted, found);
    let called = counted.map(|coverage| share(&coverage)["called"].as_u64());
    assert_eq!(called, [Some(7), Some(1), Some(6), None]);
}

#[test]
fn a_session_that_is_forgotten_covers_nothing() {
    let mock = mock(EXAMPLES, counting());
    call(&mock, SHARE);
    let other = begin(&mock, "/~other", SHARE);
    Control::new(&mock).forget_session("other").unwrap();
    end(&mock, &other, Ended::Delivered);
    assert_eq!(share(&coverage(&mock, None))["called"], 1);
    Control::new(&mock).forget_exchanges();
    assert_eq!(share(&coverage(&mock, None)), Value::Null);
}

#[test]
fn a_threshold_that_is_not_reached_fails_the_verdict_and_names_what_is_missing() {
    let threshold = |text: &str| Threshold::parse(text).unwrap();
    let mock = mock(EXAMPLES, Options { cover: vec![threshold("operations=1%")], ..Options::default() });
    call(&mock, SHARE);
    let verdict = Control::new(&mock).verdict(None);
    assert_eq!(verdict.reasons(), ["coverage too low"]);
    let told = &verdict.to_json()["uncovered"][0];
    assert_eq!((&told["covered"], &told["all"], &told["missing"]["count"]), (&json!(1), &json!(133), &json!(132)));
    // The whole is judged, not one session.
    assert!(Control::new(&mock).verdict(Some("default")).passed());
}

#[test]
fn a_run_that_covers_too_little_is_failed_and_says_so() {
    let suite = format!(
        r#"curl -s -o /dev/null -H "Authorization: Bearer $UNDERSTUDY_KOODRIVE_TOKEN" -H "X-User-Id: $UNDERSTUDY_KOODRIVE_USER_ID" -H "X-Date: $(date -u +%Y%m%dT%H%M%SZ)" -H 'Content-Type: application/json' -d '{SHARE}' "$UNDERSTUDY_URL/koodrive/ose/v1/share""#
    );
    let run = |options: &[&str]| {
        let mut command = understudy();
        command.arg("run").args(options).args(["--", "sh", "-c", &suite]);
        command.output().unwrap()
    };
    let output =
        run(&["--service", "koodrive", "--cover", "operations=40%", "--cover", "edges=0%", "--report", "markdown=-"]);
    assert_eq!(output.status.code(), Some(1));
    let told = err(&output);
    assert!(told.starts_with("verdict: failed (coverage too low)\n  session default: 1 call\n"), "{told}");
    assert!(told.contains("\n  coverage: operations 1 of 110, errors 0 of "), "{told}");
    let sentence = "    uncovered  expected 40% of operations, found 1 of 110; missing ";
    assert!(told.contains(sentence) && told.contains(" and 106 more\n"), "{told}");
    let markdown = out(&output);
    assert!(markdown.contains("\nCoverage: operations 1 of 110, "), "{markdown}");
    assert!(markdown.contains("| koodrive sharing-by-you | 1 of "), "{markdown}");
    let passed = run(&["--cover", "operations=0%"]);
    assert_eq!(passed.status.code(), Some(0), "{}", err(&passed));
    let wrong = run(&["--cover", "operation=40%"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("did you mean `operations`?"), "{}", err(&wrong));
}

#[test]
fn the_admin_api_tells_it_while_the_stand_in_serves() {
    let running = Running::plain();
    running.send(&client::Request::share());
    running.finished(1);
    let get = |target: &str| running.send(&client::Request::new("GET", target));
    let told: Value = serde_json::from_slice(&get("/__admin/coverage").body).unwrap();
    assert_eq!(share(&told)["answered"], 1);
    let other: Value = serde_json::from_slice(&get("/__admin/coverage?session=nobody").body).unwrap();
    assert_eq!(other["totals"]["operations"]["covered"], 0);
    assert_eq!(get("/__admin/coverage?sessions=a").status, 400);
}
