//! The blocks that a range of keys names.

use cassette_recording::file::BlockEntry;
use cassette_recording::limits;
use cassette_store::BucketError;
use cassette_store::catalog::{LiveBlock, RecordingRow};
use cassette_store::live_objects::{LiveObjects, ReadLiveError};
use cassette_store::recording_files::{ReadRecordingError, RecordingFile, lie_behind_each_other};
use sha2::{Digest as _, Sha256};

use super::asked::{Form, Key, Keys};
use crate::api_error::ApiError;
use crate::app::App;
use crate::hex;

/// A block that can be read.
#[derive(Debug, Clone)]
pub(super) enum Block {
    /// Of a finished file.
    Finished(RecordingFile, BlockEntry),
    /// Of a live object.
    Live(LiveObjects, LiveBlock),
}

/// Why a block cannot be read.
#[derive(Debug, Clone)]
pub(super) enum Unreadable {
    /// It is not there, or not what was written: trying again does not help.
    Lost,
    /// The store does not answer.
    Now(ApiError),
}

/// Blocks that are read at once.
#[derive(Debug)]
pub(super) enum Run {
    /// Of a finished file, one behind the other.
    Finished(RecordingFile, Vec<BlockEntry>),
    /// Of a live object.
    Live(LiveObjects, LiveBlock),
}

/// Bytes of a run, decompressed, unless a single block is larger. Four blocks of the usual size: enough that waking a thread
/// costs little beside them.
const RUN_BYTES: u64 = 4 * (limits::FILE_BLOCK_BYTES as u64 + (16 << 10));

/// These blocks as runs. The first one is of one block, so that the answer begins early.
pub(super) fn runs(blocks: Vec<Block>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut bytes = RUN_BYTES;
    for block in blocks {
        match (block, runs.last_mut()) {
            (Block::Finished(file, block), Some(Run::Finished(of, run)))
                if file.name() == of.name()
                    && bytes + weight(&block) <= RUN_BYTES
                    && run.last().is_some_and(|last| lie_behind_each_other(last, &block)) =>
            {
                bytes += weight(&block);
                run.push(block);
            }
            (Block::Finished(file, block), last) => {
                bytes = if last.is_some() { weight(&block) } else { RUN_BYTES };
                runs.push(Run::Finished(file, vec![block]));
            }
            (Block::Live(objects, block), _) => runs.push(Run::Live(objects, block)),
        }
    }
    runs
}

fn weight(block: &BlockEntry) -> u64 {
    u64::from(block.raw_length.max(block.length))
}

impl Run {
    /// What `each` makes of the lines of its blocks, in their order.
    pub(super) async fn read<T: Send + 'static>(
        self,
        mut each: impl FnMut(Vec<u8>) -> Result<T, Unreadable> + Send + 'static,
    ) -> Vec<Result<T, Unreadable>> {
        match self {
            Self::Finished(file, blocks) => {
                let count = blocks.len();
                let read = file.run(blocks, move |lines| each(lines?)).await;
                read.unwrap_or_else(|error| {
                    let error = Unreadable::from(error);
                    (0..count).map(|_| Err(error.clone())).collect()
                })
            }
            Self::Live(objects, block) => {
                let place = (&block.object, block.offset, block.length, block.raw_length, &block.sha256);
                let lines = objects.lines(place.0, place.1, place.2, place.3, place.4).await;
                vec![lines.map_err(Unreadable::from).and_then(each)]
            }
        }
    }
}

impl Block {
    fn add_to(&self, tag: &mut Sha256) {
        match self {
            Self::Finished(_, block) => tag.update(block.sha256.as_bytes()),
            Self::Live(_, block) => tag.update(&block.sha256),
        }
    }
}

impl From<ReadRecordingError> for Unreadable {
    fn from(error: ReadRecordingError) -> Self {
        let is_lost = error.is_lost();
        let error = ApiError::from(error);
        if is_lost { Self::Lost } else { Self::Now(error) }
    }
}

impl From<ReadLiveError> for Unreadable {
    fn from(error: ReadLiveError) -> Self {
        let is_lost = error.is_lost();
        let error = ApiError::from(error);
        if is_lost { Self::Lost } else { Self::Now(error) }
    }
}

/// A tag of the answer that these blocks give in that form.
pub(super) fn tag(blocks: &[Block], form: Form) -> String {
    let mut hasher = Sha256::new();
    hasher.update(match form {
        Form::Jsonl => b"jsonl/1",
        Form::Snappy => b"snapp/1",
    });
    blocks.iter().for_each(|block| block.add_to(&mut hasher));
    hex::etag(hasher)
}

/// The blocks of a range, of the recording of that row.
///
/// # Errors
/// [`ApiError::NoSuchBlock`] where one of them is not there (any more); and what the store says.
pub(super) async fn in_range(app: &App, row: &RecordingRow, keys: Keys) -> Result<Vec<Block>, ApiError> {
    let (first, last) = (keys.first, keys.last);
    let blocks = match (first.is_live(), last.is_live()) {
        (true, true) => live(app, row, first.index, last.index, None).await?,
        (false, false) => finished(app, row, first, Some(last.index)).await?,
        // Across the border, in the order of the list: the rest of the file, then what is not in it.
        (false, true) => {
            let mut blocks = finished(app, row, first, None).await?;
            blocks.extend(live(app, row, 0, last.index, Some(first)).await?);
            blocks
        }
        // And in the order of the numbers.
        (true, false) => {
            let from_start = Key { index: 0, ..last };
            let mut blocks = live(app, row, first.index, u64::MAX, Some(last)).await?;
            blocks.extend(finished(app, row, from_start, Some(last.index)).await?);
            blocks
        }
    };
    keys.refuse_more_than_the_limit((blocks.len() as u64).saturating_sub(1))?;
    Ok(blocks)
}

/// Live blocks from one key to another; only those that are not in the file of `beside`, if there is one.
async fn live(
    app: &App,
    row: &RecordingRow,
    first: u64,
    last: u64,
    beside: Option<Key>,
) -> Result<Vec<Block>, ApiError> {
    let mut blocks = app.catalog.live_blocks(row.project, &row.session).await?;
    blocks.retain(|block| (first..=last).contains(&u64::from(block.key)));
    match beside {
        Some(file) => {
            blocks.retain(|block| block.finished_in.is_none_or(|revision| u64::from(revision) > file.generation));
        }
        None if blocks.len() as u64 != last - first + 1 => return Err(ApiError::NoSuchBlock),
        None => {}
    }
    Ok(blocks.into_iter().map(|block| Block::Live(app.live_objects.clone(), block)).collect())
}

/// Blocks of a file from one on, up to the one at `last` or to its end.
async fn finished(app: &App, row: &RecordingRow, first: Key, last: Option<u64>) -> Result<Vec<Block>, ApiError> {
    let revision = u32::try_from(first.generation).map_err(|_| ApiError::NoSuchBlock)?;
    if revision > row.revision || (revision == row.revision && row.object.is_none()) {
        return Err(ApiError::NoSuchBlock);
    }
    let file = match RecordingFile::open(&app.bucket, &row.object_of(revision)).await {
        // An earlier revision goes an hour after the next one came.
        Err(ReadRecordingError::Bucket(BucketError::NotFound { .. })) if revision < row.revision => {
            return Err(ApiError::NoSuchBlock);
        }
        file => file?,
    };
    let position = |index: u64| usize::try_from(index).map_err(|_| ApiError::NoSuchBlock);
    let blocks = &file.index().blocks;
    let end = match last {
        Some(last) => position(last)?.saturating_add(1),
        None => blocks.len(),
    };
    let named = blocks.get(position(first.index)?..end).filter(|named| !named.is_empty());
    let named = named.ok_or(ApiError::NoSuchBlock)?;
    Ok(named.iter().map(|block| Block::Finished(file.clone(), block.clone())).collect())
}
