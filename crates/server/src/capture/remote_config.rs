//! Telling SDKs what to record.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use cassette_recording::limits;
use cassette_wire::capture::{Budget, FlagsRequest, Inflater};
use cassette_wire::remote_config as answers;
use serde::Deserialize;

use crate::app::App;
use crate::project::Project;
use crate::refusals::{Example, Outcome};

/// Browsers may keep a configuration for this long.
const CACHE: &str = "public, max-age=60";

/// Bodies of flags requests are some hundred bytes; they name a person and some properties.
const FLAGS_BYTES: usize = 1 << 20;

#[derive(Debug, Deserialize)]
pub(super) struct FlagsQuery {
    config: Option<String>,
    token: Option<String>,
}

pub(super) async fn config(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let Some(project) = project(&app, &token) else { return unknown_token(&app, &headers, &token) };
    let config = answers::remote_config(&project.settings, &project.token);
    ([(header::CACHE_CONTROL, CACHE)], axum::Json(config)).into_response()
}

pub(super) async fn config_js(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let Some(project) = project(&app, &token) else { return unknown_token(&app, &headers, &token) };
    javascript(answers::config_js(&project.settings, &project.token))
}

pub(super) async fn array_js(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let Some(project) = project(&app, &token) else { return unknown_token(&app, &headers, &token) };
    let script = std::str::from_utf8(cassette_assets::array_js().bytes).expect("a script is text");
    javascript(answers::array_js(&project.settings, &project.token, script))
}

pub(super) async fn flags(
    State(app): State<App>,
    Query(query): Query<FlagsQuery>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let config = query.config.as_deref().is_some_and(|value| !matches!(value, "" | "0" | "false"));
    match asked_project(&app, query, &headers, body).await {
        Ok(project) => {
            let answer = answers::flags_response(&project.settings, &project.token, config, &request_id());
            axum::Json(answer).into_response()
        }
        Err(response) => response,
    }
}

pub(super) async fn decide(
    State(app): State<App>,
    Query(query): Query<FlagsQuery>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match asked_project(&app, query, &headers, body).await {
        Ok(project) => {
            axum::Json(answers::decide_response(&project.settings, &project.token, &request_id())).into_response()
        }
        Err(response) => response,
    }
}

/// The project that a flags request names, in its body or, for a `GET`, in its query.
async fn asked_project(
    app: &App,
    query: FlagsQuery,
    headers: &HeaderMap,
    body: Body,
) -> Result<Arc<Project>, Response> {
    let body = axum::body::to_bytes(body, FLAGS_BYTES.min(limits::BODY_BYTES)).await;
    let body = body.map_err(|_| bad_request("expected a body of at most 1 MiB"))?;
    let token = if body.is_empty() {
        query.token
    } else {
        let mut inflater = Inflater::new();
        let text =
            inflater.text(&body, &mut Budget::of(FLAGS_BYTES)).map_err(|error| bad_request(&error.to_string()))?;
        let request = FlagsRequest::read(text.json).map_err(|error| bad_request(&error.to_string()))?;
        request.token.map(|token| token.into_owned()).or(query.token)
    };
    let token = token.ok_or_else(|| bad_request("expected a project token in token or api_key, there is none"))?;
    project(app, &token).ok_or_else(|| unknown_token(app, headers, &token))
}

fn project(app: &App, token: &str) -> Option<Arc<Project>> {
    app.projects.get(app.projects.of_token(token, app.clock.now())?)
}

fn javascript(script: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/javascript; charset=utf-8"), (header::CACHE_CONTROL, CACHE)];
    (headers, script).into_response()
}

fn request_id() -> String {
    format!("{:016x}", u64::from_le_bytes(crate::random::bytes()))
}

/// An SDK that hears this records nothing at all, so it is noted as what is sent would be.
fn unknown_token(app: &App, headers: &HeaderMap, token: &str) -> Response {
    let (at, example) = (app.clock.now(), Example::of_request(headers, None));
    match app.projects.of_ended_token(token, at) {
        Some(project) => app.refusals.note(project, Outcome::Refused, "ended_token", at, 1, example),
        None => app.refusals.note_stranger("unknown_token", Some(token), at, example),
    }
    let detail = "the project token is not one of this server";
    let body = serde_json::json!({
        "type": "authentication_error", "code": "invalid_api_key", "detail": detail, "attr": null
    });
    (StatusCode::UNAUTHORIZED, axum::Json(body)).into_response()
}

fn bad_request(detail: &str) -> Response {
    let body = serde_json::json!({
        "type": "validation_error", "code": "invalid_input", "detail": detail, "attr": null
    });
    (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
}
