//! Credentials that no name stands before: what follows the word `Bearer`, and the password in a URL.

use std::ops::Range;

use super::letters::{Letter, Letters};

/// The words of schemes whose credential follows.
const WORDS: [&[u8]; 2] = [b"bearer", b"basic"];

/// A shorter word is hardly a token, unless it has a digit.
const SHORTEST: usize = 16;

/// The same with a digit.
const SHORTEST_WITH_DIGIT: usize = 8;

/// The most letters that are looked at before the end of a password.
const MOST: usize = 256;

/// The token behind a word that ends here.
pub(super) fn token(letters: &Letters<'_>, word: &[u8], end: usize) -> Option<Range<usize>> {
    if !WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) {
        return None;
    }
    let blank = letters.at(end).filter(|letter| matches!(letter.byte, b' ' | b'+'))?;
    let start = end + blank.width;
    let (mut at, mut length, mut has_digit) = (start, 0, false);
    let is_of_token = |letter: &Letter| letter.is_of_name() || matches!(letter.byte, b'.' | b'~' | b'+' | b'/' | b'=');
    while let Some(letter) = letters.at(at).filter(is_of_token) {
        has_digit |= letter.byte.is_ascii_digit();
        length += 1;
        at += letter.width;
    }
    let is_token = length >= SHORTEST || has_digit && length >= SHORTEST_WITH_DIGIT;
    is_token.then_some(start..at)
}

/// The password of a URL, `//user:password@host`, whose `:` before the slashes ends here.
pub(super) fn password(letters: &Letters<'_>, mut at: usize) -> Option<Range<usize>> {
    for _ in 0..2 {
        at += letters.at(at).filter(|letter| letter.byte == b'/')?.width;
    }
    let mut start = None;
    for _ in 0..MOST {
        let letter = letters.at(at)?;
        match (letter.byte, start) {
            (b'@', Some(start)) => return Some(start..at).filter(|range| !range.is_empty()),
            (b'@' | b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'\\', _) => return None,
            _ if letter.is_blank() || letter.ends_line() => return None,
            (b':', None) => start = Some(at + letter.width),
            _ => {}
        }
        at += letter.width;
    }
    None
}
