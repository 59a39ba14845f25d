//! `Retry-After`: how long an answer asks the client to wait.

use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

/// The wait that an answer's headers ask for; nothing without the header, or with a value that HTTP does not know.
///
/// The wait begins when the answer is sent: `delay` after the request came at `now`. A date is one of the same clock.
pub fn retry_after(headers: &[(HeaderName, HeaderValue)], now: Timestamp, delay: Option<Duration>) -> Option<Duration> {
    // Of several the last one is sent.
    let (_, value) = headers.iter().rev().find(|(name, _)| *name == header::RETRY_AFTER)?;
    let text = value.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let date = DateTimeParser::new().parse_timestamp(text).ok()?;
    // A date that is over asks for no wait.
    let from_now = Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO);
    Some(from_now.saturating_sub(delay.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &str) -> Option<Duration> {
        let headers = [(header::RETRY_AFTER, HeaderValue::from_str(value).unwrap())];
        retry_after(&headers, "1994-11-06T08:49:30Z".parse().unwrap(), Some(Duration::from_millis(500)))
    }

    #[test]
    fn seconds_and_dates_are_waits() {
        assert_eq!(asked("2"), Some(Duration::from_secs(2)));
        assert_eq!(asked("0"), Some(Duration::ZERO));
        assert_eq!(asked("99999999999999999999"), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_millis(6500)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:30 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn anything_else_asks_for_nothing() {
        for value in ["", "-1", "1.5", "soon", "1994-11-06"] {
            assert_eq!(asked(value), None, "{value}");
        }
        assert_eq!(retry_after(&[], Timestamp::UNIX_EPOCH, None), None);
    }
}
