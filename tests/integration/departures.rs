//! Clients that go while their answer waits: they are noticed when they go, and what they held is free at once.

use std::time::{Duration, Instant};

use understudy::{mock::Options, server::Limits, session::Ended};

use crate::client::{Connection, Ending, Request, Running, wait_for};

/// Nothing of what is waited for here comes by itself in this time.
const LONG: Duration = Duration::from_secs(10);

/// A server for so many connections, whose answers to CreateShare are like this.
fn server(answer: &str, connections: usize) -> Running {
    let text = format!("scenario: s\nrules:\n- operation: CreateShare\n  answers: [{answer}]\n");
    let limits = Limits { connections, ..Limits::default() };
    Running::with(&[&text], Options::default(), limits)
}

fn call(server: &Running) -> Connection {
    let mut connection = server.connect();
    connection.write(&Request::share().bytes());
    connection
}

/// Waits until a call has had its turn.
fn planned(server: &Running, number: u64) {
    wait_for(|| server.mock.journal().get(number));
}

#[track_caller]
fn left(server: &Running, number: u64) -> u64 {
    let outcome = server.finished(number).finished.unwrap();
    assert_eq!(outcome.ended, Ended::ClientLeft);
    outcome.sent.bytes
}

fn health(server: &Running) -> u16 {
    server.send(&Request::new("GET", "/__admin/health")).status
}

#[test]
fn clients_that_close_or_reset_during_an_hours_delay_hold_up_nobody() {
    let server = server("{ example: {}, delay: 1h }", 2);
    let start = Instant::now();
    for number in 1..=6 {
        let connection = call(&server);
        planned(&server, number);
        if number % 2 == 0 {
            drop(connection);
        } else {
            connection.reset();
        }
        assert_eq!(left(&server, number), 0);
    }
    assert_eq!(health(&server), 200);
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
}

#[test]
fn many_that_close_at_once_lock_nobody_out() {
    let server = server("{ example: {}, delay: 1h }", 220);
    let start = Instant::now();
    for round in 1..=5 {
        let connections: Vec<Connection> = (0..220).map(|_| call(&server)).collect();
        planned(&server, round * 220);
        drop(connections);
    }
    assert_eq!(health(&server), 200);
    for number in 1..=1100 {
        assert_eq!(left(&server, number), 0);
    }
    assert!(start.elapsed() < 3 * LONG, "{:?}", start.elapsed());
}

#[test]
fn a_client_that_goes_while_its_answer_comes_slowly_is_noticed() {
    let body = "body: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, headers: { Content-Type: text/plain }";
    for (fault, seen) in [("{ drip: { bytes_per_second: 1 } }", "\r\n\r\n"), ("{ slow_headers: 1h }", "")] {
        let server = server(&format!("{{ {body}, fault: {fault} }}"), 1);
        let mut connection = call(&server);
        let bytes = if seen.is_empty() { 0 } else { connection.up_to(seen).len() as u64 };
        planned(&server, 1);
        drop(connection);
        assert!((bytes..bytes + 3).contains(&left(&server, 1)));
        assert_eq!(health(&server), 200);
    }
}

#[test]
fn a_client_that_has_sent_more_is_noticed_too_and_the_rest_is_not_answered() {
    let server = server("{ example: {}, delay: 1h }", 1);
    for (number, reset) in [(1, false), (2, true)] {
        let mut connection = call(&server);
        connection.write(&Request::new("GET", "/koodrive/teapot").bytes());
        planned(&server, number);
        if reset { connection.reset() } else { drop(connection) }
    }
    left(&server, 1);
    left(&server, 2);
    assert_eq!((health(&server), server.mock.journal().next_number()), (200, 3));
}

#[test]
fn a_client_that_only_half_closed_gets_its_answer_after_the_delay() {
    let server = server("{ example: {}, delay: 400ms }", 1);
    let start = Instant::now();
    let mut connection = call(&server);
    connection.half_close();
    assert_eq!(connection.response("POST").status, 200);
    assert!(start.elapsed() >= Duration::from_millis(400));
    assert_eq!(server.finished(1).finished.unwrap().ended, Ended::Delivered);
}

#[test]
fn a_half_closed_client_gets_what_drips() {
    let server = server(
        "{ body: 0123456789ab, headers: { Content-Type: text/plain }, fault: { drip: { bytes_per_second: 40 } } }",
        1,
    );
    let mut connection = call(&server);
    connection.half_close();
    let (bytes, ending) = connection.ending();
    assert!(bytes.ends_with(b"0123456789ab"));
    assert_eq!(ending, Ending::Fin);
    assert_eq!(server.finished(1).finished.unwrap().ended, Ended::Delivered);
}

#[test]
fn a_half_closed_client_that_goes_later_is_noticed_then() {
    let server = server("{ example: {}, delay: 1h }", 1);
    for (number, reset) in [(1, false), (2, true)] {
        let mut connection = call(&server);
        planned(&server, number);
        connection.half_close();
        assert!(connection.is_silent(Duration::from_millis(300)));
        assert!(server.mock.journal().get(number).unwrap().finished.is_none());
        if reset {
            connection.reset();
        } else {
            drop(connection);
        }
        left(&server, number);
    }
    assert_eq!(health(&server), 200);
}

#[test]
fn a_client_that_half_closes_before_an_answer_without_a_wait_gets_it() {
    let server = Running::plain();
    let mut connection = call(&server);
    connection.half_close();
    assert_eq!(connection.response("POST").status, 200);
    assert!(connection.is_closed());
}
