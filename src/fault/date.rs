//! `skew`: a server whose clock is off, and the one place that writes HTTP dates.

use http::{HeaderValue, header};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimePrinter};

use crate::contract::Answer;

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

/// Dates an answer by a clock that is off.
pub(super) fn skew(answer: &mut Answer, now: Timestamp, skew: SignedDuration) {
    let time = now.saturating_add(skew).unwrap_or(now);
    answer.headers.push((header::DATE, http_date(time)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::StatusCode;

    #[test]
    fn a_clock_that_is_off_dates_the_answer() {
        let now: Timestamp = "2026-11-21T20:00:00.9Z".parse().unwrap();
        for (minutes, date) in [(20, "Sat, 21 Nov 2026 20:20:00 GMT"), (-20, "Sat, 21 Nov 2026 19:40:00 GMT")] {
            let mut answer = Answer { status: StatusCode::OK, headers: Vec::new(), body: Bytes::new() };
            skew(&mut answer, now, SignedDuration::from_mins(minutes));
            assert_eq!(answer.headers, [(header::DATE, HeaderValue::from_static(date))]);
        }
    }

    #[test]
    fn times_at_the_end_of_the_calendar_stay_in_it() {
        for time in [Timestamp::MIN, Timestamp::MAX] {
            let mut answer = Answer { status: StatusCode::OK, headers: Vec::new(), body: Bytes::new() };
            skew(&mut answer, time, SignedDuration::MAX);
            assert!(answer.headers[0].1.to_str().unwrap().ends_with(" GMT"));
        }
    }
}
