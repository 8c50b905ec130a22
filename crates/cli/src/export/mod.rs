//! `cassette export`: recordings as files.
//!
//! ## Invariants
//! 1. A file has its final name only when it is complete and on disk: it is written under a temporary name beside it.
//! 2. Without `--force` nothing that is there is overwritten, not even by two exports at once; `--all` may replace an
//!    incomplete or older export of the same recording.

mod all;
mod existing;
mod format;
mod target;
mod well_formed;

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use anyhow::bail;
use cassette_recording::RecordingId;

use self::target::{WriteError, write_file};
use self::well_formed::WellFormed;
use crate::ending::{Ending, say};
use crate::place::{Finished, Place, Stand};
use crate::words::{self, Format};

/// How recordings are written.
#[derive(Debug, Clone, Copy)]
struct Form {
    format: Format,
    well_formed: bool,
}

pub(crate) fn export(words: &words::Export) -> anyhow::Result<Ending> {
    let to = Path::new(&words.to);
    let standard_output = to == Path::new("-");
    let format = match words.format {
        Some(format) => format,
        None if words.all || standard_output => Format::Stored,
        None => format::by_ending(to)?,
    };
    let form = Form { format, well_formed: words.well_formed };
    if words.well_formed && format == Format::Stored {
        bail!(
            "--well-formed changes bytes, and ndjson.zst is the stored file byte for byte: add --format ndjson or rrweb"
        );
    }
    match &words.session {
        None if standard_output => bail!("--all writes one file a recording: --to must name a folder"),
        None => all::export(&Place::of(&words.place)?, to, form, words.force),
        Some(id) if standard_output => to_standard_output(&Place::of(&words.place)?, id, form),
        Some(id) => {
            target::must_be_free(to, words.force)?;
            to_file(&Place::of(&words.place)?, id, to, form, words.force)
        }
    }
}

fn to_standard_output(place: &Place, id: &RecordingId, form: Form) -> anyhow::Result<Ending> {
    let out = io::stdout().lock();
    if form.format == Format::Stored && out.is_terminal() {
        bail!("ndjson.zst is not for a terminal: add --format ndjson, or send the output elsewhere");
    }
    let Some(recording) = finished(place, id)? else { return Ok(Ending::NotSo) };
    let mut out = BufWriter::new(out);
    write(place, &recording, form, &mut out)?;
    out.flush()?;
    Ok(Ending::Done)
}

fn to_file(place: &Place, id: &RecordingId, to: &Path, form: Form, force: bool) -> anyhow::Result<Ending> {
    let Some(recording) = finished(place, id)? else { return Ok(Ending::NotSo) };
    write_file(to, force, |out| write(place, &recording, form, out)).map_err(WriteError::into_anyhow)?;
    Ok(Ending::Done)
}

/// The recording, or a sentence on why there is nothing to export.
fn finished(place: &Place, id: &RecordingId) -> anyhow::Result<Option<Finished>> {
    match place.stand(id)? {
        Stand::Missing => say(&format!("there is no recording {id} in {}", place.name())),
        Stand::Running => {
            say(&format!("the recording {id} still runs: its file is written when it has been quiet for a while"));
        }
        Stand::Finished(recording) => {
            if recording.more_to_come {
                say(&format!("more of {id} has arrived and is not in this file; it will be in the next revision"));
            }
            return Ok(Some(recording));
        }
    }
    Ok(None)
}

fn write(place: &Place, recording: &Finished, form: Form, out: &mut dyn Write) -> anyhow::Result<()> {
    if !form.well_formed {
        return place.write(recording, form.format, out);
    }
    let mut out = match form.format {
        Format::Rrweb => WellFormed::events(out),
        Format::Stored | Format::Ndjson => WellFormed::recording(out),
    };
    place.write(recording, form.format, &mut out)?;
    Ok(out.finish()?)
}
