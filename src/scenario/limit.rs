//! Throttling: so many calls in so much time.

use std::{
    sync::atomic::{AtomicI64, Ordering::Relaxed},
    time::Duration,
};

use jiff::Timestamp;

/// A rate, and how many calls may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Nanoseconds between two calls that come at exactly the rate.
    interval: i64,
    /// Calls that may come at once.
    burst: u64,
}

impl Limit {
    /// `calls` in each `per`, of which `burst` may come at once.
    pub fn new(calls: u64, per: Duration, burst: u64) -> Self {
        let interval = per.as_nanos() / u128::from(calls.max(1));
        Self { interval: i64::try_from(interval).unwrap_or(i64::MAX).max(1), burst: burst.max(1) }
    }
}

/// How much of a limit is used: the time at which all calls so far would have been due, had they come at exactly the rate. One
/// number instead of a bucket and a date, so that calls take from it without a lock (the generic cell rate algorithm).
#[derive(Debug)]
pub struct Bucket(AtomicI64);

impl Default for Bucket {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl Bucket {
    /// Takes one call out of a limit.
    ///
    /// # Errors
    ///
    /// How long to wait until there is room for one.
    pub fn take(&self, limit: Limit, now: Timestamp) -> Result<(), Duration> {
        let now = i64::try_from(now.as_nanosecond()).unwrap_or(i64::MAX);
        let burst = i64::try_from(limit.burst - 1).unwrap_or(i64::MAX);
        let ahead = limit.interval.saturating_mul(burst);
        // Never further ahead than a call of now could have put it: the clock may have been set back.
        let due_at = |due: i64| due.clamp(now, now.saturating_add(ahead).saturating_add(limit.interval));
        let taken = self.0.fetch_update(Relaxed, Relaxed, |due| {
            let due = due_at(due);
            (due - now <= ahead).then(|| due.saturating_add(limit.interval))
        });
        taken.map(|_| ()).map_err(|due| Duration::from_nanos((due_at(due) - now - ahead).unsigned_abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_795_288_497_000 + milliseconds).unwrap()
    }

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let limit = Limit::new(2, Duration::from_secs(1), 3);
        let bucket = Bucket::default();
        for _ in 0..3 {
            assert_eq!(bucket.take(limit, at(0)), Ok(()));
        }
        assert_eq!(bucket.take(limit, at(0)), Err(Duration::from_millis(500)));
        assert_eq!(bucket.take(limit, at(400)), Err(Duration::from_millis(100)));
        assert_eq!(bucket.take(limit, at(500)), Ok(()));
        assert!(bucket.take(limit, at(999)).is_err());
        assert_eq!(bucket.take(limit, at(1000)), Ok(()));
    }

    #[test]
    fn what_is_not_used_is_saved_up_to_the_burst_only() {
        let limit = Limit::new(10, Duration::from_secs(1), 2);
        let bucket = Bucket::default();
        let passed = |time| (0..9).filter(|_| bucket.take(limit, at(time)).is_ok()).count();
        assert_eq!([passed(0), passed(100), passed(60_000)], [2, 1, 2]);
    }

    #[test]
    fn a_clock_that_is_set_back_blocks_nobody_for_long() {
        let limit = Limit::new(1, Duration::from_secs(1), 1);
        let bucket = Bucket::default();
        assert_eq!(bucket.take(limit, at(3_600_000)), Ok(()));
        assert_eq!(bucket.take(limit, at(0)), Err(Duration::from_secs(1)));
    }

    #[test]
    fn a_thousand_callers_at_once_get_exactly_the_burst() {
        let limit = Limit::new(1, Duration::from_secs(3600), 50);
        let bucket = Bucket::default();
        let passed = std::thread::scope(|scope| {
            let callers: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| (0..125).filter(|_| bucket.take(limit, at(0)).is_ok()).count()))
                .collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).sum::<usize>()
        });
        assert_eq!(passed, 50);
    }

    #[test]
    fn extreme_limits_are_no_panic() {
        let limit = Limit::new(1, Duration::from_secs(86_400), u64::MAX);
        let bucket = Bucket::default();
        for time in [0, i64::from(i32::MAX), -1] {
            assert_eq!(bucket.take(limit, at(time)), Ok(()));
        }
        assert!(Bucket::default().take(Limit::new(u64::MAX, Duration::ZERO, 0), at(0)).is_ok());
    }
}
