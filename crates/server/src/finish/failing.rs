//! Recordings that could not be finished: they are tried again, but must not keep others from being finished.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cassette_recording::{ProjectId, RecordingId};

use crate::ingest::open::RecordingKey;

/// How long after a failure a recording is tried again: at first, and at the most.
const RETRY_FIRST_MS: i64 = 60_000;
const RETRY_MOST_MS: i64 = 6 * 3_600_000;

/// Those that failed, and when each is to be tried again.
#[derive(Debug, Clone, Default)]
pub struct Failing(Arc<Mutex<HashMap<RecordingKey, Retry>>>);

#[derive(Debug, Clone)]
struct Retry {
    at: i64,
    wait_ms: i64,
    since: i64,
    attempts: u32,
    why: String,
}

/// How it stands with a recording that could not be finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What went wrong the last time.
    pub(crate) why: String,
    /// When it went wrong first, epoch ms.
    pub(crate) since: i64,
    /// How often it was tried.
    pub(crate) attempts: u32,
    /// When it is tried again, epoch ms.
    pub(crate) next_at: i64,
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

    pub(crate) fn failed(&self, key: RecordingKey, why: String, now: i64) {
        let mut failing = self.lock();
        let (wait_ms, since, attempts) = match failing.get(&key) {
            None => (RETRY_FIRST_MS, now, 1),
            Some(before) => ((before.wait_ms * 2).min(RETRY_MOST_MS), before.since, before.attempts.saturating_add(1)),
        };
        failing.insert(key, Retry { at: now.saturating_add(wait_ms), wait_ms, since, attempts, why });
    }

    /// Those of a project, the longest failing ones first.
    pub(crate) fn of_project(&self, project: ProjectId) -> Vec<(RecordingId, Failure)> {
        let failing = self.lock();
        let mut found: Vec<(RecordingId, Failure)> = failing
            .iter()
            .filter(|((of, _), _)| *of == project)
            .map(|((_, session), retry)| {
                let Retry { at, since, attempts, why, .. } = retry.clone();
                (session.clone(), Failure { why, since, attempts, next_at: at })
            })
            .collect();
        found.sort_by(|(a, one), (b, other)| (one.since, a).cmp(&(other.since, b)));
        found
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
    use super::*;

    #[test]
    fn what_fails_again_and_again_is_tried_less_and_less_often() {
        let failing = Failing::default();
        let key = (ProjectId(1), "a".parse().unwrap());
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..12 {
            failing.failed(key.clone(), "the disk is full".into(), now);
            let before = now;
            while failing.waits(&key, now) {
                now += RETRY_FIRST_MS;
            }
            waits.push((now - before) / RETRY_FIRST_MS);
        }
        assert_eq!(waits[..4], [1, 2, 4, 8]);
        assert_eq!(waits[11] * RETRY_FIRST_MS, RETRY_MOST_MS);
        let told = failing.of_project(ProjectId(1));
        assert_eq!(told.len(), 1);
        let Failure { why, since, attempts, next_at } = &told[0].1;
        assert_eq!((why.as_str(), *since, *attempts, *next_at <= now), ("the disk is full", 0, 12, true));
        assert!(failing.of_project(ProjectId(2)).is_empty());
        failing.succeeded(&key);
        assert!(!failing.waits(&key, now) && failing.count() == 0);
    }
}
