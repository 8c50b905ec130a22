//! The recordings of a collection, as rows of the list.

use cassette_recording::ProjectId;
use cassette_store::catalog::{Cursor, ListPage, ListQuery};
use serde::Serialize;
use utoipa::ToSchema;

use super::collection::{Collection, Kind};
use super::{filters, items};
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::Caller;
use crate::recordings::{RecordingAnswer, Recordings};

/// PostHog's version of this answer.
const VERSION: u32 = 4;

/// A page of recordings.
#[derive(Serialize, ToSchema)]
#[schema(as = CollectionRecordings)]
pub(super) struct Answer {
    results: Vec<RecordingAnswer>,
    has_next: bool,
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Those that a collection holds, or that its filters find now.
pub(super) async fn answer(
    app: &App,
    caller: &Caller,
    project: ProjectId,
    collection: &Collection,
    pairs: &[(String, String)],
) -> Result<Answer, ApiError> {
    let page = page(app, caller, project, collection, pairs).await?;
    Ok(Answer {
        results: Recordings::of(app).answers(project, caller, page.rows).await?,
        has_next: page.has_next,
        version: VERSION,
        next_cursor: page.next_cursor.as_ref().map(Cursor::to_string),
    })
}

/// A page of them, as far as they are there still.
pub(super) async fn page(
    app: &App,
    caller: &Caller,
    project: ProjectId,
    collection: &Collection,
    pairs: &[(String, String)],
) -> Result<ListPage, ApiError> {
    let recordings = Recordings::of(app);
    let paging = |name: &str| matches!(name, "limit" | "offset" | "after");
    let asked: Vec<_> = pairs.iter().filter(|(name, _)| paging(name)).cloned().collect();
    let query = match collection.kind {
        Kind::Collection => {
            let sessions = items::sessions(app, project, &collection.short_id).await?;
            // Those that were put in last stand first, as in PostHog.
            let sessions = sessions.into_iter().rev().collect();
            let read = recordings.asked(project, caller, &asked).await?.query;
            ListQuery { session_ids: Some(sessions), include_empty: true, ..read }
        }
        Kind::Filters => {
            let saved = filters::parameters(&collection.filters);
            recordings.asked(project, caller, &[saved, asked].concat()).await?.query
        }
    };
    Ok(app.catalog.list(query).await?)
}
