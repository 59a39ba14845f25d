//! When tokens were used last: one that is idle for too long expires.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        OnceLock,
        atomic::{
            AtomicI64, AtomicU32, AtomicU64,
            Ordering::{AcqRel, Acquire, Release},
        },
    },
    time::Duration,
};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// Tokens that a session remembers; of more the ones that were idle longest are forgotten.
const SLOTS: usize = 256;
/// Slots that a token may have.
const PROBES: usize = 8;

/// Microseconds to which a use is noted.
const GRAIN: u64 = 100_000;

/// The time of a slot whose token was not used yet.
const NEVER: i64 = i64::MIN;

/// The tokens of a session. A call reads and writes one slot, without a lock.
#[derive(Debug, Default)]
pub struct Tokens {
    slots: OnceLock<Box<[Slot]>>,
    /// Nobody outside this process can choose two tokens with one hash.
    hash: RandomState,
}

/// A token as it is shown: nobody can sign in with that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenSeen {
    /// The first bytes of its SHA-256, to tell tokens apart.
    pub digest: [u8; 4],
    /// When it was used or issued last.
    pub used: Timestamp,
}

#[derive(Debug)]
struct Slot {
    /// Hash of a token; 0 is nobody's.
    token: AtomicU64,
    /// Microseconds of its last use.
    used: AtomicI64,
    /// The first bytes of the token's SHA-256. Whoever looks while a token comes may see that of the one before.
    digest: AtomicU32,
}

impl Default for Slot {
    fn default() -> Self {
        Self { token: AtomicU64::new(0), used: AtomicI64::new(NEVER), digest: AtomicU32::new(0) }
    }
}

impl Tokens {
    /// Notes that a token is used. `life` is how long a token lives without a call.
    ///
    /// # Errors
    ///
    /// How long it was idle, if that was too long: it is dead from then on, until it is issued anew.
    pub fn touch(&self, token: &str, now: Timestamp, life: Duration) -> Result<(), Duration> {
        let now = now.as_microsecond();
        let slot = self.slot(token);
        let used = slot.used.load(Acquire);
        let idle = if used == NEVER { 0 } else { now.saturating_sub(used) };
        let idle = Duration::from_micros(u64::try_from(idle).unwrap_or(0));
        if idle > life {
            return Err(idle);
        }
        // Callers that share a token would otherwise wait for one another's writes.
        if used == NEVER || now.abs_diff(used) >= GRAIN {
            slot.used.store(now, Release);
        }
        Ok(())
    }

    /// Notes that a token was issued: its life begins anew.
    pub fn issue(&self, token: &str, now: Timestamp) {
        self.slot(token).used.store(now.as_microsecond(), Release);
    }

    /// The slot of a token: its own, a free one, or the one that was idle longest.
    fn slot(&self, token: &str) -> &Slot {
        let slots = self.slots.get_or_init(|| (0..SLOTS).map(|_| Slot::default()).collect());
        let hash = self.hash.hash_one(token).max(1);
        let first = usize::try_from(hash >> 32).unwrap_or(0);
        let places = (0..PROBES).map(|probe| &slots[(first + probe) % SLOTS]);
        for slot in places.clone() {
            if slot.token.load(Acquire) == hash {
                return slot;
            }
            if slot.token.compare_exchange(0, hash, AcqRel, Acquire).is_ok() {
                slot.digest.store(beginning(token), Release);
                return slot;
            }
        }
        let oldest = places.min_by_key(|slot| slot.used.load(Acquire)).unwrap_or(&slots[0]);
        oldest.used.store(NEVER, Release);
        oldest.token.store(hash, Release);
        oldest.digest.store(beginning(token), Release);
        oldest
    }

    /// The tokens that are remembered, the one that was used last first.
    pub fn all(&self) -> Vec<TokenSeen> {
        let slots = self.slots.get().into_iter().flatten();
        let mut seen: Vec<TokenSeen> = slots
            .filter(|slot| slot.token.load(Acquire) != 0)
            .filter_map(|slot| {
                let used = Timestamp::from_microsecond(slot.used.load(Acquire)).ok()?;
                Some(TokenSeen { digest: slot.digest.load(Acquire).to_be_bytes(), used })
            })
            .collect();
        seen.sort_by_key(|token| (std::cmp::Reverse(token.used), token.digest));
        seen
    }
}

/// The first bytes of a token's digest.
fn beginning(token: &str) -> u32 {
    let [first, second, third, fourth, ..]: [u8; 32] = Sha256::digest(token).into();
    u32::from_be_bytes([first, second, third, fourth])
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Duration = Duration::from_secs(20 * 60);

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_795_288_497 + minutes * 60).unwrap()
    }

    #[test]
    fn every_use_begins_its_life_anew() {
        let tokens = Tokens::default();
        for minute in [0, 20, 40, 59] {
            assert_eq!(tokens.touch("a", at(minute), LIFE), Ok(()), "{minute}");
        }
        assert_eq!(tokens.touch("a", at(80), LIFE), Err(Duration::from_secs(21 * 60)));
        assert_eq!(tokens.touch("b", at(80), LIFE), Ok(()));
    }

    #[test]
    fn a_dead_token_stays_dead_until_it_is_issued_anew() {
        let tokens = Tokens::default();
        tokens.touch("a", at(0), LIFE).unwrap();
        assert!(tokens.touch("a", at(30), LIFE).is_err());
        assert!(tokens.touch("a", at(31), LIFE).is_err());
        tokens.issue("a", at(32));
        assert_eq!(tokens.touch("a", at(33), LIFE), Ok(()));
    }

    #[test]
    fn the_first_second_of_1970_is_a_time_like_any_other() {
        let tokens = Tokens::default();
        tokens.touch("a", Timestamp::UNIX_EPOCH, LIFE).unwrap();
        assert!(tokens.touch("a", Timestamp::from_second(3600).unwrap(), LIFE).is_err());
    }

    #[test]
    fn a_clock_that_goes_back_kills_nothing() {
        let tokens = Tokens::default();
        tokens.touch("a", at(100), LIFE).unwrap();
        assert_eq!(tokens.touch("a", at(0), LIFE), Ok(()));
    }

    #[test]
    fn tokens_are_seen_by_their_last_use_and_never_themselves() {
        let tokens = Tokens::default();
        assert!(tokens.all().is_empty());
        tokens.touch("a", at(0), LIFE).unwrap();
        tokens.issue("abc", at(1));
        // SHA-256 of `abc` and of `a`.
        let seen = |digest: u32, minutes| TokenSeen { digest: digest.to_be_bytes(), used: at(minutes) };
        assert_eq!(tokens.all(), [seen(0xba78_16bf, 1), seen(0xca97_8112, 0)]);
        tokens.touch("a", at(2), LIFE).unwrap();
        assert_eq!(tokens.all(), [seen(0xca97_8112, 2), seen(0xba78_16bf, 1)]);
    }

    #[test]
    fn any_number_of_tokens_takes_the_same_memory() {
        let tokens = Tokens::default();
        for number in 0..100_000 {
            tokens.touch(&number.to_string(), at(number), LIFE).unwrap();
        }
        assert_eq!(tokens.slots.get().unwrap().len(), SLOTS);
        assert_eq!(tokens.touch("99999", at(99_999), LIFE), Ok(()));
        assert!(tokens.touch("99999", at(100_100), LIFE).is_err());
    }
}
