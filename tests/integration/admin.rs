//! The admin API.

use crate::{
    client::{Request, Response, Running, trusting},
    frames::{DATA, Frames, HEADERS},
};
use serde_json::json;
use std::sync::Arc;
use understudy::{mock::Options, server::Limits, world::Seed};

fn get(server: &Running, path: &str) -> Response {
    server.raw(format!("GET /__admin/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
}

#[test]
fn health_tells_what_is_served() {
    let server = Running::playing("scenario: s\nrules: []\n");
    let health = get(&server, "health").json();
    assert_eq!(health["status"], "ok");
    let services: Vec<&str> =
        health["services"].as_array().unwrap().iter().map(|service| service["service"].as_str().unwrap()).collect();
    assert_eq!(services, ["gokuai", "koodrive", "objects"]);
    assert_eq!(health["scenarios"], json!(["s"]));
}

#[test]
fn exchanges_can_be_read_filtered_and_forgotten() {
    let server = Running::plain();
    server.send(&Request::share());
    server.send(&Request::share_with("validDays", Some(json!(0))));
    server.send(&Request::new("POST", "/koodrive/ose/v1/share/cancel").body("{}"));
    let numbers = |query: &str| -> Vec<u64> {
        let list = get(&server, &format!("exchanges{query}")).json();
        list["exchanges"].as_array().unwrap().iter().map(|one| one["exchange"].as_u64().unwrap()).collect()
    };
    assert_eq!(numbers(""), [1, 2, 3]);
    assert_eq!(numbers("?violations=true"), [2]);
    assert_eq!(numbers("?operation=CreateShare&violations=false"), [1]);
    assert_eq!(numbers("?session=default"), [1, 2, 3]);
    assert_eq!(numbers("?session=other"), [0; 0]);
    assert_eq!(server.raw("DELETE /__admin/exchanges HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 204);
    assert_eq!(numbers(""), [0; 0]);
    assert_eq!(get(&server, "exchanges/1").status, 410);
    assert_eq!(get(&server, "exchanges/99").status, 404);
}

#[test]
fn lists_can_be_read_page_by_page() {
    let server = Running::plain();
    for _ in 0..5 {
        server.send(&Request::new("GET", "/koodrive/teapot"));
    }
    let numbers = |path: &str| -> Vec<u64> {
        let list = get(&server, path).json();
        let list = list.as_object().unwrap().values().next().unwrap().as_array().unwrap().clone();
        list.iter().map(|one| one["exchange"].as_u64().unwrap()).collect()
    };
    for list in ["exchanges", "unmatched"] {
        assert_eq!(numbers(&format!("{list}?limit=2")), [1, 2]);
        assert_eq!(numbers(&format!("{list}?limit=2&after=2")), [3, 4]);
        assert_eq!(numbers(&format!("{list}?after=4")), [5]);
        assert_eq!(numbers(&format!("{list}?after=18446744073709551615")), [0; 0]);
        for wrong in ["limit=0", "limit=x", "after=-1", "limit="] {
            assert_eq!(get(&server, &format!("{list}?{wrong}")).status, 400, "{wrong}");
        }
    }
}

/// A server whose journal has 100 calls of no route, with 20,000 bytes each.
fn with_a_long_list() -> Running {
    let server = Running::plain();
    let mut connection = server.connect();
    let call = Request::new("POST", "/koodrive/teapot").body(&"x".repeat(20_000)).bytes();
    for _ in 0..100 {
        connection.write(&call);
        connection.response("POST");
    }
    server
}

#[test]
fn a_long_list_comes_in_pieces_and_is_one_document() {
    let server = with_a_long_list();
    let mut connection = server.connect();
    for (list, chunked) in [("exchanges", Some("chunked")), ("exchanges?limit=2", None), ("unmatched", Some("chunked"))]
    {
        connection.write(format!("GET /__admin/{list} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes());
        let response = connection.response("GET");
        assert_eq!((response.status, response.header("transfer-encoding")), (200, chunked), "{list}");
        assert_eq!(response.header("x-understudy-answer"), Some("admin"));
        let numbers: Vec<u64> = response
            .json()
            .as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["exchange"].as_u64().unwrap())
            .collect();
        assert_eq!(numbers, (1..=if list.ends_with("=2") { 2 } else { 100 }).collect::<Vec<_>>());
    }
    connection.write(b"HEAD /__admin/exchanges HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(connection.response("HEAD").status, 200);
    connection.write(b"GET /__admin/exchanges HTTP/1.0\r\n\r\n");
    let whole = String::from_utf8(connection.rest()).unwrap();
    let (head, body) = whole.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.0 200") && !head.contains("chunked"), "{head}");
    let list: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(list["exchanges"].as_array().unwrap().len(), 100);
}

#[test]
fn a_long_list_comes_in_pieces_on_http_2_too() {
    let server = with_a_long_list();
    let mut connection = Frames::connect(&server);
    connection.call(1, &Request::new("GET", "/__admin/exchanges"));
    connection.open_window(1, 1 << 24);
    let mut text = Vec::new();
    loop {
        let frame = connection.next().unwrap();
        if frame.kind == DATA {
            text.extend_from_slice(&frame.payload);
        }
        if frame.ends_stream() {
            break;
        }
    }
    let list: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(list["exchanges"].as_array().unwrap().len(), 100);
    connection.call(3, &Request::new("HEAD", "/__admin/exchanges"));
    let frame = connection.next().unwrap();
    assert_eq!((frame.kind, frame.stream, frame.ends_stream()), (HEADERS, 3, true));
}

#[test]
fn a_list_that_nobody_reads_to_its_end_stops_no_one() {
    let server = with_a_long_list();
    let mut connection = server.connect();
    connection.write(b"GET /__admin/exchanges HTTP/1.1\r\nHost: localhost\r\n\r\n");
    connection.up_to("\"exchange\": 1,");
    assert_eq!(server.send(&Request::share()).status, 200);
    assert_eq!(server.raw("DELETE /__admin/exchanges HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 204);
    drop(connection);
    assert_eq!(get(&server, "exchanges").json(), json!({ "exchanges": [] }));
}

#[test]
fn the_states_of_a_session_are_bounded() {
    let server = Running::plain();
    let put = |body: String| {
        let length = body.len();
        let head =
            format!("PUT /__admin/sessions/a/states HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n");
        server.raw(head + &body).status
    };
    let many = |count: usize| json!((0..count).map(|n| (format!("s{n}"), json!(n))).collect::<serde_json::Map<_, _>>());
    assert_eq!(put(many(1000).to_string()), 200);
    assert_eq!(put(json!({ "one more": 1 }).to_string()), 413);
    assert_eq!(put(json!({ "s1": "x".repeat(1 << 20) }).to_string()), 413);
    // All is as it was.
    assert_eq!(get(&server, "sessions/a/states").json(), many(1000));
}

#[test]
fn an_exchange_shows_everything_but_secrets() {
    let server = Running::plain();
    let request = Request::share_with("extractCode", Some(json!("s3cr3t"))).header("Cookie", "Authorization=s3cr3t");
    server.send(&request.header("Authorization", "Bearer s3cr3t"));
    let response = get(&server, "exchanges/1");
    let text = String::from_utf8(response.body.clone()).unwrap();
    assert!(!text.contains("s3cr3t"), "{text}");
    let exchange = response.json();
    assert_eq!(exchange["request"]["method"], "POST");
    assert_eq!(exchange["response"]["status"], 200);
    assert_eq!(exchange["documentation"][0]["page"], "api-koodrive/createShare.html");
    assert!(exchange["request"]["body"].as_str().unwrap().contains(r#""extractCode":"[redacted]""#));
}

#[test]
fn a_secret_is_not_shown_in_a_violation_either() {
    let server = Running::plain();
    let response = server.send(&Request::share_with("extractCode", Some(json!({ "code": 123_456 }))));
    response.refuses("/body/extractCode", "type");
    let response = server.send(&Request::share_with("extractCode", Some(json!(123_456))));
    assert!(!response.header("x-understudy-violations").unwrap().contains("123456"));
}

#[test]
fn mistakes_are_problems() {
    let server = Running::plain();
    for (bytes, status) in [
        ("GET /__admin/nothing", 404),
        ("POST /__admin/health", 405),
        ("GET /__admin/exchanges/x", 400),
        ("GET /__admin/exchanges?colour=red", 400),
        ("GET /__admin/exchanges?violations=perhaps", 400),
        ("GET /__admin/exchanges?operation=Teapot", 400),
    ] {
        let response = server.raw(format!("{bytes} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assert_eq!(response.status, status, "{bytes}");
        assert_eq!(response.header("content-type"), Some("application/problem+json"));
        assert!(response.json()["detail"].is_string());
    }
}

#[test]
fn the_journal_keeps_within_its_budget() {
    let server = Running::with_a_full_journal();
    assert!(server.mock.journal().bytes() <= 100_000);
    assert!(server.mock.journal().get(300).is_some() && server.mock.journal().get(1).is_none());
}

#[test]
fn a_web_page_of_another_site_cannot_turn_the_clock() {
    let server = Running::plain();
    let turn = |headers: &str| {
        let body = "{\"freeze\":true}";
        let length = body.len();
        server.raw(format!("POST /__admin/clock HTTP/1.1\r\n{headers}Content-Length: {length}\r\n\r\n{body}")).status
    };
    for foreign in [
        "Host: evil.test:8080\r\n",
        "Host: localhost\r\nOrigin: http://evil.test\r\nContent-Type: application/json\r\n",
        "Host: localhost\r\nOrigin: null\r\nContent-Type: text/plain\r\n",
        "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n",
    ] {
        assert_eq!(turn(foreign), 403, "{foreign}");
    }
    assert_eq!(turn("Host: localhost\r\nOrigin: http://localhost\r\nContent-Type: text/plain\r\n"), 415);
    assert_eq!(get(&server, "clock").json()["frozen"], false);
    assert_eq!(turn("Host: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"), 200);
}

/// A server with the demo's world.
fn with_a_world() -> Running {
    let options = Options { world: Some(Arc::new(Seed::demo().unwrap())), ..Options::default() };
    Running::with(&[], options, Limits::default())
}

fn send(server: &Running, method: &str, path: &str, body: &str) -> Response {
    let length = body.len();
    server.raw(format!(
        "{method} /__admin/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
}

#[test]
fn a_world_is_dumped_replaced_and_given_back() {
    let server = with_a_world();
    let world = "sessions/default/world";
    let first = get(&server, world).json();
    assert_eq!((&first["format"], &first["me"]), (&json!(1), &json!("lin")));
    let put = send(&server, "POST", &format!("{world}/files?path=lin/notes/new.txt"), "hello");
    assert_eq!((put.status, &put.json()["size"]), (201, &json!(5)));
    let found = get(&server, &format!("{world}/files?path=lin/notes/new.txt")).json();
    assert_eq!(found["id"], put.json()["id"]);
    let dump = get(&server, world).json();
    assert_ne!(dump, first);
    assert_eq!(send(&server, "DELETE", world, "").status, 204);
    assert_eq!(get(&server, world).json(), first);
    assert_eq!(send(&server, "PUT", world, &dump.to_string()).status, 204);
    assert_eq!(get(&server, world).json(), dump);
    assert_eq!(get(&server, &format!("{world}/check")).json(), json!({ "broken": [] }));
}

#[test]
fn files_are_put_and_got_with_their_bytes_and_come_back_from_a_dump() {
    let server = with_a_world();
    let world = "sessions/default/world";
    let files = format!("{world}/files?path=lin/notes/new.txt");
    let told = send(&server, "POST", &files, "hello").json();
    assert_eq!(told["sha256"], "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    let bytes = get(&server, &format!("{files}&content"));
    assert_eq!(
        (bytes.header("content-type"), bytes.body.as_slice()),
        (Some("application/octet-stream"), &b"hello"[..])
    );
    let without = get(&server, &format!("{world}?bytes=0")).json().to_string();
    let whole = get(&server, world).json().to_string();
    assert!(whole.contains("aGVsbG8=") && !without.contains("aGVsbG8="), "{without}");
    assert_eq!(send(&server, "PUT", world, &whole).status, 204);
    assert_eq!(get(&server, &format!("{files}&content")).body, b"hello");
    // Where a dump has only the digest, the file is there, and its bytes are not.
    assert_eq!(send(&server, "PUT", world, &without).status, 204);
    assert_eq!(get(&server, &files).json()["sha256"], told["sha256"]);
    let lost = get(&server, &format!("{files}&content"));
    assert_eq!(lost.status, 404);
    let why = lost.json()["detail"].to_string();
    assert!(why.contains("only the size is known"), "{why}");
    assert_eq!(get(&server, &format!("{world}?bytes=9000000")).status, 400);
}

#[test]
fn worlds_have_as_many_entries_as_there_is_room_for_and_what_goes_makes_room_in_other_sessions() {
    let options = Options { world: Some(Arc::new(Seed::demo().unwrap())), world_entries: 3, ..trusting() };
    let server = Running::with(&[], options, Limits::default());
    let files = |session: &str, name: &str| format!("sessions/{session}/world/files?path=lin/{name}");
    for name in ["a", "b"] {
        assert_eq!(send(&server, "POST", &files("one", name), "x").status, 201);
    }
    assert_eq!(send(&server, "POST", &files("two", "a"), "x").status, 201);
    let full = send(&server, "POST", &files("two", "b"), "x");
    assert_eq!(full.status, 409);
    assert!(full.json()["detail"].to_string().contains("(--world-entries)"), "{}", full.json());
    // A call is refused as by a full space; one that makes nothing goes well.
    let space = get(&server, "sessions/two/world/files?path=lin").json()["containerId"].clone();
    let folder = json!({ "fileName": "drafts", "fileType": "10", "containerId": space }).to_string();
    let create = Request::new("POST", "/~two/koodrive/ose/v1/directory").body(&folder);
    let refused = server.send(&create);
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!(13000311)));
    assert!(server.warnings(&refused).concat().contains("(--world-entries)"), "{:?}", server.warnings(&refused));
    assert_eq!(send(&server, "POST", &files("one", "a"), "another").status, 201);
    // The worlds are as they were, and one that is given back makes room for another.
    assert_eq!(get(&server, &files("two", "b")).status, 404);
    let two = get(&server, "sessions/two/world").json().to_string();
    assert_eq!(send(&server, "PUT", "sessions/three/world", &two).status, 409);
    assert_eq!(send(&server, "DELETE", "sessions/one/world", "").status, 204);
    assert_eq!(send(&server, "PUT", "sessions/three/world", &two).status, 204);
    assert_eq!(server.send(&create).status, 200);
    assert_eq!(server.send(&create).status, 400);
}

#[test]
fn a_wrong_seed_leaves_the_world_as_it_is() {
    let server = with_a_world();
    let first = get(&server, "sessions/default/world").json();
    let wrong = send(&server, "PUT", "sessions/default/world", "world: a\npeople: { lin: { rol: x } }\n");
    assert_eq!((wrong.status, &wrong.json()["diagnostics"][0]["message"]), (422, &json!("unknown key `rol`")));
    // Whoever writes everything out is told what does not hold together.
    let space = get(&server, "sessions/default/world/files?path=lin").json()["containerId"].clone();
    let create = json!({ "fileName": "a.docx", "fileType": "26", "parentFolder": ["root"], "length": 5, "uploadMode": "multipart",
        "uploadType": 1, "autoRename": 3, "containerId": space, "multiParts": [{ "partNumber": 1, "partSize": 5 }] });
    let created = server.send(&Request::new("POST", "/~other/koodrive/ose/v1/files/create").body(&create.to_string()));
    assert_eq!(created.status, 200, "{}", created.json());
    let mut dump = get(&server, "sessions/other/world").json();
    dump["uploads"][0]["file"]["fileName"] = json!("report.docx");
    let broken = send(&server, "PUT", "sessions/default/world", &dump.to_string());
    let message = broken.json()["diagnostics"][0]["message"].to_string();
    assert!(broken.status == 422 && message.contains("does not hold together"), "{message}");
    assert_eq!(get(&server, "sessions/default/world").json(), first);
    let taken = send(&server, "POST", "sessions/default/world/files?path=lin/notes", "a");
    assert_eq!(taken.status, 409);
    assert_eq!(get(&server, "sessions/default/world/files?path=lin/nothing").status, 404);
    assert_eq!(get(&server, "sessions/default/world/files").status, 400);
    assert_eq!(get(&server, "sessions/nobody/world").status, 404);
}

#[test]
fn without_a_world_there_is_none_to_see() {
    let server = Running::plain();
    for path in ["world", "world/check", "world/files?path=lin/a"] {
        let answer = get(&server, &format!("sessions/default/{path}"));
        let detail = "there is no world: the server was started without --world";
        assert_eq!((answer.status, &answer.json()["detail"]), (404, &json!(detail)));
    }
}
