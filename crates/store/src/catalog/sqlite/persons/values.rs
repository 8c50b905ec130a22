//! What is shown and searched of a person, derived from what was said of its distinct ids.

use std::collections::BTreeMap;

use cassette_recording::person::Property;
use cassette_recording::person::change::write_object;
use cassette_recording::{ProjectId, json, limits};
use rusqlite::{Connection, params};

use super::super::super::CatalogError;
use super::super::failed;
use super::super::recordings::folded;
use super::said::property;
use super::{LISTED_IDS, members};

/// Bytes of a value that filters see.
const SEARCHED_BYTES: usize = 1000;

/// The properties that a person is called by.
const NAMES: [&str; 4] = ["email", "Email", "name", "username"];

/// Derives the row of a person, and the values by which it is found.
pub(super) fn derive(connection: &Connection, project: ProjectId, person: i64) -> Result<(), CatalogError> {
    let properties = properties(connection, person)?;
    let mut object = Vec::new();
    write_object(&mut object, properties.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let object = String::from_utf8(object).expect("names and values are text");
    let search = search(connection, person, &properties)?;
    connection
        .prepare_cached(
            "UPDATE person SET properties = ?2, search = ?3, created_at =
                (SELECT COALESCE(MIN(first_at), 0) FROM person_distinct_id WHERE person = ?1)
             WHERE id = ?1",
        )
        .and_then(|mut statement| statement.execute(params![person, object, search]))
        .map_err(failed)?;
    put_values(connection, project, person, &properties)
}

/// What all ids of the person come to, by name, as far as it fits.
fn properties(connection: &Connection, person: i64) -> Result<BTreeMap<String, String>, CatalogError> {
    let mut query = connection
        .prepare_cached(
            "SELECT p.* FROM person_distinct_id d
             JOIN person_property p ON p.project = d.project AND p.distinct_id = d.distinct_id
             WHERE d.person = ?1 ORDER BY p.name",
        )
        .map_err(failed)?;
    let rows = query.query_map([person], |row| Ok((row.get::<_, String>("name")?, property(row)?))).map_err(failed)?;
    let mut kept = BTreeMap::new();
    let mut room = limits::PERSON_PROPERTIES_BYTES;
    let mut keep = |name: String, property: &Property| {
        let Some(value) = property.value() else { return };
        if let Some(left) = room.checked_sub(name.len() + value.len()) {
            room = left;
            kept.insert(name, value.to_owned());
        }
    };
    let mut current: Option<(String, Property)> = None;
    for row in rows {
        let (name, said) = row.map_err(failed)?;
        match &mut current {
            Some((known, property)) if *known == name => property.merge(said),
            _ => {
                if let Some((name, property)) = current.replace((name, said)) {
                    keep(name, &property);
                }
            }
        }
    }
    if let Some((name, property)) = current {
        keep(name, &property);
    }
    Ok(kept)
}

/// A value as people would write it: a text without its quotes.
fn plain(value: &str) -> String {
    let text = json::string_value(value).map_or_else(|| value.to_owned(), std::borrow::Cow::into_owned);
    text[..text.floor_char_boundary(SEARCHED_BYTES)].to_owned()
}

/// Names and ids in small letters, one a line.
fn search(connection: &Connection, person: i64, properties: &BTreeMap<String, String>) -> Result<String, CatalogError> {
    let uuid: String = connection
        .prepare_cached("SELECT uuid FROM person WHERE id = ?1")
        .and_then(|mut query| query.query_row([person], |row| row.get(0)))
        .map_err(failed)?;
    let named = NAMES.iter().filter_map(|name| properties.get(*name)).map(|name| plain(name));
    let mut lines: Vec<String> = named.chain([uuid]).collect();
    let ids = members(connection, person)?;
    lines.extend(ids.iter().take(LISTED_IDS).map(|id| id.as_str().to_owned()));
    Ok(folded(&lines.join("\n")))
}

/// Writes the values that changed, and removes those that are gone.
fn put_values(
    connection: &Connection,
    project: ProjectId,
    person: i64,
    properties: &BTreeMap<String, String>,
) -> Result<(), CatalogError> {
    let before: BTreeMap<String, (String, Option<f64>)> = connection
        .prepare_cached("SELECT name, value, number FROM person_value WHERE person = ?1")
        .and_then(|mut query| query.query_map([person], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?.collect())
        .map_err(failed)?;
    for name in before.keys().filter(|name| !properties.contains_key(*name)) {
        connection
            .prepare_cached("DELETE FROM person_value WHERE person = ?1 AND name = ?2")
            .and_then(|mut statement| statement.execute(params![person, name]))
            .map_err(failed)?;
    }
    for (name, value) in properties {
        let value = (plain(value), json::number_value(value));
        if before.get(name) == Some(&value) {
            continue;
        }
        let (value, number) = value;
        connection
            .prepare_cached(
                "INSERT INTO person_value (person, name, project, value, number) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (person, name) DO UPDATE SET value = excluded.value, number = excluded.number",
            )
            .and_then(|mut statement| statement.execute(params![person, name, project.0, value, number]))
            .map_err(failed)?;
    }
    Ok(())
}
