//! Projects: which tokens and API keys open them, and what their SDKs are told.
//!
//! All of it lies in the bucket as small objects, one a change, merged in the order of their names; nothing is ever
//! overwritten, so two nodes cannot lose each other's changes. What is here is the merged state in memory.

mod routes;
mod store;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use cassette_recording::ProjectId;
use cassette_wire::remote_config::RecordingSettings;

pub(crate) use routes::routes;
pub use store::{Change, ProjectStore, ProjectStoreError};

/// The only project of this version.
pub const DEFAULT_PROJECT: ProjectId = ProjectId(1);

/// The project that a path names; `@current` is PostHog's name for the caller's own, which is the only one so far.
pub fn named(name: &str) -> Option<ProjectId> {
    (name == "@current" || name.parse() == Ok(DEFAULT_PROJECT.0)).then_some(DEFAULT_PROJECT)
}

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
