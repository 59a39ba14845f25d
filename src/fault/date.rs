//! The one place that writes HTTP dates.

use http::HeaderValue;
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};

/// A time as the `Date` header shows it. A time that HTTP cannot write, before the year 0, becomes the epoch.
///
/// ```
/// use jiff::Timestamp;
/// use understudy::fault::http_date;
///
/// assert_eq!(http_date(Timestamp::UNIX_EPOCH), "Thu, 01 Jan 1970 00:00:00 GMT");
/// ```
pub fn http_date(time: Timestamp) -> HeaderValue {
    let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&time).ok();
    text.and_then(|text| HeaderValue::try_from(text).ok())
        .unwrap_or_else(|| HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_at_the_end_of_the_calendar_can_be_written() {
        for time in [Timestamp::MIN, Timestamp::MAX] {
            assert!(http_date(time).to_str().unwrap().ends_with(" GMT"));
        }
    }
}
