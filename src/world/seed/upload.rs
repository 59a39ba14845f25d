//! What a seed says of uploads that are open: only a dump has any.

use std::sync::Arc;

use imbl::OrdMap;

use super::{compile::Compiler, section::Sections};
use crate::{
    content::{Kept, Received, Room},
    document::{Key, Node},
    world::uploads::{Part, Upload},
};

/// What all uploads have together, in bytes.
const LARGEST: i64 = i64::MAX / 2;

/// An upload, before it is known where the bytes of its parts are kept.
#[derive(Debug)]
pub(super) struct OpenUpload {
    upload: Upload,
    /// By the number of the part.
    bytes: Vec<(i64, Vec<u8>)>,
}

impl OpenUpload {
    /// With its bytes in a room, as far as that has any.
    pub(super) fn made(&self, room: &Arc<Room>) -> Upload {
        let mut upload = self.upload.clone();
        for (number, bytes) in &self.bytes {
            let part = upload.parts.get_mut(number).and_then(|part| part.received.as_mut());
            part.into_iter().for_each(|received| received.bytes = Kept::of(bytes, room));
        }
        upload
    }
}

impl<'n> Compiler<'n> {
    /// Files on their way in. Their spaces were read before.
    pub(super) fn uploads(&mut self, root: &'n Node, sections: &mut Sections) {
        let all = root.get("uploads").and_then(|node| self.checker.sequence(node, "a list of uploads"));
        for node in all.into_iter().flatten() {
            sections.uploads.extend(self.upload(node));
        }
        let sizes = sections.uploads.iter().map(|open| open.upload.node.size);
        if let (Some(node), true) = (root.get("uploads"), sizes.fold(0, i64::saturating_add) > LARGEST) {
            self.checker.error(&node.span, format!("uploads have at most {LARGEST} bytes together"), "too many bytes");
        }
    }

    fn upload(&mut self, node: &'n Node) -> Option<OpenUpload> {
        let entries = self.checker.mapping(node, "an upload")?;
        self.checker.check_keys(entries, &["uploadId", "object", "sha256", "until", "file", "parts"]);
        let until = self.time_of(node, "until")?;
        let Some(file) = node.get("file") else {
            return self.checker.missing(node, "file", "what it will be: `{ id: F…, fileName: a.txt, … }`");
        };
        let file = self.seen(file, until)?;
        let (mut parts, mut bytes) = (OrdMap::new(), Vec::new());
        let all = node.get("parts").and_then(|node| self.checker.mapping(node, "the parts of an upload"));
        for (key, node) in all.into_iter().flatten() {
            let Some((number, part, given)) = self.part(key, node) else { continue };
            parts.insert(number, part);
            bytes.extend(given.map(|given| (number, given)));
        }
        let upload = Upload {
            id: self.text_of(node, "uploadId")?.into(),
            node: file,
            key: self.text_of(node, "object")?.into(),
            sha256: self.digest(node, "sha256"),
            parts,
            until,
        };
        Some(OpenUpload { upload, bytes })
    }

    fn part(&mut self, key: &'n Key, node: &'n Node) -> Option<(i64, Part, Option<Vec<u8>>)> {
        let entries = self.checker.mapping(node, "a part")?;
        self.checker.check_keys(entries, &["partSize", "partOffset", "hashCtx", "received"]);
        let Ok(number) = key.name.parse() else {
            self.checker.error(&key.span, "a part has a number", "no number");
            return None;
        };
        let size = self.number(node, "partSize").unwrap_or(0);
        let words = node.get("hashCtx").and_then(|node| self.checker.sequence(node, "eight numbers"));
        let before = words.map(|words| words.iter().filter_map(|word| u32::try_from(word.as_u64()?).ok()).collect());
        let before = before.map(<[u32; 8]>::try_from as fn(Vec<u32>) -> _);
        if let (Some(Err(_)), Some(node)) = (&before, node.get("hashCtx")) {
            self.checker.wrong_kind(node, "eight numbers of 32 bits");
        }
        let (received, bytes) = match node.get("received") {
            Some(node) => self.received(node, size).map_or((None, None), |(received, bytes)| (Some(received), bytes)),
            None => (None, None),
        };
        let offset = self.number(node, "partOffset");
        Some((number, Part { size, offset, before: before.and_then(Result::ok), received }, bytes))
    }

    fn received(&mut self, node: &'n Node, size: i64) -> Option<(Received, Option<Vec<u8>>)> {
        let entries = self.checker.mapping(node, "what came")?;
        self.checker.check_keys(entries, &["md5", "before", "after", "bytes"]);
        let md5 = self.text_of(node, "md5")?;
        let md5 = u128::from_str_radix(md5, 16).ok().filter(|_| md5.len() == 32).map(u128::to_be_bytes);
        let mut chain = |key| {
            let node = node.get(key)?;
            let chain = node.as_text().and_then(|text| text.parse().ok());
            if chain.is_none() {
                self.checker.wrong_kind(node, "a SHA-256 on its way");
            }
            chain
        };
        let hashed = chain("before").zip(chain("after"));
        let bytes = self.base64(node, "bytes");
        let size = u64::try_from(size).unwrap_or(0);
        if bytes.as_ref().is_some_and(|bytes| bytes.len() as u64 != size) {
            self.checker.error(
                &node.span,
                format!("the part has {size} bytes, and others are in here"),
                "another size",
            );
        }
        let Some(md5) = md5 else {
            self.checker.error(&node.span, "`md5` is 32 hexadecimal digits", "no MD5");
            return None;
        };
        Some((Received { size, md5, hashed, bytes: None }, bytes))
    }
}
