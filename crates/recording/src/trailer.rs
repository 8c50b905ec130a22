//! What stands behind the compressed lines of a stored object: frames that plain `zstd` skips.
//!
//! ## Layout
//!
//! ```text
//! skippable frame   magic (0x184D2A50 + nibble) u32 LE | length of payload u32 LE | payload
//! index frame       skippable, nibble 0; payload = one zstd frame of JSON | length of that zstd frame u32 LE
//! seek table        skippable, nibble 14; payload = entries | footer           (zstd's seekable format)
//!   entry           compressed size u32 LE | decompressed size u32 LE          (skippable frames count as 0 bytes)
//!   footer          number of entries u32 LE | descriptor 0 | 0x8F92EAB1 u32 LE
//! ```
//!
//! ## Invariants
//! 1. Both are read from their end backwards, so that a reader who knows only the object's size needs two ranges at most:
//!    a guess, and what [`TrailerError::NeedMore`] asks for.
//! 2. The zstd frame of an index carries zstd's content checksum: nothing else covers these bytes.
//! 3. Every length is checked against the frame it stands in, and bounded, before anything is allocated for it.

use std::io::{Read, Write};

/// The magic number of the first of sixteen kinds of skippable frames.
const SKIPPABLE_MAGIC: u32 = 0x184D_2A50;
/// Magic and length.
pub(crate) const SKIPPABLE_HEADER_BYTES: usize = 8;
/// The kind of the index frame.
pub(crate) const INDEX_NIBBLE: u8 = 0;
/// The kind of the seek table: zstd's seekable format prescribes it.
pub(crate) const SEEK_TABLE_NIBBLE: u8 = 0xE;
const SEEKABLE_MAGIC: u32 = 0x8F92_EAB1;
const SEEK_TABLE_FOOTER_BYTES: usize = 9;
const SEEK_ENTRY_BYTES: usize = 8;
/// The length at the end of an index frame.
const INDEX_LENGTH_BYTES: usize = 4;
/// JSON of an index: a million items of 250 bytes. Nothing real comes near; it only stops bombs.
pub(crate) const INDEX_JSON_BYTES: usize = 256 << 20;
/// Frames in a seek table: at 256 KiB each, 64 TiB of recording. zstd's own bound is 2^27.
const SEEK_TABLE_ENTRIES: usize = 1 << 27;
/// Indexes are small and read often; more effort than this saves nothing (item ids do not compress).
const INDEX_LEVEL: i32 = 3;
const IN_MEMORY: &str = "zstd compresses from memory to memory";

/// Why the end of an object does not read as a trailer.
#[derive(Debug, thiserror::Error)]
pub enum TrailerError {
    /// The bytes given end rightly but begin too late.
    #[error("the last {0} bytes are needed")]
    NeedMore(usize),
    /// The bytes are no trailer, or a damaged one.
    #[error("expected {expected}, found {found}")]
    Malformed {
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A length beyond any honest one.
    #[error("expected at most {limit} bytes of {what}, found more")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// The compressed index does not decode.
    #[error("the index does not decompress")]
    Decompress(#[source] std::io::Error),
}

/// One entry of a seek table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeekEntry {
    /// Bytes of the frame in the file.
    pub compressed: u32,
    /// Bytes that it decompresses to.
    pub decompressed: u32,
}

/// Appends a skippable frame of the kind `nibble`.
pub(crate) fn write_skippable(out: &mut Vec<u8>, nibble: u8, payload: &[u8]) {
    debug_assert!(nibble < 16, "zstd knows sixteen kinds of skippable frames");
    let length = u32::try_from(payload.len()).expect("a trailer is far below 4 GiB");
    out.extend_from_slice(&(SKIPPABLE_MAGIC + u32::from(nibble)).to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(payload);
}

/// The index frame of the given JSON.
pub(crate) fn index_frame(json: &[u8]) -> Vec<u8> {
    let mut compressor = index_compressor();
    compressor.write_all(json).and_then(|()| compressor.finish()).map(index_frame_from).expect(IN_MEMORY)
}

/// The index frame around JSON that is compressed already.
pub(crate) fn index_frame_from(mut compressed: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(compressed.len()).expect("an index is far below 4 GiB");
    compressed.extend_from_slice(&length.to_le_bytes());
    let mut frame = Vec::with_capacity(compressed.len() + SKIPPABLE_HEADER_BYTES);
    write_skippable(&mut frame, INDEX_NIBBLE, &compressed);
    frame
}

/// A compressor for JSON that is written piece by piece and ends in [`index_frame_from`].
pub(crate) fn index_compressor() -> zstd::stream::write::Encoder<'static, Vec<u8>> {
    let mut compressor = zstd::stream::write::Encoder::new(Vec::new(), INDEX_LEVEL).expect(IN_MEMORY);
    compressor.include_checksum(true).expect(IN_MEMORY);
    compressor
}

/// Reads the index frame at the end of `tail`: its JSON, and how many bytes before the end it begins.
pub(crate) fn read_index_frame(tail: &[u8]) -> Result<(Vec<u8>, usize), TrailerError> {
    let Some(length) = last_u32(tail, 0) else { return Err(TrailerError::NeedMore(INDEX_LENGTH_BYTES)) };
    let compressed = as_length(length, INDEX_JSON_BYTES, "compressed index")?;
    let frame_bytes = SKIPPABLE_HEADER_BYTES + compressed + INDEX_LENGTH_BYTES;
    let payload = skippable_at_end(tail, frame_bytes, INDEX_NIBBLE, "an index frame")?;
    let frame = &payload[..compressed];
    match zstd::zstd_safe::find_frame_compressed_size(frame) {
        Ok(length) if length == compressed => Ok((decompress(frame)?, frame_bytes)),
        _ => Err(malformed("one zstd frame as the index", format!("{compressed} other bytes"))),
    }
}

/// The seek table of the given frames, as a skippable frame.
pub(crate) fn seek_table(entries: &[SeekEntry]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(entries.len() * SEEK_ENTRY_BYTES + SEEK_TABLE_FOOTER_BYTES);
    for entry in entries {
        payload.extend_from_slice(&entry.compressed.to_le_bytes());
        payload.extend_from_slice(&entry.decompressed.to_le_bytes());
    }
    let count = u32::try_from(entries.len()).expect("a recording has far fewer than 2^32 frames");
    payload.extend_from_slice(&count.to_le_bytes());
    payload.push(0);
    payload.extend_from_slice(&SEEKABLE_MAGIC.to_le_bytes());
    let mut frame = Vec::with_capacity(payload.len() + SKIPPABLE_HEADER_BYTES);
    write_skippable(&mut frame, SEEK_TABLE_NIBBLE, &payload);
    frame
}

/// Reads the seek table at the end of `tail`: its entries, and how many bytes before the end it begins.
pub(crate) fn read_seek_table(tail: &[u8]) -> Result<(Vec<SeekEntry>, usize), TrailerError> {
    let Some(magic) = last_u32(tail, 0) else { return Err(TrailerError::NeedMore(SEEK_TABLE_FOOTER_BYTES)) };
    if magic != SEEKABLE_MAGIC {
        return Err(malformed("the seek table's magic 0x8f92eab1", format!("{magic:#010x}")));
    }
    let (Some(count), Some(&descriptor)) = (last_u32(tail, 5), tail.iter().rev().nth(4)) else {
        return Err(TrailerError::NeedMore(SEEK_TABLE_FOOTER_BYTES));
    };
    if descriptor != 0 {
        return Err(malformed("a seek table without checksums (descriptor 0)", descriptor.to_string()));
    }
    let count = as_length(count, SEEK_TABLE_ENTRIES, "seek table")?;
    let frame_bytes = SKIPPABLE_HEADER_BYTES + count * SEEK_ENTRY_BYTES + SEEK_TABLE_FOOTER_BYTES;
    let payload = skippable_at_end(tail, frame_bytes, SEEK_TABLE_NIBBLE, "a seek table")?;
    let entries = payload[..count * SEEK_ENTRY_BYTES].chunks_exact(SEEK_ENTRY_BYTES);
    let entry = |bytes: &[u8]| SeekEntry {
        compressed: u32_at(bytes, 0).expect("the chunk has eight bytes"),
        decompressed: u32_at(bytes, 4).expect("the chunk has eight bytes"),
    };
    Ok((entries.map(entry).collect(), frame_bytes))
}

/// The payload of the skippable frame that fills the last `frame_bytes` of `tail`.
fn skippable_at_end<'a>(
    tail: &'a [u8],
    frame_bytes: usize,
    nibble: u8,
    expected: &'static str,
) -> Result<&'a [u8], TrailerError> {
    let Some(start) = tail.len().checked_sub(frame_bytes) else { return Err(TrailerError::NeedMore(frame_bytes)) };
    let frame = &tail[start..];
    let (magic, length) = (u32_at(frame, 0), u32_at(frame, 4));
    if magic != Some(SKIPPABLE_MAGIC + u32::from(nibble)) {
        return Err(malformed(expected, format!("magic {:#010x}", magic.unwrap_or(0))));
    }
    let payload = &frame[SKIPPABLE_HEADER_BYTES..];
    match length.map(|length| length as usize) {
        Some(length) if length == payload.len() => Ok(payload),
        other => {
            Err(malformed(expected, format!("a frame of {} bytes where {} stand", other.unwrap_or(0), payload.len())))
        }
    }
}

fn decompress(compressed: &[u8]) -> Result<Vec<u8>, TrailerError> {
    let decoder = zstd::stream::read::Decoder::new(compressed).map_err(TrailerError::Decompress)?.single_frame();
    let mut json = Vec::new();
    decoder.take(INDEX_JSON_BYTES as u64 + 1).read_to_end(&mut json).map_err(TrailerError::Decompress)?;
    match json.len() <= INDEX_JSON_BYTES {
        true => Ok(json),
        false => Err(TrailerError::TooLarge { what: "index", limit: INDEX_JSON_BYTES }),
    }
}

fn as_length(length: u32, limit: usize, what: &'static str) -> Result<usize, TrailerError> {
    usize::try_from(length).ok().filter(|&length| length <= limit).ok_or(TrailerError::TooLarge { what, limit })
}

fn malformed(expected: &'static str, found: String) -> TrailerError {
    TrailerError::Malformed { expected, found }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().expect("the slice has four bytes")))
}

/// The number whose last byte stands `behind` bytes before the end.
fn last_u32(bytes: &[u8], behind: usize) -> Option<u32> {
    u32_at(bytes, bytes.len().checked_sub(behind + 4)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_frame_reads_back_from_the_tail_of_a_file() {
        let frame = index_frame(br#"{"a":1}"#);
        let file = [b"what stands before".as_slice(), &frame].concat();
        let (json, from_end) = read_index_frame(&file).unwrap();
        assert_eq!((json.as_slice(), from_end), (br#"{"a":1}"#.as_slice(), frame.len()));
    }

    #[test]
    fn a_tail_that_is_too_short_says_how_much_is_needed() {
        let frame = index_frame(br#"{"a":1}"#);
        for length in 4..frame.len() {
            let tail = &frame[frame.len() - length..];
            assert!(matches!(read_index_frame(tail), Err(TrailerError::NeedMore(n)) if n == frame.len()));
        }
        let table = seek_table(&[SeekEntry { compressed: 1, decompressed: 2 }]);
        for length in 9..table.len() {
            let tail = &table[table.len() - length..];
            assert!(matches!(read_seek_table(tail), Err(TrailerError::NeedMore(n)) if n == table.len()));
        }
        assert!(matches!(read_index_frame(b""), Err(TrailerError::NeedMore(_))));
        assert!(matches!(read_seek_table(b"abc"), Err(TrailerError::NeedMore(_))));
    }

    #[test]
    fn a_seek_table_reads_back() {
        let entries = [SeekEntry { compressed: 5, decompressed: 70_000 }, SeekEntry { compressed: 9, decompressed: 0 }];
        let table = seek_table(&entries);
        assert_eq!(&table[..4], 0x184D_2A5E_u32.to_le_bytes());
        assert_eq!(&table[table.len() - 4..], 0x8F92_EAB1_u32.to_le_bytes());
        let (read, from_end) = read_seek_table(&table).unwrap();
        assert_eq!((read.as_slice(), from_end), (entries.as_slice(), table.len()));
    }

    #[test]
    fn a_flipped_byte_of_lengths_or_magic_is_noticed() {
        let frame = index_frame(br#"{"a":1}"#);
        for at in (0..8).chain(frame.len() - 4..frame.len()) {
            let mut damaged = frame.clone();
            damaged[at] ^= 0x10;
            assert!(read_index_frame(&damaged).is_err(), "byte {at}");
        }
    }

    #[test]
    fn an_index_that_inflates_without_end_is_refused() {
        let zeros = std::io::repeat(b' ').take(INDEX_JSON_BYTES as u64 + 1);
        let bomb = index_frame_from(zstd::stream::encode_all(zeros, 1).unwrap());
        assert!(matches!(read_index_frame(&bomb), Err(TrailerError::TooLarge { .. })));
    }

    #[test]
    fn plain_zstd_skips_both() {
        let mut file = zstd::bulk::compress(b"lines\n", 1).unwrap();
        file.extend(index_frame(b"{}"));
        file.extend(seek_table(&[]));
        assert_eq!(zstd::stream::decode_all(file.as_slice()).unwrap(), b"lines\n");
    }
}
