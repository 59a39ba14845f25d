//! Decisions by chance that are the same in every run.

use rand::{Rng as _, SeedableRng as _, rngs::ChaCha8Rng};
use sha2::{Digest as _, Sha256};

/// What decides: the seed, and which attempt of which operation in which session it is. Neither other sessions nor the order of
/// connections have a say.
///
/// ```
/// use understudy::chance::SeededRng;
///
/// let rng = SeededRng { seed: 42, session: "default", operation: "CreateShare", attempt: 1 };
/// assert_eq!(rng.fraction("chance"), rng.fraction("chance"));
/// assert_ne!(rng.fraction("chance"), SeededRng { attempt: 2, ..rng }.fraction("chance"));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SeededRng<'a> {
    /// The seed of the run.
    pub seed: u64,
    /// Name of the session.
    pub session: &'a str,
    /// Name of the operation; empty for a call of none.
    pub operation: &'a str,
    /// Which call of the operation it is in the session, from 1.
    pub attempt: u64,
}

impl SeededRng<'_> {
    /// The random stream for one purpose; each purpose has its own.
    pub fn stream(&self, purpose: &str) -> ChaCha8Rng {
        ChaCha8Rng::from_seed(self.seed_of(purpose))
    }

    /// What that stream grows from.
    pub(crate) fn seed_of(&self, purpose: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        for text in [self.session, self.operation, purpose] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        hash.update(self.seed.to_le_bytes());
        hash.update(self.attempt.to_le_bytes());
        hash.finalize().into()
    }

    /// A number from 0 to below 1.
    pub fn fraction(&self, purpose: &str) -> f64 {
        fraction(&mut self.stream(purpose))
    }
}

/// The next number from 0 to below 1.
pub(crate) fn fraction(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const RNG: SeededRng<'_> = SeededRng { seed: 7, session: "default", operation: "CreateShare", attempt: 1 };

    #[test]
    fn everything_that_should_has_a_say() {
        let first = RNG.fraction("a");
        let others = [
            RNG.fraction("b"),
            SeededRng { seed: 8, ..RNG }.fraction("a"),
            SeededRng { session: "other", ..RNG }.fraction("a"),
            SeededRng { operation: "BatchCancel", ..RNG }.fraction("a"),
            SeededRng { attempt: 2, ..RNG }.fraction("a"),
            // The borders between the texts count.
            SeededRng { session: "defaultC", operation: "reateShare", ..RNG }.fraction("a"),
        ];
        assert!(others.iter().all(|other| *other != first));
    }

    /// A script must play alike for ever: a change of these numbers breaks every seed that a user has written down.
    #[test]
    fn the_numbers_never_change() {
        assert_eq!(RNG.stream("request id").next_u64(), 6_294_387_669_507_696_873);
    }

    #[test]
    fn fractions_are_spread_evenly() {
        let below = (0..4000).filter(|attempt| SeededRng { attempt: *attempt, ..RNG }.fraction("chance") < 0.2).count();
        assert!((700..900).contains(&below), "{below} of 4000");
    }
}
