//! The maker of keyframes: reads finished recordings, after the fact, and stores what their windows look like at some moments
//! ([`cassette_recording::keyframes`]).
//!
//! It is never on the way of data: a recording is taken, finished and played whether or not this has looked at it.
//!
//! ## Invariants
//! 1. What it makes is derived. An object that is lost or damaged is made again, a rebuild finds those that are there, and
//!    nothing but the player reads them.
//! 2. It holds the recording that it works on ([`Deleted::begin_work`]): who deletes one waits, and removes the object; it
//!    leaves off when it sees that.
//! 3. It takes half of one thread at most, of a low priority, one recording at a time, and bounded memory; and no room
//!    that capture may need.

mod make;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cassette_recording::file::Index;
use cassette_recording::keyframes::{EVERY_BYTES, EVERY_MS};
use cassette_store::catalog::{Catalog, CatalogError, FinishedFile};
use cassette_store::keyframe_files::{KeyframeFile, ReadKeyframesError};
use cassette_store::recording_files::{ReadRecordingError, RecordingFile};
use cassette_store::{Bucket, BucketError, layout};
use tokio::sync::oneshot;

use crate::erase::Deleted;
use crate::finish::{Failing, MoreWork};

/// Between two looks when there was nothing to do.
const PAUSE: Duration = Duration::from_secs(1);

/// Files of one look.
const BATCH: usize = 64;

/// Makes keyframes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct KeyframeMaker {
    /// Where everything lies.
    pub bucket: Bucket,
    /// Its index.
    pub catalog: Arc<dyn Catalog>,
    /// What was deleted.
    pub deleted: Deleted,
    /// A local folder for objects under construction.
    pub spool: PathBuf,
    /// Bytes that the disk must keep free for what SDKs send.
    pub min_free_bytes: u64,
    /// Recordings that could not be read or written just now.
    pub failing: Failing,
}

/// Why there are no keyframes yet.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// The recording cannot be read.
    #[error(transparent)]
    Recording(#[from] ReadRecordingError),
    /// What is there of keyframes cannot be read.
    #[error(transparent)]
    Keyframes(#[from] ReadKeyframesError),
    /// The store failed.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The object under construction could not be written.
    #[error("the object under construction could not be written")]
    Spool(#[from] std::io::Error),
    /// The recording is being deleted, or the server stops.
    #[error("nobody wants them any more")]
    Unwanted,
}

impl MakeError {
    /// Trying again does not help.
    fn is_lost(&self) -> bool {
        match self {
            Self::Recording(error) => error.is_lost(),
            Self::Keyframes(_) | Self::Bucket(_) | Self::Spool(_) | Self::Unwanted => false,
        }
    }
}

impl KeyframeMaker {
    /// Looks for ever.
    pub(crate) async fn run(self, clock: Arc<dyn crate::clock::Clock>) {
        loop {
            let begun = Instant::now();
            match self.look(clock.now()).await {
                Ok(MoreWork::Yes) => tokio::time::sleep(begun.elapsed().min(PAUSE)).await,
                Ok(MoreWork::No) => tokio::time::sleep(PAUSE).await,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "keyframes wait");
                    tokio::time::sleep(10 * PAUSE).await;
                }
            }
        }
    }

    /// Makes keyframes of some of the recordings that nobody looked at yet.
    ///
    /// # Errors
    /// When the catalog fails. A recording that cannot be read just now is left for later.
    pub async fn look(&self, now: i64) -> Result<MoreWork, CatalogError> {
        let mut files = self.catalog.files_without_keyframes(BATCH + self.failing.count()).await?;
        files.retain(|file| !self.failing.waits(&(file.project, file.session.clone()), now));
        files.truncate(BATCH);
        let more = if files.len() == BATCH { MoreWork::Yes } else { MoreWork::No };
        for file in files {
            let key = (file.project, file.session.clone());
            // Its row goes with it.
            let Some(_working) = self.deleted.begin_work(file.project, &file.session) else { continue };
            let number = match self.number(&file).await {
                Ok(number) => number,
                Err(error) if error.is_lost() => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a recording without keyframes is lost");
                    0
                }
                Err(MakeError::Unwanted) => continue,
                Err(error) => {
                    metrics::counter!("cassette_keyframe_failures_total").increment(1);
                    tracing::warn!(error = &error as &dyn std::error::Error, session = %file.session, "keyframes could not be made yet");
                    self.failing.failed(key, error.to_string(), now);
                    continue;
                }
            };
            self.failing.succeeded(&key);
            self.catalog.put_keyframes(file, Some(number)).await?;
        }
        Ok(more)
    }

    /// How many keyframes the recording has. They are made if it wants some.
    async fn number(&self, file: &FinishedFile) -> Result<u32, MakeError> {
        let recording = RecordingFile::open(&self.bucket, &file.object).await?;
        let Some(name) = layout::keyframes_of(&file.object).filter(|_| may_want(recording.index())) else {
            return Ok(0);
        };
        match KeyframeFile::open(&self.bucket, &name).await {
            Ok(there) => return Ok(u32::try_from(there.index().keyframes.len()).unwrap_or(u32::MAX)),
            Err(ReadKeyframesError::Bucket(error)) if error.is_not_found() => {}
            // Of another version, or damaged.
            Err(error) if error.is_lost() => self.bucket.delete(&name).await?,
            Err(error) => return Err(error.into()),
        }
        self.make(file, recording, name).await
    }

    async fn make(&self, file: &FinishedFile, recording: RecordingFile, name: String) -> Result<u32, MakeError> {
        self.must_have_room()?;
        let started_at = recording.meta().await?.started_at;
        let spool = self.spool.join(format!("keyframes-{}-{:08x}", file.session, crate::random::number()));
        let (done, made) = oneshot::channel();
        let work = make::Work {
            recording,
            started_at,
            spool: spool.clone(),
            deleted: self.deleted.clone(),
            project: file.project,
            session: file.session.clone(),
            runtime: tokio::runtime::Handle::current(),
        };
        // A thread of its own: its priority is low, and stays so.
        std::thread::Builder::new().name("keyframes".into()).spawn(move || {
            crate::priority::yield_to_requests();
            let result = work.run(&done);
            done.send(result).ok();
        })?;
        let made = made.await.unwrap_or(Err(MakeError::Unwanted));
        match made {
            Ok(0) | Err(_) => {
                std::fs::remove_file(&spool).ok();
            }
            Ok(_) => {
                let _ = self.bucket.put_file(&name, &spool).await?;
            }
        }
        made
    }

    fn must_have_room(&self) -> Result<(), MakeError> {
        let free = rustix::fs::statvfs(&self.spool).map_or(u64::MAX, |fs| fs.f_bavail.saturating_mul(fs.f_frsize));
        // Capture stops at the bound itself; what is derived stops well before.
        match free >= self.min_free_bytes.saturating_mul(2) {
            true => Ok(()),
            false => Err(MakeError::Spool(std::io::Error::other("the disk has no room to spare"))),
        }
    }
}

/// Whether a keyframe may be due anywhere, as far as the index of the file tells.
fn may_want(index: &Index) -> bool {
    let mut windows: Vec<(&str, i64, usize)> = Vec::new();
    let mut before = 0;
    for block in &index.blocks {
        let behind = before + block.raw_length as usize;
        let due = |&(_, since, bytes): &(&str, i64, usize)| {
            block.last.saturating_sub(since) > EVERY_MS && behind - bytes > EVERY_BYTES
        };
        if windows.iter().any(due) {
            return true;
        }
        for at in &block.full_snapshots {
            windows.retain(|(window, ..)| *window != at.window_id.as_str());
            windows.push((at.window_id.as_str(), at.timestamp, before));
        }
        before = behind;
    }
    false
}
