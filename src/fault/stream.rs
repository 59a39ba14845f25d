//! What becomes of an HTTP/2 stream. The other streams of its connection are not touched.

use std::time::Duration;

use http::Response;

use super::{Message, Pace, body::SETTLE};

/// The answer's way over one stream.
#[derive(Debug, Clone)]
pub struct Stream {
    /// How long HEADERS are held back.
    pub late: Duration,
    /// Interim answers before it.
    pub interim: Vec<Response<()>>,
    /// The answer; without one there are no HEADERS.
    pub message: Option<Message>,
    /// Bytes of its body that are sent.
    pub bytes: usize,
    /// How fast they are sent; at once without it.
    pub pace: Option<Pace>,
    /// What follows them.
    pub end: StreamEnd,
    /// GOAWAY: the connection takes no more streams.
    pub last: bool,
}

/// How a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamEnd {
    /// END_STREAM.
    Whole,
    /// RST_STREAM.
    Reset(Reason),
    /// It does not, until the client gives up.
    Hang,
}

impl Stream {
    /// What was sent before a reset gets this long to leave: a reset throws away what has not.
    pub const SETTLE: Duration = SETTLE;

    /// The answer as it is.
    pub fn whole(message: Message) -> Self {
        let bytes = message.body.len();
        Self::part(message, bytes, StreamEnd::Whole)
    }

    pub(super) fn part(message: Message, bytes: usize, end: StreamEnd) -> Self {
        Self { late: Duration::ZERO, interim: Vec::new(), message: Some(message), bytes, pace: None, end, last: false }
    }

    pub(super) fn without_head(end: StreamEnd) -> Self {
        Self { late: Duration::ZERO, interim: Vec::new(), message: None, bytes: 0, pace: None, end, last: false }
    }
}

/// An error code of HTTP/2 (RFC 9113, section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// The number on the wire.
    pub code: u32,
}

impl Reason {
    pub(super) const PROTOCOL_ERROR: Self = Self { code: 1 };
    /// The stream is no longer needed.
    pub const CANCEL: Self = Self { code: 8 };
    /// The server's own failure.
    pub const INTERNAL_ERROR: Self = Self { code: 2 };

    /// All of them, with their names as a scenario writes them.
    pub const ALL: [(&str, Self); 14] = [
        ("no_error", Self { code: 0 }),
        ("protocol_error", Self::PROTOCOL_ERROR),
        ("internal_error", Self::INTERNAL_ERROR),
        ("flow_control_error", Self { code: 3 }),
        ("settings_timeout", Self { code: 4 }),
        ("stream_closed", Self { code: 5 }),
        ("frame_size_error", Self { code: 6 }),
        ("refused_stream", Self { code: 7 }),
        ("cancel", Self::CANCEL),
        ("compression_error", Self { code: 9 }),
        ("connect_error", Self { code: 10 }),
        ("enhance_your_calm", Self { code: 11 }),
        ("inadequate_security", Self { code: 12 }),
        ("http_1_1_required", Self { code: 13 }),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Fault, Length, Share, message::tests::answer};
    use http::header;

    #[test]
    fn faults_of_a_connection_become_faults_of_the_stream() {
        for (fault, end) in [
            (Fault::Reset, StreamEnd::Reset(Reason::INTERNAL_ERROR)),
            (Fault::Close, StreamEnd::Reset(Reason::CANCEL)),
            (Fault::Garbage, StreamEnd::Reset(Reason::PROTOCOL_ERROR)),
            (Fault::Hang, StreamEnd::Hang),
        ] {
            let stream = fault.http2(answer());
            assert!(stream.message.is_none());
            assert_eq!((stream.bytes, stream.end), (0, end), "{fault:?}");
        }
    }

    #[test]
    fn faults_of_a_body_keep_the_head() {
        for (fault, bytes, end) in [
            (Fault::ResetMidBody, 5, StreamEnd::Reset(Reason::INTERNAL_ERROR)),
            (Fault::BadChunk, 5, StreamEnd::Reset(Reason::PROTOCOL_ERROR)),
            (Fault::HangMidBody, 5, StreamEnd::Hang),
            (Fault::Truncate(Share::percent(30.0).unwrap()), 3, StreamEnd::Whole),
        ] {
            let stream = fault.http2(answer());
            assert_eq!(stream.message.unwrap().headers[header::CONTENT_LENGTH], "10");
            assert_eq!((stream.bytes, stream.end), (bytes, end), "{fault:?}");
        }
        let stream = Fault::ContentLength(Length::Absent).http2(answer());
        assert!(!stream.message.unwrap().headers.contains_key(header::CONTENT_LENGTH));
    }

    #[test]
    fn headers_are_as_late_as_a_slow_head_is_slow() {
        let stream = Fault::SlowHeaders(Duration::from_millis(10)).http2(answer());
        assert_eq!((stream.late, stream.end), (Duration::from_millis(50), StreamEnd::Whole));
        assert!(Fault::Goaway.http2(answer()).last);
    }
}
