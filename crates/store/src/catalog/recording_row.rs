//! What the catalog says of one recording.

use std::borrow::Cow;

use cassette_recording::signals::SignalCounts;
use cassette_recording::{ProjectId, RecordingId};

use super::{BlockPlace, RecordingFacts};
use crate::layout;

/// Stored as a number: values are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingState {
    /// Something of it is not in a finished file: in live blocks, or only in the journal.
    Live = 0,
    /// All that is known of it is in its finished file.
    Finished = 1,
}

/// One recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingRow {
    /// Its project.
    pub project: ProjectId,
    /// Its name.
    pub session: RecordingId,
    /// Whether more is to be finished.
    pub state: RecordingState,
    /// Of the finished file; 0: never finished.
    pub revision: u32,
    /// Path of the finished file of that revision. A live recording may have one: it was finished before.
    pub object: Option<String>,
    /// Blocks of that file.
    pub file_blocks: u32,
    /// When that file was recorded, server clock, epoch ms.
    pub finished_at: Option<i64>,
    /// Moments of trouble in a finished file, once it was looked into.
    pub signals: Option<SignalCounts>,
    /// The finished file's, plus those of all blocks that are not in it.
    pub facts: RecordingFacts,
}

impl RecordingRow {
    /// Path of the finished file of that revision, whether it is there or not: as the catalog has it, or as another revision's
    /// file is named.
    pub fn object_of(&self, revision: u32) -> Cow<'_, str> {
        match &self.object {
            Some(object) if revision == self.revision => object.as_str().into(),
            _ => layout::recording(self.project, self.facts.first_arrival, &self.session, revision).into(),
        }
    }
}

/// A finished file that is durably in the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedRecording {
    /// Its project.
    pub project: ProjectId,
    /// Its name.
    pub session: RecordingId,
    /// From 1, each higher than the one before.
    pub revision: u32,
    /// Path of the file.
    pub object: String,
    /// Blocks in the file.
    pub file_blocks: u32,
    /// Of the whole file, replacing what was known. Only the last arrival is kept if it is later.
    pub facts: RecordingFacts,
    /// The live blocks that it contains; places that are not known are ignored.
    pub contained: Vec<BlockPlace>,
    /// Server clock, epoch ms.
    pub finished_at: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_the_present_revision_is_the_one_that_the_catalog_names() {
        let facts = RecordingFacts { first_arrival: 1_777_887_000_000, ..RecordingFacts::default() };
        let row = RecordingRow {
            project: ProjectId(1),
            session: "a".parse().unwrap(),
            state: RecordingState::Finished,
            revision: 3,
            object: Some("elsewhere".to_owned()),
            file_blocks: 1,
            finished_at: None,
            signals: None,
            facts,
        };
        assert_eq!(row.object_of(3), "elsewhere");
        let second = layout::recording(ProjectId(1), row.facts.first_arrival, &row.session, 2);
        assert_eq!(row.object_of(2), second);
        let never_finished = RecordingRow { object: None, revision: 2, ..row };
        assert_eq!(never_finished.object_of(2), second);
    }
}
