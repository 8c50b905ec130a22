//! A file of notes, one JSON object a line, by which a command that was broken off knows what it did.
//!
//! A note that a crash cut off is none: whoever notes does it before the deed, or can do the deed again.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// An open file of notes.
#[derive(Debug)]
pub(crate) struct Notes(File);

impl Notes {
    /// Opens or makes the file, and gives each of its notes in order.
    pub(crate) fn open<T: DeserializeOwned>(path: &Path, mut each: impl FnMut(T)) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let (mut lines, mut line) = (BufReader::new(&file), Vec::new());
        let mut whole = true;
        while lines.read_until(b'\n', &mut line)? > 0 {
            whole = line.ends_with(b"\n");
            // One that lacks nothing but its line break counts: what is noted is so.
            serde_json::from_slice::<T>(&line).ok().into_iter().for_each(&mut each);
            line.clear();
        }
        if !whole {
            (&file).write_all(b"\n")?;
        }
        Ok(Self(file))
    }

    /// Adds a note.
    pub(crate) fn add(&mut self, note: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(note)?;
        line.push(b'\n');
        self.0.write_all(&line)
    }

    /// The file itself, for its lock and its durability.
    pub(crate) fn file(&self) -> &File {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_note_that_was_cut_off_spoils_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes");
        for end in ["", "\n", "[3"] {
            fs::write(&path, format!("[1]\n[2]{end}")).unwrap();
            Notes::open(&path, |_: Vec<u32>| ()).unwrap().add(&[4]).unwrap();
            let mut found = Vec::new();
            Notes::open(&path, |note: Vec<u32>| found.extend(note)).unwrap();
            let expected: &[u32] = if end == "[3" { &[1, 4] } else { &[1, 2, 4] };
            assert_eq!(found, expected, "{end:?}");
        }
    }
}
