//! The exchanges of one lock of the journal, in order.

use std::collections::VecDeque;

use super::{Exchange, Outcome, spare::Spare};

/// Exchanges are spread over shards by number, so that concurrent calls rarely wait for the same lock.
pub(super) const SHARDS: usize = 4;

/// Every fourth exchange.
#[derive(Default)]
#[repr(align(128))]
pub(super) struct Shard {
    exchanges: VecDeque<Exchange>,
    /// Bytes of what the exchanges point to.
    content: usize,
    /// Bytes that were added since somebody looked at the sum.
    unseen: usize,
    /// Memory of what left, for what comes.
    spare: Spare,
}

/// The shard that an exchange belongs to.
pub(super) fn shard_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(0) % SHARDS
}

impl Shard {
    pub(super) fn bytes(&self) -> usize {
        self.content + self.spare.bytes() + self.exchanges.capacity() * size_of::<Exchange>()
    }

    /// Bytes of them that wait for what comes.
    pub(super) fn spare(&self) -> usize {
        self.spare.bytes()
    }

    /// Memory for an exchange, whatever it has in it.
    pub(super) fn memory(&mut self) -> Vec<u8> {
        self.spare.take()
    }

    pub(super) fn insert(&mut self, exchange: Exchange) {
        let number = exchange.number;
        let size = exchange.size();
        self.content += size;
        self.unseen += size + size_of::<Exchange>();
        if self.exchanges.len() == self.exchanges.capacity() {
            // To double it would leave up to half of it empty.
            self.exchanges.reserve_exact(self.exchanges.len() / 8 + 8);
        }
        if self.exchanges.back().is_none_or(|last| last.number < number) {
            self.exchanges.push_back(exchange);
        } else {
            // Callers that took their numbers at the same time may come in either order.
            let earlier = self.exchanges.iter().rposition(|other| other.number < number);
            self.exchanges.insert(earlier.map_or(0, |place| place + 1), exchange);
        }
    }

    /// Whether more than so many bytes came since this was last so.
    pub(super) fn has_grown_by(&mut self, bytes: usize) -> bool {
        let grown = self.unseen > bytes;
        if grown {
            self.unseen = 0;
        }
        grown
    }

    /// Takes out exchanges below the floor, so many at most.
    pub(super) fn evict(&mut self, floor: u64, most: usize) {
        for _ in 0..most {
            if self.first().is_none_or(|oldest| oldest >= floor) {
                return;
            }
            let Some(gone) = self.exchanges.pop_front() else { return };
            self.content -= gone.size();
            self.spare.put(gone.recorded.into_memory());
        }
    }

    /// Frees all that holds no exchange.
    pub(super) fn trim(&mut self) {
        self.spare = Spare::default();
        if self.exchanges.capacity() > 2 * self.exchanges.len() + 16 {
            self.exchanges.shrink_to_fit();
        }
    }

    /// Takes out some exchanges, wherever they are.
    pub(super) fn forget(&mut self, some: impl Fn(&Exchange) -> bool) {
        let content = &mut self.content;
        self.exchanges.retain(|exchange| {
            let gone = some(exchange);
            *content -= if gone { exchange.size() } else { 0 };
            !gone
        });
        if self.exchanges.is_empty() {
            (self.exchanges, self.spare) = Default::default();
        }
    }

    /// Completes an exchange, if it is there; whether it takes more memory than before.
    pub(super) fn finish(&mut self, number: u64, outcome: Outcome, head: &[u8]) -> Option<bool> {
        let place = self.place(number)?;
        let exchange = self.exchanges.get_mut(place)?;
        let before = exchange.size();
        exchange.finish(outcome, head);
        let after = exchange.size();
        self.content = self.content + after - before;
        Some(after > before)
    }

    pub(super) fn get(&self, number: u64) -> Option<&Exchange> {
        self.exchanges.get(self.place(number)?)
    }

    /// The lowest number.
    pub(super) fn first(&self) -> Option<u64> {
        Some(self.exchanges.front()?.number)
    }

    fn place(&self, number: u64) -> Option<usize> {
        // Numbers of a shard follow one another, but for the few that came in the other order.
        let guess = usize::try_from(number.checked_sub(self.first()?)? / SHARDS as u64).ok()?;
        match self.exchanges.get(guess) {
            Some(exchange) if exchange.number == number => Some(guess),
            _ => self.exchanges.binary_search_by_key(&number, |exchange| exchange.number).ok(),
        }
    }
}
