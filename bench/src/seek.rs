//! Seeking in a long finished recording: what the server needs for one block, and how much goes to the browser before it
//! can draw.

use std::{
    fs::File,
    io::{BufReader, Write},
    net::TcpStream,
    os::unix::fs::FileExt,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use cassette_testkit::{Process, Settings};
use serde::Deserialize;

use crate::{
    Call,
    finish::LEVEL,
    load::Message,
    long_recording,
    table::{Bar, Line, milliseconds},
};

const SEEKS: usize = 400;

#[derive(Deserialize)]
struct Listing {
    started_at: i64,
    blocks: Vec<Block>,
}

#[derive(Deserialize)]
struct Block {
    key: u64,
    bytes: u64,
    full_snapshots: Vec<serde_json::Value>,
}

/// `data` holds the finished recording that [`crate::finish`] made.
pub(crate) fn measure(call: &Call, data: &Path, lines: &mut Vec<Line>) -> Result<()> {
    let settings = Settings::default();
    let process = Process::start(&call.binary, data, &settings);
    let session = long_recording::session();
    let root = format!("/api/projects/1/session_recordings/{session}");
    let listing = process.client().get(&format!("{root}/blocks"))?;
    ensure!(listing.status == 200, "the blocks of the recording: {} {}", listing.status, listing.text());
    let listing: Listing = listing.json();
    let mut connection = Connection::open(process.base(), &settings.key)?;
    let mut times = Vec::with_capacity(SEEKS);
    let mut chance = 12_345_u64;
    for _ in 0..SEEKS {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let at = usize::try_from(chance >> 33)? % listing.blocks.len();
        let block = &listing.blocks[at];
        let start = Instant::now();
        let body = connection.get(&format!("{root}/blocks/{}?base={}", block.key, listing.started_at))?;
        times.push(start.elapsed());
        ensure!(!body.is_empty(), "block {} is empty", block.key);
    }
    let floor = floor(&file_of(data)?)?;
    for (name, quantile, bar) in [("p50", 0.5, 2.0), ("p99", 0.99, 15.0)] {
        lines.push(
            Line::new(
                format!("seek in 100 MB, server, {name}"),
                "ms",
                milliseconds(at(&mut times, quantile)),
                Bar::AtMost(bar),
            )
            .with_floor(milliseconds(at(&mut floor.clone(), quantile))),
        );
    }
    lines.push(first_frame(&process, &root, &listing)?);
    Ok(())
}

/// Bytes up to the first block with a full snapshot, divided by those of that snapshot alone.
fn first_frame(process: &Process, root: &str, listing: &Listing) -> Result<Line> {
    let until = listing.blocks.iter().position(|block| !block.full_snapshots.is_empty()).context("a full snapshot")?;
    let sent: u64 = listing.blocks[..=until].iter().map(|block| block.bytes).sum();
    let block =
        process.client().get(&format!("{root}/blocks/{}?base={}", listing.blocks[until].key, listing.started_at))?;
    let line = block
        .body
        .split(|byte| *byte == b'\n')
        .find(|line| line.starts_with(b"{\"type\":\"full_snapshot\""))
        .context("the block holds the full snapshot that the listing names")?;
    let alone = zstd::bulk::compress(line, LEVEL)?.len();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let ratio = sent as f64 / alone as f64;
    Ok(Line::new("sent before the first frame", "x snapshot", ratio, Bar::AtMost(1.2)))
}

/// Open the file, read one frame, decode it.
fn floor(file: &Path) -> Result<Vec<Duration>> {
    let bytes = std::fs::read(file)?;
    let frames = cassette_testkit::frames(&bytes).map_err(anyhow::Error::msg)?;
    let mut decompressor = zstd::bulk::Decompressor::new()?;
    let blocks: Vec<_> = frames
        .iter()
        .filter_map(|frame| match &frame.content {
            cassette_testkit::Content::Lines(lines) => Some((frame.offset as u64, frame.length, lines.len())),
            cassette_testkit::Content::Skipped(..) => None,
        })
        .collect();
    let mut times = Vec::with_capacity(SEEKS);
    for seek in 0..SEEKS {
        let (offset, length, raw) = blocks[seek * 7919 % blocks.len()];
        let start = Instant::now();
        let mut frame = vec![0; length];
        File::open(file)?.read_exact_at(&mut frame, offset)?;
        std::hint::black_box(decompressor.decompress(&frame, raw)?);
        times.push(start.elapsed());
    }
    Ok(times)
}

fn at(times: &mut [Duration], quantile: f64) -> Duration {
    times.sort_unstable();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index of a short list"
    )]
    let index = ((times.len() - 1) as f64 * quantile) as usize;
    times[index]
}

/// The one finished file below a data folder.
fn file_of(data: &Path) -> Result<std::path::PathBuf> {
    let mut files = crate::sizes::finished_files(data)?;
    files.pop().context("there is a finished file")
}

/// One kept-alive connection, as a browser has it.
struct Connection {
    to: TcpStream,
    from: BufReader<TcpStream>,
    host: String,
    key: String,
}

impl Connection {
    fn open(base: &str, key: &str) -> Result<Self> {
        let host = base.trim_start_matches("http://").to_owned();
        let to = TcpStream::connect(&host)?;
        to.set_nodelay(true)?;
        let from = BufReader::new(to.try_clone()?);
        Ok(Self { to, from, host, key: key.to_owned() })
    }

    fn get(&mut self, path: &str) -> Result<Vec<u8>> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nAccept-Encoding: zstd, gzip\r\n\r\n",
            self.host, self.key
        );
        self.to.write_all(request.as_bytes())?;
        let message = Message::read(&mut self.from)?.context("the server closed the connection")?;
        ensure!(message.first_line.contains(" 200"), "{path}: {}", message.first_line);
        Ok(message.body)
    }
}
