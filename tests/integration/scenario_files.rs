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
    let [fixed, templated, patched, both, drifted] = answers(&format!(
        "  - {{ status: 400, body: {{ n: {digits} }} }}\n\
         \x20 - {{ status: 400, body: {{ n: {digits}, m: '{{{{ request.method }}}}' }} }}\n\
         \x20 - example: {{ x: {digits} }}\n\
         \x20 - example: {{ x: {digits}, y: '{{{{ request.method }}}}' }}\n\
         \x20 - {{ status: 400, body: {{ n: {digits}, m: 0 }}, fault: {{ drift: {{ drop: [/m] }} }} }}\n",
    ));
    assert_eq!(text(&drifted), text(&fixed));
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

/// What a scenario with these rules answers to calls of CreateShare with these comments.
fn codes(rules: &str, comments: &[&str]) -> Vec<String> {
    let server = Running::playing(&format!("scenario: s\nrules:\n{rules}"));
    let code = |response: &Response| {
        let body = response.json();
        let code = body.get("code").or_else(|| body.get("error_code")).unwrap();
        format!("{} {}", response.status, code.as_str().map_or_else(|| code.to_string(), str::to_owned))
    };
    let call = |comment: &&str| code(&server.send(&Request::share_with("comment", Some(json!(comment)))));
    comments.iter().map(call).collect()
}

#[test]
fn when_may_be_an_expression_that_must_be_true() {
    let rules = "- operation: CreateShare\n\
                 \x20 when: \"{{ request.body.comment in (state.seen | default([])) }}\"\n\
                 \x20 answers: [error: 13000309]\n\
                 - operation: CreateShare\n\
                 \x20 answers:\n\
                 \x20 - { example: {}, set: { seen: \"{{ (state.seen | default([])) + [request.body.comment] }}\" } }\n";
    assert_eq!(codes(rules, &["a", "b", "a", "c", "b"]), ["200 0", "200 0", "400 13000309", "200 0", "400 13000309"]);
}

#[test]
fn an_expression_under_when_that_fails_is_told_and_no_other_rule_is_asked() {
    let server = Running::playing(
        "scenario: s\nrules:\n\
         - { operation: CreateShare, when: \"{{ (state.n + 1) > 1 }}\", answers: [error: 13000309] }\n\
         - { operation: CreateShare, answers: [example], x-note: \"{{ a note }}\" }\n\
         - { operation: BatchCancel, answers: [{ example: {}, set: { n: 1 } }] }\n",
    );
    let response = server.send(&Request::share());
    assert_eq!((response.status, response.header("x-understudy-answer")), (500, Some("scenario:s#1/when")));
    let warnings = server.finished(1).details().warnings.clone();
    assert_eq!(warnings.iter().map(|warning| warning.at.as_str()).collect::<Vec<_>>(), ["/when"]);
    let cancel = Request::new("POST", "/koodrive/ose/v1/share/cancel").body(&json!({ "shareIds": ["1"] }).to_string());
    assert_eq!(server.send(&cancel).status, 200);
    assert_eq!(server.send(&Request::share()).json()["code"], 13000309);
}

#[test]
fn the_code_of_an_error_may_depend_on_the_call() {
    let rules = "- operation: CreateShare\n  answers:\n  - error: \"{{ request.body.comment }}\"\n";
    let found = codes(rules, &["13000309", "APIGW.0308", "0013000309", "APIGW.0201"]);
    // What is no error of the catalogue, or several, is a template that fails.
    assert_eq!(found, ["400 13000309", "429 APIGW.0308", "500 APIGW.0601", "500 APIGW.0601"]);
    let chosen =
        "- operation: CreateShare\n  answers:\n  - error: { code: \"{{ request.body.comment }}\", status: 504 }\n";
    assert_eq!(codes(chosen, &["APIGW.0201", "APIGW.0308"]), ["504 APIGW.0201", "500 APIGW.0601"]);
}

#[test]
fn a_bare_status_brings_the_only_error_of_the_catalogue_that_fits() {
    let [bare, mapped, listed, several, none, asked] = answers(
        "  - 504\n  - { status: 429, headers: { Retry-After: 1 } }\n  - 400\n  - 502\n  - 418\n  - { status: 504, body: '' }\n",
    );
    assert_eq!((bare.status, &bare.json()["error_code"]), (504, &json!("APIGW.0201")));
    assert_eq!((mapped.json()["error_code"].as_str(), mapped.header("retry-after")), (Some("APIGW.0308"), Some("1")));
    // Of all errors with 400 the operation lists one.
    assert_eq!(listed.json()["code"], 13000102);
    for (response, status) in [(several, 502), (none, 418), (asked, 504)] {
        assert_eq!((response.status, text(&response)), (status, ""));
    }
}

#[test]
fn the_delay_of_a_rule_holds_for_its_answers_but_for_those_that_have_one() {
    let server = Running::playing(
        "scenario: s\nrules:\n- operation: CreateShare\n  delay: 30ms\n  answers: [503, { example: {}, delay: 0ms }, example]\n",
    );
    let delays = [1, 2, 3].map(|number| {
        server.send(&Request::share());
        server.finished(number).details().delay
    });
    let ms = std::time::Duration::from_millis;
    assert_eq!(delays, [Some(ms(30)), Some(ms(0)), Some(ms(30))]);
}

#[test]
fn an_answer_sets_its_states_also_where_a_fault_keeps_it_from_the_client() {
    let server = Running::playing(
        "scenario: s\nrules:\n\
         - { operation: CreateShare, when: { state: { made: true } }, answers: [error: 13000309] }\n\
         - { operation: CreateShare, answers: [{ fault: reset, set: { made: true } }] }\n",
    );
    let mut connection = server.connect();
    connection.write(&Request::share().bytes());
    assert_eq!(connection.ending().1, crate::client::Ending::Reset);
    assert_eq!(server.send(&Request::share()).json()["code"], 13000309);
}

#[test]
fn an_id_that_was_never_created_gets_its_error_as_the_documents_say() {
    let text = include_str!("../../docs/scenarios.md");
    let mut blocks = text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let server = Running::playing(blocks.find(|block| block.contains("scenario: only-what-was-created")).unwrap());
    let detail = |id: &str| {
        let path = format!("/koodrive/ose/v1/files/{id}/detail");
        server.send(&Request::new("POST", &path).body(&json!({ "containerId": "c" }).to_string()))
    };
    let create = || {
        let created = server.send(&crate::tutorial::file()).json();
        created["fileId"].as_str().unwrap().to_owned()
    };
    let [first, second] = [create(), create()];
    assert_ne!(first, second);
    assert_eq!([detail(&first).status, detail(&second).status], [200, 200]);
    assert_eq!(detail("1534087020903700001").json()["code"], 13000309);
}

#[test]
fn a_call_may_name_the_state_that_is_set() {
    let rules = "- operation: CreateShare\n\
                 \x20 when: \"{{ state['share-' ~ request.body.comment] == 'made' }}\"\n\
                 \x20 answers: [{ error: 13000309, set: { \"share-{{ request.body.comment }}\": null } }]\n\
                 \x20 then: cycle\n\
                 - operation: CreateShare\n\
                 \x20 answers: [{ example: {}, set: { \"share-{{ request.body.comment }}\": made } }]\n";
    let gone = "400 13000309";
    assert_eq!(codes(rules, &["a", "b", "a", "b", "a", "a"]), ["200 0", "200 0", gone, gone, "200 0", gone]);
}

#[test]
fn calls_fill_the_states_of_a_session_up_to_a_limit_only() {
    let rules = "- operation: CreateShare\n\
                 \x20 answers:\n\
                 \x20 - example: {}\n\
                 \x20   set: { \"{{ request.body.comment }}\": \"{{ (state[request.body.comment] | default('x')) ~ request.body.comment }}\" }\n";
    let names: Vec<String> = (0..1002).map(|number| format!("n{number}")).collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.push("n0");
    let found = codes(rules, &names);
    assert!(found[..1000].iter().all(|code| code == "200 0"));
    // One that is there already has room.
    assert_eq!(found[1000..], ["500 APIGW.0601", "500 APIGW.0601", "200 0"]);
    let long = "y".repeat(201);
    assert_eq!(codes(rules, &["", &long]), ["500 APIGW.0601", "500 APIGW.0601"]);
}
