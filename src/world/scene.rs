//! What behaviour works with: the world, the call, and who makes it.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    World,
    call::Values,
    codes::{NO_QUOTA, NO_SPACE},
    groups::Group,
    ids::{Id, Ids},
    links::Links,
    org::{Department, User},
    outcome::Trouble,
    rights::Grant,
    spaces::{Kind, NewSpace, Space},
};
use crate::{content::Received, contract::json::Json};

/// A world that is copied once something in it is changed: whoever only looks copies nothing.
pub(super) struct Draft(Arc<World>);

impl Draft {
    pub(super) fn of(world: &Arc<World>) -> Self {
        Self(Arc::clone(world))
    }

    pub(super) fn into_world(self) -> Arc<World> {
        self.0
    }
}

impl Deref for Draft {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl DerefMut for Draft {
    fn deref_mut(&mut self) -> &mut World {
        Arc::make_mut(&mut self.0)
    }
}

/// A call on its way through the world.
pub(super) struct Scene<'c> {
    /// What is changed in it becomes the session's if the call goes well.
    pub(super) world: Draft,
    pub(super) call: Values<'c>,
    pub(super) headers: &'c Json<'c>,
    /// Who calls.
    pub(super) me: Arc<User>,
    pub(super) token: Option<&'c str>,
    pub(super) now: Timestamp,
    pub(super) ids: Ids<'c>,
    /// How the caller reaches the object host.
    pub(super) links: Links<'c>,
    /// The body of the call, where that is a file.
    pub(super) content: Option<&'c Received>,
    /// The message of an error of the catalogue, in the caller's language.
    pub(super) messages: &'c dyn Fn(&Trouble) -> String,
}

impl<'c> Scene<'c> {
    /// The value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&'c str> {
        self.headers.get(name)?.as_str()
    }

    /// What an item of a batch that failed says.
    pub(super) fn message(&self, trouble: &Trouble) -> String {
        (self.messages)(trouble)
    }

    /// A text of the call that its table makes mandatory.
    pub(super) fn text(&self, name: &str) -> &'c str {
        self.call.text(name).unwrap_or_default()
    }

    /// A department by the id that the call sends.
    pub(super) fn department(&self, name: &str) -> Result<Arc<Department>, Trouble> {
        let id = self.call.id(name).unwrap_or(Id::NONE);
        self.world.org.department(id).cloned().ok_or_else(|| Trouble::unknown("department", self.sent(name)))
    }

    /// A user by the id that the call sends: KooDrive's, else OrgID's.
    pub(super) fn user(&self, name: &str) -> Result<Arc<User>, Trouble> {
        let id = self.call.id(name).unwrap_or(Id::NONE);
        self.world.org.user(id).cloned().ok_or_else(|| Trouble::unknown("user", self.sent(name)))
    }

    /// A group by the id that the call sends.
    pub(super) fn group(&self, name: &str) -> Result<Arc<Group>, Trouble> {
        let id = self.call.id(name).unwrap_or(Id::NONE);
        self.world.groups.get(id).cloned().ok_or_else(|| Trouble::unknown("group", self.sent(name)))
    }

    /// What the call sent, for messages.
    fn sent(&self, name: &str) -> String {
        let text = self.call.text(name).map(str::to_owned);
        text.or_else(|| self.call.whole(name).map(|number| number.to_string()))
            .unwrap_or_else(|| "that was not sent".into())
    }

    /// A space of any state.
    pub(super) fn space(&self, id: &str) -> Result<Arc<Space>, Trouble> {
        self.world.spaces.get(id).cloned().ok_or_else(|| Trouble::new(NO_SPACE, format!("there is no space {id}")))
    }

    /// Only an administrator of everything goes on.
    pub(super) fn administrator(&self) -> Result<(), Trouble> {
        if self.me.role.is_administrator() {
            return Ok(());
        }
        Err(Trouble::forbidden(format!("{} is no administrator", self.me.name)))
    }

    /// Whether the caller administrates a department: everything, or it or one above it.
    pub(super) fn administrates(&self, department: Id) -> bool {
        self.me.role.is_administrator() || self.world.org.administrates(&self.me, department)
    }

    /// Only an administrator of a department goes on.
    pub(super) fn administrator_of(&self, department: Id) -> Result<(), Trouble> {
        if self.administrates(department) {
            return Ok(());
        }
        Err(Trouble::forbidden(format!("{} is no administrator of department {department}", self.me.name)))
    }

    /// The department that an owner of spaces belongs to: itself, a user's, or that of a group's owner.
    pub(super) fn department_of(&self, owner: Id) -> Option<Id> {
        let World { org, groups, .. } = &*self.world;
        if let Some(department) = org.department(owner) {
            return Some(department.id);
        }
        let user = org.user(owner).or_else(|| org.user(groups.get(owner)?.owner))?;
        Some(user.department)
    }

    /// Only whoever runs a group goes on: its owner, its administrators, or an administrator of everything.
    pub(super) fn runs(&self, group: &Group) -> Result<(), Trouble> {
        if self.me.role.is_administrator() || group.role_of(self.me.id).is_some_and(|role| role < 2) {
            return Ok(());
        }
        Err(Trouble::forbidden(format!("{} does not run group {}", self.me.name, group.id)))
    }

    /// Makes a space, if so much quota is left for its type.
    pub(super) fn make_space(
        &mut self,
        kind: Kind,
        owner: Id,
        capacity: i64,
        initial: Option<Grant>,
    ) -> Result<Arc<Space>, Trouble> {
        self.room_for(kind, capacity)?;
        let new = NewSpace { kind, owner, capacity, creator: self.me.id, at: self.now, initial };
        Ok(self.world.add_space(&mut self.ids, new))
    }

    /// Whether so many GB more may be given out to a type of space.
    pub(super) fn room_for(&self, kind: Kind, more: i64) -> Result<(), Trouble> {
        let (given, quota) = (self.world.spaces.allocated(kind), self.world.enterprise.quota.of(kind));
        if given.saturating_add(more) > quota {
            let reason = format!("{given} GB of {quota} GB are given out already, and {more} GB more are asked for");
            return Err(Trouble::new(NO_QUOTA, reason));
        }
        Ok(())
    }

    /// An id of 19 digits that nothing has.
    pub(super) fn new_id(&mut self, kind: &str) -> Id {
        let world = &self.world;
        self.ids.number(kind, |id| world.has(id))
    }
}
