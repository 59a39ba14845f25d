//! HTTP/2: frames in an order that makes sense, and some that do not.

use super::{Generator, requests::SHARE};

pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A text of HPACK without Huffman.
fn literal(block: &mut Vec<u8>, text: &str) {
    let length = text.len().min(126);
    block.push(u8::try_from(length).unwrap_or_default());
    block.extend(&text.as_bytes()[..length]);
}

impl Generator {
    /// A connection.
    pub(crate) fn http2(&mut self) -> Vec<u8> {
        let mut bytes = PREFACE.to_vec();
        bytes.extend(frame(SETTINGS, 0, 0, &self.settings()));
        let mut next = 1;
        for _ in 0..=self.below(12) {
            match self.below(12) {
                0..=4 => {
                    bytes.extend(self.call(next));
                    next += 2;
                }
                5 => bytes.extend(frame(PING, self.flags(), 0, &self.bits().to_be_bytes())),
                6 => bytes.extend(frame(SETTINGS, self.flags(), 0, &self.settings())),
                7 => bytes.extend(frame(RST_STREAM, 0, self.stream(next), &8_u32.to_be_bytes())),
                8 => {
                    let more = *self.pick(&[0, 1, 65_535, 0x7fff_ffff, u32::MAX]);
                    bytes.extend(frame(WINDOW_UPDATE, 0, self.stream(next), &more.to_be_bytes()));
                }
                9 => bytes.extend(frame(GOAWAY, 0, 0, &[0; 8])),
                10 => {
                    let block = self.block();
                    bytes.extend(frame(HEADERS, 0, next, &block));
                    for _ in 0..self.below(20) {
                        bytes.extend(frame(CONTINUATION, self.flags(), next, &block));
                    }
                    next += 2;
                }
                _ => {
                    let length = self.below(40);
                    let payload: Vec<u8> = (0..length).map(|_| self.bits().to_be_bytes()[0]).collect();
                    let kind = self.bits().to_be_bytes()[0] % 12;
                    bytes.extend(frame(kind, self.flags(), self.stream(next), &payload));
                }
            }
        }
        bytes
    }

    fn flags(&mut self) -> u8 {
        *self.pick(&[0, 1, 4, 5, 8, 0x20, 0xff])
    }

    fn stream(&mut self, next: u32) -> u32 {
        *self.pick(&[0, 1, 1, 2, 3, next, next.saturating_sub(2), u32::MAX])
    }

    fn settings(&mut self) -> Vec<u8> {
        let mut payload = Vec::new();
        for _ in 0..self.below(4) {
            let name = u16::from(self.bits().to_be_bytes()[0] % 9);
            let value = *self.pick(&[0_u32, 1, 100, 65_535, 16_384, 0x7fff_ffff, u32::MAX]);
            payload.extend(name.to_be_bytes());
            payload.extend(value.to_be_bytes());
        }
        payload
    }

    fn call(&mut self, stream: u32) -> Vec<u8> {
        let body = if self.one_in(3) { self.body() } else { SHARE.to_owned() };
        let mut bytes = frame(HEADERS, if self.one_in(10) { self.flags() } else { 4 }, stream, &self.block());
        let piece = *self.pick(&[1000, 16_384, 7]);
        for part in body.as_bytes().chunks(piece).take(40) {
            bytes.extend(frame(DATA, if self.one_in(30) { 8 } else { 0 }, stream, part));
        }
        bytes.extend(frame(DATA, 1, stream, b""));
        bytes
    }

    fn block(&mut self) -> Vec<u8> {
        let mut block = Vec::new();
        let mut field = |name: &str, value: &str| {
            block.push(0);
            literal(&mut block, name);
            literal(&mut block, value);
        };
        field(":method", &self.method());
        field(":scheme", "http");
        field(":authority", "127.0.0.1");
        field(":path", &self.target());
        let lines = self.headers("\n");
        for (name, value) in lines.lines().filter_map(|line| line.split_once(": ")) {
            if !name.eq_ignore_ascii_case("host") || self.one_in(10) {
                field(&name.to_ascii_lowercase(), value);
            }
        }
        if self.one_in(6) {
            // An index of a table that is empty, and a size of it.
            block.extend(self.pick(&[[0xbe, 0x3f], [0x82, 0xff], [0x20, 0x3f], [0x40, 0x7f]]));
        }
        block
    }
}
