//! Other forms of a recording, and what is told of it.

use cassette_recording::file::{Gap, InspectError, NdjsonError, PageVisit, inspect, to_ndjson};

use crate::sample;

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
fn a_cut_file_has_no_ndjson() {
    let file = sample::visit_file();
    let error = to_ndjson(&file[..file.len() - 3], Vec::new()).unwrap_err();
    assert!(matches!(error, NdjsonError::Read(_)), "{error:?}");
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
