//! `cassette export` of many recordings: a file for every finished one.
//!
//! Can be broken off and called again at any time: what is complete and of the newest revision is passed over.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use indicatif::ProgressBar;

use super::existing::Existing;
use super::noted::{Note, Noted};
use super::{Asked, write};
use crate::ending::{Ending, say};
use crate::form::Chosen;
use crate::left_out::Sum;
use crate::place::{Finished, Place, Stand};
use crate::target::{Partial, WriteError};
use crate::{progress, shown};

/// What became of the recordings.
#[derive(Debug, Default)]
struct Tally {
    written: u64,
    passed_over: u64,
    running: u64,
    more_to_come: u64,
    missing: u64,
    failed: u64,
    left_out: Sum,
}

/// An export into a folder, under way.
struct Export<'a> {
    place: &'a Place,
    folder: &'a Path,
    chosen: Chosen,
    force: bool,
    noted: Noted,
    bar: ProgressBar,
    tally: Tally,
}

pub(super) fn export(
    place: &Place,
    asked: &Asked,
    folder: &Path,
    chosen: Chosen,
    force: bool,
) -> anyhow::Result<Ending> {
    fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    let noted = Noted::open(folder).with_context(|| format!("{} cannot be written to", folder.display()))?;
    let bar = progress::bar(asked.ids.len(), "recordings");
    let mut export = Export { place, folder, chosen, force, noted, bar, tally: Tally::default() };
    for id in &asked.ids {
        match place.stand(id)? {
            Stand::Missing if asked.by_name => {
                export.tally.missing += 1;
                export.say(&format!("there is no recording {id} in {}", place.name()));
            }
            // Erased since it was listed.
            Stand::Missing => {}
            Stand::Running => {
                export.tally.running += 1;
                export.say(&format!("{id} still runs and is not exported"));
            }
            Stand::Finished(recording) => export.one(&recording)?,
        }
        export.bar.inc(1);
    }
    export.bar.finish_and_clear();
    let tally = export.tally;
    tally.report(folder)?;
    tally.left_out.tell("in all");
    match tally.failed + tally.missing {
        0 => Ok(Ending::Done),
        _ => Ok(Ending::NotSo),
    }
}

impl Export<'_> {
    fn one(&mut self, recording: &Finished) -> anyhow::Result<()> {
        let id = &recording.id;
        let name = format!("{id}.{}", self.chosen.ending());
        let path = self.folder.join(&name);
        self.tally.more_to_come += u64::from(recording.more_to_come);
        let existing = self.existing(&path, &name, recording);
        let replace = match existing.with_context(|| format!("{} cannot be read", path.display()))? {
            Existing::Nothing => self.force,
            Existing::Current if !self.force => {
                self.tally.passed_over += 1;
                return Ok(());
            }
            Existing::Foreign if !self.force => {
                self.tally.failed += 1;
                let path = path.display();
                self.say(&format!("{path} exists and is not known as an export of {id}: move it, or add --force"));
                return Ok(());
            }
            Existing::Current | Existing::Outdated | Existing::Foreign => true,
        };
        match self.file(&path, &name, recording, replace) {
            Ok(()) => self.tally.written += 1,
            Err(error @ WriteError::Target(_)) => return Err(error.into_anyhow()),
            Err(error @ WriteError::Recording(_)) => {
                self.tally.failed += 1;
                self.say(&format!("{id} cannot be exported: {:#}", error.into_anyhow()));
            }
        }
        Ok(())
    }

    fn existing(&self, path: &Path, name: &str, recording: &Finished) -> io::Result<Existing> {
        match self.noted.at(path, &Note::new(name, recording, self.chosen, 0))? {
            Some(found) => Ok(found),
            None => Existing::at(path, self.chosen, recording),
        }
    }

    fn file(&mut self, path: &Path, name: &str, recording: &Finished, replace: bool) -> Result<(), WriteError> {
        let written = Partial::write(path, |out| write(self.place, recording, self.chosen, out, false));
        let (partial, left_out) = written?;
        let note = Note::new(name, recording, self.chosen, partial.bytes()?);
        self.noted.note(note).map_err(|error| {
            WriteError::Target(anyhow::Error::from(error).context(format!("{} cannot be noted", path.display())))
        })?;
        partial.place(replace)?;
        self.tally.left_out.add(left_out);
        Ok(())
    }

    fn say(&self, sentence: &str) {
        self.bar.suspend(|| say(sentence));
    }
}

impl Tally {
    fn report(&self, folder: &Path) -> io::Result<()> {
        let told = [
            (self.passed_over, "there already"),
            (self.running, "still running"),
            (self.more_to_come, "with more to come in a next revision"),
            (self.missing, "not found"),
            (self.failed, "not exported"),
        ];
        let mut sentence = format!("{} written to {}", shown::count(self.written, "recording"), folder.display());
        for (number, what) in told.iter().filter(|(number, _)| *number > 0) {
            sentence.push_str(&format!(", {number} {what}"));
        }
        writeln!(io::stdout(), "{}", shown::clean(&sentence))
    }
}
