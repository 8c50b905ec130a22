//! `/api/personal_api_keys`, in PostHog's shape.
//!
//! Nobody gets more by a key than they have: what a key allows must be among what its maker may do at that moment, and so
//! must what is rolled or changed. Else a key for one thing could make itself one for all.

use axum::Json;
use axum::extract::State;
use cassette_recording::ProjectId;
use cassette_store::documents::INSTALLATION;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{Key, NewKey};
use crate::api::{Api, Body, Names, Params, epoch_ms, iso};
use crate::api_error::ApiError;
use crate::app::App;
use crate::audit::Action;
use crate::auth::{ApiKey, By, Caller, Reach, Right, Scope};

/// Characters of a label.
const LABEL_CHARACTERS: usize = 100;

/// Keys of one user. Each request looks one up; more than so many are forgotten ones.
const MOST_KEYS: usize = 100;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new().routes(routes!(list, create)).routes(routes!(retrieve, update, remove)).routes(routes!(roll))
}

/// A personal API key.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonalApiKey)]
struct Answer {
    id: String,
    label: String,
    /// The key itself: when it was made or rolled, and never again.
    value: Option<String>,
    /// By what its owner knows it again.
    mask_value: String,
    /// `*` or scopes such as `session_recording:read`. Of none it may only ask who it is.
    scopes: Vec<String>,
    /// Projects; empty: wherever its user may.
    scoped_teams: Vec<u32>,
    /// Always empty: there are no organizations here.
    scoped_organizations: Vec<String>,
    /// Whose it is.
    user_id: String,
    created_at: Option<String>,
    /// Exact to the day.
    last_used_at: Option<String>,
    last_rolled_at: Option<String>,
    /// When it ends.
    expires_at: Option<String>,
}

impl Answer {
    fn of(key: Key, text: Option<&ApiKey>) -> Self {
        let record = key.record;
        Self {
            id: key.id,
            label: record.label,
            value: text.map(|text| text.reveal().to_owned()),
            mask_value: record.mask,
            scopes: record.scopes,
            scoped_teams: record.scoped_teams,
            scoped_organizations: Vec::new(),
            user_id: record.user,
            created_at: iso(key.created_at),
            last_used_at: record.last_used_at.and_then(iso),
            last_rolled_at: record.last_rolled_at.and_then(iso),
            expires_at: record.expires_at.and_then(iso),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// Another user's id, or `all`; for administrators.
    user: Option<String>,
}

/// What a key shall be.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewPersonalApiKey)]
struct New {
    /// What it is for.
    label: String,
    /// `*` or scopes such as `session_recording:read`.
    scopes: Vec<String>,
    /// Projects that it shall open; empty or absent: all of its user's.
    #[serde(default)]
    scoped_teams: Option<Vec<u32>>,
    /// When it shall end, ISO 8601. Absent: never.
    #[serde(default)]
    expires_at: Option<String>,
}

/// What shall be otherwise; absent members stay as they are.
#[derive(Deserialize, ToSchema)]
#[schema(as = PersonalApiKeyChange)]
struct Change {
    label: Option<String>,
    scopes: Option<Vec<String>>,
    scoped_teams: Option<Vec<u32>>,
    /// When it shall end, ISO 8601; `null`: never.
    #[serde(default, deserialize_with = "crate::api::given")]
    #[schema(value_type = Option<String>)]
    expires_at: Option<Option<String>>,
}

/// The caller's keys, the newest first.
#[utoipa::path(
    get,
    path = "/api/personal_api_keys",
    tag = "keys",
    params(Whose),
    responses((status = 200, body = Vec<Answer>), ApiError)
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(whose): Params<Whose>,
) -> Result<Json<Vec<Answer>>, ApiError> {
    caller.may(Right::ReadKeys)?;
    let user = match whose.user.as_deref() {
        None => Some(caller.user.as_str()),
        Some(user) => {
            caller.may(Right::ManageUsers)?;
            Some(user).filter(|user| *user != "all")
        }
    };
    let keys = app.auth.keys.list(user).await?;
    Ok(Json(keys.into_iter().map(|key| Answer::of(key, None)).collect()))
}

/// Makes a key for the caller. Its `value` is shown in this answer and never again.
#[utoipa::path(
    post,
    path = "/api/personal_api_keys",
    tag = "keys",
    request_body = New,
    responses((status = 201, body = Answer), (status = 413, description = "More bytes than are taken."), ApiError)
)]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Answer>), ApiError> {
    caller.may(Right::ChangeKeys)?;
    let now = app.clock.now();
    let scoped_teams = new.scoped_teams.unwrap_or_default();
    let asked = NewKey {
        user: caller.user.clone(),
        label: label(new.label)?,
        scopes: scopes(&caller, new.scopes)?,
        scoped_teams: teams(&app, &caller, scoped_teams)?,
        expires_at: new.expires_at.map(|text| expiry(&text, now)).transpose()?,
    };
    if app.auth.keys.list(Some(&caller.user)).await?.len() >= MOST_KEYS {
        let detail = format!(
            "You can only have {MOST_KEYS} personal API keys. Remove an existing key before creating a new one."
        );
        return Err(ApiError::InvalidMember { attr: None, detail });
    }
    let text = ApiKey::generate();
    let key = app.auth.keys.create(&text, asked, now).await?;
    note(&app, &caller, &key.id, "created").await?;
    Ok((StatusCode::CREATED, Json(Answer::of(key, Some(&text)))))
}

/// One key; `@current` is the one that asks.
#[utoipa::path(
    get,
    path = "/api/personal_api_keys/{id}",
    tag = "keys",
    params(("id" = String, Path)),
    responses((status = 200, body = Answer), ApiError)
)]
async fn retrieve(State(app): State<App>, caller: Caller, Names(id): Names<String>) -> Result<Json<Answer>, ApiError> {
    // A key may always ask what it is.
    if !(id == "@current" && matches!(caller.by, By::Key(_))) {
        caller.may(Right::ReadKeys)?;
    }
    Ok(Json(Answer::of(named(&app, &caller, &id).await?, None)))
}

/// Changes label, scopes, projects or end of a key.
#[utoipa::path(
    patch,
    path = "/api/personal_api_keys/{id}",
    tag = "keys",
    params(("id" = String, Path)),
    request_body = Change,
    responses((status = 200, body = Answer), (status = 413, description = "More bytes than are taken."), ApiError)
)]
async fn update(
    State(app): State<App>,
    caller: Caller,
    Names(id): Names<String>,
    Body(change): Body<Change>,
) -> Result<Json<Answer>, ApiError> {
    caller.may(Right::ChangeKeys)?;
    let key = named(&app, &caller, &id).await?;
    must_be_covered(&caller, &key)?;
    let now = app.clock.now();
    let mut members = Map::new();
    if let Some(text) = change.label {
        members.insert("label".into(), label(text)?.into());
    }
    if let Some(asked) = change.scopes {
        members.insert("scopes".into(), json!(scopes(&caller, asked)?));
    }
    if let Some(asked) = change.scoped_teams {
        members.insert("scoped_teams".into(), json!(teams(&app, &caller, asked)?));
    }
    if let Some(asked) = change.expires_at {
        members.insert("expires_at".into(), json!(asked.map(|text| expiry(&text, now)).transpose()?));
    }
    let key = app.auth.keys.change(&key.id, &Value::Object(members), now).await?.ok_or(ApiError::NotFound)?;
    note(&app, &caller, &key.id, "changed").await?;
    Ok(Json(Answer::of(key, None)))
}

/// Takes a key back. It opens nothing from this moment on.
#[utoipa::path(
    delete,
    path = "/api/personal_api_keys/{id}",
    tag = "keys",
    params(("id" = String, Path)),
    responses((status = 204, description = "It is gone."), ApiError)
)]
async fn remove(State(app): State<App>, caller: Caller, Names(id): Names<String>) -> Result<StatusCode, ApiError> {
    caller.may(Right::ChangeKeys)?;
    let key = named(&app, &caller, &id).await?;
    note(&app, &caller, &key.id, "removed").await?;
    app.auth.keys.remove(&key.id, app.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a key another `value`, shown in this answer and never again. The one before opens nothing from this moment on.
#[utoipa::path(
    post,
    path = "/api/personal_api_keys/{id}/roll",
    tag = "keys",
    params(("id" = String, Path)),
    responses((status = 200, body = Answer), ApiError)
)]
async fn roll(State(app): State<App>, caller: Caller, Names(id): Names<String>) -> Result<Json<Answer>, ApiError> {
    caller.may(Right::ChangeKeys)?;
    let key = named(&app, &caller, &id).await?;
    must_be_covered(&caller, &key)?;
    // Who has a key's text is that user.
    if key.record.user != caller.user {
        return Err(ApiError::Forbidden { detail: "Only its own user may roll a key.".into() });
    }
    note(&app, &caller, &key.id, "rolled").await?;
    let text = ApiKey::generate();
    let key = app.auth.keys.roll(&key.id, &text, app.clock.now()).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(Answer::of(key, Some(&text))))
}

/// The key of that id, if it is the caller's or the caller manages all.
async fn named(app: &App, caller: &Caller, id: &str) -> Result<Key, ApiError> {
    let id = match (id, &caller.by) {
        ("@current", By::Key(id)) => id,
        _ => id,
    };
    let key = app.auth.keys.get(id).await?.ok_or(ApiError::NotFound)?;
    let may = key.record.user == caller.user || caller.rights.contain(Right::ManageUsers);
    if may { Ok(key) } else { Err(ApiError::NotFound) }
}

/// Who changes or rolls a key could use it.
fn must_be_covered(caller: &Caller, key: &Key) -> Result<(), ApiError> {
    let teams = &key.record.scoped_teams;
    let reached = if teams.is_empty() { caller.reach == Reach::All } else { reaches(caller, teams) };
    if reached && caller.rights.cover_key(key.rights()) {
        return Ok(());
    }
    Err(ApiError::Forbidden { detail: "That key may do more than you may.".into() })
}

fn reaches(caller: &Caller, teams: &[u32]) -> bool {
    teams.iter().all(|team| caller.reaches(ProjectId(*team)))
}

fn label(text: String) -> Result<String, ApiError> {
    match text.trim().chars().count() {
        1..=LABEL_CHARACTERS => Ok(text.trim().to_owned()),
        found => {
            let detail = format!("Expected a label of 1 to {LABEL_CHARACTERS} characters, got {found}.");
            Err(ApiError::Invalid { attr: "label", detail })
        }
    }
}

fn scopes(caller: &Caller, mut asked: Vec<String>) -> Result<Vec<String>, ApiError> {
    let rights =
        Scope::rights(&asked).map_err(|error| ApiError::Invalid { attr: "scopes", detail: error.to_string() })?;
    if !caller.rights.cover_key(rights) {
        let detail = "A key cannot make one that may do more than itself.".into();
        return Err(ApiError::Forbidden { detail });
    }
    asked.sort();
    asked.dedup();
    Ok(asked)
}

fn teams(app: &App, caller: &Caller, asked: Vec<u32>) -> Result<Vec<u32>, ApiError> {
    let known = asked.iter().all(|team| app.projects.get(ProjectId(*team)).is_some());
    if !known || !reaches(caller, &asked) {
        let detail = "You must be a member of all teams that you are scoping the key to.".into();
        return Err(ApiError::Invalid { attr: "scoped_teams", detail });
    }
    match &caller.reach {
        // All that the caller may see today; a key of some projects must not make one of all.
        Reach::Only(mine) if asked.is_empty() => Ok(mine.iter().map(|project| project.0).collect()),
        _ => Ok(asked),
    }
}

fn expiry(text: &str, now: i64) -> Result<i64, ApiError> {
    let invalid = |detail: &str| ApiError::Invalid { attr: "expires_at", detail: detail.into() };
    let at = epoch_ms(text)
        .ok_or_else(|| invalid("Expected an ISO 8601 time with its zone, such as 2027-01-31T12:00:00Z."))?;
    if at > now { Ok(at) } else { Err(invalid("Expected a time to come.")) }
}

async fn note(app: &App, caller: &Caller, id: &str, change: &str) -> Result<(), ApiError> {
    let (subject, detail) = (format!("personal_api_key:{id}"), json!({ "change": change }));
    app.audit.note(caller, INSTALLATION, Action::Changed, &subject, detail, app.clock.now()).await
}
