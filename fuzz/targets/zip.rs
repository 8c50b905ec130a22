//! PostHog's raw zip: as it may come, and with any lines in it, since a mutated zip hardly ever is one.
#![no_main]

use std::io::{Cursor, Write};

use cassette_fuzz::read_in;
use libfuzzer_sys::fuzz_target;
use zip::{ZipWriter, write::SimpleFileOptions};

fuzz_target!(|bytes: &[u8]| {
    let _ = read_in(bytes);
    let block = snap::raw::Encoder::new().compress_vec(bytes).expect("short enough");
    let _ = read_in(&zip_of(&row(&format!("s3://b/f?range=bytes=0-{}", block.len() - 1)), &block));
    // The bytes as the block itself, and as what says where the blocks are.
    let _ = read_in(&zip_of(&row(&format!("s3://b/f?range=bytes=0-{}", bytes.len().max(1) - 1)), bytes));
    let _ = read_in(&zip_of(bytes, &block));
});

fn row(place: &str) -> Vec<u8> {
    format!(r#"{{"data":[{{"session_id":"a","distinct_id":"ann","block_urls":["{place}"]}}]}}"#).into_bytes()
}

fn zip_of(rows: &[u8], block: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [("clickhouse/session-replay-events.json", rows), ("data/f", block)] {
        zip.start_file(name, SimpleFileOptions::default()).expect("memory takes everything");
        zip.write_all(content).expect("memory takes everything");
    }
    zip.finish().expect("memory takes everything").into_inner()
}
