//! A collection as PostHog's playlist.

use cassette_recording::ProjectId;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::collection::{Collection, Kind};
use super::recordings;
use crate::api::iso;
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::Caller;
use crate::author::Author;
use crate::recordings::{Recordings, Views};

/// Recordings of saved filters that are counted; beyond, `has_more` says that there are others.
const COUNTED: usize = 100;

/// Recordings of a collection that are counted.
const MOST_COUNTED: usize = 1000;

/// A collection.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Collection)]
pub(super) struct Answer {
    id: u32,
    short_id: String,
    name: Option<String>,
    derived_name: Option<String>,
    description: String,
    pinned: bool,
    created_at: Option<String>,
    created_by: Option<Author>,
    deleted: bool,
    #[schema(value_type = Object)]
    filters: Map<String, Value>,
    last_modified_at: Option<String>,
    last_modified_by: Option<Author>,
    recordings_counts: Counts,
    r#type: Kind,
    is_synthetic: bool,
}

/// How many recordings there are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordingsCounts)]
struct Counts {
    saved_filters: FilterCounts,
    collection: CollectionCounts,
}

/// Of saved filters: what they find now.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = SavedFiltersCounts)]
struct FilterCounts {
    /// At most 100.
    count: Option<usize>,
    has_more: Option<bool>,
    watched_count: Option<usize>,
    /// Is not known: what they found earlier is not kept.
    increased: Option<bool>,
    last_refreshed_at: Option<String>,
}

/// Of a collection.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = CollectionCounts)]
struct CollectionCounts {
    count: Option<usize>,
    watched_count: Option<usize>,
}

/// The answer, with what is counted for this caller.
pub(super) async fn answer(
    app: &App,
    caller: &Caller,
    project: ProjectId,
    collection: Collection,
) -> Result<Answer, ApiError> {
    let recordings_counts = counts(app, caller, project, &collection).await?;
    Ok(Answer {
        id: collection.number,
        short_id: collection.short_id,
        name: collection.name,
        derived_name: collection.derived_name,
        description: collection.description,
        pinned: collection.pinned,
        created_at: iso(collection.created_at),
        created_by: collection.created_by,
        deleted: collection.deleted,
        filters: collection.filters,
        last_modified_at: iso(collection.changed_at),
        last_modified_by: collection.last_modified_by,
        recordings_counts,
        r#type: collection.kind,
        is_synthetic: false,
    })
}

async fn counts(app: &App, caller: &Caller, project: ProjectId, collection: &Collection) -> Result<Counts, ApiError> {
    let limit = if collection.kind == Kind::Filters { COUNTED } else { MOST_COUNTED };
    let limit = ("limit".to_owned(), limit.to_string());
    let page = match recordings::page(app, caller, project, collection, &[limit]).await {
        Ok(page) => page,
        // Filters that mean nothing, or nothing any more, find nothing; asking for their recordings says why.
        Err(ApiError::Invalid { .. } | ApiError::InvalidMember { .. }) => {
            let (saved_filters, collection) = (FilterCounts::default(), CollectionCounts::default());
            return Ok(Counts { saved_filters, collection });
        }
        Err(error) => return Err(error),
    };
    let sessions = page.rows.iter().map(|row| &row.session);
    let watched = Views::of(&Recordings::of(app), project, caller, sessions).await?.mine();
    let (count, watched_count) = (Some(page.rows.len()), Some(watched));
    Ok(match collection.kind {
        Kind::Collection => {
            Counts { saved_filters: FilterCounts::default(), collection: CollectionCounts { count, watched_count } }
        }
        Kind::Filters => {
            let last_refreshed_at = iso(app.clock.now());
            let has_more = Some(page.has_next);
            let saved_filters = FilterCounts { count, has_more, watched_count, increased: None, last_refreshed_at };
            Counts { saved_filters, collection: CollectionCounts::default() }
        }
    })
}
