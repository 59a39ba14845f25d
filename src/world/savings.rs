//! What readers of shares saved into spaces of their own.

use std::sync::Arc;

use imbl::OrdMap;
use jiff::Timestamp;

use super::{
    Made,
    drive::Key,
    fact::{Fact, Facts, View},
    ids::Id,
    jobs::{Item, digits, result_of},
    outcome::Code,
    pace::{Progress, Queue},
};

/// The most of a world; beyond it those that are over go, the oldest first.
const MOST: usize = 1000;

/// The vendor's number for saving what is shared.
const SAVE: i64 = 2;

/// All of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Savings {
    all: OrdMap<Id, Arc<Saving>>,
    order: OrdMap<Made, Id>,
    queue: Queue,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Saving {
    pub(super) id: Id,
    pub(super) user: Id,
    pub(super) share: Id,
    /// The space that it saves into, and the folder there as the call named it.
    pub(super) target: Key,
    pub(super) folder: Option<String>,
    pub(super) items: Vec<Item>,
    pub(super) at: Timestamp,
    pub(super) progress: Progress,
    pub(super) made: Made,
}

impl Savings {
    pub(super) fn by_id(&self) -> &OrdMap<Id, Arc<Saving>> {
        &self.all
    }

    pub(super) fn get(&self, id: Id) -> Option<&Arc<Saving>> {
        self.all.get(&id)
    }

    /// All of them in the order in which they were made.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Saving>> {
        self.order.values().filter_map(|id| self.all.get(id))
    }

    pub(super) fn has(&self, id: Id) -> bool {
        self.all.contains_key(&id)
    }

    /// The one that ends next, and when.
    pub(super) fn next_due(&self) -> Option<(Timestamp, Id)> {
        self.queue.next_due()
    }

    /// Makes room for one more: the oldest that is over goes. Whether there is room.
    pub(super) fn make_room(&mut self) -> bool {
        while self.all.len() >= MOST {
            let Some(known) = self.queue.oldest_over().and_then(|id| self.all.remove(&id)) else { return false };
            self.queue.remove(known.made, known.id, known.progress);
            self.order.remove(&known.made);
        }
        true
    }

    /// Adds one, or replaces the one with its id.
    pub(super) fn put(&mut self, saving: Saving) {
        if let Some(known) = self.all.get(&saving.id) {
            self.queue.remove(known.made, known.id, known.progress);
        }
        self.queue.put(saving.made, saving.id, saving.progress);
        self.order.insert(saving.made, saving.id);
        self.all.insert(saving.id, Arc::new(saving));
    }
}

impl Saving {
    /// Nothing of it is done.
    pub(super) fn fail(&mut self, at: Timestamp, code: Code) {
        self.progress = Progress::Done(at);
        self.items.iter_mut().for_each(|item| item.done = Some(Err(code)));
    }
}

impl Facts for Saving {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        Some(match name {
            "taskId" => Fact::Id(self.id),
            "userId" => Fact::Id(self.user),
            "taskType" => Fact::Whole(SAVE),
            "taskStatus" => Fact::Whole(self.progress.status(self.at, view.now)),
            "taskResultCode" => Fact::Whole(self.progress.is_done().then(|| result_of(&self.items))?),
            "progress" => Fact::Whole(self.progress.percent(self.at, view.now)),
            "createTime" | "startTime" => Fact::Text(digits(self.at).into()),
            "endTime" => Fact::Text(digits(self.progress.end()?).into()),
            "taskInfos" => Fact::Many(self.items.iter().map(|item| Box::new(item.clone()) as _).collect()),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saving(number: u64, progress: Progress) -> Saving {
        Saving {
            id: Id(number),
            user: Id(1),
            share: Id(2),
            target: "space".into(),
            folder: None,
            items: Vec::new(),
            at: Timestamp::UNIX_EPOCH,
            progress,
            made: number,
        }
    }

    #[test]
    fn the_oldest_that_are_over_make_room_and_those_under_way_stay() {
        let mut savings = Savings::default();
        let open = Progress::Polls { seen: 0, of: 1 };
        for number in 1..=1001 {
            assert!(savings.make_room());
            let progress = if number == 1 { open } else { Progress::Done(Timestamp::UNIX_EPOCH) };
            savings.put(saving(number, progress));
        }
        assert!(savings.has(Id(1)) && !savings.has(Id(2)) && savings.has(Id(1001)));
        assert_eq!((savings.all.len(), savings.order.len()), (MOST, MOST));
        for number in 3..=1001 {
            savings.put(saving(number, open));
        }
        assert!(!savings.make_room(), "nothing is over");
    }
}
