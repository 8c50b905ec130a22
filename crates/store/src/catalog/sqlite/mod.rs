//! The catalog of one node: SQLite, in one file beside the data.
//!
//! One thread writes ([`writer`]), few connections read ([`readers`]); in WAL mode neither waits for the other. The SQL is
//! what PostgreSQL understands too, as far as that goes; where it does not, a comment says so.

mod conditions;
mod deletion;
mod documents;
mod finishing;
mod functions;
mod integrity;
mod keyframes;
mod leases;
mod list;
mod live;
mod persons;
mod readers;
mod recordings;
mod schema;
mod search;
mod signals;
mod usage;
mod values;
mod writer;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use cassette_recording::person::PersonChange;
use cassette_recording::{DistinctId, ProjectId, RecordingId};
use rusqlite::{Connection, OpenFlags};

use self::readers::Readers;
use self::values::failed;
use self::writer::{Durability, Writer};
use super::{
    Catalog, CatalogError, CommitFinishedError, Committed, Completeness, Condition, Document, DocumentQuery, Fence,
    FinishedFile, FinishedRecording, FlushedBlock, ForgetObjectError, ListPage, ListQuery, LiveBlock, LiveObject,
    MatchingEvent, Moments, MovedBlock, Occupied, OpenCatalogError, Person, PersonId, PersonKey, PersonPage,
    PersonQuery, RecordingDelta, RecordingRow, ReplaceObjectsError, SearchRows, Unindexed, Usage,
};

/// Another process may hold the file for as long as a commit takes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Page cache of the writing connection, in KiB.
const WRITER_CACHE_KIB: i64 = 4096;

/// The log is cut back to this after a checkpoint, so that one large transaction does not slow down every later start.
const LOG_BYTES: i64 = 16 << 20;

/// Whether a catalog is opened to be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// By the server: the file is made if it is not there.
    ReadWrite,
    /// By a command beside a running server.
    ReadOnly,
}

/// A catalog in a SQLite file.
pub struct SqliteCatalog {
    readers: Readers,
    writer: Option<Writer>,
}

impl SqliteCatalog {
    /// Opens a catalog; blocks for some milliseconds at most, however large it is.
    pub fn open(path: &Path, access: Access) -> Result<Self, OpenCatalogError> {
        let writer = match access {
            Access::ReadWrite => {
                let connection = open_writing(path).map_err(schema::opening)?;
                schema::prepare(&connection, true)?;
                Some(Writer::start(connection).map_err(|error| OpenCatalogError::Unavailable(unavailable(error)))?)
            }
            Access::ReadOnly => {
                schema::prepare(&readers::open(path).map_err(schema::opening)?, false)?;
                None
            }
        };
        Ok(Self { readers: Readers::new(path.to_owned()), writer })
    }

    async fn write<T, E>(
        &self,
        durability: Durability,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<CatalogError> + Send + 'static,
    {
        match &self.writer {
            Some(writer) => writer.write(durability, work).await,
            None => Err(CatalogError::ReadOnly.into()),
        }
    }
}

fn open_writing(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    // What is deleted is overwritten, free pages included (catalog invariant 8).
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> Box<dyn std::error::Error + Send + Sync> {
    Box::new(error)
}

impl fmt::Debug for SqliteCatalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteCatalog").field("writes", &self.writer.is_some()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Catalog for SqliteCatalog {
    async fn note_seen(&self, seen: Vec<RecordingDelta>) -> Result<(), CatalogError> {
        self.write(Durability::Process, move |connection| recordings::note_seen(connection, &seen)).await
    }

    async fn commit_flush(&self, object: LiveObject, blocks: Vec<FlushedBlock>) -> Result<Committed, CatalogError> {
        self.write(Durability::PowerCut, move |connection| live::commit_flush(connection, &object, &blocks)).await
    }

    async fn commit_finished(&self, finished: FinishedRecording) -> Result<Committed, CommitFinishedError> {
        self.write(Durability::PowerCut, move |connection| finishing::commit_finished(connection, &finished)).await
    }

    async fn recording(&self, project: ProjectId, session: &RecordingId) -> Result<Option<RecordingRow>, CatalogError> {
        let session = session.clone();
        self.readers
            .read(move |connection| Ok(recordings::load(connection, project, &session)?.map(|stored| stored.row)))
            .await
    }

    async fn live_blocks(&self, project: ProjectId, session: &RecordingId) -> Result<Vec<LiveBlock>, CatalogError> {
        let session = session.clone();
        self.readers.read(move |connection| live::blocks_of_recording(connection, project, &session)).await
    }

    async fn list(&self, query: ListQuery) -> Result<ListPage, CatalogError> {
        self.readers.read(move |connection| list::list(connection, &query)).await
    }

    async fn count(&self, query: ListQuery) -> Result<u64, CatalogError> {
        self.readers.read(move |connection| list::count(connection, &query)).await
    }

    async fn quiet(
        &self,
        last_arrival_before: i64,
        limit: usize,
    ) -> Result<Vec<(ProjectId, RecordingId)>, CatalogError> {
        self.readers.read(move |connection| finishing::quiet(connection, last_arrival_before, limit)).await
    }

    async fn overdue(&self, flushed_before: i64, limit: usize) -> Result<Vec<(ProjectId, RecordingId)>, CatalogError> {
        self.readers.read(move |connection| finishing::overdue(connection, flushed_before, limit)).await
    }

    async fn lease(&self, name: &str, owner: &str, now: i64, ttl_ms: u64) -> Result<Option<Fence>, CatalogError> {
        let (name, owner) = (name.to_owned(), owner.to_owned());
        self.write(Durability::Process, move |connection| leases::take(connection, &name, &owner, now, ttl_ms)).await
    }

    async fn renew(&self, name: &str, owner: &str, fence: Fence, now: i64, ttl_ms: u64) -> Result<bool, CatalogError> {
        let (name, owner) = (name.to_owned(), owner.to_owned());
        self.write(Durability::Process, move |connection| leases::renew(connection, &name, &owner, fence, now, ttl_ms))
            .await
    }

    async fn release(&self, name: &str, owner: &str, fence: Fence) -> Result<(), CatalogError> {
        let (name, owner) = (name.to_owned(), owner.to_owned());
        self.write(Durability::Process, move |connection| leases::release(connection, &name, &owner, fence)).await
    }

    async fn blocks_of_object(&self, path: &str) -> Result<Vec<LiveBlock>, CatalogError> {
        let path = path.to_owned();
        self.readers.read(move |connection| live::blocks_of_object(connection, &path)).await
    }

    async fn droppable_live_objects(
        &self,
        finished_before: i64,
        limit: usize,
    ) -> Result<Vec<LiveObject>, CatalogError> {
        self.readers.read(move |connection| live::droppable(connection, finished_before, limit)).await
    }

    async fn mostly_dead_live_objects(
        &self,
        finished_before: i64,
        written_before: i64,
        limit: usize,
    ) -> Result<Vec<LiveObject>, CatalogError> {
        self.readers.read(move |connection| live::mostly_dead(connection, finished_before, written_before, limit)).await
    }

    async fn forget_live_object(&self, path: &str) -> Result<(), ForgetObjectError> {
        let path = path.to_owned();
        self.write(Durability::Process, move |connection| live::forget(connection, &path)).await
    }

    async fn replace_live_objects(
        &self,
        old: Vec<String>,
        new: LiveObject,
        blocks: Vec<MovedBlock>,
    ) -> Result<Committed, ReplaceObjectsError> {
        self.write(Durability::PowerCut, move |connection| live::replace(connection, &old, &new, &blocks)).await
    }

    async fn purge_gone(&self, written_before: i64) -> Result<(), CatalogError> {
        self.write(Durability::Process, move |connection| live::purge_gone(connection, written_before)).await
    }

    async fn superseded_files(&self, superseded_before: i64, limit: usize) -> Result<Vec<String>, CatalogError> {
        self.readers.read(move |connection| finishing::superseded(connection, superseded_before, limit)).await
    }

    async fn forget_file(&self, path: &str) -> Result<(), CatalogError> {
        let path = path.to_owned();
        self.write(Durability::Process, move |connection| finishing::forget_file(connection, &path)).await
    }

    async fn delete_recording(&self, project: ProjectId, session: &RecordingId) -> Result<Committed, CatalogError> {
        let session = session.clone();
        self.write(Durability::PowerCut, move |connection| deletion::delete(connection, project, &session)).await
    }

    async fn usage(&self, project: ProjectId, since: i64) -> Result<Usage, CatalogError> {
        self.readers.read(move |connection| usage::of_project(connection, project, since)).await
    }

    async fn expired(
        &self,
        project: ProjectId,
        last_arrival_before: i64,
        limit: usize,
    ) -> Result<Vec<RecordingId>, CatalogError> {
        self.readers.read(move |connection| usage::expired(connection, project, last_arrival_before, limit)).await
    }

    async fn expired_total(&self, project: ProjectId, last_arrival_before: i64) -> Result<Occupied, CatalogError> {
        self.readers.read(move |connection| usage::expired_total(connection, project, last_arrival_before)).await
    }

    async fn scrub(&self) -> Result<(), CatalogError> {
        match &self.writer {
            Some(writer) => writer.alone(deletion::empty_log).await,
            None => Err(CatalogError::ReadOnly),
        }
    }

    async fn put_document(&self, document: Document) -> Result<(), CatalogError> {
        self.write(Durability::PowerCut, move |connection| documents::put(connection, &document)).await
    }

    async fn remove_document(&self, project: ProjectId, kind: &str, id: &str) -> Result<(), CatalogError> {
        let (kind, id) = (kind.to_owned(), id.to_owned());
        self.write(Durability::PowerCut, move |connection| documents::remove(connection, project, &kind, &id)).await
    }

    async fn document(&self, project: ProjectId, kind: &str, id: &str) -> Result<Option<Document>, CatalogError> {
        let (kind, id) = (kind.to_owned(), id.to_owned());
        self.readers.read(move |connection| documents::load(connection, project, &kind, &id)).await
    }

    async fn document_by_lookup(&self, kind: &str, lookup: &str) -> Result<Option<Document>, CatalogError> {
        let (kind, lookup) = (kind.to_owned(), lookup.to_owned());
        self.readers.read(move |connection| documents::find(connection, &kind, &lookup)).await
    }

    async fn documents(&self, query: DocumentQuery) -> Result<Vec<Document>, CatalogError> {
        self.readers.read(move |connection| documents::list(connection, &query)).await
    }

    async fn unindexed(&self, limit: usize) -> Result<Vec<Unindexed>, CatalogError> {
        self.readers.read(move |connection| search::unindexed(connection, limit)).await
    }

    async fn put_search_rows(&self, of: Unindexed, rows: SearchRows) -> Result<(), CatalogError> {
        self.write(Durability::Process, move |connection| search::put(connection, &of, &rows)).await
    }

    async fn moments(&self, project: ProjectId, session: &RecordingId) -> Result<Moments, CatalogError> {
        let session = session.clone();
        self.readers.read(move |connection| signals::moments(connection, project, &session)).await
    }

    async fn matching_events(
        &self,
        project: ProjectId,
        session: &RecordingId,
        condition: Condition,
        limit: usize,
    ) -> Result<Vec<MatchingEvent>, CatalogError> {
        let session = session.clone();
        self.readers
            .read(move |connection| search::matching_events(connection, project, &session, &condition, limit))
            .await
    }

    async fn files_without_keyframes(&self, limit: usize) -> Result<Vec<FinishedFile>, CatalogError> {
        self.readers.read(move |connection| keyframes::wanting(connection, limit)).await
    }

    async fn put_keyframes(&self, of: FinishedFile, number: Option<u32>) -> Result<(), CatalogError> {
        self.write(Durability::Process, move |connection| keyframes::note(connection, &of, number)).await
    }

    async fn keyframes(
        &self,
        project: ProjectId,
        session: &RecordingId,
        revision: u32,
    ) -> Result<Option<u32>, CatalogError> {
        let session = session.clone();
        self.readers.read(move |connection| keyframes::number(connection, project, &session, revision)).await
    }

    async fn documents_below(
        &self,
        project: ProjectId,
        kind: &'static str,
        parents: Vec<String>,
    ) -> Result<Vec<Document>, CatalogError> {
        self.readers.read(move |connection| documents::below(connection, project, kind, &parents)).await
    }

    async fn commit_persons(
        &self,
        project: ProjectId,
        family: String,
        changes: Vec<PersonChange>,
    ) -> Result<(), CatalogError> {
        self.write(Durability::PowerCut, move |connection| persons::commit(connection, project, &family, &changes))
            .await
    }

    async fn person(&self, project: ProjectId, key: PersonKey) -> Result<Option<Person>, CatalogError> {
        self.readers.read(move |connection| persons::read::one(connection, project, &key)).await
    }

    async fn persons(&self, query: PersonQuery) -> Result<PersonPage, CatalogError> {
        self.readers.read(move |connection| persons::read::page(connection, &query)).await
    }

    async fn persons_of(
        &self,
        project: ProjectId,
        distinct_ids: Vec<DistinctId>,
    ) -> Result<Vec<Option<Person>>, CatalogError> {
        self.readers.read(move |connection| persons::read::of_ids(connection, project, &distinct_ids)).await
    }

    async fn distinct_ids_of_person(&self, project: ProjectId, id: PersonId) -> Result<Vec<DistinctId>, CatalogError> {
        self.readers.read(move |connection| persons::read::distinct_ids(connection, project, id)).await
    }

    async fn person_families(
        &self,
        project: ProjectId,
        distinct_ids: Vec<DistinctId>,
    ) -> Result<Vec<String>, CatalogError> {
        self.readers.read(move |connection| persons::read::families(connection, project, &distinct_ids)).await
    }

    async fn forget_persons(&self, project: ProjectId, distinct_ids: Vec<DistinctId>) -> Result<(), CatalogError> {
        self.write(Durability::PowerCut, move |connection| persons::forget(connection, project, &distinct_ids)).await
    }

    async fn clear(&self) -> Result<(), CatalogError> {
        self.write(Durability::PowerCut, |connection| {
            set_complete(connection, false)?;
            schema::CLEARED
                .iter()
                .try_for_each(|table| connection.execute(&format!("DELETE FROM {table}"), []).map(|_| ()))
                .map_err(failed)
        })
        .await
    }

    async fn completeness(&self) -> Result<Completeness, CatalogError> {
        self.readers
            .read(|connection| {
                let complete: bool = connection
                    .query_row("SELECT complete FROM cassette_catalog", [], |row| row.get(0))
                    .map_err(failed)?;
                Ok(if complete { Completeness::Complete } else { Completeness::Partial })
            })
            .await
    }

    async fn set_complete(&self) -> Result<(), CatalogError> {
        self.write(Durability::PowerCut, |connection| set_complete(connection, true)).await
    }

    async fn check(&self) -> Result<(), CatalogError> {
        self.completeness().await?;
        match &self.writer {
            Some(writer) => writer.write(Durability::Process, |_| Ok(())).await,
            None => Ok(()),
        }
    }

    async fn inconsistencies(&self) -> Result<Vec<String>, CatalogError> {
        self.readers.read(integrity::inconsistencies).await
    }
}

fn set_complete(connection: &Connection, complete: bool) -> Result<(), CatalogError> {
    connection.execute("UPDATE cassette_catalog SET complete = ?1", [complete]).map_err(failed)?;
    Ok(())
}
