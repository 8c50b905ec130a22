//! The two digests of a recording, of a block and of the whole, computed side by side by one thread.
//!
//! Both go over the same bytes, but from different beginnings, so neither can be had from the other. A processor's SHA
//! instructions wait for each other within one digest; taken block by block in turns, one digest fills the other's waits,
//! which makes the pair a third faster than one behind the other.

use sha2::block_api::compress256;

use super::digest::Digest;

/// Digests of the bytes since the last [`TwinDigest::begin_block`], and of all bytes.
#[derive(Debug, Clone)]
pub struct TwinDigest {
    block: Lane,
    whole: Lane,
}

/// One SHA-256 under way (FIPS 180-4).
#[derive(Debug, Clone)]
struct Lane {
    state: [u32; 8],
    /// Bytes that do not fill a block of 64 yet.
    partial: [u8; 64],
    filled: usize,
    length: u64,
}

/// The first 32 bits of the fractional parts of the square roots of the first eight primes.
const INITIAL: [u32; 8] =
    [0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19];

impl Default for TwinDigest {
    fn default() -> Self {
        Self::new()
    }
}

impl TwinDigest {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self { block: Lane::new(), whole: Lane::new() }
    }

    /// Takes bytes that both digests cover.
    pub fn update(&mut self, bytes: &[u8]) {
        let block = self.block.begin(bytes).as_chunks();
        let whole = self.whole.begin(bytes).as_chunks();
        let both = block.0.len().min(whole.0.len());
        for at in 0..both {
            compress256(&mut self.block.state, &block.0[at..=at]);
            compress256(&mut self.whole.state, &whole.0[at..=at]);
        }
        compress256(&mut self.block.state, &block.0[both..]);
        compress256(&mut self.whole.state, &whole.0[both..]);
        self.block.keep(block.1);
        self.whole.keep(whole.1);
    }

    /// Takes bytes that only the digest of the whole covers.
    pub fn update_whole(&mut self, bytes: &[u8]) {
        let blocks = self.whole.begin(bytes).as_chunks();
        compress256(&mut self.whole.state, blocks.0);
        self.whole.keep(blocks.1);
    }

    /// The digest of the block so far.
    pub fn block(&self) -> Digest {
        self.block.clone().finish()
    }

    /// Begins another block.
    pub fn begin_block(&mut self) {
        self.block = Lane::new();
    }

    /// The digest of all bytes so far.
    pub fn whole(&self) -> Digest {
        self.whole.clone().finish()
    }
}

impl Lane {
    fn new() -> Self {
        Self { state: INITIAL, partial: [0; 64], filled: 0, length: 0 }
    }

    /// Counts the bytes and fills up the open block; returns what is left for blocks of its own.
    fn begin<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        self.length += bytes.len() as u64;
        if self.filled == 0 {
            return bytes;
        }
        let (head, rest) = bytes.split_at(bytes.len().min(64 - self.filled));
        self.partial[self.filled..self.filled + head.len()].copy_from_slice(head);
        self.filled += head.len();
        if self.filled == 64 {
            compress256(&mut self.state, &[self.partial]);
            self.filled = 0;
        }
        rest
    }

    /// Keeps what did not fill a block.
    fn keep(&mut self, rest: &[u8]) {
        // Where the open block was not filled up, nothing is left.
        if !rest.is_empty() {
            self.partial[..rest.len()].copy_from_slice(rest);
            self.filled = rest.len();
        }
    }

    fn finish(mut self) -> Digest {
        let bits = self.length.wrapping_mul(8);
        // One bit, zeros, and the length in the last eight bytes of a block.
        let mut end = [0_u8; 128];
        end[..self.filled].copy_from_slice(&self.partial[..self.filled]);
        end[self.filled] = 0x80;
        let blocks = if self.filled < 56 { 1 } else { 2 };
        end[blocks * 64 - 8..blocks * 64].copy_from_slice(&bits.to_be_bytes());
        compress256(&mut self.state, &end.as_chunks().0[..blocks]);
        let mut digest = [0; 32];
        for (bytes, word) in digest.chunks_exact_mut(4).zip(self.state) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        Digest::from_bytes(digest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_digest_of_nothing_is_that_of_nothing() {
        let twin = TwinDigest::new();
        assert_eq!(twin.whole(), Digest::of(b""));
        assert_eq!(twin.block(), Digest::of(b""));
    }

    #[test]
    fn every_length_is_padded_rightly() {
        let bytes: Vec<u8> = (0..200).collect();
        for length in 0..bytes.len() {
            let mut twin = TwinDigest::new();
            twin.update(&bytes[..length]);
            assert_eq!((twin.whole(), twin.block()), (Digest::of(&bytes[..length]), Digest::of(&bytes[..length])));
        }
    }

    proptest! {
        #[test]
        fn both_are_the_digests_of_what_they_cover(
            parts in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..300), 0_u8..4), 0..20),
        ) {
            let (mut twin, mut block, mut whole) = (TwinDigest::new(), Vec::new(), Vec::new());
            for (bytes, what) in parts {
                whole.extend_from_slice(&bytes);
                match what {
                    0 => twin.update_whole(&bytes),
                    _ => {
                        twin.update(&bytes);
                        block.extend_from_slice(&bytes);
                    }
                }
                if what == 1 {
                    prop_assert_eq!(twin.block(), Digest::of(&block));
                    twin.begin_block();
                    block.clear();
                }
                prop_assert_eq!(twin.whole(), Digest::of(&whole));
            }
            prop_assert_eq!(twin.block(), Digest::of(&block));
        }
    }
}
