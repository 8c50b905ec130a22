//! `cassette export --all`: a file for every finished recording.
//!
//! Can be broken off and called again at any time: what is complete and of the newest revision is passed over.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use cassette_recording::RecordingId;
use indicatif::ProgressBar;

use super::existing::Existing;
use super::format::ending;
use super::target::{WriteError, write_file};
use super::{Form, write};
use crate::ending::{Ending, say};
use crate::place::{Finished, Place, Query, Stand};
use crate::{progress, shown};

/// What became of the recordings.
#[derive(Debug, Default)]
struct Tally {
    written: u64,
    passed_over: u64,
    running: u64,
    more_to_come: u64,
    failed: u64,
}

pub(super) fn export(place: &Place, folder: &Path, form: Form, force: bool) -> anyhow::Result<Ending> {
    let mut ids: Vec<RecordingId> = Vec::new();
    place.list(&Query { include_empty: true, ..Query::default() }, |recording| {
        ids.push(recording.id);
        Ok(())
    })?;
    fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    let bar = progress::bar(ids.len(), "recordings");
    let mut tally = Tally::default();
    for id in &ids {
        match place.stand(id)? {
            // Erased since it was listed.
            Stand::Missing => {}
            Stand::Running => {
                tally.running += 1;
                bar.suspend(|| say(&format!("{id} still runs and is not exported")));
            }
            Stand::Finished(recording) => one(place, &recording, folder, form, force, &bar, &mut tally)?,
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    tally.report(folder)?;
    match tally.failed {
        0 => Ok(Ending::Done),
        _ => Ok(Ending::NotSo),
    }
}

fn one(
    place: &Place,
    recording: &Finished,
    folder: &Path,
    form: Form,
    force: bool,
    bar: &ProgressBar,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let id = &recording.id;
    let path = folder.join(format!("{id}.{}", ending(form.format)));
    tally.more_to_come += u64::from(recording.more_to_come);
    let existing = Existing::at(&path, form.format, recording);
    let existing = existing.with_context(|| format!("{} cannot be read", path.display()))?;
    let replace = match existing {
        Existing::Nothing => force,
        Existing::Current if !force => {
            tally.passed_over += 1;
            return Ok(());
        }
        Existing::Foreign if !force => {
            tally.failed += 1;
            bar.suspend(|| {
                say(&format!("{} exists and is no export of {id}: move it, or add --force", path.display()));
            });
            return Ok(());
        }
        Existing::Current | Existing::Outdated | Existing::Foreign => true,
    };
    match write_file(&path, replace, |out| write(place, recording, form, out)) {
        Ok(()) => tally.written += 1,
        Err(error @ WriteError::Target(_)) => return Err(error.into_anyhow()),
        Err(error @ WriteError::Recording(_)) => {
            tally.failed += 1;
            bar.suspend(|| say(&format!("{id} cannot be exported: {:#}", error.into_anyhow())));
        }
    }
    Ok(())
}

impl Tally {
    fn report(&self, folder: &Path) -> io::Result<()> {
        let told = [
            (self.passed_over, "there already"),
            (self.running, "still running"),
            (self.more_to_come, "with more to come in a next revision"),
            (self.failed, "not exported"),
        ];
        let mut sentence = format!("{} written to {}", shown::count(self.written, "recording"), folder.display());
        for (number, what) in told.iter().filter(|(number, _)| *number > 0) {
            sentence.push_str(&format!(", {number} {what}"));
        }
        writeln!(io::stdout(), "{}", shown::clean(&sentence))
    }
}
