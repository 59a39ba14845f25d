//! A world as a person looks through it: its spaces, what is in a folder or a recycle bin, shares. A part of a list at a time, which costs
//! the same however long the list is.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    World,
    drive::{Key, Node, root_of},
    ids::Id,
    readers::State,
    share::{Reader, Scope, Share},
    spaces::{GB, Kind, Space},
};
use crate::contract::redact::REDACTED;

/// Files and readers of a share that are named.
const NAMED: usize = 20;

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listing {
    /// What is in it.
    pub entries: Vec<Value>,
    /// How long the whole list is, where that need not be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<usize>,
    /// What the next part comes behind; nothing at the end.
    pub after: Option<String>,
}

/// Which part is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// [`Listing::after`] of the part before.
    pub after: Option<&'w str>,
    /// How many entries at most.
    pub limit: usize,
}

impl Wanted<'_> {
    /// The number that the part comes behind.
    fn number(self) -> Result<u64, String> {
        let wrong = |text: &str| format!("`after` is what the part before ended with, and not `{text}`");
        self.after.map_or(Ok(0), |text| text.parse().map_err(|_| wrong(text)))
    }

    fn part<T>(
        self,
        mut list: impl Iterator<Item = T>,
        total: Option<usize>,
        behind: impl Fn(&T) -> String,
        shown: impl Fn(&T) -> Value,
    ) -> Listing {
        let part: Vec<T> = list.by_ref().take(self.limit).collect();
        let after = part.last().map(behind).filter(|_| list.next().is_some());
        Listing { entries: part.iter().map(shown).collect(), total, after }
    }
}

impl World {
    /// The spaces, in the order in which they were made.
    ///
    /// # Errors
    ///
    /// What is wrong with `after`, in a sentence.
    pub fn browse_spaces(&self, wanted: Wanted<'_>) -> Result<Listing, String> {
        let spaces = self.spaces.after(wanted.number()?);
        let behind = |space: &&Arc<Space>| space.made.to_string();
        Ok(wanted.part(spaces, Some(self.spaces.by_id().len()), behind, |space| self.space_seen(space)))
    }

    /// What is in a folder or in the root of a space, by name; nothing if there is no such folder.
    pub fn browse_folder(&self, id: &str, wanted: Wanted<'_>) -> Option<Listing> {
        let is_root = || id.strip_prefix(&*root_of("")).is_some_and(|space| self.spaces.get(space).is_some());
        if !self.drive.get(id).map_or_else(is_root, |node| node.is_folder()) {
            return None;
        }
        let children = self.drive.children_after(id, wanted.after);
        let total = Some(self.drive.count(id));
        Some(wanted.part(children, total, |node| node.name.to_string(), |node| self.node_seen(node)))
    }

    /// What was recycled of a space, in the order in which it came; nothing if there is no such space.
    ///
    /// # Errors
    ///
    /// What is wrong with `after`, in a sentence.
    pub fn browse_bin(&self, space: &str, wanted: Wanted<'_>) -> Result<Option<Listing>, String> {
        let after = wanted.number()?;
        if self.spaces.get(space).is_none() {
            return Ok(None);
        }
        let made = |node: &&Arc<Node>| node.recycled.map_or(0, |recycled| recycled.made).to_string();
        Ok(Some(wanted.part(self.drive.bin_after(space, after), None, made, |node| self.node_seen(node))))
    }

    /// The shares, by id. `now` is the time of the session.
    ///
    /// # Errors
    ///
    /// What is wrong with `after`, in a sentence.
    pub fn browse_shares(&self, wanted: Wanted<'_>, now: Timestamp) -> Result<Listing, String> {
        let shares = self.shares.after(Id(wanted.number()?));
        let total = Some(self.shares.by_id().len());
        Ok(wanted.part(shares, total, |share| share.id.to_string(), |share| self.share_seen(share, now)))
    }

    fn space_seen(&self, space: &Space) -> Value {
        let root = root_of(&space.id);
        let (kind, owner) = match space.kind {
            Kind::Department => ("department", self.org.department(space.owner).map(|department| &*department.name)),
            Kind::Group => ("group", self.groups.get(space.owner).map(|group| &*group.name)),
            Kind::Personal => ("personal", self.org.name(space.owner)),
        };
        let owner = owner.map_or_else(|| space.owner.to_string(), str::to_owned);
        let mut seen = json!({
            "containerId": &*space.id,
            "kind": kind,
            "owner": owner,
            "folder": &*root,
            "entries": self.drive.count(&root),
            "used": space.used,
            "capacity": space.capacity.saturating_mul(GB),
        });
        if self.drive.bin(&space.id).next().is_some() {
            seen["recycled"] = true.into();
        }
        if space.disabled {
            seen["disabled"] = true.into();
        }
        seen
    }

    fn node_seen(&self, node: &Node) -> Value {
        let mut seen = node.described();
        if node.is_folder() {
            seen["entries"] = self.drive.count(&node.id).into();
        }
        if self.shares.has_file(&node.id) {
            seen["shared"] = true.into();
        }
        seen
    }

    fn share_seen(&self, share: &Share, now: Timestamp) -> Value {
        let state = match self.state(share) {
            State::Alive if share.until <= now => "expired",
            State::Alive => "open",
            State::Deleted => "deleted",
            State::Invalid => "invalid",
        };
        let scope = match share.scope {
            Scope::Anybody => "anybody",
            Scope::Enterprise => "enterprise",
            Scope::Readers => "readers",
        };
        let file = |id: &Key| self.drive.get(id).map_or_else(|| id.to_string(), |node| node.name.to_string());
        let mut seen = json!({
            "id": share.id.to_string(),
            "displayName": self.name_of(share),
            "by": self.org.name(share.owner),
            "state": state,
            "scope": scope,
            "files": share.files.iter().take(NAMED).map(file).collect::<Vec<_>>(),
            "with": share.readers.iter().take(NAMED).map(|reader| self.reader_seen(*reader)).collect::<Vec<_>>(),
            "createTime": share.created.to_string(),
            "expireTime": share.until.to_string(),
            "viewCnt": share.views,
            "downloadCnt": share.downloads,
            "saveCnt": share.saves,
        });
        for (name, all) in [("moreFiles", share.files.len()), ("moreReaders", share.readers.len())] {
            if all > NAMED {
                seen[name] = (all - NAMED).into();
            }
        }
        if share.code.is_some() {
            seen["extractCode"] = REDACTED.into();
        }
        seen
    }

    fn reader_seen(&self, reader: Reader) -> String {
        let (Reader::Department(id) | Reader::Group(id) | Reader::User(id)) = reader;
        let name = match reader {
            Reader::Department(id) => self.org.department(id).map(|department| &*department.name),
            Reader::Group(id) => self.groups.get(id).map(|group| &*group.name),
            Reader::User(id) => self.org.name(id),
        };
        name.map_or_else(|| id.to_string(), str::to_owned)
    }

    /// Whose token has a digest that begins like this, and whether it was signed out; nothing if the world handed out none like it.
    pub fn signed_in(&self, digest: [u8; 4]) -> Option<(String, bool)> {
        let token = self.logins.beginning(digest)?;
        let name = self.org.name(token.user).map_or_else(|| token.user.to_string(), str::to_owned);
        Some((name, token.over))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diagnostic::Source, world::Seed};

    fn world(text: &str) -> Arc<World> {
        let seed = Seed::compile(&Source::new("a.yaml", text)).unwrap();
        seed.world(Timestamp::UNIX_EPOCH, &crate::content::Room::new(1000))
    }

    /// All parts of a list, each of this size.
    fn parts(limit: usize, list: impl Fn(Wanted<'_>) -> Listing) -> Vec<Listing> {
        let mut parts: Vec<Listing> = Vec::new();
        loop {
            let part = list(Wanted { after: parts.last().and_then(|part| part.after.as_deref()), limit });
            let is_last = part.after.is_none();
            parts.push(part);
            if is_last {
                return parts;
            }
        }
    }

    fn column(parts: &[Listing], name: &str) -> Vec<String> {
        let entries = parts.iter().flat_map(|part| &part.entries);
        entries.map(|entry| entry[name].as_str().unwrap().to_owned()).collect()
    }

    const ALL: Wanted<'_> = Wanted { after: None, limit: 100 };

    #[test]
    fn a_folder_is_listed_by_name_part_by_part() {
        let world =
            world("world: a\npeople: { lin: {} }\nfiles: { lin: { d: { e: x }, c.txt: c, a.txt: a, b.txt: b } }\n");
        let space = &world.browse_spaces(ALL).unwrap().entries[0];
        assert_eq!(
            (&space["owner"], &space["kind"], &space["entries"]),
            (&"lin".into(), &"personal".into(), &4.into())
        );
        let root = space["folder"].as_str().unwrap();
        for (limit, lengths) in [(1, vec![1, 1, 1, 1]), (3, vec![3, 1]), (4, vec![4]), (100, vec![4])] {
            let found = parts(limit, |wanted| world.browse_folder(root, wanted).unwrap());
            assert_eq!(found.iter().map(|part| part.entries.len()).collect::<Vec<_>>(), lengths);
            assert_eq!(column(&found, "fileName"), ["a.txt", "b.txt", "c.txt", "d"]);
            assert!(found.iter().all(|part| part.total == Some(4)));
        }
        let listed = world.browse_folder(root, ALL).unwrap();
        let (file, folder) = (&listed.entries[0], &listed.entries[3]);
        assert_eq!((&folder["entries"], file.get("entries")), (&1.into(), None));
        assert!(world.browse_folder(folder["id"].as_str().unwrap(), ALL).is_some());
        assert!(world.browse_folder(file["id"].as_str().unwrap(), ALL).is_none());
        assert!(world.browse_folder("DEUI7pa0C24Arootx", ALL).is_none());
    }

    #[test]
    fn what_was_recycled_is_listed_in_its_bin() {
        let mut world = World::clone(&world("world: a\npeople: { lin: {} }\nfiles: { lin: { a.txt: a, b.txt: b } }\n"));
        let space = |world: &World| world.browse_spaces(ALL).unwrap().entries[0].clone();
        let root = space(&world)["folder"].as_str().unwrap().to_owned();
        assert_eq!(space(&world).get("recycled"), None);
        let nodes: Vec<_> = world.drive.children(&root).cloned().collect();
        nodes.iter().rev().for_each(|node| world.recycle(node, Timestamp::UNIX_EPOCH, true));
        let seen = space(&world);
        assert_eq!((&seen["recycled"], &seen["entries"]), (&true.into(), &0.into()));
        let id = seen["containerId"].as_str().unwrap();
        let found = parts(1, |wanted| world.browse_bin(id, wanted).unwrap().unwrap());
        assert_eq!(column(&found, "fileName"), ["b.txt", "a.txt"]);
        assert_eq!(world.browse_bin("x", ALL), Ok(None));
        assert!(world.browse_bin(id, Wanted { after: Some("x"), limit: 1 }).is_err());
    }

    #[test]
    fn a_share_tells_its_files_and_readers_and_keeps_its_code_to_itself() {
        let world = world(
            "world: a\npeople: { lin: {}, sam: {} }\nfiles: { lin: { a.txt: a } }\nshares: [{ by: lin, files: [lin/a.txt], \
             with: [sam], code: s3cret, days: 7 }, { by: lin, files: [lin/a.txt] }]\n",
        );
        let found = parts(1, |wanted| world.browse_shares(wanted, Timestamp::UNIX_EPOCH).unwrap());
        assert_eq!((found.len(), found[0].total), (2, Some(2)));
        let with = found.iter().flat_map(|part| &part.entries).find(|share| share["with"] == json!(["sam"])).unwrap();
        assert_eq!((&with["files"], &with["state"]), (&json!(["a.txt"]), &"open".into()));
        assert_eq!(with["extractCode"], REDACTED);
        assert!(!with.to_string().contains("s3cret"));
        let later = world.browse_shares(ALL, Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24 * 8)).unwrap();
        assert!(later.entries.iter().any(|share| share["state"] == "expired"));
        let root = world.browse_spaces(ALL).unwrap().entries[0]["folder"].as_str().unwrap().to_owned();
        assert_eq!(world.browse_folder(&root, ALL).unwrap().entries[0]["shared"], true);
    }
}
