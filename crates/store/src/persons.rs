//! Person changes in the bucket: what lets a rebuild find persons again, and what is erased with them.
//!
//! ## Invariants
//!
//! 1. Each cut of the journal that holds changes leaves one object of them per project and part,
//!    `projects/<project>/persons/<day>/<incarnation>-<number>-<part>.persons`. Its bytes depend on the journal file alone,
//!    so repeating a flush is harmless. Nobody reads another's object to write its own: persons are a function of the set
//!    of all changes (see [`cassette_recording::person`]), wherever they lie and however often.
//! 2. Nothing is overwritten. All objects whose names differ only behind the first `.` are one **family**: the first one,
//!    and what erasures left of it, named by the digest of what is left. The catalog knows in which families a distinct id
//!    stands, and that stays so whatever becomes of their objects.
//! 3. **Erasing** writes what is left of a family, then removes all its other objects, then the rows. A crash in between
//!    leaves the person as it was, in part twice; erasing again removes it. Two erasures at a time could each write down
//!    what the other removes: the caller holds [`ERASURE_LEASE`].

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use cassette_recording::person::{PersonChange, PersonObject, PersonObjectError};
use cassette_recording::{DistinctId, ProjectId};
use futures::StreamExt as _;
use sha2::{Digest as _, Sha256};

use crate::bucket::{Bucket, BucketError, Put};
use crate::catalog::{Catalog, CatalogError};
use crate::layout;

/// Held by the one who erases persons.
pub const ERASURE_LEASE: &str = "erase-persons";

/// Why changes of persons cannot be written, read or erased.
#[derive(Debug, thiserror::Error)]
pub enum PersonsError {
    /// The store failed.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The catalog failed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// An object is not what was written.
    #[error("the object of person changes {name} is damaged")]
    Damaged {
        /// Its name.
        name: String,
        /// What is wrong.
        #[source]
        source: PersonObjectError,
    },
}

/// Reads and writes person changes.
#[derive(Debug, Clone)]
pub struct PersonChanges {
    bucket: Bucket,
    catalog: Arc<dyn Catalog>,
}

impl PersonChanges {
    /// Those of a bucket and its catalog.
    pub fn new(bucket: Bucket, catalog: Arc<dyn Catalog>) -> Self {
        Self { bucket, catalog }
    }

    /// Writes the first object of a family, then its rows. "It is there already, with the same bytes" is success; a torn
    /// one is replaced. Beside a whole one with other bytes (a later version compresses otherwise) ours is put under its
    /// digest: changes that are there twice count once.
    ///
    /// # Errors
    /// When store or catalog fail; repeating it is harmless.
    pub async fn write(&self, project: ProjectId, family: &str, object: Bytes) -> Result<(), PersonsError> {
        let name = layout::person_object(project, family, None);
        let changes = decode(&name, &object)?.changes;
        if self.bucket.put_new(&name, object.clone()).await? == Put::Existed {
            let found = self.bucket.get(&name).await?;
            if found != object {
                match PersonObject::decode(&found) {
                    Err(_) => self.bucket.replace_damaged(&name, object).await?,
                    Ok(_) => {
                        let beside = layout::person_object(project, family, Some(&digest(&object)));
                        let _ = self.bucket.put_new(&beside, object).await?;
                    }
                }
            }
        }
        Ok(self.catalog.commit_persons(project, family.to_owned(), changes).await?)
    }

    /// Erases whole persons: every change of these ids, from all objects and from the catalog.
    ///
    /// # Errors
    /// When store or catalog fail, or an object of theirs cannot be read; erase again then.
    pub async fn erase(&self, project: ProjectId, ids: &[DistinctId]) -> Result<(), PersonsError> {
        let erased: HashSet<&DistinctId> = ids.iter().collect();
        let families = self.catalog.person_families(project, ids.to_vec()).await?;
        let mut days: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for family in &families {
            let day = family.split_once('/').map_or("", |(day, _)| day);
            days.entry(day).or_default().push(family);
        }
        for (day, families) in days {
            let mut objects: BTreeMap<String, Vec<String>> = BTreeMap::new();
            let mut listed = self.bucket.list(&format!("{}/{day}", layout::persons(project)));
            while let Some(found) = listed.next().await {
                let name = found?.location.to_string();
                if let Some((_, family)) = layout::read_person_object(&name) {
                    objects.entry(family.to_owned()).or_default().push(name);
                }
            }
            for family in families {
                let names = objects.remove(family).unwrap_or_default();
                self.erase_from(project, family, &names, |id| erased.contains(id)).await?;
            }
        }
        Ok(self.catalog.forget_persons(project, ids.to_vec()).await?)
    }

    async fn erase_from(
        &self,
        project: ProjectId,
        family: &str,
        names: &[String],
        is_erased: impl Fn(&DistinctId) -> bool,
    ) -> Result<(), PersonsError> {
        let mut left: Vec<PersonChange> = Vec::new();
        let mut touched = names.len() > 1;
        for name in names {
            let changes = decode(name, &self.bucket.get(name).await?)?.changes;
            touched |= changes.iter().any(|change| change.distinct_ids().any(&is_erased));
            left.extend(changes.into_iter().filter_map(|change| change.without(&is_erased)));
        }
        if !touched {
            return Ok(());
        }
        let mut keep = None;
        if !left.is_empty() {
            let object = Bytes::from(PersonObject { project, changes: once(left) }.encode());
            let name = layout::person_object(project, family, Some(&digest(&object)));
            let _ = self.bucket.put_new(&name, object).await?;
            keep = Some(name);
        }
        for name in names.iter().filter(|name| keep.as_ref() != Some(name)) {
            self.bucket.delete(name).await?;
        }
        Ok(())
    }
}

/// Each change once, in the order of their stamps.
fn once(mut changes: Vec<PersonChange>) -> Vec<PersonChange> {
    let line = |change: &PersonChange| {
        let mut line = Vec::new();
        change.write_line(&mut line);
        (change.stamp, line)
    };
    changes.sort_by_cached_key(line);
    changes.dedup();
    changes
}

/// Reads an object.
///
/// # Errors
/// When the store fails or the object is damaged.
pub async fn read(bucket: &Bucket, name: &str) -> Result<PersonObject, PersonsError> {
    decode(name, &bucket.get(name).await?)
}

fn decode(name: &str, bytes: &[u8]) -> Result<PersonObject, PersonsError> {
    PersonObject::decode(bytes).map_err(|source| PersonsError::Damaged { name: name.to_owned(), source })
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
