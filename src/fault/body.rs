//! Faults inside the body: `reset_mid_body`, `hang_mid_body`, `truncate`, `drip`.

use std::{num::NonZeroU32, time::Duration};

use super::{Action, End, Message, Script};

/// A reset throws away what is not sent yet; what comes before it gets this long to leave.
pub(super) const SETTLE: Duration = Duration::from_millis(20);

/// A part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    hundredths: u16,
}

impl Share {
    /// The whole.
    pub const WHOLE: Self = Self { hundredths: 10_000 };

    /// From percent, 0 to 100; two decimals count.
    pub fn percent(percent: f64) -> Option<Self> {
        // In range, so nothing is cut off.
        (0.0..=100.0).contains(&percent).then(|| Self { hundredths: (percent * 100.0).round() as u16 })
    }

    /// So many of this many bytes, rounded down.
    pub fn of(self, bytes: usize) -> usize {
        let part = bytes as u128 * u128::from(self.hundredths) / 10_000;
        usize::try_from(part).unwrap_or(bytes)
    }
}

/// How fast a body drips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    bytes_per_second: NonZeroU32,
}

impl Pace {
    /// No pause between two pieces is longer.
    pub const LONGEST_PAUSE: Duration = Duration::from_secs(1);

    /// So many bytes in a second.
    pub fn new(bytes_per_second: NonZeroU32) -> Self {
        Self { bytes_per_second }
    }

    /// The bytes of a piece: a tenth of a second's worth, at least one.
    pub fn piece(self) -> usize {
        (self.bytes_per_second.get() / 10).max(1) as usize
    }

    /// The pause before each piece.
    pub fn pause(self) -> Duration {
        Duration::from_secs_f64(self.piece() as f64 / f64::from(self.bytes_per_second.get()))
    }
}

pub(super) fn reset(message: &Message) -> Script {
    let mut actions = Action::sends(message.parts(message.body.len() / 2));
    actions.push(Action::Pause(SETTLE));
    Script { actions, end: End::Reset }
}

pub(super) fn hang(message: &Message) -> Script {
    Script::parts(message.parts(message.body.len() / 2), End::Hang)
}

pub(super) fn truncate(message: &Message, share: Share) -> Script {
    Script::parts(message.parts(share.of(message.body.len())), End::Close)
}

pub(super) fn drip(message: Message, pace: Pace) -> Script {
    let mut actions = vec![Action::Send(message.head())];
    if !message.body.is_empty() {
        actions.push(Action::Drip(message.body, pace));
    }
    Script { actions, end: End::Next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::message::tests::{HEAD, answer, answer_to};
    use http::Method;

    fn pace(bytes_per_second: u32) -> Pace {
        Pace::new(NonZeroU32::new(bytes_per_second).unwrap())
    }

    #[test]
    fn half_a_body_announces_the_whole() {
        assert_eq!(hang(&answer()), Script::send(format!("{HEAD}01234").into(), End::Hang));
        let script = reset(&answer());
        assert_eq!(script.actions, [Action::Send(format!("{HEAD}01234").into()), Action::Pause(SETTLE)]);
        assert_eq!(script.end, End::Reset);
    }

    #[test]
    fn a_truncated_body_is_as_long_as_asked_and_then_closed() {
        for (percent, body) in [(0.0, ""), (50.0, "01234"), (99.0, "012345678"), (100.0, "0123456789")] {
            let script = truncate(&answer(), Share::percent(percent).unwrap());
            assert_eq!(script, Script::send(format!("{HEAD}{body}").into(), End::Close), "{percent}%");
        }
    }

    #[test]
    fn there_is_nothing_to_cut_off_an_answer_to_head() {
        let script = truncate(&answer_to(&Method::HEAD, 200), Share::percent(50.0).unwrap());
        assert_eq!(script, Script::send(HEAD.into(), End::Close));
        assert_eq!(drip(answer_to(&Method::HEAD, 200), pace(1)), Script::send(HEAD.into(), End::Next));
    }

    #[test]
    fn a_share_is_between_nothing_and_everything() {
        assert_eq!(Share::percent(100.0), Some(Share::WHOLE));
        assert_eq!(Share::percent(12.5).map(|share| share.of(1000)), Some(125));
        assert_eq!(Share::WHOLE.of(usize::MAX), usize::MAX);
        for percent in [-0.1, 100.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Share::percent(percent), None);
        }
    }

    #[test]
    fn a_pace_is_kept_whatever_its_pieces() {
        for (rate, piece, milliseconds) in [(200, 20, 100), (5, 1, 200), (1, 1, 1000), (10, 1, 100), (1000, 100, 100)] {
            let pace = pace(rate);
            assert_eq!((pace.piece(), pace.pause()), (piece, Duration::from_millis(milliseconds)), "{rate}");
        }
    }

    #[test]
    fn a_dripping_body_follows_its_head() {
        let script = drip(answer(), pace(200));
        let body = Action::Drip("0123456789".into(), pace(200));
        assert_eq!(script, Script { actions: vec![Action::Send(HEAD.into()), body], end: End::Next });
    }
}
