//! Numbers as a file has them.

use std::fmt;

use serde_json::Number;

/// A number, and how it is written: `1.10` and `1.1` are the same number, and `0x1F` is one that JSON does not have.
#[derive(Debug, Clone, PartialEq)]
pub struct Numeral {
    value: Number,
    /// Nothing where JSON would write the value like this. The thin pointer keeps the nodes of a tree small.
    written: Option<Box<Box<str>>>,
}

impl Numeral {
    pub(super) fn new(value: Number, written: &str) -> Self {
        let as_json = value.to_string() == written;
        Self { value, written: (!as_json).then(|| Box::new(written.into())) }
    }

    /// The number: integers of 64 bits are exact.
    pub fn value(&self) -> &Number {
        &self.value
    }

    /// Whether JSON has such a number.
    pub fn is_json(&self) -> bool {
        self.written.as_deref().is_none_or(|written| is_json(written))
    }

    /// The number as JSON has it: with the digits of the file, if it can.
    pub fn to_json(&self) -> String {
        if self.is_json() {
            return self.to_string();
        }
        let text = self.value.to_string();
        text.strip_suffix(".0").unwrap_or(&text).to_owned()
    }

    /// Whether its digits are more than the value keeps.
    pub fn is_rounded(&self) -> bool {
        let Some(written) = self.written.as_deref().filter(|written| is_json(written)) else { return false };
        decimal(written) != decimal(&self.value.to_string())
    }
}

/// As JSON writes it.
impl From<Number> for Numeral {
    fn from(value: Number) -> Self {
        Self { value, written: None }
    }
}

/// As it is written.
impl fmt::Display for Numeral {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.written {
            Some(written) => formatter.write_str(written),
            None => self.value.fmt(formatter),
        }
    }
}

/// Whether a text is a number in JSON.
fn is_json(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// The digits of a number in JSON without zeros at their ends, and the power of ten that they are multiplied by.
fn decimal(text: &str) -> (bool, String, i64) {
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    let places = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
    let power = exponent.parse::<i64>().unwrap_or(i64::MAX);
    let power = power.saturating_sub(places(fraction)).saturating_add(places(digits) - places(significant));
    if significant.is_empty() {
        return (false, String::new(), 0);
    }
    (number.starts_with('-'), significant.to_owned(), power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeral(written: &str) -> Numeral {
        let digits = written.trim_start_matches('+').replace('_', "");
        Numeral::new(Number::from_f64(digits.parse().unwrap()).unwrap(), written)
    }

    #[test]
    fn knows_the_numbers_that_json_has() {
        for number in ["0", "-0", "10", "1.10", "1e5", "1E+05", "-0.5e-3", "1000000000000100000001"] {
            assert!(is_json(number), "{number}");
        }
        for number in ["02142", "0x1F", "1_000", ".5", "1.", "+1", "-01", "1e", "1.e5", "-", "", "0b11", ".inf"] {
            assert!(!is_json(number), "{number}");
        }
    }

    #[test]
    fn says_what_json_would_have_instead() {
        for (written, json) in [("02142", "2142"), (".5", "0.5"), ("1_000", "1000"), ("+1", "1"), ("1.10", "1.10")] {
            assert_eq!(numeral(written).to_json(), json);
        }
    }

    #[test]
    fn knows_when_digits_are_lost() {
        for (written, rounded) in [
            ("1.10", false),
            ("1e5", false),
            ("100000", false),
            ("-0.0", false),
            ("0.1", false),
            ("1000000000000100000001", true),
            ("0.1000000000000000000001", true),
            ("1e400000000000000000000", true),
        ] {
            let value = Number::from_f64(written.parse().ok().filter(|value: &f64| value.is_finite()).unwrap_or(1.0));
            assert_eq!(Numeral::new(value.unwrap(), written).is_rounded(), rounded, "{written}");
        }
    }
}
