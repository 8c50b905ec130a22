//! Recordings in the API: the list, and one recording.
//!
//! Shapes and parameters are PostHog's, with a few additions of ours (`exception_count`, `window_count`, `pages` in the
//! answer; `person`, `page`, `errors`, `live` in the query). What the collector holds in memory is added to the rows of
//! the catalog, so that a running recording counts up before its next flush.

mod answer;
pub(crate) mod dates;
mod filters;
mod listing;
mod person;
mod query;
mod routes;
mod unflushed;
mod viewed;
mod whose;

use std::sync::Arc;

use cassette_store::catalog::Catalog;
use cassette_store::documents::Documents;

pub use answer::RecordingAnswer;
pub(crate) use dates::begun_since;
pub(crate) use filters::Reading;
pub(crate) use listing::RecordingList;
pub use routes::routes;
pub use unflushed::Unflushed;
pub(crate) use viewed::Views;

use crate::app::App;
use crate::clock::Clock;
use crate::project::Projects;

/// What the routes need.
#[derive(Debug, Clone)]
pub struct Recordings {
    /// Whose they are.
    pub projects: Arc<Projects>,
    /// Finished and flushed recordings.
    pub catalog: Arc<dyn Catalog>,
    /// Who viewed them.
    pub documents: Documents,
    /// What is not flushed yet.
    pub unflushed: Arc<dyn Unflushed>,
    /// Now.
    pub clock: Arc<dyn Clock>,
}

impl Recordings {
    /// Those of a server.
    pub(crate) fn of(app: &App) -> Self {
        Self {
            projects: app.projects.clone(),
            catalog: app.catalog.clone(),
            documents: app.documents.clone(),
            unflushed: Arc::new(app.open.clone()),
            clock: app.clock.clone(),
        }
    }
}
