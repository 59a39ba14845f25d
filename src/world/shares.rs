//! All shares, found by id, by sharer, by reader and by file.

use std::{ops::RangeInclusive, sync::Arc};

use imbl::{OrdMap, OrdSet};
use jiff::{SignedDuration, Timestamp};

use super::{
    Made,
    drive::{Key, Node},
    ids::Id,
    share::{Reader, Share},
};

/// How long a share that wants a code stays open for somebody who knew it. Published nowhere.
const UNLOCKED: SignedDuration = SignedDuration::from_mins(20);

/// All shares.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Shares {
    all: OrdMap<Id, Arc<Share>>,
    /// Behind their sharer.
    of: OrdSet<(Id, Made, Id)>,
    /// Behind each of those they are for.
    readers: OrdSet<(Reader, Made, Id)>,
    /// Behind each of their files.
    files: OrdSet<(Key, Id)>,
    /// Until when those who knew the code of a share may open it.
    tokens: OrdMap<(Id, Arc<str>), Timestamp>,
}

impl Shares {
    /// How many shares there are, and what opens them.
    pub(super) fn entries(&self) -> usize {
        self.all.len() + self.tokens.len()
    }

    pub(super) fn by_id(&self) -> &OrdMap<Id, Arc<Share>> {
        &self.all
    }

    pub(super) fn get(&self, id: Id) -> Option<&Arc<Share>> {
        self.all.get(&id)
    }

    /// The one with a short code, which is the number behind its id.
    pub(super) fn of_code(&self, code: &str) -> Option<&Arc<Share>> {
        self.get(Id(code.parse::<u64>().ok()?.checked_sub(1)?))
    }

    /// Whether an id is one of a share or of a link to one.
    pub(super) fn has(&self, id: Id) -> bool {
        self.all.contains_key(&id) || self.all.contains_key(&Id(id.0.saturating_sub(1)))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Share>> {
        self.all.values()
    }

    /// Those with a higher id than this.
    pub(super) fn after(&self, id: Id) -> impl Iterator<Item = &Arc<Share>> {
        self.all.range(Id(id.0.saturating_add(1))..).map(|(_, share)| share)
    }

    /// Whether a file is in any of them.
    pub(super) fn has_file(&self, file: &Key) -> bool {
        let first = (Arc::clone(file), Id::NONE);
        self.files.range(first..=(Arc::clone(file), Id(u64::MAX))).next().is_some()
    }

    /// What is wrong with the indexes.
    pub(super) fn check(&self) -> Option<String> {
        let mut right = Self { all: self.all.clone(), ..Self::default() };
        for share in self.all.values() {
            right.put(Share::clone(share));
        }
        let same = right.of == self.of && right.readers == self.readers && right.files == self.files;
        let opens_nothing = self.tokens.keys().any(|(id, _)| !self.all.contains_key(id));
        (!same || opens_nothing).then(|| "shares are not where their lists have them".to_owned())
    }

    /// Those of a sharer that were made in a range.
    pub(super) fn of(&self, owner: Id, made: RangeInclusive<Made>) -> impl DoubleEndedIterator<Item = &Arc<Share>> {
        let behind = self.of.range((owner, *made.start(), Id::NONE)..=(owner, *made.end(), Id(u64::MAX)));
        behind.filter_map(|(_, _, id)| self.all.get(id))
    }

    /// Those for a reader that were made in a range.
    pub(super) fn read_by(&self, reader: Reader, made: RangeInclusive<Made>) -> impl Iterator<Item = &Arc<Share>> {
        let behind = self.readers.range((reader, *made.start(), Id::NONE)..=(reader, *made.end(), Id(u64::MAX)));
        behind.filter_map(|(_, _, id)| self.all.get(id))
    }

    /// Adds a share, or replaces the one with its id.
    pub(super) fn put(&mut self, share: Share) {
        if let Some(known) = self.all.get(&share.id).cloned() {
            self.unlist(&known);
        }
        self.of.insert((share.owner, share.made, share.id));
        for reader in &share.readers {
            self.readers.insert((*reader, share.made, share.id));
        }
        for file in &share.files {
            self.files.insert((Arc::clone(file), share.id));
        }
        self.all.insert(share.id, Arc::new(share));
    }

    fn unlist(&mut self, share: &Share) {
        self.of.remove(&(share.owner, share.made, share.id));
        for reader in &share.readers {
            self.readers.remove(&(*reader, share.made, share.id));
        }
        for file in &share.files {
            self.files.remove(&(Arc::clone(file), share.id));
        }
    }

    /// Works on one.
    pub(super) fn change(&mut self, id: Id, change: impl FnOnce(&mut Share)) {
        if let Some(share) = self.all.get(&id) {
            let mut share = Share::clone(share);
            change(&mut share);
            self.put(share);
        }
    }

    /// Forgets one, and all that opens it.
    pub(super) fn remove(&mut self, id: Id) {
        if let Some(known) = self.all.remove(&id) {
            self.unlist(&known);
        }
        self.lock(id, Timestamp::MAX);
    }

    /// Forgets a file that was erased. A share of nothing is left: it says so.
    pub(super) fn erased(&mut self, node: &Node) {
        let first = (Arc::clone(&node.id), Id::NONE);
        let behind = self.files.range(first..=(Arc::clone(&node.id), Id(u64::MAX)));
        let shares: Vec<Id> = behind.map(|(_, share)| *share).collect();
        for id in shares {
            self.change(id, |share| {
                share.files.retain(|file| *file != node.id);
                if share.files.is_empty() {
                    share.name = Arc::clone(&node.name);
                }
            });
        }
    }

    /// Forgets a reader who is gone.
    pub(super) fn forget(&mut self, reader: Reader) {
        let is_touched = |share: &&Arc<Share>| {
            share.readers.contains(&reader) || matches!(reader, Reader::User(user) if share.left.contains(&user))
        };
        let shares: Vec<Id> = self.all.values().filter(is_touched).map(|share| share.id).collect();
        for id in shares {
            self.change(id, |share| {
                share.readers.retain(|known| *known != reader);
                if let Reader::User(user) = reader {
                    share.left.remove(&user);
                }
            });
        }
    }

    /// Lets whoever has a token open a share for a while.
    pub(super) fn unlock(&mut self, id: Id, token: &str, now: Timestamp) {
        self.lock(id, now);
        self.tokens.insert((id, token.into()), now.checked_add(UNLOCKED).unwrap_or(Timestamp::MAX));
    }

    /// Whether a token opens a share.
    pub(super) fn is_unlocked(&self, id: Id, token: &str, now: Timestamp) -> bool {
        self.tokens.get(&(id, token.into())).is_some_and(|until| now < *until)
    }

    /// What opens a share, and until when.
    pub(super) fn tokens_of(&self, id: Id) -> impl Iterator<Item = (&str, Timestamp)> {
        let behind = self.tokens.range((id, Arc::from(""))..(Id(id.0.saturating_add(1)), Arc::from("")));
        behind.map(|((_, token), until)| (&**token, *until))
    }

    /// Notes what opens a share.
    pub(super) fn put_token(&mut self, id: Id, token: &str, until: Timestamp) {
        self.tokens.insert((id, token.into()), until);
    }

    /// Forgets the tokens of a share that are over by then.
    fn lock(&mut self, id: Id, now: Timestamp) {
        let behind = self.tokens.range((id, Arc::from(""))..(Id(id.0.saturating_add(1)), Arc::from("")));
        let over: Vec<_> = behind.filter(|(_, until)| **until <= now).map(|(key, _)| key.clone()).collect();
        for key in over {
            self.tokens.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::share::{Permission, Scope};

    /// A share of two files for a user and a group.
    fn share(id: u64) -> Share {
        Share {
            id: Id(id),
            owner: Id(1),
            space: "space".into(),
            files: vec!["a".into(), "b".into()],
            name: "a.txt".into(),
            is_many: true,
            scope: Scope::Readers,
            readers: vec![Reader::User(Id(2)), Reader::Group(Id(3))],
            phones: Vec::new(),
            permission: Permission::default(),
            code: None,
            comment: None,
            created: Timestamp::UNIX_EPOCH,
            updated: Timestamp::UNIX_EPOCH,
            until: Timestamp::MAX,
            days: 7,
            views: 0,
            downloads: 0,
            saves: 0,
            left: OrdSet::unit(Id(2)),
            made: id,
        }
    }

    #[test]
    fn a_code_opens_a_share_for_twenty_minutes() {
        let mut shares = Shares::default();
        shares.put(share(10));
        shares.unlock(Id(10), "t", Timestamp::UNIX_EPOCH);
        let after = |minutes| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        assert!(shares.is_unlocked(Id(10), "t", after(19)));
        assert!(!shares.is_unlocked(Id(10), "t", after(20)));
        assert!(!shares.is_unlocked(Id(11), "t", after(0)));
        shares.unlock(Id(10), "u", after(20));
        assert_eq!(shares.tokens.len(), 1, "a token that is over is forgotten");
        shares.remove(Id(10));
        assert!(shares.tokens.is_empty() && !shares.has(Id(10)));
    }

    #[test]
    fn whoever_is_gone_is_in_no_share_and_in_no_index() {
        let mut shares = Shares::default();
        shares.put(share(10));
        shares.forget(Reader::User(Id(2)));
        shares.forget(Reader::Group(Id(3)));
        let known = shares.get(Id(10)).unwrap();
        assert!(known.readers.is_empty() && known.left.is_empty());
        assert!(shares.readers.is_empty());
        shares.remove(Id(10));
        assert!(shares.all.is_empty() && shares.of.is_empty() && shares.files.is_empty());
    }

    #[test]
    fn a_short_code_is_the_number_behind_the_id() {
        let mut shares = Shares::default();
        shares.put(share(10));
        assert_eq!(shares.of_code("11").unwrap().id, Id(10));
        assert!(shares.of_code("10").is_none() && shares.of_code("0").is_none() && shares.of_code("x").is_none());
        assert!(shares.has(Id(10)) && shares.has(Id(11)) && !shares.has(Id(12)));
    }
}
