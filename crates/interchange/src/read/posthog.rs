//! PostHog's forms: what its player exports, and lines of its snapshot API.
//!
//! | form | window | removed |
//! | --- | --- | --- |
//! | `2022-12-02` | the key of the list | |
//! | `2023-04-28` | `windowId` of the event, text or number | that member |
//! | line `["…", event]` | the first element | |
//! | line `{"window_id": …, "data": […]}` | the member, also as `windowId` | |
//! | line `{"windowId": …, "type": …}` | `windowId` of the event | that member |
//!
//! A number is a window's place in the order of appearance, from 1 on. Files that Cassette exported say which windows these were,
//! in `cassette.windows` before the events; elsewhere the number's digits name the window.

use std::io::Read;

use cassette_recording::event::EventFacts;
use cassette_recording::json::{self, Array, Object};

use super::gathering::{Element, Gathering};
use super::json_stream::{JsonStream, Stop, Text};
use super::rrweb::offset_of;
use super::{Kind, ReadError};
use crate::limits;

const VERSION_2022: &str = "2022-12-02";
const VERSION_2023: &str = "2023-04-28";

const UNKNOWN_MEMBERS: &str = "members that are none of PostHog's";
const MEANING: &str = "their meaning is not known";

/// Reads an exported file.
pub(super) fn export(stream: &mut JsonStream<impl Read>, to: &mut Gathering<'_>) -> Result<Kind, ReadError> {
    let mut export = Export::default();
    stream.object(|stream, key| match key {
        "version" => {
            let version = stream.text()?;
            match json::string_value(&version).as_deref() {
                Some(VERSION_2022) => export.version = Some(Kind::PosthogJson2022),
                Some(VERSION_2023) => export.version = Some(Kind::PosthogJson2023),
                _ => {
                    let expected =
                        format!("version \"{VERSION_2022}\" or \"{VERSION_2023}\" before the value that ends");
                    return Err(stream.refused(&expected, &shortened(&version)));
                }
            }
            Ok(())
        }
        "data" => export.data(stream, to),
        "cassette" => export.ours(stream),
        _ => {
            to.facts().leave_out(UNKNOWN_MEMBERS, 1, MEANING);
            stream.skip()
        }
    })?;
    stream.end()?;
    let found = export.found.ok_or_else(|| {
        ReadError::Invalid("expected \"snapshots\" or \"snapshotsByWindowId\" in \"data\", found neither".to_owned())
    })?;
    match export.version {
        Some(version) if version != found => {
            let (version, found) = (version.name(), found.name());
            Err(ReadError::Invalid(format!("expected {version} as its \"version\" says, found the events of {found}")))
        }
        _ => Ok(found),
    }
}

/// What is known of an exported file so far.
#[derive(Default)]
struct Export {
    version: Option<Kind>,
    /// What the list of events says.
    found: Option<Kind>,
    windows: Vec<String>,
}

impl Export {
    fn data(&mut self, stream: &mut JsonStream<impl Read>, to: &mut Gathering<'_>) -> Result<(), ReadError> {
        stream.object(|stream, key| match key {
            "id" => {
                let id = stream.text()?;
                to.facts().session_id = json::string_value(&id).map(|id| id.into_owned());
                Ok(())
            }
            "person" => person(stream, to),
            "snapshots" => {
                self.once(stream, Kind::PosthogJson2023)?;
                let windows = &self.windows;
                stream.array(|stream| {
                    let element = stream.value(|text, at| match text.as_bytes().get(at) {
                        Some(b'{') => Ok((Element::Taken, flat(text, at, windows, to)?)),
                        _ => Ok((Element::NoObject, json::skip_value(&text, at)?)),
                    })?;
                    to.facts().count(element);
                    Ok(())
                })
            }
            "snapshotsByWindowId" => {
                self.once(stream, Kind::PosthogJson2022)?;
                stream.object(|stream, key| {
                    let id = json::unescape(key).into_owned();
                    list(stream, to, &id)
                })
            }
            _ => {
                to.facts().leave_out(UNKNOWN_MEMBERS, 1, MEANING);
                stream.skip()
            }
        })
    }

    fn once(&mut self, stream: &JsonStream<impl Read>, kind: Kind) -> Result<(), ReadError> {
        match self.found.replace(kind) {
            None => Ok(()),
            Some(_) => Err(stream.refused("one list of events", "a second")),
        }
    }

    /// What Cassette writes for itself.
    fn ours(&mut self, stream: &mut JsonStream<impl Read>) -> Result<(), ReadError> {
        if self.found.is_some() {
            return stream.skip();
        }
        stream.object(|stream, key| match key {
            "windows" => stream.array(|stream| {
                let window = stream.text()?;
                match json::string_value(&window) {
                    Some(window) if self.windows.len() < limits::WINDOWS => self.windows.push(window.into_owned()),
                    _ => {
                        return Err(
                            stream.refused("the ids of some windows before the value that ends", &shortened(&window))
                        );
                    }
                }
                Ok(())
            }),
            _ => stream.skip(),
        })
    }
}

/// Takes the events of one window.
fn list(stream: &mut JsonStream<impl Read>, to: &mut Gathering<'_>, window: &str) -> Result<(), ReadError> {
    stream.array(|stream| {
        let element = stream.value(|text, at| {
            let window = to.window(window)?;
            to.element(text, at, window)
        })?;
        to.facts().count(element);
        Ok(())
    })
}

/// Keeps the person, and who it is.
fn person(stream: &mut JsonStream<impl Read>, to: &mut Gathering<'_>) -> Result<(), ReadError> {
    let person = stream.text()?;
    if person == "null" {
        return Ok(());
    }
    if person.len() > limits::PERSON_BYTES {
        to.facts().leave_out("persons", 1, "they have more than a megabyte");
        return Ok(());
    }
    let ids = distinct_ids(&person).map_err(|error| ReadError::Invalid(format!("expected a person: {error} of it")))?;
    to.facts().take_distinct_ids(&ids);
    to.facts().person = Some(json::on_one_line(&person).into_owned());
    Ok(())
}

fn distinct_ids(person: &str) -> Result<Vec<String>, json::JsonError> {
    let mut ids = Vec::new();
    if !person.starts_with('{') {
        return Ok(ids);
    }
    let mut object = Object::open(person, 0)?;
    while let Some(key) = object.next_key()? {
        if key != "distinct_ids" || person.as_bytes().get(object.value_at()) != Some(&b'[') {
            continue;
        }
        ids.clear();
        let mut array = Array::open(person, object.value_at())?;
        while let Some(id) = array.next_value()? {
            ids.extend(json::string_value(id).map(|id| id.into_owned()));
        }
        object.resume(array.end()?);
    }
    Ok(ids)
}

/// Takes an event that names its window itself; returns the position behind it.
fn flat(text: Text<'_>, at: usize, windows: &[String], to: &mut Gathering<'_>) -> Result<usize, Stop> {
    let (mut compressed, mut member) = (false, None);
    let (facts, end) = EventFacts::read_at(text.as_str(), at, |key, value| match key {
        // Where it stands twice, the last one is the file's: it is the one that counts in JSON.
        "windowId" => member = Some((key, value)),
        key => compressed |= key == "cv",
    })?;
    take_flat(text.part(at, end), member, windows, &facts, compressed, to)?;
    Ok(end)
}

fn take_flat(
    event: Text<'_>,
    member: Option<(&str, &str)>,
    windows: &[String],
    facts: &EventFacts<'_>,
    compressed: bool,
    to: &mut Gathering<'_>,
) -> Result<(), Stop> {
    let Some((key, value)) = member else {
        let window = to.window("")?;
        return to.take(window, event, facts, compressed).map_err(Stop::Refused);
    };
    let window = window_of(value, windows, to)?;
    let from = offset_of(&event, key) - 1;
    let until = offset_of(&event, value) + value.len();
    to.event_without(window, &event, (from, until), facts, compressed).map_err(Stop::Refused)
}

/// The window that a `windowId` names.
fn window_of(value: &str, windows: &[String], to: &mut Gathering<'_>) -> Result<usize, Stop> {
    if let Some(id) = json::string_value(value) {
        return to.window(&id);
    }
    match value.as_bytes().first() {
        Some(b'0'..=b'9') => {
            let known = value.parse::<usize>().ok().and_then(|number| windows.get(number.checked_sub(1)?));
            to.window(known.map_or(value, String::as_str))
        }
        Some(b'n') => to.window(""),
        _ => Err(Stop::unexpected("a window's id, a string or a number", shortened(value))),
    }
}

/// Reads lines of the snapshot API.
pub(super) fn lines(stream: &mut JsonStream<impl Read>, to: &mut Gathering<'_>) -> Result<(), ReadError> {
    if stream.peek()?.is_none() {
        return Ok(());
    }
    loop {
        match stream.peek()? {
            Some(b'[') => pair(stream, to)?,
            _ => {
                let elements = stream.value(|text, at| line(text, at, to))?;
                for element in elements {
                    to.facts().count(element);
                }
            }
        }
        if !stream.next_line()? {
            return Ok(());
        }
    }
}

/// Takes a line `["…", event]`.
fn pair(stream: &mut JsonStream<impl Read>, to: &mut Gathering<'_>) -> Result<(), ReadError> {
    let (mut place, mut window) = (0, None);
    stream.array(|stream| {
        place += 1;
        match (place, window) {
            (1, _) => {
                window = Some(stream.value(|text, at| {
                    let end = json::skip_value(&text, at)?;
                    Ok((window_of(&text[at..end], &[], to)?, end))
                })?);
                Ok(())
            }
            (2, Some(window)) => {
                let element = stream.value(|text, at| to.element(text, at, window))?;
                to.facts().count(element);
                Ok(())
            }
            _ => {
                to.facts().leave_out("elements behind an event", 1, MEANING);
                stream.skip()
            }
        }
    })?;
    match place {
        0 | 1 => Err(stream.refused("a window and an event in the line that ends", "less")),
        _ => Ok(()),
    }
}

/// Takes a line that is an object: an event that names its window, or a window with a list of events.
fn line(text: Text<'_>, at: usize, to: &mut Gathering<'_>) -> Result<(Vec<Element>, usize), Stop> {
    if text.as_bytes().get(at) != Some(&b'{') {
        return Ok((vec![Element::NoObject], json::skip_value(&text, at)?));
    }
    let (mut compressed, mut member, mut window_id, mut data) = (false, None, None, None);
    let (facts, end) = EventFacts::read_at(text.as_str(), at, |key, value| match key {
        "windowId" => member = Some((key, value)),
        "window_id" => window_id = Some(value),
        "data" if value.starts_with('[') => data = Some(value),
        key => compressed |= key == "cv",
    })?;
    let list = match data {
        Some(data) if !has_type(&text[at..end])? => Some(data),
        _ => None,
    };
    let Some(data) = list else {
        take_flat(text.part(at, end), member, &[], &facts, compressed, to)?;
        return Ok((vec![Element::Taken], end));
    };
    let window = window_of(window_id.or(member.map(|(_, value)| value)).unwrap_or("null"), &[], to)?;
    let mut elements = Vec::new();
    let mut array = Array::open(data, 0)?;
    let from = offset_of(&text, data);
    let data = text.part(from, from + data.len());
    while let Some(at) = array.next_at()? {
        let (element, end) = to.element(data, at, window)?;
        elements.push(element);
        array.resume(end);
    }
    Ok((elements, end))
}

/// Whether an object is an event, whatever its data.
fn has_type(object: &str) -> Result<bool, json::JsonError> {
    let mut object = Object::open(object, 0)?;
    while let Some(key) = object.next_key()? {
        if key == "type" {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The beginning of a value, for a message.
fn shortened(value: &str) -> String {
    const CHARS: usize = 60;
    match value.char_indices().nth(CHARS) {
        None => value.to_owned(),
        Some((at, _)) => format!("{}…", &value[..at]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_tells_who_was_seen() {
        let person = r#"{"id":1,"distinct_ids":["ada","\u00e9",7],"properties":{"distinct_ids":["no"]}}"#;
        assert_eq!(distinct_ids(person).unwrap(), ["ada", "é"]);
        assert_eq!(distinct_ids("[]").unwrap(), Vec::<String>::new());
        assert_eq!(distinct_ids("{}").unwrap(), Vec::<String>::new());
    }
}
