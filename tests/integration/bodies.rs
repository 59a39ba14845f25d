//! Request bodies that are under way share one budget of memory.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use understudy::{mock::Options, server::Limits};

use crate::{
    client::{Connection, PATIENCE, Request, Running, SHARE, wait_for},
    frames::Frames,
};

/// The largest body that a service takes: one of them always finds room.
const LARGEST: usize = 12 * 1024 * 1024;

/// A body of this size takes 30 units of 16 KiB, beside what its connection has free.
const SIZE: usize = 550_000;
const TAKEN: usize = 30 * 16 * 1024;

/// Room for two bodies, and for the last one.
fn server(body_time: Duration) -> Running {
    let limits = Limits { bodies: LARGEST + 2 * TAKEN, body_time, ..Limits::default() };
    Running::with(&[], Options::default(), limits)
}

/// Bytes of memory that bodies hold.
fn held(server: &Running) -> u64 {
    let health = server.raw("GET /__admin/health HTTP/1.1\r\nHost: localhost\r\n\r\n").json();
    health["bodies"].as_u64().unwrap()
}

#[track_caller]
fn wait_until_held(server: &Running, bytes: usize) {
    wait_for(|| (held(server) == bytes as u64).then_some(()));
}

/// A request with a body of `SIZE` bytes that keeps the contract.
fn large() -> Request {
    Request::share().body(&format!("{SHARE}{}", " ".repeat(SIZE - SHARE.len())))
}

/// A client that has sent all of a large body but these bytes.
fn all_but(server: &Running, bytes: usize) -> Connection {
    let mut connection = server.connect();
    let request = large().bytes();
    connection.write(&request[..request.len() - bytes]);
    connection
}

/// Clients that hold all the memory there is; each has 10,000 bytes still to send.
fn holders(server: &Running) -> [Connection; 3] {
    [TAKEN, 2 * TAKEN, 2 * TAKEN + LARGEST].map(|bytes| {
        let connection = all_but(server, 10_000);
        wait_until_held(server, bytes);
        connection
    })
}

#[test]
fn memory_for_bodies_is_given_back_however_they_end() {
    let server = server(PATIENCE);
    let [mut whole, gone, reset] = holders(&server);
    whole.write(&[b' '; 10_000]);
    assert_eq!(whole.response("POST").status, 200);
    wait_until_held(&server, TAKEN + LARGEST);
    drop(gone);
    wait_until_held(&server, LARGEST);
    reset.reset();
    wait_until_held(&server, 0);
}

#[test]
fn a_body_that_finds_no_memory_waits_while_small_ones_pass() {
    let server = server(PATIENCE);
    let [mut first, _second, _last] = holders(&server);
    let mut late = all_but(&server, 0);
    assert_eq!(server.send(&Request::share()).status, 200);
    let spaces = " ".repeat(60_000 - SHARE.len());
    assert_eq!(server.send(&Request::share().body(&format!("{SHARE}{spaces}"))).status, 200);
    assert_eq!(held(&server), (2 * TAKEN + LARGEST) as u64);
    first.write(&[b' '; 10_000]);
    assert_eq!(first.response("POST").status, 200);
    assert_eq!(late.response("POST").status, 200);
}

#[test]
fn a_body_that_waits_too_long_for_memory_is_throttled_and_its_connection_goes_on() {
    let server = server(Duration::from_secs(2));
    let mut holders = holders(&server);
    let mut late = all_but(&server, 0);
    // The others go on sending, each a byte now and then.
    late.stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let start = Instant::now();
    while late.stream.peek(&mut [0; 1]).is_err() {
        assert!(start.elapsed() < PATIENCE, "it was not answered");
        for holder in &mut holders {
            holder.stream.write_all(b" ").unwrap();
        }
    }
    late.stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let response = late.response("POST");
    assert_eq!((response.status, response.header("retry-after")), (429, Some("1")), "{response:?}");
    assert_eq!(response.json()["error_code"], "APIGW.0308");
    assert_eq!(response.violations(), []);
    let number = response.header("x-understudy-exchange").unwrap().parse().unwrap();
    let exchange = server.finished(number);
    assert_eq!((exchange.recorded.left_out(), exchange.breaks_contract()), (Some("there was no memory for it"), false));
    late.write(&Request::share().bytes());
    assert_eq!(late.response("POST").status, 200);
    assert_eq!(held(&server), (2 * TAKEN + LARGEST) as u64);
}

#[test]
fn who_announces_much_and_sends_little_takes_nothing_from_others() {
    let server = server(PATIENCE);
    let head = b"POST /koodrive/ose/v1/share HTTP/1.1\r\nHost: a\r\nContent-Length: 12000000\r\n\r\n";
    let mut silent: Vec<Connection> = (0..50).map(|_| server.connect()).collect();
    for connection in &mut silent {
        connection.write(head);
        connection.write(&[b' '; 20_000]);
    }
    for _ in 0..2 {
        assert_eq!(server.send(&large()).status, 200);
    }
    assert_eq!(held(&server), 0);
}

#[test]
fn bodies_that_all_wait_for_more_memory_come_to_their_end() {
    let server = server(PATIENCE);
    let mut clients: Vec<Connection> = (0..16).map(|_| all_but(&server, 300_000)).collect();
    let rest = vec![b' '; 300_000];
    for client in &mut clients {
        client.write(&rest);
    }
    for client in &mut clients {
        assert_eq!(client.response("POST").status, 200);
    }
    wait_until_held(&server, 0);
}

/// A client that sends a body on stream 1 as far as the windows of stream and connection allow.
struct Upload {
    frames: Frames,
    body: Vec<u8>,
    sent: usize,
    /// How much the windows were opened by.
    stream: usize,
    connection: usize,
    /// What small calls sent, on the streams that follow.
    calls: usize,
}

impl Upload {
    fn new(server: &Running) -> Self {
        let mut frames = Frames::connect(server);
        frames.head(1, &large().header("Content-Length", &SIZE.to_string()));
        Self { frames, body: large().body, sent: 0, stream: 0, connection: 0, calls: 0 }
    }

    /// Sends what may be sent, and then a small call. When that is answered, the server has seen everything before it.
    fn go_on(&mut self) {
        loop {
            let stream = 65_535 + self.stream - self.sent;
            let connection = 65_535 + self.connection - self.sent - self.calls * SHARE.len();
            let room = stream.min(connection.saturating_sub(SHARE.len())).min(16 << 10);
            let part = &self.body[self.sent..self.body.len().min(self.sent + room)];
            if part.is_empty() {
                break;
            }
            self.frames.part(1, part);
            self.sent += part.len();
        }
        self.calls += 1;
        let stream = 1 + 2 * u32::try_from(self.calls).unwrap();
        self.frames.call(stream, &Request::share());
        self.until_ended(stream);
    }

    fn until_ended(&mut self, stream: u32) {
        loop {
            let frame = self.frames.next_of_all().unwrap();
            self.stream += frame.opens(1);
            self.connection += frame.opens(0);
            if frame.stream == stream && frame.ends_stream() {
                return;
            }
        }
    }
}

#[test]
fn an_http_2_client_may_send_no_more_than_there_is_room_for() {
    let server = server(PATIENCE);
    let [mut first, _second, _last] = holders(&server);
    let mut upload = Upload::new(&server);
    for _ in 0..10 {
        upload.go_on();
    }
    // What its connection has free was let through, and what came next fills the window.
    assert!(upload.stream <= 64 << 10 && (64 << 10..=128 << 10).contains(&upload.sent), "{}", upload.sent);
    assert_eq!(held(&server), (2 * TAKEN + LARGEST) as u64);
    first.write(&[b' '; 10_000]);
    assert_eq!(first.response("POST").status, 200);
    while upload.sent < SIZE {
        upload.go_on();
    }
    upload.frames.body(1, b"");
    upload.until_ended(1);
    wait_until_held(&server, TAKEN + LARGEST);
    let last = server.mock.journal().next_number() - 1;
    assert!((1..=last).all(|number| server.finished(number).status == 200));
}

#[test]
fn an_http_2_stream_that_is_given_up_gives_its_memory_back() {
    let server = server(PATIENCE);
    let mut connection = Frames::connect(&server);
    connection.head(1, &large());
    // Memory grows to the double of what came, and so beyond what the connection has free.
    for _ in 0..4 {
        connection.part(1, &[b' '; 16_000]);
    }
    wait_for(|| (held(&server) > 0).then_some(()));
    connection.cancel(1);
    wait_until_held(&server, 0);
    connection.call(3, &Request::share());
    while !connection.next().is_some_and(|frame| frame.stream == 3 && frame.ends_stream()) {}
}
