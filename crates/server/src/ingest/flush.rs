//! Writing what one journal file holds: one live object, and one of what is said of persons.

use std::time::Duration;

use bytes::Bytes;
use cassette_recording::ProjectId;
use cassette_recording::live::{self, BlockEntry};
use cassette_store::bucket::BucketError;
use cassette_store::catalog::{CatalogError, LiveObject};
use cassette_store::layout::{self, Incarnation};
use cassette_store::live_objects::{ReadLiveError, WriteLiveError, flushed_blocks};
use cassette_store::persons::{PersonChanges, PersonsError};
use cassette_store::recording_files::ReadRecordingError;
use serde::Serialize;

use super::collector::Run;

/// Bytes that could not become lines of a recording.
#[derive(Debug)]
pub(super) struct Quarantined {
    pub(super) arrived_at: i64,
    pub(super) project: Option<ProjectId>,
    pub(super) reason: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// Why something that must succeed in the end did not succeed now.
#[derive(Debug, thiserror::Error)]
pub(super) enum FlushError {
    #[error(transparent)]
    Bucket(#[from] BucketError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    WriteLive(#[from] WriteLiveError),
    #[error(transparent)]
    ReadLive(#[from] ReadLiveError),
    #[error(transparent)]
    ReadRecording(#[from] ReadRecordingError),
    #[error(transparent)]
    Persons(#[from] PersonsError),
}

const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MOST: Duration = Duration::from_secs(10);

impl Run {
    /// Writes what a journal file holds, and its rows. Store and catalog may be down for a while: the journal
    /// keeps everything, and refuses what it has no room for, until they are back.
    pub(super) fn flush_until_done(&mut self, incarnation: &Incarnation, number: u64) {
        // There is none where a newer version wrote the requests; these are in quarantine then.
        let first_arrival = self.first_arrival.take().unwrap_or(0);
        // What was deleted a moment ago need not be written first.
        let keys = self.memory.keys();
        let deleted: Vec<_> = keys.filter(|key| self.collector.deleted.contains(key.0, &key.1)).cloned().collect();
        deleted.iter().for_each(|key| self.memory.forget(key));
        let blocks = self.memory.take_blocks(&mut self.sealer);
        let quarantined = std::mem::take(&mut self.quarantined);
        if !quarantined.is_empty() {
            self.until_done("the quarantine", || self.put_quarantined(&quarantined, incarnation, number));
        }
        // Before the live object: where that is found, a recovery looks for nothing else.
        for ((project, object), part) in self.persons.take().into_iter().zip(0..) {
            let family = layout::person_family(first_arrival, incarnation, number, part);
            let object = Bytes::from(object);
            self.until_done("what is said of persons", || self.put_persons(project, &family, &object));
        }
        if !blocks.is_empty() {
            let name = layout::live_object(first_arrival, incarnation, number);
            let (object, entries) = live::pack(blocks);
            let object = Bytes::from(object);
            metrics::counter!("cassette_live_bytes_total").increment(object.len() as u64);
            metrics::counter!("cassette_live_blocks_total").increment(entries.len() as u64);
            self.until_done("a live object", || self.put_live(&name, &object));
            self.until_done("the rows of a live object", || self.commit(&name, &entries, first_arrival));
        }
        self.new_recordings.clear();
        self.collector.open.clear();
    }

    fn put_live(&self, name: &str, object: &Bytes) -> Result<(), FlushError> {
        Ok(self.collector.runtime.block_on(self.collector.live_objects.write(name, object.clone()))?)
    }

    fn put_persons(&self, project: ProjectId, family: &str, object: &Bytes) -> Result<(), FlushError> {
        let collector = &self.collector;
        let persons = PersonChanges::new(collector.bucket.clone(), collector.catalog.clone());
        Ok(collector.runtime.block_on(persons.write(project, family, object.clone()))?)
    }

    pub(super) fn commit(&self, name: &str, entries: &[BlockEntry], written_at: i64) -> Result<(), FlushError> {
        let object = LiveObject { path: name.to_owned(), written_at };
        let mut blocks = flushed_blocks(entries);
        // An object that an earlier process wrote may hold what was deleted since. It gets no row, and is rewritten.
        blocks.retain(|block| !self.collector.deleted.contains(block.delta.project, &block.delta.session));
        let committed = self.collector.catalog.commit_flush(object, blocks);
        let _ = self.collector.runtime.block_on(committed)?;
        Ok(())
    }

    fn put_quarantined(
        &self,
        quarantined: &[Quarantined],
        incarnation: &Incarnation,
        number: u64,
    ) -> Result<(), FlushError> {
        for (found, ordinal) in quarantined.iter().zip(0..) {
            let name = layout::quarantined(found.arrived_at, incarnation, number, ordinal);
            let _ = self.collector.runtime.block_on(self.collector.bucket.put_new(&name, found.object()))?;
        }
        Ok(())
    }

    /// Tries until it works. `None` never comes back at present; the type leaves room for a process that gives up.
    pub(super) fn until_done<T>(&self, what: &str, mut step: impl FnMut() -> Result<T, FlushError>) -> Option<T> {
        let mut wait = RETRY_FIRST;
        loop {
            match step() {
                Ok(done) => return Some(done),
                Err(error) => {
                    metrics::counter!("cassette_store_retries_total").increment(1);
                    tracing::error!(error = &error as &dyn std::error::Error, "{what}: trying again in {wait:?}");
                    std::thread::sleep(wait);
                    wait = (wait * 2).min(RETRY_MOST);
                }
            }
        }
    }
}

impl Quarantined {
    /// A JSON line that says what follows, then the bytes as they came.
    fn object(&self) -> Bytes {
        #[derive(Serialize)]
        struct Head<'a> {
            format: &'a str,
            arrived_at: i64,
            #[serde(skip_serializing_if = "Option::is_none")]
            project_id: Option<ProjectId>,
            reason: &'a str,
            length: usize,
        }
        let head = Head {
            format: "quarantine/1",
            arrived_at: self.arrived_at,
            project_id: self.project,
            reason: self.reason,
            length: self.bytes.len(),
        };
        let mut object = serde_json::to_vec(&head).expect("the head serialises");
        object.push(b'\n');
        object.extend_from_slice(&self.bytes);
        object.into()
    }
}
