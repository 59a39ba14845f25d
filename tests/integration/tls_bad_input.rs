//! What is no handshake, or comes to no end.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use understudy::{mock::Options, server::Limits};

use crate::{
    client::{PATIENCE, Request, Running},
    secured::{Client, Ending, server, tls},
};

/// A client's hello.
fn hello() -> Vec<u8> {
    let mut bytes = Vec::new();
    Client::default().session().write_tls(&mut bytes).unwrap();
    bytes
}

fn connect(server: &Running) -> TcpStream {
    let socket = TcpStream::connect(server.address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}

/// What comes back until the server closes.
fn rest(socket: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let ended = socket.read_to_end(&mut bytes).map_err(|error| error.kind());
    assert!(!matches!(ended, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "the server does not close");
    bytes
}

/// The description of an alert that stands in a record of its own.
fn alert(bytes: &[u8]) -> Option<u8> {
    match bytes {
        [21, 3, _, 0, 2, 2, description] => Some(*description),
        _ => None,
    }
}

const UNEXPECTED_MESSAGE: u8 = 10;
const DECODE_ERROR: u8 = 50;
const PROTOCOL_VERSION: u8 = 70;

#[test]
fn a_hello_that_comes_byte_by_byte_is_answered() {
    let server = server(&[]);
    let mut socket = connect(&server);
    let mut session = Client::default().session();
    let mut hello = Vec::new();
    session.write_tls(&mut hello).unwrap();
    for byte in hello {
        socket.write_all(&[byte]).unwrap();
    }
    while session.is_handshaking() {
        session.complete_io(&mut socket).unwrap();
    }
}

#[test]
fn a_hello_that_stops_half_way_is_dropped_in_the_time_of_a_head() {
    let limits = Limits { head_time: Duration::from_millis(200), ..Limits::default() };
    let server = Running::secured(&[], Options::default(), limits, tls());
    let hello = hello();
    for length in [1, 5, 6, hello.len() - 1] {
        let mut socket = connect(&server);
        socket.write_all(&hello[..length]).unwrap();
        assert_eq!(rest(&mut socket), b"", "{length}");
    }
    // The same holds for a handshake that the client does not go on with.
    let mut socket = connect(&server);
    socket.write_all(&hello).unwrap();
    assert!(!rest(&mut socket).is_empty());
    assert!(server.mock.journal().all().is_empty());
}

#[test]
fn half_a_head_that_comes_with_the_end_of_the_handshake_has_the_time_of_a_head() {
    // A connection that says nothing has an hour.
    let limits =
        Limits { head_time: Duration::from_millis(200), idle_time: Duration::from_secs(3600), ..Limits::default() };
    let server = Running::secured(&[], Options::default(), limits, tls());
    let mut socket = connect(&server);
    let mut session = Client::default().session();
    // It leaves in one piece with the client's last message.
    session.writer().write_all(b"GET /koodrive/ose/v1/share HTTP/1.1\r\nHost").unwrap();
    while session.is_handshaking() {
        session.complete_io(&mut socket).unwrap();
    }
    rest(&mut socket);
    assert!(server.mock.journal().all().is_empty());
}

#[test]
fn bytes_that_are_no_hello_get_an_alert_and_no_more() {
    let server = server(&[]);
    let mut altered = hello();
    altered[9] = 0;
    altered[10] = 0;
    let long = [&[22, 3, 1, 0x40, 0][..], &[1, 0xff, 0xff, 0xff], &vec![0; (16 << 10) - 4]].concat();
    for (bytes, expected) in [
        // The largest record, and a hello of 16 MB within it.
        (long, vec![DECODE_ERROR, 40, 47]),
        // Neither a hello nor anything else.
        ([&[22, 3, 3, 0, 4][..], b"\xff\0\0\0"].concat(), vec![DECODE_ERROR, UNEXPECTED_MESSAGE]),
        // A finished message before everything.
        ([&[22, 3, 3, 0, 4][..], &[20, 0, 0, 0]].concat(), vec![UNEXPECTED_MESSAGE, DECODE_ERROR]),
        (
            b"\x16\x03\x01 is how a hello begins, and this is none".to_vec(),
            vec![DECODE_ERROR, 22, PROTOCOL_VERSION, 40],
        ),
    ] {
        let mut socket = connect(&server);
        socket.write_all(&bytes).unwrap();
        socket.shutdown(std::net::Shutdown::Write).unwrap();
        let answer = rest(&mut socket);
        let found = alert(&answer);
        assert!(answer.is_empty() || found.is_some_and(|found| expected.contains(&found)), "{answer:?}");
    }
    // Whoever comes next is served.
    assert!(Client::default().connect(server.address).is_ok());
}

#[test]
fn altered_hellos_never_end_more_than_their_connection() {
    let server = server(&[]);
    let hello = hello();
    for place in (0..hello.len()).step_by(3) {
        let mut altered = hello.clone();
        altered[place] ^= 0xff;
        let mut socket = connect(&server);
        socket.write_all(&altered).unwrap();
        socket.shutdown(std::net::Shutdown::Write).unwrap();
        rest(&mut socket);
    }
    assert!(Client::default().connect(server.address).is_ok());
    assert_eq!(server.send(&Request::share()).status, 200);
}

#[test]
fn a_record_that_cannot_be_decrypted_ends_its_connection_and_is_no_request() {
    let server = server(&[]);
    let mut secured = Client::default().connect(server.address).unwrap();
    secured.stream.sock.write_all(&[&[23, 3, 3, 0, 40][..], &[7; 40]].concat()).unwrap();
    let (bytes, _) = (secured.stream.sock.try_clone().unwrap(), ());
    let mut bytes = bytes;
    assert!(!rest(&mut bytes).is_empty());
    assert!(server.mock.journal().all().is_empty());
}

#[test]
fn bytes_that_are_no_http_are_refused_behind_a_handshake_too() {
    let server = server(&[]);
    for bytes in [&b"no request\r\n\r\n"[..], b"\x16\x03\x01\0\x05hello\r\n\r\n"] {
        let mut secured = Client::default().connect(server.address).unwrap();
        secured.write(bytes);
        let (answer, ending) = secured.ending();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("APIGW.0602"), "{answer}");
        assert_eq!(ending, Ending::Closed);
    }
}

#[test]
fn a_request_that_breaks_off_without_a_farewell_is_told_as_on_http() {
    let server = server(&[]);
    let mut secured = Client::default().connect(server.address).unwrap();
    let request = Request::share().bytes();
    secured.write(&request[..request.len() - 5]);
    secured.stream.sock.shutdown(std::net::Shutdown::Write).unwrap();
    let (answer, _) = secured.ending();
    assert!(answer.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&answer));
}
