//! Clearing away what is in a finished file, an hour after it is.

use cassette_store::catalog::{CatalogError, ForgetObjectError};
use cassette_store::layout;

use super::Finisher;

/// Block keys of a live generation, and earlier revisions, stay readable for this long.
pub(super) const KEPT_MS: i64 = 3_600_000;

/// For so long the catalog remembers live objects that are gone. A journal that is older may be recovered all the same: its
/// items are known by the finished files.
const REMEMBERED_MS: i64 = 7 * 24 * 3_600_000;

/// Objects cleared away in one tick.
const BATCH: usize = 256;

impl Finisher {
    pub(super) async fn clear_away(&self, now: i64) -> Result<(), CatalogError> {
        let before = now - KEPT_MS;
        for object in self.catalog.droppable_live_objects(before, BATCH).await? {
            if let Err(error) = self.bucket.delete(&object.path).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a live object could not be removed yet");
                continue;
            }
            match self.catalog.forget_live_object(&object.path).await {
                Ok(()) => {}
                Err(ForgetObjectError::Catalog(error)) => return Err(error),
                Err(error) => tracing::error!(%error, "a live object was removed that the catalog holds on to"),
            }
        }
        for path in self.catalog.superseded_files(before, BATCH).await? {
            let keyframes = layout::keyframes_of(&path);
            let removed = async {
                if let Some(keyframes) = &keyframes {
                    self.bucket.delete(keyframes).await?;
                }
                self.bucket.delete(&path).await
            };
            if let Err(error) = removed.await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "an earlier revision could not be removed yet"
                );
                continue;
            }
            self.catalog.forget_file(&path).await?;
        }
        self.catalog.purge_gone(now - REMEMBERED_MS).await
    }
}
