//! The floor: what a server costs that only does what every server must. A bare hyper server answers each request with the same body, as
//! soon as the request's body is there. With `json` it also parses that body and checks it against one schema. With `h2` it talks HTTP/2
//! with prior knowledge; with `tls` it sits behind rustls, and talks HTTP/1.1 or HTTP/2 as the client asks by ALPN.
//!
//! `cargo run --profile dist -p understudy-benches --bin floor -- PORT [h2|tls] [json]`

use std::{
    convert::Infallible,
    env,
    error::Error,
    process::ExitCode,
    sync::{Arc, LazyLock},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Incoming, server::conn, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{ServerConfig, pki_types::PrivatePkcs8KeyDer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// What carries the calls.
#[derive(Clone, Copy)]
enum Carrier {
    Http1,
    /// With prior knowledge.
    Http2,
    Tls,
}

/// What is done with a body.
#[derive(Clone, Copy)]
enum Work {
    Read,
    /// Parsed and checked, too.
    Json,
}

/// CreateShare's answer.
const ANSWER: &str = r#"{"shareLink":{"shareId":"1530770199275722240","shortUrl":"1530770199275722241","linkUrl":"https://localhost/cloudfile/#/sharelink/i/1530770199275722241","extractCode":"","comment":"","expireTime":"2026-01-02T03:04:05.678Z"},"code":0,"msg":"success"}"#;

/// CreateShare's table, as plain as it can be.
static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let texts = serde_json::json!({ "type": "array", "items": { "type": "string" } });
    let schema = serde_json::json!({
        "type": "object",
        "required": ["scope", "fileIds", "containerId", "validDays"],
        "properties": {
            "scope": { "type": "integer", "enum": [1, 2, 3] },
            "deptIds": texts, "groupIds": texts, "userIds": texts, "phoneNumbers": texts, "fileIds": texts,
            "containerId": { "type": "string" },
            "permission": { "type": "object", "properties": {
                "preview": { "type": "boolean" }, "edit": { "type": "boolean" }, "download": { "type": "boolean" } } },
            "extractCode": { "type": "string" },
            "expireTime": { "type": "string" },
            "comment": { "type": "string" },
            "validDays": { "type": "integer", "minimum": 1, "maximum": 365 },
        },
    });
    jsonschema::validator_for(&schema).expect("the schema is one")
});

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (port, carrier, work) = match arguments[..] {
        [port] => (port, Carrier::Http1, Work::Read),
        [port, "json"] => (port, Carrier::Http1, Work::Json),
        [port, "h2"] => (port, Carrier::Http2, Work::Read),
        [port, "h2", "json"] => (port, Carrier::Http2, Work::Json),
        [port, "tls"] => (port, Carrier::Tls, Work::Read),
        [port, "tls", "json"] => (port, Carrier::Tls, Work::Json),
        _ => {
            eprintln!("usage: floor PORT [h2|tls] [json]");
            return ExitCode::from(2);
        }
    };
    let Ok(port) = port.parse() else {
        eprintln!("the port is a number from 1 to 65535");
        return ExitCode::from(2);
    };
    let Err(error) = serve(port, carrier, work).await;
    eprintln!("{error}");
    ExitCode::FAILURE
}

async fn serve(port: u16, carrier: Carrier, work: Work) -> Result<Infallible, Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let tls = acceptor()?;
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let tls = tls.clone();
        tokio::spawn(async move {
            match carrier {
                Carrier::Http1 => talk(socket, work, false).await,
                Carrier::Http2 => talk(socket, work, true).await,
                Carrier::Tls => {
                    if let Ok(socket) = tls.accept(socket).await {
                        let http2 = socket.get_ref().1.alpn_protocol() == Some(b"h2");
                        talk(socket, work, http2).await;
                    }
                }
            }
        });
    }
}

async fn talk(socket: impl AsyncRead + AsyncWrite + Unpin + 'static, work: Work, http2: bool) {
    let service = service_fn(move |request| answer(request, work));
    let socket = TokioIo::new(socket);
    // A connection that breaks off is of no interest.
    let _ = if http2 {
        conn::http2::Builder::new(TokioExecutor::new()).serve_connection(socket, service).await
    } else {
        conn::http1::Builder::new().serve_connection(socket, service).await
    };
}

/// A certificate of the kind that the stand-in makes.
fn acceptor() -> Result<TlsAcceptor, Box<dyn Error>> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn answer(request: Request<Incoming>, work: Work) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let body = request.into_body().collect().await?.to_bytes();
    let sound = match work {
        Work::Read => true,
        Work::Json => serde_json::from_slice(&body).is_ok_and(|body| SCHEMA.is_valid(&body)),
    };
    let answer = if sound { ANSWER } else { "{}" };
    let mut response = Response::new(Full::new(Bytes::from_static(answer.as_bytes())));
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    Ok(response)
}
