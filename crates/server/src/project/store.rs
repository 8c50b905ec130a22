//! Projects as documents: one each, `settings/project`.

use cassette_recording::ProjectId;
use cassette_store::catalog::{Document, DocumentQuery};
use cassette_store::documents::{DocumentError, Documents, kinds};
use cassette_wire::remote_config::RecordingSettings;
use serde::{Deserialize, Serialize};

use super::Project;

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
    /// New recording settings, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingSettings>,
}

/// Reads and writes projects.
#[derive(Debug, Clone)]
pub struct ProjectStore {
    documents: Documents,
}

impl ProjectStore {
    /// The projects among these documents.
    pub fn new(documents: Documents) -> Self {
        Self { documents }
    }

    /// All projects, by id.
    ///
    /// # Errors
    /// When the catalog fails or a project cannot be read.
    pub async fn load(&self) -> Result<Vec<Project>, DocumentError> {
        let found = self.documents.list(DocumentQuery::all(kinds::SETTINGS.name)).await?;
        let mut projects =
            found.iter().filter_map(|found| project(found).transpose()).collect::<Result<Vec<_>, _>>()?;
        projects.sort_by_key(|project| project.id);
        Ok(projects)
    }

    /// Changes a project, made if there is none of that id; returns what it is now. `at`: milliseconds since the epoch.
    ///
    /// # Errors
    /// When store or catalog fail.
    pub async fn change(&self, id: ProjectId, change: &Change, at: i64) -> Result<Option<Project>, DocumentError> {
        project(&self.documents.change(&kinds::SETTINGS, id, ID, change, at).await?)
    }
}

/// None: it has no token yet, and so was never made.
fn project(document: &Document) -> Result<Option<Project>, DocumentError> {
    let merged: Change = document.read()?;
    let id = document.project;
    Ok(merged.token.map(|token| Project {
        id,
        name: merged.name.unwrap_or_else(|| format!("Project {id}")),
        token,
        settings: merged.recording.unwrap_or_default(),
    }))
}
