//! `…/persons`: the list, one person, deleting one and many.

use axum::Json;
use axum::extract::State;
use cassette_recording::ProjectId;
use cassette_store::catalog::{Person, PersonId, PersonKey};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::PersonAnswer;
use super::erasing::{What, delete, flushed};
use super::filters::Which;
use crate::api::{Api, Body, Names, Params};
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::{Caller, Right};
use crate::paging::Here;

/// Persons of one call, as PostHog has it.
const AT_ONCE: usize = 1000;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new().routes(routes!(list)).routes(routes!(bulk_delete)).routes(routes!(retrieve, destroy))
}

/// A page of persons.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonList)]
struct ListAnswer {
    /// Where the next page is.
    next: Option<String>,
    /// Where the one before is.
    previous: Option<String>,
    results: Vec<PersonAnswer>,
}

/// Persons, the newest first.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/persons",
    tag = "persons",
    params(("project_id" = String, Path), Which),
    responses((status = 200, body = ListAnswer), ApiError)
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Names(project): Names<String>,
    Params(which): Params<Which>,
    here: Here,
) -> Result<Json<ListAnswer>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ReadPersons)?;
    let Some(query) = which.query(project, app.clock.now())? else {
        return Ok(Json(ListAnswer { next: None, previous: None, results: Vec::new() }));
    };
    let (limit, offset) = (query.limit, query.offset);
    let page = app.catalog.persons(query).await?;
    Ok(Json(ListAnswer {
        next: page.has_next.then(|| here.at(limit, offset + limit)),
        previous: (offset > 0).then(|| here.at(limit, offset.saturating_sub(limit))),
        results: page.persons.iter().map(PersonAnswer::of).collect(),
    }))
}

/// One person, by its UUID or its number.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/persons/{id}",
    tag = "persons",
    params(("project_id" = String, Path), ("id" = String, Path, description = "The UUID, or the number.")),
    responses((status = 200, body = PersonAnswer), ApiError)
)]
async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Names((project, id)): Names<(String, String)>,
) -> Result<Json<PersonAnswer>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ReadPersons)?;
    Ok(Json(PersonAnswer::of(&person(&app, project, &id).await?)))
}

/// What goes with a person.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct With {
    /// Its recordings too, for good.
    #[param(value_type = Option<bool>)]
    delete_recordings: Option<String>,
    /// Taken for PostHog's sake: events are kept with recordings only, and go with them.
    #[param(value_type = Option<bool>)]
    delete_events: Option<String>,
    /// Not the person: only what goes with it.
    #[param(value_type = Option<bool>)]
    keep_person: Option<String>,
}

/// Deletes a person: what was said of it goes for good. What still comes of it makes a new one.
#[utoipa::path(
    delete,
    path = "/api/projects/{project_id}/persons/{id}",
    tag = "persons",
    params(("project_id" = String, Path), ("id" = String, Path, description = "The UUID, or the number."), With),
    responses((status = 202, description = "It is deleted."), ApiError)
)]
async fn destroy(
    State(app): State<App>,
    caller: Caller,
    Names((project, id)): Names<(String, String)>,
    Params(with): Params<With>,
) -> Result<StatusCode, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ChangePersons)?;
    flag("delete_events", with.delete_events.as_deref())?;
    let what = What {
        recordings: flag("delete_recordings", with.delete_recordings.as_deref())?,
        keep_person: flag("keep_person", with.keep_person.as_deref())?,
    };
    if what.recordings {
        caller.may(Right::DeleteRecordings)?;
    }
    flushed(&app).await;
    let person = person(&app, project, &id).await?;
    delete(&app, &caller, project, &person, what).await?;
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize, ToSchema)]
#[schema(as = PersonsBulkDelete)]
struct Asked {
    /// UUIDs, at most 1000. Those that are not there are passed over.
    #[serde(default)]
    #[schema(max_items = 1000)]
    ids: Vec<String>,
    /// Distinct ids, at most 1000: the persons to whom they belong.
    #[serde(default)]
    #[schema(max_items = 1000)]
    distinct_ids: Vec<String>,
    /// Their recordings too, for good.
    #[serde(default)]
    delete_recordings: bool,
    /// Taken for PostHog's sake: events are kept with recordings only, and go with them.
    #[serde(default, rename = "delete_events")]
    _delete_events: bool,
    /// Not the persons: only what goes with them.
    #[serde(default)]
    keep_person: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PersonsBulkDeleted)]
struct Deleted {
    persons_found: usize,
    persons_deleted: usize,
    events_queued_for_deletion: bool,
    recordings_queued_for_deletion: bool,
    /// Always empty: what cannot be deleted fails the call.
    deletion_errors: Vec<String>,
}

/// Deletes many persons.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/persons/bulk_delete",
    tag = "persons",
    params(("project_id" = String, Path)),
    request_body = Asked,
    responses(
        (status = 202, body = Deleted),
        (status = 413, description = "More bytes than are taken."),
        ApiError
    )
)]
async fn bulk_delete(
    State(app): State<App>,
    caller: Caller,
    Names(project): Names<String>,
    Body(asked): Body<Asked>,
) -> Result<(StatusCode, Json<Deleted>), ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ChangePersons)?;
    if asked.delete_recordings {
        caller.may(Right::DeleteRecordings)?;
    }
    for (attr, given) in [("ids", &asked.ids), ("distinct_ids", &asked.distinct_ids)] {
        if given.len() > AT_ONCE {
            let detail = format!("You can only pass {AT_ONCE} {attr} in one call, got {}.", given.len());
            return Err(ApiError::Invalid { attr, detail });
        }
    }
    if asked.ids.is_empty() && asked.distinct_ids.is_empty() {
        let detail = "You need to specify either distinct_ids or ids.".to_owned();
        return Err(ApiError::Invalid { attr: "ids", detail });
    }
    flushed(&app).await;
    let found = named(&app, project, &asked).await?;
    let what = What { recordings: asked.delete_recordings, keep_person: asked.keep_person };
    let mut recordings = 0;
    for person in &found {
        recordings += delete(&app, &caller, project, person, what).await?;
    }
    let answer = Deleted {
        persons_found: found.len(),
        persons_deleted: if what.keep_person { 0 } else { found.len() },
        events_queued_for_deletion: false,
        recordings_queued_for_deletion: recordings > 0,
        deletion_errors: Vec::new(),
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// The persons that are named, each once. What can name nobody names nobody.
async fn named(app: &App, project: ProjectId, asked: &Asked) -> Result<Vec<Person>, ApiError> {
    let mut found = std::collections::BTreeMap::new();
    for id in asked.ids.iter().filter_map(|id| PersonId::parse(id)) {
        if let Some(person) = app.catalog.person(project, PersonKey::Id(id)).await? {
            found.insert(person.id, person);
        }
    }
    let distinct_ids = asked.distinct_ids.iter().filter_map(|id| id.parse().ok()).collect();
    for person in app.catalog.persons_of(project, distinct_ids).await?.into_iter().flatten() {
        found.insert(person.id, person);
    }
    Ok(found.into_values().collect())
}

/// The person of a UUID or a number.
async fn person(app: &App, project: ProjectId, id: &str) -> Result<Person, ApiError> {
    let number = || id.parse().ok().map(PersonKey::Number);
    let key = PersonId::parse(id).map(PersonKey::Id).or_else(number).ok_or_else(|| ApiError::Invalid {
        attr: "id",
        detail: "The ID provided does not look like a personID. If you are using a distinctId, please use \
                 /persons?distinct_id= instead."
            .into(),
    })?;
    app.catalog.person(project, key).await?.ok_or(ApiError::NotFound)
}

/// In PostHog the parameter's presence is enough.
fn flag(attr: &'static str, text: Option<&str>) -> Result<bool, ApiError> {
    match text {
        None | Some("0" | "false" | "False") => Ok(false),
        Some("" | "1" | "true" | "True") => Ok(true),
        Some(_) => Err(ApiError::Invalid { attr, detail: "Must be a valid boolean.".into() }),
    }
}
