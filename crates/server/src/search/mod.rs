//! The indexer: reads what was stored, after the fact, and keeps what the list can be asked for.
//!
//! It is never on the way of data: a recording is taken, flushed and finished whether or not this has looked at it. What it
//! keeps is an index ([`cassette_store::catalog::search`]); after a rebuild of the catalog it simply does all again. Where
//! the store does not answer it tries again; what is lost is not found.

mod rows;

use std::sync::Arc;
use std::time::{Duration, Instant};

use cassette_store::Bucket;
use cassette_store::catalog::{Catalog, CatalogError, LiveBlock, SearchRows, Unindexed};
use cassette_store::live_objects::{LiveObjects, ReadLiveError};
use cassette_store::recording_files::{ReadRecordingError, RecordingFile};

use self::rows::{add_finished_lines, add_live_lines};

/// Between two looks when there was nothing to do.
const PAUSE: Duration = Duration::from_secs(1);

/// Blocks and files of one look.
const BATCH: usize = 64;

/// Reads what was stored.
#[derive(Debug, Clone)]
pub(crate) struct Indexer {
    pub(crate) bucket: Bucket,
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) live_objects: LiveObjects,
}

/// Why something was not read.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Live(#[from] ReadLiveError),
    #[error(transparent)]
    File(#[from] ReadRecordingError),
}

impl ReadError {
    fn is_lost(&self) -> bool {
        match self {
            Self::Live(error) => error.is_lost(),
            Self::File(error) => error.is_lost(),
        }
    }
}

impl Indexer {
    /// Looks for ever.
    pub(crate) async fn run(self) {
        loop {
            let begun = Instant::now();
            match self.look().await {
                // There is more, as after a rebuild. It takes at most half of one thread from those who wait for something.
                Ok(BATCH) => tokio::time::sleep(begun.elapsed()).await,
                Ok(_) => tokio::time::sleep(PAUSE).await,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the index of contents waits");
                    tokio::time::sleep(10 * PAUSE).await;
                }
            }
        }
    }

    /// Reads some of what was not read yet; returns how much was.
    async fn look(&self) -> Result<usize, CatalogError> {
        let mut read = 0;
        for found in self.catalog.unindexed(BATCH).await? {
            let rows = match self.rows(&found).await {
                Ok(rows) => rows,
                Err(error) if error.is_lost() => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "contents are lost and will not be found");
                    SearchRows::default()
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "contents could not be read yet");
                    continue;
                }
            };
            self.catalog.put_search_rows(found, rows).await?;
            read += 1;
        }
        Ok(read)
    }

    async fn rows(&self, of: &Unindexed) -> Result<SearchRows, ReadError> {
        let mut rows = SearchRows::default();
        match of {
            Unindexed::Block(block) => self.add_block(block, &mut rows).await?,
            Unindexed::File { object, .. } => self.add_file(object, &mut rows).await?,
        }
        Ok(rows)
    }

    async fn add_block(&self, block: &LiveBlock, rows: &mut SearchRows) -> Result<(), ReadError> {
        let place = (&block.object, block.offset, block.length, block.raw_length, &block.sha256);
        let lines = self.live_objects.lines(place.0, place.1, place.2, place.3, place.4).await?;
        add_live_lines(rows, &lines, block.first);
        Ok(())
    }

    async fn add_file(&self, object: &str, rows: &mut SearchRows) -> Result<(), ReadError> {
        let file = RecordingFile::open(&self.bucket, object).await?;
        let started_at = file.meta().await?.started_at;
        for block in &file.index().blocks {
            if rows.is_full() {
                break;
            }
            add_finished_lines(rows, &file.lines(block).await?, started_at);
        }
        Ok(())
    }
}
