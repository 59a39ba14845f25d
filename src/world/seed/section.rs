//! What a seed says, before it is a world.

use jiff::Timestamp;

use crate::world::{ids::Id, org::Role, rights::Preset, spaces::Kind};

/// The sections of a file.
#[derive(Debug, Default)]
pub(super) struct Sections {
    pub(super) name: String,
    /// An alias of `people`.
    pub(super) me: String,
    pub(super) time: Option<Timestamp>,
    pub(super) is_strict: bool,
    pub(super) enterprise: Enterprise,
    pub(super) sizes: Sizes,
    /// Each behind the one that it is below.
    pub(super) departments: Vec<Department>,
    pub(super) people: Vec<Person>,
    pub(super) groups: Vec<Group>,
    /// What is in the first space of a person, a department or a group.
    pub(super) files: Vec<(Owner, Vec<Entry>)>,
    pub(super) shares: Vec<Share>,
    /// Codes that people sign in with, and their aliases.
    pub(super) codes: Vec<(String, String)>,
}

/// In GB.
#[derive(Debug)]
pub(super) struct Enterprise {
    pub(super) name: String,
    pub(super) tenant: String,
    pub(super) capacity: i64,
    pub(super) users: i64,
}

impl Default for Enterprise {
    fn default() -> Self {
        Self { name: "Lakeside".to_owned(), tenant: "40086000004871666".to_owned(), capacity: 10 << 10, users: 100 }
    }
}

/// The sizes that new spaces have, in GB; 0 for none.
#[derive(Debug)]
pub(super) struct Sizes {
    pub(super) personal: i64,
    pub(super) department: i64,
    pub(super) group: i64,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { personal: 10, department: 100, group: 20 }
    }
}

#[derive(Debug)]
pub(super) struct Department {
    pub(super) name: String,
    /// The names above it and its own, from the top.
    pub(super) path: String,
    /// The path of the one that it is below.
    pub(super) above: Option<String>,
    pub(super) id: Option<Id>,
    pub(super) space: Option<i64>,
}

#[derive(Debug)]
pub(super) struct Person {
    pub(super) alias: String,
    pub(super) id: Option<Id>,
    pub(super) org_id: Option<Id>,
    pub(super) name: Option<String>,
    /// The path of a department; the root without it.
    pub(super) department: Option<String>,
    pub(super) role: Role,
    pub(super) mobile: Option<String>,
    pub(super) disabled: bool,
    pub(super) space: Option<i64>,
}

impl Person {
    pub(super) fn id(&self) -> Id {
        self.id.unwrap_or_else(|| Id::of_seed("user", &format!("people/{}", self.alias)))
    }
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) id: Option<Id>,
    /// A group of users, which has no space.
    pub(super) of_users: bool,
    pub(super) owner: String,
    pub(super) space: Option<i64>,
    pub(super) members: Vec<(String, Preset)>,
}

impl Group {
    /// The GB of its space; 0 for a group of users, which has none.
    pub(super) fn capacity(&self, sizes: &Sizes) -> i64 {
        if self.of_users { 0 } else { self.space.unwrap_or(sizes.group) }
    }
}

/// Files that somebody lets others open.
#[derive(Debug)]
pub(super) struct Share {
    /// What its id is made of.
    pub(super) path: String,
    pub(super) id: Option<Id>,
    /// By alias.
    pub(super) by: String,
    pub(super) owner: Owner,
    /// The names on the way to each of them.
    pub(super) files: Vec<Vec<String>>,
    /// Whom it is for; all users without it.
    pub(super) with: Option<Vec<Owner>>,
    pub(super) days: i64,
    pub(super) code: Option<String>,
    pub(super) comment: Option<String>,
}

/// Somebody who has files, or whom something is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// By alias.
    Person(String),
    /// By path.
    Department(String),
    /// By name.
    Group(String),
}

impl Owner {
    /// What the seed calls it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Person(name) | Self::Department(name) | Self::Group(name) => name,
        }
    }
}

/// A file or folder.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) id: Option<String>,
    pub(super) content: EntryContent,
}

#[derive(Debug)]
pub(super) enum EntryContent {
    Folder(Vec<Entry>),
    /// So many bytes.
    File(i64),
    /// These bytes.
    Text(String),
    /// So many files of so many bytes in a folder; `{n}` in their names counts them from 1.
    Many {
        times: u32,
        name: String,
        size: i64,
    },
}

impl Entry {
    /// The bytes of files and of everything below folders.
    pub(super) fn bytes_of_all(entries: &[Self]) -> i64 {
        let bytes = |entry: &Self| match &entry.content {
            EntryContent::Folder(below) => Self::bytes_of_all(below),
            EntryContent::File(size) => *size,
            EntryContent::Text(text) => i64::try_from(text.len()).unwrap_or(i64::MAX),
            EntryContent::Many { times, size, .. } => size.saturating_mul(i64::from(*times)),
        };
        entries.iter().map(bytes).fold(0, i64::saturating_add)
    }

    /// How many files and folders there are.
    pub(super) fn count_of_all(entries: &[Self]) -> u64 {
        let count = |entry: &Self| match &entry.content {
            EntryContent::Folder(below) => 1 + Self::count_of_all(below),
            EntryContent::File(_) | EntryContent::Text(_) => 1,
            EntryContent::Many { times, .. } => 1 + u64::from(*times),
        };
        entries.iter().map(count).sum()
    }
}

impl Sections {
    /// The GB of an owner's space; 0 without one.
    pub(super) fn capacity_of(&self, owner: &Owner) -> i64 {
        let found = match owner {
            Owner::Person(alias) => {
                let person = self.people.iter().find(|person| person.alias == *alias);
                person.map(|person| person.space.unwrap_or(self.sizes.personal))
            }
            Owner::Department(path) => {
                let department = self.departments.iter().find(|department| department.path == *path);
                department.map(|department| department.space.unwrap_or(self.sizes.department))
            }
            Owner::Group(name) => {
                self.groups.iter().find(|group| group.name == *name).map(|group| group.capacity(&self.sizes))
            }
        };
        found.unwrap_or(0)
    }

    /// The GB of all spaces of a type.
    pub(super) fn allocated(&self, kind: Kind) -> i64 {
        match kind {
            Kind::Department => {
                self.departments.iter().map(|department| department.space.unwrap_or(self.sizes.department)).sum()
            }
            Kind::Personal => self.people.iter().map(|person| person.space.unwrap_or(self.sizes.personal)).sum(),
            Kind::Group => self.groups.iter().map(|group| group.capacity(&self.sizes)).sum(),
        }
    }

    /// The id of whoever calls when nothing says it.
    pub(super) fn me_id(&self) -> Id {
        self.people.iter().find(|person| person.alias == self.me).map_or(Id::NONE, Person::id)
    }
}
