//! `…/session_recording_playlists` and below.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use cassette_recording::{ProjectId, RecordingId};
use cassette_store::documents::kinds;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::answer::{Answer, answer};
use super::ask::{Asked, Which};
use super::collection::{self, Collection, Kind};
use super::{items, recordings};
use crate::api::{Api, Body, Names, Params};
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::{Caller, Right};
use crate::author::Author;
use crate::paging::{Here, Paged, Paging};
use crate::recordings::RecordingList;

/// Recordings that may be named at once.
const AT_ONCE: usize = 100;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(list, create))
        .routes(routes!(retrieve, change))
        .routes(routes!(list_recordings))
        .routes(routes!(bulk_add))
        .routes(routes!(bulk_delete))
        .routes(routes!(add, remove))
}

/// Collections and saved filters, the last changed first.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recording_playlists",
    tag = "collections",
    params(("project_id" = String, Path), Which, Paging),
    responses((status = 200, body = Paged<Answer>), ApiError)
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Names(project): Names<String>,
    Params(which): Params<Which>,
    Params(paging): Params<Paging>,
    here: Here,
) -> Result<Json<Paged<Answer>>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ReadCollections)?;
    let mut all = which.of(collection::all(&app, project).await?, &caller, app.clock.now())?;
    if let Some(session) = which.session_recording_id.as_deref().filter(|session| !session.is_empty()) {
        let mut holding = Vec::new();
        if let Ok(session) = session.parse::<RecordingId>() {
            for one in all {
                if items::holds(&app, project, &one.short_id, &session).await? {
                    holding.push(one);
                }
            }
        }
        all = holding;
    }
    let Paged { count, next, previous, results: shown } = paging.of(all, &here)?;
    let mut results = Vec::with_capacity(shown.len());
    for one in shown {
        results.push(answer(&app, &caller, project, one).await?);
    }
    Ok(Json(Paged { count, next, previous, results }))
}

/// A new collection, or a saved filter.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/session_recording_playlists",
    tag = "collections",
    params(("project_id" = String, Path)),
    request_body = Asked,
    responses((status = 201, body = Answer), (status = 413, description = "More bytes than are taken."), ApiError)
)]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Names(project): Names<String>,
    Body(asked): Body<Asked>,
) -> Result<Response, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ChangeCollections)?;
    let members = asked.new_members(&caller)?;
    let id = collection::free_id(&app, project).await?;
    let made = app.documents.change(&kinds::COLLECTIONS, project, &id, &members, app.clock.now()).await?;
    let made = answer(&app, &caller, project, Collection::read(&made)?).await?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

async fn there(app: &App, project: ProjectId, short_id: &str) -> Result<Collection, ApiError> {
    collection::find(app, project, short_id).await?.ok_or(ApiError::NotFound)
}

/// One of them, also when it is marked as deleted.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recording_playlists/{short_id}",
    tag = "collections",
    params(("project_id" = String, Path), ("short_id" = String, Path)),
    responses((status = 200, body = Answer), ApiError)
)]
async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Names((project, short_id)): Names<(String, String)>,
) -> Result<Json<Answer>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ReadCollections)?;
    let found = there(&app, project, &short_id).await?;
    Ok(Json(answer(&app, &caller, project, found).await?))
}

/// Changes it. There is no `DELETE`: `{"deleted": true}` hides it, and brings it back as `false`.
#[utoipa::path(
    patch,
    path = "/api/projects/{project_id}/session_recording_playlists/{short_id}",
    tag = "collections",
    params(("project_id" = String, Path), ("short_id" = String, Path)),
    request_body = Asked,
    responses((status = 200, body = Answer), (status = 413, description = "More bytes than are taken."), ApiError)
)]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Names((project, short_id)): Names<(String, String)>,
    Body(asked): Body<Asked>,
) -> Result<Json<Answer>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ChangeCollections)?;
    let members = asked.changed_members(&there(&app, project, &short_id).await?, &caller)?;
    let changed = app.documents.change(&kinds::COLLECTIONS, project, &short_id, &members, app.clock.now()).await?;
    Ok(Json(answer(&app, &caller, project, Collection::read(&changed)?).await?))
}

/// Its recordings: those that were put in, the last first; or those that the saved filters find now.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recording_playlists/{short_id}/recordings",
    tag = "collections",
    params(
        ("project_id" = String, Path),
        ("short_id" = String, Path),
        ("limit" = Option<u32>, Query),
        ("offset" = Option<u32>, Query),
        ("after" = Option<String>, Query, description = "The `next_cursor` of the page before.")
    ),
    responses((status = 200, body = RecordingList), ApiError)
)]
async fn list_recordings(
    State(app): State<App>,
    caller: Caller,
    Names((project, short_id)): Names<(String, String)>,
    Params(pairs): Params<Vec<(String, String)>>,
) -> Result<Json<RecordingList>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ReadCollections)?;
    caller.may(Right::ListRecordings)?;
    let found = there(&app, project, &short_id).await?;
    Ok(Json(recordings::answer(&app, &caller, project, &found, &pairs).await?))
}

/// That it was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Success)]
struct Success {
    success: bool,
}

/// Several recordings.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SessionRecordingIds)]
struct Several {
    /// 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    session_recording_ids: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct BulkAdded {
    success: bool,
    /// Those that are known and were not in it.
    added_count: usize,
    total_requested: usize,
}

#[derive(Debug, Serialize, ToSchema)]
struct BulkRemoved {
    success: bool,
    /// Those that were in it.
    deleted_count: usize,
    total_requested: usize,
}

/// The collection whose recordings the caller changes.
async fn changed(
    app: &App,
    caller: &Caller,
    project: &str,
    short_id: &str,
) -> Result<(ProjectId, Collection), ApiError> {
    let project = caller.in_project(&app.projects, project, Right::ChangeCollections)?;
    // Which recordings there are, adding tells too.
    caller.may(Right::ListRecordings)?;
    let found = there(app, project, short_id).await?;
    match (found.deleted, found.kind) {
        (true, _) => Err(ApiError::NotFound),
        (false, Kind::Collection) => Ok((project, found)),
        (false, Kind::Filters) => {
            let detail = "Cannot change the recordings of a playlist of type 'filters': they are what it finds.";
            Err(ApiError::Invalid { attr: "type", detail: detail.into() })
        }
    }
}

async fn is_known(app: &App, project: ProjectId, session: &RecordingId) -> Result<bool, ApiError> {
    let in_memory = || app.open.facts(&(project, session.clone())).is_some();
    Ok(app.catalog.recording(project, session).await?.is_some() || in_memory())
}

/// Puts a recording in.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/session_recording_playlists/{short_id}/recordings/{session_id}",
    tag = "collections",
    params(("project_id" = String, Path), ("short_id" = String, Path), ("session_id" = String, Path)),
    responses((status = 200, body = Success), ApiError)
)]
async fn add(
    State(app): State<App>,
    caller: Caller,
    Names((project, short_id, session)): Names<(String, String, String)>,
) -> Result<Json<Success>, ApiError> {
    let (project, found) = changed(&app, &caller, &project, &short_id).await?;
    let session: RecordingId = session.parse().map_err(|_| ApiError::NotFound)?;
    if !is_known(&app, project, &session).await? {
        return Err(ApiError::NotFound);
    }
    items::add(&app, project, &found.short_id, &session, &Author::of(&caller)).await?;
    Ok(Json(Success { success: true }))
}

/// Takes a recording out.
#[utoipa::path(
    delete,
    path = "/api/projects/{project_id}/session_recording_playlists/{short_id}/recordings/{session_id}",
    tag = "collections",
    params(("project_id" = String, Path), ("short_id" = String, Path), ("session_id" = String, Path)),
    responses((status = 200, body = Success), ApiError)
)]
async fn remove(
    State(app): State<App>,
    caller: Caller,
    Names((project, short_id, session)): Names<(String, String, String)>,
) -> Result<Json<Success>, ApiError> {
    let (project, found) = changed(&app, &caller, &project, &short_id).await?;
    let session: RecordingId = session.parse().map_err(|_| ApiError::NotFound)?;
    match items::remove(&app, project, &found.short_id, &session).await? {
        true => Ok(Json(Success { success: true })),
        false => Err(ApiError::NotFound),
    }
}

impl Several {
    fn sessions(&self) -> Result<Vec<RecordingId>, ApiError> {
        let count = self.session_recording_ids.len();
        if !(1..=AT_ONCE).contains(&count) {
            let detail = format!("Expected 1 to {AT_ONCE} ids, got {count}.");
            return Err(ApiError::Invalid { attr: "session_recording_ids", detail });
        }
        // An id that cannot be is one that is not known.
        Ok(self.session_recording_ids.iter().filter_map(|id| id.parse().ok()).collect())
    }
}

/// Puts several recordings in; those that are not known are passed over.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/session_recording_playlists/{short_id}/recordings/bulk_add",
    tag = "collections",
    params(("project_id" = String, Path), ("short_id" = String, Path)),
    request_body = Several,
    responses((status = 200, body = BulkAdded), (status = 413, description = "More bytes than are taken."), ApiError)
)]
async fn bulk_add(
    State(app): State<App>,
    caller: Caller,
    Names((project, short_id)): Names<(String, String)>,
    Body(several): Body<Several>,
) -> Result<Json<BulkAdded>, ApiError> {
    let (project, found) = changed(&app, &caller, &project, &short_id).await?;
    let (mut added_count, by) = (0, Author::of(&caller));
    for session in several.sessions()? {
        if is_known(&app, project, &session).await? {
            added_count += usize::from(items::add(&app, project, &found.short_id, &session, &by).await?);
        }
    }
    Ok(Json(BulkAdded { success: true, added_count, total_requested: several.session_recording_ids.len() }))
}

/// Takes several recordings out.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/session_recording_playlists/{short_id}/recordings/bulk_delete",
    tag = "collections",
    params(("project_id" = String, Path), ("short_id" = String, Path)),
    request_body = Several,
    responses((status = 200, body = BulkRemoved), (status = 413, description = "More bytes than are taken."), ApiError)
)]
async fn bulk_delete(
    State(app): State<App>,
    caller: Caller,
    Names((project, short_id)): Names<(String, String)>,
    Body(several): Body<Several>,
) -> Result<Json<BulkRemoved>, ApiError> {
    let (project, found) = changed(&app, &caller, &project, &short_id).await?;
    let mut deleted_count = 0;
    for session in several.sessions()? {
        deleted_count += usize::from(items::remove(&app, project, &found.short_id, &session).await?);
    }
    Ok(Json(BulkRemoved { success: true, deleted_count, total_requested: several.session_recording_ids.len() }))
}
