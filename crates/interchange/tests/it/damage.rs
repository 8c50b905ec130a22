//! What is said of files that cannot be read.

use std::io::{Cursor, Write as _};

use cassette_interchange::Format;
use cassette_interchange::write::{Writing, write};
use cassette_recording::file::verify_file;
use proptest::prelude::*;

use super::files::{gzip, import_as, refused, zst};

#[test]
fn every_bad_file_gets_a_sentence_that_names_what_is_wrong_and_where() {
    let array = br#"[{"type":4,"timestamp":1},{"type":4,"timestamp":2}]"#;
    let with = |before: &[u8], after: &[u8]| [before, array, after].concat();
    for (bytes, expected) in [
        (array[..20].to_vec(), "expected the end of a string at byte 20 (line 1), found the end of the file"),
        (array[..25].to_vec(), "expected ',' or ']' at byte 25 (line 1), found the end of the file"),
        (with(b"", b" []"), "expected the end of the file at byte 52 (line 1), found '['"),
        (with(b"", b"{}"), "expected the end of the file at byte 51 (line 1), found '{'"),
        (
            b"[{\"type\":4},\n /* two */ {}]".to_vec(),
            "expected a JSON value at byte 14 (line 2), found a comment, which JSON does not have",
        ),
        (b"[{\"type\":4,}]".to_vec(), "expected a string at byte 11 (line 1), found '}'"),
        (b"[{'type':4}]".to_vec(), "expected a string at byte 2 (line 1), found '\\''"),
        (b"[{\"type\":04}]".to_vec(), "expected ',' or '}' at byte 10 (line 1), found '4'"),
        (
            b"[{\"type\":4,\"data\":\"a\nb\"}]".to_vec(),
            "expected no control character in a string at byte 20 (line 1), found '\\n'",
        ),
        (b"[{\"type\":4,\"data\":\"\xFF\"}]".to_vec(), "expected UTF-8 at byte 19 (line 1), found another byte"),
        (b"{\"type\":4,\"timestamp\":1}\nnonsense\n".to_vec(), "expected a JSON value at byte 25 (line 2), found 'n'"),
        (b"{\"type\":4,\"timestamp\":1} {\"type\":4}".to_vec(), "expected a line break at byte 25 (line 1), found '{'"),
        (gzip(array)[..30].to_vec(), "expected more gzip after 19 decompressed bytes, found the end of the file"),
        (zst(array)[..30].to_vec(), "expected more zstd after 0 decompressed bytes, found the end of the file"),
        (
            [zst(array), b"x".to_vec()].concat(),
            "expected more zstd after 51 decompressed bytes, found something that does not decompress",
        ),
        (gzip(&gzip(&zst(array))), "expected at most 2 compressions around a recording, found more"),
    ] {
        assert_eq!(refused(&bytes), expected);
    }
    for bytes in [b"".as_slice(), b"\xEF\xBB\xBF[]", b"\x89PNG\r\n", b"hello", b"{}", b"\0\0\0\0", &gzip(b"")] {
        let said = refused(bytes);
        assert!(
            said.starts_with("expected a cassette/1 recording (NDJSON or protobuf), PostHog's exported JSON"),
            "{said}"
        );
        assert!(said.contains("; found "), "{said}");
    }
}

#[test]
fn foreign_files_cut_anywhere_are_refused() {
    let export = include_bytes!("../../../../fixtures/exports/posthog-2023-04-28-number-window.json");
    let text = std::str::from_utf8(export).unwrap().trim_end();
    for end in (0..text.len()).step_by(7) {
        let said = import_as(&export[..end], |_| {}).map(|_| ()).unwrap_err().to_string();
        assert!(said.starts_with("expected "), "{end}: {said}");
    }
}

#[test]
fn a_frame_that_claims_a_hundred_gigabytes_is_read_as_what_it_is() {
    // A frame header with a content size of 100 GB and a window of 1 KiB, then one raw block of two bytes.
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0b1100_0000, 0];
    frame.extend(100_000_000_000_u64.to_le_bytes());
    frame.extend([0b0001_0001, 0, 0]);
    frame.extend(b"[]");
    assert_eq!(
        refused(&frame),
        "expected more zstd after 0 decompressed bytes, found something that does not decompress"
    );
}

#[test]
fn a_bomb_costs_no_more_memory_than_a_line() {
    // Half a gigabyte of one string, in some hundred kilobytes.
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.write_all(b"[\"").unwrap();
    let megabyte = vec![b'a'; 1 << 20];
    for _ in 0..512 {
        encoder.write_all(&megabyte).unwrap();
    }
    encoder.write_all(b"\"]").unwrap();
    let said = refused(&encoder.finish().unwrap());
    assert_eq!(said, "expected a value of at most 268435456 bytes at byte 1 (line 1), it has more");
}

#[test]
fn nesting_beyond_any_page_is_refused() {
    let deep = format!("[{{\"type\":4,\"data\":{}", "[".repeat((1 << 20) + 8));
    let said = refused(deep.as_bytes());
    assert!(said.starts_with("expected less nesting at byte "), "{said}");
}

/// A recording in every form that can be read.
fn whole_files() -> Vec<Vec<u8>> {
    let export = include_bytes!("../../../../fixtures/exports/posthog-2022-12-02.json");
    let lines = include_str!("../../../../fixtures/exports/posthog-snapshots.jsonl");
    let visit = include_bytes!("../../../../fixtures/recordings/v1/visit.ndjson.zst");
    let packed: Vec<String> = lines.lines().map(super::rrweb::packed).collect();
    let mut files = vec![export.to_vec(), lines.as_bytes().to_vec(), visit.to_vec(), packed.join("\n").into_bytes()];
    for format in [Format::Ndjson, Format::Protobuf, Format::PosthogJson, Format::Rrweb] {
        let mut out = Vec::new();
        let writing = Writing { form: format.plain(), well_formed: false, page: None };
        write(visit.as_slice(), &writing, &mut out).unwrap();
        files.push(out);
    }
    files.push(super::posthog_zip::zip(&super::posthog_zip::whole()));
    files.extend([gzip(export), zst(export)]);
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_to_a_file_it_is_read_as_something_whole_or_refused_with_a_sentence(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        end in prop::option::of(any::<prop::sample::Index>()),
        taken_out in prop::option::of((any::<prop::sample::Index>(), 1..40_usize)),
    ) {
        let files = whole_files();
        let mut bytes = which.get(&files).clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some((at, length)) = taken_out {
            let at = at.index(bytes.len());
            bytes.drain(at..(at + length).min(bytes.len()));
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len() + 1));
        }
        match import_as(&bytes, |_| {}) {
            Ok(imported) => {
                let report = verify_file(Cursor::new(&imported.stored)).unwrap();
                prop_assert!(report.is_good(), "{}", report);
            }
            Err(error) => {
                let said = error.to_string();
                prop_assert!(said.contains("expected ") || said.starts_with("trailer: "), "{}", said);
            }
        }
    }
}
