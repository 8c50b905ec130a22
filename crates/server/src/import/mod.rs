//! Recordings that come as files: from other stores, other systems, or an export of our own.
//!
//! What a file is, its content says (`cassette_interchange`). It is read into a stored recording in the spool first, so that
//! nothing of a file that turns out to be damaged is ever seen.
//!
//! ## Invariants
//! 1. An import is visible whole or not at all: the object is linked into the bucket under its final name, then its row is
//!    written. Between the two it is an orphan that the next import of the same file, or a rebuild, finds.
//! 2. Importing the same thing twice changes nothing, in whichever form it comes: what is compared is the events' bytes.
//! 3. Nothing that is stored is lost by an import: a recording is only ever taken the place of by one that holds all of it.
//! 4. Memory does not grow with the recording: digests are compared a part at a time ([`content`]).
//!
//! ## Why not as captured data
//! The journal and the collector take items as SDKs send them, and an exported recording has none: its events are merged,
//! dated and counted already. Sending it that way again would date it anew.

mod content;
mod error;
mod extend;
mod persons;
mod routes;
mod spool;
mod spooled;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use cassette_interchange::LeftOut;
use cassette_interchange::read::{Kind, ReadIn, Reading, read};
use cassette_recording::file::{Finished, Meta};
use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::{Catalog, CommitFinishedError, LiveBlock};
use cassette_store::live_objects::LiveObjects;
use cassette_store::recording_files::RecordingFile;
use cassette_store::{Bucket, Put, layout, rebuild};
use tokio::runtime::Handle;

use self::content::{Compared, SpooledLines, StoredLines, compare};
pub use self::error::ImportError;
pub(crate) use self::routes::routes;
pub(crate) use self::spool::Spool;
pub use self::spooled::Spooled;
use crate::erase::Deleted;
use crate::ingest::OpenRecordings;

/// How often an import looks again when somebody else writes the same recording meanwhile.
const ATTEMPTS: usize = 5;

/// What importing needs.
#[derive(Clone)]
pub struct Importer {
    /// Where everything lies.
    pub bucket: Bucket,
    /// Its index.
    pub catalog: Arc<dyn Catalog>,
    /// Live objects.
    pub live_objects: LiveObjects,
    /// What a running server holds and the bucket does not; empty without one.
    pub open: OpenRecordings,
    /// What was deleted does not come back.
    pub deleted: Deleted,
    /// A local folder for files under construction, on the disk of the bucket where that is a folder.
    pub spool: PathBuf,
    /// zstd level.
    pub level: i32,
    /// Server clock, milliseconds since the epoch.
    pub now: i64,
}

/// Where a file is to go.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The project.
    pub project: ProjectId,
    /// Instead of the file's own session id.
    pub session: Option<RecordingId>,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The recording.
    pub session: RecordingId,
    /// What the file was.
    pub kind: Kind,
    /// What it changed.
    pub outcome: Outcome,
    /// Events in the file.
    pub events: u64,
    /// What of the file could not be carried.
    pub left_out: Vec<LeftOut>,
}

/// What an import changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The recording is new.
    Created,
    /// All of it was here already.
    Unchanged,
    /// A part of it was here; this is its next revision.
    Extended,
}

impl Outcome {
    /// In words, for answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Unchanged => "unchanged",
            Self::Extended => "extended",
        }
    }
}

/// What is here of a recording before an import.
struct Stored {
    file: Option<RecordingFile>,
    /// Blocks that are in no finished file.
    live: Vec<LiveBlock>,
    /// More is to come: live blocks, or lines that are not in the bucket.
    running: bool,
}

/// A file as it was read: a stored recording in the spool.
struct Incoming {
    file: Spooled,
    read: ReadIn,
}

impl Importer {
    /// Imports a file. Blocks the thread.
    ///
    /// # Errors
    /// When the file cannot be read, what is here contradicts it, or the store fails. What there was before is as it was.
    pub fn import(&self, input: File, to: &Destination, runtime: &Handle) -> Result<Imported, ImportError> {
        let incoming = self.read(input, to)?;
        let session = &incoming.read.meta.session_id;
        // Who deletes it waits for the end of this.
        let Some(_working) = self.deleted.begin_work(to.project, session) else {
            return Err(ImportError::Deleted { session: session.clone() });
        };
        for _ in 0..ATTEMPTS {
            let stored = runtime.block_on(self.stored(to.project, &incoming.read.meta.session_id))?;
            let outcome = match stored {
                None => self
                    .put(&incoming.file, &incoming.read.meta, &incoming.read.finished, runtime)?
                    .then_some(Outcome::Created),
                Some(stored) => self.beside(&incoming, &stored, runtime)?,
            };
            if let Some(outcome) = outcome {
                self.persons(incoming.file.path(), incoming.read.finished.events, &incoming.read.meta, runtime)?;
                let ReadIn { kind, meta, finished, left_out, .. } = incoming.read;
                return Ok(Imported { session: meta.session_id, kind, outcome, events: finished.events, left_out });
            }
        }
        Err(ImportError::Contended { session: incoming.read.meta.session_id })
    }

    fn read(&self, input: File, to: &Destination) -> Result<Incoming, ImportError> {
        let (file, out) = Spooled::create(&self.spool)?;
        let reading = Reading {
            project: Some(to.project),
            session_id: to.session.clone(),
            spool: &self.spool,
            level: self.level,
            arrived_at: self.now,
        };
        let mut out = BufWriter::with_capacity(1 << 20, out);
        let read = read(input, &reading, &mut out)?;
        out.flush().map_err(ImportError::Spool)?;
        Ok(Incoming { file, read })
    }

    async fn stored(&self, project: ProjectId, session: &RecordingId) -> Result<Option<Stored>, ImportError> {
        let Some(row) = self.catalog.recording(project, session).await? else { return Ok(None) };
        let live = self.catalog.unfinished_blocks(project, session).await?;
        let file = match &row.object {
            Some(object) => Some(RecordingFile::open(&self.bucket, object).await?),
            None => None,
        };
        // A row without file and blocks is of a recording that lies in the journal only.
        let open = self.open.facts(&(project, session.clone())).is_some();
        let running = open || !live.is_empty() || file.is_none();
        Ok(Some(Stored { file, live, running }))
    }

    /// Decides by content what a file means to the recording that is here. `None`: look again, somebody else was first.
    fn beside(&self, incoming: &Incoming, stored: &Stored, runtime: &Handle) -> Result<Option<Outcome>, ImportError> {
        let held =
            StoredLines { file: stored.file.as_ref(), live: &stored.live, live_objects: &self.live_objects, runtime };
        let given = SpooledLines { path: incoming.file.path(), events: incoming.read.finished.events };
        let session = || incoming.read.meta.session_id.clone();
        match compare(&given, &held)? {
            Compared { new: 0, .. } => Ok(Some(Outcome::Unchanged)),
            _ if stored.running => Err(ImportError::StillRunning { session: session() }),
            Compared { new, missing: 1.., given } => {
                Err(ImportError::OtherContent { session: session(), new, events: given })
            }
            Compared { .. } => match &stored.file {
                Some(file) => self.extend(incoming, file, runtime),
                None => Err(ImportError::StillRunning { session: session() }),
            },
        }
    }

    /// Writes the next revision: the lines of the file, with what only the stored one knows of items and persons.
    fn extend(
        &self,
        incoming: &Incoming,
        stored: &RecordingFile,
        runtime: &Handle,
    ) -> Result<Option<Outcome>, ImportError> {
        let earlier = extend::Earlier { meta: runtime.block_on(stored.meta())?, items: stored.items()? };
        let (file, out) = Spooled::create(&self.spool)?;
        let (meta, finished) = extend::extend(incoming.file.path(), &incoming.read.meta, earlier, self.level, out)?;
        Ok(self.put(&file, &meta, &finished, runtime)?.then_some(Outcome::Extended))
    }

    /// Object first, row second. False: somebody else was first, and what they wrote has its row now; look again.
    fn put(&self, file: &Spooled, meta: &Meta, finished: &Finished, runtime: &Handle) -> Result<bool, ImportError> {
        if self.deleted.contains(meta.project_id, &meta.session_id) {
            return Err(ImportError::Deleted { session: meta.session_id.clone() });
        }
        let name = layout::recording(meta.project_id, meta.first_arrival, &meta.session_id, meta.revision);
        // What is put goes; what was read may be wanted again.
        let copy = file.linked()?;
        let put = runtime.block_on(self.bucket.put_file(&name, copy.path()))?;
        let row = match put {
            Put::Created => {
                let blocks = finished.index.blocks.len();
                rebuild::finished_row(meta, &name, blocks, finished.raw_bytes, finished.bytes, self.now)
            }
            // Whoever wrote it died before its row, or is about to write it: its own meta line says what is in it.
            Put::Existed => runtime.block_on(rebuild::finished(&self.bucket, &name, self.now))?,
        };
        match (runtime.block_on(self.catalog.commit_finished(row)), put) {
            (Ok(_), put) => Ok(put == Put::Created),
            // Another file of this revision, or a newer one, came between: under another day, or the names had met.
            (Err(CommitFinishedError::Stale { .. } | CommitFinishedError::OtherObject { .. }), Put::Created) => {
                runtime.block_on(self.bucket.delete(&name))?;
                Ok(false)
            }
            (Err(CommitFinishedError::Stale { .. }), Put::Existed) => Ok(false),
            (Err(error), _) => Err(error.into()),
        }
    }
}
