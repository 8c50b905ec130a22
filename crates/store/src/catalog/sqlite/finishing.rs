//! What is to be finished, and what finishing changes.

use cassette_recording::{ProjectId, RecordingId};
use rusqlite::{Connection, Row, params};

use super::super::{
    BlockPlace, CatalogError, CommitFinishedError, Committed, FinishedRecording, RecordingDelta, RecordingFacts,
    RecordingState,
};
use super::failed;
use super::recordings::{self, Stored};
use super::values::{from_json, parsed, size};

pub(super) fn quiet(
    connection: &Connection,
    last_arrival_before: i64,
    limit: usize,
) -> Result<Vec<(ProjectId, RecordingId)>, CatalogError> {
    connection
        .prepare_cached(
            "SELECT project, session FROM recording WHERE unfinished > 0 AND last_arrival < ?1
             ORDER BY last_arrival LIMIT ?2",
        )
        .and_then(|mut query| query.query_map(params![last_arrival_before, size(limit)], name)?.collect())
        .map_err(failed)
}

pub(super) fn overdue(
    connection: &Connection,
    flushed_before: i64,
    limit: usize,
) -> Result<Vec<(ProjectId, RecordingId)>, CatalogError> {
    connection
        .prepare_cached(
            "SELECT project, session FROM recording WHERE unfinished > 0 AND waiting_since < ?1
             ORDER BY waiting_since LIMIT ?2",
        )
        .and_then(|mut query| query.query_map(params![flushed_before, size(limit)], name)?.collect())
        .map_err(failed)
}

fn name(row: &Row<'_>) -> rusqlite::Result<(ProjectId, RecordingId)> {
    Ok((ProjectId(row.get("project")?), parsed(row, "session")?))
}

pub(super) fn commit_finished(
    connection: &Connection,
    finished: &FinishedRecording,
) -> Result<Committed, CommitFinishedError> {
    let before = recordings::load(connection, finished.project, &finished.session)?;
    let mut after = match &before {
        Some(before) => before.clone(),
        None => Stored::begin(&RecordingDelta {
            project: finished.project,
            session: finished.session.clone(),
            facts: finished.facts.clone(),
        }),
    };
    refuse_older(&after, finished)?;
    let is_new = after.row.revision < finished.revision;
    if is_new {
        if let Some(older) = after.row.object.replace(finished.object.clone()) {
            supersede(connection, &older, finished.finished_at).map_err(failed)?;
        }
        after.row.revision = finished.revision;
        after.row.file_blocks = finished.file_blocks;
        after.row.finished_at = Some(finished.finished_at);
    }
    let recording = match after.id {
        Some(id) => id,
        None => recordings::save(connection, &after, None)?,
    };
    let mut marked = 0;
    for place in &finished.contained {
        marked += mark(connection, recording, place, finished).map_err(failed)?;
    }
    let last_arrival = after.row.facts.last_arrival.max(finished.facts.last_arrival);
    after.row.facts = RecordingFacts { last_arrival, ..finished.facts.clone() };
    let waiting = waiting_blocks(connection, recording).map_err(failed)?;
    for (_, facts) in &waiting {
        after.row.facts.add(facts);
    }
    after.unfinished = waiting.len() as u64;
    after.waiting_since = waiting.iter().map(|(flushed_at, _)| *flushed_at).min().unwrap_or(0);
    after.row.state = if waiting.is_empty() { RecordingState::Finished } else { RecordingState::Live };
    recordings::save(connection, &after, before.as_ref())?;
    Ok(if is_new || marked > 0 { Committed::Now } else { Committed::Before })
}

fn refuse_older(stored: &Stored, finished: &FinishedRecording) -> Result<(), CommitFinishedError> {
    let row = &stored.row;
    if finished.revision < row.revision {
        return Err(CommitFinishedError::Stale {
            session: row.session.clone(),
            stored: row.revision,
            given: finished.revision,
        });
    }
    match &row.object {
        Some(object) if finished.revision == row.revision && *object != finished.object => {
            Err(CommitFinishedError::OtherObject {
                session: row.session.clone(),
                revision: row.revision,
                stored: object.clone(),
                given: finished.object.clone(),
            })
        }
        _ => Ok(()),
    }
}

fn supersede(connection: &Connection, path: &str, at: i64) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("INSERT INTO superseded_file (path, superseded_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![path, at])
}

/// Marks the block that lies at a place, or that lay there before it was moved. Returns how many were unmarked.
fn mark(
    connection: &Connection,
    recording: i64,
    place: &BlockPlace,
    finished: &FinishedRecording,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "UPDATE live_block SET finished_in = ?2, finished_at = ?3
             WHERE recording = ?1 AND finished_in IS NULL AND block_key IN (
                 SELECT block_key FROM live_block WHERE object = ?4 AND ordinal = ?5 AND recording = ?1
                 UNION ALL
                 SELECT block_key FROM moved_block WHERE object = ?4 AND ordinal = ?5 AND recording = ?1)",
        )?
        .execute(params![recording, finished.revision, finished.finished_at, place.object, place.ordinal])
}

/// Flush time and facts of each block of a recording that no finished file contains.
fn waiting_blocks(connection: &Connection, recording: i64) -> rusqlite::Result<Vec<(i64, RecordingFacts)>> {
    connection
        .prepare_cached(
            "SELECT flushed_at, facts FROM live_block WHERE recording = ?1 AND finished_in IS NULL ORDER BY block_key",
        )?
        .query_map(params![recording], |row| Ok((row.get("flushed_at")?, from_json(row, "facts")?)))?
        .collect()
}

pub(super) fn superseded(
    connection: &Connection,
    superseded_before: i64,
    limit: usize,
) -> Result<Vec<String>, CatalogError> {
    connection
        .prepare_cached(
            "SELECT path FROM superseded_file WHERE superseded_at < ?1 ORDER BY superseded_at, path LIMIT ?2",
        )
        .and_then(|mut query| query.query_map(params![superseded_before, size(limit)], |row| row.get(0))?.collect())
        .map_err(failed)
}

pub(super) fn forget_file(connection: &Connection, path: &str) -> Result<(), CatalogError> {
    connection.execute("DELETE FROM superseded_file WHERE path = ?1", params![path]).map_err(failed)?;
    Ok(())
}
