//! Other forms of a recording, and what is told of it.

use cassette_recording::file::{ConvertError, Gap, InspectError, PageVisit, inspect, to_ndjson, to_rrweb};

use crate::sample::{self, Body};

#[test]
fn ndjson_is_what_zstd_prints() {
    let file = sample::visit_file();
    let mut out = Vec::new();
    let bytes = to_ndjson(file.as_slice(), &mut out).unwrap();
    assert_eq!(out, sample::decompressed(&file));
    assert_eq!(bytes, out.len() as u64);
    let mut again = Vec::new();
    to_ndjson(out.as_slice(), &mut again).unwrap();
    assert_eq!(again, out);
}

#[test]
fn rrweb_is_an_array_of_the_events_as_they_came() {
    let (meta, lines) = sample::visit();
    let (file, _) = sample::write(&meta, &lines);
    let events: Vec<_> = lines
        .iter()
        .filter_map(|line| match &line.body {
            Body::Event(event) => Some(event.as_str()),
            Body::Captured(..) => None,
        })
        .collect();
    let mut out = Vec::new();
    assert_eq!(to_rrweb(file.as_slice(), &mut out).unwrap(), events.len() as u64);
    assert_eq!(String::from_utf8(out).unwrap(), format!("[\n{}\n]\n", events.join(",\n")));
    let mut none = Vec::new();
    to_rrweb(sample::write(&meta, &[]).0.as_slice(), &mut none).unwrap();
    assert_eq!(none, b"[]\n");
}

#[test]
fn a_damaged_line_stops_a_conversion_with_its_number() {
    let plain = String::from_utf8(sample::decompressed(&sample::visit_file())).unwrap();
    let damaged = plain.replace("\"window_id\":\"w2\"", "\"window_id\":2");
    let error = to_rrweb(damaged.as_bytes(), Vec::new()).unwrap_err();
    assert!(matches!(error, ConvertError::Line { number: 9, .. }), "{error:?}");
    let file = sample::visit_file();
    let error = to_ndjson(&file[..file.len() - 3], Vec::new()).unwrap_err();
    assert!(matches!(error, ConvertError::Read(_)), "{error:?}");
}

#[test]
fn an_inspection_tells_what_is_in_a_recording() {
    let file = sample::visit_file();
    let found = inspect(file.as_slice()).unwrap();
    assert_eq!(found.meta, sample::visit().0);
    assert_eq!((found.lines, found.events, found.blocks), (14, 9, 2));
    assert_eq!(found.duration_ms, 401_040);
    assert_eq!(found.stored_bytes, file.len() as u64);
    assert_eq!(found.raw_bytes, sample::decompressed(&file).len() as u64);
    assert_eq!(found.gaps, [Gap { from: 7000, to: 401_000 }]);
    let page = |timestamp, window: &str, path: &str| PageVisit {
        timestamp,
        window_id: window.to_owned(),
        href: format!("https://shop.example{path}"),
    };
    assert_eq!(found.pages, [page(0, "w1", "/"), page(5000, "w2", "/cart?items=2")]);
    assert_eq!(found.counts["event/click"], 1);
    assert_eq!(found.counts["captured/$identify"], 1);
    assert_eq!(found.counts["full_snapshot"], 2);
    let windows: Vec<_> =
        found.windows.iter().map(|w| (w.window_id.as_str(), w.first, w.last, w.events, w.full_snapshots)).collect();
    assert_eq!(windows, [("w1", -40, 401_000, 6, 1), ("w2", 5000, 7000, 3, 1)]);
    assert!(serde_json::to_string(&found).unwrap().contains("\"session_id\""));
}

#[test]
fn what_is_no_recording_cannot_be_inspected() {
    assert!(matches!(inspect(&b""[..]), Err(InspectError::Empty)));
    assert!(matches!(inspect(&b"[]\n"[..]), Err(InspectError::Meta(_))));
    assert!(matches!(inspect(&b"\xff\n"[..]), Err(InspectError::Line { number: 1, .. })));
}
