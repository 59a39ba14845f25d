//! Values of options: read as people write them, or a word on what is expected.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use http::HeaderValue;
use jiff::Timestamp;

use crate::{
    contract::openapi::{Version, server_url},
    mock::{Cors, ObjectHost, SessionBy},
    scenario::parse_duration,
};

/// A duration, or never.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct OrOff(pub(in crate::cli) Option<Duration>);

/// Where to listen. Nobody else reaches the machine unless an address of its own was asked for.
pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost:").or_else(|| text.strip_prefix(':')).unwrap_or(text);
    let local = port.parse().map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    local.or_else(|_| text.parse()).map_err(|_| {
        "expected ADDR:PORT or PORT, such as `127.0.0.1:8080`, `[::1]:8080`, `8080`, or `0.0.0.0:8080` for every address of this machine"
            .to_owned()
    })
}

pub(super) fn object_url(text: &str) -> Result<ObjectHost, String> {
    ObjectHost::read(text)
        .ok_or_else(|| "expected scheme and host alone, such as `https://objects.example.com:8443`".to_owned())
}

/// A version of OpenAPI.
pub(super) fn openapi(text: &str) -> Result<Version, String> {
    Version::named(text).ok_or_else(|| "expected `3.0` or `3.1`".to_owned())
}

/// Where an API is called: a URL, or a path of the host that the document comes from.
pub(super) fn server(text: &str) -> Result<String, String> {
    server_url(text)
        .ok_or_else(|| "expected a URL such as `http://127.0.0.1:8080` or `http://127.0.0.1:8080/~mine`".to_owned())
}

pub(super) fn cors(text: &str) -> Result<Cors, String> {
    let is_origin = |origin: &&str| {
        let host = origin.split_once("://").map(|(_, host)| host);
        host.is_some_and(|host| !host.is_empty() && !host.contains('/')) && origin.parse::<HeaderValue>().is_ok()
    };
    match text {
        "any" => Ok(Cors::Any),
        "off" => Ok(Cors::Off),
        origins => match origins.split(',').map(str::trim).find(|origin| !is_origin(origin)) {
            None => Ok(Cors::Origins(origins.split(',').map(|origin| origin.trim().to_owned()).collect())),
            Some(wrong) => Err(format!(
                "expected `any`, `off` or origins; `{wrong}` is not one such as `https://app.example.com`, without a path"
            )),
        },
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|expected| format!("expected {expected}"))
}

pub(super) fn duration_or_off(text: &str) -> Result<OrOff, String> {
    if text == "off" {
        return Ok(OrOff(None));
    }
    duration(text).map(|duration| OrOff(Some(duration))).map_err(|expected| format!("{expected}, or `off`"))
}

pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "expected a time with its zone (RFC 3339), such as `2026-11-21T08:00:00Z`".to_owned())
}

pub(super) fn session_by(text: &str) -> Result<SessionBy, String> {
    match text.strip_prefix("header:").map(str::parse) {
        Some(Ok(name)) => Ok(SessionBy::Header(name)),
        Some(Err(_)) => Err("what stands behind `header:` is no name of a header".to_owned()),
        None if text == "token" => Ok(SessionBy::Token),
        None => Err("expected `header:NAME`, such as `header:X-User-Id`, or `token`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_written_as_people_write_it() {
        for (text, address) in [
            ("8080", "127.0.0.1:8080"),
            (":8080", "127.0.0.1:8080"),
            ("localhost:0", "127.0.0.1:0"),
            ("[::1]:8080", "[::1]:8080"),
            ("0.0.0.0:80", "0.0.0.0:80"),
        ] {
            assert_eq!(listen(text), Ok(address.parse().unwrap()), "{text}");
        }
        for text in ["", ":", "localhost", "65536", "example.test:80", "127.0.0.1", "::1:8080x"] {
            assert!(listen(text).unwrap_err().contains("expected ADDR:PORT or PORT"), "{text}");
        }
    }
}
