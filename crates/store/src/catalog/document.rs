//! Documents as the catalog keeps them.

use cassette_recording::ProjectId;
use serde_json::{Map, Value};

/// A small JSON object that people or SDKs change: a key, a share, a comment. Its bytes lie in the bucket, one object a
/// change (see [`crate::documents`]); this is what the changes come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Whose it is; [`crate::documents::INSTALLATION`] for what belongs to no project.
    pub project: ProjectId,
    /// The name of its kind.
    pub kind: String,
    /// Unique within project and kind.
    pub id: String,
    /// What it belongs to, where its kind says so: the recording of a comment, the collection of an item.
    pub parent: Option<String>,
    /// What else it is found by, in all projects: the hash of a key, the token of a share.
    pub lookup: Option<String>,
    /// Epoch ms of the first change.
    pub created_at: i64,
    /// Epoch ms of the last change.
    pub changed_at: i64,
    /// How many changes it has seen.
    pub changes: u64,
    /// What it says.
    pub body: Map<String, Value>,
}

/// Which documents of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentQuery {
    /// None: of all projects.
    pub project: Option<ProjectId>,
    /// The name of the kind.
    pub kind: &'static str,
    /// None: whatever they belong to.
    pub parent: Option<String>,
    /// The latest first, rather than the earliest.
    pub newest_first: bool,
    /// Only what comes behind the document that was created then and has that id, in the order asked for.
    pub after: Option<(i64, String)>,
    /// At most so many.
    pub limit: usize,
}

impl DocumentQuery {
    /// All of a kind, in the order of their making.
    pub fn all(kind: &'static str) -> Self {
        Self { project: None, kind, parent: None, newest_first: false, after: None, limit: usize::MAX }
    }
}
