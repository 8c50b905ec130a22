//! What exports of many recordings wrote into a folder, so that the next one knows it.
//!
//! Most forms do not say which revision of a recording they are, nor can one see at their end that they are whole. So each
//! file is noted before it gets its name: a file that is there is noted, and a note without its file harms nobody. The notes
//! are a file of JSON lines in the folder; without it, files are known by their content alone, where they say enough.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::existing::Existing;
use crate::form::Chosen;
use crate::notes::Notes;
use crate::place::Finished;

/// Hidden, so that nobody takes it for a recording.
pub(crate) const NAME: &str = ".cassette-export.ndjson";

/// The notes of a folder.
pub(super) struct Noted {
    /// Of each file all that was ever noted: who noted the newest may have died before the file was there.
    notes: HashMap<String, Vec<Note>>,
    file: Notes,
}

/// One file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    file: String,
    session_id: String,
    revision: u64,
    format: String,
    compression: Option<String>,
    well_formed: bool,
    bytes: u64,
}

impl Note {
    pub(super) fn new(file: &str, recording: &Finished, chosen: Chosen, bytes: u64) -> Self {
        Self {
            file: file.to_owned(),
            session_id: recording.id.as_str().to_owned(),
            revision: recording.revision,
            format: chosen.form.format.name().to_owned(),
            compression: chosen.form.compression.map(|compression| compression.name().to_owned()),
            well_formed: chosen.well_formed,
            bytes,
        }
    }

    /// What a file of so many bytes is, that was noted so, if this is what is wanted now.
    fn of(&self, bytes: u64, wanted: &Self) -> Existing {
        match self == &(Self { bytes: self.bytes, ..wanted.clone() }) && self.bytes == bytes {
            true => Existing::Current,
            // A part of what was written; or an export of another revision or kind.
            false if self.session_id == wanted.session_id && bytes <= self.bytes => Existing::Outdated,
            false => Existing::Foreign,
        }
    }
}

impl Noted {
    /// Reads the notes of a folder.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let mut notes: HashMap<_, Vec<Note>> = HashMap::new();
        // A note that was cut off is of a file that did not get its name.
        let file = Notes::open(&folder.join(NAME), |note: Note| {
            notes.entry(note.file.clone()).or_default().push(note);
        })?;
        Ok(Self { notes, file })
    }

    /// What lies at `path`, under the name that is noted in `wanted`; `None` where nothing is noted.
    pub(super) fn at(&self, path: &Path, wanted: &Note) -> io::Result<Option<Existing>> {
        let Some(notes) = self.notes.get(&wanted.file) else { return Ok(None) };
        match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Some(Existing::Nothing)),
            Err(error) => Err(error),
            Ok(found) if !found.is_file() => Ok(Some(Existing::Foreign)),
            Ok(found) => {
                let is = |existing| notes.iter().any(|note| note.of(found.len(), wanted) == existing);
                let known = [Existing::Current, Existing::Outdated].into_iter().find(|existing| is(*existing));
                Ok(Some(known.unwrap_or(Existing::Foreign)))
            }
        }
    }

    /// Notes a file that is about to get its name.
    pub(super) fn note(&mut self, note: Note) -> io::Result<()> {
        self.file.add(&note)?;
        self.notes.entry(note.file.clone()).or_default().push(note);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use cassette_interchange::{Form, Format};

    use super::*;

    fn note(revision: u64, bytes: u64) -> Note {
        let recording =
            Finished { id: "a".parse().unwrap(), revision, events: None, more_to_come: false, object: None };
        let chosen = Chosen { form: Form { format: Format::Rrweb, compression: None }, well_formed: false };
        Note::new("a.rrweb.json", &recording, chosen, bytes)
    }

    #[test]
    fn a_file_is_known_by_its_note_also_by_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rrweb.json");
        Noted::open(folder.path()).unwrap().note(note(1, 4)).unwrap();
        // As a process leaves it that died while it noted.
        let notes = folder.path().join(NAME);
        let cut = [fs::read(&notes).unwrap(), b"{\"file\":\"b".to_vec()].concat();
        fs::write(&notes, cut).unwrap();
        Noted::open(folder.path()).unwrap().note(Note { file: "c".into(), ..note(1, 9) }).unwrap();
        let noted = Noted::open(folder.path()).unwrap();
        let at = |revision| noted.at(&path, &note(revision, 0)).unwrap();
        assert_eq!(at(1), Some(Existing::Nothing));
        fs::write(&path, "1234").unwrap();
        assert_eq!((at(1), at(2)), (Some(Existing::Current), Some(Existing::Outdated)));
        fs::write(&path, "123").unwrap();
        assert_eq!(at(1), Some(Existing::Outdated));
        fs::write(&path, "a shopping list").unwrap();
        assert_eq!(at(1), Some(Existing::Foreign));
        assert_eq!(noted.at(&path, &Note { file: "b".into(), ..note(1, 0) }).unwrap(), None);
        assert!(noted.at(&folder.path().join("c"), &Note { file: "c".into(), ..note(1, 0) }).unwrap().is_some());
    }
}
