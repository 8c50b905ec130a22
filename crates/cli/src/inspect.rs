//! `cassette inspect`: what is in a file, on one page.

use std::fs::File;
use std::io::{self, Seek as _, Write};
use std::path::Path;

use anyhow::Context as _;
use cassette_interchange::read::{Kind, ReadError};
use cassette_recording::file::{InspectError, Inspection, inspect as read};
use cassette_recording::signals::SignalKind;
use serde::Serialize;

use crate::ending::{Ending, say};
use crate::read_in::{FAST, Recorded, folder_beside, open};
use crate::shown::{bytes, clean, count, length, moment, short};
use crate::{left_out, words};

/// Of windows, pages and gaps each; `--json` has all.
const SHOWN: usize = 40;

pub(crate) fn inspect(words: &words::Inspect) -> anyhow::Result<Ending> {
    let Some(seen) = seen(&words.file)? else { return Ok(Ending::NotSo) };
    let mut out = io::BufWriter::new(io::stdout().lock());
    match words.json {
        true => {
            serde_json::to_writer_pretty(&mut out, &seen).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        false => {
            if seen.kind != Kind::CassetteNdjson {
                writeln!(out, "Form       {}", seen.recognised_as)?;
            }
            page(&seen.inspection, &mut out)?;
        }
    }
    out.flush()?;
    Ok(Ending::Done)
}

/// What is in a file, and what kind of file it is.
#[derive(Serialize)]
struct Seen {
    #[serde(skip)]
    kind: Kind,
    recognised_as: &'static str,
    #[serde(flatten)]
    inspection: Inspection,
}

/// `None` where it is no recording, which is said then.
fn seen(path: &Path) -> anyhow::Result<Option<Seen>> {
    let shown = path.display();
    let mut file = open(path)?;
    match read(&file) {
        Ok(inspection) => {
            let kind = Kind::CassetteNdjson;
            Ok(Some(Seen { kind, recognised_as: kind.name(), inspection }))
        }
        // It does not begin as ours do.
        Err(InspectError::Meta(_) | InspectError::Empty | InspectError::Line { number: 1, .. }) => {
            file.rewind().with_context(|| format!("{shown} cannot be read again"))?;
            converted(path, file)
        }
        Err(error) => {
            say(&format!("{shown}: {:#}", anyhow::Error::from(error)));
            Ok(None)
        }
    }
}

/// Reads a file of another form into a recording, and looks at that.
fn converted(path: &Path, file: File) -> anyhow::Result<Option<Seen>> {
    let shown = path.display().to_string();
    let size = file.metadata().with_context(|| format!("{shown} cannot be read"))?.len();
    let recorded = match Recorded::from(file, None, FAST, folder_beside(None)?) {
        Ok(recorded) => recorded,
        Err(ReadError::Invalid(why)) => {
            say(&format!("{shown}: {why}"));
            return Ok(None);
        }
        Err(error @ ReadError::Io { .. }) => return Err(error.into()),
    };
    let inspection = read(recorded.reader()?).context("what was read cannot be read again")?;
    left_out::tell(&shown, &recorded.read.left_out);
    let kind = recorded.read.kind;
    let compressed = recorded.read.compression.is_some();
    let inspection = Inspection { stored_bytes: size, compressed, ..inspection };
    Ok(Some(Seen { kind, recognised_as: kind.name(), inspection }))
}

fn page(found: &Inspection, out: &mut impl Write) -> io::Result<()> {
    head(found, out)?;
    counts(found, out)?;
    windows(found, out)?;
    pages(found, out)?;
    gaps(found, out)?;
    signals(found, out)?;
    if let Some(largest) = &found.largest_line {
        let size = bytes(largest.bytes);
        writeln!(out, "Longest    line {}: {size}, {}", largest.number, clean(&largest.type_name))?;
    }
    Ok(())
}

fn head(found: &Inspection, out: &mut impl Write) -> io::Result<()> {
    let meta = &found.meta;
    writeln!(out, "Recording  {}  (project {}, revision {})", meta.session_id, meta.project_id, meta.revision)?;
    let blocks = count(found.blocks, "block");
    let raw = bytes(found.raw_bytes);
    match found.compressed {
        true => writeln!(out, "Size       {} stored, {raw} of lines, {blocks}", bytes(found.stored_bytes))?,
        false => writeln!(out, "Size       {raw}, not compressed, {blocks}")?,
    }
    let span = meta.ended_at.saturating_sub(meta.started_at);
    let active = length(i64::try_from(meta.active_ms).unwrap_or(i64::MAX));
    let (start, end) = (moment(meta.started_at), moment(meta.ended_at));
    writeln!(out, "Time       {start} to {end} UTC, {} long, {active} active", length(span))?;
    if meta.first_arrival != 0 {
        let (first, last) = (moment(meta.first_arrival), moment(meta.last_arrival));
        writeln!(out, "Arrived    {first} to {last} UTC")?;
    }
    let persons: Vec<_> = meta.distinct_ids.iter().take(SHOWN).map(|id| short(id.as_str(), 60)).collect();
    if !persons.is_empty() {
        writeln!(out, "Person     {}", persons.join(", "))?;
    }
    let recorder = [meta.library.as_deref(), meta.source.as_deref()];
    let recorder: Vec<_> = recorder.into_iter().flatten().map(clean).collect();
    if !recorder.is_empty() {
        writeln!(out, "Recorder   {}", recorder.join(", "))?;
    }
    if let Some(user_agent) = &meta.user_agent {
        writeln!(out, "Browser    {}", short(user_agent, 160))?;
    }
    Ok(())
}

fn counts(found: &Inspection, out: &mut impl Write) -> io::Result<()> {
    let counts = &found.meta.counts;
    let told = [
        (counts.clicks, "click"),
        (counts.keypresses, "input"),
        (counts.mouse_activity, "mouse event"),
        (counts.console_log, "console line"),
        (counts.console_warn, "console warning"),
        (counts.console_error, "console error"),
        (counts.exceptions, "exception"),
    ];
    let told: Vec<_> =
        told.iter().filter(|(number, _)| *number > 0).map(|(number, noun)| count(*number, noun)).collect();
    let lines = count(found.lines, "line");
    writeln!(out, "Counts     {}", [vec![lines, count(found.events, "event")], told].concat().join(", "))?;
    for (number, noun) in
        [(found.meta.odd_timestamps, "event without a usable time"), (found.meta.undecoded, "event left compressed")]
    {
        if number > 0 {
            writeln!(out, "           {number} × {noun}")?;
        }
    }
    writeln!(out)?;
    let width = found.counts.keys().map(|key| clean(key).chars().count()).max().unwrap_or(0).min(50);
    writeln!(out, "Lines by type")?;
    for (key, number) in &found.counts {
        writeln!(out, "  {:width$}  {number:>8}", short(key, 50))?;
    }
    writeln!(out)
}

fn windows(found: &Inspection, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "Windows ({})", found.windows.len())?;
    for window in found.windows.iter().take(SHOWN) {
        let (id, first, last) = (short(&window.window_id, 60), length(window.first), length(window.last));
        let (events, snapshots) = (count(window.events, "event"), count(window.full_snapshots, "full snapshot"));
        writeln!(out, "  {id:36}  {first:>8} to {last:<8}  {events}, {snapshots}")?;
    }
    left_out(found.windows.len(), out)?;
    writeln!(out)
}

fn pages(found: &Inspection, out: &mut impl Write) -> io::Result<()> {
    let total = found.pages.len() + usize::try_from(found.pages_left_out).unwrap_or(usize::MAX / 2);
    writeln!(out, "Pages ({total})")?;
    for page in found.pages.iter().take(SHOWN) {
        writeln!(out, "  {:>8}  {}", length(page.timestamp), short(&page.href, 160))?;
    }
    left_out(total, out)?;
    writeln!(out)
}

fn gaps(found: &Inspection, out: &mut impl Write) -> io::Result<()> {
    if found.gaps.is_empty() {
        return writeln!(out, "Gaps       none of more than 5 minutes");
    }
    writeln!(out, "Gaps of more than 5 minutes ({})", found.gaps.len())?;
    for gap in found.gaps.iter().take(SHOWN) {
        let long = length(gap.to.saturating_sub(gap.from));
        writeln!(out, "  {:>8} to {:<8}  {long} long", length(gap.from), length(gap.to))?;
    }
    left_out(found.gaps.len(), out)?;
    writeln!(out)
}

/// Moments of trouble, counted by kind.
fn signals(found: &Inspection, out: &mut impl Write) -> io::Result<()> {
    let noun = |kind| match kind {
        SignalKind::RageClick => "rage click",
        SignalKind::DeadClick => "dead click",
        SignalKind::ErrorClick => "error click",
        SignalKind::QuickBack => "quick back",
        SignalKind::ThrashingMouse => "mouse shaking",
    };
    let told = SignalKind::ALL.into_iter().map(|kind| (found.signals.of(kind), noun(kind)));
    let told: Vec<_> = told.filter(|(number, _)| *number > 0).map(|(number, noun)| count(number, noun)).collect();
    match told.is_empty() {
        true => writeln!(out, "Signals    none"),
        false => writeln!(out, "Signals    {}", told.join(", ")),
    }
}

fn left_out(total: usize, out: &mut impl Write) -> io::Result<()> {
    match total.checked_sub(SHOWN) {
        Some(more @ 1..) => writeln!(out, "  and {more} more, which --json shows"),
        _ => Ok(()),
    }
}
