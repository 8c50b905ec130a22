//! What becomes of the blocks of a recording that is written.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use super::digest::Digest;
use super::index::{BlockEntry, FullSnapshotAt, Index, ItemEntry, MetaEntry};
use crate::trailer::{self, SeekEntry};

/// Where the lines of a recording go, block by block.
pub trait Sink {
    /// Takes the meta line, with its line break.
    ///
    /// # Errors
    /// When it cannot be written.
    fn meta(&mut self, line: &[u8]) -> io::Result<()>;

    /// Takes the lines of a block, and what is known of them.
    ///
    /// # Errors
    /// When they cannot be written.
    fn block(&mut self, lines: &[u8], facts: BlockFacts) -> io::Result<()>;
}

/// What a writer knows of a block that it closed. Members are those of [`BlockEntry`].
#[derive(Debug)]
pub struct BlockFacts {
    pub(crate) seq: [u64; 2],
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) lines: u32,
    pub(crate) events: u32,
    pub(crate) full_snapshots: Vec<FullSnapshotAt>,
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

/// A file as it is stored: a zstd frame for each block, the index behind them.
pub struct Stored<W> {
    out: W,
    compressor: zstd::bulk::Compressor<'static>,
    compressed: Vec<u8>,
    bytes: u64,
    raw_bytes: u64,
    hasher: Sha256,
    frames: Vec<SeekEntry>,
    meta: Option<MetaEntry>,
    blocks: Vec<BlockEntry>,
}

/// The lines as they are.
pub struct Plain<W>(pub(super) W);

impl<W: Write> Stored<W> {
    pub(crate) fn new(out: W, level: i32) -> io::Result<Self> {
        let mut compressor = zstd::bulk::Compressor::new(level)?;
        // Costs next to nothing, and plain `zstd -d` then notices a damaged byte without knowing our digests.
        compressor.include_checksum(true)?;
        Ok(Self {
            out,
            compressor,
            compressed: Vec::new(),
            bytes: 0,
            raw_bytes: 0,
            hasher: Sha256::new(),
            frames: Vec::new(),
            meta: None,
            blocks: Vec::new(),
        })
    }

    pub(crate) fn finish(
        mut self,
        events: u64,
        items: impl Iterator<Item = impl std::borrow::Borrow<ItemEntry>>,
    ) -> io::Result<Finished> {
        let meta = self.meta.take().expect("a writer begins with the meta line");
        let index = Index { meta, blocks: std::mem::take(&mut self.blocks) };
        let mut json = trailer::index_compressor();
        json.write_all(&index.open_json())?;
        json.write_all(b",\"items\":[")?;
        let mut buffer = Vec::new();
        for (at, item) in items.enumerate() {
            buffer.clear();
            buffer.extend_from_slice(if at == 0 { b"\n" } else { b",\n" });
            serde_json::to_writer(&mut buffer, item.borrow())?;
            json.write_all(&buffer)?;
        }
        json.write_all(b"]}\n")?;
        self.frame(&trailer::index_frame_from(json.finish()?), 0)?;
        let table = trailer::seek_table(&self.frames);
        self.write(&table)?;
        self.out.flush()?;
        let sha256 = Digest::from_hasher(self.hasher);
        Ok(Finished { bytes: self.bytes, raw_bytes: self.raw_bytes, events, sha256, index })
    }

    /// Writes a frame that holds `raw`, with its content size; returns its place, its two lengths and its digest.
    fn lines(&mut self, raw: &[u8]) -> io::Result<MetaEntry> {
        let mut compressed = std::mem::take(&mut self.compressed);
        compressed.clear();
        compressed.reserve(zstd::zstd_safe::compress_bound(raw.len()));
        self.compressor.compress_to_buffer(raw, &mut compressed)?;
        let entry = MetaEntry {
            offset: self.bytes,
            length: length32(compressed.len())?,
            raw_length: length32(raw.len())?,
            sha256: Digest::of(&compressed),
        };
        self.frame(&compressed, entry.raw_length)?;
        self.compressed = compressed;
        Ok(entry)
    }

    fn frame(&mut self, bytes: &[u8], decompressed: u32) -> io::Result<()> {
        self.frames.push(SeekEntry { compressed: length32(bytes.len())?, decompressed });
        self.raw_bytes += u64::from(decompressed);
        self.write(bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}

impl<W: Write> Sink for Stored<W> {
    fn meta(&mut self, line: &[u8]) -> io::Result<()> {
        self.meta = Some(self.lines(line)?);
        Ok(())
    }

    fn block(&mut self, lines: &[u8], facts: BlockFacts) -> io::Result<()> {
        let MetaEntry { offset, length, raw_length, sha256 } = self.lines(lines)?;
        let BlockFacts { seq, first, last, lines, events, full_snapshots } = facts;
        self.blocks.push(BlockEntry {
            offset,
            length,
            raw_length,
            seq,
            first,
            last,
            lines,
            events,
            full_snapshots,
            sha256,
        });
        Ok(())
    }
}

impl<W: Write> Sink for Plain<W> {
    fn meta(&mut self, line: &[u8]) -> io::Result<()> {
        self.0.write_all(line)
    }

    fn block(&mut self, lines: &[u8], _: BlockFacts) -> io::Result<()> {
        self.0.write_all(lines)
    }
}

fn length32(length: usize) -> io::Result<u32> {
    let too_long = |_| io::Error::new(io::ErrorKind::InvalidInput, "expected a block below 4 GiB");
    u32::try_from(length).map_err(too_long)
}
