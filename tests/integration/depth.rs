//! How far the tests go that make their inputs up: `TEST_DEPTH=50 cargo test` goes fifty times as far.
use std::env;

/// So many rounds, times `TEST_DEPTH`.
pub(crate) fn deep(rounds: u32) -> u32 {
    rounds * env::var("TEST_DEPTH").map_or(1, |depth| depth.parse::<u32>().unwrap())
}
