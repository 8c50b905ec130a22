//! `…/comments` and below.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::DocumentQuery;
use cassette_store::documents::kinds;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::ask::{Asked, Which};
use super::comment::{Answer, Comment};
use crate::api::{Api, Body, Names, Params};
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::{Caller, Right};
use crate::paging::{Here, Paged, Paging};

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(list, create))
        .routes(routes!(count))
        .routes(routes!(retrieve, change))
        .routes(routes!(thread))
}

/// Those that are meant, the latest first.
async fn found(app: &App, project: ProjectId, which: &Which) -> Result<Vec<Comment>, ApiError> {
    let query = DocumentQuery {
        project: Some(project),
        parent: which.item_id.clone().filter(|item| !item.is_empty()),
        newest_first: true,
        ..DocumentQuery::all(kinds::COMMENTS.name)
    };
    let documents = app.documents.list(query).await?;
    let mut comments = documents.iter().map(Comment::read).collect::<Result<Vec<_>, _>>()?;
    comments.retain(|comment| which.holds(comment));
    Ok(comments)
}

/// Comments, the latest first.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/comments",
    tag = "comments",
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
    let project = caller.in_project(&app.projects, &project, Right::ReadComments)?;
    let answers: Vec<Answer> = found(&app, project, &which).await?.into_iter().map(Answer::from).collect();
    Ok(Json(paging.of(answers, &here)?))
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommentCount)]
struct Count {
    count: usize,
}

/// How many there are.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/comments/count",
    tag = "comments",
    params(("project_id" = String, Path), Which),
    responses((status = 200, body = Count), ApiError)
)]
async fn count(
    State(app): State<App>,
    caller: Caller,
    Names(project): Names<String>,
    Params(which): Params<Which>,
) -> Result<Json<Count>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ReadComments)?;
    Ok(Json(Count { count: found(&app, project, &which).await?.len() }))
}

/// Says something about a recording.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/comments",
    tag = "comments",
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
    let project = caller.in_project(&app.projects, &project, Right::ChangeComments)?;
    let (_, item) = asked.about()?;
    let known = match item.parse::<RecordingId>() {
        Ok(session) => {
            app.catalog.recording(project, &session).await?.is_some()
                || app.open.facts(&(project, session.clone())).is_some()
        }
        Err(_) => false,
    };
    if !known {
        let detail = format!("Expected the id of a recording, got {item:?}.");
        return Err(ApiError::Invalid { attr: "item_id", detail });
    }
    if let Some(source) = &asked.source_comment {
        let answered = comment(&app, project, source).await.ok().filter(|source| source.item_id == item);
        if answered.is_none_or(|source| source.source_comment.is_some()) {
            let detail = format!("Expected a comment on the same recording that answers none itself, got {source:?}.");
            return Err(ApiError::Invalid { attr: "source_comment", detail });
        }
    }
    let now = app.clock.now();
    let members = asked.new_members(&caller, now)?;
    let id = uuid::Builder::from_random_bytes(crate::random::bytes()).into_uuid().to_string();
    let made = app.documents.change(&kinds::COMMENTS, project, &id, &members, now).await?;
    Ok((StatusCode::CREATED, Json(Answer::from(Comment::read(&made)?))).into_response())
}

/// A comment that is not deleted.
async fn comment(app: &App, project: ProjectId, id: &str) -> Result<Comment, ApiError> {
    let document = app.documents.get(&kinds::COMMENTS, project, id).await?;
    let document = document.filter(|document| !document.is_deleted()).ok_or(ApiError::NotFound)?;
    Ok(Comment::read(&document)?)
}

/// A comment.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/comments/{comment_id}",
    tag = "comments",
    params(("project_id" = String, Path), ("comment_id" = String, Path)),
    responses((status = 200, body = Answer), ApiError)
)]
async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Names((project, id)): Names<(String, String)>,
) -> Result<Json<Answer>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ReadComments)?;
    Ok(Json(comment(&app, project, &id).await?.into()))
}

/// Changes a comment of one's own. There is no `DELETE`: `{"deleted": true}` takes it away.
#[utoipa::path(
    patch,
    path = "/api/projects/{project_id}/comments/{comment_id}",
    tag = "comments",
    params(("project_id" = String, Path), ("comment_id" = String, Path)),
    request_body = Asked,
    responses((status = 200, body = Answer), (status = 413, description = "More bytes than are taken."), ApiError)
)]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Names((project, id)): Names<(String, String)>,
    Body(asked): Body<Asked>,
) -> Result<Json<Answer>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ChangeComments)?;
    let comment = comment(&app, project, &id).await?;
    if !comment.created_by.is(&caller) {
        return Err(ApiError::Forbidden { detail: "You can only modify your own comments".into() });
    }
    let now = app.clock.now();
    let members = asked.changed_members(&comment, &caller, now)?;
    let changed = app.documents.change(&kinds::COMMENTS, project, &id, &members, now).await?;
    Ok(Json(Comment::read(&changed)?.into()))
}

/// A comment's answers, the latest first.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/comments/{comment_id}/thread",
    tag = "comments",
    params(("project_id" = String, Path), ("comment_id" = String, Path), Paging),
    responses((status = 200, body = Paged<Answer>), ApiError)
)]
async fn thread(
    State(app): State<App>,
    caller: Caller,
    Names((project, id)): Names<(String, String)>,
    Params(paging): Params<Paging>,
    here: Here,
) -> Result<Json<Paged<Answer>>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ReadComments)?;
    let item_id = match app.documents.get(&kinds::COMMENTS, project, &id).await? {
        Some(source) => Comment::read(&source)?.item_id,
        None => return Err(ApiError::NotFound),
    };
    let mut answers = found(&app, project, &Which::of_item(item_id)).await?;
    answers.retain(|comment| comment.source_comment.as_ref() == Some(&id));
    Ok(Json(paging.of(answers.into_iter().map(Answer::from).collect(), &here)?))
}
