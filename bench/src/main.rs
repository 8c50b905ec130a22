//! `cargo xtask bench`: the product beside its floor, in one run on one machine.
//!
//! Absolute figures of a shared machine mean little, so each line that can have one has a floor: the least work that any
//! implementation must do, measured minutes or seconds apart on the same input. The ratio is what is held against a bar.
#![expect(clippy::print_stdout, reason = "a command line tool talks on standard output")]

mod api;
mod api_rows;
mod bodies;
mod finish;
mod floor_finish;
mod floor_http;
mod floor_ingest;
mod http;
mod idle;
mod load;
mod long_recording;
mod player;
mod portable;
mod product_ingest;
mod report;
mod seek;
mod sizes;
mod table;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use bodies::Bodies;
use floor_ingest::IngestFloor;
use table::{Bar, Line};

/// The allocator of the product, so that the floor does not lose or win by it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the command line says.
pub(crate) struct Call {
    binary: PathBuf,
    heavy: Option<PathBuf>,
    write: Option<PathBuf>,
    quick: bool,
    /// One section alone; `seek` needs `finish`.
    only: Option<String>,
    /// The folder of the web app, whose scripts measure in Chromium.
    web: Option<PathBuf>,
}

impl Call {
    fn read() -> Result<Self> {
        let mut call = Self { binary: PathBuf::new(), heavy: None, write: None, quick: false, only: None, web: None };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut path = || words.next().map(PathBuf::from).with_context(|| format!("{word} needs a value"));
            match word.as_str() {
                "--binary" => call.binary = path()?,
                "--heavy" => call.heavy = Some(path()?),
                "--write" => call.write = Some(path()?),
                "--web" => call.web = Some(path()?),
                "--quick" => call.quick = true,
                "--only" => call.only = words.next(),
                other => bail!("unknown option {other:?}"),
            }
        }
        Ok(call)
    }

    /// How long each load lasts.
    fn load_time(&self) -> Duration {
        Duration::from_secs(if self.quick { 2 } else { 8 })
    }
}

fn main() -> Result<ExitCode> {
    if let [_, word, folder] = std::env::args().collect::<Vec<_>>().as_slice()
        && word == "finish-child"
    {
        println!("{}", finish::child(folder.as_ref())?);
        return Ok(ExitCode::SUCCESS);
    }
    run(&Call::read()?)
}

fn run(call: &Call) -> Result<ExitCode> {
    let bodies = match &call.heavy {
        Some(folder) => Bodies::recorded(folder)?,
        None => Bodies::generated()?,
    };
    println!("{}", bodies.origin);
    let folder = tempfile::tempdir_in(scratch(call))?;
    let mut floor = None;
    let mut are_met = true;
    for (name, section) in SECTIONS {
        if call.only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        println!("{name}…");
        let mut lines = Vec::new();
        section(call, &bodies, folder.path(), &mut lines, &mut floor)?;
        print!("\n{}\n", table::render(&lines));
        are_met &= lines.iter().all(Line::is_met);
        if let Some(path) = &call.write {
            // After each: what comes later may fail.
            let names = SECTIONS.map(|(name, _)| name);
            report::write(
                path,
                &names,
                &report::Results { name, origin: &bodies.origin, lines: &lines, floor: floor.take() },
            )?;
        }
    }
    Ok(ExitCode::from(u8::from(!are_met)))
}

type Section = fn(&Call, &Bodies, &Path, &mut Vec<Line>, &mut Option<IngestFloor>) -> Result<()>;

/// In this order: `seek` looks at what `finish` left.
const SECTIONS: [(&str, Section); 10] = [
    ("http", |call, bodies, folder, lines, _| http::measure(call, bodies, folder, lines)),
    ("ingest", |_, bodies, folder, lines, floor| {
        *floor = Some(ingest(bodies, folder, lines)?);
        Ok(())
    }),
    ("finish", |call, bodies, folder, lines, _| finish::measure(call, &bodies.wire, folder, lines)),
    ("seek", |call, _, folder, lines, _| seek::measure(call, &folder.join("finish"), lines)),
    ("sizes", |call, bodies, folder, lines, _| sizes::measure(call, bodies, folder, lines)),
    ("idle", |call, _, folder, lines, _| idle::measure(call, folder, lines)),
    ("api", |call, _, folder, lines, _| api::measure(call, folder, lines)),
    ("snapshots", |call, _, folder, lines, _| api::measure_snapshots(call, folder, lines)),
    ("player", |call, bodies, folder, lines, _| player::measure(call, bodies, folder, lines)),
    ("portable", |call, bodies, folder, lines, _| portable::measure(call, &bodies.wire, folder, lines)),
];

fn ingest(bodies: &Bodies, folder: &Path, lines: &mut Vec<Line>) -> Result<IngestFloor> {
    let floor = IngestFloor::measure(bodies, folder)?;
    let product = product_ingest::measure(&bodies.wire, folder)?;
    let rate = |time| table::mega(table::per_second(floor.wire_bytes, time));
    lines.push(
        Line::new("full ingest, one core", "MB/s wire", rate(product), Bar::OfFloor(0.6))
            .with_floor(rate(floor.total())),
    );
    lines.push(Line::new("  the same, absolute", "MB/s wire", rate(product), Bar::AtLeast(35.0)));
    Ok(floor)
}

/// Next to the binary: the temporary folder of the system may lie in memory, where a sync costs nothing.
fn scratch(call: &Call) -> PathBuf {
    call.binary.parent().map_or_else(|| PathBuf::from("."), PathBuf::from)
}
