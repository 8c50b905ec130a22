//! A collection, as its document has it.

use cassette_recording::ProjectId;
use cassette_store::catalog::{Document, DocumentQuery};
use cassette_store::documents::{DocumentError, kinds};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::api_error::ApiError;
use crate::app::App;
use crate::author::Author;

/// What a collection holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CollectionType)]
pub(super) enum Kind {
    /// Recordings that were put into it.
    Collection,
    /// Whatever its filters find.
    Filters,
}

/// A collection.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Collection {
    /// The document's id.
    #[serde(skip)]
    pub(super) short_id: String,
    #[serde(skip)]
    pub(super) created_at: i64,
    #[serde(skip)]
    pub(super) changed_at: i64,
    /// PostHog's ids are numbers.
    pub(super) number: u32,
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    pub(super) name: Option<String>,
    pub(super) derived_name: Option<String>,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) pinned: bool,
    #[serde(default)]
    pub(super) deleted: bool,
    #[serde(default)]
    pub(super) filters: Map<String, Value>,
    pub(super) created_by: Option<Author>,
    pub(super) last_modified_by: Option<Author>,
}

impl Collection {
    pub(super) fn read(document: &Document) -> Result<Self, DocumentError> {
        let (short_id, created_at, changed_at) = (document.id.clone(), document.created_at, document.changed_at);
        Ok(Self { short_id, created_at, changed_at, ..document.read()? })
    }
}

/// A collection, also one that is marked as deleted.
pub(super) async fn find(app: &App, project: ProjectId, short_id: &str) -> Result<Option<Collection>, ApiError> {
    let document = app.documents.get(&kinds::COLLECTIONS, project, short_id).await?;
    Ok(document.as_ref().map(Collection::read).transpose()?)
}

/// All that are not deleted.
pub(super) async fn all(app: &App, project: ProjectId) -> Result<Vec<Collection>, ApiError> {
    let query = DocumentQuery { project: Some(project), ..DocumentQuery::all(kinds::COLLECTIONS.name) };
    let documents = app.documents.list(query).await?;
    let all = documents.iter().filter(|document| !document.is_deleted()).map(Collection::read);
    Ok(all.collect::<Result<_, _>>()?)
}

/// A short id that is free: eight letters and digits.
pub(super) async fn free_id(app: &App, project: ProjectId) -> Result<String, ApiError> {
    loop {
        let letters = crate::random::token("").to_ascii_lowercase();
        let id = letters[..8].to_owned();
        if app.documents.get(&kinds::COLLECTIONS, project, &id).await?.is_none() {
            return Ok(id);
        }
    }
}
