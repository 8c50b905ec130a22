//! Frames around lines that stay as they are.
//!
//! ## Invariants
//! 1. Every byte that is given comes out, and nothing else stands between the frames.
//! 2. A frame ends behind each checksum line; the end line stands in the frame of the last one, and the meta line alone in the
//!    first.
//! 3. What the lines say is taken over into the index and not checked: a damaged recording makes a damaged file.

use std::io::{self, Write};

use crate::event::EventKind;
use crate::file::{BlockFacts, Content, Finished, FullSnapshotAt, ItemEntry, ParsedLine, Sink as _, Stored};
use crate::limits;

/// Bytes of a block that are held. One line of any length and an ordinary block fit.
const BLOCK_BYTES: usize = limits::FILE_LINE_BYTES + 64 * limits::FILE_BLOCK_BYTES;

/// Writes the lines of a recording, byte for byte, as a file with index.
pub struct Frames<W> {
    sink: Stored<W>,
    /// The meta line was written.
    begun: bool,
    events: u64,
    open: OpenBlock,
}

/// Why lines cannot be put into frames.
#[derive(Debug, thiserror::Error)]
pub enum FramesError {
    /// The output takes no more, or there is no memory for the compressor.
    #[error("expected to write on")]
    Out(#[from] io::Error),
    /// No checksum line for too long.
    #[error("expected a checksum line within {BLOCK_BYTES} bytes, found none")]
    NoChecksum,
    /// There was no line.
    #[error("expected a meta line, found nothing")]
    Empty,
}

/// The lines of the block that is being gathered, and what the index will say of them.
#[derive(Default)]
struct OpenBlock {
    lines: Vec<u8>,
    seq: Option<[u64; 2]>,
    range: Option<(i64, i64)>,
    count: u32,
    events: u32,
    full_snapshots: Vec<FullSnapshotAt>,
    /// Its checksum line is in it.
    closed: bool,
}

impl<W: Write> Frames<W> {
    /// Begins a file. `level` is zstd's.
    ///
    /// # Errors
    /// When there is no memory for the compressor.
    pub fn begin(out: W, level: i32) -> io::Result<Self> {
        Ok(Self { sink: Stored::new(out, level)?, begun: false, events: 0, open: OpenBlock::default() })
    }

    /// Adds the next line, given as it stands (without its line break) and as it reads. The first one is the meta line.
    ///
    /// # Errors
    /// When the block before is complete and cannot be written, or grows too large.
    pub fn line(&mut self, raw: &[u8], parsed: &ParsedLine<'_>) -> Result<(), FramesError> {
        if !self.begun {
            self.open.push(raw);
            self.sink.meta(&self.open.lines)?;
            self.begun = true;
            self.open.reset();
            return Ok(());
        }
        if self.open.closed && !matches!(parsed.content, Content::End { .. }) {
            self.close_block()?;
        }
        if self.open.lines.len() + raw.len() >= BLOCK_BYTES {
            return Err(FramesError::NoChecksum);
        }
        self.open.push(raw);
        self.open.note(parsed);
        self.events += u64::from(parsed.event.is_some());
        Ok(())
    }

    /// Ends the file. `items` are what it contains, for those who look for repetitions.
    ///
    /// # Errors
    /// When there was no line, or the output takes no more.
    pub fn finish(mut self, items: &[ItemEntry]) -> Result<Finished, FramesError> {
        if !self.begun {
            return Err(FramesError::Empty);
        }
        if !self.open.lines.is_empty() {
            self.close_block()?;
        }
        Ok(self.sink.finish(self.events, items.iter())?)
    }

    fn close_block(&mut self) -> io::Result<()> {
        let (first, last) = self.open.range.unwrap_or((0, 0));
        let facts = BlockFacts {
            seq: self.open.seq.unwrap_or_default(),
            first,
            last,
            lines: self.open.count,
            events: self.open.events,
            full_snapshots: std::mem::take(&mut self.open.full_snapshots),
        };
        self.sink.block(&self.open.lines, facts)?;
        self.open.reset();
        Ok(())
    }
}

impl OpenBlock {
    fn push(&mut self, raw: &[u8]) {
        self.lines.extend_from_slice(raw);
        self.lines.push(b'\n');
    }

    fn note(&mut self, parsed: &ParsedLine<'_>) {
        if let Some(seq) = parsed.seq {
            self.seq = Some([self.seq.map_or(seq, |[first, _]| first), seq]);
        }
        match parsed.content {
            Content::Checksum { .. } => {
                self.closed = true;
                return;
            }
            Content::End { .. } => return,
            _ => self.count += 1,
        }
        if let Some(at) = parsed.timestamp {
            let (first, last) = self.range.unwrap_or((at, at));
            self.range = Some((first.min(at), last.max(at)));
        }
        self.events += u32::from(parsed.event.is_some());
        if let Content::Event { kind: EventKind::FullSnapshot, .. } = parsed.content
            && let (Some(timestamp), Some(window_id)) = (parsed.timestamp, &parsed.window_id)
            && let Ok(window_id) = window_id.parse()
        {
            self.full_snapshots.push(FullSnapshotAt { window_id, timestamp });
        }
    }

    /// Empties the block and keeps its memory.
    fn reset(&mut self) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.clear();
        *self = Self { lines, ..Self::default() };
    }
}
