//! Collections: recordings that somebody gathered under a name; and saved filters, which find theirs anew each time.
//! PostHog calls both playlists.
//!
//! ## Invariants
//!
//! 1. A collection is a document, and so is each of its recordings: two who add at once lose nothing.
//! 2. What a collection holds is asked of the catalog when it is read: recordings that were deleted since fall out.
//! 3. The kind is chosen once. Filters hold no recordings, collections no filters.

mod answer;
mod ask;
mod collection;
mod filters;
mod items;
mod recordings;
mod routes;

use cassette_recording::{ProjectId, RecordingId};

pub(crate) use routes::routes;

use self::collection::Kind;
use crate::api_error::ApiError;
use crate::app::App;

/// The name of a collection that is there.
pub(crate) async fn name(app: &App, project: ProjectId, short_id: &str) -> Result<Option<String>, ApiError> {
    let found = collection::find(app, project, short_id).await?;
    let there = found.filter(|found| !found.deleted && found.kind == Kind::Collection);
    Ok(there.map(|collection| collection.name.unwrap_or_default()))
}

/// The recordings of a collection, in the order in which they came. They may have been deleted since.
pub(crate) async fn sessions(app: &App, project: ProjectId, short_id: &str) -> Result<Vec<RecordingId>, ApiError> {
    items::sessions(app, project, short_id).await
}

/// Whether a recording is in a collection that is there.
pub(crate) async fn holds(
    app: &App,
    project: ProjectId,
    short_id: &str,
    session: &RecordingId,
) -> Result<bool, ApiError> {
    Ok(name(app, project, short_id).await?.is_some() && items::holds(app, project, short_id, session).await?)
}
