//! What readers of shares saved into spaces of their own.

use std::sync::Arc;

use imbl::OrdMap;
use jiff::Timestamp;

use super::{
    Made,
    fact::{Fact, Facts, View},
    ids::Id,
    jobs::{COMPLETED, Item, digits, result_of},
};

/// The most that are remembered; beyond it the oldest go.
const MOST: usize = 1000;

/// The vendor's number for saving what is shared.
const SAVE: i64 = 2;

/// All of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Savings {
    all: OrdMap<Id, Arc<Saving>>,
    order: OrdMap<Made, Id>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Saving {
    pub(super) id: Id,
    pub(super) user: Id,
    pub(super) share: Id,
    pub(super) items: Vec<Item>,
    pub(super) at: Timestamp,
    pub(super) made: Made,
}

impl Savings {
    pub(super) fn by_id(&self) -> &OrdMap<Id, Arc<Saving>> {
        &self.all
    }

    pub(super) fn get(&self, id: Id) -> Option<&Arc<Saving>> {
        self.all.get(&id)
    }

    pub(super) fn has(&self, id: Id) -> bool {
        self.all.contains_key(&id)
    }

    pub(super) fn add(&mut self, saving: Saving) {
        self.order.insert(saving.made, saving.id);
        self.all.insert(saving.id, Arc::new(saving));
        if self.all.len() > MOST
            && let (Some(oldest), order) = self.order.without_min()
        {
            self.order = order;
            self.all.remove(&oldest);
        }
    }
}

impl Facts for Saving {
    fn fact<'f>(&'f self, name: &str, _: &'f View<'_>) -> Option<Fact<'f>> {
        Some(match name {
            "taskId" => Fact::Id(self.id),
            "userId" => Fact::Id(self.user),
            "taskType" => Fact::Whole(SAVE),
            "taskStatus" => Fact::Whole(COMPLETED),
            "taskResultCode" => Fact::Whole(result_of(&self.items)),
            "progress" => Fact::Whole(100),
            "createTime" | "startTime" | "endTime" => Fact::Text(digits(self.at).into()),
            "taskInfos" => Fact::Many(self.items.iter().map(|item| Box::new(item.clone()) as _).collect()),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_when_there_are_many() {
        let mut savings = Savings::default();
        for number in 1..=1001 {
            let (id, at) = (Id(number), Timestamp::UNIX_EPOCH);
            savings.add(Saving { id, user: Id(1), share: Id(2), items: Vec::new(), at, made: number });
        }
        assert!(!savings.has(Id(1)) && savings.has(Id(2)) && savings.has(Id(1001)));
        assert_eq!(savings.order.len(), MOST);
    }
}
