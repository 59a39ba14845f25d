//! From the file of a seed to its sections: every mistake is told with its place.

use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
    sync::Arc,
};

use super::{
    read::quiet_id,
    section::{Department, Enterprise, Group, Member, Owner, Person, Root, Sections, Sizes, Space, Stamp},
};
use crate::{
    content::Room,
    diagnostic::{Diagnostics, Source},
    disk::Folder,
    document::{self, Checker, Key, Node, ReadLimits},
    world::{
        Made,
        enterprise::Quotas,
        ids::Id,
        org::{DEPTH, Role},
        rights::{Grant, Preset, Rights},
        spaces::Kind,
    },
};

/// The keys of a seed.
const KEYS: [&str; 29] = [
    "world",
    "format",
    "summary",
    "me",
    "time",
    "made",
    "jobs",
    "enterprise",
    "defaults",
    "users",
    "departments",
    "people",
    "gone",
    "groups",
    "spaces",
    "contents",
    "files",
    "recycled",
    "uploads",
    "shares",
    "stars",
    "messages",
    "visits",
    "codes",
    "tokens",
    "logins",
    "sessions",
    "batchJobs",
    "shareTasks",
];

pub(super) const ROLES: [(&str, Role); 5] = [
    ("department", Role::Department),
    ("ordinary", Role::Ordinary),
    ("system", Role::System),
    ("drive", Role::Drive),
    ("managing", Role::Managing),
];

/// The largest file, in bytes.
pub(super) const LARGEST: usize = 16 << 20;

pub(super) fn sections(source: &Arc<Source>, folder: Option<Folder<'_>>) -> Result<Sections, Diagnostics> {
    if source.text.len() > LARGEST {
        let message = format!("the file has {} bytes, and at most {LARGEST} are read", source.text.len());
        let help = "of a dump, ask for one without the bytes of files (`?bytes=0`); of a seed, write many files as one entry (`$times`)";
        return Err(vec![crate::diagnostic::Diagnostic::error(message).help(help)].into());
    }
    let root = document::read(source, ReadLimits::default()).map_err(|mistake| Diagnostics::from(vec![mistake]))?;
    let mut compiler = Compiler { folder, ..Compiler::default() };
    let sections = compiler.seed(&root);
    if compiler.checker.errors() > 0 {
        return Err(compiler.checker.finish(source));
    }
    if let Some(sections) = sections.as_ref().filter(|sections| sections.is_whole || !sections.uploads.is_empty()) {
        // Nothing was made up, so everything may be wrong.
        for broken in super::build::world(sections, jiff::Timestamp::UNIX_EPOCH, &Room::new(0)).check() {
            compiler.checker.error(&root.span, format!("the world does not hold together: {broken}"), "in here");
        }
        if compiler.checker.errors() > 0 {
            return Err(compiler.checker.finish(source));
        }
    }
    sections.ok_or_else(|| compiler.checker.finish(source))
}

#[derive(Default)]
pub(super) struct Compiler<'n> {
    pub(super) checker: Checker,
    pub(super) aliases: Vec<&'n str>,
    /// The ids of users by what the file calls them, also of those who are gone.
    pub(super) users: HashMap<&'n str, Id>,
    /// The ids that the file gives.
    pub(super) ids: BTreeSet<Id>,
    pub(super) file_ids: BTreeSet<&'n str>,
    pub(super) space_ids: BTreeSet<&'n str>,
    /// The sizes of contents, by their objects.
    pub(super) sizes: HashMap<&'n str, i64>,
    /// The places in the order of making that the file gives.
    pub(super) mades: BTreeSet<Made>,
    /// Departments by name, with their paths and ids.
    departments: Vec<(&'n str, String, Id)>,
    is_whole: bool,
    /// Where files are looked for that it names.
    pub(super) folder: Option<Folder<'n>>,
    /// How many bytes those had that were read.
    pub(super) loaded: u64,
}

impl<'n> Compiler<'n> {
    fn seed(&mut self, root: &'n Node) -> Option<Sections> {
        let entries = self.checker.mapping(root, "a seed")?;
        self.checker.check_keys(entries, &KEYS);
        let mut sections = Sections::default();
        match root.get("world") {
            Some(node) => sections.name = self.checker.text(node, "a name").unwrap_or_default().to_owned(),
            None => self.checker.missing(root, "world", "it names the seed: `world: mine`").unwrap_or(()),
        }
        let people = root.get("people").and_then(|node| self.checker.mapping(node, "`people`"));
        if root.get("people").is_none() {
            self.checker.missing::<()>(root, "people", "somebody has to call: `people: { lin: { role: system } }`");
        }
        if let Some(node) = root.get("format") {
            sections.is_whole = self.checker.whole_number(node, 1).is_some();
            if node.as_u64().is_some_and(|format| format > 1) {
                self.checker.error(&node.span, "the only format is 1", "from a later version");
            }
            self.is_whole = sections.is_whole;
        }
        self.aliases = people.into_iter().flatten().map(|(key, _)| key.name.as_str()).collect();
        sections.gone = self.gone(root);
        for (key, node) in people.into_iter().flatten() {
            let id = quiet_id(node).unwrap_or_else(|| Id::of_seed("user", &format!("people/{}", key.name)));
            self.users.insert(&key.name, id);
        }
        if let Some(node) = root.get("departments") {
            self.departments(node, None, 1, &mut sections.departments);
        }
        sections.time = self.time(root, "time");
        sections.pace = root.get("jobs").and_then(|node| self.pace(node)).unwrap_or_default();
        sections.is_strict = root
            .get("users")
            .and_then(|node| self.checker.one_of(node, &[("adopt", false), ("strict", true)]))
            .unwrap_or(false);
        if let Some(node) = root.get("enterprise") {
            sections.enterprise = self.enterprise(node).unwrap_or_default();
        }
        if let Some(node) = root.get("defaults") {
            sections.sizes = self.sizes(node).unwrap_or_default();
        }
        for (key, node) in people.into_iter().flatten() {
            sections.people.extend(self.person(key, node));
        }
        let groups = root.get("groups").and_then(|node| self.checker.mapping(node, "`groups`"));
        for (key, node) in groups.into_iter().flatten() {
            sections.groups.extend(self.group(key, node));
        }
        let spaces = root.get("spaces").and_then(|node| self.checker.mapping(node, "`spaces`"));
        for (key, node) in spaces.into_iter().flatten() {
            sections.spaces.extend(self.space(key, node, &sections.groups));
        }
        sections.contents = self.contents(root);
        for name in ["files", "recycled"] {
            let files = root.get(name).and_then(|node| self.checker.mapping(node, &format!("`{name}`")));
            for (key, node) in files.into_iter().flatten() {
                let owner = self.owner(&key.name, &key.span, &sections.groups);
                let entries = if name == "files" { self.entries(node, 0) } else { self.recycled(node) };
                if let Some(owner) = owner {
                    if name == "files" {
                        sections.files.push((owner.clone(), entries));
                    } else {
                        sections.recycled.push((owner.clone(), entries));
                    }
                    self.hold_to_space(key, &owner, &sections);
                }
            }
            if let Some(node) = root.get(name) {
                self.hold_to_count(node, &sections);
            }
        }
        self.hold_to_quota(root, &sections);
        if let Some(node) = root.get("shares") {
            sections.shares = self.shares(node, &sections);
        }
        self.uploads(root, &mut sections);
        self.traces(root, &mut sections);
        self.logins(root, &mut sections);
        self.work(root, &mut sections);
        let me = root.get("me").and_then(|node| self.user(node));
        let first = || self.aliases.first().and_then(|alias| self.users.get(alias)).copied();
        sections.me = me.or_else(first).unwrap_or(Id::NONE);
        let last = root.get("made").and_then(|node| self.checker.whole_number(node, 0)).unwrap_or(0);
        sections.made = self.mades.last().copied().unwrap_or(0).max(last);
        Some(sections)
    }

    /// Users who are gone, with their names.
    fn gone(&mut self, root: &'n Node) -> Vec<(Id, String)> {
        let mut gone = Vec::new();
        let names = root.get("gone").and_then(|node| self.checker.mapping(node, "`gone`"));
        for (key, node) in names.into_iter().flatten() {
            let name = self.checker.text(node, "the name that a user had");
            let Some(id) = key.name.parse().ok().map(Id).filter(|id| self.ids.insert(*id)) else {
                self.checker.error(&key.span, "whoever is gone is known by an id of digits", "no id of its own");
                continue;
            };
            self.users.insert(&key.name, id);
            gone.extend(name.map(|name| (id, name.to_owned())));
        }
        gone
    }

    /// Whether the spaces of each type fit into what the enterprise has for them.
    fn hold_to_quota(&mut self, root: &Node, sections: &Sections) {
        let quota = sections.enterprise.quota;
        for (kind, key) in [(Kind::Department, "departments"), (Kind::Personal, "people"), (Kind::Group, "groups")] {
            let (given, quota) = (sections.allocated(kind), quota.of(kind));
            if given > quota {
                let span = root.get(key).map_or(&root.span, |node| &node.span);
                let message =
                    format!("the spaces of `{key}` have {given} GB together, and {quota} GB are there for them");
                let help = Some("give the enterprise more `capacity`, or the spaces less".to_owned());
                self.checker.error_with_help(span, message, "too much", help);
            }
        }
    }

    fn enterprise(&mut self, node: &'n Node) -> Option<Enterprise> {
        let entries = self.checker.mapping(node, "`enterprise`")?;
        let keys = [
            "name",
            "tenant",
            "capacity",
            "users",
            "organizationId",
            "deptSpaceQuota",
            "personalSpaceQuota",
            "groupSpaceQuota",
            "groupsMax",
            "packageDownloadExpires",
            "expirationTime",
            "publicShares",
            "root",
        ];
        self.checker.check_keys(entries, &keys);
        let default = Enterprise::default();
        let capacity = self.size(node, "capacity").unwrap_or(default.capacity);
        let parts = Quotas::of_capacity(capacity);
        Some(Enterprise {
            name: self.text(node, "name").map_or(default.name, str::to_owned),
            tenant: self.text(node, "tenant").map_or(default.tenant, str::to_owned),
            capacity,
            users: node
                .get("users")
                .and_then(|users| self.checker.whole_number(users, 1))
                .and_then(|users| i64::try_from(users).ok())
                .unwrap_or(default.users),
            org: self.id(node, "organizationId"),
            quota: Quotas {
                department: self.size(node, "deptSpaceQuota").unwrap_or(parts.department),
                personal: self.size(node, "personalSpaceQuota").unwrap_or(parts.personal),
                group: self.size(node, "groupSpaceQuota").unwrap_or(parts.group),
            },
            groups: self.number(node, "groupsMax").unwrap_or(default.groups),
            package_days: self.number(node, "packageDownloadExpires").unwrap_or(default.package_days),
            paid_until: self.time(node, "expirationTime"),
            public_shares: self.flag(node, "publicShares").unwrap_or(default.public_shares),
            root: node.get("root").and_then(|node| self.root(node)).unwrap_or_default(),
        })
    }

    fn root(&mut self, node: &'n Node) -> Option<Root> {
        let entries = self.checker.mapping(node, "the root of the departments")?;
        self.checker.check_keys(entries, &["name", "deptId", "createTime", "updateTime", "creator", "made"]);
        Some(Root {
            name: self.text(node, "name").map(str::to_owned),
            code: self.text(node, "deptId").map(str::to_owned),
            stamp: self.stamp(node, ["createTime", "updateTime"]),
        })
    }

    fn sizes(&mut self, node: &'n Node) -> Option<Sizes> {
        let entries = self.checker.mapping(node, "`defaults`")?;
        self.checker.check_keys(entries, &["personal", "department", "group"]);
        let default = Sizes::default();
        Some(Sizes {
            personal: self.size(node, "personal").unwrap_or(default.personal),
            department: self.size(node, "department").unwrap_or(default.department),
            group: self.size(node, "group").unwrap_or(default.group),
        })
    }

    fn departments(&mut self, node: &'n Node, above: Option<&str>, depth: usize, found: &mut Vec<Department>) {
        for (key, node) in self.checker.mapping(node, "`departments`").into_iter().flatten() {
            let path = above.map_or_else(|| key.name.clone(), |above| format!("{above}/{}", key.name));
            if depth >= DEPTH {
                // The root is a level, too.
                self.checker.error(&key.span, format!("departments go {DEPTH} levels deep"), "too deep");
                continue;
            }
            let Some(entries) = self.checker.mapping(node, "a department") else { continue };
            let keys = ["id", "deptId", "space", "createTime", "updateTime", "creator", "made", "departments"];
            self.checker.check_keys(entries, &keys);
            let id = self.id(node, "id").unwrap_or_else(|| Id::of_seed("department", &path));
            self.departments.push((&key.name, path.clone(), id));
            found.push(Department {
                name: key.name.clone(),
                path: path.clone(),
                above: above.map(str::to_owned),
                id,
                space: self.size(node, "space"),
                code: self.text(node, "deptId").map(str::to_owned),
                stamp: self.stamp(node, ["createTime", "updateTime"]),
            });
            if let Some(below) = node.get("departments") {
                self.departments(below, Some(&path), depth + 1, found);
            }
        }
    }

    fn person(&mut self, key: &Key, node: &'n Node) -> Option<Person> {
        let entries = self.checker.mapping(node, "a person")?;
        let keys = [
            "id",
            "userId",
            "alias",
            "name",
            "department",
            "role",
            "mobile",
            "disabled",
            "space",
            "autoDeleted",
            "createTime",
            "made",
        ];
        self.checker.check_keys(entries, &keys);
        let given = self.id(node, "id");
        let id = given.unwrap_or_else(|| Id::of_seed("user", &format!("people/{}", key.name)));
        let alias = self.text(node, "alias").map(str::to_owned);
        let own = (key.name != id.to_string()).then(|| key.name.clone());
        Some(Person {
            key: key.name.clone(),
            name: self.text(node, "name").map(str::to_owned),
            alias: alias.or(own),
            id,
            org_id: self.id(node, "userId"),
            department: node.get("department").and_then(|node| self.department(node)),
            role: node.get("role").and_then(|node| self.checker.one_of(node, &ROLES)).unwrap_or(Role::Ordinary),
            mobile: self.text(node, "mobile").map(str::to_owned),
            disabled: self.flag(node, "disabled").unwrap_or(false),
            space: self.size(node, "space"),
            lost: self.number(node, "autoDeleted").unwrap_or(0),
            stamp: self.stamp(node, ["createTime", ""]),
        })
    }

    fn group(&mut self, key: &Key, node: &'n Node) -> Option<Group> {
        let entries = self.checker.mapping(node, "a group")?;
        let keys = [
            "id",
            "name",
            "kind",
            "sourceType",
            "owner",
            "space",
            "members",
            "iconUrl",
            "top",
            "createdTime",
            "updatedTime",
            "made",
        ];
        self.checker.check_keys(entries, &keys);
        let owner = match node.get("owner") {
            Some(owner) => self.user(owner),
            None => self.checker.missing(node, "owner", "an alias of `people`"),
        };
        let kinds = [("group", false), ("users", true)];
        let of_users = node.get("kind").and_then(|node| self.checker.one_of(node, &kinds)).unwrap_or(false);
        let members = node.get("members").and_then(|node| self.checker.mapping(node, "`members`"));
        let mut list = Vec::new();
        for (member, node) in members.into_iter().flatten() {
            let found = self.member(node);
            let user = self.user_called(&member.name, &member.span);
            list.extend(user.zip(found).map(|(user, found)| Member { user, ..found }));
        }
        let pins =
            node.get("top").and_then(|node| self.checker.sequence(node, "a list of aliases")).unwrap_or_default();
        let given = self.id(node, "id");
        Some(Group {
            key: key.name.clone(),
            name: self.text(node, "name").map_or_else(|| key.name.clone(), str::to_owned),
            id: given.unwrap_or_else(|| Id::of_seed("group", &format!("groups/{}", key.name))),
            of_users,
            source: self.number(node, "sourceType"),
            owner: owner?,
            space: self.size(node, "space"),
            members: list,
            icon: self.text(node, "iconUrl").map(str::to_owned),
            pins: pins.iter().filter_map(|node| self.user(node)).collect(),
            stamp: self.stamp(node, ["createdTime", "updatedTime"]),
        })
    }

    /// What a group says of a member: its rights, or all that there is to say.
    fn member(&mut self, node: &'n Node) -> Option<Member> {
        if node.as_mapping().is_none() {
            let grant = Some(self.preset(node)?);
            return Some(Member { user: Id::NONE, grant, role: 2, stamp: Stamp::default() });
        }
        let entries = self.checker.mapping(node, "a member")?;
        self.checker.check_keys(entries, &["grant", "role", "createdTime", "updatedTime", "made"]);
        let roles = [("owner", 0), ("administrator", 1), ("member", 2)];
        Some(Member {
            user: Id::NONE,
            grant: node.get("grant").and_then(|node| self.grant(node)),
            role: node.get("role").and_then(|node| self.checker.one_of(node, &roles)).unwrap_or(2),
            stamp: self.stamp(node, ["createdTime", "updatedTime"]),
        })
    }

    fn space(&mut self, key: &'n Key, node: &'n Node, groups: &[Group]) -> Option<Space> {
        let entries = self.checker.mapping(node, "a space")?;
        let keys = [
            "type",
            "owner",
            "capacity",
            "disabled",
            "rootFileId",
            "grants",
            "initial",
            "createTime",
            "updateTime",
            "creator",
            "modifier",
            "made",
        ];
        self.checker.check_keys(entries, &keys);
        if !self.space_ids.insert(&key.name) {
            self.checker.error(&key.span, format!("the id `{}` is given twice", key.name), "another one has it");
        }
        let owner = match node.get("owner") {
            Some(owner) => {
                let name = self.checker.text(owner, "a person, a department or a group");
                name.and_then(|name| self.owner(name, &owner.span, groups))
            }
            None => self.checker.missing(node, "owner", "a person, a department or a group"),
        };
        let owner = owner?;
        let kind = match owner {
            Owner::Person(_) => Kind::Personal,
            Owner::Group(_) => Kind::Group,
            Owner::Department(_) | Owner::Space(_) => Kind::Department,
        };
        let mut grants = Vec::new();
        let named = node.get("grants").and_then(|node| self.checker.mapping(node, "`grants`"));
        for (key, node) in named.into_iter().flatten() {
            let grant = self.grant(node);
            grants.extend(self.user_called(&key.name, &key.span).zip(grant));
        }
        Some(Space {
            id: key.name.clone(),
            kind,
            owner,
            capacity: self.size(node, "capacity").unwrap_or(0),
            disabled: self.flag(node, "disabled").unwrap_or(false),
            root: self.text(node, "rootFileId").map(str::to_owned),
            modifier: node.get("modifier").and_then(|node| self.user(node)),
            grants,
            initial: node.get("initial").and_then(|node| self.grant(node)),
            stamp: self.stamp(node, ["createTime", "updateTime"]),
        })
    }

    /// What somebody may do: a template, or some capabilities.
    fn grant(&mut self, node: &'n Node) -> Option<Grant> {
        let Some(names) = node.as_sequence() else { return self.preset(node) };
        let mut rights = Rights::default();
        for node in names {
            let name = self.checker.text(node, "a capability")?;
            match Rights::named(name) {
                Some(right) => rights = rights.and(right),
                None => {
                    let known = Rights::ALL.names();
                    self.checker.unknown(
                        &node.span,
                        format!("there is no capability `{name}`"),
                        "no such name",
                        name,
                        known,
                        None,
                    );
                }
            }
        }
        Some(Grant::Own(rights))
    }

    fn preset(&mut self, node: &'n Node) -> Option<Grant> {
        let presets = Preset::ALL.map(|preset| (preset.name(), preset));
        self.checker.one_of(node, &presets).map(Grant::Preset)
    }

    /// The person, department or group of a name.
    pub(super) fn owner_called(&self, name: &str, groups: &[Group]) -> Option<Owner> {
        if self.aliases.contains(&name) {
            return Some(Owner::Person(name.to_owned()));
        }
        if let Some((_, path, _)) = self.departments.iter().find(|(known, path, _)| *known == name || path == name) {
            return Some(Owner::Department(path.clone()));
        }
        if groups.iter().any(|group| group.key == name) {
            return Some(Owner::Group(name.to_owned()));
        }
        if self.space_ids.contains(name) {
            return Some(Owner::Space(name.to_owned()));
        }
        // What several things are called has an id all the same.
        let id = Id(name.parse().ok()?);
        if id == Id::of_seed("department", "") {
            return Some(Owner::Department(String::new()));
        }
        let department = self.departments.iter().find(|(_, _, known)| *known == id);
        let department = department.map(|(_, path, _)| Owner::Department(path.clone()));
        department.or_else(|| Some(Owner::Group(groups.iter().find(|group| group.id == id)?.key.clone())))
    }

    /// The same, and it is a mistake if there is none.
    pub(super) fn owner(&mut self, name: &str, span: &Range<usize>, groups: &[Group]) -> Option<Owner> {
        let owner = self.owner_called(name, groups);
        if owner.is_some() {
            return owner;
        }
        let message = format!("nobody is called `{name}`");
        let departments: Vec<String> = self.departments.iter().map(|(_, path, _)| path.clone()).collect();
        let known = self.aliases.clone().into_iter().chain(departments.iter().map(String::as_str));
        let known: Vec<&str> = known.chain(groups.iter().map(|group| group.key.as_str())).collect();
        let otherwise = format!("people, departments and groups are: {}", known.join(", "));
        self.checker.unknown(span, message, "no such name", name, known, Some(otherwise));
        None
    }

    /// The path of a department that is named, or whose path is given.
    fn department(&mut self, node: &'n Node) -> Option<String> {
        let name = self.checker.text(node, "the name of a department")?;
        let found =
            self.departments.iter().find(|(known, path, id)| path == name || *known == name || id.to_string() == name);
        let found = found.map(|(_, path, _)| path.clone());
        if found.is_none() {
            let known: Vec<String> = self.departments.iter().map(|(_, path, _)| path.clone()).collect();
            let message = format!("there is no department `{name}`");
            let known = known.iter().map(String::as_str);
            self.checker.unknown(&node.span, message, "not in `departments`", name, known, None);
        }
        found
    }
}
