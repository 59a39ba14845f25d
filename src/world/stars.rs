//! What users marked as favourites.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::{Made, drive::Key, ids::Id};

/// All favourites.
#[derive(Debug, Clone, Default)]
pub(super) struct Stars {
    all: OrdMap<Id, OrdMap<Key, Made>>,
    order: OrdSet<(Id, Made, Key)>,
    /// Favourites of each user that were erased, and not told yet.
    lost: OrdMap<Id, i64>,
}

impl PartialEq for Stars {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order && self.lost == other.lost
    }
}

impl Stars {
    pub(super) fn has(&self, user: Id, file: &str) -> bool {
        self.all.get(&user).is_some_and(|files| files.contains_key(file))
    }

    /// All of them, each with its user.
    pub(super) fn all(&self) -> impl Iterator<Item = (Id, &Key)> {
        self.all.iter().flat_map(|(user, files)| files.keys().map(move |file| (*user, file)))
    }

    /// The favourites of a user in the order in which they were made.
    pub(super) fn of(&self, user: Id) -> impl DoubleEndedIterator<Item = (Made, &Key)> {
        let behind = self.order.range((user, 0, Key::from(""))..(Id(user.0 + 1), 0, Key::from("")));
        behind.map(|(_, made, file)| (*made, file))
    }

    pub(super) fn add(&mut self, user: Id, file: &Key, made: Made) {
        if !self.has(user, file) {
            self.all.entry(user).or_default().insert(Arc::clone(file), made);
            self.order.insert((user, made, Arc::clone(file)));
        }
    }

    pub(super) fn remove(&mut self, user: Id, file: &Key) {
        if let Some(made) = self.all.get_mut(&user).and_then(|files| files.remove(file)) {
            self.order.remove(&(user, made, Arc::clone(file)));
        }
    }

    /// A file was erased: it is nobody's favourite any more, and each of them is told once.
    pub(super) fn erased(&mut self, file: &Key, users: impl Iterator<Item = Id>) {
        for user in users {
            if self.has(user, file) {
                self.remove(user, file);
                *self.lost.entry(user).or_default() += 1;
            }
        }
    }

    /// Forgets a user who is gone.
    pub(super) fn forget(&mut self, user: Id) {
        let files: Vec<Key> = self.of(user).map(|(_, file)| Arc::clone(file)).collect();
        for file in files {
            self.remove(user, &file);
        }
        self.lost.remove(&user);
    }

    /// All of them, each with its user and its place in the order.
    pub(super) fn entries(&self) -> impl Iterator<Item = &(Id, Made, Key)> {
        self.order.iter()
    }

    /// How many favourites each user lost and was not told of.
    pub(super) fn lost(&self) -> impl Iterator<Item = (Id, i64)> {
        self.lost.iter().map(|(user, count)| (*user, *count))
    }

    /// Notes how many favourites a user lost.
    pub(super) fn put_lost(&mut self, user: Id, count: i64) {
        self.lost.insert(user, count);
    }

    /// How many favourites of a user were erased since that was asked for.
    pub(super) fn take_lost(&mut self, user: Id) -> i64 {
        self.lost.remove(&user).unwrap_or(0)
    }
}
