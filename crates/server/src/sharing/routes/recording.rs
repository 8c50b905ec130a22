//! How a recording is shared: `…/session_recordings/{session_id}/sharing` and below.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use utoipa_axum::routes;

use super::super::accesses::Access;
use super::super::answer::{Answer, NewPassword};
use super::super::change::Asked;
use super::{AskedPassword, accesses, add_password, change, read, refresh, take_password_back, target_of_recording};
use crate::api::{Api, Body, Names, Params};
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::{Caller, Right};
use crate::paging::{Here, Paged, Paging};

pub(super) fn routes() -> Api {
    Api::new()
        .routes(routes!(read_recording, change_recording))
        .routes(routes!(refresh_recording))
        .routes(routes!(add_password_to_recording))
        .routes(routes!(take_password_of_recording_back))
        .routes(routes!(accesses_of_recording))
}

/// How a recording is shared.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recordings/{session_id}/sharing",
    tag = "sharing",
    params(("project_id" = String, Path), ("session_id" = String, Path)),
    responses((status = 200, body = Answer), ApiError)
)]
async fn read_recording(
    State(app): State<App>,
    caller: Caller,
    Names((project, session)): Names<(String, String)>,
) -> Result<Json<Answer>, ApiError> {
    let (project, target) = target_of_recording(&app, &caller, Right::ReadSharing, &project, &session).await?;
    Ok(Json(read(&app, project, &target).await?))
}

/// Shares a recording, changes how, or takes the link back: then the next request is refused.
#[utoipa::path(
    patch,
    path = "/api/projects/{project_id}/session_recordings/{session_id}/sharing",
    tag = "sharing",
    params(("project_id" = String, Path), ("session_id" = String, Path)),
    request_body = Asked,
    responses((status = 200, body = Answer), (status = 413, description = "More bytes than are taken."), (status = 502, description = "The blocks that would say where a part can begin cannot be read."), ApiError)
)]
async fn change_recording(
    State(app): State<App>,
    caller: Caller,
    Names((project, session)): Names<(String, String)>,
    Body(asked): Body<Asked>,
) -> Result<Json<Answer>, ApiError> {
    let (project, target) = target_of_recording(&app, &caller, Right::ChangeSharing, &project, &session).await?;
    Ok(Json(change(&app, &caller, project, &target, asked).await?))
}

/// A new token. The one before opens for five minutes more.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/session_recordings/{session_id}/sharing/refresh",
    tag = "sharing",
    params(("project_id" = String, Path), ("session_id" = String, Path)),
    responses((status = 200, body = Answer), ApiError)
)]
async fn refresh_recording(
    State(app): State<App>,
    caller: Caller,
    Names((project, session)): Names<(String, String)>,
) -> Result<Json<Answer>, ApiError> {
    let (project, target) = target_of_recording(&app, &caller, Right::ChangeSharing, &project, &session).await?;
    Ok(Json(refresh(&app, &caller, project, &target).await?))
}

/// One more password; without `raw_password` one is made up. The answer is the only one that shows it.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/session_recordings/{session_id}/sharing/passwords",
    tag = "sharing",
    params(("project_id" = String, Path), ("session_id" = String, Path)),
    request_body = AskedPassword,
    responses((status = 201, body = NewPassword), (status = 413, description = "More bytes than are taken."), ApiError)
)]
async fn add_password_to_recording(
    State(app): State<App>,
    caller: Caller,
    Names((project, session)): Names<(String, String)>,
    Body(asked): Body<AskedPassword>,
) -> Result<Response, ApiError> {
    let (project, target) = target_of_recording(&app, &caller, Right::ChangeSharing, &project, &session).await?;
    let made = add_password(&app, &caller, project, &target, asked).await?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Takes a password back, and what was opened by it.
#[utoipa::path(
    delete,
    path = "/api/projects/{project_id}/session_recordings/{session_id}/sharing/passwords/{password_id}",
    tag = "sharing",
    params(("project_id" = String, Path), ("session_id" = String, Path), ("password_id" = u32, Path)),
    responses((status = 204, description = "It is gone."), ApiError)
)]
async fn take_password_of_recording_back(
    State(app): State<App>,
    caller: Caller,
    Names((project, session, password)): Names<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let (project, target) = target_of_recording(&app, &caller, Right::ChangeSharing, &project, &session).await?;
    take_password_back(&app, &caller, project, &target, &password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who came by the link, the latest first.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recordings/{session_id}/sharing/accesses",
    tag = "sharing",
    params(("project_id" = String, Path), ("session_id" = String, Path), Paging),
    responses((status = 200, body = Paged<Access>), ApiError)
)]
async fn accesses_of_recording(
    State(app): State<App>,
    caller: Caller,
    Names((project, session)): Names<(String, String)>,
    Params(paging): Params<Paging>,
    here: Here,
) -> Result<Json<Paged<Access>>, ApiError> {
    let (project, target) = target_of_recording(&app, &caller, Right::ReadSharing, &project, &session).await?;
    Ok(Json(paging.of(accesses(&app, project, &target).await?, &here)?))
}
