//! Reading and changing what SDKs are told to record.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use cassette_wire::remote_config::RecordingSettings;

use super::{Change, Project};
use crate::api_error::ApiError;
use crate::app::App;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/api/projects/{project}/recording_settings/", get(read).put(write))
}

fn project(app: &App, name: &str) -> Result<Arc<Project>, ApiError> {
    super::named(name).and_then(|id| app.projects.get(id)).ok_or(ApiError::NotFound)
}

async fn read(State(app): State<App>, Path(name): Path<String>) -> Result<Json<RecordingSettings>, ApiError> {
    let project = project(&app, &name)?;
    Ok(Json(project.settings.clone()))
}

/// Takes all settings; what is absent gets its default. Pages hear of it within a minute.
async fn write(
    State(app): State<App>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<RecordingSettings>, ApiError> {
    let project = project(&app, &name)?;
    let settings: RecordingSettings =
        serde_json::from_slice(&body).map_err(|error| ApiError::Unparseable { reason: error.to_string() })?;
    settings.validate().map_err(|error| ApiError::Invalid { attr: "recording", detail: error.to_string() })?;
    let change = Change { recording: Some(settings.clone()), ..Change::default() };
    app.project_store.change(project.id, &change, app.clock.now()).await.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "settings could not be written");
        ApiError::Unavailable
    })?;
    app.projects.set(Project { settings: settings.clone(), ..(*project).clone() });
    Ok(Json(settings))
}
