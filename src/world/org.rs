//! Departments and users.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use jiff::Timestamp;

use super::{
    Made,
    fact::{Fact, Facts, View},
    ids::Id,
};

/// How deep departments go, the root included.
pub(super) const DEPTH: usize = 5;

/// Departments and users, found by id and listed in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Org {
    departments: OrdMap<Id, Arc<Department>>,
    /// Each department behind the one above it.
    below: OrdSet<(Id, Made, Id)>,
    users: OrdMap<Id, Arc<User>>,
    /// OrgID's id of a user leads here.
    of_org: OrdMap<Id, Id>,
    order: OrdMap<Made, Id>,
    /// Users behind their department.
    members: OrdSet<(Id, Made, Id)>,
    /// The names of users who are gone: what they shared still has them.
    gone: OrdMap<Id, Arc<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Department {
    pub(super) id: Id,
    pub(super) name: String,
    /// Nothing for the root.
    pub(super) parent: Option<Id>,
    /// OrgID's: 32 hexadecimal digits.
    pub(super) code: String,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) creator: Id,
    pub(super) made: Made,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    pub(super) id: Id,
    pub(super) org_id: Id,
    pub(super) name: String,
    pub(super) department: Id,
    pub(super) mobile: Option<String>,
    pub(super) role: Role,
    pub(super) disabled: bool,
    pub(super) created: Timestamp,
    pub(super) made: Made,
}

/// What a user is in the enterprise. The numbers are the vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Administrator of a department.
    Department = 0,
    Ordinary = 1,
    /// System administrator.
    System = 2,
    /// Drive administrator.
    Drive = 3,
    /// A member who manages.
    Managing = 5,
}

impl User {
    /// Whether this one may do everything, and may come in.
    pub(super) fn administers(&self) -> bool {
        self.role.is_administrator() && !self.disabled
    }
}

impl Role {
    pub(super) fn of(number: i64) -> Option<Self> {
        [Self::Department, Self::Ordinary, Self::System, Self::Drive, Self::Managing]
            .into_iter()
            .find(|role| *role as i64 == number)
    }

    /// As sessions have it: 0 administrator, 1 ordinary user, 2 super administrator.
    pub(super) fn of_session(self) -> i64 {
        match self {
            Self::System | Self::Drive => 2,
            Self::Department | Self::Managing => 0,
            Self::Ordinary => 1,
        }
    }

    /// Whether it may do everything.
    pub(super) fn is_administrator(self) -> bool {
        matches!(self, Self::System | Self::Drive)
    }
}

impl Org {
    /// How many departments and users there are, and were.
    pub(super) fn entries(&self) -> usize {
        self.departments.len() + self.users.len() + self.gone.len()
    }

    pub(super) fn departments_by_id(&self) -> &OrdMap<Id, Arc<Department>> {
        &self.departments
    }

    pub(super) fn users_by_id(&self) -> &OrdMap<Id, Arc<User>> {
        &self.users
    }

    pub(super) fn department(&self, id: Id) -> Option<&Arc<Department>> {
        self.departments.get(&id)
    }

    /// All departments in the order of their ids.
    pub(super) fn departments(&self) -> impl Iterator<Item = &Arc<Department>> {
        self.departments.values()
    }

    /// Those directly below one, in the order in which they were made.
    pub(super) fn children(&self, id: Id) -> impl Iterator<Item = &Arc<Department>> {
        let behind = self.below.range((id, 0, Id::NONE)..=(id, Made::MAX, Id(u64::MAX)));
        behind.filter_map(|(_, _, child)| self.department(*child))
    }

    /// Whether a department is another one, or somewhere below it.
    pub(super) fn is_within(&self, id: Id, above: Id) -> bool {
        self.way_up(id).any(|department| department.id == above)
    }

    /// Whether a user administrates a department or one above it.
    pub(super) fn administrates(&self, user: &User, department: Id) -> bool {
        user.role == Role::Department && self.is_within(department, user.department)
    }

    /// A department and those above it, up to the root.
    pub(super) fn way_up(&self, id: Id) -> impl Iterator<Item = &Arc<Department>> {
        let up = |department: &&Arc<Department>| department.parent.and_then(|parent| self.department(parent));
        std::iter::successors(self.department(id), up)
    }

    /// How many levels there are from the root to a department, and from it to the lowest below it.
    pub(super) fn height(&self, id: Id) -> usize {
        1 + self.children(id).map(|child| self.height(child.id)).max().unwrap_or(0)
    }

    /// A department and all below it, the upper ones first.
    pub(super) fn all_within(&self, id: Id) -> Vec<Id> {
        let mut found: Vec<Id> = self.department(id).iter().map(|department| department.id).collect();
        let mut next = 0;
        while let Some(id) = found.get(next).copied() {
            found.extend(self.children(id).map(|child| child.id));
            next += 1;
        }
        found
    }

    /// Adds a department, or replaces the one with its id.
    pub(super) fn put_department(&mut self, department: Department) {
        if let Some(known) = self.departments.get(&department.id) {
            self.below.remove(&(known.parent.unwrap_or(Id::NONE), known.made, known.id));
        }
        self.below.insert((department.parent.unwrap_or(Id::NONE), department.made, department.id));
        self.departments.insert(department.id, Arc::new(department));
    }

    pub(super) fn remove_department(&mut self, id: Id) {
        if let Some(known) = self.departments.remove(&id) {
            self.below.remove(&(known.parent.unwrap_or(Id::NONE), known.made, known.id));
        }
    }

    /// A user by KooDrive's id, else by OrgID's.
    pub(super) fn user(&self, id: Id) -> Option<&Arc<User>> {
        self.users.get(&id).or_else(|| self.users.get(self.of_org.get(&id)?))
    }

    /// All users in the order in which they were made.
    pub(super) fn users(&self) -> impl Iterator<Item = &Arc<User>> {
        self.order.values().filter_map(|id| self.users.get(id))
    }

    pub(super) fn count_users(&self) -> usize {
        self.users.len()
    }

    /// The users of one department.
    pub(super) fn users_of(&self, department: Id) -> impl Iterator<Item = &Arc<User>> {
        let behind = self.members.range((department, 0, Id::NONE)..=(department, Made::MAX, Id(u64::MAX)));
        behind.filter_map(|(_, _, user)| self.users.get(user))
    }

    /// Adds a user, or replaces the one with its id.
    pub(super) fn put_user(&mut self, user: User) {
        if let Some(known) = self.users.get(&user.id) {
            self.members.remove(&(known.department, known.made, known.id));
        }
        self.members.insert((user.department, user.made, user.id));
        self.order.insert(user.made, user.id);
        self.of_org.insert(user.org_id, user.id);
        self.users.insert(user.id, Arc::new(user));
    }

    pub(super) fn remove_user(&mut self, id: Id) {
        if let Some(known) = self.users.remove(&id) {
            self.members.remove(&(known.department, known.made, known.id));
            self.order.remove(&known.made);
            self.of_org.remove(&known.org_id);
            self.gone.insert(id, known.name.as_str().into());
        }
    }

    /// The name of a user, also of one who is gone.
    pub(super) fn name(&self, id: Id) -> Option<&str> {
        self.users.get(&id).map(|user| user.name.as_str()).or_else(|| self.gone.get(&id).map(|name| &**name))
    }

    /// The names of users who are gone.
    pub(super) fn gone(&self) -> impl Iterator<Item = (Id, &str)> {
        self.gone.iter().map(|(id, name)| (*id, &**name))
    }

    /// Notes the name of a user who is gone.
    pub(super) fn put_gone(&mut self, id: Id, name: &str) {
        self.gone.insert(id, name.into());
    }

    /// Whether an id is taken.
    pub(super) fn has(&self, id: Id) -> bool {
        self.departments.contains_key(&id)
            || self.users.contains_key(&id)
            || self.of_org.contains_key(&id)
            || self.gone.contains_key(&id)
    }
}

impl Facts for Department {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        Some(match name {
            "id" | "departmentId" => Fact::Id(self.id),
            "name" | "deptName" | "departmentName" => Fact::text(&self.name),
            "deptId" | "deptCode" => Fact::text(&self.code),
            // The root has none above it.
            "parentId" => Fact::Id(self.parent.unwrap_or(Id::NONE)),
            "orgId" => Fact::Id(view.world.enterprise.org),
            "tenantId" => Fact::text(&view.world.enterprise.tenant),
            "createTime" => Fact::Time(self.created),
            "updateTime" => Fact::Time(self.updated),
            "creator" => Fact::Id(self.creator),
            _ => return None,
        })
    }
}

impl Facts for User {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        Some(match name {
            "id" | "innerUserId" => Fact::Id(self.id),
            "userId" => Fact::Id(self.org_id),
            "orgId" => Fact::Id(view.world.enterprise.org),
            "orgName" => Fact::text(&view.world.enterprise.name),
            "tenantId" => Fact::text(&view.world.enterprise.tenant),
            "name" | "userName" => Fact::text(&self.name),
            "deptId" => Fact::Id(self.department),
            "deptName" => Fact::text(&view.world.org.department(self.department)?.name),
            "mobile" => Fact::Text(hidden_in_the_middle(self.mobile.as_deref()?).into()),
            "role" => Fact::Whole(self.role as i64),
            "status" => Fact::Whole(i64::from(self.disabled)),
            "createTime" => Fact::Time(self.created),
            _ => return None,
        })
    }
}

/// `0086181****8439`, as the vendor shows numbers.
pub(super) fn hidden_in_the_middle(mobile: &str) -> String {
    let length = mobile.chars().count();
    let hide = |(index, letter)| {
        if (length.saturating_sub(8)..length.saturating_sub(4)).contains(&index) { '*' } else { letter }
    };
    mobile.chars().enumerate().map(hide).collect()
}

/// `178********`: all but the first three.
pub(super) fn hidden_but_the_start(mobile: &str) -> String {
    mobile.chars().enumerate().map(|(index, letter)| if index < 3 { letter } else { '*' }).collect()
}
