//! What users are told.

use std::{ops::RangeInclusive, sync::Arc};

use imbl::{OrdMap, OrdSet};
use jiff::Timestamp;

use super::{
    Made,
    fact::{Fact, Facts, View},
    ids::Id,
    scene::Scene,
};

/// The most messages of a user; beyond it the oldest go.
const MOST: usize = 1000;

/// The messages of all users.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Inbox {
    all: OrdMap<Id, Arc<Message>>,
    /// Behind whom they are for.
    of: OrdSet<(Id, Made, Id)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message {
    pub(super) id: Id,
    pub(super) to: Id,
    /// The name of whoever caused it: it outlives its user.
    pub(super) sender: String,
    pub(super) topic: Topic,
    pub(super) text: String,
    pub(super) is_read: bool,
    pub(super) at: Timestamp,
    pub(super) made: Made,
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Sharing,
    Team,
    System,
}

impl Topic {
    pub(super) const ALL: [Self; 3] = [Self::Sharing, Self::Team, Self::System];

    /// The vendor's number.
    pub(super) fn number(self) -> &'static str {
        match self {
            Self::Sharing => "000",
            Self::Team => "001",
            Self::System => "002",
        }
    }
}

impl Inbox {
    pub(super) fn has(&self, id: Id) -> bool {
        self.all.contains_key(&id)
    }

    /// Whoever was told something.
    pub(super) fn receivers(&self) -> impl Iterator<Item = Id> {
        self.of.iter().map(|(user, _, _)| *user)
    }

    /// All messages, behind whom they are for.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.of.iter().filter_map(|(_, _, id)| self.all.get(id))
    }

    /// The message of a user.
    pub(super) fn get(&self, user: Id, id: Id) -> Option<&Arc<Message>> {
        self.all.get(&id).filter(|message| message.to == user)
    }

    /// The messages of a user that came in a range, in the order in which they came.
    pub(super) fn of(&self, user: Id, made: RangeInclusive<Made>) -> impl DoubleEndedIterator<Item = &Arc<Message>> {
        let behind = self.of.range((user, *made.start(), Id::NONE)..=(user, *made.end(), Id(u64::MAX)));
        behind.filter_map(|(_, _, id)| self.all.get(id))
    }

    /// All messages of a user.
    pub(super) fn all_of(&self, user: Id) -> impl DoubleEndedIterator<Item = &Arc<Message>> {
        self.of(user, 0..=Made::MAX)
    }

    /// Adds a message.
    pub(super) fn put(&mut self, message: Message) {
        let user = message.to;
        self.of.insert((user, message.made, message.id));
        self.all.insert(message.id, Arc::new(message));
        if self.all_of(user).count() > MOST {
            let oldest = self.all_of(user).next().map(|message| message.id);
            if let Some(oldest) = oldest {
                self.remove(user, oldest);
            }
        }
    }

    /// Marks a message of a user as read; whether that changes anything.
    pub(super) fn read(&mut self, user: Id, id: Id) -> bool {
        let is_unread = self.get(user, id).is_some_and(|message| !message.is_read);
        if let Some(message) = self.all.get_mut(&id).filter(|_| is_unread) {
            Arc::make_mut(message).is_read = true;
        }
        is_unread
    }

    /// Forgets a message of a user; whether there was one.
    pub(super) fn remove(&mut self, user: Id, id: Id) -> bool {
        let Some(known) = self.get(user, id).cloned() else { return false };
        self.of.remove(&(user, known.made, id));
        self.all.remove(&id);
        true
    }

    /// Forgets the messages of a user who is gone.
    pub(super) fn forget(&mut self, user: Id) {
        let all: Vec<Id> = self.all_of(user).map(|message| message.id).collect();
        for id in all {
            self.remove(user, id);
        }
    }
}

impl Scene<'_> {
    /// Sends somebody a message.
    pub(super) fn tell(&mut self, to: Id, topic: Topic, text: String) {
        let id = self.new_id("message");
        let sender = if topic == Topic::System { "system".to_owned() } else { self.me.name.clone() };
        let (at, made) = (self.now, self.world.next());
        self.world.inbox_mut().put(Message { id, to, sender, topic, text, is_read: false, at, made });
    }
}

impl Facts for Message {
    fn fact<'f>(&'f self, name: &str, _: &'f View<'_>) -> Option<Fact<'f>> {
        Some(match name {
            "id" => Fact::Id(self.id),
            "sender" => Fact::text(&self.sender),
            "type" => Fact::text(self.topic.number()),
            "context" => Fact::text(&self.text),
            "state" => Fact::Whole(i64::from(self.is_read)),
            "createTime" => Fact::Time(self.at),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(number: u64) -> Message {
        Message {
            id: Id(number),
            to: Id(1),
            sender: "Lin".to_owned(),
            topic: Topic::Team,
            text: String::new(),
            is_read: false,
            at: Timestamp::UNIX_EPOCH,
            made: number,
        }
    }

    #[test]
    fn the_oldest_messages_make_room() {
        let mut inbox = Inbox::default();
        for number in 1..=1002 {
            inbox.put(message(number));
        }
        assert_eq!(inbox.all_of(Id(1)).count(), MOST);
        assert_eq!(inbox.all_of(Id(1)).next().unwrap().id, Id(3));
        assert!(!inbox.has(Id(2)));
    }

    #[test]
    fn a_message_is_its_receivers_alone() {
        let mut inbox = Inbox::default();
        inbox.put(message(7));
        assert!(!inbox.read(Id(2), Id(7)) && !inbox.remove(Id(2), Id(7)));
        assert!(inbox.read(Id(1), Id(7)) && !inbox.read(Id(1), Id(7)));
        inbox.forget(Id(1));
        assert!(inbox.all.is_empty() && inbox.of.is_empty());
    }
}
