//! What a seed says of files and folders: read with its mistakes, and held to the space that they are in.

use std::path::{Component, Path};

use bytes::Bytes;

use super::{
    compile::Compiler,
    section::{Entry, EntryContent, NodeFacts, Owner, RecycledFacts, Sections},
};
use crate::{
    disk::ReadError,
    document::{Key, Node},
    world::{
        drive::{DEPTH, FOLDER},
        spaces::GB,
    },
};

/// The most files of a seed.
const MOST_FILES: u64 = 1_000_000;

/// The most bytes of the files that a seed names.
const MOST_BYTES: u64 = 64 << 20;

/// The key of what a folder says of itself: no file can be called that.
pub(super) const ITSELF: &str = "/";

/// What a file or folder may say of itself.
const FACTS: [&str; 11] = [
    "id",
    "content",
    "fileType",
    "mimeType",
    "createdTime",
    "editedTime",
    "description",
    "hidden",
    "owner",
    "lastEditor",
    "made",
];

/// What it may say where it is not below the one that it is in.
const APART: [&str; 6] = ["fileName", "parentFolder", "recycledTime", "hasPath", "recycledMade", "containerId"];

/// What it may not say: no operation that is played would show it.
const GRANTS: &str = "grants";

/// The longest name.
const LONGEST_NAME: usize = 250;

impl<'n> Compiler<'n> {
    /// Whether the files of an owner fit into the space that is there for them.
    pub(super) fn hold_to_space(&mut self, key: &Key, owner: &Owner, sections: &Sections) {
        let all = sections.files.iter().chain(&sections.recycled).filter(|(whose, _)| whose == owner);
        let bytes = all.map(|(_, entries)| Entry::bytes_of_all(entries)).fold(0, i64::saturating_add);
        let capacity = sections.capacity_of(owner);
        if capacity == 0 {
            self.checker.error(&key.span, format!("`{}` has no space for files", key.name), "no space");
        } else if bytes > capacity.saturating_mul(GB) {
            let message = format!("the files of `{}` have {bytes} bytes, and the space has {capacity} GB", key.name);
            self.checker.error(&key.span, message, "too many bytes");
        }
    }

    /// Whether a seed has no more files than a world of it can bear.
    pub(super) fn hold_to_count(&mut self, node: &Node, sections: &Sections) {
        let all = sections.files.iter().chain(&sections.recycled);
        let files = all.fold(0_u64, |sum, (_, entries)| sum.saturating_add(Entry::count_of_all(entries)));
        if files > MOST_FILES {
            let message = format!("the seed has {files} files and folders, and may have {MOST_FILES}");
            self.checker.error(&node.span, message, "too many");
        }
    }

    /// The files and folders of a mapping.
    pub(super) fn entries(&mut self, node: &'n Node, depth: usize) -> Vec<Entry> {
        let mut entries = Vec::new();
        let below = self.checker.mapping(node, "a folder").into_iter().flatten();
        for (key, node) in below.filter(|(key, _)| key.name != ITSELF) {
            entries.extend(self.entry(key, node, depth));
        }
        entries
    }

    /// What is in a recycle bin: by name, or as a list of what says itself what it is called.
    pub(super) fn recycled(&mut self, node: &'n Node) -> Vec<Entry> {
        let Some(list) = node.as_sequence() else { return self.entries(node, 0) };
        let mut entries = Vec::new();
        for node in list {
            let itself = node.get(ITSELF).unwrap_or(node);
            let Some(name) = self.text_of(itself, "fileName") else { continue };
            let key = Key { name: name.to_owned(), span: itself.span.clone() };
            entries.extend(self.entry(&key, node, 0));
        }
        entries
    }

    /// What a file or folder says of itself.
    pub(super) fn node_facts(&mut self, node: &'n Node, more: &[&str]) -> NodeFacts {
        if let Some(entries) = self.checker.mapping(node, "the facts of a file or folder") {
            let granted = entries.iter().find(|(key, _)| key.name == GRANTS);
            let said = granted.map(|_| &GRANTS);
            if let Some((key, _)) = granted {
                let message = "rights are given for a whole space, and not for a file or folder of it";
                let help = "the `members` of a group have rights in its space, and an entry of `spaces` has `grants`";
                self.checker.error_with_help(&key.span, message, "not played", Some(help.to_owned()));
            }
            let known: Vec<&str> = more.iter().chain(&FACTS).chain(&APART).chain(said).copied().collect();
            self.checker.check_keys(entries, &known);
        }
        NodeFacts {
            id: node.get("id").and_then(|node| self.file_id(node)).map(Into::into),
            made: self.made(node, "made"),
            ..self.seen_facts(node)
        }
    }

    /// The same, but for what is each file's own.
    pub(super) fn seen_facts(&mut self, node: &'n Node) -> NodeFacts {
        let text = |compiler: &mut Self, key| compiler.text(node, key).map(str::to_owned);
        NodeFacts {
            id: None,
            content: None,
            file_type: text(self, "fileType"),
            mime: text(self, "mimeType"),
            created: self.time(node, "createdTime"),
            edited: self.time(node, "editedTime"),
            description: text(self, "description"),
            hidden: self.flag(node, "hidden").unwrap_or(false),
            owner: node.get("owner").and_then(|node| self.user(node)),
            editor: node.get("lastEditor").and_then(|node| self.user(node)),
            made: None,
            recycled: RecycledFacts {
                at: self.time(node, "recycledTime"),
                parent: self.text(node, "parentFolder").map(Into::into),
                is_lost: self.flag(node, "hasPath") == Some(false),
                made: None,
            },
        }
    }

    fn entry(&mut self, key: &Key, node: &'n Node, depth: usize) -> Option<Entry> {
        let itself = node.get(ITSELF);
        if let Some(wrong) = key.name.chars().find(|letter| "<>|:\"*?/".contains(*letter)) {
            self.checker.error(
                &key.span,
                format!("`{}` is no name of a file: it has a `{wrong}`", key.name),
                "not allowed",
            );
        }
        if matches!(key.name.as_str(), "" | "." | "..") || key.name.chars().count() > LONGEST_NAME {
            let message =
                format!("a file is called something else than `.` and `..`, in 1 to {LONGEST_NAME} characters");
            self.checker.error(&key.span, message, "no name");
        }
        let entry = |facts, content| Some(Entry { name: key.name.clone(), facts, content });
        if let Some(text) = node.as_text() {
            return entry(NodeFacts::default(), EntryContent::Bytes(text.to_owned().into()));
        }
        let members = self.checker.mapping(node, "a text, a folder, or `{ size: 10 }`")?;
        if node.get("$times").is_some() && itself.is_none() {
            self.checker.check_keys(members, &["$times", "name", "size"]);
            let times = node.get("$times").and_then(|times| self.checker.whole_number(times, 1)).unwrap_or(1);
            if times > MOST_FILES {
                self.checker.error(&node.span, format!("at most {MOST_FILES} files are made of one entry"), "too many");
            }
            let times = u32::try_from(times.min(MOST_FILES)).unwrap_or(1);
            let name = self.text(node, "name").unwrap_or("file-{n}").to_owned();
            if times > 1 && !name.contains("{n}") {
                let message = "files of one folder have different names: `{n}` in `name` counts them";
                self.checker.error(&node.span, message, "all the same");
            }
            let size = self.bytes(node);
            return entry(NodeFacts::default(), EntryContent::Many { times, name, size });
        }
        if let Some(name) = node.get("file").filter(|_| itself.is_none()) {
            let mut facts = self.node_facts(node, &["file"]);
            facts.recycled.made = self.made(node, "recycledMade");
            let bytes = self.bytes_of(name)?;
            return entry(facts, EntryContent::Bytes(bytes));
        }
        if node.get("size").is_some() && itself.is_none() {
            let mut facts = self.node_facts(node, &["size"]);
            facts.recycled.made = self.made(node, "recycledMade");
            if facts.file_type.as_deref() == Some(FOLDER) {
                self.checker.error(&node.span, "a folder is a mapping of what is in it, and has no size", "a file");
            }
            let size = self.bytes(node);
            facts.content = self.content_of(node, size).map(str::to_owned);
            return entry(facts, EntryContent::File(size));
        }
        if depth >= DEPTH {
            self.checker.error(&key.span, format!("folders go {DEPTH} levels deep"), "too deep");
            return None;
        }
        let mut facts = NodeFacts::default();
        if let Some(itself) = itself {
            facts = self.node_facts(itself, &[]);
            facts.recycled.made = self.made(itself, "recycledMade");
        }
        entry(facts, EntryContent::Folder(self.entries(node, depth + 1)))
    }

    /// The bytes of a file beside the seed, or in a folder there.
    fn bytes_of(&mut self, node: &'n Node) -> Option<Bytes> {
        let name = self.checker.text(node, "the path of a file beside the seed")?;
        let Some(folder) = self.folder else {
            self.checker.error(&node.span, "`file` needs a seed that is a file itself", "no folder to look in");
            return None;
        };
        let is_below = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if !is_below {
            self.checker.error(&node.span, format!("`{name}` is not below the folder of the seed"), "another folder");
            return None;
        }
        let path = folder.path.join(name);
        let read = folder.files.read(&path, MOST_BYTES - self.loaded);
        if let Err(error) = &read {
            let mut message = format!("the file `{}` {error}", path.display());
            if matches!(error, ReadError::TooLarge { .. }) {
                message.push_str(&format!("; the files of a seed have {MOST_BYTES} together at most"));
            }
            self.checker.error(&node.span, message, "looked for beside the seed");
        }
        let bytes = read.ok()?;
        self.loaded += bytes.len() as u64;
        Some(bytes)
    }

    /// The id of a file, which no other one has.
    fn file_id(&mut self, node: &'n Node) -> Option<&'n str> {
        let id = self.checker.text(node, "a text")?;
        if !self.file_ids.insert(id) {
            self.checker.error(&node.span, format!("the id `{id}` is given twice"), "another one has it");
        }
        Some(id)
    }

    /// The size of a file.
    pub(super) fn bytes(&mut self, node: &'n Node) -> i64 {
        let size = node.get("size").and_then(|size| self.checker.whole_number(size, 0)).unwrap_or(0);
        i64::try_from(size).unwrap_or(i64::MAX)
    }
}
