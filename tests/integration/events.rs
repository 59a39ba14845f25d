//! What happens, told while it happens; and the page that listens.

use std::time::Duration;

use serde_json::Value;
use understudy::{mock::Options, server::Limits, server::Stop};

use crate::client::{Connection, Request, Running};

/// Begins to listen.
fn listening(server: &Running, headers: &str) -> Connection {
    let mut connection = server.connect();
    connection.write(format!("GET /__admin/events HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").as_bytes());
    let head = String::from_utf8(connection.up_to("\r\n\r\n")).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("content-type: text/event-stream"), "{head}");
    connection.up_to("retry: 1000\n\n");
    connection
}

/// The next event: its name, its id, its data.
fn next(connection: &mut Connection) -> (String, String, Value) {
    connection.up_to("event: ");
    let event = String::from_utf8(connection.up_to("\n\n")).unwrap();
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
    let name = event.lines().next().unwrap().to_owned();
    (name, field("id: "), serde_json::from_str(&field("data: ")).unwrap())
}

/// The numbers of the exchanges that are told until this one has ended.
fn numbers_until(connection: &mut Connection, last: u64) -> Vec<u64> {
    let mut numbers = Vec::new();
    loop {
        let (name, _, data) = next(connection);
        assert_eq!(name, "exchange", "{data}");
        let number = data["exchange"].as_u64().unwrap();
        numbers.push(number);
        if number == last && data["ended"].is_string() {
            numbers.dedup();
            return numbers;
        }
    }
}

#[test]
fn a_listener_is_told_what_was_and_what_comes() {
    let server = Running::trusting(&[]);
    server.send(&Request::share());
    let mut listener = listening(&server, "");
    assert_eq!(numbers_until(&mut listener, 1), [1]);
    server.send(&Request::share_with("validDays", Some(366.into())));
    let data = loop {
        let (name, _, data) = next(&mut listener);
        assert_eq!((name.as_str(), &data["exchange"]), ("exchange", &Value::from(2)));
        if data["ended"].is_string() {
            break data;
        }
    };
    assert_eq!(
        (&data["operation"], &data["status"], &data["violations"]),
        (&"CreateShare".into(), &400.into(), &1.into())
    );
    assert_eq!(
        (&data["ended"], &data["session"], &data["method"]),
        (&"delivered".into(), &"default".into(), &"POST".into())
    );
}

#[test]
fn a_listener_that_comes_back_goes_on_after_its_last_event() {
    let server = Running::trusting(&[]);
    for _ in 0..3 {
        server.send(&Request::share());
    }
    (1..=3).for_each(|number| drop(server.finished(number)));
    let mut first = listening(&server, "");
    let ids: Vec<String> = (0..3).map(|_| next(&mut first).1).collect();
    assert_eq!(ids, ["1", "2", "3"]);
    first.reset();
    assert_eq!(numbers_until(&mut listening(&server, "Last-Event-ID: 1\r\n"), 3), [2, 3]);
    let mut third = server.connect();
    third.write(b"GET /__admin/events?after=2 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(numbers_until(&mut third, 3), [3]);
    let wrong = server.raw("GET /__admin/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: x\r\n\r\n");
    assert_eq!(wrong.status, 400);
}

#[test]
fn a_listener_is_told_how_many_had_left_the_journal() {
    let server = Running::with_a_full_journal();
    let lost = server.mock.journal().evicted().end - 1;
    let (name, _, data) = next(&mut listening(&server, ""));
    assert_eq!((name.as_str(), &data["count"]), ("lost", &lost.into()));
}

#[test]
fn two_hundred_pages_listen_and_half_of_them_leave_in_the_middle() {
    let server = Running::trusting(&[]);
    let mut pages: Vec<Connection> = (0..200).map(|_| listening(&server, "")).collect();
    pages.split_off(100).into_iter().for_each(Connection::reset);
    for _ in 0..10 {
        server.send(&Request::share());
    }
    for page in &mut pages {
        assert_eq!(numbers_until(page, 10).last(), Some(&10));
    }
}

#[test]
fn a_page_that_reads_nothing_holds_no_call_up() {
    let server = Running::trusting(&[]);
    let _silent: Vec<Connection> = (0..20).map(|_| listening(&server, "")).collect();
    let mut connection = server.connect();
    for _ in 0..2000 {
        connection.write(&Request::share().bytes());
        assert_eq!(connection.response("POST").status, 200);
    }
}

#[test]
fn a_page_under_a_flood_hears_of_everything_once_or_how_much_it_lost() {
    let server = Running::trusting(&[]);
    let mut page = listening(&server, "");
    let flood = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut caller = server.connect();
                    (0..500).for_each(|_| {
                        caller.write(&Request::share().bytes());
                        assert_eq!(caller.response("POST").status, 200);
                    });
                })
            })
            .collect();
        let (mut ended, mut lost) = (std::collections::BTreeSet::new(), 0);
        while ended.len() as u64 + lost < 2000 {
            let (name, _, data) = next(&mut page);
            match name.as_str() {
                "lost" => lost += data["count"].as_u64().unwrap(),
                _ if data["ended"].is_string() => assert!(ended.insert(data["exchange"].as_u64().unwrap()), "{data}"),
                _ => {}
            }
        }
        callers.into_iter().for_each(|caller| caller.join().unwrap());
        ended
    });
    assert!(flood.last().is_some_and(|last| *last <= 2000));
}

#[test]
fn a_page_that_goes_while_events_are_on_their_way_leaves_nothing_behind() {
    let limits = Limits { grace: Duration::from_secs(600), ..Limits::default() };
    let options = Options { journal_bytes: 64 << 20, ..crate::client::trusting() };
    let mut server = Running::with(&[], options, limits);
    // It reads nothing of what is on its way to it.
    let page = listening(&server, "");
    let mut caller = server.connect();
    for _ in 0..4000 {
        caller.write(&Request::share().bytes());
        assert_eq!(caller.response("POST").status, 200);
    }
    page.reset();
    assert_eq!(server.send(&Request::share()).status, 200);
    drop(caller);
    server.stop();
    assert_eq!(server.stopped(), Stop::Finished);
}

#[test]
fn events_end_when_the_server_stops() {
    let limits = Limits { grace: Duration::from_secs(600), ..Limits::default() };
    let mut server = Running::with(&[], Options::default(), limits);
    let mut listener = listening(&server, "");
    server.stop();
    assert!(listener.rest().ends_with(b"0\r\n\r\n"));
    assert_eq!(server.stopped(), Stop::Finished);
}

#[test]
fn a_browser_is_led_to_the_page_and_a_client_sees_what_it_saw() {
    let server = Running::plain();
    let get =
        |path: &str, headers: &str| server.raw(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"));
    let browser = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nSec-Fetch-Site: cross-site\r\n";
    for path in ["/", "/__admin"] {
        let answer = get(path, browser);
        assert_eq!((answer.status, answer.header("location")), (302, Some("/__admin/")), "{path}");
    }
    let page = get("/__admin/", browser);
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(page.header("content-security-policy"), Some("frame-ancestors 'none'"));
    assert!(page.body.len() < 300_000);
    assert_eq!(server.mock.journal().next_number(), 1, "the page is no call");
    for accept in ["", "Accept: */*\r\n", "Accept: application/json\r\n"] {
        let answer = get("/", accept);
        assert_eq!((answer.status, answer.header("x-understudy-answer")), (404, Some("no-call")), "{accept}");
        assert_eq!(get("/__admin/", accept).header("content-type"), Some("application/problem+json"));
    }
}

#[test]
fn a_scenario_can_be_checked_without_being_played_and_its_text_read_back() {
    let server = Running::plain();
    let put = |path: &str, text: &str| {
        let length = text.len();
        server.raw(format!("PUT /__admin/{path} HTTP/1.1\r\nHost: localhost\r\ncontent-length: {length}\r\n\r\n{text}"))
    };
    let good = "scenario: s\n# by hand\nrules: [{ operation: CreateShare, answers: [503] }]\n";
    let checked = put("scenarios/s?check=true", good);
    assert_eq!((checked.status, &checked.json()["diagnostics"]), (200, &serde_json::json!([])));
    assert_eq!(server.mock.script().scenarios().len(), 0);
    let wrong = put("scenarios/s?check=true", &good.replace("CreateShare", "CreateShares"));
    assert_eq!((wrong.status, &wrong.json()["diagnostics"][0]["line"]), (422, &3.into()));
    assert_eq!(put("scenarios/s?check=maybe", good).status, 400);
    assert_eq!(put("scenarios/s", good).status, 201);
    let read = server.raw("GET /__admin/scenarios/s HTTP/1.1\r\nHost: localhost\r\n\r\n").json();
    assert_eq!(read["text"], good);
    assert_eq!(put("sessions/a/scenarios/s?check=true", good).status, 400);
}

#[test]
fn the_report_can_be_had_while_the_server_runs() {
    let server = Running::trusting(&[]);
    server.send(&Request::share_with("validDays", Some(366.into())));
    let report = server.raw("GET /__admin/report HTTP/1.1\r\nHost: localhost:81\r\n\r\n").json();
    assert_eq!((&report["verdict"], &report["url"]), (&"failed".into(), &"http://localhost:81".into()));
    assert_eq!(report["findings"][0]["at"], "/body/validDays");
    assert!(report["meanings"]["contract/maximum"].is_string());
}

#[test]
fn the_report_has_the_url_that_its_reader_came_by() {
    let server = crate::secured::server(&[]);
    let request = b"GET /__admin/report HTTP/1.1\r\nHost: localhost:81\r\nConnection: close\r\n\r\n";
    let mut secured = crate::secured::Client::default().connect(server.address).unwrap();
    secured.write(request);
    let secured = String::from_utf8(secured.ending().0).unwrap();
    let plain = String::from_utf8(server.raw(request).body).unwrap();
    assert!(secured.contains(r#""url": "https://localhost:81""#), "{secured}");
    assert!(plain.contains(r#""url": "http://localhost:81""#), "{plain}");
}
