//! Which files users had to do with lately.

use std::sync::Arc;

use imbl::OrdMap;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use super::{
    World,
    drive::Node,
    fact::{Fact, Facts, Record, View},
    ids::Id,
    readers::State,
    rights::Capability,
};

/// The most files of a user; beyond it the oldest go.
pub(super) const MOST: usize = 50;

/// The visits of all users, the newest last; a file is there once.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Visits {
    of: OrdMap<Id, Vec<Visit>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Visit {
    /// As it was then: it may be erased since.
    pub(super) node: Arc<Node>,
    pub(super) why: Why,
    /// The share that led to it.
    pub(super) share: Option<Id>,
    pub(super) at: Timestamp,
}

/// What a user did with a file. The numbers are the vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    View = 1,
    Edit = 2,
    Share = 3,
    SaveShared = 6,
}

impl Visits {
    /// Notes the newest one of a user.
    pub(super) fn add(&mut self, user: Id, visit: Visit) {
        let all = self.of.entry(user).or_default();
        all.retain(|known| known.node.id != visit.node.id);
        all.push(visit);
        if all.len() > MOST {
            all.remove(0);
        }
    }

    /// Whoever visited something.
    pub(super) fn visitors(&self) -> impl Iterator<Item = Id> {
        self.of.keys().copied()
    }

    /// All visits of each user, the newest last.
    pub(super) fn all(&self) -> impl Iterator<Item = (Id, &[Visit])> {
        self.of.iter().map(|(user, visits)| (*user, visits.as_slice()))
    }

    /// The most visits that somebody has.
    pub(super) fn most(&self) -> usize {
        self.of.values().map(Vec::len).max().unwrap_or(0)
    }

    /// Forgets a user who is gone.
    pub(super) fn forget(&mut self, user: Id) {
        self.of.remove(&user);
    }
}

impl World {
    /// Notes what a user did with a file.
    pub(super) fn visit(&mut self, user: Id, why: Why, node: &Arc<Node>, share: Option<Id>, at: Timestamp) {
        // What it held is not part of the memory: it may go.
        let node = if node.content.is_some() {
            Arc::new(Node { content: None, ..Node::clone(node) })
        } else {
            Arc::clone(node)
        };
        self.visits_mut().add(user, Visit { node, why, share, at });
    }

    /// What a user did in the last three months, the newest first.
    pub(super) fn recent(&self, user: Id, now: Timestamp) -> impl Iterator<Item = &Visit> {
        let since = now.to_zoned(TimeZone::UTC).checked_sub(3.months()).map_or(Timestamp::MIN, |time| time.timestamp());
        let all = self.visits.of.get(&user).into_iter().flatten().rev();
        all.filter(move |visit| since <= visit.at)
    }

    /// Whether a user can still go where a visit was.
    fn is_closed(&self, visit: &Visit, user: Id, now: Timestamp) -> bool {
        let node = self.drive.get(&visit.node.id).unwrap_or(&visit.node);
        let Some(space) = self.spaces.get(&node.space).filter(|space| !space.disabled) else { return true };
        let Some(user) = self.org.user(user) else { return true };
        if self.rights(user, space).has(Capability::List) {
            return false;
        }
        let share = visit.share.and_then(|id| self.shares.get(id));
        !share
            .is_some_and(|share| self.state(share) != State::Invalid && now < share.until && self.may_open(share, user))
    }
}

impl Facts for Visit {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        let world = view.world;
        let known = world.drive.get(&self.node.id);
        Some(match name {
            "operateTime" => Fact::Time(self.at),
            "operateType" => Fact::Whole(self.why as i64),
            // 1 the file is deleted, 2 its space cannot be entered.
            "status" if world.is_closed(self, view.me, view.now) => Fact::Whole(2),
            "status" => Fact::Whole(known.is_none_or(|node| world.drive.is_recycled(node)).then_some(1)?),
            "file" => {
                let node = Arc::clone(known.unwrap_or(&self.node));
                let team = world.team_of(&node.space).unwrap_or_default().to_owned();
                let name = node.name.to_string();
                let record = Record::default().with("name", Fact::Text(name.into()));
                Fact::One(Box::new(
                    others(&node, view, record.with("containerName", Fact::Text(team.into()))).and(node),
                ))
            }
            _ => return None,
        })
    }
}

/// What somebody else did with a file last, if somebody did.
fn others(node: &Node, view: &View<'_>, record: Record) -> Record {
    let Some(name) = view.world.org.name(node.editor).filter(|_| node.editor != view.me) else { return record };
    record
        .with("collaboratorId", Fact::Id(node.editor))
        .with("collaborator", Fact::Text(name.to_owned().into()))
        .with("collaborateTime", Fact::Time(node.edited))
        .with("collaborateType", Fact::Whole(Why::Edit as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Seed;

    #[test]
    fn the_newest_fifty_files_are_remembered_each_once() {
        let seed = Seed::demo().unwrap();
        let mut world = World::clone(&seed.world(Timestamp::UNIX_EPOCH, &crate::content::Room::new(1000)));
        let plain = Arc::clone(world.drive.all().next().unwrap());
        let node = |number: u32| Arc::new(Node { id: format!("F{number}").into(), ..Node::clone(&plain) });
        for number in (0..60).chain([30]) {
            world.visit(world.settings.me, Why::View, &node(number), None, Timestamp::UNIX_EPOCH);
        }
        let seen: Vec<_> =
            world.recent(world.settings.me, Timestamp::UNIX_EPOCH).map(|visit| visit.node.id.to_string()).collect();
        assert_eq!(seen.len(), MOST);
        assert_eq!((&*seen[0], &*seen[1], &*seen[49]), ("F30", "F59", "F10"));
    }

    #[test]
    fn what_is_older_than_three_months_is_not_recent() {
        let seed = Seed::demo().unwrap();
        let mut world = World::clone(&seed.world(Timestamp::UNIX_EPOCH, &crate::content::Room::new(1000)));
        let node = Arc::clone(world.drive.all().next().unwrap());
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        world.visit(world.settings.me, Why::View, &node, None, at("2026-02-28T08:00:00Z"));
        assert_eq!(world.recent(world.settings.me, at("2026-05-28T08:00:00Z")).count(), 1);
        assert_eq!(world.recent(world.settings.me, at("2026-05-28T08:00:01Z")).count(), 0);
    }
}
