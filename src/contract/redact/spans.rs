//! Finds the values of secret names in a text of any form: JSON, forms, header lines, XML, multipart, each also broken, with escapes, and
//! as a text inside another. What cannot be told apart is hidden rather than shown.

use std::ops::Range;

use super::{
    letters::{Letter, Letters},
    unnamed,
};

/// A piece of a text that is hidden.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) range: Range<usize>,
    /// The quote that belongs around what is put in its place, so that JSON stays JSON.
    pub(super) quote: Range<usize>,
}

/// The value of a name.
struct Value {
    span: Span,
    /// Where the text goes on, behind the quote of the value.
    behind: usize,
    /// The quote of the text that name and value stand in.
    around: Option<Letter>,
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
            if letter.byte == b':'
                && let Some(range) = unnamed::password(&scan.letters, at)
            {
                at = range.end;
                spans.push(bare(range));
            }
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
        let value = if scan.may_have_a_value(start, at) && is_secret(&name) {
            scan.value(start, at)
        } else {
            let token = || unnamed::token(&scan.letters, &name, at).map(bare);
            scan.part(start, at, &name, is_secret).or_else(token).map(|span| scan.found(span))
        };
        if let Some(Value { span, behind, around }) = value.filter(|value| !value.span.range.is_empty()) {
            at = behind;
            scan.open = around;
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

    /// Whether the quote behind a name ends the text that is open, so that this was the name.
    fn is_closed_by(&self, closing: Letter, open: Letter) -> bool {
        let began = self.before.is_some_and(|before| before.is_quote() && before.width == open.width);
        began || closing.byte == open.byte && closing.width <= open.width
    }

    /// Whether what comes behind a name can lead to its value: most words of a text are no names, and looking at each takes time.
    fn may_have_a_value(&self, name: usize, end: usize) -> bool {
        if self.form == Form::Head || self.is_element(name) {
            return true;
        }
        let (_, behind) = self.closing(end);
        let separator = self.letters.at(self.skip(behind, |letter| letter.is_blank() || letter.ends_line()));
        separator.is_some_and(|letter| matches!(letter.byte, b':' | b'='))
    }

    /// The quote that closes a name, where it begins, and what comes behind it: behind an index and blanks, if it is there.
    fn closing(&self, end: usize) -> (Option<(usize, Letter)>, usize) {
        let behind = self.index(end);
        let at = self.skip(behind, Letter::is_blank);
        match self.letters.at(at).filter(|letter| letter.is_quote()) {
            Some(quote) => (Some((at, quote)), at + quote.width),
            None => (None, behind),
        }
    }

    /// What was found without looking at quotes.
    fn found(&self, span: Span) -> Value {
        Value { behind: span.range.end, around: self.open, span }
    }

    /// The value of a secret name that stands here.
    fn value(&self, name: usize, end: usize) -> Option<Value> {
        let (closing, at) = self.closing(end);
        let quote = closing.map_or(0..0, |(start, _)| start..at);
        let closing = closing.map(|(_, letter)| letter);
        let mut at = self.skip(at, |letter| letter.is_blank() || letter.ends_line());
        let separator = self.letters.at(at);
        match separator.map(|letter| letter.byte) {
            Some(b':' | b'=') => {}
            Some(_) if self.is_element(name) => {
                return self.element(name, end).map(|span| self.found(span));
            }
            _ if self.form == Form::Head => return Some(self.found(bare(self.line_end(end, 1)))),
            _ => return None,
        }
        let separator = separator?;
        at += separator.width;
        if let Some(arrow) = self.letters.at(at).filter(|letter| letter.byte == b'>' && separator.byte == b'=') {
            at += arrow.width;
        }
        let is_line = separator.byte == b':' && closing.is_none() && (self.line_start || self.form == Form::Head);
        // The text that the name stands in, unless that is just the name.
        let around = self.open.filter(|open| closing.is_none_or(|closing| !self.is_closed_by(closing, *open)));
        let found = |span: Span| Some(Value { behind: span.range.end, span, around });
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
                return Some(Value { span: bare(inside..end), behind: after, around });
            }
            return found(Span { range: start..self.bare_end(after, &ends), quote: start..inside });
        }
        if matches!(first.byte, b'{' | b'[') && !is_line {
            let after = self.collection(start, around);
            let next = self.letters.at(self.skip(after, Letter::is_blank));
            let end = if next.is_none_or(|next| ends.may_follow(next)) { after } else { self.bare_end(after, &ends) };
            return found(Span { range: start..end, quote });
        }
        if is_line {
            let start = self.skip(at, Letter::is_blank);
            return found(bare(self.line_end(start, separator.width)));
        }
        // An empty value has its end on its line, but for JSON, where a line means nothing.
        let start = if closing.is_some() { start } else { self.skip(at, Letter::is_blank) };
        let end = self.bare_end(start, &ends);
        let blanks = self.text.get(start..end).map_or(0, |value| value.len() - value.trim_end().len());
        found(Span { range: start..end - blanks, quote })
    }

    /// Behind `[]`, `[a]` and the like, which forms put behind a name.
    fn index(&self, at: usize) -> usize {
        let of_index = |letter: Letter| matches!(letter.byte, b'[' | b']' | b'(' | b')' | b'.') || letter.is_of_name();
        match self.letters.at(at).map(|letter| letter.byte) {
            Some(b'[' | b']' | b'(') => self.skip(at, of_index),
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

    /// Whether a name is that of an XML element: behind `<`, or behind `<` and a prefix.
    fn is_element(&self, name: usize) -> bool {
        match self.before.map(|before| before.byte) {
            Some(b'<') => true,
            Some(b':' | b'.') => {
                let before = self.text.as_bytes().get(..name).unwrap_or_default();
                let is_prefix = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'-' | b'_');
                before.iter().rev().take(LONGEST_GAP).find(|byte| !is_prefix(byte)) == Some(&b'<')
            }
            _ => false,
        }
    }

    /// The content of an XML element, up to its end tag. One that is all of the element, `<password/>`, holds nothing.
    fn element(&self, name: usize, end: usize) -> Option<Span> {
        let close = self.skip(end, |letter| letter.byte != b'>');
        let start = close + self.letters.at(close).filter(|letter| letter.byte == b'>')?.width;
        if self.text.get(end..close)?.ends_with('/') {
            return None;
        }
        let mut at = start;
        while let Some(letter) = self.letters.at(at) {
            if letter.byte == b'<' && self.is_end_tag(at + letter.width, name..end) {
                break;
            }
            at += letter.width;
        }
        Some(bare(start..at))
    }

    /// Whether the end tag of an element comes here, behind its `<`.
    fn is_end_tag(&self, at: usize, name: Range<usize>) -> bool {
        let Some(slash) = self.letters.at(at).filter(|letter| letter.byte == b'/') else { return false };
        let is_prefix = |letter: Letter| letter.is_of_name() || matches!(letter.byte, b':' | b'.');
        let (start, end) = (at + slash.width, self.skip(at + slash.width, is_prefix));
        let wanted = self.text.get(name).unwrap_or_default();
        let found = self.text.get(start..end).unwrap_or_default();
        found.rsplit([':', '.']).next().is_some_and(|found| found.eq_ignore_ascii_case(wanted))
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
