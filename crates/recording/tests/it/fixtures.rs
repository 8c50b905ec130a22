//! Files that were written once are readable for ever.
//!
//! `fixtures/recordings/` holds recordings, whole and damaged, with what is to be said of them. A file that is there is
//! never written again. `UPDATE_FIXTURES=1 cargo test -p cassette-recording` adds the files that [`made`] names and that
//! are not there yet.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Once;

use cassette_recording::file::{inspect, repair, to_ndjson, verify_file};

use crate::conformance::made;
use crate::sample;

const DOCUMENT: &str = include_str!("../../../../docs/format/recording.md");

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

/// What a repair says of a damaged file.
fn repair_verdict(file: &[u8]) -> String {
    match repair(Cursor::new(file), Vec::new(), 3) {
        Ok(repaired) => repaired.to_string(),
        Err(error) => {
            let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
            format!("{error}{cause}\n")
        }
    }
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
        fs::write(path, bytes).unwrap();
    }
    for (folder, ending) in [("v1", "verdict.txt"), ("damaged", "verdict.txt"), ("damaged", "repair.txt")] {
        for entry in fs::read_dir(self::folder().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let words = path.with_added_extension(ending);
            if path.extension().is_some_and(|ending| ending == "txt") || words.exists() {
                continue;
            }
            assert!(update, "{} is not there; UPDATE_FIXTURES=1 writes it", words.display());
            let bytes = fs::read(&path).unwrap();
            let said = if ending == "verdict.txt" { verdict(&bytes) } else { repair_verdict(&bytes) };
            fs::write(words, said).unwrap();
        }
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
fn every_damaged_fixture_is_repaired_as_is_written_beside_it() {
    let files = files("damaged");
    for (name, bytes) in files.iter().filter(|(name, _)| !name.ends_with(".txt")) {
        let expected = String::from_utf8(files[&format!("{name}.repair.txt")].clone()).unwrap();
        assert_eq!(repair_verdict(bytes), expected, "{name}");
        let mut out = Vec::new();
        if repair(Cursor::new(bytes), &mut out, 3).is_ok() {
            assert!(verdict(&out).starts_with("good"), "{name}");
        }
    }
}

#[test]
fn every_fixture_is_in_the_document() {
    for folder in ["v1", "damaged"] {
        for name in files(folder).into_keys().filter(|name| !name.ends_with(".txt")) {
            assert!(DOCUMENT.contains(&format!("| `{folder}/{name}` |")), "{folder}/{name}");
        }
    }
}

#[test]
fn what_others_compressed_is_the_same_recording() {
    let files = files("v1");
    let others: Vec<_> =
        files.keys().filter(|name| name.starts_with("recompressed") && name.ends_with(".zst")).collect();
    assert!(others.len() >= 6, "{others:?}");
    for name in others {
        let mut plain = Vec::new();
        to_ndjson(files[name].as_slice(), &mut plain).unwrap();
        assert_eq!(plain, files["visit.ndjson"], "{name}");
    }
}

#[test]
fn whole_fixtures_can_be_inspected_and_converted() {
    for (name, bytes) in files("v1").into_iter().filter(|(name, _)| !name.ends_with(".txt")) {
        let inspection = inspect(bytes.as_slice()).unwrap();
        let mut plain = Vec::new();
        assert_eq!(to_ndjson(bytes.as_slice(), &mut plain).unwrap(), inspection.raw_bytes, "{name}");
    }
}

#[test]
fn the_compressed_and_the_plain_visit_are_the_same() {
    let files = files("v1");
    let again = sample::decompressed(&files["visit.ndjson.zst"]);
    assert_eq!(again, files["visit.ndjson"]);
    assert_eq!(sample::decompressed(&files["recompressed.ndjson.zst"]), again);
}
