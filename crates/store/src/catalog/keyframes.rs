//! Which finished files have keyframes.
//!
//! Keyframes are made after the fact, and what is noted of them can be found out again: who looks at the objects comes to
//! the same.

use cassette_recording::{ProjectId, RecordingId};

/// A finished file of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedFile {
    /// The recording's project.
    pub project: ProjectId,
    /// The recording.
    pub session: RecordingId,
    /// Which file of it.
    pub revision: u32,
    /// Where it lies.
    pub object: String,
}
