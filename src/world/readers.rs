//! Who may open a share, what state it is in, and what it tells.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    sync::Arc,
};

use super::{
    Made, World,
    drive::Node,
    fact::{Fact, Facts, Record, View},
    ids::Id,
    org::{User, hidden_in_the_middle},
    rights::Capability,
    shares::{Reader, Scope, Share},
};

/// Where links to shares lead: the vendor's web console, which nobody plays.
const LINKS: &str = "https://drive.example.com/cloudfile/#/sharelink/i/";

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

    /// The readers of one kind, as details show them.
    fn named(&self, share: &Share, name: impl Fn(Reader) -> Option<(Id, String)>) -> Fact<'static> {
        let record = |(id, name): (Id, String)| {
            Box::new(Record::default().with("id", Fact::Id(id)).with("name", Fact::Text(name.into()))) as _
        };
        Fact::Many(share.readers.iter().filter_map(|reader| name(*reader)).map(record).collect())
    }
}

impl Facts for Share {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        let world = view.world;
        Some(match name {
            "id" | "shareId" => Fact::Id(self.id),
            "shortUrl" => Fact::Id(Id(self.id.0 + 1)),
            "linkUrl" => Fact::Text(format!("{LINKS}{}", self.id.0 + 1).into()),
            "shareTime" | "createTime" | "operateTime" => Fact::Time(self.created),
            "updateTime" => Fact::Time(self.updated),
            "expireTime" => Fact::Time(self.until),
            "expireDate" => Fact::Whole(self.days),
            "scope" => Fact::Whole(self.scope as i64),
            "status" => Fact::Whole(world.state(self) as i64),
            "displayName" => Fact::Text(world.name_of(self).into()),
            "extractCode" => Fact::text(self.code.as_deref().unwrap_or_default()),
            "comment" => Fact::text(self.comment.as_deref().unwrap_or_default()),
            "permission" => Fact::Is(&self.permission),
            "viewCnt" => Fact::Whole(self.views),
            // What downloads a file of a share is not played yet.
            "downloadCnt" => Fact::Whole(0),
            "saveCnt" => Fact::Whole(self.saves),
            "containerId" => Fact::text(&self.space),
            "containerName" => Fact::text(world.team_of(&self.space).unwrap_or_default()),
            "tenantId" => Fact::text(&world.enterprise.tenant),
            "ownerId" => Fact::Id(self.owner),
            "ownerName" | "operator" => Fact::text(world.org.name(self.owner)?),
            "ownerMobile" => Fact::Text(hidden_in_the_middle(world.org.user(self.owner)?.mobile.as_deref()?).into()),
            // Sharing.
            "operateType" => Fact::Whole(1),
            "files" => {
                let files = self.files.iter().filter_map(|id| world.drive.get(id));
                Fact::Many(files.map(|node| Box::new(Arc::clone(node)) as _).collect())
            }
            "depts" => world.named(self, |reader| match reader {
                Reader::Department(id) => Some((id, world.org.department(id)?.name.clone())),
                _ => None,
            }),
            "groups" => world.named(self, |reader| match reader {
                Reader::Group(id) => Some((id, world.groups.get(id)?.name.clone())),
                _ => None,
            }),
            "users" => world.named(self, |reader| match reader {
                Reader::User(id) => Some((id, world.org.user(id)?.name.clone())),
                _ => None,
            }),
            _ => return None,
        })
    }
}
