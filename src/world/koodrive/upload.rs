//! Uploads and downloads: file management, as far as bytes are concerned.

use std::sync::Arc;

use super::file::noted;
use crate::world::{
    call::Values,
    codes::{FOLDER_RECYCLED, IS_FOLDER, NO_BYTES, NO_UPLOAD, UPLOAD_RECYCLED},
    content::{Content, read_digest},
    drive::{Key, Node, root_of},
    fact::{Fact, Record},
    outcome::{Outcome, Reply, Trouble},
    rights::Capability,
    scene::Scene,
    spaces::Space,
    stage::{Behaviour, change, look},
    uploads::{MOST, Part, Upload},
};

pub(super) const OPERATIONS: &[Behaviour] = &[
    change("CreateFile", create).refuses(&[301, 412, 410, 309, 302, 304, 404, 405, 102, 311]),
    change("UploadUrl", links).refuses(&[401, 412, 410]),
    change("CompleteFile", complete).refuses(&[401, 402, 404, 412, 410]),
    look("GetDownLoadUrl", downloads).refuses(&[301, 412, 410]),
];

/// What a clash of names leads to.
const RENAME: i64 = 2;
/// As `RENAME`, unless the file that is there is the same.
const RENAME_UNLESS_SAME: i64 = 4;

fn create(at: &mut Scene<'_>) -> Outcome {
    let space = at.active(at.text("containerId"))?;
    at.may(&space, Capability::AddChild)?;
    at.may(&space, Capability::Upload)?;
    let parent = at
        .folder(&space, at.call.texts("parentFolder").next())
        .map_err(|trouble| recycled(&trouble).unwrap_or(trouble))?;
    if at.call.whole("uploadType") != Some(1) {
        return Err(Trouble::invalid("uploadType 0 and 2 are not supported yet, says the vendor's table"));
    }
    let length = at.call.whole("length").unwrap_or(0);
    if length < 0 {
        return Err(Trouble::invalid(format!("a file of {length} bytes")));
    }
    let sha256 = digest(at.call, "sha256")?;
    let wanted = at.text("fileName");
    let mode = at.call.whole("autoRename").unwrap_or(0);
    if mode == RENAME_UNLESS_SAME
        && let Some(same) = at.world.drive.named(&parent, wanted)
        && sha256.is_some()
        && same.content.as_ref().and_then(|content| content.sha256) == sha256
    {
        return Ok(described(same).with("exist", Fact::Flag(true)).with("rapidUpload", Fact::Flag(false)));
    }
    let name = at.free_name(&parent, wanted, matches!(mode, RENAME | RENAME_UNLESS_SAME))?;
    at.fits(&space.id, length)?;
    let node = new_node(at, &space, parent, name, length);
    if let Some(content) = known_content(at, length) {
        let (id, node) = (Arc::clone(&node.id), Node { content: Some(content), ..node });
        at.world.put_node(node);
        let node = noted(at, &id)?;
        return Ok(described(&node).with("exist", Fact::Flag(false)).with("rapidUpload", Fact::Flag(true)));
    }
    if at.world.uploads.count() >= MOST {
        return Err(Trouble::invalid(format!("{MOST} uploads are open: that is the most of a world")));
    }
    let upload = Upload {
        id: at.ids.hex("upload", 32).to_uppercase().into(),
        node,
        key: at.ids.hex("object", 32).into(),
        sha256,
        parts: announced(at.call).collect(),
        until: Upload::touched(at.now),
    };
    let reply = described(&upload.node)
        .with("uploadId", Fact::Text(upload.id.to_string().into()))
        .with("exist", Fact::Flag(false))
        .with("rapidUpload", Fact::Flag(false))
        .maybe("multiParts", parts(at, &upload, announced(at.call).map(|(number, _)| number)));
    at.world.put_upload(upload);
    Ok(reply)
}

/// The same refusal in the words of uploads.
fn recycled(trouble: &Trouble) -> Option<Trouble> {
    let is = trouble.code == crate::world::outcome::Code::Service(FOLDER_RECYCLED);
    is.then(|| Trouble::new(UPLOAD_RECYCLED, trouble.reason.clone()))
}

fn new_node(at: &mut Scene<'_>, space: &Space, parent: Key, name: Arc<str>, length: i64) -> Node {
    let created = at.call.text("createdTime").and_then(|text| text.parse().ok()).unwrap_or(at.now);
    let file_type = at.text("fileType");
    Node {
        size: length,
        created,
        mime: at.call.text("mimeType").map(Arc::from),
        description: at.call.text("description").map(Arc::from),
        ..at.new_node(space, parent, name, file_type)
    }
}

/// The content that the caller has a proof of, if it is here already.
fn known_content(at: &Scene<'_>, length: i64) -> Option<Arc<Content>> {
    at.call.text("proofCode")?;
    let sha256 = read_digest(at.call.text("sha256")?)?;
    let content = at.world.contents.of(sha256, length)?;
    let begins_alike =
        at.call.text("preHash").is_none_or(|first| content.first.is_none() || read_digest(first) == content.first);
    begins_alike.then(|| Arc::clone(content))
}

/// A digest that was sent.
fn digest(values: Values<'_>, name: &str) -> Result<Option<[u8; 32]>, Trouble> {
    let Some(text) = values.text(name) else { return Ok(None) };
    let digest = read_digest(text);
    digest.map(Some).ok_or_else(|| Trouble::invalid(format!("`{name}` is no SHA-256 of 64 hexadecimal digits")))
}

/// The file that an upload makes, as the first answer tells it.
fn described(node: &Node) -> Reply {
    Reply::done()
        .with("fileId", Fact::Text(node.id.to_string().into()))
        .with("containerId", Fact::Text(node.space.to_string().into()))
        .with("fileName", Fact::Text(node.name.to_string().into()))
        .with("parentFolder", Fact::Texts(vec![node.parent.to_string()].into()))
}

/// The parts that a call announces, by number.
fn announced(values: Values<'_>) -> impl Iterator<Item = (i64, Part)> {
    values.objects("multiParts").map(|part| {
        let words: Vec<u32> = part.numbers("hashCtx").filter_map(|word| u32::try_from(word).ok()).collect();
        let announced = Part {
            size: part.whole("partSize").unwrap_or(0),
            offset: part.whole("partOffset"),
            before: words.try_into().ok(),
            received: None,
        };
        (part.whole("partNumber").unwrap_or(0), announced)
    })
}

/// Parts with their links.
fn parts(at: &Scene<'_>, upload: &Upload, numbers: impl Iterator<Item = i64>) -> Option<Fact<'static>> {
    let part = |number: i64| {
        let part = upload.parts.get(&number)?;
        let words = part.before.map(|state| Fact::Numbers(state.map(i64::from).to_vec().into()));
        let record = Record::default()
            .with("partNumber", Fact::Whole(number))
            .with("partSize", Fact::Whole(part.size))
            .maybe("partOffset", part.offset.map(Fact::Whole))
            .maybe("hashCtx", words)
            .with("uploadUrl", Fact::Text(at.links.part(upload, number, part).into()));
        Some(Box::new(record) as _)
    };
    let parts: Vec<_> = numbers.filter_map(part).collect();
    (!parts.is_empty()).then_some(Fact::Many(parts))
}

/// The open upload of a file, in a space that is not disabled and takes uploads of the caller.
fn open(at: &Scene<'_>) -> Result<Upload, Trouble> {
    let id = at.text("fileId");
    let upload = at.world.uploads.of_file(id).ok_or_else(|| {
        let reason = match at.world.drive.get(id) {
            Some(_) => format!("{id} is complete already"),
            None => format!("nothing is uploaded to {id}: it was never begun, or is over"),
        };
        Trouble::new(NO_UPLOAD, reason)
    })?;
    let space = at.active(&upload.node.space)?;
    at.may(&space, Capability::Upload)?;
    Ok(Upload::clone(upload))
}

fn links(at: &mut Scene<'_>) -> Outcome {
    let mut upload = open(at)?;
    for (number, part) in announced(at.call) {
        // What came in stays, unless the client wants to send something else.
        if upload.parts.get(&number).is_none_or(|known| !known.is_like(&part)) {
            upload.parts.insert(number, part);
        }
    }
    upload.until = Upload::touched(at.now);
    let parts = parts(at, &upload, announced(at.call).map(|(number, _)| number));
    at.world.put_upload(upload);
    Ok(Reply::done().maybe("multiParts", parts))
}

fn complete(at: &mut Scene<'_>) -> Outcome {
    let upload = open(at)?;
    let space = at.active(&upload.node.space)?;
    let root = root_of(&space.id);
    if upload.node.parent != root {
        at.folder(&space, Some(&upload.node.parent)).map_err(|trouble| {
            Trouble::new(UPLOAD_RECYCLED, format!("the folder of the file is gone: {}", trouble.reason))
        })?;
    }
    let assembled = upload.assemble(digest(at.call, "sha256")?)?;
    let id = Arc::clone(&upload.node.id);
    at.world.end_upload(&id);
    let node = Node { content: Some(Arc::new(assembled.content)), edited: at.now, editor: at.me.id, ..upload.node };
    at.world.put_node(node);
    noted(at, &id)?;
    Ok(Reply::done().warn(assembled.warning))
}

/// Where a file can be read.
pub(super) fn download(at: &Scene<'_>, node: &Node) -> Result<String, Trouble> {
    let content = node.content.as_ref().filter(|content| content.bytes.is_some());
    match content {
        _ if node.is_folder() => Err(Trouble::new(IS_FOLDER, format!("{} is a folder", node.id))),
        Some(content) => Ok(at.links.content(content)),
        None => Err(Trouble::new(NO_BYTES, format!("the bytes of {} are not here", node.id))),
    }
}

fn downloads(at: &Scene<'_>) -> Outcome {
    let space = at.active(at.text("containerId"))?;
    at.may(&space, Capability::Download)?;
    let (mut done, mut failed) = (0, 0);
    let mut found: Vec<crate::world::fact::Thing> = Vec::new();
    for id in at.call.texts("fileIds") {
        let record = Record::default().with("fileId", Fact::Text(id.to_owned().into()));
        let linked = at.file(&space, id).and_then(|node| Ok((download(at, &node)?, node)));
        let record = match linked {
            Ok((url, node)) => {
                done += 1;
                record
                    .with("fileName", Fact::Text(node.name.to_string().into()))
                    .with("url", Fact::Text(url.into()))
                    .with("code", Fact::Whole(0))
                    .with("msg", Fact::text("Success."))
            }
            Err(trouble) => {
                failed += 1;
                let name = at.world.drive.get(id).map(|node| Fact::Text(node.name.to_string().into()));
                record
                    .maybe("fileName", name)
                    .with("code", Fact::Text(trouble.code.to_string().into()))
                    .with("msg", Fact::Text(at.message(&trouble).into()))
            }
        };
        found.push(Box::new(record));
    }
    let batch = match (done, failed) {
        (_, 0) => 1,
        (0, _) => 2,
        _ => 0,
    };
    Ok(Reply::done().with("downloads", Fact::Many(found)).with("batchCode", Fact::Whole(batch)))
}
