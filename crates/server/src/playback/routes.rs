//! The routes of playback, below `/api/projects/:project/session_recordings/`.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use cassette_recording::{ProjectId, RecordingId};
use serde::Deserialize;

use super::{block, download, listing, live};
use crate::api_error::ApiError;
use crate::app::App;
use crate::project;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Router<App> {
    let mut router = Router::new();
    for base in ["/api/projects/{project}", "/api/environments/{project}"] {
        let below = |rest: &str| format!("{base}/session_recordings/{{session}}/{rest}");
        router = router
            .route(&below("blocks"), get(list_blocks))
            .route(&below("blocks/{key}"), get(one_block))
            .route(&below("live"), get(live_events))
            .route(&below("recording"), get(whole_recording));
    }
    router
}

#[derive(Deserialize)]
struct Base {
    base: Option<i64>,
}

/// The ids of a path; what cannot name anything is not found.
fn ids(project: &str, session: &str) -> Result<(ProjectId, RecordingId), ApiError> {
    let project = project::named(project).ok_or(ApiError::NotFound)?;
    Ok((project, session.parse().map_err(|_| ApiError::NotFound)?))
}

async fn list_blocks(
    State(app): State<App>,
    Path((project, session)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let (project, session) = ids(&project, &session)?;
    let listing = listing::listing(&app, project, &session).await?;
    Ok(([("cache-control", "private, no-store")], axum::Json(listing)).into_response())
}

async fn one_block(
    State(app): State<App>,
    Path((project, session, key)): Path<(String, String, u64)>,
    Query(Base { base }): Query<Base>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (project, session) = ids(&project, &session)?;
    block::block(&app, project, &session, key, base, &headers).await
}

async fn live_events(
    State(app): State<App>,
    Path((project, session)): Path<(String, String)>,
    Query(Base { base }): Query<Base>,
) -> Result<Response, ApiError> {
    let (project, session) = ids(&project, &session)?;
    live::live(&app, project, session, base).await
}

async fn whole_recording(
    State(app): State<App>,
    Path((project, session)): Path<(String, String)>,
    Query(asked): Query<download::Asked>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (project, session) = ids(&project, &session)?;
    download::download(&app, project, &session, &asked, &headers).await
}
