//! What PostHog exports, read.

use cassette_interchange::read::{Kind, Reading};
use cassette_interchange::{Compression, LeftOut};

use super::files::{Event, event, gzip, import, import_as, refused, zst};

const EXPORT_2022: &[u8] = include_bytes!("../../../../fixtures/exports/posthog-2022-12-02.json");
const EXPORT_TEXT: &[u8] = include_bytes!("../../../../fixtures/exports/posthog-2023-04-28-text-window.json");
const EXPORT_NUMBER: &[u8] = include_bytes!("../../../../fixtures/exports/posthog-2023-04-28-number-window.json");
const LINES: &[u8] = include_bytes!("../../../../fixtures/exports/posthog-snapshots.jsonl");

const WINDOW: &str = "0199f000-0000-7000-8000-000000000001";

/// The visit of the examples.
fn visit() -> Vec<(i64, serde_json::Value)> {
    let data = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
    let start = 1_767_225_600_000;
    vec![
        (
            start,
            data(
                r#"{"type":4,"data":{"href":"https://example.com/","width":800,"height":600},"timestamp":1767225600000}"#,
            ),
        ),
        (
            start + 10,
            data(
                r#"{"type":2,"data":{"node":{"type":0,"id":1,"childNodes":[{"type":2,"id":2,"tagName":"html","attributes":{},"childNodes":[{"type":2,"id":3,"tagName":"head","attributes":{},"childNodes":[]},{"type":2,"id":4,"tagName":"body","attributes":{},"childNodes":[{"type":3,"id":5,"textContent":"héllo ✓ 🦔"}]}]}]},"initialOffset":{"left":0,"top":0}},"timestamp":1767225600010}"#,
            ),
        ),
        (
            start + 500,
            data(
                r#"{"type":3,"data":{"source":0,"texts":[],"attributes":[],"removes":[],"adds":[{"parentId":4,"nextId":null,"node":{"type":3,"id":6,"textContent":"x"}}]},"timestamp":1767225600500}"#,
            ),
        ),
        (start + 1000, data(r#"{"type":3,"data":{"source":2,"type":2,"id":4,"x":5,"y":6},"timestamp":1767225601000}"#)),
        (
            start + 3000,
            data(r#"{"type":3,"data":{"source":5,"id":7,"text":"a","isChecked":false},"timestamp":1767225603000}"#),
        ),
        (
            start + 3500,
            data(
                r#"{"type":6,"data":{"plugin":"rrweb/console@1","payload":{"level":"warn","trace":[],"payload":["\"careful\""]}},"timestamp":1767225603500}"#,
            ),
        ),
        (
            start + 12_000,
            data(
                r#"{"type":3,"data":{"source":1,"positions":[{"x":1,"y":2,"id":4,"timeOffset":0}]},"timestamp":1767225612000}"#,
            ),
        ),
    ]
}

fn values(events: &[Event]) -> Vec<(i64, serde_json::Value)> {
    events.iter().map(|event| (event.time, serde_json::from_str(&event.json).unwrap())).collect()
}

#[test]
fn every_example_is_the_same_visit() {
    for (bytes, kind, window) in [
        (EXPORT_2022, Kind::PosthogJson2022, WINDOW),
        (EXPORT_TEXT, Kind::PosthogJson2023, WINDOW),
        (EXPORT_NUMBER, Kind::PosthogJson2023, "1"),
        (LINES, Kind::PosthogSnapshotLines, WINDOW),
    ] {
        let imported = import(bytes);
        let meta = &imported.read_in.meta;
        assert_eq!(imported.read_in.kind, kind);
        let events = imported.events();
        assert_eq!(values(&events), visit(), "{}", kind.name());
        assert!(events.iter().all(|event| event.window == window));
        assert_eq!((meta.started_at, meta.ended_at), (1_767_225_600_000, 1_767_225_612_000));
        assert_eq!((meta.first_arrival, meta.last_arrival), (meta.ended_at, meta.ended_at));
        assert_eq!(meta.counts.events, 7);
        assert_eq!((meta.counts.clicks, meta.counts.keypresses, meta.counts.console_warn), (1, 1, 1));
        assert_eq!(meta.urls, ["https://example.com/"]);
        assert_eq!(meta.source.as_deref(), Some("web"));
        assert_eq!((meta.odd_timestamps, meta.undecoded), (0, 0));
        assert_eq!(imported.read_in.left_out, []);
    }
}

#[test]
fn the_session_and_the_person_are_taken_over() {
    let meta = import(EXPORT_TEXT).read_in.meta;
    assert_eq!(meta.session_id.as_str(), "0199f000-0000-7000-8000-000000000002");
    let ids: Vec<&str> = meta.distinct_ids.iter().map(|id| id.as_str()).collect();
    assert_eq!(ids, ["ada"]);
    let [(key, person)] = meta.other.as_slice() else { panic!("{:?}", meta.other) };
    let person: serde_json::Value = serde_json::from_str(person).unwrap();
    assert_eq!((key.as_str(), person["properties"]["email"].as_str()), ("person", Some("ada@example.com")));
    let other = import_as(EXPORT_TEXT, |reading: &mut Reading<'_>| {
        reading.session_id = Some("mine".parse().unwrap());
        reading.project = Some(cassette_recording::ProjectId(7));
    })
    .unwrap();
    assert_eq!((other.read_in.meta.session_id.as_str(), other.read_in.meta.project_id.0), ("mine", 7));
}

#[test]
fn what_has_no_name_is_named_by_its_content() {
    let first = import(EXPORT_2022);
    let id = first.read_in.meta.session_id.as_str();
    assert!(id.starts_with("import-") && id.len() == 39, "{id}");
    for (wrapped, compression) in [(gzip(EXPORT_2022), Compression::Gzip), (zst(EXPORT_2022), Compression::Zstd)] {
        let again = import(&wrapped);
        assert_eq!(again.read_in.compression, Some(compression));
        assert_eq!(again.stored, first.stored);
    }
    let shorter = String::from_utf8(LINES.to_vec()).unwrap();
    let shorter = shorter.trim_end().rsplit_once('\n').unwrap().0;
    assert_ne!(import(shorter.as_bytes()).read_in.meta.session_id, import(LINES).read_in.meta.session_id);
}

#[test]
fn a_session_id_that_names_no_recording_is_reported() {
    let export = r#"{"version":"2023-04-28","data":{"id":"../x","snapshots":[{"windowId":1,"type":4,"timestamp":5}]}}"#;
    let imported = import(export.as_bytes());
    assert!(imported.read_in.meta.session_id.as_str().starts_with("import-"));
    let left_out: Vec<(&str, u64)> = imported.read_in.left_out.iter().map(|left| (left.what, left.count)).collect();
    assert_eq!(left_out, [("session ids", 1)]);
}

#[test]
fn the_member_that_names_the_window_goes_and_nothing_else() {
    let flat = |event: &str| {
        let export = format!(r#"{{"version":"2023-04-28","data":{{"snapshots":[{event}]}}}}"#);
        let events = import(export.as_bytes()).events();
        (events[0].window.clone(), events[0].json.clone())
    };
    for (given, window, expected) in [
        (r#"{"windowId":1,"type":4,"timestamp":5}"#, "1", r#"{"type":4,"timestamp":5}"#),
        (r#"{"windowId":"a\u0062","type":4,"timestamp":5}"#, "ab", r#"{"type":4,"timestamp":5}"#),
        (r#"{"type":4,"windowId":17 ,"timestamp":5}"#, "17", r#"{"type":4,"timestamp":5}"#),
        ("{\"type\":4,\"timestamp\":5\n,\t\"windowId\" : 1 }", "1", "{\"type\":4,\"timestamp\":5  }"),
        (
            r#"{"windowId":"own","type":4,"timestamp":5,"windowId":2}"#,
            "2",
            r#"{"windowId":"own","type":4,"timestamp":5}"#,
        ),
        (r#"{"type":4,"data":{"windowId":3},"timestamp":5}"#, "", r#"{"type":4,"data":{"windowId":3},"timestamp":5}"#),
        (r#"{"windowId":null,"type":4,"timestamp":5}"#, "", r#"{"type":4,"timestamp":5}"#),
        (
            r#"{"window_id":"x","delay":7,"type":4,"timestamp":5}"#,
            "",
            r#"{"window_id":"x","delay":7,"type":4,"timestamp":5}"#,
        ),
    ] {
        assert_eq!(flat(given), (window.to_owned(), expected.to_owned()), "{given}");
    }
}

#[test]
fn windows_that_cassette_numbered_get_their_names_back() {
    let export = r#"{"version":"2023-04-28","cassette":{"format":1,"windows":["first","second"]},"data":{"snapshots":[
        {"windowId":2,"type":4,"timestamp":5},{"windowId":1,"type":4,"timestamp":6},{"windowId":3,"type":4,"timestamp":7}]}}"#;
    let windows: Vec<String> = import(export.as_bytes()).events().into_iter().map(|event| event.window).collect();
    assert_eq!(windows, ["second", "first", "3"]);
}

#[test]
fn lines_of_every_shape_are_read() {
    let lines = r#"["a",{"type":4,"timestamp":1}]
{"window_id":"b","data":[{"type":4,"timestamp":2},{"type":4,"timestamp":3}]}
{"data":[{"type":4,"timestamp":4}],"windowId":"c"}
{"windowId":4,"type":4,"timestamp":5}

["a",{"type":4,"timestamp":6},"more"]
{"window_id":"d","data":[7,{"type":4,"timestamp":7}]}
"#;
    let imported = import(lines.as_bytes());
    let json = |time: i64| format!(r#"{{"type":4,"timestamp":{time}}}"#);
    let expected: Vec<Event> = [(1, "a"), (2, "b"), (3, "b"), (4, "c"), (5, "4"), (6, "a"), (7, "d")]
        .into_iter()
        .map(|(time, window)| event(time, window, json(time)))
        .collect();
    assert_eq!(imported.events(), expected);
    assert_eq!(
        imported.read_in.left_out,
        [
            LeftOut { what: "elements behind an event", count: 1, reason: "their meaning is not known" },
            LeftOut { what: "elements", count: 1, reason: "they are no rrweb events" },
        ]
    );
}

#[test]
fn what_no_export_has_is_counted() {
    let export = r#"{"data":{"mood":1,"snapshotsByWindowId":{"a":[{"type":4,"timestamp":1},null]},"x":[]},"y":2}"#;
    let imported = import(export.as_bytes());
    assert_eq!(imported.read_in.kind, Kind::PosthogJson2022);
    assert_eq!(
        imported.read_in.left_out,
        [
            LeftOut { what: "members that are none of PostHog's", count: 3, reason: "their meaning is not known" },
            LeftOut { what: "elements", count: 1, reason: "they are no rrweb events" },
        ]
    );
}

#[test]
fn an_event_that_does_not_decompress_is_kept_and_counted() {
    let line = r#"["a",{"type":2,"data":"\u001f\u008bnonsense","timestamp":1,"cv":"2024-10"}]"#;
    let imported = import(line.as_bytes());
    assert_eq!(imported.read_in.meta.undecoded, 1);
    assert_eq!(imported.events()[0].json, r#"{"type":2,"data":"\u001f\u008bnonsense","timestamp":1,"cv":"2024-10"}"#);
}

#[test]
fn a_mobile_recording_is_known_by_its_wireframes() {
    let line = r#"["a",{"type":2,"data":{"wireframes":[]},"timestamp":1}]"#;
    assert_eq!(import(line.as_bytes()).read_in.meta.source.as_deref(), Some("mobile"));
}

#[test]
fn what_is_no_export_is_refused_with_the_place() {
    for (export, expected) in [
        (
            r#"{"version":"2030-01-01","data":{}}"#,
            r#"expected version "2022-12-02" or "2023-04-28" before the value that ends at byte 23 (line 1), found "2030-01-01""#,
        ),
        (
            r#"{"version":"2023-04-28","data":{"person":null}}"#,
            r#"expected "snapshots" or "snapshotsByWindowId" in "data", found neither"#,
        ),
        (
            r#"{"version":"2023-04-28","data":{"snapshotsByWindowId":{}}}"#,
            r#"expected PostHog JSON 2023-04-28 as its "version" says, found the events of PostHog JSON 2022-12-02"#,
        ),
        (
            r#"{"version":"2023-04-28","data":{"snapshots":[],"snapshots":[]}}"#,
            "expected one list of events at byte 59 (line 1), found a second",
        ),
        (
            r#"{"version":"2023-04-28","data":{"snapshots":[{"windowId":{},"type":4}]}}"#,
            "expected a window's id, a string or a number at byte 45 (line 1), found {}",
        ),
        (r#"["a",{"type":4}] ["a",{"type":4}]"#, "expected a line break at byte 17 (line 1), found '['"),
        (
            "[\"a\",{\"type\":4}]\n[\"a\"]",
            "expected a window and an event in the line that ends at byte 22 (line 2), found less",
        ),
    ] {
        assert_eq!(refused(export.as_bytes()), expected);
    }
}
