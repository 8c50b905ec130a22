//! The floor of finishing: decode every live block, put its lines in order, hash them, compress them again in blocks of
//! 256 KiB at the product's level, write the file and sync it. No totals, no index, one pass.

use std::{
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;
use cassette_recording::live::SealedBlock;
use sha2::{Digest, Sha256};

const BLOCK_BYTES: usize = 256 << 10;

pub(crate) struct FinishFloor {
    pub(crate) time: Duration,
    pub(crate) stored_bytes: usize,
}

pub(crate) fn measure(blocks: &[SealedBlock], level: i32, folder: &Path) -> Result<FinishFloor> {
    let start = Instant::now();
    let mut decompressor = zstd::bulk::Decompressor::new()?;
    let mut texts = Vec::with_capacity(blocks.len());
    for block in blocks {
        texts.push(decompressor.decompress(&block.frame, usize::try_from(block.entry.raw_length)?)?);
    }
    let mut lines: Vec<(i64, &[u8])> = Vec::new();
    for text in &texts {
        let mut at = 0;
        for end in memchr::memchr_iter(b'\n', text) {
            let line = &text[at..=end];
            lines.push((time_of(line), line));
            at = end + 1;
        }
    }
    lines.sort_by_key(|(time, _)| *time);
    let mut compressor = zstd::bulk::Compressor::new(level)?;
    let mut file = File::create(folder.join("finish-floor.tmp"))?;
    let mut hasher = Sha256::new();
    let (mut open, mut stored_bytes) = (Vec::with_capacity(2 * BLOCK_BYTES), 0);
    let mut close = |open: &mut Vec<u8>| -> Result<usize> {
        hasher.update(&*open);
        let frame = compressor.compress(open)?;
        file.write_all(&frame)?;
        open.clear();
        Ok(frame.len())
    };
    for (_, line) in &lines {
        open.extend_from_slice(line);
        if open.len() >= BLOCK_BYTES {
            stored_bytes += close(&mut open)?;
        }
    }
    stored_bytes += close(&mut open)?;
    file.sync_data()?;
    Ok(FinishFloor { time: start.elapsed(), stored_bytes })
}

/// The number behind `"time":`, which stands near the beginning of a live line.
fn time_of(line: &[u8]) -> i64 {
    let digits = memchr::memmem::find(line, b"\"time\":").map_or(&[][..], |at| &line[at + b"\"time\":".len()..]);
    digits.iter().take_while(|byte| byte.is_ascii_digit()).fold(0, |value, digit| value * 10 + i64::from(digit - b'0'))
}
