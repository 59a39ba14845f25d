//! What clients do after an error or a fault: the same call once more, or nothing.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::marks::{Marks, Trouble};
use crate::contract::OperationId;

/// The most calls whose next attempt is waited for; of the oldest it is assumed that the client gave up.
const MOST: usize = 10_000;

/// What makes calls attempts of one and the same: session, method, target and body.
pub(super) type Identity = (Arc<str>, [u8; 32]);

/// Calls that met with trouble, until they succeed.
#[derive(Debug, Default)]
pub(super) struct Aftermath {
    open: HashMap<Identity, Open>,
    /// In the order in which they first met with it.
    order: BTreeMap<u64, Identity>,
    next: u64,
}

#[derive(Debug)]
struct Open {
    place: u64,
    met: Vec<Met>,
}

/// What a call met with, and how often.
#[derive(Debug)]
struct Met {
    trouble: Trouble,
    times: u64,
    /// How many of those times it was made once more.
    retried: u64,
}

impl Aftermath {
    /// The next attempt of a call that met with trouble before.
    pub(super) fn attempt(&mut self, identity: &Identity, operation: OperationId, succeeds: bool, marks: &mut Marks) {
        let Some(open) = self.open.get_mut(identity) else { return };
        let marks = marks.operations.entry(operation).or_default();
        for met in &mut open.met {
            let shown = marks.of(&met.trouble);
            shown.retried += met.times - met.retried;
            shown.recovered += if succeeds { met.times } else { 0 };
            met.retried = met.times;
        }
        if succeeds && let Some(open) = self.open.remove(identity) {
            self.order.remove(&open.place);
        }
    }

    /// A call met with trouble.
    pub(super) fn meet(&mut self, identity: Identity, trouble: Trouble) {
        if let Some(open) = self.open.get_mut(&identity) {
            match open.met.iter_mut().find(|met| met.trouble == trouble) {
                Some(met) => met.times += 1,
                None => open.met.push(Met { trouble, times: 1, retried: 0 }),
            }
            return;
        }
        if self.open.len() >= MOST
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.open.remove(&oldest);
        }
        let place = self.next;
        self.next += 1;
        self.order.insert(place, identity.clone());
        self.open.insert(identity, Open { place, met: vec![Met { trouble, times: 1, retried: 0 }] });
    }

    /// Forgets a session.
    pub(super) fn forget(&mut self, session: &str) {
        self.open.retain(|(name, _), _| **name != *session);
        self.order.retain(|_, (name, _)| **name != *session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::marks::Shown;

    fn identity(number: u64) -> Identity {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.to_le_bytes());
        ("s".into(), digest)
    }

    #[test]
    fn what_follows_is_an_attempt_until_one_succeeds() {
        let (mut aftermath, mut marks, operation) =
            (Aftermath::default(), Marks::default(), OperationId::from_index(0));
        let error = || Trouble::Error("1".to_owned());
        aftermath.meet(identity(1), error());
        aftermath.attempt(&identity(2), operation, true, &mut marks);
        assert!(marks.operations.is_empty());
        aftermath.attempt(&identity(1), operation, false, &mut marks);
        aftermath.meet(identity(1), error());
        aftermath.meet(identity(1), Trouble::Fault("reset"));
        aftermath.attempt(&identity(1), operation, true, &mut marks);
        // It is over: the next call is a new one.
        aftermath.attempt(&identity(1), operation, true, &mut marks);
        let marks = &marks.operations[&operation];
        assert_eq!(marks.errors["1"], Shown { times: 0, retried: 2, recovered: 2 });
        assert_eq!(marks.faults["reset"], Shown { times: 0, retried: 1, recovered: 1 });
    }

    #[test]
    fn the_oldest_calls_are_given_up_where_there_are_too_many() {
        let (mut aftermath, mut marks, operation) =
            (Aftermath::default(), Marks::default(), OperationId::from_index(0));
        (0..3 * MOST as u64).for_each(|number| aftermath.meet(identity(number), Trouble::Fault("reset")));
        assert_eq!((aftermath.open.len(), aftermath.order.len()), (MOST, MOST));
        aftermath.attempt(&identity(0), operation, true, &mut marks);
        assert!(marks.operations.is_empty());
        aftermath.attempt(&identity(3 * MOST as u64 - 1), operation, true, &mut marks);
        assert_eq!(marks.operations[&operation].faults["reset"].recovered, 1);
        aftermath.forget("s");
        assert!(aftermath.open.is_empty() && aftermath.order.is_empty());
    }
}
