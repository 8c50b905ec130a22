//! Tombstones: which recordings were deleted and must not come back.
//!
//! A tombstone is a document of the kind [`kinds::DELETED`] whose id is a hash of project and session id. It is durable before the
//! first byte of the recording goes, and stays for ever: whoever takes data, finishes, imports or rebuilds asks here first.
//!
//! In memory a deleted recording is 16 bytes of that hash: a million deletions are some 50 MB. Two recordings
//! share a hash once in 2^128, so nobody loses one by it.

use std::collections::HashSet;

use cassette_recording::{ProjectId, RecordingId};

use crate::catalog::{Catalog, CatalogError, Document, DocumentQuery};
use crate::documents::{hash_of, id_of, kinds};

/// Documents read at a time.
const PAGE: usize = 1000;

/// Deleted recordings.
#[derive(Debug, Clone, Default)]
pub struct Tombstones(HashSet<u128>);

/// The id of a recording's tombstone.
pub fn tombstone_id(project: ProjectId, session: &RecordingId) -> String {
    id_of(&[&project.to_string(), session.as_str()])
}

fn hash(project: ProjectId, session: &RecordingId) -> u128 {
    hash_of(&[&project.to_string(), session.as_str()])
}

impl Tombstones {
    /// All that the catalog knows of; `each` sees every tombstone.
    ///
    /// # Errors
    /// When the catalog fails.
    pub async fn load(catalog: &dyn Catalog, mut each: impl FnMut(&Document)) -> Result<Self, CatalogError> {
        let mut found = Self::default();
        let mut query = DocumentQuery { limit: PAGE, ..DocumentQuery::all(kinds::DELETED.name) };
        loop {
            let page = catalog.documents(query.clone()).await?;
            for document in &page {
                found.insert_id(&document.id);
                each(document);
            }
            match page.last() {
                Some(last) if page.len() == PAGE => query.after = Some((last.created_at, last.id.clone())),
                _ => return Ok(found),
            }
        }
    }

    /// Notes the recording whose tombstone has this id. Whatever is no such id is nobody's.
    pub fn insert_id(&mut self, id: &str) {
        if let Ok(hash) = u128::from_str_radix(id, 16) {
            self.0.insert(hash);
        }
    }

    /// Notes a recording.
    pub fn insert(&mut self, project: ProjectId, session: &RecordingId) {
        self.0.insert(hash(project, session));
    }

    /// Whether the recording was deleted.
    pub fn contains(&self, project: ProjectId, session: &RecordingId) -> bool {
        // Most installations have none, and this is asked for every item.
        !self.0.is_empty() && self.0.contains(&hash(project, session))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tombstone_is_of_one_recording_of_one_project() {
        let (a, b) = ("a-1".parse().unwrap(), "A-1".parse().unwrap());
        let mut tombstones = Tombstones::default();
        assert!(!tombstones.contains(ProjectId(1), &a));
        tombstones.insert(ProjectId(1), &a);
        tombstones.insert_id("no hash");
        assert!(tombstones.contains(ProjectId(1), &a));
        assert!(!tombstones.contains(ProjectId(2), &a) && !tombstones.contains(ProjectId(1), &b));
        assert_eq!(tombstones.count(), 1);
        let mut read = Tombstones::default();
        read.insert_id(&tombstone_id(ProjectId(1), &a));
        assert!(read.contains(ProjectId(1), &a), "its document's id is the same hash");
    }
}
