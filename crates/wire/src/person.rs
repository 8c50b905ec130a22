//! What an analytics event says of a person.
//!
//! Any event may carry `$set`, `$set_once` and `$unset`, beside `properties` or in them (what stands beside counts more).
//! `$identify` names who the visitor was until then in `$anon_distinct_id`; `$create_alias` and `$merge_dangerously` name
//! another id in `alias`. A body to `/engage/` has `$set` and no event name. An event with `$process_person_profile: false`
//! says nothing: its visitor wants no person.
//!
//! `$snapshot` items are not looked at: they say nothing, and hold megabytes.

use std::collections::BTreeMap;

use cassette_recording::json::{self, JsonError, Object};
use cassette_recording::person::change::{read_names, read_object};
use cassette_recording::person::{Link, LinkKind, PersonChange, Stamp};
use cassette_recording::{DistinctId, ItemId, limits};

use crate::capture::{Item, RequestClock};

/// Ids that pages send by mistake, in any case of letters. Linked, they would make all of their visitors one person.
const NOBODY: [&str; 10] = [
    "anonymous",
    "guest",
    "distinctid",
    "distinct_id",
    "id",
    "not_authenticated",
    "email",
    "undefined",
    "true",
    "false",
];

/// The same, as they are written.
const NOTHING: [&str; 6] = ["[object Object]", "NaN", "None", "none", "null", "0"];

/// Why what an item says of a person is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PersonRefused {
    /// The item is no JSON object.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// There is no distinct id, or one that is none.
    #[error("expected a distinct id of 1 to {} bytes", limits::DISTINCT_ID_BYTES)]
    NoDistinctId,
    /// It says too much.
    #[error("expected at most {} bytes of properties, found {bytes}", limits::PERSON_CHANGE_BYTES)]
    TooLarge {
        /// Bytes of names and values.
        bytes: usize,
    },
}

impl PersonRefused {
    /// A short, stable word for counters.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Json(_) => "person_not_json",
            Self::NoDistinctId => "person_without_distinct_id",
            Self::TooLarge { .. } => "person_too_large",
        }
    }
}

/// What is said in one object: the item, or its `properties`.
#[derive(Default)]
struct Said<'a> {
    set: Option<&'a str>,
    set_once: Option<&'a str>,
    unset: Option<&'a str>,
    anonymous: Option<String>,
    alias: Option<String>,
    refused: bool,
}

/// What an item that arrived then says; `None` if it says nothing.
///
/// # Errors
/// When it says something that cannot be taken.
pub fn change_of(item: &Item<'_>, clock: RequestClock, arrived_at: i64) -> Result<Option<PersonChange>, PersonRefused> {
    change_at(item, occurred_at(item, clock, arrived_at))
}

/// As [`change_of`], of an item whose time is known: a `captured` line of a stored recording.
///
/// # Errors
/// As [`change_of`].
pub fn change_at(item: &Item<'_>, at: i64) -> Result<Option<PersonChange>, PersonRefused> {
    if item.is_snapshot() {
        return Ok(None);
    }
    let (own, inner) = read_item(item.json)?;
    if own.refused || inner.refused {
        return Ok(None);
    }
    let kind = match &*item.event {
        "$identify" => Some(LinkKind::Identify),
        "$create_alias" => Some(LinkKind::Alias),
        "$merge_dangerously" => Some(LinkKind::Merge),
        _ => None,
    };
    if kind.is_none() && ![&own, &inner].into_iter().any(Said::has_properties) {
        return Ok(None);
    }
    let other = match kind {
        Some(LinkKind::Identify) => inner.anonymous.or(own.anonymous),
        Some(LinkKind::Alias | LinkKind::Merge) => inner.alias.or(own.alias),
        None => None,
    };
    let id: DistinctId = match item.distinct_id.as_deref().map(str::parse) {
        Some(Ok(id)) => id,
        _ => return Err(PersonRefused::NoDistinctId),
    };
    let mut change = PersonChange::new(Stamp { at, item: item.id() }, id);
    change.link = kind.and_then(|kind| link(kind, &change.distinct_id, other.as_deref()));
    change.set = members([inner.set, own.set])?;
    change.set_once = members([inner.set_once, own.set_once])?;
    change.unset = names([inner.unset, own.unset])?;
    let bytes = change.property_bytes();
    if bytes > limits::PERSON_CHANGE_BYTES {
        return Err(PersonRefused::TooLarge { bytes });
    }
    // An `$identify` that names nobody else and sets nothing still says that there is such a person.
    Ok(Some(change).filter(|change| kind.is_some() || !change.is_empty()))
}

/// What the `person` of a file that PostHog exported says: its ids are one person, with these properties.
///
/// # Errors
/// When it is no object, or says too much.
pub fn changes_of_export(person: &str, at: i64) -> Result<Vec<PersonChange>, PersonRefused> {
    let (mut ids, mut properties) = (Vec::new(), Vec::new());
    let mut object = Object::open(person, 0)?;
    while let Some(key) = object.next_key()? {
        match (key, person.as_bytes().get(object.value_at())) {
            ("distinct_ids", Some(b'[')) => ids = read_ids(object.value()?)?,
            ("properties", Some(b'{')) => properties = read_object(object.value()?)?,
            _ => {}
        }
    }
    let mut ids = ids.into_iter();
    let Some(main) = ids.next() else { return Ok(Vec::new()) };
    // The item of each is made of what it says, so that a file that is read again says the same.
    let stamp = |text: &str| Stamp { at, item: ItemId::of_bytes(format!("{person}\n{text}").as_bytes()) };
    let mut first = PersonChange::new(stamp(main.as_str()), main.clone());
    first.set_once = properties;
    let bytes = first.property_bytes();
    if bytes > limits::PERSON_CHANGE_BYTES {
        return Err(PersonRefused::TooLarge { bytes });
    }
    let links = ids.filter_map(|other| {
        let mut change = PersonChange::new(stamp(other.as_str()), main.clone());
        change.link = Some(link(LinkKind::Alias, &main, Some(other.as_str()))?);
        Some(change)
    });
    Ok([first].into_iter().chain(links).filter(|change| !change.is_empty()).collect())
}

/// The server's time of an event: its age when it was sent, before it arrived. Never later than it arrived, or a clock that
/// is set forward would have the last word for years.
fn occurred_at(item: &Item<'_>, clock: RequestClock, arrived_at: i64) -> i64 {
    let sent = clock.sent(item.sent_at);
    let at = match (item.made_at(sent), sent) {
        (Some(made), Some(sent)) => arrived_at.saturating_sub(sent.saturating_sub(made)),
        (Some(made), None) => made,
        (None, _) => arrived_at,
    };
    at.min(arrived_at)
}

impl Said<'_> {
    fn has_properties(&self) -> bool {
        self.set.is_some() || self.set_once.is_some() || self.unset.is_some()
    }
}

/// What stands in an item, and what in its `properties`.
fn read_item(text: &str) -> Result<(Said<'_>, Said<'_>), JsonError> {
    let (mut own, mut inner) = (Said::default(), Said::default());
    let mut object = Object::open(text, 0)?;
    while let Some(key) = object.next_key()? {
        if key == "properties" && text.as_bytes().get(object.value_at()) == Some(&b'{') {
            inner = Said::default();
            let mut properties = Object::open(text, object.value_at())?;
            while let Some(key) = properties.next_key()? {
                member(key, &mut properties, &mut inner)?;
            }
            object.resume(properties.end()?);
        } else {
            member(key, &mut object, &mut own)?;
        }
    }
    Ok((own, inner))
}

fn member<'a>(key: &str, object: &mut Object<'a>, said: &mut Said<'a>) -> Result<(), JsonError> {
    match key {
        "$set" => said.set = opening(object.value()?, b'{'),
        "$set_once" => said.set_once = opening(object.value()?, b'{'),
        "$unset" => said.unset = opening(object.value()?, b'[').or(said.unset),
        "$anon_distinct_id" => said.anonymous = id_text(object.value()?),
        "alias" => said.alias = id_text(object.value()?),
        "$process_person_profile" => said.refused = object.value()? == "false",
        _ => {}
    }
    Ok(())
}

/// A value that begins with that byte, and holds something.
fn opening(value: &str, first: u8) -> Option<&str> {
    let begins = value.as_bytes().first() == Some(&first);
    let empty = value.len() <= 2 || value[1..value.len() - 1].trim().is_empty();
    Some(value).filter(|_| begins && !empty)
}

fn id_text(value: &str) -> Option<String> {
    let number = || json::number_value(value).map(|_| value.to_owned());
    json::string_value(value).map(std::borrow::Cow::into_owned).or_else(number)
}

fn read_ids(text: &str) -> Result<Vec<DistinctId>, JsonError> {
    let mut ids: Vec<DistinctId> = Vec::new();
    let mut array = json::Array::open(text, 0)?;
    while let Some(value) = array.next_value()? {
        ids.extend(id_text(value).and_then(|text| text.parse().ok()).filter(|id| !ids.contains(id)));
    }
    Ok(ids)
}

/// The members of both objects; of those that stand in both, the second's.
fn members(objects: [Option<&str>; 2]) -> Result<Vec<(String, String)>, JsonError> {
    let mut all = BTreeMap::new();
    for object in objects.into_iter().flatten() {
        all.extend(read_object(object)?);
    }
    Ok(all.into_iter().collect())
}

fn names(arrays: [Option<&str>; 2]) -> Result<Vec<String>, JsonError> {
    let mut all = std::collections::BTreeSet::new();
    for array in arrays.into_iter().flatten() {
        all.extend(read_names(array)?);
    }
    Ok(all.into_iter().collect())
}

/// `None`: one of the two ids is none, or they are the same.
fn link(kind: LinkKind, main: &DistinctId, other: Option<&str>) -> Option<Link> {
    let other: DistinctId = other?.parse().ok()?;
    let fit = other != *main && !is_nobody(main.as_str()) && !is_nobody(other.as_str());
    fit.then_some(Link { kind, other: Some(other) })
}

fn is_nobody(id: &str) -> bool {
    let bare = id.trim().trim_matches(['"', '\'']);
    bare.is_empty() || NOTHING.contains(&bare) || NOBODY.iter().any(|nobody| bare.eq_ignore_ascii_case(nobody))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Envelope;

    const ARRIVED: i64 = 1_795_245_315_000;

    fn read(text: &str) -> Result<Option<PersonChange>, PersonRefused> {
        let envelope = Envelope::read(text).unwrap();
        change_of(&envelope.items[0], RequestClock::default(), ARRIVED)
    }

    fn taken(text: &str) -> PersonChange {
        read(text).unwrap().expect("it says something")
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn an_identify_links_two_ids_and_sets_properties() {
        let change = taken(
            r#"{"event":"$identify","properties":{"distinct_id":"ann","$anon_distinct_id":"x-1","$set":{"plan":"a","old":1}},
                "$set":{"plan":"pro","n":123456789012345678901},"$set_once":{"first":"\ud83d"},"$unset":["gone",5]}"#,
        );
        assert_eq!(change.distinct_id.as_str(), "ann");
        let link = change.link.unwrap();
        assert_eq!((link.kind, link.other.unwrap().as_str()), (LinkKind::Identify, "x-1"));
        assert_eq!(change.set, [pair("n", "123456789012345678901"), pair("old", "1"), pair("plan", "\"pro\"")]);
        assert_eq!(change.set_once, [pair("first", r#""\ud83d""#)]);
        assert_eq!(change.unset, ["gone"]);
    }

    #[test]
    fn aliases_and_merges_name_another_id() {
        for (event, kind) in [("$create_alias", LinkKind::Alias), ("$merge_dangerously", LinkKind::Merge)] {
            let text = format!(r#"{{"event":"{event}","distinct_id":"ann","properties":{{"alias":77}}}}"#);
            let link = taken(&text).link.unwrap();
            assert_eq!((link.kind, link.other.unwrap().as_str()), (kind, "77"));
        }
    }

    #[test]
    fn a_body_to_engage_has_no_event() {
        let change = taken(r#"{"$token":"phc_a","$distinct_id":"ann","$set":{"a":[1]}}"#);
        assert_eq!((change.distinct_id.as_str(), &change.set), ("ann", &vec![pair("a", "[1]")]));
    }

    #[test]
    fn what_says_nothing_of_a_person_is_nothing() {
        for text in [
            r#"{"event":"$pageview","distinct_id":"ann","properties":{"$set":{},"$unset":[ ]}}"#,
            r#"{"event":"$pageview","distinct_id":"ann","properties":{"$set":"x","$set_once":null}}"#,
            r#"{"event":"$set","distinct_id":"ann","properties":{"$process_person_profile":false,"$set":{"a":1}}}"#,
            r#"{"event":"$snapshot","distinct_id":"ann","properties":{"$set":{"a":1}}}"#,
        ] {
            assert_eq!(read(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn an_identify_that_names_nobody_else_tells_of_a_person() {
        for text in [
            r#"{"event":"$identify","distinct_id":"ann","properties":{"$anon_distinct_id":"ann"}}"#,
            r#"{"event":"$create_alias","distinct_id":"ann","properties":{"alias":{"a":1}}}"#,
        ] {
            let change = taken(text);
            assert!(change.is_empty() && change.distinct_id.as_str() == "ann", "{text}");
        }
    }

    #[test]
    fn ids_that_are_sent_by_mistake_link_nobody() {
        for nobody in ["undefined", "NULL null", "null", "Guest", "'anonymous'", "[object Object]", " ", "0"] {
            let text = format!(
                r#"{{"event":"$identify","distinct_id":"ann","properties":{{"$anon_distinct_id":"{nobody}"}},"$set":{{"a":1}}}}"#
            );
            assert_eq!(taken(&text).link.is_none(), nobody != "NULL null", "{nobody}");
        }
    }

    #[test]
    fn too_much_and_nobody_are_refused_with_a_reason() {
        let long = format!(r#"{{"distinct_id":"a","$set":{{"a":"{}"}}}}"#, "x".repeat(limits::PERSON_CHANGE_BYTES));
        assert_eq!(read(&long).unwrap_err().reason(), "person_too_large");
        assert_eq!(read(r#"{"$set":{"a":1}}"#).unwrap_err(), PersonRefused::NoDistinctId);
    }

    #[test]
    fn an_event_is_dated_on_the_servers_clock_and_never_in_its_future() {
        let at = |members: &str| taken(&format!(r#"{{{members},"distinct_id":"a","$set":{{"a":1}}}}"#)).stamp.at;
        assert_eq!(at(r#""timestamp":1000,"sent_at":4000"#), ARRIVED - 3000);
        assert_eq!(at(r#""timestamp":9000,"sent_at":4000"#), ARRIVED);
        assert_eq!(at(r#""timestamp":"2020-01-01T00:00:00Z""#), 1_577_836_800_000);
        assert_eq!(at(r#""offset":5"#), ARRIVED);
    }

    #[test]
    fn the_person_of_an_export_joins_its_ids() {
        let person = r#"{"uuid":"u","distinct_ids":["ann","x",7,"ann"],"properties":{"plan":"pro"}}"#;
        let changes = changes_of_export(person, 5).unwrap();
        let others: Vec<_> = changes.iter().filter_map(|change| change.link.clone()?.other).collect();
        assert_eq!(others.iter().map(DistinctId::as_str).collect::<Vec<_>>(), ["x", "7"]);
        assert_eq!(changes[0].set_once, [pair("plan", "\"pro\"")]);
        assert!(changes.iter().all(|change| change.distinct_id.as_str() == "ann" && change.stamp.at == 5));
        assert_eq!(changes_of_export(person, 5).unwrap(), changes);
        assert_eq!(changes_of_export(r#"{"distinct_ids":null}"#, 5), Ok(vec![]));
    }
}
