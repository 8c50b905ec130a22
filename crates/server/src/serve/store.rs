//! Bucket and catalog of a data folder, ready to be worked with.

use std::sync::Arc;

use cassette_store::Bucket;
use cassette_store::catalog::{Catalog, CatalogError, Completeness};
use cassette_store::layout;
use cassette_store::rebuild::{RebuildError, rebuild};

use super::folder::{DataFolder, FolderError, describe};
use crate::erase::Deleted;

/// What lies in a data folder.
pub struct Store {
    /// The objects.
    pub bucket: Bucket,
    /// Their index, complete.
    pub catalog: Arc<dyn Catalog>,
    /// What was deleted of it; none of that is in the catalog.
    pub deleted: Deleted,
}

/// Why it cannot be worked with.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or its bucket failed.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The catalog failed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The catalog could not be made again from the objects.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
}

impl DataFolder {
    /// Opens bucket and catalog, made if they are not there; a catalog that is not complete is made again from the objects.
    ///
    /// # Errors
    /// When something else lies there, or store or catalog fail.
    pub async fn store(&self) -> Result<Store, StoreError> {
        let bucket = self.bucket()?;
        describe(&bucket).await?;
        let catalog: Arc<dyn Catalog> = Arc::new(self.catalog()?);
        if catalog.completeness().await? == Completeness::Partial {
            let rebuilt = rebuild(&bucket, &*catalog).await?;
            for (object, reason) in &rebuilt.damaged {
                tracing::error!(object, reason, "an object is damaged and not in the catalog");
            }
            if rebuilt.recordings + rebuilt.live_objects > 0 {
                let (recordings, live_objects) = (rebuilt.recordings, rebuilt.live_objects);
                tracing::info!(recordings, live_objects, "the catalog was made again from the objects");
            }
        }
        // What a crash left half written is in no list, and would stay for ever.
        bucket.remove_half_written(layout::LIVE).map_err(FolderError::Bucket)?;
        let deleted = Deleted::load(&*catalog).await?;
        Ok(Store { bucket, catalog, deleted })
    }
}
