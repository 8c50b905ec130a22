//! Files in and out, by the command itself: converting, importing, exporting, verifying.
//!
//! The input is made of the events of the bodies, again and again, each time as if later, until it is long enough.

use std::{
    fs::{self, File},
    hint::black_box,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use cassette_recording::{event::EventFacts, json};
use cassette_wire::capture::{Budget, Decoder, Envelope, Inflater, ItemClock};
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use crate::{
    Call,
    table::{Bar, Line, mega, milliseconds, per_second},
};

/// What is converted; one string of it must fit into JavaScript's longest.
const CONVERTED_BYTES: u64 = 300 << 20;
/// What is imported and exported while memory is watched, as issue and document say: 1 GB.
const LONG_BYTES: u64 = 1_000_000_000;
const ROUNDS: usize = 3;
const MEMORY_MB: f64 = 128.0;
/// The first event of what is made up; any moment will do.
const BEGIN_MS: u64 = 1_795_250_000_000;

pub(crate) fn measure(call: &Call, bodies: &[Vec<u8>], folder: &Path, lines: &mut Vec<Line>) -> Result<()> {
    let files = Files::within(&folder.join("portable"))?;
    let events = events(bodies)?;
    let bytes = write_events(&events, &files.json, CONVERTED_BYTES)?;
    let cassette = |words: &[&Path]| run(call, words);
    let convert = Path::new("convert");

    cassette(&[convert, &files.json, &files.ndjson])?;
    cassette(&[convert, &files.ndjson, &files.back])?;
    let same = fs::metadata(&files.back)?.len() == fs::metadata(&files.json)?.len();
    ensure!(same, "the same events came back, one a line");
    // To nowhere: the floor writes nothing either, and a file would be synced.
    let to =
        |input, format: &str| best(|| cassette(&[convert, input, "-".as_ref(), format.as_ref()]).map(|run| run.time));
    let in_time = to(&files.json, "--format=ndjson")?;
    let out_time = to(&files.ndjson, "--format=rrweb")?;
    let floor = per_second(bytes, validated_floor(&files.json)?);
    let javascript = per_second(bytes, javascript(&files.json)?);
    for (name, time) in [("JSON to NDJSON", in_time), ("NDJSON to JSON", out_time)] {
        let rate = per_second(bytes, time);
        let of = |name: String, floor, bar| Line::new(name, "MB/s JSON", mega(rate), bar).with_floor(mega(floor));
        lines.push(of(format!("{name}, of serde_json's validation"), floor, Bar::OfFloor(0.6)));
        lines.push(of("  the same, of JSON.parse".to_owned(), javascript, Bar::OfFloor(5.0)));
    }

    verify(call, &files, lines)?;
    fs::remove_file(&files.back)?;

    if !call.quick {
        long(call, &events, &files, lines)?;
    }
    Ok(())
}

/// Where everything lies.
struct Files {
    json: PathBuf,
    ndjson: PathBuf,
    stored: PathBuf,
    back: PathBuf,
    data: PathBuf,
}

impl Files {
    fn within(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self {
            json: folder.join("events.rrweb.json"),
            ndjson: folder.join("lines.ndjson"),
            stored: folder.join("stored.ndjson.zst"),
            back: folder.join("back.rrweb.json"),
            data: folder.join("data"),
        })
    }
}

/// Verifying a stored file beside SHA-256 over the bytes of its lines.
fn verify(call: &Call, files: &Files, lines: &mut Vec<Line>) -> Result<()> {
    run(call, &[Path::new("convert"), &files.ndjson, &files.stored])?;
    let text = fs::read(&files.ndjson)?;
    let hashed = best(|| {
        let begun = Instant::now();
        black_box(Sha256::digest(&text));
        Ok(begun.elapsed())
    })?;
    let verified = best(|| run(call, &[Path::new("verify"), &files.stored]).map(|run| run.time))?;
    let rate = |time| mega(per_second(text.len(), time));
    lines.push(
        Line::new("verify a stored file, of SHA-256 alone", "MB/s raw", rate(verified), Bar::OfFloor(0.7))
            .with_floor(rate(hashed)),
    );
    Ok(())
}

/// 1 GB into a folder and out of it again, memory watched.
fn long(call: &Call, events: &[Event], files: &Files, lines: &mut Vec<Line>) -> Result<()> {
    write_events(events, &files.json, LONG_BYTES)?;
    run(call, &[Path::new("convert"), &files.json, &files.ndjson, "--force".as_ref()])?;
    fs::remove_file(&files.json)?;
    fs::create_dir_all(files.data.join("projects"))?;
    let import = run(call, &["import".as_ref(), &files.ndjson, "--data".as_ref(), &files.data])?;
    let all = files.data.with_file_name("exported");
    let words: [&Path; 7] = [
        "export".as_ref(),
        "--all".as_ref(),
        "--data".as_ref(),
        &files.data,
        "--format=ndjson".as_ref(),
        "--to".as_ref(),
        &all,
    ];
    let export = run(call, &words)?;
    for (name, run) in [("import", &import), ("export", &export)] {
        let name = format!("{name} of 1 GB of NDJSON, peak");
        lines.push(Line::new(name, "MB", run.peak_mb, Bar::AtMost(MEMORY_MB)));
        lines.push(Line::new("  its time", "ms", milliseconds(run.time), Bar::None));
    }
    Ok(())
}

/// An event that can be dated anew: its bytes before and behind the digits of its timestamp.
struct Event {
    before: String,
    behind: String,
}

/// The events of the bodies whose time can be exchanged without changing their length.
fn events(bodies: &[Vec<u8>]) -> Result<Vec<Event>> {
    let (mut inflater, mut decoder) = (Inflater::new(), Decoder::new());
    let mut events = Vec::new();
    for body in bodies {
        let mut budget = Budget::of_request();
        let envelope = inflater.text(body, &mut budget)?.json;
        for item in Envelope::read(envelope)?.items.iter().filter(|item| item.is_snapshot()) {
            decoder.decode_item(item, ItemClock::new(item.sent_at, 0), &mut budget, |event| {
                events.extend(Event::of(event.json));
            })?;
        }
    }
    ensure!(!events.is_empty(), "bodies hold events");
    Ok(events)
}

impl Event {
    fn of(event: &str) -> Option<Self> {
        let mut object = json::Object::open(event, 0).ok()?;
        let mut found = None;
        while let Some(key) = object.next_key().ok()? {
            if key == "timestamp" {
                let at = object.value_at();
                found = Some((at, object.value().ok()?.len()));
            }
        }
        let (at, length) = found?;
        EventFacts::read(event).ok()?;
        Some(Self { before: event[..at].to_owned(), behind: event[at + length..].to_owned() })
    }
}

/// Writes a JSON array of at least so many bytes, an event a line, each a little later than the one before; returns its size.
fn write_events(events: &[Event], path: &Path, least: u64) -> Result<usize> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut bytes = 0;
    let mut end: &[u8] = b"[\n";
    for (event, at) in events.iter().cycle().zip((BEGIN_MS..).step_by(20)) {
        out.write_all(end)?;
        write!(out, "{}{at}{}", event.before, event.behind)?;
        bytes += (end.len() + event.before.len() + 13 + event.behind.len()) as u64;
        end = b",\n";
        if bytes >= least {
            break;
        }
    }
    out.write_all(b"\n]\n")?;
    out.flush()?;
    Ok(usize::try_from(fs::metadata(path)?.len())?)
}

/// Checking the grammar and keeping nothing: what no reader can leave out.
fn validated_floor(path: &Path) -> Result<Duration> {
    let text = fs::read(path)?;
    best(|| {
        let begun = Instant::now();
        black_box(serde_json::from_slice::<Vec<IgnoredAny>>(&text)?.len());
        Ok(begun.elapsed())
    })
}

/// The time of `JSON.parse` in Node.
fn javascript(path: &Path) -> Result<Duration> {
    const SCRIPT: &str = "const text = require('fs').readFileSync(process.argv[1], 'utf8');\
        const begun = process.hrtime.bigint(); JSON.parse(text);\
        console.log(String(process.hrtime.bigint() - begun))";
    let output = Command::new("node").args(["--max-old-space-size=8192", "-e", SCRIPT]).arg(path).output()?;
    ensure!(output.status.success(), "node: {}", String::from_utf8_lossy(&output.stderr));
    Ok(Duration::from_nanos(String::from_utf8(output.stdout)?.trim().parse()?))
}

/// How a command ran.
struct Run {
    time: Duration,
    peak_mb: f64,
}

/// Runs the product, with `--force` where it would ask for it, and looks at its memory while it runs.
fn run(call: &Call, words: &[&Path]) -> Result<Run> {
    let mut command = Command::new(&call.binary);
    command.args(words).stdout(Stdio::null()).stderr(Stdio::null());
    if words.first() == Some(&Path::new("convert")) && !words.contains(&Path::new("--force")) {
        command.arg("--force");
    }
    let begun = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot start {}", call.binary.display()))?;
    let mut peak_mb = 0.0_f64;
    let status = loop {
        peak_mb = peak_mb.max(peak_of(child.id()).unwrap_or(0.0));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(2));
    };
    ensure!(status.success(), "cassette {words:?} ended with {status}");
    Ok(Run { time: begun.elapsed(), peak_mb })
}

/// The most memory that a process ever had, in MB; `None` once it has ended.
fn peak_of(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

fn best(mut round: impl FnMut() -> Result<Duration>) -> Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        best = best.min(round()?);
    }
    Ok(best)
}
