//! Counts in the bucket, so that a restart does not lose the last days.
//!
//! `projects/<project>/refusals/<day>/counts-<incarnation>-<n>.json` holds what one process counted on one day, whole. The
//! next has a higher number, and the one before goes: of a process and day the highest counts. Nothing is overwritten, and
//! two nodes do not meet. What a crash leaves twice is read once. Days that are not told any more are removed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cassette_recording::ProjectId;
use cassette_store::layout::{self, Incarnation};
use cassette_store::{Bucket, BucketError};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::counts::Counts;
use super::{DAY_MS, Refusals, TOLD_DAYS};
use crate::clock::Clock;

/// How often refusals are written down.
const WRITE_EVERY: Duration = Duration::from_secs(60);

/// In how many of these rounds what only tells what was taken is written too.
const ALL_EVERY: u32 = 10;

/// Written into each object.
const FORMAT: &str = "refusals/1";

/// Objects larger than this are not ours.
const OBJECT_BYTES: u64 = 16 << 20;

/// Writes down, and reads again at a start. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Keeper {
    pub(crate) refusals: Refusals,
    pub(crate) bucket: Bucket,
    /// Names what this process writes.
    pub(crate) incarnation: Incarnation,
    pub(crate) clock: Arc<dyn Clock>,
    /// The number of the newest object of each project and day.
    pub(crate) written: Arc<Mutex<HashMap<(ProjectId, i64), u32>>>,
}

/// An object.
#[derive(Serialize, Deserialize)]
struct Object<C> {
    format: String,
    counts: C,
}

impl Keeper {
    /// Reads what earlier processes wrote, then writes for ever.
    pub(crate) async fn run(self, projects: Vec<ProjectId>) {
        for project in projects {
            if let Err(error) = self.load(project).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "earlier refusals cannot be read");
            }
        }
        for round in 1.. {
            tokio::time::sleep(WRITE_EVERY).await;
            self.write(round % ALL_EVERY == 0).await;
        }
    }

    /// Writes what is not written yet; `all`: also which SDKs sent something.
    pub(crate) async fn write(&self, all: bool) {
        let first = self.clock.now().div_euclid(DAY_MS) - TOLD_DAYS;
        let unwritten = {
            let mut state = self.refusals.lock();
            state.forget_before(first);
            state.take_unwritten(all)
        };
        let mut written = self.written.lock().await;
        for ((project, day), number) in written.extract_if(|(_, day), _| *day < first).collect::<Vec<_>>() {
            let name = layout::refusals(project, day * DAY_MS, &self.incarnation, number);
            if let Err(error) = self.bucket.delete(&name).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "old refusals stay until the next start");
            }
        }
        for ((project, day), counts) in unwritten {
            let number = written.get(&(project, day)).map_or(0, |last| last + 1);
            // Whatever becomes of the attempt, the name is used.
            written.insert((project, day), number);
            if let Err(error) = self.write_one(project, day, number, &counts).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "refusals are not written down: later again");
                self.refusals.lock().unwritten.insert((project, day), true);
            }
        }
    }

    async fn write_one(&self, project: ProjectId, day: i64, number: u32, counts: &Counts) -> Result<(), BucketError> {
        let text = serde_json::to_vec(&Object { format: FORMAT.to_owned(), counts }).expect("counts serialise");
        let name = |number| layout::refusals(project, day * DAY_MS, &self.incarnation, number);
        let _ = self.bucket.put_new(&name(number), Bytes::from(text)).await?;
        match number.checked_sub(1) {
            Some(before) => self.bucket.delete(&name(before)).await,
            None => Ok(()),
        }
    }

    /// Takes up what earlier processes wrote of a project, and removes what is too old or has a later one.
    pub(crate) async fn load(&self, project: ProjectId) -> Result<(), BucketError> {
        let first = self.clock.now().div_euclid(DAY_MS) - TOLD_DAYS;
        let mut newest: BTreeMap<(i64, Incarnation), (u32, String)> = BTreeMap::new();
        let mut superfluous = Vec::new();
        let mut objects = self.bucket.list(&layout::refusals_of(project));
        while let Some(found) = objects.next().await {
            let found = found?;
            let name = found.location.to_string();
            let Some((at, incarnation, number)) = layout::read_refusals_name(&name) else { continue };
            let day = at.div_euclid(DAY_MS);
            if incarnation == self.incarnation || found.size > OBJECT_BYTES {
                continue;
            }
            if day < first {
                superfluous.push(name);
                continue;
            }
            match newest.insert((day, incarnation.clone()), (number, name)) {
                Some(other) if other.0 > number => {
                    let older = newest.insert((day, incarnation), other);
                    superfluous.extend(older.map(|(_, name)| name));
                }
                Some((_, older)) => superfluous.push(older),
                None => {}
            }
        }
        for ((day, _), (_, name)) in newest {
            match read(&self.bucket.get(&name).await?) {
                Some(counts) => self.refusals.lock().earlier.entry((project, day)).or_default().merge(&counts),
                None => tracing::warn!(name, "an object of refusals cannot be read, and is passed over"),
            }
        }
        for name in superfluous {
            self.bucket.delete(&name).await?;
        }
        Ok(())
    }
}

/// `None`: damaged, or of a later version.
fn read(bytes: &[u8]) -> Option<Counts> {
    let object: Object<Counts> = serde_json::from_slice(bytes).ok()?;
    (object.format == FORMAT).then_some(object.counts)
}

#[cfg(test)]
mod tests {
    use super::super::{Example, Outcome};
    use super::*;
    use crate::clock::ManualClock;

    const PROJECT: ProjectId = ProjectId(1);
    const NOW: i64 = 1_795_245_310_102;

    fn keeper(bucket: &Bucket, nonce: u32, clock: &Arc<ManualClock>) -> Keeper {
        Keeper {
            refusals: Refusals::default(),
            bucket: bucket.clone(),
            incarnation: Incarnation::new(clock.now(), nonce),
            clock: clock.clone(),
            written: Arc::default(),
        }
    }

    fn refuse(keeper: &Keeper, count: u64) {
        let at = keeper.clock.now();
        keeper.refusals.note(PROJECT, Outcome::SetAside, "not_json", at, count, Example::default());
    }

    async fn objects(bucket: &Bucket) -> Vec<String> {
        let mut names: Vec<String> =
            bucket.list("projects").map(|found| found.unwrap().location.to_string()).collect().await;
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_restart_loses_nothing_and_what_is_written_again_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = Bucket::folder(folder.path()).unwrap();
        let clock = Arc::new(ManualClock::at(NOW));
        let first = keeper(&bucket, 1, &clock);
        refuse(&first, 2);
        first.refusals.took(PROJECT, Some("web 1.449.2"), NOW);
        first.write(false).await;
        refuse(&first, 1);
        first.write(false).await;
        first.write(true).await;
        assert_eq!(objects(&bucket).await.len(), 1, "nothing new: nothing written");

        // A crash between writing and removing leaves an older one.
        let name = layout::refusals(PROJECT, NOW, &first.incarnation, 0);
        let _ = bucket.put_new(&name, "{}".into()).await.unwrap();
        let second = keeper(&bucket, 2, &clock);
        second.load(PROJECT).await.unwrap();
        refuse(&second, 4);
        let told = second.refusals.of_project(PROJECT, NOW);
        assert_eq!(told.refused[0].tally.since(0), 7);
        assert_eq!(told.sdks["web 1.449.2"].since(0), 1);
        assert_eq!(objects(&bucket).await.len(), 1, "the older one is gone");
    }

    #[tokio::test]
    async fn days_that_are_not_told_go_and_what_cannot_be_read_harms_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = Bucket::folder(folder.path()).unwrap();
        let clock = Arc::new(ManualClock::at(NOW));
        let long = keeper(&bucket, 1, &clock);
        refuse(&long, 1);
        long.write(true).await;
        clock.advance((TOLD_DAYS + 1) * DAY_MS);
        refuse(&long, 1);
        long.write(true).await;
        assert_eq!(objects(&bucket).await.len(), 1, "a process that runs for long clears its own days away");

        let foreign = layout::refusals(PROJECT, clock.now(), &Incarnation::new(5, 5), 3);
        let _ = bucket.put_new(&foreign, r#"{"format":"refusals/2","counts":{}}"#.into()).await.unwrap();
        let old = layout::refusals(PROJECT, NOW, &Incarnation::new(6, 6), 0);
        let _ = bucket.put_new(&old, "{}".into()).await.unwrap();
        let next = keeper(&bucket, 2, &clock);
        next.load(PROJECT).await.unwrap();
        assert_eq!(next.refusals.of_project(PROJECT, clock.now()).refused[0].tally.since(0), 1);
        assert!(!objects(&bucket).await.contains(&old) && objects(&bucket).await.contains(&foreign));
    }
}
