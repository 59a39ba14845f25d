//! Uploads that are open: files to be, and the parts that came so far.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use jiff::{SignedDuration, Timestamp};

use super::{
    World,
    content::Sha256,
    drive::{Key, Node},
};
use crate::content::Received;

/// How long an upload waits for its next part.
const LIFE: SignedDuration = SignedDuration::from_hours(24);

/// Open uploads of a world.
pub(super) const MOST: usize = 1000;

/// A file on its way in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Upload {
    pub(super) id: Key,
    /// The file that it will be, of the size that was announced.
    pub(super) node: Node,
    /// The object that its parts are sent to.
    pub(super) key: Key,
    /// What the client says its digest will be.
    pub(super) sha256: Option<Sha256>,
    /// By number.
    pub(super) parts: OrdMap<i64, Part>,
    /// When it is forgotten.
    pub(super) until: Timestamp,
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// In bytes.
    pub(super) size: i64,
    pub(super) offset: Option<i64>,
    /// The SHA-256 state of what comes before it, as the client says.
    pub(super) before: Option<[u32; 8]>,
    pub(super) received: Option<Received>,
}

impl Part {
    /// Whether a link for one is a link for the other.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.size, self.before) == (other.size, other.before)
    }
}

impl Upload {
    /// Forgotten a day after this.
    pub(super) fn touched(now: Timestamp) -> Timestamp {
        now.checked_add(LIFE).unwrap_or(Timestamp::MAX)
    }
}

impl World {
    /// The names of the files whose uploads are open, in the order in which those were begun.
    pub fn open_uploads(&self) -> Vec<&str> {
        let mut open: Vec<&Node> = self.uploads.all().map(|upload| &upload.node).collect();
        open.sort_by_key(|node| node.made);
        open.into_iter().map(|node| &*node.name).collect()
    }
}

/// Those of a world. The name of each is taken in its folder, and its bytes are counted in its space.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Uploads {
    /// By the file.
    files: OrdMap<Key, Arc<Upload>>,
    /// Upload to file.
    ids: OrdMap<Key, Key>,
    /// Folder and name to file.
    names: OrdMap<(Key, Arc<str>), Key>,
    /// How many parts all have together.
    parts: usize,
    /// When each is forgotten.
    ends: OrdSet<(Timestamp, Key)>,
}

impl Uploads {
    /// That of a file.
    pub(super) fn of_file(&self, file: &str) -> Option<&Arc<Upload>> {
        self.files.get(file)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Arc<Upload>> {
        self.of_file(self.ids.get(id)?)
    }

    pub(super) fn by_file(&self) -> &OrdMap<Key, Arc<Upload>> {
        &self.files
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Upload>> {
        self.files.values()
    }

    /// How many uploads and parts there are.
    pub(super) fn entries(&self) -> usize {
        self.files.len() + self.parts
    }

    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    /// Whether a file on its way will have this name.
    pub(super) fn has_name(&self, parent: &str, name: &str) -> bool {
        !self.names.is_empty() && self.names.contains_key(&(Key::from(parent), Arc::from(name)))
    }

    /// Adds one, or replaces the one of the same file.
    pub(super) fn put(&mut self, upload: Upload) {
        let file = Arc::clone(&upload.node.id);
        self.remove(&file);
        self.ids.insert(Arc::clone(&upload.id), Arc::clone(&file));
        self.names.insert((Arc::clone(&upload.node.parent), Arc::clone(&upload.node.name)), Arc::clone(&file));
        self.ends.insert((upload.until, Arc::clone(&file)));
        self.parts += upload.parts.len();
        self.files.insert(file, Arc::new(upload));
    }

    pub(super) fn remove(&mut self, file: &Key) -> Option<Arc<Upload>> {
        let upload = self.files.remove(file)?;
        self.parts -= upload.parts.len();
        self.ids.remove(&upload.id);
        self.names.remove(&(Arc::clone(&upload.node.parent), Arc::clone(&upload.node.name)));
        self.ends.remove(&(upload.until, Arc::clone(file)));
        Some(upload)
    }

    /// The first one that is to be forgotten by now.
    pub(super) fn over(&self, now: Timestamp) -> Option<&Key> {
        self.ends.get_min().filter(|(end, _)| *end <= now).map(|(_, file)| file)
    }

    /// The files that were on their way to a space.
    pub(super) fn of_space(&self, space: &str) -> Vec<Key> {
        let here = self.all().filter(|upload| *upload.node.space == *space);
        here.map(|upload| Arc::clone(&upload.node.id)).collect()
    }
}
