//! What is received of recordings and not yet in the catalog, as the API sees it.

use std::fmt::Debug;

use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::RecordingFacts;

use crate::ingest::OpenRecordings;

/// Knows what memory holds beyond the blocks that are committed.
pub trait Unflushed: Debug + Send + Sync {
    /// None: nothing of this recording.
    fn facts(&self, project: ProjectId, session: &RecordingId) -> Option<RecordingFacts>;
}

impl Unflushed for OpenRecordings {
    fn facts(&self, project: ProjectId, session: &RecordingId) -> Option<RecordingFacts> {
        Self::facts(self, &(project, session.clone()))
    }
}
