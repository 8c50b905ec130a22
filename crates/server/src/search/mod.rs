//! The indexer: reads what was stored, after the fact, and keeps what the list can be asked for.
//!
//! It is never on the way of data: a recording is taken, flushed and finished whether or not this has looked at it. What it
//! keeps is an index ([`cassette_store::catalog::search`]); after a rebuild of the catalog it simply does all again. Where
//! the store does not answer it tries again; what is lost is not found.

mod contents;
mod rows;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cassette_recording::clock;
use cassette_store::Bucket;
use cassette_store::catalog::{Catalog, CatalogError, LiveBlock, SearchRows, Unindexed};
use cassette_store::live_objects::{LiveObjects, ReadLiveError};
use cassette_store::recording_files::{ReadRecordingError, RecordingFile, lie_behind_each_other};

use self::contents::Contents;
use self::rows::add_live_lines;

/// Between two looks when there was nothing to do.
const PAUSE: Duration = Duration::from_secs(1);

/// Blocks and files of one look.
const BATCH: usize = 64;

/// Blocks of a file that are read at once: some megabytes of lines.
const BLOCKS_AT_ONCE: usize = 8;

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
            match self.look().await {
                // There is more, as after a rebuild.
                Ok(BATCH) => {}
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
        match of {
            Unindexed::Block(block) => self.block_rows(block).await,
            Unindexed::File { object, .. } => self.file_rows(object).await,
        }
    }

    /// Lets others go on for as long as something took: this takes at most half of one thread from those who wait for an answer.
    async fn pause(begun: Instant) {
        tokio::time::sleep(begun.elapsed()).await;
    }

    async fn block_rows(&self, block: &LiveBlock) -> Result<SearchRows, ReadError> {
        let begun = Instant::now();
        let place = (&block.object, block.offset, block.length, block.raw_length, &block.sha256);
        let lines = self.live_objects.lines(place.0, place.1, place.2, place.3, place.4).await?;
        let mut rows = SearchRows::default();
        add_live_lines(&mut rows, &lines, block.first);
        Self::pause(begun).await;
        Ok(rows)
    }

    async fn file_rows(&self, object: &str) -> Result<SearchRows, ReadError> {
        let file = RecordingFile::open(&self.bucket, object).await?;
        let contents = Arc::new(Mutex::new(Contents::begin(file.meta().await?.started_at)));
        for neighbours in file.index().blocks.chunk_by(lie_behind_each_other) {
            for blocks in neighbours.chunks(BLOCKS_AT_ONCE) {
                let begun = Instant::now();
                let contents = Arc::clone(&contents);
                let add = move |lines: Result<Vec<u8>, ReadRecordingError>| {
                    contents.lock().unwrap_or_else(PoisonError::into_inner).add(&lines?);
                    Ok::<(), ReadRecordingError>(())
                };
                file.run(blocks.to_vec(), add).await?.into_iter().collect::<Result<(), _>>()?;
                Self::pause(begun).await;
            }
        }
        let contents = std::mem::take(&mut *contents.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(SearchRows { clock_jumps: clock::jumps(file.items()?.iter()), ..contents.finish() })
    }
}
