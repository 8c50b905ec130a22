//! The memory table: the open blocks of all recordings.

use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;
use cassette_recording::clock::Correction;
use cassette_recording::live::{self, ItemHead, OpenBlock, SealedBlock, Sealer};
use cassette_recording::{ItemId, ProjectId, RecordingId, limits};
use cassette_store::catalog::RecordingFacts;
use cassette_store::live_objects::facts_of;
use tokio::sync::mpsc;

use super::open::{LiveChunk, RecordingKey, Subscription, WAITING_CHUNKS};

/// One recording that data comes for.
pub(super) struct OpenRecording {
    /// Items that are known: in the bucket or in this memory.
    pub(super) seen: HashSet<ItemId>,
    block: OpenBlock,
    sealed: Vec<SealedBlock>,
    correction: Correction,
    /// Milliseconds to add to the times of the latest item.
    milliseconds: i64,
    watchers: Vec<mpsc::Sender<LiveChunk>>,
    /// Flushes without anything new.
    quiet_flushes: u32,
}

/// Flushes after which a recording without new data is forgotten; its items are looked up again should more come.
const FORGET_AFTER_FLUSHES: u32 = 30;

/// All of them.
#[derive(Default)]
pub(super) struct Memory {
    recordings: HashMap<RecordingKey, OpenRecording>,
    /// Lines that are not compressed yet.
    open_bytes: usize,
}

impl Memory {
    pub(super) fn get(&mut self, key: &RecordingKey) -> Option<&mut OpenRecording> {
        self.recordings.get_mut(key)
    }

    /// Lets go of a recording; who watches it hears nothing more.
    pub(super) fn forget(&mut self, key: &RecordingKey) {
        if let Some(recording) = self.recordings.remove(key) {
            self.open_bytes = self.open_bytes.saturating_sub(recording.block.raw_bytes());
        }
    }

    /// Names of all recordings that are in memory.
    pub(super) fn keys(&self) -> impl Iterator<Item = &RecordingKey> {
        self.recordings.keys()
    }

    pub(super) fn begin(&mut self, key: &RecordingKey, seen: HashSet<ItemId>) -> &mut OpenRecording {
        self.recordings.entry(key.clone()).or_insert_with(|| OpenRecording {
            seen,
            block: OpenBlock::begin(key.0, key.1.clone()),
            sealed: Vec::new(),
            correction: Correction::default(),
            milliseconds: 0,
            watchers: Vec::new(),
            quiet_flushes: 0,
        })
    }

    /// Keeps the lines that are not compressed within bounds, after those of one recording went from `before` bytes to
    /// `now`: when there are too many, all open blocks are sealed. Which ones depends on the journal alone, like all that
    /// is written.
    pub(super) fn bound(&mut self, before: usize, now: usize, sealer: &mut Sealer) {
        self.open_bytes = (self.open_bytes + now).saturating_sub(before);
        if self.open_bytes <= limits::OPEN_LINES_BYTES {
            return;
        }
        self.open_bytes = 0;
        for recording in self.recordings.values_mut() {
            recording.seal(sealer);
        }
    }

    /// Takes all blocks away, in the order of project and session, so that the same journal gives the same object.
    pub(super) fn take_blocks(&mut self, sealer: &mut Sealer) -> Vec<SealedBlock> {
        self.open_bytes = 0;
        let mut blocks: BTreeMap<(ProjectId, RecordingId), Vec<SealedBlock>> = BTreeMap::new();
        for (key, recording) in &mut self.recordings {
            recording.seal(sealer);
            recording.quiet_flushes += 1;
            if !recording.sealed.is_empty() {
                recording.quiet_flushes = 0;
                blocks.insert(key.clone(), std::mem::take(&mut recording.sealed));
            }
        }
        self.recordings.retain(|_, recording| {
            recording.watchers.retain(|watcher| !watcher.is_closed());
            recording.quiet_flushes < FORGET_AFTER_FLUSHES || !recording.watchers.is_empty()
        });
        blocks.into_values().flatten().collect()
    }
}

impl OpenRecording {
    /// Begins an item; returns the block to put its lines in.
    pub(super) fn begin_item(&mut self, head: &ItemHead) -> &mut OpenBlock {
        self.seen.insert(head.entry.item);
        self.milliseconds = self.correction.next(head.entry.arrived_at, head.entry.sent_at);
        self.block.begin_item(head);
        &mut self.block
    }

    /// Seals the open block and goes on in a new one with the same item.
    pub(super) fn seal_and_go_on(&mut self, head: &ItemHead, sealer: &mut Sealer) {
        let (project, session) = (self.block.entry().project, self.block.entry().session_id.clone());
        self.seal(sealer);
        self.block = sealer.begin(project, session);
        self.block.begin_item(head);
    }

    /// A block without lines is begun anew too: what it noted of items belongs to the journal file that is being taken,
    /// and to no later one.
    fn seal(&mut self, sealer: &mut Sealer) {
        let entry = self.block.entry();
        let next = OpenBlock::begin(entry.project, entry.session_id.clone());
        let full = std::mem::replace(&mut self.block, next);
        if !full.is_empty() {
            self.sealed.push(sealer.seal(full).expect("zstd has memory to compress a block"));
        }
    }

    pub(super) fn block(&mut self) -> &mut OpenBlock {
        &mut self.block
    }

    /// What is known of the lines in memory.
    pub(super) fn facts(&self) -> Option<RecordingFacts> {
        let open = Some(self.block.entry()).filter(|_| !self.block.is_empty());
        let mut parts = self.sealed.iter().map(|block| &block.entry).chain(open).map(facts_of);
        let first = parts.next()?;
        Some(parts.fold(first, |mut facts, part| {
            facts.add(&part);
            facts
        }))
    }

    /// Lets watchers have the lines that were added to the open block since it was `from` bytes long.
    pub(super) fn publish(&mut self, from: usize) {
        if self.watchers.is_empty() || self.block.raw_bytes() <= from {
            return;
        }
        let lines = Bytes::copy_from_slice(self.block.text_since(from));
        let chunk = LiveChunk { correction: self.milliseconds, lines };
        // Who cannot keep up is let go: the stream ends, and the page comes again.
        self.watchers.retain(|watcher| watcher.try_send(chunk.clone()).is_ok());
    }

    /// Somebody watches.
    pub(super) fn subscribe(&mut self) -> Subscription {
        let (sender, chunks) = mpsc::channel(WAITING_CHUNKS);
        self.watchers.push(sender);
        let correction = self.milliseconds;
        let sealed = self
            .sealed
            .iter()
            .filter_map(|block| live::open_frame(&block.entry.sha256, block.entry.raw_length, &block.frame).ok());
        let open = Some(self.block.text().to_vec()).filter(|text| !text.is_empty());
        let unflushed = sealed.chain(open).map(|lines| LiveChunk { correction, lines: Bytes::from(lines) }).collect();
        Subscription { unflushed, chunks }
    }
}
