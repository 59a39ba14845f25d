//! `Retry-After`: how long an answer asks the client to wait.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

/// What the header asks for.
///
/// ```
/// use std::time::Duration;
/// use understudy::scenario::RetryAfter;
///
/// assert_eq!(RetryAfter::parse("2"), Some(RetryAfter::Seconds(2)));
/// assert_eq!(RetryAfter::parse("2s"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// To wait so many seconds.
    Seconds(u64),
    /// To wait until then.
    Date(Timestamp),
}

impl RetryAfter {
    /// Reads a value: whole seconds, or an HTTP date; nothing for what is neither, which no client can read.
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim();
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::Seconds(value.parse().unwrap_or(u64::MAX)));
        }
        DateTimeParser::new().parse_timestamp(value).ok().map(Self::Date)
    }

    /// The wait from a time on. A date that is over asks for none.
    pub fn wait(self, from: Timestamp) -> Duration {
        match self {
            Self::Seconds(seconds) => Duration::from_secs(seconds),
            Self::Date(date) => Duration::try_from(date.duration_since(from)).unwrap_or(Duration::ZERO),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(value: &str) -> Option<Duration> {
        RetryAfter::parse(value).map(|value| value.wait("1994-11-06T08:49:30Z".parse().unwrap()))
    }

    #[test]
    fn seconds_and_dates_are_waits() {
        assert_eq!(wait(" 2 "), Some(Duration::from_secs(2)));
        assert_eq!(wait("0"), Some(Duration::ZERO));
        assert_eq!(wait("99999999999999999999"), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(7)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:29 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn anything_else_asks_for_nothing() {
        for value in ["", "-1", "+1", "1.5", "1.0", "2s", "0x10", "1_000", "soon", "1994-11-06", "1994-11-06T08:49:37Z"]
        {
            assert_eq!(wait(value), None, "{value}");
        }
    }
}
