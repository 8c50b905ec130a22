//! Where recordings are: in a folder, which commands read themselves, or behind a running server, which they ask.
//!
//! Both answer the same questions in the same shape, so that no command knows which one it talks to. A folder may be read
//! beside the server that works in it: finished files never change, and the catalog is opened for reading.

mod folder;
mod server;

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::{env, fs};

use cassette_recording::{DistinctId, RecordingId};
use cassette_server::serve::DataFolder;
use cassette_store::layout;

pub(crate) use folder::{Folder, must_be_ours};
pub(crate) use server::{Erased, Sent, Server};

use crate::words;

/// Rows asked for at once: the most that the server gives.
const PAGE_ROWS: usize = 1000;

/// A folder or a server.
pub(crate) enum Place {
    Folder(Folder),
    Server(Server),
}

/// What to list.
#[derive(Debug, Default)]
pub(crate) struct Query {
    /// Begun at or after this time, epoch ms.
    pub(crate) since: Option<i64>,
    /// Of this person.
    pub(crate) distinct_id: Option<DistinctId>,
    /// At most so many.
    pub(crate) limit: Option<usize>,
    /// Recordings without any rrweb event too.
    pub(crate) include_empty: bool,
}

/// One recording of a list.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) id: RecordingId,
    /// With the members of the HTTP API.
    pub(crate) json: String,
}

/// What there is to export of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stand {
    /// No such recording.
    Missing,
    /// It has no file yet.
    Running,
    /// It has one.
    Finished(Finished),
}

/// A recording that has a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finished {
    pub(crate) id: RecordingId,
    /// The file's revision.
    pub(crate) revision: u64,
    /// Events in the file; unknown where its end cannot be read.
    pub(crate) events: Option<u64>,
    /// More has arrived and waits for the next revision.
    pub(crate) more_to_come: bool,
    /// The file's name in the bucket; a server does not tell.
    pub(crate) object: Option<String>,
}

/// The stored file of a recording, from its beginning.
pub(crate) struct StoredFile<'a> {
    pub(crate) bytes: Box<dyn Read + 'a>,
    /// How many there are, where that is known.
    pub(crate) size: Option<u64>,
}

impl Place {
    pub(crate) fn of(words: &words::Place) -> anyhow::Result<Self> {
        match &words.server {
            Some(url) => Ok(Self::Server(Server::new(url, words.api_key.as_ref())?)),
            None => Ok(Self::Folder(Folder::open(&data_folder(words.data.as_ref()))?)),
        }
    }

    /// The same, for one of several projects.
    pub(crate) fn in_project(self, words: &words::InProject) -> anyhow::Result<Self> {
        let Some(project) = words.id else { return Ok(self) };
        match self {
            Self::Folder(folder) => Ok(Self::Folder(folder.in_project(project)?)),
            Self::Server(server) => Ok(Self::Server(server.in_project(project))),
        }
    }

    /// Calls `each` with every recording that the query means, newest first. Never holds more than a page of them.
    pub(crate) fn list(&self, query: &Query, mut each: impl FnMut(Listed) -> anyhow::Result<()>) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder) => folder.list(query, &mut each),
            Self::Server(server) => server.list(query, &mut each),
        }
    }

    /// What there is to export of a recording.
    pub(crate) fn stand(&self, id: &RecordingId) -> anyhow::Result<Stand> {
        match self {
            Self::Folder(folder) => folder.stand(id),
            Self::Server(server) => server.stand(id),
        }
    }

    /// Opens a recording's stored file. Other forms are made of it here: so a server has less to do and to send, and what
    /// a form cannot carry is known.
    pub(crate) fn open<'a>(&'a self, recording: &'a Finished) -> anyhow::Result<StoredFile<'a>> {
        match self {
            Self::Folder(folder) => folder.open_stored(recording),
            Self::Server(server) => server.open_stored(recording),
        }
    }

    /// For messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Folder(folder) => folder.root().display().to_string(),
            Self::Server(server) => server.base().to_owned(),
        }
    }
}

/// The folder meant: by flag, by environment, or the server's own default.
pub(crate) fn data_folder(flag: Option<&PathBuf>) -> PathBuf {
    let named = flag.cloned().or_else(|| env::var_os("CASSETTE_DATA").map(PathBuf::from));
    named.unwrap_or_else(|| cassette_server::config::Config::default().data)
}

/// Takes a folder for writing, which is made if nothing is there yet; but not into something else's.
pub(crate) fn taken(root: &Path) -> anyhow::Result<DataFolder> {
    if !is_new(root) {
        must_be_ours(root)?;
    }
    Ok(DataFolder::lock(root)?)
}

/// What a process makes first in a data folder.
const SPOOL: &str = "spool";
const LOCK: &str = "lock";

/// Whether nothing is there, or no more than a process leaves that was killed while it made the folder.
fn is_new(root: &Path) -> bool {
    let Ok(entries) = fs::read_dir(root) else { return !root.exists() };
    let names: Vec<OsString> = entries.flatten().map(|entry| entry.file_name()).collect();
    let is_first = |name: &OsString| {
        // A file that is being written has a `#` and a number behind its name.
        let name = name.to_string_lossy();
        [SPOOL, LOCK, layout::README, layout::VERSION].contains(&name.split('#').next().unwrap_or_default())
    };
    names.is_empty() || names.iter().any(|name| name == SPOOL) && names.iter().all(is_first)
}

/// How many rows to ask for next; none where the limit is reached.
fn next_page(limit: Option<usize>, given: usize) -> Option<usize> {
    match limit {
        None => Some(PAGE_ROWS),
        Some(limit) => Some(limit.saturating_sub(given).min(PAGE_ROWS)).filter(|&rows| rows > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_was_left_half_made_is_new_and_another_ones_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert!(is_new(&root.join("missing")) && is_new(root));
        fs::write(root.join("README.txt"), "").unwrap();
        assert!(!is_new(root), "many folders hold such a file");
        fs::create_dir(root.join("spool")).unwrap();
        for name in ["lock", "README.txt#1", "cassette.json#1"] {
            fs::write(root.join(name), "").unwrap();
            assert!(is_new(root), "{name}");
        }
        fs::write(root.join("letter.txt"), "").unwrap();
        assert!(!is_new(root));
    }
}
