//! Deleting persons: what was said of them, and their recordings where that is asked for.
//!
//! Recordings go first: a person that is still there can be deleted again. What was answered before is flushed before it is
//! looked for, so that nothing of it waits in the journal. What comes later makes a new person, as in PostHog; recordings that
//! were deleted stay deleted.

use std::time::Duration;

use cassette_recording::{DistinctId, ProjectId, RecordingId};
use cassette_store::catalog::{ListQuery, Person};
use cassette_store::persons::{ERASURE_LEASE, PersonChanges, PersonsError};
use serde_json::json;

use crate::api_error::ApiError;
use crate::app::App;
use crate::audit::Action;
use crate::auth::Caller;
use crate::erase::{DeleteOutcome, delete_audited};

/// How long an erasure may take until others take it for dead.
const LEASE_MS: u64 = 10 * 60 * 1000;

/// How long one waits for another, and how often it looks.
const WAIT: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Recordings that are deleted at a time.
const AT_ONCE: usize = 100;

/// Distinct ids that are looked up at a time.
const IDS_AT_ONCE: usize = 500;

/// What is to go.
#[derive(Debug, Clone, Copy)]
pub(super) struct What {
    pub(super) recordings: bool,
    /// The person stays, only its recordings go.
    pub(super) keep_person: bool,
}

/// Waits until what was answered is in the bucket.
pub(super) async fn flushed(app: &App) {
    app.journal.cut().await;
    app.collector.barrier().await;
}

/// Deletes a person; returns how many recordings went with it.
pub(super) async fn delete(
    app: &App,
    caller: &Caller,
    project: ProjectId,
    person: &Person,
    what: What,
) -> Result<usize, ApiError> {
    let subject = format!("person:{}", person.id);
    let detail = json!({ "delete_recordings": what.recordings, "keep_person": what.keep_person });
    app.audit.note(caller, project, Action::Deleted, &subject, detail, app.clock.now()).await?;
    // All of them: an answer lists the first thousand.
    let ids = app.catalog.distinct_ids_of_person(project, person.id).await?;
    let recordings = if what.recordings { delete_recordings(app, caller, project, &ids).await? } else { 0 };
    if !what.keep_person {
        erase(app, project, ids).await?;
    }
    Ok(recordings)
}

async fn delete_recordings(
    app: &App,
    caller: &Caller,
    project: ProjectId,
    ids: &[DistinctId],
) -> Result<usize, ApiError> {
    let sessions = recordings_of(app, project, ids).await?;
    let mut deleted = 0;
    for some in sessions.chunks(AT_ONCE) {
        for (_, outcome) in delete_audited(app, caller, project, some.to_vec()).await? {
            match outcome {
                DeleteOutcome::Deleted { .. } => deleted += 1,
                DeleteOutcome::Before | DeleteOutcome::Unknown => {}
                DeleteOutcome::Failed(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a person's recording could not be deleted"
                    );
                    return Err(ApiError::Unavailable);
                }
            }
        }
    }
    Ok(deleted)
}

/// All recordings in which one of these ids was seen.
async fn recordings_of(app: &App, project: ProjectId, ids: &[DistinctId]) -> Result<Vec<RecordingId>, ApiError> {
    let mut sessions = std::collections::BTreeSet::new();
    for some in ids.chunks(IDS_AT_ONCE) {
        let mut query = ListQuery::newest(project);
        query.include_empty = true;
        query.distinct_ids = Some(some.to_vec());
        query.limit = 1000;
        loop {
            let page = app.catalog.list(query.clone()).await?;
            sessions.extend(page.rows.into_iter().map(|row| row.session));
            match page.next_cursor {
                Some(cursor) => query.after = Some(cursor),
                None => break,
            }
        }
    }
    Ok(sessions.into_iter().collect())
}

/// Erases what was said of these ids. Goes on to its end even if nobody waits for the answer.
async fn erase(app: &App, project: ProjectId, ids: Vec<DistinctId>) -> Result<(), ApiError> {
    let app = app.clone();
    let work = tokio::spawn(async move {
        let owner = crate::random::id();
        let started = std::time::Instant::now();
        let fence = loop {
            if let Some(fence) = app.catalog.lease(ERASURE_LEASE, &owner, app.clock.now(), LEASE_MS).await? {
                break fence;
            }
            if started.elapsed() > WAIT {
                tracing::error!("persons cannot be deleted: somebody else has been at it for too long");
                return Err(ApiError::Unavailable);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        };
        let erased = PersonChanges::new(app.bucket.clone(), app.catalog.clone()).erase(project, &ids).await;
        app.catalog.release(ERASURE_LEASE, &owner, fence).await?;
        erased.map_err(failed)?;
        Ok(app.catalog.scrub().await?)
    });
    work.await.map_err(|panic| {
        tracing::error!(%panic, "the deletion of a person came upon a bug");
        ApiError::Internal
    })?
}

fn failed(error: PersonsError) -> ApiError {
    tracing::error!(error = &error as &dyn std::error::Error, "a person could not be deleted");
    match error {
        PersonsError::Bucket(_) => ApiError::Unavailable,
        PersonsError::Catalog(error) => error.into(),
        PersonsError::Damaged { .. } => ApiError::Internal,
    }
}
