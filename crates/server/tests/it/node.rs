//! One node, put together as `serve` does it, without its HTTP routes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cassette_recording::ProjectId;
use cassette_recording::live::LiveLine;
use cassette_server::clock::{Clock as _, ManualClock};
use cassette_server::erase::{Deleted, Eraser};
use cassette_server::finish::{Compaction, Failing, Finisher, MoreWork};
use cassette_server::ingest::collector::{self, Collector, CollectorHandle};
use cassette_server::ingest::journal::{AppendError, Progress, RequestHead};
use cassette_server::ingest::{Journal, JournalConfig, OpenRecordings};
use cassette_server::project::{Project, Projects};
use cassette_store::Bucket;
use cassette_store::catalog::{Access, Catalog, Completeness, LiveBlock, RecordingRow, SqliteCatalog};
use cassette_store::documents::Documents;
use cassette_store::layout::Incarnation;
use cassette_store::live_objects::LiveObjects;
use cassette_store::rebuild::{Rebuilt, rebuild};
use cassette_testkit::Export;
use futures::StreamExt as _;
use object_store::ObjectStore;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::broadcast;

use crate::items::{TOKEN, tag};

pub(crate) const PROJECT: ProjectId = ProjectId(1);
pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;

/// When all tests begin.
pub(crate) const START: i64 = 1_795_245_310_102;

/// How long a recording of these tests must be quiet.
pub(crate) const IDLE: i64 = 30 * MINUTE;

/// Tells processes apart that start at the same moment of the standing clock.
static NONCE: AtomicU32 = AtomicU32::new(1);

/// What outlives a process: the data folder, and the clock on the wall.
pub(crate) struct World {
    folder: TempDir,
    clock: Arc<ManualClock>,
    objects: Option<Arc<dyn ObjectStore>>,
    pub(crate) limits: JournalConfig,
}

impl World {
    pub(crate) fn new() -> Self {
        // Files are cut when a test says so.
        let limits =
            JournalConfig { cut_after: Duration::from_secs(3600), min_free_bytes: 0, ..JournalConfig::default() };
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("spool")).unwrap();
        Self { folder, clock: Arc::new(ManualClock::at(START)), objects: None, limits }
    }

    /// With its objects in another store than the folder.
    pub(crate) fn over(objects: Arc<dyn ObjectStore>) -> Self {
        Self { objects: Some(objects), ..Self::new() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn advance(&self, milliseconds: i64) {
        self.clock.advance(milliseconds);
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    /// What a crash at this moment leaves.
    pub(crate) fn crash(&self) -> Self {
        let copy = Self { objects: self.objects.clone(), limits: self.limits, ..Self::new() };
        copy.clock.advance(self.now() - START);
        copy_folder(self.path(), copy.path());
        copy
    }

    /// Puts what lay at `name` in `other` in the place of what lies there.
    pub(crate) fn take_from(&self, other: &Self, name: &str) {
        self.remove(name);
        copy_any(&other.path().join(name), &self.path().join(name));
    }

    pub(crate) fn remove(&self, name: &str) {
        let path = self.path().join(name);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).ok();
        }
    }

    /// Takes the catalog away.
    pub(crate) fn forget_catalog(&self) {
        for name in ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"] {
            self.remove(name);
        }
    }

    pub(crate) fn bucket(&self) -> Bucket {
        match &self.objects {
            Some(objects) => Bucket::over(objects.clone()),
            None => Bucket::folder(self.path()).unwrap(),
        }
    }

    /// Files below a folder, by name.
    pub(crate) fn files(&self, below: &str) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        collect(self.path(), &self.path().join(below), &mut found);
        found
    }

    /// Files of the journal that are not in the bucket yet.
    pub(crate) fn journal_files(&self) -> Vec<PathBuf> {
        self.files("journal").into_keys().map(|name| self.path().join(name)).collect()
    }

    /// Starts a process; returns when it has recovered what was left.
    pub(crate) async fn start(&self) -> Node {
        let node = self.begin().await;
        node.collector.barrier().await;
        node
    }

    /// Starts a process, which goes on recovering.
    pub(crate) async fn begin(&self) -> Node {
        self.begin_fed().await.node
    }

    /// Starts a process whose collector can be told of another journal.
    pub(crate) async fn begin_fed(&self) -> Fed {
        let bucket = self.bucket();
        let catalog: Arc<dyn Catalog> =
            Arc::new(SqliteCatalog::open(&self.path().join("catalog.sqlite"), Access::ReadWrite).unwrap());
        if catalog.completeness().await.unwrap() == Completeness::Partial {
            rebuild(&bucket, &*catalog).await.unwrap();
        }
        let projects = Arc::new(Projects::default());
        projects.set(Project {
            id: PROJECT,
            name: "Default".into(),
            token: TOKEN.into(),
            settings: cassette_wire::remote_config::RecordingSettings::default(),
            retention_days: None,
        });
        let (live_objects, open) = (LiveObjects::new(bucket.clone()), OpenRecordings::default());
        bucket.remove_half_written("live").unwrap();
        let deleted = Deleted::load(&*catalog).await.unwrap();
        let incarnation = Incarnation::new(self.now(), NONCE.fetch_add(1, Ordering::Relaxed));
        let (tell, handle, commands) = collector::channel();
        let tell = Arc::new(Mutex::new(tell));
        let heard = tell.clone();
        let journal_folder = self.path().join("journal");
        let journal = Journal::start(journal_folder.join(incarnation.as_str()), self.limits, move |event| {
            heard.lock().unwrap()(event)
        })
        .unwrap();
        Collector {
            bucket: bucket.clone(),
            catalog: catalog.clone(),
            live_objects: live_objects.clone(),
            projects,
            incarnation: incarnation.clone(),
            journal_folder: journal_folder.clone(),
            open: open.clone(),
            deleted: deleted.clone(),
            refusals: cassette_server::refusals::Refusals::default(),
            runtime: Handle::current(),
        }
        .start(journal.clone(), commands)
        .unwrap();
        let documents = Documents::new(bucket.clone(), catalog.clone());
        let eraser = Eraser {
            bucket: bucket.clone(),
            catalog: catalog.clone(),
            documents,
            live_objects: live_objects.clone(),
            journal: journal.clone(),
            journal_folder,
            collector: handle.clone(),
            open: open.clone(),
            incarnation: incarnation.clone(),
            compaction: Compaction::default(),
            deleted: deleted.clone(),
        };
        let finisher = Finisher {
            bucket: bucket.clone(),
            catalog: catalog.clone(),
            live_objects: live_objects.clone(),
            open,
            clock: self.clock.clone(),
            spool: self.path().join("spool"),
            after_idle: Duration::from_millis(u64::try_from(IDLE).unwrap()),
            level: 1,
            incarnation: incarnation.clone(),
            failing: Failing::default(),
            compaction: eraser.compaction.clone(),
            deleted,
            finished: broadcast::channel(16).0,
        };
        let clock = self.clock.clone();
        let node =
            Node { journal, collector: handle, bucket, catalog, live_objects, finisher, eraser, incarnation, clock };
        Fed { node, tell: Box::new(move |event| tell.lock().unwrap()(event)) }
    }
}

/// A running process, and the ear of its collector.
pub(crate) struct Fed {
    pub(crate) node: Node,
    pub(crate) tell: Box<dyn Fn(Progress)>,
}

/// A running process.
pub(crate) struct Node {
    pub(crate) journal: Journal,
    pub(crate) collector: CollectorHandle,
    pub(crate) bucket: Bucket,
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) live_objects: LiveObjects,
    pub(crate) finisher: Finisher,
    pub(crate) eraser: Eraser,
    pub(crate) incarnation: Incarnation,
    clock: Arc<ManualClock>,
}

impl Node {
    /// What a request that arrives now is journaled with.
    pub(crate) fn head(&self) -> RequestHead {
        let arrived_at = self.clock.now();
        RequestHead { arrived_at, path: "/s/".into(), query_sent_at: None, retry: false, user_agent: None }
    }

    /// Makes a request durable, which is when the SDK hears 200.
    pub(crate) async fn try_post(&self, body: Vec<u8>) -> Result<(), AppendError> {
        self.journal.append(&self.head(), Bytes::from(body)).await
    }

    pub(crate) async fn post(&self, body: Vec<u8>) {
        self.try_post(body).await.unwrap();
    }

    /// Writes what the collector holds.
    pub(crate) async fn flush(&self) {
        self.journal.cut().await;
        self.collector.barrier().await;
    }

    pub(crate) async fn tick(&self) -> MoreWork {
        self.finisher.tick(IDLE).await.unwrap()
    }

    /// Lets the recording be quiet for long enough, and finishes what is due.
    pub(crate) async fn finish_all(&self) {
        self.flush().await;
        self.clock.advance(IDLE + 1);
        while self.tick().await == MoreWork::Yes {}
    }

    pub(crate) async fn row(&self, session: &str) -> Option<RecordingRow> {
        self.catalog.recording(PROJECT, &session.parse().unwrap()).await.unwrap()
    }

    pub(crate) async fn live_blocks(&self, session: &str) -> Vec<LiveBlock> {
        self.catalog.live_blocks(PROJECT, &session.parse().unwrap()).await.unwrap()
    }

    /// The newest finished file of a recording, read and checked by the documents.
    pub(crate) async fn export(&self, session: &str) -> Export {
        let object = self.row(session).await.unwrap().object.expect("the recording is finished");
        Export::read_zstd(&self.bucket.get(&object).await.unwrap()).unwrap()
    }

    /// What the custom events of the finished recording say, in their order.
    pub(crate) async fn tags(&self, session: &str) -> Vec<String> {
        let export = self.export(session).await;
        export.events().map(|line| tag(line.event_text().unwrap()).to_owned()).collect()
    }

    /// What the custom events of the live blocks say, block by block.
    pub(crate) async fn live_tags(&self, session: &str) -> Vec<String> {
        let mut tags = Vec::new();
        for block in self.live_blocks(session).await {
            let lines = self
                .live_objects
                .lines(&block.object, block.offset, block.length, block.raw_length, &block.sha256)
                .await
                .unwrap();
            let text = String::from_utf8(lines).unwrap();
            tags.extend(text.lines().map(|line| tag(LiveLine::read(line).unwrap().rest).to_owned()));
        }
        tags
    }

    /// Names of all objects below a folder of the bucket.
    pub(crate) async fn objects(&self, below: &str) -> Vec<String> {
        let mut names: Vec<String> =
            self.bucket.list(below).map(|found| found.unwrap().location.to_string()).collect().await;
        names.sort();
        names
    }

    /// Makes the catalog again from the objects.
    pub(crate) async fn rebuild(&self) -> Rebuilt {
        rebuild(&self.bucket, &*self.catalog).await.unwrap()
    }

    /// The catalog finds nothing wrong with itself.
    pub(crate) async fn assert_consistent(&self) {
        assert_eq!(self.catalog.inconsistencies().await.unwrap(), Vec::<String>::new());
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy_any(&entry.path(), &to.join(entry.file_name()));
    }
}

fn copy_any(from: &Path, to: &Path) {
    if from.is_dir() {
        copy_folder(from, to);
    } else if from.exists() {
        fs::copy(from, to).unwrap();
    }
}

fn collect(root: &Path, below: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(below).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            found.insert(name, fs::read(&path).unwrap());
        }
    }
}
