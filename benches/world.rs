//! The cost of a call on the world, beside the same call without one: `cargo bench --package understudy-benches --bench world`.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{hint::black_box, sync::Arc};

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use http::{HeaderMap, HeaderValue, Method};
use jiff::Timestamp;
use serde_json::{Value, json};
use understudy::{
    contract::{Payload, Request, SpecFiles, auth::AuthMode},
    diagnostic::Source,
    mock::{Mock, Options},
    session::Arrival,
    world::Seed,
};

const ARRIVAL: Arrival =
    Arrival { connection: 0, secure: false, stream: None, head: Timestamp::UNIX_EPOCH, body: Timestamp::UNIX_EPOCH };

/// So many changes are made in one session.
const ROUNDS: u64 = 1000;

/// A stand-in whose one user has so many files in a folder; without a world for none.
fn stage(files: usize) -> Mock {
    let mut options = Options {
        journal_bytes: 8 << 20,
        time: Some("2026-02-01T08:00:00Z".parse().unwrap()),
        seed: Some(7),
        ..Options::default()
    };
    options.strictness.auth = AuthMode::Shape;
    if files > 0 {
        let text = format!(
            "world: many\nme: lin\npeople: {{ lin: {{ id: \"1505084218764547200\", role: system }} }}\nfiles: {{ lin: {{ many: {{ $times: {files}, name: \"file-{{n}}.txt\", size: 10 }} }} }}\n"
        );
        options.world = Some(Arc::new(Seed::compile(&Source::new("many.yaml", text)).unwrap()));
    }
    Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), options)
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "127.0.0.1:8080"),
        ("content-type", "application/json"),
        ("authorization", "Bearer 10f88a1b2c3d4791e9ff"),
        ("x-user-id", "1505084218764547200"),
        ("x-date", "20260201T080000Z"),
    ] {
        headers.insert(http::HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers
}

/// Calls, and what was answered.
fn call(mock: &Mock, headers: &HeaderMap, method: &Method, path: &str, body: &str) -> Bytes {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let request = Request { query, ..Request::new(method, path, headers, Payload::Whole(body.as_bytes())) };
    let plan = black_box(mock.handle(black_box(&request), ARRIVAL));
    assert_eq!(plan.answer.status, 200, "{:?}", plan.answer.body);
    plan.answer.body
}

fn value(answer: &Bytes) -> Value {
    serde_json::from_slice(answer).unwrap_or_default()
}

fn world(criterion: &mut Criterion) {
    let headers = headers();
    for files in [0, 100, 10_000, 100_000] {
        let mock = stage(files);
        let post = |path: &str, body: &str| call(&mock, &headers, &Method::POST, path, body);
        let space = call(&mock, &headers, &Method::GET, "/koodrive/ose/v1/space/1505084218764547200?type=1", "");
        let space = value(&space);
        let space = space["data"]["containerId"].as_str().unwrap().to_owned();
        let root = json!({ "containerId": space, "parentFileId": "root" });
        let folder = value(&post("/koodrive/ose/v1/files/0", &root.to_string()))["files"][0]["id"]
            .as_str()
            .unwrap_or("F1")
            .to_owned();
        let list = json!({ "containerId": space, "parentFileId": folder, "pageInfo": { "pageSize": 100 }, "sortInfo": { "sortType": 1, "sortDirection": 1 } });
        let first = value(&post("/koodrive/ose/v1/files/0", &list.to_string()));
        let file = first["files"][0]["id"].as_str().unwrap_or("F1").to_owned();
        let mut page = list.clone();
        if let Some(cursor) = first["nextCursor"].as_str() {
            page["pageInfo"]["pageCursor"] = json!(cursor);
        }
        let name = if files == 0 { "without a world".to_owned() } else { files.to_string() };
        // Names are new in every round. After some rounds another session begins with the world of the seed, so that the folder keeps about
        // the size that it is measured at.
        let mut number = 0;
        let mut own = headers.clone();
        let mut change = |path: &str, body: &dyn Fn(u64) -> String| {
            if number % ROUNDS == 0 {
                let session = HeaderValue::from_str(&format!("s{}", number / ROUNDS)).unwrap();
                own.insert("x-understudy-session", session);
            }
            number += 1;
            call(&mock, &own, &Method::POST, path, &body(number))
        };
        let mut group = criterion.benchmark_group(format!("world of {name}"));
        group.bench_function(BenchmarkId::from_parameter("look up"), |bencher| {
            let path = format!("/koodrive/ose/v1/files/{file}/detail");
            let body = json!({ "containerId": space }).to_string();
            bencher.iter(|| post(&path, &body));
        });
        group.bench_function(BenchmarkId::from_parameter("a page of 100"), |bencher| {
            let body = page.to_string();
            bencher.iter(|| post("/koodrive/ose/v1/files/0", &body));
        });
        group.bench_function(BenchmarkId::from_parameter("rename"), |bencher| {
            let path = format!("/koodrive/ose/v1/files/rename/{file}");
            let body = |number| format!(r#"{{"containerId":"{space}","name":"r{number}","renameMode":2}}"#);
            bencher.iter(|| change(&path, &body));
        });
        group.bench_function(BenchmarkId::from_parameter("create a folder"), |bencher| {
            let body = |number| {
                format!(
                    r#"{{"containerId":"{space}","fileName":"n{number}","fileType":"10","parentFolder":["{folder}"]}}"#
                )
            };
            bencher.iter(|| change("/koodrive/ose/v1/directory", &body));
        });
        group.finish();
    }
}

criterion_group!(benches, world);
criterion_main!(benches);
