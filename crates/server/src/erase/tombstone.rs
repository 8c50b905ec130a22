//! The document that says that a recording was deleted.

use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::CatalogError;
use cassette_store::documents::{DocumentError, Documents, kinds};
use cassette_store::tombstones::tombstone_id;
use serde::{Deserialize, Serialize};

use crate::ingest::open::RecordingKey;

/// A tombstone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Tombstone {
    /// The recording.
    pub(super) session_id: RecordingId,
    /// Server clock, milliseconds since the epoch.
    pub(super) deleted_at: i64,
    /// The e-mail address of who asked, or what else names him.
    pub(super) deleted_by: String,
    /// Nothing of the recording is left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) done: bool,
}

/// The change that completes one.
#[derive(Serialize)]
struct Done {
    done: bool,
}

impl Tombstone {
    /// Writes it; durable when this returns.
    pub(super) async fn write(&self, documents: &Documents, project: ProjectId, now: i64) -> Result<(), DocumentError> {
        let id = tombstone_id(project, &self.session_id);
        documents.change(&kinds::DELETED, project, &id, self, now).await.map(drop)
    }

    /// Notes that nothing is left.
    pub(super) async fn complete(documents: &Documents, key: &RecordingKey, now: i64) -> Result<(), DocumentError> {
        let id = tombstone_id(key.0, &key.1);
        documents.change(&kinds::DELETED, key.0, &id, &Done { done: true }, now).await.map(drop)
    }

    /// The one of a recording; `None` if there is none that can be read.
    pub(super) async fn of(
        documents: &Documents,
        project: ProjectId,
        session: &RecordingId,
    ) -> Result<Option<Self>, CatalogError> {
        let document = documents.get(&kinds::DELETED, project, &tombstone_id(project, session)).await?;
        Ok(document.and_then(|document| document.read().ok()))
    }
}
