//! How many keyframes each finished file has; null until somebody looked.
//!
//! Triggers keep it in step with the recordings' rows, so that no other query has to know of this table.

use cassette_recording::{ProjectId, RecordingId};
use rusqlite::{Connection, OptionalExtension, params};

use super::super::{CatalogError, FinishedFile};
use super::failed;
use super::values::{parsed, size};

pub(super) const TABLES: &str = "
CREATE TABLE recording_keyframes (recording INTEGER PRIMARY KEY, revision BIGINT NOT NULL, number BIGINT);
CREATE INDEX recording_without_keyframes ON recording_keyframes (recording) WHERE number IS NULL;
CREATE TRIGGER recording_keyframes_begin AFTER INSERT ON recording WHEN NEW.revision > 0 BEGIN
    INSERT INTO recording_keyframes (recording, revision) VALUES (NEW.id, NEW.revision);
END;
CREATE TRIGGER recording_keyframes_begin_anew AFTER UPDATE OF revision ON recording WHEN OLD.revision <> NEW.revision BEGIN
    DELETE FROM recording_keyframes WHERE recording = NEW.id;
    INSERT INTO recording_keyframes (recording, revision) VALUES (NEW.id, NEW.revision);
END;
CREATE TRIGGER recording_keyframes_go AFTER DELETE ON recording BEGIN
    DELETE FROM recording_keyframes WHERE recording = OLD.id;
END;
";

/// The newest first: they are watched.
pub(super) fn wanting(connection: &Connection, limit: usize) -> Result<Vec<FinishedFile>, CatalogError> {
    connection
        .prepare_cached(
            "SELECT r.project, r.session, r.revision, r.object
             FROM recording_keyframes k JOIN recording r ON r.id = k.recording
             WHERE k.number IS NULL AND r.object IS NOT NULL ORDER BY k.recording DESC LIMIT ?1",
        )
        .and_then(|mut query| {
            let files = query.query_map([size(limit)], |row| {
                Ok(FinishedFile {
                    project: ProjectId(row.get("project")?),
                    session: parsed(row, "session")?,
                    revision: row.get("revision")?,
                    object: row.get("object")?,
                })
            })?;
            files.collect()
        })
        .map_err(failed)
}

pub(super) fn note(connection: &Connection, of: &FinishedFile, number: Option<u32>) -> Result<(), CatalogError> {
    connection
        .prepare_cached(
            "UPDATE recording_keyframes SET number = ?4 WHERE revision = ?3
                 AND recording = (SELECT id FROM recording WHERE project = ?1 AND session = ?2)",
        )
        .and_then(|mut update| update.execute(params![of.project.0, of.session.as_str(), of.revision, number]))
        .map(|_| ())
        .map_err(failed)
}

pub(super) fn number(
    connection: &Connection,
    project: ProjectId,
    session: &RecordingId,
    revision: u32,
) -> Result<Option<u32>, CatalogError> {
    let number: Option<Option<u32>> = connection
        .prepare_cached(
            "SELECT k.number FROM recording r JOIN recording_keyframes k ON k.recording = r.id
             WHERE r.project = ?1 AND r.session = ?2 AND k.revision = ?3",
        )
        .and_then(|mut query| {
            query.query_row(params![project.0, session.as_str(), revision], |row| row.get(0)).optional()
        })
        .map_err(failed)?;
    Ok(number.flatten())
}
