//! rrweb events alone, read.

use std::io::Write as _;

use cassette_interchange::LeftOut;
use cassette_interchange::read::Kind;
use cassette_recording::json;

use super::files::{NOW, event, gzip, import, refused};

/// A string as rrweb's packer makes it of an event.
pub(crate) fn packed(event: &str) -> String {
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let marked = match event.strip_suffix('}') {
        Some("{") => "{\"v\":\"v1\"}".to_owned(),
        Some(open) => format!("{open},\"v\":\"v1\"}}"),
        None => event.to_owned(),
    };
    zlib.write_all(marked.as_bytes()).unwrap();
    let text: String = zlib.finish().unwrap().into_iter().map(char::from).collect();
    let mut out = Vec::new();
    json::write_string(&mut out, &text);
    String::from_utf8(out).unwrap()
}

#[test]
fn arrays_objects_and_lines_are_the_same_recording() {
    let (one, two) =
        (r#"{"type":4,"data":{"href":"/"},"timestamp":10}"#, r#"{"type":2,"data":{},"timestamp":20.5,"_sid":7}"#);
    let expected = [event(10, "", one), event(20, "", two)];
    let first = import(format!("[{one},{two}]").as_bytes());
    assert_eq!((first.read_in.kind, first.events().as_slice()), (Kind::RrwebArray, expected.as_slice()));
    assert_eq!(first.read_in.left_out, []);
    for (form, kind) in [
        (format!("  [\n{one}\n,\n{two}\n]\n"), Kind::RrwebArray),
        (format!("[{two},{one}]"), Kind::RrwebArray),
        (format!("[[{one}],[],[{two}]]"), Kind::RrwebArray),
        (format!("{{\"events\":[{one},{two}]}}"), Kind::RrwebArray),
        (format!("{one}\n{two}"), Kind::RrwebLines),
        (format!("\n{one}\r\n\r\n{two}\r\n"), Kind::RrwebLines),
        (format!("[{},{}]", packed(one), packed(two)), Kind::RrwebPacked),
        (format!("{}\n{}\n", packed(one), packed(two)), Kind::RrwebPacked),
        (format!("[{},{}]", packed(one), serde_json::to_string(two).unwrap()), Kind::RrwebPacked),
    ] {
        let imported = import(form.as_bytes());
        assert_eq!(imported.read_in.kind, kind, "{form}");
        assert_eq!(imported.stored, first.stored, "{form}");
        assert_eq!(import(&gzip(form.as_bytes())).stored, first.stored, "{form}");
    }
}

#[test]
fn an_empty_recording_takes_the_time_of_the_import() {
    for form in ["[]", "{\"events\":[]}", "[ ]\n"] {
        let meta = import(form.as_bytes()).read_in.meta;
        assert_eq!((meta.started_at, meta.first_arrival, meta.counts.events), (NOW, NOW, 0));
    }
}

#[test]
fn events_without_a_time_stand_where_their_neighbours_stand() {
    let events = r#"[{"n":1},{"n":2,"timestamp":"x"},{"n":3,"timestamp":50.9},{"n":4,"timestamp":1e300},{"n":5,"timestamp":40}]"#;
    let imported = import(events.as_bytes());
    let times: Vec<(i64, String)> = imported.events().into_iter().map(|event| (event.time, event.json)).collect();
    let expected = [
        (40, r#"{"n":5,"timestamp":40}"#),
        (50, r#"{"n":1}"#),
        (50, r#"{"n":2,"timestamp":"x"}"#),
        (50, r#"{"n":3,"timestamp":50.9}"#),
        (50, r#"{"n":4,"timestamp":1e300}"#),
    ];
    assert_eq!(times, expected.map(|(time, json)| (time, json.to_owned())));
    assert_eq!(imported.read_in.meta.odd_timestamps, 3);
    let timeless = import(br#"[{"type":4}]"#);
    assert_eq!(timeless.events(), [event(NOW, "", r#"{"type":4}"#)]);
}

#[test]
fn what_is_no_event_is_counted() {
    let imported = import(br#"{"events":[1,{"type":4,"timestamp":1},null,"{\"type\":4,\"timestamp\":2}"],"name":"x"}"#);
    assert_eq!(imported.events().len(), 2);
    assert_eq!(
        imported.read_in.left_out,
        [
            LeftOut { what: "elements", count: 2, reason: "they are no rrweb events" },
            LeftOut { what: "members beside the events", count: 1, reason: "their meaning is not known" },
        ]
    );
}

#[test]
fn compressed_events_are_decompressed_here_too() {
    let line = include_str!("../../../../fixtures/exports/posthog-snapshots.jsonl").lines().nth(1).unwrap();
    let compressed = line.split_once(',').unwrap().1.strip_suffix(']').unwrap();
    let imported = import(format!("[{compressed}]").as_bytes());
    assert!(imported.events()[0].json.contains("\"textContent\":\"héllo ✓ 🦔\""));
    assert!(!imported.events()[0].json.contains("cv"));
}

#[test]
fn what_is_badly_packed_is_refused_with_the_place() {
    let marked = |mark: &str| {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(mark.as_bytes()).unwrap();
        let text: String = zlib.finish().unwrap().into_iter().map(char::from).collect();
        let mut out = Vec::new();
        json::write_string(&mut out, &text);
        String::from_utf8(out).unwrap()
    };
    for (form, expected) in [
        (
            "[\"é🦔\"]".to_owned(),
            "expected an event packed by rrweb at byte 1 (line 1), found a string with characters that are no bytes",
        ),
        (
            "[\"nonsense\"]".to_owned(),
            "expected an event packed by rrweb at byte 1 (line 1), found a string that is no zlib",
        ),
        (
            format!("[\n{}]", marked("{\"v\":\"v2\"}")),
            "expected version \"v1\" of a packed event at byte 2 (line 2), found \"v2\"",
        ),
        (
            format!("[{}]", marked("{\"v\":")),
            "expected a packed event at byte 1 (line 1), found JSON with a mistake: expected a JSON value at byte 5",
        ),
        (
            format!("[{}]", marked("[]")),
            "expected a packed event at byte 1 (line 1), found JSON with a mistake: expected an object at byte 0",
        ),
    ] {
        assert_eq!(refused(form.as_bytes()), expected);
    }
}
