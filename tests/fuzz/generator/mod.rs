//! Makes inputs from a seed: the same input from the same seed, on every machine.

pub(crate) mod frames;
mod json;
mod mutation;
pub(crate) mod requests;

use rand::{Rng as _, SeedableRng as _, rngs::ChaCha8Rng};

/// Texts that are trouble somewhere.
const ODD: [&str; 24] = [
    "", " ", "\0", "\u{feff}", "空", "𝄞", "\u{301}", "\u{202e}", "~", "/", "//", "..", "%", "%2", "%zz", "%00", "%2F",
    "%C3%28", "\"", "'", "{{", "}}", "\r\n", "-0",
];

/// Decisions that follow from a seed.
pub(crate) struct Generator {
    random: ChaCha8Rng,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// A number from 0 up to, but without, `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.random.next_u64() % end.max(1) as u64).unwrap_or_default()
    }

    /// Any 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.random.next_u64()
    }

    /// True once in so many times.
    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    /// One of these most of the time, and sometimes an odd text.
    pub(crate) fn word(&mut self, from: &[&str]) -> String {
        if self.one_in(12) { self.text() } else { (*self.pick(from)).to_owned() }
    }

    /// A few letters, or something odd, or some of both.
    pub(crate) fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.below(4) {
            if self.one_in(3) {
                text.push_str(self.pick::<&str>(&ODD));
            } else {
                let letters = self.below(8);
                text.extend((0..letters).map(|_| char::from(b"abcxyzABC019-_."[self.below(15)])));
            }
        }
        text
    }

    /// Several of what `one` makes, with something between them.
    pub(crate) fn several(&mut self, most: usize, between: &str, mut one: impl FnMut(&mut Self) -> String) -> String {
        let count = self.below(most + 1);
        (0..count).map(|_| one(self)).collect::<Vec<_>>().join(between)
    }
}
