//! What is another one since it was read before, in words and for programs.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::cli::read::{Played, PlayedScenario};

/// What is another one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) changed: Vec<String>,
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
    pub(super) specs: bool,
    pub(super) credentials: bool,
    pub(super) world: bool,
}

impl Changes {
    pub(super) fn between(before: &Played, now: &Played) -> Self {
        let has = |list: &[PlayedScenario], wanted: &PlayedScenario| {
            list.iter().any(|known| known.name == wanted.name && known.origin.file == wanted.origin.file)
        };
        let stays = |list: &[PlayedScenario], wanted: &PlayedScenario| {
            list.iter().any(|known| known.identity == wanted.identity)
        };
        let names = |list: &[PlayedScenario], wanted: &dyn Fn(&PlayedScenario) -> bool| {
            list.iter().filter(|scenario| wanted(scenario)).map(|scenario| scenario.name.clone()).collect()
        };
        let (old, new) = (&before.scenarios, &now.scenarios);
        let seed = |played: &Played| played.world.as_ref().map(|(seed, _)| Arc::as_ptr(seed));
        Self {
            changed: names(new, &|scenario| has(old, scenario) && !stays(old, scenario)),
            added: names(new, &|scenario| !has(old, scenario)),
            removed: names(old, &|scenario| !has(new, scenario)),
            specs: before.specs != now.specs,
            credentials: before.credentials != now.credentials,
            world: seed(before) != seed(now),
        }
    }

    pub(super) fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the stand-in itself is another one, and not only its scenarios.
    pub(super) fn need_renewal(&self) -> bool {
        self.specs || self.credentials || self.world
    }

    /// A line for people.
    pub(super) fn told(&self) -> String {
        let list = |names: &[String], what: &str| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            (!names.is_empty()).then(|| format!("{} {what}", names.join(", ")))
        };
        let word = |holds: bool, what: &str| holds.then(|| what.to_owned());
        let parts = [
            list(&self.changed, "changed"),
            list(&self.added, "added"),
            list(&self.removed, "removed"),
            word(self.specs, "the contract"),
            word(self.credentials, "the credentials"),
            word(self.world, "the seed (sessions that have a world keep it until they begin anew)"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() {
            "read again: nothing changed".to_owned()
        } else {
            format!("read again: {}", parts.join("; "))
        }
    }

    /// For programs.
    pub(super) fn to_json(&self) -> Value {
        let Self { changed, added, removed, specs, credentials, world } = self;
        json!({
            "event": "read_again",
            "scenarios": { "changed": changed, "added": added, "removed": removed },
            "specs": specs, "credentials": credentials, "world": world,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_in_one_line() {
        let changes = Changes {
            changed: vec!["a".to_owned(), "b".to_owned()],
            removed: vec!["c".to_owned()],
            credentials: true,
            ..Changes::default()
        };
        assert_eq!(changes.told(), "read again: `a`, `b` changed; `c` removed; the credentials");
        assert_eq!(Changes::default().told(), "read again: nothing changed");
        assert!(changes.need_renewal() && !changes.are_none());
    }
}
