//! What a retention would delete now: asked before it is set.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{MOST_DAYS, kept_since};
use crate::api::{Api, Names, Params, iso};
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::{Caller, Right};

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new().routes(routes!(preview))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Days, 1 to 36500; the project's own unless told.
    #[param(minimum = 1, maximum = 36500)]
    days: Option<u32>,
}

/// What a retention deletes.
#[derive(Serialize, ToSchema)]
#[schema(as = RetentionPreview)]
struct Answer {
    /// Of which retention this is told; null: recordings are kept for ever.
    days: Option<u32>,
    /// Recordings to which nothing came since then are deleted.
    deletes_before: Option<String>,
    /// How many these are now. What still runs is not among them.
    recordings: u64,
    /// What they take up.
    stored_bytes: u64,
}

/// How many recordings a retention would delete if it were set now. Nothing is changed.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/retention",
    tag = "projects",
    params(("project_id" = String, Path), Asked),
    responses((status = 200, body = Answer), ApiError)
)]
async fn preview(
    State(app): State<App>,
    caller: Caller,
    Names(project): Names<String>,
    Params(asked): Params<Asked>,
) -> Result<Json<Answer>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ReadProject)?;
    if let Some(days) = asked.days {
        must_be_days("days", days)?;
    }
    let own = app.project_store.get(project).await?.and_then(|stored| stored.project.retention_days);
    let Some(days) = asked.days.or(own) else {
        return Ok(Json(Answer { days: None, deletes_before: None, recordings: 0, stored_bytes: 0 }));
    };
    let before = kept_since(app.clock.now(), days);
    let expired = app.catalog.expired_total(project, before).await?;
    Ok(Json(Answer {
        days: Some(days),
        deletes_before: iso(before),
        recordings: expired.recordings,
        stored_bytes: expired.stored_bytes,
    }))
}

/// Refuses what is no retention: a day at least, so that nothing is deleted while its page still sends.
pub(crate) fn must_be_days(attr: &'static str, days: u32) -> Result<(), ApiError> {
    match (1..=MOST_DAYS).contains(&days) {
        true => Ok(()),
        false => {
            let detail = format!("Expected 1 to {MOST_DAYS} days, or null to keep recordings for ever, got {days}.");
            Err(ApiError::Invalid { attr, detail })
        }
    }
}
