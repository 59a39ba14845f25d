//! Virtual time: the system's, shifted or standing still.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use jiff::{SignedDuration, Timestamp};

/// A session's clock. It runs with the system's until somebody sets, advances or freezes it.
///
/// ```
/// use std::time::Duration;
/// use understudy::session::Clock;
///
/// let system = jiff::Timestamp::UNIX_EPOCH;
/// let clock = Clock::starting(None);
/// assert_eq!(clock.now(system), system);
/// clock.advance(Duration::from_secs(20 * 60));
/// assert_eq!(clock.now(system).to_string(), "1970-01-01T00:20:00Z");
/// ```
#[derive(Debug)]
pub struct Clock {
    /// Microseconds, times two: the distance to the system's time, or the time itself where the lowest bit says that it stands
    /// still. One word, so that every call reads both at once without a lock.
    word: AtomicI64,
    /// Microseconds by which the time of answers and credentials is off: a fault.
    skew: AtomicI64,
}

const FROZEN: i64 = 1;

impl Clock {
    /// A clock that stands still at an instant, or runs with the system's.
    pub fn starting(frozen: Option<Timestamp>) -> Self {
        Self { word: AtomicI64::new(frozen.map_or(0, standing)), skew: AtomicI64::new(0) }
    }

    /// The time, when the system's is `system`.
    pub fn now(&self, system: Timestamp) -> Timestamp {
        match self.word.load(Relaxed) {
            0 => system,
            word => read(word, system),
        }
    }

    /// The time that credentials are held to and that `Date` says: off by the skew, if there is one.
    pub fn shown(&self, now: Timestamp) -> Timestamp {
        match self.skew.load(Relaxed) {
            0 => now,
            skew => now.checked_add(SignedDuration::from_micros(skew)).unwrap_or(now),
        }
    }

    /// Whether `Date` is another one than the system's.
    pub fn is_shifted(&self) -> bool {
        self.word.load(Relaxed) != 0 || self.skew.load(Relaxed) != 0
    }

    /// Whether it stands still.
    pub fn is_frozen(&self) -> bool {
        self.word.load(Relaxed) & FROZEN != 0
    }

    /// Sets the time; it goes on running, or standing still, from there.
    pub fn set(&self, instant: Timestamp, system: Timestamp) {
        self.change(|word| {
            if word & FROZEN != 0 {
                standing(instant)
            } else {
                (instant.as_microsecond() - system.as_microsecond()) << 1
            }
        });
    }

    /// Moves the time on.
    pub fn advance(&self, by: std::time::Duration) {
        // More than the calendar has, and still far from the end of the word, whose lowest bit must not move.
        let most = i64::MAX >> 3;
        let by = i64::try_from(by.as_micros()).unwrap_or(most).min(most);
        self.change(|word| (word >> 1).saturating_add(by).min(most) << 1 | (word & FROZEN));
    }

    /// Lets the time stand still.
    pub fn freeze(&self, system: Timestamp) {
        self.change(|word| standing(read(word, system)));
    }

    /// Lets a time that stands still run on from there.
    pub fn resume(&self, system: Timestamp) {
        self.change(|word| {
            if word & FROZEN == 0 { word } else { (read(word, system).as_microsecond() - system.as_microsecond()) << 1 }
        });
    }

    /// Puts the time of answers and credentials off by this much; zero puts it right.
    pub fn skew(&self, by: SignedDuration) {
        self.skew.store(i64::try_from(by.as_micros()).unwrap_or(0), Relaxed);
    }

    fn change(&self, next: impl Fn(i64) -> i64) {
        let _ = self.word.fetch_update(Relaxed, Relaxed, |word| Some(next(word)));
    }
}

fn standing(instant: Timestamp) -> i64 {
    instant.as_microsecond() << 1 | FROZEN
}

fn read(word: i64, system: Timestamp) -> Timestamp {
    let micros = word >> 1;
    let time = if word & FROZEN == 0 { system.as_microsecond().saturating_add(micros) } else { micros };
    // Beyond the calendar's end time stands still.
    Timestamp::from_microsecond(time).unwrap_or(if time < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const MINUTES: u64 = 60;

    #[test]
    fn runs_with_the_system_until_it_is_told_otherwise() {
        let clock = Clock::starting(None);
        let system = at("2026-11-21T08:00:00.123456Z");
        assert_eq!(clock.now(system), system);
        assert!(!clock.is_shifted() && !clock.is_frozen());
        clock.set(at("2020-01-01T00:00:00Z"), system);
        assert_eq!(clock.now(at("2026-11-21T08:00:01.123456Z")), at("2020-01-01T00:00:01Z"));
    }

    #[test]
    fn stands_still_where_it_was_started_and_can_be_moved() {
        let clock = Clock::starting(Some(at("2026-01-01T00:00:00Z")));
        let system = at("2030-01-01T00:00:00Z");
        assert_eq!(clock.now(system), at("2026-01-01T00:00:00Z"));
        clock.advance(Duration::from_secs(20 * MINUTES));
        assert_eq!(clock.now(system), at("2026-01-01T00:20:00Z"));
        clock.set(at("2027-01-01T00:00:00Z"), system);
        assert!(clock.is_frozen());
        clock.resume(system);
        assert_eq!(clock.now(at("2030-01-01T00:00:05Z")), at("2027-01-01T00:00:05Z"));
        clock.freeze(at("2030-01-01T00:01:00Z"));
        assert_eq!(clock.now(at("2031-01-01T00:00:00Z")), at("2027-01-01T00:01:00Z"));
    }

    #[test]
    fn resuming_what_runs_and_freezing_twice_change_nothing() {
        let clock = Clock::starting(None);
        clock.resume(at("2030-01-01T00:00:00Z"));
        assert!(!clock.is_shifted());
        clock.freeze(at("2030-01-01T00:00:00Z"));
        clock.freeze(at("2031-01-01T00:00:00Z"));
        assert_eq!(clock.now(at("2032-01-01T00:00:00Z")), at("2030-01-01T00:00:00Z"));
    }

    #[test]
    fn a_skew_is_shown_and_does_not_move_the_time() {
        let clock = Clock::starting(None);
        let now = at("2026-11-21T08:00:00Z");
        clock.skew(SignedDuration::from_mins(-20));
        assert_eq!(clock.now(now), now);
        assert_eq!(clock.shown(clock.now(now)), at("2026-11-21T07:40:00Z"));
    }

    #[test]
    fn the_end_of_the_calendar_is_no_panic() {
        let clock = Clock::starting(Some(Timestamp::MAX));
        for _ in 0..9 {
            clock.advance(Duration::MAX);
        }
        assert_eq!(clock.now(Timestamp::UNIX_EPOCH), Timestamp::MAX);
        clock.resume(Timestamp::UNIX_EPOCH);
        clock.set(Timestamp::MIN, Timestamp::MAX);
        let running = Clock::starting(None);
        for _ in 0..9 {
            running.advance(Duration::MAX);
        }
        assert!(!running.is_frozen());
        assert_eq!(running.now(Timestamp::UNIX_EPOCH), Timestamp::MAX);
    }
}
