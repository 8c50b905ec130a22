//! A project's changes in the bucket.

use bytes::Bytes;
use cassette_recording::ProjectId;
use cassette_store::{Bucket, BucketError, Put, layout};
use cassette_wire::remote_config::RecordingSettings;
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};

use super::Project;

/// Where changes of a project lie.
const KIND: &str = "settings";

/// One change. A member that is absent leaves what was.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// New recording settings, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingSettings>,
}

/// Why a project's changes cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ProjectStoreError {
    /// The store failed.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// A change is no JSON of the expected shape.
    #[error("the change {name} of the project cannot be read")]
    Damaged {
        /// The object.
        name: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// Another change of the same moment won; try again.
    #[error("another change was written at the same moment")]
    Raced,
}

/// Reads and writes the changes of projects.
#[derive(Debug, Clone)]
pub struct ProjectStore {
    bucket: Bucket,
}

impl ProjectStore {
    /// The projects of a bucket.
    pub fn new(bucket: Bucket) -> Self {
        Self { bucket }
    }

    /// A project as its changes say; `None` if it has no token yet, and so was never made.
    ///
    /// # Errors
    /// When the store fails or a change is damaged.
    pub async fn load(&self, id: ProjectId) -> Result<Option<Project>, ProjectStoreError> {
        let mut merged = Change::default();
        for name in self.names(id).await? {
            let bytes = self.bucket.get(&name).await?;
            let change: Change =
                serde_json::from_slice(&bytes).map_err(|source| ProjectStoreError::Damaged { name, source })?;
            merged = Change {
                name: change.name.or(merged.name),
                token: change.token.or(merged.token),
                recording: change.recording.or(merged.recording),
            };
        }
        Ok(merged.token.map(|token| Project {
            id,
            name: merged.name.unwrap_or_else(|| format!("Project {id}")),
            token,
            settings: merged.recording.unwrap_or_default(),
        }))
    }

    /// The changes of a project, the earliest first.
    async fn names(&self, id: ProjectId) -> Result<Vec<String>, BucketError> {
        let mut names = Vec::new();
        let mut objects = self.bucket.list(&layout::changes(id, KIND));
        while let Some(found) = objects.next().await {
            names.push(found?.location.to_string());
        }
        names.sort();
        Ok(names)
    }

    /// Writes a change that was made at `at` (milliseconds since the epoch).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn change(&self, id: ProjectId, change: &Change, at: i64) -> Result<(), ProjectStoreError> {
        let bytes = Bytes::from(serde_json::to_vec(change).expect("a change serialises"));
        // The last one counts, so a clock that was set back must not put this one before it.
        let last = self.names(id).await?.last().and_then(|name| layout::read_change_time(name));
        let at = last.map_or(at, |last| at.max(last + 1));
        let name = layout::change(id, KIND, at, crate::random::number());
        match self.bucket.put_new(&name, bytes).await? {
            Put::Created => Ok(()),
            Put::Existed => Err(ProjectStoreError::Raced),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::DEFAULT_PROJECT;

    #[tokio::test]
    async fn the_last_change_counts_even_after_the_clock_was_set_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = ProjectStore::new(Bucket::folder(folder.path()).unwrap());
        for (name, at) in [("one", 5000), ("two", 1000), ("three", 1000)] {
            let change = Change { name: Some(name.into()), token: Some("phc_a".into()), recording: None };
            store.change(DEFAULT_PROJECT, &change, at).await.unwrap();
            assert_eq!(store.load(DEFAULT_PROJECT).await.unwrap().unwrap().name, name);
        }
    }
}
