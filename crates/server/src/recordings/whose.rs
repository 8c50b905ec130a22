//! Whose the recordings of an answer are: one look into the catalog for all of them.

use cassette_recording::ProjectId;
use cassette_store::catalog::{Catalog, CatalogError};

use super::RecordingAnswer;
use crate::persons::PersonAnswer;

/// Ids of a recording of which a person is looked for. A visit has an anonymous one and a user's.
const IDS_OF_ONE: usize = 8;

/// Puts the persons into these answers: for each the first of its distinct ids of which something was said.
pub(super) async fn tell_persons(
    catalog: &dyn Catalog,
    project: ProjectId,
    answers: &mut [RecordingAnswer],
) -> Result<(), CatalogError> {
    let mut asked = Vec::new();
    let mut of = Vec::new();
    for (at, answer) in answers.iter_mut().enumerate() {
        for id in answer.person_mut().distinct_ids.iter().take(IDS_OF_ONE) {
            if let Ok(id) = id.parse() {
                asked.push(id);
                of.push(at);
            }
        }
        answer.person_mut().foretell(project);
    }
    if asked.is_empty() {
        return Ok(());
    }
    let persons = catalog.persons_of(project, asked).await?;
    // Backwards, so that the first one has the last word.
    for (person, at) in persons.into_iter().zip(of).rev() {
        if let Some(person) = person {
            *answers[at].person_mut() = PersonAnswer::of(&person);
        }
    }
    Ok(())
}
