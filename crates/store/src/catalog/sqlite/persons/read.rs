//! Finding persons.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use cassette_recording::{DistinctId, ProjectId};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::super::super::{CatalogError, Person, PersonId, PersonKey, PersonPage, PersonQuery};
use super::super::conditions::persons_with;
use super::super::failed;
use super::super::recordings::folded;
use super::super::values::{parsed, signed, size};
use super::{LISTED_IDS, members};

/// Ids that one query asks for at a time: databases bound their parameters.
const IDS_AT_A_TIME: usize = 1000;

pub(in super::super) fn one(
    connection: &Connection,
    project: ProjectId,
    key: &PersonKey,
) -> Result<Option<Person>, CatalogError> {
    let (condition, value) = match key {
        PersonKey::Id(id) => ("p.uuid = ?2", Value::Text(id.to_string())),
        PersonKey::Number(number) => ("p.number = ?2", Value::Integer(signed(*number))),
        PersonKey::DistinctId(id) => (
            "p.id = (SELECT d.person FROM person_distinct_id d WHERE d.project = ?1 AND d.distinct_id = ?2)",
            Value::Text(id.as_str().to_owned()),
        ),
    };
    // Of two with the same number, which one in some ten thousand million is, the first counts.
    let sql = format!("SELECT p.* FROM person p WHERE p.project = ?1 AND {condition} ORDER BY p.uuid LIMIT 1");
    let found = connection
        .prepare_cached(&sql)
        .and_then(|mut query| query.query_row(params![project.0, value], Stored::of).optional())
        .map_err(failed)?;
    found.map(|stored| stored.person(connection)).transpose()
}

pub(in super::super) fn page(connection: &Connection, query: &PersonQuery) -> Result<PersonPage, CatalogError> {
    let mut sql = "SELECT p.* FROM person p WHERE p.project = ?".to_owned();
    let mut values = vec![Value::Integer(query.project.0.into())];
    if let Some(id) = &query.distinct_id {
        sql.push_str(
            " AND p.id = (SELECT d.person FROM person_distinct_id d WHERE d.project = ? AND d.distinct_id = ?)",
        );
        values.extend([Value::Integer(query.project.0.into()), Value::Text(id.as_str().to_owned())]);
    }
    if let Some(search) = &query.search {
        // `instr` is `strpos` in PostgreSQL.
        sql.push_str(" AND instr(p.search, ?) > 0");
        values.push(Value::Text(folded(&search.0)));
    }
    for property in &query.properties {
        let (who, more) = persons_with(query.project, property);
        let not = if property.negated { "NOT " } else { "" };
        sql.push_str(&format!(" AND p.id {not}IN (SELECT v.person {who})"));
        values.extend(more);
    }
    sql.push_str(" ORDER BY p.created_at DESC, p.uuid DESC LIMIT ? OFFSET ?");
    values.extend([Value::Integer(size(query.limit.saturating_add(1))), Value::Integer(size(query.offset))]);
    let mut stored: Vec<Stored> = connection
        .prepare_cached(&sql)
        .and_then(|mut select| select.query_map(params_from_iter(&values), Stored::of)?.collect())
        .map_err(failed)?;
    let has_next = stored.len() > query.limit;
    stored.truncate(query.limit);
    let persons = stored.into_iter().map(|stored| stored.person(connection)).collect::<Result<_, _>>()?;
    Ok(PersonPage { persons, has_next })
}

pub(in super::super) fn of_ids(
    connection: &Connection,
    project: ProjectId,
    ids: &[DistinctId],
) -> Result<Vec<Option<Person>>, CatalogError> {
    let mut rows: HashMap<DistinctId, i64> = HashMap::new();
    let mut persons: HashMap<i64, Person> = HashMap::new();
    for some in ids.chunks(IDS_AT_A_TIME) {
        let places = vec!["?"; some.len()].join(", ");
        let sql = format!(
            "SELECT d.distinct_id AS asked, p.* FROM person_distinct_id d JOIN person p ON p.id = d.person
             WHERE d.project = ? AND d.distinct_id IN ({places})"
        );
        let values = std::iter::once(Value::Integer(project.0.into()))
            .chain(some.iter().map(|id| Value::Text(id.as_str().to_owned())));
        let found: Vec<(DistinctId, Stored)> = connection
            .prepare_cached(&sql)
            .and_then(|mut query| {
                query
                    .query_map(params_from_iter(values), |row| Ok((parsed(row, "asked")?, Stored::of(row)?)))?
                    .collect()
            })
            .map_err(failed)?;
        for (id, stored) in found {
            rows.insert(id, stored.row);
            if let Entry::Vacant(place) = persons.entry(stored.row) {
                place.insert(stored.person(connection)?);
            }
        }
    }
    Ok(ids.iter().map(|id| rows.get(id).and_then(|row| persons.get(row)).cloned()).collect())
}

pub(in super::super) fn distinct_ids(
    connection: &Connection,
    project: ProjectId,
    id: PersonId,
) -> Result<Vec<DistinctId>, CatalogError> {
    let row: Option<i64> = connection
        .prepare_cached("SELECT id FROM person WHERE project = ?1 AND uuid = ?2")
        .and_then(|mut query| query.query_row(params![project.0, id.to_string()], |row| row.get(0)).optional())
        .map_err(failed)?;
    row.map_or(Ok(Vec::new()), |row| members(connection, row))
}

pub(in super::super) fn families(
    connection: &Connection,
    project: ProjectId,
    ids: &[DistinctId],
) -> Result<Vec<String>, CatalogError> {
    let mut families = std::collections::BTreeSet::new();
    let mut query = connection
        .prepare_cached("SELECT family FROM person_place WHERE project = ?1 AND distinct_id = ?2")
        .map_err(failed)?;
    for id in ids {
        let found = query.query_map(params![project.0, id.as_str()], |row| row.get(0)).map_err(failed)?;
        for family in found {
            families.insert(family.map_err(failed)?);
        }
    }
    Ok(families.into_iter().collect())
}

/// A row of `person`.
struct Stored {
    row: i64,
    uuid: String,
    created_at: i64,
    properties: String,
}

impl Stored {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            row: row.get("id")?,
            uuid: row.get("uuid")?,
            created_at: row.get("created_at")?,
            properties: row.get("properties")?,
        })
    }

    fn person(self, connection: &Connection) -> Result<Person, CatalogError> {
        let id = PersonId::parse(&self.uuid)
            .ok_or_else(|| CatalogError::Damaged { what: "person", cause: "expected a UUID".into() })?;
        let distinct_ids = connection
            .prepare_cached(
                "SELECT distinct_id FROM person_distinct_id WHERE person = ?1 ORDER BY first_at, distinct_id LIMIT ?2",
            )
            .and_then(|mut query| {
                query.query_map(params![self.row, size(LISTED_IDS)], |row| parsed(row, "distinct_id"))?.collect()
            })
            .map_err(failed)?;
        Ok(Person { id, created_at: self.created_at, distinct_ids, properties: self.properties })
    }
}
