//! What moves on a connection, and the one watchdog that looks at all of them. A timer for each request would cost more than the
//! request.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::Poll,
    time::{Duration, Instant},
};

use atomic_waker::AtomicWaker;
use tokio::sync::watch;

use super::{Limits, slot::Slot};
use crate::fault::Pace;

/// What moves on a connection. Written by the socket and the service, read by the watchdog.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// Requests whose answer is not completely handed over yet.
    pub(super) open: AtomicUsize,
    /// Requests so far.
    pub(super) requests: AtomicU64,
    /// Bytes that came since the last request was complete: above 0, a head has begun.
    pub(super) unread: AtomicU64,
    /// Bytes that came or went so far.
    pub(super) moved: AtomicU64,
    /// The client does not take what we send.
    pub(super) blocked: AtomicBool,
    /// A body is waited for.
    pub(super) awaits_body: AtomicBool,
    /// HTTP/2 answers under way that drip. Flow control holds them back before the socket does, so that it is never blocked.
    pub(super) dripping: AtomicUsize,
    /// It speaks HTTP/2, where bytes may come that belong to no request.
    pub(super) http2: AtomicBool,
    /// A script that waits to be played on the wire.
    pub(super) slot: Slot,
    order: AtomicU8,
    /// Wakes the connection for its order.
    pub(super) waker: AtomicWaker,
}

/// What the watchdog tells a connection to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    /// Finish what is under way, then close.
    Finish = 1,
    /// Stop waiting for the body, and answer.
    GiveUpBody = 2,
    /// Close at once.
    Drop = 3,
}

impl Activity {
    /// Gives an order and wakes the connection.
    pub(super) fn give(&self, order: Order) {
        self.order.fetch_max(order as u8, Relaxed);
        self.waker.wake();
    }

    /// Notes the result of a write to the socket.
    pub(super) fn wrote(&self, result: &Poll<io::Result<usize>>) {
        match result {
            Poll::Pending => self.blocked.store(true, Relaxed),
            Poll::Ready(Ok(written)) => {
                self.blocked.store(false, Relaxed);
                self.moved.fetch_add(*written as u64, Relaxed);
            }
            Poll::Ready(Err(_)) => {}
        }
    }

    /// The order that was given.
    pub(super) fn order(&self) -> Option<Order> {
        match self.order.load(Relaxed) {
            0 => None,
            1 => Some(Order::Finish),
            2 => Some(Order::GiveUpBody),
            _ => Some(Order::Drop),
        }
    }
}

/// All connections of a server.
#[derive(Debug, Default)]
pub(super) struct Connections {
    known: Mutex<Known>,
    stopping: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Known {
    next: u64,
    stopping: bool,
    activities: HashMap<u64, Arc<Activity>>,
}

impl Connections {
    /// Notes a new connection.
    pub(super) fn add(&self) -> (u64, Arc<Activity>) {
        let mut known = self.lock();
        let activity = Arc::new(Activity::default());
        if known.stopping {
            activity.give(Order::Finish);
        }
        let id = known.next;
        known.next += 1;
        known.activities.insert(id, Arc::clone(&activity));
        (id, activity)
    }

    /// Forgets a connection.
    pub(super) fn remove(&self, id: u64) {
        self.lock().activities.remove(&id);
    }

    /// Tells all connections, and those to come, to finish.
    pub(super) fn finish(&self) {
        let mut known = self.lock();
        known.stopping = true;
        known.activities.values().for_each(|activity| activity.give(Order::Finish));
        self.stopping.send_replace(true);
    }

    /// Waits until the server is told to stop.
    pub(super) fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopping = self.stopping.subscribe();
        async move {
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }

    /// Looks at every connection again and again. Never ends.
    pub(super) async fn watch(&self, limits: &Limits) {
        let shortest = limits.head_time.min(limits.idle_time).min(limits.body_time);
        let period = (shortest / 4).clamp(Duration::from_millis(5), Duration::from_secs(2));
        let mut tick = tokio::time::interval(period);
        let mut seen: HashMap<u64, Watched> = HashMap::new();
        loop {
            tick.tick().await;
            let now = Instant::now();
            let known = self.lock();
            seen.retain(|id, _| known.activities.contains_key(id));
            for (id, activity) in &known.activities {
                let watched = seen.entry(*id).or_insert_with(|| Watched::new(now));
                if let Some((order, reason)) = watched.look(activity, limits, now) {
                    tracing::info!("a connection is told to {order:?}: {reason}");
                    activity.give(order);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the watchdog remembers of a connection.
struct Watched {
    requests: u64,
    moved: u64,
    /// Since when neither changed.
    still_since: Instant,
    /// Since when a head is coming.
    head_since: Option<Instant>,
    /// Since when it has been told to finish.
    told_since: Option<Instant>,
}

impl Watched {
    fn new(now: Instant) -> Self {
        Self { requests: 0, moved: 0, still_since: now, head_since: None, told_since: None }
    }

    fn look(&mut self, activity: &Activity, limits: &Limits, now: Instant) -> Option<(Order, &'static str)> {
        let requests = activity.requests.load(Relaxed);
        let moved = activity.moved.load(Relaxed);
        let open = activity.open.load(Relaxed) > 0;
        let head = !open && activity.unread.load(Relaxed) > 0 && !activity.http2.load(Relaxed);
        // A head has its time from its first byte, however busily its bytes trickle in.
        if head && requests == self.requests {
            let since = *self.head_since.get_or_insert(now);
            if now.duration_since(since) >= limits.head_time {
                return Some((Order::Drop, "the head of a request did not come to its end in time"));
            }
        } else {
            self.head_since = None;
        }
        if requests != self.requests || moved != self.moved {
            (self.requests, self.moved, self.still_since) = (requests, moved, now);
            return None;
        }
        // An HTTP/2 client may ignore that it was told to go.
        if let Some(told) = self.told_since.filter(|_| !open) {
            let late = now.duration_since(told) >= limits.head_time;
            return late.then_some((Order::Drop, "it was told to finish and did not"));
        }
        let still = now.duration_since(self.still_since);
        if activity.blocked.load(Relaxed) {
            return (still >= limits.idle_time).then_some((Order::Drop, "the client does not read its answer"));
        }
        if activity.awaits_body.load(Relaxed) {
            return (still >= limits.body_time).then_some((Order::GiveUpBody, "the body stopped coming"));
        }
        if activity.dripping.load(Relaxed) > 0 && still >= limits.idle_time.saturating_add(Pace::LONGEST_PAUSE) {
            return Some((Order::Drop, "the client does not read its answer"));
        }
        // A long delay is the script's business.
        if open || still < limits.idle_time {
            return None;
        }
        self.told_since = Some(now);
        Some((Order::Finish, "nothing is under way"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixture {
        watched: Watched,
        activity: Activity,
        limits: Limits,
        start: Instant,
    }

    impl Fixture {
        fn new() -> Self {
            let limits = Limits {
                head_time: Duration::from_secs(10),
                body_time: Duration::from_secs(30),
                idle_time: Duration::from_secs(60),
                ..Limits::default()
            };
            let start = Instant::now();
            Self { watched: Watched::new(start), activity: Activity::default(), limits, start }
        }

        fn at(&mut self, seconds: u64) -> Option<Order> {
            let now = self.start + Duration::from_secs(seconds);
            self.watched.look(&self.activity, &self.limits, now).map(|(order, _)| order)
        }
    }

    #[test]
    fn a_head_that_trickles_in_is_dropped_however_busy_it_is() {
        let mut connection = Fixture::new();
        for second in 0..10 {
            connection.activity.unread.fetch_add(1, Relaxed);
            connection.activity.moved.fetch_add(1, Relaxed);
            assert_eq!(connection.at(second), None);
        }
        assert_eq!(connection.at(10), Some(Order::Drop));
    }

    #[test]
    fn a_quiet_connection_finishes_and_a_long_delay_is_left_alone() {
        let mut connection = Fixture::new();
        assert_eq!(connection.at(59), None);
        assert_eq!(connection.at(60), Some(Order::Finish));
        let mut connection = Fixture::new();
        connection.activity.open.store(1, Relaxed);
        assert_eq!(connection.at(600), None);
    }

    #[test]
    fn a_client_that_ignores_that_it_was_told_to_go_is_dropped() {
        let mut connection = Fixture::new();
        assert_eq!(connection.at(60), Some(Order::Finish));
        assert_eq!(connection.at(69), None);
        assert_eq!(connection.at(70), Some(Order::Drop));
    }

    #[test]
    fn an_answer_that_nobody_reads_is_given_up() {
        let mut connection = Fixture::new();
        connection.activity.blocked.store(true, Relaxed);
        assert_eq!(connection.at(59), None);
        assert_eq!(connection.at(60), Some(Order::Drop));
    }

    #[test]
    fn a_dripping_answer_that_nobody_reads_is_given_up() {
        let mut connection = Fixture::new();
        connection.activity.open.store(1, Relaxed);
        connection.activity.dripping.store(1, Relaxed);
        assert_eq!(connection.at(60), None);
        assert_eq!(connection.at(61), Some(Order::Drop));
    }

    #[test]
    fn a_body_that_stops_coming_is_given_up_but_answered() {
        let mut connection = Fixture::new();
        connection.activity.open.store(1, Relaxed);
        connection.activity.awaits_body.store(true, Relaxed);
        connection.activity.moved.store(7, Relaxed);
        assert_eq!(connection.at(29), None);
        assert_eq!(connection.at(58), None);
        assert_eq!(connection.at(59), Some(Order::GiveUpBody));
    }

    #[test]
    fn an_order_is_not_taken_back_by_a_milder_one() {
        let activity = Activity::default();
        activity.give(Order::Drop);
        activity.give(Order::Finish);
        assert_eq!(activity.order(), Some(Order::Drop));
    }
}
