//! Whose recordings are meant when a person is named.
//!
//! Here is the one place that persons and recordings meet in the list: who keeps persons answers with their distinct ids.

use cassette_recording::DistinctId;

/// The distinct ids of a person. An SDK's anonymous id is a UUID and names the person that has no other one.
pub(super) fn distinct_ids_of(person_uuid: &str) -> Vec<DistinctId> {
    person_uuid.parse().into_iter().collect()
}
