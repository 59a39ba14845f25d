//! What clients created, looked through a part at a time; and who is signed in.

use std::sync::Arc;

use serde_json::{Value, json};
use understudy::{diagnostic::Source, mock::Options, server::Limits, world::Seed};

use crate::client::{Request, Response, Running};

fn with_the_world(seed: Seed) -> Running {
    Running::with(&[], Options { world: Some(Arc::new(seed)), ..Options::default() }, Limits::default())
}

fn get(server: &Running, path: &str) -> Response {
    server.raw(format!("GET /__admin/sessions/default/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
}

fn names(listing: &Value, member: &str) -> Vec<String> {
    listing["entries"].as_array().unwrap().iter().map(|entry| entry[member].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_world_is_looked_through_from_its_spaces_down_to_a_file() {
    let server = with_the_world(Seed::demo().unwrap());
    let spaces = get(&server, "world/spaces").json();
    let lin = spaces["entries"].as_array().unwrap().iter().find(|space| space["owner"] == "Lin").unwrap().clone();
    assert_eq!((&lin["kind"], &spaces["after"]), (&json!("personal"), &Value::Null));
    let root = get(&server, &format!("world/folders/{}", lin["folder"].as_str().unwrap())).json();
    assert_eq!(root["total"], root["entries"].as_array().unwrap().len());
    let notes = root["entries"].as_array().unwrap().iter().find(|entry| entry["fileName"] == "notes").unwrap().clone();
    let below = get(&server, &format!("world/folders/{}", notes["id"].as_str().unwrap())).json();
    assert!(names(&below, "fileName").contains(&"todo.txt".to_owned()), "{below}");
}

#[test]
fn a_folder_of_thousands_comes_in_parts_and_a_wrong_question_is_refused() {
    let files: Vec<String> = (0..3000).map(|number| format!("f{number:04}: x")).collect();
    let seed = format!("world: big\npeople: {{ lin: {{}} }}\nfiles: {{ lin: {{ {} }} }}\n", files.join(", "));
    let server = with_the_world(Seed::compile(&Source::new("big.yaml", seed.as_str())).unwrap());
    let spaces = get(&server, "world/spaces").json();
    let folder = format!("world/folders/{}", spaces["entries"][0]["folder"].as_str().unwrap());
    let first = get(&server, &folder).json();
    assert_eq!(
        (names(&first, "fileName").len(), &first["total"], &first["after"]),
        (100, &json!(3000), &json!("f0099"))
    );
    let next = get(&server, &format!("{folder}?after=f0099&limit=1000")).json();
    assert_eq!((names(&next, "fileName").len(), &next["after"]), (1000, &json!("f1099")));
    assert_eq!(names(&next, "fileName")[0], "f0100");
    let last = get(&server, &format!("{folder}?after=f2998")).json();
    assert_eq!((names(&last, "fileName"), &last["after"]), (vec!["f2999".to_owned()], &Value::Null));
    for (path, status, why) in [
        (format!("{folder}?limit=1001"), 400, "`limit` is a number from 1 to 1000, and not `1001`"),
        (format!("{folder}?limit=0"), 400, "and not `0`"),
        ("world/spaces?after=x".to_owned(), 400, "`after` is what the part before ended with, and not `x`"),
        ("world/spaces?offset=1".to_owned(), 400, "unknown parameter `offset`"),
        ("world/folders/x".to_owned(), 404, "the world has no folder with the id `x`"),
        ("world/bins/x".to_owned(), 404, "the world has no space with the id `x`"),
    ] {
        let refused = get(&server, &path);
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(refused.status == status && detail.contains(why), "{path}: {detail}");
    }
    assert_eq!(get(&Running::plain(), "world/spaces").status, 404);
}

#[test]
fn tokens_are_listed_with_whose_they_are_and_never_themselves() {
    let server = with_the_world(Seed::demo().unwrap());
    assert_eq!(get(&server, "tokens").json(), json!({ "tokens": [] }));
    let signed_in = server.send(&Request::new("POST", "/koodrive/ose/v1/session/").body(r#"{"code":"lin"}"#)).json();
    let token = signed_in["data"]["accessToken"].as_str().unwrap();
    let answer = get(&server, "tokens");
    let found = answer.json()["tokens"][0].clone();
    assert_eq!(
        (&found["token"], &found["user"], &found["state"]),
        (&json!("[redacted]"), &json!("Lin"), &json!("alive"))
    );
    assert_eq!(found["sha256"].as_str().unwrap().len(), 8);
    let text = String::from_utf8(answer.body).unwrap();
    assert!(!text.contains(token.trim_start_matches("Bearer ")), "{text}");
    server.raw("POST /__admin/clock HTTP/1.1\r\nHost: localhost\r\nContent-Length: 17\r\n\r\n{\"advance\":\"21m\"}");
    assert_eq!(get(&server, "tokens").json()["tokens"][0]["state"], "expired");
}
