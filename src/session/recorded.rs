//! The bytes of a call, as the journal keeps them.

use std::borrow::Cow;

use bytes::Bytes;

use super::exchange::ALLOCATION;
use crate::contract::{Payload, Request, redact::REDACTED};

/// A call in one piece of memory: method, target and headers as lines, the body, and then what was answered: the scenario
/// that answered, the body, and the head as it left. What the connection read into is free again, and nothing is parsed until somebody looks. An answer
/// is copied too, because the answers of a script are shared: to keep one is to count it, in a place that every call writes to.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    bytes: Vec<u8>,
    /// Where the first line ends.
    line: u32,
    /// Where the body starts.
    head: u32,
    /// Where it ends, and the name of the scenario starts.
    body: u32,
    /// Where the name ends, and the answer's body starts.
    scenario: u32,
    /// Where that ends, and the answer's head starts.
    answered: u32,
    /// Bodies that are too large to be copied.
    large: Option<Box<Large>>,
    /// Why the body was not kept.
    left_out: Option<&'static str>,
}

/// Bodies that are kept where they are.
#[derive(Debug, Clone, Default)]
struct Large {
    request: Bytes,
    answer: Bytes,
}

/// An answer's body up to this size is copied.
const COPIED: usize = 4 << 10;

/// A request's body up to this size is copied: what a smaller one stands in may be larger.
const COPIED_REQUEST: usize = 256 << 10;

/// Room for the scenario's name and the head of an answer; nearly all fit.
const HEAD_ROOM: usize = 512;

/// Memory that is used again may be so much smaller: calls are rarely of the same size to the byte.
const LESS: usize = 128;

/// The head of an answer is kept up to this size.
const LONGEST_HEAD: usize = 64 << 10;

impl Recorded {
    /// Copies a request. The value of `Authorization` is not even copied. `memory` is used for it, whatever it held before, if it is
    /// about as large as what will be kept; `answer` is how many bytes the answer's body has.
    pub fn new(request: &Request<'_>, answer: usize, memory: Vec<u8>) -> Self {
        let noted;
        let (body, left_out) = match request.body {
            Payload::Whole(body) => (body, None),
            Payload::Content(received) => {
                noted = format!("{received:?}");
                (noted.as_bytes(), None)
            }
            Payload::TooLarge => (&[][..], Some("over the limit")),
            Payload::NoRoom => (&[][..], Some("there was no memory for it")),
            Payload::BrokenOff(_) => (&[][..], Some("it broke off")),
        };
        let target = request.base.len() + request.path.len() + request.query.map_or(0, |query| query.len() + 1);
        let headers: usize = request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 3).sum();
        let shared = request.memory.filter(|memory| memory.len() > COPIED_REQUEST && body.len() == memory.len());
        let body = if shared.is_some() { &[][..] } else { body };
        let copied = if answer > COPIED { 0 } else { answer };
        let size = request.method.as_str().len() + 1 + target + headers + body.len() + copied + HEAD_ROOM;
        let mut bytes = fitting(memory, size);
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
        let large = shared.map(|memory| Box::new(Large { request: memory.clone(), answer: Bytes::new() }));
        Self { bytes, line, head, body, scenario: body, answered: body, large, left_out }
    }

    /// Bytes that never became a request.
    pub fn unreadable(bytes: &[u8]) -> Self {
        let bytes = bytes.to_vec();
        let end = position(&bytes);
        Self { bytes, line: 0, head: 0, body: end, scenario: end, answered: end, large: None, left_out: None }
    }

    /// Adds what was answered, once: the scenario that answered, if one did, and the body if it is to be kept.
    #[must_use]
    pub fn with_answer(mut self, scenario: &str, body: Option<&Bytes>) -> Self {
        self.bytes.extend_from_slice(scenario.as_bytes());
        self.scenario = position(&self.bytes);
        match body {
            Some(body) if body.len() > COPIED => self.large.get_or_insert_default().answer = body.clone(),
            Some(body) => self.bytes.extend_from_slice(body),
            None => {}
        }
        self.answered = position(&self.bytes);
        self
    }

    /// Adds the head of the answer as it left, once: lines `name: value`, after a status line if there is one.
    pub(super) fn keep_head(&mut self, head: &[u8]) {
        self.bytes.truncate(self.answered as usize);
        let head = &head[..head.len().min(LONGEST_HEAD)];
        self.bytes.reserve_exact(head.len());
        self.bytes.extend_from_slice(head);
    }

    /// Method, target and scenario alone.
    pub(super) fn brief(&self) -> Self {
        let bytes = [self.part(0, self.line), self.part(self.body, self.scenario)].concat();
        let (line, end) = (self.line, position(&bytes));
        let left_out = self.left_out;
        Self { bytes, line, head: line, body: line, scenario: end, answered: end, large: None, left_out }
    }

    /// Bytes of memory.
    pub fn size(&self) -> usize {
        let large = self
            .large
            .as_ref()
            .map_or(0, |large| large.request.len() + large.answer.len() + size_of::<Large>() + 3 * ALLOCATION);
        self.bytes.capacity() + ALLOCATION + large
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
    pub fn headers(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        lines(self.part(self.line, self.head))
    }

    /// Headers of the answer as they left, in order; none while it is under way, or where no head left.
    pub fn answered_headers(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        lines(self.part(self.answered, position(&self.bytes)))
    }

    /// The body, as far as it was kept.
    pub fn body(&self) -> &[u8] {
        let large = self.large.as_ref().map(|large| &large.request).filter(|body| !body.is_empty());
        large.map_or(self.part(self.head, self.body), |body| body)
    }

    /// Why the body was not kept.
    pub fn left_out(&self) -> Option<&'static str> {
        self.left_out
    }

    /// The scenario that answered; empty without one.
    pub fn scenario(&self) -> &str {
        std::str::from_utf8(self.part(self.body, self.scenario)).unwrap_or_default()
    }

    /// The body of the answer.
    pub fn answered(&self) -> &[u8] {
        let large = self.large.as_ref().map(|large| &large.answer).filter(|body| !body.is_empty());
        large.map_or(self.part(self.scenario, self.answered), |body| body)
    }

    fn part(&self, from: u32, to: u32) -> &[u8] {
        self.bytes.get(from as usize..to as usize).unwrap_or_default()
    }
}

/// Memory for about so many bytes: what is there if it is about as large, so that little is wasted for long.
fn fitting(mut memory: Vec<u8>, size: usize) -> Vec<u8> {
    memory.clear();
    let capacity = memory.capacity();
    if capacity + LESS < size || capacity > 2 * size { Vec::with_capacity(size) } else { memory }
}

/// Names and values of header lines; what is none, such as a status line, is passed over.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    bytes.split(|byte| *byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = std::str::from_utf8(&line[..colon]).ok()?;
        let value = line.get(colon + 1..)?;
        let value = value.strip_suffix(b"\r").unwrap_or(value);
        Some((name, String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value))))
    })
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
            &Request { query: Some("b=c"), ..Request::new(&Method::POST, "/a", headers, Payload::Whole(body)) },
            0,
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
            let recorded = recorded(&HeaderMap::new(), b"line").with_answer("full", Some(&answer));
            assert_eq!((recorded.body(), recorded.scenario()), (&b"line"[..], "full"));
            assert_eq!(recorded.answered(), answer);
        }
    }

    #[test]
    fn a_large_body_of_a_request_is_kept_where_it_is() {
        let (headers, answer) = (HeaderMap::new(), Bytes::from(vec![b'x'; COPIED + 1]));
        for size in [COPIED_REQUEST, COPIED_REQUEST + 1] {
            let memory = Bytes::from(vec![b'a'; size]);
            let request = Request::new(&Method::POST, "/a", &headers, Payload::Whole(&memory));
            let request = Request { memory: Some(&memory), ..request };
            let recorded = Recorded::new(&request, answer.len(), Vec::new()).with_answer("full", Some(&answer));
            assert_eq!((recorded.body(), recorded.answered()), (&*memory, &*answer));
            assert_eq!(recorded.body().as_ptr() == memory.as_ptr(), size > COPIED_REQUEST);
            assert_eq!((recorded.scenario(), recorded.line()), ("full", Some(("POST", "/a"))));
            assert!((size + answer.len()..size + answer.len() + 2000).contains(&recorded.size()));
        }
    }

    #[test]
    fn in_brief_there_are_the_line_and_the_scenario() {
        let mut headers = HeaderMap::new();
        headers.insert("x-a", HeaderValue::from_static("b"));
        let mut whole = recorded(&headers, b"body").with_answer("full", Some(&Bytes::from_static(b"{}")));
        whole.keep_head(b"x-b: c\r\n");
        let brief = whole.brief();
        assert_eq!((brief.line(), brief.scenario()), (whole.line(), "full"));
        assert_eq!((brief.headers().count(), brief.body(), brief.answered()), (0, &b""[..], &b""[..]));
        assert_eq!(brief.answered_headers().count(), 0);
        let unreadable = Recorded::unreadable(b"garbage").brief();
        assert_eq!((unreadable.line(), unreadable.scenario()), (None, ""));
    }

    #[test]
    fn the_head_of_an_answer_reads_back_as_it_left() {
        let answer = Bytes::from_static(b"{}");
        let mut recorded = recorded(&HeaderMap::new(), b"line").with_answer("full", Some(&answer));
        assert_eq!(recorded.answered_headers().count(), 0);
        recorded.keep_head(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-a:\r\nx-b: 1: 2\r\n\r\n");
        let headers: Vec<_> = recorded.answered_headers().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(headers, ["content-length=2", "x-a=", "x-b=1: 2"]);
        assert_eq!((recorded.scenario(), recorded.answered()), ("full", &b"{}"[..]));
    }

    #[test]
    fn memory_is_used_again_where_it_is_about_as_large() {
        for (capacity, kept) in [(800, false), (900, true), (1000, true), (2000, true), (20_000, false)] {
            let memory: Vec<u8> = Vec::with_capacity(capacity);
            let place = memory.as_ptr();
            let fitting = fitting(memory, 1000);
            assert_eq!(fitting.as_ptr() == place && fitting.capacity() == capacity, kept, "{capacity}");
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
