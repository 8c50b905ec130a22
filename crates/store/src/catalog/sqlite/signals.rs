//! Moments of trouble: how many of each kind stands in the recording's row (null: nobody looked), which ones in a table. And
//! moments in which a clock was found to be off.
//!
//! They are the finished file's, like its search rows: a newer revision's take their place when it was looked into.

use cassette_recording::clock::ClockJump;
use cassette_recording::signals::{Signal, SignalCounts, SignalKind, Signals};
use cassette_recording::{ProjectId, RecordingId};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, Row, params};

use super::super::filter::Test;
use super::super::{CatalogError, Moments};
use super::conditions::{Sql, on_number};
use super::failed;
use super::values::{parsed, signed};

/// All of it; see [`indexes`] too.
pub(super) const TABLES: &str = "
CREATE TABLE recording_signal (
    recording BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    window_id TEXT NOT NULL,
    node BIGINT,
    x BIGINT,
    y BIGINT
);
CREATE INDEX recording_signal_by_recording ON recording_signal (recording);
CREATE TABLE recording_clock_jump (
    recording BIGINT NOT NULL,
    at BIGINT NOT NULL,
    window_id TEXT NOT NULL,
    milliseconds BIGINT NOT NULL
);
CREATE INDEX recording_clock_jump_by_recording ON recording_clock_jump (recording);
CREATE TRIGGER recording_signals_go AFTER DELETE ON recording BEGIN
    DELETE FROM recording_signal WHERE recording = OLD.id;
    DELETE FROM recording_clock_jump WHERE recording = OLD.id;
END;
";

/// The small indexes serve those who ask for recordings with some trouble, of which there may be few among many: in the order of
/// their starts (with the other counts, so that a second such filter needs no look at the row), and of the trouble.
pub(super) fn indexes() -> String {
    let all = SignalKind::ALL.map(column).join(", ");
    let of_one = |kind| {
        let (with, by, column) = (index_with(kind), index_by(kind), column(kind));
        format!(
            "CREATE INDEX {with} ON recording (project, started_at, session, {all}) WHERE {column} > 0;
             CREATE INDEX {by} ON recording (project, {column}, session) WHERE {column} > 0;"
        )
    };
    SignalKind::ALL.into_iter().map(of_one).collect()
}

/// The column of the row `r` that counts a kind.
pub(super) fn column_of_row(kind: SignalKind) -> &'static str {
    match kind {
        SignalKind::RageClick => "r.rage_clicks",
        SignalKind::DeadClick => "r.dead_clicks",
        SignalKind::ErrorClick => "r.error_clicks",
        SignalKind::QuickBack => "r.quick_backs",
        SignalKind::ThrashingMouse => "r.thrashings",
    }
}

/// The index of recordings with some of a kind, in the order of their starts.
pub(super) fn index_with(kind: SignalKind) -> String {
    format!("recording_with_{}", column(kind))
}

/// The index of recordings with some of a kind, in the order of how often.
pub(super) fn index_by(kind: SignalKind) -> String {
    format!("recording_by_{}", column(kind))
}

fn column(kind: SignalKind) -> &'static str {
    &column_of_row(kind)["r.".len()..]
}

/// Whether a test of a count holds only where there is some.
pub(super) fn asks_for_some(test: &Test) -> bool {
    match test {
        Test::Above(bound) => *bound >= 0.0,
        Test::AtLeast(bound) | Test::Between(bound, _) => *bound > 0.0,
        Test::OneOf(values) => values.iter().all(|value| value.trim().parse().is_ok_and(|value: f64| value > 0.0)),
        Test::IsSet | Test::Contains(_) | Test::Matches(_) | Test::Below(_) | Test::AtMost(_) | Test::Within(..) => {
            false
        }
    }
}

/// A test of such a count. That it asks for some is said in words that the indexes know.
pub(super) fn on_count(kind: SignalKind, test: &Test) -> Sql {
    let column = column_of_row(kind);
    let (sql, values) = on_number(column, test);
    match asks_for_some(test) {
        true => (format!("({column} > 0 AND {sql})"), values),
        false => (sql, values),
    }
}

pub(super) fn counts(row: &Row<'_>) -> rusqlite::Result<Option<SignalCounts>> {
    let count = |column: &str| -> rusqlite::Result<Option<u64>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(|count| u64::try_from(count).unwrap_or(0)))
    };
    let Some(rage_clicks) = count("rage_clicks")? else { return Ok(None) };
    Ok(Some(SignalCounts {
        rage_clicks,
        dead_clicks: count("dead_clicks")?.unwrap_or(0),
        error_clicks: count("error_clicks")?.unwrap_or(0),
        quick_backs: count("quick_backs")?.unwrap_or(0),
        thrashings: count("thrashings")?.unwrap_or(0),
    }))
}

/// Puts those of a finished file in the place of what was known; `None` where the file could not be looked into.
pub(super) fn put(connection: &Connection, recording: i64, signals: Option<&Signals>) -> rusqlite::Result<()> {
    let count = |kind| signals.map(|signals| signed(signals.counts.of(kind)));
    connection
        .prepare_cached(
            "UPDATE recording SET rage_clicks = ?2, dead_clicks = ?3, error_clicks = ?4, quick_backs = ?5, thrashings = ?6
             WHERE id = ?1",
        )?
        .execute(params![
            recording,
            count(SignalKind::RageClick),
            count(SignalKind::DeadClick),
            count(SignalKind::ErrorClick),
            count(SignalKind::QuickBack),
            count(SignalKind::ThrashingMouse)
        ])?;
    connection.prepare_cached("DELETE FROM recording_signal WHERE recording = ?1")?.execute([recording])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO recording_signal (recording, at, kind, window_id, node, x, y) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for Signal { timestamp, kind, window_id, node, x, y } in signals.into_iter().flat_map(|signals| &signals.moments) {
        insert.execute(params![recording, timestamp, kind.as_str(), window_id.as_str(), node, x, y])?;
    }
    Ok(())
}

/// Puts those of a finished file in the place of what was known.
pub(super) fn put_clock_jumps(connection: &Connection, recording: i64, jumps: &[ClockJump]) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM recording_clock_jump WHERE recording = ?1")?.execute([recording])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO recording_clock_jump (recording, at, window_id, milliseconds) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for ClockJump { at, window_id, milliseconds } in jumps {
        insert.execute(params![recording, at, window_id.as_str(), milliseconds])?;
    }
    Ok(())
}

pub(super) fn moments(
    connection: &Connection,
    project: ProjectId,
    session: &RecordingId,
) -> Result<Moments, CatalogError> {
    Ok(Moments {
        signals: of_recording(connection, "recording_signal", project, session, signal)?,
        clock_jumps: of_recording(connection, "recording_clock_jump", project, session, clock_jump)?,
    })
}

fn of_recording<T>(
    connection: &Connection,
    table: &str,
    project: ProjectId,
    session: &RecordingId,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, CatalogError> {
    let sql = format!(
        "SELECT m.* FROM recording r JOIN {table} m ON m.recording = r.id
         WHERE r.project = ?1 AND r.session = ?2 ORDER BY m.at, m.rowid"
    );
    connection
        .prepare_cached(&sql)
        .and_then(|mut query| query.query_map(params![project.0, session.as_str()], read)?.collect())
        .map_err(failed)
}

fn clock_jump(row: &Row<'_>) -> rusqlite::Result<ClockJump> {
    let window_id = parsed(row, "window_id")?;
    Ok(ClockJump { at: row.get("at")?, window_id, milliseconds: row.get("milliseconds")? })
}

fn signal(row: &Row<'_>) -> rusqlite::Result<Signal> {
    let kind: String = row.get("kind")?;
    let unknown = || Error::FromSqlConversionFailure(0, Type::Text, format!("no kind of signal: {kind}").into());
    Ok(Signal {
        timestamp: row.get("at")?,
        kind: SignalKind::from_name(&kind).ok_or_else(unknown)?,
        window_id: parsed(row, "window_id")?,
        node: row.get("node")?,
        x: row.get("x")?,
        y: row.get("y")?,
    })
}
