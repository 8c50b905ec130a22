//! Persons: what was said of each distinct id, and the persons that this comes to.
//!
//! Rules and reasons are those of [`cassette_recording::person`]. Kept are links and, per distinct id and name, one
//! [`Property`]; the rows of persons are derived from these, and only of persons that a change concerns. A change that
//! brings no new link leaves everybody's ids where they are.
//!
//! Which persons a new link can concern: the two that it names. Whether a link holds is a matter of the earliest links of
//! its other id, and a new link changes these for its own two ids only.

pub(super) mod read;
mod said;
mod values;

use std::collections::BTreeSet;

use cassette_recording::person::links::{StampedLink, group};
use cassette_recording::person::{Group, LinkKind, PersonChange, Stamp};
use cassette_recording::{DistinctId, ProjectId, limits};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::{CatalogError, PersonId};
use super::values::{failed, parsed, signed};

/// Stands for the other id of a link whose person was erased. No distinct id is empty.
const ERASED: &str = "";

pub(super) fn commit(
    connection: &Connection,
    project: ProjectId,
    family: &str,
    changes: &[PersonChange],
) -> Result<(), CatalogError> {
    let mut said_of = BTreeSet::new();
    let mut linked = BTreeSet::new();
    for change in changes {
        for id in change.distinct_ids() {
            said::note_id(connection, project, id, change.stamp.at, family)?;
        }
        said::note_properties(connection, project, change)?;
        if said::note_link(connection, project, change)? {
            linked.extend(change.distinct_ids().cloned());
        }
        said_of.extend(change.distinct_ids().cloned());
    }
    let mut stale = BTreeSet::new();
    if !linked.is_empty() {
        relink(connection, project, linked, &mut stale)?;
    }
    for id in said_of {
        let person = match person_of(connection, project, &id)? {
            Some(person) => person,
            None => put_person(connection, project, &Group { representative: id.clone(), members: vec![id] })?,
        };
        stale.insert(person);
    }
    stale.into_iter().try_for_each(|person| values::derive(connection, project, person))
}

/// Groups the persons of these ids anew; `stale` gets the rows that changed.
fn relink(
    connection: &Connection,
    project: ProjectId,
    ids: BTreeSet<DistinctId>,
    stale: &mut BTreeSet<i64>,
) -> Result<(), CatalogError> {
    let mut before = BTreeSet::new();
    for id in &ids {
        before.extend(person_of(connection, project, id)?);
    }
    let mut all = ids;
    for person in &before {
        all.extend(members(connection, *person)?);
    }
    let all: Vec<DistinctId> = all.into_iter().collect();
    let links = links_of(connection, project, &all)?;
    let mut after = BTreeSet::new();
    for group in group(&all, &links) {
        after.insert(put_person(connection, project, &group)?);
    }
    for gone in before.difference(&after) {
        remove_person(connection, *gone)?;
    }
    stale.extend(after);
    Ok(())
}

/// The row of the person of a distinct id; none before it was grouped.
fn person_of(connection: &Connection, project: ProjectId, id: &DistinctId) -> Result<Option<i64>, CatalogError> {
    let found: Option<i64> = connection
        .prepare_cached("SELECT person FROM person_distinct_id WHERE project = ?1 AND distinct_id = ?2")
        .and_then(|mut query| query.query_row(params![project.0, id.as_str()], |row| row.get(0)).optional())
        .map_err(failed)?;
    Ok(found.filter(|person| *person != said::NOBODY))
}

fn members(connection: &Connection, person: i64) -> Result<Vec<DistinctId>, CatalogError> {
    connection
        .prepare_cached("SELECT distinct_id FROM person_distinct_id WHERE person = ?1 ORDER BY first_at, distinct_id")
        .and_then(|mut query| query.query_map([person], |row| parsed(row, "distinct_id"))?.collect())
        .map_err(failed)
}

/// All links in which one of these ids stands; some of them twice.
fn links_of(connection: &Connection, project: ProjectId, ids: &[DistinctId]) -> Result<Vec<StampedLink>, CatalogError> {
    let mut links = Vec::new();
    for column in ["main", "other"] {
        let sql = format!("SELECT * FROM person_link WHERE project = ?1 AND {column} = ?2");
        let mut query = connection.prepare_cached(&sql).map_err(failed)?;
        for id in ids {
            let found = query.query_map(params![project.0, id.as_str()], stamped_link).map_err(failed)?;
            for link in found {
                links.push(link.map_err(failed)?);
            }
        }
    }
    Ok(links)
}

fn stamped_link(row: &Row<'_>) -> rusqlite::Result<StampedLink> {
    let other: String = row.get("other")?;
    let kind: u8 = row.get("kind")?;
    let kind = LinkKind::from_number(kind).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, kind.into()))?;
    let other = if other == ERASED { None } else { Some(parsed(row, "other")?) };
    let stamp = Stamp { at: row.get("at")?, item: parsed(row, "item")? };
    Ok(StampedLink { stamp, kind, main: parsed(row, "main")?, other })
}

/// Makes sure of the person of a group, and that its members are its own.
fn put_person(connection: &Connection, project: ProjectId, group: &Group) -> Result<i64, CatalogError> {
    let id = PersonId::of(project, &group.representative);
    let person = connection
        .prepare_cached(
            "INSERT INTO person (project, uuid, number, created_at, properties, search) VALUES (?1, ?2, ?3, 0, '{}', '')
             ON CONFLICT (project, uuid) DO UPDATE SET number = excluded.number RETURNING id",
        )
        .and_then(|mut statement| {
            statement.query_row(params![project.0, id.to_string(), signed(id.number())], |row| row.get(0))
        })
        .map_err(failed)?;
    let mut assign = connection
        .prepare_cached("UPDATE person_distinct_id SET person = ?3 WHERE project = ?1 AND distinct_id = ?2")
        .map_err(failed)?;
    for member in &group.members {
        assign.execute(params![project.0, member.as_str(), person]).map_err(failed)?;
    }
    Ok(person)
}

fn remove_person(connection: &Connection, person: i64) -> Result<(), CatalogError> {
    for sql in ["DELETE FROM person WHERE id = ?1", "DELETE FROM person_value WHERE person = ?1"] {
        connection.prepare_cached(sql).and_then(|mut statement| statement.execute([person])).map_err(failed)?;
    }
    Ok(())
}

/// Forgets whole persons. Nobody else's ids move: a link between two persons holds for neither of them.
pub(super) fn forget(connection: &Connection, project: ProjectId, ids: &[DistinctId]) -> Result<(), CatalogError> {
    for id in ids {
        if let Some(person) = person_of(connection, project, id)? {
            remove_person(connection, person)?;
        }
        for sql in [
            "DELETE FROM person_distinct_id WHERE project = ?1 AND distinct_id = ?2",
            "DELETE FROM person_property WHERE project = ?1 AND distinct_id = ?2",
            "DELETE FROM person_place WHERE project = ?1 AND distinct_id = ?2",
            "DELETE FROM person_link WHERE project = ?1 AND main = ?2",
            "INSERT INTO person_link (project, main, other, kind, item, at)
             SELECT project, main, '', kind, item, at FROM person_link WHERE project = ?1 AND other = ?2
             ON CONFLICT (project, main, other, kind, item) DO UPDATE SET at = min(person_link.at, excluded.at)",
            "DELETE FROM person_link WHERE project = ?1 AND other = ?2",
        ] {
            connection
                .prepare_cached(sql)
                .and_then(|mut statement| statement.execute(params![project.0, id.as_str()]))
                .map_err(failed)?;
        }
    }
    Ok(())
}

/// Distinct ids that answers list.
const LISTED_IDS: usize = limits::DISTINCT_IDS_PER_PERSON;
