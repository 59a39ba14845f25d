//! The invariants of a world: what holds after every call.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    World,
    drive::{DEPTH, Key, Node, root_of},
    groups::MOST_MEMBERS,
    ids::Id,
    org::DEPTH as LEVELS,
    share::Reader,
    spaces::{GB, Kind},
    visits::MOST as MOST_VISITS,
};

impl World {
    /// What does not hold, a sentence each; empty if all is well.
    pub fn check(&self) -> Vec<String> {
        let mut broken = Vec::new();
        self.check_org(&mut broken);
        self.check_spaces(&mut broken);
        self.check_groups(&mut broken);
        self.check_drive(&mut broken);
        self.check_shares(&mut broken);
        self.check_traces(&mut broken);
        broken
    }

    /// Whether somebody may do everything in it. No call takes the last such user away, but a seed may have none.
    pub fn is_administered(&self) -> bool {
        self.org.users().any(|user| user.administers())
    }

    fn check_org(&self, broken: &mut Vec<String>) {
        for department in self.org.departments() {
            let up: Vec<Id> = self.org.way_up(department.id).take(LEVELS + 1).map(|department| department.id).collect();
            if up.len() > LEVELS || up.last() != Some(&self.enterprise.root) {
                broken.push(format!("department {} does not lead to the root within {LEVELS} levels", department.id));
            }
            let mut names = BTreeSet::new();
            for child in self.org.children(department.id) {
                if !names.insert(&child.name) {
                    broken.push(format!("department {} has two called `{}`", department.id, child.name));
                }
            }
        }
        for user in self.org.users() {
            if self.org.department(user.department).is_none() {
                broken.push(format!("user {} is in department {}, which is gone", user.id, user.department));
            }
        }
    }

    fn check_spaces(&self, broken: &mut Vec<String>) {
        for kind in Kind::ALL {
            let (given, quota) = (self.spaces.allocated(kind), self.enterprise.quota.of(kind));
            if given > quota {
                broken.push(format!("{given} GB of {quota} GB are given out to {kind:?} spaces"));
            }
        }
        let mut used: BTreeMap<&Key, i64> = BTreeMap::new();
        for node in self.drive.all() {
            *used.entry(&node.space).or_default() += node.size;
        }
        for upload in self.uploads.all() {
            *used.entry(&upload.node.space).or_default() += upload.node.size;
        }
        for space in self.spaces.all() {
            let has_owner = match space.kind {
                Kind::Department => self.org.department(space.owner).is_some(),
                Kind::Personal => self.org.user(space.owner).is_some(),
                Kind::Group => self.groups.get(space.owner).is_some(),
            };
            if !has_owner {
                broken.push(format!("space {} belongs to {}, who is gone", space.id, space.owner));
            }
            let counted = used.get(&space.id).copied().unwrap_or(0);
            if counted != space.used || space.used > space.capacity.saturating_mul(GB) {
                broken.push(format!("space {} says {} bytes are used, and {counted} are", space.id, space.used));
            }
        }
    }

    fn check_groups(&self, broken: &mut Vec<String>) {
        for group in self.groups.all() {
            let owners: Vec<Id> =
                group.members.iter().filter(|(_, member)| member.role == 0).map(|(id, _)| *id).collect();
            if owners != [group.owner] {
                broken.push(format!("group {} is {}'s, and {owners:?} own it", group.id, group.owner));
            }
            if group.members.len() > MOST_MEMBERS {
                broken.push(format!("group {} has {} members", group.id, group.members.len()));
            }
            for user in group.members.keys().filter(|user| self.org.user(**user).is_none()) {
                broken.push(format!("group {} has the member {user}, who is gone", group.id));
            }
        }
    }

    fn check_drive(&self, broken: &mut Vec<String>) {
        for node in self.drive.all() {
            if self.spaces.get(&node.space).is_none() {
                broken.push(format!("{} is in space {}, which is gone", node.id, node.space));
            }
            self.check_place(node, broken);
        }
        let contents = self.drive.all().filter_map(|node| Some((&node.content.as_ref()?.key, &node.id)));
        let (held, listed): (BTreeSet<_>, BTreeSet<_>) = (contents.collect(), self.contents.all().collect());
        if held != listed {
            broken.push(format!("files hold {held:?}, and {listed:?} is listed"));
        }
        for upload in self.uploads.all() {
            let node = &upload.node;
            if self.spaces.get(&node.space).is_none() || self.drive.has(&node.id) {
                broken.push(format!("upload {} is for {}, which is there, or has no space", upload.id, node.id));
            }
            if self.drive.named(&node.parent, &node.name).is_some() || !self.uploads.has_name(&node.parent, &node.name)
            {
                broken.push(format!("the name of upload {} is not its own", upload.id));
            }
        }
        for (user, file) in self.stars.all() {
            if self.org.user(user).is_none() || !self.drive.has(file) {
                broken.push(format!("{file} is a favourite of {user}, and one of them is gone"));
            }
        }
    }

    fn check_shares(&self, broken: &mut Vec<String>) {
        broken.extend(self.shares.check());
        for share in self.shares.all() {
            // Whoever is deleted leaves a name behind.
            if self.org.name(share.owner).is_none() {
                broken.push(format!("share {} is of {}, whom nobody knows", share.id, share.owner));
            }
            for file in share.files.iter().filter(|file| !self.drive.has(file)) {
                broken.push(format!("share {} has {file}, which is gone", share.id));
            }
            let left = share.left.iter().map(|user| Reader::User(*user));
            for reader in share.readers.iter().copied().chain(left) {
                let is_there = match reader {
                    Reader::Department(id) => self.org.department(id).is_some(),
                    Reader::Group(id) => self.groups.get(id).is_some(),
                    Reader::User(id) => self.org.user(id).is_some(),
                };
                if !is_there {
                    broken.push(format!("share {} is for {reader:?}, which is gone", share.id));
                }
            }
        }
    }

    fn check_traces(&self, broken: &mut Vec<String>) {
        let told = self.inbox.receivers().map(|user| (user, "messages"));
        let visitors = self.visits.visitors().map(|user| (user, "visits"));
        for (user, what) in told.chain(visitors).filter(|(user, _)| self.org.user(*user).is_none()) {
            broken.push(format!("{user} has {what} and is gone"));
        }
        if self.visits.most() > MOST_VISITS {
            broken.push(format!("somebody has {} visits", self.visits.most()));
        }
    }

    fn check_place(&self, node: &Node, broken: &mut Vec<String>) {
        let is_root = node.parent == root_of(&node.space);
        let parent = self.drive.get(&node.parent);
        let fits = parent.is_some_and(|parent| parent.is_folder() && parent.space == node.space);
        // Of what was recycled the folder may be gone.
        if !is_root && !fits && node.recycled.is_none() {
            broken.push(format!("{} is in {}, which is no folder of its space", node.id, node.parent));
        }
        let listed = self.drive.named(&node.parent, &node.name).is_some_and(|named| named.id == node.id);
        let binned = self.drive.bin(&node.space).any(|binned| binned.id == node.id);
        if listed != node.recycled.is_none() || binned != node.recycled.is_some() {
            broken.push(format!("{} is not where lists have it", node.id));
        }
        if self.drive.way_up(node).take(DEPTH + 2).count() > DEPTH + 1 {
            broken.push(format!("{} is more than {DEPTH} folders deep", node.id));
        }
    }
}
