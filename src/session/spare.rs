//! Memory that is used again. Freed by one thread and taken anew by another it would wander between their parts of the heap, and leave
//! holes there.

use super::exchange::ALLOCATION;

/// Larger pieces are freed.
const LARGEST: usize = 16 << 10;

/// Pieces of memory that had an exchange each. They are few where calls come as fast as others leave.
#[derive(Default)]
pub(super) struct Spare {
    pieces: Vec<Vec<u8>>,
    bytes: usize,
}

impl Spare {
    /// Keeps a piece.
    pub(super) fn put(&mut self, piece: Vec<u8>) {
        if piece.capacity() <= LARGEST {
            self.bytes += cost(&piece);
            self.pieces.push(piece);
        }
    }

    /// A piece, whatever it has in it; an empty one of no size where there is none.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let Some(piece) = self.pieces.pop() else { return Vec::new() };
        self.bytes -= cost(&piece);
        piece
    }

    /// What all pieces take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

fn cost(piece: &Vec<u8>) -> usize {
    piece.capacity() + ALLOCATION + size_of::<Vec<u8>>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_counted_until_it_is_taken_and_a_large_one_is_freed() {
        let mut spare = Spare::default();
        spare.put(Vec::with_capacity(LARGEST + 1));
        assert_eq!((spare.bytes(), spare.take().capacity()), (0, 0));
        spare.put(Vec::with_capacity(1000));
        spare.put(Vec::new());
        assert!((1000..1200).contains(&spare.bytes()));
        assert_eq!([spare.take().capacity(), spare.take().capacity(), spare.bytes()], [0, 1000, 0]);
    }
}
