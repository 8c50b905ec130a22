//! Writing a recording.
//!
//! ## Blocks
//! A block is closed when the next line comes and
//! - it holds [`limits::FILE_BLOCK_BYTES`] or more, or
//! - it holds the first full snapshot of the recording (whoever opens it needs no more than this to draw), or
//! - that line is a full snapshot and it holds [`limits::FILE_BLOCK_TINY_BYTES`] or more (seeking starts there).
//!
//! Closing waits for the next line because the last block must also hold the `end` line.
//!
//! ## Why two digests of everything
//! A checksum line tells where damage is, and allows reading what precedes it; the `end` line tells that nothing was
//! taken out, in a way that `head -n -1 | sha256sum` can repeat. Each block is hashed for both while it is still in the cache.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use super::digest::Digest;
use super::index::{BlockEntry, FullSnapshotAt, Index, ItemEntry, MetaEntry};
use super::line::{self, Line};
use super::meta::Meta;
use crate::ids::WindowId;
use crate::trailer::{self, SeekEntry};
use crate::{json, limits};

/// Writes one recording, line by line.
///
/// Invariant: at least one line can always be added; a writer that failed must be thrown away with what it wrote.
pub struct Writer<W> {
    out: Output<W>,
    compressor: zstd::bulk::Compressor<'static>,
    compressed: Vec<u8>,
    meta: MetaEntry,
    blocks: Vec<BlockEntry>,
    open: OpenBlock,
    /// The line that is being written; kept for its memory.
    rest: Vec<u8>,
    /// Over the lines since the last checksum line that are not in the open block: the meta line.
    before: Sha256,
    lines_before: u64,
    /// Over everything that was closed.
    whole: Sha256,
    seq: u64,
    events: u64,
    last_timestamp: i64,
    full_snapshot_seen: bool,
}

/// What a finished file came to.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Bytes written.
    pub bytes: u64,
    /// Bytes of all lines.
    pub raw_bytes: u64,
    /// Lines that carry an event.
    pub events: u64,
    /// Digest of the bytes written.
    pub sha256: Digest,
    /// Where everything is.
    pub index: Index,
}

/// The lines that are not compressed yet, and what the index will say of them.
#[derive(Default)]
struct OpenBlock {
    lines: Vec<u8>,
    first_seq: u64,
    range: Option<(i64, i64)>,
    count: u32,
    events: u32,
    full_snapshots: Vec<FullSnapshotAt>,
    /// The first full snapshot of the recording is in it.
    complete: bool,
}

struct Output<W> {
    writer: W,
    bytes: u64,
    raw_bytes: u64,
    hasher: Sha256,
    frames: Vec<SeekEntry>,
}

impl<W: Write> Writer<W> {
    /// Begins a file with its meta line. `level` is zstd's.
    pub fn begin(out: W, meta: &Meta, level: i32) -> io::Result<Self> {
        let mut line = Vec::new();
        meta.write(&mut line);
        let mut compressor = zstd::bulk::Compressor::new(level)?;
        // Costs next to nothing, and plain `zstd -d` then notices a damaged byte without knowing our digests.
        compressor.include_checksum(true)?;
        let mut compressed = Vec::new();
        compress(&mut compressor, &line, &mut compressed)?;
        let mut out = Output { writer: out, bytes: 0, raw_bytes: 0, hasher: Sha256::new(), frames: Vec::new() };
        let entry = MetaEntry {
            offset: 0,
            length: length32(compressed.len())?,
            raw_length: length32(line.len())?,
            sha256: Digest::of(&compressed),
        };
        out.frame(&compressed, entry.raw_length)?;
        let hasher = Sha256::new_with_prefix(&line);
        Ok(Self {
            out,
            compressor,
            compressed,
            meta: entry,
            blocks: Vec::new(),
            open: OpenBlock::default(),
            rest: Vec::new(),
            before: hasher.clone(),
            lines_before: 1,
            whole: hasher,
            seq: 0,
            events: 0,
            last_timestamp: i64::MIN,
            full_snapshot_seen: false,
        })
    }

    /// Adds the next line. Lines come in the order of their timestamps.
    pub fn push(&mut self, line: &Line<'_>) -> io::Result<()> {
        let mut rest = std::mem::take(&mut self.rest);
        rest.clear();
        line::write_rest(&mut rest, line.window_id, &line.body);
        let text = std::str::from_utf8(&rest).expect("a line is made of text");
        let result = self.push_rest(line.body.line_type(), line.timestamp, text);
        self.rest = rest;
        result
    }

    /// Adds the next line, given as its type and what [`line::write_rest`] wrote of it.
    pub fn push_rest(&mut self, line_type: &str, timestamp: i64, rest: &str) -> io::Result<()> {
        if timestamp < self.last_timestamp {
            let message = format!("expected a line at {} ms or later, got {timestamp} ms", self.last_timestamp);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let full_snapshot = line_type == line::FULL_SNAPSHOT;
        let held = self.open.lines.len();
        if self.open.complete
            || held >= limits::FILE_BLOCK_BYTES
            || (full_snapshot && held >= limits::FILE_BLOCK_TINY_BYTES)
        {
            self.close_block(None)?;
        }
        line::write_beginning(&mut self.open.lines, line_type, self.seq, timestamp);
        self.open.lines.extend_from_slice(rest.as_bytes());
        self.open.lines.push(b'\n');
        self.seq += 1;
        self.last_timestamp = timestamp;
        let event = line_type != line::CAPTURED;
        self.open.note(timestamp, event);
        self.events += u64::from(event);
        if full_snapshot {
            self.open.full_snapshots.push(FullSnapshotAt { window_id: window_of(rest)?, timestamp });
            self.open.complete |= !self.full_snapshot_seen;
            self.full_snapshot_seen = true;
        }
        Ok(())
    }

    /// Ends the file. `items` are what it contains, for those who look for repetitions.
    pub fn finish(mut self, items: impl Iterator<Item = ItemEntry>) -> io::Result<Finished> {
        self.close_block(Some(self.events))?;
        let index = Index { meta: self.meta, blocks: self.blocks };
        let mut json = trailer::index_compressor();
        json.write_all(&index.open_json())?;
        json.write_all(b",\"items\":[")?;
        let mut buffer = Vec::new();
        for (at, item) in items.enumerate() {
            buffer.clear();
            buffer.extend_from_slice(if at == 0 { b"\n" } else { b",\n" });
            serde_json::to_writer(&mut buffer, &item)?;
            json.write_all(&buffer)?;
        }
        json.write_all(b"]}\n")?;
        self.out.frame(&trailer::index_frame_from(json.finish()?), 0)?;
        let table = trailer::seek_table(&self.out.frames);
        self.out.write(&table)?;
        self.out.writer.flush()?;
        Ok(Finished {
            bytes: self.out.bytes,
            raw_bytes: self.out.raw_bytes,
            events: self.events,
            sha256: Digest::from_hasher(self.out.hasher),
            index,
        })
    }

    /// Closes the open block with its checksum line, and the file with its end line if the count of events is given.
    fn close_block(&mut self, end: Option<u64>) -> io::Result<()> {
        let lines = &mut self.open.lines;
        let mut hasher = std::mem::take(&mut self.before);
        hasher.update(&*lines);
        self.whole.update(&*lines);
        let covered = std::mem::take(&mut self.lines_before) + u64::from(self.open.count);
        let closed = lines.len();
        let sha256 = Digest::from_hasher(hasher);
        writeln!(lines, r#"{{"type":"checksum","seq":{},"lines":{covered},"sha256":"{sha256}"}}"#, self.seq)?;
        self.seq += 1;
        self.whole.update(&lines[closed..]);
        if let Some(events) = end {
            let sha256 = Digest::from_hasher(self.whole.clone());
            writeln!(lines, r#"{{"type":"end","seq":{},"events":{events},"sha256":"{sha256}"}}"#, self.seq)?;
            self.seq += 1;
        }
        compress(&mut self.compressor, lines, &mut self.compressed)?;
        let (first, last) = self.open.range.take().unwrap_or((0, 0));
        let entry = BlockEntry {
            offset: self.out.bytes,
            length: length32(self.compressed.len())?,
            raw_length: length32(lines.len())?,
            seq: [self.open.first_seq, self.seq - 1],
            first,
            last,
            lines: self.open.count,
            events: self.open.events,
            full_snapshots: std::mem::take(&mut self.open.full_snapshots),
            sha256: Digest::of(&self.compressed),
        };
        self.out.frame(&self.compressed, entry.raw_length)?;
        self.blocks.push(entry);
        self.open.reset(self.seq);
        Ok(())
    }
}

impl OpenBlock {
    fn note(&mut self, timestamp: i64, event: bool) {
        let first = self.range.map_or(timestamp, |(first, _)| first);
        self.range = Some((first, timestamp));
        self.count += 1;
        self.events += u32::from(event);
    }

    /// Empties the block. Keeps its buffer: where one line was huge, so will be others (full snapshots of the same page), and
    /// taking and giving back such memory again and again leaves allocators with more than keeping it.
    fn reset(&mut self, first_seq: u64) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.clear();
        *self = Self { lines, first_seq, ..Self::default() };
    }
}

impl<W: Write> Output<W> {
    fn frame(&mut self, bytes: &[u8], decompressed: u32) -> io::Result<()> {
        self.frames.push(SeekEntry { compressed: length32(bytes.len())?, decompressed });
        self.raw_bytes += u64::from(decompressed);
        self.write(bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        self.writer.write_all(bytes)
    }
}

/// One frame, with its content size.
fn compress(compressor: &mut zstd::bulk::Compressor<'_>, raw: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    out.clear();
    out.reserve(zstd::zstd_safe::compress_bound(raw.len()));
    compressor.compress_to_buffer(raw, out).map(drop)
}

fn window_of(rest: &str) -> io::Result<WindowId> {
    let head = line::RestHead::read(rest);
    let window_id = head.and_then(|head| json::unescape(head.window_id).parse().ok());
    window_id.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "expected a line that begins with its window"))
}

fn length32(length: usize) -> io::Result<u32> {
    let too_long = |_| io::Error::new(io::ErrorKind::InvalidInput, "expected a block below 4 GiB");
    u32::try_from(length).map_err(too_long)
}
