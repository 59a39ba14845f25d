//! https: whatever is true of http is true behind a handshake, and what is wrong with a handshake is what was asked for.

use std::{
    io::{ErrorKind, Read as _},
    net::Shutdown,
    sync::Arc,
    time::Duration,
};

use rustls::HandshakeKind;
use understudy::{
    mock::Options,
    server::{Limits, Stop, Tls},
    session::Ended,
    world::Seed,
};

use crate::{
    client::{Ending as Plain, Request, Running},
    frames::{DATA, Frames, GOAWAY},
    secured::{Client, Ending, server, tls},
};

/// Every fault that an answer can have, in a form that takes no long time.
const FAULTS: [&str; 21] = [
    "reset",
    "close",
    "hang",
    "reset_mid_body",
    "hang_mid_body",
    "{ truncate: 50% }",
    "{ content_length: wrong }",
    "bad_chunk",
    "garbage",
    "{ status_line: garbled }",
    "duplicate_header",
    "huge_header",
    "{ slow_headers: 10ms }",
    "early_hints",
    "bad_json",
    "{ content_type: text/html }",
    "{ drip: { bytes_per_second: 200 } }",
    "{ drift: { drop: [/shareLink] } }",
    "{ skew: 20m }",
    "goaway",
    "rst_stream",
];

fn playing(fault: &str) -> Running {
    let scenario = format!("scenario: s\nrules:\n- {{ operation: CreateShare, answers: [{{ fault: {fault} }}] }}\n");
    // A clock that is off makes no token old here.
    let options = Options { token_life: None, ..Options::default() };
    Running::secured(&[&scenario], options, Limits::default(), tls())
}

/// What an answer says, without its date and its number.
fn told(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let varies = |line: &&str| {
        let line = line.to_ascii_lowercase();
        line.starts_with("date: ") || line.starts_with("x-understudy-exchange: ")
    };
    text.split_inclusive("\r\n").filter(|line| !varies(line)).collect()
}

/// What became of an answer: how it ended, how many bytes of it left, and the fault.
fn outcome(server: &Running, exchange: u64) -> (Ended, u64, Option<&'static str>, bool) {
    let exchange = server.finished(exchange);
    let outcome = exchange.finished.unwrap();
    (outcome.ended, outcome.sent.bytes, exchange.details().fault.map(|fault| fault.name), exchange.arrival.secure)
}

#[test]
fn every_fault_of_an_answer_is_the_same_behind_a_handshake() {
    let request = Request::share().header("Connection", "close").bytes();
    for fault in FAULTS {
        let server = playing(fault);
        let hangs = fault.starts_with("hang");
        let mut plain = server.connect();
        plain.write(&request);
        if hangs {
            plain.half_close();
        }
        let (expected, expected_ending) = plain.ending();
        let mut secured = Client::default().connect(server.address).unwrap();
        secured.write(&request);
        if hangs {
            secured.stream.sock.shutdown(Shutdown::Write).unwrap();
        }
        let (found, ending) = secured.ending();
        assert_eq!(told(&found), told(&expected), "{fault}");
        let end = match (expected_ending, hangs) {
            (Plain::Reset, _) => Ending::Reset,
            // It is the client who ends it, and nothing more is said.
            (Plain::Fin, true) => Ending::Fin,
            (Plain::Fin, false) => Ending::Closed,
        };
        assert_eq!(ending, end, "{fault}");
        let (first, second) = (outcome(&server, 1), outcome(&server, 2));
        assert_eq!((first.0, first.1, first.2), (second.0, second.1, second.2), "{fault}");
        assert!(!first.3 && second.3 && first.2.is_some());
    }
}

#[test]
fn every_fault_of_a_stream_is_the_same_behind_a_handshake() {
    /// Kind, length and end of each frame of the first stream, and its bytes where they are the body's or a reason.
    fn frames(mut connection: Frames, fault: &str) -> Vec<(u8, bool, Vec<u8>)> {
        connection.call(1, &Request::share());
        let mut seen = Vec::new();
        if fault == "hang" {
            // Nothing comes of the first stream, and the next one gets its answer.
            connection.call(3, &Request::share().header("X-Date", "none"));
        }
        while let Some(frame) = connection.next() {
            if frame.stream == 3 {
                break;
            }
            let payload = if frame.kind == DATA || frame.kind >= 3 { frame.payload.clone() } else { Vec::new() };
            let over = frame.ends_stream() || frame.kind == 3;
            seen.push((frame.kind, frame.ends_stream(), payload));
            // What hangs says nothing more.
            if over || (fault == "hang_mid_body" && frame.kind == DATA) {
                break;
            }
        }
        seen
    }
    for fault in FAULTS {
        let server = playing(fault);
        let expected = frames(Frames::connect(&server), fault);
        let client = Client { protocols: &["h2"], ..Client::default() };
        let secured = client.connect(server.address).unwrap();
        assert_eq!(secured.stream.conn.alpn_protocol(), Some(&b"h2"[..]));
        assert_eq!(frames(Frames::over(secured.into_stream()), fault), expected, "{fault}");
        assert!(!expected.is_empty() || fault == "hang");
        assert!(fault != "goaway" || expected.iter().any(|(kind, ..)| *kind == GOAWAY));
    }
}

#[test]
fn http_and_https_are_answered_on_one_port() {
    let server = server(&[]);
    assert_eq!(server.send(&Request::share()).status, 200);
    for protocols in [&[][..], &["http/1.1"], &["http/1.0"], &["h2", "http/1.1"]] {
        let mut secured = Client { protocols, ..Client::default() }.connect(server.address).unwrap();
        let best = protocols.first().map(|best| best.as_bytes());
        assert_eq!(secured.stream.conn.alpn_protocol(), best);
        // What a client speaks then is up to it, as it is on http.
        secured.write(&Request::share().header("Connection", "close").bytes());
        let (answer, ending) = secured.ending();
        assert!(answer.starts_with(b"HTTP/1.1 200 OK"), "{}", String::from_utf8_lossy(&answer));
        assert_eq!(ending, Ending::Closed);
    }
    assert!(
        Client { protocols: &["h3"], ..Client::default() }.refused(server.address).contains("NoApplicationProtocol")
    );
}

#[test]
fn a_connection_is_kept_and_pipelined_behind_its_handshake() {
    let server = server(&[]);
    let mut secured = Client::default().connect(server.address).unwrap();
    let last = Request::share().header("Connection", "close").bytes();
    secured.write(&[Request::share().bytes(), Request::share().bytes(), last].concat());
    let (answers, _) = secured.ending();
    assert_eq!(String::from_utf8_lossy(&answers).matches("HTTP/1.1 200 OK").count(), 3);
}

#[test]
fn a_large_answer_comes_whole_though_the_client_reads_it_late() {
    let body = "x".repeat(3 << 20);
    let scenario = format!(
        "scenario: s\nrules:\n- {{ operation: CreateShare, answers: [{{ body: {body}, headers: {{ Content-Type: text/plain }} }}] }}\n"
    );
    for protocols in [&["http/1.1"], &["h2"]] {
        let server = server(&[&scenario]);
        let mut secured = Client { protocols, ..Client::default() }.connect(server.address).unwrap();
        if protocols == &["h2"] {
            let mut frames = Frames::over(secured.into_stream());
            frames.call(1, &Request::share());
            frames.open_window(1, 4 << 20);
            let mut bytes = 0;
            while let Some(frame) = frames.next() {
                bytes += if frame.kind == DATA { frame.payload.len() } else { 0 };
                if frame.ends_stream() {
                    break;
                }
            }
            assert_eq!(bytes, body.len());
        } else {
            secured.write(&Request::share().header("Connection", "close").bytes());
            // The answer is under way when nobody reads yet.
            while server.mock.journal().all().is_empty() {
                std::thread::yield_now();
            }
            let (answer, ending) = secured.ending();
            assert!(answer.ends_with(body.as_bytes()) && ending == Ending::Closed);
        }
        assert_eq!(server.finished(1).finished.unwrap().ended, Ended::Delivered);
    }
}

#[test]
fn links_lead_back_by_the_scheme_of_the_caller() {
    let options = Options { world: Some(Arc::new(Seed::demo().unwrap())), ..Options::default() };
    let server = Running::secured(&[], options, Limits::default(), tls());
    let date = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let asked = |method: &str, target: &str| {
        let request = Request::new(method, &format!("/koodrive/ose/v1{target}")).header("X-Date", &date);
        request.header("Authorization", "Bearer 0123456789abcdef").header("Connection", "close")
    };
    let space = server.send(&asked("GET", "/space/1505084218764547200?type=1")).json();
    let body = serde_json::json!({
        "fileName": "a.bin", "fileType": "45", "parentFolder": ["root"], "length": 7, "uploadMode": "multipart",
        "uploadType": 1, "autoRename": 2, "containerId": space["data"]["containerId"],
        "multiParts": [{ "partNumber": 1, "partSize": 7 }]
    });
    let create = asked("POST", "/files/create").body(&body.to_string());
    let plain = server.send(&create).json();
    assert!(plain["multiParts"][0]["uploadUrl"].as_str().unwrap().starts_with("http://127.0.0.1/"), "{plain}");
    let mut secured = Client::default().connect(server.address).unwrap();
    secured.write(&create.bytes());
    let answer = String::from_utf8(secured.ending().0).unwrap();
    assert!(answer.contains(r#""uploadUrl":"https://127.0.0.1/"#), "{answer}");
}

#[test]
fn a_handshake_has_the_fault_that_its_name_asks_for() {
    let server = server(&[]);
    for (name, reason) in [
        ("expired.localhost", "certificate expired"),
        ("expired.api.test", "certificate expired"),
        ("wrong-host.localhost", "not valid for name"),
        ("untrusted.localhost", "UnknownIssuer"),
    ] {
        let found = Client::of(name).refused(server.address);
        assert!(found.contains(reason), "{name}: {found}");
    }
    let reset = Client::of("reset.localhost").connect(server.address).err().unwrap();
    assert_eq!(reset.kind(), ErrorKind::ConnectionReset);
    assert!(Client::of("localhost").connect(server.address).is_ok());
}

#[test]
fn a_stalled_handshake_says_nothing_until_the_client_goes() {
    let server = server(&[]);
    let mut socket = std::net::TcpStream::connect(server.address).unwrap();
    let mut session = Client::of("stalled.localhost").session();
    session.write_tls(&mut socket).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(150))).unwrap();
    let silent = socket.read(&mut [0; 1]).unwrap_err();
    assert!(matches!(silent.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    socket.shutdown(Shutdown::Write).unwrap();
    socket.set_read_timeout(Some(crate::client::PATIENCE)).unwrap();
    assert_eq!(socket.read(&mut [0; 1]).unwrap(), 0);
    // Nor does it keep the server from its end.
    let mut socket = std::net::TcpStream::connect(server.address).unwrap();
    Client::of("stalled.localhost").session().write_tls(&mut socket).unwrap();
    assert_eq!(server.stopped(), Stop::Finished);
}

#[test]
fn a_session_is_resumed_but_for_one_with_a_fault() {
    let server = server(&[]);
    let config = Client::default().config();
    for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
        let mut secured = Client::default().connect_with(&config, server.address).unwrap();
        secured.write(&Request::share().header("Connection", "close").bytes());
        assert!(secured.ending().0.starts_with(b"HTTP/1.1 200"));
        assert_eq!(secured.stream.conn.handshake_kind(), Some(expected));
    }
    let wrong = Client::of("wrong-host.localhost");
    assert!(wrong.refused(server.address).contains("not valid for name"));
}

#[test]
fn plain_http_is_refused_with_a_sentence_where_https_is_all_there_is() {
    let only = Running::secured(&[], Options::default(), Limits::default(), tls().only());
    let refused = only.send(&Request::share());
    assert_eq!((refused.status, refused.header("connection")), (400, Some("close")));
    assert_eq!(refused.told(), [": an HTTP request; plain HTTP: this port speaks https alone"]);
    assert_eq!(only.finished(1).finished.unwrap().ended, Ended::Delivered);
    // The first bytes are kept, as of everything that cannot be read.
    let shown = only.mock.journal().get(1).unwrap();
    assert!(String::from_utf8_lossy(shown.recorded.body()).starts_with("POST /koodrive"));
    let mut preface = only.connect();
    preface.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(preface.rest().starts_with(b"HTTP/1.1 400"));
    let mut secured = Client::default().connect(only.address).unwrap();
    secured.write(&Request::share().header("Connection", "close").bytes());
    assert!(secured.ending().0.starts_with(b"HTTP/1.1 200"));
}

#[test]
fn a_given_certificate_is_served() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let (tls, warning) = Tls::given(certificate.as_bytes(), key.as_bytes(), vec!["localhost".to_owned()]).unwrap();
    assert_eq!(warning, None);
    let server = Running::secured(&[], Options::default(), Limits::default(), tls);
    let client = Client { trusts: certificate, ..Client::default() };
    let mut secured = client.connect(server.address).unwrap();
    secured.write(&Request::share().header("Connection", "close").bytes());
    assert!(secured.ending().0.starts_with(b"HTTP/1.1 200"));
    // Its faults are those that need no certificate by the same authority.
    let untrusted = Client { name: "untrusted.localhost", trusts: client.trusts, ..Client::default() };
    assert!(untrusted.refused(server.address).contains("UnknownIssuer"));
    assert_eq!(server.send(&Request::share()).status, 200);
}
