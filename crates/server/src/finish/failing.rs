//! Recordings that could not be finished: they are tried again, but must not keep others from being finished.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ingest::open::RecordingKey;

/// How long after a failure a recording is tried again: at first, and at the most.
const RETRY_FIRST_MS: i64 = 60_000;
const RETRY_MOST_MS: i64 = 6 * 3_600_000;

/// Those that failed, and when each is to be tried again.
#[derive(Debug, Clone, Default)]
pub struct Failing(Arc<Mutex<HashMap<RecordingKey, Retry>>>);

#[derive(Debug, Clone, Copy)]
struct Retry {
    at: i64,
    wait_ms: i64,
}

impl Failing {
    /// How many there are: so many more must be asked for to find the others.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// It failed a while ago, and its time has not come again.
    pub(crate) fn waits(&self, key: &RecordingKey, now: i64) -> bool {
        self.lock().get(key).is_some_and(|retry| now < retry.at)
    }

    pub(crate) fn failed(&self, key: RecordingKey, now: i64) {
        let mut failing = self.lock();
        let wait_ms = failing.get(&key).map_or(RETRY_FIRST_MS, |retry| (retry.wait_ms * 2).min(RETRY_MOST_MS));
        failing.insert(key, Retry { at: now.saturating_add(wait_ms), wait_ms });
    }

    pub(crate) fn succeeded(&self, key: &RecordingKey) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RecordingKey, Retry>> {
        // Single map operations do not panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use cassette_recording::ProjectId;

    use super::*;

    #[test]
    fn what_fails_again_and_again_is_tried_less_and_less_often() {
        let failing = Failing::default();
        let key = (ProjectId(1), "a".parse().unwrap());
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..12 {
            failing.failed(key.clone(), now);
            let before = now;
            while failing.waits(&key, now) {
                now += RETRY_FIRST_MS;
            }
            waits.push((now - before) / RETRY_FIRST_MS);
        }
        assert_eq!(waits[..4], [1, 2, 4, 8]);
        assert_eq!(waits[11] * RETRY_FIRST_MS, RETRY_MOST_MS);
        failing.succeeded(&key);
        assert!(!failing.waits(&key, now) && failing.count() == 0);
    }
}
