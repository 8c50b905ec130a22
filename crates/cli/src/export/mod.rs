//! `cassette export`: recordings as files.
//!
//! ## Invariants
//! 1. A file has its final name only when it is complete and on disk: it is written under a temporary name beside it.
//! 2. Without `--force` nothing that is there is overwritten, not even by two exports at once; an export of many may replace
//!    an incomplete or older export of the same recording.

mod existing;
mod many;
mod noted;

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use anyhow::bail;
use cassette_interchange::LeftOut;
use cassette_recording::RecordingId;
use cassette_server::clock::{Clock as _, SystemClock};

use crate::ending::{Ending, say};
use crate::form::Chosen;
use crate::place::{Finished, Place, Query, Stand};
use crate::target::{WriteError, must_be_free, write_file};
use crate::{left_out, progress, words};

pub(crate) fn export(words: &words::Export) -> anyhow::Result<Ending> {
    let to = words.to.as_path();
    let standard_output = to == Path::new("-");
    let name = Some(to).filter(|_| words.session.is_some() && !standard_output);
    let chosen = Chosen::by(&words.form, name)?;
    match &words.session {
        None if standard_output => bail!("many recordings are one file each: --to must name a folder"),
        None => {
            let place = Place::of(&words.place)?.in_project(&words.project)?;
            let ids = asked_for(&place, words)?;
            many::export(&place, &ids, to, chosen, words.force)
        }
        Some(id) if standard_output => {
            to_standard_output(&Place::of(&words.place)?.in_project(&words.project)?, id, chosen)
        }
        Some(id) => {
            must_be_free(to, words.force)?;
            to_file(&Place::of(&words.place)?.in_project(&words.project)?, id, to, chosen, words.force)
        }
    }
}

/// The recordings that were asked for.
struct Asked {
    ids: Vec<RecordingId>,
    /// Each by its name: one that is not there is a mistake then.
    by_name: bool,
}

fn asked_for(place: &Place, words: &words::Export) -> anyhow::Result<Asked> {
    if !words.sessions.is_empty() {
        return Ok(Asked { ids: words.sessions.clone(), by_name: true });
    }
    let query = Query {
        since: words.since.map(|since| since.epoch_ms(SystemClock.now())),
        distinct_id: words.distinct_id.clone(),
        limit: None,
        include_empty: true,
    };
    let mut ids = Vec::new();
    place.list(&query, |recording| {
        ids.push(recording.id);
        Ok(())
    })?;
    Ok(Asked { ids, by_name: false })
}

fn to_standard_output(place: &Place, id: &RecordingId, chosen: Chosen) -> anyhow::Result<Ending> {
    let out = io::stdout().lock();
    if chosen.is_binary() && out.is_terminal() {
        bail!("this form is not for a terminal: add --format ndjson, or send the output elsewhere");
    }
    let Some(recording) = finished(place, id)? else { return Ok(Ending::NotSo) };
    let mut out = BufWriter::new(out);
    let lost = write(place, &recording, chosen, &mut out, true)?;
    out.flush()?;
    left_out::tell(id.as_str(), &lost);
    Ok(Ending::Done)
}

fn to_file(place: &Place, id: &RecordingId, to: &Path, chosen: Chosen, force: bool) -> anyhow::Result<Ending> {
    let Some(recording) = finished(place, id)? else { return Ok(Ending::NotSo) };
    let written = write_file(to, force, |out| write(place, &recording, chosen, out, true));
    left_out::tell(id.as_str(), &written.map_err(WriteError::into_anyhow)?);
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

/// Writes a recording. The stored form is copied and not judged; `cassette verify` does that.
fn write(
    place: &Place,
    recording: &Finished,
    chosen: Chosen,
    out: &mut dyn Write,
    show_progress: bool,
) -> anyhow::Result<Vec<LeftOut>> {
    let stored = place.open(recording)?;
    let bar = match show_progress {
        true => progress::bytes(stored.size, "exported"),
        false => indicatif::ProgressBar::hidden(),
    };
    let mut bytes = bar.wrap_read(stored.bytes);
    let lost = match chosen.is_the_stored_file() {
        true => io::copy(&mut bytes, out).map(|_| Vec::new())?,
        false => chosen.write(bytes, out)?,
    };
    bar.finish_and_clear();
    Ok(lost)
}
