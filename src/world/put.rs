//! Puts a file at a path, without a call.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;

use super::{
    World,
    content::{Content, digest},
    drive::{DEPTH, FOLDER, Key, Node, root_of, type_of},
    ids::{Ids, Source},
    spaces::{GB, Space},
};
use crate::content::{Kept, Room};

/// The longest name.
const LONGEST_NAME: usize = 250;

/// Why a file cannot be put somewhere.
#[derive(Debug, Error)]
pub enum NoPlace {
    /// The path does not begin with somebody who has a space.
    #[error(
        "`{0}` begins with nobody who has a space: an alias of a person, or the name or id of a department or group"
    )]
    NoSpace(String),
    /// A name that no file has.
    #[error("`{0}` is no name of a file: 1 to 250 characters without `<>|:\"*?`, and neither `.` nor `..`")]
    NoName(String),
    /// A file where a folder is wanted, or a folder where a file is.
    #[error("`{0}` is there already, and is no {1}")]
    InTheWay(String, &'static str),
    /// Too deep.
    #[error("folders go 30 levels deep")]
    TooDeep,
    /// It does not fit.
    #[error("the space has {0} GB, and the file does not fit into it")]
    TooLarge(i64),
}

impl World {
    /// Puts a file at a path: folders on the way are made, a file that is there is replaced.
    ///
    /// # Errors
    ///
    /// [`NoPlace`]; nothing is changed then, if the world is a copy that is dropped.
    pub(super) fn put_file(
        &mut self,
        path: &str,
        bytes: &[u8],
        now: Timestamp,
        room: &Arc<Room>,
    ) -> Result<Value, NoPlace> {
        let (owner, names) = path.split_once('/').ok_or_else(|| NoPlace::NoSpace(path.to_owned()))?;
        let space = self.owner_named(owner).and_then(|owner| self.spaces.of(owner).next()).cloned();
        let space = space.ok_or_else(|| NoPlace::NoSpace(path.to_owned()))?;
        let names: Vec<&str> = names.split('/').collect();
        if let Some(wrong) = names.iter().find(|name| !is_name(name)) {
            return Err(NoPlace::NoName((*wrong).to_owned()));
        }
        if names.len() > DEPTH + 1 {
            return Err(NoPlace::TooDeep);
        }
        let mut ids = Ids::new(Source::Seed(format!("put/{}/{path}", self.made)));
        let mut parent = root_of(&space.id);
        for (index, name) in names.iter().enumerate() {
            let is_last = index + 1 == names.len();
            let known = self.drive.named(&parent, name).cloned();
            if let Some(known) = known.as_ref().filter(|known| known.is_folder() == is_last) {
                let kind = if is_last { "file" } else { "folder" };
                return Err(NoPlace::InTheWay(known.name.to_string(), kind));
            }
            if is_last {
                let content = (bytes, room);
                return self.put_last(&space, &parent, name, content, (known, now, &mut ids));
            }
            parent = match known {
                Some(known) => Key::clone(&known.id),
                None => {
                    let made = self.new_at(&space, &parent, name, FOLDER, (now, &mut ids));
                    let id = Key::clone(&made.id);
                    self.put_node(made);
                    id
                }
            };
        }
        Err(NoPlace::NoName(String::new()))
    }

    fn put_last(
        &mut self,
        space: &Space,
        parent: &Key,
        name: &str,
        (bytes, room): (&[u8], &Arc<Room>),
        (known, now, ids): (Option<Arc<Node>>, Timestamp, &mut Ids<'_>),
    ) -> Result<Value, NoPlace> {
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let before = known.as_ref().map_or(0, |known| known.size);
        if space.used.saturating_sub(before).saturating_add(size) > space.capacity.saturating_mul(GB) {
            return Err(NoPlace::TooLarge(space.capacity));
        }
        let node = match known {
            Some(known) => Node { edited: now, ..Node::clone(&known) },
            None => self.new_at(space, parent, name, type_of(name), (now, ids)),
        };
        let key = ids.hex("object", 32).into();
        let content = Content::new(key, size, Some(digest(bytes)), Kept::of(bytes, room));
        let node = Node { size, content: Some(Arc::new(content)), ..node };
        let told = node.described();
        self.put_node(node);
        Ok(told)
    }

    fn new_at(
        &mut self,
        space: &Space,
        parent: &Key,
        name: &str,
        file_type: &str,
        (now, ids): (Timestamp, &mut Ids<'_>),
    ) -> Node {
        let id = loop {
            let id = ids.letters("file", "F", 32);
            if !self.drive.has(&id) {
                break id;
            }
        };
        let owner = if self.org.user(space.owner).is_some() { space.owner } else { self.settings.me };
        Node {
            id: id.into(),
            space: Arc::clone(&space.id),
            parent: Arc::clone(parent),
            name: name.into(),
            file_type: file_type.into(),
            mime: None,
            size: 0,
            content: None,
            created: now,
            edited: now,
            description: None,
            hidden: false,
            owner,
            editor: owner,
            recycled: None,
            made: self.next(),
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_long = name.chars().count() > LONGEST_NAME;
    !matches!(name, "" | "." | "..") && !is_long && !name.contains(['<', '>', '|', ':', '"', '*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diagnostic::Source, world::Seed};

    /// Lin's space has one byte left.
    const SEED: &str = r#"{ world: a, people: { lin: { space: 1GB, role: system } }, departments: { Design: {} }, groups: { launch: { owner: lin } },
        files: { lin: { big: { size: 1073741823 }, notes: {} } } }"#;

    fn put(world: &mut World, path: &str, bytes: &[u8]) -> Result<Value, NoPlace> {
        world.put_file(path, bytes, Timestamp::UNIX_EPOCH, &Room::new(1000))
    }

    fn world() -> World {
        let seed = Seed::compile(&Source::new("a.yaml", SEED)).unwrap();
        World::clone(&seed.world(Timestamp::UNIX_EPOCH, &Room::new(1000)))
    }

    #[test]
    fn a_file_is_put_with_the_folders_above_it_and_found_by_its_path() {
        let mut world = world();
        let first = put(&mut world, "Design/new/deep/a.txt", b"seven").unwrap();
        assert_eq!(world.described_at("Design/new/deep/a.txt"), Ok(first.clone()));
        assert_eq!(world.bytes_at("Design/new/deep/a.txt").unwrap(), "seven");
        let again = put(&mut world, "Design/new/deep/a.txt", b"other").unwrap();
        assert_eq!((&again["id"], &again["size"]), (&first["id"], &first["size"]));
        assert_ne!(again["sha256"], first["sha256"]);
        assert_eq!(world.bytes_at("Design/new/deep/a.txt").unwrap(), "other");
        assert!(put(&mut world, "launch/b", b"").is_ok());
        assert_eq!(world.check(), Vec::<String>::new());
    }

    #[test]
    fn a_file_has_no_place_where_the_world_has_no_room_for_it() {
        for (path, wanted) in [
            ("nobody/a", "`nobody/a` begins with nobody who has a space"),
            ("lin/", "`` is no name of a file"),
            ("lin/a:b", "`a:b` is no name of a file"),
            ("lin/notes", "`notes` is there already, and is no file"),
            ("lin/big/a", "`big` is there already, and is no folder"),
            ("lin/a", "the space has 1 GB"),
        ] {
            let told = put(&mut world(), path, b"ab").unwrap_err().to_string();
            assert!(told.starts_with(wanted), "{told}");
        }
        assert!(put(&mut world(), "lin/a", b"b").is_ok());
        let deep = format!("lin/{}a", "d/".repeat(31));
        assert!(matches!(put(&mut world(), &deep, b""), Err(NoPlace::TooDeep)));
    }
}
