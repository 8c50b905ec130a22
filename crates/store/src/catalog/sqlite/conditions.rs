//! Conditions as SQL. Values are always parameters; what stands in the text is ours.
//!
//! Functions of SQLite in here that PostgreSQL spells differently: `json_each`, `json_extract`, `instr` (`strpos`), `regexp`
//! (`~`), `julianday`.

use cassette_recording::ProjectId;
use rusqlite::types::Value;

use super::super::filter::{Condition, ConsoleRank, ConsoleTest, EventTest, Field, Metric, PropertyTest, Test};
use super::list::{ACTIVITY_SCORE, placeholders};
use super::recordings::folded;
use super::signals;

/// A piece of SQL with the values of its `?`s.
pub(super) type Sql = (String, Vec<Value>);

/// Whether the recording `r` of that project is like that.
pub(super) fn condition(project: ProjectId, of: &Condition) -> Sql {
    let each = |part| condition(project, part);
    match of {
        Condition::All(parts) => joined(parts.iter().map(each), "AND", "1"),
        Condition::Any(parts) => joined(parts.iter().map(each), "OR", "0"),
        Condition::Not(part) => {
            let (sql, values) = condition(project, part);
            (format!("NOT {sql}"), values)
        }
        Condition::Number(Metric::Signals(kind), test) => signals::on_count(*kind, test),
        Condition::Number(metric, test) => on_number(number_of(*metric), test),
        Condition::Text(field, test) => text_of_recording(project, *field, test),
        Condition::Event(event) => some_event(event),
        Condition::Person(property) => person(project, property),
        Condition::Console(console) => some_line(console),
        Condition::NotViewed(by) => not_viewed(by.as_deref()),
    }
}

/// Whether the event `e` is one that a condition asks for; `None` if it asks for none.
pub(super) fn event_condition(of: &Condition) -> Option<Sql> {
    let mut events = Vec::new();
    collect(of, &mut events);
    (!events.is_empty()).then(|| joined(events.into_iter().map(this_event), "OR", "0"))
}

fn collect<'a>(of: &'a Condition, events: &mut Vec<&'a EventTest>) {
    match of {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| collect(part, events)),
        Condition::Event(event) => events.push(event),
        Condition::Not(_)
        | Condition::Number(..)
        | Condition::Text(..)
        | Condition::Person(_)
        | Condition::Console(_)
        | Condition::NotViewed(_) => {}
    }
}

fn joined(parts: impl Iterator<Item = Sql>, by: &str, nothing: &str) -> Sql {
    let mut values = Vec::new();
    let texts: Vec<String> = parts
        .map(|(sql, more)| {
            values.extend(more);
            sql
        })
        .collect();
    match texts.is_empty() {
        true => (nothing.to_owned(), values),
        false => (format!("({})", texts.join(&format!(" {by} "))), values),
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn texts(values: &[String]) -> Vec<Value> {
    values.iter().map(|value| text(value)).collect()
}

fn number_of(metric: Metric) -> &'static str {
    match metric {
        // As it is shown: whole seconds.
        Metric::Duration => "((r.ended_at - r.started_at) / 1000)",
        Metric::ActiveSeconds => "(r.active_ms / 1000.0)",
        Metric::InactiveSeconds => "((r.ended_at - r.started_at - r.active_ms) / 1000.0)",
        Metric::Clicks => "r.clicks",
        Metric::Keypresses => "r.keypresses",
        Metric::MouseActivity => "r.mouse_activity",
        Metric::ConsoleLog => "r.console_log",
        Metric::ConsoleWarn => "r.console_warn",
        Metric::ConsoleError => "r.console_error",
        Metric::Exceptions => "r.exceptions",
        Metric::Events => "r.events",
        Metric::Signals(kind) => signals::column_of_row(kind),
        Metric::ActivityScore => ACTIVITY_SCORE,
    }
}

/// Something that is not known is like nothing: never more, never less, and not unlike either.
pub(super) fn on_number(number: &str, test: &Test) -> Sql {
    match test {
        Test::OneOf(values) => {
            let values: Vec<Value> =
                values.iter().filter_map(|value| value.trim().parse().ok()).map(Value::Real).collect();
            (format!("COALESCE({number} IN ({}), 0)", placeholders(values.len())), values)
        }
        test => {
            let (sql, values) = on_value(number, number, test);
            (format!("COALESCE({sql}, 0)"), values)
        }
    }
}

/// A test of a value of which `text` is the text and `number` the number, if it is one.
fn on_value(text: &str, number: &str, test: &Test) -> Sql {
    match test {
        Test::IsSet => (format!("{text} IS NOT NULL"), Vec::new()),
        Test::OneOf(values) => (format!("{text} IN ({})", placeholders(values.len())), texts(values)),
        Test::Contains(parts) => {
            let parts =
                parts.iter().map(|part| (format!("instr(lower({text}), ?) > 0"), vec![Value::Text(folded(part))]));
            joined(parts, "OR", "0")
        }
        Test::Matches(pattern) => (format!("regexp(?, {text})"), vec![Value::Text(pattern.as_str().to_owned())]),
        Test::Above(bound) => (format!("{number} > ?"), vec![Value::Real(*bound)]),
        Test::AtLeast(bound) => (format!("{number} >= ?"), vec![Value::Real(*bound)]),
        Test::Below(bound) => (format!("{number} < ?"), vec![Value::Real(*bound)]),
        Test::AtMost(bound) => (format!("{number} <= ?"), vec![Value::Real(*bound)]),
        Test::Between(from, to) => (format!("{number} BETWEEN ? AND ?"), vec![Value::Real(*from), Value::Real(*to)]),
        Test::Within(from, to) => {
            let time = format!("CAST(ROUND((julianday({text}) - 2440587.5) * 86400000.0) AS INTEGER)");
            (format!("({time} >= ? AND {time} < ?)"), vec![Value::Integer(*from), Value::Integer(*to)])
        }
    }
}

/// A member `j` of a JSON object or array, as a text and as a number.
const MEMBER_TEXT: &str =
    "CASE j.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(j.value AS TEXT) END";
const MEMBER_NUMBER: &str = "CASE WHEN j.type IN ('integer', 'real') OR (j.type = 'text' AND j.value GLOB '[-0-9]*') THEN \
                             CAST(j.value AS REAL) END";

fn on_member(test: &Test) -> Sql {
    on_value(MEMBER_TEXT, MEMBER_NUMBER, test)
}

fn text_of_recording(project: ProjectId, field: Field, test: &Test) -> Sql {
    match (field, test) {
        (Field::SnapshotSource, test) => detail("$.snapshot_source", test),
        (Field::Library, test) => detail("$.library", test),
        // The folded texts are there for this.
        (Field::Page, Test::Contains(parts)) => in_text("pages", parts),
        (Field::DistinctId, Test::Contains(parts)) => in_text("persons", parts),
        (Field::DistinctId, Test::OneOf(ids)) => {
            let sql = format!(
                "r.id IN (SELECT p.recording FROM recording_person p WHERE p.project = r.project AND p.distinct_id IN ({}))",
                placeholders(ids.len())
            );
            (sql, texts(ids))
        }
        (Field::Page, test) => listed("$.urls", test),
        (Field::DistinctId, test) => listed("$.distinct_ids", test),
        (Field::Collection, test) => {
            let (sql, values) = on_value("d.parent", "NULL", test);
            // Not bound to the row, so that collections are looked through once.
            let sql = format!(
                "r.session IN (SELECT json_extract(d.body, '$.session_id') FROM document d
                     WHERE d.kind = 'collection-items' AND d.project = ? AND {sql})"
            );
            (sql, std::iter::once(Value::Integer(project.0.into())).chain(values).collect())
        }
        (Field::Comment, test) => {
            let (sql, values) = on_value("json_extract(d.body, '$.content')", "NULL", test);
            let sql = format!(
                "EXISTS (SELECT 1 FROM document d WHERE d.kind = 'comments' AND d.parent = r.session AND d.project = r.project
                     AND json_extract(d.body, '$.deleted') IS NOT 1 AND {sql})"
            );
            (sql, values)
        }
    }
}

fn in_text(column: &str, parts: &[String]) -> Sql {
    let parts = parts.iter().map(|part| (format!("instr(t.{column}, ?) > 0"), vec![Value::Text(folded(part))]));
    let (sql, values) = joined(parts, "OR", "0");
    (format!("EXISTS (SELECT 1 FROM recording_text t WHERE t.recording = r.id AND {sql})"), values)
}

fn detail(path: &str, test: &Test) -> Sql {
    let (sql, values) = on_value(&format!("json_extract(d.details, '{path}')"), "NULL", test);
    (format!("EXISTS (SELECT 1 FROM recording_details d WHERE d.recording = r.id AND {sql})"), values)
}

fn listed(path: &str, test: &Test) -> Sql {
    let (sql, values) = on_member(test);
    let sql = format!(
        "EXISTS (SELECT 1 FROM recording_details d, json_each(d.details, '{path}') j WHERE d.recording = r.id AND {sql})"
    );
    (sql, values)
}

fn some_event(event: &EventTest) -> Sql {
    if let (Some(name), []) = (&event.name, event.properties.as_slice()) {
        let sql = "EXISTS (SELECT 1 FROM recording_event_name n WHERE n.recording = r.id AND n.name = ?)";
        return (sql.to_owned(), vec![text(name)]);
    }
    let (sql, values) = this_event(event);
    (format!("EXISTS (SELECT 1 FROM recording_event e WHERE e.recording = r.id AND {sql})"), values)
}

/// Whether the event `e` is like that.
fn this_event(event: &EventTest) -> Sql {
    let name = event.name.iter().map(|name| ("e.name = ?".to_owned(), vec![text(name)]));
    let properties = event.properties.iter().map(|property| has_property("json_each(e.properties)", property));
    joined(name.chain(properties), "AND", "1")
}

fn has_property(members: &str, property: &PropertyTest) -> Sql {
    let (sql, values) = on_member(&property.test);
    let not = if property.negated { "NOT " } else { "" };
    let sql = format!("{not}EXISTS (SELECT 1 FROM {members} j WHERE j.key = ? AND j.type <> 'null' AND {sql})");
    (sql, std::iter::once(text(&property.key)).chain(values).collect())
}

/// Whether one of the recording's distinct ids belongs to a person who is like that.
fn person(project: ProjectId, property: &PropertyTest) -> Sql {
    let (who, values) = persons_with(project, property);
    let not = if property.negated { "NOT " } else { "" };
    // Not bound to the row, so that persons are looked through once.
    let sql = format!(
        "r.id {not}IN (SELECT rp.recording FROM person_distinct_id d \
         JOIN recording_person rp ON rp.project = d.project AND rp.distinct_id = d.distinct_id \
         WHERE d.person IN (SELECT v.person {who}))"
    );
    (sql, values)
}

/// Where a query finds the `v.person` of whom that is true, whether the opposite is asked for or not.
pub(super) fn persons_with(project: ProjectId, property: &PropertyTest) -> Sql {
    let (test, more) = on_value("v.value", "v.number", &property.test);
    let sql = format!("FROM person_value v WHERE v.project = ? AND v.name = ? AND {test}");
    let named = [Value::Integer(project.0.into()), text(&property.key)];
    (sql, named.into_iter().chain(more).collect())
}

/// The counts know whether there is a line of some level; only what it says is looked for in lines.
fn some_line(console: &ConsoleTest) -> Sql {
    let ranks = if console.levels.is_empty() {
        &[ConsoleRank::Log, ConsoleRank::Warn, ConsoleRank::Error][..]
    } else {
        &console.levels
    };
    let counted = ranks.iter().map(|rank| match rank {
        ConsoleRank::Log => ("r.console_log > 0".to_owned(), Vec::new()),
        ConsoleRank::Warn => ("r.console_warn > 0".to_owned(), Vec::new()),
        ConsoleRank::Error => ("r.console_error > 0".to_owned(), Vec::new()),
    });
    let (counted, _) = joined(counted, "OR", "0");
    let Some(message) = &console.message else { return (counted, Vec::new()) };
    let (sql, values) = on_value("c.message", "NULL", message);
    let levels: Vec<&str> = ranks
        .iter()
        .map(|rank| match rank {
            ConsoleRank::Log => "'log'",
            ConsoleRank::Warn => "'warn'",
            ConsoleRank::Error => "'error'",
        })
        .collect();
    let sql = format!(
        "({counted} AND EXISTS (SELECT 1 FROM recording_console c WHERE c.recording = r.id AND c.level IN ({}) AND {sql}))",
        levels.join(", ")
    );
    (sql, values)
}

fn not_viewed(by: Option<&str>) -> Sql {
    let by_user = if by.is_some() { " AND json_extract(d.body, '$.user') = ?" } else { "" };
    let sql = format!(
        "NOT EXISTS (SELECT 1 FROM document d WHERE d.kind = 'viewed' AND d.parent = r.session
             AND d.project = r.project{by_user})"
    );
    (sql, by.map(text).into_iter().collect())
}
