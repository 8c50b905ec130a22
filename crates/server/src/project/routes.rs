//! `/api/projects`: the projects themselves. What SDKs of one are told is in [`super::settings`].

use axum::Json;
use axum::extract::State;
use cassette_recording::ProjectId;
use cassette_store::documents::INSTALLATION;
use cassette_wire::remote_config::RecordingSettings;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{Change, StoredProject, settings};
use crate::api::{Api, Body, Names, Params, iso};
use crate::api_error::ApiError;
use crate::app::App;
use crate::audit::Action;
use crate::auth::{Caller, Reach, Right};
use crate::retention;

/// Characters of a name.
const NAME_CHARACTERS: usize = 200;

/// The longest that a token may outlive its rotation: a year.
const MOST_GRACE_HOURS: u32 = 366 * 24;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(list, create))
        .routes(routes!(retrieve, update))
        .routes(routes!(reset_token, reset_token_as_posthog_does))
        .merge(settings::routes())
}

/// A project.
#[derive(Serialize, ToSchema)]
#[schema(as = Project)]
struct Answer {
    id: u32,
    name: String,
    /// What SDKs send; public.
    api_token: String,
    /// Tokens before this one that are still good, and until when.
    old_tokens: Vec<OldTokenAnswer>,
    /// What SDKs are told.
    #[schema(value_type = serde_json::Value)]
    recording_settings: RecordingSettings,
    /// Days after which recordings are deleted, counted from the last data that came for them. Null: never.
    retention_days: Option<u32>,
    created_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = OldToken)]
struct OldTokenAnswer {
    api_token: String,
    until: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ProjectList)]
struct ListAnswer {
    count: usize,
    /// Always null: all are in `results`.
    next: Option<String>,
    /// Always null.
    previous: Option<String>,
    results: Vec<Answer>,
}

impl Answer {
    fn of(stored: StoredProject, now: i64) -> Self {
        let old_tokens = stored.old_tokens.into_iter().filter(|old| now < old.until);
        Self {
            id: stored.project.id.0,
            name: stored.project.name,
            api_token: stored.project.token,
            old_tokens: old_tokens.map(|old| OldTokenAnswer { api_token: old.token, until: iso(old.until) }).collect(),
            recording_settings: stored.project.settings,
            retention_days: stored.project.retention_days,
            created_at: iso(stored.created_at),
        }
    }
}

/// What a project shall be.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewProject)]
struct New {
    name: String,
    /// What SDKs shall be told; absent members get their defaults.
    #[schema(value_type = Option<serde_json::Value>)]
    recording_settings: Option<RecordingSettings>,
}

/// What shall be otherwise; absent members stay as they are.
#[derive(Deserialize, ToSchema)]
#[schema(as = ProjectChange)]
struct Changed {
    name: Option<String>,
    /// All settings; what is absent in them gets its default.
    #[schema(value_type = Option<serde_json::Value>)]
    recording_settings: Option<RecordingSettings>,
    /// Days after which recordings are deleted, 1 to 36500; null: never. Those that are older already go within the hour.
    #[serde(default, deserialize_with = "crate::api::given")]
    #[schema(value_type = Option<u32>)]
    retention_days: Option<Option<u32>>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Grace {
    /// Hours for which the token before this one stays good; 0 unless told.
    #[serde(default)]
    #[param(required = false, minimum = 0, maximum = 8784)]
    grace_hours: u32,
}

/// The projects that the caller sees.
#[utoipa::path(
    get,
    path = "/api/projects",
    tag = "projects",
    responses((status = 200, body = ListAnswer), ApiError)
)]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<ListAnswer>, ApiError> {
    caller.may(Right::ReadProject)?;
    let now = app.clock.now();
    let stored = app.project_store.load().await?.into_iter();
    let seen = stored.filter(|stored| caller.reaches(stored.project.id));
    let results: Vec<_> = seen.map(|stored| Answer::of(stored, now)).collect();
    Ok(Json(ListAnswer { count: results.len(), next: None, previous: None, results }))
}

/// Makes a project. It records from this moment on.
#[utoipa::path(
    post,
    path = "/api/projects",
    tag = "projects",
    request_body = New,
    responses((status = 201, body = Answer), (status = 413, description = "More bytes than are taken."), ApiError)
)]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Answer>), ApiError> {
    caller.may(Right::ChangeProject)?;
    if caller.reach != Reach::All {
        return Err(ApiError::Forbidden { detail: "Who sees some projects only makes no others.".into() });
    }
    let now = app.clock.now();
    let settings = new.recording_settings.unwrap_or_default();
    must_be_valid(&settings)?;
    let made = app.project_store.create(name(&new.name)?, settings, now).await?;
    app.projects.set_stored(made.clone());
    note(&app, &caller, made.project.id, &["created"]).await?;
    Ok((StatusCode::CREATED, Json(Answer::of(made, now))))
}

/// One project; `@current` is the first that the caller sees.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}",
    tag = "projects",
    params(("project_id" = String, Path)),
    responses((status = 200, body = Answer), ApiError)
)]
async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Names(project): Names<String>,
) -> Result<Json<Answer>, ApiError> {
    let id = caller.in_project(&app.projects, &project, Right::ReadProject)?;
    let stored = app.project_store.get(id).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(Answer::of(stored, app.clock.now())))
}

/// Changes name, recording settings or retention. Pages hear of it within a minute.
#[utoipa::path(
    patch,
    path = "/api/projects/{project_id}",
    tag = "projects",
    params(("project_id" = String, Path)),
    request_body = Changed,
    responses((status = 200, body = Answer), (status = 413, description = "More bytes than are taken."), ApiError)
)]
async fn update(
    State(app): State<App>,
    caller: Caller,
    Names(project): Names<String>,
    Body(changed): Body<Changed>,
) -> Result<Json<Answer>, ApiError> {
    let id = caller.in_project(&app.projects, &project, Right::ChangeProject)?;
    changed.recording_settings.iter().try_for_each(must_be_valid)?;
    let name = changed.name.as_deref().map(name).transpose()?;
    if let Some(Some(days)) = changed.retention_days {
        retention::must_be_days("retention_days", days)?;
    }
    let members = [
        ("name", name.is_some()),
        ("recording_settings", changed.recording_settings.is_some()),
        ("retention_days", changed.retention_days.is_some()),
    ];
    let members: Vec<&str> = members.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect();
    let now = app.clock.now();
    let (recording, retention_days) = (changed.recording_settings, changed.retention_days);
    let change = Change { name, recording, retention_days, ..Change::default() };
    let stored = app.project_store.change(id, &change, now).await?.ok_or(ApiError::NotFound)?;
    app.projects.set_stored(stored.clone());
    note(&app, &caller, id, &members).await?;
    if changed.retention_days.is_some() {
        app.retention_changed.notify_one();
    }
    Ok(Json(Answer::of(stored, now)))
}

/// Gives the project a new token. SDKs with the one before are refused from now on, or after the grace that is asked for;
/// tokens from before that end then at the latest.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/reset_token",
    tag = "projects",
    params(("project_id" = String, Path), Grace),
    responses((status = 200, body = Answer), ApiError)
)]
async fn reset_token(
    State(app): State<App>,
    caller: Caller,
    Names(project): Names<String>,
    Params(grace): Params<Grace>,
) -> Result<Json<Answer>, ApiError> {
    let id = caller.in_project(&app.projects, &project, Right::ChangeProject)?;
    if grace.grace_hours > MOST_GRACE_HOURS {
        let detail = format!("Expected at most {MOST_GRACE_HOURS} hours, got {}.", grace.grace_hours);
        return Err(ApiError::Invalid { attr: "grace_hours", detail });
    }
    let now = app.clock.now();
    let until = now + i64::from(grace.grace_hours) * 60 * 60 * 1000;
    note(&app, &caller, id, &["token"]).await?;
    let stored = app.project_store.rotate(id, until, now).await?.ok_or(ApiError::NotFound)?;
    app.projects.set_stored(stored.clone());
    Ok(Json(Answer::of(stored, now)))
}

/// The same, by the method that PostHog's clients use.
#[utoipa::path(
    patch,
    path = "/api/projects/{project_id}/reset_token",
    tag = "projects",
    params(("project_id" = String, Path), Grace),
    responses((status = 200, body = Answer), ApiError)
)]
async fn reset_token_as_posthog_does(
    app: State<App>,
    caller: Caller,
    project: Names<String>,
    grace: Params<Grace>,
) -> Result<Json<Answer>, ApiError> {
    reset_token(app, caller, project, grace).await
}

fn must_be_valid(settings: &RecordingSettings) -> Result<(), ApiError> {
    let invalid = |detail: String| ApiError::Invalid { attr: "recording_settings", detail };
    settings.validate().map_err(|error| invalid(error.to_string()))
}

fn name(text: &str) -> Result<String, ApiError> {
    match text.trim().chars().count() {
        1..=NAME_CHARACTERS => Ok(text.trim().to_owned()),
        found => {
            let detail = format!("Expected a name of 1 to {NAME_CHARACTERS} characters, got {found}.");
            Err(ApiError::Invalid { attr: "name", detail })
        }
    }
}

pub(super) async fn note(app: &App, caller: &Caller, id: ProjectId, changed: &[&str]) -> Result<(), ApiError> {
    let (subject, detail) = (format!("project:{id}"), json!({ "changed": changed }));
    app.audit.note(caller, INSTALLATION, Action::Changed, &subject, detail, app.clock.now()).await
}
