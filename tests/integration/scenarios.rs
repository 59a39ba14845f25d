//! Scenarios, played by a client.

use std::{path::Path, time::Duration};

use serde_json::json;
use understudy::contract::SpecFiles;

use crate::client::{Request, Response, Running};

fn play(file: &str) -> Running {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    // A body file is looked for beside the scenario.
    let contract = SpecFiles::embedded().load().unwrap();
    let source = understudy::diagnostic::Source::new(file, text.as_str());
    let compiled = understudy::scenario::compile(&source, path.parent(), &contract);
    assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
    Running::of(contract, vec![compiled.scenario.unwrap()])
}

fn cancel(ids: &[&str]) -> Request {
    Request::new("POST", "/koodrive/ose/v1/share/cancel").body(&json!({ "shareIds": ids }).to_string())
}

fn label(response: &Response) -> &str {
    response.header("x-understudy-answer").unwrap()
}

#[test]
fn first_steps_answer_503_then_the_example_then_404_for_good() {
    let server = play("01-first-steps.yaml");
    let statuses: Vec<u16> = (0..5).map(|_| server.send(&Request::share()).status).collect();
    assert_eq!(statuses, [503, 200, 404, 404, 404]);
    assert_eq!(label(&server.send(&Request::share())), "scenario:first-steps#1/3");
}

#[test]
fn the_three_step_script_takes_fewer_than_100_characters() {
    let script = "scenario: s\nrules:\n- operation: CreateShare\n  answers: [503, 200, 404]\n";
    assert!(script.chars().filter(|character| !character.is_whitespace()).count() < 100);
    let server = Running::playing(script);
    let statuses: Vec<u16> = (0..4).map(|_| server.send(&Request::share()).status).collect();
    assert_eq!(statuses, [503, 200, 404, 404]);
}

#[test]
fn space_is_full_for_long_lived_shares_of_one_user_only() {
    let server = play("02-space-is-full.yaml");
    let long = Request::share_with("validDays", Some(json!(30)));
    let full = server.send(&long);
    assert_eq!((full.status, full.json()), (400, json!({ "code": 13000311, "msg": "Insufficient space." })));
    assert_eq!(label(&full), "scenario:space-is-full#1/1");
    let short = server.send(&Request::share_with("validDays", Some(json!(29))));
    assert_eq!((short.status, label(&short)), (200, "example"));
    let other = server.send(&long.clone().header("X-User-Id", "2"));
    assert_eq!((other.status, label(&other)), (200, "example"));
    assert_eq!(server.send(&long.clone().header("language", "zh-CN")).json()["msg"], "空间不足");
    assert_eq!(label(&server.send(&long)), "scenario:space-is-full#1/2");
}

#[test]
fn operations_of_one_rule_share_its_answers() {
    let server = play("02-space-is-full.yaml");
    let timeout = server.send(&cancel(&["1"]));
    assert_eq!((timeout.status, timeout.json()["error_code"].as_str()), (504, Some("APIGW.0201")));
    let group = Request::new("POST", "/koodrive/ose/v1/space/group").body(r#"{"name":"a","addGroupUsers":[]}"#);
    let throttled = server.send(&group);
    assert_eq!((throttled.status, throttled.header("retry-after")), (429, Some("2")));
    assert_eq!(server.send(&cancel(&["1"])).status, 200);
}

#[test]
fn half_a_success_is_told_again_and_again() {
    let server = play("03-half-a-success.yaml");
    for _ in 0..2 {
        let response = server.send(&cancel(&["1", "2"]));
        assert_eq!(response.json()["subResponseList"][1]["code"], 13000309);
    }
    assert_eq!(label(&server.send(&cancel(&["1"]))), "example");
}

#[test]
fn a_rule_that_passes_hands_over_and_a_rule_that_fails_says_so() {
    let server = play("03-half-a-success.yaml");
    let patched = server.send(&Request::share());
    assert_eq!(patched.json()["shareLink"]["comment"], "the link lives for ever");
    assert!(patched.json()["shareLink"].get("expireTime").is_none());
    assert_eq!(server.send(&Request::share()).json()["shareLink"]["comment"], "this answer comes from a file");
    assert_eq!(label(&server.send(&Request::share())), "scenario:half-a-success#3/1");
    let over = server.send(&Request::share());
    assert_eq!((over.status, over.json()["error_code"].as_str()), (500, Some("APIGW.0601")));
    assert_eq!(label(&over), "scenario:half-a-success#3/over");
}

#[test]
fn a_delay_holds_the_answer_back_and_nothing_else() {
    let server = Running::playing(
        "scenario: slow\nrules:\n- operation: CreateShare\n  answers: [{ example: {}, delay: 300ms }]\n",
    );
    let mut slow = server.connect();
    let start = std::time::Instant::now();
    slow.write(&Request::share().bytes());
    assert_eq!(server.send(&cancel(&["1"])).status, 200);
    assert_eq!(slow.response("POST").status, 200);
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_call_that_breaks_the_contract_does_not_use_up_an_answer() {
    let server = Running::playing("scenario: s\nrules:\n- operation: CreateShare\n  answers: [503, example]\n");
    server.send(&Request::share_with("validDays", Some(json!(0)))).refuses("/body/validDays", "minimum");
    assert_eq!(server.send(&Request::share()).status, 503);
}

#[test]
fn sixty_four_clients_at_once_get_each_answer_exactly_as_often_as_written() {
    let script = "scenario: s\nrules:\n- operation: CreateShare\n  answers: [{ status: 503, times: 100 }, { status: 429, times: 60 }, example]\n";
    let server = Running::playing(script);
    let statuses = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..64)
            .map(|_| {
                scope.spawn(|| {
                    let mut connection = server.connect();
                    (0..4)
                        .map(|_| {
                            connection.write(&Request::share().bytes());
                            connection.response("POST").status
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect::<Vec<_>>()
    });
    let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!((count(503), count(429), count(200)), (100, 60, 96));
}

#[test]
fn scripted_texts_and_headers_are_sent_as_written() {
    let server = Running::playing(
        "scenario: s\nrules:\n- operation: CreateShare\n  answers:\n  - { status: 502, body: <html>bad gateway</html>, headers: { Content-Type: text/html, X-Cache: MISS } }\n",
    );
    let response = server.send(&Request::share());
    assert_eq!((response.status, response.body.as_slice()), (502, &b"<html>bad gateway</html>"[..]));
    assert_eq!((response.header("content-type"), response.header("x-cache")), (Some("text/html"), Some("MISS")));
}

#[test]
fn a_bare_error_status_never_says_success() {
    let server = Running::playing("scenario: s\nrules:\n- operation: CreateShare\n  answers: [400]\n");
    let response = server.send(&Request::share());
    assert_eq!(response.status, 400);
    assert!(!String::from_utf8_lossy(&response.body).contains("success"));
}

#[test]
fn a_status_without_a_name_is_sent_without_one() {
    let server = Running::playing("scenario: s\nrules:\n- operation: CreateShare\n  answers: [494]\n");
    let mut connection = server.connect();
    connection.write(&Request::share().header("Connection", "close").bytes());
    assert!(connection.rest().starts_with(b"HTTP/1.1 494 \r\n"));
}

#[test]
fn the_same_seed_gives_the_same_answers_byte_for_byte() {
    let stream = || {
        let server = Running::playing(
            "scenario: s\nseed: 7\nrules:\n- operation: CreateShare\n  answers: [error: APIGW.0308, error: APIGW.0301]\n",
        );
        (0..4).map(|_| server.send(&Request::share()).body).collect::<Vec<_>>()
    };
    assert_eq!(stream(), stream());
}

#[test]
fn every_scenario_in_the_documents_compiles_without_a_word() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenarios.md");
    let text = std::fs::read_to_string(path).unwrap();
    let contract = SpecFiles::embedded().load().unwrap();
    let blocks = text.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap());
    let scenarios: Vec<&str> = blocks.filter(|block| block.contains("scenario: ")).collect();
    assert!(scenarios.len() >= 8);
    for scenario in scenarios {
        let source = understudy::diagnostic::Source::new("docs/scenarios.md", scenario);
        let compiled = understudy::scenario::compile(&source, None, &contract);
        assert!(compiled.diagnostics.is_empty(), "{scenario}\n{:?}", compiled.diagnostics);
    }
}
