//! Small harm to an input that was right.

use super::Generator;

/// Bytes that mean something to one reader or another.
const BYTES: &[u8] = b"\0\t\n\r \"#%&'*+,-./0:;<=>?@[\\]_{|}~\x7f\x80\xc3\xff";

impl Generator {
    /// Changes an input in a few places. `words` are put in as a whole.
    pub(crate) fn mutate(&mut self, bytes: &mut Vec<u8>, words: &[&str]) {
        for _ in 0..=self.below(4) {
            let place = self.below(bytes.len() + 1);
            let end = (place + self.below(20)).min(bytes.len());
            match self.below(7) {
                0 if place < bytes.len() => bytes[place] ^= 1 << self.below(8),
                1 if place < bytes.len() => bytes[place] = *self.pick(BYTES),
                2 => bytes.insert(place, *self.pick(BYTES)),
                3 => drop(bytes.drain(place..end)),
                4 => {
                    let piece = bytes[place..end].to_vec();
                    let times = *self.pick(&[1, 2, 50]);
                    let target = self.below(bytes.len() + 1);
                    bytes.splice(target..target, piece.repeat(times));
                }
                5 => bytes.truncate(place),
                _ => drop(bytes.splice(place..place, self.word(words).into_bytes())),
            }
        }
    }

    /// One of some right texts, harmed most of the time.
    pub(crate) fn harmed(&mut self, texts: &[&str], words: &[&str]) -> Vec<u8> {
        let mut bytes = self.pick(texts).as_bytes().to_vec();
        if !self.one_in(8) {
            self.mutate(&mut bytes, words);
        }
        bytes
    }
}
