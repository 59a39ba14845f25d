//! Finds the values of secret names in a text of any form: JSON, forms, header lines, XML, multipart, each also broken, with escapes, and
//! as a text inside another. What cannot be told apart is hidden rather than shown.

use std::ops::Range;

use super::letters::{Letter, Letters};

/// A piece of a text that is hidden.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) range: Range<usize>,
    /// The quote that belongs around what is put in its place, so that JSON stays JSON.
    pub(super) quote: Range<usize>,
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A body, a target, or a part of one.
    Any,
    /// Bytes that should have been a request. The line of a secret name is hidden to its end, whatever separates the two.
    Head,
}

/// A longer name counts by its end.
const LONGEST_NAME: usize = 128;

/// The most letters between a name and its value.
const LONGEST_GAP: usize = 64;

/// The secrets in a text, in order. `is_secret` judges a name without escapes.
pub(super) fn spans(text: &str, form: Form, is_secret: &dyn Fn(&[u8]) -> bool) -> Vec<Span> {
    let mut scan =
        Scan { text, letters: Letters::new(text), form, before: None, open: None, line_start: true, line: 0 };
    let (mut at, mut spans, mut name) = (0, Vec::new(), Vec::with_capacity(LONGEST_NAME));
    while let Some(letter) = scan.letters.at(at) {
        if !letter.is_of_name() {
            at += letter.width;
            scan.pass(letter, at);
            continue;
        }
        name.clear();
        let start = at;
        while let Some(letter) = scan.letters.at(at).filter(|letter| letter.is_of_name()) {
            if name.len() == LONGEST_NAME {
                name.drain(..LONGEST_NAME / 2);
            }
            name.push(letter.byte);
            at += letter.width;
        }
        let span = if scan.may_have_a_value(at) && is_secret(&name) {
            scan.value(at)
        } else {
            scan.part(start, at, &name, is_secret)
        };
        if let Some(span) = span.filter(|span| !span.range.is_empty()) {
            at = span.range.end;
            // The quotes of a name and its value are behind.
            scan.open = scan.open.filter(|open| !scan.is_opened_by(open.width));
            spans.push(span);
        }
        scan.before = None;
        scan.line_start = false;
    }
    spans
}

struct Scan<'t> {
    text: &'t str,
    letters: Letters<'t>,
    form: Form,
    /// The letter before the name.
    before: Option<Letter>,
    /// The quote that is not closed yet.
    open: Option<Letter>,
    /// Nothing but blanks since the line began.
    line_start: bool,
    /// Where that is.
    line: usize,
}

impl Scan<'_> {
    /// Passes a letter that is not part of a name, and what comes after it.
    fn pass(&mut self, letter: Letter, after: usize) {
        if letter.byte == b'"' {
            self.open = match self.open {
                Some(open) if letter.width <= open.width => None,
                Some(open) => Some(open),
                None => Some(letter),
            };
        }
        self.line_start = letter.ends_line() || self.line_start && letter.is_blank() && self.form == Form::Head;
        if letter.ends_line() {
            self.line = after;
        }
        self.before = Some(letter);
    }

    /// Whether the name began with the quote that is open.
    fn is_opened_by(&self, width: usize) -> bool {
        self.before.is_some_and(|before| before.is_quote() && before.width == width)
    }

    /// Whether what comes behind a name can lead to its value: most words of a text are no names, and looking at each takes time.
    fn may_have_a_value(&self, end: usize) -> bool {
        if self.form == Form::Head || self.before.is_some_and(|before| before.byte == b'<') {
            return true;
        }
        let Some(next) = self.letters.at(end) else { return false };
        let behind = if next.is_quote() { end + next.width } else { self.index(end) };
        let separator = self.letters.at(self.skip(behind, |letter| letter.is_blank() || letter.ends_line()));
        separator.is_some_and(|letter| matches!(letter.byte, b':' | b'='))
    }

    /// The value of a secret name that ends here.
    fn value(&self, end: usize) -> Option<Span> {
        let closing = self.letters.at(end).filter(|letter| letter.is_quote());
        let quote = closing.map_or(0..0, |letter| end..end + letter.width);
        let mut at = if closing.is_some() { quote.end } else { self.index(end) };
        at = self.skip(at, |letter| letter.is_blank() || letter.ends_line());
        let separator = self.letters.at(at);
        match separator.map(|letter| letter.byte) {
            Some(b':' | b'=') => {}
            Some(_) if self.before.is_some_and(|before| before.byte == b'<') => return self.element(end),
            _ if self.form == Form::Head => return Some(bare(self.line_end(end, 1))),
            _ => return None,
        }
        let separator = separator?;
        at += separator.width;
        if let Some(arrow) = self.letters.at(at).filter(|letter| letter.byte == b'>' && separator.byte == b'=') {
            at += arrow.width;
        }
        let is_line = separator.byte == b':' && closing.is_none() && (self.line_start || self.form == Form::Head);
        // The text that the name stands in, unless that is just the name.
        let around = self.open.filter(|open| closing.is_none() || !self.is_opened_by(open.width));
        let start = self.skip(at, |letter| letter.is_blank() || letter.ends_line());
        let first = self.letters.at(start)?;
        if around.is_some_and(|open| first.byte == b'"' && first.width <= open.width) {
            return None;
        }
        let ends = Ends { separator, around, is_line };
        if first.is_quote() && !is_line {
            let inside = start + first.width;
            let (end, after) = self.quoted(inside, first);
            let next = self.letters.at(self.skip(after, Letter::is_blank));
            if next.is_none_or(|next| ends.may_follow(next)) {
                return Some(bare(inside..end));
            }
            return Some(Span { range: start..self.bare_end(after, &ends), quote: start..inside });
        }
        if matches!(first.byte, b'{' | b'[') && !is_line {
            let after = self.collection(start, around);
            let next = self.letters.at(self.skip(after, Letter::is_blank));
            let end = if next.is_none_or(|next| ends.may_follow(next)) { after } else { self.bare_end(after, &ends) };
            return Some(Span { range: start..end, quote });
        }
        if is_line {
            let start = self.skip(at, Letter::is_blank);
            return Some(bare(self.line_end(start, separator.width)));
        }
        // An empty value has its end on its line, but for JSON, where a line means nothing.
        let start = if closing.is_some() { start } else { self.skip(at, Letter::is_blank) };
        let end = self.bare_end(start, &ends);
        let blanks = self.text.get(start..end).map_or(0, |value| value.len() - value.trim_end().len());
        Some(Span { range: start..end - blanks, quote })
    }

    /// Behind `[]`, `[a]` and the like, which forms put behind a name.
    fn index(&self, at: usize) -> usize {
        let of_index = |letter: Letter| matches!(letter.byte, b'[' | b']' | b'.') || letter.is_of_name();
        match self.letters.at(at).map(|letter| letter.byte) {
            Some(b'[' | b']') => self.skip(at, of_index),
            _ => at,
        }
    }

    fn skip(&self, mut at: usize, passes: impl Fn(Letter) -> bool) -> usize {
        for _ in 0..LONGEST_GAP {
            match self.letters.at(at).filter(|letter| passes(*letter)) {
                Some(letter) => at += letter.width,
                None => break,
            }
        }
        at
    }

    /// Where a quoted value ends that begins here, and what comes after its quote.
    fn quoted(&self, mut at: usize, opening: Letter) -> (usize, usize) {
        while let Some(letter) = self.letters.at(at) {
            let closes = letter.byte == opening.byte && letter.width <= opening.width;
            if closes {
                return (at, at + letter.width);
            }
            at += letter.width;
        }
        (at, at)
    }

    /// Where an array or object ends that begins here.
    fn collection(&self, mut at: usize, around: Option<Letter>) -> usize {
        let mut depth = 0_usize;
        while let Some(letter) = self.letters.at(at) {
            let next = at + letter.width;
            at = match letter.byte {
                b'"' if around.is_some_and(|open| letter.width <= open.width) => return at,
                b'"' => self.quoted(next, letter).1,
                b'{' | b'[' => {
                    depth += 1;
                    next
                }
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        return next;
                    }
                    next
                }
                _ => next,
            };
        }
        at
    }

    /// Where a value without quotes ends.
    fn bare_end(&self, mut at: usize, ends: &Ends) -> usize {
        while let Some(letter) = self.letters.at(at) {
            if ends.end(letter) {
                break;
            }
            at += letter.width;
        }
        at
    }

    /// The rest of a line, with the lines that continue it.
    fn line_end(&self, start: usize, width: usize) -> Range<usize> {
        let mut at = start;
        while let Some(letter) = self.letters.at(at) {
            let next = at + letter.width;
            if letter.byte == b'\n' && letter.width <= width.max(2) {
                let continues = self.letters.at(next).is_some_and(Letter::is_blank);
                if !continues {
                    let end =
                        if self.text.get(start..at).is_some_and(|line| line.ends_with('\r')) { at - 1 } else { at };
                    return start..end;
                }
            }
            at = next;
        }
        start..at
    }

    /// The content of an XML element.
    fn element(&self, name: usize) -> Option<Span> {
        let close = self.skip(name, |letter| letter.byte != b'>');
        let mut at = close + self.letters.at(close).filter(|letter| letter.byte == b'>')?.width;
        let start = at;
        while let Some(letter) = self.letters.at(at).filter(|letter| letter.byte != b'<') {
            at += letter.width;
        }
        Some(bare(start..at))
    }

    /// The part of a multipart body whose name is a secret one: `name="password"`, an empty line, the value, `--`.
    fn part(&self, start: usize, end: usize, name: &[u8], is_secret: &dyn Fn(&[u8]) -> bool) -> Option<Span> {
        if !name.eq_ignore_ascii_case(b"name") || self.letters.at(end)?.byte != b'=' {
            return None;
        }
        let line = self.text.get(self.line..start)?;
        let is_disposition = line.get(..20).is_some_and(|word| word.eq_ignore_ascii_case("content-disposition:"));
        let value = self.text.get(end + 1..).filter(|_| is_disposition)?;
        let named = value.split(['\r', '\n', ';']).next()?.trim().trim_matches(['"', '\'']);
        if !is_secret(named.as_bytes()) {
            return None;
        }
        let head = ["\r\n\r\n", "\n\n"].iter().filter_map(|line| Some(value.find(line)? + line.len())).min();
        let start = end + 1 + head.unwrap_or_default();
        let content = self.text.get(start..)?;
        let length = ["\r\n--", "\n--"].iter().filter_map(|boundary| content.find(boundary)).min();
        Some(bare(start..start + length.unwrap_or(content.len())))
    }
}

/// What ends a value without quotes.
struct Ends {
    separator: Letter,
    around: Option<Letter>,
    is_line: bool,
}

impl Ends {
    fn end(&self, letter: Letter) -> bool {
        let Letter { byte, width } = letter;
        // Inside a text a line ends with an escape.
        let line = self.separator.width.max(if self.around.is_some() { 2 } else { 1 });
        match byte {
            b'\n' | b'\r' => width <= line,
            b'"' => self.around.is_some_and(|open| width <= open.width),
            b'&' => self.separator.byte == b'=' && width <= self.separator.width,
            b',' | b'}' | b']' => self.separator.byte == b':' && !self.is_line && width <= self.separator.width,
            _ => false,
        }
    }

    /// Whether a letter may come after a value that has its end already.
    fn may_follow(&self, letter: Letter) -> bool {
        self.end(letter) || letter.ends_line() || matches!(letter.byte, b',' | b'}' | b']' | b')' | b';' | b'<' | b'>')
    }
}

fn bare(range: Range<usize>) -> Span {
    Span { range, quote: 0..0 }
}
