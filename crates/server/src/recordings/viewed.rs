//! Who watched what, as people say it themselves: the marks that the list shows and hides by.
//!
//! A mark is a document of its own for each user and recording; taking it back removes the document. That somebody in fact
//! watched is a line of the audit, which nobody takes back.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::Document;
use cassette_store::documents::{id_of, kinds};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{RecordingAnswer, Recordings};
use crate::api::{Body, Names};
use crate::api_error::ApiError;
use crate::auth::{Caller, Right};

/// Recordings that one call marks or unmarks.
const MOST_MARKED: usize = 20;

/// Recordings that one call asks for.
const MOST_ASKED: usize = 100;

#[derive(Serialize)]
struct Mark<'a> {
    session_id: &'a str,
    user: &'a str,
    email: Option<&'a str>,
}

#[derive(Deserialize)]
struct ReadMark {
    session_id: String,
    user: String,
    #[serde(default)]
    email: Option<String>,
}

/// Who watched each of some recordings.
#[derive(Debug, Default)]
pub(crate) struct Views {
    by_session: HashMap<String, (bool, Vec<String>)>,
}

impl Views {
    pub(crate) async fn of<'a>(
        recordings: &Recordings,
        project: ProjectId,
        caller: &Caller,
        sessions: impl Iterator<Item = &'a RecordingId>,
    ) -> Result<Self, ApiError> {
        let sessions = sessions.map(|session| session.as_str().to_owned()).collect();
        let marks = recordings.documents.below(&kinds::VIEWED, project, sessions).await?;
        let mut views = Self::default();
        for mark in &marks {
            views.take(mark, caller)?;
        }
        Ok(views)
    }

    fn take(&mut self, mark: &Document, caller: &Caller) -> Result<(), ApiError> {
        let ReadMark { session_id, user, email } = mark.read()?;
        let (mine, others) = self.by_session.entry(session_id).or_default();
        if user == caller.user {
            *mine = true;
        } else {
            others.push(email.unwrap_or(user));
        }
        Ok(())
    }

    /// How many of them the caller watched.
    pub(crate) fn mine(&self) -> usize {
        self.by_session.values().filter(|(mine, _)| *mine).count()
    }

    /// Whether the caller watched it, and who else did.
    pub(super) fn of_session(&mut self, session: &str) -> (bool, Vec<String>) {
        self.by_session.remove(session).unwrap_or_default()
    }

    /// Into the answers of a list, each once.
    pub(super) fn tell(&mut self, answer: &mut RecordingAnswer) {
        let (viewed, viewers) = self.of_session(answer.id());
        answer.set_views(viewed, viewers);
    }
}

impl Recordings {
    async fn mark(&self, project: ProjectId, caller: &Caller, session: &RecordingId) -> Result<(), ApiError> {
        let id = id_of(&[&caller.user, session.as_str()]);
        // A mark that is there says all that another one would.
        if self.documents.get(&kinds::VIEWED, project, &id).await?.is_none() {
            let mark = Mark { session_id: session.as_str(), user: &caller.user, email: caller.email.as_deref() };
            self.documents.change(&kinds::VIEWED, project, &id, &mark, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Whether the project has such a recording.
    pub(super) async fn exists(&self, project: ProjectId, session: &RecordingId) -> Result<bool, ApiError> {
        let known = self.catalog.recording(project, session).await?.is_some();
        Ok(known || self.unflushed.facts(project, session).is_some())
    }
}

/// What a change of a recording may say. At least one of `viewed` and `analyzed` is true.
#[derive(Deserialize, ToSchema)]
#[schema(as = RecordingChange)]
pub(super) struct Change {
    #[serde(default)]
    viewed: Option<bool>,
    #[serde(default)]
    analyzed: Option<bool>,
    /// What PostHog's player tells of itself; taken and not kept.
    #[serde(default)]
    #[expect(dead_code, reason = "its type is checked")]
    player_metadata: Option<Map<String, Value>>,
}

/// That it was done.
#[derive(Serialize, ToSchema)]
#[schema(as = Success)]
pub(super) struct Done {
    success: bool,
}

/// Marks a recording as viewed by the caller.
#[utoipa::path(
    patch,
    path = "/api/projects/{project_id}/session_recordings/{session_id}",
    tag = "recordings",
    params(("project_id" = String, Path), ("session_id" = String, Path)),
    request_body = Change,
    responses((status = 200, body = Done), (status = 413, description = "More than two megabytes."), ApiError)
)]
pub(super) async fn patch(
    recordings: State<Arc<Recordings>>,
    caller: Caller,
    names: Names<(String, String)>,
    body: Body<Change>,
) -> Result<Json<Done>, ApiError> {
    change(recordings, caller, names, body).await
}

/// As PATCH.
#[utoipa::path(
    put,
    path = "/api/projects/{project_id}/session_recordings/{session_id}",
    tag = "recordings",
    params(("project_id" = String, Path), ("session_id" = String, Path)),
    request_body = Change,
    responses((status = 200, body = Done), (status = 413, description = "More than two megabytes."), ApiError)
)]
pub(super) async fn put(
    recordings: State<Arc<Recordings>>,
    caller: Caller,
    names: Names<(String, String)>,
    body: Body<Change>,
) -> Result<Json<Done>, ApiError> {
    change(recordings, caller, names, body).await
}

async fn change(
    State(recordings): State<Arc<Recordings>>,
    caller: Caller,
    Names((project, session)): Names<(String, String)>,
    Body(change): Body<Change>,
) -> Result<Json<Done>, ApiError> {
    let project = caller.in_project(&recordings.projects, &project, Right::ChangeRecordings)?;
    let session: RecordingId = session.parse().map_err(|_| ApiError::NotFound)?;
    if change.viewed != Some(true) && change.analyzed != Some(true) {
        let detail = "Expected viewed or analyzed to be true.".to_owned();
        return Err(ApiError::Invalid { attr: "viewed", detail });
    }
    if !recordings.exists(project, &session).await? {
        return Err(ApiError::NotFound);
    }
    if change.viewed == Some(true) {
        recordings.mark(project, &caller, &session).await?;
    }
    Ok(Json(Done { success: true }))
}

/// Who watched a recording.
#[derive(Serialize, ToSchema)]
pub(super) struct Viewed {
    /// The caller did.
    viewed: bool,
    /// Others did.
    other_viewers: usize,
}

/// Whether the caller watched a recording, and how many others did.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recordings/{session_id}/viewed",
    tag = "recordings",
    params(("project_id" = String, Path), ("session_id" = String, Path)),
    responses((status = 200, body = Viewed), ApiError)
)]
pub(super) async fn viewed(
    State(recordings): State<Arc<Recordings>>,
    caller: Caller,
    Names((project, session)): Names<(String, String)>,
) -> Result<Json<Viewed>, ApiError> {
    let project = caller.in_project(&recordings.projects, &project, Right::ListRecordings)?;
    let session: RecordingId = session.parse().map_err(|_| ApiError::NotFound)?;
    if !recordings.exists(project, &session).await? {
        return Err(ApiError::NotFound);
    }
    let mut views = Views::of(&recordings, project, &caller, std::iter::once(&session)).await?;
    let (viewed, others) = views.of_session(session.as_str());
    Ok(Json(Viewed { viewed, other_viewers: others.len() }))
}

/// Recordings by their ids.
#[derive(Deserialize, ToSchema)]
#[schema(as = RecordingIds)]
pub(super) struct Named {
    /// 1 to 20 of them.
    session_recording_ids: Vec<String>,
}

impl Named {
    fn read(&self) -> Result<Vec<RecordingId>, ApiError> {
        let named = self.session_recording_ids.len();
        if !(1..=MOST_MARKED).contains(&named) {
            let detail = format!("Cannot process more than {MOST_MARKED} recordings at once, nor none: got {named}.");
            return Err(ApiError::Invalid { attr: "session_recording_ids", detail });
        }
        Ok(self.session_recording_ids.iter().filter_map(|id| id.parse().ok()).collect())
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct BulkViewed {
    success: bool,
    viewed_count: usize,
    total_requested: usize,
}

/// Marks recordings as viewed by the caller; unknown ids are passed over.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/session_recordings/bulk_viewed",
    tag = "recordings",
    params(("project_id" = String, Path)),
    request_body = Named,
    responses((status = 200, body = BulkViewed), (status = 413, description = "More than two megabytes."), ApiError)
)]
pub(super) async fn bulk_viewed(
    State(recordings): State<Arc<Recordings>>,
    caller: Caller,
    Names(project): Names<String>,
    Body(named): Body<Named>,
) -> Result<Json<BulkViewed>, ApiError> {
    let project = caller.in_project(&recordings.projects, &project, Right::ChangeRecordings)?;
    let mut viewed_count = 0;
    for session in named.read()? {
        if recordings.exists(project, &session).await? {
            recordings.mark(project, &caller, &session).await?;
            viewed_count += 1;
        }
    }
    Ok(Json(BulkViewed { success: true, viewed_count, total_requested: named.session_recording_ids.len() }))
}

#[derive(Serialize, ToSchema)]
pub(super) struct BulkNotViewed {
    success: bool,
    not_viewed_count: usize,
    total_requested: usize,
}

/// Takes the caller's marks from recordings.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/session_recordings/bulk_not_viewed",
    tag = "recordings",
    params(("project_id" = String, Path)),
    request_body = Named,
    responses((status = 200, body = BulkNotViewed), (status = 413, description = "More than two megabytes."), ApiError)
)]
pub(super) async fn bulk_not_viewed(
    State(recordings): State<Arc<Recordings>>,
    caller: Caller,
    Names(project): Names<String>,
    Body(named): Body<Named>,
) -> Result<Json<BulkNotViewed>, ApiError> {
    let project = caller.in_project(&recordings.projects, &project, Right::ChangeRecordings)?;
    let mut not_viewed_count = 0;
    for session in named.read()? {
        let id = id_of(&[&caller.user, session.as_str()]);
        if recordings.documents.get(&kinds::VIEWED, project, &id).await?.is_some() {
            recordings.documents.erase(&kinds::VIEWED, project, &id).await?;
            not_viewed_count += 1;
        }
    }
    Ok(Json(BulkNotViewed { success: true, not_viewed_count, total_requested: named.session_recording_ids.len() }))
}

/// Recordings to look for.
#[derive(Deserialize, ToSchema)]
pub(super) struct LookedFor {
    /// At most 100.
    session_ids: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Existing {
    /// Each id, and whether there is such a recording.
    results: std::collections::BTreeMap<String, bool>,
}

/// Which of some recordings there are.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/session_recordings/batch_check_exists",
    tag = "recordings",
    params(("project_id" = String, Path)),
    request_body = LookedFor,
    responses((status = 200, body = Existing), (status = 413, description = "More than two megabytes."), ApiError)
)]
pub(super) async fn batch_check_exists(
    State(recordings): State<Arc<Recordings>>,
    caller: Caller,
    Names(project): Names<String>,
    Body(LookedFor { session_ids }): Body<LookedFor>,
) -> Result<Json<Existing>, ApiError> {
    let project = caller.in_project(&recordings.projects, &project, Right::ListRecordings)?;
    if session_ids.len() > MOST_ASKED {
        let detail = format!("Expected at most {MOST_ASKED} ids, got {}.", session_ids.len());
        return Err(ApiError::Invalid { attr: "session_ids", detail });
    }
    let mut results = std::collections::BTreeMap::new();
    for id in session_ids {
        let exists = match id.parse::<RecordingId>() {
            Ok(session) => recordings.exists(project, &session).await?,
            Err(_) => false,
        };
        results.insert(id, exists);
    }
    Ok(Json(Existing { results }))
}
