//! `GET …/storage_use`.

use axum::Json;
use axum::extract::State;
use cassette_store::catalog::{Occupied, Usage};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{Disk, Listing, Stored};
use crate::api::{Api, Names, Params, iso};
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::{Caller, Right};

/// A day.
const DAY_MS: i64 = 24 * 3_600_000;

/// Days that are told, unless asked for others.
const DAYS: u32 = 30;

/// Days that can be asked for.
const MOST_DAYS: u32 = 366;

/// The folder of finished recordings, which the catalog tells of.
const RECORDINGS: &str = "recordings";

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new().routes(routes!(storage_use))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Days to be told one by one, today included: 30 unless told, 366 at most.
    #[param(minimum = 1, maximum = 366)]
    days: Option<u32>,
}

/// What a project takes up.
#[derive(Serialize, ToSchema)]
#[schema(as = StorageUse)]
struct Answer {
    /// All recordings.
    recordings: OccupiedAnswer,
    /// What of them is not in a finished file yet.
    live: OccupiedAnswer,
    /// What lies beside recordings; null while it is being counted for the first time.
    others: Option<Others>,
    /// Recordings by the day (UTC) on which their first data came, the earliest first; today is the last.
    days: Vec<Day>,
    /// The disk that the server's folder lies on; null where that is not known.
    disk: Option<Disk>,
}

/// Recordings, and what they take up.
#[derive(Serialize, ToSchema)]
#[schema(as = OccupiedStorage)]
struct OccupiedAnswer {
    recordings: u64,
    /// In the bucket.
    stored_bytes: u64,
    /// Before compression.
    raw_bytes: u64,
}

/// What lies beside recordings.
#[derive(Serialize, ToSchema)]
#[schema(as = OtherStorage)]
struct Others {
    /// When it was counted.
    counted_at: Option<String>,
    /// What SDKs said of persons.
    persons: Stored,
    /// What is made from recordings and can be made again.
    derived: Stored,
    /// Files of recorded pages.
    assets: Stored,
    /// All else: settings, shares, collections, comments, what was watched, the activity log.
    documents: Stored,
}

#[derive(Serialize, ToSchema)]
#[schema(as = StorageDay)]
struct Day {
    /// `yyyy-mm-dd`.
    day: String,
    #[serde(flatten)]
    occupied: OccupiedAnswer,
}

impl From<Occupied> for OccupiedAnswer {
    fn from(occupied: Occupied) -> Self {
        let Occupied { recordings, stored_bytes, raw_bytes } = occupied;
        Self { recordings, stored_bytes, raw_bytes }
    }
}

impl Others {
    fn of(listing: &Listing) -> Self {
        let zero = Stored::default();
        let (mut persons, mut derived, mut assets, mut documents) = (zero, zero, zero, zero);
        for (folder, stored) in &listing.folders {
            let sum = match folder.as_str() {
                RECORDINGS => continue,
                "persons" => &mut persons,
                "derived" | "keyframes" | "tables" => &mut derived,
                "assets" => &mut assets,
                _ => &mut documents,
            };
            sum.objects += stored.objects;
            sum.bytes += stored.bytes;
        }
        Self { counted_at: iso(listing.at), persons, derived, assets, documents }
    }
}

/// What the project's recordings and all else of it take up, day by day, and what the disk has left.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/storage_use",
    tag = "projects",
    params(("project_id" = String, Path), Asked),
    responses((status = 200, body = Answer), ApiError)
)]
async fn storage_use(
    State(app): State<App>,
    caller: Caller,
    Names(project): Names<String>,
    Params(asked): Params<Asked>,
) -> Result<Json<Answer>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ReadProject)?;
    let count = asked.days.unwrap_or(DAYS);
    if !(1..=MOST_DAYS).contains(&count) {
        let detail = format!("Expected 1 to {MOST_DAYS} days, got {count}.");
        return Err(ApiError::Invalid { attr: "days", detail });
    }
    let today = app.clock.now().div_euclid(DAY_MS);
    let first = today - i64::from(count) + 1;
    let usage = app.catalog.usage(project, first * DAY_MS).await?;
    let listing = app.storage_use.listing(project).await;
    Ok(Json(Answer {
        days: days(&usage, first, today),
        recordings: usage.total.into(),
        live: usage.live.into(),
        others: listing.as_deref().map(Others::of),
        disk: app.storage_use.disk(),
    }))
}

/// Each day from the first to the last, also those on which nothing came.
fn days(usage: &Usage, first: i64, last: i64) -> Vec<Day> {
    let of = |day: i64| usage.days.iter().find(|(found, _)| *found == day).map(|(_, occupied)| *occupied);
    let name = |day: i64| iso(day * DAY_MS).map(|mut time| time.drain(..10).collect()).unwrap_or_default();
    (first..=last).map(|day| Day { day: name(day), occupied: of(day).unwrap_or_default().into() }).collect()
}
