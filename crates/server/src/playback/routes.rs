//! The routes of playback, below `/api/projects/:project/session_recordings/`.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use cassette_recording::{ProjectId, RecordingId};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::encoding::encoded_json;
use super::{block, direct, download, keyframe, listing, live};
use crate::api::{Api, Names, Params};
use crate::api_error::{ApiError, RecordingDeleted};
use crate::app::App;
use crate::audit::Via;
use crate::auth::{Caller, Right};
use crate::erase::deleted_answer;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(list_blocks))
        .routes(routes!(one_block))
        .routes(routes!(one_keyframe))
        .routes(routes!(live_events))
        .routes(routes!(whole_recording))
        .routes(routes!(direct::make))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Base {
    /// Epoch milliseconds that the times of events shall count from: `started_at` of the list of blocks.
    base: Option<i64>,
}

/// The recording that a path names, seen by this caller by this way: allowed, and written down.
async fn watched(
    app: &App,
    caller: &Caller,
    project: &str,
    session: &str,
    via: Via,
) -> Result<(ProjectId, RecordingId), ApiError> {
    let project = caller.in_project(&app.projects, project, Right::WatchRecordings)?;
    let session: RecordingId = session.parse().map_err(|_| ApiError::NotFound)?;
    deleted_answer(app, project, &session).await?;
    // What is not there is not watched.
    if app.catalog.recording(project, &session).await?.is_none() {
        return Err(ApiError::NotFound);
    }
    app.audit.watched(caller, project, &session, via, app.clock.now()).await?;
    Ok((project, session))
}

/// The blocks of a recording, for players.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recordings/{session_id}/blocks",
    tag = "playback",
    params(("project_id" = String, Path), ("session_id" = String, Path)),
    responses(
        (status = 200, body = listing::Listing),
        (status = 410, body = RecordingDeleted, description = "It was deleted."),
        (status = 502, description = "A stored block cannot be read."),
        ApiError
    )
)]
async fn list_blocks(
    State(app): State<App>,
    caller: Caller,
    Names((project, session)): Names<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (project, session) = watched(&app, &caller, &project, &session, Via::Player).await?;
    encoded_json(&listing::listing(&app, project, &session).await?, &headers)
}

/// One block: NDJSON lines, compressed with zstd as they are stored, or as the request's `Accept-Encoding` has it.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recordings/{session_id}/blocks/{key}",
    tag = "playback",
    params(("project_id" = String, Path), ("session_id" = String, Path), ("key" = u64, Path), Base),
    responses(
        (status = 200, body = String, content_type = "application/x-ndjson"),
        (status = 410, body = RecordingDeleted, description = "It was deleted."),
        (status = 502, description = "A stored block cannot be read."),
        ApiError
    )
)]
async fn one_block(
    State(app): State<App>,
    caller: Caller,
    Names((project, session, key)): Names<(String, String, u64)>,
    Params(Base { base }): Params<Base>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (project, session) = watched(&app, &caller, &project, &session, Via::Player).await?;
    block::block(&app, project, &session, key, base, &headers).await
}

/// What a window looks like at one moment: a few events, as NDJSON lines like those of a block.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recordings/{session_id}/keyframes/{key}",
    tag = "playback",
    params(("project_id" = String, Path), ("session_id" = String, Path), ("key" = u64, Path), Base),
    responses(
        (status = 200, body = String, content_type = "application/x-ndjson"),
        (status = 304, description = "It is the one of the given ETag."),
        (status = 410, body = RecordingDeleted, description = "It was deleted."),
        (status = 502, description = "The stored keyframe cannot be read."),
        ApiError
    )
)]
async fn one_keyframe(
    State(app): State<App>,
    caller: Caller,
    Names((project, session, key)): Names<(String, String, u64)>,
    Params(Base { base }): Params<Base>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (project, session) = watched(&app, &caller, &project, &session, Via::Player).await?;
    keyframe::keyframe(&app, project, &session, key, base, &headers).await
}

/// The events of a running recording as they arrive: server-sent events.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recordings/{session_id}/live",
    tag = "playback",
    params(("project_id" = String, Path), ("session_id" = String, Path), Base),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = 410, body = RecordingDeleted, description = "It was deleted."),
        (status = 502, description = "A stored block cannot be read."),
        ApiError
    )
)]
async fn live_events(
    State(app): State<App>,
    caller: Caller,
    Names((project, session)): Names<(String, String)>,
    Params(Base { base }): Params<Base>,
) -> Result<Response, ApiError> {
    let (project, session) = watched(&app, &caller, &project, &session, Via::Player).await?;
    live::live(&app, project, session, base).await
}

/// The whole recording as a file.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recordings/{session_id}/recording",
    tag = "playback",
    params(("project_id" = String, Path), ("session_id" = String, Path), download::Asked),
    responses(
        (
            status = 200,
            description = "The file, as the form that was asked for.",
            content(
                (Vec<u8> = "application/zstd"),
                (Vec<u8> = "application/gzip"),
                (String = "application/x-ndjson"),
                (Vec<u8> = "application/protobuf"),
                (String = "application/json"),
                (String = "text/html")
            )
        ),
        (status = 206, body = Vec<u8>, content_type = "application/zstd", description = "The range of the stored file."),
        (status = 304, description = "It is the one of the given ETag."),
        (status = 409, description = "It still runs: it has no file yet."),
        (status = 416, description = "The range lies behind the end."),
        (status = 410, body = RecordingDeleted, description = "It was deleted."),
        (status = 502, description = "A stored block cannot be read."),
        ApiError
    )
)]
async fn whole_recording(
    State(app): State<App>,
    caller: Caller,
    Names((project, session)): Names<(String, String)>,
    Params(asked): Params<download::Asked>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (project, session) = watched(&app, &caller, &project, &session, Via::Download).await?;
    download::download(&app, project, &session, &asked, &headers).await
}
