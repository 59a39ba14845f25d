//! What the client is expected to do. Whether it did is judged elsewhere.

use std::sync::Arc;

use super::{Matcher, Operations};
use crate::contract::{Call, OperationId};

/// One thing that is expected. An entry of `expect` may say several.
#[derive(Debug)]
pub struct Expectation {
    /// The entry it comes from, from 1.
    pub entry: usize,
    /// What it is about, as the file says it: operations, `order`, or `answers`.
    pub about: String,
    /// What is expected.
    pub expected: Expected,
}

/// What may be expected.
#[derive(Debug)]
pub enum Expected {
    /// So many calls; `never` is none.
    Calls(Arc<CallFilter>, Bounds),
    /// So many calls that break the contract.
    Violations(Arc<CallFilter>, Bounds),
    /// How calls are attempted again.
    Retry(Arc<CallFilter>, Retry),
    /// Calls in this order. Where an operation stands for the first time its first call is meant, and where it stands again a further
    /// call after the one that is meant before it.
    Order(Vec<OperationId>),
    /// Each answer of the scenario is given.
    AnswersUsed,
    /// What is at a place of the world in the end.
    World(EndState),
}

/// What is to be at a path of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndState {
    /// As in a seed: `lin/notes/todo.txt`.
    pub path: String,
    /// Whether anything is to be there.
    pub exists: bool,
    /// Its bytes, if they matter.
    pub size: Option<u64>,
    /// The digest of its content in lower-case hexadecimal digits, if that matters.
    pub sha256: Option<String>,
}

impl EndState {
    /// Whether both may hold.
    pub fn goes_with(&self, other: &Self) -> bool {
        let apart = self.exists != other.exists
            || self.size.zip(other.size).is_some_and(|(one, two)| one != two)
            || self.sha256.as_ref().zip(other.sha256.as_ref()).is_some_and(|(one, two)| one != two);
        self.path != other.path || !apart
    }
}

/// What may be expected of attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// No attempt comes before the time that `Retry-After` asked for.
    HonoursRetryAfter,
    /// No call is attempted more often.
    MaxAttempts(u64),
    /// The waits between attempts grow.
    GrowingBackoff,
    /// No more things are made again by attempts of a call that was taken already.
    Duplicates(u64),
}

/// Which calls are meant.
#[derive(Debug)]
pub struct CallFilter {
    /// Their operations.
    pub operations: Operations,
    /// What they hold; anything without it.
    pub matcher: Option<Matcher>,
}

/// A range of numbers, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// At least.
    pub min: u64,
    /// At most; without an end where there is none.
    pub max: Option<u64>,
}

impl Expected {
    /// Which calls are meant, where it is about calls of a kind.
    pub fn filter(&self) -> Option<&CallFilter> {
        match self {
            Self::Calls(filter, _) | Self::Violations(filter, _) | Self::Retry(filter, _) => Some(filter),
            Self::Order(_) | Self::AnswersUsed | Self::World(_) => None,
        }
    }
}

impl CallFilter {
    /// Whether calls of this operation, or of none that was found, may be meant. What they hold has a say, too.
    pub fn names(&self, operation: Option<OperationId>) -> bool {
        match operation {
            Some(id) => self.operations.contains_id(id),
            // Nothing is known of what it holds.
            None => self.operations.is_everything() && self.matcher.is_none(),
        }
    }

    /// Whether a call is meant. `call` is what it holds; nothing where it cannot be read.
    pub fn fits(&self, operation: Option<OperationId>, call: Option<&Call<'_>>) -> bool {
        let holds = |matcher: &Matcher| call.is_some_and(|call| matcher.fits(call));
        self.names(operation) && self.matcher.as_ref().is_none_or(holds)
    }
}

impl Bounds {
    /// Exactly this number.
    pub fn exactly(number: u64) -> Self {
        Self { min: number, max: Some(number) }
    }

    /// Whether a number is within.
    ///
    /// ```
    /// use understudy::scenario::Bounds;
    ///
    /// assert!(Bounds { min: 1, max: None }.hold(7));
    /// assert!(!Bounds::exactly(3).hold(2));
    /// ```
    pub fn hold(self, number: u64) -> bool {
        number >= self.min && self.max.is_none_or(|max| number <= max)
    }
}
