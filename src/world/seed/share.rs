//! What a seed says of shares: read with its mistakes, and made.

use super::{
    build::Build,
    compile::Compiler,
    section::{Entry, EntryContent, Owner, Sections, Share as ShareSection},
};
use crate::{
    document::Node,
    world::{
        drive::{Key, root_of},
        ids::Id,
        share::{Permission, Reader, Scope, Share, days_from},
    },
};

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
        self.checker.check_keys(entries, &["id", "by", "files", "with", "days", "code", "comment"]);
        let by = match node.get("by") {
            Some(by) => self.alias(by).map(str::to_owned),
            None => self.checker.missing(node, "by", "an alias of `people`"),
        };
        let Some(list) = node.get("files") else {
            return self.checker.missing(node, "files", "paths such as `lin/report.docx`");
        };
        let list = self.checker.sequence(list, "a list of paths such as `lin/report.docx`")?;
        let mut owner: Option<Owner> = None;
        let (mut files, mut paths) = (Vec::new(), Vec::new());
        for node in list {
            let Some((whose, names)) = self.place(node, sections) else { continue };
            paths.extend(node.as_text());
            self.may_share(node, by.as_deref(), &whose);
            if owner.as_ref().is_some_and(|owner| *owner != whose) {
                self.checker.error(&node.span, "the files of a share are in one space", "of another owner");
            }
            owner.get_or_insert(whose);
            files.push(names);
        }
        if list.is_empty() {
            self.checker.error(&node.span, "a share has one file at least", "of no file");
        }
        let with = node.get("with").and_then(|node| self.checker.sequence(node, "a list of those whom it is for"));
        let mut readers = Vec::new();
        for node in with.into_iter().flatten() {
            let name = self.checker.text(node, "a person, a department or a group");
            readers.extend(name.and_then(|name| self.owner(name, &node.span, &sections.groups)));
        }
        let days = node.get("days").and_then(|node| Some((node, self.checker.whole_number(node, 1)?)));
        if let Some((node, _)) = days.filter(|(_, days)| *days > LONGEST) {
            self.checker.error(&node.span, format!("a share lives {LONGEST} days at most"), "too long");
        }
        let by = by?;
        Some(ShareSection {
            path: format!("shares/{by}/{}", paths.join(",")),
            id: self.id(node, "id"),
            by,
            owner: owner?,
            files,
            with: node.get("with").map(|_| readers),
            days: i64::try_from(days.map_or(DAYS, |(_, days)| days.min(LONGEST))).unwrap_or(i64::MAX),
            code: self.text(node, "code").map(str::to_owned),
            comment: self.text(node, "comment").map(str::to_owned),
        })
    }

    /// Whether somebody may share files of an owner.
    fn may_share(&mut self, node: &Node, by: Option<&str>, owner: &Owner) {
        match owner {
            Owner::Group(_) => self.checker.error(&node.span, "files of groups are not shared", "of a group"),
            Owner::Person(owner) if by.is_some_and(|by| by != owner) => {
                self.checker.error(&node.span, format!("only `{owner}` shares these files"), "of somebody else");
            }
            Owner::Person(_) | Owner::Department(_) => {}
        }
    }

    /// Whose file a path leads to, and the names on the way to it.
    fn place(&mut self, node: &'n Node, sections: &Sections) -> Option<(Owner, Vec<String>)> {
        let path = self.checker.text(node, "a path such as `lin/report.docx`")?;
        for (at, _) in path.match_indices('/') {
            let names: Vec<&str> = path[at + 1..].split('/').collect();
            let owner = self.owner_called(&path[..at], &sections.groups);
            let Some((owner, entries)) = sections.files.iter().find(|(known, _)| owner.as_ref() == Some(known)) else {
                continue;
            };
            if is_there(entries, &names) {
                return Some((owner.clone(), names.into_iter().map(str::to_owned).collect()));
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
    /// Makes a share. Nobody is told: a seed says what is, not what happened.
    pub(super) fn share(&mut self, section: &ShareSection) {
        let Some(owner) = self.people.get(section.by.as_str()).copied() else { return };
        let space = self.id_of(&section.owner).and_then(|id| self.world.spaces.of(id).next().cloned());
        // Somebody without a space has no files either.
        let Some(space) = space else { return };
        let find = |names: &Vec<String>| -> Option<Key> {
            let below = |parent: Key, name: &String| Some(self.world.drive.named(&parent, name)?.id.clone());
            names.iter().try_fold(root_of(&space.id), below)
        };
        let files: Vec<Key> = section.files.iter().filter_map(find).collect();
        let name = files.first().and_then(|id| self.world.drive.get(id)).map(|node| node.name.clone());
        let reader = |owner: &Owner| {
            let id = self.id_of(owner)?;
            Some(match owner {
                Owner::Person(_) => Reader::User(id),
                Owner::Department(_) => Reader::Department(id),
                Owner::Group(_) => Reader::Group(id),
            })
        };
        let readers = section.with.iter().flatten().filter_map(reader).collect();
        let made = self.world.next();
        self.world.shares_mut().put(Share {
            id: section.id.unwrap_or_else(|| Id::of_seed("share", &section.path)),
            owner,
            space: space.id.clone(),
            name: name.unwrap_or_else(|| "".into()),
            is_many: files.len() > 1,
            files,
            // One for nobody in particular is for all users.
            scope: if section.with.is_some() { Scope::Readers } else { Scope::Enterprise },
            readers,
            phones: Vec::new(),
            permission: Permission::default(),
            code: section.code.clone(),
            comment: section.comment.clone(),
            created: self.now,
            updated: self.now,
            until: days_from(self.now, section.days),
            days: section.days,
            views: 0,
            downloads: 0,
            saves: 0,
            left: imbl::OrdSet::new(),
            made,
        });
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
