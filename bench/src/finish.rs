//! Finishing recordings, in a process of its own so that its memory can be read off: `cassette-bench finish-child …`.

use std::{
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use cassette_server::erase::Deleted;
use cassette_server::finish::{Finishing, finish};
use cassette_store::{
    Bucket,
    catalog::{Access, SqliteCatalog},
    live_objects::LiveObjects,
};

use crate::{
    Call, floor_finish,
    long_recording::{self, LongRecording},
    product_ingest::project,
    sizes,
    table::{Bar, Line, mega, per_second},
};

/// The product's default.
pub(crate) const LEVEL: i32 = 9;

/// What the child found.
pub(crate) struct Finished {
    pub(crate) time: Duration,
    pub(crate) peak_bytes: u64,
}

/// Finishes the recording in `folder`, as the child; prints microseconds and the peak of its memory.
pub(crate) fn child(folder: &Path) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let bucket = Bucket::folder(folder)?;
    let catalog = SqliteCatalog::open(&long_recording::catalog_file(folder), Access::ReadWrite)?;
    let spool = folder.join("spool");
    std::fs::create_dir_all(&spool)?;
    let finishing = Finishing {
        live_objects: LiveObjects::new(bucket.clone()),
        bucket,
        catalog: Arc::new(catalog),
        deleted: Deleted::default(),
        spool,
        level: LEVEL,
        now: long_recording::ARRIVAL_MS,
    };
    let start = Instant::now();
    let name = finish(&finishing, project(), &long_recording::session(), runtime.handle())?;
    let time = start.elapsed();
    ensure!(name.is_some(), "there was something to finish");
    Ok(format!("{} {}", time.as_micros(), peak_bytes()?))
}

fn peak_bytes() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("Linux tells the peak")?;
    let kib: u64 = line.split_whitespace().next().context("a number")?.parse()?;
    Ok(kib * 1024)
}

/// Starts the child and reads what it prints.
pub(crate) fn run(folder: &Path) -> Result<Finished> {
    let output = Command::new(std::env::current_exe()?).arg("finish-child").arg(folder).output()?;
    ensure!(output.status.success(), "finishing failed: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let (micros, peak) = text.trim().split_once(' ').context("two numbers")?;
    Ok(Finished { time: Duration::from_micros(micros.parse()?), peak_bytes: peak.parse()? })
}

/// 100 MB beside the floor; then 2 GB, for the memory only.
pub(crate) fn measure(call: &Call, bodies: &[Vec<u8>], folder: &Path, lines: &mut Vec<Line>) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let short = folder.join("finish");
    let recording = runtime.block_on(long_recording::write(bodies, &short, 100_000_000, 1, true))?;
    let LongRecording { raw_bytes, blocks } = recording;
    let raw_bytes = usize::try_from(raw_bytes)?;
    // Finishing changes the folder, so the second round has a copy.
    let again = folder.join("finish-again");
    copy(&short, &again)?;
    let mut floor = floor_finish::measure(&blocks, LEVEL, folder)?;
    let mut product = run(&short)?;
    // Floor, product, floor, product: what else the machine does then falls on both.
    floor.time = floor.time.min(floor_finish::measure(&blocks, LEVEL, folder)?.time);
    drop(blocks);
    product.time = product.time.min(run(&again)?.time);
    std::fs::remove_dir_all(&again)?;
    let stored = stored_bytes(&short)?;
    lines.push(
        Line::new("finish 100 MB", "MB/s raw", mega(per_second(raw_bytes, product.time)), Bar::OfFloor(0.7))
            .with_floor(mega(per_second(raw_bytes, floor.time))),
    );
    lines.push(Line::new("  memory, 100 MB", "MB peak", mega(bytes(product.peak_bytes)), Bar::None));
    lines.push(
        Line::new("  stored of raw", "%", 100.0 * bytes(stored) / bytes(raw_bytes as u64), Bar::None)
            .with_floor(100.0 * bytes(floor.stored_bytes as u64) / bytes(raw_bytes as u64)),
    );
    if !call.quick {
        let long = folder.join("finish-long");
        let recording = runtime.block_on(long_recording::write(bodies, &long, 2_000_000_000, 24, false))?;
        let product = run(&long)?;
        let name = format!("  memory, 24 hours, {:.1} GB", bytes(recording.raw_bytes) / 1e9);
        lines.push(Line::new(name, "MB peak", mega(bytes(product.peak_bytes)), Bar::AtMost(128.0)));
        std::fs::remove_dir_all(&long)?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn bytes(count: u64) -> f64 {
    count as f64
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The size of the finished file: there is one.
fn stored_bytes(folder: &Path) -> Result<u64> {
    let file = sizes::finished_files(folder)?.pop().context("there is a finished file")?;
    Ok(std::fs::metadata(file)?.len())
}
