//! The pages in Chromium beside a running server: `web/bench/player.mjs` measures, this makes what it looks at and holds its figures against
//! their bars. Times are those of this machine, with whatever else it does: the load stands beside them.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use cassette_testkit::{Process, Settings};
use serde::Deserialize;

use crate::{
    Call,
    bodies::Bodies,
    idle,
    table::{Bar, Line},
};

/// What is measured: name, unit, bar.
const LINES: [(&str, &str, Bar); 20] = [
    ("list of 100,000, first rows", "ms", Bar::AtMost(200.0)),
    ("list, frames over 50 ms while scrolling", "frames", Bar::AtMost(0.0)),
    ("first frame, 1 MB", "ms", Bar::AtMost(300.0)),
    ("first frame, 500 MB", "ms", Bar::AtMost(300.0)),
    ("the large one, of the small one", "x", Bar::AtMost(1.3)),
    ("first frame in a known browser, 1 MB", "ms", Bar::AtMost(300.0)),
    ("first frame in a known browser, 500 MB", "ms", Bar::AtMost(300.0)),
    ("the large one, of the small one in a known browser", "x", Bar::AtMost(1.3)),
    ("first frame from the list, 1 MB", "ms", Bar::AtMost(300.0)),
    ("first frame from the list, 500 MB", "ms", Bar::AtMost(300.0)),
    ("the large one, of the small one from the list", "x", Bar::AtMost(1.3)),
    ("seek anywhere in 500 MB, p50", "ms", Bar::None),
    ("seek anywhere in 500 MB, p95", "ms", Bar::AtMost(250.0)),
    ("processor time of the tab for a seek", "ms", Bar::None),
    ("seeks that showed another moment", "seeks", Bar::AtMost(0.0)),
    ("tasks over 200 ms while seeking", "tasks", Bar::AtMost(0.0)),
    ("tab after the seeks", "MB", Bar::AtMost(400.0)),
    ("  its most", "MB", Bar::AtMost(400.0)),
    ("playing the busy table at 4×", "frames/s", Bar::AtLeast(50.0)),
    ("processor time of the tab while it plays", "%", Bar::None),
];

/// Keyframes are made beside everything else, by one thread.
const KEYFRAMES_WITHIN: Duration = Duration::from_secs(900);
const FINISHED_WITHIN: Duration = Duration::from_secs(120);
const QUIET_WITHIN: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Measured {
    name: String,
    value: f64,
    /// The least that there is to do, measured by turns with it.
    floor: Option<f64>,
    /// Processes that waited for the machine meanwhile, this one among them.
    load: f64,
}

#[derive(Deserialize)]
struct Imported {
    session_id: String,
}

#[derive(Deserialize)]
struct Listing {
    #[serde(default)]
    keyframes: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Rows {
    results: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    ongoing: bool,
    #[serde(default)]
    event_count: u64,
}

pub(crate) fn measure(call: &Call, bodies: &Bodies, folder: &Path, lines: &mut Vec<Line>) -> Result<()> {
    let web = call.web.as_deref().context("the section `player` needs --web DIR")?;
    let mut measured = list(call, web, folder)?;
    measured.extend(recordings(call, web, bodies, folder)?);
    let mut busiest: f64 = 0.0;
    for (name, unit, bar) in LINES {
        if let Some(found) = measured.iter().find(|found| found.name == name) {
            busiest = busiest.max(found.load);
            let line = Line::new(name, unit, found.value, bar);
            lines.push(match found.floor {
                Some(floor) => line.with_floor(floor),
                None => line,
            });
        }
    }
    lines.push(Line::new("load of the machine meanwhile, at most", "processes", busiest, Bar::None));
    Ok(())
}

fn list(call: &Call, web: &Path, folder: &Path) -> Result<Vec<Measured>> {
    let data = folder.join("player-list");
    let settings = Settings::default();
    drop(Process::start(&call.binary, &data, &settings).terminate());
    tokio::runtime::Runtime::new()?.block_on(idle::fill(&data))?;
    let process = Process::start(&call.binary, &data, &settings);
    node(call, web, &process, &settings, &["--list"])
}

fn recordings(call: &Call, web: &Path, bodies: &Bodies, folder: &Path) -> Result<Vec<Measured>> {
    let data = folder.join("player");
    let megabytes = if call.quick { 60 } else { 500 };
    let small = import(call, web, &data, "small", 800_000, 0.05)?;
    let large = import(call, web, &data, "large", megabytes * 1_000_000, 8.0)?;
    let settings = Settings::default().token(&bodies.token).finish_after("2s");
    let process = Process::start(&call.binary, &data, &settings);
    let table = busy_table(&process, bodies, &[&small, &large])?;
    let keyframes = wait_for_keyframes(&process, &large)?;
    println!("{keyframes} keyframes of the large recording");
    node(call, web, &process, &settings, &["--small", &small, "--large", &large, "--table", &table])
}

/// A made-up recording of that many bytes; answers its session id.
fn import(call: &Call, web: &Path, data: &Path, name: &str, bytes: u64, hours: f64) -> Result<String> {
    std::fs::create_dir_all(data)?;
    let file = data.with_file_name(format!("{name}.ndjson"));
    let status = Command::new("node")
        .arg(web.join("bench/recordings.mjs"))
        .arg(&file)
        .args(["--bytes", &bytes.to_string(), "--hours", &hours.to_string()])
        .stdout(Stdio::null())
        .status()
        .context("node makes up the recordings")?;
    ensure!(status.success(), "making up a recording ended with {status}");
    let output = Command::new(&call.binary).arg("import").arg(&file).arg("--data").arg(data).arg("--json").output()?;
    std::fs::remove_file(&file)?;
    ensure!(output.status.success(), "the import failed: {}", String::from_utf8_lossy(&output.stderr));
    let imported: Vec<Imported> = serde_json::from_slice(&output.stdout)?;
    Ok(imported.into_iter().next().context("one recording was imported")?.session_id)
}

/// Sends the bodies, and waits until what came of them is finished: the recording with the most events is that of the busy table.
fn busy_table(process: &Process, bodies: &Bodies, others: &[&str]) -> Result<String> {
    for body in &bodies.wire {
        let answer = process.client().post("/s/?compression=gzip-js", "text/plain", body)?;
        ensure!(answer.status == 200, "a body was answered {} {}", answer.status, answer.text());
    }
    let begun = Instant::now();
    loop {
        let answer = process.client().get("/api/projects/1/session_recordings/?limit=50&date_from=-9999d")?;
        ensure!(answer.status == 200, "the list: {} {}", answer.status, answer.text());
        let rows: Vec<Row> =
            answer.json::<Rows>().results.into_iter().filter(|row| !others.contains(&row.id.as_str())).collect();
        if !rows.is_empty() && rows.iter().all(|row| !row.ongoing) {
            let busiest = rows.into_iter().max_by_key(|row| row.event_count).context("there is a recording")?;
            return Ok(busiest.id);
        }
        ensure!(begun.elapsed() < FINISHED_WITHIN, "the recordings are not finished after {FINISHED_WITHIN:?}");
        thread::sleep(Duration::from_millis(500));
    }
}

fn wait_for_keyframes(process: &Process, session: &str) -> Result<usize> {
    let begun = Instant::now();
    loop {
        let answer = process.client().get(&format!("/api/projects/1/session_recordings/{session}/blocks"))?;
        ensure!(answer.status == 200, "the blocks: {} {}", answer.status, answer.text());
        let count = answer.json::<Listing>().keyframes.len();
        if count > 0 {
            return Ok(count);
        }
        ensure!(begun.elapsed() < KEYFRAMES_WITHIN, "there are no keyframes after {KEYFRAMES_WITHIN:?}");
        thread::sleep(Duration::from_secs(1));
    }
}

/// An import, and what the system still writes of it, is not measured with what follows. Where the machine is not alone it is not
/// waited for: the load tells.
fn wait_for_quiet() {
    let begun = Instant::now();
    let mut before = ticks();
    while begun.elapsed() < QUIET_WITHIN {
        thread::sleep(Duration::from_secs(2));
        let now = ticks();
        let (Some((idle, all)), Some((idle_before, all_before))) = (now, before) else { return };
        if (idle - idle_before) * 100 > (all - all_before) * 95 {
            return;
        }
        before = now;
    }
}

/// Time of all processors since the start, in Linux's ticks: idle, and in all.
fn ticks() -> Option<(u64, u64)> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<u64> = stat.lines().next()?.split_whitespace().skip(1).flat_map(str::parse).collect();
    Some((*fields.get(3)?, fields.iter().sum()))
}

/// Runs the script; what it prints is read and shown.
fn node(call: &Call, web: &Path, process: &Process, settings: &Settings, words: &[&str]) -> Result<Vec<Measured>> {
    wait_for_quiet();
    let rounds = if call.quick { "3" } else { "10" };
    let output = Command::new("node")
        .arg(script(web))
        .args(["--origin", process.base(), "--key", &settings.key, "--rounds", rounds])
        .args(words)
        .stderr(Stdio::inherit())
        .output()
        .context("node measures in Chromium")?;
    let text = String::from_utf8(output.stdout)?;
    print!("{text}");
    ensure!(output.status.success(), "measuring in Chromium ended with {}", output.status);
    text.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
}

fn script(web: &Path) -> PathBuf {
    web.join("bench/player.mjs")
}
