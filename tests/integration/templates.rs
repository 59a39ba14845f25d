//! Templates, rendered for a client's calls.

use serde_json::{Value, json};
use understudy::contract::json::Json;

use crate::{
    client::{Request, Response, Running, contract},
    tutorial::play,
};

/// The body of a 200 that keeps the contract of its operation to the letter.
fn kept(response: &Response, operation: &str) -> Value {
    let contract = contract();
    let operation = contract.operation(contract.named(operation)[0]);
    let responses = operation.responses(contract.service_of(operation)).unwrap();
    let schema =
        responses.iter().find(|documented| documented.status == response.status).unwrap().body.as_ref().unwrap();
    let body = response.json();
    assert_eq!(schema.violations(&Json::from(&body), ""), []);
    assert_eq!(schema.warnings(&Json::from(&body), ""), []);
    body
}

fn post(path: &str, body: &Value) -> Request {
    Request::new("POST", path).body(&body.to_string())
}

#[test]
fn shares_are_cancelled_in_part() {
    let server = play("06-half-a-success.yaml");
    let call = post("/koodrive/ose/v1/share/cancel", &json!({ "shareIds": ["1", "2\"\\", "空"] }));
    assert_eq!(
        kept(&server.send(&call), "BatchCancel")["subResponseList"],
        json!([
            { "shareId": "1", "code": 0, "msg": "success" },
            { "shareId": "2\"\\", "code": 13000309, "msg": "Resource not found." },
            { "shareId": "空", "code": 13000309, "msg": "Resource not found." }
        ])
    );
    let chinese = kept(&server.send(&call.header("language", "zh-CN")), "BatchCancel");
    assert_eq!(chinese["subResponseList"][1]["msg"], "资源不存在");
    let none = post("/koodrive/ose/v1/share/cancel", &json!({}));
    assert_eq!(kept(&server.send(&none), "BatchCancel")["subResponseList"], json!([]));
}

#[test]
fn downloads_succeed_in_part() {
    let server = play("06-half-a-success.yaml");
    let call = |ids: Value| post("/koodrive/ose/v1/files/download", &json!({ "containerId": "c", "fileIds": ids }));
    let one = kept(&server.send(&call(json!(["a"]))), "GetDownLoadUrl");
    assert_eq!(one["batchCode"], 1);
    let two = kept(&server.send(&call(json!(["a", "b"]))), "GetDownLoadUrl");
    assert_eq!(
        two,
        json!({ "code": 0, "msg": "Success.", "batchCode": 0, "downloads": [
            { "fileId": "a", "url": "https://example-bucket.obs.example.com/a", "code": "0", "msg": "Success." },
            { "fileId": "b", "code": "13000309", "msg": "Resource not found." }
        ] })
    );
}

#[test]
fn members_are_added_in_part() {
    let server = play("06-half-a-success.yaml");
    let member = |id: i64| json!({ "userId": id, "template": 1 });
    let body = json!({ "amendModRoles": [member(7), member(8), member(9_007_199_254_740_993)] });
    let answer = server.send(&post("/koodrive/ose/v1/usergroups/17/members/batchAdd", &body));
    assert_eq!(
        kept(&answer, "BatchAddGroupMembers"),
        json!({ "code": 0, "msg": "OK", "id": "17", "status": 1, "failedList": ["8", "9007199254740993"] })
    );
}

#[test]
fn a_share_echoes_what_was_asked_for_and_leaves_out_what_was_not() {
    let server = play("05-templates.yaml");
    let asked = Request::share_with("comment", Some(json!("a \"b\" \u{1} 空"))).header("X-Traceid", &"t".repeat(58));
    let response = server.send(&asked);
    assert_eq!(response.violations(), []);
    let share = kept(&response, "CreateShare")["shareLink"].clone();
    assert_eq!((share["comment"].as_str(), share["extractCode"].as_str()), (Some("a \"b\" \u{1} 空"), Some("")));
    assert_eq!(share["shareId"].as_str().map(str::len), Some(19));
    assert_eq!(share["expireTime"].as_str().map(str::len), Some("2024-10-29T09:14:52.948Z".len()));
    assert_eq!(response.header("x-trace"), Some(format!("{}/POST", "t".repeat(58)).as_str()));
    let silent = kept(&server.send(&Request::share_with("comment", None)), "CreateShare");
    assert!(silent["shareLink"].get("comment").is_none());
    assert_ne!(silent["shareLink"]["shareId"], share["shareId"]);
}

#[test]
fn the_same_calls_get_the_same_random_values() {
    let stream = || {
        let server = Running::playing(
            "scenario: s\nrules:\n- operation: CreateShare\n  answers: [{ body: \"{{ random_hex(16) }}\", headers: { Content-Type: a/b } }]\n",
        );
        (0..3).map(|_| server.send(&Request::share()).body).collect::<Vec<_>>()
    };
    let first = stream();
    assert_eq!(stream(), first);
    assert!(first[0] != first[1] && first[0].len() == 16);
}

#[test]
fn a_text_is_rendered_as_it_is() {
    let server = Running::playing(
        "scenario: s\nrules:\n- operation: CreateShare\n  answers:\n  - { status: 502, body: \"<b>{{ request.body.fileIds }}</b>\\n\" }\n",
    );
    let response = server.send(&Request::share_with("fileIds", Some(json!(["<\"1\">"]))));
    assert_eq!(String::from_utf8_lossy(&response.body), "<b>[\"<\\\"1\\\">\"]</b>\n");
    assert_eq!((response.status, response.header("content-type")), (502, Some("text/plain; charset=utf-8")));
}

#[test]
fn a_template_that_fails_is_an_internal_error_and_the_journal_says_why() {
    let server = Running::playing(
        "scenario: s\nrules:\n- operation: CreateShare\n  answers:\n  - { example: { msg: \"{{ state.no + 1 }}\" } }\n  - { example: {}, headers: { X-A: \"{{ request.body.comment }}\" } }\n",
    );
    let failed = server.send(&Request::share());
    assert_eq!((failed.status, failed.json()["error_code"].as_str()), (500, Some("APIGW.0601")));
    assert_eq!(failed.header("x-understudy-answer"), Some("scenario:s#1/1"));
    let number = failed.header("x-understudy-exchange").unwrap();
    let exchange = server.send(&Request::new("GET", &format!("/__admin/exchanges/{number}"))).json();
    assert_eq!(
        exchange["warnings"],
        json!([{ "at": "/answer/body/msg", "rule": "template", "expected": "a template that renders",
                 "found": "tried to use + operator on unsupported types undefined and number" }])
    );
    assert_eq!(exchange["violations"], json!([]));
    // A header cannot break out of its line.
    let split = server.send(&Request::share_with("comment", Some(json!("a\r\nX-B: c"))));
    assert_eq!((split.status, split.header("x-b")), (500, None));
    assert_eq!(server.send(&Request::share_with("comment", Some(json!("fine")))).header("x-a"), Some("fine"));
}
