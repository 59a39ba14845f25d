//! Everything that happened, in order, within a budget of bytes. The oldest goes first.

use std::{
    collections::VecDeque,
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::Thread,
};

use super::Exchange;

/// Exchanges are spread over shards by number, so that concurrent calls rarely wait for the same lock. Each has its part of the
/// budget: what is counted in one place for all of them is waited for by all of them.
const SHARDS: usize = 4;

/// Memory of a request up to this size is used again for another one.
const SPARED: usize = 16 << 10;

/// Everything that happened. In the long run a call costs it no allocation: what leaves makes room for what comes.
pub struct Journal {
    shards: [Mutex<Shard>; SHARDS],
    next: Apart<AtomicU64>,
    /// The first number after those that were forgotten on purpose.
    cleared: AtomicU64,
    reader: Mutex<Option<Thread>>,
    reader_waits: AtomicBool,
}

/// A value that shares its cache lines with no other: whoever writes beside it would take it away from its readers.
#[derive(Default)]
#[repr(align(128))]
struct Apart<T>(T);

#[derive(Default)]
#[repr(align(128))]
struct Shard {
    exchanges: VecDeque<Exchange>,
    /// Bytes of all of them.
    bytes: usize,
    /// Bytes that they may have.
    budget: usize,
    /// The number after the newest one that had to make room.
    evicted: u64,
    /// Memory of the request that left last.
    spare: Vec<u8>,
}

impl Shard {
    fn insert(&mut self, exchange: Exchange) {
        let number = exchange.number;
        self.bytes += exchange.size();
        if self.exchanges.back().is_none_or(|last| last.number < number) {
            self.exchanges.push_back(exchange);
        } else {
            // Callers that took their numbers at the same time may come in either order.
            let earlier = self.exchanges.iter().rposition(|other| other.number < number);
            self.exchanges.insert(earlier.map_or(0, |place| place + 1), exchange);
        }
    }

    /// Lets the oldest go until the budget is kept; the newest one stays.
    fn evict(&mut self) {
        while self.bytes > self.budget && self.exchanges.len() > 1 {
            let Some(gone) = self.exchanges.pop_front() else { return };
            self.bytes -= gone.size();
            self.evicted = self.evicted.max(gone.number + 1);
            let memory = gone.recorded.into_memory();
            if memory.capacity() <= SPARED {
                self.spare = memory;
            }
        }
    }
}

impl Journal {
    /// A journal that keeps about `budget` bytes.
    pub fn new(budget: usize) -> Self {
        let shard = || Shard { budget: budget / SHARDS, ..Shard::default() };
        Self {
            shards: std::array::from_fn(|_| Mutex::new(shard())),
            next: Apart(AtomicU64::new(1)),
            cleared: AtomicU64::new(1),
            reader: Mutex::new(None),
            reader_waits: AtomicBool::new(false),
        }
    }

    /// Takes the number of the next exchange. Every number that is taken is recorded.
    pub fn take_number(&self) -> u64 {
        self.next.0.fetch_add(1, Ordering::Relaxed)
    }

    /// Memory for the request with this number.
    pub fn memory(&self, number: u64) -> Vec<u8> {
        std::mem::take(&mut self.shard(number).spare)
    }

    /// Keeps an exchange.
    pub fn record(&self, exchange: Exchange) {
        {
            let mut shard = self.shard(exchange.number);
            shard.insert(exchange);
            shard.evict();
        }
        if self.reader_waits.load(Ordering::SeqCst)
            && self.reader_waits.swap(false, Ordering::SeqCst)
            && let Some(reader) = self.reader.lock().unwrap_or_else(PoisonError::into_inner).as_ref()
        {
            reader.unpark();
        }
    }

    /// An exchange by number, if it is still there.
    pub fn get(&self, number: u64) -> Option<Exchange> {
        self.read(number, Exchange::clone)
    }

    /// Looks at an exchange where it is, if it is still there. Calls that land on the same shard wait meanwhile.
    pub fn read<T>(&self, number: u64, look: impl FnOnce(&Exchange) -> T) -> Option<T> {
        let shard = self.shard(number);
        let exchanges = &shard.exchanges;
        // Numbers of a shard follow one another, but for the few that came in the other order.
        let first = exchanges.front()?.number;
        let guess = usize::try_from(number.checked_sub(first)? / SHARDS as u64).ok()?;
        let place = match exchanges.get(guess) {
            Some(exchange) if exchange.number == number => guess,
            _ => exchanges.binary_search_by_key(&number, |exchange| exchange.number).ok()?,
        };
        exchanges.get(place).map(look)
    }

    /// The number that the next exchange will have.
    pub fn next_number(&self) -> u64 {
        self.next.0.load(Ordering::Relaxed)
    }

    /// The numbers that may still be there.
    pub fn numbers(&self) -> Range<u64> {
        let next = self.next_number();
        let oldest = self.all_shards().filter_map(|shard| Some(shard.exchanges.front()?.number)).min();
        oldest.unwrap_or(next)..next
    }

    /// The numbers among which exchanges had to make room for newer ones since the journal was last cleared; empty where all are
    /// still there.
    pub fn lost(&self) -> Range<u64> {
        let cleared = self.cleared.load(Ordering::Relaxed);
        cleared..self.all_shards().map(|shard| shard.evicted).max().unwrap_or(0).max(cleared)
    }

    /// All exchanges that are still there, in order.
    pub fn all(&self) -> Vec<Exchange> {
        let mut all: Vec<_> =
            self.all_shards().flat_map(|shard| shard.exchanges.iter().cloned().collect::<Vec<_>>()).collect();
        all.sort_by_key(|exchange| exchange.number);
        all
    }

    /// Forgets everything; numbers go on.
    pub fn clear(&self) {
        self.cleared.fetch_max(self.next_number(), Ordering::Relaxed);
        self.forget(|_| true);
    }

    /// Forgets some exchanges; numbers go on.
    pub fn forget(&self, some: impl Fn(&Exchange) -> bool) {
        for mut shard in self.all_shards() {
            let mut freed = 0;
            shard.exchanges.retain(|exchange| {
                let gone = some(exchange);
                freed += if gone { exchange.size() } else { 0 };
                !gone
            });
            shard.bytes -= freed;
        }
    }

    /// Bytes that are kept.
    pub fn bytes(&self) -> usize {
        self.all_shards().map(|shard| shard.bytes).sum()
    }

    /// Makes the calling thread the one that is woken when something happens after [`Journal::wait`] began.
    pub fn attach_reader(&self) {
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(std::thread::current());
    }

    /// Sleeps until there is an exchange with this number or a later one, or somebody unparks the thread.
    pub fn wait(&self, number: u64) {
        self.reader_waits.store(true, Ordering::SeqCst);
        if self.next.0.load(Ordering::SeqCst) <= number {
            std::thread::park();
        }
        self.reader_waits.store(false, Ordering::SeqCst);
    }

    fn shard(&self, number: u64) -> MutexGuard<'_, Shard> {
        let index = usize::try_from(number).unwrap_or(0) % SHARDS;
        lock(&self.shards[index])
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
    use crate::session::Recorded;

    fn exchange(number: u64, bytes: usize) -> Exchange {
        Exchange {
            number,
            time: jiff::Timestamp::UNIX_EPOCH,
            received: jiff::Timestamp::UNIX_EPOCH,
            session: None,
            operation: None,
            attempt: number,
            recorded: Recorded::unreadable(&vec![0; bytes]),
            status: 200,
            refusal: None,
            details: None,
        }
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
        assert!(journal.lost().is_empty());
        fill();
        let kept = numbers(&journal);
        assert_eq!((journal.lost(), journal.numbers()), (1..kept[0], kept[0]..101));
        journal.clear();
        assert!(journal.lost().is_empty());
        journal.record(exchange(journal.take_number(), 1));
        assert!(journal.lost().is_empty() && journal.numbers().contains(&101));
        fill();
        assert_eq!(journal.lost(), 101..numbers(&journal)[0]);
    }
}
