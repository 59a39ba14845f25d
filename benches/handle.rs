//! The cost of a call inside the stand-in, without a network: `cargo bench`.
//!
//! The groups answer three questions: what does a call cost, and does that depend on how many operations or rules there are?
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use http::{HeaderMap, HeaderValue, Method};
use jiff::Timestamp;
use understudy::{
    contract::{Contract, Payload, Request, SpecFiles, files::SpecFile, json},
    diagnostic::Source,
    mock::{Mock, Options},
    scenario::{Scenario, compile},
    session::{Arrival, Ended, Outcome, Sent},
};

/// The same moment for every call: without a network there is no other.
const ARRIVAL: Arrival =
    Arrival { connection: 0, secure: false, stream: None, head: Timestamp::UNIX_EPOCH, body: Timestamp::UNIX_EPOCH };

const BODY: &str = r#"{"scope":2,"deptIds":["1300"],"groupIds":[],"userIds":["1505084218764547200"],"fileIds":["1530770199275722240","1530770199275722241"],"containerId":"a8f074383680425b8aa9a130cba2d4","permission":{"preview":true,"edit":false,"download":true},"extractCode":"ab12","comment":"quarterly report","validDays":30}"#;

fn headers() -> HeaderMap {
    let trace = "a".repeat(58);
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "127.0.0.1:8080"),
        ("content-type", "application/json"),
        ("content-length", "306"),
        ("authorization", "Bearer 10f88a1b2c3d4791e9ff"),
        ("x-user-id", "1505084218764547200"),
        ("x-date", "20261121T200000Z"),
        ("x-traceid", &trace),
    ] {
        headers.insert(http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn request<'a>(path: &'a str, headers: &'a HeaderMap, body: &'a str) -> Request<'a> {
    Request::new(&Method::POST, path, headers, Payload::Whole(body.as_bytes()))
}

fn embedded() -> Contract {
    SpecFiles::embedded().load().unwrap()
}

fn mock(contract: Contract, scenarios: Vec<Scenario>) -> Mock {
    Mock::new(contract, scenarios, Options { journal_bytes: 8 << 20, ..Options::default() })
}

fn calls(criterion: &mut Criterion) {
    let headers = headers();
    let mock = mock(embedded(), Vec::new());
    let mut group = criterion.benchmark_group("call");
    let mut measure = |name: &str, request: Request<'_>| {
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(mock.handle(black_box(&request), ARRIVAL)));
        });
    };
    measure("valid", request("/koodrive/ose/v1/share", &headers, BODY));
    let wrong = BODY.replace(":30}", ":366}");
    measure("one violation", request("/koodrive/ose/v1/share", &headers, &wrong));
    measure("unknown route", request("/koodrive/ose/v1/shares", &headers, BODY));
    // What a client could send to make us work.
    measure("hostile: 12000 nested arrays", request("/koodrive/ose/v1/share", &headers, &"[".repeat(12_000)));
    let many: Vec<String> = (0..10_000).map(|index| format!("\"k{index}\":{index}")).collect();
    measure(
        "hostile: 10000 unknown members",
        request("/koodrive/ose/v1/share", &headers, &format!("{{{}}}", many.join(","))),
    );
    measure(
        "hostile: one key 900 times",
        request("/koodrive/ose/v1/share", &headers, &format!("{{{}\"a\":1}}", "\"a\":1,".repeat(900))),
    );
    group.finish();

    // The same call to its end, without and with counting what it covers.
    for (name, coverage) in [("to its end", false), ("to its end, coverage counted", true)] {
        let mock =
            Mock::new(embedded(), Vec::new(), Options { journal_bytes: 8 << 20, coverage, ..Options::default() });
        let request = request("/koodrive/ose/v1/share", &headers, BODY);
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                let plan = mock.handle(black_box(&request), ARRIVAL);
                let (sent, at) = (Sent::default(), Timestamp::UNIX_EPOCH);
                mock.finish(plan.exchange, Outcome { sent, ended: Ended::Delivered, at }, b"");
            });
        });
    }

    criterion.bench_function("read the body alone", |bencher| {
        bencher.iter(|| black_box(json::read(black_box(BODY.as_bytes()))));
    });
}

/// A service with this many operations that differ by name and path only.
fn service_of(operations: usize) -> Contract {
    let embedded = SpecFiles::embedded();
    let file = |name: &str| embedded.get(&format!("koodrive/{name}")).unwrap().clone();
    let share = file("sharing-by-you/CreateShare.json");
    let mut files = vec![file("service.json"), file("errors.json"), file("shared.json")];
    files.extend((0..operations).map(|index| {
        let text = share.text().replace("\"CreateShare\"", &format!("\"CreateShare{index}\""));
        let text = text.replace("/ose/v1/share\"", &format!("/ose/v1/group{}/share{index}\"", index % 100));
        SpecFile::new(format!("koodrive/many/CreateShare{index}.json"), "generated", text)
    }));
    SpecFiles::of(files).unchecked().load().unwrap()
}

fn operations(criterion: &mut Criterion) {
    let headers = headers();
    let mut group = criterion.benchmark_group("operations");
    for count in [10, 110, 10_000] {
        let mock = mock(service_of(count), Vec::new());
        let request = request("/koodrive/ose/v1/group7/share7", &headers, BODY);
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| black_box(mock.handle(black_box(&request), ARRIVAL)));
        });
    }
    group.finish();
}

/// A scenario with this many rules for other operations, and one for the call.
fn rules_of(count: usize, contract: &Contract) -> Scenario {
    let mut text = String::from("scenario: many\nrules:\n");
    for index in 0..count {
        text.push_str(&format!(
            "- operation: BatchCancel\n  match: {{ body: {{ shareIds: [\"{index}\"] }} }}\n  answers: [503]\n"
        ));
    }
    text.push_str("- operation: CreateShare\n  match: { body: { validDays: { $gte: 7 } } }\n  answers: [example]\n");
    compile(&Source::new("many.yaml", text), None, contract).unwrap().value
}

fn rules(criterion: &mut Criterion) {
    let headers = headers();
    let mut group = criterion.benchmark_group("rules for other operations");
    for count in [10, 100, 10_000] {
        let contract = embedded();
        let scenario = rules_of(count, &contract);
        let mock = mock(contract, vec![scenario]);
        let request = request("/koodrive/ose/v1/share", &headers, BODY);
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| black_box(mock.handle(black_box(&request), ARRIVAL)));
        });
    }
    group.finish();
}

/// Calls that go round among this many sessions.
fn sessions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sessions");
    for count in [1, 10, 1000] {
        let contract = embedded();
        let scenario = rules_of(100, &contract);
        let mock = mock(contract, vec![scenario]);
        let headers: Vec<HeaderMap> = (0..count)
            .map(|number| {
                let mut headers = headers();
                headers.insert("x-understudy-session", HeaderValue::try_from(format!("s{number}")).unwrap());
                headers
            })
            .collect();
        let mut turn = headers.iter().cycle();
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| {
                let request = request("/koodrive/ose/v1/share", turn.next().unwrap(), BODY);
                black_box(mock.handle(black_box(&request), ARRIVAL))
            });
        });
    }
    group.finish();
}

/// The same answer once written out and once with five templates in it.
fn templates(criterion: &mut Criterion) {
    let headers = headers();
    let mut group = criterion.benchmark_group("templated");
    let written = "code: 0, msg: success, shareLink: { shareId: \"15\", comment: quarterly, scope: 2, expireTime: later, fileIds: [\"1\"] }";
    let templates = "code: 0, msg: success, shareLink: { shareId: \"15{{ calls }}\", comment: \"{{ request.body.comment }}\", \
                     scope: \"{{ request.body.scope }}\", expireTime: \"{{ now | plus(days=request.body.validDays) }}\", \
                     fileIds: \"{{ request.body.fileIds }}\" }";
    let repeated = "code: 0, msg: success, list: [{ $for: id in request.body.fileIds, id: \"{{ id }}\", code: 5, msg: \"{{ message(13000309) }}\" }]";
    for (name, body) in [("written out", written), ("five expressions", templates), ("an item repeated", repeated)] {
        let text = format!("scenario: t\nrules:\n- operation: CreateShare\n  answers: [{{ body: {{ {body} }} }}]\n");
        let contract = embedded();
        let scenario = compile(&Source::new("t.yaml", text), None, &contract).unwrap().value;
        let mock = mock(contract, vec![scenario]);
        let request = request("/koodrive/ose/v1/share", &headers, BODY);
        assert_eq!(mock.handle(&request, ARRIVAL).answer.status, 200);
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(mock.handle(black_box(&request), ARRIVAL)));
        });
    }
    group.finish();
}

criterion_group!(benches, calls, operations, rules, sessions, templates);
criterion_main!(benches);
