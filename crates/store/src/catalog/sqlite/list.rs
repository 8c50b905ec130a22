//! The list of recordings, as SQL.
//!
//! In the order of their start, pages are read off the index and stop when they are full. Every other order reads the
//! narrow rows of the project and keeps the best of them; the lists of a row are fetched only for rows that are shown.

use cassette_recording::signals::SignalKind;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::super::filter::Metric;
use super::super::{
    CatalogError, Condition, Cursor, Direction, ListPage, ListQuery, Order, RecordingRow, RecordingState,
};
use super::recordings::{Stored, add_details, folded, without_details};
use super::values::size;
use super::{conditions, failed, signals};

/// Names of recordings that one query may ask for: more are silly, and databases bound their parameters.
const SESSION_IDS: usize = 10_000;

pub(super) fn list(connection: &Connection, query: &ListQuery) -> Result<ListPage, CatalogError> {
    let mut stored = rows(connection, query)?;
    if let Some(ids) = &query.session_ids {
        stored.sort_by_cached_key(|(stored, _)| ids.iter().position(|id| *id == stored.row.session));
        stored.drain(..query.offset.min(stored.len()));
    }
    let has_next = stored.len() > query.limit;
    stored.truncate(query.limit);
    let next_cursor = match stored.last() {
        Some((last, value)) if has_next && query.session_ids.is_none() => Some(Cursor {
            order: query.order,
            direction: query.direction,
            value: *value,
            session: last.row.session.clone(),
        }),
        _ => None,
    };
    let rows = stored.into_iter().map(|(mut stored, _)| {
        add_details(connection, &mut stored)?;
        Ok(stored.row)
    });
    Ok(ListPage { rows: rows.collect::<Result<Vec<RecordingRow>, CatalogError>>()?, has_next, next_cursor })
}

/// Who wants to see the most trouble first is answered from those who had some, if they fill the page.
fn rows(connection: &Connection, query: &ListQuery) -> Result<Vec<(Stored, i64)>, CatalogError> {
    if let Some(select) = select_some(query) {
        let some = rows_of(connection, &select)?;
        if some.len() > query.limit {
            return Ok(some);
        }
    }
    rows_of(connection, &select(query))
}

fn rows_of(connection: &Connection, select: &Select) -> Result<Vec<(Stored, i64)>, CatalogError> {
    connection
        .prepare_cached(&select.sql)
        .and_then(|mut statement| {
            statement
                .query_map(params_from_iter(&select.values), |row| Ok((without_details(row)?, row.get("sort_key")?)))?
                .collect()
        })
        .map_err(failed)
}

pub(super) struct Select {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

impl Select {
    /// Adds a condition; each `?` in it takes one of the values.
    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.values.extend(values);
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

/// How many rows all pages together have.
pub(super) fn count(connection: &Connection, query: &ListQuery) -> Result<u64, CatalogError> {
    let whole = ListQuery { after: None, ..query.clone() };
    let (_, Select { sql, values }) = matching(&whole);
    connection
        .prepare_cached(&format!("SELECT COUNT(*) FROM ({sql})"))
        .and_then(|mut statement| statement.query_row(params_from_iter(&values), |row| row.get::<_, i64>(0)))
        .map(|count| u64::try_from(count).unwrap_or_default())
        .map_err(failed)
}

/// The query with its values; one row more than a page, to know whether there is a next one.
pub(super) fn select(query: &ListQuery) -> Select {
    let (key, select) = matching(query);
    ordered(query, key, select)
}

/// The same for the rows alone that have some of what is sorted by, where that is trouble and the most comes first.
pub(super) fn select_some(query: &ListQuery) -> Option<Select> {
    let alone = query.session_ids.is_none() && query.distinct_ids.is_none();
    let kind = signal_of(query.order).filter(|_| alone && query.direction == Direction::Descending)?;
    let key = signals::column_of_row(kind);
    let sql = format!(
        "SELECT r.*, {key} AS sort_key FROM recording r INDEXED BY {} WHERE r.project = ? AND {key} > 0",
        signals::index_by(kind)
    );
    let begun = (key, Select { sql, values: vec![Value::Integer(query.project.0.into())] });
    let (key, select) = narrowed(query, begun);
    Some(ordered(query, key, select))
}

fn signal_of(order: Order) -> Option<SignalKind> {
    match order {
        Order::RageClickCount => Some(SignalKind::RageClick),
        Order::DeadClickCount => Some(SignalKind::DeadClick),
        Order::ErrorClickCount => Some(SignalKind::ErrorClick),
        Order::QuickBackCount => Some(SignalKind::QuickBack),
        Order::ThrashingCount => Some(SignalKind::ThrashingMouse),
        Order::StartTime
        | Order::Duration
        | Order::ActiveSeconds
        | Order::InactiveSeconds
        | Order::ClickCount
        | Order::KeypressCount
        | Order::MouseActivityCount
        | Order::ConsoleErrorCount
        | Order::ActivityScore => None,
    }
}

fn ordered(query: &ListQuery, key: &'static str, mut select: Select) -> Select {
    if query.session_ids.is_none() {
        let direction = match query.direction {
            Direction::Descending => "DESC",
            Direction::Ascending => "ASC",
        };
        select.sql.push_str(&format!(" ORDER BY {key} {direction}, r.session {direction} LIMIT ? OFFSET ?"));
        select.values.extend([Value::Integer(size(query.limit.saturating_add(1))), Value::Integer(size(query.offset))]);
    }
    select
}

/// All rows that are meant, in no order; and what they are sorted by.
fn matching(query: &ListQuery) -> (&'static str, Select) {
    narrowed(query, begun(query))
}

fn narrowed(query: &ListQuery, (key, mut select): (&'static str, Select)) -> (&'static str, Select) {
    match &query.session_ids {
        Some(ids) => {
            let ids: Vec<Value> = ids.iter().take(SESSION_IDS).map(|id| text(id.as_str())).collect();
            select.and(&format!("r.session IN ({})", placeholders(ids.len())), ids);
        }
        None => in_window(&mut select, query, key),
    }
    filter(&mut select, query);
    (key, select)
}

/// What the list is read off, and what it is sorted by there. Who asks for distinct ids reads their few recordings. Who asks
/// for an event, in the order of the start, reads the index of such events in that order: a rare event would else be looked
/// for in all recordings.
fn begun(query: &ListQuery) -> (&'static str, Select) {
    let project = Value::Integer(query.project.0.into());
    if let (Some(ids), None) = (&query.distinct_ids, &query.session_ids) {
        let key = sort_key(query.order);
        let sql = format!(
            "SELECT r.*, {key} AS sort_key FROM (
                 SELECT DISTINCT p.recording FROM recording_person p WHERE p.project = ? AND p.distinct_id IN ({})) o
             CROSS JOIN recording r ON r.id = o.recording WHERE r.project = ?",
            placeholders(ids.len())
        );
        let ids = ids.iter().map(|id| text(id.as_str()));
        let values = std::iter::once(project.clone()).chain(ids).chain([project]).collect();
        return (key, Select { sql, values });
    }
    let by_start = query.order == Order::StartTime && query.session_ids.is_none();
    match query.condition.as_ref().and_then(wanted_event).filter(|_| by_start) {
        Some(name) => {
            let key = "n.started_at";
            let sql = format!(
                "SELECT r.*, {key} AS sort_key FROM recording_event_name n CROSS JOIN recording r ON r.id = n.recording
                 WHERE n.project = ? AND n.name = ?"
            );
            (key, Select { sql, values: vec![project, text(name)] })
        }
        None => {
            let key = sort_key(query.order);
            let signals = query.condition.as_ref().and_then(wanted_signal).filter(|_| by_start);
            // Named, because without statistics the database thinks little of a small index with many columns.
            let by = signals.map_or_else(String::new, |kind| format!(" INDEXED BY {}", signals::index_with(kind)));
            let sql = format!("SELECT r.*, {key} AS sort_key FROM recording r{by} WHERE r.project = ?");
            (key, Select { sql, values: vec![project] })
        }
    }
}

/// The name of an event that every listed recording has.
fn wanted_event(condition: &Condition) -> Option<&str> {
    match condition {
        Condition::All(parts) => parts.iter().find_map(wanted_event),
        Condition::Any(parts) if parts.len() == 1 => wanted_event(&parts[0]),
        Condition::Event(event) => event.name.as_deref(),
        Condition::Any(_)
        | Condition::Not(_)
        | Condition::Number(..)
        | Condition::Text(..)
        | Condition::Person(_)
        | Condition::Console(_)
        | Condition::NotViewed(_) => None,
    }
}

/// A kind of trouble that every listed recording had; of several the one that is the rarest as a rule.
fn wanted_signal(condition: &Condition) -> Option<SignalKind> {
    const RAREST_FIRST: [SignalKind; 5] = [
        SignalKind::ErrorClick,
        SignalKind::ThrashingMouse,
        SignalKind::QuickBack,
        SignalKind::RageClick,
        SignalKind::DeadClick,
    ];
    let rank = |kind: &SignalKind| RAREST_FIRST.iter().position(|known| known == kind);
    match condition {
        Condition::All(parts) => parts.iter().filter_map(wanted_signal).min_by_key(rank),
        Condition::Any(parts) if parts.len() == 1 => wanted_signal(&parts[0]),
        Condition::Number(Metric::Signals(kind), test) if signals::asks_for_some(test) => Some(*kind),
        Condition::Any(_)
        | Condition::Not(_)
        | Condition::Number(..)
        | Condition::Text(..)
        | Condition::Event(_)
        | Condition::Person(_)
        | Condition::Console(_)
        | Condition::NotViewed(_) => None,
    }
}

fn in_window(select: &mut Select, query: &ListQuery, key: &str) {
    let started_at = if key == "n.started_at" { key } else { "r.started_at" };
    if let Some(from) = query.date_from {
        select.and(&format!("{started_at} >= ?"), [Value::Integer(from)]);
    }
    if let Some(to) = query.date_to {
        select.and(&format!("{started_at} <= ?"), [Value::Integer(to)]);
    }
    let usable = |cursor: &&Cursor| cursor.order == query.order && cursor.direction == query.direction;
    if let Some(after) = query.after.as_ref().filter(usable) {
        let beyond = match query.direction {
            Direction::Descending => "<",
            Direction::Ascending => ">",
        };
        select.and(
            &format!("({key}, r.session) {beyond} (?, ?)"),
            [Value::Integer(after.value), text(after.session.as_str())],
        );
        // The same again in terms of one column, which the index of events has.
        select.and(&format!("{key} {beyond}= ?"), [Value::Integer(after.value)]);
    }
}

fn filter(select: &mut Select, query: &ListQuery) {
    if !query.include_empty {
        select.and("(r.events > 0 OR r.state = ?)", [Value::Integer(RecordingState::Live as i64)]);
    }
    if query.live_only {
        select.and("r.state = ?", [Value::Integer(RecordingState::Live as i64)]);
    }
    if let Some(since) = query.arrived_since {
        select.and("r.last_arrival >= ?", [Value::Integer(since)]);
    }
    if query.errors_only {
        select.and("(r.console_error > 0 OR r.exceptions > 0)", []);
    }
    if let (Some(ids), Some(_)) = (&query.distinct_ids, &query.session_ids) {
        let ids: Vec<Value> = ids.iter().map(|id| text(id.as_str())).collect();
        let condition = format!(
            "r.id IN (SELECT p.recording FROM recording_person p WHERE p.project = ? AND p.distinct_id IN ({}))",
            placeholders(ids.len())
        );
        select.and(&condition, std::iter::once(Value::Integer(query.project.0.into())).chain(ids));
    }
    if let Some(condition) = &query.condition {
        let (sql, values) = conditions::condition(query.project, condition);
        select.and(&sql, values);
    }
    // `instr` is `strpos` in PostgreSQL. A correlated search stops when the page is full.
    for (column, part) in [("persons", query.person.as_ref().map(|person| &person.0)), ("pages", query.page.as_ref())] {
        if let Some(part) = part {
            let condition = format!(
                "EXISTS (SELECT 1 FROM recording_text t WHERE t.recording = r.id AND instr(t.{column}, ?) > 0)"
            );
            select.and(&condition, [Value::Text(folded(part))]);
        }
    }
}

pub(super) fn placeholders(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// What an order sorts by: always a whole number, so that cursors are exact.
fn sort_key(order: Order) -> &'static str {
    match order {
        Order::StartTime => "r.started_at",
        Order::Duration => "(r.ended_at - r.started_at)",
        Order::ActiveSeconds => "COALESCE(r.active_ms, -1)",
        Order::InactiveSeconds => "COALESCE(r.ended_at - r.started_at - r.active_ms, -1)",
        Order::ClickCount => "r.clicks",
        Order::KeypressCount => "r.keypresses",
        Order::MouseActivityCount => "r.mouse_activity",
        Order::ConsoleErrorCount => "r.console_error",
        Order::RageClickCount => "COALESCE(r.rage_clicks, -1)",
        Order::DeadClickCount => "COALESCE(r.dead_clicks, -1)",
        Order::ErrorClickCount => "COALESCE(r.error_clicks, -1)",
        Order::QuickBackCount => "COALESCE(r.quick_backs, -1)",
        Order::ThrashingCount => "COALESCE(r.thrashings, -1)",
        Order::ActivityScore => ACTIVITY_SCORE,
    }
}

/// PostHog's formula with both sides in thousandths, in hundredths of its unit.
pub(super) const ACTIVITY_SCORE: &str = "COALESCE(10000 * (COALESCE(r.active_ms, 0) + 1000 * (r.clicks + r.keypresses + r.console_error)) / NULLIF(\
     r.ended_at - r.started_at + 1000 * (r.mouse_activity + r.console_error + r.console_log + r.console_warn), 0), -1)";
