//! Whose recordings are meant when a person is named.
//!
//! Here is the one place that persons and recordings meet in the list: who keeps persons answers with their distinct ids.

use cassette_recording::DistinctId;

use super::query::Asked;

impl Asked {
    /// The same, with the person's distinct ids in the place of the person.
    #[must_use]
    pub(crate) fn with_person(mut self) -> Self {
        if let Some(uuid) = self.person_uuid.take() {
            let of_person = distinct_ids_of(&uuid);
            self.query.distinct_ids = Some(match self.query.distinct_ids.take() {
                None => of_person,
                Some(named) => named.into_iter().filter(|id| of_person.contains(id)).collect(),
            });
        }
        self
    }
}

/// The distinct ids of a person. An SDK's anonymous id is a UUID and names the person that has no other one.
fn distinct_ids_of(person_uuid: &str) -> Vec<DistinctId> {
    person_uuid.parse().into_iter().collect()
}
