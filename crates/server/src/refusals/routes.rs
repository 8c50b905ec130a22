//! `GET …/ingestion_health`: what comes in, what does not, and why, in words.

use axum::Json;
use axum::extract::State;
use cassette_recording::ProjectId;
use cassette_store::documents::INSTALLATION;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::counts::{Refusal, Tally};
use super::reason::{Outcome, words};
use super::{DAY_MS, TOLD_DAYS};
use crate::api::{Api, Names, iso};
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::{Caller, Reach, Right};

/// An hour.
const HOUR_MS: i64 = 3_600_000;

/// Recordings that could not be finished that one answer names.
const MOST_UNFINISHED: usize = 50;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new().routes(routes!(ingestion_health))
}

/// What comes in, and what does not. Counts are exact to five minutes.
#[derive(Serialize, ToSchema)]
#[schema(as = IngestionHealth)]
struct Answer {
    /// When something of a recording came in last; null: never.
    last_data_at: Option<String>,
    /// SDKs whose data was taken within a day, the last one first.
    sdks: Vec<Sdk>,
    /// What was sent to this project and not taken within seven days, what happened last first.
    refused: Vec<RefusedAnswer>,
    /// What was sent to this server and names no project of it; null for callers who do not see all projects.
    strangers: Option<Strangers>,
    /// How many recordings could not be turned into files.
    unfinished_count: usize,
    /// Some of them, for callers who may list recordings.
    unfinished: Vec<Unfinished>,
}

/// An SDK that sent something.
#[derive(Serialize, ToSchema)]
#[schema(as = SeenSdk)]
struct Sdk {
    /// Name and version, as `web 1.449.2`; `others` for the rest of very many.
    name: String,
    last_seen_at: Option<String>,
    /// Items that were taken.
    last_24_hours: u64,
}

/// Something that was not taken.
#[derive(Serialize, ToSchema)]
#[schema(as = Refusal)]
struct RefusedAnswer {
    /// A short word that stays the same.
    reason: String,
    outcome: Outcome,
    /// What it means.
    means: &'static str,
    /// What to do about it.
    to_do: &'static str,
    last_hour: u64,
    last_24_hours: u64,
    last_7_days: u64,
    /// Within these days.
    first_at: Option<String>,
    last_at: Option<String>,
    /// SDK and version of the last one, where it said so.
    sdk: Option<String>,
    /// Host of the page that sent the last one.
    host: Option<String>,
}

/// Requests that name no project of this server.
#[derive(Serialize, ToSchema)]
#[schema(as = StrangeRequests)]
struct Strangers {
    refused: Vec<RefusedAnswer>,
    /// The tokens that they named, by their first letters.
    tokens: Vec<StrangeToken>,
}

/// A token that is nobody's.
#[derive(Serialize, ToSchema)]
struct StrangeToken {
    /// Its first letters.
    begins: String,
    last_7_days: u64,
    last_at: Option<String>,
    /// SDK and version of the last request, where it said so.
    sdk: Option<String>,
    /// Host of the page that sent it.
    host: Option<String>,
}

/// A recording that could not be turned into a file. Its data is safe and it plays; it is tried again.
#[derive(Serialize, ToSchema)]
#[schema(as = UnfinishedRecording)]
struct Unfinished {
    session_id: String,
    /// What went wrong the last time.
    why: String,
    /// When it went wrong first.
    since: Option<String>,
    attempts: u32,
    next_attempt_at: Option<String>,
}

/// Whether data comes in, what was not taken and why, and which recordings could not be finished.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/ingestion_health",
    tag = "projects",
    params(("project_id" = String, Path)),
    responses((status = 200, body = Answer), ApiError)
)]
async fn ingestion_health(
    State(app): State<App>,
    caller: Caller,
    Names(project): Names<String>,
) -> Result<Json<Answer>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ReadProject)?;
    let now = app.clock.now();
    let counts = app.refusals.of_project(project, now);
    let mut sdks: Vec<(String, Tally)> = counts.sdks.into_iter().collect();
    sdks.retain(|(_, tally)| tally.last_at > now - DAY_MS);
    sdks.sort_by_key(|(_, tally)| -tally.last_at);
    // The catalog remembers longer than these counts.
    let last_data_at = match sdks.first() {
        Some((_, tally)) => Some(tally.last_at),
        None => app.catalog.usage(project, now).await?.last_arrival,
    };
    let sees_all = caller.reach == Reach::All && caller.may(Right::ChangeProject).is_ok();
    let (unfinished_count, unfinished) = unfinished(&app, &caller, project);
    Ok(Json(Answer {
        last_data_at: last_data_at.and_then(iso),
        sdks: sdks.into_iter().map(|(name, tally)| Sdk::of(name, &tally, now)).collect(),
        refused: refused(counts.refused, now),
        strangers: sees_all.then(|| strangers(&app, now)),
        unfinished_count,
        unfinished,
    }))
}

fn refused(mut found: Vec<Refusal>, now: i64) -> Vec<RefusedAnswer> {
    found.retain(|refusal| refusal.tally.since(now - TOLD_DAYS * DAY_MS) > 0);
    found.sort_by_key(|refusal| -refusal.tally.last_at);
    found.into_iter().map(|refusal| RefusedAnswer::of(refusal, now)).collect()
}

fn strangers(app: &App, now: i64) -> Strangers {
    let counts = app.refusals.of_project(INSTALLATION, now);
    let mut tokens: Vec<(String, Tally)> = counts.tokens.into_iter().collect();
    tokens.sort_by_key(|(_, tally)| -tally.last_at);
    let tokens = tokens.into_iter().map(|(begins, tally)| StrangeToken {
        begins,
        last_7_days: tally.since(now - TOLD_DAYS * DAY_MS),
        last_at: iso(tally.last_at),
        sdk: tally.example.sdk,
        host: tally.example.host,
    });
    Strangers { refused: refused(counts.refused, now), tokens: tokens.collect() }
}

/// How many recordings of a project could not be finished, and those that the caller may know of.
fn unfinished(app: &App, caller: &Caller, project: ProjectId) -> (usize, Vec<Unfinished>) {
    let failing = app.failing.of_project(project);
    let count = failing.len();
    if caller.may(Right::ListRecordings).is_err() {
        return (count, Vec::new());
    }
    let named = failing.into_iter().take(MOST_UNFINISHED).map(|(session, failure)| Unfinished {
        session_id: session.to_string(),
        why: failure.why,
        since: iso(failure.since),
        attempts: failure.attempts,
        next_attempt_at: iso(failure.next_at),
    });
    (count, named.collect())
}

impl Sdk {
    fn of(name: String, tally: &Tally, now: i64) -> Self {
        Self { name, last_seen_at: iso(tally.last_at), last_24_hours: tally.since(now - DAY_MS) }
    }
}

impl RefusedAnswer {
    fn of(refusal: Refusal, now: i64) -> Self {
        let Refusal { outcome, reason, tally } = refusal;
        let words = words(&reason);
        Self {
            reason,
            outcome,
            means: words.means,
            to_do: words.to_do,
            last_hour: tally.since(now - HOUR_MS),
            last_24_hours: tally.since(now - DAY_MS),
            last_7_days: tally.since(now - TOLD_DAYS * DAY_MS),
            first_at: iso(tally.first_at),
            last_at: iso(tally.last_at),
            sdk: tally.example.sdk,
            host: tally.example.host,
        }
    }
}
