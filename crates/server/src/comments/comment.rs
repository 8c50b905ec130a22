//! A comment, as its document has it and as answers show it.

use cassette_store::catalog::Document;
use cassette_store::documents::DocumentError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::iso;
use crate::author::Author;

/// A comment.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Comment {
    #[serde(skip)]
    pub(super) id: String,
    #[serde(skip)]
    created_at: i64,
    /// How often it was changed.
    #[serde(skip)]
    version: u64,
    pub(super) content: Option<String>,
    rich_content: Option<Value>,
    pub(super) created_by: Author,
    pub(super) item_id: String,
    item_context: Option<Value>,
    pub(super) scope: String,
    pub(super) source_comment: Option<String>,
    #[serde(default)]
    pub(super) deleted: bool,
    #[serde(default)]
    is_task: bool,
    completed_at: Option<i64>,
    completed_by: Option<Author>,
}

/// A comment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comment)]
pub(super) struct Answer {
    id: String,
    content: Option<String>,
    #[schema(value_type = Option<Object>)]
    rich_content: Option<Value>,
    version: u64,
    created_at: Option<String>,
    created_by: Author,
    item_id: String,
    /// Whatever the writer put there; replays keep the position in time in it.
    #[schema(value_type = Option<Object>)]
    item_context: Option<Value>,
    scope: String,
    /// The comment that it answers.
    source_comment: Option<String>,
    deleted: bool,
    is_task: bool,
    completed_at: Option<String>,
    completed_by: Option<Author>,
    /// Always `null`: Cassette talks to no chat.
    #[schema(value_type = Option<Object>)]
    slack_thread: Option<()>,
}

impl Comment {
    pub(super) fn read(document: &Document) -> Result<Self, DocumentError> {
        let (id, created_at) = (document.id.clone(), document.created_at);
        Ok(Self { id, created_at, version: document.changes.saturating_sub(1), ..document.read()? })
    }
}

impl From<Comment> for Answer {
    fn from(comment: Comment) -> Self {
        Self {
            id: comment.id,
            content: comment.content,
            rich_content: comment.rich_content,
            version: comment.version,
            created_at: iso(comment.created_at),
            created_by: comment.created_by,
            item_id: comment.item_id,
            item_context: comment.item_context,
            scope: comment.scope,
            source_comment: comment.source_comment,
            deleted: comment.deleted,
            is_task: comment.is_task,
            completed_at: comment.completed_at.and_then(iso),
            completed_by: comment.completed_by,
            slack_thread: None,
        }
    }
}
