//! An HTTP/2 client made of frames: it sees what a library would hide.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use crate::{
    client::{PATIENCE, Request, Running},
    secured::Stream,
};

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
pub(crate) const GOAWAY: u8 = 7;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    pub(crate) fn ends_stream(&self) -> bool {
        self.kind <= HEADERS && self.flags & END_STREAM != 0
    }

    /// How many bytes it lets a stream send more.
    pub(crate) fn opens(&self, stream: u32) -> usize {
        let update = self.kind == WINDOW_UPDATE && self.stream == stream;
        if update { u32::from_be_bytes(self.payload[..4].try_into().unwrap()) as usize } else { 0 }
    }

    /// The error code of RST_STREAM and GOAWAY.
    pub(crate) fn code(&self) -> u32 {
        let start = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[start..start + 4].try_into().unwrap())
    }
}

/// A connection that has said hello.
pub(crate) struct Frames {
    stream: Stream,
}

impl Frames {
    pub(crate) fn connect(server: &Running) -> Self {
        Self::over(Stream::Plain(TcpStream::connect(server.address).unwrap()))
    }

    /// Says hello on a connection.
    pub(crate) fn over(mut stream: Stream) -> Self {
        stream.socket().set_read_timeout(Some(PATIENCE)).unwrap();
        stream.socket().set_nodelay(true).unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
        let mut frames = Self { stream };
        frames.write(SETTINGS, 0, 0, &[]);
        frames
    }

    fn write(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let mut bytes = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
        bytes.extend([kind, flags]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(payload);
        // A server that has said all may have closed already; what it said can still be read.
        let _ = self.stream.write_all(&bytes);
    }

    /// Sends a request on a stream of its own; streams of clients are odd.
    pub(crate) fn call(&mut self, stream: u32, request: &Request) {
        self.head(stream, request);
        self.body(stream, &request.body);
    }

    /// Sends the head of a request and not its body.
    pub(crate) fn head(&mut self, stream: u32, request: &Request) {
        let block = fields(request);
        self.write(HEADERS, END_HEADERS, stream, &block);
    }

    /// Sends a body.
    pub(crate) fn body(&mut self, stream: u32, bytes: &[u8]) {
        self.write(DATA, END_STREAM, stream, bytes);
    }

    /// Sends a part of a body.
    pub(crate) fn part(&mut self, stream: u32, bytes: &[u8]) {
        self.write(DATA, 0, stream, bytes);
    }

    pub(crate) fn ping(&mut self) {
        self.write(PING, 0, 0, &[0; 8]);
    }

    /// Whether the connection was not reset.
    pub(crate) fn has_no_error(&self) -> bool {
        self.stream.socket().take_error().unwrap().is_none()
    }

    /// Gives a stream up.
    pub(crate) fn cancel(&mut self, stream: u32) {
        self.write(RST_STREAM, 0, stream, &8_u32.to_be_bytes());
    }

    /// Opens the windows of a stream and of the connection by so many bytes.
    pub(crate) fn open_window(&mut self, stream: u32, bytes: u32) {
        self.write(WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes());
        self.write(WINDOW_UPDATE, 0, 0, &bytes.to_be_bytes());
    }

    /// The next frame that is about a stream, or GOAWAY; nothing at the end of the connection. The rest is answered as it has to be.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        loop {
            let frame = self.next_of_all()?;
            match frame.kind {
                SETTINGS if frame.flags & ACK == 0 => self.write(SETTINGS, ACK, 0, &[]),
                PING if frame.flags & ACK == 0 => self.write(PING, ACK, 0, &frame.payload),
                DATA | HEADERS | RST_STREAM | GOAWAY => return Some(frame),
                _ => {}
            }
        }
    }

    /// The next frame, whatever it is; nothing at the end of the connection.
    pub(crate) fn next_of_all(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).ok()?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        self.stream.read_exact(&mut payload).ok()?;
        let stream = u32::from_be_bytes(head[5..].try_into().unwrap());
        Some(Frame { kind: head[3], flags: head[4], stream, payload })
    }

    /// Whether nothing comes for so long.
    pub(crate) fn is_silent(&mut self, time: Duration) -> bool {
        self.stream.socket().set_read_timeout(Some(time)).unwrap();
        let mut byte = [0];
        let silent = loop {
            match self.stream.socket().peek(&mut byte) {
                Ok(0) => break false,
                // Whatever belongs to the connection is answered and forgotten.
                Ok(_) => {
                    if self.next().is_some() {
                        break false;
                    }
                }
                Err(_) => break true,
            }
        };
        self.stream.socket().set_read_timeout(Some(PATIENCE)).unwrap();
        silent
    }
}

/// A block of headers: literals without indexing and without Huffman, every name and value as it is.
fn fields(request: &Request) -> Vec<u8> {
    let mut block = Vec::new();
    let mut field = |name: &str, value: &str| {
        block.push(0);
        for text in [name, value] {
            // A length of seven bits, and what is above them in pieces of seven.
            let mut rest = text.len().checked_sub(127);
            block.push(u8::try_from(text.len().min(127)).unwrap());
            while let Some(more) = rest {
                let low = u8::try_from(more % 128).unwrap();
                rest = (more >= 128).then_some(more / 128);
                block.push(if rest.is_some() { low | 128 } else { low });
            }
            block.extend(text.as_bytes());
        }
    };
    for (name, value) in [
        (":method", request.method.as_str()),
        (":scheme", "http"),
        (":authority", "127.0.0.1"),
        (":path", request.target.as_str()),
    ] {
        field(name, value);
    }
    for (name, value) in request.headers.iter().filter(|(name, _)| name != "Host") {
        field(&name.to_ascii_lowercase(), value);
    }
    block
}
