//! What a call did to the world: which things it made, changed and removed. Found by comparing the world before it with the one after, so
//! no behaviour has to say what it does. The comparison costs about what the change did: what both share is passed over, and of the files
//! only those are looked at that were put or erased.

use std::sync::Arc;

use imbl::{OrdMap, ordmap::DiffItem};
use serde::Serialize;

use super::{Made, World, drive::Key, followed::Followed, uploads::Upload};

/// So many things are named; the rest is counted.
const NAMED: usize = 20;

/// What the world did with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Took {
    /// The call was played, and what it changed stays.
    Committed,
    /// The call was played and refused: nothing changed.
    Refused,
    /// The call did not come to the world.
    Untouched,
}

/// What a thing of the world is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntityKind {
    /// A department.
    Department,
    /// A user.
    User,
    /// A group.
    Group,
    /// A space.
    Space,
    /// A folder.
    Folder,
    /// A file.
    File,
    /// A share.
    Share,
    /// A batch job.
    Job,
    /// Saving from a share.
    Task,
}

impl EntityKind {
    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::User => "user",
            Self::Group => "group",
            Self::Space => "space",
            Self::Folder => "folder",
            Self::File => "file",
            Self::Share => "share",
            Self::Job => "job",
            Self::Task => "task",
        }
    }
}

/// A thing of the world, as reports name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Its id.
    pub id: Arc<str>,
    /// Its name, if it has one.
    pub name: Option<Arc<str>>,
}

/// The first of some things, in the order in which they were made, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entities {
    /// At most 20.
    pub named: Vec<Entity>,
    /// All of them.
    pub count: u64,
}

/// What a call did, and what it left its client to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// What it made.
    pub created: Entities,
    /// What it changed.
    pub changed: Entities,
    /// What it removed for good.
    pub removed: Entities,
    /// The cursor that it answered behind a short page: fewer entries than were asked for, and not the last ones all the same.
    pub short_page: Option<Arc<str>>,
}

impl Effect {
    /// What happened between two worlds; nothing if nothing did that has an id.
    pub(super) fn between(before: &World, after: &World) -> Option<Box<Self>> {
        let mut found = Found::default();
        found.compare(before.org.departments_by_id(), after.org.departments_by_id());
        found.compare(before.org.users_by_id(), after.org.users_by_id());
        found.compare(before.groups.by_id(), after.groups.by_id());
        found.compare(before.spaces.by_id(), after.spaces.by_id());
        for id in after.drive.touched() {
            // A file is made when its upload begins, and changed when that ends.
            let was_begun = || before.uploads.of_file(id).is_some();
            found.note(before.drive.get(id), after.drive.get(id), was_begun);
        }
        found.begun(before.uploads.by_file(), after.uploads.by_file());
        found.compare(before.shares.by_id(), after.shares.by_id());
        found.compare(before.jobs.by_id(), after.jobs.by_id());
        found.compare(before.savings.by_id(), after.savings.by_id());
        let Found { created, changed, removed } = found;
        let effect =
            Self { created: created.into(), changed: changed.into(), removed: removed.into(), short_page: None };
        (effect != Self::default()).then(|| Box::new(effect))
    }

    /// Bytes of memory that it takes, about.
    pub fn size(&self) -> usize {
        let all = [&self.created, &self.changed, &self.removed].into_iter().flat_map(|things| &things.named);
        let cursor = self.short_page.as_ref().map_or(0, |cursor| cursor.len() + 32);
        size_of::<Self>() + cursor + all.map(|thing| size_of::<Entity>() + thing.id.len() + 32).sum::<usize>()
    }
}

/// The first things in the order in which they were made.
#[derive(Default)]
struct Firsts {
    first: Vec<(Made, Entity)>,
    count: u64,
}

impl Firsts {
    fn add(&mut self, thing: &impl Followed) {
        self.count += 1;
        let made = thing.made();
        if self.first.len() < NAMED || self.first.last().is_some_and(|(last, _)| made < *last) {
            let place = self.first.partition_point(|(known, _)| *known <= made);
            self.first.insert(place, (made, thing.entity()));
            self.first.truncate(NAMED);
        }
    }
}

impl From<Firsts> for Entities {
    fn from(firsts: Firsts) -> Self {
        Self { named: firsts.first.into_iter().map(|(_, entity)| entity).collect(), count: firsts.count }
    }
}

#[derive(Default)]
struct Found {
    created: Firsts,
    changed: Firsts,
    removed: Firsts,
}

impl Found {
    fn compare<K: Ord + Clone, T: Followed>(&mut self, before: &OrdMap<K, Arc<T>>, after: &OrdMap<K, Arc<T>>) {
        if before.ptr_eq(after) {
            return;
        }
        for difference in before.diff(after) {
            match difference {
                DiffItem::Add(_, new) => self.note(None, Some(new), || false),
                DiffItem::Update { old: (_, old), new: (_, new) } => self.note(Some(old), Some(new), || false),
                DiffItem::Remove(_, old) => self.note(Some(old), None, || false),
            }
        }
    }

    /// What became of one thing.
    fn note<T: Followed>(&mut self, before: Option<&Arc<T>>, after: Option<&Arc<T>>, was_begun: impl Fn() -> bool) {
        match (before, after) {
            (None, Some(new)) if was_begun() => self.changed.add(&**new),
            (None, Some(new)) => self.created.add(&**new),
            (Some(old), Some(new)) if Arc::ptr_eq(old, new) || new.is_still(old) => {}
            (Some(_), Some(new)) => self.changed.add(&**new),
            (Some(old), None) => self.removed.add(&**old),
            (None, None) => {}
        }
    }

    /// The files whose uploads began.
    fn begun(&mut self, before: &OrdMap<Key, Arc<Upload>>, after: &OrdMap<Key, Arc<Upload>>) {
        if before.ptr_eq(after) {
            return;
        }
        // There are not many.
        for upload in after.values().filter(|upload| !before.contains_key(&upload.node.id)) {
            self.created.add(&upload.node);
        }
    }
}
