//! Whose recordings are meant when a person is named.
//!
//! The one place where persons and recordings meet in the list: a person is its distinct ids.

use cassette_recording::{DistinctId, ProjectId};
use cassette_store::catalog::{Catalog, CatalogError, PersonId};

use super::query::Asked;

impl Asked {
    /// The same, with the person's distinct ids in the place of the person.
    pub(crate) async fn with_person(mut self, catalog: &dyn Catalog, project: ProjectId) -> Result<Self, CatalogError> {
        if let Some(uuid) = self.person_uuid.take() {
            let of_person = distinct_ids_of(catalog, project, &uuid).await?;
            self.query.distinct_ids = Some(match self.query.distinct_ids.take() {
                None => of_person,
                Some(named) => named.into_iter().filter(|id| of_person.contains(id)).collect(),
            });
        }
        Ok(self)
    }
}

/// The distinct ids of a person. Of somebody of whom nothing was said, an SDK's anonymous id names the person that has no
/// other one.
async fn distinct_ids_of(
    catalog: &dyn Catalog,
    project: ProjectId,
    person_uuid: &str,
) -> Result<Vec<DistinctId>, CatalogError> {
    if let Some(id) = PersonId::parse(person_uuid) {
        let ids = catalog.distinct_ids_of_person(project, id).await?;
        if !ids.is_empty() {
            return Ok(ids);
        }
    }
    Ok(person_uuid.parse().into_iter().collect())
}
