//! The tables. PostgreSQL gets the same ones; only the generated `id` is spelled differently there.
//!
//! - `recording` is narrow, numbers and names only: sorting by clicks reads all of it, and 100,000 rows are 20 MB.
//! - `recording_details` holds the lists, as JSON; read for the rows of a page, never searched.
//! - `recording_text` holds distinct ids and URLs in small letters, one a line; searched for parts, read in full only when
//!   such a filter is given.
//! - `recording_person` finds recordings by an exact distinct id.
//! - `live_object`, `live_block`, `moved_block`: a gone object keeps its row for a while (catalog invariant 3), a moved
//!   block is found by its earlier places.
//! - `recording_event`, `recording_event_name`, `recording_console`: what the list can be asked for ([`super::search`]).
//! - `recording_signal` holds the moments of trouble, `recording` how many there are; `recording_clock_jump` in which a
//!   clock was found to be off: [`super::signals`].
//! - `recording_keyframes`: how many each finished file has ([`super::keyframes`]).
//! - `document` holds what the changes of each document come to.
//! - `person` is derived from `person_link` (an erased other id is '') and `person_property`, which hold per distinct id
//!   what was said; `person_value` holds the values as text, to be searched; `person_place` knows the objects to erase from.

use rusqlite::{Connection, OptionalExtension};

use super::super::OpenCatalogError;
use super::{keyframes, search, signals, unavailable};

/// Of the tables below. A catalog of an older version is not converted but rebuilt: it is only an index.
const VERSION: i64 = 6;

const TABLES: &str = "
CREATE TABLE cassette_catalog (version BIGINT NOT NULL, complete SMALLINT NOT NULL);
CREATE TABLE recording (
    id INTEGER PRIMARY KEY,
    project BIGINT NOT NULL,
    session TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    has_span SMALLINT NOT NULL,
    first_arrival BIGINT NOT NULL,
    last_arrival BIGINT NOT NULL,
    state SMALLINT NOT NULL,
    revision BIGINT NOT NULL,
    object TEXT,
    file_blocks BIGINT NOT NULL,
    finished_at BIGINT,
    events BIGINT NOT NULL,
    clicks BIGINT NOT NULL,
    keypresses BIGINT NOT NULL,
    mouse_activity BIGINT NOT NULL,
    console_log BIGINT NOT NULL,
    console_warn BIGINT NOT NULL,
    console_error BIGINT NOT NULL,
    exceptions BIGINT NOT NULL,
    active_ms BIGINT,
    raw_bytes BIGINT NOT NULL,
    stored_bytes BIGINT NOT NULL,
    next_key BIGINT NOT NULL,
    unfinished BIGINT NOT NULL,
    waiting_since BIGINT NOT NULL,
    indexed_revision BIGINT NOT NULL DEFAULT 0,
    rage_clicks BIGINT,
    dead_clicks BIGINT,
    error_clicks BIGINT,
    quick_backs BIGINT,
    thrashings BIGINT,
    UNIQUE (project, session)
);
CREATE INDEX recording_by_start ON recording (project, started_at, session);
CREATE INDEX recording_by_arrival ON recording (last_arrival) WHERE unfinished > 0;
CREATE INDEX recording_by_wait ON recording (waiting_since) WHERE unfinished > 0;
CREATE TABLE recording_details (recording INTEGER PRIMARY KEY, details TEXT NOT NULL);
CREATE TABLE recording_text (recording INTEGER PRIMARY KEY, persons TEXT NOT NULL, pages TEXT NOT NULL);
CREATE TABLE recording_person (
    project BIGINT NOT NULL,
    distinct_id TEXT NOT NULL,
    recording BIGINT NOT NULL,
    PRIMARY KEY (project, distinct_id, recording)
);
CREATE TABLE live_object (path TEXT PRIMARY KEY, written_at BIGINT NOT NULL, gone SMALLINT NOT NULL);
CREATE TABLE live_block (
    recording BIGINT NOT NULL,
    block_key BIGINT NOT NULL,
    object TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    first_byte BIGINT NOT NULL,
    length BIGINT NOT NULL,
    raw_length BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    first_time BIGINT NOT NULL,
    last_time BIGINT NOT NULL,
    events BIGINT NOT NULL,
    full_snapshots TEXT NOT NULL,
    facts TEXT NOT NULL,
    flushed_at BIGINT NOT NULL,
    finished_in BIGINT,
    finished_at BIGINT,
    indexed SMALLINT NOT NULL DEFAULT 0,
    PRIMARY KEY (recording, block_key)
);
CREATE UNIQUE INDEX live_block_by_place ON live_block (object, ordinal);
CREATE TABLE moved_block (
    object TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    recording BIGINT NOT NULL,
    block_key BIGINT NOT NULL,
    PRIMARY KEY (object, ordinal)
);
CREATE INDEX moved_block_by_key ON moved_block (recording, block_key);
CREATE TABLE superseded_file (path TEXT PRIMARY KEY, superseded_at BIGINT NOT NULL);
CREATE TABLE lease (name TEXT PRIMARY KEY, owner TEXT NOT NULL, expires_at BIGINT NOT NULL, fence BIGINT NOT NULL);
CREATE TABLE document (
    project BIGINT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    parent TEXT,
    lookup TEXT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (project, kind, id)
);
CREATE INDEX document_by_time ON document (kind, project, created_at, id);
CREATE INDEX document_by_parent ON document (kind, parent, created_at, id) WHERE parent IS NOT NULL;
CREATE INDEX document_by_lookup ON document (kind, lookup) WHERE lookup IS NOT NULL;
CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    project BIGINT NOT NULL,
    uuid TEXT NOT NULL,
    number BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    properties TEXT NOT NULL,
    search TEXT NOT NULL,
    UNIQUE (project, uuid)
);
CREATE INDEX person_by_time ON person (project, created_at, uuid);
CREATE INDEX person_by_number ON person (project, number);
CREATE TABLE person_distinct_id (
    project BIGINT NOT NULL,
    distinct_id TEXT NOT NULL,
    person BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    PRIMARY KEY (project, distinct_id)
);
CREATE INDEX person_distinct_id_by_person ON person_distinct_id (person, first_at, distinct_id);
CREATE TABLE person_link (
    project BIGINT NOT NULL,
    main TEXT NOT NULL,
    other TEXT NOT NULL,
    kind SMALLINT NOT NULL,
    item TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (project, main, other, kind, item)
);
CREATE INDEX person_link_by_other ON person_link (project, other);
CREATE TABLE person_property (
    project BIGINT NOT NULL,
    distinct_id TEXT NOT NULL,
    name TEXT NOT NULL,
    set_at BIGINT, set_item TEXT, set_value TEXT,
    unset_at BIGINT, unset_item TEXT,
    first_at BIGINT, first_item TEXT, first_value TEXT,
    last_at BIGINT, last_item TEXT, last_value TEXT,
    PRIMARY KEY (project, distinct_id, name)
);
CREATE TABLE person_value (
    person BIGINT NOT NULL,
    name TEXT NOT NULL,
    project BIGINT NOT NULL,
    value TEXT NOT NULL,
    number DOUBLE PRECISION,
    PRIMARY KEY (person, name)
);
CREATE INDEX person_value_by_value ON person_value (project, name, value);
CREATE TABLE person_place (
    project BIGINT NOT NULL,
    distinct_id TEXT NOT NULL,
    family TEXT NOT NULL,
    PRIMARY KEY (project, distinct_id, family)
);
INSERT INTO cassette_catalog (version, complete) VALUES (6, 0);
";

/// Everything but leases, which are not made from objects.
pub(super) const CLEARED: [&str; 21] = [
    "recording_clock_jump",
    "recording_signal",
    "recording_keyframes",
    "recording_event",
    "recording_event_name",
    "recording_console",
    "recording",
    "recording_details",
    "recording_text",
    "recording_person",
    "live_object",
    "live_block",
    "moved_block",
    "superseded_file",
    "document",
    "person",
    "person_distinct_id",
    "person_link",
    "person_property",
    "person_value",
    "person_place",
];

/// Creates the tables in an empty file, or finds them in the one version that we read.
pub(super) fn prepare(connection: &Connection, may_create: bool) -> Result<(), OpenCatalogError> {
    let tables: i64 = connection
        .query_row("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'", [], |row| row.get(0))
        .map_err(opening)?;
    if tables == 0 && may_create {
        return connection
            .execute_batch(&format!(
                "BEGIN IMMEDIATE;{TABLES}{}{}{}{}COMMIT;",
                search::TABLES,
                signals::TABLES,
                keyframes::TABLES,
                signals::indexes()
            ))
            .map_err(opening);
    }
    let version = version(connection)?;
    match version {
        Some(VERSION) => Ok(()),
        Some(found) if found > VERSION => Err(OpenCatalogError::NewerSchema { found, known: VERSION }),
        Some(found) => Err(OpenCatalogError::NeedsRebuild {
            reason: format!("its schema is {found}, this version of Cassette reads {VERSION}"),
        }),
        None => Err(OpenCatalogError::NeedsRebuild { reason: "it holds no schema version".into() }),
    }
}

fn version(connection: &Connection) -> Result<Option<i64>, OpenCatalogError> {
    let known = connection
        .query_row("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'cassette_catalog'", [], |_| Ok(()))
        .optional()
        .map_err(opening)?;
    match known {
        Some(()) => connection
            .query_row("SELECT version FROM cassette_catalog", [], |row| row.get(0))
            .optional()
            .map_err(opening),
        None => Ok(None),
    }
}

/// A file that is no database, or a damaged one, costs a rebuild; everything else is the machine's trouble.
pub(super) fn opening(error: rusqlite::Error) -> OpenCatalogError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => OpenCatalogError::NeedsRebuild { reason: error.to_string() },
        _ => OpenCatalogError::Unavailable(unavailable(error)),
    }
}
