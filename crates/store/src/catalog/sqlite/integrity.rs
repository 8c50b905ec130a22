//! Whether the tables fit together: what the catalog keeps twice must agree.

use rusqlite::Connection;

use super::super::CatalogError;
use super::failed;

/// Each query yields the names of what is wrong; the text says how.
const RULES: [(&str, &str); 12] = [
    (
        "has a count of unfinished blocks that is not theirs",
        "SELECT r.session FROM recording r WHERE r.unfinished <> (
             SELECT COUNT(*) FROM live_block b WHERE b.recording = r.id AND b.finished_in IS NULL)",
    ),
    (
        "is finished but has unfinished blocks, or is finished without a file",
        "SELECT r.session FROM recording r WHERE r.state = 1 AND (r.unfinished > 0 OR r.object IS NULL)",
    ),
    (
        "has a block with a key that is still to be given",
        "SELECT r.session FROM recording r JOIN live_block b ON b.recording = r.id WHERE b.block_key >= r.next_key",
    ),
    (
        "waits since another time than its oldest unfinished block",
        "SELECT r.session FROM recording r WHERE r.unfinished > 0 AND r.waiting_since <> (
             SELECT MIN(b.flushed_at) FROM live_block b WHERE b.recording = r.id AND b.finished_in IS NULL)",
    ),
    (
        "lacks its lists",
        "SELECT r.session FROM recording r
         WHERE NOT EXISTS (SELECT 1 FROM recording_details d WHERE d.recording = r.id)
             OR NOT EXISTS (SELECT 1 FROM recording_text t WHERE t.recording = r.id)",
    ),
    (
        "is an event of a recording that is not there or began at another time",
        "SELECT n.name FROM recording_event_name n WHERE NOT EXISTS (
             SELECT 1 FROM recording r WHERE r.id = n.recording AND r.started_at = n.started_at)",
    ),
    (
        "is a signal of a recording that is not there or was not looked into",
        "SELECT DISTINCT s.kind FROM recording_signal s WHERE NOT EXISTS (
             SELECT 1 FROM recording r WHERE r.id = s.recording AND r.rage_clicks IS NOT NULL)",
    ),
    (
        "holds blocks but is gone or unknown",
        "SELECT DISTINCT b.object FROM live_block b
         WHERE NOT EXISTS (SELECT 1 FROM live_object o WHERE o.path = b.object AND o.gone = 0)",
    ),
    (
        "is the earlier place of a block that is not there",
        "SELECT m.object FROM moved_block m WHERE NOT EXISTS (
             SELECT 1 FROM live_block b WHERE b.recording = m.recording AND b.block_key = m.block_key)",
    ),
    (
        "is superseded and in use",
        "SELECT s.path FROM superseded_file s WHERE EXISTS (SELECT 1 FROM recording r WHERE r.object = s.path)",
    ),
    (
        "is a person without a distinct id",
        "SELECT p.uuid FROM person p WHERE NOT EXISTS (SELECT 1 FROM person_distinct_id d WHERE d.person = p.id)",
    ),
    (
        "has a distinct id of no person",
        "SELECT DISTINCT 'project ' || d.project FROM person_distinct_id d
         WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.id = d.person AND p.project = d.project)",
    ),
];

pub(super) fn inconsistencies(connection: &Connection) -> Result<Vec<String>, CatalogError> {
    let mut found = Vec::new();
    let damage: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if damage != "ok" {
        found.push(damage);
    }
    for (complaint, sql) in RULES {
        let mut query = connection.prepare(sql).map_err(failed)?;
        let names = query.query_map([], |row| row.get::<_, String>(0)).map_err(failed)?;
        for name in names {
            found.push(format!("{} {complaint}", name.map_err(failed)?));
        }
    }
    Ok(found)
}
