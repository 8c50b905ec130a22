//! `docs/performance.md`: the last results, with the machine and the command.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context, Result};

use crate::{
    floor_ingest::IngestFloor,
    table::{Line, mega, milliseconds, per_second, render},
};

/// Everything above this line is written by hand and stays.
const MARK: &str = "<!-- Below: written by `cargo xtask bench --write`. -->\n";

pub(crate) fn write(path: &Path, origin: &str, floor: &IngestFloor, lines: &[Line]) -> Result<()> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let by_hand = text.split_once(MARK).map(|(above, _)| above).context("the mark of the written part is missing")?;
    let mut out = format!("{by_hand}{MARK}\n## Last results\n\n");
    writeln!(out, "Machine: {}. Input: {origin}, {:.2} MB on the wire.\n", machine()?, mega(bytes(floor.wire_bytes)))?;
    out.push_str(&render(lines));
    writeln!(out, "\n### The floor of a full ingest\n\n| primitive | ms | MB/s |\n| --- | --- | --- |")?;
    for primitive in &floor.primitives {
        let rate = mega(per_second(primitive.bytes, primitive.time));
        writeln!(out, "| {} | {:.2} | {rate:.0} |", primitive.name, milliseconds(primitive.time))?;
    }
    let rate = mega(per_second(floor.wire_bytes, floor.total()));
    writeln!(
        out,
        "| sum, of {:.2} MB decoded | {:.1} | {rate:.1} wire |",
        mega(bytes(floor.decoded_bytes)),
        milliseconds(floor.total())
    )?;
    fs::write(path, out).with_context(|| format!("cannot write {}", path.display()))
}

/// Processor, cores and memory.
fn machine() -> Result<String> {
    let cpu = fs::read_to_string("/proc/cpuinfo")?;
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']).to_owned();
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kib: u64 = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or_default();
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{model}, {cores} cores, {} GB", kib / 1_000_000))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn bytes(count: usize) -> f64 {
    count as f64
}
