//! The list of a recording's blocks, as PostHog's `sources`.

use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::RecordingRow;
use cassette_store::recording_files::RecordingFile;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::iso;
use crate::api_error::ApiError;
use crate::app::App;
use crate::playback::{GENERATION, row_and_unfinished};

/// What the first step answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SnapshotSources)]
pub(super) struct Sources {
    sources: Vec<Source>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SnapshotSource)]
struct Source {
    /// `blob_v2`.
    source: &'static str,
    start_timestamp: Option<String>,
    end_timestamp: Option<String>,
    /// A number; what it names never changes.
    blob_key: String,
}

impl Source {
    /// Times in milliseconds since the epoch.
    fn of(key: u64, first: i64, last: i64) -> Self {
        Self { source: "blob_v2", start_timestamp: iso(first), end_timestamp: iso(last), blob_key: key.to_string() }
    }
}

/// The blocks with events in them: those of the file, then those that came since.
pub(super) async fn sources(app: &App, project: ProjectId, session: &RecordingId) -> Result<Sources, ApiError> {
    let (row, unfinished) = match row_and_unfinished(app, project, session).await {
        // Nothing of it is in a block yet.
        Err(ApiError::NotFound) if app.open.facts(&(project, session.clone())).is_some() => {
            return Ok(Sources { sources: Vec::new() });
        }
        found => found?,
    };
    let mut sources = of_file(app, &row).await?;
    let with_events = unfinished.iter().filter(|block| block.events > 0);
    sources.extend(with_events.map(|block| Source::of(u64::from(block.key), block.first, block.last)));
    Ok(Sources { sources })
}

async fn of_file(app: &App, row: &RecordingRow) -> Result<Vec<Source>, ApiError> {
    let Some(object) = &row.object else { return Ok(Vec::new()) };
    let file = RecordingFile::open(&app.bucket, object).await?;
    let started_at = file.meta().await?.started_at;
    let first_key = u64::from(row.revision) * GENERATION;
    let blocks = file.index().blocks.iter().zip(first_key..).filter(|(block, _)| block.events > 0);
    let at = |time: i64| started_at.saturating_add(time);
    Ok(blocks.map(|(block, key)| Source::of(key, at(block.first), at(block.last))).collect())
}
