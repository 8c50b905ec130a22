//! Deleting recordings, for good: no byte stays, and nothing brings them back.
//!
//! ```text
//! tombstone ─► rows ─► memory ─► who works on it ─► journal ─► files ─► live objects ─► documents ─► the catalog's files ─► done
//!    │           └─ from here on lists are without it; players hear 410
//!    └─ from here on data for it is dropped, finishing and importing it are refused, a rebuild passes it over
//! ```
//!
//! ## Invariants
//! 1. **The tombstone is durable before the first byte goes**, and stays for ever.
//! 2. **Every later step can be repeated.** A tombstone says `done` when a run through all of them found nothing left; until
//!    then each start, and a task that never ends, goes on.
//! 3. **Nobody writes it anew behind our back**: the collector forgets it on its own thread; who finishes or imports it is
//!    waited for ([`Deleted`]); nobody moves live objects meanwhile.
//! 4. **Others lose nothing.** A live object is shared: it is rewritten without the deleted blocks, new object first, then
//!    rows, then the old object, at once. Who reads from it that very moment is told that it cannot be read, and asks again.
//! 5. What is left: the tombstone, and audit lines. Both hold the session id, and nothing that was recorded.
//!
//! ## What this does not reach
//! Bodies in quarantine and damaged journal files are in no recording; they are kept for a person to look at. Copies outside
//! of the store, such as backups and exports, are whoever's who made them.

mod deleted;
mod live_objects;
mod remains;
mod routes;
mod tombstone;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::{Catalog, CatalogError, Committed};
use cassette_store::documents::{DocumentError, Documents};
use cassette_store::layout::Incarnation;
use cassette_store::live_objects::{LiveObjects, ReadLiveError};
use cassette_store::{Bucket, BucketError};

pub use self::deleted::Deleted;
pub(crate) use self::routes::{delete as delete_audited, routes};
use self::tombstone::Tombstone;
use crate::api_error::ApiError;
use crate::app::App;
use crate::clock::Clock;
use crate::finish::{Compaction, RewriteError};
use crate::ingest::open::RecordingKey;
use crate::ingest::{CollectorHandle, Journal, OpenRecordings};

/// How often deletions that are not complete are looked for. Nearly always there are none, and this is in memory.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Deletes recordings. Cheap to clone.
#[derive(Clone)]
pub struct Eraser {
    /// Where everything lies.
    pub bucket: Bucket,
    /// Its index.
    pub catalog: Arc<dyn Catalog>,
    /// Tombstones, and what people wrote about recordings.
    pub documents: Documents,
    /// Live objects.
    pub live_objects: LiveObjects,
    /// What was answered and is not in the bucket yet.
    pub journal: Journal,
    /// The folder of all processes' journals.
    pub journal_folder: PathBuf,
    /// The collector's thread.
    pub collector: CollectorHandle,
    /// What it holds.
    pub open: OpenRecordings,
    /// Names this process in rewritten live objects.
    pub incarnation: Incarnation,
    /// Numbers them; the finisher's own.
    pub compaction: Compaction,
    /// What was deleted; shared with all who ask.
    pub deleted: Deleted,
}

/// What became of a recording that was to be deleted.
#[derive(Debug)]
pub enum DeleteOutcome {
    /// It was, now.
    Deleted {
        /// Why something of it is left: it is hidden, and the rest goes as soon as it can.
        left: Option<Arc<EraseError>>,
    },
    /// It was, before.
    Before,
    /// There is no such recording.
    Unknown,
    /// It was not, and is there as before.
    Failed(EraseError),
}

/// Why a deletion was not begun, or not completed.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// The store failed.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The catalog failed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The tombstone, or what people wrote about the recording, could not be written or removed.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A live object that may hold a part of it cannot be read.
    #[error("a live object that may hold a part of it cannot be read")]
    Live(#[from] ReadLiveError),
    /// A live object that holds a part of it could not be rewritten.
    #[error("a live object that holds a part of it could not be rewritten")]
    Rewrite(#[from] RewriteError),
    /// The journal's folder failed.
    #[error("the journal's folder failed")]
    Journal(#[source] std::io::Error),
    /// A journal file stays until the next start.
    #[error("the journal file {0} may hold a part of it, and goes at the next start")]
    JournalStays(PathBuf),
}

impl Eraser {
    /// Deletes recordings of a project. `by` is told to whoever asks for one of them later.
    ///
    /// Returns when nothing is left of them, or what is left has to wait. What cannot be done now is gone on with by
    /// [`Eraser::run`].
    pub async fn delete_recordings(
        &self,
        project: ProjectId,
        sessions: &[RecordingId],
        by: &str,
        now: i64,
    ) -> Vec<(RecordingId, DeleteOutcome)> {
        let mut outcomes = Vec::with_capacity(sessions.len());
        let mut buried = Vec::new();
        for session in sessions {
            let outcome = self.bury(project, session, by, now).await.unwrap_or_else(DeleteOutcome::Failed);
            if matches!(outcome, DeleteOutcome::Deleted { .. }) {
                buried.push((project, session.clone()));
            }
            outcomes.push((session.clone(), outcome));
        }
        let why = self.complete(&buried, now).await.err().map(Arc::new);
        for (_, outcome) in &mut outcomes {
            if let DeleteOutcome::Deleted { left } = outcome {
                left.clone_from(&why);
            }
        }
        outcomes
    }

    /// Whether there is such a recording: also where its first data was answered a moment ago.
    ///
    /// # Errors
    /// When the catalog fails.
    pub async fn knows(&self, project: ProjectId, session: &RecordingId) -> Result<bool, CatalogError> {
        if self.deleted.contains(project, session) {
            return Ok(false);
        }
        if self.is_seen(project, session).await? {
            return Ok(true);
        }
        self.collector.barrier().await;
        self.is_seen(project, session).await
    }

    async fn is_seen(&self, project: ProjectId, session: &RecordingId) -> Result<bool, CatalogError> {
        let open = self.open.facts(&(project, session.clone())).is_some();
        Ok(open || self.catalog.recording(project, session).await?.is_some())
    }

    /// Makes the tombstone, and hides the recording.
    async fn bury(
        &self,
        project: ProjectId,
        session: &RecordingId,
        by: &str,
        now: i64,
    ) -> Result<DeleteOutcome, EraseError> {
        let _alone = self.deleted.burying().await;
        if self.deleted.contains(project, session) {
            return Ok(DeleteOutcome::Before);
        }
        if !self.knows(project, session).await? {
            return Ok(DeleteOutcome::Unknown);
        }
        let (session_id, deleted_by) = (session.clone(), by.to_owned());
        let tombstone = Tombstone { session_id, deleted_at: now, deleted_by, done: false };
        tombstone.write(&self.documents, project, now).await?;
        // From here on it is deleted, and whatever fails is done again.
        self.deleted.insert(project, session, now);
        metrics::counter!("cassette_recordings_deleted_total").increment(1);
        self.hide(&(project, session.clone())).await;
        Ok(DeleteOutcome::Deleted { left: None })
    }

    /// Takes a deleted recording out of lists.
    pub(crate) async fn hide(&self, key: &RecordingKey) {
        self.open.remove(key);
        match self.catalog.delete_recording(key.0, &key.1).await {
            Ok(Committed::Now | Committed::Before) => {}
            Err(error) => tracing::error!(%error, session = %key.1, "a deleted recording is still listed for a while"),
        }
    }

    /// Removes what is left of deleted recordings, as far as that can be done now.
    async fn complete(&self, keys: &[RecordingKey], now: i64) -> Result<(), EraseError> {
        if keys.is_empty() {
            return Ok(());
        }
        let started = std::time::Instant::now();
        let removed = self.remove_remains(keys, now).await;
        match &removed {
            Ok(()) => metrics::histogram!("cassette_delete_seconds").record(started.elapsed().as_secs_f64()),
            Err(error) => {
                metrics::counter!("cassette_delete_failures_total").increment(1);
                tracing::error!(
                    error = error as &dyn std::error::Error,
                    recordings = keys.len(),
                    "something is left of deleted recordings: trying again later"
                );
                self.deleted.postponed(keys, now);
            }
        }
        removed
    }

    /// Goes on for ever with deletions that a crash or a failure kept from being completed.
    pub async fn run(self, clock: Arc<dyn Clock>) {
        loop {
            self.go_on(clock.now()).await;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Goes on with the deletions that are due.
    pub async fn go_on(&self, now: i64) {
        let due = self.deleted.due(now);
        if self.complete(&due, now).await.is_ok() && !due.is_empty() {
            tracing::info!(recordings = due.len(), "deletions were completed that had been interrupted");
        }
    }
}

/// Refuses a recording that was deleted, with the answer that players know: 410, when and by whom. For every route that
/// gives something out of a recording; lists and the recording's own numbers say that there is none.
///
/// # Errors
/// When it was deleted, or the catalog fails.
pub(crate) async fn deleted_answer(app: &App, project: ProjectId, session: &RecordingId) -> Result<(), ApiError> {
    if !app.eraser.deleted.contains(project, session) {
        return Ok(());
    }
    let tombstone = Tombstone::of(&app.documents, project, session).await?;
    let (deleted_at, deleted_by) = tombstone.map(|told| (told.deleted_at, told.deleted_by)).unzip();
    Err(ApiError::RecordingDeleted { deleted_at: deleted_at.map(|at| at.div_euclid(1000)), deleted_by })
}
