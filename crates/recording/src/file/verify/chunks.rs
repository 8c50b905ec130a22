//! Whole lines in buffers that can be handed from thread to thread.
//!
//! ## Invariant
//! However long lines are, one buffer beyond [`SMALL_BYTES`] exists at a time: before a buffer grows so far, those on their
//! way are waited for. That one is kept, for the next such line: where one full snapshot is huge, so are others, and taking and
//! giving back such memory again and again costs more than reading.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::super::input::Buffered;
use crate::limits;

/// Bytes of lines that are handed on together: room for any block but those of huge lines, so that a frame is decompressed into
/// it at one go, and little enough to stay in the cache from thread to thread.
const CHUNK_BYTES: usize = 256 << 10;
/// A buffer of this size may exist as often as there are buffers on their way.
const SMALL_BYTES: usize = 1 << 20;
/// Buffers on their way: each thread works on one, and one waits before each.
pub(super) const BUFFERS: usize = 8;

/// Lines that were read together.
pub(super) struct Chunk {
    buffer: Vec<u8>,
    lines: Range<usize>,
    /// They are the last ones.
    pub(super) last: bool,
}

impl Chunk {
    /// Their bytes. Only the last line of all may lack its line break.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.lines.clone()]
    }
}

/// Why there are no more lines.
pub(super) enum Cut {
    /// The input cannot be read on.
    Read(io::Error),
    /// The next line is longer than any of a recording.
    TooLong,
}

/// Reads chunks from a recording, plain or compressed.
pub(super) struct ChunkReader<R: Read> {
    input: Buffered<R>,
    spares: Spares,
    /// What follows on the lines that are held, once that is known.
    end: Option<Result<(), Cut>>,
}

/// The buffers that are not in use, and those that come back.
struct Spares {
    back: Receiver<Vec<u8>>,
    idle: Vec<Vec<u8>>,
    /// The one that has grown, while it is not away.
    large: Option<Vec<u8>>,
    away: usize,
}

/// Gives buffers back to the reader.
pub(super) struct Returns(SyncSender<Vec<u8>>);

impl<R: Read> ChunkReader<R> {
    pub(super) fn open(input: R) -> io::Result<(Self, Returns)> {
        let (returns, back) = sync_channel(BUFFERS);
        let spares = Spares { back, idle: Vec::new(), large: None, away: 0 };
        Ok((Self { input: Buffered::open(input)?, spares, end: None }, Returns(returns)))
    }

    pub(super) fn is_compressed(&self) -> bool {
        self.input.is_compressed()
    }

    /// The next lines; `None` behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Chunk>, Cut> {
        let mut searched = 0;
        while self.end.is_none() {
            let held = self.input.held();
            if held.len() >= CHUNK_BYTES {
                if let Some(at) = memchr::memrchr(b'\n', &held[searched..]) {
                    return Ok(Some(self.hand_out(searched + at + 1)));
                }
                searched = held.len();
            }
            if held.len() > limits::FILE_LINE_BYTES {
                self.input.give_up();
                self.end = Some(Err(Cut::TooLong));
                break;
            }
            if held.len() * 2 > SMALL_BYTES {
                self.spares.wait_for_all();
                if let Some(large) = self.spares.large.take() {
                    self.spares.keep(self.input.change_buffer(large));
                }
            }
            match self.input.fill(CHUNK_BYTES) {
                Ok(0) => self.end = Some(Ok(())),
                Ok(_) => {}
                Err(cause) => self.end = Some(Err(Cut::Read(cause))),
            }
        }
        let held = self.input.held();
        let lines = match self.end {
            // What precedes damage is worth telling of; what it cut is not.
            Some(Err(_)) => memchr::memrchr(b'\n', held).map_or(0, |at| at + 1),
            _ => held.len(),
        };
        if lines > 0 {
            return Ok(Some(self.hand_out(lines)));
        }
        self.input.give_up();
        self.end.replace(Ok(())).unwrap_or(Ok(())).map(|()| None)
    }

    fn hand_out(&mut self, bytes: usize) -> Chunk {
        let (buffer, lines) = self.input.take_buffer(bytes, self.spares.one());
        Chunk { buffer, lines, last: matches!(self.end, Some(Ok(()))) }
    }
}

impl Spares {
    fn one(&mut self) -> Vec<u8> {
        while self.idle.is_empty() && self.away >= BUFFERS {
            self.take_back();
        }
        self.away += 1;
        self.idle.pop().unwrap_or_default()
    }

    fn wait_for_all(&mut self) {
        while self.away > 0 {
            self.take_back();
        }
    }

    fn take_back(&mut self) {
        self.away -= 1;
        // Where nobody is left who could give one back, there will be a new one.
        let buffer = self.back.recv().unwrap_or_default();
        self.keep(buffer);
    }

    fn keep(&mut self, buffer: Vec<u8>) {
        match buffer.len() > SMALL_BYTES {
            true => self.large = Some(buffer),
            false => self.idle.push(buffer),
        }
    }
}

impl Returns {
    /// Gives a chunk's buffer back.
    pub(super) fn give(&self, chunk: Chunk) {
        // Nobody waits for it once everything is read.
        let _ = self.0.send(chunk.buffer);
    }
}
