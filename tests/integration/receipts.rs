//! The receipt of an exchange on HTTP/1: how the request came in, what was sent, and how it ended.

use std::{io::Read as _, time::Duration};

use understudy::{
    mock::Options,
    server::{Limits, Stop},
    session::{Ended, Exchange, Outcome},
};

use crate::client::{Connection, Request, Running, wait_for};

/// A server whose answers to CreateShare are these entries.
fn playing(answers: &[&str]) -> Running {
    with(answers, Limits::default())
}

fn with(answers: &[&str], limits: Limits) -> Running {
    let answers: Vec<String> = answers.iter().map(|answer| format!("  - {answer}\n")).collect();
    let text = format!("scenario: s\nrules:\n- operation: CreateShare\n  answers:\n{}", answers.concat());
    Running::with(&[&text], Options::default(), limits)
}

fn call(server: &Running) -> Connection {
    let mut connection = server.connect();
    connection.write(&Request::share().bytes());
    connection
}

fn outcome(exchange: &Exchange) -> Outcome {
    exchange.finished.unwrap()
}

/// How an exchange ended, and how many bytes of its answer left.
fn ended(server: &Running, number: u64) -> (Ended, u64) {
    let outcome = outcome(&server.finished(number));
    (outcome.ended, outcome.sent.bytes)
}

/// The headers that left, as lines.
fn headers(exchange: &Exchange) -> Vec<String> {
    exchange.recorded.answered_headers().map(|(name, value)| format!("{name}: {value}")).collect()
}

/// The header lines of an answer as it came.
fn lines(answer: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(answer);
    let head = text.split_once("\r\n\r\n").unwrap().0;
    head.split("\r\n").skip(1).map(str::to_owned).collect()
}

/// Twelve bytes with a fault.
fn faulted(fault: &str) -> String {
    format!("{{ body: 0123456789ab, headers: {{ Content-Type: text/plain }}, fault: {fault} }}")
}

#[test]
fn a_delivered_answer_is_counted_to_the_byte_with_the_headers_that_left() {
    let server = Running::plain();
    let mut connection = server.connect();
    connection.write(&Request::share().header("Connection", "close").bytes());
    let answer = connection.rest();
    let exchange = server.finished(1);
    let outcome = outcome(&exchange);
    assert_eq!((outcome.ended, outcome.sent.bytes), (Ended::Delivered, answer.len() as u64));
    assert_eq!(headers(&exchange), lines(&answer));
    let (first, last) = (outcome.sent.first.unwrap(), outcome.sent.last.unwrap());
    assert!(exchange.arrival.head <= first && first <= last && last == outcome.at);
    assert_eq!((exchange.arrival.connection, exchange.arrival.stream), (1, None));
}

#[test]
fn each_call_of_a_connection_has_a_receipt_of_its_own() {
    let server = Running::plain();
    let mut bytes = Vec::new();
    let mut connection = server.connect();
    for _ in 0..3 {
        connection.write(&Request::share().bytes());
        let response = connection.response("POST");
        bytes.push(response);
    }
    call(&server).response("POST");
    for (number, connection) in [(1, 1), (2, 1), (3, 1), (4, 2)] {
        let exchange = server.finished(number);
        assert_eq!((exchange.arrival.connection, outcome(&exchange).ended), (connection, Ended::Delivered));
        assert!(headers(&exchange).contains(&format!("x-understudy-exchange: {number}")));
    }
}

#[test]
fn pipelined_answers_are_told_apart() {
    let server = Running::plain();
    let mut connection = server.connect();
    let last = Request::new("GET", "/koodrive/teapot").header("Connection", "close").bytes();
    connection.write(&[Request::share().bytes(), Request::share().bytes(), last].concat());
    let answers = connection.rest();
    let sent: Vec<u64> = (1..=3).map(|number| ended(&server, number).1).collect();
    assert_eq!(sent.iter().sum::<u64>(), answers.len() as u64);
    let third = answers[usize::try_from(sent[0] + sent[1]).unwrap()..].to_vec();
    assert!(third.starts_with(b"HTTP/1.1 404 Not Found\r\n"));
    assert_eq!(headers(&server.finished(3)), lines(&third));
}

#[test]
fn an_answer_to_head_is_its_head_alone() {
    let server = Running::plain();
    let mut connection = server.connect();
    connection.write(&Request::new("HEAD", "/koodrive/teapot").header("Connection", "close").bytes());
    let answer = connection.rest();
    assert!(answer.ends_with(b"\r\n\r\n"));
    assert_eq!(ended(&server, 1), (Ended::Delivered, answer.len() as u64));
}

#[test]
fn a_body_that_was_waited_for_came_later_than_its_head() {
    let server = Running::plain();
    let mut connection = server.connect();
    let request = Request::share().header("Expect", "100-continue");
    let head = request.bytes().len() - request.body.len();
    connection.write(&request.bytes()[..head]);
    assert_eq!(connection.one_response("POST").status, 100);
    connection.write(&request.body);
    let response = connection.response("POST");
    let exchange = server.finished(1);
    assert!(exchange.arrival.body > exchange.arrival.head);
    // `100 Continue` is no part of the answer.
    let head: usize = headers(&exchange).iter().map(|line| line.len() + 2).sum();
    let status = "HTTP/1.1 200 OK\r\n".len();
    assert_eq!(outcome(&exchange).sent.bytes, (status + head + 2 + response.body.len()) as u64);

    // Neither is one that nobody waited for.
    connection.write(&request.bytes());
    let second = connection.response("POST");
    assert_eq!(second.header("x-understudy-exchange"), Some("2"));
    assert_eq!(ended(&server, 2).1, outcome(&exchange).sent.bytes);
    connection.write(&Request::share().bytes());
    connection.response("POST");
    let whole = server.finished(3);
    assert_eq!(whole.arrival.head, whole.arrival.body);
}

#[test]
fn bytes_that_are_no_request_have_a_receipt_too() {
    let server = Running::plain();
    let mut connection = server.connect();
    connection.write(b"GARBAGE\r\n\r\n");
    let answer = connection.rest();
    assert_eq!(ended(&server, 1), (Ended::Delivered, answer.len() as u64));
    let exchange = server.finished(1);
    assert_eq!((exchange.arrival.connection, headers(&exchange)), (1, lines(&answer)));
}

#[test]
fn every_fault_that_breaks_an_answer_off_says_so_with_the_bytes_that_left() {
    for fault in [
        "reset",
        "close",
        "reset_mid_body",
        "{ truncate: 50% }",
        "bad_chunk",
        "garbage",
        "{ status_line: garbled }",
        "rst_stream",
    ] {
        let server = playing(&[&faulted(fault)]);
        let (answer, _) = call(&server).ending();
        assert_eq!(ended(&server, 1), (Ended::Fault, answer.len() as u64), "{fault}");
        let head = if answer.starts_with(b"HTTP") { lines(&answer) } else { Vec::new() };
        assert_eq!(headers(&server.finished(1)), head, "{fault}");
    }
}

#[test]
fn a_hang_ends_as_its_fault_when_the_client_gives_up() {
    for (fault, body) in [("hang", None), ("hang_mid_body", Some("012345"))] {
        let server = playing(&[&faulted(fault)]);
        let mut connection = call(&server);
        let answer = body.map_or(0, |body| connection.up_to(body).len());
        wait_for(|| server.mock.journal().get(1));
        assert!(server.mock.journal().get(1).unwrap().finished.is_none());
        drop(connection);
        assert_eq!(ended(&server, 1), (Ended::Fault, answer as u64), "{fault}");
    }
}

#[test]
fn a_fault_that_lets_the_answer_through_is_delivered() {
    for fault in [
        "{ slow_headers: 1ms }",
        "early_hints",
        "{ drip: { bytes_per_second: 4000 } }",
        "{ huge_header: 10KB }",
        "goaway",
    ] {
        let server = playing(&[&faulted(fault)]);
        let mut connection = server.connect();
        connection.write(&Request::share().header("Connection", "close").bytes());
        let answer = connection.rest();
        assert_eq!(ended(&server, 1), (Ended::Delivered, answer.len() as u64), "{fault}");
        let exchange = server.finished(1);
        let sent = outcome(&exchange).sent;
        assert!(sent.first <= sent.last);
        // Interim answers have headers of their own.
        assert!(headers(&exchange).iter().all(|line| !line.starts_with("link")), "{fault}");
        assert!(headers(&exchange).contains(&"content-length: 12".to_owned()), "{fault}");
    }
}

#[test]
fn the_record_of_a_reset_is_complete_before_the_client_sees_it() {
    let server = playing(&["{ fault: reset, times: 50 }"]);
    for number in 1..=50 {
        call(&server).ending();
        assert!(server.mock.journal().get(number).unwrap().finished.is_some());
    }
}

#[test]
fn an_answer_that_the_stop_cuts_off_says_so() {
    let limits = Limits { grace: Duration::from_millis(50), ..Limits::default() };
    for (answer, sent) in [
        ("{ example: {}, delay: 1h }".to_owned(), 0),
        (faulted("hang"), 0),
        (
            "{ body: xxxx, headers: { Content-Type: text/plain }, fault: { drip: { bytes_per_second: 1 } } }"
                .to_owned(),
            1,
        ),
    ] {
        let mut server = with(&[&answer], limits.clone());
        let mut connection = call(&server);
        wait_for(|| server.mock.journal().get(1));
        if sent > 0 {
            connection.up_to("\r\n\r\nx");
        }
        let mock = server.mock.clone();
        server.stop();
        server.stopped();
        let outcome = mock.journal().get(1).unwrap().finished.unwrap();
        assert_eq!((outcome.ended, outcome.sent.bytes > 0), (Ended::CutOff, sent > 0), "{answer}");
    }
}

#[test]
fn the_second_signal_cuts_off_and_that_is_written_down() {
    let limits = Limits { grace: Duration::from_millis(1), ..Limits::default() };
    let server = with(&["{ example: {}, delay: 1h }"], limits);
    let connection = call(&server);
    wait_for(|| server.mock.journal().get(1));
    let mock = server.mock.clone();
    assert_eq!(server.stopped(), Stop::CutOff(1));
    assert_eq!(mock.journal().get(1).unwrap().finished.unwrap().ended, Ended::CutOff);
    drop(connection);
}

/// More than the buffers of both ends take.
fn large() -> String {
    format!("{{ body: {}, headers: {{ Content-Type: text/plain }} }}", "x".repeat(12 << 20))
}

#[test]
fn a_large_answer_that_nobody_reads_is_cut_off_after_the_idle_time() {
    let limits = Limits { idle_time: Duration::from_millis(200), ..Limits::default() };
    let server = with(&[&large()], limits);
    let connection = call(&server);
    let (ended, sent) = ended(&server, 1);
    assert_eq!(ended, Ended::CutOff);
    assert!((1..12 << 20).contains(&sent), "{sent}");
    drop(connection);
}

#[test]
fn a_client_that_leaves_a_large_answer_has_left() {
    let server = with(&[&large()], Limits::default());
    for (number, reset) in [(1, false), (2, true)] {
        let mut connection = call(&server);
        connection.stream.read_exact(&mut [0; 1000]).unwrap();
        if reset {
            connection.reset();
        } else {
            drop(connection);
        }
        let (ended, sent) = ended(&server, number);
        assert_eq!(ended, Ended::ClientLeft);
        assert!((1000..12 << 20).contains(&sent), "{sent}");
    }
}
