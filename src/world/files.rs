//! What behaviour does with files: finds them, asks for rights, keeps count of what they use.

use std::sync::Arc;

use jiff::{Timestamp, tz::Offset};

use super::{
    World,
    codes::{
        DISABLED, FOLDER_RECYCLED, NAME_TAKEN, NO_FOLDER, NO_QUOTA, NOT_IN_SPACE, OTHER_SPACE, RECYCLED, TOO_DEEP,
    },
    drive::{DEPTH, FOLDER, Key, Node, Recycled, root_of},
    ids::Id,
    org::{Role, User},
    outcome::Trouble,
    rights::{Capability, Grant, Rights},
    scene::Scene,
    spaces::{GB, Kind, Space},
    uploads::Upload,
};

/// The longest name.
const LONGEST_NAME: usize = 250;

impl Scene<'_> {
    /// A space that files can be worked with in.
    pub(super) fn active(&self, id: &str) -> Result<Arc<Space>, Trouble> {
        let space = self.space(id)?;
        if space.disabled {
            return Err(Trouble::new(DISABLED, format!("space {id} is disabled")).about(id));
        }
        Ok(space)
    }

    /// A node of a space, also a recycled one.
    pub(super) fn any_file(&self, space: &Space, id: &str) -> Result<Arc<Node>, Trouble> {
        let node = self.world.drive.get(id).ok_or_else(|| Trouble::unknown("file", id))?;
        if node.space != space.id {
            let trouble = Trouble::new(NOT_IN_SPACE, format!("{id} is in space {}", node.space));
            return Err(trouble.about(id).about(&*space.id));
        }
        Ok(Arc::clone(node))
    }

    /// A node of a space that is not in the recycle bin.
    pub(super) fn file(&self, space: &Space, id: &str) -> Result<Arc<Node>, Trouble> {
        let node = self.any_file(space, id)?;
        if self.world.drive.is_recycled(&node) {
            return Err(Trouble::new(RECYCLED, format!("{id} is in the recycle bin")));
        }
        Ok(node)
    }

    /// The id of a folder of a space: `root` and nothing are its root.
    pub(super) fn folder(&self, space: &Space, id: Option<&str>) -> Result<Key, Trouble> {
        let root = root_of(&space.id);
        let Some(id) = id.filter(|id| *id != "root" && **id != *root) else { return Ok(root) };
        let node = self.world.drive.get(id).ok_or_else(|| Trouble::unknown("folder", id))?;
        if node.space != space.id {
            return Err(Trouble::new(OTHER_SPACE, format!("{id} is in space {}", node.space)));
        }
        if !node.is_folder() {
            return Err(Trouble::new(NO_FOLDER, format!("{id} is no folder")));
        }
        if self.world.drive.is_recycled(node) {
            return Err(Trouble::new(FOLDER_RECYCLED, format!("{id} is in the recycle bin")));
        }
        Ok(Arc::clone(&node.id))
    }

    /// What the caller may do in a space.
    pub(super) fn rights(&self, space: &Space) -> Rights {
        self.world.rights(&self.me, space)
    }

    /// Whether the caller may do something in a space.
    pub(super) fn may(&self, space: &Space, capability: Capability) -> Result<(), Trouble> {
        if self.rights(space).has(capability) {
            return Ok(());
        }
        let reason = format!("{} has no right to {capability:?} in space {}", self.me.name, space.id);
        Err(Trouble::forbidden(reason).about(&*space.id))
    }

    /// Whether the caller runs a space: may empty its bin and give rights.
    pub(super) fn manages(&self, space: &Space) -> Result<(), Trouble> {
        if self.rights(space) == Rights::ALL {
            return Ok(());
        }
        Err(Trouble::forbidden(format!("{} does not manage space {}", self.me.name, space.id)).about(&*space.id))
    }

    /// The name that something gets below a folder. If it is taken and may be changed, the time is added to it.
    pub(super) fn free_name(&self, parent: &str, name: &str, renames: bool) -> Result<Arc<str>, Trouble> {
        let drive = &self.world.drive;
        let is_free = |name: &str| drive.named(parent, name).is_none() && !self.world.uploads.has_name(parent, name);
        if is_free(name) {
            return Ok(name.into());
        }
        if !renames {
            return Err(Trouble::new(NAME_TAKEN, format!("there is something called `{name}` already")));
        }
        let stamped = stamped(name, self.now);
        // A second one in the same second gets a number.
        let numbered = (2..).map(|number: u32| numbered(&stamped, number));
        let free = std::iter::once(stamped.clone()).chain(numbered).find(|name| is_free(name));
        match free {
            Some(free) if free.chars().count() <= LONGEST_NAME => Ok(free.into()),
            _ => Err(Trouble::invalid(format!("`{name}` is too long to get the time added"))),
        }
    }

    /// Whether a folder may have so many levels more below it.
    pub(super) fn deep_enough(&self, parent: &str, levels: usize) -> Result<(), Trouble> {
        if self.world.drive.depth(parent) + levels > DEPTH {
            return Err(Trouble::new(TOO_DEEP, format!("folders go {DEPTH} levels deep")));
        }
        Ok(())
    }

    /// Whether so many bytes more fit into a space.
    pub(super) fn fits(&self, space: &str, more: i64) -> Result<(), Trouble> {
        let space = self.space(space)?;
        if space.used.saturating_add(more) > space.capacity.saturating_mul(GB) {
            let reason = format!("{} of {} GB are used, and {more} bytes more are wanted", space.used, space.capacity);
            return Err(Trouble::new(NO_QUOTA, reason));
        }
        Ok(())
    }

    /// An id for a new node.
    pub(super) fn new_file_id(&mut self) -> Key {
        loop {
            let id = self.ids.letters("file", "F", 32);
            if !self.world.drive.has(&id) {
                return id.into();
            }
        }
    }

    /// A new folder or file below another folder.
    pub(super) fn new_node(&mut self, space: &Space, parent: Key, name: Arc<str>, file_type: &str) -> Node {
        Node {
            id: self.new_file_id(),
            space: Arc::clone(&space.id),
            parent,
            name,
            file_type: file_type.into(),
            mime: None,
            size: 0,
            content: None,
            created: self.now,
            edited: self.now,
            description: None,
            hidden: false,
            owner: self.me.id,
            editor: self.me.id,
            recycled: None,
            made: self.world.next(),
        }
    }

    /// A new folder.
    pub(super) fn new_folder(&mut self, space: &Space, parent: Key, name: Arc<str>) -> Node {
        self.new_node(space, parent, name, FOLDER)
    }
}

impl World {
    /// What a user may do in a space.
    pub(super) fn rights(&self, user: &User, space: &Space) -> Rights {
        let granted = || space.grants.get(&user.id).copied().or(space.initial).unwrap_or(Grant::DEFAULT).rights();
        match space.kind {
            // Nobody looks into somebody else's files, whoever he is.
            Kind::Personal if space.owner == user.id => Rights::ALL,
            Kind::Personal => Rights::default(),
            _ if user.role.is_administrator() => Rights::ALL,
            Kind::Department if self.org.administrates(user, space.owner) => Rights::ALL,
            Kind::Department if user.department == space.owner && user.role == Role::Managing => Rights::ALL,
            Kind::Department if user.department == space.owner || space.grants.contains_key(&user.id) => granted(),
            Kind::Department => Rights::default(),
            Kind::Group => match self.groups.get(space.owner).and_then(|group| group.role_of(user.id)) {
                Some(0 | 1) => Rights::ALL,
                Some(_) => granted(),
                None => Rights::default(),
            },
        }
    }

    /// The name of the department or group that a space is of; none for a personal one.
    pub(super) fn team_of(&self, space: &str) -> Option<&str> {
        let space = self.spaces.get(space).filter(|space| space.kind != Kind::Personal)?;
        let group = self.groups.get(space.owner).map(|group| group.name.as_str());
        group.or_else(|| Some(self.org.department(space.owner)?.name.as_str()))
    }

    /// Adds a node, or replaces the one with its id, and counts what it uses.
    pub(super) fn put_node(&mut self, node: Node) {
        let known = self.drive.get(&node.id).cloned();
        let (space, more) = (Arc::clone(&node.space), node.size - known.as_ref().map_or(0, |known| known.size));
        let held = known.and_then(|known| known.content.clone());
        if held != node.content {
            held.iter().for_each(|content| self.contents_mut().remove(content, &node.id));
            node.content.iter().for_each(|content| self.contents_mut().add(content, &node.id));
        }
        self.drive_mut().put(node);
        if more != 0 {
            self.spaces_mut().change(&space, |space| space.used += more);
        }
    }

    /// Takes a node out of its folder into the recycle bin.
    pub(super) fn recycle(&mut self, node: &Node, at: Timestamp, knows_its_place: bool) {
        let recycled = Some(Recycled { at, knows_its_place, made: self.next() });
        self.drive_mut().put(Node { recycled, ..node.clone() });
    }

    /// Forgets a node and everything below it.
    pub(super) fn erase(&mut self, node: &Arc<Node>) {
        let gone = self.drive_mut().erase(node);
        self.forget(&gone);
    }

    /// Forgets everything of a space, and the space.
    pub(super) fn erase_space(&mut self, space: &str) {
        let gone = self.drive_mut().erase_space(space);
        self.forget(&gone);
        for file in self.uploads.of_space(space) {
            self.end_upload(&file);
        }
        self.spaces_mut().remove(space);
    }

    /// Begins an upload, or replaces the one of its file. Its bytes count from now on.
    pub(super) fn put_upload(&mut self, upload: Upload) {
        if self.uploads.of_file(&upload.node.id).is_none() {
            let size = upload.node.size;
            self.spaces_mut().change(&upload.node.space, |space| space.used += size);
        }
        self.uploads_mut().put(upload);
    }

    /// Ends an upload, whatever becomes of its file.
    pub(super) fn end_upload(&mut self, file: &Key) {
        if let Some(upload) = self.uploads_mut().remove(file) {
            self.spaces_mut().change(&upload.node.space, |space| space.used -= upload.node.size);
        }
    }

    /// Forgets the uploads that nobody went on with.
    pub(super) fn end_old_uploads(&mut self, now: Timestamp) {
        while let Some(file) = self.uploads.over(now).cloned() {
            self.end_upload(&file);
        }
    }

    fn forget(&mut self, gone: &[Arc<Node>]) {
        let users: Vec<Id> = self.org.users().map(|user| user.id).collect();
        for node in gone {
            self.stars_mut().erased(&node.id, users.iter().copied());
            self.shares_mut().erased(node);
            node.content.iter().for_each(|content| self.contents_mut().remove(content, &node.id));
            if node.size != 0 {
                self.spaces_mut().change(&node.space, |space| space.used -= node.size);
            }
        }
    }
}

/// `name_20260105_160000.txt`, by the clock of the vendor's region.
fn stamped(name: &str, now: Timestamp) -> String {
    let time = now.to_zoned(Offset::constant(8).to_time_zone()).strftime("%Y%m%d_%H%M%S").to_string();
    numbered_with(name, &time)
}

fn numbered(name: &str, number: u32) -> String {
    numbered_with(name, &number.to_string())
}

fn numbered_with(name: &str, more: &str) -> String {
    match name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) {
        Some((stem, suffix)) => format!("{stem}_{more}.{suffix}"),
        None => format!("{name}_{more}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_stands_before_the_suffix() {
        let now: Timestamp = "2024-01-04T02:54:03Z".parse().unwrap();
        assert_eq!(stamped("demo.zip", now), "demo_20240104_105403.zip");
        assert_eq!(stamped("folder", now), "folder_20240104_105403");
        assert_eq!(stamped(".env", now), ".env_20240104_105403");
    }
}
