//! `docs/performance.md`: the last results of each section, with the machine and the input.

use std::{collections::HashMap, fmt::Write as _, fs, path::Path};

use anyhow::{Context, Result};

use crate::{
    floor_ingest::IngestFloor,
    table::{Line, mega, milliseconds, per_second, render},
};

/// Everything above this line is written by hand and stays.
const MARK: &str = "<!-- Below: written by `cargo xtask bench --write`. -->\n";

const HEADING: &str = "\n### ";

/// What came of one section.
pub(crate) struct Results<'a> {
    pub(crate) name: &'a str,
    pub(crate) origin: &'a str,
    pub(crate) lines: &'a [Line],
    /// What the floor of a full ingest is made of, where that was measured.
    pub(crate) floor: Option<IngestFloor>,
}

/// Replaces the part of this section, and leaves those of others as they were. `names`: all sections, in order.
pub(crate) fn write(path: &Path, names: &[&str], results: &Results<'_>) -> Result<()> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (by_hand, written) = text.split_once(MARK).context("the mark of the written part is missing")?;
    let before: HashMap<&str, &str> = written.split(HEADING).skip(1).filter_map(|part| part.split_once('\n')).collect();
    let mut out = format!("{by_hand}{MARK}\n## Last results, by section\n");
    for name in names {
        let part = match (*name == results.name, before.get(name)) {
            (true, _) => section(results)?,
            (false, Some(part)) => format!("{}\n", part.trim_end()),
            (false, None) => continue,
        };
        write!(out, "{HEADING}{name}\n{part}")?;
    }
    fs::write(path, out).with_context(|| format!("cannot write {}", path.display()))
}

fn section(results: &Results<'_>) -> Result<String> {
    let mut out = format!("\n{}; {}.\n\n{}", machine()?, results.origin, render(results.lines));
    if let Some(floor) = &results.floor {
        out.push_str(&primitives(floor)?);
    }
    Ok(out)
}

fn primitives(floor: &IngestFloor) -> Result<String> {
    let mut out = "\n| primitive of the floor | ms | MB/s |\n| --- | --- | --- |\n".to_owned();
    for primitive in &floor.primitives {
        let rate = mega(per_second(primitive.bytes, primitive.time));
        writeln!(out, "| {} | {:.2} | {rate:.0} |", primitive.name, milliseconds(primitive.time))?;
    }
    let rate = mega(per_second(floor.wire_bytes, floor.total()));
    let decoded = mega(bytes(floor.decoded_bytes));
    writeln!(out, "| sum, of {decoded:.2} MB decoded | {:.1} | {rate:.1} wire |", milliseconds(floor.total()))?;
    Ok(out)
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
