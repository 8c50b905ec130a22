//! Live objects without the blocks of deleted recordings.

use std::collections::HashSet;

use cassette_recording::live::BlockEntry;
use cassette_store::catalog::{CatalogError, ForgetObjectError, LiveObject};
use cassette_store::layout;
use cassette_store::live_objects::flushed_blocks;
use futures::StreamExt as _;

use super::{EraseError, Eraser};
use crate::finish::{Frames, Rewriting};
use crate::ingest::open::RecordingKey;

impl Eraser {
    /// Rewrites every live object that holds a block of these. All are looked at, not only those that the catalog tells
    /// of: there are some hundred, and after a crash one may lie there without rows.
    pub(super) async fn rewrite_live_objects(&self, keys: &[RecordingKey], now: i64) -> Result<(), EraseError> {
        let keys: HashSet<&RecordingKey> = keys.iter().collect();
        let mut objects = self.bucket.list(layout::LIVE);
        let mut unreadable = None;
        while let Some(found) = objects.next().await {
            let found = found?;
            let object =
                LiveObject { path: found.location.to_string(), written_at: found.last_modified.timestamp_millis() };
            match self.live_objects.index(&object.path).await {
                Ok(index) => {
                    if index.iter().any(|entry| keys.contains(&(entry.project, entry.session_id.clone()))) {
                        self.rewrite_without(object, &index, now).await?;
                    }
                }
                // The collector, or a list that is a moment old.
                Err(error) if is_not_there(&error) => {}
                Err(error) => unreadable = Some(error),
            }
        }
        // Only now: the others need not wait for it.
        unreadable.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Replaces an object by one that holds what the catalog still knows of it. The rows of what is deleted are gone.
    async fn rewrite_without(&self, object: LiveObject, index: &[BlockEntry], now: i64) -> Result<(), EraseError> {
        let path = object.path.clone();
        if !layout::is_compacted(&path) {
            // If ever its rows were not written, what others have in it would be nobody's.
            let mut others = flushed_blocks(index);
            others.retain(|block| !self.deleted.contains(block.delta.project, &block.delta.session));
            let _ = self.catalog.commit_flush(object, others).await?;
        }
        let kept = self.catalog.blocks_of_object(&path).await?;
        if kept.is_empty() {
            // Nobody's, or it was replaced a moment ago and waits to be removed.
            match self.catalog.forget_live_object(&path).await {
                Ok(()) => {}
                Err(ForgetObjectError::Catalog(error)) => return Err(error.into()),
                Err(error @ ForgetObjectError::StillNeeded { .. }) => {
                    return Err(CatalogError::Unavailable(Box::new(error)).into());
                }
            }
        } else {
            let rewriting = Rewriting {
                bucket: self.bucket.clone(),
                catalog: self.catalog.clone(),
                live_objects: self.live_objects.clone(),
                incarnation: self.incarnation.clone(),
                compaction: self.compaction.clone(),
            };
            rewriting.rewrite(std::slice::from_ref(&path), kept, Frames::AsTheyAre, now).await?;
            metrics::counter!("cassette_live_objects_rewritten_total").increment(1);
        }
        self.bucket.delete_durably(&path).await?;
        self.live_objects.forget(&path);
        Ok(())
    }
}

fn is_not_there(error: &cassette_store::live_objects::ReadLiveError) -> bool {
    matches!(error, cassette_store::live_objects::ReadLiveError::Bucket(error) if error.is_not_found())
}
