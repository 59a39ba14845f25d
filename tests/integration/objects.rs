//! The object host over real sockets: what the links of the world are good for.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use understudy::{
    content::{Chain, hex},
    mock::Options,
    server::Limits,
    world::Seed,
};

use crate::{
    client::{Request, Response, Running},
    frames::Frames,
};

const LIN: &str = "1505084218764547200";
const LEAST: usize = 5 << 20;

fn server(scenarios: &[&str], bytes: usize) -> Running {
    let options = Options {
        world: Some(Arc::new(Seed::demo().unwrap())),
        world_bytes: bytes,
        time: Some("2026-11-21T20:00:00Z".parse().unwrap()),
        token_life: None,
        ..Options::default()
    };
    Running::with(scenarios, options, Limits::default())
}

fn call(server: &Running, method: &str, target: &str, body: &Value) -> (u16, Value) {
    let mut request = Request::new(method, &format!("/koodrive/ose/v1{target}"));
    if !body.is_null() {
        request = request.body(&body.to_string());
    }
    let answer = server.send(&request.header("Authorization", "Bearer 0123456789abcdef"));
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
}

/// Where Lin's files are.
fn space(server: &Running) -> String {
    let (_, answer) = call(server, "GET", &format!("/space/{LIN}?type=1"), &Value::Null);
    answer["data"]["containerId"].as_str().unwrap().to_owned()
}

/// Begins an upload of parts of these sizes: the file, and the target of each part.
fn begin(server: &Running, parts: &[Value]) -> (String, Vec<String>) {
    let length: u64 = parts.iter().map(|part| part["partSize"].as_u64().unwrap()).sum();
    let body = json!({
        "fileName": "a.bin", "fileType": "45", "parentFolder": ["root"], "length": length, "uploadMode": "multipart",
        "uploadType": 1, "autoRename": 2, "containerId": space(server), "multiParts": parts
    });
    let (status, answer) = call(server, "POST", "/files/create", &body);
    assert_eq!(status, 200, "{answer}");
    let links = answer["multiParts"].as_array().unwrap().iter();
    let links = links.map(|part| target(part["uploadUrl"].as_str().unwrap())).collect();
    (answer["fileId"].as_str().unwrap().to_owned(), links)
}

/// A link without the host that a request names anyway.
fn target(link: &str) -> String {
    link.strip_prefix("http://127.0.0.1").unwrap_or_else(|| panic!("{link}")).to_owned()
}

/// A request by a link, with nothing but what HTTP needs.
fn by_link(method: &str, target: &str, body: &[u8]) -> Request {
    let mut request = Request::new(method, target);
    request.headers.retain(|(name, _)| name == "Host");
    request.body = body.to_vec();
    request
}

fn put(server: &Running, target: &str, body: &[u8]) -> Response {
    server.send(&by_link("PUT", target, body))
}

fn complete(server: &Running, file: &str, body: Value) -> (u16, String) {
    let mut body = body;
    body["fileId"] = json!(file);
    let (status, answer) = call(server, "POST", "/files/complete", &body);
    (status, answer["code"].to_string())
}

fn text(answer: &Response) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// Bytes that differ everywhere.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|index| (index * 7 + index / 251) as u8).collect()
}

#[test]
fn what_went_up_in_parts_of_any_order_comes_down_again() {
    let server = server(&[], 64 << 20);
    let data = bytes(2 * LEAST + 9);
    let parts: Vec<Value> = [LEAST, LEAST, 9]
        .iter()
        .zip(1..)
        .map(|(size, number)| json!({ "partNumber": number, "partSize": size }))
        .collect();
    let (file, links) = begin(&server, &parts);
    for part in [2, 0, 1, 2] {
        let end = data.len().min((part + 1) * LEAST);
        let answer = put(&server, &links[part], &data[part * LEAST..end]);
        assert_eq!(answer.status, 200, "{}", text(&answer));
        assert!(answer.body.is_empty() && answer.header("etag").unwrap().len() == 34);
    }
    let wrong = complete(&server, &file, json!({ "sha256": "0".repeat(64) }));
    assert_eq!(wrong, (400, "13000402".to_owned()));
    let right = hex(&Sha256::digest(&data));
    assert_eq!(complete(&server, &file, json!({ "sha256": right })).0, 200);
    let (_, answer) =
        call(&server, "POST", "/files/download", &json!({ "containerId": space(&server), "fileIds": [file] }));
    let link = target(answer["downloads"][0]["url"].as_str().unwrap());
    let answer = server.send(&by_link("GET", &link, b""));
    assert_eq!((answer.status, answer.body == data), (200, true));
    assert_eq!(answer.header("etag"), Some(&*format!("\"{right}\"")));
    let answer = server.send(&by_link("GET", &link, b"").header("Range", "bytes=-9"));
    assert_eq!((answer.status, answer.body == data[2 * LEAST..]), (206, true));
}

#[test]
fn an_upload_that_nobody_completed_is_noticed() {
    let server = server(&[], 1 << 20);
    let noticed = || server.send(&Request::new("GET", "/__admin/verdict")).json()["sessions"][0]["noticed"].clone();
    let (file, links) = begin(&server, &[json!({ "partNumber": 1, "partSize": 5 })]);
    assert_eq!(put(&server, &links[0], b"hello").status, 200);
    let text = "the upload of `a.bin` was begun and never completed: there is no such file";
    let nothing = json!({ "count": 0, "first": [] });
    assert_eq!(noticed(), json!([{ "kind": "open_upload", "text": text, "exchanges": nothing }]));
    assert_eq!(complete(&server, &file, json!({})).0, 200);
    assert_eq!(noticed(), json!([]));
}

#[test]
fn what_there_is_no_room_for_is_checked_all_the_same() {
    let server = server(&[], 0);
    let data = bytes(LEAST + 64);
    let mut chain = Chain::default();
    chain.update(&data[..LEAST]);
    let before: Vec<u32> = chain.state().unwrap().to_vec();
    let parts = |before: &[u32]| {
        [
            json!({ "partNumber": 1, "partSize": LEAST, "partOffset": 0 }),
            json!({ "partNumber": 2, "partSize": 64, "partOffset": LEAST, "hashCtx": before }),
        ]
    };
    let sha256 = json!({ "sha256": hex(&Sha256::digest(&data)) });
    let (file, links) = begin(&server, &parts(&before));
    assert!(links[1].contains("&X-Amz-Iteration-Hash-Ctx="), "{}", links[1]);
    // The second one first: its state says how to go on.
    assert_eq!(put(&server, &links[1], &data[LEAST..]).status, 200);
    assert_eq!(put(&server, &links[0], &data[..LEAST]).status, 200);
    assert_eq!(complete(&server, &file, sha256.clone()).0, 200);
    let (_, answer) =
        call(&server, "POST", "/files/download", &json!({ "containerId": space(&server), "fileIds": [file] }));
    assert_eq!(answer["downloads"][0]["code"], "13000407", "{answer}");

    // A state that is another one is told by its part.
    let (file, links) = begin(&server, &parts(&[7; 8]));
    assert_eq!(put(&server, &links[0], &data[..LEAST]).status, 200);
    assert_eq!(put(&server, &links[1], &data[LEAST..]).status, 200);
    assert_eq!(complete(&server, &file, sha256), (400, "13000402".to_owned()));
    let last = server.mock.journal().all().last().unwrap().details().warnings[0].found.clone();
    assert!(last.contains("hashCtx of part 2"), "{last}");
}

#[test]
fn a_link_is_good_for_an_hour_of_the_sessions_clock() {
    let server = server(&[], 1000);
    let (_, links) = begin(&server, &[json!({ "partNumber": 1, "partSize": 5 })]);
    let session = server.mock.sessions().get("default").unwrap();
    session.clock.advance(Duration::from_secs(3600));
    assert_eq!(put(&server, &links[0], b"hello").status, 200);
    session.clock.advance(Duration::from_secs(1));
    let answer = put(&server, &links[0], b"hello");
    assert_eq!((answer.status, answer.header("content-type")), (403, Some("application/xml")));
    assert!(
        text(&answer).contains("<Code>AccessDenied</Code><Message>Request has expired</Message>"),
        "{}",
        text(&answer)
    );
}

#[test]
fn a_link_is_good_for_its_host_its_size_and_its_method_alone() {
    let server = server(&[], 1000);
    let (_, links) = begin(&server, &[json!({ "partNumber": 1, "partSize": 5 })]);
    let request = by_link("PUT", &links[0], b"hello");
    for (wrong, found) in [
        (request.clone().header("Host", "localhost"), "a link for the Host 127.0.0.1, used with localhost"),
        (by_link("GET", &links[0], b""), "a link for PUT, used with GET"),
        (by_link("PUT", &links[0], b"hell"), "size than the 4 bytes of Content-Length"),
    ] {
        let answer = server.send(&wrong);
        assert!(
            answer.status == 403 && text(&answer).contains("<Code>SignatureDoesNotMatch</Code>"),
            "{}",
            text(&answer)
        );
        let violations = answer.header("x-understudy-violations").unwrap();
        assert!(violations.contains(found), "{violations}");
    }
    let chunked = format!(
        "PUT {} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        links[0]
    );
    let answer = server.raw(chunked);
    assert!(answer.status == 411 && text(&answer).contains("<Code>MissingContentLength</Code>"), "{}", text(&answer));
}

#[test]
fn a_part_that_breaks_off_is_as_it_was_before() {
    let server = server(&[], 1000);
    let (file, links) = begin(&server, &[json!({ "partNumber": 1, "partSize": 5 })]);
    let broken = |bytes: &[u8]| {
        let mut connection = server.connect();
        connection.write(&bytes[..bytes.len() - 2]);
        connection.half_close();
        connection.rest()
    };
    let answer = broken(&by_link("PUT", &links[0], b"hello").bytes());
    assert!(
        String::from_utf8_lossy(&answer).contains("<Code>IncompleteBody</Code>"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    assert_eq!(complete(&server, &file, json!({})), (400, "13000402".to_owned()));
    assert_eq!(put(&server, &links[0], b"hello").status, 200);
    broken(&by_link("PUT", &links[0], b"world").bytes());
    assert_eq!(complete(&server, &file, json!({ "sha256": hex(&Sha256::digest("hello")) })).0, 200);
}

#[test]
fn a_part_goes_up_on_http_2_as_well() {
    let server = server(&[], 1000);
    let (file, links) = begin(&server, &[json!({ "partNumber": 1, "partSize": 5 })]);
    let mut connection = Frames::connect(&server);
    let request = by_link("PUT", &links[0], b"").header("Content-Length", "5");
    connection.head(1, &request);
    connection.part(1, b"he");
    connection.body(1, b"llo");
    while !connection.next().unwrap().ends_stream() {}
    // One that ends early is as if it had never come.
    connection.head(3, &request);
    connection.part(3, b"wor");
    connection.cancel(3);
    assert_eq!(complete(&server, &file, json!({ "sha256": hex(&Sha256::digest("hello")) })).0, 200);
}

#[test]
fn rules_and_faults_work_on_a_part_as_on_any_call() {
    let rule = "scenario: a\nrules:\n  - operation: PutObjectPart\n    match: { query: { partNumber: 1 } }\n    answers: \
        [{ fault: reset }, { error: SlowDown }]\n    then: pass\n";
    let server = server(&[rule], 1000);
    let (file, links) = begin(&server, &[json!({ "partNumber": 1, "partSize": 5 })]);
    let mut connection = server.connect();
    connection.write(&by_link("PUT", &links[0], b"hello").bytes());
    assert_eq!(connection.rest(), b"");
    let answer = put(&server, &links[0], b"hello");
    assert!(answer.status == 503 && text(&answer).contains("<Code>SlowDown</Code>"), "{}", text(&answer));
    assert_eq!(complete(&server, &file, json!({})), (400, "13000402".to_owned()));
    assert_eq!(put(&server, &links[0], b"hello").header("x-understudy-answer"), Some("world"));
    assert_eq!(complete(&server, &file, json!({})).0, 200);
}

#[test]
fn a_credential_of_the_api_that_comes_along_is_a_warning() {
    let server = server(&[], 1000);
    let (_, links) = begin(&server, &[json!({ "partNumber": 1, "partSize": 5 })]);
    let answer = server
        .send(&by_link("PUT", &links[0], b"hello").header("Authorization", "Bearer s3cret").header("X-User-Id", "7"));
    assert_eq!(answer.status, 200);
    let warnings = server.warnings(&answer).join("; ");
    assert!(warnings.contains("/headers/authorization") && warnings.contains("/headers/x-user-id"), "{warnings}");
    assert!(!warnings.contains("s3cret"), "{warnings}");
}

#[test]
fn the_journal_has_the_size_and_digest_of_a_part_and_not_its_bytes() {
    let server = server(&[], 1000);
    let (_, links) = begin(&server, &[json!({ "partNumber": 1, "partSize": 5 })]);
    let answer = put(&server, &links[0], b"hello");
    let exchange = server.finished(answer.header("x-understudy-exchange").unwrap().parse().unwrap());
    assert_eq!(exchange.recorded.body(), b"5 bytes with the MD5 5d41402abc4b2a76b9719d911017c592");
}

#[test]
fn without_a_world_the_object_host_is_what_scripts_make_of_it() {
    let server = Running::trusting(&[
        "scenario: a\nrules:\n  - operation: PutObjectPart\n    answers: [{ status: 200, headers: { ETag: '\"a\"' } }]\n",
    ]);
    let query = "partNumber=1&uploadId=a&X-Amz-Algorithm=a&X-Amz-Date=a&X-Amz-SignedHeaders=host&X-Amz-Expires=1&X-Amz-Credential=a&X-Amz-Signature=a";
    let answer = put(&server, &format!("/~t/obs/0123?{query}"), b"hello");
    assert_eq!((answer.status, answer.header("etag")), (200, Some("\"a\"")), "{}", text(&answer));
    let answer = put(&server, "/obs/0123?partNumber=1&uploadId=a", b"hello");
    assert!(answer.status == 403 && text(&answer).contains("<Message>Access Denied</Message>"), "{}", text(&answer));
}

#[test]
fn links_carry_their_session_and_nobody_elses_are_found_there() {
    let server = server(&[], 1000);
    let (_, links) = begin(&server, &[json!({ "partNumber": 1, "partSize": 5 })]);
    assert!(links[0].starts_with("/~default/obs/"), "{}", links[0]);
    // The session is signed as everything else.
    let answer = put(&server, &links[0].replace("/~default/", "/~other/"), b"hello");
    assert_eq!(answer.status, 403, "{}", text(&answer));
}

#[test]
fn a_world_has_a_thousand_open_uploads_and_one_more_when_one_of_them_is_at_its_end() {
    let server = server(&[], 1 << 20);
    let container = space(&server);
    let create = |name: String, length: usize| {
        let body = json!({
            "fileName": name, "fileType": "45", "parentFolder": ["root"], "length": length, "uploadMode": "multipart",
            "uploadType": 1, "autoRename": 2, "containerId": container, "multiParts": [{ "partNumber": 1, "partSize": length }]
        });
        call(&server, "POST", "/files/create", &body)
    };
    let (status, first) = create("0.bin".to_owned(), 1);
    assert_eq!(status, 200, "{first}");
    for number in 1..1000 {
        assert_eq!(create(format!("{number}.bin"), 1).0, 200, "{number}");
    }
    let (status, answer) = create("more.bin".to_owned(), 1);
    assert_eq!((status, &answer["code"]), (400, &json!(13000102)), "{answer}");
    let link = target(first["multiParts"][0]["uploadUrl"].as_str().unwrap());
    assert_eq!(put(&server, &link, b"a").status, 200);
    assert_eq!(complete(&server, first["fileId"].as_str().unwrap(), json!({})).0, 200);
    assert_eq!(create("more.bin".to_owned(), 1).0, 200);
}
