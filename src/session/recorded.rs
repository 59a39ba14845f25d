//! The bytes of a call, as the journal keeps them.

use bytes::Bytes;

use super::redact::REDACTED;
use crate::contract::{Request, validate::Payload};

/// A call in one piece of memory: method, target and headers as lines, the body, and then what was answered. What the connection read
/// into is free again, and nothing is parsed until somebody looks. An answer is copied too, because the answers of a script are
/// shared: to keep one is to count it, in a place that every call writes to.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    bytes: Vec<u8>,
    /// Where the first line ends.
    line: u32,
    /// Where the body starts.
    head: u32,
    /// Where it ends, and the label of the answer starts.
    body: u32,
    /// Where the label ends, and the answer's body starts.
    label: u32,
    /// The answer's body, where it is too large to be copied.
    large: Option<Box<Bytes>>,
    /// Why the body was not kept.
    left_out: Option<&'static str>,
}

/// An answer's body up to this size is copied.
const COPIED: usize = 4 << 10;

impl Recorded {
    /// Copies a request. The value of `Authorization` is not even copied. `memory` is used for it, whatever it held before.
    pub fn new(request: &Request<'_>, memory: Vec<u8>) -> Self {
        let (body, left_out) = match request.body {
            Payload::Whole(body) => (body, None),
            Payload::TooLarge => (&[][..], Some("over the limit")),
            Payload::BrokenOff(_) => (&[][..], Some("it broke off")),
        };
        let mut bytes = memory;
        bytes.clear();
        bytes.extend_from_slice(request.method.as_str().as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(request.base.as_bytes());
        bytes.extend_from_slice(request.path.as_bytes());
        if let Some(query) = request.query {
            bytes.push(b'?');
            bytes.extend_from_slice(query.as_bytes());
        }
        let line = position(&bytes);
        for (name, value) in request.headers {
            bytes.push(b'\n');
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            let secret = *name == http::header::AUTHORIZATION;
            bytes.extend_from_slice(if secret { REDACTED.as_bytes() } else { value.as_bytes() });
        }
        let head = position(&bytes);
        bytes.extend_from_slice(body);
        let body = position(&bytes);
        Self { bytes, line, head, body, label: body, large: None, left_out }
    }

    /// Bytes that never became a request.
    pub fn unreadable(bytes: &[u8]) -> Self {
        let bytes = bytes.to_vec();
        let end = position(&bytes);
        Self { bytes, line: 0, head: 0, body: end, label: end, large: None, left_out: None }
    }

    /// Adds what was answered, once: where it came from, and the body if it is to be kept.
    #[must_use]
    pub fn with_answer(mut self, label: &[u8], body: Option<&Bytes>) -> Self {
        self.bytes.extend_from_slice(label);
        self.label = position(&self.bytes);
        match body {
            Some(body) if body.len() > COPIED => self.large = Some(Box::new(body.clone())),
            Some(body) => self.bytes.extend_from_slice(body),
            None => {}
        }
        self
    }

    /// Bytes of memory.
    pub fn size(&self) -> usize {
        self.bytes.capacity() + self.large.as_ref().map_or(0, |body| body.len())
    }

    /// The memory, for the next one.
    pub fn into_memory(self) -> Vec<u8> {
        self.bytes
    }

    /// Method and target; nothing for what never became a request.
    pub fn line(&self) -> Option<(&str, &str)> {
        std::str::from_utf8(self.part(0, self.line)).ok()?.split_once(' ')
    }

    /// Headers, in order. A value's bytes may be any.
    pub fn headers(&self) -> impl Iterator<Item = (&str, std::borrow::Cow<'_, str>)> {
        self.part(self.line, self.head).split(|byte| *byte == b'\n').skip(1).filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = std::str::from_utf8(&line[..colon]).ok()?;
            Some((name, String::from_utf8_lossy(line.get(colon + 2..)?)))
        })
    }

    /// The body, as far as it was kept.
    pub fn body(&self) -> &[u8] {
        self.part(self.head, self.body)
    }

    /// Why the body was not kept.
    pub fn left_out(&self) -> Option<&'static str> {
        self.left_out
    }

    /// Where the answer came from.
    pub fn label(&self) -> &str {
        std::str::from_utf8(self.part(self.body, self.label)).unwrap_or_default()
    }

    /// The body of the answer.
    pub fn answered(&self) -> &[u8] {
        self.large.as_ref().map_or(self.part(self.label, position(&self.bytes)), |body| body)
    }

    fn part(&self, from: u32, to: u32) -> &[u8] {
        self.bytes.get(from as usize..to as usize).unwrap_or_default()
    }
}

/// Where the bytes end so far. Bodies are limited to much less than 4 GiB.
fn position(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderValue, Method};

    fn recorded(headers: &HeaderMap, body: &[u8]) -> Recorded {
        Recorded::new(
            &Request {
                version: http::Version::HTTP_11,
                method: &Method::POST,
                base: "",
                path: "/a",
                query: Some("b=c"),
                authority: None,
                headers,
                body: Payload::Whole(body),
            },
            Vec::new(),
        )
    }

    #[test]
    fn a_recorded_request_reads_back_as_it_came() {
        let mut headers = HeaderMap::new();
        headers.insert("x-a", HeaderValue::from_static("1: 2"));
        headers.append("x-a", HeaderValue::from_bytes(b"\xe7\xa9\xba").unwrap());
        headers.append("x-b", HeaderValue::from_bytes(b"caf\xe9").unwrap());
        let recorded = recorded(&headers, b"line\nline");
        assert_eq!(recorded.line(), Some(("POST", "/a?b=c")));
        let headers: Vec<_> = recorded.headers().map(|(name, value)| (name, value.into_owned())).collect();
        assert_eq!(headers, [("x-a", "1: 2".to_owned()), ("x-a", "空".to_owned()), ("x-b", "caf\u{fffd}".to_owned())]);
        assert_eq!(recorded.body(), b"line\nline");
    }

    #[test]
    fn an_answer_reads_back_as_it_was_small_or_large() {
        for size in [0, 5, COPIED, COPIED + 1] {
            let answer = Bytes::from(vec![b'x'; size]);
            let recorded = recorded(&HeaderMap::new(), b"line").with_answer(b"example", Some(&answer));
            assert_eq!((recorded.body(), recorded.label()), (&b"line"[..], "example"));
            assert_eq!(recorded.answered(), answer);
        }
    }

    #[test]
    fn a_credential_is_not_even_copied() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer secret"));
        let recorded = recorded(&headers, b"");
        assert!(!recorded.bytes.windows(6).any(|bytes| bytes == b"secret"));
    }
}
