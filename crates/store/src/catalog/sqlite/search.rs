//! Search rows: written by an indexer after the fact, never on the way of data.
//!
//! `part` tells which rows are a live block's (its key) and which are the finished file's (−1): a file's rows take the place
//! of those of the blocks that it contains. That rows go with their recording, and move with its start, is said by triggers,
//! so that no other query has to know of these tables.

use cassette_recording::{ProjectId, RecordingId};
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::super::search::{CONSOLE_PER_RECORDING, EVENTS_PER_RECORDING};
use super::super::{CatalogError, Condition, MatchingEvent, SearchRows, Unindexed};
use super::conditions::event_condition;
use super::live::{BLOCKS, live_block};
use super::values::{parsed, size};
use super::{failed, signals};

pub(super) const TABLES: &str = "
CREATE TABLE recording_event (
    recording BIGINT NOT NULL,
    name TEXT NOT NULL,
    at BIGINT NOT NULL,
    part BIGINT NOT NULL,
    uuid TEXT,
    properties TEXT NOT NULL
);
CREATE INDEX recording_event_by_name ON recording_event (recording, name);
CREATE TABLE recording_event_name (
    recording BIGINT NOT NULL,
    name TEXT NOT NULL,
    project BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    PRIMARY KEY (recording, name)
);
CREATE INDEX recording_by_event ON recording_event_name (project, name, started_at, recording);
CREATE TABLE recording_console (
    recording BIGINT NOT NULL,
    level TEXT NOT NULL,
    at BIGINT NOT NULL,
    part BIGINT NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX recording_console_by_recording ON recording_console (recording);
CREATE INDEX live_block_unindexed ON live_block (recording, block_key) WHERE indexed = 0 AND finished_in IS NULL;
CREATE INDEX recording_unindexed ON recording (id) WHERE indexed_revision < revision;
CREATE INDEX recording_with_errors ON recording (project, started_at, session) WHERE console_error > 0;
CREATE TRIGGER recording_search_moves AFTER UPDATE OF started_at ON recording WHEN OLD.started_at <> NEW.started_at BEGIN
    UPDATE recording_event_name SET started_at = NEW.started_at WHERE recording = NEW.id;
END;
CREATE TRIGGER recording_search_goes AFTER DELETE ON recording BEGIN
    DELETE FROM recording_event WHERE recording = OLD.id;
    DELETE FROM recording_event_name WHERE recording = OLD.id;
    DELETE FROM recording_console WHERE recording = OLD.id;
END;
";

/// The part of rows that are of a finished file.
const FILE: i64 = -1;

/// Files first: they make rows of blocks superfluous.
pub(super) fn unindexed(connection: &Connection, limit: usize) -> Result<Vec<Unindexed>, CatalogError> {
    let mut found: Vec<Unindexed> = connection
        .prepare_cached(
            "SELECT project, session, revision, object FROM recording
             WHERE indexed_revision < revision AND object IS NOT NULL ORDER BY id LIMIT ?1",
        )
        .and_then(|mut query| {
            let files = query.query_map([size(limit)], |row| {
                Ok(Unindexed::File {
                    project: ProjectId(row.get("project")?),
                    session: parsed(row, "session")?,
                    revision: row.get("revision")?,
                    object: row.get("object")?,
                })
            })?;
            files.collect()
        })
        .map_err(failed)?;
    let blocks = connection
        .prepare_cached(&format!(
            "{BLOCKS} WHERE b.indexed = 0 AND b.finished_in IS NULL ORDER BY b.recording, b.block_key LIMIT ?1"
        ))
        .and_then(|mut query| {
            let left = size(limit.saturating_sub(found.len()));
            query.query_map([left], live_block)?.map(|block| block.map(Unindexed::Block)).collect::<Result<Vec<_>, _>>()
        })
        .map_err(failed)?;
    found.extend(blocks);
    Ok(found)
}

/// Takes the rows of one thing; nothing where it is not what it was when it was read.
pub(super) fn put(connection: &Connection, of: &Unindexed, rows: &SearchRows) -> Result<(), CatalogError> {
    match of {
        Unindexed::File { project, session, revision, .. } => {
            put_file(connection, *project, session, *revision, rows).map_err(failed)
        }
        Unindexed::Block(block) => {
            put_block(connection, block.project, &block.session, block.key, rows).map_err(failed)
        }
    }
}

fn put_file(
    connection: &Connection,
    project: ProjectId,
    session: &RecordingId,
    revision: u32,
    rows: &SearchRows,
) -> rusqlite::Result<()> {
    let recording: Option<i64> = connection
        .prepare_cached(
            "UPDATE recording SET indexed_revision = ?3 WHERE project = ?1 AND session = ?2 AND revision = ?3 RETURNING id",
        )?
        .query_row(params![project.0, session.as_str(), revision], |row| row.get(0))
        .optional()?;
    let Some(recording) = recording else { return Ok(()) };
    // All that is not of a block that still waits.
    for table in ["recording_event", "recording_console"] {
        let sql = format!(
            "DELETE FROM {table} WHERE recording = ?1 AND part NOT IN (
                 SELECT block_key FROM live_block WHERE recording = ?1 AND finished_in IS NULL)"
        );
        connection.prepare_cached(&sql)?.execute([recording])?;
    }
    signals::put(connection, recording, rows.signals.as_ref())?;
    signals::put_clock_jumps(connection, recording, &rows.clock_jumps)?;
    insert(connection, recording, FILE, rows)
}

fn put_block(
    connection: &Connection,
    project: ProjectId,
    session: &RecordingId,
    key: u32,
    rows: &SearchRows,
) -> rusqlite::Result<()> {
    let recording: Option<i64> = connection
        .prepare_cached(
            "UPDATE live_block SET indexed = 1 WHERE block_key = ?3 AND indexed = 0 AND finished_in IS NULL
                 AND recording = (SELECT id FROM recording WHERE project = ?1 AND session = ?2)
             RETURNING recording",
        )?
        .query_row(params![project.0, session.as_str(), key], |row| row.get(0))
        .optional()?;
    match recording {
        Some(recording) => insert(connection, recording, i64::from(key), rows),
        None => Ok(()),
    }
}

/// What the database cannot read (it refuses JSON that is a thousand levels deep) is not there for it, lest a query that
/// comes upon it fails.
fn insert(connection: &Connection, recording: i64, part: i64, rows: &SearchRows) -> rusqlite::Result<()> {
    let room = |table: &str, most: usize| -> rusqlite::Result<usize> {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE recording = ?1");
        let there: i64 = connection.prepare_cached(&sql)?.query_row([recording], |row| row.get(0))?;
        Ok(most.saturating_sub(usize::try_from(there).unwrap_or(0)))
    };
    let mut event = connection.prepare_cached(
        "INSERT INTO recording_event (recording, name, at, part, uuid, properties) VALUES (?1, ?2, ?3, ?4, ?5,
             CASE WHEN json_valid(?6) THEN ?6 ELSE '{}' END)",
    )?;
    for row in rows.events.iter().take(room("recording_event", EVENTS_PER_RECORDING)?) {
        event.execute(params![recording, row.name, row.at, part, row.uuid, row.properties])?;
    }
    let mut line = connection.prepare_cached(
        "INSERT INTO recording_console (recording, level, at, part, message) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for row in rows.console.iter().take(room("recording_console", CONSOLE_PER_RECORDING)?) {
        line.execute(params![recording, row.level, row.at, part, row.message])?;
    }
    connection
        .prepare_cached(
            "DELETE FROM recording_event_name WHERE recording = ?1 AND name NOT IN (
                 SELECT e.name FROM recording_event e WHERE e.recording = ?1)",
        )?
        .execute([recording])?;
    connection
        .prepare_cached(
            "INSERT INTO recording_event_name (recording, name, project, started_at)
             SELECT DISTINCT e.recording, e.name, r.project, r.started_at
             FROM recording_event e JOIN recording r ON r.id = e.recording WHERE e.recording = ?1
             ON CONFLICT DO NOTHING",
        )?
        .execute([recording])?;
    Ok(())
}

/// The events of a recording that any of the conditions is about, the earliest first.
pub(super) fn matching_events(
    connection: &Connection,
    project: ProjectId,
    session: &RecordingId,
    condition: &Condition,
    limit: usize,
) -> Result<Vec<MatchingEvent>, CatalogError> {
    let Some((sql, values)) = event_condition(condition) else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT e.uuid, e.at FROM recording r JOIN recording_event e ON e.recording = r.id
         WHERE r.project = ? AND r.session = ? AND ({sql}) ORDER BY e.at, e.uuid LIMIT ?"
    );
    let mut all = vec![
        rusqlite::types::Value::Integer(project.0.into()),
        rusqlite::types::Value::Text(session.as_str().to_owned()),
    ];
    all.extend(values);
    all.push(rusqlite::types::Value::Integer(size(limit)));
    connection
        .prepare_cached(&sql)
        .and_then(|mut query| {
            let rows = query.query_map(params_from_iter(&all), |row| {
                Ok(MatchingEvent { uuid: row.get("uuid")?, at: row.get("at")? })
            })?;
            rows.collect()
        })
        .map_err(failed)
}
