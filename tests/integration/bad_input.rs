//! Bytes that no well-behaved client would send.

use serde_json::json;
use understudy::{contract::Rule, mock::Options, server::Limits};

use crate::client::{Request, Running, SHARE};

/// The server still answers after whatever came before.
#[track_caller]
fn still_alive(server: &Running) {
    assert_eq!(server.send(&Request::share()).status, 200);
}

#[test]
fn broken_json_is_refused_with_its_place() {
    let server = Running::plain();
    for body in ["{", "{\"a\":1,}", "[1,2", "nul", "{} x", "\u{feff}{}", "{'a':1}"] {
        let response = server.send(&Request::share().body(body));
        response.refuses("/body", "json");
        assert!(response.header("x-understudy-violations").unwrap().contains("line 1"), "{body}");
    }
    still_alive(&server);
}

#[test]
fn a_body_that_is_no_utf_8_is_refused() {
    let server = Running::plain();
    let mut request = Request::share();
    request.body = b"{\"comment\":\"\xff\xfe\"}".to_vec();
    server.send(&request).refuses("/body", "json");
}

#[test]
fn keys_that_stand_twice_are_refused_at_their_place() {
    let server = Running::plain();
    let body = r#"{"scope":2,"fileIds":[],"containerId":"a","validDays":30,"validDays":31,"permission":{"edit":true,"edit":true}}"#;
    let mut found = server.send(&Request::share().body(body)).violations();
    found.sort();
    let duplicate = |at: &str| (at.to_owned(), "duplicate".to_owned());
    assert_eq!(found, [duplicate("/body/permission/edit"), duplicate("/body/validDays")]);
}

#[test]
fn nesting_without_end_is_refused() {
    let server = Running::plain();
    for body in ["[".repeat(1_000_000), "{\"a\":".repeat(200_000)] {
        server.send(&Request::share().body(&body)).refuses("/body", "json");
    }
    still_alive(&server);
}

#[test]
fn a_header_that_stands_twice_is_refused() {
    let server = Running::plain();
    let mut request = Request::share();
    request.headers.push(("X-User-Id".to_owned(), "2".to_owned()));
    server.send(&request).refuses("/headers/X-User-Id", "duplicate");
    let mut request = Request::share();
    request.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    server.send(&request).refuses("/headers/Content-Type", "duplicate");
}

#[test]
fn a_header_that_is_no_utf_8_is_refused() {
    let server = Running::plain();
    let mut bytes =
        b"POST /koodrive/ose/v1/share HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nX-Date: 20261121T200000Z\r\n"
            .to_vec();
    bytes.extend_from_slice(b"X-User-Id: \xff\r\n");
    bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n{SHARE}", SHARE.len()).as_bytes());
    server.raw(bytes).refuses("/headers/X-User-Id", "encoding");
}

#[test]
fn two_credentials_or_one_that_cannot_be_read_are_401() {
    let server = Running::plain();
    let mut request = Request::share();
    request.headers.push(("Authorization".to_owned(), "Bearer b".to_owned()));
    let response = server.send(&request);
    assert_eq!(response.status, 401);
    assert!(response.header("x-understudy-violations").unwrap().contains("2 values"));
    let mut bytes = Request::share().bytes();
    let place = bytes.windows(6).position(|window| window == b"10f88a").unwrap();
    bytes[place] = 0xff;
    assert_eq!(server.raw(bytes).status, 401);
}

#[test]
fn a_request_with_odd_header_bytes_is_not_lost_from_the_journal() {
    let server = Running::plain();
    let mut bytes = Request::share().header("X-Note", "cafe").bytes();
    let place = bytes.windows(4).position(|window| window == b"cafe").unwrap();
    bytes[place + 3] = 0xe9;
    assert_eq!(server.raw(bytes).status, 200);
    assert_eq!(server.mock.journal().get(1).unwrap().recorded.line(), Some(("POST", "/koodrive/ose/v1/share")));
}

#[test]
fn credentials_in_bytes_that_are_no_request_are_not_shown() {
    let server = Running::plain();
    server.raw("POST / HTTP/1.1\r\nAuthorization: Bearer s3cr3t\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
    let shown = server.raw("GET /__admin/exchanges/1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let text = String::from_utf8_lossy(&shown.body).into_owned();
    assert!(text.contains("POST / HTTP/1.1") && !text.contains("s3cr3t"), "{text}");
}

#[test]
fn without_a_host_there_is_one_violation_more() {
    let server = Running::plain();
    server.send(&Request::share().without("Host")).refuses("/headers/Host", "required");
}

#[test]
fn an_absolute_target_brings_its_host() {
    let server = Running::plain();
    let mut request = Request::share().without("Host");
    request.target = "http://cn.myhuaweicloud-koodrive.com/koodrive/ose/v1/share".to_owned();
    assert_eq!(server.send(&request).status, 200);
}

#[test]
fn odd_targets_are_unknown_routes() {
    let server = Running::plain();
    for (method, target) in [
        ("CONNECT", "example.com:443"),
        ("OPTIONS", "*"),
        ("GET", "/%00"),
        ("POST", "/koodrive/ose/v1/share%00"),
        ("POST", "/koodrive/ose/v1/share%"),
        ("POST", "/koodrive/ose/v1/%zz"),
        ("POST", "/koodrive/ose/v1/share/../../x"),
        ("POST", "/koodrive/ose/v1/share%2Fcancel"),
    ] {
        let response = server.raw(format!("{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!((response.status, response.json()["error_code"].as_str()), (404, Some("APIGW.0101")), "{target}");
    }
    still_alive(&server);
}

#[test]
fn bytes_that_are_no_http_get_the_gateways_refusal_and_are_noted() {
    let server = Running::plain();
    for bytes in [
        &b"GARBAGE\r\n\r\n"[..],
        b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /koodrive/ose/v1/share HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /koodrive/ose/v1/share HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nbad header\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ] {
        let before = server.mock.journal().next_number();
        let response = server.raw(bytes);
        assert_eq!(response.status, 400, "{:?}", String::from_utf8_lossy(bytes));
        assert_eq!(response.json()["error_code"], "APIGW.0602");
        assert_eq!(response.header("connection"), Some("close"));
        let exchange = server.mock.journal().get(before).unwrap();
        assert_eq!(exchange.details().violations[0].rule, Rule::Http);
        let noted = exchange.recorded.body();
        assert!(!noted.is_empty() && bytes.starts_with(noted));
    }
    still_alive(&server);
}

#[test]
fn a_refused_request_behind_a_good_one_leaves_the_good_answer_alone() {
    let server = Running::plain();
    let mut connection = server.connect();
    connection.write(&Request::share().bytes());
    assert_eq!(connection.response("POST").status, 200);
    connection.write(b"GARBAGE\r\n\r\n");
    assert_eq!(connection.response("GET").json()["error_code"], "APIGW.0602");
    assert!(connection.is_closed());
}

#[test]
fn a_target_that_is_too_long_is_414() {
    let server = Running::plain();
    // The first two pass the HTTP reader and the contract refuses them; the last does not even become a request.
    for length in [8193, 60_000, 100_000] {
        let response = server.send(&Request::new("GET", &format!("/koodrive/{}", "a".repeat(length - 10))));
        assert_eq!(
            (response.status, response.json()["error_msg"].as_str()),
            (414, Some("Request URI too large.")),
            "{length}"
        );
        assert!(response.header("x-understudy-exchange").is_some());
    }
    assert_eq!(server.send(&Request::new("GET", &format!("/koodrive/{}", "a".repeat(8182)))).status, 404);
}

#[test]
fn headers_that_are_too_large_or_too_many_are_431() {
    let server = Running::plain();
    for size in [65_536, 200_000, 2_000_000] {
        let response = server.send(&Request::share().header("X-Large", &"a".repeat(size)));
        assert_eq!(
            (response.status, response.json()["error_msg"].as_str()),
            (431, Some("Request headers too large.")),
            "{size}"
        );
    }
    let mut request = Request::share();
    request.headers.extend((0..200).map(|index| (format!("X-{index}"), "a".to_owned())));
    assert_eq!(server.send(&request).status, 431);
    still_alive(&server);
}

#[test]
fn a_body_over_12_mb_is_413_even_while_the_client_is_still_sending() {
    let server = Running::plain();
    let mut request = Request::share();
    request.body = vec![b' '; (12 << 20) + 1];
    let response = server.send(&request);
    assert_eq!((response.status, response.json()["error_msg"].as_str()), (413, Some("Request entity too large.")));
    request.body = vec![b' '; 100 << 20];
    assert_eq!(server.send(&request).status, 413);
    assert!(server.mock.journal().bytes() < 1 << 20);
    let mut largest = Request::share_with("comment", Some(json!("x".repeat((12 << 20) - 200))));
    largest.body.resize(12 << 20, b' ');
    assert_eq!(server.send(&largest).status, 200);
}

#[test]
fn a_body_that_breaks_off_is_noted() {
    let server = Running::plain();
    let mut connection = server.connect();
    connection.write(b"POST /koodrive/ose/v1/share HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{\"scope\"");
    connection.stream.shutdown(std::net::Shutdown::Write).unwrap();
    let _ = connection.rest();
    let exchange = server.mock.journal().get(1).unwrap();
    assert!(exchange.details().violations.iter().any(|violation| violation.rule == Rule::Http));
    assert!(exchange.operation.is_some());
    still_alive(&server);
}

fn impatient() -> Running {
    let limits = Limits {
        head_time: std::time::Duration::from_millis(500),
        body_time: std::time::Duration::from_millis(500),
        idle_time: std::time::Duration::from_millis(500),
        ..Limits::default()
    };
    Running::with(&[], Options::default(), limits)
}

#[test]
fn a_head_that_never_ends_is_cut_off() {
    let server = impatient();
    let mut connection = server.connect();
    connection.write(b"POST /koodrive/ose/v1/share HTTP/1.1\r\nHost: a\r\nX-Slow: ");
    assert!(connection.is_closed());
    still_alive(&server);
}

#[test]
fn a_body_that_stops_coming_is_answered_and_noted() {
    let server = impatient();
    let mut connection = server.connect();
    connection.write(b"POST /koodrive/ose/v1/share HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
    assert_eq!(connection.response("POST").json()["error_code"], "APIGW.0602");
    assert!(connection.is_closed());
    let exchange = server.mock.journal().get(1).unwrap();
    assert!(exchange.details().violations.iter().any(|violation| violation.found.contains("stopped coming")));
    // What had come of the request is not lost.
    assert_eq!(exchange.recorded.line(), Some(("POST", "/koodrive/ose/v1/share")));
}

#[test]
fn an_idle_connection_is_closed() {
    let server = impatient();
    let mut fresh = server.connect();
    assert!(fresh.is_closed());
    let mut used = server.connect();
    used.write(&Request::share().bytes());
    assert_eq!(used.response("POST").status, 200);
    assert!(used.is_closed());
}

#[test]
fn a_body_of_more_values_than_any_call_has_is_refused_before_it_is_a_tree() {
    let server = Running::plain();
    let keys: Vec<String> = (0..200_000).map(|key| format!("\"{key}\":1")).collect();
    for body in [format!("[{}1]", "1,".repeat(2_000_000)), format!("{{{}}}", keys.join(","))] {
        server.send(&Request::share().body(&body)).refuses("/body", "json");
    }
    still_alive(&server);
}

#[test]
fn at_most_a_thousand_findings_of_a_kind_are_kept() {
    let server = Running::plain();
    let wrong = format!("[{}1]", "1,".repeat(20_000));
    let unknown: Vec<String> = (0..20_000).map(|key| format!("\"unknown{key}\":1")).collect();
    let body = |ids: &str, more: &str| {
        format!("{{\"scope\":2,\"fileIds\":{ids},\"containerId\":\"a\",\"validDays\":30,{more}}}")
    };
    let found = |body: &str| {
        let number =
            server.send(&Request::share().body(body)).header("x-understudy-exchange").unwrap().parse().unwrap();
        let exchange = server.mock.journal().get(number).unwrap();
        (exchange.details().violations.len(), exchange.details().warnings.len())
    };
    assert_eq!(found(&body(&wrong, "\"comment\":\"\"")), (1000, 0));
    assert_eq!(found(&body("[\"a\"]", &unknown.join(","))), (0, 1000));

    let server = Running::trusting(&[]);
    let mut request = Request::new("POST", "/m-open/1/org/info").header("Content-Type", FORM);
    for (body, at_most) in [("a=1&".repeat(49_000), 1000), ("a&".repeat(1_000_000), 0)] {
        request.body = body.into_bytes();
        let number = server.send(&request).header("x-understudy-exchange").unwrap().parse().unwrap();
        let exchange = server.mock.journal().get(number).unwrap();
        assert_eq!(exchange.details().warnings.len(), at_most);
        assert!(!exchange.details().violations.is_empty());
    }
    still_alive(&server);
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn a_tls_handshake_is_told_as_what_it_is() {
    let server = Running::plain();
    let response = server.raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n");
    assert!(response.header("x-understudy-violations").unwrap().contains("this port speaks http, not https"));
    let exchange = server.mock.journal().get(1).unwrap();
    assert!(exchange.details().violations[0].found.starts_with("a TLS handshake"));
    still_alive(&server);
}
