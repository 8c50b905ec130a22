//! The catalog: the index of recordings and of the live blocks they are made of.
//!
//! ## Invariants
//!
//! 1. **Only an index.** Every value in here can be computed again from the objects in the bucket; deleting the catalog
//!    loses nothing. A catalog that is being filled again says so ([`Completeness::Partial`]) until
//!    [`Catalog::set_complete`], so a crash in the middle of a rebuild is not taken for a small but whole catalog.
//! 2. **Objects first, rows second.** A row names an object that exists. A crash between the two leaves an object
//!    without a row, never a row without an object; the object is committed again by recovery.
//! 3. **Repeating a commit changes nothing.** A flush is known by its object's path, a finished file by its revision. The
//!    path of a live object stays known after the object is gone ([`Catalog::purge_gone`] ends that), so a late repetition
//!    of a flush does not double a recording.
//! 4. **Keys of live blocks only grow.** The catalog hands them out when it commits, per recording, from 0. They survive
//!    compaction and are never given twice, because clients of the API remember them.
//! 5. **A block is finished or it is kept.** No call forgets a live block that no finished file contains, but
//!    [`Catalog::delete_recording`], which is for what must not be kept.
//! 6. **Counts of a recording** are those of its last finished file plus those of every block that is not in it.
//! 7. **What lets the journal be trimmed survives a power cut**: flushes, finishes and compactions are synced before they
//!    are answered; notes ([`Catalog::note_seen`]) and leases need not be.
//! 8. **What is taken out is overwritten**, and [`Catalog::scrub`] says when no copy of it is left.
//!
//! ## Rebuilding
//!
//! [`Catalog::clear`], then every document (tombstones say what is passed over in the next steps), every object of person
//! changes by [`Catalog::commit_persons`], every live object by [`Catalog::commit_flush`], then every finished file by
//! [`Catalog::commit_finished`] in the order of its revisions (each names the live blocks it contains, which takes them out
//! of the waiting ones), then [`Catalog::set_complete`]. Rebuilding may hand out other keys than before.

mod document;
mod error;
mod facts;
pub mod filter;
mod keyframes;
mod lease;
mod list;
mod live;
mod person;
mod recording_row;
pub mod search;
mod sqlite;
mod usage;

#[cfg(test)]
mod conformance;

use async_trait::async_trait;
use cassette_recording::person::PersonChange;
use cassette_recording::{DistinctId, ProjectId, RecordingId};

pub use document::{Document, DocumentQuery};
pub use error::{CatalogError, CommitFinishedError, ForgetObjectError, OpenCatalogError, ReplaceObjectsError};
pub use facts::{RecordingDelta, RecordingFacts, Span};
pub use filter::Condition;
pub use keyframes::FinishedFile;
pub use lease::Fence;
pub use list::{Cursor, CursorError, Direction, ListPage, ListQuery, Order, PersonText};
pub use live::{BlockPlace, FlushedBlock, LiveBlock, LiveObject, MovedBlock, NewLiveBlock};
pub use person::{Person, PersonId, PersonKey, PersonPage, PersonQuery};
pub use recording_row::{FinishedRecording, RecordingRow, RecordingState};
pub use search::{ConsoleRow, EventRow, MatchingEvent, Moments, SearchRows, Unindexed};
pub use sqlite::{Access, SqliteCatalog};
pub use usage::{Occupied, Usage};

/// Whether this call changed the catalog, or an earlier equal one did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// The rows were written now.
    Now,
    /// They were there already; nothing was changed.
    Before,
}

/// Whether the catalog holds all that the bucket holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Everything was put in; what is missing is only what recovery will commit.
    Complete,
    /// New, cleared, or in the middle of a rebuild.
    Partial,
}

/// The index of recordings. Times are epoch milliseconds throughout.
///
/// A call that was dropped before its answer may still take effect: all writing calls can be repeated.
#[async_trait]
pub trait Catalog: std::fmt::Debug + Send + Sync {
    /// Makes recordings known that have data only in the journal and in memory so far, and widens those that are known.
    /// Counts and sizes are not touched, whatever the deltas hold; neither is the state of a finished recording.
    async fn note_seen(&self, seen: Vec<RecordingDelta>) -> Result<(), CatalogError>;

    /// Records one object of live blocks. A finished recording that gets a block becomes live again.
    async fn commit_flush(&self, object: LiveObject, blocks: Vec<FlushedBlock>) -> Result<Committed, CatalogError>;

    /// Records a finished file. The recording stays live as long as a block of it is in no finished file.
    async fn commit_finished(&self, finished: FinishedRecording) -> Result<Committed, CommitFinishedError>;

    /// One recording.
    async fn recording(&self, project: ProjectId, session: &RecordingId) -> Result<Option<RecordingRow>, CatalogError>;

    /// All live blocks of a recording that are still there, finished or not, by key.
    async fn live_blocks(&self, project: ProjectId, session: &RecordingId) -> Result<Vec<LiveBlock>, CatalogError>;

    /// The live blocks of a recording that no finished file contains, by key.
    async fn unfinished_blocks(
        &self,
        project: ProjectId,
        session: &RecordingId,
    ) -> Result<Vec<LiveBlock>, CatalogError> {
        let mut blocks = self.live_blocks(project, session).await?;
        blocks.retain(|block| block.finished_in.is_none());
        Ok(blocks)
    }

    /// One page of recordings.
    async fn list(&self, query: ListQuery) -> Result<ListPage, CatalogError>;

    /// How many recordings all pages of that list hold; `limit`, `offset` and `after` make no difference.
    async fn count(&self, query: ListQuery) -> Result<u64, CatalogError>;

    /// Recordings with unfinished blocks to which nothing came since the given time; the longest quiet ones first.
    async fn quiet(
        &self,
        last_arrival_before: i64,
        limit: usize,
    ) -> Result<Vec<(ProjectId, RecordingId)>, CatalogError>;

    /// Recordings whose oldest unfinished block was flushed before the given time, quiet or not; the oldest first.
    async fn overdue(&self, flushed_before: i64, limit: usize) -> Result<Vec<(ProjectId, RecordingId)>, CatalogError>;

    /// Takes the lease of that name until `now + ttl`, if it is free, expired, or held by `owner` already. A lease that
    /// changes hands gets a higher fence.
    async fn lease(&self, name: &str, owner: &str, now: i64, ttl_ms: u64) -> Result<Option<Fence>, CatalogError>;

    /// Extends a lease. False: it is lost, stop.
    async fn renew(&self, name: &str, owner: &str, fence: Fence, now: i64, ttl_ms: u64) -> Result<bool, CatalogError>;

    /// Gives a lease back, if it is still held. The fence is remembered.
    async fn release(&self, name: &str, owner: &str, fence: Fence) -> Result<(), CatalogError>;

    /// The blocks of one live object, by ordinal.
    async fn blocks_of_object(&self, path: &str) -> Result<Vec<LiveBlock>, CatalogError>;

    /// Live objects all of whose blocks were finished before the given time; the oldest first.
    async fn droppable_live_objects(&self, finished_before: i64, limit: usize)
    -> Result<Vec<LiveObject>, CatalogError>;

    /// Live objects that are worth rewriting: with blocks that must stay (unfinished, or finished at or after
    /// `finished_before`), and these are under a quarter of the bytes, or the object was written before `written_before`.
    /// The oldest first.
    async fn mostly_dead_live_objects(
        &self,
        finished_before: i64,
        written_before: i64,
        limit: usize,
    ) -> Result<Vec<LiveObject>, CatalogError>;

    /// Takes a live object and its blocks out. Refused while one of its blocks is unfinished. An unknown path is no error.
    async fn forget_live_object(&self, path: &str) -> Result<(), ForgetObjectError>;

    /// Puts one object in the place of others: the named blocks move into it and keep their keys, all other blocks of
    /// the old objects go. Refused if an unfinished block would go, or if a named block is not in the old objects.
    async fn replace_live_objects(
        &self,
        old: Vec<String>,
        new: LiveObject,
        blocks: Vec<MovedBlock>,
    ) -> Result<Committed, ReplaceObjectsError>;

    /// Ends the remembering of live objects that are gone and were written before the given time. After that, repeating
    /// such a flush would double it: the caller chooses a time before which no journal can reach.
    async fn purge_gone(&self, written_before: i64) -> Result<(), CatalogError>;

    /// Paths of finished files that a newer revision took the place of before the given time.
    async fn superseded_files(&self, superseded_before: i64, limit: usize) -> Result<Vec<String>, CatalogError>;

    /// Takes a superseded file out of the list above: its object is gone.
    async fn forget_file(&self, path: &str) -> Result<(), CatalogError>;

    /// Takes out everything that tells of a recording, whatever waits to be finished of it; whatever table comes to tell of
    /// recordings is emptied of it here. Its live objects and its files stay known until they are forgotten.
    /// [`Committed::Before`]: there was nothing.
    async fn delete_recording(&self, project: ProjectId, session: &RecordingId) -> Result<Committed, CatalogError>;

    /// What a project's recordings take up; days are told from `since` on (epoch ms, of the first arrival).
    async fn usage(&self, project: ProjectId, since: i64) -> Result<Usage, CatalogError>;

    /// Finished recordings to which nothing came since the given time, the oldest first. Those of which something waits to
    /// be finished are not among them.
    async fn expired(
        &self,
        project: ProjectId,
        last_arrival_before: i64,
        limit: usize,
    ) -> Result<Vec<RecordingId>, CatalogError>;

    /// How many [`Catalog::expired`] would name without a limit, and how large these are.
    async fn expired_total(&self, project: ProjectId, last_arrival_before: i64) -> Result<Occupied, CatalogError>;

    /// When this returns, what was taken out before is in none of the catalog's files any more: not in a free page, not
    /// in a log.
    async fn scrub(&self) -> Result<(), CatalogError>;

    /// Puts a document in the place of what was known of it, unless that saw more changes.
    async fn put_document(&self, document: Document) -> Result<(), CatalogError>;

    /// Takes a document out.
    async fn remove_document(&self, project: ProjectId, kind: &str, id: &str) -> Result<(), CatalogError>;

    /// One document.
    async fn document(&self, project: ProjectId, kind: &str, id: &str) -> Result<Option<Document>, CatalogError>;

    /// The document of that kind, in whatever project, that is found by `lookup`.
    async fn document_by_lookup(&self, kind: &str, lookup: &str) -> Result<Option<Document>, CatalogError>;

    /// Documents of a kind.
    async fn documents(&self, query: DocumentQuery) -> Result<Vec<Document>, CatalogError>;

    /// What can be looked for and was not taken out of the objects yet: finished files, and live blocks that are in none.
    async fn unindexed(&self, limit: usize) -> Result<Vec<Unindexed>, CatalogError>;

    /// The search rows of one of these; a finished file's take the place of those of the blocks that it contains. Nothing
    /// is changed where the recording went on meanwhile.
    async fn put_search_rows(&self, of: Unindexed, rows: SearchRows) -> Result<(), CatalogError>;

    /// The moments of a recording, as far as they were looked for, and not more than are kept.
    async fn moments(&self, project: ProjectId, session: &RecordingId) -> Result<Moments, CatalogError>;

    /// The events of a recording that a condition asks for, the earliest first.
    async fn matching_events(
        &self,
        project: ProjectId,
        session: &RecordingId,
        condition: Condition,
        limit: usize,
    ) -> Result<Vec<MatchingEvent>, CatalogError>;

    /// Finished files of which nobody looked yet whether they want keyframes; the newest first.
    async fn files_without_keyframes(&self, limit: usize) -> Result<Vec<FinishedFile>, CatalogError>;

    /// Notes how many keyframes a file has; `None`: somebody has to look again. Nothing is changed where the recording has
    /// another file by now.
    async fn put_keyframes(&self, of: FinishedFile, number: Option<u32>) -> Result<(), CatalogError>;

    /// How many keyframes the file of that revision has; `None`: nobody looked yet, or it is not the recording's file.
    async fn keyframes(
        &self,
        project: ProjectId,
        session: &RecordingId,
        revision: u32,
    ) -> Result<Option<u32>, CatalogError>;

    /// Documents of a kind that belong to any of these.
    async fn documents_below(
        &self,
        project: ProjectId,
        kind: &'static str,
        parents: Vec<String>,
    ) -> Result<Vec<Document>, CatalogError>;

    /// Records what a family of objects of person changes says (see [`crate::persons`]), and brings the persons that it
    /// concerns up to date. Changes may come in any order and more than once.
    async fn commit_persons(
        &self,
        project: ProjectId,
        family: String,
        changes: Vec<PersonChange>,
    ) -> Result<(), CatalogError>;

    /// One person.
    async fn person(&self, project: ProjectId, key: PersonKey) -> Result<Option<Person>, CatalogError>;

    /// One page of persons, the newest first.
    async fn persons(&self, query: PersonQuery) -> Result<PersonPage, CatalogError>;

    /// The persons of these distinct ids, in their order; `None` for an id of which nobody told.
    async fn persons_of(
        &self,
        project: ProjectId,
        distinct_ids: Vec<DistinctId>,
    ) -> Result<Vec<Option<Person>>, CatalogError>;

    /// All distinct ids of a person; none if there is no such person.
    async fn distinct_ids_of_person(&self, project: ProjectId, id: PersonId) -> Result<Vec<DistinctId>, CatalogError>;

    /// The families of objects in which one of these ids stands.
    async fn person_families(
        &self,
        project: ProjectId,
        distinct_ids: Vec<DistinctId>,
    ) -> Result<Vec<String>, CatalogError>;

    /// Forgets whole persons, after their changes are gone from the objects.
    async fn forget_persons(&self, project: ProjectId, distinct_ids: Vec<DistinctId>) -> Result<(), CatalogError>;

    /// Empties the catalog, for a rebuild. It is [`Completeness::Partial`] from then on. Leases stay.
    async fn clear(&self) -> Result<(), CatalogError>;

    /// Whether all is in that the bucket holds.
    async fn completeness(&self) -> Result<Completeness, CatalogError>;

    /// A rebuild is done, or there was nothing to put in.
    async fn set_complete(&self) -> Result<(), CatalogError>;

    /// Cheap: answers if the catalog can be read and written.
    async fn check(&self) -> Result<(), CatalogError>;

    /// Reads everything and reports in words what does not fit together. Empty: all is well.
    async fn inconsistencies(&self) -> Result<Vec<String>, CatalogError>;
}
