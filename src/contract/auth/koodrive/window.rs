//! How old a signature may be.

use jiff::{Timestamp, tz::TimeZone};

use super::super::{
    super::{
        format::basic_utc_time,
        rule::Rule,
        violation::{Violation, quoted},
    },
    distance::from_now,
};

const PLACE: &str = "/headers/X-Date";

/// The longest time between signing and the call, in seconds.
const LONGEST: i64 = 15 * 60;

/// Checks an `X-Date` against the clock: at most 15 minutes before `now`, and not after it.
///
/// Whole seconds are compared, the resolution of the header.
///
/// # Errors
///
/// A violation of the rule `date_window`, with the difference and, if there is one, the likely cause.
pub fn check_window(x_date: &str, now: Timestamp) -> Result<(), Violation> {
    let expected = "a signing time at most 15 minutes before now, and not after it";
    let signed = basic_utc_time(x_date).and_then(|time| TimeZone::UTC.to_timestamp(time).ok());
    let Some(signed) = signed else {
        let expected = "the signing time as yyyyMMdd'T'HHmmss'Z'";
        return Err(Violation::new(PLACE, Rule::DateWindow, expected, quoted(x_date)));
    };
    let ahead = signed.as_second().saturating_sub(now.as_second());
    if (-LONGEST..=0).contains(&ahead) {
        return Ok(());
    }
    let cause = match ahead {
        1..=LONGEST => "; sign with a few seconds subtracted if the clocks differ",
        _ if is_other_zone(ahead) => "; the time has to be in UTC",
        _ => "",
    };
    Err(Violation::new(PLACE, Rule::DateWindow, expected, format!("{x_date}, {}{cause}", from_now(ahead))))
}

/// Whether the difference is that of a time zone with whole hours, give or take a minute.
fn is_other_zone(ahead: i64) -> bool {
    let hours = (ahead + 30).div_euclid(3600);
    (-12..=14).contains(&hours) && hours != 0 && (ahead - hours * 3600).abs() <= 60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(x_date: &str) -> Option<String> {
        let now = "2024-09-09T03:33:25.9Z".parse().unwrap();
        check_window(x_date, now).err().map(|violation| violation.found)
    }

    #[test]
    fn takes_what_was_signed_in_the_last_15_minutes() {
        for fresh in ["20240909T033325Z", "20240909T033324Z", "20240909T031825Z"] {
            assert_eq!(found(fresh), None, "{fresh}");
        }
    }

    #[test]
    fn refuses_what_is_older_or_from_the_future() {
        assert_eq!(found("20240909T031824Z").unwrap(), "20240909T031824Z, 15 min 1 s before now");
        assert!(found("20240909T033326Z").unwrap().contains("1 s after now; sign with a few seconds subtracted"));
        assert_eq!(found("20251103T070140Z").unwrap(), "20251103T070140Z, 420 d 3 h after now");
    }

    #[test]
    fn says_so_when_the_clock_of_another_zone_was_read() {
        assert!(found("20240909T113325Z").unwrap().ends_with("8 h after now; the time has to be in UTC"));
        assert!(found("20240908T223320Z").unwrap().ends_with("the time has to be in UTC"));
        assert!(!found("20240909T110025Z").unwrap().contains("UTC"));
    }

    #[test]
    fn refuses_what_is_no_time() {
        for wrong in ["", "2024-09-09T03:33:25Z", "20240230T000000Z", "20240909T033325Z ", "空"] {
            let violation = check_window(wrong, Timestamp::UNIX_EPOCH).unwrap_err();
            assert_eq!(violation.expected, "the signing time as yyyyMMdd'T'HHmmss'Z'", "{wrong}");
        }
    }
}
