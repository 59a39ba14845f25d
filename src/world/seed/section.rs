//! What a seed says, before it is a world.

use jiff::Timestamp;

use super::{content::Given, upload::OpenUpload};
use crate::world::{
    Made,
    drive::Key,
    enterprise::Quotas,
    ids::Id,
    inbox::Topic,
    jobs::Job,
    logins::Token,
    org::Role,
    pace::Pace,
    rights::Grant,
    savings::Saving,
    share::{Permission, Scope},
    spaces::Kind,
    visits::Visit,
};

/// The sections of a file.
#[derive(Debug, Default)]
pub(super) struct Sections {
    pub(super) name: String,
    pub(super) me: Id,
    pub(super) time: Option<Timestamp>,
    /// Whether all is written out, as a dump has it: nothing is made of what is left out.
    pub(super) is_whole: bool,
    /// The last place in the order of making that the file gives.
    pub(super) made: Made,
    pub(super) is_strict: bool,
    pub(super) pace: Pace,
    pub(super) enterprise: Enterprise,
    pub(super) sizes: Sizes,
    /// Each behind the one that it is below.
    pub(super) departments: Vec<Department>,
    pub(super) people: Vec<Person>,
    /// The names of users who were there.
    pub(super) gone: Vec<(Id, String)>,
    pub(super) groups: Vec<Group>,
    /// Those that the file names one by one.
    pub(super) spaces: Vec<Space>,
    /// What is in the first space of a person, a department or a group.
    pub(super) files: Vec<(Owner, Vec<Entry>)>,
    /// The same of the recycle bin.
    pub(super) recycled: Vec<(Owner, Vec<Entry>)>,
    /// What files hold, as far as it is written apart from them.
    pub(super) contents: Vec<Given>,
    pub(super) uploads: Vec<OpenUpload>,
    pub(super) shares: Vec<Share>,
    pub(super) stars: Vec<Star>,
    pub(super) messages: Vec<Message>,
    /// The newest last.
    pub(super) visits: Vec<(Id, Visit)>,
    pub(super) jobs: Vec<Job>,
    pub(super) savings: Vec<Saving>,
    /// Codes that people sign in with.
    pub(super) codes: Vec<(String, Id)>,
    /// By their digests.
    pub(super) tokens: Vec<([u8; 32], Token)>,
    pub(super) sessions: Vec<(String, Id)>,
}

/// When something was made, and by whom. What is not said is the seed's.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stamp {
    pub(super) created: Option<Timestamp>,
    pub(super) updated: Option<Timestamp>,
    pub(super) creator: Option<Id>,
    pub(super) made: Option<Made>,
}

/// In GB.
#[derive(Debug)]
pub(super) struct Enterprise {
    pub(super) name: String,
    pub(super) tenant: String,
    pub(super) capacity: i64,
    pub(super) users: i64,
    pub(super) org: Option<Id>,
    pub(super) quota: Quotas,
    /// The most groups with a space.
    pub(super) groups: i64,
    /// How long packages to download are kept, in days.
    pub(super) package_days: i64,
    pub(super) paid_until: Option<Timestamp>,
    pub(super) public_shares: bool,
    pub(super) root: Root,
}

impl Default for Enterprise {
    fn default() -> Self {
        let capacity = 10 << 10;
        Self {
            name: "Lakeside".to_owned(),
            tenant: "40086000004871666".to_owned(),
            capacity,
            users: 100,
            org: None,
            quota: Quotas::of_capacity(capacity),
            groups: 100,
            package_days: 7,
            paid_until: None,
            public_shares: true,
            root: Root::default(),
        }
    }
}

/// The department that all others are below.
#[derive(Debug, Default)]
pub(super) struct Root {
    /// The enterprise's without it.
    pub(super) name: Option<String>,
    pub(super) code: Option<String>,
    pub(super) stamp: Stamp,
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
    pub(super) id: Id,
    pub(super) space: Option<i64>,
    pub(super) code: Option<String>,
    pub(super) stamp: Stamp,
}

#[derive(Debug)]
pub(super) struct Person {
    /// The key that it has in the file.
    pub(super) key: String,
    /// Nothing if the key is its id.
    pub(super) alias: Option<String>,
    pub(super) id: Id,
    pub(super) org_id: Option<Id>,
    pub(super) name: Option<String>,
    /// The path of a department; the root without it.
    pub(super) department: Option<String>,
    pub(super) role: Role,
    pub(super) mobile: Option<String>,
    pub(super) disabled: bool,
    pub(super) space: Option<i64>,
    /// Favourites that were erased, and that nobody told about.
    pub(super) lost: i64,
    pub(super) stamp: Stamp,
}

#[derive(Debug)]
pub(super) struct Group {
    /// The key that it has in the file.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) id: Id,
    /// A group of users, which has no space.
    pub(super) of_users: bool,
    /// The vendor's number for its kind, if that says more.
    pub(super) source: Option<i64>,
    pub(super) owner: Id,
    pub(super) space: Option<i64>,
    pub(super) members: Vec<Member>,
    pub(super) icon: Option<String>,
    pub(super) pins: Vec<Id>,
    pub(super) stamp: Stamp,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) user: Id,
    pub(super) grant: Option<Grant>,
    pub(super) role: i64,
    pub(super) stamp: Stamp,
}

/// A space beside those that people, departments and groups say that they have.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) owner: Owner,
    pub(super) capacity: i64,
    pub(super) disabled: bool,
    pub(super) root: Option<String>,
    pub(super) modifier: Option<Id>,
    pub(super) grants: Vec<(Id, Grant)>,
    pub(super) initial: Option<Grant>,
    pub(super) stamp: Stamp,
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
    pub(super) by: Id,
    /// Whose space the files are in.
    pub(super) owner: Owner,
    pub(super) files: Vec<FileAt>,
    /// Whom it is for; all users without it.
    pub(super) with: Option<Vec<Owner>>,
    pub(super) days: i64,
    pub(super) code: Option<String>,
    pub(super) comment: Option<String>,
    pub(super) facts: ShareFacts,
}

/// What a share has gone through.
#[derive(Debug, Default)]
pub(super) struct ShareFacts {
    pub(super) scope: Option<Scope>,
    /// What its first file was called.
    pub(super) name: Option<String>,
    pub(super) is_many: Option<bool>,
    pub(super) permission: Permission,
    pub(super) phones: Vec<String>,
    pub(super) until: Option<Timestamp>,
    pub(super) views: i64,
    pub(super) downloads: i64,
    pub(super) saves: i64,
    pub(super) left: Vec<Id>,
    /// What opens it, and until when.
    pub(super) tokens: Vec<(String, Timestamp)>,
    pub(super) stamp: Stamp,
}

/// A file that another section speaks of.
#[derive(Debug, Clone)]
pub(super) enum FileAt {
    /// By its id.
    Id(Key),
    /// The names on the way to it.
    Path(Owner, Vec<String>),
}

/// A favourite.
#[derive(Debug)]
pub(super) struct Star {
    pub(super) user: Id,
    pub(super) file: FileAt,
    pub(super) made: Option<Made>,
}

#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: Option<Id>,
    /// What its id is made of.
    pub(super) path: String,
    pub(super) to: Id,
    pub(super) sender: String,
    pub(super) topic: Topic,
    pub(super) text: String,
    pub(super) is_read: bool,
    pub(super) stamp: Stamp,
}

/// Somebody who has files, or whom something is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// By alias.
    Person(String),
    /// By path.
    Department(String),
    /// By the key that it has in the file.
    Group(String),
    /// A space itself, by its id.
    Space(String),
}

impl Owner {
    /// What the seed calls it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Person(name) | Self::Department(name) | Self::Group(name) | Self::Space(name) => name,
        }
    }
}

/// A file or folder.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) facts: NodeFacts,
    pub(super) content: EntryContent,
}

/// What a file or folder says of itself. What is not said is the seed's.
#[derive(Debug, Clone, Default)]
pub(super) struct NodeFacts {
    pub(super) id: Option<Key>,
    /// The object of what it holds.
    pub(super) content: Option<String>,
    pub(super) file_type: Option<String>,
    pub(super) mime: Option<String>,
    pub(super) created: Option<Timestamp>,
    pub(super) edited: Option<Timestamp>,
    pub(super) description: Option<String>,
    pub(super) hidden: bool,
    pub(super) owner: Option<Id>,
    pub(super) editor: Option<Id>,
    pub(super) made: Option<Made>,
    /// How it came into the recycle bin, if it is a thing of it.
    pub(super) recycled: RecycledFacts,
}

#[derive(Debug, Clone, Default)]
pub(super) struct RecycledFacts {
    pub(super) at: Option<Timestamp>,
    /// The folder that it was in; the root without it.
    pub(super) parent: Option<Key>,
    /// Whether nobody knows where it was.
    pub(super) is_lost: bool,
    pub(super) made: Option<Made>,
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
    /// The GB of an owner's first space; 0 without one.
    pub(super) fn capacity_of(&self, owner: &Owner) -> i64 {
        let named = self.spaces.iter().find(|space| match owner {
            Owner::Space(id) => space.id == *id,
            owner => space.owner == *owner,
        });
        if self.is_whole || matches!(owner, Owner::Space(_)) {
            return named.map_or(0, |space| space.capacity);
        }
        let found = match owner {
            Owner::Person(key) => {
                let person = self.people.iter().find(|person| person.key == *key);
                person.map(|person| person.space.unwrap_or(self.sizes.personal))
            }
            Owner::Department(path) => {
                let department = self.departments.iter().find(|department| department.path == *path);
                department.map(|department| department.space.unwrap_or(self.sizes.department))
            }
            Owner::Group(key) => {
                self.groups.iter().find(|group| group.key == *key).map(|group| group.capacity(&self.sizes))
            }
            Owner::Space(_) => None,
        };
        let named = named.map_or(0, |space| space.capacity);
        found.filter(|capacity| *capacity > 0).unwrap_or(named)
    }

    /// The GB of all spaces of a type.
    pub(super) fn allocated(&self, kind: Kind) -> i64 {
        let named = self.spaces.iter().filter(|space| space.kind == kind).map(|space| space.capacity).sum();
        if self.is_whole {
            return named;
        }
        let own: i64 = match kind {
            Kind::Department => {
                self.departments.iter().map(|department| department.space.unwrap_or(self.sizes.department)).sum()
            }
            Kind::Personal => self.people.iter().map(|person| person.space.unwrap_or(self.sizes.personal)).sum(),
            Kind::Group => self.groups.iter().map(|group| group.capacity(&self.sizes)).sum(),
        };
        own.saturating_add(named)
    }
}
