//! What files hold. Files of equal content that came from one another share it.

use std::{fmt, sync::Arc};

use imbl::{OrdMap, OrdSet};

use super::drive::Key;
use crate::content::{FIRST, Kept, hex};

/// A SHA-256.
pub(super) type Sha256 = [u8; 32];

/// What a file holds.
#[derive(Clone)]
pub(super) struct Content {
    /// The object behind its links.
    pub(super) key: Key,
    /// In bytes.
    pub(super) size: i64,
    /// Unknown where parts came in an order in which they could not be hashed, and were not kept.
    pub(super) sha256: Option<Sha256>,
    /// The digest of the first kilobyte, if its bytes are there.
    pub(super) first: Option<Sha256>,
    /// The bytes, if there was room for them.
    pub(super) bytes: Option<Kept>,
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes behind {}", self.size, self.key)
    }
}

/// One content is another if the same object is behind it.
impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Content {}

impl Content {
    /// Of what there is of it.
    pub(super) fn new(key: Key, size: i64, sha256: Option<Sha256>, bytes: Option<Kept>) -> Self {
        let first = bytes.as_ref().map(|kept| digest(&kept.bytes()[..kept.bytes().len().min(FIRST)]));
        Self { key, size, sha256, first, bytes }
    }

    /// `"d7a8…"`, as `ETag` has it.
    pub(super) fn etag(&self) -> String {
        match self.sha256 {
            Some(sha256) => format!("\"{}\"", hex(&sha256)),
            None => format!("\"{}\"", self.key),
        }
    }
}

/// The SHA-256 of bytes.
pub(super) fn digest(bytes: &[u8]) -> Sha256 {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}

/// A digest as clients write it, in 64 hexadecimal digits of either case.
pub(super) fn read_digest(text: &str) -> Option<Sha256> {
    let mut digest = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}

/// A content, and who has it.
#[derive(Debug, Clone, PartialEq)]
struct Held {
    content: Arc<Content>,
    files: OrdSet<Key>,
}

/// All contents that files have.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Contents {
    /// By the object, with the files that have it.
    objects: OrdMap<Key, Held>,
    /// The first object of a digest and size.
    known: OrdMap<(Sha256, i64), Key>,
}

impl Contents {
    pub(super) fn get(&self, key: &str) -> Option<&Arc<Content>> {
        self.objects.get(key).map(|held| &held.content)
    }

    /// All of them, once each.
    pub(super) fn each(&self) -> impl Iterator<Item = &Arc<Content>> {
        self.objects.values().map(|held| &held.content)
    }

    /// The content with this digest and size.
    pub(super) fn of(&self, sha256: Sha256, size: i64) -> Option<&Arc<Content>> {
        self.get(self.known.get(&(sha256, size))?)
    }

    /// A file that has it.
    pub(super) fn file_of(&self, key: &str) -> Option<&Key> {
        self.objects.get(key)?.files.get_min()
    }

    /// A file has it.
    pub(super) fn add(&mut self, content: &Arc<Content>, file: &Key) {
        let held = || Held { content: Arc::clone(content), files: OrdSet::new() };
        self.objects.entry(Arc::clone(&content.key)).or_insert_with(held).files.insert(Arc::clone(file));
        if let Some(sha256) = content.sha256 {
            self.known.entry((sha256, content.size)).or_insert_with(|| Arc::clone(&content.key));
        }
    }

    /// A file has it no more.
    pub(super) fn remove(&mut self, content: &Content, file: &Key) {
        let Some(held) = self.objects.get_mut(&content.key) else { return };
        held.files.remove(file);
        if !held.files.is_empty() {
            return;
        }
        self.objects.remove(&content.key);
        let print = content.sha256.map(|sha256| (sha256, content.size));
        if let Some(print) = print.filter(|print| self.known.get(print) == Some(&content.key)) {
            self.known.remove(&print);
        }
    }

    /// All of them, once for each file.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Key, &Key)> {
        self.objects.iter().flat_map(|(object, held)| held.files.iter().map(move |file| (object, file)))
    }
}
