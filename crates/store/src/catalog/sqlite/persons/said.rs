//! What was said: ids, links and properties, each merged with what was known before.

use cassette_recording::person::property::Stamped;
use cassette_recording::person::{PersonChange, Property, Stamp};
use cassette_recording::{DistinctId, ProjectId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::super::CatalogError;
use super::super::values::{failed, parsed};
use super::ERASED;

/// Stands for the person of an id that was not grouped yet. Rows count from 1.
pub(super) const NOBODY: i64 = 0;

/// Notes when an id was first told of, and where.
pub(super) fn note_id(
    connection: &Connection,
    project: ProjectId,
    id: &DistinctId,
    at: i64,
    family: &str,
) -> Result<(), CatalogError> {
    // The `min` of two values is `LEAST` in PostgreSQL.
    connection
        .prepare_cached(
            "INSERT INTO person_distinct_id (project, distinct_id, person, first_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (project, distinct_id) DO UPDATE SET first_at = min(person_distinct_id.first_at, excluded.first_at)",
        )
        .and_then(|mut statement| statement.execute(params![project.0, id.as_str(), NOBODY, at]))
        .map_err(failed)?;
    connection
        .prepare_cached(
            "INSERT INTO person_place (project, distinct_id, family) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )
        .and_then(|mut statement| statement.execute(params![project.0, id.as_str(), family]))
        .map_err(failed)?;
    Ok(())
}

/// Notes the link of a change. False: there is none, or it was known, no later than now.
pub(super) fn note_link(
    connection: &Connection,
    project: ProjectId,
    change: &PersonChange,
) -> Result<bool, CatalogError> {
    let Some(link) = &change.link else { return Ok(false) };
    let other = link.other.as_ref().map_or(ERASED, DistinctId::as_str);
    let Stamp { at, item } = change.stamp;
    let changed = connection
        .prepare_cached(
            "INSERT INTO person_link (project, main, other, kind, item, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (project, main, other, kind, item) DO UPDATE SET at = excluded.at
             WHERE excluded.at < person_link.at",
        )
        .and_then(|mut statement| {
            let main = change.distinct_id.as_str();
            statement.execute(params![project.0, main, other, link.kind as u8, item.to_string(), at])
        })
        .map_err(failed)?;
    Ok(changed > 0)
}

pub(super) fn note_properties(
    connection: &Connection,
    project: ProjectId,
    change: &PersonChange,
) -> Result<(), CatalogError> {
    let stamp = change.stamp;
    let set = change.set.iter().map(|(name, value)| (name, Property::of_set(stamp, value.clone())));
    let set_once = change.set_once.iter().map(|(name, value)| (name, Property::of_set_once(stamp, value.clone())));
    let unset = change.unset.iter().map(|name| (name, Property::of_unset(stamp)));
    for (name, said) in set.chain(set_once).chain(unset) {
        let before = load(connection, project, &change.distinct_id, name)?;
        let mut after = before.clone().unwrap_or_default();
        after.merge(said);
        if before.as_ref() != Some(&after) {
            save(connection, project, &change.distinct_id, name, &after)?;
        }
    }
    Ok(())
}

fn load(
    connection: &Connection,
    project: ProjectId,
    id: &DistinctId,
    name: &str,
) -> Result<Option<Property>, CatalogError> {
    connection
        .prepare_cached("SELECT * FROM person_property WHERE project = ?1 AND distinct_id = ?2 AND name = ?3")
        .and_then(|mut query| query.query_row(params![project.0, id.as_str(), name], property).optional())
        .map_err(failed)
}

fn save(
    connection: &Connection,
    project: ProjectId,
    id: &DistinctId,
    name: &str,
    property: &Property,
) -> Result<(), CatalogError> {
    let at = |stamp: Option<Stamp>| stamp.map(|stamp| stamp.at);
    let item = |stamp: Option<Stamp>| stamp.map(|stamp| stamp.item.to_string());
    let stamp = |stamped: &Option<Stamped>| stamped.as_ref().map(|(stamp, _)| *stamp);
    let value = |stamped: &Option<Stamped>| stamped.as_ref().map(|(_, value)| value.clone());
    let (set, first, last) = (stamp(&property.set), stamp(&property.first), stamp(&property.last));
    connection
        .prepare_cached(
            "INSERT INTO person_property (project, distinct_id, name, set_at, set_item, set_value, unset_at, unset_item,
                first_at, first_item, first_value, last_at, last_item, last_value)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             ON CONFLICT (project, distinct_id, name) DO UPDATE
             SET set_at = excluded.set_at, set_item = excluded.set_item, set_value = excluded.set_value,
                 unset_at = excluded.unset_at, unset_item = excluded.unset_item,
                 first_at = excluded.first_at, first_item = excluded.first_item, first_value = excluded.first_value,
                 last_at = excluded.last_at, last_item = excluded.last_item, last_value = excluded.last_value",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                project.0,
                id.as_str(),
                name,
                at(set),
                item(set),
                value(&property.set),
                at(property.unset),
                item(property.unset),
                at(first),
                item(first),
                value(&property.first),
                at(last),
                item(last),
                value(&property.last),
            ])
        })
        .map_err(failed)?;
    Ok(())
}

/// A row of `person_property`.
pub(super) fn property(row: &Row<'_>) -> rusqlite::Result<Property> {
    let stamp = |name: &str| -> rusqlite::Result<Option<Stamp>> {
        let Some(at) = row.get::<_, Option<i64>>(format!("{name}_at").as_str())? else { return Ok(None) };
        Ok(Some(Stamp { at, item: parsed(row, &format!("{name}_item"))? }))
    };
    let stamped = |name: &str| -> rusqlite::Result<Option<Stamped>> {
        let Some(stamp) = stamp(name)? else { return Ok(None) };
        Ok(Some((stamp, row.get(format!("{name}_value").as_str())?)))
    };
    Ok(Property { set: stamped("set")?, unset: stamp("unset")?, first: stamped("first")?, last: stamped("last")? })
}
