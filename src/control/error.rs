//! Why something cannot be done.

use thiserror::Error;

use super::sessions::{MOST_STATE_BYTES, MOST_STATES};
use crate::{
    diagnostic::Diagnostic,
    world::{Full, NoPlace},
};

/// Why something cannot be asked of a stand-in, or done to it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ControlError {
    /// An operation that is in no contract.
    #[error("there is no operation `{0}`")]
    NoOperation(String),
    /// An exchange whose number was not taken yet.
    #[error("there was no exchange {0} yet")]
    NoExchangeYet(u64),
    /// An exchange that was forgotten, or that made room for newer ones.
    #[error("exchange {0} is no longer in the journal")]
    ExchangeGone(u64),
    /// A scenario that is not played.
    #[error("no scenario `{name}` is played; {}", played(.known))]
    NoScenario {
        /// What was asked for.
        name: String,
        /// What is played.
        known: Vec<String>,
    },
    /// A scenario with errors. What was played before goes on.
    #[error("the scenario is wrong; what was played before goes on")]
    WrongScenario(Vec<Diagnostic>),
    /// A scenario that calls itself something else.
    #[error("the scenario is called `{found}`, and was to be put as `{wanted}`")]
    OtherName {
        /// The name that it was put under.
        wanted: String,
        /// The name that it has.
        found: String,
    },
    /// A session that does not exist.
    #[error("there is no session `{0}`; a session is made by its first call")]
    NoSession(String),
    /// More states than a session can have.
    #[error("a session has at most {MOST_STATES} states, of {MOST_STATE_BYTES} bytes in all")]
    TooManyStates,
    /// Nothing remembers what clients create.
    #[error("there is no world: the server was started without --world")]
    NoWorld,
    /// A seed with errors. The world stays as it is.
    #[error("the seed is wrong; the world stays as it is")]
    WrongSeed(Vec<Diagnostic>),
    /// A file that is not there.
    #[error(
        "there is no such file: {0}; a path is what the seed calls an owner, and the names below: `lin/notes/todo.txt`"
    )]
    NoFile(String),
    /// A folder or space that is not there.
    #[error("the world has no {what} with the id `{id}`")]
    NotInWorld {
        /// A folder, or a space.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// A part of a list that begins nowhere.
    #[error("{0}")]
    NoSuchPart(String),
    /// A file that cannot be put.
    #[error(transparent)]
    NoPlace(#[from] NoPlace),
    /// A world for which there is no room.
    #[error(transparent)]
    Full(#[from] Full),
    /// A name that no session can have.
    #[error("`{0}` cannot be the name of a session: 1 to 100 letters, digits, `-`, `_` and `.`")]
    NotASessionName(String),
}

fn played(known: &[String]) -> String {
    if known.is_empty() { "none is".to_owned() } else { format!("played are {}", known.join(", ")) }
}
