//! What a seed says of files and folders: read with its mistakes, and held to the space that they are in.

use super::{
    compile::Compiler,
    section::{Entry, EntryContent, Owner, Sections},
};
use crate::{
    document::{Key, Node},
    world::{drive::DEPTH, spaces::GB},
};

/// The most files of a seed.
const MOST_FILES: u64 = 1_000_000;

/// The longest name.
const LONGEST_NAME: usize = 250;

impl<'n> Compiler<'n> {
    /// Whether the files of an owner fit into the space that is there for them.
    pub(super) fn hold_to_space(&mut self, key: &Key, owner: &Owner, entries: &[Entry], sections: &Sections) {
        let (capacity, bytes) = (sections.capacity_of(owner), Entry::bytes_of_all(entries));
        if capacity == 0 {
            self.checker.error(&key.span, format!("`{}` has no space for files", key.name), "no space");
        } else if bytes > capacity.saturating_mul(GB) {
            let message = format!("the files of `{}` have {bytes} bytes, and the space has {capacity} GB", key.name);
            self.checker.error(&key.span, message, "too many bytes");
        }
    }

    /// Whether a seed has no more files than a world of it can bear.
    pub(super) fn hold_to_count(&mut self, node: &Node, sections: &Sections) {
        let files =
            sections.files.iter().fold(0_u64, |sum, (_, entries)| sum.saturating_add(Entry::count_of_all(entries)));
        if files > MOST_FILES {
            let message = format!("the seed has {files} files and folders, and may have {MOST_FILES}");
            self.checker.error(&node.span, message, "too many");
        }
    }

    /// The files and folders of a mapping.
    pub(super) fn entries(&mut self, node: &'n Node, depth: usize) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (key, node) in self.checker.mapping(node, "a folder").into_iter().flatten() {
            entries.extend(self.entry(key, node, depth));
        }
        entries
    }

    fn entry(&mut self, key: &Key, node: &'n Node, depth: usize) -> Option<Entry> {
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
        let entry = |id, content| Some(Entry { name: key.name.clone(), id, content });
        if let Some(text) = node.as_text() {
            return entry(None, EntryContent::Text(text.to_owned()));
        }
        let members = self.checker.mapping(node, "a text, a folder, or `{ size: 10 }`")?;
        if node.get("$times").is_some() {
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
            return entry(None, EntryContent::Many { times, name, size });
        }
        if node.get("size").is_some() {
            self.checker.check_keys(members, &["size", "id"]);
            let id = node.get("id").and_then(|node| self.file_id(node));
            let size = self.bytes(node);
            return entry(id, EntryContent::File(size));
        }
        if depth >= DEPTH {
            self.checker.error(&key.span, format!("folders go {DEPTH} levels deep"), "too deep");
            return None;
        }
        entry(None, EntryContent::Folder(self.entries(node, depth + 1)))
    }

    /// The id of a file, which no other one has.
    fn file_id(&mut self, node: &'n Node) -> Option<String> {
        let id = self.checker.text(node, "a text")?;
        if !self.file_ids.insert(id) {
            self.checker.error(&node.span, format!("the id `{id}` is given twice"), "another one has it");
        }
        Some(id.to_owned())
    }

    /// The size of a file.
    fn bytes(&mut self, node: &'n Node) -> i64 {
        let size = node.get("size").and_then(|size| self.checker.whole_number(size, 0)).unwrap_or(0);
        i64::try_from(size).unwrap_or(i64::MAX)
    }
}
