//! The things that are followed from one world to the next: what a report calls them, and when they count as changed.

use std::{fmt::Display, sync::Arc};

use super::{
    Made,
    drive::Node,
    effect::{Entity, EntityKind},
    groups::Group,
    jobs::Job,
    org::{Department, User},
    savings::Saving,
    share::Share,
    spaces::Space,
};

/// Something that is followed.
pub(super) trait Followed: Eq {
    /// Its place in the order.
    fn made(&self) -> Made;
    /// How a report names it.
    fn entity(&self) -> Entity;
    /// Whether it is still what it was.
    fn is_still(&self, before: &Self) -> bool {
        self == before
    }
}

fn entity(kind: EntityKind, id: impl Display, name: Option<&str>) -> Entity {
    Entity { kind, id: id.to_string().into(), name: name.map(Arc::from) }
}

impl Followed for Department {
    fn made(&self) -> Made {
        self.made
    }

    fn entity(&self) -> Entity {
        entity(EntityKind::Department, self.id, Some(&self.name))
    }
}

impl Followed for User {
    fn made(&self) -> Made {
        self.made
    }

    fn entity(&self) -> Entity {
        entity(EntityKind::User, self.id, Some(&self.name))
    }
}

impl Followed for Group {
    fn made(&self) -> Made {
        self.made
    }

    fn entity(&self) -> Entity {
        entity(EntityKind::Group, self.id, Some(&self.name))
    }
}

impl Followed for Space {
    fn made(&self) -> Made {
        self.made
    }

    fn entity(&self) -> Entity {
        entity(EntityKind::Space, &self.id, None)
    }

    /// What its files use is no change of its own.
    fn is_still(&self, before: &Self) -> bool {
        *self == Self { used: self.used, ..before.clone() }
    }
}

impl Followed for Node {
    fn made(&self) -> Made {
        self.made
    }

    fn entity(&self) -> Entity {
        let kind = if self.is_folder() { EntityKind::Folder } else { EntityKind::File };
        Entity { kind, id: Arc::clone(&self.id), name: Some(Arc::clone(&self.name)) }
    }
}

impl Followed for Share {
    fn made(&self) -> Made {
        self.made
    }

    fn entity(&self) -> Entity {
        entity(EntityKind::Share, self.id, Some(&self.name))
    }
}

impl Followed for Job {
    fn made(&self) -> Made {
        self.made
    }

    fn entity(&self) -> Entity {
        entity(EntityKind::Job, self.id, None)
    }
}

impl Followed for Saving {
    fn made(&self) -> Made {
        self.made
    }

    fn entity(&self) -> Entity {
        entity(EntityKind::Task, self.id, None)
    }
}
