//! Live objects: the blocks that one cut of the journal left.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use cassette_recording::clock::Correction;
use cassette_recording::file::TrailerError;
use cassette_recording::live::{self, BlockEntry, LiveError};
use tokio::runtime::Handle;

use crate::bucket::{Bucket, BucketError, Put};
use crate::catalog::{BlockPlace, FlushedBlock, NewLiveBlock, RecordingDelta, RecordingFacts, Span};

/// Bytes to read from an object's end at first: the index of some hundred recordings.
const TAIL_BYTES: u64 = 256 << 10;

/// Indexes kept in memory. A finisher reads those of the last half hour again and again.
const KEPT_INDEXES: usize = 64;

/// Reads and writes live objects.
#[derive(Debug, Clone)]
pub struct LiveObjects {
    bucket: Bucket,
    kept: Arc<Mutex<KeptIndexes>>,
}

#[derive(Debug, Default)]
struct KeptIndexes {
    indexes: HashMap<String, Arc<Vec<BlockEntry>>>,
    order: VecDeque<String>,
}

/// Why a live object cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadLiveError {
    /// The store failed, or there is no such object.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The object is not what was written.
    #[error("the live object {name} is damaged")]
    Damaged {
        /// Its name.
        name: String,
        /// What is wrong.
        #[source]
        source: LiveError,
    },
}

impl ReadLiveError {
    /// Trying again does not help: the object is not there, or not what was written.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Bucket(error) => error.is_not_found(),
            Self::Damaged { .. } => true,
        }
    }
}

/// Why a live object cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteLiveError {
    /// The store failed; trying again is right.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// Another object lies under the name. Names are used once, so this is a bug or somebody else's hand.
    #[error("another live object lies under the name {name}")]
    Taken {
        /// The name.
        name: String,
    },
}

impl LiveObjects {
    /// The live objects of a bucket.
    pub fn new(bucket: Bucket) -> Self {
        Self { bucket, kept: Arc::default() }
    }

    /// Writes an object. "It is there already, with the same bytes" is success; one that is there and damaged was never
    /// relied on, and is replaced.
    ///
    /// # Errors
    /// When the store fails, or the name is taken by something else.
    pub async fn write(&self, name: &str, bytes: Bytes) -> Result<(), WriteLiveError> {
        if self.bucket.put_new(name, bytes.clone()).await? == Put::Created {
            return Ok(());
        }
        if self.bucket.get(name).await? == bytes {
            return Ok(());
        }
        match self.index(name).await {
            Ok(_) => Err(WriteLiveError::Taken { name: name.to_owned() }),
            Err(ReadLiveError::Bucket(error)) => Err(error.into()),
            Err(ReadLiveError::Damaged { .. }) => Ok(self.bucket.replace_damaged(name, bytes).await?),
        }
    }

    /// The index of an object.
    ///
    /// # Errors
    /// When the store fails or the object is damaged.
    pub async fn index(&self, name: &str) -> Result<Arc<Vec<BlockEntry>>, ReadLiveError> {
        if let Some(index) = self.kept().indexes.get(name) {
            return Ok(index.clone());
        }
        let mut wanted = TAIL_BYTES;
        let entries = loop {
            let (tail, size) = self.bucket.get_tail(name, wanted).await?;
            match live::read_index(&tail) {
                Ok(entries) => break entries,
                Err(LiveError::Trailer(TrailerError::NeedMore(more))) if wanted < size && (more as u64) <= size => {
                    wanted = more as u64;
                }
                Err(source) => return Err(ReadLiveError::Damaged { name: name.to_owned(), source }),
            }
        };
        let index = Arc::new(entries);
        self.kept().keep(name, index.clone());
        Ok(index)
    }

    /// Forgets the index of an object that is gone: it holds ids and addresses.
    pub fn forget(&self, name: &str) {
        let mut kept = self.kept();
        kept.indexes.remove(name);
        kept.order.retain(|known| known != name);
    }

    /// A block as it lies in the object, whatever lies there: for copies of what may be damaged.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn frame_as_it_is(&self, name: &str, offset: u64, length: u64) -> Result<Bytes, ReadLiveError> {
        Ok(self.bucket.get_range(name, offset..offset + length).await?)
    }

    /// A block as it lies in the object: one zstd frame; the digest is checked.
    ///
    /// # Errors
    /// When the store fails or the block is damaged.
    pub async fn frame(&self, name: &str, offset: u64, length: u64, sha256: &str) -> Result<Bytes, ReadLiveError> {
        checked(name, sha256, self.bucket.get_range(name, offset..offset + length).await?)
    }

    /// As [`LiveObjects::frame`], for a thread that waits.
    ///
    /// # Errors
    /// When the store fails or the block is damaged.
    pub fn wait_for_frame(
        &self,
        name: &str,
        (offset, length): (u64, u64),
        sha256: &str,
        runtime: &Handle,
    ) -> Result<Bytes, ReadLiveError> {
        checked(name, sha256, self.bucket.wait_for_range(name, offset..offset + length, runtime)?)
    }

    /// The lines of a block, in their order; the digest is checked.
    ///
    /// # Errors
    /// When the store fails or the block is damaged.
    pub async fn lines(
        &self,
        name: &str,
        offset: u64,
        length: u64,
        raw_length: u64,
        sha256: &str,
    ) -> Result<Vec<u8>, ReadLiveError> {
        let frame = self.bucket.get_range(name, offset..offset + length).await?;
        let damaged = |source| ReadLiveError::Damaged { name: name.to_owned(), source };
        live::open_frame(sha256, raw_length, &frame).map_err(damaged)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, KeptIndexes> {
        // Nothing that is done under the lock panics half-way, so what a poisoned one guards is whole.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A frame whose digest is right.
fn checked(name: &str, sha256: &str, frame: Bytes) -> Result<Bytes, ReadLiveError> {
    let damaged = |source| ReadLiveError::Damaged { name: name.to_owned(), source };
    live::check_frame(sha256, &frame).map_err(damaged)?;
    Ok(frame)
}

impl KeptIndexes {
    fn keep(&mut self, name: &str, index: Arc<Vec<BlockEntry>>) {
        if self.indexes.insert(name.to_owned(), index).is_none() {
            self.order.push_back(name.to_owned());
        }
        if self.order.len() > KEPT_INDEXES
            && let Some(oldest) = self.order.pop_front()
        {
            self.indexes.remove(&oldest);
        }
    }
}

/// What a block adds to its recording. Times are corrected provisionally, by the block's own items: only finishing sees
/// all of them.
pub fn facts_of(entry: &BlockEntry) -> RecordingFacts {
    let correction = correction_of(entry);
    let arrivals = || entry.items.iter().map(|item| item.arrived_at);
    let mut facts = RecordingFacts {
        span: entry.event_span.map(|(first, last)| Span {
            first: first.saturating_add(correction),
            last: last.saturating_add(correction),
        }),
        first_arrival: arrivals().min().unwrap_or_default(),
        last_arrival: arrivals().max().unwrap_or_default(),
        counts: entry.counts,
        active_ms: None,
        snapshot_source: entry.source.clone(),
        library: entry.library.clone(),
        user_agent: entry.user_agent.clone(),
        raw_bytes: entry.raw_length,
        stored_bytes: entry.length,
        ..RecordingFacts::default()
    };
    let mut urls: Vec<&(i64, String)> = entry.urls.iter().collect();
    urls.sort();
    facts.urls = urls.into_iter().map(|(_, url)| url.clone()).collect();
    for item in &entry.items {
        if !facts.windows.contains(&item.window_id) {
            facts.windows.push(item.window_id.clone());
        }
        if let Some(distinct_id) = item.distinct_id.as_ref().filter(|id| !facts.distinct_ids.contains(id)) {
            facts.distinct_ids.push(distinct_id.clone());
        }
    }
    facts
}

/// The provisional correction of a block's times.
pub fn correction_of(entry: &BlockEntry) -> i64 {
    let mut correction = Correction::default();
    entry.items.iter().map(|item| correction.next(item.arrived_at, item.sent_at)).last().unwrap_or(0)
}

/// The rows of an object's blocks.
pub fn flushed_blocks(entries: &[BlockEntry]) -> Vec<FlushedBlock> {
    entries
        .iter()
        .zip(0..)
        .map(|(entry, ordinal_in_object)| {
            let correction = correction_of(entry);
            let block = NewLiveBlock {
                ordinal_in_object,
                offset: entry.offset,
                length: entry.length,
                raw_length: entry.raw_length,
                sha256: entry.sha256.clone(),
                first: entry.first.saturating_add(correction),
                last: entry.last.saturating_add(correction),
                events: entry.counts.events,
                full_snapshots: entry
                    .full_snapshots
                    .iter()
                    .map(|(window, time)| (window.clone(), time.saturating_add(correction)))
                    .collect(),
                origins: entry
                    .origins
                    .iter()
                    .map(|(object, ordinal)| BlockPlace { object: object.clone(), ordinal: *ordinal })
                    .collect(),
            };
            let delta =
                RecordingDelta { project: entry.project, session: entry.session_id.clone(), facts: facts_of(entry) };
            FlushedBlock { block, delta }
        })
        .collect()
}
