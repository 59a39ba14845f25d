//! Ids: of the vendor's form, the same in every run, and never the id of something else.

use std::fmt;

use rand::Rng as _;
use sha2::{Digest as _, Sha256};

use crate::chance::SeededRng;

/// The id of most things: a number of 19 digits. As a double it would be another one, so a client that keeps it as one fails here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u64);

impl Id {
    /// The id of nothing.
    pub(super) const NONE: Self = Self(0);

    /// Of what a seed holds: from its kind and its path in the file, so that another line shifts no id.
    pub(super) fn of_seed(kind: &str, path: &str) -> Self {
        Self(digits(u64_of(kind, path)))
    }

    /// OrgID's ids of users begin alike.
    pub(super) fn of_org_user(self) -> Self {
        Self(ORG_USERS + self.0 % 10_u64.pow(12))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// 19 digits, and more than a double can hold.
const FIRST: u64 = 1_000_000_000_000_000_000;

const ORG_USERS: u64 = 1_008_600_000_000_000_000;

/// How the ids of spaces, roots and files begin.
const SPACE: &str = "IAADfsBFCO6WtAtuA";

/// The letters of file ids.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn digits(number: u64) -> u64 {
    // Below 2^53 lies none of them, and the first digit is 1, as in the vendor's.
    FIRST + number % FIRST
}

fn hash(kind: &str, path: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update((kind.len() as u64).to_le_bytes());
    hash.update(kind);
    hash.update(path);
    hash.finalize().into()
}

fn u64_of(kind: &str, path: &str) -> u64 {
    hash(kind, path).iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Where the ids of one call or one seed come from.
pub(super) enum Source<'c> {
    /// A call: neither other sessions nor calls of other operations have a say.
    Call(SeededRng<'c>),
    /// A seed: a path in its file.
    Seed(String),
}

/// Makes ids.
pub(super) struct Ids<'c> {
    pub(super) source: Source<'c>,
    /// How many were made, of whatever kind.
    made: u32,
}

impl<'c> Ids<'c> {
    pub(super) fn new(source: Source<'c>) -> Self {
        Self { source, made: 0 }
    }

    /// So many random bytes for the next id of a kind.
    fn bytes(&mut self, kind: &str) -> [u8; 32] {
        self.made += 1;
        let purpose = format!("id:{kind}:{}", self.made);
        match &self.source {
            Source::Call(rng) => {
                let mut bytes = [0; 32];
                rng.stream(&purpose).fill_bytes(&mut bytes);
                bytes
            }
            Source::Seed(path) => hash(kind, &format!("{path}#{}", self.made)),
        }
    }

    /// An id of 19 digits that is not taken.
    pub(super) fn number(&mut self, kind: &str, is_taken: impl Fn(Id) -> bool) -> Id {
        loop {
            let bytes = self.bytes(kind);
            let id = Id(digits(bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))));
            if !is_taken(id) {
                return id;
            }
        }
    }

    /// So many hexadecimal digits, at most 64.
    pub(super) fn hex(&mut self, kind: &str, length: usize) -> String {
        let mut text: String = self.bytes(kind).iter().map(|byte| format!("{byte:02x}")).collect();
        text.truncate(length);
        text
    }

    /// The id of a space.
    pub(super) fn space(&mut self) -> String {
        format!("{SPACE}{}", self.hex("space", 30))
    }

    /// So many letters of a file id behind a beginning.
    pub(super) fn letters(&mut self, kind: &str, start: &str, length: usize) -> String {
        let bytes = self.bytes(kind);
        let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
        start.chars().chain(bytes.iter().take(length).map(letter)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_nineteen_digits_that_no_double_holds() {
        for path in ["a", "b", "people/lin"] {
            let id = Id::of_seed("user", path);
            assert_eq!(id.to_string().len(), 19);
            assert!(id.0 > 1 << 53);
        }
        let org = Id::of_seed("user", "a").of_org_user().to_string();
        assert!(org.starts_with("1008600") && org.len() == 19, "{org}");
    }

    #[test]
    fn the_ids_of_a_call_are_its_own_and_none_is_taken() {
        let rng = SeededRng { seed: 1, session: "a", operation: "CreateUser", attempt: 1 };
        let made = |rng| {
            let mut ids = Ids::new(Source::Call(rng));
            [ids.number("user", |_| false), ids.number("user", |_| false)]
        };
        let [first, second] = made(rng);
        assert_ne!(first, second);
        assert_eq!(made(rng), [first, second]);
        assert_ne!(made(SeededRng { session: "b", ..rng })[0], first);
        let mut ids = Ids::new(Source::Call(rng));
        assert_eq!(ids.number("user", |id| id == first), second);
    }

    #[test]
    fn other_ids_have_the_vendors_form() {
        let mut ids = Ids::new(Source::Seed("x".to_owned()));
        let space = ids.space();
        assert!(space.starts_with(SPACE) && space.len() == SPACE.len() + 30, "{space}");
        let file = ids.letters("file", "F", 32);
        assert_eq!((file.len(), &file[..1]), (33, "F"));
    }
}
