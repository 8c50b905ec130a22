//! Which recordings were deleted, as every part of the server asks; and who works on a recording at the moment.
//!
//! Somebody who finishes or imports a recording looks here before and after the work, and is waited for by who deletes it.
//! So a deletion never comes between the second look and the commit: what was committed is found and removed, and what
//! comes later is refused.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::{Catalog, CatalogError};
use cassette_store::tombstones::Tombstones;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncMutexGuard, Notify};

use super::tombstone::Tombstone;
use crate::ingest::open::RecordingKey;

/// How long after a failure a deletion is gone on with: at first, and at the most.
const AGAIN_FIRST_MS: i64 = 5_000;
const AGAIN_MOST_MS: i64 = 600_000;

/// How long whoever asked for a deletion has it for himself.
const HEAD_START_MS: i64 = 60_000;

/// Deleted recordings. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Deleted(Arc<State>);

#[derive(Debug, Default)]
struct State {
    tombstones: RwLock<Tombstones>,
    /// Deletions that are not complete.
    pending: Mutex<BTreeMap<RecordingKey, Again>>,
    working: Mutex<HashMap<RecordingKey, usize>>,
    /// Somebody's work ended.
    ended: Notify,
    /// Held while objects are moved or cleared away.
    objects: AsyncMutex<()>,
    /// Held while a tombstone is made.
    burying: AsyncMutex<()>,
}

#[derive(Debug, Clone, Copy)]
struct Again {
    at: i64,
    wait_ms: i64,
}

/// Somebody works on a recording until this is dropped.
#[derive(Debug)]
pub(crate) struct Working {
    state: Arc<State>,
    key: RecordingKey,
}

impl Deleted {
    /// All that the catalog knows of. The rows of those whose deletion is not complete go at once, before anybody lists them.
    ///
    /// # Errors
    /// When the catalog fails.
    pub async fn load(catalog: &dyn Catalog) -> Result<Self, CatalogError> {
        let deleted = Self::default();
        let mut pending = BTreeMap::new();
        let tombstones = Tombstones::load(catalog, |document| match document.read::<Tombstone>() {
            Ok(tombstone) if tombstone.done => {}
            Ok(tombstone) => {
                pending.insert((document.project, tombstone.session_id), Again { at: 0, wait_ms: AGAIN_FIRST_MS });
            }
            Err(error) => tracing::error!(%error, "a tombstone cannot be read: the recording stays away all the same"),
        });
        *deleted.0.tombstones.write().unwrap_or_else(PoisonError::into_inner) = tombstones.await?;
        for (project, session) in pending.keys() {
            let _ = catalog.delete_recording(*project, session).await?;
        }
        *deleted.pending() = pending;
        Ok(deleted)
    }

    /// Whether the recording was deleted.
    pub fn contains(&self, project: ProjectId, session: &RecordingId) -> bool {
        self.0.tombstones.read().unwrap_or_else(PoisonError::into_inner).contains(project, session)
    }

    /// Notes a recording whose tombstone is durable. Its deletion is pending from now on.
    pub(super) fn insert(&self, project: ProjectId, session: &RecordingId, now: i64) {
        let again = Again { at: now + HEAD_START_MS, wait_ms: AGAIN_FIRST_MS };
        self.pending().insert((project, session.clone()), again);
        self.0.tombstones.write().unwrap_or_else(PoisonError::into_inner).insert(project, session);
    }

    /// Deletions that are to be gone on with now.
    pub(super) fn due(&self, now: i64) -> Vec<RecordingKey> {
        self.pending().iter().filter(|(_, again)| again.at <= now).map(|(key, _)| key.clone()).collect()
    }

    /// All deletions that are not complete.
    pub fn incomplete(&self) -> Vec<RecordingKey> {
        self.pending().keys().cloned().collect()
    }

    pub(super) fn completed(&self, key: &RecordingKey) {
        self.pending().remove(key);
    }

    /// It could not be completed: later again, and ever later.
    pub(super) fn postponed(&self, keys: &[RecordingKey], now: i64) {
        let mut pending = self.pending();
        for again in
            keys.iter().filter_map(|key| pending.get(key).map(|again| (key.clone(), *again))).collect::<Vec<_>>()
        {
            let (key, Again { wait_ms, .. }) = again;
            pending.insert(key, Again { at: now + wait_ms, wait_ms: (wait_ms * 2).min(AGAIN_MOST_MS) });
        }
    }

    /// Somebody begins to work on a recording, which is not deleted behind his back; `None` if it was deleted.
    pub(crate) fn begin_work(&self, project: ProjectId, session: &RecordingId) -> Option<Working> {
        let key = (project, session.clone());
        // Noted before the question: who deletes either sees this, or was first.
        *self.working().entry(key.clone()).or_default() += 1;
        let working = Working { state: self.0.clone(), key };
        (!self.contains(project, session)).then_some(working)
    }

    /// Returns when nobody works on these any more. Nobody begins anew: their tombstones stand.
    pub(super) async fn until_idle(&self, keys: &[RecordingKey]) {
        loop {
            let ended = self.0.ended.notified();
            tokio::pin!(ended);
            // From here on no ending is missed.
            ended.as_mut().enable();
            if !keys.iter().any(|key| self.working().contains_key(key)) {
                return;
            }
            ended.await;
        }
    }

    /// Keeps others from moving objects, or clearing them away, until it is dropped.
    pub(crate) async fn objects(&self) -> AsyncMutexGuard<'_, ()> {
        self.0.objects.lock().await
    }

    /// Keeps others from making a tombstone until it is dropped.
    pub(super) async fn burying(&self) -> AsyncMutexGuard<'_, ()> {
        self.0.burying.lock().await
    }

    fn pending(&self) -> MutexGuard<'_, BTreeMap<RecordingKey, Again>> {
        // Single operations on a map do not panic half-way.
        self.0.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn working(&self) -> MutexGuard<'_, HashMap<RecordingKey, usize>> {
        self.0.working.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let mut working = self.state.working.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = working.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                working.remove(&self.key);
            }
        }
        drop(working);
        self.state.ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;

    const PROJECT: ProjectId = ProjectId(1);

    #[tokio::test]
    async fn who_deletes_waits_for_who_works_and_nobody_begins_anew() {
        let (deleted, session) = (Deleted::default(), "a".parse::<RecordingId>().unwrap());
        let first = deleted.begin_work(PROJECT, &session).unwrap();
        let second = deleted.begin_work(PROJECT, &session).unwrap();
        deleted.insert(PROJECT, &session, 0);
        assert!(deleted.begin_work(PROJECT, &session).is_none());
        let keys = [(PROJECT, session)];
        let waiting = tokio::spawn({
            let (deleted, keys) = (deleted.clone(), keys.clone());
            async move { deleted.until_idle(&keys).await }
        });
        drop(first);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(second);
        waiting.await.unwrap();
    }

    #[test]
    fn what_could_not_be_completed_is_tried_again_later_and_later() {
        let (deleted, session) = (Deleted::default(), "a".parse::<RecordingId>().unwrap());
        deleted.insert(PROJECT, &session, 0);
        let key = (PROJECT, session);
        assert!(deleted.due(HEAD_START_MS - 1).is_empty());
        assert_eq!(deleted.due(HEAD_START_MS), slice::from_ref(&key));
        deleted.postponed(slice::from_ref(&key), 0);
        assert_eq!(deleted.due(AGAIN_FIRST_MS), slice::from_ref(&key));
        deleted.postponed(slice::from_ref(&key), 0);
        assert!(deleted.due(AGAIN_FIRST_MS).is_empty());
        assert_eq!(deleted.due(2 * AGAIN_FIRST_MS), slice::from_ref(&key));
        deleted.completed(&key);
        assert!(deleted.incomplete().is_empty());
    }
}
