//! Projects: which tokens and API keys open them, and what their SDKs are told.
//!
//! All of it lies in the bucket as documents. What is here is what they say, in memory: capture must know its tokens also
//! while the catalog is down.

mod routes;
mod settings;
mod store;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use cassette_recording::ProjectId;
use cassette_wire::remote_config::RecordingSettings;
use serde::{Deserialize, Serialize};

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
    by_token: HashMap<String, Opens>,
    projects: BTreeMap<ProjectId, Arc<Project>>,
    /// Changes that what is here has seen.
    changes: HashMap<ProjectId, u64>,
}

/// What a token opens.
#[derive(Debug, Clone, Copy)]
struct Opens {
    project: ProjectId,
    /// Epoch ms from which on it does not.
    until: i64,
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
    /// Days after which its recordings are deleted; `None`: never.
    pub retention_days: Option<u32>,
}

/// A project as it is stored.
#[derive(Debug, Clone)]
pub struct StoredProject {
    /// What everybody wants to know of it.
    pub project: Project,
    /// Tokens that it had before.
    pub old_tokens: Vec<OldToken>,
    /// Epoch ms.
    pub created_at: i64,
    /// How many changes it has seen.
    pub changes: u64,
}

/// A token that was rotated away. It is kept for ever: what was answered 200 while it was good is good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldToken {
    /// The token.
    pub token: String,
    /// Epoch ms from which on it opens nothing.
    pub until: i64,
}

impl Projects {
    /// The project that a token opened once and does not open any more.
    pub fn of_ended_token(&self, token: &str, arrived_at: i64) -> Option<ProjectId> {
        self.read().by_token.get(token).filter(|opens| arrived_at >= opens.until).map(|opens| opens.project)
    }

    /// The project of a token, for what arrived at that time: a token that was rotated away is good for what came before.
    pub fn of_token(&self, token: &str, arrived_at: i64) -> Option<ProjectId> {
        self.read().by_token.get(token).filter(|opens| arrived_at < opens.until).map(|opens| opens.project)
    }

    /// A project.
    pub fn get(&self, id: ProjectId) -> Option<Arc<Project>> {
        self.read().projects.get(&id).cloned()
    }

    /// The project with the smallest id.
    pub fn first(&self) -> Option<ProjectId> {
        self.read().projects.keys().next().copied()
    }

    /// All of them, by id.
    pub fn all(&self) -> Vec<Arc<Project>> {
        self.read().projects.values().cloned().collect()
    }

    /// Puts a project in the place of what was known of it.
    pub fn set(&self, project: Project) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        // Tokens that were rotated away stay.
        state.by_token.retain(|_, opens| opens.project != project.id || opens.until < i64::MAX);
        state.by_token.insert(project.token.clone(), Opens { project: project.id, until: i64::MAX });
        state.projects.insert(project.id, Arc::new(project));
    }

    /// The same with the tokens that it had before; unless what is here has seen more changes: of two that are made at
    /// once, the answer to the earlier one may come later.
    pub fn set_stored(&self, stored: StoredProject) {
        let id = stored.project.id;
        let old = stored.old_tokens.into_iter();
        let old = old.map(|OldToken { token, until }| (token, Opens { project: id, until }));
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.changes.get(&id).is_some_and(|&seen| seen > stored.changes) {
            return;
        }
        state.changes.insert(id, stored.changes);
        state.by_token.retain(|_, opens| opens.project != id);
        state.by_token.extend(old);
        state.by_token.insert(stored.project.token.clone(), Opens { project: id, until: i64::MAX });
        state.projects.insert(id, Arc::new(stored.project));
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(id: u32, token: &str) -> Project {
        let name = format!("Project {id}");
        Project {
            id: ProjectId(id),
            name,
            token: token.into(),
            settings: RecordingSettings::default(),
            retention_days: None,
        }
    }

    #[test]
    fn a_token_that_was_rotated_away_is_good_for_what_came_before() {
        let projects = Projects::default();
        projects.set(project(2, "phc_b"));
        projects.set(project(1, "phc_a"));
        assert_eq!(projects.of_token("phc_a", 1000), Some(ProjectId(1)));
        let old_tokens = vec![OldToken { token: "phc_a".into(), until: 500 }];
        let stored = StoredProject { project: project(1, "phc_new"), old_tokens, created_at: 0, changes: 2 };
        projects.set_stored(stored.clone());
        projects.set_stored(StoredProject { project: project(1, "phc_a"), changes: 1, ..stored });
        // A change of something else forgets none of them.
        projects.set(project(1, "phc_new"));
        assert_eq!(projects.of_token("phc_a", 499), Some(ProjectId(1)));
        assert_eq!(projects.of_token("phc_a", 500), None);
        assert_eq!(projects.of_ended_token("phc_a", 500), Some(ProjectId(1)));
        assert_eq!((projects.of_ended_token("phc_a", 499), projects.of_ended_token("phc_x", 500)), (None, None));
        assert_eq!(projects.of_token("phc_new", 1000), Some(ProjectId(1)));
        assert_eq!(projects.of_token("phc_b", 1000), Some(ProjectId(2)));
        assert_eq!(projects.first(), Some(ProjectId(1)));
        assert_eq!(projects.all().iter().map(|project| project.id.0).collect::<Vec<_>>(), [1, 2]);
    }
}
