//! Sessions, their clocks, and what the admin API does with them.

use serde_json::{Value, json};
use understudy::{
    mock::{Options, SessionBy},
    server::Limits,
};

use crate::client::{Request, Response, Running};

fn admin(server: &Running, line: &str, body: &str) -> Response {
    let length = body.len();
    server.raw(format!(
        "{} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}",
        line.replacen(' ', " /__admin/", 1)
    ))
}

fn share_in(session: &str) -> Request {
    Request::share().header("X-Understudy-Session", session)
}

#[test]
fn a_session_plays_a_scenario_of_its_own_before_those_of_the_server() {
    let server = Running::playing(TWO_STEPS);
    let own = "scenario: mine\nrules:\n- { operation: CreateShare, answers: [504, example], then: pass }\nexpect: [{ operation: CreateShare, calls: 4 }]\n";
    let put = |body: &str| admin(&server, "PUT sessions/a/scenarios/mine", body);
    let placed = put(own);
    assert_eq!((placed.status, placed.json()["rules"].as_u64()), (201, Some(1)));
    assert_eq!(put(own).status, 200);
    let answer = |session: &str| server.send(&share_in(session)).header("x-understudy-answer").unwrap().to_owned();
    assert_eq!(answer("b"), "scenario:s#1/1");
    let answers = [answer("a"), answer("a"), answer("a"), answer("a")];
    assert_eq!(answers, ["scenario:mine#1/1", "scenario:mine#1/2", "scenario:s#1/1", "scenario:s#1/2"]);
    // Its expectations judge it alone.
    let verdict = admin(&server, "GET verdict", "").json();
    assert_eq!(verdict["verdict"], "passed");
    assert_eq!(verdict["sessions"][0]["expectations"][0]["scenario"], "mine");
    assert_eq!(verdict["sessions"][1]["expectations"], json!([]));

    // The server's script changes, and the session stays where it is in its own.
    admin(&server, "PUT scenarios/s", TWO_STEPS);
    assert_eq!(answer("a"), "scenario:s#1/1");
    assert_eq!(admin(&server, "GET sessions/a", "").json()["scenarios"], json!(["mine"]));
    assert_eq!(admin(&server, "DELETE sessions/a/scenarios/mine", "").status, 204);
    assert_eq!(admin(&server, "DELETE sessions/a/scenarios/mine", "").status, 404);
    assert_eq!(answer("a"), "scenario:s#1/2");
}

#[test]
fn a_scenario_of_a_session_stands_in_for_the_servers_with_its_name_and_mistakes_are_told() {
    let server = Running::playing(TWO_STEPS);
    let put = |path: &str, body: &str| admin(&server, &format!("PUT {path}"), body);
    put("sessions/a/scenarios/s", "scenario: s\nrules: [{ operation: CreateShare, answers: [429] }]\n");
    let status = |session: &str| server.send(&share_in(session)).status;
    assert_eq!([status("a"), status("a"), status("b"), status("b")], [429, 429, 503, 200]);
    assert_eq!(put("sessions/a/scenarios/other", TWO_STEPS).status, 409);
    assert_eq!(put("sessions/a%20b/scenarios/s", TWO_STEPS).status, 400);
    assert_eq!(put("sessions/a/scenarios/s", "scenario: s\nrules: [{ operation: no, answers: [429] }]\n").status, 422);
    assert_eq!(status("a"), 429);
    assert_eq!(admin(&server, "GET sessions/nobody/scenarios", "").status, 404);
    // A session that is forgotten takes its scenarios along.
    admin(&server, "DELETE sessions/a", "");
    assert_eq!(status("a"), 503);
}

const TWO_STEPS: &str = "scenario: s\nrules:\n- operation: CreateShare\n  answers: [503, example]\n";

#[test]
fn each_session_is_at_its_own_place_in_the_script() {
    let server = Running::playing(TWO_STEPS);
    let mut prefixed = Request::share();
    prefixed.target.insert_str(0, "/~b");
    let statuses = [share_in("a"), share_in("a"), prefixed.clone(), prefixed, Request::share()]
        .map(|request| server.send(&request).status);
    assert_eq!(statuses, [503, 200, 503, 200, 503]);
    let list = admin(&server, "GET exchanges?session=b", "").json();
    assert_eq!(list["exchanges"].as_array().unwrap().len(), 2);
    assert_eq!(list["exchanges"][0]["request"]["target"], "/~b/koodrive/ose/v1/share");
    let names: Vec<Value> = admin(&server, "GET sessions", "").json()["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|session| session["session"].clone())
        .collect();
    assert_eq!(names, ["default", "a", "b"]);
}

#[test]
fn a_session_can_be_named_by_what_the_client_sends_anyway() {
    let by = |session_by| {
        Running::with(&[TWO_STEPS], Options { session_by: Some(session_by), ..Options::default() }, Limits::default())
    };
    let server = by(SessionBy::Header("x-user-id".parse().unwrap()));
    let user = |id: &str| server.send(&Request::share().header("X-User-Id", id)).status;
    assert_eq!([user("1"), user("2"), user("1")], [503, 503, 200]);
    let server = by(SessionBy::Token);
    let token = |token: &str| server.send(&Request::share().header("Authorization", token)).status;
    assert_eq!([token("Bearer s3cret"), token("Bearer other"), token("Bearer s3cret")], [503, 503, 200]);
    assert!(!String::from_utf8(admin(&server, "GET sessions", "").body).unwrap().contains("s3cret"));
}

#[test]
fn a_session_that_is_forgotten_begins_anew_and_leaves_no_exchanges() {
    let server = Running::playing(TWO_STEPS);
    for name in ["a", "default"] {
        assert_eq!(server.send(&share_in(name)).status, 503);
        assert_eq!(server.send(&share_in(name)).status, 200);
        assert_eq!(admin(&server, &format!("DELETE sessions/{name}"), "").status, 204);
        assert_eq!(admin(&server, &format!("GET exchanges?session={name}"), "").json()["exchanges"], json!([]));
        assert_eq!(server.send(&share_in(name)).status, 503);
    }
    assert_eq!(admin(&server, "DELETE sessions/nobody", "").status, 404);
    assert_eq!(admin(&server, "POST reset", "").status, 204);
    assert_eq!(admin(&server, "GET sessions", "").json()["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(server.send(&Request::share()).status, 503);
}

#[test]
fn any_number_of_sessions_takes_the_room_of_the_last_few() {
    let server = Running::with(&[TWO_STEPS], Options { sessions: 10, ..Options::default() }, Limits::default());
    let mut connection = server.connect();
    for number in 0..2_000 {
        connection.write(&share_in(&format!("s{number}")).bytes());
        assert_eq!(connection.response("POST").status, 503);
    }
    assert_eq!(server.mock.sessions().all().len(), 11);
    assert_eq!(server.mock.sessions().evicted(), 1_990);
    assert_eq!(server.send(&share_in("s1999")).status, 200);
}

#[test]
fn a_name_that_cannot_be_one_is_refused() {
    let server = Running::plain();
    server.send(&share_in("a b")).refuses("/headers/X-Understudy-Session", "session");
    let mut request = Request::share();
    request.target.insert_str(0, "/~a%2Fb");
    server.send(&request).refuses("/path", "session");
}

#[test]
fn the_clock_of_a_session_can_be_set_advanced_frozen_and_resumed() {
    let server = Running::plain();
    let clock = |body: &str| admin(&server, "POST clock", body).json();
    let frozen = clock(r#"{"freeze":true}"#);
    assert_eq!(frozen["frozen"], true);
    assert_eq!(clock(r#"{"set":"2026-11-21T08:00:00Z"}"#)["now"], "2026-11-21T08:00:00Z");
    assert_eq!(clock(r#"{"advance":"20m"}"#)["now"], "2026-11-21T08:20:00Z");
    assert_eq!(clock(r#"{"advance":"20m","session":"other"}"#)["session"], "other");
    assert_eq!(admin(&server, "GET clock", "").json()["now"], "2026-11-21T08:20:00Z");
    assert_eq!(admin(&server, "GET clock?session=other", "").json()["frozen"], false);
    let response = server.send(&Request::share());
    assert_eq!(response.header("date"), Some("Sat, 21 Nov 2026 08:20:00 GMT"));
    let exchange = admin(&server, "GET exchanges/1", "").json();
    assert_eq!(exchange["time"], "2026-11-21T08:20:00Z");
    assert_eq!(clock(r#"{"resume":true}"#)["frozen"], false);
}

#[test]
fn looking_at_a_clock_makes_no_session() {
    let server = Running::plain();
    assert_eq!(admin(&server, "GET clock?session=nobody", "").status, 404);
    assert_eq!(admin(&server, "GET sessions", "").json()["sessions"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_no_order_for_a_clock_is_told() {
    let server = Running::plain();
    for body in [
        "",
        "[]",
        "{}",
        r#"{"set":"noon"}"#,
        r#"{"advance":"20"}"#,
        r#"{"advance":20}"#,
        r#"{"freeze":false}"#,
        r#"{"freeze":true,"resume":true}"#,
        r#"{"session":1,"freeze":true}"#,
        r#"{"jump":true}"#,
        r#"{"freeze":true,"session":"a b"}"#,
    ] {
        let response = admin(&server, "POST clock", body);
        assert_eq!(response.status, 400, "{body}");
        assert_eq!(response.header("content-type"), Some("application/problem+json"));
    }
}

#[test]
fn a_token_lives_twenty_minutes_from_its_last_call() {
    let options = Options { time: Some("2026-11-21T08:00:00Z".parse().unwrap()), ..Options::default() };
    let server = Running::with(&[], options, Limits::default());
    let later = |minutes: u32| admin(&server, "POST clock", &format!(r#"{{"advance":"{minutes}m"}}"#));
    let share = || server.send(&Request::share().header("X-Date", "20261121T080000Z"));
    assert_eq!(share().status, 200);
    later(20);
    assert_eq!(share().status, 200);
    later(21);
    let response = share();
    response.refused(401, "/headers/Authorization", "expired");
    assert_eq!(response.json()["error_code"], "APIGW.0307");
    let violations = response.header("x-understudy-violations").unwrap();
    assert!(violations.contains("idle for 21 min") && violations.contains("--token-life"), "{violations}");
    assert_eq!(share().status, 401);
    // Another token, another session, and a token that is issued anew are alive.
    assert_eq!(server.send(&Request::share().header("Authorization", "Bearer other")).status, 200);
    assert_eq!(server.send(&share_in("fresh")).status, 200);
    let issued = "Bearer 0000exampletoken";
    let with_issued = || server.send(&Request::share().header("Authorization", issued)).status;
    assert_eq!(with_issued(), 200);
    later(30);
    assert_eq!(with_issued(), 401);
    let mut sign_in = Request::new("POST", "/koodrive/ose/v1/session").body(r#"{"code":"c"}"#);
    sign_in.headers.retain(|(name, _)| name != "Authorization");
    assert_eq!(server.send(&sign_in).status, 200);
    assert_eq!(with_issued(), 200);
}

#[test]
fn tokens_live_for_ever_where_that_is_wanted() {
    let server = Running::with(&[], Options { token_life: None, ..Options::default() }, Limits::default());
    assert_eq!(server.send(&Request::share()).status, 200);
    admin(&server, "POST clock", r#"{"advance":"24h"}"#);
    assert_eq!(server.send(&Request::share()).status, 200);
}

#[test]
fn states_are_read_and_set_from_outside() {
    let server = Running::playing(
        "scenario: s\nrules:\n- operation: CreateShare\n  when: { state: { upload: done } }\n  answers: [{ status: 503, set: { upload: null } }]\n\
         - operation: CreateShare\n  answers: [{ example: {}, set: { upload: done } }]\n",
    );
    let share = || server.send(&Request::share()).status;
    let states = || admin(&server, "GET sessions/default/states", "").json();
    assert_eq!((share(), states()), (200, json!({ "upload": "done" })));
    assert_eq!((share(), states()), (503, json!({})));
    assert_eq!(
        admin(&server, "PUT sessions/default/states", r#"{"upload":"done","n":1}"#).json(),
        json!({ "n": 1, "upload": "done" })
    );
    assert_eq!(share(), 503);
    assert_eq!(admin(&server, "DELETE sessions/default/states", "").status, 204);
    assert_eq!(share(), 200);
    assert_eq!(admin(&server, "PUT sessions/early/states", r#"{"upload":"done"}"#).status, 200);
    assert_eq!(server.send(&share_in("early")).status, 503);
    assert_eq!(admin(&server, "PUT sessions/early/states", "[1]").status, 400);
}

#[test]
fn a_scenario_is_loaded_replaced_and_removed_while_calls_are_answered() {
    let server = Running::playing(TWO_STEPS);
    let share = || server.send(&Request::share()).status;
    assert_eq!(share(), 503);
    let other = "scenario: t\nrules:\n- operation: BatchCancel\n  answers: [500]\n";
    assert_eq!(admin(&server, "PUT scenarios/t", other).status, 201);
    assert_eq!(admin(&server, "PUT scenarios/t", other).status, 200);
    // The session stays where it was in the scenario that stays.
    assert_eq!(share(), 200);
    let replaced =
        admin(&server, "PUT scenarios/s", r#"{"scenario":"s","rules":[{"operation":"CreateShare","answers":[429]}]}"#);
    assert_eq!(replaced.status, 200);
    assert_eq!(share(), 429);
    let names: Vec<Value> = admin(&server, "GET scenarios", "").json()["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["scenario"].clone())
        .collect();
    assert_eq!(names, ["s", "t"]);
    assert_eq!(admin(&server, "GET unused", "").json(), json!({ "unused": ["scenario:t#1/1"] }));
    // What was given stays given while another scenario comes.
    assert_eq!(admin(&server, "PUT scenarios/u", &other.replace(": t", ": u")).status, 201);
    assert_eq!(admin(&server, "GET unused", "").json(), json!({ "unused": ["scenario:t#1/1", "scenario:u#1/1"] }));
    assert_eq!(admin(&server, "DELETE scenarios/s", "").status, 204);
    assert_eq!(share(), 200);
    assert_eq!(admin(&server, "DELETE scenarios/s", "").status, 404);
}

#[test]
fn a_bad_scenario_is_refused_with_its_places_and_the_running_one_stays() {
    let server = Running::playing(TWO_STEPS);
    let response =
        admin(&server, "PUT scenarios/s", "scenario: s\nrules:\n- operation: CreateShares\n  answers: [503]\n");
    assert_eq!(response.status, 422);
    let diagnostic = &response.json()["diagnostics"][0];
    assert_eq!((&diagnostic["line"], &diagnostic["column"]), (&json!(3), &json!(14)));
    assert_eq!(diagnostic["help"], "did you mean `CreateShare`?");
    assert_eq!(admin(&server, "PUT scenarios/other", TWO_STEPS).status, 409);
    assert_eq!(server.send(&Request::share()).status, 503);
}

#[test]
fn a_scenario_that_names_itself_is_played_in_a_session_and_its_mistakes_come_with_their_lines() {
    let server = Running::plain();
    let played = admin(
        &server,
        "POST sessions/a/scenarios",
        "scenario: mine\nrules: [{ operation: CreateShare, answers: [503] }]",
    );
    assert_eq!((played.status, &played.json()["scenario"]), (201, &json!("mine")));
    assert_eq!(server.send(&Request::share().header("X-Understudy-Session", "a")).status, 503);
    assert_eq!(server.send(&Request::share()).status, 200);
    let for_all = admin(
        &server,
        "POST scenarios?file=all.yaml",
        "scenario: all\nrules: [{ operation: CreateShare, answers: [429] }]",
    );
    assert_eq!((for_all.status, &for_all.json()["scenario"]), (201, &json!("all")));
    assert_eq!(server.send(&Request::share()).status, 429);
    let wrong = "scenario: mine\nrules:\n- operation: CreateShares\n  answers: [503]\n";
    let refused = admin(&server, "POST sessions/a/scenarios?file=full.yaml", wrong);
    let text = refused.json()["text"].as_str().unwrap().to_owned();
    assert_eq!(refused.status, 422);
    assert!(text.contains("--> full.yaml:3:14") && text.contains("^^^^^^^^^^^^ no such operation"), "{text}");
    // However many there are, only the first are shown with their lines.
    let rules = "- { operation: CreateShares, answers: [503] }\n".repeat(30);
    let refused = admin(&server, "POST sessions/a/scenarios", &format!("scenario: mine\nrules:\n{rules}")).json();
    let text = refused["text"].as_str().unwrap();
    assert_eq!(refused["diagnostics"].as_array().unwrap().len(), 30);
    assert!(text.matches("no such operation").count() == 20 && text.ends_with("\n... and 10 more\n"), "{text}");
    assert_eq!(admin(&server, "POST sessions/a/scenarios?name=x", wrong).status, 400);
}

#[test]
fn a_call_that_no_rule_answered_is_told_why() {
    let server = Running::playing(
        "scenario: s\nrules:\n- operation: CreateShare\n  match: { body: { validDays: 7, scope: 1 } }\n  answers: [503]\n\
         - operation: CreateShare\n  match: { body: { validDays: 7, extractCode: abcd } }\n  answers: [503]\n\
         - operation: CreateShare\n  match: { body: { scope: 2 } }\n  answers: [example]\n  then: pass\n",
    );
    let share = Request::share_with("extractCode", Some(json!("s3cr")));
    server.send(&share);
    server.send(&share);
    server.raw("GET /koodrive/teapot HTTP/1.1\r\nHost: a\r\n\r\n");
    let response = admin(&server, "GET unmatched", "");
    assert!(!String::from_utf8(response.body.clone()).unwrap().contains("s3cr"));
    let unmatched = &response.json()["unmatched"];
    assert_eq!(unmatched.as_array().unwrap().len(), 2, "{unmatched:#}");
    assert_eq!(unmatched[0]["exchange"], 2);
    assert_eq!(
        unmatched[0]["closest"],
        json!([
            { "rule": "scenario:s#3", "why": ["its answers were used up (`then: pass`)"] },
            { "rule": "scenario:s#1", "why": ["/body/validDays: wanted 7, found 30", "/body/scope: wanted 1, found 2"] },
            { "rule": "scenario:s#2", "why": ["/body/validDays: wanted 7, found 30", "/body/extractCode: wanted \"abcd\", found [redacted]"] },
        ])
    );
    assert_eq!(unmatched[1]["violations"][0]["rule"], "route");
}

#[test]
fn throttled_calls_are_told_when_to_come_again() {
    let options = Options { time: Some("2026-11-21T08:00:00Z".parse().unwrap()), ..Options::default() };
    let limiting = "scenario: s\nrules:\n- operation: \"*\"\n  limit: { calls: 2, per: 10s }\n";
    let server = Running::with(&[limiting], options, Limits::default());
    let share = || server.send(&Request::share());
    assert_eq!([share().status, share().status], [200, 200]);
    let throttled = share();
    assert_eq!((throttled.status, throttled.header("retry-after")), (429, Some("5")));
    assert_eq!(throttled.json()["error_code"], "APIGW.0308");
    assert_eq!(throttled.header("x-understudy-answer"), Some("scenario:s#1/limit"));
    admin(&server, "POST clock", r#"{"advance":"5s"}"#);
    assert_eq!([share().status, share().status], [200, 429]);
    assert_eq!(server.send(&share_in("other")).status, 200);
}

#[test]
fn a_scenario_that_is_loaded_later_brings_its_seed_unless_one_was_asked_for() {
    let scenario = |seed: u64| {
        format!("scenario: s\nseed: {seed}\nrules:\n- {{ operation: CreateShare, answers: [error: APIGW.0308] }}\n")
    };
    let body = |seed: Option<u64>, path: &str| {
        let server = Running::with(&[], Options { seed, ..Options::default() }, Limits::default());
        assert_eq!(admin(&server, &format!("PUT {path}"), &scenario(7)).status, 201);
        server.send(&share_in("a")).body
    };
    let at_start = |seed: u64| Running::playing(&scenario(seed)).send(&share_in("a")).body;
    assert_eq!(body(None, "scenarios/s"), at_start(7));
    assert_eq!(body(None, "sessions/a/scenarios/s"), at_start(7));
    assert_eq!(body(Some(8), "scenarios/s"), at_start(8));
    assert_ne!(at_start(7), at_start(8));
}

#[test]
fn the_same_seed_makes_the_same_decisions_over_one_connection_and_over_many() {
    let chance = "scenario: s\nseed: 42\nrules:\n- operation: CreateShare\n  chance: 30%\n  answers: [503]\n";
    let decisions = |connections: usize| -> Vec<(u64, u64)> {
        let server = Running::with(&[chance], Options::default(), Limits::default());
        std::thread::scope(|scope| {
            for _ in 0..connections {
                scope.spawn(|| {
                    let mut connection = server.connect();
                    for _ in 0..320 / connections {
                        connection.write(&Request::share().bytes());
                        connection.response("POST");
                    }
                });
            }
        });
        let all = server.mock.journal().all();
        let mut decisions: Vec<_> = all.iter().map(|exchange| (exchange.attempt, u64::from(exchange.status))).collect();
        decisions.sort_unstable();
        decisions
    };
    let one = decisions(1);
    assert_eq!(one, decisions(64));
    let refused = one.iter().filter(|(_, status)| *status == 503).count();
    assert!((60..140).contains(&refused), "{refused} of 320");
}

#[test]
fn a_scenario_that_is_loaded_is_told_what_those_before_it_leave_it_no_call() {
    let server = Running::playing("scenario: first\nrules: [{ operation: CreateShare, answers: [503] }]\n");
    let text = |name: &str| format!("scenario: {name}\nrules: [{{ operation: CreateShare, answers: [429] }}]\n");
    let told = |line: &str, name: &str| {
        let answer = admin(&server, line, &text(name));
        assert!([200, 201].contains(&answer.status), "{}", answer.status);
        answer.json()["diagnostics"].as_array().unwrap().clone()
    };
    let warnings = told("PUT scenarios/second", "second");
    assert_eq!(warnings.len(), 1);
    let message = warnings[0]["message"].as_str().unwrap();
    assert!(message.starts_with("rule 1 is never asked: rule 1 of the scenario `first` ("), "{message}");
    assert_eq!(told("POST scenarios", "third").len(), 1);
    // It comes where it was; a session's own are asked before those of the server.
    assert!(told("PUT scenarios/first", "first").is_empty());
    assert!(told("PUT sessions/a/scenarios/mine", "mine").is_empty());
    assert_eq!(told("POST sessions/a/scenarios", "other").len(), 1);
}
