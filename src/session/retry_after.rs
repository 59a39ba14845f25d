//! How long an answer asks the client to wait.

use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use jiff::Timestamp;

use crate::scenario::RetryAfter;

/// The wait that an answer's headers ask for; nothing without `Retry-After`, or with a value that HTTP does not know.
///
/// The wait begins when the answer is sent: `delay` after the request came at `now`. A date is one of the same clock.
pub fn retry_after(headers: &[(HeaderName, HeaderValue)], now: Timestamp, delay: Option<Duration>) -> Option<Duration> {
    // Of several the last one is sent.
    let (_, value) = headers.iter().rev().find(|(name, _)| *name == header::RETRY_AFTER)?;
    let asked = RetryAfter::parse(value.to_str().ok()?)?;
    let wait = asked.wait(now);
    Some(match asked {
        RetryAfter::Seconds(_) => wait,
        RetryAfter::Date(_) => wait.saturating_sub(delay.unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &str) -> Option<Duration> {
        let headers = [(header::RETRY_AFTER, HeaderValue::from_str(value).unwrap())];
        retry_after(&headers, "1994-11-06T08:49:30Z".parse().unwrap(), Some(Duration::from_millis(500)))
    }

    #[test]
    fn a_wait_begins_when_the_answer_is_sent() {
        assert_eq!(asked("2"), Some(Duration::from_secs(2)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_millis(6500)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:30 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn an_answer_without_a_readable_header_asks_for_nothing() {
        assert_eq!(asked("soon"), None);
        assert_eq!(retry_after(&[], Timestamp::UNIX_EPOCH, None), None);
    }
}
