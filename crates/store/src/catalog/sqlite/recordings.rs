//! Rows of recordings, read and written whole: merging is done by [`RecordingFacts::add`], not in SQL, so that it is the
//! same for every database.

use cassette_recording::summary::Counts;
use cassette_recording::{DistinctId, ProjectId, RecordingId, WindowId};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use serde::{Deserialize, Serialize};

use super::super::{CatalogError, RecordingDelta, RecordingFacts, RecordingRow, RecordingState, Span};
use super::values::{count, from_json, parsed, signed, to_json};
use super::{failed, signals};

/// A row, and what only the catalog needs of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    /// None: not written yet.
    pub(super) id: Option<i64>,
    pub(super) row: RecordingRow,
    /// The next live block's.
    pub(super) next_key: u32,
    /// Live blocks that are in no finished file.
    pub(super) unfinished: u64,
    /// When the oldest of them was flushed; means nothing if there is none.
    pub(super) waiting_since: i64,
}

/// The lists of a row.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Details {
    urls: Vec<String>,
    distinct_ids: Vec<DistinctId>,
    windows: Vec<WindowId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot_source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    library: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
}

impl Stored {
    /// A recording of which nothing was known. The facts are `delta`'s without counts and sizes.
    pub(super) fn begin(delta: &RecordingDelta) -> Self {
        let facts = RecordingFacts { counts: Counts::default(), raw_bytes: 0, stored_bytes: 0, ..delta.facts.clone() };
        Self {
            id: None,
            row: RecordingRow {
                project: delta.project,
                session: delta.session.clone(),
                state: RecordingState::Live,
                revision: 0,
                object: None,
                file_blocks: 0,
                finished_at: None,
                signals: None,
                facts,
            },
            next_key: 0,
            unfinished: 0,
            waiting_since: 0,
        }
    }
}

pub(super) fn note_seen(connection: &Connection, seen: &[RecordingDelta]) -> Result<(), CatalogError> {
    for delta in seen {
        match load(connection, delta.project, &delta.session)? {
            None => {
                save(connection, &Stored::begin(delta), None)?;
            }
            Some(before) => {
                let mut after = before.clone();
                after.row.facts.add_seen(&delta.facts);
                save(connection, &after, Some(&before))?;
            }
        }
    }
    Ok(())
}

pub(super) fn load(
    connection: &Connection,
    project: ProjectId,
    session: &RecordingId,
) -> Result<Option<Stored>, CatalogError> {
    let mut stored = connection
        .prepare_cached("SELECT * FROM recording WHERE project = ?1 AND session = ?2")
        .and_then(|mut query| query.query_row(params![project.0, session.as_str()], without_details).optional())
        .map_err(failed)?;
    if let Some(stored) = &mut stored {
        add_details(connection, stored)?;
    }
    Ok(stored)
}

/// Reads a row of `recording`; [`add_details`] completes it.
pub(super) fn without_details(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let span = Span { first: row.get("started_at")?, last: row.get("ended_at")? };
    Ok(Stored {
        id: row.get("id")?,
        row: RecordingRow {
            project: ProjectId(row.get("project")?),
            session: parsed(row, "session")?,
            state: if row.get::<_, i64>("state")? == RecordingState::Live as i64 {
                RecordingState::Live
            } else {
                RecordingState::Finished
            },
            revision: row.get("revision")?,
            object: row.get("object")?,
            file_blocks: row.get("file_blocks")?,
            finished_at: row.get("finished_at")?,
            signals: signals::counts(row)?,
            facts: RecordingFacts {
                span: row.get::<_, bool>("has_span")?.then_some(span),
                first_arrival: row.get("first_arrival")?,
                last_arrival: row.get("last_arrival")?,
                counts: Counts {
                    events: count(row, "events")?,
                    clicks: count(row, "clicks")?,
                    keypresses: count(row, "keypresses")?,
                    mouse_activity: count(row, "mouse_activity")?,
                    console_log: count(row, "console_log")?,
                    console_warn: count(row, "console_warn")?,
                    console_error: count(row, "console_error")?,
                    exceptions: count(row, "exceptions")?,
                },
                active_ms: row.get::<_, Option<i64>>("active_ms")?.map(|ms| u64::try_from(ms).unwrap_or(0)),
                raw_bytes: count(row, "raw_bytes")?,
                stored_bytes: count(row, "stored_bytes")?,
                ..RecordingFacts::default()
            },
        },
        next_key: row.get("next_key")?,
        unfinished: count(row, "unfinished")?,
        waiting_since: row.get("waiting_since")?,
    })
}

pub(super) fn add_details(connection: &Connection, stored: &mut Stored) -> Result<(), CatalogError> {
    let details: Details = connection
        .prepare_cached("SELECT details FROM recording_details WHERE recording = ?1")
        .and_then(|mut query| query.query_row(params![stored.id], |row| from_json(row, "details")))
        .map_err(failed)?;
    let facts = &mut stored.row.facts;
    facts.urls = details.urls;
    facts.distinct_ids = details.distinct_ids;
    facts.windows = details.windows;
    facts.snapshot_source = details.snapshot_source;
    facts.library = details.library;
    facts.user_agent = details.user_agent;
    Ok(())
}

const INSERT: &str = "
INSERT INTO recording (project, session, started_at, ended_at, has_span, first_arrival, last_arrival, state, revision,
    object, file_blocks, finished_at, events, clicks, keypresses, mouse_activity, console_log, console_warn, console_error,
    exceptions, active_ms, raw_bytes, stored_bytes, next_key, unfinished, waiting_since)
VALUES (:project, :session, :started_at, :ended_at, :has_span, :first_arrival, :last_arrival, :state, :revision,
    :object, :file_blocks, :finished_at, :events, :clicks, :keypresses, :mouse_activity, :console_log, :console_warn,
    :console_error, :exceptions, :active_ms, :raw_bytes, :stored_bytes, :next_key, :unfinished, :waiting_since)
ON CONFLICT (project, session) DO UPDATE SET
    started_at = excluded.started_at, ended_at = excluded.ended_at, has_span = excluded.has_span,
    first_arrival = excluded.first_arrival, last_arrival = excluded.last_arrival, state = excluded.state,
    revision = excluded.revision, object = excluded.object, file_blocks = excluded.file_blocks,
    finished_at = excluded.finished_at, events = excluded.events, clicks = excluded.clicks,
    keypresses = excluded.keypresses, mouse_activity = excluded.mouse_activity, console_log = excluded.console_log,
    console_warn = excluded.console_warn, console_error = excluded.console_error, exceptions = excluded.exceptions,
    active_ms = excluded.active_ms, raw_bytes = excluded.raw_bytes, stored_bytes = excluded.stored_bytes,
    next_key = excluded.next_key, unfinished = excluded.unfinished, waiting_since = excluded.waiting_since
RETURNING id";

/// Writes a row; `before` is what is stored now. Returns its id.
pub(super) fn save(connection: &Connection, after: &Stored, before: Option<&Stored>) -> Result<i64, CatalogError> {
    if let Some(before) = before
        && before == after
        && let Some(id) = before.id
    {
        return Ok(id);
    }
    let row = &after.row;
    let facts = &row.facts;
    let counts = &facts.counts;
    let id: i64 = connection
        .prepare_cached(INSERT)
        .and_then(|mut statement| {
            statement.query_row(
                named_params! {
                    ":project": row.project.0,
                    ":session": row.session.as_str(),
                    ":started_at": facts.started_at(),
                    ":ended_at": facts.ended_at(),
                    ":has_span": facts.span.is_some(),
                    ":first_arrival": facts.first_arrival,
                    ":last_arrival": facts.last_arrival,
                    ":state": row.state as i64,
                    ":revision": row.revision,
                    ":object": row.object,
                    ":file_blocks": row.file_blocks,
                    ":finished_at": row.finished_at,
                    ":events": signed(counts.events),
                    ":clicks": signed(counts.clicks),
                    ":keypresses": signed(counts.keypresses),
                    ":mouse_activity": signed(counts.mouse_activity),
                    ":console_log": signed(counts.console_log),
                    ":console_warn": signed(counts.console_warn),
                    ":console_error": signed(counts.console_error),
                    ":exceptions": signed(counts.exceptions),
                    ":active_ms": facts.active_ms.map(signed),
                    ":raw_bytes": signed(facts.raw_bytes),
                    ":stored_bytes": signed(facts.stored_bytes),
                    ":next_key": after.next_key,
                    ":unfinished": signed(after.unfinished),
                    ":waiting_since": after.waiting_since,
                },
                |row| row.get(0),
            )
        })
        .map_err(failed)?;
    save_lists(connection, id, row, before.map(|before| &before.row.facts)).map_err(failed)?;
    Ok(id)
}

fn save_lists(
    connection: &Connection,
    id: i64,
    row: &RecordingRow,
    before: Option<&RecordingFacts>,
) -> rusqlite::Result<()> {
    let facts = &row.facts;
    let details = details_json(facts);
    if before.map(details_json).as_ref() != Some(&details) {
        connection
            .prepare_cached(
                "INSERT INTO recording_details (recording, details) VALUES (?1, ?2)
                 ON CONFLICT (recording) DO UPDATE SET details = excluded.details",
            )?
            .execute(params![id, details])?;
    }
    let persons_changed = before.is_none_or(|before| before.distinct_ids != facts.distinct_ids);
    if persons_changed || before.is_none_or(|before| before.urls != facts.urls) {
        connection
            .prepare_cached(
                "INSERT INTO recording_text (recording, persons, pages) VALUES (?1, ?2, ?3)
                 ON CONFLICT (recording) DO UPDATE SET persons = excluded.persons, pages = excluded.pages",
            )?
            .execute(params![
                id,
                searchable(facts.distinct_ids.iter().map(DistinctId::as_str)),
                searchable(facts.urls.iter().map(String::as_str))
            ])?;
    }
    if persons_changed {
        let known = before.map_or(&[][..], |before| &before.distinct_ids);
        let mut remove = connection.prepare_cached(
            "DELETE FROM recording_person WHERE project = ?1 AND distinct_id = ?2 AND recording = ?3",
        )?;
        for gone in known.iter().filter(|id| !facts.distinct_ids.contains(id)) {
            remove.execute(params![row.project.0, gone.as_str(), id])?;
        }
        let mut insert = connection.prepare_cached(
            "INSERT INTO recording_person (project, distinct_id, recording) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?;
        for new in facts.distinct_ids.iter().filter(|id| !known.contains(id)) {
            insert.execute(params![row.project.0, new.as_str(), id])?;
        }
    }
    Ok(())
}

fn details_json(facts: &RecordingFacts) -> String {
    to_json(&Details {
        urls: facts.urls.clone(),
        distinct_ids: facts.distinct_ids.clone(),
        windows: facts.windows.clone(),
        snapshot_source: facts.snapshot_source.clone(),
        library: facts.library.clone(),
        user_agent: facts.user_agent.clone(),
    })
}

/// The form in which texts are searched: small letters, one text a line.
fn searchable<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.map(folded).collect::<Vec<_>>().join("\n")
}

/// Letters without their case, the same for stored texts and for what is looked for.
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase()
}
