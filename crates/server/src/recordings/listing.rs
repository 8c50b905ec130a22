//! `GET …/session_recordings/`, and which events made a recording match.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Json, http::HeaderName};
use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::{Cursor, ListQuery, RecordingFacts, RecordingRow};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::query::{self, Asked};
use super::viewed::Views;
use super::whose::tell_persons;
use super::{RecordingAnswer, Recordings};
use crate::api::{Names, Params, iso};
use crate::api_error::ApiError;
use crate::auth::{Caller, Right};
use crate::server_timing::ServerTiming;

/// PostHog's version of this answer.
const VERSION: u32 = 4;

/// Events that one answer names.
const MOST_EVENTS: usize = 1000;

/// How the list can be asked. Arrays and objects are JSON; every other parameter of PostHog is ignored.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what `query` reads")]
pub(super) struct ListParameters {
    /// Begun since: ISO 8601, or relative as `-3d`, `-24h`. Unless told, since ever.
    date_from: Option<String>,
    /// Begun until; a date stands for its last moment.
    date_to: Option<String>,
    /// JSON array: only these, in this order, whenever they began.
    session_ids: Option<String>,
    /// Comes first, even if it does not match; `matches_filters` is false then.
    session_recording_id: Option<String>,
    /// Recordings of a person.
    person_uuid: Option<String>,
    /// JSON array: recordings with one of these.
    distinct_ids: Option<String>,
    /// JSON array of property filters, or groups of them, of the types event, person, recording and log_entry.
    properties: Option<String>,
    /// JSON array of events that must occur: `{"id": "$pageview", "properties": [filter]}`.
    events: Option<String>,
    /// JSON array of filters with the keys `level` and `message`.
    console_log_filters: Option<String>,
    /// JSON array of filters by what is counted.
    having_predicates: Option<String>,
    /// One filter of the text of comments.
    comment_text: Option<String>,
    /// `AND` (unless told) or `OR`: how the five above are joined.
    operand: Option<String>,
    /// `current-user` or `any-user`.
    hide_viewed_recordings: Option<String>,
    /// `start_time` (unless told), `duration`, `active_seconds`, `inactive_seconds`, `click_count`, `keypress_count`,
    /// `mouse_activity_count`, `console_error_count`, `rage_click_count`, `dead_click_count`, `error_click_count`,
    /// `quick_back_count`, `thrashing_count`, `activity_score`.
    order: Option<String>,
    /// `DESC` (unless told) or `ASC`.
    order_direction: Option<String>,
    /// Rows of a page, 1 to 1000; 50 unless told.
    limit: Option<String>,
    /// Rows to pass over.
    offset: Option<String>,
    /// `next_cursor` of an earlier answer to the same question.
    after: Option<String>,
    /// Text within a distinct id.
    person: Option<String>,
    /// Text within the address of a visited page.
    page: Option<String>,
    /// `1`: with a console error or an exception.
    errors: Option<String>,
    /// `1`: running.
    live: Option<String>,
    /// `1`: the answer says how many recordings all pages hold. That reads all of them: ask once, not for each page.
    count: Option<String>,
}

/// A page of recordings.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordingList {
    results: Vec<RecordingAnswer>,
    has_next: bool,
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// On all pages together, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

impl RecordingList {
    pub(crate) fn new(results: Vec<RecordingAnswer>, has_next: bool, next_cursor: Option<&Cursor>) -> Self {
        Self { results, has_next, version: VERSION, next_cursor: next_cursor.map(Cursor::to_string), count: None }
    }
}

/// Recordings, the newest first.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recordings",
    tag = "recordings",
    params(("project_id" = String, Path), ListParameters),
    responses((status = 200, body = RecordingList), ApiError)
)]
pub(super) async fn list(
    State(recordings): State<Arc<Recordings>>,
    caller: Caller,
    Names(project): Names<String>,
    Params(pairs): Params<Vec<(String, String)>>,
) -> Result<Response, ApiError> {
    let mut timing = ServerTiming::begin();
    let project = caller.in_project(&recordings.projects, &project, Right::ListRecordings)?;
    let asked = recordings.asked(project, &caller, &pairs).await?;
    let page = recordings.catalog.list(asked.query.clone()).await?;
    timing.mark("rows");
    let mut count = None;
    if asked.count {
        count = Some(recordings.catalog.count(asked.query.clone()).await?);
        timing.mark("count");
    }
    let (mut rows, mut unmatched) = (page.rows, None);
    if let Some(first) = &asked.first {
        (rows, unmatched) = recordings.with_first(first, rows, &asked.query).await?;
    }
    let mut results = recordings.answers(project, &caller, rows).await?;
    if unmatched.is_some()
        && let Some(first) = results.first_mut()
    {
        first.set_unmatched();
    }
    timing.mark("views");
    let answer = RecordingList { count, ..RecordingList::new(results, page.has_next, page.next_cursor.as_ref()) };
    Ok(([(SERVER_TIMING, timing.to_string())], Json(answer)).into_response())
}

pub(super) const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// That a recording is shown although it does not match.
struct Unmatched;

impl Recordings {
    /// What these pairs of a query ask for.
    pub(crate) async fn asked(
        &self,
        project: ProjectId,
        caller: &Caller,
        pairs: &[(String, String)],
    ) -> Result<Asked, ApiError> {
        let asked = query::read(project, pairs, &caller.user, self.clock.now())?;
        Ok(asked.with_person(&*self.catalog, project).await?)
    }

    /// A page that begins with this recording, if there is one: moved there, or put there although it does not match.
    async fn with_first(
        &self,
        first: &RecordingId,
        mut rows: Vec<RecordingRow>,
        query: &ListQuery,
    ) -> Result<(Vec<RecordingRow>, Option<Unmatched>), ApiError> {
        if let Some(at) = rows.iter().position(|row| row.session == *first) {
            rows[..=at].rotate_right(1);
            return Ok((rows, None));
        }
        let Some(row) = self.catalog.recording(query.project, first).await? else { return Ok((rows, None)) };
        let started_at = row.facts.started_at();
        let in_window = query.date_from.is_none_or(|from| from <= started_at)
            && query.date_to.is_none_or(|to| started_at <= to)
            && query.session_ids.as_ref().is_none_or(|ids| ids.contains(first));
        let alone = ListQuery { session_ids: Some(vec![first.clone()]), offset: 0, ..query.clone() };
        let matches = in_window && !self.catalog.list(alone).await?.rows.is_empty();
        rows.insert(0, row);
        Ok((rows, (!matches).then_some(Unmatched)))
    }

    /// How long the project keeps its recordings.
    pub(super) fn retention_days(&self, project: ProjectId) -> Option<u32> {
        self.projects.get(project)?.retention_days
    }

    /// These rows, as this caller sees them.
    pub(crate) async fn answers(
        &self,
        project: ProjectId,
        caller: &Caller,
        rows: Vec<RecordingRow>,
    ) -> Result<Vec<RecordingAnswer>, ApiError> {
        let now = self.clock.now();
        let mut views = Views::of(self, project, caller, rows.iter().map(|row| &row.session)).await?;
        let retention = self.retention_days(project);
        let answers = rows.into_iter().map(|row| {
            let unflushed = self.unflushed.facts(project, &row.session);
            let last_arrival = last_arrival(&row.facts, unflushed.as_ref());
            let mut answer = RecordingAnswer::of(row, unflushed.as_ref(), now);
            answer.set_retention(retention, last_arrival, now);
            views.tell(&mut answer);
            answer
        });
        let mut answers: Vec<_> = answers.collect();
        tell_persons(&*self.catalog, project, &mut answers).await?;
        Ok(answers)
    }
}

/// When something of a recording came in last.
pub(super) fn last_arrival(facts: &RecordingFacts, unflushed: Option<&RecordingFacts>) -> i64 {
    unflushed.map_or(facts.last_arrival, |unflushed| facts.last_arrival.max(unflushed.last_arrival))
}

#[derive(Serialize, ToSchema)]
pub(super) struct MatchingEvents {
    results: Vec<MatchingEvent>,
}

#[derive(Serialize, ToSchema)]
struct MatchingEvent {
    uuid: Option<String>,
    timestamp: Option<String>,
}

/// The events of one recording (`session_ids` with one id) that the filters `events` and `properties` ask for.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recordings/matching_events",
    tag = "recordings",
    params(("project_id" = String, Path), ListParameters),
    responses((status = 200, body = MatchingEvents), ApiError)
)]
pub(super) async fn matching_events(
    State(recordings): State<Arc<Recordings>>,
    caller: Caller,
    Names(project): Names<String>,
    Params(pairs): Params<Vec<(String, String)>>,
) -> Result<Json<MatchingEvents>, ApiError> {
    let project = caller.in_project(&recordings.projects, &project, Right::ListRecordings)?;
    let asked = recordings.asked(project, &caller, &pairs).await?;
    let Some([session]) = asked.query.session_ids.as_deref() else {
        let detail = "Must specify exactly one session_id".to_owned();
        return Err(ApiError::Invalid { attr: "session_ids", detail });
    };
    let Some(condition) = asked.query.condition else {
        let detail = "Must specify at least one event or action filter, or event properties filter".to_owned();
        return Err(ApiError::Invalid { attr: "events", detail });
    };
    let events = recordings.catalog.matching_events(project, session, condition, MOST_EVENTS).await?;
    let results = events.into_iter().map(|event| MatchingEvent { uuid: event.uuid, timestamp: iso(event.at) });
    Ok(Json(MatchingEvents { results: results.collect() }))
}
