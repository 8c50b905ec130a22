//! Persons as the catalog keeps them.

use cassette_recording::{DistinctId, ProjectId};
use uuid::Uuid;

use super::filter::PropertyTest;

/// What PostHog derives the ids of persons from, so that a person has the same id there and here.
const NAMESPACE: Uuid = Uuid::from_u128(0x932979b4_65c3_4424_8467_0b66ec27bc22);

/// Names a person: a UUID made of the project and the representative of its distinct ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonId(Uuid);

impl PersonId {
    /// The person whose representative that is.
    pub fn of(project: ProjectId, representative: &DistinctId) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("{project}:{}", representative.as_str()).as_bytes()))
    }

    /// Reads a UUID in any of its spellings.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }

    /// The number that stands for it where PostHog has one: 53 of its bits, which JavaScript can hold.
    pub fn number(self) -> u64 {
        (self.0.as_u128() >> 75) as u64
    }
}

impl std::fmt::Display for PersonId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// One person.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: PersonId,
    /// When it was first told of, epoch ms.
    pub created_at: i64,
    /// Its distinct ids, the one told of first before the others; at most
    /// [`cassette_recording::limits::DISTINCT_IDS_PER_PERSON`].
    pub distinct_ids: Vec<DistinctId>,
    /// A JSON object, values as they came.
    pub properties: String,
}

/// Hides who it is: personal data must not reach a log.
impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("id", &self.id).finish_non_exhaustive()
    }
}

/// By what a person is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonKey {
    /// Its id.
    Id(PersonId),
    /// The number that stands for its id.
    Number(u64),
    /// One of its distinct ids.
    DistinctId(DistinctId),
}

/// Which persons of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonQuery {
    /// The project.
    pub project: ProjectId,
    /// The person with this distinct id.
    pub distinct_id: Option<DistinctId>,
    /// A part of the e-mail address, name, id or a distinct id, in any case of letters.
    pub search: Option<super::PersonText>,
    /// All of these.
    pub properties: Vec<PropertyTest>,
    /// From this one on.
    pub offset: usize,
    /// At most so many.
    pub limit: usize,
}

impl PersonQuery {
    /// All of a project, the newest first.
    pub fn all(project: ProjectId) -> Self {
        Self { project, distinct_id: None, search: None, properties: Vec::new(), offset: 0, limit: 100 }
    }
}

/// One page of persons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonPage {
    /// The newest first.
    pub persons: Vec<Person>,
    /// There are more.
    pub has_next: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_the_id_that_posthog_gives_it() {
        // uuid5(UUID("932979b4-65c3-4424-8467-0b66ec27bc22"), "1:ann"), by Python's uuid.
        let id = PersonId::of(ProjectId(1), &"ann".parse().unwrap());
        assert_eq!(id.to_string(), "fe27503b-3771-5a01-819d-96bf829dfb35");
        assert_eq!(PersonId::parse(&id.to_string().to_uppercase()), Some(id));
        assert!(id.number() < 1 << 53);
        assert_ne!(id, PersonId::of(ProjectId(11), &"ann".parse().unwrap()));
    }
}
