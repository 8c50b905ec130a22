//! `GET …/session_recordings/:id/snapshots`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use cassette_recording::RecordingId;
use cassette_store::catalog::RecordingRow;
use utoipa_axum::routes;

use super::asked::{Asked, Form, Keys, Query as Parameters};
use super::{blocks, body, sources};
use crate::api::{Api, Names, Params};
use crate::api_error::{ApiError, RecordingDeleted};
use crate::app::App;
use crate::audit::Via;
use crate::auth::{Caller, Right};
use crate::erase::deleted_answer;
use crate::playback::has;
use crate::server_timing::ServerTiming;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new().routes(routes!(snapshots))
}

/// The events of a recording in PostHog's form. Without `source` the list of sources, with it the events of some of them.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recordings/{session_id}/snapshots",
    tag = "playback",
    params(("project_id" = String, Path), ("session_id" = String, Path), Parameters),
    responses(
        (
            status = 200,
            description = "The list of sources; or lines `[window id, event]`; or such lines compressed.",
            content(
                (sources::Sources = "application/json"),
                (String = "application/jsonl"),
                (Vec<u8> = "application/octet-stream")
            )
        ),
        (status = 304, description = "It is the answer of the given ETag."),
        (status = 410, body = RecordingDeleted, description = "It was deleted."),
        (status = 502, description = "None of the blocks can be read."),
        ApiError
    )
)]
async fn snapshots(
    State(app): State<App>,
    caller: Caller,
    Names((project, session)): Names<(String, String)>,
    Params(parameters): Params<Parameters>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::WatchRecordings)?;
    let session: RecordingId = session.parse().map_err(|_| ApiError::NotFound)?;
    let asked = parameters.read(&caller.by)?;
    deleted_answer(&app, project, &session).await?;
    let row = app.catalog.recording(project, &session).await?;
    if row.is_none() && app.open.facts(&(project, session.clone())).is_none() {
        return Err(ApiError::NotFound);
    }
    app.audit.watched(&caller, project, &session, Via::Snapshots, app.clock.now()).await?;
    match asked {
        Asked::Sources => {
            let sources = sources::sources(&app, project, &session).await?;
            Ok(([(header::CACHE_CONTROL, "private, no-store")], Json(sources)).into_response())
        }
        Asked::Blocks(keys, form) => events(&app, &row.ok_or(ApiError::NotFound)?, keys, form, &headers).await,
    }
}

async fn events(
    app: &App,
    row: &RecordingRow,
    keys: Keys,
    form: Form,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let mut timing = ServerTiming::begin();
    let blocks = blocks::in_range(app, row, keys).await?;
    timing.mark("blocks");
    let tag = blocks::tag(&blocks, form);
    // PostHog's: what a key names does not change. Only for the one who asked: nobody else's cache keeps it.
    let about = [(header::CACHE_CONTROL, "private, max-age=3600".to_owned()), (header::ETAG, tag.clone())];
    if has(headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    let media_type = match form {
        Form::Jsonl => "application/jsonl",
        Form::Snappy => "application/octet-stream",
    };
    let mut response = (about, body::body(blocks, form).await?).into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    timing.mark("first");
    if let Ok(timing) = HeaderValue::try_from(timing.to_string()) {
        out.insert("server-timing", timing);
    }
    out.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    out.insert(header::VARY, HeaderValue::from_static("Authorization, Cookie"));
    Ok(response)
}
