//! Spaces: where files are, whose they are, and how much fits in.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use jiff::Timestamp;

use super::{
    Made, World,
    fact::{Fact, Facts, View},
    ids::{Id, Ids},
    rights::Grant,
};

/// All spaces.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Spaces {
    all: OrdMap<Arc<str>, Arc<Space>>,
    /// Behind their owner.
    of: OrdSet<(Id, Made, Arc<str>)>,
    order: OrdMap<Made, Arc<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Space {
    pub(super) id: Arc<str>,
    pub(super) kind: Kind,
    /// A department, user or group.
    pub(super) owner: Id,
    pub(super) disabled: bool,
    /// In GB.
    pub(super) capacity: i64,
    /// In bytes.
    pub(super) used: i64,
    pub(super) creator: Id,
    pub(super) created: Timestamp,
    pub(super) modifier: Id,
    pub(super) updated: Timestamp,
    pub(super) root: String,
    /// What single users may do in it.
    pub(super) grants: OrdMap<Id, Grant>,
    /// What everybody else may do who is in it.
    pub(super) initial: Option<Grant>,
    pub(super) made: Made,
}

/// The types of space. The numbers are the vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Department = 0,
    Personal = 1,
    Group = 2,
}

/// Bytes of a GB.
pub(super) const GB: i64 = 1 << 30;

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Department, Self::Personal, Self::Group];

    pub(super) fn of(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i64 == number)
    }
}

/// What a new space is.
#[derive(Clone, Copy)]
pub(super) struct NewSpace {
    pub(super) kind: Kind,
    pub(super) owner: Id,
    /// In GB.
    pub(super) capacity: i64,
    pub(super) creator: Id,
    pub(super) at: Timestamp,
    pub(super) initial: Option<Grant>,
}

impl World {
    /// Makes an empty space.
    pub(super) fn add_space(&mut self, ids: &mut Ids<'_>, new: NewSpace) -> Arc<Space> {
        let id: Arc<str> = loop {
            let id = ids.space();
            if self.spaces.get(&id).is_none() {
                break id.into();
            }
        };
        let NewSpace { kind, owner, capacity, creator, at, initial } = new;
        let space = Arc::new(Space {
            id,
            kind,
            owner,
            disabled: false,
            capacity,
            used: 0,
            creator,
            created: at,
            modifier: creator,
            updated: at,
            root: ids.letters("root", "HFF", 30),
            grants: OrdMap::new(),
            initial,
            made: self.next(),
        });
        self.spaces_mut().put(Arc::clone(&space));
        space
    }
}

impl Spaces {
    pub(super) fn by_id(&self) -> &OrdMap<Arc<str>, Arc<Space>> {
        &self.all
    }

    pub(super) fn get(&self, id: &str) -> Option<&Arc<Space>> {
        self.all.get(id)
    }

    /// All of them in the order in which they were made.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Space>> {
        self.order.values().filter_map(|id| self.all.get(id))
    }

    /// Those that were made after one.
    pub(super) fn after(&self, made: Made) -> impl Iterator<Item = &Arc<Space>> {
        self.order.range(made.saturating_add(1)..).filter_map(|(_, id)| self.all.get(id))
    }

    /// Those of an owner.
    pub(super) fn of(&self, owner: Id) -> impl Iterator<Item = &Arc<Space>> {
        let first = (owner, 0, Arc::from(""));
        let behind = self.of.range(first..).take_while(move |(id, _, _)| *id == owner);
        behind.filter_map(|(_, _, id)| self.all.get(id))
    }

    /// Those of a type.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Arc<Space>> {
        self.all().filter(move |space| space.kind == kind)
    }

    /// GB that were given out to a type.
    pub(super) fn allocated(&self, kind: Kind) -> i64 {
        self.of_kind(kind).map(|space| space.capacity).sum()
    }

    /// KB that a type uses.
    pub(super) fn used_kb(&self, kind: Kind) -> i64 {
        self.of_kind(kind).map(|space| space.used_kb()).sum()
    }

    /// Adds a space.
    pub(super) fn put(&mut self, space: Arc<Space>) {
        self.of.insert((space.owner, space.made, Arc::clone(&space.id)));
        self.order.insert(space.made, Arc::clone(&space.id));
        self.all.insert(Arc::clone(&space.id), space);
    }

    pub(super) fn remove(&mut self, id: &str) {
        if let Some(known) = self.all.remove(id) {
            self.of.remove(&(known.owner, known.made, Arc::clone(&known.id)));
            self.order.remove(&known.made);
        }
    }

    /// Works on one.
    pub(super) fn change(&mut self, id: &str, change: impl FnOnce(&mut Space)) {
        if let Some(space) = self.all.get_mut(id) {
            change(Arc::make_mut(space));
        }
    }
}

impl Space {
    /// KB in use, rounded up.
    pub(super) fn used_kb(&self) -> i64 {
        self.used.div_euclid(1024) + i64::from(self.used % 1024 != 0)
    }
}

impl Facts for Space {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        Some(match name {
            "type" => Fact::Whole(self.kind as i64),
            "status" => Fact::Whole(i64::from(self.disabled)),
            "ownerId" => Fact::Id(self.owner),
            "containerId" | "id" => Fact::text(&self.id),
            "rootFileId" => Fact::text(&self.root),
            "bizRootFileId" => Fact::Text(format!("DEUI7pa0C24Aroot{}", self.id).into()),
            "bizSboxFileId" => Fact::Text(format!("DEUI7pa0C24Asbox{}", self.id).into()),
            "capacity" | "quota" => Fact::Whole(self.capacity),
            "spaceUsed" | "used" => Fact::Whole(self.used_kb()),
            "tenantId" => Fact::text(&view.world.enterprise.tenant),
            "creator" => Fact::Id(self.creator),
            "createTime" => Fact::Time(self.created),
            "modifier" => Fact::Id(self.modifier),
            "updateTime" => Fact::Time(self.updated),
            _ => return None,
        })
    }
}
