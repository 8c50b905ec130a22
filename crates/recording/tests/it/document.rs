//! The format's document says what the code does: its examples are read, and written again.

use cassette_recording::event::{EventFacts, EventName};
use cassette_recording::file::{
    Content, Index, Line, LineBody, Lines, Meta, ParsedLine, SeekEntry, Stored, Trailer, Writer, verify,
};

use crate::sample;

const DOCUMENT: &str = include_str!("../../../../docs/format/recording.md");

/// The insides of the document's fences with these words behind the backticks.
fn examples(words: &str) -> Vec<&'static str> {
    let begin = format!("```{words}\n");
    let found: Vec<_> = DOCUMENT.split(&begin).skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!found.is_empty(), "no example for {words}");
    found
}

#[test]
fn the_recordings_in_the_document_are_good() {
    for example in examples("ndjson recording") {
        let report = verify(example.as_bytes());
        assert!(report.is_good(), "{report}");
        assert!(report.intact.playable);
    }
}

#[test]
fn the_recordings_in_the_document_are_what_is_written() {
    for example in examples("ndjson recording") {
        let mut lines = example.lines();
        let meta = Meta::parse(lines.next().unwrap()).unwrap();
        let mut file = Vec::new();
        let mut writer = Writer::begin(&mut file, &meta, 3).unwrap();
        for line in lines {
            write_again(&mut writer, &ParsedLine::parse(line).unwrap());
        }
        writer.finish(std::iter::empty()).unwrap();
        assert_eq!(String::from_utf8(sample::decompressed(&file)).unwrap(), example);
    }
}

fn write_again(writer: &mut Writer<Stored<&mut Vec<u8>>>, line: &ParsedLine<'_>) {
    let distinct_id;
    let body = match &line.content {
        Content::Event { .. } => {
            let event = line.event.unwrap();
            let facts = EventFacts::read(event).unwrap();
            LineBody::Event { kind: facts.kind, target: facts.target, href: facts.href, level: facts.console, event }
        }
        Content::Captured { name, distinct_id: who, captured } => {
            distinct_id = who.as_deref().map(|who| who.parse().unwrap());
            LineBody::Captured { name, distinct_id: distinct_id.as_ref(), captured }
        }
        Content::Checksum { .. } | Content::End { .. } => return,
        Content::Meta | Content::Unknown => panic!("the writer writes no such line: {}", line.raw),
    };
    let window_id = line.window_id.as_deref().unwrap().parse().unwrap();
    writer.push(&Line { timestamp: line.timestamp.unwrap(), window_id: &window_id, body }).unwrap();
}

#[test]
fn the_lines_in_the_document_are_read() {
    for line in examples("ndjson lines").into_iter().flat_map(|example| Lines::new(example.as_bytes())) {
        let line = line.unwrap();
        let Content::Event { kind, level, href, .. } = &line.content else { panic!("{}", line.raw) };
        let facts = EventFacts::read(line.event.unwrap()).unwrap();
        assert_eq!((*kind, href.as_deref()), (facts.kind, facts.href));
        assert_eq!(level.as_deref(), facts.console.map(|level| level.as_str()));
    }
}

#[test]
fn the_index_in_the_document_is_read() {
    for example in examples("json index") {
        let index = Index::from_json(example.as_bytes()).unwrap();
        assert_eq!(index.blocks.len(), 2);
        assert_eq!(index.end(), 8763);
    }
}

#[test]
fn the_seek_table_in_the_document_is_read() {
    let hex = examples("hex seek table")[0];
    let table: Vec<u8> = hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
    // A trailer needs an index before its seek table; any will do.
    let (file, _) = sample::write(&sample::meta(), &[]);
    let trailer = Trailer::from_tail(&file).unwrap();
    let index_frame = trailer.seek_table().last().unwrap().compressed as usize;
    let index = &file[file.len() - trailer.bytes()..][..index_frame];
    let read = Trailer::from_tail(&[index, &table].concat()).unwrap();
    let entry = |compressed, decompressed| SeekEntry { compressed, decompressed };
    assert_eq!(read.seek_table(), [entry(151, 190), entry(8210, 70_113), entry(512, 0)]);
}

#[test]
fn every_name_of_an_event_is_in_the_document() {
    let code = include_str!("../../src/event.rs");
    let names = code.split("event_names! {").nth(1).unwrap().split("\n}\n").next().unwrap();
    let names: Vec<_> = names.split(" = \"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        assert!(EventName::from_name(name).is_some());
        assert!(DOCUMENT.contains(&format!("`{name}`")), "{name}");
    }
}
