//! Finishing one recording: two merges over the same runs, one to count and one to write, because the meta line stands
//! first and is covered by the first checksum.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::PathBuf;
use std::sync::Arc;

use cassette_recording::assemble::{self, Totals};
use cassette_recording::file::{ItemEntry, Meta};
use cassette_recording::live::BlockEntry;
use cassette_recording::merge::merge;
use cassette_recording::{DistinctId, ProjectId, RecordingId, limits};
use cassette_store::catalog::{
    BlockPlace, Catalog, CatalogError, CommitFinishedError, FinishedRecording, LiveBlock, RecordingRow,
};
use cassette_store::live_objects::{LiveObjects, ReadLiveError};
use cassette_store::rebuild::{block_name, finished, finished_row};
use cassette_store::recording_files::{ReadRecordingError, RecordingFile};
use cassette_store::{Bucket, BucketError, Put, layout};
use tokio::runtime::Handle;

use super::runs::Runs;
use crate::erase::Deleted;

/// What finishing one recording needs.
#[derive(Clone)]
pub struct Finishing {
    /// Where everything lies.
    pub bucket: Bucket,
    /// Its index.
    pub catalog: Arc<dyn Catalog>,
    /// Live objects.
    pub live_objects: LiveObjects,
    /// What was deleted.
    pub deleted: Deleted,
    /// A local folder for files under construction.
    pub spool: PathBuf,
    /// zstd level.
    pub level: i32,
    /// Server clock, milliseconds since the epoch.
    pub now: i64,
}

/// Why a recording was not finished.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// The catalog failed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The catalog refused the finished file.
    #[error(transparent)]
    Commit(#[from] CommitFinishedError),
    /// The store failed.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// A live object cannot be read.
    #[error(transparent)]
    Live(#[from] ReadLiveError),
    /// The earlier revision cannot be read.
    #[error(transparent)]
    Earlier(#[from] ReadRecordingError),
    /// A run cannot be read, or the file under construction not be written.
    #[error("the recording could not be merged")]
    Merge(#[from] io::Error),
}

/// Finishes one recording; returns the object's name, or `None` where nothing is to be done: everything is finished, or
/// the recording was deleted. Blocks the thread.
///
/// # Errors
/// When something cannot be read or written; what there was before is as it was.
pub fn finish(
    finishing: &Finishing,
    project: ProjectId,
    session: &RecordingId,
    runtime: &Handle,
) -> Result<Option<String>, FinishError> {
    // Who deletes it waits for the end of this.
    let Some(_working) = finishing.deleted.begin_work(project, session) else { return Ok(None) };
    let file = finishing.spool.join(format!("finish-{session}-{:08x}", crate::random::number()));
    let gathered = runtime.block_on(gather(finishing, project, session));
    let result = gathered.and_then(|gathered| match gathered {
        Some(gathered) => write(finishing, &gathered, session, &file, runtime),
        None => Ok(None),
    });
    if !matches!(result, Ok(Some(_))) {
        // What was written of it is of no use.
        std::fs::remove_file(&file).ok();
    }
    match result {
        // What was to be merged went away under our hands.
        Err(_) if finishing.deleted.contains(project, session) => Ok(None),
        result => result,
    }
}

/// What is known of a recording before it is merged.
struct Gathered {
    row: RecordingRow,
    /// The blocks to finish, each with its place.
    blocks: Vec<(LiveBlock, Arc<BlockEntry>)>,
    earlier: Option<Earlier>,
}

struct Earlier {
    file: RecordingFile,
    meta: Meta,
    items: Vec<ItemEntry>,
}

async fn gather(
    finishing: &Finishing,
    project: ProjectId,
    session: &RecordingId,
) -> Result<Option<Gathered>, FinishError> {
    let Some(row) = finishing.catalog.recording(project, session).await? else { return Ok(None) };
    let mut blocks = Vec::new();
    for block in finishing.catalog.unfinished_blocks(project, session).await? {
        let index = finishing.live_objects.index(&block.object).await?;
        let entry = index.get(block.ordinal_in_object as usize).cloned().ok_or_else(|| {
            let message = format!("{} has no block {}", block.object, block.ordinal_in_object);
            io::Error::new(io::ErrorKind::InvalidData, message)
        })?;
        blocks.push((block, Arc::new(entry)));
    }
    if blocks.is_empty() {
        return Ok(None);
    }
    let earlier = match &row.object {
        None => None,
        Some(object) => {
            let file = RecordingFile::open(&finishing.bucket, object).await?;
            let (meta, items) = (file.meta().await?, file.items()?);
            Some(Earlier { file, meta, items })
        }
    };
    Ok(Some(Gathered { row, blocks, earlier }))
}

fn write(
    finishing: &Finishing,
    gathered: &Gathered,
    session: &RecordingId,
    path: &std::path::Path,
    runtime: &Handle,
) -> Result<Option<String>, FinishError> {
    let mut runs = Runs::new(finishing.live_objects.clone(), runtime.clone(), finishing.spool.clone());
    let earlier_items = gathered.earlier.as_ref().map_or(&[][..], |earlier| &earlier.items);
    if let Some(earlier) = &gathered.earlier {
        runs.add_finished(earlier.file.clone(), earlier.meta.started_at);
    }
    let blocks = gathered.blocks.iter().map(|(block, entry)| (block.object.clone(), entry.clone())).collect();
    runs.add_live(blocks, earlier_items);

    let mut totals = Totals::default();
    let all = runs.all();
    merge(all.clone(), &mut runs, &mut |line| totals.count(line))?;
    let (meta, items) = meta(gathered, session, totals);

    let out = BufWriter::with_capacity(1 << 20, File::create_new(path)?);
    let written = assemble::write(out, &meta, finishing.level, items, |visit| merge(all, &mut runs, visit))?;

    if finishing.deleted.contains(meta.project_id, session) {
        return Ok(None);
    }
    let name = layout::recording(meta.project_id, meta.first_arrival, session, meta.revision);
    let row = match runtime.block_on(finishing.bucket.put_file(&name, path))? {
        Put::Created => {
            let blocks = written.index.blocks.len();
            let row = finished_row(&meta, &name, blocks, written.raw_bytes, written.bytes, finishing.now);
            FinishedRecording { contained: contained(gathered), ..row }
        }
        // A finisher died between the file and its row. More may have come since: its own meta line says what is in it,
        // and what is not stays to be finished.
        Put::Existed => runtime.block_on(finished(&finishing.bucket, &name, finishing.now))?,
    };
    let _ = runtime.block_on(finishing.catalog.commit_finished(row))?;
    metrics::counter!("cassette_finished_raw_bytes_total").increment(written.raw_bytes);
    metrics::counter!("cassette_finished_stored_bytes_total").increment(written.bytes);
    Ok(Some(name))
}

fn contained(gathered: &Gathered) -> Vec<BlockPlace> {
    gathered.blocks.iter().map(|(block, _)| block.place()).collect()
}

/// The meta line and the items of the new file.
fn meta(gathered: &Gathered, session: &RecordingId, totals: Totals) -> (Meta, Vec<ItemEntry>) {
    let project = gathered.row.project;
    let (started_at, ended_at) = totals.span().unwrap_or_default();
    // Of an item that lies in two blocks the first arrival counts, and of one in the earlier file what that file says.
    let mut items: Vec<ItemEntry> = gathered.blocks.iter().flat_map(|(_, entry)| entry.items.iter().cloned()).collect();
    items.sort_by_key(|item| (item.arrived_at, item.item));
    let earlier_items = gathered.earlier.iter().flat_map(|earlier| earlier.items.iter().cloned());
    let mut items: Vec<ItemEntry> = earlier_items.chain(items).collect();
    let mut taken = HashSet::new();
    items.retain(|item| taken.insert(item.item));
    items.sort_by_key(|item| (item.arrived_at, item.item));

    let mut meta = Meta::new(session.clone(), project, started_at, ended_at);
    meta.first_arrival = items.first().map_or(0, |item| item.arrived_at);
    meta.last_arrival = items.last().map_or(0, |item| item.arrived_at);
    meta.revision = gathered.row.revision + 1;
    meta.distinct_ids = distinct_ids(&items);
    totals.tell(&mut meta);

    let mut entries: Vec<&BlockEntry> = gathered.blocks.iter().map(|(_, entry)| &**entry).collect();
    entries.sort_by_key(|entry| (entry.items.iter().map(|item| item.arrived_at).min(), entry.first));
    let mut urls: Vec<&(i64, String)> = entries.iter().flat_map(|entry| &entry.urls).collect();
    urls.sort();
    if let Some(earlier) = &gathered.earlier {
        // The folder of the first revision stays the recording's: its day is that of the first arrival.
        meta.first_arrival = earlier.meta.first_arrival;
        meta.earlier_revision = Some(earlier.meta.revision);
        meta.urls.clone_from(&earlier.meta.urls);
        meta.user_agent.clone_from(&earlier.meta.user_agent);
        meta.library.clone_from(&earlier.meta.library);
        meta.source.clone_from(&earlier.meta.source);
        meta.live_blocks.clone_from(&earlier.meta.live_blocks);
        meta.odd_timestamps = earlier.meta.odd_timestamps;
        meta.undecoded = earlier.meta.undecoded;
    }
    for (_, url) in urls {
        if meta.urls.len() < limits::URLS_PER_RECORDING && !meta.urls.contains(url) {
            meta.urls.push(url.clone());
        }
    }
    meta.first_url = meta.urls.first().cloned();
    for entry in entries {
        first_of(&mut meta.user_agent, entry.user_agent.as_ref());
        first_of(&mut meta.library, entry.library.as_ref());
        first_of(&mut meta.source, entry.source.as_ref());
        meta.odd_timestamps += entry.odd_timestamps;
        meta.undecoded += entry.undecoded;
    }
    // Not in the order of their keys: these are the catalog's, and a file depends on the objects alone.
    let mut blocks: Vec<String> = contained(gathered).iter().map(block_name).collect();
    blocks.sort();
    meta.live_blocks.extend(blocks);
    (meta, items)
}

fn first_of(slot: &mut Option<String>, value: Option<&String>) {
    if slot.is_none() {
        *slot = value.cloned();
    }
}

fn distinct_ids(items: &[ItemEntry]) -> Vec<DistinctId> {
    let mut seen = HashSet::new();
    let all = items.iter().filter_map(|item| item.distinct_id.as_ref());
    all.filter(|id| seen.insert(*id)).take(limits::IDS_PER_RECORDING).cloned().collect()
}
