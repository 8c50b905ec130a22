//! Keyframes, as a player gets them. They are derived: where they are lost, a player goes without until they are made again.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use cassette_recording::keyframes::Entry;
use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::{FinishedFile, RecordingRow};
use cassette_store::keyframe_files::KeyframeFile;
use cassette_store::layout;

use super::conditional;
use super::encoding::{LINES, encoded};
use super::listing::{GENERATION, ListedKeyframe};
use super::rebase;
use crate::api_error::ApiError;
use crate::app::App;

/// The keyframes of a recording's file whose times begin `shift` milliseconds after the listing's; only those that lie
/// before `before`.
pub(super) async fn listed(
    app: &App,
    row: &RecordingRow,
    shift: i64,
    before: i64,
) -> Result<Vec<ListedKeyframe>, ApiError> {
    let number = app.catalog.keyframes(row.project, &row.session, row.revision).await?;
    let Some(object) = row.object.as_ref().filter(|_| number.is_some_and(|number| number > 0)) else {
        return Ok(Vec::new());
    };
    let Some(name) = layout::keyframes_of(object) else { return Ok(Vec::new()) };
    let file = match KeyframeFile::open(&app.bucket, &name).await {
        Ok(file) => file,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a recording is played without its keyframes");
            if error.is_lost() {
                let (project, session) = (row.project, row.session.clone());
                let of = FinishedFile { project, session, revision: row.revision, object: object.clone() };
                app.catalog.put_keyframes(of, None).await?;
            }
            return Ok(Vec::new());
        }
    };
    let first_key = u64::from(row.revision) * GENERATION;
    let entries = file.index().keyframes.iter().zip(first_key..);
    let keyframes = entries.map(|(entry, key)| ListedKeyframe {
        key,
        window_id: entry.window_id.clone(),
        timestamp: entry.timestamp.saturating_add(shift),
        bytes: u64::from(entry.length),
    });
    Ok(keyframes.filter(|keyframe| keyframe.timestamp < before).collect())
}

/// The keyframe `key`, times counted from `base` (milliseconds since the epoch).
pub(super) async fn keyframe(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    key: u64,
    base: Option<i64>,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let found = find(app, project, session, key, base).await?;
    let tag = format!("\"{}.{}\"", found.entry.sha256, found.shift);
    let tagged = [(header::ETAG, HeaderValue::from_str(&tag).map_err(|_| ApiError::Internal)?)];
    if conditional::has(headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, tagged).into_response());
    }
    let (lines, headers) = (found.lines().await?, headers.clone());
    // Some of them are megabytes.
    let answer = tokio::task::spawn_blocking(move || encoded(lines, LINES, &headers))
        .await
        .map_err(|_| ApiError::Internal)??;
    Ok((tagged, answer).into_response())
}

/// The lines of the keyframe `key`, times counted from `base`.
pub(crate) async fn lines(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    key: u64,
    base: i64,
) -> Result<Vec<u8>, ApiError> {
    find(app, project, session, key, Some(base)).await?.lines().await
}

/// A keyframe, found, whose times begin so many milliseconds after the base.
struct Found {
    file: KeyframeFile,
    entry: Entry,
    shift: i64,
}

impl Found {
    async fn lines(&self) -> Result<Vec<u8>, ApiError> {
        Ok(rebase::keyframe_lines(&self.file.lines(&self.entry).await?, self.shift))
    }
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
    let revision = u32::try_from(key / GENERATION).ok().filter(|&revision| revision > 0).ok_or(ApiError::NotFound)?;
    let object = row.object_of(revision);
    let name = layout::keyframes_of(&object).ok_or(ApiError::NotFound)?;
    let file = KeyframeFile::open(&app.bucket, &name).await?;
    let index = usize::try_from(key % GENERATION).map_err(|_| ApiError::NotFound)?;
    let entry = file.index().keyframes.get(index).cloned().ok_or(ApiError::NotFound)?;
    let shift = file.index().started_at.saturating_sub(base);
    Ok(Found { file, entry, shift })
}
