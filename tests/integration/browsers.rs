//! Apps in browsers.

use understudy::{mock::Cors, mock::Options, server::Limits};

use crate::client::{Request, Running};

const PREFLIGHT: &str = "OPTIONS /koodrive/ose/v1/share HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\n\
    Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,x-user-id\r\n\r\n";

#[test]
fn a_page_of_another_origin_may_call_the_api_and_read_its_answers() {
    let server = Running::plain();
    let preflight = server.raw(PREFLIGHT);
    assert_eq!((preflight.status, preflight.header("x-understudy-answer")), (204, Some("no-call")));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("authorization,x-user-id"));
    for request in [Request::share(), Request::share().body("{}")] {
        let response = server.send(&request.header("Origin", "http://localhost:3000"));
        assert_eq!(response.header("access-control-allow-origin"), Some("http://localhost:3000"), "{response:?}");
        assert!(response.header("access-control-expose-headers").unwrap().contains("X-Understudy-Violations"));
    }
    assert_eq!(server.send(&Request::share()).header("access-control-allow-origin"), None);
}

#[test]
fn without_cors_a_browser_is_told_nothing() {
    let options = Options { cors: Cors::Off, ..Options::default() };
    let server = Running::with(&[], options, Limits::default());
    assert_eq!(server.raw(PREFLIGHT).status, 404);
    let response = server.send(&Request::share().header("Origin", "http://localhost:3000"));
    assert_eq!((response.status, response.header("access-control-allow-origin")), (200, None));
}

#[test]
fn a_scenario_may_have_a_mind_of_its_own_about_origins() {
    let server = Running::playing(
        "scenario: s\nrules:\n  - { operation: CreateShare, answers: [{ example: {}, headers: { Access-Control-Allow-Origin: https://other.test } }] }\n",
    );
    let response = server.send(&Request::share().header("Origin", "http://localhost:3000"));
    assert_eq!(response.header("access-control-allow-origin"), Some("https://other.test"));
}
