//! Durations with their unit, as scenarios and the command line write them: `250ms`, `2s`, `1.5s`, `20m`, `1h`.

use std::time::Duration;

/// Reads a duration.
///
/// # Errors
///
/// What was expected, as a fragment for "expected ...".
///
/// ```
/// use std::time::Duration;
/// use understudy::scenario::parse_duration;
///
/// assert_eq!(parse_duration("1.5s"), Ok(Duration::from_millis(1500)));
/// assert!(parse_duration("250").is_err());
/// ```
pub fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "a number and a unit, such as `250ms`, `2s` or `20m`";
    let unit = text.find(|character: char| !character.is_ascii_digit() && character != '.').ok_or(EXPECTED)?;
    let (number, unit) = text.split_at(unit);
    let seconds = match unit {
        "us" => 0.000_001,
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(EXPECTED),
    };
    let number: f64 = number.parse().map_err(|_| EXPECTED)?;
    Duration::try_from_secs_f64(number * seconds)
        .ok()
        .filter(|duration| *duration <= Duration::from_secs(24 * 3600))
        .ok_or("a duration of at most 24h")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_unit() {
        for (text, milliseconds) in [("250ms", 250), ("2s", 2000), ("0.5s", 500), ("20m", 1_200_000), ("1h", 3_600_000)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        assert_eq!(parse_duration("1500us"), Ok(Duration::from_micros(1500)));
    }

    #[test]
    fn wants_a_unit_and_a_sane_number() {
        for text in ["", "250", "ms", "-1s", "1.2.3s", "1 s", "1d", "25h", "99999999999999999999h"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
