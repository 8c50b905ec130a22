//! Checking what the trailer says against what the lines said.

use std::io::{self, Read, Seek, SeekFrom};

use super::super::digest::Digest;
use super::super::index::{BlockEntry, Index, MetaEntry, Trailer, decode_meta, from_end};
use super::frames;
use super::lines::BlockFacts;
use super::{Position, Problems, TrailerState};
use crate::limits;
use crate::trailer::{self, SeekEntry};

/// Reads the trailer and compares it. What it says of frames is compared only if the lines were in order: otherwise what is
/// wrong was told already, in the words of the lines.
pub(super) fn verify<F: Read + Seek>(
    file: &mut F,
    blocks: &[BlockFacts],
    problems: &mut Problems,
) -> io::Result<TrailerState> {
    let size = file.seek(SeekFrom::End(0))?;
    let before = problems.count();
    let trailer = match Trailer::from_file(file)? {
        Ok(trailer) => trailer,
        Err(_) if is_foreign(file, size)? => return Ok(TrailerState::Absent),
        Err(error) => {
            problems.add(Position::Trailer, said(&error));
            return Ok(TrailerState::Damaged);
        }
    };
    match trailer.index() {
        Ok(index) => {
            check_shape(&trailer, &index, size, problems);
            if problems.is_empty() {
                check_frames(file, &index, blocks, problems)?;
            }
        }
        Err(error) => problems.add(Position::Trailer, said(&error)),
    }
    if let Err(error) = trailer.items() {
        problems.add(Position::Trailer, said(&error));
    }
    Ok(match problems.count() {
        0 => TrailerState::Good,
        count if count == before => TrailerState::Readable,
        _ => TrailerState::Damaged,
    })
}

/// Whether somebody else compressed these lines: what stands behind them, if anything, was not written with an index.
fn is_foreign<F: Read + Seek>(file: &mut F, size: u64) -> io::Result<bool> {
    let behind = frames::behind_lines(file, size)?;
    if behind.index || !behind.seek_table {
        return Ok(!behind.index);
    }
    // Every seek table of ours ends with the index, which holds no text.
    let table = from_end(file, trailer::read_seek_table)?;
    Ok(table.is_ok_and(|(entries, _)| entries.last().is_none_or(|entry| entry.decompressed > 0)))
}

/// The sizes: frames, trailer and seek table have to fill the file.
fn check_shape(trailer: &Trailer, index: &Index, size: u64, problems: &mut Problems) {
    let lines_end = size - trailer.bytes() as u64;
    if index.end() != lines_end {
        let message = format!("expected the blocks to end at byte {lines_end}, the index says {}", index.end());
        problems.add(Position::Trailer, message);
        return;
    }
    let mut expected = vec![SeekEntry { compressed: index.meta.length, decompressed: index.meta.raw_length }];
    expected.extend(index.blocks.iter().map(|b| SeekEntry { compressed: b.length, decompressed: b.raw_length }));
    let table = trailer.seek_table();
    let index_frame = table.last().map_or(0, |entry| entry.compressed);
    expected.push(SeekEntry { compressed: index_frame, decompressed: 0 });
    if table != expected {
        let at = table.iter().zip(&expected).take_while(|(found, expected)| found == expected).count();
        let message = format!("expected the frames of the index in the seek table, found another at place {at}");
        problems.add(Position::Trailer, message);
    }
    let table_bytes = 17 + 8 * table.len();
    if trailer.bytes() != table_bytes + index_frame as usize {
        let found = trailer.bytes() - table_bytes;
        problems.add(Position::Trailer, format!("expected an index frame of {index_frame} bytes, found {found}"));
    }
}

fn check_frames<F: Read + Seek>(
    file: &mut F,
    index: &Index,
    blocks: &[BlockFacts],
    problems: &mut Problems,
) -> io::Result<()> {
    check_meta(file, &index.meta, problems)?;
    if index.blocks.len() != blocks.len() {
        let message = format!("expected {} blocks in the index, found {}", blocks.len(), index.blocks.len());
        problems.add(Position::Trailer, message);
        return Ok(());
    }
    for (at, (entry, facts)) in index.blocks.iter().zip(blocks).enumerate() {
        let at = Position::Frame(at + 1);
        check_facts(at, entry, facts, problems);
        let frame = read_frame(file, entry.offset, entry.length)?;
        let found = Digest::of(&frame);
        if found != entry.sha256 {
            problems.add(at, format!("expected SHA-256 {}, found {found}", entry.sha256));
        }
        if zstd::zstd_safe::find_frame_compressed_size(&frame) != Ok(frame.len()) {
            problems.add(at, format!("expected one zstd frame of {} bytes, found something else", frame.len()));
        }
    }
    Ok(())
}

fn check_meta<F: Read + Seek>(file: &mut F, meta: &MetaEntry, problems: &mut Problems) -> io::Result<()> {
    let frame = read_frame(file, meta.offset, meta.length)?;
    match decode_meta(&frame, meta) {
        Ok(line) if memchr::memchr(b'\n', &line) == Some(line.len() - 1) => {}
        Ok(_) => problems.add(Position::Frame(0), "expected the meta line alone, found more or less"),
        Err(error) => problems.add(Position::Frame(0), said(&error)),
    }
    Ok(())
}

fn check_facts(at: Position, entry: &BlockEntry, facts: &BlockFacts, problems: &mut Problems) {
    let said = BlockFacts {
        raw_length: u64::from(entry.raw_length),
        seq: Some(entry.seq),
        range: (entry.lines > 0).then_some([entry.first, entry.last]),
        lines: u64::from(entry.lines),
        events: u64::from(entry.events),
        full_snapshots: entry.full_snapshots.clone(),
    };
    // Lines of unknown types may lack a time; then the block has one only if another line gives it.
    let timeless = facts.range.is_none() && [entry.first, entry.last] == [0, 0];
    let same_range = said.range == facts.range || timeless;
    if !same_range || (BlockFacts { range: facts.range, ..said.clone() }) != *facts {
        problems.add(at, format!("expected {}, the index says {}", facts.in_words(), said.in_words()));
    }
}

impl BlockFacts {
    fn in_words(&self) -> String {
        let Self { raw_length, seq, range, lines, events, full_snapshots } = self;
        let [first_seq, last_seq] = seq.unwrap_or_default();
        let [first, last] = range.unwrap_or_default();
        let snapshots = full_snapshots.len();
        format!(
            "{raw_length} bytes, seq {first_seq} to {last_seq}, {first} to {last} ms, {lines} lines, \
             {events} events, {snapshots} full snapshots"
        )
    }
}

/// A frame's bytes; fewer than said where the file is too short or the length is beyond any honest one.
fn read_frame<F: Read + Seek>(file: &mut F, offset: u64, length: u32) -> io::Result<Vec<u8>> {
    let limit = zstd::zstd_safe::compress_bound(limits::FILE_LINE_BYTES + limits::FILE_BLOCK_BYTES) as u64;
    file.seek(SeekFrom::Start(offset))?;
    let mut frame = Vec::new();
    file.take(u64::from(length).min(limit)).read_to_end(&mut frame)?;
    Ok(frame)
}

/// An error with its causes, but without zstd's own words, which change from version to version.
fn said(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source.filter(|cause| !cause.is::<io::Error>()) {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    message
}
