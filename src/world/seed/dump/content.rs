//! What files hold, and what is on its way in.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{Dump, facts::Facts, map};
use crate::{
    content::{Kept, Received, hex},
    world::{World, uploads::Upload},
};

impl Dump<'_> {
    pub(super) fn contents(&self) -> Value {
        map(self.world.contents.each().map(|content| {
            let facts = Facts::default()
                .with("size", content.size)
                .maybe("sha256", content.sha256.map(|digest| hex(&digest)))
                .maybe("bytes", self.bytes(content.bytes.as_ref()));
            (content.key.to_string(), facts.into())
        }))
    }

    pub(super) fn uploads(&self) -> Value {
        self.world.uploads.all().map(|upload| self.upload(upload)).collect()
    }

    fn upload(&self, upload: &Upload) -> Value {
        let parts = map(upload.parts.iter().map(|(number, part)| {
            let facts = Facts::default()
                .with("partSize", part.size)
                .maybe("partOffset", part.offset)
                .maybe("hashCtx", part.before.map(Vec::from))
                .maybe("received", part.received.as_ref().map(|received| self.received(received)));
            (number.to_string(), facts.into())
        }));
        Facts::default()
            .with("uploadId", &*upload.id)
            .with("object", &*upload.key)
            .maybe("sha256", upload.sha256.map(|digest| hex(&digest)))
            .time("until", upload.until)
            .with("file", self.seen(&upload.node))
            .with("parts", parts)
            .into()
    }

    fn received(&self, received: &Received) -> Facts {
        let (before, after) = received.hashed.as_ref().map(|(before, after)| (before, after)).unzip();
        Facts::default()
            .with("md5", hex(&received.md5))
            .maybe("before", before.map(ToString::to_string))
            .maybe("after", after.map(ToString::to_string))
            .maybe("bytes", self.bytes(received.bytes.as_ref()))
    }

    /// Bytes that are kept, if they are small enough.
    fn bytes(&self, kept: Option<&Kept>) -> Option<String> {
        let bytes = kept.map(Kept::bytes)?;
        (bytes.len() <= self.largest).then(|| STANDARD.encode(bytes))
    }
}

/// The size up to which everything that is kept fits into so many bytes together.
pub(super) fn largest(world: &World, budget: usize) -> usize {
    let contents = world.contents.each().filter_map(|content| content.bytes.as_ref());
    let parts = world.uploads.all().flat_map(|upload| upload.parts.values()).filter_map(|part| part.received.as_ref());
    let kept = contents.chain(parts.filter_map(|received| received.bytes.as_ref()));
    let mut sizes: Vec<usize> = kept.map(|kept| kept.bytes().len()).collect();
    sizes.sort_unstable();
    let mut sum = 0_usize;
    let beyond = sizes.iter().find(|size| {
        sum = sum.saturating_add(**size);
        sum > budget
    });
    beyond.map_or(usize::MAX, |size| size.saturating_sub(1))
}
