//! What every route can reach.

use std::sync::Arc;

use cassette_recording::{ProjectId, RecordingId};
use cassette_store::Bucket;
use cassette_store::catalog::Catalog;
use cassette_store::documents::Documents;
use cassette_store::live_objects::LiveObjects;
use tokio::sync::{Notify, broadcast};

use crate::audit::Audit;
use crate::auth::Auth;
use crate::clock::Clock;
use crate::erase::Eraser;
use crate::finish::Failing;
use crate::import::Spool;
use crate::ingest::{CollectorHandle, Journal, OpenRecordings};
use crate::playback::DirectLinks;
use crate::project::{ProjectStore, Projects};
use crate::refusals::Refusals;
use crate::sharing::Sharing;
use crate::storage_use::StorageUse;

/// The server's parts. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    /// Tokens and settings.
    pub projects: Arc<Projects>,
    /// Their changes in the bucket.
    pub project_store: ProjectStore,
    /// Where requests become durable.
    pub journal: Journal,
    /// Where everything lies.
    pub bucket: Bucket,
    /// Its index.
    pub catalog: Arc<dyn Catalog>,
    /// What people change beside recordings.
    pub documents: Documents,
    /// Who may ask.
    pub auth: Arc<Auth>,
    /// What was done, by whom.
    pub audit: Arc<Audit>,
    /// Deletes recordings, and knows which were.
    pub eraser: Eraser,
    /// Links that open recordings to others.
    pub sharing: Arc<Sharing>,
    /// Live objects.
    pub live_objects: LiveObjects,
    /// The collector's thread.
    pub collector: CollectorHandle,
    /// What is not flushed yet.
    pub open: OpenRecordings,
    /// Tells of recordings that were finished.
    pub finished: broadcast::Sender<(ProjectId, RecordingId)>,
    /// Where imports and conversions work, and how many at a time.
    pub spool: Spool,
    /// Signs links to stored files.
    pub direct_links: DirectLinks,
    /// Rung when somebody changes how long recordings are kept.
    pub retention_changed: Arc<Notify>,
    /// What everything takes up.
    pub storage_use: StorageUse,
    /// What was sent and not taken.
    pub refusals: Refusals,
    /// Recordings that could not be finished.
    pub failing: Failing,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The demo shop is served.
    pub demo: bool,
}
