//! What a seed says of shares: read with its mistakes, and made.

use super::{
    build::Build,
    compile::Compiler,
    section::{Entry, EntryContent, FileAt, Owner, Sections, Share as ShareSection, ShareFacts},
};
use crate::{
    document::Node,
    world::{
        drive::{Key, root_of},
        ids::Id,
        share::{Permission, Reader, Scope, Share, days_from},
    },
};

/// The keys of a share.
const KEYS: [&str; 22] = [
    "id",
    "by",
    "files",
    "with",
    "days",
    "code",
    "comment",
    "containerId",
    "scope",
    "displayName",
    "ofMany",
    "permission",
    "phoneNumbers",
    "expireTime",
    "viewCnt",
    "downloadCnt",
    "saveCnt",
    "left",
    "kdstokens",
    "createTime",
    "updateTime",
    "made",
];

/// The longest life of a share, in days.
const LONGEST: u64 = 365;

/// The life of one that says nothing.
const DAYS: u64 = 7;

impl<'n> Compiler<'n> {
    /// The shares of a list. What it names was read before.
    pub(super) fn shares(&mut self, node: &'n Node, sections: &Sections) -> Vec<ShareSection> {
        let mut shares: Vec<ShareSection> = Vec::new();
        for node in self.checker.sequence(node, "a list of shares").into_iter().flatten() {
            if let Some(mut share) = self.share(node, sections) {
                let is_twin = |known: &&ShareSection| known.path.split('#').next() == Some(&share.path);
                let twins = shares.iter().filter(is_twin).count();
                if twins > 0 {
                    share.path = format!("{}#{twins}", share.path);
                }
                shares.push(share);
            }
        }
        shares
    }

    fn share(&mut self, node: &'n Node, sections: &Sections) -> Option<ShareSection> {
        let entries = self.checker.mapping(node, "a share")?;
        self.checker.check_keys(entries, &KEYS);
        let alias = node.get("by").and_then(|by| by.as_text());
        let by = self.user_of(node, "by");
        let Some(list) = node.get("files") else {
            return self.checker.missing(node, "files", "paths such as `lin/report.docx`");
        };
        let list = self.checker.sequence(list, "a list of paths such as `lin/report.docx`")?;
        let mut owner: Option<Owner> = None;
        let (mut files, mut paths) = (Vec::new(), Vec::new());
        for node in list {
            let Some(file) = self.place(node, sections) else { continue };
            paths.extend(node.as_text());
            let FileAt::Path(whose, _) = &file else {
                files.push(file);
                continue;
            };
            let whose = whose.clone();
            self.may_share(node, alias, &whose);
            if owner.as_ref().is_some_and(|owner| *owner != whose) {
                self.checker.error(&node.span, "the files of a share are in one space", "of another owner");
            }
            owner.get_or_insert(whose);
            files.push(file);
        }
        if let Some(node) = node.get("containerId") {
            let id = self.checker.text(node, "the id of a space");
            owner = id.map(|id| Owner::Space(id.to_owned()));
        }
        if list.is_empty() && !sections.is_whole {
            self.checker.error(&node.span, "a share has one file at least", "of no file");
        }
        let with = node.get("with").and_then(|node| self.checker.sequence(node, "a list of those whom it is for"));
        let mut readers = Vec::new();
        for node in with.into_iter().flatten() {
            let name = self.checker.text(node, "a person, a department or a group");
            readers.extend(name.and_then(|name| self.owner(name, &node.span, &sections.groups)));
        }
        let days = node
            .get("days")
            .and_then(|node| Some((node, self.checker.whole_number(node, u64::from(!sections.is_whole))?)));
        if let Some((node, _)) = days.filter(|(_, days)| *days > LONGEST && !sections.is_whole) {
            self.checker.error(&node.span, format!("a share lives {LONGEST} days at most"), "too long");
        }
        let facts = self.share_facts(node);
        if owner.is_none() && list.iter().any(|node| node.as_text().is_some_and(|id| self.file_ids.contains(id))) {
            self.checker.missing::<()>(node, "containerId", "the id of the space that the files are in");
        }
        let longest = if sections.is_whole { u64::MAX } else { LONGEST };
        Some(ShareSection {
            path: format!("shares/{}/{}", alias.unwrap_or_default(), paths.join(",")),
            id: self.id(node, "id"),
            by: by?,
            owner: owner?,
            files,
            with: node.get("with").map(|_| readers),
            days: i64::try_from(days.map_or(DAYS, |(_, days)| days.min(longest))).unwrap_or(i64::MAX),
            code: self.text(node, "code").map(str::to_owned),
            comment: self.text(node, "comment").map(str::to_owned),
            facts,
        })
    }

    /// What a share has gone through.
    fn share_facts(&mut self, node: &'n Node) -> ShareFacts {
        let scopes = [("anybody", Scope::Anybody), ("enterprise", Scope::Enterprise), ("readers", Scope::Readers)];
        let plain = Permission::default();
        let permission = node.get("permission").map_or(plain, |node| {
            let entries = self.checker.mapping(node, "`permission`").unwrap_or_default();
            self.checker.check_keys(entries, &["preview", "edit", "download"]);
            Permission {
                preview: self.flag(node, "preview").unwrap_or(plain.preview),
                edit: self.flag(node, "edit").unwrap_or(plain.edit),
                download: self.flag(node, "download").unwrap_or(plain.download),
            }
        });
        let phones = node.get("phoneNumbers").and_then(|node| self.checker.sequence(node, "a list of numbers"));
        let phones = phones.into_iter().flatten().filter_map(|node| self.checker.text(node, "a telephone number"));
        let phones = phones.map(str::to_owned).collect();
        let left = node.get("left").and_then(|node| self.checker.sequence(node, "a list of aliases"));
        let left = left.into_iter().flatten().filter_map(|node| self.user(node)).collect();
        let mut tokens = Vec::new();
        let known = node.get("kdstokens").and_then(|node| self.checker.mapping(node, "`kdstokens`"));
        for (key, _) in known.into_iter().flatten() {
            let until = node.get("kdstokens").and_then(|node| self.time(node, &key.name));
            tokens.extend(until.map(|until| (key.name.clone(), until)));
        }
        ShareFacts {
            scope: node.get("scope").and_then(|node| self.checker.one_of(node, &scopes)),
            name: self.text(node, "displayName").map(str::to_owned),
            is_many: self.flag(node, "ofMany"),
            permission,
            phones,
            until: self.time(node, "expireTime"),
            views: self.number(node, "viewCnt").unwrap_or(0),
            downloads: self.number(node, "downloadCnt").unwrap_or(0),
            saves: self.number(node, "saveCnt").unwrap_or(0),
            left,
            tokens,
            stamp: self.stamp(node, ["createTime", "updateTime"]),
        }
    }

    /// Whether somebody may share files of an owner.
    fn may_share(&mut self, node: &Node, by: Option<&str>, owner: &Owner) {
        match owner {
            Owner::Group(_) => self.checker.error(&node.span, "files of groups are not shared", "of a group"),
            Owner::Person(owner) if by.is_some_and(|by| by != owner) => {
                self.checker.error(&node.span, format!("only `{owner}` shares these files"), "of somebody else");
            }
            Owner::Person(_) | Owner::Department(_) | Owner::Space(_) => {}
        }
    }

    /// The file that a path leads to, or that has this id.
    pub(super) fn place(&mut self, node: &'n Node, sections: &Sections) -> Option<FileAt> {
        let path = self.checker.text(node, "a path such as `lin/report.docx`")?;
        if self.file_ids.contains(path) {
            return Some(FileAt::Id(path.into()));
        }
        for (at, _) in path.match_indices('/') {
            let names: Vec<&str> = path[at + 1..].split('/').collect();
            let owner = self.owner_called(&path[..at], &sections.groups);
            let Some((owner, entries)) = sections.files.iter().find(|(known, _)| owner.as_ref() == Some(known)) else {
                continue;
            };
            if is_there(entries, &names) {
                return Some(FileAt::Path(owner.clone(), names.into_iter().map(str::to_owned).collect()));
            }
        }
        let mut known = Vec::new();
        for (owner, entries) in &sections.files {
            paths(owner.name(), entries, &mut known);
        }
        let help = "a path is a key of `files` and the names below it: `lin/report.docx`".to_owned();
        let known = known.iter().map(String::as_str);
        self.checker.unknown(
            &node.span,
            format!("there is no file `{path}`"),
            "not in `files`",
            path,
            known,
            Some(help),
        );
        None
    }
}

/// Whether there is something at the end of these names.
fn is_there(entries: &[Entry], names: &[&str]) -> bool {
    let Some((first, rest)) = names.split_first() else { return false };
    entries.iter().filter(|entry| entry.name == *first).any(|entry| match (&entry.content, rest) {
        (_, []) => true,
        (EntryContent::Folder(below), rest) => is_there(below, rest),
        (EntryContent::Many { times, name, .. }, [one]) => {
            (1..=*times).any(|number| name.replace("{n}", &number.to_string()) == *one)
        }
        _ => false,
    })
}

/// The paths of everything that stands in a seed with its own name.
fn paths(above: &str, entries: &[Entry], found: &mut Vec<String>) {
    for entry in entries {
        let path = format!("{above}/{}", entry.name);
        if let EntryContent::Folder(below) = &entry.content {
            paths(&path, below, found);
        }
        found.push(path);
    }
}

impl Build<'_> {
    /// The id of a file that another section speaks of.
    pub(super) fn file(&self, file: &FileAt) -> Option<Key> {
        match file {
            FileAt::Id(id) => Some(Key::clone(id)),
            FileAt::Path(owner, names) => {
                let space = self.space_of(owner)?;
                let below = |parent: Key, name: &String| Some(self.world.drive.named(&parent, name)?.id.clone());
                names.iter().try_fold(root_of(&space.id), below)
            }
        }
    }

    /// Makes a share. Nobody is told: a seed says what is, not what happened.
    pub(super) fn share(&mut self, section: &ShareSection) {
        let facts = &section.facts;
        // The space of a share may be gone, but a person without a space has no files either.
        let space = match &section.owner {
            Owner::Space(id) => id.as_str().into(),
            owner => {
                let Some(space) = self.space_of(owner) else { return };
                space.id.clone()
            }
        };
        let files: Vec<Key> = section.files.iter().filter_map(|file| self.file(file)).collect();
        let first = || files.first().and_then(|id| self.world.drive.get(id)).map(|node| node.name.clone());
        let name = facts.name.as_deref().map(Into::into).or_else(first);
        let reader = |owner: &Owner| {
            let id = self.id_of(owner)?;
            Some(match owner {
                Owner::Person(_) => Reader::User(id),
                Owner::Department(_) => Reader::Department(id),
                Owner::Group(_) => Reader::Group(id),
                Owner::Space(_) => return None,
            })
        };
        let readers = section.with.iter().flatten().filter_map(reader).collect();
        // One for nobody in particular is for all users.
        let scope = if section.with.is_some() { Scope::Readers } else { Scope::Enterprise };
        let created = facts.stamp.created.unwrap_or(self.now);
        let made = self.made(facts.stamp.made);
        let share = Share {
            id: section.id.unwrap_or_else(|| Id::of_seed("share", &section.path)),
            owner: section.by,
            space,
            name: name.unwrap_or_else(|| "".into()),
            is_many: facts.is_many.unwrap_or(files.len() > 1),
            files,
            scope: facts.scope.unwrap_or(scope),
            readers,
            phones: facts.phones.clone(),
            permission: facts.permission,
            code: section.code.clone(),
            comment: section.comment.clone(),
            created,
            updated: facts.stamp.updated.unwrap_or(created),
            until: facts.until.unwrap_or_else(|| days_from(created, section.days)),
            days: section.days,
            views: facts.views,
            downloads: facts.downloads,
            saves: facts.saves,
            left: facts.left.iter().copied().collect(),
            made,
        };
        let id = share.id;
        self.world.shares_mut().put(share);
        for (token, until) in &facts.tokens {
            self.world.shares_mut().put_token(id, token, *until);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{diagnostic::Source, world::Seed};

    fn seed(shares: &str) -> String {
        format!(
            "world: a\ndepartments: {{ Sales: {{}} }}\npeople: {{ lin: {{ role: system }}, sam: {{}} }}\ngroups: {{ launch: {{ owner: lin }} }}\nfiles: {{ lin: {{ \
             a: {{ b.txt: b }}, many: {{ $times: 3, name: \"f-{{n}}.txt\", size: 1 }} }}, Sales: {{ c.txt: c }}, launch: {{ d.txt: d }} }}\nshares: {shares}"
        )
    }

    fn mistakes(shares: &str) -> Vec<String> {
        let found = Seed::compile(&Source::new("a.yaml", seed(shares))).unwrap_err();
        found.into_iter().map(|one| one.message).collect()
    }

    #[test]
    fn mistakes_of_shares_are_told() {
        assert_eq!(
            mistakes("[{ files: [lin/a] }, { by: lin }]"),
            ["the key `by` is missing", "the key `files` is missing"]
        );
        assert_eq!(
            mistakes("[{ by: lin, files: [lin/a/x.txt, lin/many/f-4.txt, nobody/a] }]"),
            ["there is no file `lin/a/x.txt`", "there is no file `lin/many/f-4.txt`", "there is no file `nobody/a`"]
        );
        assert_eq!(
            mistakes("[{ by: lin, files: [lin/a], with: [sam, Sals], days: 366, kode: a }]"),
            ["nobody is called `Sals`", "a share lives 365 days at most", "unknown key `kode`"]
        );
        assert_eq!(
            mistakes(
                "[{ by: sam, files: [lin/a] }, { by: lin, files: [launch/d.txt] }, { by: lin, files: [lin/a, Sales/c.txt] }]"
            ),
            [
                "only `lin` shares these files",
                "files of groups are not shared",
                "the files of a share are in one space"
            ]
        );
        assert_eq!(mistakes("{}"), ["expected a list of shares, found a mapping"]);
        assert_eq!(mistakes("[{ by: lin, files: [] }]"), ["a share has one file at least"]);
    }

    #[test]
    fn equal_shares_are_two_and_the_id_of_one_is_its_own() {
        let ids = |shares: &str| {
            let seed = Seed::compile(&Source::new("a.yaml", seed(shares))).unwrap();
            let world = seed.world(jiff::Timestamp::UNIX_EPOCH, &crate::content::Room::new(1000));
            assert_eq!(world.check(), Vec::<String>::new());
            world.shares.all().map(|share| (share.files.len(), share.id)).collect::<Vec<_>>()
        };
        let one = "{ by: lin, files: [lin/a/b.txt, lin/many/f-3.txt] }";
        let two = ids(&format!("[{one}, {one}, {{ by: lin, files: [lin/a] }}]"));
        assert_eq!(two.len(), 3);
        assert!(two.contains(&ids(&format!("[{{ by: sam, id: \"42\", files: [Sales/c.txt] }}, {one}]"))[1]));
    }
}
