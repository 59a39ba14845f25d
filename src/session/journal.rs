//! Everything that happened, in order, within a budget of bytes. The oldest goes first.

use std::{
    collections::VecDeque,
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread::Thread,
};

use super::Exchange;

/// Exchanges are spread over shards by number, so that concurrent calls rarely wait for the same lock.
const SHARDS: u64 = 4;

/// Memory of a request up to this size is used again for another one.
const SPARED: usize = 16 << 10;

/// Everything that happened. In the long run a call costs it no allocation: what leaves makes room for what comes.
pub struct Journal {
    shards: Vec<Mutex<Shard>>,
    next: AtomicU64,
    /// The oldest number that may still be there.
    oldest: AtomicU64,
    /// The number after the newest one that had to make room.
    evicted: AtomicU64,
    /// The first number after those that were forgotten on purpose.
    cleared: AtomicU64,
    bytes: AtomicUsize,
    budget: usize,
    reader: Mutex<Option<Thread>>,
    reader_waits: AtomicBool,
}

#[derive(Default)]
struct Shard {
    exchanges: VecDeque<Exchange>,
    /// Memory of the request that left last.
    spare: Vec<u8>,
}

impl Journal {
    /// A journal that keeps about `budget` bytes.
    pub fn new(budget: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            next: AtomicU64::new(1),
            oldest: AtomicU64::new(1),
            evicted: AtomicU64::new(1),
            cleared: AtomicU64::new(1),
            bytes: AtomicUsize::new(0),
            budget,
            reader: Mutex::new(None),
            reader_waits: AtomicBool::new(false),
        }
    }

    /// Takes the number of the next exchange. Every number that is taken is recorded.
    pub fn take_number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Memory for the request with this number.
    pub fn memory(&self, number: u64) -> Vec<u8> {
        std::mem::take(&mut self.shard(number).spare)
    }

    /// Keeps an exchange.
    pub fn record(&self, exchange: Exchange) {
        let number = exchange.number;
        let size = exchange.size();
        {
            let exchanges = &mut self.shard(number).exchanges;
            if exchanges.back().is_none_or(|last| last.number < number) {
                exchanges.push_back(exchange);
            } else {
                // Callers that took their numbers at the same time may come in either order.
                let place = exchanges.iter().rposition(|other| other.number < number).map_or(0, |place| place + 1);
                exchanges.insert(place, exchange);
            }
        }
        if self.bytes.fetch_add(size, Ordering::Relaxed) + size > self.budget {
            self.evict();
        }
        if self.reader_waits.load(Ordering::SeqCst)
            && self.reader_waits.swap(false, Ordering::SeqCst)
            && let Some(reader) = self.reader.lock().unwrap_or_else(PoisonError::into_inner).as_ref()
        {
            reader.unpark();
        }
    }

    fn evict(&self) {
        while self.bytes.load(Ordering::Relaxed) > self.budget {
            let oldest = self.oldest.load(Ordering::Relaxed);
            if oldest + 1 >= self.next.load(Ordering::Relaxed) {
                return;
            }
            let mut shard = self.shard(oldest);
            if self.oldest.compare_exchange(oldest, oldest + 1, Ordering::Relaxed, Ordering::Relaxed).is_err() {
                continue;
            }
            while shard.exchanges.front().is_some_and(|front| front.number <= oldest) {
                let Some(gone) = shard.exchanges.pop_front() else { break };
                self.bytes.fetch_sub(gone.size(), Ordering::Relaxed);
                self.evicted.fetch_max(gone.number + 1, Ordering::Relaxed);
                let memory = gone.recorded.into_memory();
                if memory.capacity() <= SPARED {
                    shard.spare = memory;
                }
            }
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
        let guess = usize::try_from(number.checked_sub(first)? / SHARDS).ok()?;
        let place = match exchanges.get(guess) {
            Some(exchange) if exchange.number == number => guess,
            _ => exchanges.binary_search_by_key(&number, |exchange| exchange.number).ok()?,
        };
        exchanges.get(place).map(look)
    }

    /// The number that the next exchange will have.
    pub fn next_number(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// The numbers that may still be there.
    pub fn numbers(&self) -> Range<u64> {
        self.oldest.load(Ordering::Relaxed)..self.next_number()
    }

    /// The numbers among which exchanges had to make room for newer ones since the journal was last cleared; empty where all are
    /// still there.
    pub fn lost(&self) -> Range<u64> {
        self.cleared.load(Ordering::Relaxed)..self.evicted.load(Ordering::Relaxed)
    }

    /// All exchanges that are still there, in order.
    pub fn all(&self) -> Vec<Exchange> {
        let mut all: Vec<_> =
            (0..SHARDS).flat_map(|shard| self.shard(shard).exchanges.iter().cloned().collect::<Vec<_>>()).collect();
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
        for shard in 0..SHARDS {
            let mut freed = 0;
            self.shard(shard).exchanges.retain(|exchange| {
                let gone = some(exchange);
                freed += if gone { exchange.size() } else { 0 };
                !gone
            });
            self.bytes.fetch_sub(freed, Ordering::Relaxed);
        }
    }

    /// Bytes that are kept.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Makes the calling thread the one that is woken when something happens after [`Journal::wait`] began.
    pub fn attach_reader(&self) {
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(std::thread::current());
    }

    /// Sleeps until there is an exchange with this number or a later one, or somebody unparks the thread.
    pub fn wait(&self, number: u64) {
        self.reader_waits.store(true, Ordering::SeqCst);
        if self.next.load(Ordering::SeqCst) <= number {
            std::thread::park();
        }
        self.reader_waits.store(false, Ordering::SeqCst);
    }

    fn shard(&self, number: u64) -> MutexGuard<'_, Shard> {
        let index = usize::try_from(number % SHARDS).unwrap_or(0);
        // A panic while the lock was held left the list as it was; the journal goes on.
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
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
