//! The time formats of the specs: names for the schema keyword `format`, and what each accepts.

use jiff::civil::{Date, DateTime};

/// One format: its name in a spec, the shape that a message shows, and how it is read.
pub struct TextFormat {
    /// As `format` names it.
    pub name: &'static str,
    /// As the vendor writes it.
    pub shape: &'static str,
    /// The shape, with `#` for each digit.
    mask: &'static str,
}

const BASIC: &str = "########T######Z";

/// Every format that a spec may name beyond JSON Schema's own.
pub static FORMATS: [TextFormat; 4] = [
    TextFormat { name: "basic-utc-time", shape: "yyyyMMdd'T'HHmmss'Z'", mask: BASIC },
    TextFormat { name: "utc-time", shape: "yyyy-MM-dd'T'HH:mm:ss'Z'", mask: "####-##-##T##:##:##Z" },
    TextFormat { name: "utc-time-millis", shape: "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", mask: "####-##-##T##:##:##.###Z" },
    TextFormat { name: "compact-time", shape: "yyyyMMddHHmmss", mask: "##############" },
];

/// What is wrong with a text that a format does not accept.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has another shape.
    Shape,
    /// The calendar has no such day.
    NoSuchDay(String),
    /// The clock has no such time.
    NoSuchTime(String),
}

impl TextFormat {
    /// What is wrong with a text; nothing if the format accepts it.
    pub fn fault(&self, text: &str) -> Option<Fault> {
        if self.accepts(text) {
            return None;
        }
        let Some(found) = read_digits(self.mask, text) else { return Some(Fault::Shape) };
        let part = |range: std::ops::Range<usize>| found[range].iter().map(ToString::to_string).collect::<String>();
        let day = format!("{}-{}-{}", part(0..4), part(4..6), part(6..8));
        Some(if day.parse::<Date>().is_err() {
            Fault::NoSuchDay(day)
        } else {
            Fault::NoSuchTime(format!("{}:{}:{}", part(8..10), part(10..12), part(12..14)))
        })
    }

    /// The shape as a regular expression: it knows no calendar.
    pub fn pattern(&self) -> String {
        let mut pattern = String::from("^");
        let mut rest = self.mask;
        while let Some(first) = rest.chars().next() {
            let digits = rest.len() - rest.trim_start_matches('#').len();
            match (digits, first) {
                (0, '.') => pattern.push_str("\\."),
                (0, literal) => pattern.push(literal),
                _ => pattern.push_str(&format!("[0-9]{{{digits}}}")),
            }
            rest = &rest[digits.max(first.len_utf8())..];
        }
        pattern.push('$');
        pattern
    }

    /// A text of that format.
    pub fn sample(&self) -> String {
        let mut digits = "20260102030405678".chars();
        self.mask.chars().map(|letter| if letter == '#' { digits.next().unwrap_or('0') } else { letter }).collect()
    }

    /// Whether a text has the shape and is a real instant (no 30th of February, no 25th hour).
    pub fn accepts(&self, text: &str) -> bool {
        digits(self.mask, text).is_some()
    }
}

/// The format of that name.
pub fn named(name: &str) -> Option<&'static TextFormat> {
    FORMATS.iter().find(|format| format.name == name)
}

/// Reads a text of the form `yyyyMMdd'T'HHmmss'Z'`, the `X-Date` of signed calls.
pub fn basic_utc_time(text: &str) -> Option<DateTime> {
    digits(BASIC, text)
}

/// The instant that a text of the shape of `mask` stands for, if there is such a one.
fn digits(mask: &str, text: &str) -> Option<DateTime> {
    let found = read_digits(mask, text)?;
    let number = |from: usize, to: usize| found[from..to].iter().fold(0, |sum, digit| sum * 10 + digit);
    let small = |from: usize, to: usize| i8::try_from(number(from, to)).ok();
    let nanoseconds = i32::from(number(14, 17)) * 1_000_000;
    DateTime::new(number(0, 4), small(4, 6)?, small(6, 8)?, small(8, 10)?, small(10, 12)?, small(12, 14)?, nanoseconds)
        .ok()
}

/// The digits of `text` in the order year, month, day, hour, minute, second (and milliseconds), if it has the shape of `mask`,
/// where `#` stands for a digit.
fn read_digits(mask: &str, text: &str) -> Option<[i16; 17]> {
    if mask.len() != text.len() {
        return None;
    }
    let mut found = [0_i16; 17];
    let mut count = 0;
    for (wanted, byte) in mask.bytes().zip(text.bytes()) {
        match wanted {
            b'#' if byte.is_ascii_digit() => {
                found[count] = i16::from(byte - b'0');
                count += 1;
            }
            b'#' => return None,
            literal if literal == byte => {}
            _ => return None,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_real_instants_only() {
        let format = named("basic-utc-time").unwrap();
        assert!(format.accepts("20240229T235959Z"));
        for wrong in
            ["20230229T000000Z", "20240101T240000Z", "20240101T000060Z", "20241301T000000Z", "2024-01-01T00:00:00Z", ""]
        {
            assert!(!format.accepts(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_day_or_a_time_that_does_not_exist_is_named() {
        let format = named("utc-time").unwrap();
        for (text, fault) in [
            ("2024-02-29T23:59:59Z", None),
            ("2026-02-30T00:00:00Z", Some(Fault::NoSuchDay("2026-02-30".to_owned()))),
            ("2026-13-01T00:00:00Z", Some(Fault::NoSuchDay("2026-13-01".to_owned()))),
            ("2026-02-28T24:00:00Z", Some(Fault::NoSuchTime("24:00:00".to_owned()))),
            ("2026-02-28 23:00:00", Some(Fault::Shape)),
            ("", Some(Fault::Shape)),
        ] {
            assert_eq!(format.fault(text), fault, "{text}");
        }
    }

    #[test]
    fn each_format_accepts_its_sample_and_so_does_its_pattern() {
        for format in &FORMATS {
            let pattern = regex::Regex::new(&format.pattern()).unwrap();
            assert!(format.accepts(&format.sample()) && pattern.is_match(&format.sample()), "{pattern}");
            assert!(!pattern.is_match("2023-08-18 05:43:49"), "{pattern}");
        }
        assert_eq!(
            named("utc-time-millis").unwrap().pattern(),
            r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"
        );
    }

    #[test]
    fn knows_the_other_shapes() {
        assert!(named("utc-time").unwrap().accepts("2023-08-18T05:43:49Z"));
        assert!(named("utc-time-millis").unwrap().accepts("2026-01-02T03:04:05.678Z"));
        assert!(named("compact-time").unwrap().accepts("20260102030405"));
        assert!(!named("utc-time").unwrap().accepts("2023-08-18 05:43:49"));
    }
}
