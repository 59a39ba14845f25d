//! Asks the admin API of a running stand-in.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs as _},
    time::Duration,
};

use serde_json::Value;

use super::{args::Access, authority};
use crate::{disk, server::secure_stream};

/// The longest that a stand-in may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most bytes of an answer.
const LARGEST: u64 = 256 << 20;

/// The most bytes of a file with authorities.
const LARGEST_AUTHORITY: u64 = 1 << 20;

/// Where a stand-in is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// As it was typed.
    pub(super) url: String,
    /// Whether it is asked over TLS.
    secure: bool,
    /// Name and port.
    authority: String,
    /// The session that its path names.
    pub(super) session: Option<String>,
}

impl Place {
    /// Reads `http://HOST:PORT`, perhaps with `/~SESSION` or the path of the admin API behind it.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected the URL of a stand-in, such as `http://127.0.0.1:8080`";
        let (secure, rest) = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some(_) => return Err(format!("{EXPECTED}; it speaks http and https")),
            None => (false, url),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let session = match path.trim_end_matches('/') {
            "" | "__admin" => None,
            path => match path.strip_prefix('~') {
                Some(name)
                    if !name.is_empty()
                        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) =>
                {
                    Some(name.to_owned())
                }
                _ => return Err(format!("{EXPECTED}, or `http://127.0.0.1:8080/~SESSION`")),
            },
        };
        let is_plain = authority.bytes().all(|byte| byte.is_ascii_graphic() && !b"@?#%\\".contains(&byte));
        // An address of IPv6 has colons of its own, within brackets.
        let port = authority.rsplit_once(':').filter(|(_, port)| !port.contains(']'));
        let authority = match port {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0) => {
                authority.to_owned()
            }
            None if !authority.is_empty() => format!("{authority}:{}", if secure { 443 } else { 80 }),
            _ => return Err(EXPECTED.to_owned()),
        };
        if !is_plain {
            return Err(EXPECTED.to_owned());
        }
        Ok(Self { url: url.to_owned(), secure, authority, session })
    }

    /// What `GET /__admin/...` answers: its status, and its body as JSON.
    pub(super) fn get(&self, resource: &str, access: &Access) -> Result<(u16, Value), String> {
        let failed = |error: io::Error| format!("cannot ask `{}`: {error}", self.url);
        let (status, body) = self.exchange(resource, access).map_err(failed)?;
        let body: Value = serde_json::from_slice(&body)
            .map_err(|_| format!("`{}` is not a stand-in: it answered {status} without JSON", self.url))?;
        Ok((status, body))
    }

    /// As [`get`](Self::get), where nothing but 200 will do.
    pub(super) fn get_well(&self, resource: &str, access: &Access) -> Result<Value, String> {
        match self.get(resource, access)? {
            (200, value) => Ok(value),
            (status, problem) => {
                let detail = problem["detail"].as_str().unwrap_or("no more is known");
                Err(format!("`{}` answered {status}: {detail}", self.url))
            }
        }
    }

    fn exchange(&self, resource: &str, access: &Access) -> io::Result<(u16, Vec<u8>)> {
        let socket = self.connect()?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        if self.secure {
            let authorities = access.authorities()?;
            self.talk(secure_stream(socket, self.host(), &authorities)?, resource, access)
        } else {
            self.talk(socket, resource, access)
        }
    }

    /// The name alone.
    fn host(&self) -> &str {
        let name = self.authority.rsplit_once(':').map_or(self.authority.as_str(), |(name, _)| name);
        name.trim_start_matches('[').trim_end_matches(']')
    }

    fn talk(&self, mut stream: impl Read + Write, resource: &str, access: &Access) -> io::Result<(u16, Vec<u8>)> {
        let authorization =
            access.admin_token.as_ref().map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        // With HTTP/1.0 the answer comes in one piece and ends with the connection.
        let head = format!("GET /__admin/{resource} HTTP/1.0\r\nHost: {}\r\n{authorization}\r\n", self.authority);
        stream.write_all(head.as_bytes())?;
        let mut answer = Vec::new();
        stream.take(LARGEST).read_to_end(&mut answer)?;
        parse(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it does not answer in whole HTTP"))
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in self.authority.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

impl Access {
    /// Whom an https server has to be signed by.
    fn authorities(&self) -> io::Result<Vec<u8>> {
        let missing = "there is no authority to trust; --ca names one";
        let path = self.ca.clone().or_else(authority::certificate);
        let path = path.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, missing))?;
        disk::read(&path, LARGEST_AUTHORITY).map_err(|error| {
            io::Error::other(format!("the authority `{}` {error}; --ca names another", path.display()))
        })
    }
}

/// Status and body of an answer that came whole.
fn parse(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let body = &answer[end + 4..];
    let mut lines = head.split("\r\n");
    let mut status = lines.next()?.split(' ');
    let status = status.next().filter(|version| version.starts_with("HTTP/1.")).and(status.next())?.parse().ok()?;
    let length =
        lines.filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let whole = length.is_none_or(|(_, length)| length.trim().parse() == Ok(body.len()));
    whole.then(|| (status, body.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_may_be_written_as_people_write_it() {
        for (text, authority, session) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080", None),
            ("HTTP://mock:8080/", "mock:8080", None),
            ("localhost:8080", "localhost:8080", None),
            ("http://mock", "mock:80", None),
            ("http://[::1]:8080/__admin", "[::1]:8080", None),
            ("http://[::1]", "[::1]:80", None),
            ("http://mock:1/~w-1/", "mock:1", Some("w-1")),
            ("https://mock", "mock:443", None),
            ("https://[::1]:8443", "[::1]:8443", None),
        ] {
            let place = Place::parse(text).unwrap();
            assert_eq!((place.authority.as_str(), place.session.as_deref()), (authority, session), "{text}");
        }
        for text in [
            "",
            "http://",
            "ftp://a:1",
            "ftp://a",
            "http://a:x",
            "http://a:0",
            "http://:80",
            "http://a/b",
            "http://a/~",
            "http://a b",
            "http://u@a",
            "http://a/~x?y",
            "http://a\r\nX: 1",
        ] {
            assert!(Place::parse(text).unwrap_err().starts_with("expected the URL of a stand-in"), "{text}");
        }
    }

    #[test]
    fn an_answer_that_breaks_off_or_is_no_http_is_not_taken() {
        let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(parse(whole), Some((200, b"{}".to_vec())));
        assert_eq!(parse(b"HTTP/1.0 404 Not Found\r\n\r\n"), Some((404, Vec::new())));
        for end in 0..whole.len() {
            assert_eq!(parse(&whole[..end]), None, "{end}");
        }
        for other in [&b"SSH-2.0-OpenSSH\r\n\r\n"[..], b"HTTP/1.1 x\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"\xff\r\n\r\n"] {
            assert_eq!(parse(other), None);
        }
    }
}
