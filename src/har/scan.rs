//! The entries of a HAR file one by one, as they stand there, without the rest of it in memory.
//!
//! Only the way to `log.entries` is read here. An entry is the bytes between its brackets: whether they are JSON is for whoever reads it
//! to find out, so that a broken entry is one entry.

use std::io::{self, BufRead};

use super::HarError;

/// The longest name of a member that is read.
const LONGEST_NAME: usize = 1000;

/// Reads JSON as bytes that come.
pub(super) struct Scanner<R> {
    reader: R,
    /// From 1.
    line: u64,
}

/// What became of an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Its bytes are there.
    Whole,
    /// It has more bytes than are kept.
    TooLong,
}

impl<R: BufRead> Scanner<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, line: 1 }
    }

    /// The line that is read, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Goes to the first entry. Whatever stands before it in the file is passed over.
    pub(super) fn find_entries(&mut self) -> Result<(), HarError> {
        for byte in *b"\xef\xbb\xbf" {
            if self.peek_raw()? == Some(byte) {
                self.consume(1);
            }
        }
        self.find_member("log", "the file")?;
        self.find_member("entries", "`log`")?;
        self.expect(b'[', "the list `log.entries`")
    }

    /// Goes to the next entry; whether there is one.
    pub(super) fn find_entry(&mut self, first: bool) -> Result<bool, HarError> {
        match self.peek()? {
            Some(b']') => return Ok(false),
            Some(b',') if !first => self.consume(1),
            Some(_) if first => {}
            found => return Err(self.unexpected("`,` or the end of the list behind an entry", found)),
        }
        self.peek()?;
        Ok(true)
    }

    /// What comes next, as far as it is in memory.
    pub(super) fn ahead(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    /// Reads an entry into `bytes`.
    pub(super) fn entry(&mut self, bytes: &mut Vec<u8>, most: usize) -> Result<Piece, HarError> {
        bytes.clear();
        self.value(Some((bytes, most)))
    }

    /// Reads an object up to the value of a member.
    fn find_member(&mut self, wanted: &str, place: &str) -> Result<(), HarError> {
        self.expect(b'{', &format!("an object: {place} of a HAR is one"))?;
        loop {
            match self.peek()? {
                Some(b'"') => {}
                Some(b'}') => return Err(HarError::NotHar(format!("{place} has no member `{wanted}`"))),
                found => return Err(self.unexpected("the name of a member", found)),
            }
            let mut name = Vec::new();
            self.value(Some((&mut name, LONGEST_NAME)))?;
            self.expect(b':', "`:` behind the name of a member")?;
            if name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")) == Some(wanted.as_bytes()) {
                return Ok(());
            }
            self.peek()?;
            self.value(None)?;
            match self.peek()? {
                Some(b',') => self.consume(1),
                Some(b'}') => {}
                found => return Err(self.unexpected("`,` or `}` behind a member", found)),
            }
        }
    }

    /// Passes over a value, and keeps its bytes if they are wanted.
    fn value(&mut self, mut keep: Option<(&mut Vec<u8>, usize)>) -> Result<Piece, HarError> {
        let mut walk = Walk::default();
        let mut piece = Piece::Whole;
        let mut before = None;
        loop {
            let chunk = self.reader.fill_buf()?;
            if chunk.is_empty() {
                return match walk.depth {
                    0 if walk.begun && !walk.in_text => Ok(piece),
                    _ => Err(HarError::Cut { line: self.line }),
                };
            }
            let (length, done) = walk.over(chunk);
            before = before.or(chunk.first().copied());
            if let Some((bytes, most)) = &mut keep {
                if bytes.len() + length <= *most {
                    bytes.extend_from_slice(&chunk[..length]);
                } else {
                    piece = Piece::TooLong;
                }
            }
            self.consume(length);
            if done {
                if !walk.begun {
                    return Err(self.unexpected("a value", before));
                }
                return Ok(piece);
            }
        }
    }

    fn expect(&mut self, byte: u8, expected: &str) -> Result<(), HarError> {
        match self.peek()? {
            Some(found) if found == byte => {
                self.consume(1);
                Ok(())
            }
            found => Err(self.unexpected(expected, found)),
        }
    }

    fn unexpected(&self, expected: &str, found: Option<u8>) -> HarError {
        match found {
            None => HarError::Cut { line: self.line },
            Some(byte) => {
                let found = if byte.is_ascii_graphic() {
                    format!("`{}`", char::from(byte))
                } else {
                    format!("the byte 0x{byte:02x}")
                };
                HarError::NotHar(format!("line {}: expected {expected}, found {found}", self.line))
            }
        }
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        while let Some(byte) = self.peek_raw()? {
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.consume(1);
        }
        Ok(None)
    }

    fn peek_raw(&mut self) -> io::Result<Option<u8>> {
        Ok(self.reader.fill_buf()?.first().copied())
    }

    /// Passes over bytes that were looked at.
    pub(super) fn consume(&mut self, length: usize) {
        if let Ok(bytes) = self.reader.fill_buf() {
            let passed = &bytes[..length.min(bytes.len())];
            // Counted within a byte, as many as fit in one, which takes an eighth of the instructions.
            let lines = passed.chunks(255).map(|part| part.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>());
            self.line += lines.map(u64::from).sum::<u64>();
        }
        self.reader.consume(length);
    }
}

/// A walk over the bytes of one value.
#[derive(Debug, Default)]
struct Walk {
    depth: u64,
    in_text: bool,
    escaped: bool,
    begun: bool,
}

impl Walk {
    /// How many bytes of a chunk belong to the value, and whether it ends there.
    fn over(&mut self, chunk: &[u8]) -> (usize, bool) {
        let mut place = 0;
        while let Some(byte) = chunk.get(place) {
            if self.in_text {
                if self.escaped {
                    self.escaped = false;
                    place += 1;
                    continue;
                }
                let rest = &chunk[place..];
                let Some(found) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) else {
                    return (chunk.len(), false);
                };
                place += found + 1;
                if rest[found] == b'\\' {
                    self.escaped = true;
                } else {
                    self.in_text = false;
                    if self.depth == 0 {
                        return (place, true);
                    }
                }
                continue;
            }
            match byte {
                b'"' => {
                    // A text behind a number would be another value.
                    if self.depth == 0 && self.begun {
                        return (place, true);
                    }
                    (self.begun, self.in_text) = (true, true);
                }
                b'{' | b'[' => {
                    self.begun = true;
                    self.depth += 1;
                }
                b'}' | b']' if self.depth == 0 => return (place, true),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (place + 1, true);
                    }
                }
                b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' if self.depth == 0 => return (place, true),
                _ => self.begun = true,
            }
            place += 1;
        }
        (chunk.len(), false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Read};

    fn entries(reader: impl Read, room: usize, most: usize) -> Result<Vec<String>, String> {
        let mut scanner = Scanner::new(BufReader::with_capacity(room, reader));
        let (mut all, mut bytes) = (Vec::new(), Vec::new());
        scanner.find_entries().map_err(|error| error.to_string())?;
        while scanner.find_entry(all.is_empty()).map_err(|error| error.to_string())? {
            let piece = scanner.entry(&mut bytes, most).map_err(|error| error.to_string())?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            all.push(if piece == Piece::Whole { text } else { "too long".to_owned() });
        }
        Ok(all)
    }

    #[test]
    fn entries_are_found_whatever_stands_before_them_and_wherever_a_chunk_ends() {
        let text = "\u{feff} {\"a\":[1,{\"log\":2}],\"log\" : {\"pages\":[\"\\\"]{\"],\"version\":\"1.2\",\"n\":-1.5e3,\"t\":true,\n\
                    \"entries\":[ {\"x\":\"}\\\\\"} ,\n[1],7, \"t\\\"\",{}\n] } , \"z\": 1}";
        for room in 1..text.len() {
            let found = entries(text.as_bytes(), room, 100).unwrap();
            assert_eq!(found, ["{\"x\":\"}\\\\\"}", "[1]", "7", "\"t\\\"\"", "{}"], "{room}");
        }
    }

    #[test]
    fn what_is_no_har_is_told_with_its_line() {
        for (text, told) in [
            ("", "it breaks off in line 1"),
            ("<html>", "line 1: expected an object: the file of a HAR is one, found `<`"),
            ("\u{1}", "line 1: expected an object: the file of a HAR is one, found the byte 0x01"),
            ("[]", "line 1: expected an object: the file of a HAR is one, found `[`"),
            ("{}", "the file has no member `log`"),
            ("{\"log\":{\"version\":\"1.2\"}}", "`log` has no member `entries`"),
            ("{\"log\":{\"entries\":\n{}}}", "line 2: expected the list `log.entries`, found `{`"),
            ("{\"log\":{\"entries\":[1 2]}}", "line 1: expected `,` or the end of the list behind an entry, found `2`"),
            ("{\"log\":{\"entries\":[,]}}", "line 1: expected a value, found `,`"),
            ("{\"log\":{\"entries\":[{\n\"a\":\"", "it breaks off in line 2"),
            ("{\"log\":{\"entries\":[{}", "it breaks off in line 1"),
            ("{\"log\"", "it breaks off in line 1"),
        ] {
            let error = entries(text.as_bytes(), 16, 100).unwrap_err();
            assert!(error.ends_with(told), "{text}: {error}");
        }
    }

    #[test]
    fn an_entry_that_is_too_long_is_passed_over_and_the_next_one_is_read() {
        let text = format!("{{\"log\":{{\"entries\":[\"{}\",\"b\"]}}}}", "a".repeat(5000));
        assert_eq!(entries(text.as_bytes(), 64, 100).unwrap(), ["too long", "\"b\""]);
    }
}
