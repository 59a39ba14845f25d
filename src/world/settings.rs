//! How a world is played, as its seed says it.

use std::sync::Arc;

use imbl::OrdMap;

use super::{ids::Id, pace::Pace};

/// What a seed says beside what is there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    /// The seed's name.
    pub(super) name: String,
    /// Who calls when nothing says it.
    pub(super) me: Id,
    /// Whether a user that the world does not have is refused.
    pub(super) is_strict: bool,
    /// How long jobs take.
    pub(super) pace: Pace,
    /// What the seed calls its people.
    pub(super) aliases: OrdMap<Arc<str>, Id>,
}

impl Settings {
    /// Forgets what a user who is gone was called.
    pub(super) fn forget(&mut self, user: Id) {
        let aliases = self.aliases.iter().filter(|(_, id)| **id != user);
        self.aliases = aliases.map(|(alias, id)| (Arc::clone(alias), *id)).collect();
    }
}
