//! Receipts and departures on HTTP/2, stream by stream.

use std::time::{Duration, Instant};

use understudy::{mock::Options, server::Limits, session::Ended};

use crate::{
    client::{Request, Running, wait_for},
    frames::{DATA, Frame, Frames, GOAWAY, HEADERS, RST_STREAM},
};

fn playing(answers: &str) -> Running {
    Running::playing(&scenario(answers))
}

fn scenario(answers: &str) -> String {
    format!("scenario: s\nrules:\n- operation: CreateShare\n  answers: [{answers}]\n")
}

/// Twelve bytes with a fault.
fn faulted(fault: &str) -> String {
    format!("{{ body: 0123456789ab, headers: {{ Content-Type: text/plain }}, fault: {fault} }}")
}

/// How an exchange ended, and how many bytes of its body left.
fn ended(server: &Running, number: u64) -> (Ended, u64) {
    let outcome = server.finished(number).finished.unwrap();
    (outcome.ended, outcome.sent.bytes)
}

/// The frames of a stream up to its end.
fn frames(connection: &mut Frames, stream: u32) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    while !frames.last().is_some_and(|frame| frame.ends_stream() || frame.kind == RST_STREAM) {
        let frame = connection.next().unwrap();
        assert_eq!(frame.stream, stream, "{frame:?}");
        frames.push(frame);
    }
    frames
}

fn body(frames: &[Frame]) -> usize {
    frames.iter().filter(|frame| frame.kind == DATA).map(|frame| frame.payload.len()).sum()
}

#[test]
fn a_delivered_answer_has_its_stream_its_bytes_and_its_headers() {
    let server = Running::plain();
    let mut connection = Frames::connect(&server);
    for (number, stream) in [(1, 1), (2, 3)] {
        connection.call(stream, &Request::share());
        let bytes = body(&frames(&mut connection, stream)) as u64;
        let exchange = server.finished(number);
        let outcome = exchange.finished.unwrap();
        assert_eq!((outcome.ended, outcome.sent.bytes), (Ended::Delivered, bytes));
        assert_eq!((exchange.arrival.connection, exchange.arrival.stream), (1, Some(stream)));
        assert!(exchange.arrival.head <= outcome.sent.first.unwrap() && outcome.sent.first <= outcome.sent.last);
        let headers: Vec<String> = exchange.recorded.answered_headers().map(|(name, _)| name.to_owned()).collect();
        for name in ["content-type", "x-understudy-exchange", "content-length", "date"] {
            assert!(headers.contains(&name.to_owned()), "{headers:?}");
        }
    }
}

#[test]
fn every_fault_that_breaks_an_answer_off_says_so_with_the_bytes_that_left() {
    for fault in ["reset", "close", "garbage", "reset_mid_body", "bad_chunk", "{ truncate: 50% }", "rst_stream"] {
        let server = playing(&faulted(fault));
        let mut connection = Frames::connect(&server);
        connection.call(1, &Request::share());
        let bytes = body(&frames(&mut connection, 1)) as u64;
        // The record of a reset is complete before the client sees it.
        let outcome = server.mock.journal().get(1).unwrap().finished;
        assert!(outcome.is_some() || fault.contains("truncate"), "{fault}");
        assert_eq!(ended(&server, 1), (Ended::Fault, bytes), "{fault}");
    }
}

#[test]
fn a_stream_that_is_cancelled_during_a_delay_is_noticed_and_others_go_on() {
    let server = playing("{ example: {}, delay: 1h, times: 300 }, example");
    let mut connection = Frames::connect(&server);
    // More in all than may be open at a time.
    for number in 1..=300 {
        let stream = u32::try_from(2 * number - 1).unwrap();
        connection.call(stream, &Request::share());
        wait_for(|| server.mock.journal().get(number));
        connection.cancel(stream);
        assert_eq!(ended(&server, number), (Ended::ClientLeft, 0));
    }
    connection.call(601, &Request::share());
    assert!(body(&frames(&mut connection, 601)) > 0);
}

#[test]
fn streams_of_a_client_that_goes_are_over_at_once() {
    let limits = Limits { connections: 1, ..Limits::default() };
    let drip = faulted("{ drip: { bytes_per_second: 1 } }");
    let answers = format!("{{ example: {{}}, delay: 1h }}, {drip}, {}", faulted("{ slow_headers: 1h }"));
    let server = Running::with(&[&scenario(&answers)], Options::default(), limits);
    let start = Instant::now();
    let mut connection = Frames::connect(&server);
    for number in 1..=3 {
        connection.call(2 * number - 1, &Request::share());
    }
    assert_eq!(connection.next().unwrap().stream, 3);
    wait_for(|| server.mock.journal().get(3));
    drop(connection);
    for number in 1..=3 {
        assert_eq!(ended(&server, number).0, Ended::ClientLeft);
    }
    assert_eq!(server.send(&Request::new("GET", "/__admin/health")).status, 200);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn many_streams_wait_without_holding_each_other_up() {
    let server = playing("{ example: {}, delay: 200ms, times: 250 }, example");
    let mut connection = Frames::connect(&server);
    let start = Instant::now();
    for number in 0..250 {
        connection.call(2 * number + 1, &Request::share());
    }
    let mut open = 250;
    while open > 0 {
        open -= usize::from(connection.next().unwrap().ends_stream());
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    for number in 1..=250 {
        assert_eq!(ended(&server, number).0, Ended::Delivered);
    }
}

#[test]
fn an_answer_that_a_client_opens_no_window_for_is_cut_off_and_other_streams_go_on() {
    let large = format!("{{ body: {}, headers: {{ Content-Type: text/plain }} }}", "x".repeat(200_000));
    let limits = Limits { idle_time: Duration::from_millis(200), ..Limits::default() };
    let server = Running::with(&[&scenario(&large)], Options::default(), limits);
    let mut connection = Frames::connect(&server);
    connection.call(1, &Request::share());
    let frames = frames(&mut connection, 1);
    // The window that a client opens unless it says otherwise.
    assert_eq!(body(&frames), 65_535);
    assert_eq!(frames.last().map(|frame| (frame.kind, frame.code())), Some((RST_STREAM, 8)));
    assert_eq!(ended(&server, 1), (Ended::CutOff, 65_535));
    connection.call(3, &Request::new("GET", "/koodrive/teapot"));
    // The connection's window is used up as well: the head comes all the same.
    assert_eq!(connection.next().map(|frame| (frame.kind, frame.stream)), Some((HEADERS, 3)));
}

#[test]
fn a_large_answer_comes_whole_through_a_small_window() {
    let large = format!("{{ body: {}, headers: {{ Content-Type: text/plain }} }}", "x".repeat(3_000_000));
    let server = playing(&large);
    let mut connection = Frames::connect(&server);
    connection.call(1, &Request::share());
    let mut bytes = 0;
    loop {
        let frame = connection.next().unwrap();
        if frame.kind == DATA {
            bytes += frame.payload.len();
            connection.open_window(1, u32::try_from(frame.payload.len()).unwrap());
        }
        if frame.ends_stream() {
            break;
        }
    }
    assert_eq!(bytes, 3_000_000);
    assert_eq!(ended(&server, 1), (Ended::Delivered, 3_000_000));
}

#[test]
fn an_answer_that_the_stop_cuts_off_says_so() {
    let limits = Limits { grace: Duration::from_millis(50), ..Limits::default() };
    for answer in ["{ example: {}, delay: 1h }", "{ fault: hang }"] {
        let server = Running::with(&[&scenario(answer)], Options::default(), limits.clone());
        let mut connection = Frames::connect(&server);
        connection.call(1, &Request::share());
        wait_for(|| server.mock.journal().get(1));
        let mock = server.mock.clone();
        server.stopped();
        assert_eq!(mock.journal().get(1).unwrap().finished.unwrap().ended, Ended::CutOff);
    }
}

#[test]
fn goaway_is_one_frame_with_the_last_stream_and_later_streams_get_nothing() {
    let text = format!(
        "scenario: s\nrules:\n- operation: CreateShare\n  answers: [{{ example: {{}}, delay: 300ms }}, {}, example]\n",
        faulted("goaway")
    );
    let server = Running::playing(&text);
    let mut connection = Frames::connect(&server);
    connection.call(1, &Request::share());
    wait_for(|| server.mock.journal().get(1));
    connection.call(3, &Request::share());
    let goaway = connection.next().unwrap();
    assert_eq!((goaway.kind, goaway.stream), (GOAWAY, 0));
    assert_eq!(goaway.payload, [0, 0, 0, 3, 0, 0, 0, 0]);
    connection.call(5, &Request::share());
    let rest: Vec<Frame> = std::iter::from_fn(|| connection.next_of_all()).collect();
    // The answer of the last stream, then the one that was under way; no PING, no second GOAWAY, nothing for the stream that came later.
    let kinds: Vec<(u8, u32)> = rest.iter().map(|frame| (frame.kind, frame.stream)).collect();
    assert_eq!(kinds.iter().filter(|(kind, _)| *kind == HEADERS).collect::<Vec<_>>(), [&(HEADERS, 3), &(HEADERS, 1)]);
    assert!(kinds.iter().all(|(kind, stream)| matches!(*kind, DATA | HEADERS) && [1, 3].contains(stream)), "{kinds:?}");
    for number in 1..=2 {
        assert_eq!(ended(&server, number).0, Ended::Delivered);
    }
    assert_eq!(server.mock.journal().next_number(), 3);
}
