use cassette_recording::ProjectId;
use cassette_recording::event::EventFacts;
use cassette_recording::file::{Line, LineBody, Meta, Writer, to_ndjson};
use prost_reflect::{DescriptorPool, DynamicMessage, Value};

use super::*;
use crate::Format;
use crate::write::sample;
use crate::write::{Writing, write};

fn encoded(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let writing = Writing { form: Format::Protobuf.plain(), well_formed: false, page: None };
    write(text.as_bytes(), &writing, &mut out).unwrap();
    out
}

fn lines(messages: &[u8]) -> Result<String, String> {
    let mut text = Vec::new();
    to_lines(messages, &mut |line| {
        text.extend_from_slice(line);
        text.push(b'\n');
        Ok(())
    })
    .map_err(|error| error.to_string())?;
    Ok(String::from_utf8(text).unwrap())
}

/// The messages as somebody decodes them who has only the document.
fn by_the_document(mut messages: &[u8]) -> Vec<DynamicMessage> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/format");
    let files = protox::compile(["recording.proto"], [folder]).unwrap();
    let pool = DescriptorPool::from_file_descriptor_set(files).unwrap();
    let line = pool.get_message_by_name("cassette.recording.v1.Line").unwrap();
    let mut found = Vec::new();
    while !messages.is_empty() {
        let length = usize::try_from(prost::encoding::decode_varint(&mut messages).unwrap()).unwrap();
        let (message, rest) = messages.split_at(length);
        let message = DynamicMessage::decode(line.clone(), message).unwrap();
        assert_no_unknown_fields(&message);
        found.push(message);
        messages = rest;
    }
    found
}

fn assert_no_unknown_fields(message: &DynamicMessage) {
    assert_eq!(message.unknown_fields().count(), 0, "{message:?}");
    for (_, value) in message.fields() {
        match value {
            Value::Message(inner) => assert_no_unknown_fields(inner),
            Value::List(list) => list.iter().filter_map(Value::as_message).for_each(assert_no_unknown_fields),
            _ => {}
        }
    }
}

/// What the message says, as the text form of Protobuf.
fn said(message: &DynamicMessage) -> String {
    message.to_string()
}

/// A recording in which every member of every kind of line stands.
fn full_meta() -> Meta {
    let mut meta = Meta::new("s-1".parse().unwrap(), ProjectId(7), 1000, 2000);
    meta.first_arrival = 3000;
    meta.last_arrival = 4000;
    meta.revision = 2;
    meta.earlier_revision = Some(1);
    meta.distinct_ids = vec!["ann".parse().unwrap()];
    meta.windows = vec!["w".parse().unwrap()];
    meta.user_agent = Some("Moz \"5\"".to_owned());
    meta.source = Some("web".to_owned());
    meta.library = Some("web 1".to_owned());
    meta.counts.events = 11;
    meta.counts.clicks = 12;
    meta.counts.keypresses = 13;
    meta.counts.mouse_activity = 14;
    meta.counts.console_log = 15;
    meta.counts.console_warn = 16;
    meta.counts.console_error = 17;
    meta.counts.exceptions = 18;
    meta.active_ms = 19;
    meta.first_url = Some("/a".to_owned());
    meta.urls = vec!["/a".to_owned()];
    meta.live_blocks = vec!["b".to_owned()];
    meta.odd_timestamps = 20;
    meta.undecoded = 21;
    meta.other = vec![("mood".to_owned(), r#"{"half":"\ud83d"}"#.to_owned())];
    meta
}

fn full_recording() -> String {
    let mut stored = Vec::new();
    let mut writer = Writer::begin(&mut stored, &full_meta(), 1).unwrap();
    let (window_id, ann) = ("w\"1".parse().unwrap(), "ann".parse().unwrap());
    let body = LineBody::Captured { name: "$identify", distinct_id: Some(&ann), captured: r#"{"a":1}"# };
    writer.push(&Line { timestamp: -5, window_id: &window_id, body }).unwrap();
    for event in [
        r#"{"type":2,"data":{},"timestamp":1000}"#,
        r#"{"type":3,"data":{"source":0,"text":"\ud83d"}}"#,
        r#"{"type":3,"data":{"source":2,"type":2,"id":77,"x":640,"y":333.5}}"#,
        r#"{"type":3,"data":{"source":2,"type":5,"id":-1}}"#,
        r#"{"type":4,"data":{"href":"https://a/"}}"#,
        r#"{"type":6,"data":{"plugin":"rrweb/console@1","payload":{"level":"warn"}}}"#,
    ] {
        let EventFacts { kind, target, href, console, .. } = EventFacts::read(event).unwrap();
        let body = LineBody::Event { kind, target, href, level: console, event };
        writer.push(&Line { timestamp: 5, window_id: &window_id, body }).unwrap();
    }
    writer.finish(std::iter::empty()).unwrap();
    let mut plain = Vec::new();
    to_ndjson(stored.as_slice(), &mut plain).unwrap();
    String::from_utf8(plain).unwrap()
}

#[test]
fn the_document_says_what_we_write() {
    let text = full_recording();
    let messages = by_the_document(&encoded(&text));
    let said: Vec<String> = messages.iter().map(said).collect();
    assert_eq!(
        said[0],
        "meta{format:\"cassette/1\",session_id:\"s-1\",project_id:7,started_at:1000,ended_at:2000,first_arrival:3000,\
         last_arrival:4000,revision:2,earlier_revision:1,distinct_ids:[\"ann\"],windows:[\"w\"],\
         user_agent:\"Moz \\\"5\\\"\",source:\"web\",library:\"web 1\",counts{events:11,clicks:12,keypresses:13,\
         mouse_activity:14,console_log:15,console_warn:16,console_error:17,exceptions:18},active_ms:19,first_url:\"/a\",\
         urls:[\"/a\"],live_blocks:[\"b\"],odd_timestamps:20,undecoded:21,\
         other:[{key:\"mood\",value:\"{\\\"half\\\":\\\"\\\\ud83d\\\"}\"}]}"
    );
    assert_eq!(
        said[1],
        r#"captured{timestamp:-5,window_id:"w\"1",name:"$identify",distinct_id:"ann",captured:"{\"a\":1}"}"#
    );
    assert_eq!(
        said[2],
        r#"full_snapshot{seq:1,timestamp:5,window_id:"w\"1",event:"{\"type\":2,\"data\":{},\"timestamp\":1000}"}"#
    );
    let kinds: Vec<&str> = said.iter().map(|message| message.split('{').next().unwrap()).collect();
    let events = ["event"; 4];
    let expected = [&["meta", "captured", "full_snapshot", "checksum", "mutation"][..], &events, &["checksum", "end"]];
    assert_eq!(kinds, expected.concat(), "no line has to travel as text");
    assert!(said[5].contains(r#"name:"click",target{id:77,x:640.0,y:333.5},event"#), "{}", said[5]);
    assert!(said[6].contains(r#"name:"focus",target{id:-1},event"#), "{}", said[6]);
    assert!(said[7].contains(r#"name:"page_view",href:"https://a/",event"#), "{}", said[7]);
    assert!(said[8].contains(r#"name:"console",level:"warn",event"#), "{}", said[8]);
    let end = messages.last().unwrap().get_field_by_name("end").unwrap();
    let sha256 = end.as_message().unwrap().get_field_by_name("sha256").unwrap().as_bytes().unwrap().clone();
    let hex: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(text.lines().last().unwrap().contains(&hex));
}

#[test]
fn lines_come_back_byte_for_byte() {
    let text = full_recording();
    assert_eq!(lines(&encoded(&text)).unwrap(), text);
}

#[test]
fn a_line_of_another_layout_travels_as_text() {
    let text = sample::of_lines(&[
        sample::first_line(&full_meta()),
        r#"{"seq":0, "type":"event","timestamp":0,"window_id":"w","name":"click","event":{"a":1}}"#.to_owned(),
        r#"{"type":"event","seq":1,"timestamp":0,"window_id":"w","name":"wink","event":{"a":1}}"#.to_owned(),
        r#"{"type":"event","seq":2,"timestamp":0,"window_id":"\u0077","name":"click","event":{"a":1}}"#.to_owned(),
        r#"{"type":"event","seq":3,"timestamp":0,"window_id":"w","name":"click","target":{"id":1,"x":1e2,"y":0},"event":{"a":1}}"#.to_owned(),
        r#"{"type":"event","seq":4,"timestamp":0,"window_id":"w","name":"click","new":1,"event":{"a":1}}"#.to_owned(),
        r#"{"type":"mutation","seq":5,"timestamp":0,"window_id":"w","event":{"a":1},"seq":5}"#.to_owned(),
        r#"{"type":"mood","seq":6}"#.to_owned(),
    ]);
    let messages = encoded(&text);
    let kinds: Vec<String> =
        by_the_document(&messages).iter().map(|line| said(line).split(['{', ':']).next().unwrap().to_owned()).collect();
    let expected = ["meta", "other", "event", "other", "other", "other", "other", "other", "checksum", "end"];
    assert_eq!(kinds, expected);
    assert_eq!(lines(&messages).unwrap(), text);
}

#[test]
fn a_meta_of_another_layout_brings_its_text() {
    let line = sample::first_line(&Meta::new("s-1".parse().unwrap(), ProjectId(1), 0, 0));
    for (from, to) in [
        ("{\"type\":\"meta\",", "{ \"type\":\"meta\","),
        ("\"session_id\":\"s-1\"", "\"session_id\":\"\\u0073-1\""),
        ("\"session_id\":\"s-1\"", &format!("\"session_id\":\"s-1\",\"pad\":\"{}\"", "x".repeat(5 << 20))),
    ] {
        let text = sample::of_lines(&[line.replacen(from, to, 1)]);
        assert_eq!(lines(&encoded(&text)).unwrap(), text);
    }
}

#[test]
fn messages_are_recognised_by_their_beginning() {
    let messages = encoded(&sample::recording(&[]));
    assert!(is_protobuf(&messages) && is_protobuf(&messages[..32]));
    for other in
        [b"".as_slice(), b"{\"type\":\"meta\"", b"\x0a\x0a\x0acassette", &messages[1..], b"\xff\xff\xff\xff\xff\xff"]
    {
        assert!(!is_protobuf(other), "{other:?}");
    }
}

#[test]
fn what_is_no_recording_is_refused_with_its_place() {
    let messages = encoded(&sample::recording(&[]));
    let (first, second) = {
        let mut rest = messages.as_slice();
        let length = prost::encoding::decode_varint(&mut rest).unwrap();
        (messages.len() - rest.len() + usize::try_from(length).unwrap(), messages.len())
    };
    assert!(first < second);
    let refused = |messages: &[u8]| lines(messages).unwrap_err();
    assert_eq!(refused(b""), "message 1 at byte 0: expected a meta, found an empty file");
    let cut = refused(&messages[..first + 10]);
    assert!(
        cut.starts_with(&format!(
            "message 2 at byte {first}: expected a whole message, found the end of the file after 9 of"
        )),
        "{cut}"
    );
    assert_eq!(
        refused(&[&messages[..first], &[0x80]].concat()),
        format!("message 2 at byte {first}: expected the length of a message, found the end of the file")
    );
    assert_eq!(
        refused(&[&messages[..first], &[0xFF; 6]].concat()),
        format!("message 2 at byte {first}: expected the length of a message, found a number of more than five bytes")
    );
    assert_eq!(
        refused(&[&messages[..first], &[0xFF, 0xFF, 0xFF, 0xFF, 0x0F]].concat()),
        format!("message 2 at byte {first}: expected a message of at most 256 MiB, found a length of 4294967295")
    );
    assert_eq!(
        refused(&messages.repeat(2)),
        format!("message 4 at byte {second}: expected a line after the meta, found none of the kinds known")
    );
    let newer = String::from_utf8_lossy(&messages[..first]).replace("cassette/1", "cassette/2");
    assert_eq!(refused(newer.as_bytes()), "message 1 at byte 0: expected format \"cassette/1\", found \"cassette/2\"");
    let broken = [&messages[..first], &[3, 0x7A, 1, b'\n']].concat();
    assert_eq!(
        refused(&broken),
        format!("message 2 at byte {first}: expected a line, found one with a line break in it")
    );
    assert!(
        refused(&[&messages[..first], &[2, 0x22, 9]].concat()).contains("expected a Line of recording.proto, found ")
    );
}
