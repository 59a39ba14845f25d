//! Recorded traffic, turned into a scenario and played.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use serde_json::{Value, json};

use crate::{
    client::{Request, Running},
    command_line::{err, file, out, understudy},
};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/har").join(name)
}

fn record(recording: &Path, output: &Path) -> Output {
    understudy().arg("record").arg(recording).arg("-o").arg(output).output().unwrap()
}

/// An entry for a call with its answer.
fn entry(request: &Request, status: u16, media_type: &str, answer: &str) -> Value {
    let pairs: Vec<Value> =
        request.headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let body = String::from_utf8(request.body.clone()).unwrap();
    json!({
        "startedDateTime": "2026-11-21T20:00:00Z", "time": 1,
        "request": { "method": request.method, "url": format!("http://127.0.0.1:8080{}", request.target), "httpVersion": "HTTP/1.1",
            "headers": pairs, "postData": { "mimeType": "application/json", "text": body } },
        "response": { "status": status, "headers": [{ "name": "Content-Type", "value": media_type }, { "name": "Set-Cookie", "value": "s=1" }],
            "content": { "text": answer } },
    })
}

/// The scenario that is made of entries; it passes `check`, and what was said of it.
fn recorded(entries: &[Value]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let har = file(folder.path(), "a.har", &json!({ "log": { "entries": entries } }).to_string());
    let scenario = folder.path().join("played-again.yaml");
    let output = record(&har, &scenario);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = fs::read_to_string(&scenario).unwrap();
    let checked = understudy().arg("check").arg(&scenario).output().unwrap();
    assert_eq!(checked.status.code(), Some(0), "{}\n{text}", out(&checked));
    (text, err(&output))
}

fn file_of(id: &str) -> Request {
    Request::new("POST", &format!("/koodrive/ose/v1/files/{id}/detail")).body("{\"containerId\":\"a8f0\"}")
}

#[test]
fn what_is_recorded_is_played_again() {
    let json_answer = |id: &str| json!({ "code": 0, "msg": "success", "fileInfo": { "id": id, "name": "空 {{ x }} {% y \u{7f}\"\\/\n" } });
    let calls = [
        (Request::share(), 503, "application/json", "{\"error_code\":\"APIGW.0308\"}".to_owned()),
        (Request::share(), 503, "application/json", "{\"error_code\":\"APIGW.0308\"}".to_owned()),
        (Request::share(), 200, "application/json; charset=utf-8", "{\"code\": 0, \"n\": 1.50}".to_owned()),
        (file_of("1001"), 200, "application/json", json_answer("1001").to_string()),
        (file_of("1002"), 404, "application/json", "{\"code\":13000309}".to_owned()),
        (file_of("1003"), 502, "text/html", "<b>{{ bad gateway }}</b>".to_owned()),
        (file_of("1001"), 200, "application/json", json_answer("1001").to_string()),
    ];
    let entries: Vec<Value> =
        calls.iter().map(|(request, status, media_type, answer)| entry(request, *status, media_type, answer)).collect();
    let (text, _) = recorded(&entries);
    assert!(text.contains("times: 2 }") && !text.to_lowercase().contains("cookie"), "{text}");
    let play = |order: &[usize]| {
        let running = Running::trusting(&[&text]);
        for index in order {
            let (request, status, media_type, answer) = &calls[*index];
            let response = running.send(request);
            assert_eq!((response.status, response.header("content-type")), (*status, Some(*media_type)), "{text}");
            match serde_json::from_str::<Value>(answer) {
                Ok(value) => assert_eq!(serde_json::from_slice::<Value>(&response.body).unwrap(), value),
                Err(_) => assert_eq!(String::from_utf8_lossy(&response.body), *answer),
            }
        }
    };
    play(&[0, 1, 2, 3, 4, 5, 6]);
    // Files are told apart by their ids.
    play(&[5, 3, 4, 6, 5, 0]);
}

#[test]
fn recordings_of_browsers_and_proxies_pass_check() {
    let folder = tempfile::tempdir().unwrap();
    for (name, rule) in [
        (
            "chromium.har",
            "  - operation: CreateShare\n    answers:\n      - { status: 503, headers: { retry-after: \"2\" }, body: ",
        ),
        ("mitmproxy.har", "      - { fault: close }\n"),
        ("playwright.har", "  - operation: CreateShare\n    answers:\n      - { status: 200, body: "),
    ] {
        let scenario = folder.path().join(name).with_extension("yaml");
        let output = record(&data(name), &scenario);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let text = fs::read_to_string(&scenario).unwrap();
        assert!(text.contains(rule), "{text}");
        assert_eq!(understudy().arg("check").arg(&scenario).output().unwrap().status.code(), Some(0));
        if name == "playwright.har" {
            let told =
                "  left out  1: CreateShare breaks the contract: /body/validDays: expected at most 365, found 366\n";
            assert!(err(&output).contains(told), "{}", err(&output));
        }
    }
}

#[test]
fn secrets_are_replaced_and_a_token_by_one_that_works() {
    let answer = json!({ "code": 0, "msg": "success", "data": { "accessToken": "Bearer very-secret-1", "sessionId": "very-secret-2", "userId": "7" } });
    let session = Request::new("POST", "/koodrive/ose/v1/session/").body("{\"code\":\"very-secret-3\"}");
    let share = Request::share_with("extractCode", Some("vs4x".into()));
    let shared = json!({ "code": 0, "msg": "success", "shareLink": { "extractCode": "vs5x" } });
    let entries = [
        entry(&session, 200, "application/json", &answer.to_string()),
        entry(&share, 200, "application/json", &shared.to_string()),
        entry(&Request::share(), 200, "application/json", "{}"),
    ];
    let (text, _) = recorded(&entries);
    for secret in ["very-secret-1", "vs4x", "vs5x", "10f88a1b2c3d4791e9ff"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let built_in = "0123456789abcdef0123456789abcdef0123456789abcdef";
    assert!(text.contains(built_in), "{text}");
}

#[test]
fn errors_and_examples_are_named_and_what_cannot_be_played_is_told() {
    let running =
        Running::trusting(&["scenario: s\nrules: [{ operation: CreateShare, answers: [error: 13000311, example] }]"]);
    let said = |request: &Request| String::from_utf8(running.send(request).body).unwrap();
    let (full, example) = (said(&Request::share()), said(&Request::share()));
    let mut binary = entry(&file_of("1"), 200, "application/octet-stream", "/w==");
    binary["response"]["content"]["encoding"] = json!("base64");
    let entries = [
        entry(&Request::share(), 400, "application/json", &full),
        entry(&Request::share(), 200, "application/json", &example),
        binary,
        entry(&Request::new("GET", "/koodrive/teapot"), 404, "application/json", "{}"),
    ];
    let (text, told) = recorded(&entries);
    assert!(text.contains("    answers:\n      - { error: 13000311 }\n      - example\n"), "{text}");
    assert!(
        told.contains("scenario: 2 calls of 1 operation\n  left out  1: GetFile: its body is not text\n"),
        "{told}"
    );
    assert!(told.contains("  left out  1: breaks the contract: /path: expected "), "{told}");
}

#[test]
fn what_is_no_har_and_where_nothing_can_be_written_leave_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("a.yaml");
    let output = record(&file(folder.path(), "a.har", "{}"), &scenario);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(!scenario.exists());
    let output = record(&data("chromium.har"), Path::new("/no/such/folder/a.yaml"));
    assert!(output.status.code() == Some(4) && err(&output).contains("the scenario `/no/such/folder/a.yaml` "));
    let printed = understudy().arg("record").arg(data("chromium.har")).output().unwrap();
    assert!(
        out(&printed).starts_with("scenario: \"recorded\"\nsummary: 2 recorded calls.\nrules:\n"),
        "{}",
        out(&printed)
    );
}
