//! Groups of users.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use jiff::Timestamp;

use super::{
    Made,
    fact::{Fact, Facts, View},
    ids::Id,
};

/// The most members of a group.
pub(super) const MOST_MEMBERS: usize = 200;

/// The most groups that a user is in.
pub(super) const MOST_OF_USER: usize = 200;

/// All groups.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Groups {
    all: OrdMap<Id, Arc<Group>>,
    order: OrdMap<Made, Id>,
    /// Behind each of their members.
    of: OrdSet<(Id, Made, Id)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) id: Id,
    pub(super) name: String,
    /// 0 a group, which may have a space; 1 a user group.
    pub(super) source: i64,
    pub(super) owner: Id,
    pub(super) icon: Option<String>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) members: OrdMap<Id, Member>,
    /// Whoever has it on top of their list.
    pub(super) pins: OrdSet<Id>,
    pub(super) made: Made,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    /// 0 owner, 1 administrator, 2 member.
    pub(super) role: i64,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) made: Made,
}

impl Groups {
    pub(super) fn by_id(&self) -> &OrdMap<Id, Arc<Group>> {
        &self.all
    }

    pub(super) fn get(&self, id: Id) -> Option<&Arc<Group>> {
        self.all.get(&id)
    }

    /// All of them in the order in which they were made.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Group>> {
        self.order.values().filter_map(|id| self.all.get(id))
    }

    /// Those that a user is in.
    pub(super) fn of(&self, user: Id) -> impl Iterator<Item = &Arc<Group>> {
        let behind = self.of.range((user, 0, Id::NONE)..=(user, Made::MAX, Id(u64::MAX)));
        behind.filter_map(|(_, _, id)| self.all.get(id))
    }

    /// Those after a place in the order, for pages.
    pub(super) fn of_after(&self, user: Id, after: Made) -> impl Iterator<Item = &Arc<Group>> {
        let behind = self.of.range((user, after, Id(u64::MAX))..=(user, Made::MAX, Id(u64::MAX)));
        behind.filter_map(|(_, _, id)| self.all.get(id))
    }

    /// Adds a group, or replaces the one with its id.
    pub(super) fn put(&mut self, group: Group) {
        self.remove(group.id);
        for user in group.members.keys() {
            self.of.insert((*user, group.made, group.id));
        }
        self.order.insert(group.made, group.id);
        self.all.insert(group.id, Arc::new(group));
    }

    pub(super) fn remove(&mut self, id: Id) {
        if let Some(known) = self.all.remove(&id) {
            for user in known.members.keys() {
                self.of.remove(&(*user, known.made, id));
            }
            self.order.remove(&known.made);
        }
    }

    pub(super) fn has(&self, id: Id) -> bool {
        self.all.contains_key(&id)
    }
}

impl Group {
    pub(super) fn role_of(&self, user: Id) -> Option<i64> {
        self.members.get(&user).map(|member| member.role)
    }

    /// The members as lists have them: the owner, administrators, then the others, each in the order in which they came.
    pub(super) fn in_order(&self) -> Vec<(Id, Member)> {
        let mut members: Vec<_> = self.members.iter().map(|(user, member)| (*user, *member)).collect();
        members.sort_by_key(|(_, member)| (member.role, member.made));
        members
    }
}

impl Facts for Group {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        Some(match name {
            "id" | "groupId" => Fact::Id(self.id),
            "groupName" | "name" => Fact::text(&self.name),
            "ownerId" => Fact::Id(self.owner),
            "ownerName" => Fact::text(&view.world.org.user(self.owner)?.name),
            "tenantId" => Fact::text(&view.world.enterprise.tenant),
            "sourceType" => Fact::Whole(self.source),
            "iconUrl" => Fact::text(self.icon.as_deref()?),
            "createdTime" => Fact::Time(self.created),
            "updatedTime" => Fact::Time(self.updated),
            "top" => Fact::Whole(i64::from(self.pins.contains(&view.me))),
            _ => return None,
        })
    }
}
