//! PostHog's raw zip, read.

use std::io::{Cursor, Write as _};

use cassette_interchange::LeftOut;
use cassette_interchange::read::Kind;
use zip::write::SimpleFileOptions;

use super::files::{gzip, import, refused};

const LINES: &str = include_str!("../../../../fixtures/exports/posthog-snapshots.jsonl");

const META: &str = "clickhouse/session-replay-events.json";

pub(crate) fn zip(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn snappy(lines: &str) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(lines.as_bytes()).unwrap()
}

/// A file of the bucket with a block at its place, as the zip holds it.
fn file_with(offset: usize, block: &[u8]) -> Vec<u8> {
    [vec![0; offset].as_slice(), block, &[0; 1024]].concat()
}

fn metadata(urls: &[String]) -> Vec<u8> {
    let row = serde_json::json!({ "session_id": "0199f000-0000-7000-8000-000000000002", "team_id": 1, "distinct_id": "ada",
        "block_first_timestamps": [], "block_urls": urls });
    serde_json::json!({ "meta": [{ "name": "session_id" }], "data": [row], "rows": 1 }).to_string().into_bytes()
}

fn url(file: &str, offset: usize, block: &[u8]) -> String {
    format!("s3://posthog/session_recordings/30d/{file}?range=bytes={offset}-{}", offset + block.len() - 1)
}

/// The lines in two blocks of two files.
pub(crate) fn whole() -> Vec<(&'static str, Vec<u8>)> {
    let half = LINES.match_indices('\n').nth(2).unwrap().0 + 1;
    let (first, second) = (snappy(&LINES[..half]), snappy(&LINES[half..]));
    vec![
        (
            META,
            metadata(&[
                url("1767225600000-00ff00ff00ff00ff", 300, &first),
                url("1767225610000-00ff00ff00ff00ff", 0, &second),
            ]),
        ),
        ("clickhouse/events.json", br#"{"meta":[],"data":[{"event":"$pageview"},{"event":"x"}],"rows":2}"#.to_vec()),
        ("s3_prefix.txt", b"session_recordings/30d".to_vec()),
        ("data/1767225610000-00ff00ff00ff00ff", file_with(0, &second)),
        ("data/1767225600000-00ff00ff00ff00ff", file_with(300, &first)),
    ]
}

#[test]
fn the_blocks_of_a_zip_are_the_recording() {
    let imported = import(&zip(&whole()));
    assert_eq!(imported.read_in.kind, Kind::PosthogZip);
    assert_eq!(imported.events(), import(LINES.as_bytes()).events());
    assert_eq!(imported.read_in.meta.session_id.as_str(), "0199f000-0000-7000-8000-000000000002");
    assert_eq!(imported.read_in.meta.distinct_ids.len(), 1);
    assert_eq!(
        imported.read_in.left_out,
        [LeftOut {
            what: "analytics events",
            count: 2,
            reason: "the zip has them as rows of a table, not as they were sent"
        }]
    );
    assert_eq!(import(&gzip(&zip(&whole()))).stored, imported.stored);
}

#[test]
fn what_is_wrong_with_a_zip_is_said_with_the_place() {
    let changed = |name: &str, bytes: Option<Vec<u8>>| {
        let mut entries = whole();
        entries.retain_mut(|(entry, held)| {
            if let Some(bytes) = bytes.as_ref().filter(|_| *entry == name) {
                held.clone_from(bytes);
            }
            *entry != name || bytes.is_some()
        });
        refused(&zip(&entries))
    };
    let first = "data/1767225600000-00ff00ff00ff00ff";
    assert_eq!(
        changed(META, None),
        "expected a zip with clickhouse/session-replay-events.json, as PostHog makes them, found none"
    );
    assert_eq!(changed(first, None), format!("expected {first} in the zip, as {META} says, found none"));
    assert!(changed(first, Some(vec![0; 310])).starts_with("expected bytes 300 to "));
    assert_eq!(
        changed(first, Some(vec![255; 4000])),
        format!("expected a block of snappy at byte 300 of {first}, found something else")
    );
    let no_lines = snappy("[\"a\",{}\n");
    let entries = [(META, metadata(&[url("f", 0, &no_lines)])), ("data/f", no_lines.clone())];
    assert_eq!(
        refused(&zip(&entries)),
        "in the block at byte 0 of data/f: expected ',' or ']' at byte 8 (line 2), found the end of the file"
    );
    assert_eq!(
        changed(META, Some(b"{\"data\":[{]}".to_vec())),
        format!("in {META}: expected a string at byte 10 (line 1), found ']'")
    );
    assert_eq!(
        changed(META, Some(b"{\"data\":[]}".to_vec())),
        format!("expected a row about the recording in {META}, found none")
    );
    assert_eq!(
        changed(META, Some(metadata(&["s3://x".to_owned()]))),
        format!("expected the place of block 0 in {META} as \"…/file?range=bytes=first-last\", found \"s3://x\"")
    );
    let cut = zip(&whole());
    assert_eq!(refused(&cut[..cut.len() / 2]), "expected a whole zip, found one that is cut or damaged");
}

#[test]
fn names_that_lead_out_of_a_zip_are_refused() {
    for name in ["../x", "data/../../x", "/etc/x", "data\\x", "C:/x"] {
        let mut entries = whole();
        entries.push((name, Vec::new()));
        assert_eq!(
            refused(&zip(&entries)),
            format!("expected names within the zip, found {name:?}, which leads out of it")
        );
    }
}

#[test]
fn a_block_that_claims_more_than_any_is_refused() {
    // Snappy begins with the length of what is in it.
    let mut bomb = vec![0xFF, 0xFF, 0xFF, 0xFF, 0x0F];
    bomb.extend([0; 20]);
    let entries = [(META, metadata(&[url("f", 0, &bomb)])), ("data/f", bomb)];
    assert_eq!(refused(&zip(&entries)), "expected a block of at most 536870912 bytes at byte 0 of data/f, found more");
    let far = vec!["s3://b/f?range=bytes=0-99999999999".to_owned()];
    let entries = [(META, metadata(&far)), ("data/f", vec![0; 20])];
    assert_eq!(refused(&zip(&entries)), "expected a block of at most 536870912 bytes in data/f, found a larger one");
}
