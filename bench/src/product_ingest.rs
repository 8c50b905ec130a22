//! Full ingest by the product's own code, on one thread: what a request goes through from its bytes to a durable block.
//!
//! body → inflate → envelope → per-event compression undone → lines by recording → sorted, zstd 1 → one live object; body
//! and object are written and synced. The HTTP server and the catalog are left out: the lines over HTTP measure those.
//! One collector takes all rounds, as the server's thread takes all journal files: its buffers are there already.

use std::{
    collections::HashMap,
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use cassette_recording::{
    ProjectId, RecordingId,
    file::ItemEntry,
    limits,
    live::{self, ItemHead, OpenBlock, SealedBlock, Sealer},
};
use cassette_wire::capture::{Budget, Decoder, Envelope, Inflater, Item, ItemClock};

const ROUNDS: usize = 5;
/// When all of it arrives; any moment will do.
const ARRIVAL_MS: i64 = 1_795_250_000_000;

/// The best of several rounds.
pub(crate) fn measure(bodies: &[Vec<u8>], folder: &Path) -> Result<Duration> {
    let mut collector = Collector::new()?;
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        best = best.min(round(bodies, folder, &mut collector)?);
    }
    Ok(best)
}

fn round(bodies: &[Vec<u8>], folder: &Path, collector: &mut Collector) -> Result<Duration> {
    let start = Instant::now();
    let mut journal = File::create(folder.join("journal.tmp"))?;
    for body in bodies {
        journal.write_all(&crc32fast::hash(body).to_le_bytes())?;
        journal.write_all(body)?;
    }
    journal.sync_data()?;
    for body in bodies {
        collector.take(body)?;
    }
    let (object, _) = live::pack(collector.seal()?);
    let mut file = File::create(folder.join("object.tmp"))?;
    file.write_all(&object)?;
    file.sync_data()?;
    Ok(start.elapsed())
}

struct Collector {
    inflater: Inflater,
    decoder: Decoder,
    sealer: Sealer,
    open: HashMap<RecordingId, OpenBlock>,
    sealed: Vec<SealedBlock>,
}

impl Collector {
    fn new() -> Result<Self> {
        Ok(Self {
            inflater: Inflater::new(),
            decoder: Decoder::new(),
            sealer: Sealer::new()?,
            open: HashMap::new(),
            sealed: Vec::new(),
        })
    }

    fn take(&mut self, body: &[u8]) -> Result<()> {
        let mut inflater = std::mem::take(&mut self.inflater);
        let mut budget = Budget::of_request();
        let text = inflater.text(body, &mut budget)?;
        for item in Envelope::read(text.json)?.items.iter().filter(|item| item.is_snapshot()) {
            self.take_item(item, &mut budget)?;
        }
        self.inflater = inflater;
        Ok(())
    }

    fn take_item(&mut self, item: &Item<'_>, budget: &mut Budget) -> Result<()> {
        item.check()?;
        let head = ItemHead {
            entry: ItemEntry {
                item: item.id(),
                window_id: item.window_id()?,
                distinct_id: item.distinct_id()?,
                arrived_at: ARRIVAL_MS,
                sent_at: item.sent_at,
            },
            user_agent: None,
            library: None,
            source: None,
        };
        let session = item.recording_id()?;
        let begin = || OpenBlock::begin(project(), session.clone());
        let block = self.open.entry(session.clone()).or_insert_with(begin);
        block.begin_item(&head);
        let (sealed, sealer) = (&mut self.sealed, &mut self.sealer);
        let mut failed = None;
        let clock = ItemClock::new(item.sent_at, ARRIVAL_MS);
        let outcome = self.decoder.decode_item(item, clock, budget, |event| {
            block.push_event(event.time, event.index, &event.facts, event.json);
            if block.raw_bytes() >= limits::LIVE_BLOCK_BYTES {
                match sealer.seal(std::mem::replace(block, begin())) {
                    Ok(full) => sealed.push(full),
                    Err(error) => failed = Some(error),
                }
                *block = sealer.begin(project(), session.clone());
                block.begin_item(&head);
            }
        })?;
        ensure!(failed.is_none(), "a block could not be compressed: {failed:?}");
        ensure!(outcome.undecoded == 0 && outcome.refused == 0, "the bodies of a benchmark decode: {outcome:?}");
        Ok(())
    }

    /// Takes all blocks away.
    fn seal(&mut self) -> Result<Vec<SealedBlock>> {
        for (_, block) in self.open.drain().filter(|(_, block)| !block.is_empty()) {
            self.sealed.push(self.sealer.seal(block)?);
        }
        Ok(std::mem::take(&mut self.sealed))
    }
}

pub(crate) fn project() -> ProjectId {
    ProjectId(1)
}
