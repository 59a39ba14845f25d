//! Faults on HTTP/1, at the wire: which bytes come, whether FIN or RST follows, and when.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use understudy::server::{Limits, Stop};

use crate::client::{Connection, Ending, Request, Running};

/// A server whose answers to CreateShare are these entries, one after the other.
fn playing(answers: &[&str]) -> Running {
    Running::playing(&scenario(answers))
}

fn scenario(answers: &[&str]) -> String {
    let answers: Vec<String> = answers.iter().map(|answer| format!("  - {answer}\n")).collect();
    format!("scenario: s\nrules:\n- operation: CreateShare\n  answers:\n{}", answers.concat())
}

/// A body of twelve bytes, spoilt.
fn spoilt(fault: &str) -> String {
    format!("{{ body: 0123456789ab, headers: {{ Content-Type: text/plain }}, fault: {fault} }}")
}

fn call(server: &Running) -> Connection {
    let mut connection = server.connect();
    connection.write(&Request::share().bytes());
    connection
}

/// The head of an answer whose only unknown is the date, which is cut out; and the rest.
fn split(bytes: &[u8]) -> (String, Vec<u8>) {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let head: Vec<&str> = head.split_inclusive("\r\n").filter(|line| !line.starts_with("date: ")).collect();
    (head.concat(), bytes[end..].to_vec())
}

/// The head of the twelve bytes' answer, as far as it is known; the date is checked to be there.
fn head(exchange: u64, answer: usize, fault: &str, length: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx-understudy-operation: CreateShare\r\n\
         x-understudy-exchange: {exchange}\r\nx-understudy-answer: scenario:s#1/{answer}!{fault}\r\n{length}\r\n"
    )
}

const TWELVE: &str = "content-length: 12\r\n";

/// The whole of one spoilt answer to one call, and how the connection ended.
fn whole(fault: &str) -> (String, Vec<u8>, Ending) {
    let server = playing(&[&spoilt(fault)]);
    let (bytes, ending) = call(&server).ending();
    let (head, body) = split(&bytes);
    (head, body, ending)
}

fn fault_of(server: &Running, exchange: u64) -> serde_json::Value {
    server.send(&Request::new("GET", &format!("/__admin/exchanges/{exchange}"))).json()["fault"].clone()
}

/// Waits until so many calls have had their turn.
fn wait_for_exchanges(server: &Running, number: usize) {
    while server.mock.journal().all().len() < number {
        std::thread::yield_now();
    }
}

#[test]
fn a_reset_is_a_reset_and_no_byte_comes_before_it() {
    let server = playing(&["{ fault: reset }"]);
    assert_eq!(call(&server).ending(), (Vec::new(), Ending::Reset));
    assert_eq!(fault_of(&server, 1), "reset");
}

#[test]
fn a_close_is_a_fin_and_no_byte_comes_before_it() {
    let server = playing(&["{ fault: close }"]);
    assert_eq!(call(&server).ending(), (Vec::new(), Ending::Fin));
    assert_eq!(fault_of(&server, 1), "close");
}

#[test]
fn a_client_that_offers_an_upgrade_gets_its_fin_too() {
    for (fault, sent) in [("close", false), ("garbage", true), ("{ truncate: 50% }", true), ("goaway", true)] {
        let server = playing(&[&spoilt(fault)]);
        let mut connection = server.connect();
        // As the HTTP client of the JDK offers to go on in HTTP/2.
        let offer = Request::share().header("Connection", "Upgrade, HTTP2-Settings").header("Upgrade", "h2c");
        connection.write(&offer.header("HTTP2-Settings", "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA").bytes());
        let (bytes, ending) = connection.ending();
        assert_eq!((!bytes.is_empty(), ending), (sent, Ending::Fin), "{fault}");
    }
}

#[test]
fn a_fin_stays_a_fin_though_the_client_has_sent_more_than_was_read() {
    for (fault, bytes) in [("close", 0), ("garbage", 33)] {
        let server = playing(&[&format!("{{ fault: {fault} }}")]);
        let mut connection = server.connect();
        // The system resets a connection that is closed over bytes that nobody read.
        connection.write(&[Request::share().bytes(), vec![b'x'; 400_000]].concat());
        let (answer, ending) = connection.ending();
        assert_eq!((answer.len(), ending), (bytes, Ending::Fin));
        // Nor does it reset a client that goes on.
        for _ in 0..100 {
            connection.stream.write_all(&[b'x'; 4096]).unwrap();
        }
        assert!(connection.stream.take_error().unwrap().is_none());
    }
}

#[test]
fn a_hang_says_nothing_and_stays_open_until_the_client_gives_up() {
    let server = playing(&["{ fault: hang }"]);
    let mut connection = call(&server);
    assert!(connection.is_silent(Duration::from_millis(150)));
    connection.stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(connection.ending(), (Vec::new(), Ending::Fin));
    assert_eq!(server.stopped(), Stop::Finished);
}

#[test]
fn a_reset_mid_body_comes_after_half_of_the_announced_bytes() {
    let expected = (head(1, 1, "reset_mid_body", TWELVE), b"012345".to_vec(), Ending::Reset);
    assert_eq!(whole("reset_mid_body"), expected);
}

#[test]
fn a_hang_mid_body_sends_half_and_no_more() {
    let server = playing(&[&spoilt("hang_mid_body")]);
    let mut connection = call(&server);
    let head_bytes = connection.up_to("\r\n\r\n");
    assert_eq!(split(&head_bytes).0, head(1, 1, "hang_mid_body", TWELVE));
    assert_eq!(connection.exactly(6), b"012345");
    assert!(connection.is_silent(Duration::from_millis(150)));
}

#[test]
fn a_truncated_body_announces_the_whole_and_ends_with_fin() {
    for (share, body) in [("0%", ""), ("50%", "012345"), ("99.9%", "0123456789a")] {
        let expected = (head(1, 1, "truncate", TWELVE), body.as_bytes().to_vec(), Ending::Fin);
        assert_eq!(whole(&format!("{{ truncate: {share} }}")), expected, "{share}");
    }
}

#[test]
fn a_wrong_length_leaves_bytes_before_the_next_answer() {
    let server = playing(&[&spoilt("{ content_length: wrong }"), "example"]);
    let mut connection = call(&server);
    let (head_bytes, _) = split(&connection.up_to("\r\n\r\n"));
    assert_eq!(head_bytes, head(1, 1, "content_length", "content-length: 6\r\n"));
    assert_eq!(connection.exactly(12), b"0123456789ab");
    connection.write(&Request::share().bytes());
    assert_eq!(connection.response("POST").header("x-understudy-exchange"), Some("2"));
}

#[test]
fn a_body_without_a_length_is_ended_by_fin() {
    let expected = (head(1, 1, "content_length", ""), b"0123456789ab".to_vec(), Ending::Fin);
    assert_eq!(whole("{ content_length: absent }"), expected);
}

#[test]
fn the_second_chunk_of_a_bad_chunk_has_no_size() {
    let body = b"6\r\n012345\r\nzz\r\n6789ab\r\n0\r\n\r\n".to_vec();
    assert_eq!(whole("bad_chunk"), (head(1, 1, "bad_chunk", "transfer-encoding: chunked\r\n"), body, Ending::Fin));
}

#[test]
fn garbage_is_no_http_and_ends_with_fin() {
    let (bytes, ending) = call(&playing(&["{ fault: garbage }"])).ending();
    assert!(bytes.len() > 20 && !bytes.starts_with(b"HTTP") && !bytes.contains(&b'\n'), "{bytes:?}");
    assert_eq!(ending, Ending::Fin);
}

#[test]
fn a_garbled_status_line_stands_above_a_sound_answer() {
    let (head_text, body, ending) = whole("{ status_line: garbled }");
    assert_eq!(head_text, head(1, 1, "status_line", TWELVE).replace("HTTP/1.1 200 OK", "HTTP/1,1 2OO O.K."));
    assert_eq!((body.as_slice(), ending), (&b"0123456789ab"[..], Ending::Fin));
}

#[test]
fn a_header_stands_twice_and_the_connection_goes_on() {
    for (fault, name) in [
        ("duplicate_header", "content-type"),
        ("{ duplicate_header: Content-Length }", "content-length"),
        ("{ duplicate_header: date }", "date"),
    ] {
        let server = playing(&[&spoilt(fault), "example"]);
        let mut connection = call(&server);
        let response = connection.response("POST");
        assert_eq!(response.headers.iter().filter(|(known, _)| known == name).count(), 2, "{response:?}");
        assert_eq!(response.body, b"0123456789ab");
        connection.write(&Request::share().bytes());
        assert_eq!(connection.response("POST").status, 200);
    }
}

#[test]
fn a_huge_header_is_as_large_as_it_says() {
    for (fault, size) in [("huge_header", 65536), ("{ huge_header: 100KB }", 100_000)] {
        let response = playing(&[&spoilt(fault)]).send(&Request::share());
        assert_eq!(response.header("x-huge").map(str::len), Some(size));
        assert_eq!(response.body, b"0123456789ab");
    }
}

#[test]
fn slow_headers_come_line_by_line_and_the_connection_goes_on() {
    let server = playing(&[&spoilt("{ slow_headers: 30ms }"), "example"]);
    let start = Instant::now();
    let mut connection = call(&server);
    connection.up_to("HTTP/1.1 200 OK\r\n");
    let first = start.elapsed();
    let (rest, _) = split(&connection.up_to("\r\n\r\n"));
    let last = start.elapsed();
    assert_eq!(format!("HTTP/1.1 200 OK\r\n{rest}"), head(1, 1, "slow_headers", TWELVE));
    assert_eq!(connection.exactly(12), b"0123456789ab");
    // The status line, six headers and the empty line, each with its pause.
    assert!(first >= Duration::from_millis(30) && last >= Duration::from_millis(8 * 30), "{first:?} {last:?}");
    assert!(last < Duration::from_secs(10), "{last:?}");
    connection.write(&Request::share().bytes());
    assert_eq!(connection.response("POST").header("x-understudy-exchange"), Some("2"));
}

#[test]
fn interim_answers_come_before_the_real_one_and_the_connection_goes_on() {
    let server = playing(&[&spoilt("early_hints"), "example"]);
    let mut connection = call(&server);
    for line in ["HTTP/1.1 100 Continue", "HTTP/1.1 102 Processing"] {
        assert_eq!(connection.up_to("\r\n\r\n"), format!("{line}\r\n\r\n").as_bytes());
    }
    assert!(connection.up_to("\r\n\r\n").starts_with(b"HTTP/1.1 103 Early Hints\r\nlink: "));
    let response = connection.response("POST");
    assert_eq!((response.status, response.body.as_slice()), (200, &b"0123456789ab"[..]));
    connection.write(&Request::share().bytes());
    assert_eq!(connection.response("POST").status, 200);
}

#[test]
fn one_interim_answer_can_come_alone() {
    for (status, line) in [("102", "HTTP/1.1 102 Processing"), ("103", "HTTP/1.1 103 Early Hints")] {
        let server = playing(&[&spoilt(&format!("{{ early_hints: [{status}] }}"))]);
        let mut connection = call(&server);
        assert!(connection.up_to("\r\n\r\n").starts_with(line.as_bytes()));
        assert_eq!(connection.response("POST").status, 200);
    }
}

#[test]
fn bad_json_has_the_right_length_and_no_last_bracket() {
    let response = playing(&["{ status: 200, fault: bad_json }"]).send(&Request::share());
    assert!(response.body.starts_with(b"{") && serde_json::from_slice::<serde_json::Value>(&response.body).is_err());
    assert_eq!(response.header("content-type"), Some("application/json"));
}

#[test]
fn a_wrong_media_type_stands_above_the_right_body() {
    let response = playing(&["{ fault: { content_type: text/html } }"]).send(&Request::share());
    assert_eq!(response.header("content-type"), Some("text/html"));
    assert!(response.json()["shareLink"].is_object());
}

#[test]
fn a_drifted_answer_is_not_what_the_table_says() {
    let fault = "{ drift: { drop: [/shareLink/shareId], null: [/shareLink/comment], retype: [/code] } }";
    let server = playing(&[&format!("{{ fault: {fault} }}"), "example"]);
    let (drifted, example) = (server.send(&Request::share()).json(), server.send(&Request::share()).json());
    assert!(example["shareLink"]["shareId"].is_string() && example["code"].is_number());
    assert!(drifted["shareLink"].get("shareId").is_none());
    assert!(drifted["shareLink"]["comment"].is_null());
    assert_eq!(drifted["code"], example["code"].to_string());
}

#[test]
fn a_dripping_body_keeps_its_pace_and_the_connection_goes_on() {
    let server = playing(&[&spoilt("{ drip: { bytes_per_second: 40 } }"), "example"]);
    let start = Instant::now();
    let mut connection = call(&server);
    let (head_text, _) = split(&connection.up_to("\r\n\r\n"));
    assert_eq!(head_text, head(1, 1, "drip", TWELVE));
    let mut arrivals = Vec::new();
    let mut body = Vec::new();
    for _ in 0..12 {
        body.extend(connection.exactly(1));
        arrivals.push(start.elapsed());
    }
    assert_eq!(body, b"0123456789ab");
    // Pieces of four bytes every tenth of a second: no byte comes before its time.
    for (sent, at) in (1..).zip(&arrivals) {
        let due = Duration::from_millis(100) * (u32::div_ceil(sent, 4));
        assert!(*at >= due, "byte {sent} came after {at:?}");
    }
    assert!(arrivals[11] < Duration::from_secs(10), "{arrivals:?}");
    connection.write(&Request::share().bytes());
    assert_eq!(connection.response("POST").status, 200);
}

#[test]
fn a_skewed_clock_dates_the_answer() {
    for (skew, seconds) in [("20m", 1200), ("-20m", -1200)] {
        let server = playing(&[&spoilt(&format!("{{ skew: {skew} }}"))]);
        let before = jiff::Timestamp::now().as_second();
        let response = server.send(&Request::share());
        let after = jiff::Timestamp::now().as_second();
        let date = jiff::fmt::rfc2822::parse(response.header("date").unwrap()).unwrap().timestamp().as_second();
        assert!((before + seconds..=after + seconds).contains(&date), "{response:?}");
        assert_eq!(response.headers.iter().filter(|(name, _)| name == "date").count(), 1);
    }
}

#[test]
fn goaway_and_rst_stream_have_their_like_on_http_1() {
    let server = playing(&[&spoilt("goaway"), "{ fault: { rst_stream: refused_stream } }"]);
    let (bytes, ending) = call(&server).ending();
    let (head_text, body) = split(&bytes);
    assert_eq!(head_text, head(1, 1, "goaway", &format!("{TWELVE}connection: close\r\n")));
    assert_eq!((body.as_slice(), ending), (&b"0123456789ab"[..], Ending::Fin));
    assert_eq!(call(&server).ending(), (Vec::new(), Ending::Reset));
    assert_eq!(fault_of(&server, 1), "goaway, as connection: close");
    assert_eq!(fault_of(&server, 2), "rst_stream, as a reset of the connection");
}

#[test]
fn a_fault_on_the_third_call_leaves_the_first_two_alone() {
    let server = playing(&["{ status: 200, times: 2 }", "{ fault: reset }"]);
    let mut connection = server.connect();
    for _ in 0..2 {
        connection.write(&Request::share().bytes());
        assert_eq!(connection.response("POST").status, 200);
    }
    connection.write(&Request::share().bytes());
    assert_eq!(connection.ending(), (Vec::new(), Ending::Reset));
}

#[test]
fn pipelined_answers_before_a_fault_arrive_whole_and_those_behind_it_follow() {
    let server = playing(&["{ status: 200, times: 20 }", &spoilt("early_hints"), &spoilt("close")]);
    let mut connection = server.connect();
    let bytes: Vec<u8> = (0..23).flat_map(|_| Request::share().bytes()).collect();
    connection.write(&bytes);
    for exchange in 1..=20 {
        assert_eq!(connection.response("POST").header("x-understudy-exchange"), Some(exchange.to_string().as_str()));
    }
    connection.up_to("</hint>; rel=preload\r\n\r\n");
    assert_eq!(connection.response("POST").header("x-understudy-answer"), Some("scenario:s#1/2!early_hints"));
    assert_eq!(connection.ending(), (Vec::new(), Ending::Fin));
}

#[test]
fn a_delay_comes_before_its_fault() {
    let server = playing(&["{ fault: reset, delay: 120ms }"]);
    let start = Instant::now();
    assert_eq!(call(&server).ending(), (Vec::new(), Ending::Reset));
    assert!(start.elapsed() >= Duration::from_millis(120));
}

#[test]
fn an_answer_to_head_is_spoilt_without_a_body() {
    let scenario = |fault: &str| {
        format!(
            "scenario: s\nrules:\n- operation: StatsDir\n  answers: [{{ body: {{ a: 1 }}, status: 299, fault: {fault} }}]\n"
        )
    };
    for (fault, line) in [
        ("{ truncate: 50% }", "content-length: 7\r\n"),
        ("bad_chunk", "transfer-encoding: chunked\r\n"),
        ("{ content_length: absent }", ""),
    ] {
        let server = Running::playing(&scenario(fault));
        let operation = server.mock.contract().named("StatsDir");
        let path = server.mock.contract().operation(operation[0]).path.clone() + "?containerId=c&fileId=1";
        let mut connection = server.connect();
        connection.write(&Request::new("HEAD", &path).bytes());
        let (bytes, ending) = connection.ending();
        let (head_text, body) = split(&bytes);
        assert!(
            head_text.starts_with("HTTP/1.1 299 \r\n") && head_text.ends_with(&format!("{line}\r\n")),
            "{head_text}"
        );
        assert_eq!((body.as_slice(), ending), (&b""[..], Ending::Fin));
    }
}

#[test]
fn an_answer_that_has_no_body_stays_without_one() {
    for (answer, fault, length) in [
        ("204", "{ truncate: 50% }", ""),
        ("304", "bad_chunk", ""),
        ("204", "{ drip: { bytes_per_second: 1 } }", ""),
        ("599", "{ truncate: 50% }", "content-length: 0\r\n"),
        ("599", "reset_mid_body", "content-length: 0\r\n"),
        ("599", "bad_chunk", "transfer-encoding: chunked\r\n"),
    ] {
        let server = playing(&[&format!("{{ status: {answer}, fault: {fault} }}")]);
        let mut connection = server.connect();
        connection.write(&Request::share().header("Connection", "close").bytes());
        let (bytes, ending) = connection.ending();
        let (head_text, body) = split(&bytes);
        assert!(body.is_empty(), "{answer} {fault}: {body:?}");
        let length_there =
            head_text.lines().any(|line| line.starts_with("content-length") || line.starts_with("transfer"));
        assert_eq!(length_there, !length.is_empty(), "{head_text}");
        assert!(head_text.contains(length), "{head_text}");
        assert_eq!(ending, if fault == "reset_mid_body" { Ending::Reset } else { Ending::Fin });
    }
}

#[test]
fn http_1_0_clients_get_http_1_0_and_are_closed_unless_they_ask_to_stay() {
    let server = playing(&[&spoilt("{ slow_headers: 1ms }")]);
    let old = |request: &Request| String::from_utf8(request.bytes()).unwrap().replace("HTTP/1.1", "HTTP/1.0");
    let mut connection = server.connect();
    connection.write(old(&Request::share()).as_bytes());
    let (bytes, ending) = connection.ending();
    let (head_text, body) = split(&bytes);
    assert!(head_text.starts_with("HTTP/1.0 200 OK\r\n") && !head_text.contains("connection"), "{head_text}");
    assert_eq!((body.as_slice(), ending), (&b"0123456789ab"[..], Ending::Fin));
    let mut connection = server.connect();
    for _ in 0..2 {
        connection.write(old(&Request::share().header("Connection", "Keep-Alive")).as_bytes());
        assert_eq!(connection.response("POST").header("connection"), Some("keep-alive"));
    }
}

#[test]
fn a_client_that_wants_to_close_is_told_so_and_closed() {
    let server = playing(&[&spoilt("{ slow_headers: 1ms }")]);
    let mut connection = server.connect();
    connection.write(&Request::share().header("Connection", "close").bytes());
    let (bytes, ending) = connection.ending();
    assert!(split(&bytes).0.contains("connection: close\r\n"));
    assert_eq!(ending, Ending::Fin);
}

#[test]
fn a_stop_ends_what_hangs_within_the_grace_period() {
    let limits = Limits { grace: Duration::from_secs(15), ..Limits::default() };
    let text = scenario(&["{ fault: hang }", &spoilt("hang_mid_body")]);
    let server = Running::with(&[&text], understudy::mock::Options::default(), limits);
    let mut hangs = call(&server);
    wait_for_exchanges(&server, 1);
    let mut hangs_mid_body = call(&server);
    hangs_mid_body.up_to("012345");
    let start = Instant::now();
    assert_eq!(server.stopped(), Stop::Finished);
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(hangs.ending(), (Vec::new(), Ending::Fin));
    assert_eq!(hangs_mid_body.ending(), (Vec::new(), Ending::Fin));
}

#[test]
fn a_client_that_stays_after_the_end_of_its_answer_does_not_hold_up_the_stop() {
    let limits = Limits { grace: Duration::from_secs(15), ..Limits::default() };
    let text = scenario(&["{ fault: close }"]);
    let server = Running::with(&[&text], understudy::mock::Options::default(), limits);
    let mut connection = call(&server);
    assert_eq!(connection.ending(), (Vec::new(), Ending::Fin));
    let start = Instant::now();
    assert_eq!(server.stopped(), Stop::Finished);
    assert!(start.elapsed() < Duration::from_secs(10));
    drop(connection);
}

#[test]
fn a_hundred_connections_hang_and_the_next_one_is_answered() {
    let server = playing(&["{ fault: hang, times: 100 }", "example"]);
    let mut hanging: Vec<Connection> = (0..100).map(|_| call(&server)).collect();
    wait_for_exchanges(&server, 100);
    assert_eq!(server.send(&Request::share()).status, 200);
    assert!(hanging[99].is_silent(Duration::from_millis(20)));
    drop(hanging);
    assert_eq!(server.stopped(), Stop::Finished);
}

#[test]
fn a_client_that_does_not_read_its_drip_is_given_up() {
    // More than the buffers of both ends take.
    let body = "x".repeat(12 << 20);
    let text = scenario(&[&format!(
        "{{ body: {body}, headers: {{ Content-Type: text/plain }}, fault: {{ drip: {{ bytes_per_second: 4000000000 }} }} }}"
    )]);
    let limits = Limits { idle_time: Duration::from_millis(200), grace: Duration::from_secs(15), ..Limits::default() };
    let server = Running::with(&[&text], understudy::mock::Options::default(), limits);
    let connection = call(&server);
    wait_for_exchanges(&server, 1);
    let start = Instant::now();
    assert_eq!(server.stopped(), Stop::Finished);
    assert!(start.elapsed() < Duration::from_secs(12));
    drop(connection);
}

#[test]
fn every_answer_that_is_spoilt_says_so_in_the_journal() {
    let faults = ["bad_json", "{ content_type: text/html }", "huge_header", "{ skew: 10m }", "early_hints"];
    let server = playing(&faults.map(|fault| format!("{{ fault: {fault} }}")).each_ref().map(String::as_str));
    for (exchange, fault) in (1..).zip(["bad_json", "content_type", "huge_header", "skew", "early_hints"]) {
        let mut connection = call(&server);
        if fault == "early_hints" {
            connection.up_to("rel=preload\r\n\r\n");
        }
        let response = connection.response("POST");
        assert_eq!(response.header("x-understudy-answer"), Some(format!("scenario:s#1/{exchange}!{fault}").as_str()));
        assert_eq!(fault_of(&server, exchange), fault);
    }
    let sound = server.send(&Request::new("GET", "/koodrive/teapot"));
    assert_eq!(sound.header("x-understudy-exchange"), Some("6"));
    assert_eq!(fault_of(&server, 6), serde_json::Value::Null);
}

#[test]
fn a_skew_stays_and_kills_tokens_until_it_is_put_right() {
    let server = playing(&["{ fault: { skew: 21m } }", "example", "{ fault: { skew: 0s } }"]);
    let date = |response: &crate::client::Response| -> jiff::Timestamp {
        let text = response.header("date").unwrap();
        jiff::fmt::rfc2822::parse(text).unwrap().timestamp()
    };
    let now = jiff::Timestamp::now();
    let first = server.send(&Request::share());
    assert_eq!(first.status, 200);
    let ahead = date(&first).as_second() - now.as_second();
    assert!((21 * 60 - 1..22 * 60).contains(&ahead), "{ahead}");
    assert_eq!(server.send(&Request::share()).status, 401);
    assert_eq!(server.send(&Request::share().header("Authorization", "Bearer other")).status, 200);
    let right = server.send(&Request::share().header("Authorization", "Bearer other"));
    assert_eq!(right.header("x-understudy-answer"), Some("scenario:s#1/3!skew"));
    assert!((date(&right).as_second() - now.as_second()).abs() < 60);
    assert_eq!(server.send(&Request::share()).status, 200);
}
