//! The collector: decodes what was journaled and gathers the lines by recording.
//!
//! One thread follows the journal, in order. Everything it does can be done again from the journal file: it keeps
//! nothing that is not there or in the bucket. After a crash, recovery is this same code over the files that are left.
//!
//! ## Invariants
//! 1. A journal file is taken as a whole: its live object holds the items of all its requests that are not in the bucket
//!    already, and nothing else.
//! 2. An item is known by its id within its recording. What is known lies in the live objects and the finished file;
//!    memory is a cache of it, filled when a recording is first seen.
//! 3. Nothing that was answered 200 vanishes: an item becomes lines, repeats another, or goes to quarantine with a
//!    reason that is counted. The exceptions are stated in `docs/compat.md`: analytics events without a session, of which
//!    only what they say of a person is kept, and what comes for a recording that was deleted.

use std::collections::HashSet;
use std::io;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use cassette_recording::file::ItemEntry;
use cassette_recording::live::{ItemHead, Sealer};
use cassette_recording::{ItemId, ProjectId, limits};
use cassette_store::Bucket;
use cassette_store::catalog::{Catalog, CatalogError, RecordingDelta};
use cassette_store::documents::INSTALLATION;
use cassette_store::layout::Incarnation;
use cassette_store::live_objects::LiveObjects;
use cassette_store::recording_files::{ReadRecordingError, RecordingFile};
use cassette_wire::capture::{Budget, Decoder, Envelope, Inflater, Item, ItemClock, ItemRefused, RequestClock};
use cassette_wire::person;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::flush::{FlushError, Quarantined};
use super::journal::{FileReader, Journal, JournaledRequest, Progress, ReadError, RequestHead, keep_for_next_start};
use super::memory::Memory;
use super::open::{OpenRecordings, RecordingKey, Subscription};
use crate::erase::Deleted;
use crate::persons::Gathered;
use crate::project::Projects;
use crate::refusals::{Example, Outcome, Refusals};

/// How often recordings that are new are made known to the catalog before they are flushed.
const NOTE_EVERY: Duration = Duration::from_secs(1);

/// How long the thread sleeps when there is nothing to note.
const LONG: Duration = Duration::from_secs(3600);

/// How long a frame lets requests pass at the most.
const PASS_FOR: Duration = Duration::from_millis(100);

/// How far collecting may lag behind answering, in time: lists and live views show what was collected.
const MAY_LAG: Duration = Duration::from_secs(10);

/// The same in bytes: some ten seconds of collecting, after a burst.
const MAY_LAG_BYTES: u64 = 1 << 30;

/// Quarantined items may be so many times larger than the request that they came in. Real requests grow by 6.
const QUARANTINE_GROWTH: usize = 8;

/// How long after a failure a journal frame is read again: at first, and at the most.
const READ_AGAIN_AFTER: Duration = Duration::from_millis(50);
const READ_AGAIN_MOST: Duration = Duration::from_secs(2);

/// What the collector's thread is told.
#[derive(Debug)]
pub enum Command {
    /// The journal went on.
    Journal(Progress),
    /// Somebody watches a recording.
    Subscribe(RecordingKey, oneshot::Sender<Subscription>),
    /// These were deleted: what is in memory of them goes, and who watches them is let go.
    Forget(Vec<RecordingKey>, oneshot::Sender<()>),
    /// All that was journaled before is to be flushed; answered when it is.
    Barrier(oneshot::Sender<()>),
}

/// What the collector works with.
pub struct Collector {
    /// Where live objects and what is said of persons go.
    pub bucket: Bucket,
    /// Their index.
    pub catalog: Arc<dyn Catalog>,
    /// Live objects read and written.
    pub live_objects: LiveObjects,
    /// Tokens.
    pub projects: Arc<Projects>,
    /// This process.
    pub incarnation: Incarnation,
    /// The folder of all processes' journals.
    pub journal_folder: PathBuf,
    /// What is not flushed yet.
    pub open: OpenRecordings,
    /// What was deleted: data for it is dropped.
    pub deleted: Deleted,
    /// What could not be taken is noted there.
    pub refusals: Refusals,
    /// For the store's and the catalog's futures.
    pub runtime: Handle,
}

/// Talks to the collector's thread.
#[derive(Debug, Clone)]
pub struct CollectorHandle {
    commands: Sender<Command>,
}

impl CollectorHandle {
    /// Watches a recording; `None` when the collector has stopped.
    pub async fn subscribe(&self, key: RecordingKey) -> Option<Subscription> {
        let (answer, subscription) = oneshot::channel();
        self.commands.send(Command::Subscribe(key, answer)).ok()?;
        subscription.await.ok()
    }

    /// Returns when nothing of these is in memory. They are to be among the deleted before.
    pub async fn forget(&self, keys: Vec<RecordingKey>) {
        let (answer, done) = oneshot::channel();
        if self.commands.send(Command::Forget(keys, answer)).is_ok() {
            done.await.ok();
        }
    }

    /// Returns when everything that was journaled and cut before is in the bucket.
    pub async fn barrier(&self) {
        let (answer, done) = oneshot::channel();
        if self.commands.send(Command::Barrier(answer)).is_ok() {
            done.await.ok();
        }
    }
}

/// The channel between the journal and the collector: made first, because each needs the other.
pub fn channel() -> (impl Fn(Progress) + Send + 'static, CollectorHandle, Receiver<Command>) {
    let (commands, receiver) = mpsc::channel();
    let progress = commands.clone();
    let tell = move |event| {
        // The collector outlives the journal; at the very end nobody needs to know.
        progress.send(Command::Journal(event)).ok();
    };
    (tell, CollectorHandle { commands }, receiver)
}

impl Collector {
    /// The catalog still has blocks in that live object.
    async fn still_there(&self, object: &str) -> Result<bool, CatalogError> {
        Ok(!self.catalog.blocks_of_object(object).await?.is_empty())
    }

    /// Starts the thread: recovers what earlier processes left, then follows `journal`.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(self, journal: Journal, commands: Receiver<Command>) -> io::Result<()> {
        let sealer = Sealer::new()?;
        let mut run = Run {
            collector: self,
            journal,
            memory: Memory::default(),
            inflater: Inflater::new(),
            decoder: Decoder::new(),
            sealer,
            first_arrival: None,
            quarantined: Vec::new(),
            persons: Gathered::default(),
            new_recordings: HashSet::new(),
            noted_at: None,
            reader: None,
            file_has_more: false,
        };
        std::thread::Builder::new().name("collector".into()).spawn(move || {
            crate::priority::yield_to_requests();
            run.recover();
            run.follow(&commands);
        })?;
        Ok(())
    }
}

/// The thread's state.
pub(super) struct Run {
    pub(super) collector: Collector,
    pub(super) journal: Journal,
    pub(super) memory: Memory,
    inflater: Inflater,
    decoder: Decoder,
    pub(super) sealer: Sealer,
    /// Of the first request of the journal file that is being taken; names its live object.
    pub(super) first_arrival: Option<i64>,
    pub(super) quarantined: Vec<Quarantined>,
    pub(super) persons: Gathered,
    /// Recordings that the catalog may not know yet.
    pub(super) new_recordings: HashSet<RecordingKey>,
    noted_at: Option<Instant>,
    reader: Option<(u64, FileReader)>,
    /// A frame of the file that is being taken could not be read: the file must not go.
    file_has_more: bool,
}

impl Run {
    fn follow(&mut self, commands: &Receiver<Command>) {
        loop {
            // New recordings wait for the next note even if no command comes any more.
            let wait = if self.new_recordings.is_empty() { LONG } else { NOTE_EVERY };
            let command = match commands.recv_timeout(wait) {
                Ok(command) => command,
                Err(RecvTimeoutError::Timeout) => {
                    self.note_new_recordings();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            match command {
                Command::Journal(Progress::Frame { file, number, offset, length, durable_at }) => {
                    self.let_requests_pass(durable_at);
                    metrics::gauge!("cassette_journal_lag_seconds").set(durable_at.elapsed().as_secs_f64());
                    if let Err(error) = self.take_frame_patiently(&file, number, offset, length) {
                        tracing::error!(%error, file = %file.display(), "a journal frame could not be read back");
                        metrics::counter!("cassette_journal_unreadable_total").increment(1);
                        self.file_has_more = true;
                    }
                    self.note_new_recordings();
                }
                Command::Journal(Progress::Cut { file, number, length }) => {
                    self.reader = None;
                    let incarnation = self.collector.incarnation.clone();
                    let arrival = self.first_arrival.unwrap_or(0);
                    self.flush_until_done(&incarnation, number);
                    let done = match std::mem::take(&mut self.file_has_more) {
                        true => keep_for_next_start(&file, &self.collector.journal_folder, arrival),
                        false => std::fs::remove_file(file.as_path()),
                    };
                    if let Err(error) = done {
                        tracing::error!(%error, file = %file.display(), "a journal file could not be put away");
                    }
                    self.journal.release(length);
                }
                Command::Subscribe(key, _) if self.collector.deleted.contains(key.0, &key.1) => {}
                Command::Subscribe(key, answer) => {
                    let subscription = self.recording(&key).map(|()| {
                        let recording = self.memory.get(&key).expect("the line above made sure of it");
                        recording.subscribe()
                    });
                    if let Some(subscription) = subscription {
                        answer.send(subscription).ok();
                    }
                }
                Command::Forget(keys, done) => {
                    keys.iter().for_each(|key| self.forget(key));
                    done.send(()).ok();
                }
                Command::Barrier(done) => {
                    done.send(()).ok();
                }
            }
            metrics::gauge!("cassette_journal_backlog_bytes").set(self.journal.backlog_bytes() as f64);
        }
    }

    /// Waits while requests wait for the disk: these have somebody who waits, and what is to be collected is safe. Small
    /// requests that never cease must not put collecting off for ever, so what is old enough does not wait.
    fn let_requests_pass(&self, durable_at: Instant) {
        let until = (Instant::now() + PASS_FOR).min(durable_at + MAY_LAG);
        while self.journal.waiting_bytes() > 0 && self.journal.backlog_bytes() < MAY_LAG_BYTES && Instant::now() < until
        {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Takes a frame. A machine that is out of file handles or whose disk stumbles gets some more tries.
    fn take_frame_patiently(
        &mut self,
        file: &Arc<PathBuf>,
        number: u64,
        offset: u64,
        length: u32,
    ) -> Result<(), ReadError> {
        let mut wait = READ_AGAIN_AFTER;
        loop {
            match self.take_frame(file, number, offset, length) {
                Err(error @ ReadError::Io(_)) if wait < READ_AGAIN_MOST => {
                    tracing::warn!(%error, file = %file.display(), "a journal frame: trying again in {wait:?}");
                    std::thread::sleep(wait);
                    wait *= 2;
                }
                result => return result,
            }
        }
    }

    fn take_frame(&mut self, file: &Arc<PathBuf>, number: u64, offset: u64, length: u32) -> Result<(), ReadError> {
        let mut reader = match self.reader.take() {
            Some((open, reader)) if open == number => reader,
            _ => FileReader::open(file)?,
        };
        let result = reader.requests_at(offset, length, |request| self.take_request(request));
        self.reader = Some((number, reader));
        result
    }

    /// Takes one request: each of its items becomes lines, is known already, or goes to quarantine.
    ///
    /// A request that comes upon a bug of ours goes to quarantine as a whole: it stands in the journal, and would end every
    /// later start of the server at the same place.
    pub(super) fn take_request(&mut self, request: JournaledRequest<'_>) {
        let taken = std::panic::catch_unwind(AssertUnwindSafe(|| self.try_take_request(request)));
        if taken.is_err() {
            // What they hold half-done is of no use. Lines that were taken before stay, and are whole.
            (self.inflater, self.decoder) = (Inflater::new(), Decoder::new());
            let head = serde_json::from_slice(request.head).ok();
            self.quarantine_body(request, head.as_ref(), None, "bug");
        }
    }

    fn try_take_request(&mut self, request: JournaledRequest<'_>) {
        let started = Instant::now();
        let Ok(head) = serde_json::from_slice::<RequestHead>(request.head) else {
            // Its frame's checksum was right, so a newer version wrote it. Kept for that one to read.
            return self.quarantine_body(request, None, None, "unknown_head");
        };
        self.first_arrival.get_or_insert(head.arrived_at);
        let mut inflater = std::mem::take(&mut self.inflater);
        let mut budget = Budget::of_request();
        match inflater.text(request.body, &mut budget) {
            Ok(text) => match Envelope::read(text.json) {
                Ok(envelope) => {
                    if text.truncated || envelope.cut.is_some() || envelope.not_objects > 0 {
                        // What is whole is taken; the rest stays where somebody can look at it.
                        self.quarantine_body(request, Some(&head), envelope.token(), "incomplete_body");
                    }
                    let mut refused = Vec::new();
                    for item in &envelope.items {
                        let person = self.take_person(item, &head);
                        let taken = self.take_item(item, &head, &mut budget);
                        // What says too much of a person is kept with its recording, where it has one.
                        if let Err(reason) = taken.and(if item.is_captured() { Ok(()) } else { person }) {
                            refused.push((item, reason));
                        }
                    }
                    self.quarantine_items(request, &head, &refused);
                }
                Err(error) => self.quarantine_body(request, Some(&head), error.token(), error.reason()),
            },
            Err(error) => self.quarantine_body(request, Some(&head), error.token(), error.reason()),
        }
        self.inflater = inflater;
        metrics::histogram!("cassette_collect_seconds").record(started.elapsed().as_secs_f64());
    }

    /// `Err` is the reason for quarantine.
    fn take_item(&mut self, item: &Item<'_>, head: &RequestHead, budget: &mut Budget) -> Result<(), &'static str> {
        if !item.is_snapshot() && !item.is_captured() {
            metrics::counter!("cassette_items_total", "outcome" => "no_session").increment(1);
            return Ok(());
        }
        let project = item.token.as_deref().and_then(|token| self.collector.projects.of_token(token, head.arrived_at));
        let project = project.ok_or("token_of_another")?;
        if item.recording_id().is_ok_and(|session| self.collector.deleted.contains(project, &session)) {
            metrics::counter!("cassette_items_total", "outcome" => "deleted").increment(1);
            self.note(project, Outcome::Dropped, "deleted", head, 1, item);
            return Ok(());
        }
        let item_head = item_head(item, head).map_err(|refused| refused.reason())?;
        let key = (project, item.recording_id().map_err(|refused| refused.reason())?);
        item.check().map_err(|refused| refused.reason())?;
        self.recording(&key).ok_or("catalog")?;
        let recording = self.memory.get(&key).expect("the line above made sure of it");
        if recording.seen.contains(&item_head.entry.item) {
            metrics::counter!("cassette_items_total", "outcome" => "repeated").increment(1);
            return Ok(());
        }
        let open_before = recording.block().raw_bytes();
        let mut from = recording.begin_item(&item_head).raw_bytes();
        let sent = item_head.entry.sent_at;
        let mut clock = ItemClock::new(sent, head.arrived_at);
        let sealer = &mut self.sealer;
        let mut flaws = (0, 0);
        if item.is_snapshot() {
            let outcome = self.decoder.decode_item(item, clock, budget, |event| {
                recording.block().push_event(event.time, event.index, &event.facts, event.json);
                if recording.block().raw_bytes() >= limits::LIVE_BLOCK_BYTES {
                    recording.publish(from);
                    recording.seal_and_go_on(&item_head, sealer);
                    from = 0;
                }
            });
            let outcome = outcome.map_err(|refused| refused.reason())?;
            recording.block().note_flaws(outcome.odd, outcome.undecoded);
            metrics::counter!("cassette_events_total").increment(outcome.events);
            metrics::counter!("cassette_events_undecoded_total").increment(outcome.undecoded);
            metrics::counter!("cassette_events_refused_total").increment(outcome.refused);
            flaws = (outcome.undecoded, outcome.refused);
        } else {
            let time = clock.next(item.made_at(sent).map(|ms| ms as f64), false).time;
            let line = cassette_recording::json::on_one_line(item.json);
            recording.block().push_captured(time, &item.event, item.current_url.as_deref(), &line);
        }
        recording.publish(from);
        if recording.block().raw_bytes() >= limits::LIVE_BLOCK_BYTES {
            recording.seal_and_go_on(&item_head, sealer);
        }
        let open_now = recording.block().raw_bytes();
        if let Some(facts) = recording.facts() {
            self.collector.open.set(key, facts);
        }
        self.memory.bound(open_before, open_now, &mut self.sealer);
        metrics::counter!("cassette_items_total", "outcome" => "taken").increment(1);
        self.collector.refusals.took(project, item_head.library.as_deref(), head.arrived_at);
        for (count, reason) in [(flaws.0, "event_undecoded"), (flaws.1, "event_not_object")] {
            if count > 0 {
                self.note(project, Outcome::KeptUnread, reason, head, count, item);
            }
        }
        Ok(())
    }

    /// Gathers what an item says of a person, whether or not it belongs to a recording, and whether or not that knows the
    /// item: what is written must depend on the journal alone (and on what was deleted), and what was said twice counts
    /// once. `Err` is the reason for quarantine.
    fn take_person(&mut self, item: &Item<'_>, head: &RequestHead) -> Result<(), &'static str> {
        let clock = RequestClock { query_sent_at: head.query_sent_at, retry: head.retry };
        let change = person::change_of(item, clock, head.arrived_at).map_err(|refused| {
            metrics::counter!("cassette_person_changes_total", "outcome" => refused.reason()).increment(1);
            refused.reason()
        })?;
        let Some(change) = change else { return Ok(()) };
        let project = item.token.as_deref().and_then(|token| self.collector.projects.of_token(token, head.arrived_at));
        let project = project.ok_or("token_of_another")?;
        // What still comes of a deleted recording says nothing of anybody.
        if !item.recording_id().is_ok_and(|session| self.collector.deleted.contains(project, &session)) {
            self.persons.add(project, &change);
        }
        metrics::counter!("cassette_person_changes_total", "outcome" => "taken").increment(1);
        Ok(())
    }

    /// Lets go of a deleted recording.
    fn forget(&mut self, key: &RecordingKey) {
        self.memory.forget(key);
        self.new_recordings.remove(key);
        self.collector.open.remove(key);
    }

    /// Makes sure that the recording is in memory, with the items that the bucket holds of it. `None` if the process is
    /// going down and they cannot be had.
    fn recording(&mut self, key: &RecordingKey) -> Option<()> {
        if self.memory.get(key).is_some() {
            return Some(());
        }
        let seen = self.until_done("the items of a recording", || self.known_items(key))?;
        if seen.is_none() {
            self.new_recordings.insert(key.clone());
        }
        self.memory.begin(key, seen.unwrap_or_default());
        Some(())
    }

    /// The items of a recording that lie in the bucket; `None` if the catalog has not heard of it.
    ///
    /// An object that is lost or damaged is reported and passed over: repeats of what was in it are then taken for new,
    /// which is better than taking nothing of anybody any more.
    fn known_items(&self, key: &RecordingKey) -> Result<Option<HashSet<ItemId>>, FlushError> {
        let collector = &self.collector;
        collector.runtime.block_on(async {
            let Some(row) = collector.catalog.recording(key.0, &key.1).await? else { return Ok(None) };
            let mut seen = HashSet::new();
            if let Some(object) = &row.object {
                match items_of_file(&collector.bucket, object).await {
                    Ok(items) => seen.extend(items.into_iter().map(|entry| entry.item)),
                    Err(error) if error.is_lost() => report_lost(object, &error),
                    Err(error) => return Err(error.into()),
                }
            }
            for block in collector.catalog.live_blocks(key.0, &key.1).await? {
                match collector.live_objects.index(&block.object).await {
                    Ok(index) => {
                        let entry = index.get(block.ordinal_in_object as usize);
                        seen.extend(entry.into_iter().flat_map(|entry| &entry.items).map(|entry| entry.item));
                    }
                    // A block that was moved meanwhile is found when the catalog is asked again.
                    Err(error) if error.is_lost() && collector.still_there(&block.object).await? => {
                        report_lost(&block.object, &error);
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(Some(seen))
        })
    }

    /// Lets lists show recordings whose first lines are not flushed yet.
    fn note_new_recordings(&mut self) {
        if self.new_recordings.is_empty() || self.noted_at.is_some_and(|at| at.elapsed() < NOTE_EVERY) {
            return;
        }
        self.noted_at = Some(Instant::now());
        let mut seen = Vec::new();
        for (project, session) in self.new_recordings.drain() {
            if self.collector.deleted.contains(project, &session) {
                continue;
            }
            if let Some(facts) = self.collector.open.facts(&(project, session.clone())) {
                seen.push(RecordingDelta { project, session, facts });
            }
        }
        if let Err(error) = self.collector.runtime.block_on(self.collector.catalog.note_seen(seen)) {
            // The flush will tell the catalog all the same.
            tracing::warn!(%error, "new recordings are not in the list yet");
        }
    }

    /// Keeps the items that were refused; where they are much larger than the request that brought them, that request:
    /// what is kept must not need more memory than the journal needs disk.
    fn quarantine_items(
        &mut self,
        request: JournaledRequest<'_>,
        head: &RequestHead,
        refused: &[(&Item<'_>, &'static str)],
    ) {
        let bytes: usize = refused.iter().map(|(item, _)| item.json.len()).sum();
        if bytes > request.body.len().saturating_mul(QUARANTINE_GROWTH) {
            return self.quarantine_body(request, Some(head), refused[0].0.token.as_deref(), refused[0].1);
        }
        for (item, reason) in refused {
            let project = self.project_of(item.token.as_deref(), head.arrived_at);
            self.note(project.unwrap_or(INSTALLATION), Outcome::SetAside, reason, head, 1, item);
            self.quarantine(item.json.as_bytes(), head.arrived_at, project, reason);
        }
    }

    /// Keeps a whole body; `token` is the one that it names, as far as one could be found.
    fn quarantine_body(
        &mut self,
        request: JournaledRequest<'_>,
        head: Option<&RequestHead>,
        token: Option<&str>,
        reason: &'static str,
    ) {
        let arrived_at = head.map_or(0, |head| head.arrived_at);
        let project = self.project_of(token, arrived_at).unwrap_or(INSTALLATION);
        self.collector.refusals.note(project, Outcome::SetAside, reason, arrived_at, 1, Example::default());
        self.quarantine(request.body, arrived_at, None, reason);
    }

    fn project_of(&self, token: Option<&str>, arrived_at: i64) -> Option<ProjectId> {
        self.collector.projects.of_token(token?, arrived_at)
    }

    fn note(
        &self,
        project: ProjectId,
        outcome: Outcome,
        reason: &str,
        head: &RequestHead,
        count: u64,
        item: &Item<'_>,
    ) {
        let example = Example::of_page(item.current_url.as_deref(), item.sdk().as_deref());
        self.collector.refusals.note(project, outcome, reason, head.arrived_at, count, example);
    }

    fn quarantine(&mut self, bytes: &[u8], arrived_at: i64, project: Option<ProjectId>, reason: &'static str) {
        metrics::counter!("cassette_quarantined_total", "reason" => reason).increment(1);
        self.quarantined.push(Quarantined { arrived_at, project, reason, bytes: bytes.to_vec() });
    }
}

async fn items_of_file(bucket: &Bucket, object: &str) -> Result<Vec<ItemEntry>, ReadRecordingError> {
    RecordingFile::open(bucket, object).await?.items()
}

fn report_lost(object: &str, error: &(dyn std::error::Error + 'static)) {
    metrics::counter!("cassette_objects_lost_total").increment(1);
    tracing::error!(error, object, "an object is lost or damaged: repeats of what it holds are not recognised");
}

fn item_head(item: &Item<'_>, head: &RequestHead) -> Result<ItemHead, ItemRefused> {
    let clock = RequestClock { query_sent_at: head.query_sent_at, retry: head.retry };
    let entry = ItemEntry {
        item: item.id(),
        window_id: item.window_id()?,
        distinct_id: item.distinct_id()?,
        arrived_at: head.arrived_at,
        sent_at: clock.sent(item.sent_at),
    };
    let library = item.sdk();
    let source = match item.is_snapshot() {
        true => Some(item.snapshot_source.as_deref().unwrap_or("web").to_owned()),
        false => None,
    };
    Ok(ItemHead { entry, user_agent: head.user_agent.clone(), library, source })
}
