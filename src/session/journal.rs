//! Everything that happened, in order, within a budget of bytes. The oldest goes first.

use std::{
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{
            AtomicBool, AtomicU64, AtomicUsize,
            Ordering::{Relaxed, SeqCst},
        },
    },
    task::Waker,
    thread::Thread,
};

use super::{
    Exchange, Outcome,
    shard::{SHARDS, Shard, shard_of},
    watchers::Watchers,
};

/// The budget in parts: the last of them is kept free, and so much is evicted at a time.
const PARTS: usize = 32;

/// Exchanges that a new one clears away in its shard. More than one, so that what was marked for eviction is soon gone; few, so that
/// no call pays for many.
const CLEARED_BY_EACH: usize = 2;

/// Everything that happened. In the long run a call costs it no allocation: what leaves makes room for what comes.
///
/// The budget is one for all shards, but no call counts in one place: each shard knows its own bytes, and whoever adds much looks at
/// the sum. If there is little left, the floor rises: exchanges with a number below it are gone for whoever reads, and the calls that
/// follow clear their memory away, two for each that is added.
pub struct Journal {
    shards: [Mutex<Shard>; SHARDS],
    /// Bytes of each shard, for those who add them up.
    held: [Apart<AtomicUsize>; SHARDS],
    budget: usize,
    /// The oldest number that is kept; what is below was evicted.
    floor: AtomicU64,
    next: Apart<AtomicU64>,
    /// The first number after those that were forgotten on purpose.
    cleared: AtomicU64,
    reader: Mutex<Option<Thread>>,
    reader_waits: AtomicBool,
    watchers: Watchers,
}

/// A value that shares its cache lines with no other: whoever writes beside it would take it away from its readers.
#[derive(Default)]
#[repr(align(128))]
struct Apart<T>(T);

impl Journal {
    /// A journal that takes about `budget` bytes of memory, its own overhead included. The newest exchange is kept even if it is larger.
    pub fn new(budget: usize) -> Self {
        Self {
            shards: Default::default(),
            held: Default::default(),
            budget,
            floor: AtomicU64::new(0),
            next: Apart(AtomicU64::new(1)),
            cleared: AtomicU64::new(1),
            reader: Mutex::new(None),
            reader_waits: AtomicBool::new(false),
            watchers: Watchers::default(),
        }
    }

    /// Takes the number of the next exchange. Every number that is taken is recorded.
    pub fn take_number(&self) -> u64 {
        self.next.0.fetch_add(1, Relaxed)
    }

    /// Memory for the request with this number.
    pub fn memory(&self, number: u64) -> Vec<u8> {
        lock(&self.shards[shard_of(number)]).memory()
    }

    /// Keeps an exchange.
    pub fn record(&self, exchange: Exchange) {
        let index = shard_of(exchange.number);
        let look = {
            let mut shard = lock(&self.shards[index]);
            shard.insert(exchange);
            shard.evict(self.floor.load(Relaxed), CLEARED_BY_EACH);
            self.held[index].0.store(shard.bytes(), Relaxed);
            shard.has_grown_by(self.between_looks() / SHARDS)
        };
        if look {
            self.make_room();
        }
        self.wake_reader();
    }

    /// Completes the record of an exchange with what became of its answer; nothing happens if it is no longer there.
    pub fn finish(&self, number: u64, outcome: Outcome, head: &[u8]) {
        let index = shard_of(number);
        {
            let mut shard = lock(&self.shards[index]);
            let Some(is_larger) = shard.finish(number, outcome, head) else { return };
            if is_larger {
                self.held[index].0.store(shard.bytes(), Relaxed);
            }
        }
        self.wake_reader();
    }

    /// What may be added before somebody looks at the sum: half of the part that is kept free.
    fn between_looks(&self) -> usize {
        self.budget / (2 * PARTS)
    }

    /// Raises the floor where the budget is nearly used up, and clears everything below it away where it is.
    fn make_room(&self) {
        let high = self.budget - self.budget / PARTS;
        if self.bytes() <= high {
            return;
        }
        let mut floor = self.floor.load(Relaxed);
        let (oldest, spare) = self.oldest_and_spare();
        // What is spare takes up what comes until somebody looks again.
        if oldest.is_some_and(|oldest| oldest >= floor) && spare < self.between_looks() {
            floor = self.raise_floor();
        }
        while self.bytes() > self.budget {
            for (shard, held) in self.shards.iter().zip(&self.held) {
                let mut shard = lock(shard);
                shard.evict(floor, usize::MAX);
                shard.trim();
                held.0.store(shard.bytes(), Relaxed);
            }
            let before = floor;
            if self.bytes() > self.budget {
                floor = self.raise_floor();
            }
            if floor == before {
                return;
            }
        }
    }

    /// Marks the oldest exchanges for eviction, never the newest one; the new floor.
    fn raise_floor(&self) -> u64 {
        let newest = self.next_number().saturating_sub(1);
        let oldest = self.oldest().unwrap_or(newest).max(self.floor.load(Relaxed));
        let step = (newest.saturating_sub(oldest) / PARTS as u64).max(1);
        let floor = (oldest + step).min(newest);
        self.floor.fetch_max(floor, Relaxed).max(floor)
    }

    /// The lowest number whose memory is still held.
    fn oldest(&self) -> Option<u64> {
        self.oldest_and_spare().0
    }

    /// And the bytes of spare memory.
    fn oldest_and_spare(&self) -> (Option<u64>, usize) {
        self.all_shards().fold((None, 0), |(oldest, spare), shard| {
            ([oldest, shard.first()].into_iter().flatten().min(), spare + shard.spare())
        })
    }

    /// An exchange by number, if it is still there.
    pub fn get(&self, number: u64) -> Option<Exchange> {
        self.read(number, Exchange::clone)
    }

    /// Looks at an exchange where it is, if it is still there. Calls that land on the same shard wait meanwhile.
    pub fn read<T>(&self, number: u64, look: impl FnOnce(&Exchange) -> T) -> Option<T> {
        if number < self.floor.load(Relaxed) {
            return None;
        }
        lock(&self.shards[shard_of(number)]).get(number).map(look)
    }

    /// The number that the next exchange will have.
    pub fn next_number(&self) -> u64 {
        self.next.0.load(Relaxed)
    }

    /// The numbers that may still be there.
    pub fn numbers(&self) -> Range<u64> {
        let next = self.next_number();
        self.oldest().unwrap_or(next).max(self.floor.load(Relaxed)).min(next)..next
    }

    /// The numbers of exchanges that had to make room for newer ones since the journal was last cleared; empty where all are still there.
    pub fn evicted(&self) -> Range<u64> {
        let cleared = self.cleared.load(Relaxed);
        cleared..self.floor.load(Relaxed).max(cleared)
    }

    /// All exchanges that are still there, in order.
    pub fn all(&self) -> Vec<Exchange> {
        self.numbers().filter_map(|number| self.get(number)).collect()
    }

    /// Forgets everything; numbers go on.
    pub fn clear(&self) {
        self.cleared.fetch_max(self.next_number(), Relaxed);
        self.forget(|_| true);
        self.watchers.wake();
    }

    /// Forgets some exchanges; numbers go on.
    pub fn forget(&self, some: impl Fn(&Exchange) -> bool) {
        for (shard, held) in self.shards.iter().zip(&self.held) {
            let mut shard = lock(shard);
            shard.forget(&some);
            held.0.store(shard.bytes(), Relaxed);
        }
    }

    /// Bytes of memory that it takes.
    pub fn bytes(&self) -> usize {
        self.held.iter().map(|held| held.0.load(Relaxed)).sum()
    }

    /// Makes the calling thread the one that is woken when something happens after [`Journal::wait`] began.
    pub fn attach_reader(&self) {
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(std::thread::current());
    }

    /// Sleeps until there is an exchange with this number or a later one, until one is finished if `unfinished` are waited for, or
    /// until somebody unparks the thread. It may wake up without a reason.
    pub fn wait(&self, number: u64, unfinished: impl Fn() -> bool) {
        self.reader_waits.store(true, SeqCst);
        if self.next.0.load(SeqCst) <= number && !unfinished() {
            std::thread::park();
        }
        self.reader_waits.store(false, SeqCst);
    }

    /// Wakes a task once when something happens from now on. It has to look once more after this: what happened before wakes nobody.
    pub fn watch(&self, waker: &Waker) {
        self.watchers.add(waker);
    }

    fn wake_reader(&self) {
        self.watchers.wake();
        if self.reader_waits.load(SeqCst)
            && self.reader_waits.swap(false, SeqCst)
            && let Some(reader) = self.reader.lock().unwrap_or_else(PoisonError::into_inner).as_ref()
        {
            reader.unpark();
        }
    }

    /// One after the other.
    fn all_shards(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.shards.iter().map(lock)
    }
}

/// A panic while the lock was held left the list as it was; the journal goes on.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::{Payload, Request, operation::ExampleSource},
        session::{Arrival, Ended, Origin, Recorded, Sent},
    };
    use http::{HeaderMap, Method};

    fn exchange(number: u64, bytes: usize) -> Exchange {
        Exchange {
            number,
            time: jiff::Timestamp::UNIX_EPOCH,
            arrival: Arrival::at(jiff::Timestamp::UNIX_EPOCH),
            version: http::Version::HTTP_11,
            session: None,
            operation: None,
            attempt: number,
            recorded: Recorded::unreadable(&vec![0; bytes]),
            origin: Origin::Example(ExampleSource::Printed),
            status: 200,
            refusal: None,
            took: None,
            finished: None,
            details: None,
        }
    }

    fn outcome() -> Outcome {
        let at = jiff::Timestamp::UNIX_EPOCH;
        Outcome { sent: Sent { first: Some(at), last: Some(at), bytes: 7 }, ended: Ended::ClientLeft, at }
    }

    fn numbers(journal: &Journal) -> Vec<u64> {
        journal.all().iter().map(|exchange| exchange.number).collect()
    }

    #[test]
    fn keeps_within_its_budget_and_drops_the_oldest() {
        let journal = Journal::new(100_000);
        for _ in 0..1000 {
            let number = journal.take_number();
            journal.record(exchange(number, 1000));
        }
        assert!(journal.bytes() <= 100_000);
        let kept = numbers(&journal);
        assert_eq!(kept.last(), Some(&1000));
        assert!(kept.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{kept:?}");
        assert!(journal.get(1).is_none() && journal.get(1000).is_some());
    }

    #[test]
    fn one_exchange_is_kept_even_if_it_is_larger_than_the_budget() {
        let journal = Journal::new(10);
        journal.record(exchange(journal.take_number(), 1000));
        assert_eq!(numbers(&journal), [1]);
    }

    #[test]
    fn a_full_journal_takes_no_memory_for_what_comes() {
        let (journal, headers) = (Journal::new(4 << 20), HeaderMap::new());
        let is_new = |turn: &usize| {
            let body = vec![0; 300 + turn * 7 % 100];
            let request = Request::new(&Method::POST, "/a", &headers, Payload::Whole(&body));
            let number = journal.take_number();
            let memory = journal.memory(number);
            let before = memory.as_ptr();
            let recorded = Recorded::new(&request, 0, memory);
            // A call begins with its method.
            let is_new = recorded.line().is_some_and(|(method, _)| method.as_ptr() != before);
            journal.record(Exchange { recorded, ..exchange(number, 0) });
            is_new
        };
        assert!((0..20_000).filter(is_new).count() < 4000);
        assert_eq!((0..20_000).filter(is_new).count(), 0);
        let (_, spare) = journal.oldest_and_spare();
        assert!(spare > 0 && journal.bytes() <= 4 << 20, "{} of which {spare} are spare", journal.bytes());
    }

    #[test]
    fn exchanges_that_come_out_of_order_are_kept_in_order() {
        let journal = Journal::new(1 << 20);
        let taken: Vec<_> = (0..40).map(|_| journal.take_number()).collect();
        for number in taken.iter().rev() {
            journal.record(exchange(*number, 1));
        }
        assert_eq!(numbers(&journal), taken);
    }

    #[test]
    fn many_writers_lose_nothing() {
        let journal = Journal::new(1 << 30);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..500).for_each(|_| journal.record(exchange(journal.take_number(), 1))));
            }
        });
        assert_eq!(numbers(&journal), (1..=4000).collect::<Vec<_>>());
    }

    #[test]
    fn clearing_forgets_exchanges_and_frees_the_budget() {
        let journal = Journal::new(1 << 20);
        journal.record(exchange(journal.take_number(), 100));
        journal.clear();
        assert_eq!((journal.bytes(), journal.next_number()), (0, 2));
    }

    #[test]
    fn what_had_to_make_room_is_known_until_the_journal_is_cleared() {
        let journal = Journal::new(10_000);
        let fill = || (0..100).for_each(|_| journal.record(exchange(journal.take_number(), 1000)));
        assert!(journal.evicted().is_empty());
        fill();
        let kept = numbers(&journal);
        assert_eq!((journal.evicted(), journal.numbers()), (1..kept[0], kept[0]..101));
        journal.clear();
        assert!(journal.evicted().is_empty());
        journal.record(exchange(journal.take_number(), 1));
        assert!(journal.evicted().is_empty() && journal.numbers().contains(&101));
        fill();
        assert_eq!(journal.evicted(), 101..numbers(&journal)[0]);
    }

    #[test]
    fn the_budget_is_used_whatever_the_sizes_and_their_order() {
        // Every fourth exchange is large: all of them land in one shard.
        for sizes in [[200_000; 4], [200_000, 100, 100, 100], [100, 100, 5_000_000, 100]] {
            let journal = Journal::new(64_000_000);
            let mut largest = 0;
            for number in 0..4000_usize {
                journal.record(exchange(journal.take_number(), sizes[number % 4]));
                largest = largest.max(journal.bytes());
            }
            let kept: usize = journal.all().iter().map(Exchange::size).sum();
            assert!(largest <= 64_000_000, "{sizes:?}: {largest}");
            assert!(kept > 56_000_000 - sizes[2], "{sizes:?}: {kept}");
        }
    }

    #[test]
    fn what_is_counted_is_the_memory_that_is_taken() {
        let journal = Journal::new(64_000_000);
        for _ in 0..300 {
            journal.record(exchange(journal.take_number(), 200_000));
        }
        assert_eq!(journal.all().len(), 300);
        assert!((60_000_000..60_500_000).contains(&journal.bytes()), "{}", journal.bytes());
    }

    #[test]
    fn an_exchange_is_completed_where_it_is_and_one_that_is_gone_is_no_matter() {
        let journal = Journal::new(1 << 20);
        journal.record(exchange(journal.take_number(), 10));
        let outcome = outcome();
        let before = journal.bytes();
        journal.finish(1, outcome, &[b'x'; 5000]);
        journal.finish(2, outcome, b"");
        assert_eq!(journal.get(1).unwrap().finished, Some(outcome));
        assert!(journal.bytes() >= before + 5000);
        journal.clear();
        assert_eq!(journal.bytes(), 0);
    }

    #[test]
    fn many_writers_and_readers_keep_the_budget() {
        let journal = Journal::new(200_000);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for size in 0..2000 {
                        let number = journal.take_number();
                        journal.record(exchange(number, size));
                        journal.finish(number, outcome(), b"a: b");
                    }
                });
            }
            scope.spawn(|| (0..200).for_each(|_| drop(journal.all())));
        });
        assert!(journal.bytes() <= 200_000 + 4 * 3000, "{}", journal.bytes());
        let kept = numbers(&journal);
        assert_eq!((journal.evicted().end, *kept.last().unwrap()), (kept[0], 8000));
        assert!(kept.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    }
}
