//! Who may open a share, what state it is in, and what it tells.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    sync::Arc,
};

use super::{
    Made, World,
    drive::Node,
    ids::Id,
    org::User,
    rights::Capability,
    share::{Reader, Scope, Share},
};

/// What has become of a share. The numbers are the vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Only its time says whether it opens.
    Alive = 0,
    /// All its files are recycled, erased, or in another space.
    Deleted = 1,
    /// Its space or sharer is gone or disabled, or may not share any more.
    Invalid = 2,
}

impl World {
    /// What has become of a share. Nothing of it is kept: what comes back brings the share back.
    pub(super) fn state(&self, share: &Share) -> State {
        let Some(space) = self.spaces.get(&share.space) else { return State::Invalid };
        if self.shared_files(share).next().is_none() {
            return State::Deleted;
        }
        let sharer = self.org.user(share.owner).filter(|user| !user.disabled);
        let may = sharer.is_some_and(|user| self.rights(user, space).has(Capability::Share));
        if may && !space.disabled { State::Alive } else { State::Invalid }
    }

    /// The files of a share that its readers see.
    pub(super) fn shared_files<'w>(&'w self, share: &'w Share) -> impl Iterator<Item = &'w Arc<Node>> {
        let files = share.files.iter().filter_map(|id| self.drive.get(id));
        files.filter(|node| node.space == share.space && !self.drive.is_recycled(node))
    }

    /// Whether a node is a shared file or below one.
    pub(super) fn is_shared(&self, share: &Share, node: &Node) -> bool {
        node.space == share.space && self.drive.way_up(node).any(|above| share.files.contains(&above.id))
    }

    /// What a user reads shares as: itself, a member of departments, a member of groups.
    fn faces(&self, user: &User) -> impl Iterator<Item = Reader> {
        let departments = self.org.way_up(user.department).map(|department| Reader::Department(department.id));
        let groups = self.groups.of(user.id).map(|group| Reader::Group(group.id));
        std::iter::once(Reader::User(user.id)).chain(departments).chain(groups)
    }

    /// Whether a share is one of those that a user received.
    pub(super) fn received(&self, share: &Share, user: &User) -> bool {
        share.owner != user.id
            && !share.left.contains(&user.id)
            && self.faces(user).any(|face| share.readers.contains(&face))
    }

    /// Whether a user may open a share by its link.
    pub(super) fn may_open(&self, share: &Share, user: &User) -> bool {
        share.scope != Scope::Readers
            || share.owner == user.id
            || self.faces(user).any(|face| share.readers.contains(&face))
    }

    /// The shares that a user received, of those made in a range.
    pub(super) fn received_by(&self, user: &User, made: &RangeInclusive<Made>) -> BTreeMap<Made, Arc<Share>> {
        let all = self.faces(user).flat_map(|face| self.shares.read_by(face, made.clone()));
        let mine = all.filter(|share| share.owner != user.id && !share.left.contains(&user.id));
        mine.map(|share| (share.made, Arc::clone(share))).collect()
    }

    /// The users whom readers stand for.
    pub(super) fn users_of(&self, readers: &[Reader]) -> BTreeSet<Id> {
        let mut users = BTreeSet::new();
        for reader in readers {
            match reader {
                Reader::User(id) => _ = users.insert(*id),
                Reader::Group(id) => {
                    users.extend(self.groups.get(*id).into_iter().flat_map(|group| group.members.keys()));
                }
                Reader::Department(id) => {
                    let within = self.org.all_within(*id);
                    users.extend(within.into_iter().flat_map(|id| self.org.users_of(id)).map(|user| user.id));
                }
            }
        }
        users
    }

    /// What a share is called: its first file, and a word of the others.
    pub(super) fn name_of(&self, share: &Share) -> String {
        let first = share.files.first().and_then(|id| self.drive.get(id)).map_or(&share.name, |node| &node.name);
        if share.is_many { format!("{first} and other files") } else { first.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        diagnostic::Source,
        world::{Seed, drive::root_of},
    };

    /// A world with one share of `a.txt` and `b.txt` by Lin.
    fn world(with: &str) -> World {
        let text = format!(
            "world: a\ndepartments: {{ Above: {{ departments: {{ Below: {{}} }} }} }}\npeople: {{ lin: {{ role: system }}, sam: {{ department: Below \
             }}, kim: {{}} }}\ngroups: {{ all: {{ kind: users, owner: kim, members: {{ sam: view }} }} }}\nfiles: {{ lin: {{ a.txt: a, b.txt: b \
             }} }}\nshares: [{{ by: lin, files: [lin/a.txt, lin/b.txt]{with} }}]"
        );
        World::clone(
            &Seed::compile(&Source::new("a.yaml", text.as_str()))
                .unwrap()
                .world(Timestamp::UNIX_EPOCH, &crate::content::Room::new(1000)),
        )
    }

    fn share(world: &World) -> Arc<Share> {
        Arc::clone(world.shares.all().next().unwrap())
    }

    fn user<'w>(world: &'w World, name: &str) -> &'w Arc<User> {
        world.org.users().find(|user| user.name == name).unwrap()
    }

    #[test]
    fn a_share_is_alive_while_one_of_its_files_is_there() {
        let mut world = world("");
        let share_of = share(&world);
        let files: Vec<_> = world.shared_files(&share_of).cloned().collect();
        assert_eq!(world.name_of(&share_of), "a.txt and other files");
        world.recycle(&files[0], Timestamp::UNIX_EPOCH, true);
        assert_eq!(world.state(&share_of), State::Alive);
        // In another space it is not shared any more.
        let other = world.spaces.of(user(&world, "kim").id).next().unwrap().id.clone();
        let moved = Node { space: other.clone(), parent: root_of(&other), ..Node::clone(&files[1]) };
        world.put_node(moved);
        assert_eq!(world.state(&share_of), State::Deleted);
        assert!(!world.is_shared(&share_of, world.drive.get(&files[1].id).unwrap()));
        world.put_node(Node { recycled: None, ..Node::clone(&files[0]) });
        assert_eq!(world.state(&share_of), State::Alive);
        world.erase(&files[0]);
        world.erase(&files[1]);
        let share = share(&world);
        assert_eq!((world.state(&share), share.files.len()), (State::Deleted, 0));
        assert_eq!(world.name_of(&share), "b.txt and other files");
    }

    #[test]
    fn a_share_whose_sharer_or_space_is_gone_is_invalid() {
        let mut gone = world("");
        let lin = user(&gone, "lin").id;
        gone.org_mut().remove_user(lin);
        assert_eq!(gone.state(&share(&gone)), State::Invalid);
        assert_eq!(gone.org.name(lin), Some("lin"));
        let mut gone = world("");
        let space = share(&gone).space.clone();
        gone.spaces_mut().change(&space, |space| space.disabled = true);
        assert_eq!(gone.state(&share(&gone)), State::Invalid);
        gone.erase_space(&space);
        assert_eq!(gone.state(&share(&gone)), State::Invalid);
    }

    #[test]
    fn readers_are_users_groups_and_departments_with_those_below() {
        for (with, sam, kim) in [
            ("", false, false),
            (", with: [sam]", true, false),
            (", with: [Above]", true, false),
            (", with: [all]", true, true),
            (", with: []", false, false),
        ] {
            let world = world(with);
            let share = share(&world);
            assert_eq!(world.received(&share, user(&world, "sam")), sam, "{with}");
            assert_eq!(world.received(&share, user(&world, "kim")), kim, "{with}");
            assert_eq!(world.may_open(&share, user(&world, "kim")), kim || with.is_empty(), "{with}");
            assert!(world.may_open(&share, user(&world, "lin")) && !world.received(&share, user(&world, "lin")));
            let received = world.received_by(user(&world, "sam"), &(1..=Made::MAX));
            assert_eq!(received.len(), usize::from(sam), "{with}");
            assert_eq!(world.users_of(&share.readers).len(), usize::from(sam) + usize::from(kim), "{with}");
        }
    }
}
