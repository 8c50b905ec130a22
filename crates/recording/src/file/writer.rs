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
//! What becomes of a closed block is its [`Sink`]'s: [`Stored`] makes frames and an index of them, [`Plain`] leaves them as they
//! are.
//!
//! ## Why two digests of everything
//! A checksum line tells where damage is, and allows reading what precedes it; the `end` line tells that nothing was
//! taken out, in a way that `head -n -1 | sha256sum` can repeat. Each block is hashed for both at once ([`Digests`]).

use std::io::{self, Write};

use super::digests::Digests;
use super::index::{FullSnapshotAt, ItemEntry};
use super::line::{self, Line};
use super::meta::Meta;
use super::parsed::{Content, ParsedLine};
use super::sink::{BlockFacts, Finished, Plain, Sink, Stored};
use crate::event::EventKind;
use crate::ids::WindowId;
use crate::{json, limits};

/// Writes one recording, line by line.
///
/// Invariant: at least one line can always be added; a writer that failed must be thrown away with what it wrote.
pub struct Writer<S> {
    sink: S,
    open: OpenBlock,
    /// The line that is being written; kept for its memory.
    rest: Vec<u8>,
    /// Over everything that was closed, and the meta line as the beginning of the first block.
    digests: Digests,
    /// Lines since the last checksum line that are not in the open block: the meta line.
    lines_before: u64,
    seq: u64,
    events: u64,
    last_timestamp: i64,
    full_snapshot_seen: bool,
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

impl<W: Write> Writer<Stored<W>> {
    /// Begins a file with its meta line. `level` is zstd's.
    pub fn begin(out: W, meta: &Meta, level: i32) -> io::Result<Self> {
        Self::into_sink(Stored::new(out, level)?, Digests::together(), meta)
    }

    /// Ends the file. `items` are what it contains, for those who look for repetitions.
    pub fn finish(mut self, items: impl Iterator<Item = ItemEntry>) -> io::Result<Finished> {
        self.close_block(Some(self.events))?;
        self.sink.finish(self.events, items)
    }
}

impl<W: Write> Writer<Plain<W>> {
    /// Begins the lines alone, without compression and index.
    pub fn begin_plain(out: W, meta: &Meta) -> io::Result<Self> {
        Self::into_sink(Plain(out), Digests::apart()?, meta)
    }

    /// Ends the lines; returns how many carry an event.
    pub fn finish_plain(mut self) -> io::Result<u64> {
        self.close_block(Some(self.events))?;
        self.sink.0.flush()?;
        Ok(self.events)
    }
}

impl<S: Sink> Writer<S> {
    fn into_sink(mut sink: S, mut digests: Digests, meta: &Meta) -> io::Result<Self> {
        let mut line = Vec::new();
        meta.write(&mut line);
        sink.meta(&line)?;
        digests.update(&line);
        Ok(Self {
            sink,
            open: OpenBlock::default(),
            rest: Vec::new(),
            digests,
            lines_before: 1,
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
        self.check_order(Some(timestamp))?;
        let full_snapshot = line_type == line::FULL_SNAPSHOT;
        self.make_room(full_snapshot)?;
        line::write_beginning(&mut self.open.lines, line_type, self.seq, timestamp);
        self.open.lines.extend_from_slice(rest.as_bytes());
        let window_id = if full_snapshot { Some(window_of(rest)?) } else { None };
        self.added(Some(timestamp), line_type != line::CAPTURED, full_snapshot, window_id);
        Ok(())
    }

    /// Adds the next line as it was read, byte for byte but for its `seq`. It must have one.
    pub(super) fn push_parsed(&mut self, line: &ParsedLine<'_>) -> io::Result<()> {
        self.check_order(line.timestamp)?;
        let (before, behind) = line.around_seq().ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "expected a line with a seq, got one without")
        })?;
        let full_snapshot = matches!(line.content, Content::Event { kind: EventKind::FullSnapshot, .. });
        self.make_room(full_snapshot)?;
        self.open.lines.extend_from_slice(before.as_bytes());
        line::write_u64(&mut self.open.lines, self.seq);
        self.open.lines.extend_from_slice(behind.as_bytes());
        let window_id = line.window_id.as_deref().and_then(|window_id| window_id.parse().ok());
        self.added(line.timestamp, line.event.is_some(), full_snapshot, window_id);
        Ok(())
    }

    fn check_order(&self, timestamp: Option<i64>) -> io::Result<()> {
        match timestamp.filter(|&timestamp| timestamp < self.last_timestamp) {
            None => Ok(()),
            Some(timestamp) => {
                let message = format!("expected a line at {} ms or later, got {timestamp} ms", self.last_timestamp);
                Err(io::Error::new(io::ErrorKind::InvalidInput, message))
            }
        }
    }

    /// Closes the open block if the next line does not go into it.
    fn make_room(&mut self, full_snapshot: bool) -> io::Result<()> {
        let held = self.open.lines.len();
        let full = held >= limits::FILE_BLOCK_BYTES;
        match self.open.complete || full || (full_snapshot && held >= limits::FILE_BLOCK_TINY_BYTES) {
            true => self.close_block(None),
            false => Ok(()),
        }
    }

    /// Counts the line that was just put into the open block.
    fn added(&mut self, timestamp: Option<i64>, event: bool, full_snapshot: bool, window_id: Option<WindowId>) {
        self.open.lines.push(b'\n');
        self.seq += 1;
        self.last_timestamp = timestamp.unwrap_or(self.last_timestamp);
        self.open.note(timestamp, event);
        self.events += u64::from(event);
        if full_snapshot {
            self.open
                .full_snapshots
                .extend(window_id.zip(timestamp).map(|(window_id, timestamp)| FullSnapshotAt { window_id, timestamp }));
            self.open.complete |= !self.full_snapshot_seen;
            self.full_snapshot_seen = true;
        }
    }

    /// Closes the open block with its checksum line, and the file with its end line if the count of events is given.
    fn close_block(&mut self, end: Option<u64>) -> io::Result<()> {
        let lines = &mut self.open.lines;
        self.digests.update(lines);
        let covered = std::mem::take(&mut self.lines_before) + u64::from(self.open.count);
        let closed = lines.len();
        let sha256 = self.digests.take_block();
        writeln!(lines, r#"{{"type":"checksum","seq":{},"lines":{covered},"sha256":"{sha256}"}}"#, self.seq)?;
        self.seq += 1;
        self.digests.update_whole(&lines[closed..]);
        if let Some(events) = end {
            let sha256 = self.digests.finish();
            writeln!(lines, r#"{{"type":"end","seq":{},"events":{events},"sha256":"{sha256}"}}"#, self.seq)?;
            self.seq += 1;
        }
        let (first, last) = self.open.range.take().unwrap_or((0, 0));
        let facts = BlockFacts {
            seq: [self.open.first_seq, self.seq - 1],
            first,
            last,
            lines: self.open.count,
            events: self.open.events,
            full_snapshots: std::mem::take(&mut self.open.full_snapshots),
        };
        self.sink.block(lines, facts)?;
        self.open.reset(self.seq);
        Ok(())
    }
}

impl OpenBlock {
    fn note(&mut self, timestamp: Option<i64>, event: bool) {
        if let Some(timestamp) = timestamp {
            let first = self.range.map_or(timestamp, |(first, _)| first);
            self.range = Some((first, timestamp));
        }
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

fn window_of(rest: &str) -> io::Result<WindowId> {
    let head = line::RestHead::read(rest);
    let window_id = head.and_then(|head| json::unescape(head.window_id).parse().ok());
    window_id.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "expected a line that begins with its window"))
}
