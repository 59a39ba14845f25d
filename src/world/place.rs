//! What a path such as `lin/notes/todo.txt` leads to: whoever has the files, and the names below. The same paths as in a seed.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    World,
    drive::{FOLDER, Key, Node, root_of},
    ids::Id,
    spaces::Space,
};
use crate::content::{Kept, hex};

/// A file or folder as it is found at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSeen {
    /// Its bytes; 0 for a folder.
    pub size: i64,
    /// The digest of its content in hexadecimal digits, if that is known.
    pub sha256: Option<String>,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// The end of a path.
enum Place<'w> {
    /// The root of a space.
    Root(&'w Space),
    Node(&'w Node),
}

impl World {
    /// What is at a path: the alias of a person, or the name of a department or group, and the names of folders and of the file. What is in
    /// the recycle bin is nowhere.
    pub fn file(&self, path: &str) -> Option<FileSeen> {
        let place = self.place(path).ok()?;
        Some(match place {
            Place::Root(_) => FileSeen { size: 0, sha256: None, is_folder: true },
            Place::Node(node) => {
                let sha256 = node.content.as_ref().and_then(|content| content.sha256).map(|sha256| hex(&sha256));
                FileSeen { size: node.size, sha256, is_folder: node.is_folder() }
            }
        })
    }

    /// Why nothing is at a path, in a sentence; nothing where something is.
    pub fn why_nowhere(&self, path: &str) -> Option<String> {
        self.place(path).err()
    }

    /// The id of what is at a path.
    ///
    /// # Errors
    ///
    /// Why nothing is there, in a sentence.
    pub fn id_at(&self, path: &str) -> Result<Arc<str>, String> {
        Ok(match self.place(path)? {
            Place::Root(space) => root_of(&space.id),
            Place::Node(node) => Arc::clone(&node.id),
        })
    }

    /// The id of the space that a path leads into: its `containerId`.
    ///
    /// # Errors
    ///
    /// Why nothing is there, in a sentence.
    pub fn container_id_at(&self, path: &str) -> Result<Arc<str>, String> {
        Ok(match self.place(path)? {
            Place::Root(space) => Arc::clone(&space.id),
            Place::Node(node) => Arc::clone(&node.space),
        })
    }

    /// What is known of the file or folder at a path.
    ///
    /// # Errors
    ///
    /// Why nothing is there, in a sentence.
    pub fn described_at(&self, path: &str) -> Result<Value, String> {
        Ok(match self.place(path)? {
            Place::Root(space) => json!({ "id": &*root_of(&space.id), "containerId": &*space.id, "fileType": FOLDER }),
            Place::Node(node) => node.described(),
        })
    }

    /// The bytes of the file at a path.
    ///
    /// # Errors
    ///
    /// Why there are none, in a sentence.
    pub fn bytes_at(&self, path: &str) -> Result<Bytes, String> {
        let Place::Node(node) = self.place(path)? else { return Err(format!("`{path}` is a folder")) };
        if node.is_folder() {
            return Err(format!("`{path}` is a folder"));
        }
        let bytes = node.content.as_ref().and_then(|content| content.bytes.as_ref()).map(Kept::bytes).cloned();
        bytes.ok_or_else(|| format!("of `{path}` only the size is known: its bytes were never there, or not kept"))
    }

    fn place(&self, path: &str) -> Result<Place<'_>, String> {
        let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let owner = self
            .owner_named(name)
            .ok_or_else(|| format!("the world has no person, department or group with the name `{name}`"))?;
        let mut why = Err(format!("`{name}` has no space for files"));
        // A user may have several spaces.
        for space in self.spaces.of(owner) {
            let Some(rest) = rest else { return Ok(Place::Root(space)) };
            match self.below(space, name, rest) {
                Ok(node) => return Ok(Place::Node(node)),
                Err(reason) => why = Err(reason),
            }
        }
        why
    }

    /// Whoever a seed would mean with a name; also by the id.
    pub(super) fn owner_named(&self, name: &str) -> Option<Id> {
        let department = || self.org.departments_by_id().values().filter(|department| department.name == name);
        let first = || department().min_by_key(|department| department.made).map(|department| department.id);
        let group = || self.groups.all().find(|group| group.name == name).map(|group| group.id);
        let by_id = || name.parse().ok().map(Id).filter(|id| self.has(*id));
        self.settings.aliases.get(name).copied().or_else(first).or_else(group).or_else(by_id)
    }

    /// The node that names lead to.
    fn below(&self, space: &Space, owner: &str, names: &str) -> Result<&Node, String> {
        let mut above = owner.to_owned();
        let mut folder: Key = root_of(&space.id);
        let mut found: Option<&Node> = None;
        for name in names.split('/') {
            let node = self.drive.named(&folder, name).ok_or_else(|| format!("`{above}` has no `{name}`"))?;
            folder = Arc::clone(&node.id);
            above = format!("{above}/{name}");
            found = Some(node);
        }
        found.ok_or_else(|| format!("`{owner}` has nothing without a name"))
    }
}

impl Node {
    /// What a file or folder tells of itself.
    pub(super) fn described(&self) -> Value {
        let mut members = json!({
            "id": &*self.id,
            "containerId": &*self.space,
            "parentFolder": &*self.parent,
            "fileName": &*self.name,
            "fileType": &*self.file_type,
            "size": self.size,
            "createdTime": self.created.to_string(),
            "editedTime": self.edited.to_string(),
        });
        if let Some(digest) = self.content.as_ref().and_then(|content| content.sha256) {
            members["sha256"] = hex(&digest).into();
        }
        members
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use crate::world::{FileSeen, Seed};

    #[test]
    fn a_path_leads_to_what_the_seed_has_there() {
        let world = Seed::demo().unwrap().world(Timestamp::UNIX_EPOCH, &crate::content::Room::new(1000));
        let file = |size| Some(FileSeen { size, sha256: None, is_folder: false });
        let folder = Some(FileSeen { size: 0, sha256: None, is_folder: true });
        assert_eq!(world.file("lin/report.docx"), file(22_106_481));
        let todo = world.file("lin/notes/todo.txt").unwrap();
        assert_eq!(
            (todo.size, todo.sha256),
            (8, Some(crate::content::hex(&crate::world::content::digest(b"buy milk"))))
        );
        assert_eq!((world.file("lin/notes"), world.file("lin")), (folder.clone(), folder));
        assert_eq!((world.file("Design/brief.pdf"), world.file("launch/plan.xlsx")), (file(812_344), file(40_960)));
        let (space, root) = (world.container_id_at("lin/notes").unwrap(), world.id_at("lin").unwrap());
        assert_eq!(world.container_id_at("lin").unwrap(), space);
        assert_eq!(*root, *format!("DEUI7pa0C24Aroot{space}"));
        assert!(world.id_at("lin/notes/todo.txt").unwrap().starts_with('F'));
    }

    #[test]
    fn where_a_path_ends_is_said() {
        let world = Seed::demo().unwrap().world(Timestamp::UNIX_EPOCH, &crate::content::Room::new(1000));
        for (path, why) in [
            ("li/report.docx", "the world has no person, department or group with the name `li`"),
            ("lin/report", "`lin` has no `report`"),
            ("lin/notes/a/b", "`lin/notes` has no `a`"),
            ("lin/report.docx/b", "`lin/report.docx` has no `b`"),
            ("lin/", "`lin` has no ``"),
            ("reviewers/a", "`reviewers` has no space for files"),
            ("", "the world has no person, department or group with the name ``"),
        ] {
            assert_eq!((world.file(path), world.why_nowhere(path).as_deref()), (None, Some(why)), "{path}");
        }
    }
}
