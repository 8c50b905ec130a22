//! The index at a file's end: where the blocks are and what is in them.
//!
//! ## Invariants
//! 1. The meta frame and the blocks lie one behind the other, without gaps, from offset 0 on.
//! 2. What the index says can be computed from the frames; only the items cannot. It is believed for finding, never for
//!    what is in a line.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use crate::ids::{DistinctId, ItemId, WindowId};
use crate::limits;
use crate::trailer::{self, SeekEntry, TrailerError};

/// How much of a file's end to read at first: enough for the index of an hour's recording.
pub const TAIL_BYTES: usize = 64 << 10;

/// Where the meta line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaEntry {
    /// Where the frame begins in the file.
    pub offset: u64,
    /// Bytes of the frame.
    pub length: u32,
    /// Bytes of the line, its line break included.
    pub raw_length: u32,
    /// Digest of the frame as it stands in the file.
    pub sha256: Digest,
}

/// One block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockEntry {
    /// Where the frame begins in the file.
    pub offset: u64,
    /// Bytes of the frame.
    pub length: u32,
    /// Bytes of its lines, checksum and end lines included.
    pub raw_length: u32,
    /// `seq` of the first line and of the last.
    pub seq: [u64; 2],
    /// The least timestamp.
    pub first: i64,
    /// The greatest timestamp.
    pub last: i64,
    /// Lines without the checksum and end lines.
    pub lines: u32,
    /// Lines that carry an event.
    pub events: u32,
    /// Its full snapshots, in order.
    pub full_snapshots: Vec<FullSnapshotAt>,
    /// Digest of the frame as it stands in the file.
    pub sha256: Digest,
}

/// A place from which a window can be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FullSnapshotAt {
    /// The window.
    pub window_id: WindowId,
    /// Milliseconds since `started_at`.
    pub timestamp: i64,
}

/// One item that the file contains, so that a repetition of it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemEntry {
    /// Names the item.
    pub item: ItemId,
    /// The window it came from.
    pub window_id: WindowId,
    /// Whose it is, as the item said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct_id: Option<DistinctId>,
    /// When it arrived, in epoch milliseconds of the server.
    pub arrived_at: i64,
    /// When it was sent, in epoch milliseconds of the visitor's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<i64>,
}

/// Where everything is in a file. Without the items, which only those need who look for repetitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The meta line's frame.
    pub meta: MetaEntry,
    /// The blocks, in the order of the file.
    pub blocks: Vec<BlockEntry>,
}

/// Why an index cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The JSON is not that of an index.
    #[error("expected the JSON of an index")]
    Json(#[source] serde_json::Error),
    /// A frame does not begin where the one before ends.
    #[error("expected frame {frame} to begin at byte {expected}, the index says {found}")]
    Offset {
        /// Number of the frame; the meta line's is 0.
        frame: usize,
        /// Where the frame before ends.
        expected: u64,
        /// What the index says.
        found: u64,
    },
}

impl Index {
    /// Reads the JSON of an index, and checks that its frames lie one behind the other.
    pub fn from_json(json: &[u8]) -> Result<Self, IndexError> {
        let index: Self = serde_json::from_slice(json).map_err(IndexError::Json)?;
        let frames = index.frames();
        let mut expected = 0_u64;
        for (frame, (found, length)) in frames.enumerate() {
            if found != expected {
                return Err(IndexError::Offset { frame, expected, found });
            }
            // Cannot overflow: it would take 2^32 frames, and each takes a hundred bytes of an index of bounded size.
            expected += u64::from(length);
        }
        Ok(index)
    }

    /// Where the last block ends and the trailer begins.
    pub fn end(&self) -> u64 {
        self.frames().last().map_or(0, |(offset, length)| offset + u64::from(length))
    }

    /// Offset and length of each frame.
    fn frames(&self) -> impl Iterator<Item = (u64, u32)> {
        let blocks = self.blocks.iter().map(|block| (block.offset, block.length));
        std::iter::once((self.meta.offset, self.meta.length)).chain(blocks)
    }

    /// The JSON up to the items: an object that is still open, to which `,"items":[…]}` is to be added.
    pub(super) fn open_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec(self).expect("an index is text and numbers");
        json.pop();
        json
    }
}

/// What stands behind the last block.
#[derive(Debug, Clone)]
pub struct Trailer {
    json: Vec<u8>,
    seek_table: Vec<SeekEntry>,
    bytes: usize,
}

impl Trailer {
    /// Reads the trailer from the last bytes of a file. Begin with [`TAIL_BYTES`] of them (or the whole file, if it is
    /// smaller), and give as many as [`TrailerError::NeedMore`] asks for if it does.
    pub fn from_tail(tail: &[u8]) -> Result<Self, TrailerError> {
        let (seek_table, table_bytes) = trailer::read_seek_table(tail)?;
        let before = &tail[..tail.len() - table_bytes];
        let (json, index_bytes) = trailer::read_index_frame(before).map_err(|error| match error {
            TrailerError::NeedMore(bytes) => TrailerError::NeedMore(bytes + table_bytes),
            error => error,
        })?;
        Ok(Self { json, seek_table, bytes: table_bytes + index_bytes })
    }

    /// Reads the trailer of a file, from its end. An error of the outer kind is one of reading the file.
    pub fn from_file(file: &mut (impl Read + Seek)) -> io::Result<Result<Self, TrailerError>> {
        from_end(file, Self::from_tail)
    }

    /// The index.
    pub fn index(&self) -> Result<Index, IndexError> {
        Index::from_json(&self.json)
    }

    /// The items that the file contains.
    pub fn items(&self) -> Result<Vec<ItemEntry>, IndexError> {
        #[derive(Deserialize)]
        struct Items {
            items: Vec<ItemEntry>,
        }
        serde_json::from_slice::<Items>(&self.json).map(|index| index.items).map_err(IndexError::Json)
    }

    /// The seek table: one entry for each frame before it, the index included.
    pub fn seek_table(&self) -> &[SeekEntry] {
        &self.seek_table
    }

    /// The index as it is stored, decompressed.
    pub fn index_json(&self) -> &[u8] {
        &self.json
    }

    /// Bytes from where the trailer begins to the file's end.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Reads something from a file's end, with as many bytes as that takes.
pub(super) fn from_end<T>(
    file: &mut (impl Read + Seek),
    read: impl Fn(&[u8]) -> Result<T, TrailerError>,
) -> io::Result<Result<T, TrailerError>> {
    let size = file.seek(SeekFrom::End(0))?;
    let mut bytes = TAIL_BYTES as u64;
    loop {
        let start = size.saturating_sub(bytes);
        file.seek(SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        file.take(size - start).read_to_end(&mut tail)?;
        match read(&tail) {
            Err(TrailerError::NeedMore(more)) if more > tail.len() && more as u64 <= size => bytes = more as u64,
            answer => return Ok(answer),
        }
    }
}

/// Why a block's bytes are not the block.
#[derive(Debug, thiserror::Error)]
pub enum DecodeBlockError {
    /// Not the bytes that were written.
    #[error("expected a frame of {length} bytes with SHA-256 {expected}, found {found_length} bytes with {found}")]
    Damaged {
        /// Bytes that the index says.
        length: u32,
        /// Bytes that were given.
        found_length: usize,
        /// Digest that the index says.
        expected: Digest,
        /// Digest of the bytes given.
        found: Digest,
    },
    /// The index says a size beyond any honest one.
    #[error("expected a block of at most {limit} bytes, the index says {raw_length}")]
    TooLarge {
        /// Size that the index says.
        raw_length: u32,
        /// The bound.
        limit: usize,
    },
    /// The frame does not decompress into the size that the index says.
    #[error("expected a frame of {raw_length} bytes decompressed")]
    Decompress {
        /// Size that the index says.
        raw_length: u32,
        /// What zstd says; nothing if the size is another.
        #[source]
        cause: Option<io::Error>,
    },
}

/// The lines of a block, from the bytes at its place in the file.
pub fn decode_block(compressed: &[u8], block: &BlockEntry) -> Result<Vec<u8>, DecodeBlockError> {
    BlockDecoder::default().decode(compressed, block)
}

/// Decodes blocks one after the other: what the decompressor needs is prepared once, not for each.
#[derive(Default)]
pub struct BlockDecoder(Option<zstd::bulk::Decompressor<'static>>);

impl BlockDecoder {
    /// As [`decode_block`].
    pub fn decode(&mut self, compressed: &[u8], block: &BlockEntry) -> Result<Vec<u8>, DecodeBlockError> {
        decode(&mut self.0, compressed, block.length, block.raw_length, block.sha256)
    }
}

impl fmt::Debug for BlockDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlockDecoder")
    }
}

/// The meta line, from the bytes at its place in the file.
pub fn decode_meta(compressed: &[u8], meta: &MetaEntry) -> Result<Vec<u8>, DecodeBlockError> {
    decode(&mut None, compressed, meta.length, meta.raw_length, meta.sha256)
}

fn decode(
    decompressor: &mut Option<zstd::bulk::Decompressor<'static>>,
    compressed: &[u8],
    length: u32,
    raw_length: u32,
    expected: Digest,
) -> Result<Vec<u8>, DecodeBlockError> {
    let found = Digest::of(compressed);
    if compressed.len() != length as usize || found != expected {
        return Err(DecodeBlockError::Damaged { length, found_length: compressed.len(), expected, found });
    }
    let limit = limits::FILE_LINE_BYTES + limits::FILE_BLOCK_BYTES;
    if raw_length as usize > limit {
        return Err(DecodeBlockError::TooLarge { raw_length, limit });
    }
    let mut decompress = || {
        let decompressor = match decompressor {
            Some(kept) => kept,
            None => decompressor.insert(zstd::bulk::Decompressor::new()?),
        };
        decompressor.decompress(compressed, raw_length as usize)
    };
    match decompress() {
        Ok(lines) if lines.len() == raw_length as usize => Ok(lines),
        Ok(_) => Err(DecodeBlockError::Decompress { raw_length, cause: None }),
        Err(cause) => Err(DecodeBlockError::Decompress { raw_length, cause: Some(cause) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(offset: u64, length: u32) -> BlockEntry {
        BlockEntry {
            offset,
            length,
            raw_length: 10,
            seq: [0, 1],
            first: 0,
            last: 5,
            lines: 1,
            events: 1,
            full_snapshots: Vec::new(),
            sha256: Digest::of(b""),
        }
    }

    fn index(blocks: Vec<BlockEntry>) -> Index {
        let meta = MetaEntry { offset: 0, length: 7, raw_length: 9, sha256: Digest::of(b"") };
        Index { meta, blocks }
    }

    #[test]
    fn an_index_reads_back() {
        let index = index(vec![frame(7, 5), frame(12, 6)]);
        assert_eq!(Index::from_json(&serde_json::to_vec(&index).unwrap()).unwrap(), index);
        assert_eq!(index.end(), 18);
    }

    #[test]
    fn an_index_with_a_gap_is_refused() {
        let json = serde_json::to_vec(&index(vec![frame(7, 5), frame(13, 6)])).unwrap();
        let error = Index::from_json(&json).unwrap_err();
        assert_eq!(error.to_string(), "expected frame 2 to begin at byte 12, the index says 13");
    }

    #[test]
    fn a_block_that_says_a_wrong_size_is_refused() {
        let compressed = zstd::bulk::compress(b"0123456789", 1).unwrap();
        let entry = |raw_length| BlockEntry {
            length: u32::try_from(compressed.len()).unwrap(),
            raw_length,
            sha256: Digest::of(&compressed),
            ..frame(0, 0)
        };
        assert_eq!(decode_block(&compressed, &entry(10)).unwrap(), b"0123456789");
        assert!(matches!(decode_block(&compressed, &entry(11)), Err(DecodeBlockError::Decompress { cause: None, .. })));
        assert!(matches!(
            decode_block(&compressed, &entry(9)),
            Err(DecodeBlockError::Decompress { cause: Some(_), .. })
        ));
        assert!(matches!(decode_block(&compressed, &entry(u32::MAX)), Err(DecodeBlockError::TooLarge { .. })));
        assert!(matches!(decode_block(&compressed[1..], &entry(10)), Err(DecodeBlockError::Damaged { .. })));
    }
}
