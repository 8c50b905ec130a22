//! Recordings of ours, read.

use std::path::PathBuf;

use cassette_interchange::read::Kind;
use cassette_interchange::write::{Writing, write};
use cassette_interchange::{Compression, Format};
use cassette_recording::ProjectId;
use cassette_recording::file::{Lines, Meta, Trailer, inspect, verify_file};
use serde_json::value::RawValue;

use super::files::{gzip, import, import_as, refused, zst};

const VISIT: &[u8] = include_bytes!("../../../../fixtures/recordings/v1/visit.ndjson");
const STORED: &[u8] = include_bytes!("../../../../fixtures/recordings/v1/visit.ndjson.zst");

fn fixtures(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/recordings").join(folder);
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| [".ndjson", ".ndjson.zst"].iter().any(|ending| path.to_string_lossy().ends_with(ending)))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn lines_come_through_byte_for_byte() {
    for (name, bytes) in fixtures("v1") {
        let plain = match name.ends_with(".zst") {
            true => zstd::stream::decode_all(bytes.as_slice()).unwrap(),
            false => bytes.clone(),
        };
        let first = import(&bytes);
        assert_eq!(first.read_in.kind, Kind::CassetteNdjson, "{name}");
        assert_eq!(first.ndjson(), plain, "{name}");
        assert_eq!(first.read_in.left_out, []);
        assert_eq!(first.read_in.finished.raw_bytes, plain.len() as u64);
        for (wrapped, compression) in
            [(gzip(&plain), Compression::Gzip), (zst(&plain), Compression::Zstd), (gzip(&bytes), Compression::Gzip)]
        {
            let again = import(&wrapped);
            assert_eq!((again.ndjson(), again.read_in.compression), (plain.clone(), Some(compression)), "{name}");
        }
    }
}

#[test]
fn events_of_every_recording_leave_as_one_array() {
    for (name, bytes) in fixtures("v1") {
        let mut out = Vec::new();
        let writing = Writing { form: Format::Rrweb.plain(), well_formed: false, page: None };
        let written = write(bytes.as_slice(), &writing, &mut out).unwrap();
        let array: Vec<&RawValue> = serde_json::from_slice(&out).unwrap();
        let lines = import(&bytes).ndjson();
        let events: Vec<&str> = Lines::new(&lines).filter_map(|line| line.unwrap().event).collect();
        assert!(array.iter().map(|event| event.get()).eq(events), "{name}");
        assert_eq!(written.events, inspect(bytes.as_slice()).unwrap().events, "{name}");
        assert_eq!(array.len() as u64, written.events, "{name}");
    }
}

#[test]
fn a_damaged_line_stops_writing_with_its_number() {
    let plain = String::from_utf8(VISIT.to_vec()).unwrap();
    let number = 1 + plain.lines().position(|line| line.contains(r#""window_id":""#)).unwrap();
    let damaged = plain.replacen(r#""window_id":""#, r#""window_id":2,"was":""#, 1);
    let writing = Writing { form: Format::Rrweb.plain(), well_formed: false, page: None };
    let error = write(damaged.as_bytes(), &writing, Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), format!("line {number}"));
}

#[test]
fn a_stored_file_keeps_its_items_and_blocks() {
    let trailer = |bytes: &[u8]| Trailer::from_tail(bytes).unwrap();
    let (before, items) = (trailer(STORED).index().unwrap(), trailer(STORED).items().unwrap());
    assert!(!items.is_empty());
    for wrapped in [STORED.to_vec(), gzip(STORED)] {
        let imported = import(&wrapped);
        assert_eq!(trailer(&imported.stored).items().unwrap(), items);
        let after = trailer(&imported.stored).index().unwrap();
        assert_eq!(after.blocks.len(), before.blocks.len());
        for (after, before) in after.blocks.iter().zip(&before.blocks) {
            assert_eq!((after.seq, after.raw_length, after.lines), (before.seq, before.raw_length, before.lines));
            assert_eq!(
                (after.first, after.last, &after.full_snapshots),
                (before.first, before.last, &before.full_snapshots)
            );
        }
    }
    assert_eq!(trailer(&import(VISIT).stored).items().unwrap(), []);
}

#[test]
fn importing_twice_gives_the_same_bytes() {
    let once = import(VISIT).stored;
    assert_eq!(import(&once).stored, once);
    assert_eq!(import(&gzip(&once)).stored, once);
}

#[test]
fn another_project_or_session_changes_that_and_the_digests_alone() {
    let imported = import_as(VISIT, |reading| {
        reading.project = Some(ProjectId(42));
        reading.session_id = Some("another".parse().unwrap());
    })
    .unwrap();
    assert!(verify_file(std::io::Cursor::new(&imported.stored)).unwrap().is_good());
    let before: Vec<&str> = std::str::from_utf8(VISIT).unwrap().lines().collect();
    let text = String::from_utf8(imported.ndjson()).unwrap();
    let after: Vec<&str> = text.lines().collect();
    assert_eq!(before.len(), after.len());
    let changed: Vec<usize> = (0..before.len()).filter(|&at| before[at] != after[at]).collect();
    let first_checksum = before.iter().position(|line| line.contains("\"checksum\"")).unwrap();
    assert_eq!(changed, [0, first_checksum, before.len() - 1]);
    let meta = Meta::parse(after[0]).unwrap();
    assert_eq!((meta.project_id, meta.session_id.as_str()), (ProjectId(42), "another"));
    let (was, is) = (Meta::parse(before[0]).unwrap(), imported.read_in.meta);
    assert_eq!(is, meta);
    assert_eq!(Meta { project_id: was.project_id, session_id: was.session_id.clone(), ..is }, was);
    // The same project and session are no change.
    let same = import_as(VISIT, |reading| reading.project = Some(was.project_id)).unwrap();
    assert_eq!(same.ndjson(), VISIT);
}

#[test]
fn a_damaged_recording_is_refused_with_the_verdict_of_verifying() {
    for (name, bytes) in fixtures("damaged") {
        let report = verify_file(std::io::Cursor::new(&bytes)).unwrap();
        // One that does not begin as a recording is looked at as another form, and one of them is none that is damaged.
        let Err(error) = import_as(&bytes, |_| {}) else {
            assert_eq!(bytes, b"[]\n", "{name}");
            continue;
        };
        let said = error.to_string();
        let first = report.problems[0].to_string();
        let begins_otherwise = said.starts_with("expected a cassette/1 recording (") && said.contains("; found ");
        let several = said.starts_with("expected one recording, found a second meta line at line ");
        let nothing = said == "expected more zstd after 0 decompressed bytes, found something that does not decompress";
        assert!(said.starts_with(&first) || begins_otherwise || several || nothing, "{name}: {said}\n{first}");
    }
    let lost = include_bytes!("../../../../fixtures/recordings/damaged/line-lost.ndjson");
    assert_eq!(refused(lost), "line 8: expected seq 6, found 7; 5 lines before it are whole, which can be played");
}

#[test]
fn no_changed_byte_of_a_recording_goes_unnoticed() {
    for at in 0..VISIT.len() {
        let mut changed = VISIT.to_vec();
        changed[at] ^= 1;
        let result = import_as(&changed, |_| {});
        assert!(result.is_err(), "byte {at} was changed and nobody noticed");
    }
    for at in 0..STORED.len() {
        let mut changed = STORED.to_vec();
        changed[at] ^= 1;
        if let Ok(imported) = import_as(&changed, |_| {}) {
            assert_eq!(imported.ndjson(), VISIT, "byte {at}");
        }
    }
}

#[test]
fn a_recording_cut_anywhere_is_refused() {
    for end in 0..VISIT.len() {
        assert!(import_as(&VISIT[..end], |_| {}).is_err(), "cut at {end}");
    }
    for end in 0..STORED.len() {
        if let Ok(imported) = import_as(&STORED[..end], |_| {}) {
            // What is missing is the trailer, at the border of a frame: somebody else could have compressed it.
            assert_eq!(imported.ndjson(), VISIT, "cut at {end}");
        }
    }
}

#[test]
fn one_file_is_one_recording() {
    let lines = VISIT.iter().filter(|&&byte| byte == b'\n').count();
    let expected = format!("expected one recording, found a second meta line at line {}", lines + 1);
    assert_eq!(refused(&[VISIT, VISIT].concat()), expected);
    assert_eq!(refused(&[STORED, STORED].concat()), expected);
}
