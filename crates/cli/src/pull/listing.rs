//! The recordings that a PostHog lists, and what it says of each.
//!
//! Rows are read one by one and by hand: one that is odd (half an emoji in a name, a tree as deep as a page) costs that
//! recording at most, and not the page.

use cassette_recording::json::{self, Array, JsonError, Object};
use cassette_recording::{RecordingId, json::string_value};
use serde::{Deserialize, Serialize};

use crate::since::Since;

/// A page of the list.
#[derive(Debug, PartialEq)]
pub(super) struct Page {
    /// Each as its JSON text.
    pub(super) rows: Vec<String>,
    pub(super) has_next: bool,
    pub(super) next_cursor: Option<String>,
}

/// What the list says of a recording by which one sees that it grew. All of it only ever grows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) end_time: Option<String>,
    /// Newer versions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) event_count: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) total_size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) click_count: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) keypress_count: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mouse_activity_count: Option<u64>,
}

/// A recording as listed.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    pub(super) id: RecordingId,
    /// Epoch milliseconds.
    pub(super) began: Option<i64>,
    pub(super) ongoing: bool,
    pub(super) seen: Seen,
    /// The person as JSON, with the row's distinct id among its own.
    pub(super) person: Option<String>,
}

/// Why a row is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RowError {
    #[error("expected a recording with an id, found {0}")]
    NoId(String),
    #[error("expected a session id of at most 70 letters, digits and '-', found {0}")]
    Id(String),
}

impl Page {
    /// Reads an answer; says what it is instead, where it is no list.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let read = || -> Result<Option<Self>, JsonError> {
            let (mut rows, mut has_next, mut next_cursor) = (None, None, None);
            let mut object = Object::open(json::one_value(text)?, 0)?;
            while let Some(key) = object.next_key()? {
                match key {
                    "results" => rows = Some(elements(object.value()?)?),
                    "has_next" => has_next = Some(object.value()? == "true"),
                    "next_cursor" => next_cursor = string_value(object.value()?).map(|cursor| cursor.into_owned()),
                    _ => {}
                }
            }
            Ok(rows.zip(has_next).map(|(rows, has_next)| Self { rows, has_next, next_cursor }))
        };
        match read() {
            Ok(Some(page)) => Ok(page),
            Ok(None) => {
                Err("expected a list of recordings (\"results\", \"has_next\"), found something else".to_owned())
            }
            Err(error) => Err(format!("expected a list of recordings, found no JSON: {error}")),
        }
    }
}

impl Row {
    pub(super) fn read(text: &str) -> Result<Self, RowError> {
        Self::members(text).unwrap_or_else(|_| Err(RowError::NoId(shortened(text))))
    }

    fn members(text: &str) -> Result<Result<Self, RowError>, JsonError> {
        let (mut id, mut began, mut ongoing, mut seen) = (None, None, false, Seen::default());
        let (mut distinct_id, mut person) = (None, None);
        let mut object = Object::open(text, 0)?;
        while let Some(key) = object.next_key()? {
            let value = object.value()?;
            match key {
                "id" => id = string_value(value),
                "start_time" => began = string_value(value).and_then(|text| moment(&text)),
                "end_time" => seen.end_time = string_value(value).map(|text| text.into_owned()),
                "ongoing" => ongoing = value == "true",
                "event_count" => seen.event_count = value.parse().ok(),
                "total_size" => seen.total_size = value.parse().ok(),
                "click_count" => seen.click_count = value.parse().ok(),
                "keypress_count" => seen.keypress_count = value.parse().ok(),
                "mouse_activity_count" => seen.mouse_activity_count = value.parse().ok(),
                "distinct_id" => distinct_id = Some(value).filter(|value| value.starts_with('"')),
                "person" => person = Some(value).filter(|value| value.starts_with('{')),
                _ => {}
            }
        }
        let Some(id) = id else { return Ok(Err(RowError::NoId(shortened(text)))) };
        let Ok(id) = id.parse::<RecordingId>() else { return Ok(Err(RowError::Id(shortened(&id)))) };
        Ok(Ok(Self { id, began, ongoing, seen, person: person_with(person, distinct_id)? }))
    }
}

fn moment(text: &str) -> Option<i64> {
    match text.parse::<Since>() {
        Ok(Since::At(epoch_ms)) => Some(epoch_ms),
        Ok(Since::Ago(_)) | Err(_) => None,
    }
}

/// The person, with the id under which the recording was made among the distinct ids: it names one of them, and the person
/// is not always listed with all.
fn person_with(person: Option<&str>, distinct_id: Option<&str>) -> Result<Option<String>, JsonError> {
    let (Some(person), Some(distinct_id)) = (person, distinct_id) else {
        return Ok(match distinct_id {
            Some(id) => Some(format!("{{\"distinct_ids\":[{id}],\"properties\":{{}}}}")),
            None => person.map(str::to_owned),
        });
    };
    let (mut others, mut ids) = (String::new(), vec![distinct_id.to_owned()]);
    let mut object = Object::open(person, 0)?;
    while let Some(key) = object.next_key()? {
        let value = object.value()?;
        match key {
            "distinct_ids" if value.starts_with('[') => ids.extend(elements(value)?),
            key => others.push_str(&format!(",\"{key}\":{value}")),
        }
    }
    if ids[1..].contains(&ids[0]) {
        return Ok(Some(person.to_owned()));
    }
    Ok(Some(format!("{{\"distinct_ids\":[{}]{others}}}", ids.join(","))))
}

fn elements(list: &str) -> Result<Vec<String>, JsonError> {
    let (mut array, mut found) = (Array::open(list, 0)?, Vec::new());
    while let Some(element) = array.next_value()? {
        found.push(element.to_owned());
    }
    Ok(found)
}

fn shortened(text: &str) -> String {
    crate::shown::short(text, 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_with_and_without_a_cursor() {
        let page =
            Page::read(r#"{"results":[{"id":"a"}, {"id":"b\ud83d"}],"has_next":true,"version":4,"next_cursor":"x"}"#);
        let page = page.unwrap();
        assert_eq!((page.rows.len(), page.has_next, page.next_cursor.as_deref()), (2, true, Some("x")));
        assert_eq!(page.rows[1], r#"{"id":"b\ud83d"}"#);
        assert!(!Page::read(r#"{"results":[],"has_next":false}"#).unwrap().has_next);
        for text in [
            "",
            "<html>",
            "[]",
            r#"{"results":[]}"#,
            r#"{"count":1,"has_next":false}"#,
            r#"{"results":{},"has_next":true}"#,
        ] {
            assert!(Page::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_row_says_who_when_and_how_much() {
        let row = Row::read(
            r#"{"id":"s-1","distinct_id":"ann","start_time":"2026-11-21T07:15:10.102000Z","end_time":"2026-11-21T08:00:00Z",
            "ongoing":true,"event_count":7,"click_count":null,"start_url":"\ud83d","person":{"name":"Ann","distinct_ids":["bo"]}}"#,
        );
        let row = row.unwrap();
        assert_eq!((row.id.as_str(), row.began, row.ongoing), ("s-1", Some(1_795_245_310_102), true));
        assert_eq!((row.seen.event_count, row.seen.click_count), (Some(7), None));
        assert_eq!(row.person.as_deref(), Some(r#"{"distinct_ids":["ann","bo"],"name":"Ann"}"#));
        let of = |text: &str| Row::read(text).unwrap().person;
        assert_eq!(of(r#"{"id":"a","distinct_id":"x"}"#).as_deref(), Some(r#"{"distinct_ids":["x"],"properties":{}}"#));
        let known = r#"{"id":3,"distinct_ids":["y", "x"]}"#;
        assert_eq!(of(&format!(r#"{{"id":"a","distinct_id":"x","person":{known}}}"#)).as_deref(), Some(known));
        assert_eq!(of(r#"{"id":"a","person":null,"distinct_id":null}"#), None);
    }

    #[test]
    fn a_row_without_a_usable_id_says_so() {
        assert!(matches!(Row::read(r#"{"id":"../x"}"#), Err(RowError::Id(_))));
        assert!(matches!(Row::read(r#"{"id":7}"#), Err(RowError::NoId(_))));
        assert!(matches!(Row::read("7"), Err(RowError::NoId(_))));
    }
}
