//! Faults of the framing: `content_length` and `bad_chunk`.

use bytes::Bytes;
use http::{HeaderValue, header};

use super::{End, Message, Script};

/// What is wrong with `Content-Length`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// It says half of what is sent; of nothing it says one byte.
    Wrong,
    /// It is not there, and the end of the connection is the end of the body.
    Absent,
}

impl Length {
    /// The answer with this `Content-Length`. An answer that has none, such as a 204, stays as it is.
    pub(super) fn set(self, mut message: Message) -> Message {
        if let Some(length) = message.headers.remove(header::CONTENT_LENGTH)
            && self == Self::Wrong
        {
            let length: usize = length.to_str().ok().and_then(|length| length.parse().ok()).unwrap_or_default();
            let wrong = if length == 0 { 1 } else { length / 2 };
            message.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(wrong));
        }
        message
    }
}

pub(super) fn content_length(message: Message, length: Length) -> Script {
    let end = match length {
        // What is too much meets the next request on the connection.
        Length::Wrong => End::Next,
        Length::Absent => End::Close,
    };
    Script::parts(length.set(message).whole(), end)
}

/// A first chunk with half of the body as it should be, then one whose size is no number.
pub(super) fn bad_chunk(mut message: Message) -> Script {
    let body = std::mem::take(&mut message.body);
    let framed = message.headers.remove(header::CONTENT_LENGTH).is_some();
    if !framed {
        return Script::parts(message.whole(), End::Close);
    }
    message.headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    if body.is_empty() {
        return Script::send(message.head(), End::Close);
    }
    let half = body.len().div_ceil(2);
    let size = Bytes::from(format!("{half:x}\r\n"));
    let [no_size, end] = [&b"\r\nzz\r\n"[..], b"\r\n0\r\n\r\n"].map(Bytes::from_static);
    let parts = [message.head(), size, body.slice(..half), no_size, body.slice(half..), end];
    Script::parts(parts, End::Close)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::message::tests::{answer, answer_to};
    use http::Method;

    #[test]
    fn a_wrong_length_is_half_of_what_follows() {
        let script = content_length(answer(), Length::Wrong);
        let bytes = "HTTP/1.1 200 OK\r\nx-a: 1\r\ndate: today\r\ncontent-length: 5\r\n\r\n0123456789";
        assert_eq!(script, Script::send(bytes.into(), End::Next));
    }

    #[test]
    fn a_wrong_length_of_nothing_is_one_and_a_204_has_none() {
        let mut empty = answer();
        (empty.body, empty.headers) =
            (Bytes::new(), [(header::CONTENT_LENGTH, HeaderValue::from(0))].into_iter().collect());
        assert_eq!(Length::Wrong.set(empty).headers[header::CONTENT_LENGTH], "1");
        assert!(!Length::Wrong.set(answer_to(&Method::GET, 204)).headers.contains_key(header::CONTENT_LENGTH));
    }

    #[test]
    fn a_body_without_a_length_ends_with_its_connection() {
        let bytes = "HTTP/1.1 200 OK\r\nx-a: 1\r\ndate: today\r\n\r\n0123456789";
        assert_eq!(content_length(answer(), Length::Absent), Script::send(bytes.into(), End::Close));
    }

    #[test]
    fn the_second_chunk_has_no_size() {
        let head = "HTTP/1.1 200 OK\r\nx-a: 1\r\ndate: today\r\ntransfer-encoding: chunked\r\n\r\n";
        let bytes = format!("{head}5\r\n01234\r\nzz\r\n56789\r\n0\r\n\r\n");
        assert_eq!(bad_chunk(answer()), Script::send(bytes.into(), End::Close));
        assert_eq!(bad_chunk(answer_to(&Method::HEAD, 200)), Script::send(head.into(), End::Close));
    }

    #[test]
    fn no_chunk_follows_an_answer_that_never_has_a_body() {
        let bytes = "HTTP/1.1 304 Not Modified\r\nx-a: 1\r\ndate: today\r\n\r\n";
        assert_eq!(bad_chunk(answer_to(&Method::GET, 304)), Script::send(bytes.into(), End::Close));
    }
}
