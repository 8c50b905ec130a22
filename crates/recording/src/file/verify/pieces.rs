//! A recording in pieces that can be handed from thread to thread.
//!
//! ## Invariants
//! 1. A piece ends with a line, unless it holds nothing but a part of one: so that lines need not be put together again, and
//!    those that are huge are decompressed, read and hashed at the same time as others.
//! 2. Memory is [`BUFFERS`] buffers of about [`PIECE_BYTES`], however long lines are.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::super::input::Buffered;

/// Bytes that are handed on together, at least: room for any block but those of huge lines, so that a frame is decompressed into
/// it at one go, and little enough to stay in the cache from thread to thread.
const PIECE_BYTES: usize = 256 << 10;
/// Buffers on their way. While one thread reads a line of some megabytes, the others go on with what waits.
pub(super) const BUFFERS: usize = 16;

/// What was read together.
pub(super) struct Piece {
    buffer: Vec<u8>,
    bytes: Range<usize>,
    /// Nothing follows.
    pub(super) last: bool,
}

impl Piece {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.bytes.clone()]
    }
}

/// Reads pieces of a recording, plain or compressed.
pub(super) struct PieceReader<R: Read> {
    input: Buffered<R>,
    back: Receiver<Vec<u8>>,
    /// Buffers that there are besides the one that is read into.
    made: usize,
    /// The last piece did not end its line.
    within_line: bool,
    /// What follows on the bytes that are held, once that is known.
    end: Option<io::Result<()>>,
}

/// Gives buffers back to the reader.
pub(super) struct Returns(SyncSender<Vec<u8>>);

impl<R: Read> PieceReader<R> {
    pub(super) fn open(input: R) -> io::Result<(Self, Returns)> {
        let (returns, back) = sync_channel(BUFFERS);
        let reader = Self { input: Buffered::open(input)?, back, made: 0, within_line: false, end: None };
        Ok((reader, Returns(returns)))
    }

    pub(super) fn is_compressed(&self) -> bool {
        self.input.is_compressed()
    }

    /// The next piece; `None` behind the last. An error is told when all lines before it were handed out.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        while self.end.is_none() {
            let held = self.input.held();
            if held.len() >= PIECE_BYTES {
                let lines = memchr::memrchr(b'\n', held).map(|at| at + 1);
                return Ok(Some(self.hand_out(lines.unwrap_or(held.len()), lines.is_none())));
            }
            match self.input.fill(PIECE_BYTES) {
                Ok(0) => self.end = Some(Ok(())),
                Ok(_) => {}
                Err(cause) => self.end = Some(Err(cause)),
            }
        }
        let held = self.input.held();
        let bytes = match self.end {
            // What precedes damage is worth telling of; what it cut is not.
            Some(Err(_)) => memchr::memrchr(b'\n', held).map_or(0, |at| at + 1),
            _ => held.len(),
        };
        // Whoever holds a part of a line has to be told that it is all.
        let unfinished = self.within_line && matches!(self.end, Some(Ok(())));
        if bytes > 0 || unfinished {
            return Ok(Some(self.hand_out(bytes, false)));
        }
        self.input.give_up();
        self.end.replace(Ok(())).unwrap_or(Ok(())).map(|()| None)
    }

    fn hand_out(&mut self, bytes: usize, within_line: bool) -> Piece {
        self.within_line = within_line;
        let spare = self.spare();
        let (buffer, bytes) = self.input.take_buffer(bytes, spare);
        Piece { buffer, bytes, last: matches!(self.end, Some(Ok(()))) }
    }

    fn spare(&mut self) -> Vec<u8> {
        if let Ok(buffer) = self.back.try_recv() {
            return buffer;
        }
        if self.made < BUFFERS {
            self.made += 1;
            return Vec::new();
        }
        // Where nobody is left who could give one back, nobody takes more either.
        self.back.recv().unwrap_or_default()
    }
}

impl Returns {
    /// Gives a piece's buffer back.
    pub(super) fn give(&self, piece: Piece) {
        // Nobody waits for it once everything is read.
        let _ = self.0.send(piece.buffer);
    }
}
