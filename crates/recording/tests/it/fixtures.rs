//! Files that were written once are readable for ever.
//!
//! `fixtures/recordings/` holds recordings, whole and damaged, with what is to be said of them. A file that is there is
//! never written again. `UPDATE_FIXTURES=1 cargo test -p cassette-recording` adds the files that [`made`] names and that are
//! not there yet.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Once;

use cassette_recording::file::{Trailer, inspect, to_ndjson, to_rrweb, verify_file};

use crate::sample::{self, event, full_snapshot, mutation};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/recordings")
}

/// All files of a folder, by name.
fn files(folder: &str) -> BTreeMap<String, Vec<u8>> {
    static ADDED: Once = Once::new();
    ADDED.call_once(add_what_is_missing);
    let entries = fs::read_dir(self::folder().join(folder)).unwrap();
    let read = |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    entries.map(|entry| read(entry.unwrap())).collect()
}

fn verdict(file: &[u8]) -> String {
    let report = verify_file(Cursor::new(file)).unwrap();
    format!("{report}trailer: {}\n", serde_json::to_string(&report.trailer).unwrap().trim_matches('"'))
}

/// The recordings as this version writes them, by the names of their fixtures.
fn made() -> Vec<(&'static str, Vec<u8>)> {
    let visit = sample::visit_file();
    let plain = sample::decompressed(&visit);
    let text = String::from_utf8(plain.clone()).unwrap();
    let mut blocks = vec![full_snapshot(0, "a", 40_000), full_snapshot(10, "b", 40_000)];
    blocks.extend((0..90).map(|n| mutation(20 + n, "a", 4000)));
    blocks.push(full_snapshot(200, "a", 40_000));
    blocks.push(event(210, "b", r#"{"type":3,"data":{"source":3,"id":1,"x":0,"y":100},"timestamp":210}"#));
    let blocks = sample::write(&sample::meta(), &blocks).0;
    let mut index_changed = visit.clone();
    let at = visit.len() - Trailer::from_tail(&visit).unwrap().bytes() + 60;
    index_changed[at] ^= 0x10;
    let mut frame_changed = visit.clone();
    frame_changed[at - 400] ^= 0x10;
    let lines = |keep: &dyn Fn(usize) -> bool| -> Vec<u8> {
        let kept = text.lines().enumerate().filter(|(at, _)| keep(*at)).map(|(_, line)| format!("{line}\n"));
        kept.collect::<String>().into_bytes()
    };
    let without_trailer = zstd::stream::encode_all(plain.as_slice(), 3).unwrap();
    vec![
        ("v1/visit.ndjson.zst", visit.clone()),
        ("v1/visit.ndjson", plain),
        ("v1/many-blocks.ndjson.zst", blocks),
        ("v1/without-lines.ndjson.zst", sample::write(&sample::meta(), &[]).0),
        ("v1/recompressed.ndjson.zst", without_trailer),
        ("v1/unknown-types.ndjson", unknown_types()),
        ("damaged/byte-changed.ndjson", text.replace("no such item", "no such idea").into_bytes()),
        ("damaged/line-lost.ndjson", lines(&|at| at != 7)),
        ("damaged/without-meta.ndjson", lines(&|at| at != 0)),
        ("damaged/without-end.ndjson", lines(&|at| at != 13)),
        ("damaged/cut-in-a-line.ndjson", text.as_bytes()[..2500].to_vec()),
        ("damaged/clock-runs-back.ndjson", clock_runs_back()),
        ("damaged/cut-in-a-frame.ndjson.zst", visit[..visit.len() * 2 / 3].to_vec()),
        ("damaged/cut-in-the-trailer.ndjson.zst", visit[..visit.len() - 30].to_vec()),
        ("damaged/index-changed.ndjson.zst", index_changed),
        ("damaged/frame-changed.ndjson.zst", frame_changed),
    ]
}

const META: &str =
    r#"{"type":"meta","format":"cassette/1","session_id":"by-hand","project_id":1,"started_at":0,"ended_at":9}"#;

fn unknown_types() -> Vec<u8> {
    let block: &[&str] = &[
        r##"{"type":"mood","seq":#,"mood":["😀","\ud83d"]}"##,
        r##"{"type":"mood","seq":#,"timestamp":1,"event":{"type":3,"from":"the future"}}"##,
        r##"{ "seq" : #, "new":1, "event":{"type":3}, "type":"event", "name":"wink", "timestamp":2, "window_id":"w" }"##,
        r##"{"type":"full_snapshot","seq":#,"timestamp":3,"window_id":"w","event":{"type":2}}"##,
    ];
    sample::sealed_by_hand(&META.replace("\"ended_at\":9", "\"ended_at\":9,\"weather\":\"fine\""), &[block])
        .into_bytes()
}

fn clock_runs_back() -> Vec<u8> {
    let block: &[&str] = &[
        r##"{"type":"full_snapshot","seq":#,"timestamp":5,"window_id":"w","event":{"type":2}}"##,
        r##"{"type":"mutation","seq":#,"timestamp":3,"window_id":"w","event":{"type":3}}"##,
        r##"{"type":"mutation","seq":#,"timestamp":9,"window_id":"w","event":{"type":3}}"##,
    ];
    sample::sealed_by_hand(META, &[block]).into_bytes()
}

/// A file that is there is left alone; one that is not is written if that is wished, and missed otherwise.
fn add_what_is_missing() {
    let update = std::env::var_os("UPDATE_FIXTURES").is_some();
    for (name, bytes) in made() {
        let path = folder().join(name);
        if path.exists() {
            continue;
        }
        assert!(update, "{name} is not there; UPDATE_FIXTURES=1 writes it");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path.with_added_extension("verdict.txt"), verdict(&bytes)).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn every_fixture_has_the_verdict_that_is_written_beside_it() {
    for folder in ["v1", "damaged"] {
        let files = files(folder);
        let recordings: Vec<_> = files.iter().filter(|(name, _)| !name.ends_with(".txt")).collect();
        assert!(recordings.len() >= 6, "{folder}");
        for (name, bytes) in recordings {
            let expected = String::from_utf8(files[&format!("{name}.verdict.txt")].clone()).unwrap();
            assert_eq!(verdict(bytes), expected, "{folder}/{name}");
            assert_eq!(expected.starts_with("good"), folder == "v1", "{folder}/{name}");
        }
    }
}

#[test]
fn whole_fixtures_can_be_inspected_and_converted() {
    for (name, bytes) in files("v1").into_iter().filter(|(name, _)| !name.ends_with(".txt")) {
        let inspection = inspect(bytes.as_slice()).unwrap();
        let mut plain = Vec::new();
        assert_eq!(to_ndjson(bytes.as_slice(), &mut plain).unwrap(), inspection.raw_bytes, "{name}");
        let mut events = Vec::new();
        assert_eq!(to_rrweb(bytes.as_slice(), &mut events).unwrap(), inspection.events, "{name}");
        let array: Vec<&serde_json::value::RawValue> = serde_json::from_slice(&events).unwrap();
        assert_eq!(array.len() as u64, inspection.events, "{name}");
    }
}

#[test]
fn the_compressed_and_the_plain_visit_are_the_same() {
    let files = files("v1");
    let again = sample::decompressed(&files["visit.ndjson.zst"]);
    assert_eq!(again, files["visit.ndjson"]);
    assert_eq!(sample::decompressed(&files["recompressed.ndjson.zst"]), again);
}
