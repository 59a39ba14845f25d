//! All connections of a server: who is there, and orders to all of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::{
    activity::{Activity, Order},
    shared::Shared,
};

/// The connections that are open.
#[derive(Debug, Default)]
pub(super) struct Connections {
    known: Mutex<Known>,
    stopping: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Known {
    /// How many there were so far.
    accepted: u64,
    stopping: bool,
    activities: HashMap<u64, Arc<Activity>>,
}

/// So many are no crowd.
const FEW: usize = 256;

/// A connection in the list. It leaves the list when it is dropped.
pub(super) struct Member {
    /// From 1, in the order in which connections were accepted.
    pub(super) number: u64,
    pub(super) activity: Arc<Activity>,
    pub(super) shared: Arc<Shared>,
}

impl Member {
    /// Lists a connection that was accepted now.
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        let activity = Arc::new(Activity::default());
        let number = shared.connections.add(Arc::clone(&activity));
        Self { number, activity, shared: Arc::clone(shared) }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let activities = &mut self.shared.connections.lock().activities;
        activities.remove(&self.number);
        // What a crowd needed is given back: at the end of a heap it would keep everything below it.
        if activities.capacity() > FEW.max(4 * activities.len()) {
            activities.shrink_to(2 * activities.len());
        }
    }
}

impl Connections {
    fn add(&self, activity: Arc<Activity>) -> u64 {
        let mut known = self.lock();
        if known.stopping {
            activity.give(Order::Finish);
        }
        known.accepted += 1;
        let number = known.accepted;
        known.activities.insert(number, activity);
        number
    }

    /// Tells all connections, and those to come, to finish.
    pub(super) fn finish(&self) {
        let mut known = self.lock();
        known.stopping = true;
        known.activities.values().for_each(|activity| activity.give(Order::Finish));
        self.stopping.send_replace(true);
    }

    /// Whether they were told to finish, for answers that would not end by themselves.
    pub(super) fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Tells all connections to close at once.
    pub(super) fn cut_off(&self) {
        self.each(|_, activity| activity.give(Order::Drop));
    }

    /// Looks at each connection that is open, in no order.
    pub(super) fn each(&self, mut look: impl FnMut(u64, &Activity)) {
        self.lock().activities.iter().for_each(|(number, activity)| look(*number, activity));
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
