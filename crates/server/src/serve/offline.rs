//! A data folder worked in without serving it: for commands that change what is stored.

use std::path::Path;
use std::sync::Arc;

use cassette_store::documents::Documents;

use super::{DataFolder, FirstStartError, Known, StartError, authority, build};
use crate::clock::Clock;
use crate::config::Config;
use crate::erase::Eraser;
use crate::project::{ProjectStore, Projects};
use crate::users::Users;

/// A folder that nobody else works in, with its collector and journal: what an earlier process left in its journal is
/// recovered here as a server would do it.
pub struct Offline {
    /// Deletes recordings.
    pub eraser: Eraser,
    /// Held for its lock.
    _folder: DataFolder,
}

impl Offline {
    /// Takes a folder that a server has worked in; returns when its journal is recovered, and deletions that were
    /// interrupted are gone on with.
    ///
    /// # Errors
    /// When another process has it, or it cannot be used.
    pub async fn open(root: &Path, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let folder = DataFolder::lock(root)?;
        let store = folder.store().await?;
        let documents = Documents::new(store.bucket.clone(), store.catalog.clone());
        let project_store = ProjectStore::new(documents.clone());
        let projects = Arc::new(Projects::default());
        for stored in project_store.load().await.map_err(FirstStartError::Documents)? {
            projects.set_stored(stored);
        }
        let config = Config { data: root.to_owned(), ..Config::default() };
        let users = Users::new(documents.clone());
        let auth = Arc::new(authority(&config, &folder, &documents, users, clock)?);
        let app = build(&config, false, &folder, store, Known { documents, projects, project_store, auth })?;
        app.collector.barrier().await;
        app.eraser.go_on(app.clock.now()).await;
        Ok(Self { eraser: app.eraser, _folder: folder })
    }
}
