//! What the worlds of many sessions take of memory.

use std::sync::{Arc, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use understudy::{
    contract::{Payload, Request, SpecFiles, auth::AuthMode},
    diagnostic::Source,
    mock::{Mock, Options},
    session::Arrival,
    world::Seed,
};

use crate::{TURN, harness};

/// What 1,000 sessions may take together, their seed included.
const MOST: usize = 150 << 20;

const SEED: &str = "{ world: many, me: lin, people: { lin: { id: '1505084218764547200' } },
    files: { lin: { many: { $times: 10000, name: 'f-{n}.txt', size: 10 } } } }";

/// A world for each session, which has made something of its own in it.
#[test]
fn a_thousand_sessions_share_the_ten_thousand_files_of_their_seed() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let contract = SpecFiles::embedded().load().unwrap();
    let before = harness::MEMORY.current_usage();
    let mut options = Options {
        // What calls leave behind in the journal is bounded by itself.
        journal_bytes: 1 << 20,
        world: Some(Arc::new(Seed::compile(&Source::new("many.yaml", SEED)).unwrap())),
        ..Options::default()
    };
    options.strictness.auth = AuthMode::Shape;
    let mock = Mock::new(contract, Vec::new(), options);
    let space = answer(&mock, "default", "GET", "space/1505084218764547200", Some("type=1"), "");
    let space = space["data"]["containerId"].as_str().unwrap().to_owned();
    let list = format!(r#"{{"containerId":"{space}","parentFileId":"root"}}"#);
    let folder = answer(&mock, "default", "POST", "files/0", None, &list)["files"][0]["id"].clone();
    let body = format!(r#"{{"containerId":"{space}","fileName":"own","fileType":"10","parentFolder":[{folder}]}}"#);
    for number in 1..1000 {
        answer(&mock, &format!("s{number}"), "POST", "directory", None, &body);
    }
    let taken = harness::MEMORY.current_usage().saturating_sub(before);
    assert!(taken < MOST, "{} MB", taken >> 20);
    assert_eq!(mock.sessions().all().len(), 1000);
}

fn answer(mock: &Mock, session: &str, method: &str, path: &str, query: Option<&str>, body: &str) -> serde_json::Value {
    let headers: HeaderMap = [
        ("host", "127.0.0.1:8080"),
        ("content-type", "application/json"),
        ("authorization", "Bearer 10f88a1b2c3d4791e9ff"),
        ("x-user-id", "1505084218764547200"),
        ("x-date", "20260201T080000Z"),
        ("x-understudy-session", session),
    ]
    .into_iter()
    .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
    .collect();
    let arrival = Arrival {
        connection: 0,
        secure: false,
        stream: None,
        head: Timestamp::UNIX_EPOCH,
        body: Timestamp::UNIX_EPOCH,
    };
    let (method, path) = (method.parse::<Method>().unwrap(), format!("/koodrive/ose/v1/{path}"));
    let request = Request { query, ..Request::new(&method, &path, &headers, Payload::Whole(body.as_bytes())) };
    let answer = mock.handle(&request, arrival).answer;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    serde_json::from_slice(&answer.body).unwrap()
}
