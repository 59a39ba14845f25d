//! The files of `scenarios/` that are about trouble: slow and broken answers, chance, tokens that end, and what a client is expected
//! to make of it. Another service comes last.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use understudy::{mock::Options, world::Seed};

use crate::{
    client::{Connection, Ending, Request, Response, Running, trusting},
    committed::space,
    tutorial::{admin, advance, cancel, error, file, get, label, play, play_with, post},
};

fn call(server: &Running, request: &Request) -> Connection {
    let mut connection = server.connect();
    connection.write(&request.bytes());
    connection
}

fn verdict(server: &Running, session: &str) -> Value {
    admin(server, &format!("GET verdict?session={session}"), &json!({})).json()["sessions"][0].clone()
}

fn in_session(session: &str, request: Request) -> Request {
    request.header("X-Understudy-Session", session)
}

fn download() -> Request {
    post("files/download", &json!({ "containerId": "c", "fileIds": ["a"] }))
}

#[test]
fn slow_answers_are_drawn_and_the_same_in_every_run() {
    let delays = || {
        let server = play("09-slow-answers.yaml");
        let start = Instant::now();
        assert_eq!(server.send(&Request::share()).status, 200);
        assert!(start.elapsed() >= Duration::from_millis(200));
        assert_eq!(server.send(&get("service/quotaUsed")).status, 504);
        for path in ["share", "share/1", "departments/1"] {
            (0..4).for_each(|_| assert_eq!(server.send(&get(path)).status, 200));
        }
        let exchanges = admin(&server, "GET exchanges", &json!({})).json()["exchanges"].clone();
        exchanges.as_array().unwrap().iter().map(|call| call["delay_ms"].as_f64().unwrap()).collect::<Vec<f64>>()
    };
    let first = delays();
    assert_eq!(delays(), first);
    assert_eq!(first[..2], [200.0, 300.0]);
    assert!(first[2..6].iter().all(|delay| (5.0..=25.0).contains(delay)), "{first:?}");
    assert!(first[2..].windows(2).all(|pair| pair[0] != pair[1]), "{first:?}");
}

#[test]
fn a_share_whose_answer_was_lost_is_made_twice_by_a_client_that_does_not_look() {
    let options = || Options { world: Some(Arc::new(Seed::demo().unwrap())), ..Options::default() };
    let play = || play_with("19-a-share-made-twice.yaml", options());
    let lost = |server: &Running| {
        let space = space(server);
        let list =
            json!({ "containerId": space, "parentFileId": "root", "sortInfo": { "sortType": 1, "sortDirection": 2 } });
        let file = server.send(&post("files/0", &list)).json()["files"][0]["id"].clone();
        let body = json!({ "scope": 2, "fileIds": [file], "containerId": space, "validDays": 7 });
        let request = post("share", &body);
        assert_eq!(call(server, &request).ending().0, b"");
        request
    };
    let blind = play();
    let request = lost(&blind);
    assert_eq!(label(&blind.send(&request)), "world");
    let judged = verdict(&blind, "default");
    assert_eq!((&judged["verdict"], &judged["noticed"][0]["kind"]), (&json!("failed"), &json!("duplicate")));
    assert_eq!(judged["expectations"][1]["met"], true);
    let careful = play();
    lost(&careful);
    let shares = careful.send(&get("share?pageSize=10")).json()["shareLinks"].clone();
    assert_eq!(shares[0]["displayName"], "report.docx");
    assert_eq!(verdict(&careful, "default")["verdict"], "passed");
}

#[test]
fn an_upload_whose_last_answer_was_lost_is_there_for_a_client_that_looks() {
    let options = || Options { world: Some(Arc::new(Seed::demo().unwrap())), ..Options::default() };
    let play = || play_with("20-an-upload-whose-end-is-lost.yaml", options());
    let create = |server: &Running| {
        server.send(&post(
            "files/create",
            &json!({
                "fileName": "hello.txt", "fileType": "26", "parentFolder": ["root"], "length": 12, "uploadMode": "multipart",
                "uploadType": 1, "autoRename": 2, "containerId": space(server),
                "multiParts": [{ "partNumber": 1, "partSize": 12 }]
            }),
        ))
    };
    let upload = |server: &Running| {
        let created = create(server).json();
        let link =
            created["multiParts"][0]["uploadUrl"].as_str().unwrap().split_once("127.0.0.1").unwrap().1.to_owned();
        let mut part = Request::new("PUT", &link).without("Authorization").body("hello, world");
        part.headers.retain(|(name, _)| name != "Content-Type");
        assert_eq!(server.send(&part).status, 200);
        let complete = post("files/complete", &json!({ "fileId": created["fileId"] }));
        assert_eq!(server.send(&complete).status, 504);
        (created["fileId"].clone(), complete)
    };
    let careful = play();
    let (file, complete) = upload(&careful);
    assert_eq!(error(&careful.send(&complete)), (400, "13000401".to_owned()));
    let detail = format!("files/{}/detail", file.as_str().unwrap());
    let found = careful.send(&post(&detail, &json!({ "containerId": space(&careful) }))).json();
    assert_eq!(found["fileName"], "hello.txt");
    let judged = verdict(&careful, "default");
    assert_eq!(judged["verdict"], "passed", "{judged}");
    let blind = play();
    upload(&blind);
    assert_eq!(create(&blind).status, 200);
    assert_eq!(verdict(&blind, "default")["verdict"], "failed");
}

#[test]
fn a_flaky_service_fails_the_same_way_again_and_another_seed_is_other_luck() {
    let outcomes = |server: &Running| {
        let outcome = |_| {
            let (bytes, ending) = call(server, &Request::share().header("Connection", "close")).ending();
            assert_eq!(ending, Ending::Fin);
            String::from_utf8(bytes).unwrap().split(' ').nth(1).unwrap_or("closed").to_owned()
        };
        (0..200).map(outcome).collect::<Vec<String>>()
    };
    let first = outcomes(&play("11-flaky.yaml"));
    assert_eq!(outcomes(&play("11-flaky.yaml")), first);
    let other = play_with("11-flaky.yaml", Options { seed: Some(43), ..Options::default() });
    assert_ne!(outcomes(&other), first);
    let share = |wanted: &str| first.iter().filter(|outcome| *outcome == wanted).count();
    assert!((25..=60).contains(&share("503")) && (5..=30).contains(&share("closed")), "{first:?}");
    assert_eq!(share("503") + share("closed") + share("200"), 200);
}

#[test]
fn a_token_that_is_taken_back_sends_the_client_to_sign_in_again() {
    let server = play("12-tokens-expire.yaml");
    let share = |token: &str| server.send(&Request::share().header("Authorization", token));
    assert_eq!(error(&share("Bearer old")), (401, "APIGW.0307".to_owned()));
    let sign_in = || {
        let answer = server.send(&post("session/", &json!({ "code": "c" })).without("Authorization")).json();
        answer["data"]["accessToken"].as_str().unwrap().to_owned()
    };
    let token = sign_in();
    assert_eq!((token.starts_with("Bearer "), token.len()), (true, 39));
    let statuses: Vec<u16> = (0..5).map(|_| share(&token).status).collect();
    assert_eq!(statuses, [200, 200, 200, 401, 401]);
    let refresh = Request::new("POST", "/koodrive/ose/v1/session/refresh").header("x-session-id", "1");
    let refreshed = server.send(&refresh).json()["accessToken"].as_str().unwrap().to_owned();
    assert!(refreshed.starts_with("Bearer+") && refreshed[7..] != token[7..]);
    assert_eq!((share(&refreshed).status, label(&share(&refreshed))), (200, "scenario:tokens-expire#3/1"));
    // What the service does by itself: a token that was idle.
    advance(&server, "21m");
    let idle = share(&refreshed);
    idle.refused(401, "/headers/Authorization", "expired");
    assert_eq!((error(&idle).1.as_str(), label(&idle)), ("APIGW.0307", "refusal"));
    let token = sign_in();
    assert_ne!(token[7..], refreshed[7..]);
    assert_eq!(share(&token).status, 200);
}

#[test]
fn a_connection_is_reset_closed_or_hangs() {
    let server = play("13-broken-connections.yaml");
    assert_eq!(call(&server, &Request::share()).ending(), (Vec::new(), Ending::Reset));
    assert_eq!(call(&server, &Request::share()).ending(), (Vec::new(), Ending::Fin));
    let mut hangs = call(&server, &Request::share());
    assert!(hangs.is_silent(Duration::from_millis(100)));
    drop(hangs);
    assert_eq!(server.send(&Request::share()).status, 200);
    let exchanges = admin(&server, "GET exchanges", &json!({})).json()["exchanges"].clone();
    let faults: Vec<&Value> = exchanges.as_array().unwrap().iter().map(|call| &call["fault"]).collect();
    assert_eq!(faults, [&json!("reset"), &json!("close"), &json!("hang"), &Value::Null]);
    assert_eq!(exchanges[1]["delay_ms"], 50.0);
}

#[test]
fn a_connection_breaks_in_the_middle_of_an_answer_or_says_no_http() {
    let server = play("13-broken-connections.yaml");
    let mut broken = call(&server, &download());
    let (bytes, ending) = broken.ending();
    assert_eq!((bytes.starts_with(b"HTTP/1.1 200 OK\r\n"), ending), (true, Ending::Reset));
    let mut hangs = call(&server, &download());
    hangs.up_to("\r\n\r\n{");
    hangs.up_to("downloads");
    let whole = server.send(&download());
    assert_eq!(whole.json()["downloads"][0]["code"], "0");
    let list = || call(&server, &get("share")).ending();
    let (garbage, garbled) = (list(), list());
    assert!(!garbage.0.starts_with(b"HTTP") && garbled.0.starts_with(b"HTTP/1,1 2OO"), "{garbage:?} {garbled:?}");
    assert_eq!((garbage.1, garbled.1), (Ending::Fin, Ending::Fin));
    let mut last = call(&server, &get("service/quotaUsed"));
    let answer = last.response("GET");
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert!(last.is_closed());
}

/// Head and body of bytes from the wire.
fn split(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    (String::from_utf8(bytes[..end].to_vec()).unwrap(), &bytes[end..])
}

#[test]
fn a_body_is_cut_off_or_badly_chunked() {
    let server = play("14-broken-bodies.yaml");
    let next = || call(&server, &download()).ending();
    let (truncated, chunked) = (next(), next());
    let whole = server.send(&download()).body;
    let (head, body) = split(&truncated.0);
    assert!(head.contains(&format!("content-length: {}\r\n", whole.len())), "{head}");
    assert!(head.contains("x-understudy-answer: scenario:broken-bodies#1/1!truncate\r\n"), "{head}");
    assert_eq!((body, truncated.1), (&whole[..whole.len() / 2], Ending::Fin));
    let (head, body) = split(&chunked.0);
    assert!(head.contains("transfer-encoding: chunked\r\n") && !head.contains("content-length"), "{head}");
    assert!(body.windows(6).any(|window| window == b"\r\nzz\r\n"));
    assert_eq!(chunked.1, Ending::Fin);
}

#[test]
fn a_body_is_no_json_or_called_another_thing() {
    let server = play("14-broken-bodies.yaml");
    let share = || server.send(&Request::share());
    let broken = share();
    assert_eq!((broken.status, broken.header("content-type")), (200, Some("application/json")));
    assert!(serde_json::from_slice::<Value>(&broken.body).is_err());
    let page = share();
    assert_eq!((error(&page).1.as_str(), page.header("content-type")), ("13000311", Some("text/html")));
    let (unmeasured, ending) = call(&server, &Request::share()).ending();
    let (head, body) = split(&unmeasured);
    assert!(!head.contains("content-length") && !head.contains("chunked"), "{head}");
    assert_eq!((body, ending), (&share().body[..], Ending::Fin));
}

#[test]
fn a_body_drips() {
    let server = play("14-broken-bodies.yaml");
    let start = Instant::now();
    let answer = server.send(&get("service/quotaUsed"));
    assert!(answer.json()["data"].is_object());
    // A tenth of a second for each 200 bytes, and for what is left.
    let pieces = u32::try_from(answer.body.len().div_ceil(200)).unwrap();
    assert!(pieces >= 2 && start.elapsed() >= Duration::from_millis(100) * pieces, "{:?}", start.elapsed());
}

#[test]
fn answers_drift_from_what_is_documented() {
    let server = play("15-answers-drift.yaml");
    let share = || server.send(&Request::share()).json();
    let (dropped, retyped, sound) = (share(), share(), share());
    assert!(dropped["shareLink"].get("linkUrl").is_none() && sound["shareLink"]["linkUrl"].is_string());
    assert!(retyped["shareLink"]["shareId"].is_number() && sound["shareLink"]["shareId"].is_string());
    assert_eq!((&retyped["code"], &sound["code"]), (&json!("0"), &json!(0)));
    assert_eq!((&retyped["shareLink"]["extractCode"], &sound["shareLink"]["extractCode"]), (&Value::Null, &json!("")));
    let downloads = server.send(&download()).json();
    assert_eq!(downloads["downloads"], Value::Null);
    assert_eq!(downloads["batchCode"], 1);
    let codeless = server.send(&cancel(&["1"]));
    assert_eq!((codeless.status, codeless.json()), (400, json!({ "msg": "Resource not found." })));
}

#[test]
fn the_clock_of_the_server_drifts_and_is_put_right() {
    let options = Options { time: Some("2026-11-21T20:00:00Z".parse().unwrap()), ..Options::default() };
    let server = play_with("15-answers-drift.yaml", options);
    let date = |path: &str| server.send(&get(path)).header("date").unwrap().to_owned();
    assert_eq!(date("share"), "Sat, 21 Nov 2026 20:00:00 GMT");
    assert_eq!(date("service/quotaUsed"), "Sat, 21 Nov 2026 20:20:00 GMT");
    assert_eq!(date("share"), "Sat, 21 Nov 2026 20:20:00 GMT");
    assert_eq!(date("service/quotaUsed"), "Sat, 21 Nov 2026 20:00:00 GMT");
}

#[test]
fn a_call_that_must_happen_once_fails_the_verdict_when_it_is_made_again() {
    let server = play("16-only-once.yaml");
    let group = || post("usergroups", &json!({ "groupName": "a", "sourceType": 1 }));
    for session in ["careful", "hasty"] {
        assert_eq!(call(&server, &in_session(session, group())).ending(), (Vec::new(), Ending::Fin));
        assert_eq!(
            server.send(&in_session(session, get("usergroups?pageSize=10&pageCursor=0&sourceType=1"))).status,
            200
        );
        assert_eq!(server.send(&in_session(session, file())).status, 200);
    }
    for (request, rule) in [(group(), 1), (file(), 3)] {
        let again = server.send(&in_session("hasty", request));
        assert_eq!(error(&again), (500, "APIGW.0601".to_owned()));
        assert_eq!(label(&again), format!("scenario:only-once#{rule}/over"));
    }
    assert_eq!(verdict(&server, "careful")["verdict"], "passed");
    let hasty = verdict(&server, "hasty");
    assert_eq!((&hasty["verdict"], hasty["over"].as_array().unwrap().len()), (&json!("failed"), 2));
}

#[test]
fn a_careful_client_passes() {
    let server = play("17-a-careful-client.yaml");
    let throttled = server.send(&Request::share());
    assert_eq!((throttled.status, throttled.header("retry-after")), (429, Some("2")));
    advance(&server, "2s");
    let id = server.send(&Request::share()).json()["shareLink"]["shareId"].as_str().unwrap().to_owned();
    let look = || server.send(&get(&format!("share/{id}"))).status;
    assert_eq!(look(), 503);
    for (wait, status) in [("1s", 503), ("2s", 503), ("4s", 200)] {
        advance(&server, wait);
        assert_eq!(look(), status);
    }
    assert_eq!(verdict(&server, "default")["verdict"], "failed");
    assert_eq!(server.send(&cancel(&[&id])).status, 200);
    let verdict = verdict(&server, "default");
    assert_eq!(verdict["verdict"], "passed", "{verdict}");
}

#[test]
fn a_careless_client_is_told_everything_that_it_did_not_do() {
    let server = play("17-a-careful-client.yaml");
    (0..2).for_each(|_| drop(server.send(&Request::share())));
    // Always the same wait. Without one, what the machine adds could look like growth.
    for _ in 0..6 {
        server.send(&get("share/1"));
        advance(&server, "1s");
    }
    server.send(&Request::new("DELETE", "/koodrive/ose/v1/space/1"));
    let verdict = verdict(&server, "default");
    let unmet: Vec<u64> = verdict["expectations"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|expectation| expectation["met"] == false)
        .map(|expectation| expectation["expectation"].as_u64().unwrap())
        .collect();
    assert_eq!(unmet, [1, 2, 3, 4], "{verdict}");
}

fn library(operation: &str, parameters: &Value) -> Request {
    let mut body = json!({ "client_id": "c", "dateline": 1_490_605_129, "sign": "glL9RlCmaDA6udIGo2DADTgCZlI=" });
    body.as_object_mut().unwrap().extend(parameters.as_object().unwrap().clone());
    let headers = vec![("Host".to_owned(), "a".to_owned())];
    let target = format!("/m-open/1/org/{operation}");
    Request { method: "POST".to_owned(), target, headers, body: Vec::new() }.body(&body.to_string())
}

#[test]
fn gokuai_has_parameters_and_errors_of_its_own() {
    let server = play_with("18-gokuai.yaml", trusting());
    let send = |operation: &str, parameters: Value| -> Response { server.send(&library(operation, &parameters)) };
    let create = |capacity: u64| send("create", json!({ "org_name": "a", "org_capacity": capacity }));
    assert_eq!(error(&create(1 << 30)), (403, "40321".to_owned()));
    // Which call it is, the refused one counts too.
    assert_eq!(create((1 << 30) - 1).json()["org_id"], 30012);
    let form = Request { body: Vec::new(), ..library("create", &json!({})) }
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("client_id=c&dateline=1490605129&sign=glL9RlCmaDA6udIGo2DADTgCZlI%3D&org_name=a&org_capacity=2000000000");
    assert_eq!(server.send(&form).status, 403);
    let add = |ids: &str| send("add_member", json!({ "org_id": 1, "role_id": 2, "member_ids": ids })).status;
    assert_eq!((add("41,42"), add("41,99")), (200, 404));
    assert_eq!(error(&send("info", json!({ "org_id": 30099 }))), (404, "40401".to_owned()));
    assert_eq!(send("info", json!({ "org_id": 30012 })).json()["info"]["org_id"], 30012);
    let lists: Vec<Value> = (0..3).map(|_| send("ls", json!({})).json()["list"].clone()).collect();
    assert_eq!((&lists[0], &lists[1]), (&Value::Null, &json!([])));
    assert_eq!(lists[2][0]["org_id"], 30011);
}
