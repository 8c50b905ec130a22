//! Putting a recording together from parts: what the finisher and the importer have in common.
//!
//! The meta line stands first and says what all the others come to, so whoever makes a file from lines in order walks over them
//! twice: [`Totals`] counts, [`write()`] writes. Lines that stand in a file already, and shall stay as they are, go through
//! [`Frames`].

mod frames;
mod totals;

use std::io::{self, Write};

pub use self::frames::{Frames, FramesError};
pub use self::totals::Totals;
use crate::file::{Finished, ItemEntry, Meta, Writer};
use crate::merge::MergedLine;

/// Takes lines, one after the other.
pub type Visit<'a> = dyn FnMut(&MergedLine<'_>) -> io::Result<()> + 'a;

/// Writes a recording: its meta line, the lines that `lines` hands out in the order of their times, and the items of its index.
///
/// # Errors
/// When `lines` fails or is out of order, or `out` takes no more.
pub fn write(
    out: impl Write,
    meta: &Meta,
    level: i32,
    items: Vec<ItemEntry>,
    lines: impl FnOnce(&mut Visit<'_>) -> io::Result<()>,
) -> io::Result<Finished> {
    let mut writer = Writer::begin(out, meta, level)?;
    lines(&mut |line| writer.push_rest(line.line_type, line.time.saturating_sub(meta.started_at), line.rest))?;
    writer.finish(items.into_iter())
}

/// Writes a recording as [`write()`] does, but its lines alone, without compression and index. Returns how many carry an event.
///
/// # Errors
/// As [`write()`].
pub fn write_plain(
    out: impl Write,
    meta: &Meta,
    lines: impl FnOnce(&mut Visit<'_>) -> io::Result<()>,
) -> io::Result<u64> {
    let mut writer = Writer::begin_plain(out, meta)?;
    lines(&mut |line| writer.push_rest(line.line_type, line.time.saturating_sub(meta.started_at), line.rest))?;
    writer.finish_plain()
}
