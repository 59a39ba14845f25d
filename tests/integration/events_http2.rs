//! Events over HTTP/2, where many pages share a connection, and each takes only what it has room for.

use serde_json::Value;
use understudy::{
    mock::Options,
    server::{Limits, Stop},
};

use crate::{
    client::{Request, Running, trusting},
    frames::{DATA, Frames, HEADERS, RST_STREAM},
};

/// A page on a stream: the text that it was sent, cut into events.
struct Page {
    stream: u32,
    text: Vec<u8>,
}

impl Page {
    /// Begins to listen.
    fn on(connection: &mut Frames, stream: u32) -> Self {
        connection.call(stream, &Request::new("GET", "/__admin/events"));
        Self { stream, text: Vec::new() }
    }

    /// The name and the data of the next event. What comes on other streams is dropped; what was read makes room for more.
    fn next(&mut self, connection: &mut Frames) -> (String, Value) {
        loop {
            if let Some(end) = self.text.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.text.drain(..end + 2).collect();
                let event = String::from_utf8(event).unwrap();
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
                if let (Some(name), Some(data)) = (field("event: "), field("data: ")) {
                    return (name.to_owned(), serde_json::from_str(data).unwrap());
                }
                continue;
            }
            let frame = connection.next().unwrap();
            assert!(frame.kind != RST_STREAM || frame.stream != self.stream, "the stream goes on");
            if frame.kind == DATA && frame.stream == self.stream && !frame.payload.is_empty() {
                connection.open_window(self.stream, u32::try_from(frame.payload.len()).unwrap());
                self.text.extend(frame.payload);
            }
        }
    }

    /// Reads on until this exchange has ended; how many exchanges were lost on the way.
    fn until(&mut self, connection: &mut Frames, last: u64) -> u64 {
        let mut lost = 0;
        loop {
            let (name, data) = self.next(connection);
            match name.as_str() {
                "lost" => lost += data["count"].as_u64().unwrap(),
                _ if data["exchange"] == last && data["ended"].is_string() => return lost,
                _ => {}
            }
        }
    }
}

/// Waits for the head of an answer.
fn answered(connection: &mut Frames, stream: u32) {
    loop {
        let frame = connection.next().unwrap();
        if frame.stream == stream && frame.kind == HEADERS {
            return;
        }
    }
}

#[test]
fn a_page_hears_of_calls_on_its_own_connection() {
    let server = Running::trusting(&[]);
    let mut connection = Frames::connect(&server);
    let mut page = Page::on(&mut connection, 1);
    connection.call(3, &Request::share());
    assert_eq!(page.until(&mut connection, 1), 0);
    connection.call(5, &Request::share());
    assert_eq!(page.until(&mut connection, 2), 0);
}

#[test]
fn fifty_pages_on_a_connection_hear_everything_and_one_that_is_given_up_ends_no_other() {
    let server = Running::trusting(&[]);
    let mut connection = Frames::connect(&server);
    let mut pages: Vec<Page> = (0..50).map(|page| Page::on(&mut connection, 1 + 2 * page)).collect();
    answered(&mut connection, 99);
    for given_up in pages.split_off(1) {
        connection.cancel(given_up.stream);
    }
    for call in 0..20 {
        connection.call(101 + 2 * call, &Request::share());
    }
    assert_eq!(pages[0].until(&mut connection, 20), 0);
}

#[test]
fn a_page_that_takes_nothing_under_a_flood_is_told_what_it_lost_when_it_reads_on() {
    let server = Running::with(&[], Options { journal_bytes: 200_000, ..trusting() }, Limits::default());
    let mut connection = Frames::connect(&server);
    let mut page = Page::on(&mut connection, 1);
    answered(&mut connection, 1);
    // The window of the stream is 65,535 bytes: some 200 events.
    let mut caller = server.connect();
    for _ in 0..3000 {
        caller.write(&Request::share().bytes());
        assert_eq!(caller.response("POST").status, 200);
    }
    let lost = page.until(&mut connection, 3000);
    assert!((1..3000).contains(&lost), "{lost}");
    // From then on it hears everything again.
    caller.write(&Request::share().bytes());
    assert_eq!(page.until(&mut connection, 3001), 0);
}

#[test]
fn a_page_that_goes_in_the_middle_of_an_event_leaves_nothing_behind() {
    let limits = Limits { grace: std::time::Duration::from_secs(600), ..Limits::default() };
    let mut server = Running::with(&[], trusting(), limits);
    let mut connection = Frames::connect(&server);
    Page::on(&mut connection, 1);
    answered(&mut connection, 1);
    // More than its windows have room for, so that an event is cut in two.
    let mut caller = server.connect();
    for _ in 0..1000 {
        caller.write(&Request::share().bytes());
        assert_eq!(caller.response("POST").status, 200);
    }
    drop(connection);
    assert_eq!(server.send(&Request::share()).status, 200);
    drop(caller);
    server.stop();
    assert_eq!(server.stopped(), Stop::Finished);
}
