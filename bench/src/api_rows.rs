//! A million recordings as rows of the catalog, made up by the database itself: what lists are asked of, and nothing else.
//! They come in about the order of their starts, as recordings do.

use std::path::Path;

use anyhow::Result;
use rusqlite::Connection;

pub(crate) const RECORDINGS: i64 = 1_000_000;

/// When the newest of them began.
pub(crate) const START_MS: i64 = 1_795_245_310_102;
pub(crate) const DAY_MS: i64 = 86_400_000;

/// Days over which they are spread.
pub(crate) const DAYS: i64 = 90;

/// The session id of the `number`-th.
pub(crate) fn session(number: i64) -> String {
    format!("019d0000-0000-7000-8000-{number:012}")
}

/// Numbers that look like chance and are the same in each run: of four recordings each person has twenty, one in a hundred
/// has an error, two of a hundred paid, one of ten thousand was refused.
const ROWS: &str = "
CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)
    SELECT i, (i * 2654435761) % 4294967296 AS h, :start - (:count - i) * (:span / :count) + (i * 7919) % 600000 AS at FROM n;
INSERT INTO recording (id, project, session, started_at, ended_at, has_span, first_arrival, last_arrival, state, revision,
    object, file_blocks, finished_at, events, clicks, keypresses, mouse_activity, console_log, console_warn, console_error,
    exceptions, active_ms, raw_bytes, stored_bytes, next_key, unfinished, waiting_since, indexed_revision)
SELECT i + 1, 1, printf('019d0000-0000-7000-8000-%012d', i), at, at + (h / 7) % 1800000,
    1, at + 3000, at + (h / 7) % 1800000 + 3000, 1, 1,
    'projects/1/recordings/2026-11-21/' || i, 12, :start, 400 + h % 900, (h / 11) % 20, (h / 13) % 90, (h / 17) % 700,
    (h / 19) % 8, (h / 23) % 3, CASE WHEN (h / 29) % 100 < 3 THEN 1 + h % 3 ELSE 0 END, 0, (h / 31) % 600000, 900000, 90000,
    0, 0, 0, 1
FROM n;
INSERT INTO recording_details (recording, details)
SELECT i + 1, printf('{\"urls\":[\"https://shop.example/%d\"],\"distinct_ids\":[\"person-%d\"],\"windows\":[\"w\"],\"snapshot_source\":\"web\",\"library\":\"web 1.449.2\"}', h % 900, i % (:count / 20))
FROM n;
INSERT INTO recording_text (recording, persons, pages)
SELECT i + 1, printf('person-%d', i % (:count / 20)), printf('https://shop.example/%d', h % 900) FROM n;
INSERT INTO recording_person (project, distinct_id, recording) SELECT 1, printf('person-%d', i % (:count / 20)), i + 1 FROM n;
INSERT INTO recording_event (recording, name, at, part, uuid, properties)
SELECT i + 1, '$pageview', at, -1, NULL,
    printf('{\"plan\":\"%s\",\"price\":%d,\"$current_url\":\"https://shop.example/%d\"}', CASE h % 5 WHEN 0 THEN 'pro' ELSE 'free' END, h % 90, h % 900)
FROM n;
INSERT INTO recording_event (recording, name, at, part, uuid, properties)
SELECT i + 1, 'paid', at, -1, NULL, '{\"price\":5}' FROM n WHERE (h / 37) % 100 < 2;
INSERT INTO recording_event (recording, name, at, part, uuid, properties)
SELECT i + 1, 'refused', at, -1, NULL, '{}' FROM n WHERE (h / 41) % 10000 = 0;
INSERT INTO recording_console (recording, level, at, part, message)
SELECT r.id, 'error', r.started_at, -1, printf('Cart failed with code %d', n.h % 10)
FROM n JOIN recording r ON r.id = n.i + 1 WHERE r.console_error > 0;
INSERT INTO recording_event_name (recording, name, project, started_at)
SELECT DISTINCT e.recording, e.name, 1, r.started_at FROM recording_event e JOIN recording r ON r.id = e.recording;
DROP TABLE n;
UPDATE cassette_catalog SET complete = 1;
";

pub(crate) fn fill(catalog: &Path) -> Result<()> {
    let connection = Connection::open(catalog)?;
    let rows = ROWS
        .replace(":count", &RECORDINGS.to_string())
        .replace(":start", &START_MS.to_string())
        .replace(":span", &(DAYS * DAY_MS).to_string());
    connection.execute_batch(&format!("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN;{rows}COMMIT;"))?;
    Ok(())
}
