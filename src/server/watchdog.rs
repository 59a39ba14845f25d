//! The one watchdog that looks at all connections. A timer for each request would cost more than the request.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

use super::{
    Limits,
    activity::{Activity, Order},
    connections::Connections,
};

/// Looks at every connection again and again, and gives orders. Never ends.
pub(super) async fn watch(connections: &Connections, limits: &Limits) -> Infallible {
    let shortest = limits.head_time.min(limits.idle_time).min(limits.body_time);
    let period = (shortest / 4).clamp(Duration::from_millis(5), Duration::from_secs(2));
    let mut tick = tokio::time::interval(period);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut seen: HashMap<u64, Watched> = HashMap::new();
    loop {
        tick.tick().await;
        let now = Instant::now();
        let mut before = std::mem::take(&mut seen);
        let mut given = Vec::new();
        connections.each(|number, activity| {
            let mut watched = before.remove(&number).unwrap_or_else(|| Watched::new(now));
            if let Some((order, reason)) = watched.look(activity, limits, now) {
                activity.give(order);
                given.push((number, order, reason));
            }
            seen.insert(number, watched);
        });
        for (number, order, reason) in given {
            tracing::info!("connection {number} is told to {order:?}: {reason}");
        }
    }
}

/// What the watchdog remembers of a connection.
struct Watched {
    /// Requests, and since when there is none under way and no new one.
    requests: u64,
    idle_since: Instant,
    /// Bytes that came, and since when none did.
    came: u64,
    came_since: Instant,
    /// Bytes that went, and since when none did.
    went: u64,
    went_since: Instant,
    /// Since when a head is coming.
    head_since: Option<Instant>,
    /// Since when it has been told to finish.
    told_since: Option<Instant>,
}

impl Watched {
    fn new(now: Instant) -> Self {
        Self {
            requests: 0,
            idle_since: now,
            came: 0,
            came_since: now,
            went: 0,
            went_since: now,
            head_since: None,
            told_since: None,
        }
    }

    fn look(&mut self, activity: &Activity, limits: &Limits, now: Instant) -> Option<(Order, &'static str)> {
        let open = activity.open.load(Relaxed) > 0;
        let http2 = activity.http2.load(Relaxed);
        let requested = changed(&mut self.requests, activity.requests.load(Relaxed));
        let came = changed(&mut self.came, activity.came.load(Relaxed));
        let went = changed(&mut self.went, activity.went.load(Relaxed));
        // A head has its time from its first byte, however busily its bytes trickle in.
        if !open && !http2 && !requested && activity.unread.load(Relaxed) > 0 {
            let since = *self.head_since.get_or_insert(now);
            if now.duration_since(since) >= limits.head_time {
                return Some((Order::Drop, "the head of a request did not come to its end in time"));
            }
        } else {
            self.head_since = None;
        }
        if came {
            self.came_since = now;
        }
        if went {
            self.went_since = now;
        }
        // On HTTP/2 bytes may come and go that belong to no request; they keep no connection open.
        if open || requested || (!http2 && (came || went)) {
            self.idle_since = now;
        }
        if activity.blocked.load(Relaxed) {
            let still = now.duration_since(self.went_since);
            return (still >= limits.idle_time).then_some((Order::Drop, "the client does not read its answer"));
        }
        if activity.awaits_body.load(Relaxed) {
            let still = now.duration_since(self.came_since);
            return (still >= limits.body_time).then_some((Order::GiveUpBody, "the body stopped coming"));
        }
        // A long delay is the script's business.
        if open {
            return None;
        }
        // An HTTP/2 client may ignore that it was told to go.
        if let Some(told) = self.told_since {
            let late = now.duration_since(told) >= limits.head_time;
            return late.then_some((Order::Drop, "it was told to finish and did not"));
        }
        if now.duration_since(self.idle_since) < limits.idle_time {
            return None;
        }
        self.told_since = Some(now);
        Some((Order::Finish, "nothing is under way"))
    }
}

/// Whether a counter has moved since the last look, which this one replaces.
fn changed(known: &mut u64, now: u64) -> bool {
    std::mem::replace(known, now) != now
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
            connection.activity.read(1);
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
        connection.activity.begin_request();
        assert_eq!(connection.at(600), None);
    }

    #[test]
    fn an_http_2_connection_that_only_pings_finishes_and_is_dropped_if_it_does_not() {
        let mut connection = Fixture::new();
        connection.activity.http2.store(true, Relaxed);
        let mut told = Vec::new();
        for second in 0..=70 {
            connection.activity.read(17);
            connection.activity.wrote(17);
            told.extend(connection.at(second).map(|order| (second, order)));
        }
        assert_eq!(told, [(60, Order::Finish), (70, Order::Drop)]);
    }

    #[test]
    fn a_client_that_ignores_that_it_was_told_to_go_is_dropped() {
        let mut connection = Fixture::new();
        assert_eq!(connection.at(60), Some(Order::Finish));
        assert_eq!(connection.at(69), None);
        assert_eq!(connection.at(70), Some(Order::Drop));
    }

    #[test]
    fn an_answer_that_nobody_reads_is_given_up_whatever_the_client_sends() {
        let mut connection = Fixture::new();
        connection.activity.begin_request();
        connection.activity.blocked.store(true, Relaxed);
        for second in 0..60 {
            connection.activity.read(17);
            assert_eq!(connection.at(second), None);
        }
        assert_eq!(connection.at(60), Some(Order::Drop));
    }

    #[test]
    fn a_body_that_stops_coming_is_given_up_but_answered() {
        let mut connection = Fixture::new();
        connection.activity.begin_request();
        connection.activity.awaits_body.store(true, Relaxed);
        connection.activity.read(7);
        assert_eq!(connection.at(29), None);
        assert_eq!(connection.at(58), None);
        assert_eq!(connection.at(59), Some(Order::GiveUpBody));
    }
}
