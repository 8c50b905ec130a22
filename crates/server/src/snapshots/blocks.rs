//! The blocks that a range of keys names.

use cassette_recording::file::BlockEntry;
use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::{LiveBlock, RecordingRow};
use cassette_store::live_objects::{LiveObjects, ReadLiveError};
use cassette_store::recording_files::{ReadRecordingError, RecordingFile};
use cassette_store::{BucketError, layout};
use sha2::{Digest as _, Sha256};

use super::asked::{Form, Key, Keys};
use crate::api_error::ApiError;
use crate::app::App;

/// A block that can be read.
#[derive(Debug, Clone)]
pub(super) enum Block {
    /// Of a finished file.
    Finished(RecordingFile, BlockEntry),
    /// Of a live object.
    Live(LiveObjects, LiveBlock),
}

/// Why a block cannot be read.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// It is not there, or not what was written: trying again does not help.
    Lost,
    /// The store does not answer.
    Now(ApiError),
}

impl Block {
    /// Its lines.
    pub(super) async fn lines(&self) -> Result<Vec<u8>, Unreadable> {
        match self {
            Self::Finished(file, block) => Ok(file.lines(block).await?),
            Self::Live(objects, block) => {
                let place = (&block.object, block.offset, block.length, block.raw_length, &block.sha256);
                Ok(objects.lines(place.0, place.1, place.2, place.3, place.4).await?)
            }
        }
    }

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
    let digest: String = hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digest}\"")
}

/// The blocks of a range.
///
/// # Errors
/// [`ApiError::NoSuchBlock`] where one of them is not there (any more); and what the store says.
pub(super) async fn in_range(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    keys: Keys,
) -> Result<Vec<Block>, ApiError> {
    let row = app.catalog.recording(project, session).await?.ok_or(ApiError::NotFound)?;
    let (first, last) = (keys.first, keys.last);
    let blocks = match (first.is_live(), last.is_live()) {
        (true, true) => live(app, &row, first.index, last.index, None).await?,
        (false, false) => finished(app, &row, first, Some(last.index)).await?,
        // Across the border, in the order of the list: the rest of the file, then what is not in it.
        (false, true) => {
            let mut blocks = finished(app, &row, first, None).await?;
            blocks.extend(live(app, &row, 0, last.index, Some(first)).await?);
            blocks
        }
        // And in the order of the numbers.
        (true, false) => {
            let from_start = Key { index: 0, ..last };
            let mut blocks = live(app, &row, first.index, u64::MAX, Some(last)).await?;
            blocks.extend(finished(app, &row, from_start, Some(last.index)).await?);
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
    let object = match &row.object {
        Some(object) if revision == row.revision => object.clone(),
        _ if revision < row.revision => layout::recording(row.project, row.facts.first_arrival, &row.session, revision),
        _ => return Err(ApiError::NoSuchBlock),
    };
    let file = match RecordingFile::open(&app.bucket, &object).await {
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
