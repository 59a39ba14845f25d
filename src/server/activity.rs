//! What moves on a connection. Its counters are plain words that the socket and the requests write and the watchdog reads.

use std::{
    future::poll_fn,
    sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed},
    task::Poll,
};

use atomic_waker::AtomicWaker;

use super::answering::Answering;

/// What moves on a connection.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// Requests whose answer is not completely handed over yet.
    pub(super) open: AtomicUsize,
    /// Requests so far.
    pub(super) requests: AtomicU64,
    /// Bytes that came since the last request was complete: above 0, a head has begun.
    pub(super) unread: AtomicU64,
    /// Bytes that came so far.
    pub(super) came: AtomicU64,
    /// Bytes that went so far.
    pub(super) went: AtomicU64,
    /// The client does not take what we send.
    pub(super) blocked: AtomicBool,
    /// A body is waited for.
    pub(super) awaits_body: AtomicBool,
    /// It speaks HTTP/2, where bytes may come that belong to no request.
    pub(super) http2: AtomicBool,
    /// Whose answer is being written, on HTTP/1.
    pub(super) answering: Answering,
    order: AtomicU8,
    /// Wakes the connection for its order.
    pub(super) waker: AtomicWaker,
}

/// What a connection is told to do.
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

    /// The order that was given.
    pub(super) fn order(&self) -> Option<Order> {
        match self.order.load(Relaxed) {
            0 => None,
            1 => Some(Order::Finish),
            2 => Some(Order::GiveUpBody),
            _ => Some(Order::Drop),
        }
    }

    /// Waits for an order. It has to be polled by the connection's own task, which the order wakes.
    pub(super) async fn ordered(&self) {
        poll_fn(|_| if self.order().is_some() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Notes a request whose head is complete.
    pub(super) fn begin_request(&self) {
        self.open.fetch_add(1, Relaxed);
        self.requests.fetch_add(1, Relaxed);
        self.unread.store(0, Relaxed);
    }

    /// Notes that the answer to a request is handed over, or given up.
    pub(super) fn end_request(&self) {
        self.open.fetch_sub(1, Relaxed);
        // What came for this request, its body above all, is no beginning of the next one.
        self.unread.store(0, Relaxed);
    }

    /// Notes bytes that came.
    pub(super) fn read(&self, bytes: usize) {
        self.came.fetch_add(bytes as u64, Relaxed);
        self.unread.fetch_add(bytes as u64, Relaxed);
    }

    /// Notes bytes that went.
    pub(super) fn wrote(&self, bytes: usize) {
        self.blocked.store(false, Relaxed);
        self.went.fetch_add(bytes as u64, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_not_taken_back_by_a_milder_one() {
        let activity = Activity::default();
        activity.give(Order::Drop);
        activity.give(Order::Finish);
        assert_eq!(activity.order(), Some(Order::Drop));
    }
}
