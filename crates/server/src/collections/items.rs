//! What is in a collection: one document for each recording.

use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::DocumentQuery;
use cassette_store::documents::{id_of, kinds};
use serde_json::json;

use crate::api_error::ApiError;
use crate::app::App;
use crate::author::Author;

fn id(short_id: &str, session: &RecordingId) -> String {
    id_of(&[short_id, session.as_str()])
}

/// Puts a recording in. False: it is in it already.
pub(super) async fn add(
    app: &App,
    project: ProjectId,
    short_id: &str,
    session: &RecordingId,
    by: &Author,
) -> Result<bool, ApiError> {
    if holds(app, project, short_id, session).await? {
        return Ok(false);
    }
    let item = json!({"collection": short_id, "session_id": session, "added_by": by});
    let (kind, id) = (&kinds::COLLECTION_ITEMS, id(short_id, session));
    app.documents.change(kind, project, &id, &item, app.clock.now()).await?;
    Ok(true)
}

/// Takes a recording out. False: it was not in it.
pub(super) async fn remove(
    app: &App,
    project: ProjectId,
    short_id: &str,
    session: &RecordingId,
) -> Result<bool, ApiError> {
    let was_there = holds(app, project, short_id, session).await?;
    if was_there {
        app.documents.erase(&kinds::COLLECTION_ITEMS, project, &id(short_id, session)).await?;
    }
    Ok(was_there)
}

pub(super) async fn holds(
    app: &App,
    project: ProjectId,
    short_id: &str,
    session: &RecordingId,
) -> Result<bool, ApiError> {
    Ok(app.documents.get(&kinds::COLLECTION_ITEMS, project, &id(short_id, session)).await?.is_some())
}

/// In the order in which they came.
pub(super) async fn sessions(app: &App, project: ProjectId, short_id: &str) -> Result<Vec<RecordingId>, ApiError> {
    let query = DocumentQuery {
        project: Some(project),
        parent: Some(short_id.to_owned()),
        ..DocumentQuery::all(kinds::COLLECTION_ITEMS.name)
    };
    let items = app.documents.list(query).await?;
    Ok(items.iter().filter_map(|item| item.body.get("session_id")?.as_str()?.parse().ok()).collect())
}
