//! The floor of a full ingest: the primitives that no implementation can leave out, each measured alone, summed.
//!
//! inflate the body · look at every byte of it once · turn the compressed strings of events back into bytes · inflate
//! those · look at every byte once · zstd 1 · checksum and SHA-256 · write body and blocks and sync each once.

use std::{
    fs::File,
    hint::black_box,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;
use libdeflater::Decompressor;
use sha2::{Digest, Sha256};

use crate::bodies::{self, Bodies};

/// Rounds of each primitive; the best one counts, as a floor should not contain what else the machine did.
const ROUNDS: usize = 5;
/// A live block's raw bytes.
const BLOCK_BYTES: usize = 1 << 20;
const INFLATED_BYTES: usize = 64 << 20;

/// Seconds of each primitive over all bodies.
pub(crate) struct IngestFloor {
    pub(crate) primitives: Vec<Primitive>,
    pub(crate) wire_bytes: usize,
    pub(crate) decoded_bytes: usize,
}

/// One of them.
pub(crate) struct Primitive {
    pub(crate) name: &'static str,
    /// What it reads or gives, whichever its rate is usually said of.
    pub(crate) bytes: usize,
    pub(crate) time: Duration,
}

impl IngestFloor {
    pub(crate) fn total(&self) -> Duration {
        self.primitives.iter().map(|primitive| primitive.time).sum()
    }

    pub(crate) fn measure(bodies: &Bodies, folder: &Path) -> Result<Self> {
        let texts = bodies.texts()?;
        let strings: Vec<&[u8]> = texts.iter().flat_map(|text| packed_strings(text)).collect();
        let members: Vec<Vec<u8>> = strings.iter().map(|string| unescape(string)).collect();
        let decoded = decoded_layer(&texts, &members)?;
        let blocks: Vec<&[u8]> = decoded.chunks(BLOCK_BYTES).collect();
        let mut zstd = zstd::bulk::Compressor::new(1)?;
        let compressed: Vec<Vec<u8>> = blocks.iter().map(|block| zstd.compress(block)).collect::<Result<_, _>>()?;
        let mut out = vec![0; INFLATED_BYTES];
        let mut inflater = Decompressor::new();
        let (texts_bytes, wire_bytes) = (bodies::total(&texts), bodies::total(&bodies.wire));
        let (strings_bytes, stored_bytes) =
            (strings.iter().map(|string| string.len()).sum(), bodies::total(&compressed));
        let mut primitives = Vec::new();
        let mut add = |name, bytes, time| primitives.push(Primitive { name, bytes, time });
        add("inflate bodies", texts_bytes, best(|| inflate_all(&mut inflater, &bodies.wire, &mut out)));
        add("look at bodies", texts_bytes, best(|| texts.iter().for_each(|text| look(text))));
        add(
            "strings to bytes",
            strings_bytes,
            best(|| strings.iter().for_each(|string| drop(black_box(unescape(string))))),
        );
        let members_bytes = decoded.len() - (texts_bytes - strings_bytes);
        add("inflate events", members_bytes, best(|| inflate_all(&mut inflater, &members, &mut out)));
        add("look at events", decoded.len(), best(|| look(&decoded)));
        let compress = |block: &&[u8]| zstd.compress_to_buffer(block, &mut out).expect("the buffer is large");
        let mut compress = compress;
        add(
            "zstd 1",
            decoded.len(),
            best(|| {
                blocks.iter().for_each(|block| {
                    black_box(compress(block));
                })
            }),
        );
        add(
            "checksum bodies",
            wire_bytes,
            best(|| {
                bodies.wire.iter().for_each(|body| {
                    black_box(crc32fast::hash(body));
                })
            }),
        );
        add(
            "sha-256 of blocks",
            stored_bytes,
            best(|| {
                compressed.iter().for_each(|block| {
                    black_box(Sha256::digest(block));
                })
            }),
        );
        add("write and sync", wire_bytes + stored_bytes, best_of_disk(folder, &[&bodies.wire, &compressed])?);
        Ok(Self { primitives, wire_bytes, decoded_bytes: decoded.len() })
    }
}

fn best(mut work: impl FnMut()) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn inflate_all(inflater: &mut Decompressor, bodies: &[Vec<u8>], out: &mut [u8]) {
    for body in bodies {
        black_box(inflater.gzip_decompress(body, out).expect("it was inflated before"));
    }
}

fn best_of_disk(folder: &Path, files: &[&Vec<Vec<u8>>]) -> Result<Duration> {
    let mut shortest = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for parts in files {
            let mut file = File::create(folder.join("floor.tmp"))?;
            for part in *parts {
                file.write_all(part)?;
            }
            file.sync_data()?;
        }
        shortest = shortest.min(start.elapsed());
    }
    Ok(shortest)
}

/// One look at every byte: counting quotes and backslashes, which the compiler turns into vector instructions. Finding
/// the borders of events cannot cost less.
fn look(bytes: &[u8]) {
    let mut marks = 0_usize;
    for chunk in bytes.chunks(255) {
        let counted: u8 = chunk.iter().map(|byte| u8::from(*byte == b'"') | u8::from(*byte == b'\\')).sum();
        marks += usize::from(counted);
    }
    black_box(marks);
}

/// The contents of all strings that hold gzip: they begin with the characters 0x1F and 0x8B. The search goes on behind
/// each, because the same bytes may occur within one.
fn packed_strings(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    const START: &[u8] = b"\"\\u001f\xc2\x8b";
    let finder = memchr::memmem::Finder::new(START);
    let mut rest = text;
    std::iter::from_fn(move || {
        let inside = &rest[finder.find(rest)? + 1..];
        let mut end = 0;
        while inside[end] != b'"' {
            end += if inside[end] == b'\\' { 2 } else { 1 };
        }
        rest = &inside[end + 1..];
        Some(&inside[..end])
    })
}

/// Characters of a JSON string to the bytes of the same numbers. Half of the characters are two bytes long, at random, so
/// the common path has no branch that depends on it.
fn unescape(string: &[u8]) -> Vec<u8> {
    let mut out = vec![0; string.len()];
    let (mut at, mut written) = (0, 0);
    while at < string.len() {
        let (byte, next) = (string[at], string.get(at + 1).copied().unwrap_or(0));
        if byte == b'\\' {
            let (value, length) = match next {
                b'u' => (hex(string[at + 4]) << 4 | hex(string[at + 5]), 6),
                b'n' => (b'\n', 2),
                b'r' => (b'\r', 2),
                b't' => (b'\t', 2),
                b'b' => (8, 2),
                b'f' => (12, 2),
                other => (other, 2),
            };
            out[written] = value;
            at += length;
        } else {
            let two = byte >= 0x80;
            out[written] = if two { byte << 6 | next & 0x3f } else { byte };
            at += 1 + usize::from(two);
        }
        written += 1;
    }
    out.truncate(written);
    out
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

/// The bodies with each compressed string replaced by what it stands for, one after another.
fn decoded_layer(texts: &[Vec<u8>], members: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut decoded = Vec::new();
    let mut members = members.iter();
    for text in texts {
        let mut at = 0;
        for string in packed_strings(text) {
            let start = string.as_ptr().addr() - text.as_ptr().addr() - 1;
            decoded.extend_from_slice(&text[at..start]);
            let member = members.next().expect("one member for each string");
            decoded.extend_from_slice(&bodies::gunzip(member)?);
            at = start + string.len() + 2;
        }
        decoded.extend_from_slice(&text[at..]);
        decoded.push(b'\n');
    }
    Ok(decoded)
}
