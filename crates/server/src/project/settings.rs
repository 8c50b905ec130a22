//! Reading and changing what SDKs are told to record.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use cassette_wire::remote_config::RecordingSettings;
use utoipa_axum::routes;

use super::{Change, Project};
use crate::api::{Api, Body, Names};
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::{Caller, Right};

/// Routes that want a logged-in caller.
pub(super) fn routes() -> Api {
    Api::new().routes(routes!(read, write))
}

fn project(app: &App, caller: &Caller, name: &str, right: Right) -> Result<Arc<Project>, ApiError> {
    let id = caller.in_project(&app.projects, name, right)?;
    app.projects.get(id).ok_or(ApiError::NotFound)
}

/// What SDKs are told to record.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/recording_settings",
    tag = "projects",
    params(("project_id" = String, Path)),
    responses((status = 200, body = serde_json::Value), ApiError)
)]
async fn read(
    State(app): State<App>,
    caller: Caller,
    Names(name): Names<String>,
) -> Result<Json<RecordingSettings>, ApiError> {
    let project = project(&app, &caller, &name, Right::ReadProject)?;
    Ok(Json(project.settings.clone()))
}

/// Takes all settings; what is absent gets its default. Pages hear of it within a minute.
#[utoipa::path(
    put,
    path = "/api/projects/{project_id}/recording_settings",
    tag = "projects",
    params(("project_id" = String, Path)),
    request_body(content = serde_json::Value),
    responses(
        (status = 200, body = serde_json::Value),
        (status = 413, description = "More bytes than are taken."),
        ApiError
    )
)]
async fn write(
    State(app): State<App>,
    caller: Caller,
    Names(name): Names<String>,
    Body(settings): Body<RecordingSettings>,
) -> Result<Json<RecordingSettings>, ApiError> {
    let project = project(&app, &caller, &name, Right::ChangeProject)?;
    settings.validate().map_err(|error| ApiError::Invalid { attr: "recording", detail: error.to_string() })?;
    let change = Change { recording: Some(settings.clone()), ..Change::default() };
    let stored = app.project_store.change(project.id, &change, app.clock.now()).await?;
    app.projects.set_stored(stored.ok_or(ApiError::NotFound)?);
    super::routes::note(&app, &caller, project.id, &["recording_settings"]).await?;
    Ok(Json(settings))
}
