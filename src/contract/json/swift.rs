//! Reads the JSON that nearly every client sends, in one pass: sound, without a repeated key, with whole numbers. Whatever else a text is,
//! it is left to the careful reader, who knows what is wrong with it and where.

use std::borrow::Cow;

use super::{Json, MOST_VALUES, SEARCHED};

/// Deeper texts are left to the careful reader.
const DEEPEST: usize = 64;

/// Integers of more digits are left to the careful reader.
const DIGITS: usize = 18;

/// Reads a text; `None` says nothing about it.
pub(super) fn read(text: &str) -> Option<Json<'_>> {
    let mut reader = Swift { text, bytes: text.as_bytes(), at: 0, values: 0 };
    let value = reader.value(0)?;
    reader.space();
    (reader.at == text.len()).then_some(value)
}

struct Swift<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Items and members so far.
    values: usize,
}

impl<'a> Swift<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Skips white space.
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// The next byte that is no white space, passed.
    fn next(&mut self) -> Option<u8> {
        self.space();
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        match self.next()? {
            b'"' => self.string().map(Json::Text),
            b'{' if depth < DEEPEST => self.object(depth + 1),
            b'[' if depth < DEEPEST => self.array(depth + 1),
            b't' => self.word("rue", Json::Boolean(true)),
            b'f' => self.word("alse", Json::Boolean(false)),
            b'n' => self.word("ull", Json::Null),
            b'-' => self.integer().filter(|value| *value != 0).map(|value| Json::Number((-value).into())),
            b'0'..=b'9' => {
                self.at -= 1;
                self.integer().map(|value| Json::Number(value.into()))
            }
            _ => None,
        }
    }

    fn word(&mut self, rest: &str, value: Json<'a>) -> Option<Json<'a>> {
        let end = self.at + rest.len();
        let found = self.bytes.get(self.at..end)? == rest.as_bytes();
        self.at = end;
        found.then_some(value)
    }

    /// Digits that no fraction and no exponent follows.
    fn integer(&mut self) -> Option<i64> {
        let start = self.at;
        let mut value = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            if self.at - start == DIGITS {
                return None;
            }
            value = value * 10 + i64::from(digit - b'0');
            self.at += 1;
        }
        let padded = self.at - start > 1 && self.bytes[start] == b'0';
        let goes_on = matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        (self.at > start && !padded && !goes_on).then_some(value)
    }

    /// The text whose opening quote was passed.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        let mut end = self.special(start)?;
        if self.bytes[end] == b'"' {
            self.at = end + 1;
            return self.text.get(start..end).map(Cow::Borrowed);
        }
        while self.bytes[end] != b'"' {
            if self.bytes[end] != b'\\' {
                return None;
            }
            end = self.special(end + 2)?;
        }
        self.at = end + 1;
        serde_json::from_str(self.text.get(start - 1..=end)?).ok().map(Cow::Owned)
    }

    /// The first quote, backslash or control character from a place on.
    fn special(&self, mut from: usize) -> Option<usize> {
        while let Some(eight) = self.bytes.get(from..).and_then(|rest| rest.first_chunk()) {
            let found = special_bytes(u64::from_le_bytes(*eight));
            if found != 0 {
                return Some(from + found.trailing_zeros() as usize / 8);
            }
            from += 8;
        }
        let rest = self.bytes.get(from..)?;
        rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..=0x1f)).map(|position| from + position)
    }

    fn array(&mut self, depth: usize) -> Option<Json<'a>> {
        let mut items = Vec::new();
        self.space();
        if self.peek()? == b']' {
            self.at += 1;
            return Some(Json::Array(items));
        }
        loop {
            self.count()?;
            items.push(self.value(depth)?);
            match self.next()? {
                b',' => {}
                b']' => return Some(Json::Array(items)),
                _ => return None,
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json<'a>> {
        let mut members: Vec<(Cow<'a, str>, Json<'a>)> = Vec::new();
        let mut byte = self.next()?;
        if byte == b'}' {
            return Some(Json::Object(members));
        }
        members.reserve(12);
        loop {
            self.count()?;
            if byte != b'"' || members.len() == SEARCHED {
                return None;
            }
            let name = self.string()?;
            if members.iter().any(|(known, _)| *known == name) || self.next()? != b':' {
                return None;
            }
            members.push((name, self.value(depth)?));
            match self.next()? {
                b',' => byte = self.next()?,
                b'}' => return Some(Json::Object(members)),
                _ => return None,
            }
        }
    }

    fn count(&mut self) -> Option<()> {
        self.values += 1;
        (self.values <= MOST_VALUES).then_some(())
    }
}

/// The high bit of the first byte that is a quote, a backslash or a control character, counted from the low end; bits beyond it may be
/// wrong.
fn special_bytes(eight: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let is_zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
    let quote = is_zero(eight ^ (ONES * u64::from(b'"')));
    let backslash = is_zero(eight ^ (ONES * u64::from(b'\\')));
    let control = eight.wrapping_sub(ONES * 0x20) & !eight;
    (quote | backslash | control) & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::json::careful;

    #[test]
    fn reads_what_the_careful_reader_reads() {
        for text in [
            "null",
            " true ",
            "[false,0,-1,123456789012345678,-999999999999999999]",
            r#"{ "a" : [ 1 , { } , [ ] ] , "b" : "" }"#,
            r#""eight by eight bytes, 空 and 😀, and then \" \\ \n \u7a7a \ud83d\ude00 escapes""#,
            "{\"\":\"\u{7f}\u{80}\u{ff}\"}\n",
        ] {
            let value = read(text).unwrap();
            assert_eq!(value, careful(text.as_bytes()).unwrap().value, "{text}");
        }
    }

    #[test]
    fn leaves_everything_else_to_the_careful_reader() {
        let many: Vec<String> = (0..=SEARCHED).map(|member| format!("\"{member}\":1")).collect();
        let many = format!("{{{}}}", many.join(","));
        let deep = "[".repeat(DEEPEST + 1) + &"]".repeat(DEEPEST + 1);
        for text in [
            "",
            " ",
            "nul",
            "nulll",
            "truefalse",
            "1 2",
            "01",
            "-",
            "-0",
            "-01",
            "1.5",
            "1e3",
            "1234567890123456789",
            "+1",
            ".5",
            "'a'",
            "\"",
            "\"\\",
            "\"\\\"",
            "\"\u{1f}\"",
            "\"1234567\n\"",
            r#""\x""#,
            r#""\ud83d""#,
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{",
            "{}}",
            "{1:2}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            &many,
            &deep,
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn finds_the_first_special_byte_at_every_place() {
        let special = |byte: u8| matches!(byte, b'"' | b'\\' | ..=0x1f);
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                for filler in [b'a', 0x80, 0xff, b'#', b'!', b']', 0x20] {
                    let mut eight = [filler; 8];
                    eight[place] = byte;
                    let found = special_bytes(u64::from_le_bytes(eight));
                    let position = eight.iter().position(|byte| special(*byte));
                    assert_eq!((found != 0).then(|| found.trailing_zeros() as usize / 8), position, "{eight:?}");
                }
            }
        }
    }
}
