//! Taking a recording out, and every trace of it.

use cassette_recording::{ProjectId, RecordingId};
use rusqlite::{Connection, params};

use super::super::{CatalogError, Committed};
use super::recordings;
use super::{failed, unavailable};

/// What is known of a recording by its row's number; the row itself last.
const BY_RECORDING: [&str; 5] = [
    "DELETE FROM moved_block WHERE recording = ?1",
    "DELETE FROM live_block WHERE recording = ?1",
    "DELETE FROM recording_text WHERE recording = ?1",
    "DELETE FROM recording_details WHERE recording = ?1",
    "DELETE FROM recording WHERE id = ?1",
];

pub(super) fn delete(
    connection: &Connection,
    project: ProjectId,
    session: &RecordingId,
) -> Result<Committed, CatalogError> {
    let Some(stored) = recordings::load(connection, project, session)? else { return Ok(Committed::Before) };
    // Found by person first: by the recording alone the whole table would be read.
    for distinct_id in &stored.row.facts.distinct_ids {
        connection
            .prepare_cached("DELETE FROM recording_person WHERE project = ?1 AND distinct_id = ?2 AND recording = ?3")
            .and_then(|mut statement| statement.execute(params![project.0, distinct_id.as_str(), stored.id]))
            .map_err(failed)?;
    }
    for sql in BY_RECORDING {
        connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params![stored.id]))
            .map_err(failed)?;
    }
    Ok(Committed::Now)
}

/// Moves what the log holds into the file, where deleted bytes are overwritten, and cuts the log to nothing. Who reads is
/// waited for.
pub(super) fn empty_log(connection: &Connection) -> Result<(), CatalogError> {
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(failed)?;
    match busy {
        0 => Ok(()),
        _ => Err(CatalogError::Unavailable(unavailable(std::io::Error::other("a reader holds on to the log")))),
    }
}
