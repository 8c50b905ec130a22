//! The digests of a recording that is written: of each block, and of the whole.
//!
//! Where blocks are compressed, that is what takes time, and both digests are computed side by side. Where they are not, the
//! digest of the whole is computed by another thread.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use sha2::{Digest as _, Sha256};

use super::digest::Digest;
use super::twin_digest::TwinDigest;

/// What is handed over at once.
const PIECE_BYTES: usize = 256 << 10;
/// Pieces under way.
const PIECES: usize = 4;

/// Digests of the bytes since the last [`Digests::take_block`], and of all bytes.
pub(super) enum Digests {
    /// Side by side.
    Together(TwinDigest),
    /// By two threads.
    Apart(Sha256, Apart),
}

/// The digest of the whole, computed by another thread.
pub(super) struct Apart {
    /// Bytes that are not handed over yet.
    held: Vec<u8>,
    to: SyncSender<Vec<u8>>,
    /// Buffers that come back.
    back: Receiver<Vec<u8>>,
    thread: JoinHandle<Sha256>,
}

impl Digests {
    pub(super) fn together() -> Self {
        Self::Together(TwinDigest::new())
    }

    /// # Errors
    /// When there is no thread to be had.
    pub(super) fn apart() -> io::Result<Self> {
        let (to, pieces) = sync_channel::<Vec<u8>>(PIECES);
        let (returns, back) = sync_channel(PIECES + 2);
        let hash = move || {
            let mut whole = Sha256::new();
            for mut piece in pieces {
                whole.update(&piece);
                piece.clear();
                // Nobody may want it any more.
                let _ = returns.try_send(piece);
            }
            whole
        };
        let thread = Builder::new().name("digest".to_owned()).spawn(hash)?;
        Ok(Self::Apart(Sha256::new(), Apart { held: Vec::new(), to, back, thread }))
    }

    /// Takes bytes that both digests cover.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Together(digests) => digests.update(bytes),
            Self::Apart(block, whole) => {
                for piece in bytes.chunks(PIECE_BYTES) {
                    block.update(piece);
                    whole.update(piece);
                }
            }
        }
    }

    /// Takes bytes that only the digest of the whole covers.
    pub(super) fn update_whole(&mut self, bytes: &[u8]) {
        match self {
            Self::Together(digests) => digests.update_whole(bytes),
            Self::Apart(_, whole) => bytes.chunks(PIECE_BYTES).for_each(|piece| whole.update(piece)),
        }
    }

    /// The digest of the block, and begins another.
    pub(super) fn take_block(&mut self) -> Digest {
        match self {
            Self::Together(digests) => {
                let block = digests.block();
                digests.begin_block();
                block
            }
            Self::Apart(block, _) => Digest::from_hasher(std::mem::take(block)),
        }
    }

    /// The digest of all bytes. Nothing is to follow: other digests are begun.
    pub(super) fn finish(&mut self) -> Digest {
        match std::mem::replace(self, Self::together()) {
            Self::Together(digests) => digests.whole(),
            Self::Apart(_, whole) => whole.finish(),
        }
    }
}

impl Apart {
    /// Takes a piece.
    fn update(&mut self, piece: &[u8]) {
        if self.held.len() + piece.len() > PIECE_BYTES {
            self.hand_over();
        }
        self.held.extend_from_slice(piece);
    }

    fn hand_over(&mut self) {
        let next = self.back.try_recv().unwrap_or_else(|_| Vec::with_capacity(PIECE_BYTES));
        // If the thread takes no more, joining it says why.
        let _ = self.to.send(std::mem::replace(&mut self.held, next));
    }

    fn finish(mut self) -> Digest {
        self.hand_over();
        let Self { to, thread, .. } = self;
        drop(to);
        Digest::from_hasher(thread.join().expect("hashing does not panic"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_come_to_the_same() {
        let bytes: Vec<u8> = (0..3 * PIECE_BYTES + 7).map(|n| (n / 3) as u8).collect();
        for mut digests in [Digests::together(), Digests::apart().unwrap()] {
            digests.update(&bytes);
            assert_eq!(digests.take_block(), Digest::of(&bytes));
            digests.update_whole(&bytes[5..]);
            digests.update(b"short");
            assert_eq!(digests.take_block(), Digest::of(b"short"));
            assert_eq!(digests.finish(), Digest::of(&[&bytes, &bytes[5..], b"short"].concat()));
        }
    }

    #[test]
    fn a_digest_that_nobody_asks_for_ends_with_its_writer() {
        let mut digests = Digests::apart().unwrap();
        digests.update(&[7; 3 * PIECE_BYTES]);
        drop(digests);
    }
}
