//! A person as PostHog's Person object.

use cassette_recording::{DistinctId, ProjectId, json};
use cassette_store::catalog::{Person, PersonId};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::api::iso;

/// What a person is called by, the first that is there. PostHog's list.
const NAMES: [&str; 7] = ["email", "Email", "name", "Name", "username", "Username", "UserName"];

/// A person, also one that nothing was said of: a recording has at least a distinct id.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Person)]
pub struct PersonAnswer {
    /// Stands for the UUID where a number is wanted; none of a person that nothing was said of.
    id: Option<u64>,
    /// The e-mail address, else the name, else a distinct id.
    name: Option<String>,
    pub(crate) distinct_ids: Vec<String>,
    /// Values as they came.
    #[schema(value_type = Object)]
    properties: Box<RawValue>,
    created_at: Option<String>,
    uuid: Option<String>,
}

impl PersonAnswer {
    /// A person.
    pub(crate) fn of(person: &Person) -> Self {
        let distinct_ids: Vec<String> = person.distinct_ids.iter().map(|id| id.as_str().to_owned()).collect();
        Self {
            id: Some(person.id.number()),
            name: called(&person.properties).or_else(|| name_of_ids(&distinct_ids)),
            distinct_ids,
            // What the catalog holds was checked when it came; should it be damaged, the rest is still good.
            properties: RawValue::from_string(person.properties.clone()).unwrap_or_else(|_| nothing()),
            created_at: iso(person.created_at),
            uuid: Some(person.id.to_string()),
        }
    }

    /// Somebody of whom only these ids are known.
    pub(crate) fn of_ids(ids: &[DistinctId]) -> Self {
        let distinct_ids: Vec<String> = ids.iter().map(|id| id.as_str().to_owned()).collect();
        let name = name_of_ids(&distinct_ids);
        Self { id: None, name, distinct_ids, properties: nothing(), created_at: None, uuid: None }
    }

    /// The id that the person will have as soon as something is said of it, as PostHog has it.
    pub(crate) fn foretell(&mut self, project: ProjectId) {
        let id = self.distinct_ids.first().and_then(|id| id.parse().ok());
        self.uuid = id.map(|id| PersonId::of(project, &id).to_string());
    }
}

fn nothing() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).expect("an empty object is JSON")
}

/// The first of the naming properties that holds something.
fn called(properties: &str) -> Option<String> {
    let mut found: [Option<String>; NAMES.len()] = Default::default();
    let mut object = json::Object::open(properties, 0).ok()?;
    while let Some(key) = object.next_key().ok()? {
        if let Some(at) = NAMES.iter().position(|name| *name == key) {
            let value = object.value().ok()?;
            let number = || json::number_value(value).map(|_| value.to_owned());
            found[at] = json::string_value(value).map(std::borrow::Cow::into_owned).or_else(number);
        }
    }
    found.into_iter().flatten().find(|name| !name.trim().is_empty())
}

/// The first id that somebody gave; before that come those that the SDK made up. Not the last one: it may already be the
/// next person's.
fn name_of_ids(ids: &[String]) -> Option<String> {
    ids.iter().find(|id| !looks_made_up(id)).or(ids.first()).cloned()
}

/// Anonymous ids of the SDKs are UUIDs.
fn looks_made_up(id: &str) -> bool {
    id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(properties: &str) -> Person {
        let ids = ["01a1fcf5-801b-7281-b87f-8084dfc6a673", "ann"].map(|id| id.parse::<DistinctId>().unwrap());
        let id = PersonId::of(ProjectId(1), &ids[1]);
        Person { id, created_at: 1_795_245_310_102, distinct_ids: ids.into(), properties: properties.into() }
    }

    #[test]
    fn a_person_is_called_by_its_address_its_name_or_the_id_that_somebody_gave() {
        for (properties, expected) in [
            (r#"{"name":"Ann","email":"a@x"}"#, "a@x"),
            (r#"{"name":"Ann","email":" "}"#, "Ann"),
            (r#"{"username":7,"email":null}"#, "7"),
            (r#"{"plan":"pro"}"#, "ann"),
        ] {
            assert_eq!(PersonAnswer::of(&person(properties)).name.as_deref(), Some(expected), "{properties}");
        }
    }

    #[test]
    fn properties_leave_as_they_came() {
        let properties = format!(r#"{{"a":"\ud83d","b":{}1{},"n":1e999}}"#, "[".repeat(500), "]".repeat(500));
        let answer = serde_json::to_string(&PersonAnswer::of(&person(&properties))).unwrap();
        assert!(answer.contains(&format!("\"properties\":{properties},\"created_at\":\"2026-11-21T07:15:10.102Z\"")));
    }
}
