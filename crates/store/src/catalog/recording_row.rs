//! What the catalog says of one recording.

use cassette_recording::signals::SignalCounts;
use cassette_recording::{ProjectId, RecordingId};

use super::{BlockPlace, RecordingFacts};

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
