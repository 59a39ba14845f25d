//! Regular expressions in words, as far as they are of the plain kind: alternatives of repeated characters that make up the whole text.

use std::{iter::Peekable, str::Chars};

use super::condition::listed;

/// So many lengths of a number are looked at.
const MOST_LENGTHS: usize = 64;

/// Longer numbers have no words.
const MOST_DIGITS: usize = 18;

/// A pattern of the plain kind.
pub(super) struct Plain {
    ways: Vec<Vec<Piece>>,
}

/// A set of characters, and how many of them.
struct Piece {
    set: Set,
    least: usize,
    /// Nothing is no limit.
    most: Option<usize>,
}

struct Set {
    /// All characters but these.
    negated: bool,
    ranges: Vec<(char, char)>,
}

impl Plain {
    /// Reads a pattern; nothing if it is of another kind.
    pub(super) fn read(pattern: &str) -> Option<Self> {
        let inner = pattern.strip_prefix('^')?.strip_suffix('$')?;
        let group = inner.strip_prefix("(?:").and_then(|inner| inner.strip_suffix(')'));
        let mut characters = group.unwrap_or(inner).chars().peekable();
        let mut ways = vec![Vec::new()];
        while let Some(character) = characters.next() {
            let set = match character {
                '|' if group.is_some() => {
                    ways.push(Vec::new());
                    continue;
                }
                '[' => class(&mut characters)?,
                '.' => Set { negated: true, ranges: Vec::new() },
                '\\' => escaped(characters.next()?)?,
                '|' | '(' | ')' | '^' | '$' | '*' | '+' | '?' | '{' => return None,
                literal => Set::one(literal),
            };
            let (least, most) = repetition(&mut characters)?;
            ways.last_mut()?.push(Piece { set, least, most });
        }
        Some(Self { ways })
    }

    /// Whether a text of the wrong length breaks it.
    pub(super) fn limits_length(&self) -> bool {
        !matches!(self.ways.as_slice(), [way] if matches!(way.as_slice(), [Piece { least: 0 | 1, most: None, .. }]))
    }

    /// What it allows, in words.
    pub(super) fn in_words(&self) -> Option<String> {
        if let Some(words) = self.number() {
            return Some(words);
        }
        if let [way] = self.ways.as_slice()
            && let [Piece { set, least: 0 | 1, most: None }] = way.as_slice()
            && !set.ranges.is_empty()
        {
            let listed = listed(set.ranges.iter().map(range), if set.negated { "or" } else { "and" });
            return Some(if set.negated { format!("a text without {listed}") } else { format!("only {listed}") });
        }
        let ways = self.ways.iter().map(|way| {
            let pieces = way.iter().map(Piece::in_words).collect::<Option<Vec<_>>>()?;
            (!pieces.is_empty()).then(|| pieces.join(" and then "))
        });
        Some(ways.collect::<Option<Vec<_>>>()?.join(", or "))
    }

    /// A range of whole numbers.
    fn number(&self) -> Option<String> {
        if let [way] = self.ways.as_slice()
            && let [Piece { set, least: 1, most: None }] = way.as_slice()
            && set.digits() == Some((0, 9))
        {
            return Some("a whole number, in digits only".to_owned());
        }
        let mut ranges = Vec::new();
        for way in &self.ways {
            for number in lengths(way)? {
                ranges.push(bounds(&number)?);
            }
        }
        let (first, last) = joined(ranges)?;
        Some(format!("a whole number from {first} to {last}"))
    }
}

impl Piece {
    fn in_words(&self) -> Option<String> {
        if let Set { negated: false, ranges } = &self.set
            && let [(from, to)] = ranges.as_slice()
            && from == to
            && (self.least, self.most) == (1, Some(1))
        {
            return Some(format!("`{from}`"));
        }
        let count = match (self.least, self.most) {
            (1, Some(1)) => "1 character".to_owned(),
            (least, Some(most)) if least == most => format!("{least} characters"),
            (least, Some(most)) => format!("{least} to {most} characters"),
            (0, None) => "any number of characters".to_owned(),
            (least, None) => format!("{least} or more characters"),
        };
        let listed: Vec<String> = self.set.ranges.iter().map(range).collect();
        Some(match (self.set.negated, listed.is_empty()) {
            (true, true) => format!("{count} of any kind"),
            (true, false) => format!("{count} other than {}", listed.join(" ")),
            (false, _) => format!("{count} of {}", listed.join(" ")),
        })
    }
}

impl Set {
    fn one(character: char) -> Self {
        Self { negated: false, ranges: vec![(character, character)] }
    }

    /// The digits, if these are all and without gaps.
    fn digits(&self) -> Option<(u8, u8)> {
        if self.negated {
            return None;
        }
        let digit = |character: char| character.to_digit(10).and_then(|digit| u8::try_from(digit).ok());
        let ranges = self.ranges.iter().map(|(from, to)| Some((digit(*from)?, digit(*to)?)));
        joined(ranges.collect::<Option<Vec<_>>>()?)
    }
}

/// Several ranges as one, if there is nothing between them.
fn joined<N: Copy + Ord + Into<u64>>(mut ranges: Vec<(N, N)>) -> Option<(N, N)> {
    ranges.sort_unstable();
    let mut ranges = ranges.into_iter();
    let (first, mut last) = ranges.next()?;
    for (from, to) in ranges {
        if from.into() > last.into() + 1 {
            return None;
        }
        last = last.max(to);
    }
    Some((first, last))
}

/// The rest of `[...]`.
fn class(characters: &mut Peekable<Chars<'_>>) -> Option<Set> {
    let negated = characters.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        let from = match characters.next()? {
            ']' => return Some(Set { negated, ranges }),
            '[' | '&' | '~' => return None,
            '\\' => {
                let set = escaped(characters.next()?)?;
                match set.ranges.as_slice() {
                    [(from, to)] if from == to => *from,
                    _ => {
                        ranges.extend(set.ranges);
                        continue;
                    }
                }
            }
            character => character,
        };
        let mut ahead = characters.clone();
        if ahead.next() == Some('-') && ahead.peek().is_some_and(|next| *next != ']') {
            characters.next();
            let to = match characters.next()? {
                '\\' => characters.next()?,
                to => to,
            };
            ranges.push((from, to));
        } else {
            ranges.push((from, from));
        }
    }
}

/// What `\` and a character stand for.
fn escaped(character: char) -> Option<Set> {
    match character {
        'd' => Some(Set { negated: false, ranges: vec![('0', '9')] }),
        character if character.is_ascii_alphanumeric() => None,
        character => Some(Set::one(character)),
    }
}

fn repetition(characters: &mut Peekable<Chars<'_>>) -> Option<(usize, Option<usize>)> {
    let found = match characters.peek() {
        Some('*') => (0, None),
        Some('+') => (1, None),
        Some('?') => (0, Some(1)),
        Some('{') => {
            characters.next();
            let text: String = characters.by_ref().take_while(|character| *character != '}').collect();
            let number = |text: &str| text.parse::<usize>().ok();
            return match text.split_once(',') {
                None => number(&text).map(|count| (count, Some(count))),
                Some((least, "")) => number(least).map(|least| (least, None)),
                Some((least, most)) => Some((number(least)?, Some(number(most)?))),
            };
        }
        _ => return Some((1, Some(1))),
    };
    characters.next();
    Some(found)
}

/// The digits at each place of a number, for each of its lengths.
fn lengths(way: &[Piece]) -> Option<Vec<Vec<(u8, u8)>>> {
    let mut numbers = vec![Vec::new()];
    for piece in way {
        let (digits, most) = (piece.set.digits()?, piece.most?);
        if most > MOST_DIGITS {
            return None;
        }
        let longer = |number: &Vec<(u8, u8)>| -> Vec<Vec<(u8, u8)>> {
            (piece.least..=most).map(|count| [number.clone(), vec![digits; count]].concat()).collect()
        };
        numbers = numbers.iter().flat_map(longer).collect();
        if numbers.len() > MOST_LENGTHS {
            return None;
        }
    }
    let sound = |number: &Vec<(u8, u8)>| !number.is_empty() && number.len() <= MOST_DIGITS;
    numbers.iter().all(sound).then_some(numbers)
}

/// The lowest and the highest number, if all between them are allowed.
fn bounds(number: &[(u8, u8)]) -> Option<(u64, u64)> {
    let mut open = number.iter().skip_while(|(from, to)| from == to).skip(1);
    let value = |digits: &mut dyn Iterator<Item = u8>| digits.fold(0, |sum, digit| sum * 10 + u64::from(digit));
    let whole = open.all(|digits| *digits == (0, 9));
    whole.then(|| (value(&mut number.iter().map(|digits| digits.0)), value(&mut number.iter().map(|digits| digits.1))))
}

/// A range of characters as people write it.
fn range((from, to): &(char, char)) -> String {
    match (from, to) {
        ('\u{1f000}'.., _) => "emoji".to_owned(),
        (' ', ' ') => "spaces".to_owned(),
        (from, to) if from == to => from.escape_debug().to_string().replace("\\\\", "\\").replace("\\\"", "\""),
        (from, to) => format!("{from}-{to}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_numbers_are_told_in_numbers() {
        for (pattern, words) in [
            ("^(?:[1-9]|[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-5])$", "a whole number from 1 to 365"),
            ("^(?:[1-9][0-9]?|100)$", "a whole number from 1 to 100"),
            ("^(?:[0-9]{1,2}|100)$", "a whole number from 0 to 100"),
            ("^[0-9]+$", "a whole number, in digits only"),
            ("^\\d{1,3}$", "a whole number from 0 to 999"),
        ] {
            assert_eq!(Plain::read(pattern).unwrap().in_words().as_deref(), Some(words), "{pattern}");
        }
    }

    #[test]
    fn characters_are_listed() {
        for (pattern, words, limits) in [
            ("^[^<>|:\"*?/]*$", "a text without <, >, |, :, \", *, ? or /", false),
            ("^[^\\\\]*$", "a text without \\", false),
            ("^[^<\u{1f000}-\u{1faff}]*$", "a text without < or emoji", false),
            ("^[0-9A-Za-z_]*$", "only 0-9, A-Z, a-z and _", false),
            ("^[A-Za-z0-9+/]{27}=$", "27 characters of A-Z a-z 0-9 + / and then `=`", true),
            (
                "^(?:[0-9A-Za-z]{1,24}|.{1,8})$",
                "1 to 24 characters of 0-9 A-Z a-z, or 1 to 8 characters of any kind",
                true,
            ),
        ] {
            let plain = Plain::read(pattern).unwrap();
            assert_eq!((plain.in_words().as_deref(), plain.limits_length()), (Some(words), limits), "{pattern}");
        }
    }

    #[test]
    fn other_patterns_have_no_words() {
        for pattern in [
            "a",
            "^a",
            "^a|b$",
            "^(a|b)c$",
            "^(?:a(b))$",
            "^[a&&b]$",
            "^[[:alpha:]]$",
            "^\\w+$",
            "^a{x}$",
            "^[a",
            "^*$",
        ] {
            assert!(Plain::read(pattern).is_none(), "{pattern}");
        }
        for gap in ["^(?:[1-3]|[5-9])$", "^[12][0-5]$"] {
            let words = Plain::read(gap).unwrap().in_words().unwrap();
            assert!(!words.contains("whole number"), "{words}");
        }
        assert!(Plain::read("^[0-9]{1,99}$").unwrap().in_words().unwrap().starts_with("1 to 99 characters"));
    }
}
