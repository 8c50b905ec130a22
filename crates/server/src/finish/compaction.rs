//! Rewriting live objects: the blocks of many that are still needed become one object.
//!
//! Every flush leaves one small object. A recording that runs for a day would keep thousands of them, nearly all dead
//! bytes of other visits. So an object that is under a quarter alive, or over two hours old, is rewritten together with others.
//!
//! ## Invariants
//! 1. Frames are copied byte for byte, after their digest was checked; keys of blocks stay.
//! 2. New object, then rows, then the old objects: a crash leaves copies, never a hole. Each moved block says where it lay
//!    before, so a rebuild counts it once, and the first tick of a process finds what an earlier one left over.
//! 3. Old objects stay for [`LINGER_MS`]: somebody may be reading who asked the catalog a moment ago.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cassette_recording::live::{self, SealedBlock};
use cassette_store::Bucket;
use cassette_store::catalog::{Catalog, CatalogError, LiveBlock, LiveObject, MovedBlock, ReplaceObjectsError};
use cassette_store::layout::{self, Incarnation};
use cassette_store::live_objects::{LiveObjects, ReadLiveError};
use futures::StreamExt as _;

use super::Finisher;
use super::housekeeping::KEPT_MS;

/// Age at which an object is rewritten even if all of it is needed.
const OLD_MS: i64 = 2 * 3_600_000;

/// How long an object stays behind its replacement.
const LINGER_MS: i64 = 60_000;

/// Bytes of one new object, which is built in memory. Objects that are half as large already are left alone.
const OBJECT_BYTES: u64 = 32 << 20;

/// Objects looked at in one tick.
const CANDIDATES: usize = 1024;

/// What a process remembers of its rewriting.
#[derive(Debug, Clone, Default)]
pub struct Compaction(Arc<State>);

#[derive(Debug, Default)]
struct State {
    next_number: AtomicU64,
    leftovers_removed: AtomicBool,
    /// Replaced objects, and when.
    lingering: Mutex<VecDeque<(i64, String)>>,
}

impl Compaction {
    fn lingering(&self) -> MutexGuard<'_, VecDeque<(i64, String)>> {
        // Single operations on a queue do not panic half-way.
        self.0.lingering.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts new live objects in the place of old ones.
pub(crate) struct Rewriting {
    /// Where they lie.
    pub(crate) bucket: Bucket,
    /// Their index.
    pub(crate) catalog: Arc<dyn Catalog>,
    /// Reads and writes them.
    pub(crate) live_objects: LiveObjects,
    /// Names the new ones.
    pub(crate) incarnation: Incarnation,
    /// Numbers them.
    pub(crate) compaction: Compaction,
}

/// How the frames of blocks are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frames {
    /// A damaged one is refused: its object stays as it is.
    Checked,
    /// Byte for byte, whatever they are: the old object must go, and who reads a damaged block hears of it as before.
    AsTheyAre,
}

/// What is to become one object.
#[derive(Default)]
struct Group {
    objects: Vec<LiveObject>,
    blocks: Vec<LiveBlock>,
    bytes: u64,
}

impl Finisher {
    /// Rewrites one group of objects, if there is one that is worth it.
    pub(super) async fn compact(&self, now: i64) -> Result<(), CatalogError> {
        if !self.compaction.0.leftovers_removed.swap(true, Ordering::Relaxed) {
            self.remove_leftovers(now).await?;
        }
        self.remove_lingering(now).await;
        let group = self.group(now).await?;
        if group.objects.is_empty() {
            return Ok(());
        }
        let old: Vec<String> = group.objects.into_iter().map(|object| object.path).collect();
        match self.rewriting().rewrite(&old, group.blocks, Frames::Checked, now).await {
            Ok(()) => {
                metrics::counter!("cassette_live_objects_rewritten_total").increment(old.len() as u64);
                self.compaction.lingering().extend(old.into_iter().map(|path| (now, path)));
                Ok(())
            }
            Err(RewriteError::Replace(ReplaceObjectsError::Catalog(error))) => Err(error),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "live objects could not be rewritten");
                Ok(())
            }
        }
    }

    /// The oldest objects that are worth rewriting, as many as fit into one.
    async fn group(&self, now: i64) -> Result<Group, CatalogError> {
        let needed_since = now - KEPT_MS;
        let found = self.catalog.mostly_dead_live_objects(needed_since, now - OLD_MS, CANDIDATES).await?;
        let mut group = Group::default();
        let mut worth_it = false;
        for object in found {
            let blocks = self.catalog.blocks_of_object(&object.path).await?;
            let whole: u64 = blocks.iter().map(|block| block.length).sum();
            let needed = |block: &LiveBlock| block.finished_at.is_none_or(|at| at >= needed_since);
            let alive: Vec<LiveBlock> = blocks.into_iter().filter(needed).collect();
            let bytes: u64 = alive.iter().map(|block| block.length).sum();
            let mostly_dead = bytes * 4 < whole;
            if !mostly_dead && bytes > OBJECT_BYTES / 2 {
                continue;
            }
            if !group.objects.is_empty() && group.bytes + bytes > OBJECT_BYTES {
                break;
            }
            if let Err(error) = self.check(&alive).await {
                // It stays as it is, for whoever can mend it.
                tracing::error!(error = &error as &dyn std::error::Error, "a live object cannot be rewritten");
                continue;
            }
            worth_it |= mostly_dead || !group.objects.is_empty();
            group.bytes += bytes;
            group.blocks.extend(alive);
            group.objects.push(object);
        }
        Ok(if worth_it { group } else { Group::default() })
    }

    /// The index of a block's object can be read and tells of it what the catalog does.
    async fn check(&self, blocks: &[LiveBlock]) -> Result<(), ReadLiveError> {
        for block in blocks {
            let index = self.live_objects.index(&block.object).await?;
            let found = index.get(block.ordinal_in_object as usize).map_or("no block", |entry| &entry.sha256);
            if found != block.sha256 {
                let source = live::LiveError::Digest { expected: block.sha256.clone(), found: found.to_owned() };
                return Err(ReadLiveError::Damaged { name: block.object.clone(), source });
            }
        }
        Ok(())
    }

    fn rewriting(&self) -> Rewriting {
        Rewriting {
            bucket: self.bucket.clone(),
            catalog: self.catalog.clone(),
            live_objects: self.live_objects.clone(),
            incarnation: self.incarnation.clone(),
            compaction: self.compaction.clone(),
        }
    }

    async fn remove_lingering(&self, now: i64) {
        loop {
            let due = self.compaction.lingering().pop_front_if(|(replaced_at, _)| now - *replaced_at >= LINGER_MS);
            let Some((_, path)) = due else { return };
            if let Err(error) = self.bucket.delete(&path).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a replaced live object could not be removed yet"
                );
                self.compaction.lingering().push_back((now, path));
                return;
            }
        }
    }

    /// Removes what an earlier process did not come to: objects that it had replaced, and replacements without rows.
    async fn remove_leftovers(&self, now: i64) -> Result<(), CatalogError> {
        let mut objects = self.bucket.list(layout::LIVE);
        while let Some(found) = objects.next().await {
            let Ok(found) = found else { return Ok(()) };
            let path = found.location.to_string();
            if !layout::is_compacted(&path) {
                continue;
            }
            // Whoever cannot be read is not in the catalog either, and is all that is left of its blocks.
            let Ok(index) = self.live_objects.index(&path).await else { continue };
            let mut left = Vec::new();
            if self.catalog.blocks_of_object(&path).await?.is_empty() {
                left.push(path);
            } else {
                left.extend(index.iter().flat_map(|entry| &entry.origins).map(|(object, _)| object.clone()));
                left.sort();
                left.dedup();
            }
            for path in left {
                if self.catalog.blocks_of_object(&path).await?.is_empty() {
                    self.compaction.lingering().push_back((now, path));
                }
            }
        }
        Ok(())
    }
}

impl Rewriting {
    /// Copies `blocks` of the `old` objects into a new one and moves their rows. The old objects stay for the caller to
    /// remove.
    pub(crate) async fn rewrite(
        &self,
        old: &[String],
        blocks: Vec<LiveBlock>,
        frames: Frames,
        now: i64,
    ) -> Result<(), RewriteError> {
        let mut sealed = Vec::with_capacity(blocks.len());
        for block in &blocks {
            let (object, offset, length) = (&block.object, block.offset, block.length);
            let frame = match frames {
                Frames::Checked => self.live_objects.frame(object, offset, length, &block.sha256).await?,
                Frames::AsTheyAre => self.live_objects.frame_as_it_is(object, offset, length).await?,
            };
            let index = self.live_objects.index(&block.object).await?;
            let mut entry = index.get(block.ordinal_in_object as usize).ok_or_else(|| no_block(block))?.clone();
            entry.origins.push((block.object.clone(), block.ordinal_in_object));
            sealed.push(SealedBlock { entry, frame: frame.to_vec() });
        }
        let (object, entries) = live::pack(sealed);
        let number = self.compaction.0.next_number.fetch_add(1, Ordering::Relaxed);
        let path = layout::compacted(now, &self.incarnation, number);
        self.live_objects.write(&path, object.into()).await?;
        let moved = blocks.into_iter().zip(&entries).zip(0..).map(|((block, entry), ordinal_in_object)| MovedBlock {
            project: block.project,
            session: block.session,
            key: block.key,
            ordinal_in_object,
            offset: entry.offset,
            length: entry.length,
            raw_length: entry.raw_length,
            sha256: entry.sha256.clone(),
        });
        let new = LiveObject { path: path.clone(), written_at: now };
        match self.catalog.replace_live_objects(old.to_vec(), new, moved.collect()).await {
            Ok(_) => Ok(()),
            // Nobody knows whether it has the rows: the next start looks.
            Err(error @ ReplaceObjectsError::Catalog(_)) => Err(error.into()),
            Err(refused) => {
                self.bucket.delete(&path).await?;
                Err(refused.into())
            }
        }
    }
}

fn no_block(block: &LiveBlock) -> ReadLiveError {
    let source = live::LiveError::Digest { expected: block.sha256.clone(), found: "no block".to_owned() };
    ReadLiveError::Damaged { name: block.object.clone(), source }
}

/// Why live objects were not rewritten. They stay, and are tried again.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    /// An old object cannot be read.
    #[error(transparent)]
    Read(#[from] ReadLiveError),
    /// The new one cannot be written.
    #[error(transparent)]
    Write(#[from] cassette_store::live_objects::WriteLiveError),
    /// The catalog did not move the rows.
    #[error(transparent)]
    Replace(#[from] ReplaceObjectsError),
    /// The store failed.
    #[error(transparent)]
    Bucket(#[from] cassette_store::BucketError),
}
