//! Files by their paths: what the seed calls an owner, and the names below the first space of it.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use thiserror::Error;

use super::{
    World,
    drive::{DEPTH, FOLDER, Key, Node, root_of, type_of},
    ids::{Id, Ids, Source},
    spaces::{GB, Space},
};

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
    /// The first space of whoever the seed calls so.
    fn space_called(&self, name: &str) -> Option<&Arc<Space>> {
        let alias = self.settings.aliases.get(name).copied();
        let owner = alias.or_else(|| {
            let department = self.org.departments().find(|department| department.name == name);
            department.map(|department| department.id)
        });
        let owner = owner.or_else(|| self.groups.all().find(|group| group.name == name).map(|group| group.id));
        let owner = owner.or_else(|| name.parse().ok().map(Id))?;
        self.spaces.of(owner).next()
    }

    /// What is known of the file or folder at a path such as `lin/notes/todo.txt`.
    pub fn file_at(&self, path: &str) -> Option<Value> {
        let (owner, names) = path.split_once('/')?;
        let space = self.space_called(owner)?;
        let names = names.split('/').filter(|name| !name.is_empty());
        let mut found: Option<&Arc<Node>> = None;
        for name in names {
            let parent = found.map_or_else(|| root_of(&space.id), |node| Key::clone(&node.id));
            found = Some(self.drive.named(&parent, name)?);
        }
        found.map(|node| described(node))
    }

    /// Puts a file at a path: folders on the way are made, a file that is there is replaced.
    ///
    /// # Errors
    ///
    /// [`NoPlace`]; nothing is changed then, if the world is a copy that is dropped.
    pub(crate) fn put_file(&mut self, path: &str, size: i64, now: Timestamp) -> Result<Value, NoPlace> {
        let (owner, names) = path.split_once('/').ok_or_else(|| NoPlace::NoSpace(path.to_owned()))?;
        let space = self.space_called(owner).cloned().ok_or_else(|| NoPlace::NoSpace(path.to_owned()))?;
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
                return self.put_last(&space, &parent, name, size, (known, now, &mut ids));
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
        size: i64,
        (known, now, ids): (Option<Arc<Node>>, Timestamp, &mut Ids<'_>),
    ) -> Result<Value, NoPlace> {
        let before = known.as_ref().map_or(0, |known| known.size);
        if space.used.saturating_sub(before).saturating_add(size) > space.capacity.saturating_mul(GB) {
            return Err(NoPlace::TooLarge(space.capacity));
        }
        let node = match known {
            Some(known) => Node { edited: now, ..Node::clone(&known) },
            None => self.new_at(space, parent, name, type_of(name), (now, ids)),
        };
        let node = Node { size, ..node };
        let told = described(&node);
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

/// What a file tells of itself.
fn described(node: &Node) -> Value {
    json!({
        "id": &*node.id,
        "containerId": &*node.space,
        "parentFolder": &*node.parent,
        "fileName": &*node.name,
        "fileType": &*node.file_type,
        "size": node.size,
        "createdTime": node.created.to_string(),
        "editedTime": node.edited.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Seed;

    fn world() -> World {
        World::clone(&Seed::demo().unwrap().world(Timestamp::UNIX_EPOCH))
    }

    #[test]
    fn a_file_is_put_with_the_folders_above_it_and_found_by_its_path() {
        let mut world = world();
        let put = world.put_file("lin/new/deep/a.txt", 7, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(world.file_at("lin/new/deep/a.txt"), Some(put.clone()));
        let again = world.put_file("lin/new/deep/a.txt", 9, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!((&again["id"], &again["size"]), (&put["id"], &json!(9)));
        assert_eq!(world.check(), Vec::<String>::new());
        assert!(world.file_at("Design/brief.pdf").is_some() && world.file_at("launch/plan.xlsx").is_some());
        assert!(world.file_at("lin").is_none() && world.file_at("lin/nothing").is_none());
    }

    #[test]
    fn a_file_has_no_place_where_the_world_has_no_room_for_it() {
        for (path, size, wanted) in [
            ("nobody/a", 1, "`nobody/a` begins with nobody who has a space"),
            ("lin/", 1, "`` is no name of a file"),
            ("lin/a:b", 1, "`a:b` is no name of a file"),
            ("lin/notes", 1, "`notes` is there already, and is no file"),
            ("lin/report.docx/a", 1, "`report.docx` is there already, and is no folder"),
            ("lin/a", i64::MAX, "the space has 10 GB"),
        ] {
            let told = world().put_file(path, size, Timestamp::UNIX_EPOCH).unwrap_err().to_string();
            assert!(told.starts_with(wanted), "{told}");
        }
        let deep = format!("lin/{}a", "d/".repeat(31));
        assert!(matches!(world().put_file(&deep, 1, Timestamp::UNIX_EPOCH), Err(NoPlace::TooDeep)));
    }
}
