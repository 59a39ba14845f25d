//! HTTP itself: connections, framing, versions.

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

/// A client that speaks HTTP/2 from its first byte.
async fn http2<B>(address: std::net::SocketAddr) -> hyper::client::conn::http2::SendRequest<B>
where
    B: hyper::body::Body<Data = bytes::Bytes, Error = std::convert::Infallible> + Send + Unpin + 'static,
{
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let executor = hyper_util::rt::TokioExecutor::new();
    let io = hyper_util::rt::TokioIo::new(stream);
    let (sender, connection) = hyper::client::conn::http2::handshake(executor, io).await.unwrap();
    tokio::spawn(connection);
    sender
}

#[test]
fn http_2_with_prior_knowledge_is_answered() {
    let server = Running::plain();
    let address = server.address;
    tokio::runtime::Runtime::new().unwrap().block_on(async move {
        let mut sender = http2(address).await;
        for exchange in 1..=3 {
            let request = http::Request::post(format!("http://{address}/koodrive/ose/v1/share"))
                .header("authorization", "Bearer abc")
                .header("x-user-id", "1")
                .header("x-date", "20261121T200000Z")
                .body(http_body_util::Full::new(bytes::Bytes::from_static(SHARE.as_bytes())))
                .unwrap();
            let response = sender.send_request(request).await.unwrap();
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["x-understudy-exchange"], exchange.to_string());
        }
    });
}

#[test]
fn a_head_gets_no_body_on_http_2_either() {
    let server = Running::trusting(&[]);
    let address = server.address;
    tokio::runtime::Runtime::new().unwrap().block_on(async move {
        let mut sender = http2(address).await;
        for path in ["/__admin/health", "/koodrive/ose/v1/session/authCodeURL"] {
            let request = http::Request::head(format!("http://{address}{path}"));
            let request = request.body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
            let response = sender.send_request(request).await.unwrap();
            assert_ne!(response.headers()["content-length"], "0");
            let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap();
            assert!(body.to_bytes().is_empty(), "{path}");
        }
    });
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
