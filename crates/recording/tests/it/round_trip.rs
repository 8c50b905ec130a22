//! What was written is what is read.

use std::io::Cursor;

use cassette_recording::file::{
    Content, Index, Lines, Meta, ParsedLine, Trailer, TrailerState, decode_block, decode_meta, verify, verify_file,
};
use proptest::prelude::*;

use crate::sample::{self, Body, Written};

#[test]
fn a_visit_is_read_as_it_was_written() {
    let (meta, lines) = sample::visit();
    let (file, finished) = sample::write(&meta, &lines);
    let text = String::from_utf8(sample::decompressed(&file)).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    assert_eq!(Meta::parse(first).unwrap(), meta);
    let parsed: Vec<_> = Lines::new(rest.as_bytes()).map(Result::unwrap).collect();
    assert_same(&lines, &parsed);
    assert_eq!(finished.events, 9);
    assert_eq!(finished.raw_bytes, text.len() as u64);
    assert_eq!(finished.bytes, file.len() as u64);
    assert_eq!(finished.sha256, cassette_recording::file::Digest::of(&file));
    assert!(rest.contains(r#""name":"click","target":{"id":77,"x":640,"y":333.5},"#));
    assert!(rest.contains(r#""name":"page_view","href":"https://shop.example/cart?items=2","#));
}

#[test]
fn a_good_file_verifies_as_a_stream_and_as_a_file() {
    let file = sample::visit_file();
    let report = verify(file.as_slice());
    assert!(report.is_good(), "{report}");
    assert_eq!((report.events, report.ended, report.intact.playable), (9, true, true));
    assert_eq!(report.intact.lines, report.lines);
    assert_eq!(report.trailer, TrailerState::NotRead);
    let report = verify_file(Cursor::new(&file)).unwrap();
    assert!(report.is_good(), "{report}");
    assert_eq!(report.trailer, TrailerState::Good);
}

#[test]
fn plain_and_recompressed_lines_verify() {
    let plain = sample::decompressed(&sample::visit_file());
    assert!(verify(plain.as_slice()).is_good());
    let again = zstd::stream::encode_all(plain.as_slice(), 19).unwrap();
    let report = verify_file(Cursor::new(again)).unwrap();
    assert!(report.is_good(), "{report}");
    assert_eq!(report.trailer, TrailerState::Absent);
}

#[test]
fn the_same_recording_gives_the_same_bytes() {
    assert_eq!(sample::visit_file(), sample::visit_file());
}

#[test]
fn a_recording_without_lines_is_whole() {
    let (file, finished) = sample::write(&sample::meta(), &[]);
    let report = verify_file(Cursor::new(&file)).unwrap();
    assert!(report.is_good(), "{report}");
    assert_eq!((report.trailer, report.intact.playable), (TrailerState::Good, false));
    assert_eq!((finished.events, finished.index.blocks.len()), (0, 1));
}

#[test]
fn every_block_is_read_by_its_place_alone() {
    let lines: Vec<_> = (0..400).map(|n| sample::mutation(n, "w1", 3000)).collect();
    let (file, finished) = sample::write(&sample::meta(), &lines);
    let trailer = Trailer::from_tail(&file[file.len().saturating_sub(4096)..]).unwrap();
    let index = trailer.index().unwrap();
    assert_eq!(index, finished.index);
    assert_eq!(trailer.items().unwrap(), sample::items());
    assert!(index.blocks.len() > 3);

    let at = |offset: u64, length: u32| &file[offset as usize..offset as usize + length as usize];
    let mut all = decode_meta(at(index.meta.offset, index.meta.length), &index.meta).unwrap();
    for block in &index.blocks {
        let lines = decode_block(at(block.offset, block.length), block).unwrap();
        let parsed: Vec<_> = Lines::new(&lines).map(Result::unwrap).collect();
        assert_eq!([parsed[0].seq, parsed.last().unwrap().seq], block.seq.map(Some));
        assert_eq!(parsed[0].timestamp, Some(block.first));
        assert_eq!(parsed.iter().filter(|line| line.event.is_some()).count(), block.events as usize);
        all.extend(lines);
    }
    assert_eq!(all, sample::decompressed(&file));
}

#[test]
fn a_line_before_the_last_one_is_refused() {
    let mut file = Vec::new();
    let mut writer = cassette_recording::file::Writer::begin(&mut file, &sample::meta(), 1).unwrap();
    let window_id = "w".parse().unwrap();
    let body = cassette_recording::file::LineBody::Captured { name: "a", distinct_id: None, captured: "{}" };
    let line = |timestamp| cassette_recording::file::Line { timestamp, window_id: &window_id, body };
    writer.push(&line(7)).unwrap();
    writer.push(&line(7)).unwrap();
    assert_eq!(writer.push(&line(6)).unwrap_err().to_string(), "expected a line at 7 ms or later, got 6 ms");
}

fn assert_same(written: &[Written], read: &[ParsedLine<'_>]) {
    let read: Vec<_> =
        read.iter().filter(|line| !matches!(line.content, Content::Checksum { .. } | Content::End { .. })).collect();
    assert_eq!(read.len(), written.len());
    for (written, read) in written.iter().zip(read) {
        assert_eq!(read.timestamp, Some(written.timestamp));
        assert_eq!(read.window_id.as_deref(), Some(written.window));
        match (&written.body, &read.content) {
            (Body::Event(event), Content::Event { .. }) => assert_eq!(read.event, Some(event.as_str())),
            (Body::Captured(name, who, item), Content::Captured { name: read_name, distinct_id, captured }) => {
                assert_eq!((*name, item.as_str()), (read_name.as_ref(), *captured));
                assert_eq!(distinct_id.as_deref(), Some(*who));
            }
            (written, read) => panic!("{written:?} was read as {read:?}"),
        }
    }
}

/// Any JSON: deep, with half emojis, huge numbers, keys twice and white space.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("\"\\ud83d half\"".to_owned()),
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,4})?",
        "[^\\x00-\\x1f\"\\\\]{0,12}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|values| format!("[ {} ]", values.join(" ,"))),
            proptest::collection::vec(inner, 0..4)
                .prop_map(|values| format!("{{\"k\" : {}}}", values.join(",\"k\":")).replace("{\"k\" : }", "{}")),
        ]
    })
}

fn any_event() -> impl Strategy<Value = String> {
    let nested = (1_usize..3000).prop_map(|depth| "[".repeat(depth) + &"]".repeat(depth));
    let data = prop_oneof![4 => any_json(), 1 => nested];
    let kinds = prop_oneof![
        Just("2"),
        Just("3"),
        Just("4"),
        Just("5"),
        Just("6"),
        Just("77"),
        Just("\"x\""),
        Just("-1"),
        Just("null")
    ];
    (kinds, data.clone(), data).prop_map(|(kind, data, more)| {
        format!("{{\"type\":{kind},\"data\":{{\"source\":2,\"href\":\"/\\u00e9\",\"id\":1e3,\"more\":{more}}},\"data\":{data}}}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_lines_survive(
        events in proptest::collection::vec((any_event(), 0_i64..500, prop::sample::select(vec!["", "w1", "w\"2\\é"])), 0..12),
        start in -1_000_000_i64..1_000_000,
    ) {
        let mut timestamp = start;
        let lines: Vec<_> = events.into_iter().map(|(json, step, window)| {
            timestamp += step;
            sample::event(timestamp, window, json)
        }).collect();
        let (file, _) = sample::write(&sample::meta(), &lines);
        let plain = sample::decompressed(&file);
        let parsed: Vec<_> = Lines::new(&plain).skip(1).map(Result::unwrap).collect();
        assert_same(&lines, &parsed);
        let report = verify_file(Cursor::new(&file)).unwrap();
        prop_assert!(report.is_good(), "{}", report);
        prop_assert_eq!(report.trailer, TrailerState::Good);
    }

    #[test]
    fn readers_survive_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = verify_file(Cursor::new(&bytes)).unwrap();
        let _ = Trailer::from_tail(&bytes);
        let _ = Index::from_json(&bytes);
        Lines::new(&bytes).for_each(drop);
    }
}

#[test]
fn unknown_types_and_members_are_passed_over() {
    let meta = r#"{"type":"meta","format":"cassette/1","session_id":"a","project_id":1,"started_at":0,"ended_at":5,"since":"1.2"}"#;
    let file = sample::sealed_by_hand(
        meta,
        &[&[
            r##"{"type":"mood","seq":#,"mood":["😀"]}"##,
            r##"{"type":"mood","seq":#,"timestamp":1,"event":{"type":3}}"##,
            r##"{"seq":#,"new":1,"type":"event","name":"wink","event":{"type":3},"timestamp":2,"window_id":"w"}"##,
        ]],
    );
    let report = verify(file.as_bytes());
    assert!(report.is_good(), "{report}");
    assert_eq!(report.events, 2);
}
