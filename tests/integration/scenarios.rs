//! Scenarios, played by a client. Those of the folder `scenarios/` are in `tutorial`.

use std::time::Duration;

use serde_json::json;

use crate::client::{Request, Running};

fn cancel(ids: &[&str]) -> Request {
    Request::new("POST", "/koodrive/ose/v1/share/cancel").body(&json!({ "shareIds": ids }).to_string())
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
    let stream = |seed: u64| {
        let server = Running::playing(&format!(
            "scenario: s\nseed: {seed}\nrules:\n- operation: CreateShare\n  answers: [error: APIGW.0308, error: APIGW.0301]\n",
        ));
        (0..4).map(|_| server.send(&Request::share()).body).collect::<Vec<_>>()
    };
    assert_eq!(stream(7), stream(7));
    assert_ne!(stream(7), stream(8));
}
