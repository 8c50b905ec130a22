//! `…/activity_log`: reading what was done, by whom. Of a project; and of the installation, where logins and the changes of
//! keys, users and projects stand.

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use cassette_recording::ProjectId;
use cassette_store::catalog::{Document, DocumentQuery};
use cassette_store::documents::{INSTALLATION, kinds};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::api::{Api, Names, Params, iso};
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::{Caller, Reach, Right};
use crate::recordings::dates::{self, Edge};

/// Lines of a page, unless told.
const ROWS: usize = 100;

/// Lines of a page at most.
const MOST_ROWS: usize = 1000;

/// Lines that are read at once.
const READ_ROWS: usize = 1000;

/// Lines that one request looks at. Where a filter finds little among these, the page is short and has a cursor.
const MOST_READ: usize = 50_000;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new().routes(routes!(of_project)).routes(routes!(of_installation))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// What it was done to: a session id, or `kind:id`.
    subject: Option<String>,
    /// The id of a user, or its e-mail address.
    user: Option<String>,
    /// `watched`, `exported`, `imported`, `shared`, `unshared`, `deleted`, `changed`, `logged_in`.
    action: Option<String>,
    /// ISO 8601, or relative as `-3d`.
    date_from: Option<String>,
    /// The same.
    date_to: Option<String>,
    /// Lines of a page: 100 unless told, at most 1000.
    limit: Option<String>,
    /// `next_cursor` of the page before.
    after: Option<String>,
}

/// A page of lines, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = ActivityLog)]
struct Answer {
    results: Vec<LineAnswer>,
    has_next: bool,
    /// For `after`. A page with few lines or none may have one: it is where reading stopped.
    next_cursor: Option<String>,
}

/// What was done.
#[derive(Serialize, ToSchema)]
#[schema(as = Activity)]
struct LineAnswer {
    id: String,
    created_at: Option<String>,
    /// `watched`, `exported`, `imported`, `shared`, `unshared`, `deleted`, `changed`, `logged_in`.
    activity: String,
    /// What it was done to: a session id, or `kind:id`.
    subject: String,
    /// The kind of the subject: `session_recording`, `personal_api_key`, `user`, `project`, …
    scope: String,
    /// The id of the subject.
    item_id: String,
    user: LineUser,
    /// The id of the key by which it was done; null: by a browser.
    key: Option<String>,
    /// How it was watched: `player`, `snapshots`, `download`, `direct_link`, `share`.
    via: Option<String>,
    /// What else is to be said.
    detail: Option<serde_json::Value>,
}

/// Who did it.
#[derive(Serialize, ToSchema)]
#[schema(as = ActivityUser)]
struct LineUser {
    id: String,
    email: Option<String>,
}

/// A line, as it was written.
#[derive(Deserialize)]
struct Line {
    action: String,
    subject: String,
    via: Option<String>,
    user: String,
    email: Option<String>,
    key: Option<String>,
    detail: Option<serde_json::Value>,
}

/// Behind which line a page begins: its time and id.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cursor(i64, String);

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (at, id) = text.split_once('-').ok_or(())?;
        let is_id = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if is_id { Ok(Self(at.parse().map_err(|_| ())?, id.to_owned())) } else { Err(()) }
    }
}

/// What is asked for, checked.
struct Asked {
    project: ProjectId,
    subject: Option<String>,
    user: Option<String>,
    action: Option<String>,
    from: Option<i64>,
    to: Option<i64>,
    limit: usize,
    after: Option<Cursor>,
}

/// What was done in a project: watched, exported, imported, shared, deleted.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/activity_log",
    tag = "audit",
    params(("project_id" = String, Path), Filter),
    responses((status = 200, body = Answer), ApiError)
)]
async fn of_project(
    State(app): State<App>,
    caller: Caller,
    Names(project): Names<String>,
    Params(filter): Params<Filter>,
) -> Result<Json<Answer>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ReadAudit)?;
    page(&app, &filter.of(project, app.clock.now())?).await
}

/// What was done in the installation: logins, and what became of keys, users and projects.
#[utoipa::path(
    get,
    path = "/api/activity_log",
    tag = "audit",
    params(Filter),
    responses((status = 200, body = Answer), ApiError)
)]
async fn of_installation(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<Filter>,
) -> Result<Json<Answer>, ApiError> {
    caller.may(Right::ReadAudit)?;
    if caller.reach != Reach::All {
        return Err(ApiError::Forbidden { detail: "A key of some projects does not see all of them.".into() });
    }
    page(&app, &filter.of(INSTALLATION, app.clock.now())?).await
}

impl Filter {
    fn of(self, project: ProjectId, now: i64) -> Result<Asked, ApiError> {
        let text = |value: Option<String>| value.filter(|text| !text.is_empty());
        let date = |attr: &'static str, value: Option<String>, edge: Edge| match text(value) {
            None => Ok(None),
            Some(value) => {
                dates::read(&value, edge, now).map_err(|error| ApiError::Invalid { attr, detail: error.to_string() })
            }
        };
        let limit = match text(self.limit) {
            None => ROWS,
            Some(value) => value.parse().ok().filter(|rows| (1..=MOST_ROWS).contains(rows)).ok_or_else(|| {
                let detail = format!("Expected a whole number from 1 to {MOST_ROWS}, got {value:?}.");
                ApiError::Invalid { attr: "limit", detail }
            })?,
        };
        let after = text(self.after).map(|value| value.parse::<Cursor>()).transpose().map_err(|()| {
            ApiError::Invalid { attr: "after", detail: "Expected the `next_cursor` of an answer.".into() }
        })?;
        Ok(Asked {
            project,
            subject: text(self.subject),
            user: text(self.user),
            action: text(self.action),
            from: date("date_from", self.date_from, Edge::Start)?,
            to: date("date_to", self.date_to, Edge::End)?,
            limit,
            after,
        })
    }
}

impl Asked {
    fn fits(&self, line: &Line) -> bool {
        let same = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        let email = line.email.as_deref().unwrap_or_default();
        let user = self.user.as_deref().is_none_or(|user| user == line.user || user.eq_ignore_ascii_case(email));
        same(&self.action, &line.action) && user
    }
}

/// A page of lines, the newest first.
async fn page(app: &App, asked: &Asked) -> Result<Json<Answer>, ApiError> {
    let mut results = Vec::new();
    let mut read = 0;
    // The empty id is before all ids: so a date is a place in the order too.
    let end = asked.to.map(|to| (to.saturating_add(1), String::new()));
    let mut after = asked.after.clone().map(|Cursor(at, id)| (at, id)).or(end);
    loop {
        let query = DocumentQuery {
            project: Some(asked.project),
            kind: kinds::AUDIT.name,
            parent: asked.subject.clone(),
            newest_first: true,
            after: after.clone(),
            limit: READ_ROWS,
        };
        let found = app.documents.list(query).await?;
        let is_last = found.len() < READ_ROWS;
        for document in found {
            if asked.from.is_some_and(|from| document.created_at < from) {
                return Ok(answer(results, None));
            }
            if results.len() == asked.limit {
                return Ok(answer(results, after));
            }
            read += 1;
            after = Some((document.created_at, document.id.clone()));
            let line: Line = document.read()?;
            if asked.to.is_none_or(|to| document.created_at <= to) && asked.fits(&line) {
                results.push(LineAnswer::of(&document, line));
            }
        }
        if is_last {
            return Ok(answer(results, None));
        }
        if read >= MOST_READ {
            return Ok(answer(results, after));
        }
    }
}

fn answer(results: Vec<LineAnswer>, next: Option<(i64, String)>) -> Json<Answer> {
    let next_cursor = next.map(|(at, id)| format!("{at}-{id}"));
    Json(Answer { results, has_next: next_cursor.is_some(), next_cursor })
}

impl LineAnswer {
    fn of(document: &Document, line: Line) -> Self {
        let (scope, item_id) = match line.subject.split_once(':') {
            Some((scope, id)) => (scope.to_owned(), id.to_owned()),
            None => ("session_recording".to_owned(), line.subject.clone()),
        };
        Self {
            id: document.id.clone(),
            created_at: iso(document.created_at),
            activity: line.action,
            subject: line.subject,
            scope,
            item_id,
            user: LineUser { id: line.user, email: line.email },
            key: line.key,
            via: line.via,
            detail: line.detail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_a_time_and_an_id_and_nothing_else() {
        assert_eq!("1795245310102-0a1b".parse(), Ok(Cursor(1_795_245_310_102, "0a1b".into())));
        for text in ["", "-", "x-0a", "12", "12-0A", "12-0' OR 1=1"] {
            assert_eq!(text.parse::<Cursor>(), Err(()), "{text}");
        }
    }
}
