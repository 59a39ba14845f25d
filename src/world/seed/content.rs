//! What a seed says of contents, apart from the files that have them: only a dump does.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::compile::Compiler;
use crate::{
    content::{Kept, Room},
    document::{Key as Name, Node},
    world::{
        content::{Content, Sha256, digest, read_digest},
        drive::Key,
    },
};

/// A content, before it is known where its bytes are kept.
#[derive(Debug)]
pub(super) struct Given {
    /// The object behind its links.
    pub(super) key: Key,
    pub(super) size: i64,
    sha256: Option<Sha256>,
    bytes: Option<Vec<u8>>,
}

impl Given {
    /// With its bytes in a room, as far as that has any.
    pub(super) fn made(&self, room: &Arc<Room>) -> Arc<Content> {
        let bytes = self.bytes.as_deref().and_then(|bytes| Kept::of(bytes, room));
        Arc::new(Content::new(Arc::clone(&self.key), self.size, self.sha256, bytes))
    }
}

impl<'n> Compiler<'n> {
    /// `contents: { 5f2c…: { size: 8, sha256: …, bytes: YnV5IG1pbGs= } }`
    pub(super) fn contents(&mut self, root: &'n Node) -> Vec<Given> {
        let all = root.get("contents").and_then(|node| self.checker.mapping(node, "`contents`"));
        all.into_iter().flatten().filter_map(|(key, node)| self.content(key, node)).collect()
    }

    fn content(&mut self, key: &'n Name, node: &'n Node) -> Option<Given> {
        let entries = self.checker.mapping(node, "a content")?;
        self.checker.check_keys(entries, &["size", "sha256", "bytes"]);
        let size = self.number(node, "size");
        let mut sha256 = self.digest(node, "sha256");
        let bytes = self.base64(node, "bytes");
        if let Some(bytes) = &bytes {
            let found = digest(bytes);
            if size.is_some_and(|size| u64::try_from(size) != Ok(bytes.len() as u64)) {
                let message = format!("`{}` has {} bytes, and says another `size`", key.name, bytes.len());
                self.checker.error(&node.span, message, "one of both is wrong");
            }
            if *sha256.get_or_insert(found) != found {
                let message = format!("the bytes of `{}` have another SHA-256 than it says", key.name);
                self.checker.error(&node.span, message, "one of both is wrong");
            }
        }
        let size = size.or_else(|| bytes.as_ref().and_then(|bytes| i64::try_from(bytes.len()).ok()));
        let Some(size) = size else { return self.checker.missing(node, "size", "a number of bytes") };
        self.sizes.insert(&key.name, size);
        Some(Given { key: key.name.as_str().into(), size, sha256, bytes })
    }

    /// A SHA-256 in hexadecimal digits.
    pub(super) fn digest(&mut self, node: &'n Node, key: &str) -> Option<Sha256> {
        let node = node.get(key)?;
        let digest = node.as_text().and_then(read_digest);
        if digest.is_none() {
            self.checker.wrong_kind(node, "a SHA-256 of 64 hexadecimal digits");
        }
        digest
    }

    pub(super) fn base64(&mut self, node: &'n Node, key: &str) -> Option<Vec<u8>> {
        let node = node.get(key)?;
        let bytes = node.as_text().and_then(|text| STANDARD.decode(text).ok());
        if bytes.is_none() {
            self.checker.wrong_kind(node, "bytes in base64");
        }
        bytes
    }

    /// The content that a file says it has, of the size that it has.
    pub(super) fn content_of(&mut self, node: &'n Node, size: i64) -> Option<&'n str> {
        let node = node.get("content")?;
        let key = self.checker.text(node, "a key of `contents`")?;
        match self.sizes.get(key) {
            Some(known) if *known == size => {}
            Some(known) => {
                let message = format!("the file has {size} bytes, and the content `{key}` has {known}");
                self.checker.error(&node.span, message, "another size");
            }
            None => self.checker.error(&node.span, format!("there is no content `{key}`"), "not in `contents`"),
        }
        Some(key)
    }
}
