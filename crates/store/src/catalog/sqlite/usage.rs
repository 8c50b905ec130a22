//! What recordings take up, and which are older than they may become.

use cassette_recording::{ProjectId, RecordingId};
use rusqlite::{Connection, Row, params};

use super::super::{CatalogError, Occupied, Usage};
use super::failed;
use super::values::{count, parsed, size};

/// A day, in ms.
const DAY_MS: i64 = 24 * 3_600_000;

pub(super) fn of_project(connection: &Connection, project: ProjectId, since: i64) -> Result<Usage, CatalogError> {
    let sums = "COUNT(*) AS recordings, COALESCE(SUM(stored_bytes), 0) AS stored, COALESCE(SUM(raw_bytes), 0) AS raw";
    let (total, last_arrival) = connection
        .prepare_cached(&format!("SELECT {sums}, MAX(last_arrival) AS last FROM recording WHERE project = ?1"))
        .and_then(|mut query| query.query_row(params![project.0], |row| Ok((occupied(row)?, row.get("last")?))))
        .map_err(failed)?;
    let live = connection
        .prepare_cached(
            "SELECT COUNT(DISTINCT recording) AS recordings, COALESCE(SUM(length), 0) AS stored,
                 COALESCE(SUM(raw_length), 0) AS raw
             FROM live_block JOIN recording ON recording.id = live_block.recording
             WHERE project = ?1 AND unfinished > 0 AND finished_in IS NULL",
        )
        .and_then(|mut query| query.query_row(params![project.0], occupied))
        .map_err(failed)?;
    // Division of integers: a day is a whole number in every database.
    let days = connection
        .prepare_cached(&format!(
            "SELECT first_arrival / {DAY_MS} AS day, {sums} FROM recording
             WHERE project = ?1 AND first_arrival >= ?2 GROUP BY day ORDER BY day"
        ))
        .and_then(|mut query| {
            query.query_map(params![project.0, since], |row| Ok((row.get("day")?, occupied(row)?)))?.collect()
        })
        .map_err(failed)?;
    Ok(Usage { total, live, last_arrival, days })
}

fn occupied(row: &Row<'_>) -> rusqlite::Result<Occupied> {
    Ok(Occupied {
        recordings: count(row, "recordings")?,
        stored_bytes: count(row, "stored")?,
        raw_bytes: count(row, "raw")?,
    })
}

pub(super) fn expired(
    connection: &Connection,
    project: ProjectId,
    last_arrival_before: i64,
    limit: usize,
) -> Result<Vec<RecordingId>, CatalogError> {
    connection
        .prepare_cached(
            "SELECT session FROM recording WHERE project = ?1 AND state = 1 AND last_arrival < ?2
             ORDER BY last_arrival, session LIMIT ?3",
        )
        .and_then(|mut query| {
            query
                .query_map(params![project.0, last_arrival_before, size(limit)], |row| parsed(row, "session"))?
                .collect()
        })
        .map_err(failed)
}

pub(super) fn expired_total(
    connection: &Connection,
    project: ProjectId,
    last_arrival_before: i64,
) -> Result<Occupied, CatalogError> {
    connection
        .prepare_cached(
            "SELECT COUNT(*) AS recordings, COALESCE(SUM(stored_bytes), 0) AS stored, COALESCE(SUM(raw_bytes), 0) AS raw
             FROM recording WHERE project = ?1 AND state = 1 AND last_arrival < ?2",
        )
        .and_then(|mut query| query.query_row(params![project.0, last_arrival_before], occupied))
        .map_err(failed)
}
