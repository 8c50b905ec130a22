//! Live objects, their blocks, and what becomes of them.

use std::collections::HashSet;

use cassette_recording::{ProjectId, RecordingId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::{
    CatalogError, Committed, FlushedBlock, ForgetObjectError, LiveBlock, LiveObject, MovedBlock, RecordingState,
    ReplaceObjectsError,
};
use super::failed;
use super::recordings::{self, Stored};
use super::values::{count, from_json, parsed, signed, size, to_json};

pub(super) const BLOCKS: &str =
    "SELECT b.*, r.project, r.session FROM live_block b JOIN recording r ON r.id = b.recording";

pub(super) fn live_block(row: &Row<'_>) -> rusqlite::Result<LiveBlock> {
    Ok(LiveBlock {
        project: ProjectId(row.get("project")?),
        session: parsed(row, "session")?,
        key: row.get("block_key")?,
        object: row.get("object")?,
        ordinal_in_object: row.get("ordinal")?,
        offset: count(row, "first_byte")?,
        length: count(row, "length")?,
        raw_length: count(row, "raw_length")?,
        sha256: row.get("sha256")?,
        first: row.get("first_time")?,
        last: row.get("last_time")?,
        events: count(row, "events")?,
        full_snapshots: from_json(row, "full_snapshots")?,
        finished_in: row.get("finished_in")?,
        finished_at: row.get("finished_at")?,
    })
}

pub(super) fn blocks_of_recording(
    connection: &Connection,
    project: ProjectId,
    session: &RecordingId,
) -> Result<Vec<LiveBlock>, CatalogError> {
    connection
        .prepare_cached(&format!("{BLOCKS} WHERE r.project = ?1 AND r.session = ?2 ORDER BY b.block_key"))
        .and_then(|mut query| query.query_map(params![project.0, session.as_str()], live_block)?.collect())
        .map_err(failed)
}

pub(super) fn blocks_of_object(connection: &Connection, path: &str) -> Result<Vec<LiveBlock>, CatalogError> {
    connection
        .prepare_cached(&format!("{BLOCKS} WHERE b.object = ?1 ORDER BY b.ordinal"))
        .and_then(|mut query| query.query_map(params![path], live_block)?.collect())
        .map_err(failed)
}

/// Notes a new object. False: its path is known already.
fn insert_object(connection: &Connection, object: &LiveObject) -> Result<bool, CatalogError> {
    let inserted = connection
        .prepare_cached("INSERT INTO live_object (path, written_at, gone) VALUES (?1, ?2, 0) ON CONFLICT DO NOTHING")
        .and_then(|mut statement| statement.execute(params![object.path, object.written_at]))
        .map_err(failed)?;
    Ok(inserted == 1)
}

pub(super) fn commit_flush(
    connection: &Connection,
    object: &LiveObject,
    blocks: &[FlushedBlock],
) -> Result<Committed, CatalogError> {
    if !insert_object(connection, object)? {
        return Ok(Committed::Before);
    }
    for FlushedBlock { block, delta } in blocks {
        let before = recordings::load(connection, delta.project, &delta.session)?;
        let mut after = before.clone().unwrap_or_else(|| Stored::begin(delta));
        let key = after.next_key;
        after.row.facts.add(&delta.facts);
        after.row.state = RecordingState::Live;
        after.waiting_since =
            if after.unfinished == 0 { object.written_at } else { after.waiting_since.min(object.written_at) };
        after.unfinished += 1;
        after.next_key += 1;
        let recording = recordings::save(connection, &after, before.as_ref())?;
        connection
            .prepare_cached(
                "INSERT INTO live_block (recording, block_key, object, ordinal, first_byte, length, raw_length, sha256,
                    first_time, last_time, events, full_snapshots, facts, flushed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    recording,
                    key,
                    object.path,
                    block.ordinal_in_object,
                    signed(block.offset),
                    signed(block.length),
                    signed(block.raw_length),
                    block.sha256,
                    block.first,
                    block.last,
                    signed(block.events),
                    to_json(&block.full_snapshots),
                    to_json(&delta.facts),
                    object.written_at,
                ])
            })
            .map_err(failed)?;
        for origin in &block.origins {
            remember_place(connection, &origin.object, origin.ordinal, recording, key)?;
        }
    }
    Ok(Committed::Now)
}

fn remember_place(
    connection: &Connection,
    object: &str,
    ordinal: u32,
    recording: i64,
    key: u32,
) -> Result<(), CatalogError> {
    connection
        .prepare_cached(
            "INSERT INTO moved_block (object, ordinal, recording, block_key) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
        )
        .and_then(|mut statement| statement.execute(params![object, ordinal, recording, key]))
        .map_err(failed)?;
    Ok(())
}

pub(super) fn droppable(
    connection: &Connection,
    finished_before: i64,
    limit: usize,
) -> Result<Vec<LiveObject>, CatalogError> {
    connection
        .prepare_cached(
            "SELECT o.path, o.written_at FROM live_object o
             WHERE o.gone = 0 AND NOT EXISTS (
                 SELECT 1 FROM live_block b
                 WHERE b.object = o.path AND (b.finished_at IS NULL OR b.finished_at >= ?1))
             ORDER BY o.written_at, o.path LIMIT ?2",
        )
        .and_then(|mut query| query.query_map(params![finished_before, size(limit)], live_object)?.collect())
        .map_err(failed)
}

pub(super) fn mostly_dead(
    connection: &Connection,
    finished_before: i64,
    written_before: i64,
    limit: usize,
) -> Result<Vec<LiveObject>, CatalogError> {
    connection
        .prepare_cached(
            "SELECT o.path, o.written_at, SUM(b.length) AS whole,
                 SUM(CASE WHEN b.finished_at < ?1 THEN 0 ELSE b.length END) AS alive
             FROM live_object o JOIN live_block b ON b.object = o.path
             WHERE o.gone = 0
             GROUP BY o.path, o.written_at
             HAVING SUM(CASE WHEN b.finished_at < ?1 THEN 0 ELSE 1 END) > 0
                 AND (SUM(CASE WHEN b.finished_at < ?1 THEN 0 ELSE b.length END) * 4 < SUM(b.length) OR o.written_at < ?2)
             ORDER BY o.written_at, o.path LIMIT ?3",
        )
        .and_then(|mut query| {
            query.query_map(params![finished_before, written_before, size(limit)], live_object)?.collect()
        })
        .map_err(failed)
}

fn live_object(row: &Row<'_>) -> rusqlite::Result<LiveObject> {
    Ok(LiveObject { path: row.get("path")?, written_at: row.get("written_at")? })
}

pub(super) fn forget(connection: &Connection, path: &str) -> Result<(), ForgetObjectError> {
    let unfinished = blocks_of_object(connection, path)?.iter().filter(|block| block.finished_in.is_none()).count();
    if unfinished > 0 {
        return Err(ForgetObjectError::StillNeeded { path: path.into(), unfinished: unfinished as u64 });
    }
    Ok(remove(connection, path).map_err(failed)?)
}

/// Takes out the blocks that are in an object; the path stays known.
fn remove(connection: &Connection, path: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM moved_block
             WHERE (recording, block_key) IN (SELECT recording, block_key FROM live_block WHERE object = ?1)",
        )?
        .execute(params![path])?;
    connection.prepare_cached("DELETE FROM live_block WHERE object = ?1")?.execute(params![path])?;
    connection.prepare_cached("UPDATE live_object SET gone = 1 WHERE path = ?1")?.execute(params![path])?;
    Ok(())
}

pub(super) fn replace(
    connection: &Connection,
    old: &[String],
    new: &LiveObject,
    moved: &[MovedBlock],
) -> Result<Committed, ReplaceObjectsError> {
    if !insert_object(connection, new)? {
        return Ok(Committed::Before);
    }
    let moving: HashSet<_> = moved.iter().map(|block| (block.project, &block.session, block.key)).collect();
    for path in old {
        let lost = blocks_of_object(connection, path)?
            .into_iter()
            .find(|block| block.finished_in.is_none() && !moving.contains(&(block.project, &block.session, block.key)));
        if let Some(lost) = lost {
            return Err(ReplaceObjectsError::WouldLose { session: lost.session, key: lost.key });
        }
    }
    for block in moved {
        let (recording, object, ordinal) =
            place_of(connection, block)?
                .filter(|(_, object, _)| old.contains(object))
                .ok_or_else(|| ReplaceObjectsError::UnknownBlock { session: block.session.clone(), key: block.key })?;
        remember_place(connection, &object, ordinal, recording, block.key)?;
        connection
            .prepare_cached(
                "UPDATE live_block SET object = ?3, ordinal = ?4, first_byte = ?5, length = ?6, raw_length = ?7, sha256 = ?8
                 WHERE recording = ?1 AND block_key = ?2",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    recording,
                    block.key,
                    new.path,
                    block.ordinal_in_object,
                    signed(block.offset),
                    signed(block.length),
                    signed(block.raw_length),
                    block.sha256,
                ])
            })
            .map_err(failed)?;
    }
    for path in old {
        remove(connection, path).map_err(failed)?;
    }
    Ok(Committed::Now)
}

/// Row id, object and ordinal of a block.
fn place_of(connection: &Connection, block: &MovedBlock) -> Result<Option<(i64, String, u32)>, CatalogError> {
    connection
        .prepare_cached(
            "SELECT b.recording, b.object, b.ordinal FROM live_block b JOIN recording r ON r.id = b.recording
             WHERE r.project = ?1 AND r.session = ?2 AND b.block_key = ?3",
        )
        .and_then(|mut query| {
            query
                .query_row(params![block.project.0, block.session.as_str(), block.key], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()
        })
        .map_err(failed)
}

pub(super) fn purge_gone(connection: &Connection, written_before: i64) -> Result<(), CatalogError> {
    connection
        .execute("DELETE FROM live_object WHERE gone = 1 AND written_at < ?1", params![written_before])
        .map_err(failed)?;
    Ok(())
}
