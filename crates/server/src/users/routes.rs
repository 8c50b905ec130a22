//! `/api/users`: administrators manage them, everybody sees oneself as `@me`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use cassette_recording::ProjectId;
use cassette_store::documents::INSTALLATION;
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{ADMIN, NewUser, NewUserError, Role, User, Users};
use crate::api::{Api, Body, Names, iso};
use crate::api_error::ApiError;
use crate::app::App;
use crate::audit::Action;
use crate::auth::{Caller, Password, Reach, Right, Session, Who};
use crate::project::Project;

/// Characters of a name.
const NAME_CHARACTERS: usize = 150;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new().routes(routes!(list, create)).routes(routes!(retrieve, update, remove))
}

/// A user.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserAnswer {
    id: String,
    /// The same in another spelling.
    uuid: Option<String>,
    /// Null for the administrator of the command line.
    email: Option<String>,
    first_name: String,
    /// Always empty: names are not cut in two.
    last_name: String,
    role: Role,
    /// Projects that the user sees; null: all, also later ones.
    projects: Option<Vec<u32>>,
    /// May see which recordings there are.
    may_list: bool,
    /// May see what is in them.
    may_watch: bool,
    has_password: bool,
    date_joined: Option<String>,
}

/// A project, as far as a user is told of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Team)]
struct TeamAnswer {
    id: u32,
    name: String,
    api_token: String,
}

impl TeamAnswer {
    fn of(project: &Arc<Project>) -> Self {
        Self { id: project.id.0, name: project.name.clone(), api_token: project.token.clone() }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = UserWithTeam)]
struct Answer {
    #[serde(flatten)]
    user: UserAnswer,
    /// Of `@me` alone: the project that `@current` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<TeamAnswer>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = UserList)]
struct ListAnswer {
    count: usize,
    /// Always null: all are in `results`.
    next: Option<String>,
    /// Always null.
    previous: Option<String>,
    results: Vec<UserAnswer>,
}

impl UserAnswer {
    pub(crate) fn of(user: User) -> Self {
        let uuid = uuid::Uuid::parse_str(&user.id).ok().map(|uuid| uuid.hyphenated().to_string());
        let record = user.record;
        Self {
            uuid,
            id: user.id,
            email: Some(record.email),
            first_name: record.name,
            last_name: String::new(),
            projects: record.projects.filter(|_| record.role != Role::Admin),
            may_list: record.may_list || record.role == Role::Admin,
            may_watch: record.may_watch || record.role == Role::Admin,
            role: record.role,
            has_password: record.password.is_some(),
            date_joined: iso(user.created_at),
        }
    }

    /// The one who has no document.
    fn admin(has_password: bool) -> Self {
        Self {
            id: ADMIN.into(),
            uuid: None,
            email: None,
            first_name: "Administrator".into(),
            last_name: String::new(),
            role: Role::Admin,
            projects: None,
            may_list: true,
            may_watch: true,
            has_password,
            date_joined: None,
        }
    }

    /// Who asks.
    pub(crate) async fn of_caller(app: &App, caller: &Caller) -> Result<Self, ApiError> {
        if caller.user == ADMIN {
            return Ok(Self::admin(app.auth.password.is_some()));
        }
        Ok(Self::of(app.auth.users.get(&caller.user).await?.ok_or(ApiError::NotFound)?))
    }
}

/// What a user shall be.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewUser)]
struct New {
    email: String,
    #[serde(default)]
    first_name: String,
    role: Role,
    /// At least eight characters. Absent: the user cannot log in with one.
    password: Option<String>,
    /// Projects that the user shall see; absent: all.
    projects: Option<Vec<u32>>,
    /// May see which recordings there are; absent: yes.
    may_list: Option<bool>,
    /// May see what is in them; absent: yes.
    may_watch: Option<bool>,
}

/// What shall be otherwise; absent members stay as they are.
#[derive(Deserialize, ToSchema)]
#[schema(as = UserChange)]
struct Change {
    first_name: Option<String>,
    /// A new one ends all sessions with the old one.
    password: Option<String>,
    /// Wanted of who changes the own password.
    current_password: Option<String>,
    role: Option<Role>,
    /// Null: all.
    #[serde(default, deserialize_with = "crate::api::given")]
    #[schema(value_type = Option<Vec<u32>>)]
    projects: Option<Option<Vec<u32>>>,
    may_list: Option<bool>,
    may_watch: Option<bool>,
}

/// All users, the first made first.
#[utoipa::path(
    get,
    path = "/api/users",
    tag = "users",
    responses((status = 200, body = ListAnswer), ApiError)
)]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<ListAnswer>, ApiError> {
    caller.may(Right::ReadUsers)?;
    let results: Vec<_> = app.auth.users.list().await?.into_iter().map(UserAnswer::of).collect();
    Ok(Json(ListAnswer { count: results.len(), next: None, previous: None, results }))
}

/// Makes a user.
#[utoipa::path(
    post,
    path = "/api/users",
    tag = "users",
    request_body = New,
    responses((status = 201, body = UserAnswer), (status = 413, description = "More bytes than are taken."), ApiError)
)]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<UserAnswer>), ApiError> {
    manages(&caller)?;
    let password = match new.password {
        Some(text) => Some(chosen(&text)?.hash().await),
        None => None,
    };
    let new = NewUser {
        email: new.email,
        name: name(new.first_name)?,
        password,
        role: new.role,
        projects: new.projects.map(|ids| known(&app, ids)).transpose()?,
        may_list: new.may_list.unwrap_or(true),
        may_watch: new.may_watch.unwrap_or(true),
    };
    let user = app.auth.users.create(new, app.clock.now()).await?;
    note(&app, &caller, &user.id, &["created"]).await?;
    Ok((StatusCode::CREATED, Json(UserAnswer::of(user))))
}

/// One user; `@me` is who asks.
#[utoipa::path(
    get,
    path = "/api/users/{id}",
    tag = "users",
    params(("id" = String, Path)),
    responses((status = 200, body = Answer), ApiError)
)]
async fn retrieve(State(app): State<App>, caller: Caller, Names(id): Names<String>) -> Result<Json<Answer>, ApiError> {
    if id == "@me" {
        let user = UserAnswer::of_caller(&app, &caller).await?;
        let team = caller.current_project(&app.projects).and_then(|id| app.projects.get(id));
        return Ok(Json(Answer { user, team: team.as_ref().map(TeamAnswer::of) }));
    }
    caller.may(Right::ReadUsers)?;
    let user = match id == ADMIN {
        true => UserAnswer::admin(app.auth.password.is_some()),
        false => UserAnswer::of(named(&app, &caller, &id).await?),
    };
    Ok(Json(Answer { user, team: None }))
}

/// Changes a user; everybody may change the own name and, knowing the current one, the own password.
#[utoipa::path(
    patch,
    path = "/api/users/{id}",
    tag = "users",
    params(("id" = String, Path)),
    request_body = Change,
    responses(
        (status = 200, body = UserAnswer),
        (status = 409, description = "Nobody takes away the own role."),
        (status = 413, description = "More bytes than are taken."),
        ApiError
    )
)]
async fn update(
    State(app): State<App>,
    caller: Caller,
    Names(id): Names<String>,
    headers: HeaderMap,
    Body(change): Body<Change>,
) -> Result<Response, ApiError> {
    let is_own = id == "@me" || spelled(&id) == caller.user;
    if !is_own {
        manages(&caller)?;
    }
    let user = named(&app, &caller, &id).await?;
    let now = app.clock.now();
    let mut members = Map::new();
    if let Some(text) = change.first_name {
        members.insert("name".into(), name(text)?.into());
    }
    let role = change.role.is_some() || change.projects.is_some();
    if role || change.may_list.is_some() || change.may_watch.is_some() {
        manages(&caller)?;
        if is_own {
            let detail = "Somebody else has to change your role: an installation keeps an administrator.";
            return Err(ApiError::Conflict { detail: detail.into() });
        }
        members.extend(change.role.map(|role| ("role".into(), json!(role))));
        if let Some(projects) = change.projects {
            members.insert("projects".into(), json!(projects.map(|ids| known(&app, ids)).transpose()?));
        }
        members.extend(change.may_list.map(|may| ("may_list".into(), may.into())));
        members.extend(change.may_watch.map(|may| ("may_watch".into(), may.into())));
    }
    let new_password = change.password.is_some();
    if let Some(text) = change.password {
        let password = chosen(&text)?;
        if is_own {
            must_know_current(&app, &user, change.current_password).await?;
        }
        let hash = password.hash().await;
        let Value::Object(of_password) = Users::new_password(&hash) else { return Err(ApiError::Internal) };
        members.extend(of_password);
    }
    let changed: Vec<&str> = members.keys().map(String::as_str).filter(|name| *name != "sessions").collect();
    note(&app, &caller, &user.id, &changed).await?;
    let user = app.auth.users.change(&user.id, &Value::Object(members), now).await?;
    let generation = user.record.sessions.clone();
    let session = Session { who: Who::User(user.id.clone()), generation };
    let mut response = Json(UserAnswer::of(user)).into_response();
    // The browser that the password was changed in goes on; all others are logged out.
    let in_session = app.auth.cookies.session(&headers, now).is_some_and(|found| found.who == session.who);
    if is_own && new_password && in_session {
        response.headers_mut().insert(header::SET_COOKIE, app.auth.cookies.log_in(&session, now));
    }
    Ok(response)
}

/// Removes a user and its keys.
#[utoipa::path(
    delete,
    path = "/api/users/{id}",
    tag = "users",
    params(("id" = String, Path)),
    responses(
        (status = 204, description = "The user is gone."),
        (status = 409, description = "Nobody removes oneself."),
        ApiError
    )
)]
async fn remove(State(app): State<App>, caller: Caller, Names(id): Names<String>) -> Result<StatusCode, ApiError> {
    manages(&caller)?;
    let user = named(&app, &caller, &id).await?;
    if user.id == caller.user {
        let detail = "Somebody else has to remove you: an installation keeps an administrator.";
        return Err(ApiError::Conflict { detail: detail.into() });
    }
    note(&app, &caller, &user.id, &["removed"]).await?;
    app.auth.users.remove(&user.id, app.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Users are of the installation: who sees some projects only does not manage them.
fn manages(caller: &Caller) -> Result<(), ApiError> {
    caller.may(Right::ManageUsers)?;
    match caller.reach {
        Reach::All => Ok(()),
        Reach::Only(_) => Err(ApiError::Forbidden { detail: "A key of some projects does not manage users.".into() }),
    }
}

/// An id as documents have it: the hyphens of a UUID away.
fn spelled(id: &str) -> String {
    id.replace('-', "").to_ascii_lowercase()
}

async fn named(app: &App, caller: &Caller, id: &str) -> Result<User, ApiError> {
    let id = if id == "@me" { caller.user.clone() } else { spelled(id) };
    if id == ADMIN {
        let detail = "The administrator's password stands in the configuration (CASSETTE_ADMIN_PASSWORD).";
        return Err(ApiError::Conflict { detail: detail.into() });
    }
    app.auth.users.get(&id).await?.ok_or(ApiError::NotFound)
}

async fn must_know_current(app: &App, user: &User, given: Option<String>) -> Result<(), ApiError> {
    let Some(hash) = user.record.password.clone() else { return Ok(()) };
    let given = given.ok_or(ApiError::Required { attr: "current_password" })?;
    let account = user.record.email.as_str();
    app.auth.accounts.allow(account, app.clock.now())?;
    if !Password::given(&given).matches(Some(hash)).await {
        app.auth.accounts.failed(account, app.clock.now());
        let detail = "Your current password is incorrect.";
        return Err(ApiError::Invalid { attr: "current_password", detail: detail.into() });
    }
    app.auth.accounts.succeeded(account);
    Ok(())
}

fn chosen(text: &str) -> Result<Password, ApiError> {
    Password::chosen(text).map_err(|error| ApiError::Invalid { attr: "password", detail: error.to_string() })
}

fn name(text: String) -> Result<String, ApiError> {
    match text.trim().chars().count() {
        0..=NAME_CHARACTERS => Ok(text.trim().to_owned()),
        found => {
            let detail = format!("Expected a name of at most {NAME_CHARACTERS} characters, got {found}.");
            Err(ApiError::Invalid { attr: "first_name", detail })
        }
    }
}

fn known(app: &App, mut ids: Vec<u32>) -> Result<Vec<u32>, ApiError> {
    ids.sort_unstable();
    ids.dedup();
    match ids.iter().find(|id| app.projects.get(ProjectId(**id)).is_none()) {
        Some(unknown) => {
            let detail = format!("Expected ids of projects; there is no project {unknown}.");
            Err(ApiError::Invalid { attr: "projects", detail })
        }
        None => Ok(ids),
    }
}

async fn note(app: &App, caller: &Caller, id: &str, changed: &[&str]) -> Result<(), ApiError> {
    let (subject, detail) = (format!("user:{id}"), json!({ "changed": changed }));
    app.audit.note(caller, INSTALLATION, Action::Changed, &subject, detail, app.clock.now()).await
}

impl From<NewUserError> for ApiError {
    fn from(error: NewUserError) -> Self {
        match error {
            NewUserError::Documents(error) => error.into(),
            NewUserError::Exists(_) | NewUserError::Email(_) => {
                Self::Invalid { attr: "email", detail: format!("Cannot make this user: {error}.") }
            }
        }
    }
}
