//! The finisher: turns quiet recordings into portable files, and clears away what these make superfluous.
//!
//! A tick finds work, does a bounded amount of it and can be repeated at any point: a file is in the bucket before its row
//! is, and live objects go only when rows say that all their recordings are durably finished.

mod compaction;
mod failing;
mod housekeeping;
mod recording;
mod runs;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cassette_recording::{ProjectId, RecordingId};
use cassette_store::Bucket;
use cassette_store::catalog::{Catalog, CatalogError};
use cassette_store::layout::Incarnation;
use cassette_store::live_objects::LiveObjects;
use tokio::sync::broadcast;

pub use compaction::{Compaction, RewriteError};
pub(crate) use compaction::{Frames, Rewriting};
pub use failing::Failing;
pub use recording::{FinishError, Finishing, finish};

use crate::clock::Clock;
use crate::erase::Deleted;
use crate::ingest::OpenRecordings;
use crate::ingest::open::RecordingKey;

/// A recording that goes on for longer is finished all the same, and again when more has come.
const OVERDUE_MS: i64 = 24 * 3_600_000;

/// Recordings finished in one tick.
const BATCH: usize = 32;

/// The lease under which one node finishes and clears away.
const LEASE: &str = "finisher";
const LEASE_MS: u64 = 60_000;

/// Whether a tick left work that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoreWork {
    /// It did as much as a tick may, and there was more.
    Yes,
    /// Nothing that could be done is left.
    No,
}

/// What the finisher works with.
#[derive(Clone)]
pub struct Finisher {
    /// Where everything lies.
    pub bucket: Bucket,
    /// Its index.
    pub catalog: Arc<dyn Catalog>,
    /// Live objects.
    pub live_objects: LiveObjects,
    /// What is not flushed yet: not to be finished now.
    pub open: OpenRecordings,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// A local folder for files under construction.
    pub spool: PathBuf,
    /// Time without data after which a recording is finished.
    pub after_idle: Duration,
    /// zstd level of finished files.
    pub level: i32,
    /// Names this process in leases and in rewritten live objects.
    pub incarnation: Incarnation,
    /// Recordings that could not be finished.
    pub failing: Failing,
    /// What is known of rewritten live objects.
    pub compaction: Compaction,
    /// What was deleted.
    pub deleted: Deleted,
    /// Tells who watches that a recording was finished.
    pub finished: broadcast::Sender<(ProjectId, RecordingId)>,
}

impl Finisher {
    /// Ticks for ever. Idleness counts only time in which the server was up (rule 10): data that a page holds back while
    /// the server is away comes in the first minutes after.
    pub async fn run(self) {
        let pause = (self.after_idle / 4).clamp(Duration::from_millis(100), Duration::from_secs(30));
        let up_since = self.clock.now();
        let mut more = MoreWork::No;
        loop {
            if more == MoreWork::No {
                tokio::time::sleep(pause).await;
            }
            more = MoreWork::No;
            let idle_ms = i64::try_from(self.after_idle.as_millis()).unwrap_or(i64::MAX);
            if self.clock.now() - up_since < idle_ms {
                continue;
            }
            match self.tick(idle_ms).await {
                Ok(found) => more = found,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "finishing: trying again in {pause:?}");
                }
            }
        }
    }

    /// Does what there is to do now, up to a bound.
    ///
    /// # Errors
    /// When the catalog fails. A recording that cannot be finished is reported and left for later.
    pub async fn tick(&self, idle_ms: i64) -> Result<MoreWork, CatalogError> {
        let now = self.clock.now();
        let owner = self.incarnation.as_str();
        let Some(fence) = self.catalog.lease(LEASE, owner, now, LEASE_MS).await? else { return Ok(MoreWork::No) };
        let due = self.due(now, idle_ms).await?;
        let full = due.len() >= BATCH;
        let mut finished = 0;
        for (project, session) in due {
            if !self.catalog.renew(LEASE, owner, fence, self.clock.now(), LEASE_MS).await? {
                return Ok(MoreWork::No);
            }
            finished += u32::from(self.finish_one(project, session).await);
        }
        {
            let _objects = self.deleted.objects().await;
            self.clear_away(now).await?;
            self.compact(now).await?;
        }
        // Without any success there is something amiss that a pause may mend.
        Ok(if full && finished > 0 { MoreWork::Yes } else { MoreWork::No })
    }

    /// What is to be finished now, each recording once.
    async fn due(&self, now: i64, idle_ms: i64) -> Result<Vec<RecordingKey>, CatalogError> {
        let wanted = BATCH + self.failing.count();
        let mut due = self.catalog.quiet(now.saturating_sub(idle_ms), wanted).await?;
        due.extend(self.catalog.overdue(now.saturating_sub(OVERDUE_MS), wanted).await?);
        let mut seen = HashSet::new();
        due.retain(|key| !self.failing.waits(key, now) && self.open.facts(key).is_none() && seen.insert(key.clone()));
        due.truncate(BATCH);
        Ok(due)
    }

    async fn finish_one(&self, project: ProjectId, session: RecordingId) -> bool {
        let finishing = Finishing {
            bucket: self.bucket.clone(),
            catalog: self.catalog.clone(),
            live_objects: self.live_objects.clone(),
            deleted: self.deleted.clone(),
            spool: self.spool.clone(),
            level: self.level,
            now: self.clock.now(),
        };
        let key = session.clone();
        let runtime = tokio::runtime::Handle::current();
        let started = std::time::Instant::now();
        let done = tokio::task::spawn_blocking(move || finish(&finishing, project, &key, &runtime)).await;
        let why = match &done {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(in_words(error)),
            Err(_) => Some("finishing it came upon a bug".to_owned()),
        };
        let succeeded = why.is_none();
        match why {
            None => self.failing.succeeded(&(project, session.clone())),
            Some(why) => self.failing.failed((project, session.clone()), why, self.clock.now()),
        }
        match done {
            Ok(Ok(written)) => {
                metrics::counter!("cassette_recordings_finished_total").increment(u64::from(written.is_some()));
                metrics::histogram!("cassette_finish_seconds").record(started.elapsed().as_secs_f64());
                // Nobody may be watching.
                self.finished.send((project, session)).ok();
            }
            Ok(Err(error)) => {
                metrics::counter!("cassette_finish_failures_total").increment(1);
                tracing::error!(error = &error as &dyn std::error::Error, %session, "a recording could not be finished");
            }
            Err(panic) => {
                metrics::counter!("cassette_finish_failures_total").increment(1);
                tracing::error!(%panic, %session, "finishing a recording came upon a bug");
            }
        }
        succeeded
    }
}

/// An error with its causes, for people to read.
fn in_words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
