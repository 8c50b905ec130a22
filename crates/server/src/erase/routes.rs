//! `DELETE …/session_recordings/:id` and `POST …/session_recordings/bulk_delete`.

use axum::Json;
use axum::extract::State;
use cassette_recording::{ProjectId, RecordingId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{DeleteOutcome, EraseError};
use crate::api::{Api, Body, Names};
use crate::api_error::ApiError;
use crate::app::App;
use crate::audit::Action;
use crate::auth::{Caller, Right};
use crate::recordings::begun_since;

/// Recordings of one call, as PostHog has it.
const AT_ONCE: usize = 100;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new().routes(routes!(delete_recording)).routes(routes!(bulk_delete_recordings))
}

/// Deletes a recording for good: its bytes go, and whatever still comes of it is dropped.
#[utoipa::path(
    delete,
    path = "/api/projects/{project_id}/session_recordings/{session_id}",
    tag = "recordings",
    params(("project_id" = String, Path), ("session_id" = String, Path)),
    responses((status = 204, description = "It is deleted."), ApiError)
)]
async fn delete_recording(
    State(app): State<App>,
    caller: Caller,
    Names((project, session)): Names<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::DeleteRecordings)?;
    let session: RecordingId = session.parse().map_err(|_| ApiError::NotFound)?;
    match delete(&app, &caller, project, vec![session]).await?.pop() {
        Some((_, DeleteOutcome::Deleted { .. })) => Ok(StatusCode::NO_CONTENT),
        Some((_, DeleteOutcome::Failed(error))) => Err(failed(&error)),
        Some((_, DeleteOutcome::Before | DeleteOutcome::Unknown)) | None => Err(ApiError::NotFound),
    }
}

#[derive(Deserialize, ToSchema)]
#[schema(as = BulkDelete)]
struct Asked {
    /// Session ids, 1 to 100. Those that are not there are passed over.
    #[schema(min_items = 1, max_items = 100)]
    session_recording_ids: Vec<String>,
    /// Recordings that began before are passed over: a date, or one relative to now such as `-30d`.
    #[serde(default)]
    date_from: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = BulkDeleted)]
struct Answer {
    /// Nothing failed.
    success: bool,
    deleted_count: usize,
    total_requested: usize,
    failed_ids: Vec<String>,
}

/// Deletes many recordings for good.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/session_recordings/bulk_delete",
    tag = "recordings",
    params(("project_id" = String, Path)),
    request_body = Asked,
    responses(
        (status = 200, body = Answer),
        (status = 413, description = "More bytes than are taken."),
        ApiError
    )
)]
async fn bulk_delete_recordings(
    State(app): State<App>,
    caller: Caller,
    Names(project): Names<String>,
    Body(asked): Body<Asked>,
) -> Result<Json<Answer>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::DeleteRecordings)?;
    let total_requested = asked.session_recording_ids.len();
    if !(1..=AT_ONCE).contains(&total_requested) {
        let detail = format!("expected 1 to {AT_ONCE} session ids, got {total_requested}");
        return Err(ApiError::Invalid { attr: "session_recording_ids", detail });
    }
    let since = begun_since("date_from", asked.date_from.as_deref(), app.clock.now())?;
    let mut sessions = Vec::new();
    // What cannot be an id is nobody's.
    for session in asked.session_recording_ids.iter().filter_map(|id| id.parse::<RecordingId>().ok()) {
        if began_since(&app, project, &session, since).await? {
            sessions.push(session);
        }
    }
    let outcomes = delete(&app, &caller, project, sessions).await?;
    let deleted = |(_, outcome): &&(RecordingId, DeleteOutcome)| matches!(outcome, DeleteOutcome::Deleted { .. });
    let mut failed_ids = Vec::new();
    for (session, outcome) in &outcomes {
        if let DeleteOutcome::Failed(error) = outcome {
            failed(error);
            failed_ids.push(session.to_string());
        }
    }
    Ok(Json(Answer {
        success: failed_ids.is_empty(),
        deleted_count: outcomes.iter().filter(deleted).count(),
        total_requested,
        failed_ids,
    }))
}

async fn began_since(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    since: Option<i64>,
) -> Result<bool, ApiError> {
    let Some(since) = since else { return Ok(true) };
    if !app.eraser.knows(project, session).await? {
        return Ok(false);
    }
    let row = app.catalog.recording(project, session).await?;
    let facts = row.map(|row| row.facts).or_else(|| app.open.facts(&(project, session.clone())));
    Ok(facts.is_some_and(|facts| facts.started_at() >= since))
}

/// Deletes those that are there, each with its audit line. Goes on to its end even if nobody waits for the answer.
pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    project: ProjectId,
    sessions: Vec<RecordingId>,
) -> Result<Vec<(RecordingId, DeleteOutcome)>, ApiError> {
    let now = app.clock.now();
    for session in &sessions {
        if app.eraser.knows(project, session).await? {
            let (action, nothing) = (Action::Deleted, serde_json::Value::Null);
            app.audit.note(caller, project, action, session.as_str(), nothing, now).await?;
        }
    }
    let by = caller.email.clone().unwrap_or_else(|| caller.user.clone());
    let eraser = app.eraser.clone();
    let work = tokio::spawn(async move { eraser.delete_recordings(project, &sessions, &by, now).await });
    work.await.map_err(|panic| {
        tracing::error!(%panic, "a deletion came upon a bug");
        ApiError::Internal
    })
}

fn failed(error: &EraseError) -> ApiError {
    tracing::error!(error = error as &dyn std::error::Error, "a recording could not be deleted");
    ApiError::Unavailable
}
