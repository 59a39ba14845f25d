//! A file or folder.

use std::sync::Arc;

use jiff::Timestamp;

use super::Key;
use crate::world::{
    Made,
    content::Content,
    fact::{Fact, Facts, View},
    ids::Id,
    spaces::Kind,
};

/// The vendor's type of folders.
pub(in crate::world) const FOLDER: &str = "10";

/// What files are by the ends of their names.
const TYPES: [(&str, &[&str]); 9] = [
    ("15", &["png", "jpg", "jpeg", "gif", "bmp", "webp", "svg"]),
    ("20", &["mp4", "mov", "avi", "mkv"]),
    ("26", &["doc", "docx", "txt", "md", "rtf"]),
    ("27", &["xls", "xlsx", "csv"]),
    ("28", &["ppt", "pptx"]),
    ("30", &["mp3", "wav", "flac", "ogg"]),
    ("35", &["zip", "rar", "7z", "tar", "gz"]),
    ("40", &["exe", "apk", "dmg", "msi"]),
    ("45", &[]),
];

/// A file or folder of a space. The root of a space is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::world) struct Node {
    pub(in crate::world) id: Key,
    pub(in crate::world) space: Key,
    /// A folder, or the root of the space.
    pub(in crate::world) parent: Key,
    pub(in crate::world) name: Arc<str>,
    /// The vendor's number for what it is.
    pub(in crate::world) file_type: Arc<str>,
    pub(in crate::world) mime: Option<Arc<str>>,
    /// In bytes; 0 for a folder.
    pub(in crate::world) size: i64,
    /// What it holds, where anything is known of that.
    pub(in crate::world) content: Option<Arc<Content>>,
    pub(in crate::world) created: Timestamp,
    pub(in crate::world) edited: Timestamp,
    pub(in crate::world) description: Option<Arc<str>>,
    pub(in crate::world) hidden: bool,
    pub(in crate::world) owner: Id,
    pub(in crate::world) editor: Id,
    /// In the recycle bin: since when, and whether it can go back to its folder.
    pub(in crate::world) recycled: Option<Recycled>,
    pub(in crate::world) made: Made,
}

/// How something came into the recycle bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::world) struct Recycled {
    pub(in crate::world) at: Timestamp,
    /// The path was sent along; without it nobody knows where it was.
    pub(in crate::world) knows_its_place: bool,
    pub(in crate::world) made: Made,
}

/// The type of a file by its name.
pub(in crate::world) fn type_of(name: &str) -> &'static str {
    let end = suffix(name).unwrap_or_default().to_ascii_lowercase();
    TYPES.iter().find(|(_, ends)| ends.contains(&end.as_str())).map_or("45", |(file_type, _)| file_type)
}

/// The end of a name behind its last point.
fn suffix(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, suffix)| suffix).filter(|suffix| !suffix.is_empty())
}

impl Node {
    pub(in crate::world) fn is_folder(&self) -> bool {
        *self.file_type == *FOLDER
    }
}

/// Somebody beside a file.
struct Person(Id);

impl Facts for Person {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        Some(match name {
            "userId" | "permissionId" => Fact::Id(self.0),
            "displayName" => Fact::text(view.world.org.name(self.0)?),
            _ => return None,
        })
    }
}

impl Facts for Node {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        let drive = &view.world.drive;
        Some(match name {
            "category" => Fact::text("drive#file"),
            "id" | "fileId" => Fact::text(&self.id),
            "fileName" => Fact::text(&self.name),
            "fileType" => Fact::text(&self.file_type),
            "mimeType" => Fact::text(self.mime.as_deref()?),
            "size" => Fact::Whole(self.size),
            "fileSuffix" => Fact::text(suffix(&self.name).filter(|_| !self.is_folder())?),
            "parentFolder" => Fact::Alone(&self.parent),
            "containers" => Fact::Alone(&self.space),
            "containerId" => Fact::text(&self.space),
            "containerType" => Fact::Whole(view.world.spaces.get(&self.space)?.kind as i64),
            "createdTime" | "createTime" => Fact::Time(self.created),
            "editedTime" | "updateTime" => Fact::Time(self.edited),
            "description" => Fact::text(self.description.as_deref()?),
            "hidden" => Fact::Flag(self.hidden),
            "recycled" => Fact::Flag(drive.is_recycled(self)),
            "favorite" => Fact::Flag(view.world.stars.has(view.me, &self.id)),
            "owner" => Fact::text(view.world.org.name(self.owner)?),
            "owners" => Fact::Many(vec![Box::new(Person(self.owner))]),
            "lastEditor" => Fact::One(Box::new(Person(self.editor))),
            "namePath" => Fact::Text(drive.name_path(self).into()),
            "idPath" | "fileIdPath" => Fact::Text(drive.id_path(self).into()),
            "teamName" => Fact::text(view.world.team_of(&self.space)?),
            "teamId" => {
                Fact::Id(view.world.spaces.get(&self.space).filter(|space| space.kind != Kind::Personal)?.owner)
            }
            _ => return None,
        })
    }
}
