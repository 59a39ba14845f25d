//! What a scenario file says is what a client gets.

use serde_json::json;

use crate::client::{Request, Response, Running};

/// The answers to calls of CreateShare, one for each entry.
fn answers<const N: usize>(answers: &str) -> [Response; N] {
    let server = Running::playing(&format!("scenario: s\nrules:\n- operation: CreateShare\n  answers:\n{answers}"));
    [(); N].map(|()| server.send(&Request::share()))
}

fn text(response: &Response) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}

fn lines<'r>(response: &'r Response, name: &str) -> Vec<&'r str> {
    response.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
}

#[test]
fn numbers_in_bodies_keep_the_digits_of_the_file() {
    let digits = "[1000000000000100000001,1.10,1e5,-0,0.10000000000000000000001]";
    let [fixed, templated, patched, both] = answers(&format!(
        "  - {{ status: 400, body: {{ n: {digits} }} }}\n\
         \x20 - {{ status: 400, body: {{ n: {digits}, m: '{{{{ request.method }}}}' }} }}\n\
         \x20 - example: {{ x: {digits} }}\n\
         \x20 - example: {{ x: {digits}, y: '{{{{ request.method }}}}' }}\n",
    ));
    assert_eq!(text(&fixed), format!(r#"{{"n":{digits}}}"#));
    assert_eq!(text(&templated), format!(r#"{{"n":{digits},"m":"POST"}}"#));
    assert!(text(&patched).contains(digits) && text(&both).contains(digits), "{}", text(&patched));
}

#[test]
fn numbers_in_headers_are_sent_as_they_are_written() {
    let [response] = answers(
        "  - headers: { A: 1.10, B: 007, C: 0012, D: 20240104_105403, E: 0x1F, F: 1000000000000100000001, G: &g +1, H: *g }\n",
    );
    let sent: Vec<Vec<&str>> = "abcdefgh".split_terminator("").skip(1).map(|name| lines(&response, name)).collect();
    let written = ["1.10", "007", "0012", "20240104_105403", "0x1F", "1000000000000100000001", "+1", "+1"];
    assert_eq!(sent, written.map(|value| vec![value]));
}

#[test]
fn a_list_of_values_and_two_spellings_of_a_header_are_two_lines() {
    let [list, spellings, own] = answers(
        "  - headers: { Set-Cookie: [a=1, '{{ request.method }}', c=3] }\n\
         \x20 - headers: { Set-Cookie: a=1, set-cookie: b=2 }\n\
         \x20 - { status: 400, body: text, headers: { Content-Type: [text/x, text/y], Date: [a, b] } }\n",
    );
    assert_eq!(lines(&list, "set-cookie"), ["a=1", "POST", "c=3"]);
    assert_eq!(lines(&spellings, "set-cookie"), ["a=1", "b=2"]);
    assert_eq!(lines(&own, "content-type"), ["text/x", "text/y"]);
    assert_eq!(lines(&own, "date"), ["a", "b"]);
}

#[test]
fn keys_that_begin_with_x_are_left_to_whoever_writes_the_file() {
    let server = Running::playing(
        "scenario: s\n\
         x-busy: &busy { error: APIGW.0308, headers: { Retry-After: 2, x-shard: 7 } }\n\
         x-anything: [{ at: all }]\n\
         rules:\n\
         - operation: CreateShare\n\
         \x20 x-note: a rule\n\
         \x20 match: { x-why: matched, body: { validDays: { $gte: 1, x-note: an operator } } }\n\
         \x20 when: { x-note: a condition, state: { done: { $exists: false } } }\n\
         \x20 limit: { calls: 100, per: 1s, x-note: a limit }\n\
         \x20 answers:\n\
         \x20 - *busy\n\
         \x20 - { <<: *busy, x-note: an answer, delay: { x-note: a delay, uniform: [1ms, 2ms] } }\n\
         \x20 - { fault: { x-note: a fault, skew: 0s }, status: 400, body: { x-note: sent } }\n\
         \x20 - { error: { code: 13000102, x-note: an error } }\n\
         expect:\n\
         - { operation: CreateShare, calls: { min: 1, x-note: bounds }, retry: { max_attempts: 9, x-note: y }, x-note: z }\n",
    );
    let [first, second, third, fourth] = [(); 4].map(|()| server.send(&Request::share()));
    for busy in [first, second] {
        assert_eq!((busy.status, busy.header("retry-after"), busy.header("x-shard")), (429, Some("2"), Some("7")));
    }
    assert_eq!(third.json(), json!({ "x-note": "sent" }));
    assert_eq!(fourth.json()["code"], 13000102);
}
