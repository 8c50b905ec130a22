//! The recordings of a collection, as rows of the list.

use cassette_recording::ProjectId;
use cassette_store::catalog::{ListPage, ListQuery};

use super::collection::{Collection, Kind};
use super::{filters, items};
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::Caller;
use crate::recordings::{RecordingList, Recordings};

/// Those that a collection holds, or that its filters find now.
pub(super) async fn answer(
    app: &App,
    caller: &Caller,
    project: ProjectId,
    collection: &Collection,
    pairs: &[(String, String)],
) -> Result<RecordingList, ApiError> {
    let page = page(app, caller, project, collection, pairs).await?;
    let results = Recordings::of(app).answers(project, caller, page.rows).await?;
    Ok(RecordingList::new(results, page.has_next, page.next_cursor.as_ref()))
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
