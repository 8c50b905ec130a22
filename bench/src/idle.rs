//! A server that has a hundred thousand recordings and nothing to do: how soon it is ready, what it occupies, and how
//! quickly it lists.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use cassette_recording::{DistinctId, RecordingId, WindowId};
use cassette_store::catalog::{Access, Catalog, FinishedRecording, RecordingFacts, Span, SqliteCatalog};
use cassette_testkit::{Process, Settings};

use crate::{
    Call,
    long_recording::{ARRIVAL_MS, catalog_file},
    product_ingest::project,
    table::{Bar, Line, mega, milliseconds},
};

const RECORDINGS: i64 = 100_000;
/// Rows handed to the catalog at the same time, so that it can group them.
const AT_ONCE: usize = 500;

pub(crate) fn measure(call: &Call, folder: &Path, lines: &mut Vec<Line>) -> Result<()> {
    let data = folder.join("idle");
    let settings = Settings::default();
    // The first start makes keys and folders; it is the later ones that are waited for.
    drop(Process::start(&call.binary, &data, &settings).terminate());
    tokio::runtime::Runtime::new()?.block_on(fill(&data))?;
    let mut ready = Duration::MAX;
    for _ in 0..3 {
        let process = Process::start(&call.binary, &data, &settings);
        ready = ready.min(process.ready_after());
        drop(process.terminate());
    }
    let process = Process::start(&call.binary, &data, &settings);
    thread::sleep(Duration::from_secs(3));
    let resident = process.resident_bytes();
    lines.push(Line::new("start to ready, 100,000 recordings", "ms", milliseconds(ready), Bar::AtMost(300.0)));
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let resident = mega(resident as f64);
    lines.push(Line::new("idle, 100,000 recordings", "MB resident", resident, Bar::AtMost(40.0)));
    for (name, query) in [("first page", ""), ("filter that finds nothing", "&page=nowhere-at-all")] {
        let start = Instant::now();
        let answer =
            process.client().get(&format!("/api/projects/1/session_recordings/?limit=50&date_from=-9999d{query}"))?;
        let time = start.elapsed();
        ensure!(answer.status == 200, "the list: {} {}", answer.status, answer.text());
        lines.push(Line::new(format!("list, {name}"), "ms", milliseconds(time), Bar::None));
    }
    Ok(())
}

/// A catalog with a hundred thousand rows.
pub(crate) async fn fill(data: &Path) -> Result<()> {
    let catalog = SqliteCatalog::open(&catalog_file(data), Access::ReadWrite)?;
    let mut waiting = Vec::with_capacity(AT_ONCE);
    for number in 0..RECORDINGS {
        waiting.push(catalog.commit_finished(row(number)?));
        if waiting.len() == AT_ONCE {
            for committed in futures::future::join_all(waiting.drain(..)).await {
                let _ = committed?;
            }
        }
    }
    // There is nothing behind these rows that could be read.
    let connection = rusqlite::Connection::open(catalog_file(data))?;
    connection.execute("UPDATE recording SET indexed_revision = revision", [])?;
    Ok(())
}

fn row(number: i64) -> Result<FinishedRecording> {
    let started_at = ARRIVAL_MS - number * 60_000;
    let session: RecordingId = format!("01a1fcf5-801b-7281-b87f-{number:012x}").parse()?;
    let facts = RecordingFacts {
        span: Some(Span { first: started_at, last: started_at + 90_000 }),
        first_arrival: started_at,
        last_arrival: started_at + 90_000,
        active_ms: Some(40_000),
        urls: vec![format!("https://example.test/products/{}", number % 500)],
        distinct_ids: vec![format!("visitor-{}", number % 7000).parse::<DistinctId>()?],
        windows: vec!["01a1fcf5-801b-7281-b87f-808599265753".parse::<WindowId>()?],
        snapshot_source: Some("web".to_owned()),
        raw_bytes: 900_000,
        stored_bytes: 90_000,
        counts: cassette_recording::summary::Counts { events: 300, clicks: 12, ..Default::default() },
        ..RecordingFacts::default()
    };
    Ok(FinishedRecording {
        project: project(),
        object: format!("projects/1/recordings/2026-11-20/{session}.ndjson.zst"),
        session,
        revision: 1,
        file_blocks: 4,
        facts,
        contained: Vec::new(),
        finished_at: started_at + 1_900_000,
    })
}
