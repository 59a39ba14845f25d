//! How long jobs take, and how far one is.

use imbl::OrdSet;
use jiff::{SignedDuration, Timestamp};

use super::{Made, ids::Id};

/// How long jobs take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Pace {
    /// They are done when the call that creates them is answered.
    #[default]
    Immediate,
    /// So often somebody asks how far one is, and finds it unfinished.
    Polls(u32),
    /// So long on the session's clock.
    After(SignedDuration),
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// It was asked for so often, of so many times.
    Polls {
        seen: u32,
        of: u32,
    },
    /// It is done then.
    Until(Timestamp),
    Done(Timestamp),
    Cancelled(Timestamp),
}

/// Jobs by how far they are.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Queue {
    /// Those that end by themselves, the next one first.
    due: OrdSet<(Timestamp, Made, Id)>,
    /// Those that are over, the oldest first.
    over: OrdSet<(Made, Id)>,
}

impl Queue {
    /// Notes how far a job is.
    pub(super) fn put(&mut self, made: Made, id: Id, progress: Progress) {
        if let Some(due) = progress.due() {
            self.due.insert((due, made, id));
        } else if !progress.is_open() {
            self.over.insert((made, id));
        }
    }

    /// Forgets that.
    pub(super) fn remove(&mut self, made: Made, id: Id, progress: Progress) {
        if let Some(due) = progress.due() {
            self.due.remove(&(due, made, id));
        } else {
            self.over.remove(&(made, id));
        }
    }

    /// The one that ends next, and when.
    pub(super) fn next_due(&self) -> Option<(Timestamp, Id)> {
        self.due.get_min().map(|(due, _, id)| (*due, *id))
    }

    /// The oldest one that is over.
    pub(super) fn oldest_over(&self) -> Option<Id> {
        self.over.get_min().map(|(_, id)| *id)
    }
}

/// What jobs say of their state. The numbers are the vendor's.
const WAITING: i64 = 0;
const RUNNING: i64 = 1;
const COMPLETED: i64 = 2;
const CANCELLED: i64 = 3;

impl Progress {
    /// Of a job that begins now.
    pub(super) fn begin(pace: Pace, now: Timestamp) -> Self {
        match pace {
            Pace::Immediate => Self::Done(now),
            Pace::Polls(of) => Self::Polls { seen: 0, of },
            Pace::After(time) => Self::Until(now.checked_add(time).unwrap_or(Timestamp::MAX)),
        }
    }

    /// Whether it is neither done nor cancelled.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Polls { .. } | Self::Until(_))
    }

    /// When it is done by itself.
    pub(super) fn due(self) -> Option<Timestamp> {
        match self {
            Self::Until(due) => Some(due),
            _ => None,
        }
    }

    /// When it was over.
    pub(super) fn end(self) -> Option<Timestamp> {
        match self {
            Self::Done(end) | Self::Cancelled(end) => Some(end),
            _ => None,
        }
    }

    /// Whether it ran to its end.
    pub(super) fn is_done(self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// Hundredths of a job that was created at some time.
    pub(super) fn percent(self, created: Timestamp, now: Timestamp) -> i64 {
        match self {
            // The call that is being answered is counted already.
            Self::Polls { seen, of } => i64::from(seen.saturating_sub(1)) * 100 / i64::from(of.max(1)),
            Self::Until(due) => {
                let (whole, passed) =
                    (due.duration_since(created).as_millis(), now.duration_since(created).as_millis());
                // A clock that was set back is before its beginning.
                i64::try_from((passed.max(0) * 100).checked_div(whole).unwrap_or(0).min(99)).unwrap_or(0)
            }
            Self::Done(_) => 100,
            Self::Cancelled(_) => 0,
        }
    }

    /// The vendor's number for its state.
    pub(super) fn status(self, created: Timestamp, now: Timestamp) -> i64 {
        match self {
            Self::Done(_) => COMPLETED,
            Self::Cancelled(_) => CANCELLED,
            Self::Polls { seen: 0 | 1, .. } => WAITING,
            Self::Polls { .. } => RUNNING,
            Self::Until(_) if self.percent(created, now) < 10 => WAITING,
            Self::Until(_) => RUNNING,
        }
    }

    /// The next time that somebody asks: nothing if it is done with that.
    pub(super) fn polled(self) -> Option<Self> {
        match self {
            Self::Polls { seen, of } if seen >= of => None,
            Self::Polls { seen, of } => Some(Self::Polls { seen: seen + 1, of }),
            other => Some(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_polls_find_a_job_unfinished_and_the_next_one_done() {
        let now = Timestamp::UNIX_EPOCH;
        let mut progress = Progress::begin(Pace::Polls(3), now);
        let mut told = Vec::new();
        while let Some(next) = progress.polled() {
            progress = next;
            told.push((progress.status(now, now), progress.percent(now, now)));
        }
        assert_eq!(told, [(0, 0), (1, 33), (1, 66)]);
        assert_eq!(Progress::begin(Pace::Polls(0), now).polled(), None);
    }

    #[test]
    fn a_job_waits_for_a_tenth_of_its_time_and_a_clock_set_back_does_no_harm() {
        let start = Timestamp::UNIX_EPOCH;
        let after = |seconds| start + SignedDuration::from_secs(seconds);
        let progress = Progress::begin(Pace::After(SignedDuration::from_secs(90)), start);
        let told = [-5, 0, 8, 9, 45, 89, 95]
            .map(|seconds| (progress.status(start, after(seconds)), progress.percent(start, after(seconds))));
        assert_eq!(told, [(0, 0), (0, 0), (0, 8), (1, 10), (1, 50), (1, 98), (1, 99)]);
        assert_eq!(progress.due(), Some(after(90)));
    }
}
