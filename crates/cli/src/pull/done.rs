//! What earlier pulls did, so that the next one asks only for what is new or grew.
//!
//! A recording is noted when it is stored: a crash in between costs one import that changes nothing. What lies in the store
//! is not asked, because it cannot tell a recording that was erased here, which must not come back, from one that never came.

use std::collections::HashMap;
use std::fs::{self, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use super::listing::Seen;
use crate::notes::Notes;

const NAME: &str = "pulled.ndjson";

/// How a recording ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// It is stored.
    Stored,
    /// It is stored without what the other side could not give.
    StoredInPart,
    /// It was deleted there before it was fetched.
    Deleted,
    /// The store here did not take it: it was erased here, or contradicts what is here.
    Refused,
}

/// One recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    from: String,
    to: String,
    session_id: String,
    pub(super) state: State,
    /// What the list said of it then.
    pub(super) seen: Seen,
    /// Entries of its list of blocks.
    pub(super) blocks: usize,
    pub(super) events: u64,
    /// It was over then.
    pub(super) finished: bool,
}

/// The notes of one way, from a project to a store.
pub(super) struct Done {
    folder: PathBuf,
    from: String,
    to: String,
    notes: Notes,
    by_id: HashMap<String, Note>,
}

impl Done {
    /// Opens the notes in a folder, which is made where it is missing. One pull at a time may have them.
    pub(super) fn open(folder: &Path, from: &str, to: &str) -> anyhow::Result<Self> {
        let shown = folder.display();
        fs::create_dir_all(folder).with_context(|| format!("the folder {shown} cannot be made"))?;
        let mut by_id = HashMap::new();
        let notes = Notes::open(&folder.join(NAME), |note: Note| {
            if note.from == from && note.to == to {
                by_id.insert(note.session_id.clone(), note);
            }
        });
        let notes = notes.with_context(|| format!("the notes in {shown} cannot be opened"))?;
        match notes.file().try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another pull works with the notes in {shown}: wait for it"),
            Err(TryLockError::Error(error)) => {
                return Err(anyhow::Error::from(error).context(format!("the notes in {shown} cannot be locked")));
            }
        }
        Ok(Self { folder: folder.to_owned(), from: from.to_owned(), to: to.to_owned(), notes, by_id })
    }

    /// The folder, where recordings under way lie too.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn of(&self, session: &str) -> Option<&Note> {
        self.by_id.get(session)
    }

    /// Notes a recording that is stored, or gone.
    pub(super) fn note(
        &mut self,
        session: &str,
        state: State,
        seen: &Seen,
        (blocks, events, finished): (usize, u64, bool),
    ) -> anyhow::Result<()> {
        let (from, to) = (self.from.clone(), self.to.clone());
        let note =
            Note { from, to, session_id: session.to_owned(), state, seen: seen.clone(), blocks, events, finished };
        self.notes.add(&note).with_context(|| format!("the notes in {} cannot be written", self.folder.display()))?;
        self.by_id.insert(note.session_id.clone(), note);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_of_one_way_and_the_last_one_counts() {
        let folder = tempfile::tempdir().unwrap();
        let open = |from: &str, to: &str| Done::open(folder.path(), from, to).unwrap();
        let seen = Seen { event_count: Some(7), ..Seen::default() };
        let mut done = open("a", "b");
        done.note("s", State::StoredInPart, &Seen::default(), (1, 1, false)).unwrap();
        done.note("s", State::Stored, &seen, (3, 7, true)).unwrap();
        assert!(Done::open(folder.path(), "a", "b").is_err_and(|error| error.to_string().contains("another pull")));
        drop(done);
        let done = open("a", "b");
        let note = done.of("s").unwrap();
        assert_eq!((note.state, &note.seen, note.blocks, note.finished), (State::Stored, &seen, 3, true));
        assert!(done.of("S").is_none());
        drop(done);
        assert!(open("a", "c").of("s").is_none());
        assert!(open("c", "b").of("s").is_none());
    }
}
