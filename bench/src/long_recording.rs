//! A recording of any length, as live objects in a folder: bodies decoded again and again, each time as if later.

use std::path::Path;

use anyhow::{Context, Result};
use bytes::Bytes;
use cassette_recording::{
    ItemId, RecordingId, WindowId,
    file::ItemEntry,
    limits,
    live::{self, ItemHead, OpenBlock, SealedBlock, Sealer},
};
use cassette_store::{
    Bucket,
    catalog::{Access, Catalog, LiveObject, SqliteCatalog},
    layout::{self, Incarnation},
    live_objects::{LiveObjects, flushed_blocks},
};
use cassette_wire::capture::{Budget, Decoder, Envelope, Inflater, ItemClock};

use crate::product_ingest::project;

/// When the first of it arrives; any moment will do.
pub(crate) const ARRIVAL_MS: i64 = 1_795_250_000_000;
/// A live object is written when its blocks have this size: what ten busy seconds give.
const OBJECT_BYTES: usize = 4 << 20;

/// The folder of a long recording, ready to be finished.
pub(crate) struct LongRecording {
    pub(crate) raw_bytes: u64,
    /// The blocks, where they were asked for.
    pub(crate) blocks: Vec<SealedBlock>,
}

pub(crate) fn session() -> RecordingId {
    "a-long-recording".parse().expect("a plain word is an id")
}

pub(crate) fn catalog_file(folder: &Path) -> std::path::PathBuf {
    folder.join("catalog.sqlite")
}

/// Writes a recording of at least `raw_bytes` that lasts `hours`; keeps its blocks in memory too if `keep`.
pub(crate) async fn write(
    bodies: &[Vec<u8>],
    folder: &Path,
    raw_bytes: u64,
    hours: i64,
    keep: bool,
) -> Result<LongRecording> {
    let bucket = Bucket::folder(folder)?;
    let catalog = SqliteCatalog::open(&catalog_file(folder), Access::ReadWrite)?;
    let mut writer = Writer {
        objects: LiveObjects::new(bucket),
        catalog,
        incarnation: Incarnation::new(ARRIVAL_MS, 1),
        number: 0,
        waiting: Vec::new(),
        kept: keep.then(Vec::new),
        raw_bytes: 0,
    };
    let round_bytes = 40_000_000;
    let rounds = i64::try_from(raw_bytes / round_bytes)?.max(1) + 1;
    let round_ms = hours * 3_600_000 / rounds;
    let mut decoder = Rounds::new(round_ms)?;
    while writer.raw_bytes < raw_bytes {
        for body in bodies {
            for block in decoder.take(body)? {
                writer.push(block).await?;
            }
            if writer.raw_bytes >= raw_bytes {
                break;
            }
        }
        decoder.round += 1;
    }
    writer.flush().await?;
    catalog_complete(&writer.catalog).await?;
    Ok(LongRecording { raw_bytes: writer.raw_bytes, blocks: writer.kept.unwrap_or_default() })
}

async fn catalog_complete(catalog: &SqliteCatalog) -> Result<()> {
    Ok(catalog.set_complete().await?)
}

struct Writer {
    objects: LiveObjects,
    catalog: SqliteCatalog,
    incarnation: Incarnation,
    number: u64,
    waiting: Vec<SealedBlock>,
    kept: Option<Vec<SealedBlock>>,
    raw_bytes: u64,
}

impl Writer {
    async fn push(&mut self, block: SealedBlock) -> Result<()> {
        self.raw_bytes += block.entry.raw_length;
        if let Some(kept) = &mut self.kept {
            kept.push(block.clone());
        }
        self.waiting.push(block);
        if self.waiting.iter().map(|block| block.frame.len()).sum::<usize>() >= OBJECT_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<()> {
        let (object, entries) = live::pack(std::mem::take(&mut self.waiting));
        let name = layout::live_object(ARRIVAL_MS, &self.incarnation, self.number);
        self.number += 1;
        self.objects.write(&name, Bytes::from(object)).await?;
        let object = LiveObject { path: name, written_at: ARRIVAL_MS };
        let _ = self.catalog.commit_flush(object, flushed_blocks(&entries)).await?;
        Ok(())
    }
}

/// Decodes bodies; each round of them is a later part of the same visit.
struct Rounds {
    inflater: Inflater,
    decoder: Decoder,
    sealer: Sealer,
    /// The earliest time of the first round, from which the others count.
    first_time: Option<i64>,
    round_ms: i64,
    round: i64,
    items: u64,
}

impl Rounds {
    fn new(round_ms: i64) -> Result<Self> {
        Ok(Self {
            inflater: Inflater::new(),
            decoder: Decoder::new(),
            sealer: Sealer::new()?,
            first_time: None,
            round_ms,
            round: 0,
            items: 0,
        })
    }

    /// One block of one body, as a flush after each would give it (several where it is large).
    fn take(&mut self, body: &[u8]) -> Result<Vec<SealedBlock>> {
        let mut budget = Budget::of_request();
        let text = self.inflater.text(body, &mut budget)?;
        let mut blocks = Vec::new();
        let begin = || OpenBlock::begin(project(), session());
        let mut block = begin();
        for item in Envelope::read(text.json)?.items.iter().filter(|item| item.is_snapshot()) {
            self.items += 1;
            let head = ItemHead {
                entry: ItemEntry {
                    item: format!("00000000-0000-7000-8000-{:012x}", self.items).parse::<ItemId>()?,
                    window_id: "window".parse::<WindowId>()?,
                    distinct_id: item.distinct_id()?,
                    arrived_at: ARRIVAL_MS,
                    sent_at: None,
                },
                user_agent: None,
                library: None,
                source: None,
            };
            block.begin_item(&head);
            let first_time = &mut self.first_time;
            let shift = self.round * self.round_ms;
            let (sealer, full) = (&mut self.sealer, &mut blocks);
            let mut failed = None;
            let clock = ItemClock::new(None, ARRIVAL_MS);
            let _ = self.decoder.decode_item(item, clock, &mut budget, |event| {
                let first = *first_time.get_or_insert(event.time);
                let time = event.time.max(first) + shift;
                block.push_event(time, event.index, &event.facts, event.json);
                if block.raw_bytes() >= limits::LIVE_BLOCK_BYTES {
                    match sealer.seal(std::mem::replace(&mut block, begin())) {
                        Ok(sealed) => full.push(sealed),
                        Err(error) => failed = Some(error),
                    }
                    block = sealer.begin(project(), session());
                    block.begin_item(&head);
                }
            })?;
            if let Some(error) = failed {
                return Err(error).context("a block could not be compressed");
            }
        }
        if !block.is_empty() {
            blocks.push(self.sealer.seal(block)?);
        }
        Ok(blocks)
    }
}
