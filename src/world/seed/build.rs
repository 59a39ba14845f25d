//! From what a seed says to the world.

use std::{collections::HashMap, sync::Arc};

use jiff::{Timestamp, ToSpan as _};

use super::section::{
    Department as DepartmentSection, Entry, EntryContent, Group as GroupSection, Owner, Person, Sections, Sizes,
};
use crate::{
    content::{Kept, Room},
    world::{
        Made, World,
        content::{Content, digest},
        drive::{FOLDER, Key, Node, root_of, type_of},
        enterprise::{Enterprise, Quotas},
        groups::{Group, Member},
        ids::{Id, Ids, Source},
        org::{Department, User},
        rights::Grant,
        spaces::{Kind, NewSpace, Space},
    },
};

/// The most groups with a space.
const MOST_GROUPS: i64 = 100;

/// How long packages to download are kept, in days.
const PACKAGE_DAYS: i64 = 7;

/// Makes the world, as of a time.
pub(super) fn world(sections: &Sections, now: Timestamp, room: &Arc<Room>) -> World {
    let root = Id::of_seed("department", "");
    let mut build = Build {
        world: World {
            enterprise: Arc::new(enterprise(sections, root, now)),
            org: Arc::default(),
            spaces: Arc::default(),
            groups: Arc::default(),
            logins: Arc::default(),
            drive: Arc::default(),
            contents: Arc::default(),
            uploads: Arc::default(),
            stars: Arc::default(),
            jobs: Arc::default(),
            shares: Arc::default(),
            savings: Arc::default(),
            inbox: Arc::default(),
            visits: Arc::default(),
            made: 0,
        },
        now,
        room,
        me: sections.me_id(),
        departments: HashMap::new(),
        people: sections.people.iter().map(|person| (person.alias.as_str(), person.id())).collect(),
    };
    build.root(root, &sections.enterprise.name);
    for department in &sections.departments {
        build.department(department, root, &sections.sizes);
    }
    for person in &sections.people {
        build.person(person, root, &sections.sizes);
    }
    for group in &sections.groups {
        build.group(group, &sections.sizes);
    }
    for (owner, entries) in &sections.files {
        build.files(owner, entries);
    }
    for share in &sections.shares {
        build.share(share);
    }
    for (code, alias) in &sections.codes {
        if let Some(user) = build.people.get(alias.as_str()) {
            build.world.logins_mut().add_code(code, *user);
        }
    }
    build.world
}

fn enterprise(sections: &Sections, root: Id, now: Timestamp) -> Enterprise {
    let capacity = sections.enterprise.capacity;
    Enterprise {
        name: sections.enterprise.name.clone(),
        tenant: sections.enterprise.tenant.clone(),
        org: Id(
            9_190_086_000_000_000_000 + Id::of_seed("organisation", &sections.enterprise.name).0 % 1_000_000_000_000
        ),
        root,
        capacity,
        quota: Quotas::of_capacity(capacity),
        default_size: Quotas {
            department: sections.sizes.department,
            personal: sections.sizes.personal,
            group: sections.sizes.group,
        },
        most_users: sections.enterprise.users,
        most_groups: MOST_GROUPS,
        package_days: PACKAGE_DAYS,
        paid_until: now.checked_add((365 * 24).hours()).unwrap_or(now),
        public_shares: true,
    }
}

pub(super) struct Build<'s> {
    pub(super) world: World,
    pub(super) now: Timestamp,
    room: &'s Arc<Room>,
    me: Id,
    departments: HashMap<&'s str, Id>,
    pub(super) people: HashMap<&'s str, Id>,
}

/// Where files come, and whose they are.
#[derive(Clone, Copy)]
struct Place<'p> {
    space: &'p Arc<Space>,
    owner: Id,
}

struct NewNode<'p> {
    name: &'p str,
    file_type: &'p str,
    size: i64,
    content: Option<Arc<Content>>,
}

impl<'s> Build<'s> {
    fn root(&mut self, id: Id, name: &str) {
        let made = self.world.next();
        let code = Ids::new(Source::Seed("departments".to_owned())).hex("department code", 32);
        let (now, creator) = (self.now, self.me);
        let name = name.to_owned();
        let root = Department { id, name, parent: None, code, created: now, updated: now, creator, made };
        self.world.org_mut().put_department(root);
    }

    fn department(&mut self, section: &'s DepartmentSection, root: Id, sizes: &Sizes) {
        let id = section.id.unwrap_or_else(|| Id::of_seed("department", &section.path));
        self.departments.insert(&section.path, id);
        let above = section.above.as_deref().and_then(|above| self.departments.get(above)).copied();
        let path = format!("departments/{}", section.path);
        let department = Department {
            id,
            name: section.name.clone(),
            parent: Some(above.unwrap_or(root)),
            code: Ids::new(Source::Seed(path.clone())).hex("department code", 32),
            created: self.now,
            updated: self.now,
            creator: self.me,
            made: self.world.next(),
        };
        self.world.org_mut().put_department(department);
        self.space(Kind::Department, id, section.space.unwrap_or(sizes.department), path);
    }

    fn person(&mut self, section: &Person, root: Id, sizes: &Sizes) {
        let id = section.id();
        let department = section.department.as_deref().and_then(|path| self.departments.get(path)).copied();
        let user = User {
            id,
            org_id: section.org_id.unwrap_or_else(|| Id::of_seed("user", &section.alias).of_org_user()),
            name: section.name.clone().unwrap_or_else(|| section.alias.clone()),
            department: department.unwrap_or(root),
            mobile: section.mobile.clone(),
            role: section.role,
            disabled: section.disabled,
            created: self.now,
            made: self.world.next(),
        };
        self.world.org_mut().put_user(user);
        self.world.logins_mut().add_code(&section.alias, id);
        let path = format!("people/{}", section.alias);
        self.space(Kind::Personal, id, section.space.unwrap_or(sizes.personal), path);
    }

    fn group(&mut self, section: &GroupSection, sizes: &Sizes) {
        let path = format!("groups/{}", section.name);
        let id = section.id.unwrap_or_else(|| Id::of_seed("group", &path));
        let Some(owner) = self.people.get(section.owner.as_str()).copied() else { return };
        let (now, mut members) = (self.now, imbl::OrdMap::new());
        let member = |role, made: Made| Member { role, created: now, updated: now, made };
        members.insert(owner, member(0, self.world.next()));
        let mut grants = imbl::OrdMap::new();
        for (alias, preset) in &section.members {
            if let Some(user) = self.people.get(alias.as_str()).filter(|user| **user != owner) {
                members.insert(*user, member(2, self.world.next()));
                grants.insert(*user, Grant::Preset(*preset));
            }
        }
        let group = Group {
            id,
            name: section.name.clone(),
            source: i64::from(section.of_users),
            owner,
            icon: None,
            created: now,
            updated: now,
            members,
            pins: imbl::OrdSet::new(),
            made: self.world.next(),
        };
        self.world.groups_mut().put(group);
        if let Some(space) = self.space(Kind::Group, id, section.capacity(sizes), path) {
            self.world.spaces_mut().change(&space, |space| space.grants = grants);
        }
    }

    /// What is in the first space of an owner.
    fn files(&mut self, owner: &Owner, entries: &[Entry]) {
        let (id, path) = (self.id_of(owner), owner.name());
        let space = id.and_then(|id| self.world.spaces.of(id).next().cloned());
        if let (Some(id), Some(space)) = (id, space) {
            let owner = if matches!(owner, Owner::Person(_)) { id } else { self.me };
            let place = Place { space: &space, owner };
            self.entries(&place, &root_of(&space.id), &format!("files/{path}"), entries);
        }
    }

    pub(super) fn id_of(&self, owner: &Owner) -> Option<Id> {
        match owner {
            Owner::Person(alias) => self.people.get(alias.as_str()).copied(),
            Owner::Department(path) => self.departments.get(path.as_str()).copied(),
            Owner::Group(name) => self.world.groups.all().find(|group| group.name == *name).map(|group| group.id),
        }
    }

    fn entries(&mut self, place: &Place<'_>, parent: &Key, path: &str, entries: &[Entry]) {
        for entry in entries {
            let path = format!("{path}/{}", entry.name);
            let (file_type, size) = match entry.content {
                EntryContent::File(size) => (type_of(&entry.name), size),
                EntryContent::Text(ref text) => (type_of(&entry.name), i64::try_from(text.len()).unwrap_or(i64::MAX)),
                EntryContent::Folder(_) | EntryContent::Many { .. } => (FOLDER, 0),
            };
            let content = match &entry.content {
                EntryContent::Text(text) => Some(self.content(&path, text)),
                _ => None,
            };
            let id = entry.id.as_deref().map(Key::from);
            let id = self.node(place, parent, &path, id, NewNode { name: &entry.name, file_type, size, content });
            match &entry.content {
                EntryContent::File(_) | EntryContent::Text(_) => {}
                EntryContent::Folder(below) => self.entries(place, &id, &path, below),
                EntryContent::Many { times, name, size } => {
                    for number in 1..=*times {
                        let name = name.replace("{n}", &number.to_string());
                        let path = format!("{path}/{name}");
                        let new = NewNode { name: &name, file_type: type_of(&name), size: *size, content: None };
                        self.node(place, &id, &path, None, new);
                    }
                }
            }
        }
    }

    /// What a file of the seed holds.
    fn content(&self, path: &str, text: &str) -> Arc<Content> {
        let key = Ids::new(Source::Seed(path.to_owned())).hex("object", 32).into();
        let size = i64::try_from(text.len()).unwrap_or(i64::MAX);
        let bytes = Kept::of(text.as_bytes(), self.room);
        Arc::new(Content::new(key, size, Some(digest(text.as_bytes())), bytes))
    }

    fn node(&mut self, place: &Place<'_>, parent: &Key, path: &str, id: Option<Key>, new: NewNode<'_>) -> Key {
        let id = id.unwrap_or_else(|| Ids::new(Source::Seed(path.to_owned())).letters("file", "F", 32).into());
        let made = self.world.next();
        self.world.put_node(Node {
            id: Arc::clone(&id),
            space: Arc::clone(&place.space.id),
            parent: Arc::clone(parent),
            name: new.name.into(),
            file_type: new.file_type.into(),
            mime: None,
            size: new.size,
            content: new.content,
            created: self.now,
            edited: self.now,
            description: None,
            hidden: false,
            owner: place.owner,
            editor: place.owner,
            recycled: None,
            made,
        });
        id
    }

    /// A space of so many GB, if that is any.
    fn space(&mut self, kind: Kind, owner: Id, capacity: i64, path: String) -> Option<Arc<str>> {
        if capacity < 1 {
            return None;
        }
        let mut ids = Ids::new(Source::Seed(path));
        let new = NewSpace { kind, owner, capacity, creator: self.me, at: self.now, initial: None };
        Some(Arc::clone(&self.world.add_space(&mut ids, new).id))
    }
}
