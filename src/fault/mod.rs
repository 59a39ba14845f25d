//! Faults that are injected into answers, as data, and what each one does on the wire. No socket and no clock are in here: a
//! fault changes the answer, writes a [`Script`] of bytes for HTTP/1, or says what becomes of an HTTP/2 [`Stream`]; the server
//! carries it out.

mod body;
mod connection;
mod content;
mod date;
mod drift;
mod framing;
mod head;
mod interim;
mod message;
mod script;
mod stream;
mod tls;

use std::{fmt, time::Duration};

use http::{HeaderName, HeaderValue, Version};
use jiff::SignedDuration;

pub use self::{
    body::{Pace, Share},
    date::http_date,
    drift::{Change, Drift, How},
    framing::Length,
    interim::Interim,
    message::Message,
    script::{Action, End, Script},
    stream::{Reason, Stream, StreamEnd},
    tls::TlsFault,
};
use crate::contract::Answer;

/// One fault, ready to be played.
///
/// ```
/// use http::Version;
/// use understudy::fault::Fault;
///
/// assert_eq!(Fault::Reset.played(Version::HTTP_11).to_string(), "reset");
/// assert_eq!(Fault::Reset.played(Version::HTTP_2).to_string(), "reset, as RST_STREAM INTERNAL_ERROR");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The connection is reset (RST) before the answer.
    Reset,
    /// The connection ends (FIN) without an answer.
    Close,
    /// No answer until the client gives up.
    Hang,
    /// Half of the body, then a reset.
    ResetMidBody,
    /// Half of the body, then nothing until the client gives up.
    HangMidBody,
    /// `Content-Length` of the whole, part of the bytes, then the end of the connection.
    Truncate(Share),
    /// `Content-Length` says something else than what is sent, or is not there.
    ContentLength(Length),
    /// A chunked body whose second chunk has no size.
    BadChunk,
    /// Bytes that are no HTTP.
    Garbage,
    /// A status line that cannot be read; the rest is as it should be.
    StatusLine,
    /// A header that stands twice.
    DuplicateHeader(HeaderName),
    /// A header with a value of so many bytes.
    HugeHeader(usize),
    /// The head comes line by line, with this pause before each.
    SlowHeaders(Duration),
    /// Interim answers before the real one.
    EarlyHints(Vec<Interim>),
    /// A body that is no JSON any more.
    BadJson,
    /// Another media type than the body's.
    ContentType(HeaderValue),
    /// The body comes in small pieces.
    Drip(Pace),
    /// Members that are gone, `null` or of another type.
    Drift(Drift),
    /// The server's clock is off by so much, from then on: the session's business.
    Skew(SignedDuration),
    /// HTTP/2: the answer is the connection's last.
    Goaway,
    /// HTTP/2: the stream is reset before the answer.
    RstStream(Reason),
}

/// What was played for a fault, as the journal keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Played {
    /// The fault.
    pub name: &'static str,
    /// What stood in for it where the version of HTTP has no such thing.
    pub instead: Option<&'static str>,
    /// Whether the client cannot have had a whole answer, so that another attempt makes sense.
    pub breaks_off: bool,
    /// Whether the client did not even get a status, so that its HTTP library may send the request again by itself.
    pub silent: bool,
    /// Whether a client that waits has the whole answer, as it was meant.
    pub intact: bool,
}

/// The names of all faults.
pub const NAMES: [&str; 21] = [
    "reset",
    "close",
    "hang",
    "reset_mid_body",
    "hang_mid_body",
    "truncate",
    "content_length",
    "bad_chunk",
    "garbage",
    "status_line",
    "duplicate_header",
    "huge_header",
    "slow_headers",
    "early_hints",
    "bad_json",
    "content_type",
    "drip",
    "drift",
    "skew",
    "goaway",
    "rst_stream",
];

impl fmt::Display for Played {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)?;
        self.instead.map_or(Ok(()), |instead| write!(formatter, ", {instead}"))
    }
}

impl Fault {
    /// Its name, as a scenario writes it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Close => "close",
            Self::Hang => "hang",
            Self::ResetMidBody => "reset_mid_body",
            Self::HangMidBody => "hang_mid_body",
            Self::Truncate(_) => "truncate",
            Self::ContentLength(_) => "content_length",
            Self::BadChunk => "bad_chunk",
            Self::Garbage => "garbage",
            Self::StatusLine => "status_line",
            Self::DuplicateHeader(_) => "duplicate_header",
            Self::HugeHeader(_) => "huge_header",
            Self::SlowHeaders(_) => "slow_headers",
            Self::EarlyHints(_) => "early_hints",
            Self::BadJson => "bad_json",
            Self::ContentType(_) => "content_type",
            Self::Drip(_) => "drip",
            Self::Drift(_) => "drift",
            Self::Skew(_) => "skew",
            Self::Goaway => "goaway",
            Self::RstStream(_) => "rst_stream",
        }
    }

    /// Whether nothing of the answer reaches the client, so that it does not matter which one it was.
    pub fn hides_answer(&self) -> bool {
        matches!(self, Self::Reset | Self::Close | Self::Hang | Self::Garbage | Self::RstStream(_))
    }

    /// Whether no status reaches the client.
    pub fn is_silent(&self) -> bool {
        self.hides_answer() || matches!(self, Self::StatusLine)
    }

    /// Whether it does something to the body only, so that without a body it has no effect.
    pub fn needs_body(&self) -> bool {
        matches!(
            self,
            Self::ResetMidBody
                | Self::HangMidBody
                | Self::Truncate(_)
                | Self::BadChunk
                | Self::BadJson
                | Self::ContentType(_)
                | Self::Drip(_)
        )
    }

    /// What a version of HTTP makes of it, in words.
    pub fn played(&self, version: Version) -> Played {
        let instead = if version == Version::HTTP_2 { self.on_http2() } else { self.on_http1() };
        let breaks_off = self.breaks_off();
        let intact = !breaks_off && !self.alters_answer();
        Played { name: self.name(), instead, breaks_off, silent: self.is_silent(), intact }
    }

    /// Whether it changes what the answer says.
    fn alters_answer(&self) -> bool {
        matches!(self, Self::BadJson | Self::ContentType(_) | Self::Drift(_) | Self::HugeHeader(_))
    }

    fn breaks_off(&self) -> bool {
        matches!(
            self,
            Self::Reset
                | Self::Close
                | Self::Hang
                | Self::ResetMidBody
                | Self::HangMidBody
                | Self::Truncate(_)
                | Self::ContentLength(Length::Wrong)
                | Self::BadChunk
                | Self::Garbage
                | Self::StatusLine
                | Self::RstStream(_)
        )
    }

    fn on_http1(&self) -> Option<&'static str> {
        match self {
            Self::Goaway => Some("as connection: close"),
            Self::RstStream(_) => Some("as a reset of the connection"),
            _ => None,
        }
    }

    fn on_http2(&self) -> Option<&'static str> {
        match self {
            Self::Reset | Self::ResetMidBody => Some("as RST_STREAM INTERNAL_ERROR"),
            Self::Close => Some("as RST_STREAM CANCEL"),
            Self::BadChunk | Self::Garbage | Self::StatusLine => Some("as RST_STREAM PROTOCOL_ERROR"),
            Self::Truncate(_) => Some("as an early END_STREAM"),
            Self::Hang | Self::HangMidBody => Some("of the stream alone"),
            Self::ContentLength(Length::Absent) => Some("which HTTP/2 does not need"),
            Self::SlowHeaders(_) => Some("as HEADERS that come late"),
            _ => None,
        }
    }

    /// Changes what the answer says. Faults of the wire leave it as it is. `now` is the server's time.
    pub fn inject(&self, answer: &mut Answer) {
        match self {
            Self::BadJson => answer.body = content::bad_json(&answer.body),
            Self::ContentType(media_type) => content::media_type(answer, media_type),
            Self::Drift(drift) => answer.body = drift.of_bytes(&answer.body),
            Self::HugeHeader(bytes) => head::huge(answer, *bytes),
            _ => {}
        }
    }

    /// What goes over an HTTP/1 connection in place of the answer's usual bytes; nothing where they are sent as they are.
    pub fn http1(&self, message: Message) -> Option<Script> {
        Some(match self {
            Self::Reset | Self::RstStream(_) => connection::reset(),
            Self::Close => connection::close(),
            Self::Hang => connection::hang(),
            Self::Goaway => connection::last(message),
            Self::ResetMidBody => body::reset(&message),
            Self::HangMidBody => body::hang(&message),
            Self::Truncate(share) => body::truncate(&message, *share),
            Self::Drip(pace) => body::drip(message, *pace),
            Self::ContentLength(length) => framing::content_length(message, *length),
            Self::BadChunk => framing::bad_chunk(message),
            Self::Garbage => head::garbage(),
            Self::StatusLine => head::status_line(&message),
            Self::DuplicateHeader(name) => head::duplicate(message, name),
            Self::SlowHeaders(pause) => head::slow(message, *pause),
            Self::EarlyHints(interims) => head::early_hints(&message, interims),
            Self::BadJson | Self::ContentType(_) | Self::Drift(_) | Self::HugeHeader(_) | Self::Skew(_) => return None,
        })
    }

    /// What becomes of an HTTP/2 stream: the same, as far as a stream can.
    pub fn http2(&self, message: Message) -> Stream {
        let half = message.body.len() / 2;
        match self {
            Self::Reset => Stream::without_head(StreamEnd::Reset(Reason::INTERNAL_ERROR)),
            Self::Close => Stream::without_head(StreamEnd::Reset(Reason::CANCEL)),
            Self::Garbage | Self::StatusLine => Stream::without_head(StreamEnd::Reset(Reason::PROTOCOL_ERROR)),
            Self::RstStream(reason) => Stream::without_head(StreamEnd::Reset(*reason)),
            Self::Hang => Stream::without_head(StreamEnd::Hang),
            Self::ResetMidBody => Stream::part(message, half, StreamEnd::Reset(Reason::INTERNAL_ERROR)),
            Self::BadChunk => Stream::part(message, half, StreamEnd::Reset(Reason::PROTOCOL_ERROR)),
            Self::HangMidBody => Stream::part(message, half, StreamEnd::Hang),
            Self::Truncate(share) => {
                let bytes = share.of(message.body.len());
                Stream::part(message, bytes, StreamEnd::Whole)
            }
            Self::Drip(pace) => Stream { pace: Some(*pace), ..Stream::whole(message) },
            Self::ContentLength(length) => Stream::whole(length.set(message)),
            Self::DuplicateHeader(name) => Stream::whole(head::twice(message, name)),
            Self::SlowHeaders(pause) => Stream { late: head::slowness(&message, *pause), ..Stream::whole(message) },
            Self::Goaway => Stream { last: true, ..Stream::whole(message) },
            Self::EarlyHints(interims) => {
                let interim = interims.iter().map(|interim| interim.response()).collect();
                Stream { interim, ..Stream::whole(message) }
            }
            Self::BadJson | Self::ContentType(_) | Self::Drift(_) | Self::HugeHeader(_) | Self::Skew(_) => {
                Stream::whole(message)
            }
        }
    }
}
