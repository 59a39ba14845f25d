//! Time differences in words.

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A number of seconds in its two largest units, such as `16 min 3 s`.
pub(super) fn in_words(seconds: u64) -> String {
    let units = [("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", 1)];
    let first = units.iter().position(|(_, size)| seconds >= *size).unwrap_or(units.len() - 1);
    let mut rest = seconds;
    let mut words = Vec::new();
    for (unit, size) in units.iter().skip(first).take(2) {
        if rest >= *size || words.is_empty() {
            words.push(format!("{} {unit}", rest / size));
        }
        rest %= size;
    }
    words.join(" ")
}

/// A difference to now as "... after now" or, if negative, "... before now".
pub(super) fn from_now(seconds: i64) -> String {
    let side = if seconds > 0 { "after" } else { "before" };
    format!("{} {side} now", in_words(seconds.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_two_largest_units() {
        let cases = [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (963, "16 min 3 s"),
            (3600, "1 h"),
            (3605, "1 h"),
            (90_000, "1 d 1 h"),
        ];
        for (seconds, words) in cases {
            assert_eq!(in_words(seconds), words);
        }
        assert_eq!(from_now(-963), "16 min 3 s before now");
        assert_eq!(from_now(i64::MIN).split(' ').next_back(), Some("now"));
    }
}
