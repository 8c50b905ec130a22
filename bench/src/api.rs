//! The API beside its bars: the list among a million recordings, one recording, and snapshots beside what any server must
//! do for the same bytes: read, inflate, send.

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead as _, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use cassette_recording::file::{BlockEntry, Trailer};
use cassette_testkit::{Answer, Client, Process, Settings};
use serde::Deserialize;

use crate::{
    Call,
    api_rows::{self, DAY_MS, DAYS, RECORDINGS, START_MS},
    long_recording::catalog_file,
    table::{Bar, Line, mega, per_second},
};

const BASE: &str = "/api/projects/1/session_recordings";

/// Questions of each sort.
const ASKED: i64 = 60;

/// Blocks that a script may ask for at a time.
const AT_ONCE: usize = 20;

/// Bytes of the recording whose snapshots are fetched.
const RAW_BYTES: usize = 96 << 20;

/// How often all of them are fetched; the best round counts, on both sides.
const ROUNDS: usize = 5;

pub(crate) fn measure(call: &Call, folder: &Path, lines: &mut Vec<Line>) -> Result<()> {
    let data = folder.join("api");
    let settings = Settings::default();
    // The first start makes keys, folders and tables.
    drop(Process::start(&call.binary, &data, &settings).terminate());
    api_rows::fill(&catalog_file(&data))?;
    list(&Process::start(&call.binary, &data, &settings).client(), lines)
}

pub(crate) fn measure_snapshots(call: &Call, folder: &Path, lines: &mut Vec<Line>) -> Result<()> {
    let data = folder.join("snapshots");
    let settings = Settings::default();
    let process = Process::start(&call.binary, &data, &settings);
    let session = import(&process.client())?;
    snapshots(&process, &settings.key, &data, &session, lines)
}

/// Questions with three filters each, the `turn`-th of its sort.
fn questions(turn: i64) -> [(&'static str, String); 6] {
    let days_ago = 1 + turn * 7 % (DAYS - 8);
    let to = START_MS - days_ago * DAY_MS;
    let window = |days: i64| format!("date_from={}&date_to={}", iso(to - days * DAY_MS), iso(to));
    let having = |key: &str, more_than: i64| {
        format!(r#"having_predicates=[{{"type":"recording","key":"{key}","operator":"gt","value":{more_than}}}]"#)
    };
    let level = r#"console_log_filters=[{"type":"log_entry","key":"level","value":["error"]}]"#;
    let person = turn * 7919 % (RECORDINGS / 20);
    [
        (
            "days, clicks, person",
            format!("{}&{}&distinct_ids=[\"person-{person}\"]", window(60), having("click_count", 2)),
        ),
        ("days, duration, errors", format!("{}&{}&{level}", window(7), having("duration", 300))),
        ("days, clicks, event", format!("{}&{}&events=[{{\"id\":\"paid\"}}]", window(30), having("click_count", 10))),
        ("days, errors, rare event", format!("{}&{level}&events=[{{\"id\":\"refused\"}}]", window(60))),
        (
            "days, event with property, clicks",
            format!(
                r#"{}&{}&events=[{{"id":"$pageview","properties":[{{"key":"plan","value":["pro"]}}]}}]"#,
                window(7),
                having("click_count", 5)
            ),
        ),
        (
            "days, errors, what they say",
            format!(
                r#"{}&console_log_filters=[{{"type":"log_entry","key":"level","value":["error"]}},{{"type":"log_entry","key":"message","operator":"icontains","value":"Code {}"}}]&{}"#,
                window(14),
                turn % 10,
                having("click_count", 1)
            ),
        ),
    ]
}

fn list(client: &Client, lines: &mut Vec<Line>) -> Result<()> {
    let mut all = Vec::new();
    let mut of_sort = vec![(String::new(), Vec::new()); questions(0).len()];
    for turn in 0..ASKED {
        for ((name, query), (sort, times)) in questions(turn).into_iter().zip(&mut of_sort) {
            let answer = client.get(&format!("{BASE}/?limit=50&{}", encoded(&query)))?;
            ensure!(answer.status == 200, "{query}: {} {}", answer.status, answer.text());
            name.clone_into(sort);
            let time = server_time(&answer)?;
            times.push(time);
            all.push(time);
        }
    }
    let million = RECORDINGS / 1_000_000;
    let name = format!("list of 50 among {million},000,000, three filters, p95");
    lines.push(Line::new(name, "ms of the server", p95(&mut all), Bar::AtMost(25.0)));
    for (name, mut times) in of_sort {
        lines.push(Line::new(format!("  {name}"), "ms of the server", p95(&mut times), Bar::None));
    }
    let mut times = Vec::new();
    for turn in 0..ASKED * 5 {
        let answer = client.get(&format!("{BASE}/{}/", api_rows::session(turn * 6_700_417 % RECORDINGS)))?;
        ensure!(answer.status == 200, "a recording: {} {}", answer.status, answer.text());
        times.push(server_time(&answer)?);
    }
    lines.push(Line::new("one recording among as many, p95", "ms of the server", p95(&mut times), Bar::AtMost(2.0)));
    Ok(())
}

/// What `Server-Timing` says in all, in milliseconds.
fn server_time(answer: &Answer) -> Result<f64> {
    let header = answer.header("server-timing").context("the answer tells no server time")?;
    let steps = header.split(", ").filter_map(|step| step.split_once("dur=")?.1.parse::<f64>().ok());
    Ok(steps.sum())
}

fn p95(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() * 95 / 100]
}

fn iso(at: i64) -> String {
    // Days of 2026 before the month of the start, which is long enough for all that is asked.
    let day = at.div_euclid(DAY_MS);
    let (mut year, mut left) = (1970, day);
    let leap = |year: i64| year % 4 == 0;
    while left >= 365 + i64::from(leap(year)) {
        left -= 365 + i64::from(leap(year));
        year += 1;
    }
    let mut month = 0;
    let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while left >= lengths[month] {
        left -= lengths[month];
        month += 1;
    }
    format!("{year}-{:02}-{:02}", month + 1, left + 1)
}

fn encoded(query: &str) -> String {
    query.bytes().fold(String::with_capacity(query.len() * 2), |mut out, byte| {
        match byte {
            b'"' | b'{' | b'}' | b'[' | b']' | b' ' | b'$' => write!(out, "%{byte:02X}").expect("writing to a string"),
            _ => out.push(char::from(byte)),
        }
        out
    })
}

#[derive(Deserialize)]
struct Sources {
    sources: Vec<Source>,
}

#[derive(Deserialize)]
struct Source {
    blob_key: String,
}

/// Brings a long recording in; returns its session id.
fn import(client: &Client) -> Result<String> {
    let mut events = String::with_capacity(RAW_BYTES + 4096);
    let mut chance = 88_172_645_463_325_252_u64;
    let mut at = START_MS;
    while events.len() < RAW_BYTES {
        let comma = if events.is_empty() { "[" } else { "," };
        write!(events, "{comma}{{\"type\":3,\"data\":{{\"source\":0,\"texts\":[{{\"id\":7,\"value\":\"")?;
        for _ in 0..40 {
            chance ^= chance << 13;
            chance ^= chance >> 7;
            chance ^= chance << 17;
            write!(events, "{} words of a page, {} ", WORDS[usize::try_from(chance >> 60)?], chance >> 52)?;
        }
        at += 40;
        write!(events, "\"}}],\"attributes\":[],\"removes\":[],\"adds\":[]}},\"timestamp\":{at}}}")?;
    }
    events.push(']');
    let answer = client.upload(&format!("{BASE}/import"), events.as_bytes())?;
    ensure!(answer.status < 300, "the import: {} {}", answer.status, answer.text());
    let text = answer.text();
    let (_, after) = text.split_once("session_id\":\"").with_context(|| format!("no session id in {text}"))?;
    Ok(after.split('"').next().unwrap_or_default().to_owned())
}

const WORDS: [&str; 16] = [
    "cart", "price", "shoes", "checkout", "address", "login", "search", "banner", "footer", "review", "size", "colour",
    "order", "help", "account", "delivery",
];

fn snapshots(process: &Process, key: &str, data: &Path, session: &str, lines: &mut Vec<Line>) -> Result<()> {
    let path = format!("{BASE}/{session}/snapshots");
    let listed: Sources = process.client().get(&path)?.json();
    let keys: Vec<&str> = listed.sources.iter().map(|source| source.blob_key.as_str()).collect();
    let file = find(&data.join("projects"), &format!("{session}.ndjson.zst")).context("the recording's file")?;
    let floor = Floor::open(&file)?;
    let inflated = floor.inflated();
    let base = process.base().trim_start_matches("http://");
    let address = floor.serve()?;
    let (mut product, mut least) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for from in (0..keys.len()).step_by(AT_ONCE) {
            fetch(&address, &format!("{from}\n"))?;
        }
        least = least.min(start.elapsed());
        let start = Instant::now();
        let mut bytes = 0;
        for keys in keys.chunks(AT_ONCE) {
            let (first, last) = (keys[0], keys[keys.len() - 1]);
            let query = format!("{path}?source=blob_v2&start_blob_key={first}&end_blob_key={last}");
            bytes += fetch(
                base,
                &format!(
                    "GET {query} HTTP/1.1\r\nhost: {base}\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n"
                ),
            )?;
        }
        product = product.min(start.elapsed());
        ensure!(bytes as f64 > inflated as f64 * 0.8, "{bytes} bytes of {inflated} came");
    }
    let rate = |time| mega(per_second(inflated, time));
    let line = Line::new("snapshots, twenty blocks at a time", "MB/s inflated", rate(product), Bar::OfFloor(0.7));
    lines.push(line.with_floor(rate(least)));
    Ok(())
}

/// Sends a request and reads to the end; returns how many bytes came.
fn fetch(address: &str, request: &str) -> Result<usize> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut buffer = vec![0; 256 << 10];
    let mut bytes = 0;
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(bytes),
            read => bytes += read,
        }
    }
}

/// The least that must be done for blocks of a file: read, inflate, send.
struct Floor {
    file: fs::File,
    blocks: Vec<BlockEntry>,
}

impl Floor {
    fn open(path: &Path) -> Result<Self> {
        let bytes = fs::read(path)?;
        let trailer = Trailer::from_tail(&bytes)?;
        Ok(Self { file: fs::File::open(path)?, blocks: trailer.index()?.blocks })
    }

    fn inflated(&self) -> usize {
        self.blocks.iter().map(|block| block.raw_length as usize).sum()
    }

    /// Serves on a port of its own: who sends the number of a block gets twenty from there on.
    fn serve(self) -> Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A caller that goes away ends its own request only.
                drop(self.answer(stream));
            }
        });
        Ok(address)
    }

    fn answer(&self, mut stream: TcpStream) -> Result<()> {
        let mut line = String::new();
        BufReader::new(stream.try_clone()?).read_line(&mut line)?;
        let from: usize = line.trim().parse()?;
        let mut decompressor = zstd::bulk::Decompressor::new()?;
        let mut frame = Vec::new();
        let mut lines = Vec::new();
        for block in self.blocks.iter().skip(from).take(AT_ONCE) {
            frame.resize(block.length as usize, 0);
            self.file.read_exact_at(&mut frame, block.offset)?;
            lines.clear();
            lines.reserve(block.raw_length as usize);
            decompressor.decompress_to_buffer(&frame, &mut lines)?;
            stream.write_all(&lines)?;
        }
        Ok(())
    }
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    fs::read_dir(folder).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() { find(&path, name) } else { path.ends_with(name).then_some(path) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_dates() {
        assert_eq!(iso(0), "1970-01-01");
        assert_eq!(iso(1_795_245_310_102), "2026-11-21");
        assert_eq!(iso(1_709_164_800_000), "2024-02-29");
    }
}
