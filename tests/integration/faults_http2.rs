//! Faults on HTTP/2, frame by frame: what becomes of the stream, and that its connection lives on.

use std::time::{Duration, Instant};

use understudy::{
    mock::Options,
    server::{Limits, Stop},
};

use crate::{
    client::{Request, Running},
    frames::{DATA, Frame, Frames, GOAWAY, HEADERS, RST_STREAM},
};

const PROTOCOL_ERROR: u32 = 1;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;

/// A server whose first answer, of twelve bytes, is spoilt; then comes a sound one.
fn playing(fault: &str) -> Running {
    Running::playing(&format!(
        "scenario: s\nrules:\n- operation: CreateShare\n  answers:\n  - {{ body: 0123456789ab, headers: {{ Content-Type: text/plain }}, fault: {fault} }}\n  - example\n"
    ))
}

/// The frames of the first stream up to its end.
fn frames(connection: &mut Frames) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    while !frames.last().is_some_and(|frame| frame.ends_stream() || frame.kind == RST_STREAM) {
        let frame = connection.next().unwrap();
        assert_eq!(frame.stream, 1, "{frame:?}");
        frames.push(frame);
    }
    frames
}

fn body(frames: &[Frame]) -> Vec<u8> {
    frames.iter().filter(|frame| frame.kind == DATA).flat_map(|frame| frame.payload.clone()).collect()
}

/// Another stream of the same connection gets its answer.
#[track_caller]
fn lives_on(connection: &mut Frames) {
    connection.call(3, &Request::share());
    let frame = connection.next().unwrap();
    assert_eq!((frame.kind, frame.stream), (HEADERS, 3));
}

fn fault_of(server: &Running) -> String {
    let exchange = server.send(&Request::new("GET", "/__admin/exchanges/1")).json();
    exchange["fault"].as_str().unwrap().to_owned()
}

#[test]
fn what_ends_a_connection_resets_the_stream_before_its_headers() {
    for (fault, code, said) in [
        ("reset", INTERNAL_ERROR, "reset, as RST_STREAM INTERNAL_ERROR"),
        ("close", CANCEL, "close, as RST_STREAM CANCEL"),
        ("garbage", PROTOCOL_ERROR, "garbage, as RST_STREAM PROTOCOL_ERROR"),
        ("{ status_line: garbled }", PROTOCOL_ERROR, "status_line, as RST_STREAM PROTOCOL_ERROR"),
        ("rst_stream", INTERNAL_ERROR, "rst_stream"),
        ("{ rst_stream: refused_stream }", REFUSED_STREAM, "rst_stream"),
    ] {
        let server = playing(fault);
        let mut connection = Frames::connect(&server);
        connection.call(1, &Request::share());
        let frame = connection.next().unwrap();
        assert_eq!((frame.kind, frame.stream, frame.code()), (RST_STREAM, 1, code), "{fault}");
        lives_on(&mut connection);
        assert_eq!(fault_of(&server), said);
    }
}

#[test]
fn what_breaks_a_body_resets_the_stream_after_half_of_it() {
    for (fault, code) in [("reset_mid_body", INTERNAL_ERROR), ("bad_chunk", PROTOCOL_ERROR)] {
        let server = playing(fault);
        let mut connection = Frames::connect(&server);
        connection.call(1, &Request::share());
        let frames = frames(&mut connection);
        assert_eq!(frames[0].kind, HEADERS);
        assert_eq!(body(&frames), b"012345");
        let last = frames.last().unwrap();
        assert_eq!((last.kind, last.code()), (RST_STREAM, code), "{fault}");
        lives_on(&mut connection);
        assert!(fault_of(&server).starts_with(&format!("{fault}, as RST_STREAM ")));
    }
}

#[test]
fn a_truncated_body_ends_its_stream_early() {
    let server = playing("{ truncate: 25% }");
    let mut connection = Frames::connect(&server);
    connection.call(1, &Request::share());
    let frames = frames(&mut connection);
    assert_eq!(body(&frames), b"012");
    assert!(frames.last().unwrap().ends_stream());
    lives_on(&mut connection);
    assert_eq!(fault_of(&server), "truncate, as an early END_STREAM");
}

#[test]
fn a_library_sees_that_a_length_is_wrong() {
    for (fault, announced, bytes) in [
        ("{ content_length: wrong }", Some("6"), 12),
        ("{ content_length: absent }", None, 12),
        ("{ truncate: 50% }", Some("12"), 6),
    ] {
        let server = playing(fault);
        let address = server.address;
        let (head, body) = tokio::runtime::Runtime::new().unwrap().block_on(async move {
            let stream = tokio::net::TcpStream::connect(address).await.unwrap();
            let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
            tokio::spawn(connection);
            let mut request = http::Request::post(format!("http://{address}/koodrive/ose/v1/share"));
            for (name, value) in Request::share().headers {
                request = request.header(name, value);
            }
            let (response, mut send) = client.send_request(request.body(()).unwrap(), false).unwrap();
            send.send_data(Request::share().body.into(), true).unwrap();
            let (head, mut body) = response.await.unwrap().into_parts();
            let mut whole = Vec::new();
            let mut sound = true;
            while let Some(piece) = body.data().await {
                match piece {
                    Ok(piece) => whole.extend_from_slice(&piece),
                    Err(error) => {
                        assert_eq!(error.reason(), Some(h2::Reason::PROTOCOL_ERROR));
                        sound = false;
                        break;
                    }
                }
            }
            (head, (whole.len(), sound))
        });
        assert_eq!(head.headers.get("content-length").map(|value| value.to_str().unwrap()), announced, "{fault}");
        match announced {
            Some(_) => assert!(!body.1, "{fault}"),
            None => assert_eq!(body, (bytes, true)),
        }
    }
}

#[test]
fn a_stream_hangs_alone_until_it_is_cancelled() {
    for (fault, heads) in [("hang", 0), ("hang_mid_body", 2)] {
        let server = playing(fault);
        let mut connection = Frames::connect(&server);
        connection.call(1, &Request::share());
        for kind in [HEADERS, DATA].iter().take(heads) {
            assert_eq!(connection.next().unwrap().kind, *kind);
        }
        assert!(connection.is_silent(Duration::from_millis(100)));
        lives_on(&mut connection);
        connection.cancel(1);
        drop(connection);
        assert_eq!(fault_of(&server), format!("{fault}, of the stream alone"));
        assert_eq!(server.stopped(), Stop::Finished);
    }
}

#[test]
fn a_stop_ends_streams_that_hang() {
    for fault in ["hang", "hang_mid_body"] {
        let mut server = playing(fault);
        let mut connection = Frames::connect(&server);
        connection.call(1, &Request::share());
        while server.mock.journal().next_number() == 1 {
            std::thread::yield_now();
        }
        server.stop();
        let frames: Vec<Frame> = std::iter::from_fn(|| connection.next()).collect();
        let reset = frames.iter().find(|frame| frame.kind == RST_STREAM).unwrap();
        assert_eq!((reset.stream, reset.code()), (1, INTERNAL_ERROR));
        assert!(frames.iter().any(|frame| frame.kind == GOAWAY));
        assert_eq!(server.stopped(), Stop::Finished);
    }
}

#[test]
fn a_dripping_body_comes_in_paced_frames() {
    let server = playing("{ drip: { bytes_per_second: 40 } }");
    let mut connection = Frames::connect(&server);
    let start = Instant::now();
    connection.call(1, &Request::share());
    assert_eq!(connection.next().unwrap().kind, HEADERS);
    for (due, piece) in [(100, "0123"), (200, "4567"), (300, "89ab")] {
        let frame = connection.next().unwrap();
        assert_eq!((frame.kind, frame.payload.as_slice()), (DATA, piece.as_bytes()));
        assert!(start.elapsed() >= Duration::from_millis(due), "{:?}", start.elapsed());
        assert_eq!(frame.ends_stream(), due == 300);
    }
    assert!(start.elapsed() < Duration::from_secs(10));
    lives_on(&mut connection);
}

#[test]
fn goaway_lets_the_answer_through_and_ends_the_connection() {
    let server = playing("goaway");
    let mut connection = Frames::connect(&server);
    connection.call(1, &Request::share());
    let goaway = connection.next().unwrap();
    // The last stream that is answered, and no error.
    assert_eq!((goaway.kind, goaway.payload.as_slice()), (GOAWAY, &[0, 0, 0, 1, 0, 0, 0, 0][..]));
    // No PING and no second GOAWAY: after the answer nothing comes but the end.
    let frames: Vec<Frame> = std::iter::from_fn(|| connection.next_of_all()).collect();
    assert!(frames.iter().all(|frame| frame.stream == 1), "{frames:?}");
    assert_eq!(body(&frames), b"0123456789ab");
    assert_eq!(fault_of(&server), "goaway");
    assert_eq!(server.stopped(), Stop::Finished);
}

#[test]
fn a_client_that_still_sends_after_goaway_is_not_reset() {
    let server = playing("goaway");
    let mut connection = Frames::connect(&server);
    connection.call(1, &Request::share());
    let frames: Vec<Frame> = std::iter::from_fn(|| connection.next()).collect();
    assert_eq!(body(&frames), b"0123456789ab");
    for stream in 0..1000 {
        connection.call(3 + 2 * stream, &Request::share());
    }
    assert!(connection.has_no_error());
}

#[test]
fn slow_headers_are_late_headers() {
    let server = playing("{ slow_headers: 20ms }");
    let mut connection = Frames::connect(&server);
    let start = Instant::now();
    connection.call(1, &Request::share());
    let frames = frames(&mut connection);
    // As long as the lines of the same head on HTTP/1: status line, six headers, empty line.
    assert!(start.elapsed() >= Duration::from_millis(8 * 20), "{:?}", start.elapsed());
    assert_eq!(body(&frames), b"0123456789ab");
    assert_eq!(fault_of(&server), "slow_headers, as HEADERS that come late");
}

#[test]
fn what_spoils_the_answer_itself_is_the_same_as_on_http_1() {
    for (fault, said) in [
        ("bad_json", "bad_json"),
        ("huge_header", "huge_header"),
        ("duplicate_header", "duplicate_header"),
        ("{ skew: 20m }", "skew"),
    ] {
        let server = playing(fault);
        let mut connection = Frames::connect(&server);
        connection.call(1, &Request::share());
        let mut kinds = Vec::new();
        let mut bytes = Vec::new();
        while let Some(frame) = connection.next() {
            kinds.push(frame.kind);
            if frame.kind == DATA {
                bytes = frame.payload.clone();
                break;
            }
        }
        assert_eq!(kinds.first(), Some(&HEADERS), "{fault}");
        assert_eq!(bytes, if fault == "bad_json" { &b"0123456789ab,"[..] } else { &b"0123456789ab"[..] });
        assert_eq!(fault_of(&server), said);
    }
}

#[test]
fn a_client_that_opens_no_window_for_what_drips_is_dropped() {
    let scenario = format!(
        "scenario: s\nrules:\n- operation: CreateShare\n  answers: [{{ body: {}, headers: {{ Content-Type: text/plain }}, fault: {{ drip: {{ bytes_per_second: 500000 }} }} }}]\n",
        "x".repeat(200_000)
    );
    let limits = Limits { idle_time: Duration::from_millis(100), ..Limits::default() };
    let server = Running::with(&[&scenario], Options::default(), limits);
    let mut connection = Frames::connect(&server);
    connection.call(1, &Request::share());
    let start = Instant::now();
    let mut bytes = 0;
    while let Some(frame) = connection.next() {
        assert!(!frame.ends_stream());
        bytes += if frame.kind == DATA { frame.payload.len() } else { 0 };
    }
    // The window that a client opens unless it says otherwise.
    assert_eq!(bytes, 65_535);
    // Not by what drops a client that ignores that it was told to go.
    assert!(start.elapsed() < Limits::default().head_time, "{:?}", start.elapsed());
}

#[test]
fn interim_answers_come_before_the_real_one() {
    let server = playing("early_hints");
    let address = server.address;
    let statuses = tokio::runtime::Runtime::new().unwrap().block_on(async move {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let mut request = http::Request::post(format!("http://{address}/koodrive/ose/v1/share"));
        for (name, value) in Request::share().headers {
            request = request.header(name, value);
        }
        let (mut response, mut send) = client.send_request(request.body(()).unwrap(), false).unwrap();
        send.send_data(Request::share().body.into(), true).unwrap();
        let mut statuses = Vec::new();
        while let Some(interim) = std::future::poll_fn(|context| response.poll_informational(context)).await {
            let interim = interim.unwrap();
            let link = interim.headers().get("link").map(|value| value.to_str().unwrap().to_owned());
            statuses.push((interim.status().as_u16(), link));
        }
        statuses.push((response.await.unwrap().status().as_u16(), None));
        statuses
    });
    let hint = "</hint>; rel=preload".to_owned();
    assert_eq!(statuses, [(100, None), (102, None), (103, Some(hint)), (200, None)]);
    assert_eq!(fault_of(&server), "early_hints");
}
