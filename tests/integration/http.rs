//! HTTP itself: connections, framing, versions.

use std::net::SocketAddr;

use tokio::runtime::Runtime;

use crate::{
    client::{Request, Running, SHARE},
    frames::{DATA, Frames, GOAWAY, HEADERS, PING},
};

#[test]
fn a_connection_serves_one_call_after_the_other() {
    let server = Running::plain();
    let mut connection = server.connect();
    for exchange in 1..=5 {
        connection.write(&Request::share().bytes());
        assert_eq!(connection.response("POST").header("x-understudy-exchange"), Some(exchange.to_string().as_str()));
    }
}

#[test]
fn pipelined_calls_are_answered_in_order() {
    let server = Running::plain();
    let mut connection = server.connect();
    let bytes: Vec<u8> = (0..50).flat_map(|_| Request::share().bytes()).collect();
    connection.write(&bytes);
    for exchange in 1..=50 {
        assert_eq!(connection.response("POST").header("x-understudy-exchange"), Some(exchange.to_string().as_str()));
    }
}

#[test]
fn chunked_bodies_are_read() {
    let server = Running::plain();
    let mut request = Request::share().header("Transfer-Encoding", "chunked");
    request.body.clear();
    let mut bytes = request.bytes();
    for piece in SHARE.as_bytes().chunks(7) {
        bytes.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        bytes.extend_from_slice(piece);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(server.raw(&bytes).status, 200);
}

#[test]
fn a_client_that_waits_for_100_continue_gets_it() {
    let server = Running::plain();
    let mut connection = server.connect();
    let request = Request::share().header("Expect", "100-continue");
    let head = request.bytes().len() - request.body.len();
    connection.write(&request.bytes()[..head]);
    assert_eq!(connection.one_response("POST").status, 100);
    connection.write(&request.body);
    assert_eq!(connection.response("POST").status, 200);
}

#[test]
fn a_client_that_asks_before_it_sends_too_much_is_told_at_once() {
    let server = Running::plain();
    let mut connection = server.connect();
    let request = Request::share().header("Expect", "100-continue").without("Content-Type");
    let mut head = String::from_utf8(request.bytes()).unwrap();
    head.truncate(head.find("Content-Length").unwrap());
    connection.write(format!("{head}Content-Length: 20000000\r\n\r\n").as_bytes());
    assert_eq!(connection.one_response("POST").status, 413);
}

#[test]
fn head_is_get_without_a_body() {
    let server = Running::plain();
    let response = server.send(&Request::new("HEAD", "/__admin/health"));
    assert_eq!((response.status, response.body.len()), (200, 0));
    assert!(response.header("content-length").is_some_and(|length| length != "0"));
}

#[test]
fn http_1_0_is_answered_and_closed() {
    let server = Running::plain();
    let mut connection = server.connect();
    let request = String::from_utf8(Request::share().bytes()).unwrap().replace("HTTP/1.1", "HTTP/1.0");
    connection.write(request.as_bytes());
    assert_eq!(connection.response("POST").status, 200);
    assert!(connection.is_closed());
}

/// Sends one request after the other on one HTTP/2 connection that speaks it from its first byte; heads with bodies.
async fn http2(address: SocketAddr, requests: Vec<http::Request<&'static str>>) -> Vec<http::Response<Vec<u8>>> {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let mut responses = Vec::new();
    for request in requests {
        let (head, body) = request.into_parts();
        client = client.ready().await.unwrap();
        let (response, mut sent) = client.send_request(http::Request::from_parts(head, ()), body.is_empty()).unwrap();
        if !body.is_empty() {
            sent.send_data(body.into(), true).unwrap();
        }
        let (head, mut body) = response.await.unwrap().into_parts();
        let mut bytes = Vec::new();
        while let Some(piece) = body.data().await {
            bytes.extend_from_slice(&piece.unwrap());
        }
        responses.push(http::Response::from_parts(head, bytes));
    }
    responses
}

#[test]
fn http_2_with_prior_knowledge_is_answered() {
    let server = Running::plain();
    let share = || {
        http::Request::post(format!("http://{}/koodrive/ose/v1/share", server.address))
            .header("authorization", "Bearer abc")
            .header("x-user-id", "1")
            .header("x-date", "20261121T200000Z")
            .body(SHARE)
            .unwrap()
    };
    let responses = Runtime::new().unwrap().block_on(http2(server.address, vec![share(), share(), share()]));
    for (response, exchange) in responses.iter().zip(1..) {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["x-understudy-exchange"], exchange.to_string());
    }
    assert_eq!(responses.len(), 3);
}

#[test]
fn a_head_gets_no_body_on_http_2_either() {
    let server = Running::trusting(&[]);
    let head = |path| http::Request::head(format!("http://{}{path}", server.address)).body("").unwrap();
    let requests = vec![head("/__admin/health"), head("/koodrive/ose/v1/session/authCodeURL")];
    let responses = Runtime::new().unwrap().block_on(http2(server.address, requests));
    for response in &responses {
        assert_ne!(response.headers()["content-length"], "0");
        assert!(response.body().is_empty(), "{response:?}");
    }
    assert_eq!(responses.len(), 2);
}

#[test]
fn a_client_that_waits_for_100_continue_gets_it_on_http_2_too() {
    let server = Running::plain();
    let mut connection = Frames::connect(&server);
    let request = Request::share().header("Expect", "100-continue");
    connection.head(1, &request);
    let interim = connection.next().unwrap();
    assert_eq!((interim.kind, interim.stream, interim.ends_stream()), (HEADERS, 1, false));
    assert!(server.mock.journal().get(1).is_none());
    connection.body(1, &request.body);
    assert_eq!(connection.next().unwrap().kind, HEADERS);
    let data = connection.next().unwrap();
    assert!(data.kind == DATA && data.ends_stream() && !data.payload.is_empty());
}

#[test]
fn a_body_that_stops_coming_on_a_stream_is_answered_and_noted_and_others_go_on() {
    let limits = understudy::server::Limits { body_time: std::time::Duration::from_millis(300), ..Default::default() };
    let server = Running::with(&[], understudy::mock::Options::default(), limits);
    let mut connection = Frames::connect(&server);
    connection.head(1, &Request::share());
    connection.call(3, &Request::share());
    assert_eq!(connection.next().unwrap().stream, 3);
    assert_eq!(connection.next().unwrap().stream, 3);
    assert_eq!(connection.next().unwrap().stream, 1);
    let exchange = server.mock.journal().get(2).unwrap();
    assert!(exchange.details().violations.iter().any(|violation| violation.found.contains("stopped coming")));
}

#[test]
fn an_http_2_connection_that_only_pings_is_idle() {
    let limits = understudy::server::Limits {
        idle_time: std::time::Duration::from_millis(200),
        head_time: std::time::Duration::from_millis(200),
        ..Default::default()
    };
    let server = Running::with(&[], understudy::mock::Options::default(), limits);
    let mut connection = Frames::connect(&server);
    connection.ping();
    // Each answer to a PING is followed by the next one.
    let mut goaways = 0;
    while let Some(frame) = connection.next_of_all() {
        goaways += usize::from(frame.kind == GOAWAY);
        if frame.kind == PING {
            connection.ping();
        }
    }
    assert!(goaways > 0);
    assert_eq!(server.stopped(), understudy::server::Stop::Finished);
}

#[test]
fn more_connections_than_allowed_wait_for_their_turn() {
    let limits = understudy::server::Limits { connections: 2, ..Default::default() };
    let server = Running::with(&[], understudy::mock::Options::default(), limits);
    let first = server.connect();
    let _second = server.connect();
    let mut third = server.connect();
    third.write(&Request::share().bytes());
    drop(first);
    assert_eq!(third.response("POST").status, 200);
}
