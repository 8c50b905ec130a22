//! Retention: recordings that are older than their project keeps them are deleted, for good.
//!
//! ## Rules
//!
//! 1. A recording's age counts from the last data that came for it, by the server's clock; what a visitor's clock says
//!    changes nothing. An imported recording is as old as its file says: by the arrivals that it tells of, else by the end
//!    of the visit. So to move to another server, or to make a catalog again, makes nothing younger.
//! 2. What still runs, or waits to be finished, is not touched.
//! 3. Nothing is kept for longer because somebody gathered, shared or commented on it. A retention is a promise to
//!    visitors, and one that ends where a colleague clicked is none. (PostHog gave up such a rule too.) Who wants to keep a
//!    recording exports it.
//! 4. Each deletion leaves a line, by `retention`, before anything goes; and goes the way of every other ([`crate::erase`]).
//! 5. A run deletes a bounded number. The settings are read anew for each: who makes them longer is heard at once.

mod routes;

use std::sync::Arc;
use std::time::Duration;

use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::{Catalog, CatalogError};
use cassette_store::documents::DocumentError;
use cassette_store::layout::Incarnation;
use tokio::sync::Notify;

pub(crate) use self::routes::{must_be_days, routes};
use crate::audit::{Action, Audit};
use crate::clock::Clock;
use crate::erase::{DeleteOutcome, Eraser};
use crate::project::ProjectStore;

/// Days that can be asked for: a hundred years.
const MOST_DAYS: u32 = 36_500;

/// A day.
pub(crate) const DAY_MS: i64 = 24 * 3_600_000;

/// Recordings of one project that one run deletes. Each run looks through the journal and the live objects once, however
/// many it deletes; who waits for a deletion of their own waits for one run at most.
const AT_ONCE: usize = 100;

/// How often recordings that have grown too old are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// Between two runs that each had all that they may do.
const BETWEEN: Duration = Duration::from_secs(1);

/// The lease under which one node deletes.
const LEASE: &str = "retention";
const LEASE_MS: u64 = 60_000;

/// When a lease that another process has is asked for again: that process may have ended.
const ASK_AGAIN: Duration = Duration::from_secs(60);

/// Who deletes, in audit lines and for whoever asks for such a recording.
const BY: &str = "retention";

/// Deletes what has grown too old.
pub(crate) struct Retention {
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) project_store: ProjectStore,
    pub(crate) eraser: Eraser,
    pub(crate) audit: Arc<Audit>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Names this process in the lease.
    pub(crate) incarnation: Incarnation,
    /// Rung when somebody changes a project's retention.
    pub(crate) changed: Arc<Notify>,
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RetentionError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A project could not be read, or a line not be written.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

/// Recordings to which nothing came since then are older than so many days.
fn kept_since(now: i64, days: u32) -> i64 {
    now.saturating_sub(i64::from(days) * DAY_MS)
}

/// When a recording to which something came last then will be deleted.
pub(crate) fn expires_at(last_arrival: i64, days: u32) -> i64 {
    last_arrival.saturating_add(i64::from(days) * DAY_MS)
}

impl Retention {
    /// Looks for ever.
    pub(crate) async fn run(self) {
        let mut wait = BETWEEN;
        loop {
            // What was changed is to be seen to work.
            let _ = tokio::time::timeout(wait, self.changed.notified()).await;
            wait = self.tick().await.unwrap_or_else(|error| {
                tracing::error!(error = &error as &dyn std::error::Error, "retention: trying again later");
                LOOK_EVERY
            });
        }
    }

    /// Deletes some of what is too old in each project; says how long the next run has time.
    async fn tick(&self) -> Result<Duration, RetentionError> {
        let owner = self.incarnation.as_str();
        // Two that delete the same do no harm, so a run that outlasts its lease goes on.
        if self.catalog.lease(LEASE, owner, self.clock.now(), LEASE_MS).await?.is_none() {
            return Ok(ASK_AGAIN);
        }
        let mut wait = LOOK_EVERY;
        for stored in self.project_store.load().await? {
            let (project, now) = (stored.project.id, self.clock.now());
            let Some(days) = stored.project.retention_days else { continue };
            let expired = self.catalog.expired(project, kept_since(now, days), AT_ONCE).await?;
            if expired.is_empty() {
                continue;
            }
            let full = expired.len() == AT_ONCE;
            let deleted = self.delete(project, expired, days, now).await?;
            // Where nothing could be deleted, the same ones would be found again at once.
            if full && deleted > 0 {
                wait = BETWEEN;
            }
        }
        Ok(wait)
    }

    async fn delete(
        &self,
        project: ProjectId,
        expired: Vec<RecordingId>,
        days: u32,
        now: i64,
    ) -> Result<usize, RetentionError> {
        for session in &expired {
            let detail = serde_json::json!({ "retention_days": days });
            self.audit.by_server(BY, project, Action::Deleted, session.as_str(), detail, now).await?;
        }
        let outcomes = self.eraser.delete_recordings(project, &expired, BY, now).await;
        let mut deleted = 0;
        for (session, outcome) in outcomes {
            match outcome {
                DeleteOutcome::Deleted { .. } => deleted += 1,
                DeleteOutcome::Before | DeleteOutcome::Unknown => {}
                DeleteOutcome::Failed(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, %session, "retention could not delete");
                }
            }
        }
        metrics::counter!("cassette_retention_deleted_total").increment(deleted as u64);
        tracing::info!(%project, recordings = deleted, retention_days = days, "deleted what had grown too old");
        Ok(deleted)
    }
}
