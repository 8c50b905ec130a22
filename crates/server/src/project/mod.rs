//! Projects: which tokens and API keys open them, and what their SDKs are told.
//!
//! All of it lies in the bucket as documents. What is here is what they say, in memory: capture must know its tokens also
//! while the catalog is down.

mod routes;
mod store;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use cassette_recording::ProjectId;
use cassette_wire::remote_config::RecordingSettings;

pub(crate) use routes::routes;
pub use store::{Change, ProjectStore};

/// The project that is made at the first start.
pub const DEFAULT_PROJECT: ProjectId = ProjectId(1);

/// All projects of this server.
#[derive(Debug, Default)]
pub struct Projects {
    state: RwLock<State>,
}

#[derive(Debug, Default, Clone)]
struct State {
    by_token: HashMap<String, ProjectId>,
    projects: HashMap<ProjectId, Arc<Project>>,
}

/// One project.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// For people.
    pub name: String,
    /// Its token: public, it stands in every page that records.
    pub token: String,
    /// What SDKs are told.
    pub settings: RecordingSettings,
}

impl Projects {
    /// The project of a token.
    pub fn of_token(&self, token: &str) -> Option<ProjectId> {
        self.read().by_token.get(token).copied()
    }

    /// A project.
    pub fn get(&self, id: ProjectId) -> Option<Arc<Project>> {
        self.read().projects.get(&id).cloned()
    }

    /// The project with the smallest id.
    pub fn first(&self) -> Option<ProjectId> {
        self.read().projects.keys().min().copied()
    }

    /// Puts a project in the place of what was known of it.
    pub fn set(&self, project: Project) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.by_token.retain(|_, id| *id != project.id);
        state.by_token.insert(project.token.clone(), project.id);
        state.projects.insert(project.id, Arc::new(project));
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}
