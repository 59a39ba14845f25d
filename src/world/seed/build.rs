//! From what a seed says to the world.

use std::{collections::HashMap, sync::Arc};

use jiff::{Timestamp, ToSpan as _};

use super::section::{
    Department as DepartmentSection, Entry, EntryContent, Group as GroupSection, NodeFacts, Owner, Person, Sections,
    Sizes, Space as SpaceSection,
};
use crate::{
    content::{Kept, Room},
    world::{
        Made, World,
        content::{Content, digest},
        drive::{FOLDER, Key, Node, Recycled, root_of, type_of},
        enterprise::{Enterprise, Quotas},
        groups::{Group, Member},
        ids::{Id, Ids, Source},
        jobs::Job,
        org::{Department, User},
        savings::Saving,
        settings::Settings,
        spaces::{Kind, NewSpace, Space},
    },
};

/// Makes the world, as of a time.
pub(super) fn world(sections: &Sections, now: Timestamp, room: &Arc<Room>) -> World {
    let root = Id::of_seed("department", "");
    let mut build = Build {
        world: World {
            settings: Arc::new(Settings {
                name: sections.name.clone(),
                me: sections.me,
                is_strict: sections.is_strict,
                pace: sections.pace,
                aliases: sections
                    .people
                    .iter()
                    .filter_map(|person| Some((Arc::from(person.alias.as_deref()?), person.id)))
                    .collect(),
            }),
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
            made: sections.made,
        },
        now,
        room,
        me: sections.me,
        is_whole: sections.is_whole,
        departments: HashMap::from([("", root)]),
        people: sections.people.iter().map(|person| (person.key.as_str(), person.id)).collect(),
        groups: sections.groups.iter().map(|group| (group.key.as_str(), group.id)).collect(),
        contents: sections.contents.iter().map(|given| (&*given.key, given.made(room))).collect(),
    };
    build.root(root, sections);
    for department in &sections.departments {
        build.department(department, root, &sections.sizes);
    }
    for person in &sections.people {
        build.person(person, root, &sections.sizes);
    }
    for group in &sections.groups {
        build.group(group, &sections.sizes);
    }
    for space in &sections.spaces {
        build.named_space(space);
    }
    for (owner, entries) in &sections.files {
        build.files(owner, entries, false);
    }
    for (owner, entries) in &sections.recycled {
        build.files(owner, entries, true);
    }
    for upload in &sections.uploads {
        build.world.put_upload(upload.made(room));
    }
    for share in &sections.shares {
        build.share(share);
    }
    for (id, name) in &sections.gone {
        build.world.org_mut().put_gone(*id, name);
    }
    build.traces(sections);
    for job in &sections.jobs {
        let made = build.made(Some(job.made).filter(|made| *made > 0));
        build.world.jobs_mut().put(Job { made, ..job.clone() });
    }
    for saving in &sections.savings {
        let made = build.made(Some(saving.made).filter(|made| *made > 0));
        build.world.savings_mut().put(Saving { made, ..saving.clone() });
    }
    build.world.settle();
    build.world
}

fn enterprise(sections: &Sections, root: Id, now: Timestamp) -> Enterprise {
    let capacity = sections.enterprise.capacity;
    Enterprise {
        name: sections.enterprise.name.clone(),
        tenant: sections.enterprise.tenant.clone(),
        org: sections.enterprise.org.unwrap_or_else(|| {
            Id(9_190_086_000_000_000_000 + Id::of_seed("organisation", &sections.enterprise.name).0 % 1_000_000_000_000)
        }),
        root,
        capacity,
        quota: sections.enterprise.quota,
        default_size: Quotas {
            department: sections.sizes.department,
            personal: sections.sizes.personal,
            group: sections.sizes.group,
        },
        most_users: sections.enterprise.users,
        most_groups: sections.enterprise.groups,
        package_days: sections.enterprise.package_days,
        paid_until: sections
            .enterprise
            .paid_until
            .unwrap_or_else(|| now.checked_add((365 * 24).hours()).unwrap_or(now)),
        public_shares: sections.enterprise.public_shares,
    }
}

pub(super) struct Build<'s> {
    pub(super) world: World,
    pub(super) now: Timestamp,
    room: &'s Arc<Room>,
    me: Id,
    /// Whether nothing is made of what is left out.
    is_whole: bool,
    departments: HashMap<&'s str, Id>,
    people: HashMap<&'s str, Id>,
    groups: HashMap<&'s str, Id>,
    /// What the seed says of contents, by their objects.
    contents: HashMap<&'s str, Arc<Content>>,
}

/// Where files come, and whose they are.
#[derive(Clone, Copy)]
struct Place<'p> {
    space: &'p Arc<Space>,
    owner: Id,
}

/// What a file or folder is, as far as it says it itself. Its place, its name and what it has are still to be said.
pub(super) fn node_of(facts: &NodeFacts, now: Timestamp) -> Node {
    let created = facts.created.unwrap_or(now);
    let owner = facts.owner.unwrap_or(Id::NONE);
    Node {
        id: facts.id.clone().unwrap_or_else(|| "".into()),
        space: "".into(),
        parent: "".into(),
        name: "".into(),
        file_type: facts.file_type.as_deref().unwrap_or(FOLDER).into(),
        mime: facts.mime.as_deref().map(Into::into),
        size: 0,
        content: None,
        created,
        edited: facts.edited.unwrap_or(created),
        description: facts.description.as_deref().map(Into::into),
        hidden: facts.hidden,
        owner,
        editor: facts.editor.unwrap_or(owner),
        recycled: None,
        made: 0,
    }
}

impl<'s> Build<'s> {
    /// The place in the order of making that something has, else the next one.
    pub(super) fn made(&mut self, given: Option<Made>) -> Made {
        given.unwrap_or_else(|| self.world.next())
    }

    fn root(&mut self, id: Id, sections: &Sections) {
        let section = &sections.enterprise.root;
        let made = self.made(section.stamp.made);
        let code = || Ids::new(Source::Seed("departments".to_owned())).hex("department code", 32);
        let created = section.stamp.created.unwrap_or(self.now);
        let root = Department {
            id,
            name: section.name.clone().unwrap_or_else(|| sections.enterprise.name.clone()),
            parent: None,
            code: section.code.clone().unwrap_or_else(code),
            created,
            updated: section.stamp.updated.unwrap_or(created),
            creator: section.stamp.creator.unwrap_or(self.me),
            made,
        };
        self.world.org_mut().put_department(root);
    }

    fn department(&mut self, section: &'s DepartmentSection, root: Id, sizes: &Sizes) {
        let id = section.id;
        self.departments.insert(&section.path, id);
        let above = section.above.as_deref().and_then(|above| self.departments.get(above)).copied();
        let path = format!("departments/{}", section.path);
        let code = || Ids::new(Source::Seed(path.clone())).hex("department code", 32);
        let created = section.stamp.created.unwrap_or(self.now);
        let department = Department {
            id,
            name: section.name.clone(),
            parent: Some(above.unwrap_or(root)),
            code: section.code.clone().unwrap_or_else(code),
            created,
            updated: section.stamp.updated.unwrap_or(created),
            creator: section.stamp.creator.unwrap_or(self.me),
            made: self.made(section.stamp.made),
        };
        self.world.org_mut().put_department(department);
        self.space(Kind::Department, id, section.space.unwrap_or(sizes.department), path);
    }

    fn person(&mut self, section: &Person, root: Id, sizes: &Sizes) {
        let id = section.id;
        let department = section.department.as_deref().and_then(|path| self.departments.get(path)).copied();
        let user = User {
            id,
            org_id: section.org_id.unwrap_or_else(|| Id::of_seed("user", &section.key).of_org_user()),
            name: section.name.clone().unwrap_or_else(|| section.key.clone()),
            department: department.unwrap_or(root),
            mobile: section.mobile.clone(),
            role: section.role,
            disabled: section.disabled,
            created: section.stamp.created.unwrap_or(self.now),
            made: self.made(section.stamp.made),
        };
        self.world.org_mut().put_user(user);
        if !self.is_whole {
            self.world.logins_mut().add_code(&section.key, id);
        }
        let path = format!("people/{}", section.key);
        self.space(Kind::Personal, id, section.space.unwrap_or(sizes.personal), path);
    }

    fn group(&mut self, section: &GroupSection, sizes: &Sizes) {
        let path = format!("groups/{}", section.key);
        let (id, owner) = (section.id, section.owner);
        let created = section.stamp.created.unwrap_or(self.now);
        let mut members = imbl::OrdMap::new();
        let mut grants = imbl::OrdMap::new();
        if !self.is_whole {
            let made = self.made(None);
            members.insert(owner, Member { role: 0, created, updated: created, made });
        }
        for member in &section.members {
            if member.user == owner && !self.is_whole {
                continue;
            }
            let created = member.stamp.created.unwrap_or(self.now);
            let updated = member.stamp.updated.unwrap_or(created);
            let made = self.made(member.stamp.made);
            members.insert(member.user, Member { role: member.role, created, updated, made });
            if let Some(grant) = member.grant {
                grants.insert(member.user, grant);
            }
        }
        let group = Group {
            id,
            name: section.name.clone(),
            source: section.source.unwrap_or(i64::from(section.of_users)),
            owner,
            icon: section.icon.clone(),
            created,
            updated: section.stamp.updated.unwrap_or(created),
            members,
            pins: section.pins.iter().copied().collect(),
            made: self.made(section.stamp.made),
        };
        self.world.groups_mut().put(group);
        if let Some(space) = self.space(Kind::Group, id, section.capacity(sizes), path) {
            self.world.spaces_mut().change(&space, |space| space.grants = grants);
        }
    }

    fn named_space(&mut self, section: &SpaceSection) {
        let Some(owner) = self.id_of(&section.owner) else { return };
        let root = || Ids::new(Source::Seed(format!("spaces/{}", section.id))).letters("root", "HFF", 30);
        let created = section.stamp.created.unwrap_or(self.now);
        let creator = section.stamp.creator.unwrap_or(self.me);
        let space = Space {
            id: section.id.as_str().into(),
            kind: section.kind,
            owner,
            disabled: section.disabled,
            capacity: section.capacity,
            used: 0,
            creator,
            created,
            modifier: section.modifier.unwrap_or(creator),
            updated: section.stamp.updated.unwrap_or(created),
            root: section.root.clone().unwrap_or_else(root),
            grants: section.grants.iter().copied().collect(),
            initial: section.initial,
            made: self.made(section.stamp.made),
        };
        self.world.spaces_mut().put(Arc::new(space));
    }

    /// The space of an owner that files come into: the first one.
    pub(super) fn space_of(&self, owner: &Owner) -> Option<Arc<Space>> {
        match owner {
            Owner::Space(id) => self.world.spaces.get(id).cloned(),
            owner => self.world.spaces.of(self.id_of(owner)?).next().cloned(),
        }
    }

    /// What is in the first space of an owner, or was.
    fn files(&mut self, owner: &Owner, entries: &[Entry], are_recycled: bool) {
        if let Some(space) = self.space_of(owner) {
            let owner_id = self.id_of(owner).filter(|_| matches!(owner, Owner::Person(_))).unwrap_or(self.me);
            let place = Place { space: &space, owner: owner_id };
            let section = if are_recycled { "recycled" } else { "files" };
            self.entries(&place, &root_of(&space.id), &format!("{section}/{}", owner.name()), entries, are_recycled);
        }
    }

    pub(super) fn id_of(&self, owner: &Owner) -> Option<Id> {
        match owner {
            Owner::Person(key) => self.people.get(key.as_str()).copied(),
            Owner::Department(path) => self.departments.get(path.as_str()).copied(),
            Owner::Group(key) => self.groups.get(key.as_str()).copied(),
            Owner::Space(_) => None,
        }
    }

    fn entries(&mut self, place: &Place<'_>, parent: &Key, path: &str, entries: &[Entry], are_recycled: bool) {
        for entry in entries {
            let path = format!("{path}/{}", entry.name);
            let is_file = matches!(entry.content, EntryContent::File(_) | EntryContent::Bytes(_));
            let mut node = self.node(place, parent, &path, &entry.name, &entry.facts);
            match &entry.content {
                EntryContent::File(size) => node.size = *size,
                EntryContent::Bytes(bytes) => {
                    let content = self.content(&path, bytes);
                    node.size = content.size;
                    node.content = Some(content);
                }
                EntryContent::Folder(_) | EntryContent::Many { .. } => {}
            }
            if !is_file {
                node.file_type = FOLDER.into();
            }
            if are_recycled {
                let recycled = &entry.facts.recycled;
                node.parent = recycled.parent.clone().unwrap_or_else(|| Key::clone(parent));
                let made = self.made(recycled.made);
                node.recycled =
                    Some(Recycled { at: recycled.at.unwrap_or(self.now), knows_its_place: !recycled.is_lost, made });
            }
            let id = Arc::clone(&node.id);
            self.world.put_node(node);
            match &entry.content {
                EntryContent::File(_) | EntryContent::Bytes(_) => {}
                EntryContent::Folder(below) => self.entries(place, &id, &path, below, false),
                EntryContent::Many { times, name, size } => {
                    for number in 1..=*times {
                        let name = name.replace("{n}", &number.to_string());
                        let path = format!("{path}/{name}");
                        let node = self.node(place, &id, &path, &name, &NodeFacts::default());
                        self.world.put_node(Node { size: *size, ..node });
                    }
                }
            }
        }
    }

    /// A file of an owner, of no size yet.
    fn node(&mut self, place: &Place<'_>, parent: &Key, path: &str, name: &str, facts: &NodeFacts) -> Node {
        let id = || Ids::new(Source::Seed(path.to_owned())).letters("file", "F", 32).into();
        Node {
            id: facts.id.clone().unwrap_or_else(id),
            space: Arc::clone(&place.space.id),
            parent: Arc::clone(parent),
            name: name.into(),
            file_type: facts.file_type.as_deref().unwrap_or_else(|| type_of(name)).into(),
            content: facts.content.as_deref().and_then(|key| self.contents.get(key)).cloned(),
            owner: facts.owner.unwrap_or(place.owner),
            editor: facts.editor.or(facts.owner).unwrap_or(place.owner),
            made: self.made(facts.made),
            ..node_of(facts, self.now)
        }
    }

    /// What a file of the seed holds.
    fn content(&self, path: &str, bytes: &[u8]) -> Arc<Content> {
        let key = Ids::new(Source::Seed(path.to_owned())).hex("object", 32).into();
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        Arc::new(Content::new(key, size, Some(digest(bytes)), Kept::of(bytes, self.room)))
    }

    /// A space of so many GB, if that is any.
    fn space(&mut self, kind: Kind, owner: Id, capacity: i64, path: String) -> Option<Arc<str>> {
        if capacity < 1 || self.is_whole {
            return None;
        }
        let mut ids = Ids::new(Source::Seed(path));
        let new = NewSpace { kind, owner, capacity, creator: self.me, at: self.now, initial: None };
        Some(Arc::clone(&self.world.add_space(&mut ids, new).id))
    }
}
