//! From the file of a seed to its sections: every mistake is told with its place.

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use jiff::Timestamp;

use super::section::{Department, Enterprise, Group, Owner, Person, Sections, Sizes};
use crate::{
    diagnostic::{Diagnostics, Source},
    document::{self, Checker, Key, Node, ReadLimits},
    world::{
        enterprise::Quotas,
        ids::Id,
        org::{DEPTH, Role},
        rights::Preset,
        spaces::Kind,
    },
};

/// The keys of a seed.
const KEYS: [&str; 12] = [
    "world",
    "summary",
    "me",
    "time",
    "enterprise",
    "defaults",
    "users",
    "departments",
    "people",
    "groups",
    "files",
    "shares",
];

const ROLES: [(&str, Role); 5] = [
    ("department", Role::Department),
    ("ordinary", Role::Ordinary),
    ("system", Role::System),
    ("drive", Role::Drive),
    ("managing", Role::Managing),
];

/// The largest id: the vendor's are whole numbers of 64 bits with a sign.
const LARGEST_ID: u64 = i64::MAX.unsigned_abs();

/// The largest space, in GB.
const LARGEST_SIZE: i64 = 1_000_000_000;

/// The largest file, in bytes.
const LARGEST: usize = 16 << 20;

pub(super) fn sections(source: &Arc<Source>) -> Result<Sections, Diagnostics> {
    if source.text.len() > LARGEST {
        let message = format!("the file has {} bytes, and at most {LARGEST} are read", source.text.len());
        return Err(vec![crate::diagnostic::Diagnostic::error(message)].into());
    }
    let root = document::read(source, ReadLimits::default()).map_err(|mistake| Diagnostics::from(vec![mistake]))?;
    let mut compiler = Compiler::default();
    let sections = compiler.seed(&root);
    if compiler.checker.errors() > 0 {
        return Err(compiler.checker.finish(source));
    }
    sections.ok_or_else(|| compiler.checker.finish(source))
}

#[derive(Default)]
pub(super) struct Compiler<'n> {
    pub(super) checker: Checker,
    aliases: Vec<&'n str>,
    /// The ids that the file gives.
    ids: BTreeSet<Id>,
    pub(super) file_ids: BTreeSet<&'n str>,
    /// Departments by name, with their paths.
    departments: Vec<(&'n str, String)>,
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
        self.aliases = people.into_iter().flatten().map(|(key, _)| key.name.as_str()).collect();
        if let Some(node) = root.get("departments") {
            self.departments(node, None, 1, &mut sections.departments);
        }
        sections.time = root.get("time").and_then(|node| self.time(node));
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
        let files = root.get("files").and_then(|node| self.checker.mapping(node, "`files`"));
        for (key, node) in files.into_iter().flatten() {
            let owner = self.owner(&key.name, &key.span, &sections.groups);
            let entries = self.entries(node, 0);
            if let Some(owner) = owner {
                self.hold_to_space(key, &owner, &entries, &sections);
                sections.files.push((owner, entries));
            }
        }
        if let Some(node) = root.get("files") {
            self.hold_to_count(node, &sections);
        }
        self.hold_to_quota(root, &sections);
        if let Some(node) = root.get("shares") {
            sections.shares = self.shares(node, &sections);
        }
        let me = root.get("me").and_then(|node| self.alias(node));
        sections.me = me.or(self.aliases.first().copied()).unwrap_or_default().to_owned();
        Some(sections)
    }

    /// Whether the spaces of each type fit into what the enterprise has for them.
    fn hold_to_quota(&mut self, root: &Node, sections: &Sections) {
        let quota = Quotas::of_capacity(sections.enterprise.capacity);
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
        self.checker.check_keys(entries, &["name", "tenant", "capacity", "users"]);
        let default = Enterprise::default();
        Some(Enterprise {
            name: self.text(node, "name").map_or(default.name, str::to_owned),
            tenant: self.text(node, "tenant").map_or(default.tenant, str::to_owned),
            capacity: self.size(node, "capacity").unwrap_or(default.capacity),
            users: node
                .get("users")
                .and_then(|users| self.checker.whole_number(users, 1))
                .and_then(|users| i64::try_from(users).ok())
                .unwrap_or(default.users),
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
            self.checker.check_keys(entries, &["id", "space", "departments"]);
            self.departments.push((&key.name, path.clone()));
            found.push(Department {
                name: key.name.clone(),
                path: path.clone(),
                above: above.map(str::to_owned),
                id: self.id(node, "id"),
                space: self.size(node, "space"),
            });
            if let Some(below) = node.get("departments") {
                self.departments(below, Some(&path), depth + 1, found);
            }
        }
    }

    fn person(&mut self, key: &Key, node: &'n Node) -> Option<Person> {
        let entries = self.checker.mapping(node, "a person")?;
        let keys = ["id", "userId", "name", "department", "role", "mobile", "disabled", "space"];
        self.checker.check_keys(entries, &keys);
        Some(Person {
            alias: key.name.clone(),
            id: self.id(node, "id"),
            org_id: self.id(node, "userId"),
            name: self.text(node, "name").map(str::to_owned),
            department: node.get("department").and_then(|node| self.department(node)),
            role: node.get("role").and_then(|node| self.checker.one_of(node, &ROLES)).unwrap_or(Role::Ordinary),
            mobile: self.text(node, "mobile").map(str::to_owned),
            disabled: node.get("disabled").is_some_and(|node| self.flag(node)),
            space: self.size(node, "space"),
        })
    }

    fn group(&mut self, key: &Key, node: &'n Node) -> Option<Group> {
        let entries = self.checker.mapping(node, "a group")?;
        self.checker.check_keys(entries, &["id", "kind", "owner", "space", "members"]);
        let owner = match node.get("owner") {
            Some(owner) => self.alias(owner).map(str::to_owned),
            None => self.checker.missing(node, "owner", "an alias of `people`"),
        };
        let kinds = [("group", false), ("users", true)];
        let of_users = node.get("kind").and_then(|node| self.checker.one_of(node, &kinds)).unwrap_or(false);
        let members = node.get("members").and_then(|node| self.checker.mapping(node, "`members`"));
        let mut list = Vec::new();
        for (member, node) in members.into_iter().flatten() {
            let presets = Preset::ALL.map(|preset| (preset.name(), preset));
            let preset = self.checker.one_of(node, &presets);
            if self.is_known(&member.name, &member.span) {
                list.extend(preset.map(|preset| (member.name.clone(), preset)));
            }
        }
        let (id, space) = (self.id(node, "id"), self.size(node, "space"));
        Some(Group { name: key.name.clone(), id, of_users, owner: owner?, space, members: list })
    }

    /// The person, department or group of a name.
    pub(super) fn owner_called(&self, name: &str, groups: &[Group]) -> Option<Owner> {
        if self.aliases.contains(&name) {
            return Some(Owner::Person(name.to_owned()));
        }
        if let Some((_, path)) = self.departments.iter().find(|(known, path)| *known == name || path == name) {
            return Some(Owner::Department(path.clone()));
        }
        groups.iter().any(|group| group.name == name).then(|| Owner::Group(name.to_owned()))
    }

    /// The same, and it is a mistake if there is none.
    pub(super) fn owner(&mut self, name: &str, span: &Range<usize>, groups: &[Group]) -> Option<Owner> {
        let owner = self.owner_called(name, groups);
        if owner.is_some() {
            return owner;
        }
        let message = format!("nobody is called `{name}`");
        let departments: Vec<String> = self.departments.iter().map(|(_, path)| path.clone()).collect();
        let known = self.aliases.clone().into_iter().chain(departments.iter().map(String::as_str));
        let known: Vec<&str> = known.chain(groups.iter().map(|group| group.name.as_str())).collect();
        let otherwise = format!("people, departments and groups are: {}", known.join(", "));
        self.checker.unknown(span, message, "no such name", name, known, Some(otherwise));
        None
    }

    pub(super) fn text(&mut self, node: &'n Node, key: &str) -> Option<&'n str> {
        self.checker.text(node.get(key)?, "a text")
    }

    fn flag(&mut self, node: &Node) -> bool {
        match node.content {
            document::Content::Boolean(flag) => flag,
            _ => {
                self.checker.wrong_kind(node, "`true` or `false`");
                false
            }
        }
    }

    /// The alias of somebody.
    pub(super) fn alias(&mut self, node: &'n Node) -> Option<&'n str> {
        let alias = self.checker.text(node, "an alias of `people`")?;
        self.is_known(alias, &node.span).then_some(alias)
    }

    fn is_known(&mut self, alias: &str, span: &Range<usize>) -> bool {
        let known = self.aliases.contains(&alias);
        if !known {
            let message = format!("nobody is called `{alias}`");
            let aliases = self.aliases.clone();
            let otherwise = format!("aliases are the keys of `people`: {}", aliases.join(", "));
            self.checker.unknown(span, message, "not in `people`", alias, aliases, Some(otherwise));
        }
        known
    }

    /// The path of a department that is named, or whose path is given.
    fn department(&mut self, node: &'n Node) -> Option<String> {
        let name = self.checker.text(node, "the name of a department")?;
        let found = self.departments.iter().find(|(known, path)| path == name || *known == name);
        let found = found.map(|(_, path)| path.clone());
        if found.is_none() {
            let known: Vec<String> = self.departments.iter().map(|(_, path)| path.clone()).collect();
            let message = format!("there is no department `{name}`");
            let known = known.iter().map(String::as_str);
            self.checker.unknown(&node.span, message, "not in `departments`", name, known, None);
        }
        found
    }

    /// A size in GB.
    fn size(&mut self, node: &'n Node, key: &str) -> Option<i64> {
        let node = node.get(key)?;
        let size = node.as_text().and_then(|text| {
            let (number, unit) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit())?);
            let number: i64 = number.parse().ok()?;
            match unit.trim().to_ascii_uppercase().as_str() {
                "GB" => Some(number),
                "TB" => number.checked_mul(1 << 10),
                _ => None,
            }
        });
        let size = size.filter(|size| *size <= LARGEST_SIZE);
        let size = size.or_else(|| node.as_u64().filter(|number| *number == 0).map(|_| 0));
        if size.is_none() {
            self.checker.wrong_kind(node, "a size such as `10GB`");
        }
        size
    }

    /// An id of digits.
    pub(super) fn id(&mut self, node: &'n Node, key: &str) -> Option<Id> {
        let node = node.get(key)?;
        let id = node
            .as_text()
            .and_then(|text| text.parse().ok())
            .or_else(|| node.as_u64())
            .filter(|id| (1..=LARGEST_ID).contains(id));
        if id.is_none() {
            self.checker.wrong_kind(node, "an id of digits, in quotes");
        }
        let id = Id(id?);
        if !self.ids.insert(id) {
            self.checker.error(&node.span, format!("the id {id} is given twice"), "another one has it");
        }
        Some(id)
    }

    fn time(&mut self, node: &Node) -> Option<Timestamp> {
        let time = node.as_text().and_then(|text| text.parse().ok());
        if time.is_none() {
            self.checker.wrong_kind(node, "an instant such as \"2026-01-05T08:00:00Z\"");
        }
        time
    }
}
