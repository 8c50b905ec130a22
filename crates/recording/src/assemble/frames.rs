//! Frames around lines that stay as they are.
//!
//! ## Invariants
//! 1. Every byte that is given comes out, and nothing else stands between the frames.
//! 2. A frame ends behind each checksum line; the end line stands in the frame of the last one, and the meta line alone in the
//!    first.
//! 3. What the lines say is taken over into the index and not checked: a damaged recording makes a damaged file.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use crate::event::EventKind;
use crate::file::{
    BlockEntry, Content, Digest, Finished, FullSnapshotAt, Index, ItemEntry, MetaEntry, ParsedLine, SeekEntry,
};
use crate::{limits, trailer};

/// Bytes of a block that are held. One line of any length and an ordinary block fit.
const BLOCK_BYTES: usize = limits::FILE_LINE_BYTES + 64 * limits::FILE_BLOCK_BYTES;

/// Writes the lines of a recording, byte for byte, as a file with index.
pub struct Frames<W> {
    out: W,
    hasher: Sha256,
    bytes: u64,
    raw_bytes: u64,
    events: u64,
    compressor: zstd::bulk::Compressor<'static>,
    compressed: Vec<u8>,
    seek_table: Vec<SeekEntry>,
    meta: Option<MetaEntry>,
    blocks: Vec<BlockEntry>,
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
        let mut compressor = zstd::bulk::Compressor::new(level)?;
        compressor.include_checksum(true)?;
        Ok(Self {
            out,
            hasher: Sha256::new(),
            bytes: 0,
            raw_bytes: 0,
            events: 0,
            compressor,
            compressed: Vec::new(),
            seek_table: Vec::new(),
            meta: None,
            blocks: Vec::new(),
            open: OpenBlock::default(),
        })
    }

    /// Adds the next line, given as it stands (without its line break) and as it reads. The first one is the meta line.
    ///
    /// # Errors
    /// When the block before is complete and cannot be written, or grows too large.
    pub fn line(&mut self, raw: &[u8], parsed: &ParsedLine<'_>) -> Result<(), FramesError> {
        if self.meta.is_none() {
            self.open.push(raw);
            let (offset, length, raw_length, sha256) = self.frame()?;
            self.meta = Some(MetaEntry { offset, length, raw_length, sha256 });
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
        let Some(meta) = self.meta else { return Err(FramesError::Empty) };
        if !self.open.lines.is_empty() {
            self.close_block()?;
        }
        let index = Index { meta, blocks: std::mem::take(&mut self.blocks) };
        let mut json = serde_json::to_vec(&index).map_err(io::Error::from)?;
        json.pop();
        json.extend_from_slice(b",\"items\":[");
        for (at, item) in items.iter().enumerate() {
            json.extend_from_slice(if at == 0 { b"\n" } else { b",\n" });
            serde_json::to_writer(&mut json, item).map_err(io::Error::from)?;
        }
        json.extend_from_slice(b"]}\n");
        let index_frame = trailer::index_frame(&json);
        self.seek_table.push(SeekEntry { compressed: length32(index_frame.len())?, decompressed: 0 });
        self.put(&index_frame)?;
        let seek_table = trailer::seek_table(&self.seek_table);
        self.put(&seek_table)?;
        self.out.flush()?;
        let sha256 = Digest::from_hasher(self.hasher);
        Ok(Finished { bytes: self.bytes, raw_bytes: self.raw_bytes, events: self.events, sha256, index })
    }

    fn close_block(&mut self) -> io::Result<()> {
        let (offset, length, raw_length, sha256) = self.frame()?;
        let (first, last) = self.open.range.unwrap_or((0, 0));
        self.blocks.push(BlockEntry {
            offset,
            length,
            raw_length,
            seq: self.open.seq.unwrap_or_default(),
            first,
            last,
            lines: self.open.count,
            events: self.open.events,
            full_snapshots: std::mem::take(&mut self.open.full_snapshots),
            sha256,
        });
        self.open.reset();
        Ok(())
    }

    /// Writes the open lines as one frame; returns its offset, length, decompressed length and digest.
    fn frame(&mut self) -> io::Result<(u64, u32, u32, Digest)> {
        self.compressed.clear();
        self.compressed.reserve(zstd::zstd_safe::compress_bound(self.open.lines.len()));
        self.compressor.compress_to_buffer(&self.open.lines, &mut self.compressed)?;
        let offset = self.bytes;
        let (length, raw_length) = (length32(self.compressed.len())?, length32(self.open.lines.len())?);
        self.seek_table.push(SeekEntry { compressed: length, decompressed: raw_length });
        self.raw_bytes += u64::from(raw_length);
        let compressed = std::mem::take(&mut self.compressed);
        let sha256 = Digest::of(&compressed);
        self.put(&compressed)?;
        self.compressed = compressed;
        Ok((offset, length, raw_length, sha256))
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes)
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

fn length32(length: usize) -> io::Result<u32> {
    let too_long = |_| io::Error::new(io::ErrorKind::InvalidInput, "expected a frame below 4 GiB");
    u32::try_from(length).map_err(too_long)
}
