//! SHA-256 that can be stopped, kept, and gone on with: parts of one file come in any order.

use std::{fmt, str::FromStr};

use sha2::block_api::compress256;

use super::hex;

/// What SHA-256 works on at once.
const BLOCK: usize = 64;

/// The state before the first byte (FIPS 180-4, 5.3.3).
const START: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// SHA-256 of what came so far.
#[derive(Clone)]
pub struct Chain {
    state: [u32; 8],
    length: u64,
    /// What does not fill a block yet.
    rest: [u8; BLOCK],
}

impl Default for Chain {
    /// Of nothing.
    fn default() -> Self {
        Self::from(START, 0)
    }
}

impl PartialEq for Chain {
    fn eq(&self, other: &Self) -> bool {
        let filled = self.filled();
        (self.state, self.length, &self.rest[..filled]) == (other.state, other.length, &other.rest[..filled])
    }
}

impl Eq for Chain {}

impl fmt::Debug for Chain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SHA-256 after {} bytes", self.length)
    }
}

/// `6a09e667….70.616263646566`: the state, the length, and what does not fill a block yet.
impl fmt::Display for Chain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state.iter().try_for_each(|word| write!(formatter, "{word:08x}"))?;
        write!(formatter, ".{}.{}", self.length, hex(&self.rest[..self.filled()]))
    }
}

/// What was no chain that was written.
#[derive(Debug)]
pub struct NoChain;

impl FromStr for Chain {
    type Err = NoChain;

    fn from_str(text: &str) -> Result<Self, NoChain> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().filter(|part| part.is_ascii()).ok_or(NoChain);
        let (state, length, rest) = (part()?, part()?, part()?);
        let number = |digits: &str| u32::from_str_radix(digits, 16).map_err(|_| NoChain);
        let mut chain = Self::from(START, length.parse().map_err(|_| NoChain)?);
        if state.len() != 64 || rest.len() != 2 * chain.filled() {
            return Err(NoChain);
        }
        for (index, word) in chain.state.iter_mut().enumerate() {
            *word = number(&state[8 * index..8 * index + 8])?;
        }
        for index in 0..rest.len() / 2 {
            let byte = number(&rest[2 * index..2 * index + 2])?;
            chain.rest[index] = u8::try_from(byte).map_err(|_| NoChain)?;
        }
        Ok(chain)
    }
}

impl Chain {
    /// Of so many bytes that somebody else hashed: whole blocks, whose state is known.
    pub fn from(state: [u32; 8], length: u64) -> Self {
        Self { state, length, rest: [0; BLOCK] }
    }

    /// The state, between two blocks.
    pub fn state(&self) -> Option<[u32; 8]> {
        (self.filled() == 0).then_some(self.state)
    }

    fn filled(&self) -> usize {
        usize::try_from(self.length % BLOCK as u64).unwrap_or(0)
    }

    /// Goes on with more bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        let filled = self.filled();
        self.length = self.length.wrapping_add(bytes.len() as u64);
        if filled > 0 {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - filled));
            self.rest[filled..filled + now.len()].copy_from_slice(now);
            bytes = later;
            if filled + now.len() < BLOCK {
                return;
            }
            let block = self.rest;
            self.compress(&[block]);
        }
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        self.compress(blocks);
        self.rest[..rest.len()].copy_from_slice(rest);
    }

    fn compress(&mut self, blocks: &[[u8; BLOCK]]) {
        compress256(&mut self.state, blocks);
    }

    /// The digest of everything so far.
    pub fn digest(&self) -> [u8; 32] {
        let mut end = self.clone();
        let bits = self.length.wrapping_mul(8);
        let padding = (2 * BLOCK - 8 - 1 - self.filled()) % BLOCK;
        end.update(&[0x80]);
        end.update(&[0; BLOCK][..padding]);
        end.update(&bits.to_be_bytes());
        let mut digest = [0; 32];
        for (bytes, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(end.state) {
            *bytes = word.to_be_bytes();
        }
        digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};

    proptest! {
        #[test]
        fn it_is_sha_256_however_the_bytes_are_cut_and_wherever_it_is_gone_on_from(
            bytes in prop::collection::vec(any::<u8>(), 0..700),
            cut in 1_usize..200,
            block in 0_usize..10,
        ) {
            let mut chain = Chain::default();
            bytes.chunks(cut).for_each(|piece| chain.update(piece));
            let expected: [u8; 32] = Sha256::digest(&bytes).into();
            prop_assert_eq!(chain.digest(), expected);

            let (before, after) = bytes.split_at((block * BLOCK).min(bytes.len() / BLOCK * BLOCK));
            let mut first = Chain::default();
            first.update(before);
            let mut second = Chain::from(first.state().unwrap(), before.len() as u64);
            second.update(after);
            prop_assert_eq!(second.digest(), expected);
        }
    }
}
