//! Lines that travel together: what the page decodes at once.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cassette_recording::file::ParsedLine;
use serde::Serialize;

/// Bytes of lines after which a block is closed. Larger ones compress better, smaller ones show the first picture sooner.
const BLOCK_BYTES: usize = 1 << 20;
/// A full snapshot begins a new block unless the open one is smaller than this: seeking begins at full snapshots.
const TINY_BYTES: usize = 64 << 10;
/// gzip's.
const LEVEL: i32 = 6;

/// The lines of a block that is not written yet.
#[derive(Default)]
pub(super) struct OpenBlock {
    lines: Vec<u8>,
    entry: Entry,
    /// The first full snapshot of the recording is in it, or was in one before.
    drawn: bool,
    /// No line may be added any more.
    complete: bool,
}

/// What the listing says of a block.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Entry {
    key: u64,
    first: i64,
    last: i64,
    events: u64,
    lines: u64,
    raw_length: u64,
    full_snapshots: Vec<FullSnapshot>,
}

#[derive(Debug, Clone, Serialize)]
struct FullSnapshot {
    window_id: String,
    timestamp: i64,
}

impl OpenBlock {
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether the block has to be written before this line is added.
    pub(super) fn is_full_for(&self, line: &ParsedLine<'_>) -> bool {
        self.complete || self.lines.len() >= BLOCK_BYTES || (is_full_snapshot(line) && self.lines.len() >= TINY_BYTES)
    }

    /// Adds a line, which stands there as `text`.
    pub(super) fn push(&mut self, line: &ParsedLine<'_>, text: &str) {
        self.lines.extend_from_slice(text.as_bytes());
        self.lines.push(b'\n');
        let entry = &mut self.entry;
        let timestamp = line.timestamp.unwrap_or(entry.last);
        entry.first = if entry.lines == 0 { timestamp } else { entry.first };
        entry.last = timestamp;
        entry.lines += 1;
        entry.events += u64::from(line.event.is_some());
        if is_full_snapshot(line) {
            let window_id = line.window_id.as_deref().unwrap_or_default().to_owned();
            entry.full_snapshots.push(FullSnapshot { window_id, timestamp });
            self.complete |= !self.drawn;
            self.drawn = true;
        }
    }

    /// Writes the block as an element of the page, and begins the next.
    pub(super) fn write(&mut self, out: &mut impl Write) -> io::Result<Entry> {
        let mut entry = std::mem::take(&mut self.entry);
        self.entry.key = entry.key + 1;
        // A line without a time stands where its predecessor stands, in the next block too.
        self.entry.last = entry.last;
        entry.raw_length = self.lines.len() as u64;
        write!(out, "<script type=\"text/plain\" id=\"block-{}\">", entry.key)?;
        out.write_all(STANDARD.encode(gzip(&self.lines)).as_bytes())?;
        out.write_all(b"</script>\n")?;
        self.lines.clear();
        self.complete = false;
        Ok(entry)
    }
}

fn is_full_snapshot(line: &ParsedLine<'_>) -> bool {
    line.type_name == "full_snapshot"
}

fn gzip(lines: &[u8]) -> Vec<u8> {
    let level = libdeflater::CompressionLvl::new(LEVEL).expect("6 is a level of gzip");
    let mut compressor = libdeflater::Compressor::new(level);
    let mut out = vec![0; compressor.gzip_compress_bound(lines.len())];
    let length = compressor.gzip_compress(lines, &mut out).expect("the buffer has the size of the worst case");
    out.truncate(length);
    out
}
