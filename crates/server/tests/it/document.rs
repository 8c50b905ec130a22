//! `docs/format/live.md` says what the code does: an object put together by the document is read.

use cassette_recording::live::{self, LiveLine};

const DOCUMENT: &str = include_str!("../../../../docs/format/live.md");

fn example(words: &str) -> &'static str {
    let rest = DOCUMENT.split(&format!("```{words}\n")).nth(1).expect("the document has the example");
    rest.split("```").next().unwrap()
}

/// A live object as sections 3 and 4 of the document describe it, around one frame.
fn object(frame: &[u8], index: &str) -> Vec<u8> {
    let mut json = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    json.include_checksum(true).unwrap();
    std::io::Write::write_all(&mut json, index.as_bytes()).unwrap();
    let mut payload = json.finish().unwrap();
    let length = u32::try_from(payload.len()).unwrap();
    payload.extend(length.to_le_bytes());
    let mut object = frame.to_vec();
    object.extend(0x184D_2A50_u32.to_le_bytes());
    object.extend(u32::try_from(payload.len()).unwrap().to_le_bytes());
    object.extend(payload);
    object
}

#[test]
fn an_object_by_the_document_is_read() {
    let lines = example("ndjson live block");
    let frame = zstd::bulk::compress(lines.as_bytes(), 1).unwrap();
    let blocks = live::read_index(&object(&frame, example("json live index"))).unwrap();
    let [block] = &blocks[..] else { panic!("expected one block") };
    assert_eq!(block.raw_length, lines.len() as u64);
    assert_eq!(block.lines, lines.lines().count() as u64);
    assert_eq!(block.origins.len(), 1);
    let keys: Vec<_> = lines.lines().map(|line| LiveLine::read(line).unwrap().key).collect();
    assert!(keys.is_sorted());
    assert_eq!((keys[0].time, keys[2].time), (block.first, block.last));
    let items: Vec<_> = block.items.iter().map(|item| item.item).collect();
    assert!(keys.iter().all(|key| items.contains(&key.item)));
}

#[test]
fn the_document_names_every_member_of_the_index() {
    let index = example("json live index");
    let written = serde_json::to_string(&live::read_index(&object(&[], index)).unwrap()).unwrap();
    let compact: String = index.lines().map(str::trim_start).collect();
    let expected = compact.split_once("\"blocks\":").unwrap().1.strip_suffix('}').unwrap();
    assert_eq!(written, expected);
}
