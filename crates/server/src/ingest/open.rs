//! What the collector holds and the bucket does not yet: for lists, and for those who watch a recording that still runs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::{RecordingDelta, RecordingFacts};
use tokio::sync::mpsc;

/// Names a recording across projects.
pub type RecordingKey = (ProjectId, RecordingId);

/// Facts of the recordings that have unflushed lines. Written by the collector, read by everybody.
#[derive(Debug, Clone, Default)]
pub struct OpenRecordings(Arc<Mutex<HashMap<RecordingKey, RecordingFacts>>>);

impl OpenRecordings {
    /// What the collector holds of a recording.
    pub fn facts(&self, key: &RecordingKey) -> Option<RecordingFacts> {
        self.lock().get(key).cloned()
    }

    /// As a delta, for the list.
    pub fn delta(&self, key: RecordingKey) -> Option<RecordingDelta> {
        let facts = self.facts(&key)?;
        Some(RecordingDelta { project: key.0, session: key.1, facts })
    }

    pub(super) fn set(&self, key: RecordingKey, facts: RecordingFacts) {
        self.lock().insert(key, facts);
    }

    pub(crate) fn remove(&self, key: &RecordingKey) {
        self.lock().remove(key);
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RecordingKey, RecordingFacts>> {
        // Single map operations do not panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Live lines (see [`cassette_recording::live`]), each with its line break, and what is to be added to their times.
#[derive(Debug, Clone)]
pub struct LiveChunk {
    /// Milliseconds.
    pub correction: i64,
    /// The lines.
    pub lines: Bytes,
}

/// What somebody who watches gets: all that is not in the bucket, then what comes.
#[derive(Debug)]
pub struct Subscription {
    /// Received and not in the bucket.
    pub unflushed: Vec<LiveChunk>,
    /// What comes. Ends when the watcher falls too far behind, or the server stops.
    pub chunks: mpsc::Receiver<LiveChunk>,
}

/// Chunks that may wait for a watcher. One chunk is one item, some seconds of a visit.
pub(super) const WAITING_CHUNKS: usize = 256;
