//! One block, as a player gets it.

use axum::http::HeaderMap;
use axum::response::Response;
use cassette_recording::file::BlockEntry;
use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::LiveBlock;
use cassette_store::recording_files::RecordingFile;

use super::encoding::{Encoding, LINES, answer, encoded};
use super::listing::{GENERATION, LIVE_GENERATION};
use super::rebase;
use crate::api_error::ApiError;
use crate::app::App;

/// A block, found.
enum Found {
    /// Of a live object: its lines, times counted from the base.
    Live(Vec<u8>),
    /// Of a file, whose times begin so many milliseconds after the base.
    Finished { file: RecordingFile, block: BlockEntry, shift: i64 },
}

impl Found {
    async fn lines(self) -> Result<Vec<u8>, ApiError> {
        match self {
            Self::Live(lines) => Ok(lines),
            Self::Finished { file, block, shift } => {
                let lines = file.lines(&block).await?;
                Ok(if shift == 0 { lines } else { rebase::finished_lines(&lines, shift) })
            }
        }
    }
}

/// The block `key`, as a player gets it, times counted from `base` (milliseconds since the epoch).
pub(super) async fn block(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    key: u64,
    base: Option<i64>,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let found = find(app, project, session, key, base).await?;
    if let Found::Finished { file, block, shift: 0 } = &found
        && Encoding::accepted(headers) == Encoding::Zstd
    {
        return Ok(answer(file.frame(block).await?, LINES, Encoding::Zstd));
    }
    encoded(found.lines().await?, LINES, headers)
}

/// The lines of the block `key`, times counted from `base`.
pub(crate) async fn lines(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    key: u64,
    base: i64,
) -> Result<Vec<u8>, ApiError> {
    find(app, project, session, key, Some(base)).await?.lines().await
}

async fn find(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    key: u64,
    base: Option<i64>,
) -> Result<Found, ApiError> {
    let row = app.catalog.recording(project, session).await?.ok_or(ApiError::NotFound)?;
    let base = base.unwrap_or_else(|| row.facts.started_at());
    let (generation, index) = (key / GENERATION, key % GENERATION);
    if generation == LIVE_GENERATION {
        let (block, lines) = live_block(app, project, session, index).await?;
        // The catalog holds corrected times, the lines those of the visitor's clock; the first line is the earliest.
        let first = rebase::first_time(&lines).unwrap_or(block.first);
        return Ok(Found::Live(rebase::live_lines(&lines, block.first.saturating_sub(first), base)));
    }
    let revision = u32::try_from(generation).map_err(|_| ApiError::NotFound)?;
    let object = row.object_of(revision);
    let file = match RecordingFile::open(&app.bucket, &object).await {
        Err(error) if error.is_not_found() => return Err(ApiError::NotFound),
        file => file?,
    };
    let index = usize::try_from(index).map_err(|_| ApiError::NotFound)?;
    let block = file.index().blocks.get(index).cloned().ok_or(ApiError::NotFound)?;
    let shift = file.meta().await?.started_at.saturating_sub(base);
    Ok(Found::Finished { file, block, shift })
}

/// A live block and its lines. Its object may be replaced by another between the look into the catalog and the reading: at
/// once, where a recording beside it was deleted. So what is not there is looked for once more.
async fn live_block(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    key: u64,
) -> Result<(LiveBlock, Vec<u8>), ApiError> {
    let mut looked_at = None;
    loop {
        let blocks = app.catalog.live_blocks(project, session).await?;
        let block = blocks.into_iter().find(|block| u64::from(block.key) == key).ok_or(ApiError::NotFound)?;
        let read = app.live_objects.lines(&block.object, block.offset, block.length, block.raw_length, &block.sha256);
        match read.await {
            Ok(lines) => return Ok((block, lines)),
            Err(error) if error.is_lost() && looked_at.as_ref() != Some(&block.object) => {
                looked_at = Some(block.object);
            }
            Err(error) => return Err(error.into()),
        }
    }
}
