//! Wiring: from a configuration to a server that listens, and back to one that has let go of everything.
//!
//! Order of a start: lock the folder, open the catalog (or make it again from the objects), make the project known, start
//! collector and journal, listen. The collector recovers what an earlier process left while requests are taken already.

mod first_start;
mod folder;
mod offline;
mod page;
mod store;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use axum::{Router, middleware};
use cassette_store::documents::{DocumentError, Documents, INSTALLATION};
use cassette_store::layout;
use cassette_store::live_objects::LiveObjects;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, oneshot};
use tokio::task::JoinHandle;

pub use first_start::FirstStartError;
pub use folder::{CATALOG, DataFolder, FolderError};
pub use offline::Offline;
pub use page::{PageError, ServedPage, serve_page};
pub use store::{Store, StoreError};

use crate::api::{self, Api};
use crate::api_error::method_not_allowed;
use crate::app::App;
use crate::audit::Audit;
use crate::auth::{AllowedHosts, Auth, CookieSigner, LoginTokens, SecretHash};
#[cfg(feature = "oidc")]
use crate::auth::{Oidc, OidcError};
use crate::clock::Clock;
use crate::config::Config;
use crate::erase::{self, Eraser};
use crate::finish::{Compaction, Failing, Finisher};
use crate::import::Spool;
use crate::ingest::collector::{self, Collector};
use crate::ingest::{Journal, JournalConfig, OpenRecordings};
use crate::keyframes::KeyframeMaker;
use crate::keys::Keys;
use crate::project::{ProjectStore, Projects};
use crate::recordings::{self, Recordings};
use crate::refusals::{self, Refusals};
use crate::retention::Retention;
use crate::search::Indexer;
use crate::sharing::Sharing;
use crate::storage_use::StorageUse;
use crate::throttle::Buckets;
use crate::users::Users;
use crate::{capture, health, import, pages, playback};

/// How long requests that are being answered may take when the server is told to stop. Live streams never end by
/// themselves.
const DRAIN: Duration = Duration::from_secs(3);

/// How long flushing may take then. What does not get done is recovered at the next start.
const FLUSH: Duration = Duration::from_secs(5);

/// A server that listens.
pub struct Running {
    /// Where.
    pub address: SocketAddr,
    /// The project's token.
    pub project_token: String,
    /// The first personal API key; only at the first start, and not if the operator chose it.
    pub new_api_key: Option<String>,
    /// Opens the app once, within an hour.
    pub login_token: String,
    /// The same for the demo shop.
    pub demo_login_token: Option<String>,
    journal: Journal,
    collector: crate::ingest::CollectorHandle,
    finisher: JoinHandle<()>,
    eraser: JoinHandle<()>,
    indexer: JoinHandle<()>,
    retention: JoinHandle<()>,
    keeping: JoinHandle<()>,
    keeper: refusals::Keeper,
    keyframes: JoinHandle<()>,
    serving: JoinHandle<std::io::Result<()>>,
    stop: oneshot::Sender<()>,
    _folder: DataFolder,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is reachable for others and nobody set a password.
    #[error(
        "listening on {0} lets others reach the server: set a password first, in CASSETTE_ADMIN_PASSWORD or by `cassette user add --role admin`, or listen on 127.0.0.1"
    )]
    NoPassword(SocketAddr),
    /// The data folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// What lies in it cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The project or its keys cannot be read or made.
    #[error(transparent)]
    FirstStart(#[from] FirstStartError),
    /// The port is taken, or the machine refuses otherwise.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The login provider cannot be used as it is configured.
    #[cfg(feature = "oidc")]
    #[error(transparent)]
    Oidc(#[from] OidcError),
    /// Nobody knows who may log in.
    #[error(transparent)]
    Users(#[from] DocumentError),
    /// A thread could not be started.
    #[error("a thread could not be started")]
    Thread(#[source] std::io::Error),
}

/// Starts a server. It serves until [`Running::stop`].
///
/// # Errors
/// When something that it needs cannot be had; nothing is left behind then.
pub async fn start(config: Config, demo: bool, clock: Arc<dyn Clock>) -> Result<Running, StartError> {
    let wants_admin = !config.listen.ip().is_loopback() && config.admin_password.is_none();
    // Where there is nothing yet, nobody can log in either, and nothing need be made to know it.
    if wants_admin && !config.data.join(layout::VERSION).exists() {
        return Err(StartError::NoPassword(config.listen));
    }
    let metrics = health::install_metrics();
    let folder = DataFolder::lock(&config.data)?;
    let store = folder.store().await?;

    let documents = Documents::new(store.bucket.clone(), store.catalog.clone());
    let users = Users::new(documents.clone());
    if wants_admin && !users.have_admin().await? {
        return Err(StartError::NoPassword(config.listen));
    }
    let project_store = ProjectStore::new(documents.clone());
    let now = clock.now();
    let loaded = first_start::projects(&project_store, &config, now).await?;
    let new_api_key = first_start::key(&documents, &config, now).await?;
    let auth = Arc::new(authority(&config, &folder, &documents, users, clock)?);
    let issue = || auth.login_tokens.issue(now).reveal().to_owned();
    let (login_token, demo_login_token) = (issue(), demo.then(issue));

    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| StartError::Listen { address: config.listen, source })?;
    let address = listener.local_addr().map_err(|source| StartError::Listen { address: config.listen, source })?;

    let project_token = loaded.first().map(|stored| stored.project.token.clone()).unwrap_or_default();
    let projects = Arc::new(Projects::default());
    for stored in loaded {
        projects.set_stored(stored);
    }
    let app = build(&config, demo, &folder, store, Known { documents, projects, project_store, auth })?;
    let finisher = finisher(&config, &folder, &app);
    let indexer =
        Indexer { bucket: app.bucket.clone(), catalog: app.catalog.clone(), live_objects: app.live_objects.clone() };
    let keeper = keeper(&folder, &app);
    let known = app.projects.all().iter().map(|project| project.id).chain([INSTALLATION]).collect();
    let retention = retention(&folder, &app);
    let keyframes = keyframe_maker(&config, &folder, &app);
    let clock = app.clock.clone();
    let router = router(&app, metrics, address.ip().is_loopback());
    let (stop, stopped) = oneshot::channel::<()>();
    let listener = listener.tap_io(|stream| {
        // Answers are a few bytes: waiting for more to send with them only costs the sender time.
        stream.set_nodelay(true).ok();
    });
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        stopped.await.ok();
    });
    Ok(Running {
        address,
        project_token,
        new_api_key,
        login_token,
        demo_login_token,
        journal: app.journal,
        collector: app.collector,
        finisher: tokio::spawn(finisher.run()),
        eraser: tokio::spawn(app.eraser.run(app.clock)),
        indexer: tokio::spawn(indexer.run()),
        retention: tokio::spawn(retention.run()),
        keeping: tokio::spawn(keeper.clone().run(known)),
        keeper,
        keyframes: tokio::spawn(keyframes.run(clock)),
        serving: tokio::spawn(server.into_future()),
        stop,
        _folder: folder,
    })
}

fn authority(
    config: &Config,
    folder: &DataFolder,
    documents: &Documents,
    users: Users,
    clock: Arc<dyn Clock>,
) -> Result<Auth, StartError> {
    let (accounts, addresses) = Auth::guesses();
    let secret = folder.secret()?;
    Ok(Auth {
        keys: Keys::new(documents.clone()),
        users,
        password: config.admin_password.as_ref().map(|password| SecretHash::of(&password.0)),
        provider_name: config.oidc.as_ref().map(|oidc| oidc.name.clone()),
        #[cfg(feature = "oidc")]
        oidc: config.oidc.as_ref().map(|oidc| Oidc::new(oidc, secret)).transpose()?,
        login_tokens: LoginTokens::default(),
        cookies: CookieSigner::new(secret, false),
        hosts: AllowedHosts::new(config.allowed_hosts.clone()),
        proxies: config.trusted_proxies.clone(),
        accounts,
        addresses,
        requests: Buckets::new(config.api.requests_per_minute, config.api.burst),
        audit: Arc::new(Audit::new(documents.clone())),
        clock,
    })
}

/// What the documents say, which a start reads first: whose the projects are, and who may do what.
struct Known {
    documents: Documents,
    projects: Arc<Projects>,
    project_store: ProjectStore,
    auth: Arc<Auth>,
}

fn build(config: &Config, demo: bool, folder: &DataFolder, store: Store, known: Known) -> Result<App, StartError> {
    let Known { documents, projects, project_store, auth } = known;
    let clock = auth.clock.clone();
    let Store { bucket, catalog, deleted } = store;
    let live_objects = LiveObjects::new(bucket.clone());
    let open = OpenRecordings::default();
    let incarnation = folder.incarnation(clock.now());
    let refusals = Refusals::default();
    let (progress, collector, commands) = collector::channel();
    let limits = JournalConfig {
        cut_after: config.journal.cut_after,
        max_backlog_bytes: config.journal.max_backlog_bytes,
        min_free_bytes: config.journal.min_free_bytes,
        ..JournalConfig::default()
    };
    let journal_folder = folder.journal();
    let journal =
        Journal::start(journal_folder.join(incarnation.as_str()), limits, progress).map_err(StartError::Thread)?;
    Collector {
        bucket: bucket.clone(),
        catalog: catalog.clone(),
        live_objects: live_objects.clone(),
        projects: projects.clone(),
        incarnation: incarnation.clone(),
        journal_folder: journal_folder.clone(),
        open: open.clone(),
        deleted: deleted.clone(),
        refusals: refusals.clone(),
        runtime: tokio::runtime::Handle::current(),
    }
    .start(journal.clone(), commands)
    .map_err(StartError::Thread)?;
    let (finished, _) = broadcast::channel(256);
    let level = config.recording.compression_level;
    let spool = Spool::new(folder.spool(), level, config.journal.min_free_bytes);
    let eraser = Eraser {
        bucket: bucket.clone(),
        catalog: catalog.clone(),
        documents: documents.clone(),
        live_objects: live_objects.clone(),
        journal: journal.clone(),
        journal_folder,
        collector: collector.clone(),
        open: open.clone(),
        incarnation,
        compaction: Compaction::default(),
        deleted,
    };
    let storage_use =
        StorageUse::new(bucket.clone(), config.data.clone(), config.journal.min_free_bytes, clock.clone());
    let sharing = Arc::new(Sharing::new(documents.clone(), auth.audit.clone(), folder.secret()?));
    Ok(App {
        eraser,
        documents,
        audit: auth.audit.clone(),
        auth,
        sharing,
        projects,
        project_store,
        journal,
        bucket,
        catalog,
        live_objects,
        collector,
        open,
        finished,
        spool,
        direct_links: playback::DirectLinks::new(folder.secret()?),
        retention_changed: Arc::default(),
        storage_use,
        refusals,
        failing: Failing::default(),
        clock,
        demo,
    })
}

fn finisher(config: &Config, folder: &DataFolder, app: &App) -> Finisher {
    Finisher {
        bucket: app.bucket.clone(),
        catalog: app.catalog.clone(),
        live_objects: app.live_objects.clone(),
        open: app.open.clone(),
        clock: app.clock.clone(),
        spool: folder.spool(),
        after_idle: config.recording.finish_after_idle,
        level: config.recording.compression_level,
        incarnation: folder.incarnation(app.clock.now()),
        failing: app.failing.clone(),
        compaction: app.eraser.compaction.clone(),
        deleted: app.eraser.deleted.clone(),
        finished: app.finished.clone(),
    }
}

fn retention(folder: &DataFolder, app: &App) -> Retention {
    Retention {
        catalog: app.catalog.clone(),
        project_store: app.project_store.clone(),
        eraser: app.eraser.clone(),
        audit: app.audit.clone(),
        clock: app.clock.clone(),
        incarnation: folder.incarnation(app.clock.now()),
        changed: app.retention_changed.clone(),
    }
}

fn keeper(folder: &DataFolder, app: &App) -> refusals::Keeper {
    refusals::Keeper {
        refusals: app.refusals.clone(),
        bucket: app.bucket.clone(),
        incarnation: folder.incarnation(app.clock.now()),
        clock: app.clock.clone(),
        written: Arc::default(),
    }
}

fn keyframe_maker(config: &Config, folder: &DataFolder, app: &App) -> KeyframeMaker {
    KeyframeMaker {
        bucket: app.bucket.clone(),
        catalog: app.catalog.clone(),
        deleted: app.eraser.deleted.clone(),
        spool: folder.spool(),
        min_free_bytes: config.journal.min_free_bytes,
        failing: Failing::default(),
    }
}

fn router(app: &App, metrics: Option<metrics_exporter_prometheus::PrometheusHandle>, loopback: bool) -> Router {
    let login = || middleware::from_fn_with_state(app.auth.clone(), crate::auth::require_login);
    let mut metrics = health::metrics_routes(metrics);
    if !loopback {
        metrics = metrics.route_layer(login());
    }
    let listed = recordings::routes(Recordings::of(app));
    let guarded = Api::new()
        .merge(playback::routes())
        .merge(crate::snapshots::routes())
        .merge(import::routes())
        .merge(erase::routes())
        .merge(crate::auth::me_routes())
        .merge(crate::keys::routes())
        .merge(crate::users::routes())
        .merge(crate::project::routes())
        .merge(crate::retention::routes())
        .merge(crate::storage_use::routes())
        .merge(crate::refusals::routes())
        .merge(crate::audit::routes())
        .merge(crate::sharing::routes())
        .merge(crate::collections::routes())
        .merge(crate::comments::routes())
        .merge(crate::persons::routes())
        .merge(listed)
        .route_layer(login());
    let open = crate::auth::routes();
    #[cfg(feature = "oidc")]
    let open = open.merge(crate::auth::oidc_routes());
    let (api, description) = guarded.merge(open).split_for_parts();
    let schema = api::schema_route(description).route_layer(login());
    let api = api.merge(schema).method_not_allowed_fallback(method_not_allowed);
    let api = api.with_state(app.clone());
    let mut site = pages::routes().merge(crate::sharing::pages()).merge(playback::direct_routes()).merge(metrics);
    if app.demo {
        site = site.merge(pages::demo_routes());
    }
    let site = site
        .with_state(app.clone())
        .merge(api.layer(middleware::from_fn_with_state(app.clone(), crate::sharing::answer_viewers)))
        .layer(middleware::from_fn_with_state(app.auth.clone(), crate::auth::follow_login_link))
        .layer(middleware::from_fn_with_state(app.auth.clone(), crate::auth::require_known_host));
    capture::routes().merge(health::routes()).with_state(app.clone()).merge(api::spelled_freely(site))
}

impl Running {
    /// Stops taking requests, lets those under way end, and flushes. What does not get done in time is recovered at the
    /// next start: it is durable already.
    pub async fn stop(self) {
        self.stop.send(()).ok();
        within(DRAIN, "requests are still under way", self.serving).await;
        self.finisher.abort();
        self.eraser.abort();
        self.indexer.abort();
        self.retention.abort();
        self.keeping.abort();
        self.keyframes.abort();
        let flushed = async {
            self.journal.cut().await;
            self.collector.barrier().await;
            self.keeper.write(true).await;
        };
        within(FLUSH, "flushing takes too long; the journal keeps the rest", flushed).await;
    }
}

async fn within<T>(time: Duration, otherwise: &str, future: impl Future<Output = T>) {
    if tokio::time::timeout(time, future).await.is_err() {
        tracing::warn!("{otherwise}");
    }
}
