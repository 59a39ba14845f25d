//! A complete answer as it goes on the wire: every header that a server sends, in order, and the body.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version, header};

/// An answer with nothing left for a server to add.
#[derive(Debug, Clone)]
pub struct Message {
    /// HTTP/1.0, HTTP/1.1 or HTTP/2.
    pub version: Version,
    /// Status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// What is sent of the body: nothing where HTTP allows none.
    pub body: Bytes,
}

impl Message {
    /// Completes an answer to a request of a method with `Content-Length` and `Date`, as the server would send it.
    pub fn new(response: Response<Bytes>, version: Version, method: &Method, date: HeaderValue) -> Self {
        let (parts, body) = response.into_parts();
        let (status, mut headers) = (parts.status, parts.headers);
        let never = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if !never {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        headers.entry(header::DATE).or_insert(date);
        let body = if never || method == Method::HEAD { Bytes::new() } else { body };
        Self { version, status, headers, body }
    }

    /// The head in lines, each with its end; the last one is the empty one.
    pub fn lines(&self) -> Vec<Bytes> {
        let version = if self.version == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" };
        let reason = self.status.canonical_reason().unwrap_or_default();
        let mut lines = vec![Bytes::from(format!("{version} {} {reason}\r\n", self.status.as_str()))];
        lines.extend(self.headers.iter().map(|(name, value)| {
            let mut line = BytesMut::with_capacity(name.as_str().len() + value.len() + 4);
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                line.extend_from_slice(part);
            }
            line.freeze()
        }));
        lines.push(Bytes::from_static(b"\r\n"));
        lines
    }

    /// The head.
    pub fn head(&self) -> Bytes {
        let mut bytes = BytesMut::new();
        self.lines().iter().for_each(|line| bytes.extend_from_slice(line));
        bytes.freeze()
    }

    /// The head, and as many bytes of the body.
    pub fn parts(&self, of_body: usize) -> [Bytes; 2] {
        [self.head(), self.body.slice(..of_body.min(self.body.len()))]
    }

    /// The head, and the whole body.
    pub fn whole(&self) -> [Bytes; 2] {
        self.parts(self.body.len())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An answer with a body of ten bytes, to a request of a method.
    pub(in crate::fault) fn answer_to(method: &Method, status: u16) -> Message {
        let response = Response::builder().status(status).header("x-a", "1").body(Bytes::from_static(b"0123456789"));
        Message::new(response.unwrap(), Version::HTTP_11, method, HeaderValue::from_static("today"))
    }

    pub(in crate::fault) const HEAD: &str = "HTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 10\r\ndate: today\r\n\r\n";

    pub(in crate::fault) fn answer() -> Message {
        answer_to(&Method::GET, 200)
    }

    #[test]
    fn an_answer_is_written_as_a_server_would() {
        assert_eq!(answer().whole(), [HEAD, "0123456789"]);
        assert_eq!(answer().parts(4), [HEAD, "0123"]);
        assert_eq!(answer_to(&Method::HEAD, 200).whole(), [HEAD, ""]);
        let none = answer_to(&Method::GET, 204).whole();
        assert_eq!(none, ["HTTP/1.1 204 No Content\r\nx-a: 1\r\ndate: today\r\n\r\n", ""]);
        let old = Message { version: Version::HTTP_10, ..answer_to(&Method::GET, 494) };
        assert!(old.head().starts_with(b"HTTP/1.0 494 \r\n"));
    }

    #[test]
    fn a_date_that_the_answer_has_stays() {
        let response = Response::builder().header("date", "tomorrow").body(Bytes::new()).unwrap();
        let message = Message::new(response, Version::HTTP_11, &Method::GET, HeaderValue::from_static("today"));
        assert_eq!(message.headers["date"], "tomorrow");
    }
}
