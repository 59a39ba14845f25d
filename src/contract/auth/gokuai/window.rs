//! How far `dateline` may be from the clock.

use std::time::Duration;

use jiff::Timestamp;

use super::super::{
    super::{
        rule::Rule,
        violation::{Violation, quoted},
    },
    distance::{from_now, in_words},
};

/// Settings for gokuai's signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How far `dateline` may be from the clock, on either side.
    pub window: Duration,
}

/// 15 minutes; the vendor documents no tolerance.
impl Default for Settings {
    fn default() -> Self {
        Self { window: Duration::from_secs(15 * 60) }
    }
}

const PLACE: &str = "/params/dateline";

/// Checks a `dateline` against the clock: at most `window` before or after `now`.
///
/// # Errors
///
/// A violation of the rule `date_window`, with the difference and, if there is one, the likely cause.
pub fn check_window(dateline: &str, now: Timestamp, window: Duration) -> Result<(), Violation> {
    let digits = !dateline.is_empty() && dateline.bytes().all(|byte| byte.is_ascii_digit());
    let Some(seconds) = dateline.parse::<i64>().ok().filter(|_| digits) else {
        let found = quoted(dateline);
        return Err(Violation::new(PLACE, Rule::DateWindow, "the current unix time in whole seconds", found));
    };
    let ahead = seconds.saturating_sub(now.as_second());
    if ahead.unsigned_abs() <= window.as_secs() {
        return Ok(());
    }
    let expected = format!("a unix time in seconds at most {} before or after now", in_words(window.as_secs()));
    let found = if dateline.len() == 13 {
        format!("{seconds}, which is milliseconds; divide by 1000 before signing")
    } else {
        format!("{seconds}, {}", from_now(ahead))
    };
    Err(Violation::new(PLACE, Rule::DateWindow, expected, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(15 * 60);

    fn found(dateline: &str, window: Duration) -> Option<String> {
        let now = Timestamp::from_second(1_795_288_497).unwrap();
        check_window(dateline, now, window).err().map(|violation| violation.found)
    }

    #[test]
    fn takes_what_is_near_enough_on_either_side() {
        for near in ["1795288497", "1795287597", "1795289397"] {
            assert_eq!(found(near, WINDOW), None, "{near}");
        }
        assert_eq!(found("1795289398", WINDOW).unwrap(), "1795289398, 15 min 1 s after now");
        assert_eq!(found("1795287596", WINDOW).unwrap(), "1795287596, 15 min 1 s before now");
    }

    #[test]
    fn the_window_is_the_callers_choice() {
        assert_eq!(found("1795288437", Duration::from_secs(60)), None);
        assert!(found("1795288436", Duration::from_secs(60)).is_some());
        assert_eq!(found("0", Duration::MAX), None);
    }

    #[test]
    fn says_so_when_milliseconds_were_sent() {
        assert!(found("1795288497123", WINDOW).unwrap().contains("milliseconds; divide by 1000"));
    }

    #[test]
    fn refuses_what_is_no_unix_time() {
        for wrong in ["", "-1", "+1795288497", "1795288497.0", "99999999999999999999", "now", "空"] {
            assert!(found(wrong, Duration::from_secs(10)).is_some(), "{wrong}");
        }
    }
}
