//! Projects as documents: one each, `settings/project`.

use std::sync::Arc;

use cassette_recording::ProjectId;
use cassette_store::catalog::{Document, DocumentQuery};
use cassette_store::documents::{DocumentError, Documents, kinds};
use cassette_wire::remote_config::RecordingSettings;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::{OldToken, Project, StoredProject};
use crate::random;

/// The only document of its kind in a project.
const ID: &str = "project";

/// One change. A member that is absent leaves what was.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Change {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The tokens before this one, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_tokens: Option<Vec<OldToken>>,
    /// New recording settings, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingSettings>,
    /// Days after which recordings are deleted; `Some(None)`: never any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<Option<u32>>,
}

/// Reads and writes projects.
#[derive(Debug, Clone)]
pub struct ProjectStore {
    documents: Documents,
    /// Held while a project is made or its token rotated: both follow from what is there.
    one_at_a_time: Arc<Mutex<()>>,
}

impl ProjectStore {
    /// The projects among these documents.
    pub fn new(documents: Documents) -> Self {
        Self { documents, one_at_a_time: Arc::default() }
    }

    /// All projects, by id.
    ///
    /// # Errors
    /// When the catalog fails or a project cannot be read.
    pub async fn load(&self) -> Result<Vec<StoredProject>, DocumentError> {
        let found = self.documents.list(DocumentQuery::all(kinds::SETTINGS.name)).await?;
        let mut projects =
            found.iter().filter_map(|found| project(found).transpose()).collect::<Result<Vec<_>, _>>()?;
        projects.sort_by_key(|stored| stored.project.id);
        Ok(projects)
    }

    /// One project.
    ///
    /// # Errors
    /// When the catalog fails or the project cannot be read.
    pub async fn get(&self, id: ProjectId) -> Result<Option<StoredProject>, DocumentError> {
        match self.documents.get(&kinds::SETTINGS, id, ID).await? {
            Some(document) => project(&document),
            None => Ok(None),
        }
    }

    /// Makes a project with the next id and a new token.
    ///
    /// # Errors
    /// When store or catalog fail.
    pub async fn create(
        &self,
        name: String,
        settings: RecordingSettings,
        at: i64,
    ) -> Result<StoredProject, DocumentError> {
        let _held = self.one_at_a_time.lock().await;
        let last = self.load().await?.last().map_or(0, |stored| stored.project.id.0);
        let token = Some(random::token("phc_"));
        let change = Change { name: Some(name), token, recording: Some(settings), ..Change::default() };
        let made = self.change(ProjectId(last + 1), &change, at).await?;
        Ok(made.expect("a project with a token is one"))
    }

    /// Gives a project a new token; the one before stays good until `until`. None: there is no such project.
    ///
    /// # Errors
    /// When store or catalog fail.
    pub async fn rotate(&self, id: ProjectId, until: i64, at: i64) -> Result<Option<StoredProject>, DocumentError> {
        let _held = self.one_at_a_time.lock().await;
        let Some(before) = self.get(id).await? else { return Ok(None) };
        let mut old_tokens = before.old_tokens;
        // What was to end later ends now too: who rotates twice wants the first token gone.
        old_tokens.iter_mut().for_each(|old| old.until = old.until.min(until));
        old_tokens.push(OldToken { token: before.project.token, until });
        let token = Some(random::token("phc_"));
        self.change(id, &Change { token, old_tokens: Some(old_tokens), ..Change::default() }, at).await
    }

    /// Changes a project, made if there is none of that id; returns what it is now. `at`: milliseconds since the epoch.
    ///
    /// # Errors
    /// When store or catalog fail.
    pub async fn change(
        &self,
        id: ProjectId,
        change: &Change,
        at: i64,
    ) -> Result<Option<StoredProject>, DocumentError> {
        project(&self.documents.change(&kinds::SETTINGS, id, ID, change, at).await?)
    }
}

/// None: it has no token yet, and so was never made.
fn project(document: &Document) -> Result<Option<StoredProject>, DocumentError> {
    let merged: Change = document.read()?;
    let id = document.project;
    Ok(merged.token.map(|token| StoredProject {
        project: Project {
            id,
            name: merged.name.unwrap_or_else(|| format!("Project {id}")),
            token,
            settings: merged.recording.unwrap_or_default(),
            retention_days: merged.retention_days.flatten(),
        },
        old_tokens: merged.old_tokens.unwrap_or_default(),
        created_at: document.created_at,
        changes: document.changes,
    }))
}

#[cfg(test)]
mod tests {
    use cassette_store::Bucket;
    use cassette_store::catalog::{Access, SqliteCatalog};

    use super::*;

    #[tokio::test]
    async fn projects_get_ids_in_turn_and_rotation_ends_all_tokens_before() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = SqliteCatalog::open(&folder.path().join("catalog"), Access::ReadWrite).unwrap();
        let documents = Documents::new(Bucket::folder(folder.path()).unwrap(), Arc::new(catalog));
        let store = ProjectStore::new(documents);
        let made = async |name: &str| store.create(name.into(), RecordingSettings::default(), 10).await.unwrap();
        let (one, two) = tokio::join!(made("a"), made("b"));
        assert_ne!(one.project.token, two.project.token);
        let ids: Vec<u32> = store.load().await.unwrap().iter().map(|stored| stored.project.id.0).collect();
        assert_eq!(ids, [1, 2]);
        let first = store.rotate(ProjectId(1), 5000, 20).await.unwrap().unwrap();
        assert_eq!(first.old_tokens.iter().map(|old| old.until).collect::<Vec<_>>(), [5000]);
        let second = store.rotate(ProjectId(1), 30, 30).await.unwrap().unwrap();
        assert_eq!(second.old_tokens.iter().map(|old| old.until).collect::<Vec<_>>(), [30, 30]);
        assert_eq!(second.old_tokens[1].token, first.project.token);
        assert_eq!(second.project.name, one.project.name.clone().min(two.project.name.clone()));
        assert!(store.rotate(ProjectId(9), 30, 30).await.unwrap().is_none());
    }
}
