//! A text, letter by letter, as it reads once its escapes are undone: `%22`, `\"` and `\u0022` are a quote.

use std::ops::Range;

/// One letter of a text. Texts are looked at byte by byte: names and punctuation are ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) byte: u8,
    /// How many bytes it is written with. What is written inside a text of a text is longer than what stands around it, so this tells
    /// whose quote a quote is.
    pub(super) width: usize,
}

/// How many texts may be inside each other: JSON as a text in JSON in a form is 3.
const DEPTH: u8 = 3;

/// A text, letter by letter.
#[derive(Clone, Copy)]
pub(super) struct Letters<'t> {
    bytes: &'t [u8],
    depth: u8,
}

impl<'t> Letters<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { bytes: text.as_bytes(), depth: if text.contains(['%', '\\']) { DEPTH } else { 0 } }
    }

    /// The letter that begins at this byte.
    pub(super) fn at(&self, at: usize) -> Option<Letter> {
        self.read(at, self.depth)
    }

    /// What a piece of the text reads, and so many bytes of it at most.
    pub(super) fn read_all(&self, range: Range<usize>, most: usize) -> Vec<u8> {
        let mut at = range.start;
        let next = || {
            let letter = self.at(at).filter(|_| at < range.end)?;
            at += letter.width;
            Some(letter.byte)
        };
        std::iter::from_fn(next).take(most).collect()
    }

    fn read(&self, at: usize, depth: u8) -> Option<Letter> {
        if depth == 0 {
            return self.bytes.get(at).map(|byte| Letter { byte: *byte, width: 1 });
        }
        let first = self.read(at, depth - 1)?;
        let next = at + first.width;
        let escaped = match first.byte {
            b'%' => self.hexadecimal(next, 2, depth - 1),
            b'\\' => self.read(next, depth - 1).and_then(|letter| {
                let byte = match letter.byte {
                    b'u' => return self.hexadecimal(next + letter.width, 4, depth - 1).map(|code| code.after(letter)),
                    // In `\\"` of the same text the quote ends it.
                    quoted @ (b'"' | b'\'' | b'\\' | b'/') if letter.width >= first.width => quoted,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    _ => return None,
                };
                Some(Letter { byte, width: letter.width })
            }),
            _ => None,
        };
        Some(escaped.map_or(first, |letter| letter.after(first)))
    }

    /// What so many hexadecimal digits stand for, if that is ASCII.
    fn hexadecimal(&self, at: usize, digits: usize, depth: u8) -> Option<Letter> {
        let (mut value, mut width) = (0_u32, 0);
        for _ in 0..digits {
            let digit = self.read(at + width, depth)?;
            value = value << 4 | char::from(digit.byte).to_digit(16)?;
            width += digit.width;
        }
        let byte = u8::try_from(value).ok().filter(u8::is_ascii)?;
        Some(Letter { byte, width })
    }
}

impl Letter {
    fn after(self, before: Self) -> Self {
        Self { width: before.width + self.width, ..self }
    }

    pub(super) fn is_quote(self) -> bool {
        matches!(self.byte, b'"' | b'\'' | b'`')
    }

    pub(super) fn is_blank(self) -> bool {
        matches!(self.byte, b' ' | b'\t')
    }

    pub(super) fn ends_line(self) -> bool {
        matches!(self.byte, b'\n' | b'\r')
    }

    /// Whether it can be part of a name.
    pub(super) fn is_of_name(self) -> bool {
        self.byte.is_ascii_alphanumeric() || matches!(self.byte, b'-' | b'_')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(char, usize)> {
        let letters = Letters::new(text);
        let mut at = 0;
        std::iter::from_fn(|| {
            let letter = letters.at(at)?;
            at += letter.width;
            Some((char::from(letter.byte), letter.width))
        })
        .collect()
    }

    #[test]
    fn escapes_are_undone_and_their_width_tells_how_deep_they_are() {
        assert_eq!(read("a%62"), [('a', 1), ('b', 3)]);
        assert_eq!(read(r#"\u0061\"\\\""#), [('a', 6), ('"', 2), ('"', 4)]);
        assert_eq!(read("%5C%22%2522"), [('"', 6), ('"', 5)]);
    }

    #[test]
    fn a_backslash_before_the_end_of_its_text_does_not_hide_that_end() {
        assert_eq!(read(r#"\\"x"#), [('\\', 2), ('"', 1), ('x', 1)]);
    }

    #[test]
    fn what_is_no_escape_stays_as_it_is() {
        assert_eq!(read(r"%zz\q%"), [('%', 1), ('z', 1), ('z', 1), ('\\', 1), ('q', 1), ('%', 1)]);
        assert_eq!(read(r"\"), [('\\', 1)]);
        assert_eq!(read("%e7"), [('%', 1), ('e', 1), ('7', 1)]);
    }
}
