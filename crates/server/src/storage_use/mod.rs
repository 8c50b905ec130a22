//! Storage use: what a project takes up in the bucket, and what the disk has left.
//!
//! Recordings are summed in the catalog, which knows them all. Of the rest only the bucket itself knows: its names are
//! listed, which for many recordings takes a while, so a listing is kept, is as old as it says, and is made anew behind the
//! back of whoever asks.

mod routes;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cassette_recording::ProjectId;
use cassette_store::{Bucket, BucketError, layout};
use futures::StreamExt as _;
use serde::Serialize;
use tokio::sync::Mutex as AsyncMutex;
use utoipa::ToSchema;

pub(crate) use self::routes::routes;
use crate::clock::Clock;

/// A listing older than this is made anew when somebody asks.
const FRESH_MS: i64 = 10 * 60_000;

/// How long the first who asks waits for a listing. Small buckets are listed by then.
const PATIENCE: Duration = Duration::from_secs(2);

/// What lies below a project's folder, by the folders in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Listing {
    /// When it was begun, epoch ms.
    at: i64,
    folders: BTreeMap<String, Stored>,
}

/// Objects, and the bytes in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
struct Stored {
    objects: u64,
    bytes: u64,
}

/// Knows the listings. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct StorageUse(Arc<State>);

#[derive(Debug)]
struct State {
    bucket: Bucket,
    /// A folder on the disk that fills up.
    folder: PathBuf,
    /// Free bytes below which nothing more is taken.
    min_free_bytes: u64,
    clock: Arc<dyn Clock>,
    listings: Mutex<HashMap<ProjectId, Arc<Listing>>>,
    /// Held while the bucket is listed: one listing at a time, whoever asks.
    listing: AsyncMutex<()>,
}

/// The disk that the server's folder lies on.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
struct Disk {
    /// What is left of it for the server.
    free_bytes: u64,
    /// How large it is.
    total_bytes: u64,
    /// Below so many free bytes no data is taken: SDKs hear 503 and come again.
    min_free_bytes: u64,
}

impl StorageUse {
    pub(crate) fn new(bucket: Bucket, folder: PathBuf, min_free_bytes: u64, clock: Arc<dyn Clock>) -> Self {
        let (listings, listing) = (Mutex::default(), AsyncMutex::default());
        Self(Arc::new(State { bucket, folder, min_free_bytes, clock, listings, listing }))
    }

    /// The newest listing of a project; `None` while the first is being made. One that is too old is made anew meanwhile.
    async fn listing(&self, project: ProjectId) -> Option<Arc<Listing>> {
        let known = self.known(project);
        if known.as_ref().is_some_and(|listing| self.is_fresh(listing)) {
            return known;
        }
        let this = self.clone();
        let made = tokio::spawn(async move { this.list_anew(project).await });
        match known {
            Some(old) => Some(old),
            None => tokio::time::timeout(PATIENCE, made).await.ok()?.ok()?,
        }
    }

    async fn list_anew(&self, project: ProjectId) -> Option<Arc<Listing>> {
        let _alone = self.0.listing.lock().await;
        // Whoever waited for somebody else's listing may have it.
        if let Some(listing) = self.known(project).filter(|listing| self.is_fresh(listing)) {
            return Some(listing);
        }
        match list(&self.0.bucket, project, self.0.clock.now()).await {
            Ok(listing) => {
                let listing = Arc::new(listing);
                self.listings().insert(project, listing.clone());
                Some(listing)
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "what a project takes up cannot be listed");
                None
            }
        }
    }

    /// `None`: the file system does not say.
    fn disk(&self) -> Option<Disk> {
        let found = rustix::fs::statvfs(&self.0.folder).ok()?;
        Some(Disk {
            free_bytes: found.f_bavail.saturating_mul(found.f_frsize),
            total_bytes: found.f_blocks.saturating_mul(found.f_frsize),
            min_free_bytes: self.0.min_free_bytes,
        })
    }

    fn known(&self, project: ProjectId) -> Option<Arc<Listing>> {
        self.listings().get(&project).cloned()
    }

    fn is_fresh(&self, listing: &Listing) -> bool {
        self.0.clock.now() - listing.at < FRESH_MS
    }

    fn listings(&self) -> MutexGuard<'_, HashMap<ProjectId, Arc<Listing>>> {
        // Single operations on a map do not panic half-way.
        self.0.listings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn list(bucket: &Bucket, project: ProjectId, at: i64) -> Result<Listing, BucketError> {
    let below = layout::project(project);
    let mut listing = Listing { at, ..Listing::default() };
    let mut objects = bucket.list(&below);
    while let Some(found) = objects.next().await {
        let found = found?;
        let rest = found.location.as_ref().strip_prefix(&below).unwrap_or_default();
        let folder = rest.trim_start_matches('/').split('/').next().unwrap_or_default();
        let stored = listing.folders.entry(folder.to_owned()).or_default();
        stored.objects += 1;
        stored.bytes += found.size;
    }
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[tokio::test]
    async fn a_listing_tells_folders_apart_and_is_made_anew_when_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = Bucket::folder(folder.path()).unwrap();
        for (name, bytes) in [
            ("projects/1/recordings/2026-11-21/a.ndjson.zst", "12345"),
            ("projects/1/comments/c/1.json", "123"),
            ("projects/1/comments/d/1.json", "1"),
            ("projects/10/comments/e/1.json", "somebody else's"),
        ] {
            let _ = bucket.put_new(name, bytes.into()).await.unwrap();
        }
        let clock = Arc::new(ManualClock::at(1000));
        let storage = StorageUse::new(bucket.clone(), folder.path().to_owned(), 7, clock.clone());
        let first = storage.listing(ProjectId(1)).await.unwrap();
        let comments = Stored { objects: 2, bytes: 4 };
        let recordings = Stored { objects: 1, bytes: 5 };
        assert_eq!(first.folders, [("comments".to_owned(), comments), ("recordings".to_owned(), recordings)].into());
        let _ = bucket.put_new("projects/1/shares/s/1.json", "12".into()).await.unwrap();
        assert_eq!(storage.listing(ProjectId(1)).await.unwrap(), first, "it is fresh");
        clock.advance(FRESH_MS);
        assert_eq!(storage.listing(ProjectId(1)).await.unwrap().at, 1000, "nobody waits for a newer one");
        while storage.listing(ProjectId(1)).await.unwrap().at == 1000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(storage.listing(ProjectId(1)).await.unwrap().folders["shares"], Stored { objects: 1, bytes: 2 });
        let disk = storage.disk().unwrap();
        assert!(disk.free_bytes <= disk.total_bytes && disk.min_free_bytes == 7);
    }
}
