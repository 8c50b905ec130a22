//! What is written in each form, read by means of its own: events are looked for by position, not by our readers.

#![expect(clippy::unwrap_used, reason = "all of it is test code, the functions without #[test] too")]

use std::io::{Cursor, Read as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cassette_interchange::write::{MARKER, Writing, Written, write};
use cassette_interchange::{Compression, Form, Format, protobuf};
use cassette_recording::event::EventFacts;
use cassette_recording::file::{Line, LineBody, LineReader, Meta, ParsedLine, Writer, to_ndjson, verify_file};
use cassette_recording::json::{Array, Object};
use cassette_recording::{ProjectId, WindowId};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::files::import;

/// An event and its line's place: how long after the line before, and which window.
#[derive(Debug, Clone)]
struct Planned {
    after_ms: i64,
    window: usize,
    event: String,
}

/// JSON that trees, floats or Rust strings would not give back.
fn values() -> impl Strategy<Value = String> {
    let awkward = [
        "null",
        "-0.0",
        "1e400",
        "123456789012345678901234567890",
        r#""\ud83d""#,
        r#""\ude00\ud83d""#,
        r#""a\u0000\u2028\/b""#,
        "\"\u{2028}\u{85}é😀\"",
        r#"{"a":1,"a":2,"":[]}"#,
        r#"{"windowId":9,"timestamp":8,"cv":"2024-10"}"#,
        r#"[ 1 , [ ] ,{ } ]"#,
        r#""</script><!-- recording -->""#,
        r#"",\"timestamp\":5}""#,
    ];
    let deep = (1_usize..3000).prop_map(|depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    let text = "[ -~]{0,40}".prop_map(|text| {
        let mut out = Vec::new();
        cassette_recording::json::write_string(&mut out, &text);
        String::from_utf8(out).unwrap()
    });
    prop_oneof![4 => select(awkward.to_vec()).prop_map(str::to_owned), 1 => deep, 4 => text]
}

/// Events of any type, with their time anywhere or nowhere. `TIME` is put in later.
fn events() -> impl Strategy<Value = Planned> {
    let kind = select(vec!["0", "2", "3", "4", "5", "6", "7", "99", "1.5", "\"x\"", "{}"]);
    let time = select(vec!["TIME", "TIME.25", "TIME.0", "TIMEe0"]);
    let shape = (kind, values(), time, 0..8).prop_map(|(kind, value, time, shape)| match shape {
        0 => format!(r#"{{"timestamp":{time},"type":{kind},"data":{value}}}"#),
        1 => format!(r#"{{ "type" : {kind} , "data":{value} , "timestamp" : {time} }}"#),
        2 => format!(r#"{{"type":{kind},"data":{value}}}"#),
        3 => format!(r#"{{"type":{kind},"windowId":"w","data":{value},"timestamp":{time}}}"#),
        4 => "{}".to_owned(),
        _ => format!(r#"{{"type":{kind},"data":{value},"timestamp":{time}}}"#),
    });
    (0..3000_i64, 0..3_usize, shape).prop_map(|(after_ms, window, event)| Planned { after_ms, window, event })
}

struct Recording {
    plain: String,
    stored: Vec<u8>,
    events: Vec<String>,
}

const STARTED_AT: i64 = 1_795_245_310_102;

/// A recording of these events; each has the time of its line, on a clock that is `off`.
fn recording(planned: &[Planned], off: i64) -> Recording {
    let windows: Vec<WindowId> = ["w1", "", "w\"3"].map(|id| id.parse().unwrap()).to_vec();
    let last: i64 = planned.iter().map(|planned| planned.after_ms).sum();
    let mut meta = Meta::new("s-1".parse().unwrap(), ProjectId(1), STARTED_AT, STARTED_AT + last);
    meta.windows.clone_from(&windows);
    let mut stored = Vec::new();
    let mut writer = Writer::begin(&mut stored, &meta, 1).unwrap();
    let (mut timestamp, mut events) = (0, Vec::new());
    for planned in planned {
        timestamp += planned.after_ms;
        let event = planned.event.replace("TIME", &(STARTED_AT + timestamp + off).to_string());
        let facts = EventFacts::read(&event).unwrap();
        let body = LineBody::Event {
            kind: facts.kind,
            target: facts.target,
            href: facts.href,
            level: facts.console,
            event: &event,
        };
        writer.push(&Line { timestamp, window_id: &windows[planned.window], body }).unwrap();
        events.push(event);
    }
    writer.finish(std::iter::empty()).unwrap();
    let mut plain = Vec::new();
    to_ndjson(stored.as_slice(), &mut plain).unwrap();
    Recording { plain: String::from_utf8(plain).unwrap(), stored, events }
}

const PAGE: &str = "<!doctype html>\n<!-- recording -->\n<script>1</script>\n";

fn written_in(form: Form, recording: &[u8]) -> (Vec<u8>, Written) {
    let mut out = Vec::new();
    let writing = Writing { form, well_formed: false, page: Some(PAGE) };
    let written = write(recording, &writing, &mut out).unwrap();
    (out, written)
}

fn written(format: Format, recording: &[u8]) -> (Vec<u8>, Written) {
    written_in(format.plain(), recording)
}

fn count(written: &Written, what: &str) -> u64 {
    written.left_out.iter().filter(|loss| loss.what == what).map(|loss| loss.count).sum()
}

/// Whether all of these stand in the text, one behind the other.
fn in_order<'a>(mut text: &'a [u8], parts: impl IntoIterator<Item = &'a str>) -> Result<(), String> {
    for part in parts {
        let at = memchr::memmem::find(text, part.as_bytes()).ok_or_else(|| part.to_owned())?;
        text = &text[at + part.len()..];
    }
    Ok(())
}

/// The lines inside of a page.
fn lines_of_page(page: &str) -> String {
    let mut lines = String::new();
    for part in page.split("<script type=\"text/plain\" id=\"block-").skip(1) {
        let (_, rest) = part.split_once("\">").unwrap();
        let (block, _) = rest.split_once("</script>").unwrap();
        let gzip = STANDARD.decode(block).unwrap();
        flate2::read::GzDecoder::new(gzip.as_slice()).read_to_string(&mut lines).unwrap();
    }
    lines
}

/// The snapshots of PostHog's file.
fn snapshots(file: &str) -> Vec<&str> {
    let data = member(file, "data").unwrap();
    let mut array = Array::open(member(data, "snapshots").unwrap(), 0).unwrap();
    std::iter::from_fn(|| array.next_value().unwrap()).collect()
}

/// The value that JavaScript sees.
fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let mut object = Object::open(object, 0).unwrap();
    let mut found = None;
    while let Some(key) = object.next_key().unwrap() {
        if cassette_recording::json::unescape(key) == name {
            found = Some(object.value().unwrap());
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn events_leave_byte_for_byte_in_every_form(
        planned in vec(events(), 0..40),
        off in select(vec![0, 61_000, -3_600_000]),
    ) {
        let recording = recording(&planned, off);
        let all = || recording.events.iter().map(String::as_str);
        for input in [recording.plain.as_bytes(), &recording.stored] {
            let (ndjson, told) = written(Format::Ndjson, input);
            prop_assert_eq!(&ndjson, recording.plain.as_bytes());
            prop_assert_eq!((told.events, told.left_out), (planned.len() as u64, vec![]));

            let (stored, _) = written(Format::NdjsonZst, input);
            let report = verify_file(Cursor::new(&stored)).unwrap();
            prop_assert!(report.is_good(), "{}", report);
            prop_assert_eq!(&zstd::decode_all(stored.as_slice()).unwrap(), recording.plain.as_bytes());

            let (messages, told) = written(Format::Protobuf, input);
            prop_assert_eq!(told.left_out, vec![]);
            prop_assert_eq!(in_order(&messages, all()), Ok(()));
            let mut lines = String::new();
            protobuf::to_lines(messages.as_slice(), &mut |line| {
                lines.push_str(std::str::from_utf8(line).unwrap());
                lines.push('\n');
                Ok(())
            }).unwrap();
            prop_assert_eq!(&lines, &recording.plain);

            let (array, _) = written(Format::Rrweb, input);
            let array = String::from_utf8(array).unwrap();
            let mut found = Array::open(&array, 0).unwrap();
            let found: Vec<&str> = std::iter::from_fn(|| found.next_value().unwrap()).collect();
            prop_assert_eq!(found, all().collect::<Vec<_>>());

            let (page, told) = written(Format::Html, input);
            let page = String::from_utf8(page).unwrap();
            prop_assert!(!page.contains(MARKER) && page.matches("<script").count() == page.matches("</script>").count());
            prop_assert_eq!(told.left_out, vec![]);
            let lines = lines_of_page(&page);
            let found: Vec<&str> = lines.lines().map(|line| ParsedLine::parse(line).unwrap().event.unwrap()).collect();
            prop_assert_eq!(found, all().collect::<Vec<_>>());
        }
    }

    #[test]
    fn posthogs_file_changes_nothing_that_it_does_not_tell(
        planned in vec(events(), 1..40),
        off in select(vec![0, 61_000, -3_600_000]),
    ) {
        let recording = recording(&planned, off);
        let (file, told) = written(Format::PosthogJson, &recording.stored);
        let file = String::from_utf8(file).unwrap();
        let found = snapshots(&file);
        prop_assert_eq!(found.len(), planned.len());
        let mut changed = 0;
        for (snapshot, event) in found.iter().zip(&recording.events) {
            // With our first member taken away, or our last.
            let first = snapshot.split_once(',').map(|(_, rest)| format!("{{{rest}"));
            let last = snapshot.rsplit_once(",\"windowId\":").map(|(before, _)| format!("{before}}}"));
            let as_it_was = first.as_deref() == Some(event) || last.as_deref() == Some(event);
            changed += u64::from(!as_it_was && event != "{}");
            changed += u64::from(event == "{}");
        }
        prop_assert_eq!(count(&told, "timestamps replaced"), changed);
        check_posthog_reads(&file).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn damage_is_an_error_and_never_a_panic(
        planned in vec(events(), 1..10),
        at in any::<prop::sample::Index>(),
        put in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let recording = recording(&planned, 0);
        let (messages, _) = written(Format::Protobuf, &recording.stored);
        for whole in [recording.plain.as_bytes(), &recording.stored, &messages] {
            let at = at.index(whole.len());
            let mut damaged = whole.to_vec();
            damaged[at] = put;
            if cut {
                damaged.truncate(at);
            }
            if damaged == whole {
                continue;
            }
            for format in Format::ALL {
                let writing = Writing { form: format.plain(), well_formed: false, page: Some(PAGE) };
                let refused = write(damaged.as_slice(), &writing, Vec::new()).is_err();
                // Nothing reads the trailer here, bits of a frame's header may mean nothing, and of the last line's digest
                // nothing depends.
                let last_digest = whole.len().saturating_sub(64 + "\"}\n".len());
                let noticed = whole == recording.plain.as_bytes() && (cut || at < last_digest) || whole == messages;
                prop_assert!(refused || !noticed, "{}", format.name());
            }
            let mut bytes = 0;
            let _ = protobuf::to_lines(damaged.as_slice(), &mut |line| {
                bytes += line.len();
                Ok(())
            });
            prop_assert!(bytes <= 2 * recording.plain.len());
        }
    }

    #[test]
    fn what_is_put_around_a_form_comes_off(planned in vec(events(), 0..10)) {
        let recording = recording(&planned, 0);
        for format in [Format::Ndjson, Format::Protobuf, Format::PosthogJson, Format::Rrweb] {
            let (plain, _) = written(format, &recording.stored);
            let packed = |compression| written_in(Form { format, compression: Some(compression) }, &recording.stored).0;
            let mut gunzipped = Vec::new();
            flate2::read::GzDecoder::new(packed(Compression::Gzip).as_slice()).read_to_end(&mut gunzipped).unwrap();
            prop_assert_eq!(&gunzipped, &plain);
            prop_assert_eq!(&zstd::decode_all(packed(Compression::Zstd).as_slice()).unwrap(), &plain);
        }
    }
}

/// What PostHog's reader takes for granted of a file of version 2023-04-28, point by point: it parses the whole text once,
/// looks at `version` and `data`, and uses the snapshots as they are, without sorting, numbering or decompressing.
fn check_posthog_reads(file: &str) -> Result<(), String> {
    cassette_recording::json::one_value(file).map_err(|error| error.to_string())?;
    if member(file, "version") != Some("\"2023-04-28\"") {
        return Err("the version is another".to_owned());
    }
    let data = member(file, "data").ok_or("there is no data")?;
    if !member(data, "id").is_some_and(|id| id.starts_with('"')) {
        return Err("there is no id".to_owned());
    }
    let person = member(data, "person").ok_or("there is no person")?;
    if person != "null" && member(person, "distinct_ids").is_none() {
        return Err("the person has no distinct ids".to_owned());
    }
    let snapshots = snapshots(file);
    if snapshots.is_empty() {
        return Err("there are no snapshots".to_owned());
    }
    let mut last = f64::MIN;
    for snapshot in snapshots {
        let window = member(snapshot, "windowId").ok_or("an event has no window")?;
        if !window.parse().is_ok_and(|window: u64| window > 0) {
            return Err(format!("the window {window} is no number from 1 on"));
        }
        let timestamp: f64 =
            member(snapshot, "timestamp").and_then(|at| at.parse().ok()).ok_or("a timestamp is no number")?;
        if timestamp.floor() < last {
            return Err(format!("{timestamp} follows on {last}"));
        }
        last = timestamp.floor();
    }
    Ok(())
}

/// What else PostHog needs in order to show all of it: a full snapshot in every window, and nothing compressed.
fn check_posthog_shows(file: &str) -> Result<(), String> {
    let mut drawn = std::collections::BTreeMap::new();
    for snapshot in snapshots(file) {
        let window = member(snapshot, "windowId").unwrap_or_default();
        let full = member(snapshot, "type") == Some("2");
        *drawn.entry(window).or_insert(false) |= full;
        let data = member(snapshot, "data").ok_or("an event has no data")?;
        let members = ["adds", "removes", "texts", "attributes"];
        let packed = |value: &str| value.starts_with("\"\\u001f") || value.starts_with("\"\u{1f}");
        let inside = members.iter().filter_map(|name| member(data, name).filter(|_| data.starts_with('{')));
        if packed(data) || inside.into_iter().any(packed) {
            return Err("an event is compressed".to_owned());
        }
    }
    match drawn.iter().find(|(_, drawn)| !**drawn) {
        None => Ok(()),
        Some((window, _)) => Err(format!("window {window} has no full snapshot")),
    }
}

#[test]
fn what_posthog_exported_it_would_import_again() {
    for name in [
        "posthog-2022-12-02.json",
        "posthog-2023-04-28-number-window.json",
        "posthog-2023-04-28-text-window.json",
        "posthog-snapshots.jsonl",
    ] {
        let recording = import(&exported(name)).stored;
        let (file, written) = written(Format::PosthogJson, &recording);
        let file = String::from_utf8(file).unwrap();
        check_posthog_reads(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        check_posthog_shows(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((count(&written, "timestamps replaced"), count(&written, "window ids")), (0, 0), "{name}");
    }
}

fn exported(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/exports").join(name)).unwrap()
}

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/recordings").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_fixture_leaves_in_every_form() {
    for name in ["v1/many-blocks.ndjson.zst", "v1/recompressed.ndjson.zst", "v1/unknown-types.ndjson"] {
        let recording = fixture(name);
        let mut reader = LineReader::new(recording.as_slice()).unwrap();
        let mut events = 0;
        while let Some(line) = reader.next_line().unwrap() {
            let line = ParsedLine::parse(std::str::from_utf8(line.bytes).unwrap()).unwrap();
            events += u64::from(line.event.is_some());
        }
        for format in Format::ALL {
            let (_, written) = written(format, &recording);
            assert_eq!(written.events, events, "{name} as {}", format.name());
        }
    }
}

#[test]
fn a_stored_file_leaves_as_it_is() {
    for name in ["v1/many-blocks.ndjson.zst", "v1/recompressed.ndjson.zst"] {
        assert_eq!(written(Format::NdjsonZst, &fixture(name)).0, fixture(name));
    }
}

#[test]
fn what_is_damaged_leaves_in_no_form() {
    for name in [
        "cut-in-a-frame.ndjson.zst",
        "cut-in-a-line.ndjson",
        "line-lost.ndjson",
        "without-end.ndjson",
        "without-meta.ndjson",
        "clock-runs-back.ndjson",
        "byte-changed.ndjson",
    ] {
        let recording = fixture(&format!("damaged/{name}"));
        for format in Format::ALL {
            let writing = Writing { form: format.plain(), well_formed: false, page: Some(PAGE) };
            let refused = write(recording.as_slice(), &writing, Vec::new());
            assert!(refused.is_err(), "{name} as {}", format.name());
        }
    }
}

#[test]
fn a_page_needs_a_place_for_the_recording_and_nothing_around_it() {
    let recording = fixture("v1/many-blocks.ndjson.zst");
    let refused = |form: Form, page: Option<&str>| {
        write(recording.as_slice(), &Writing { form, well_formed: false, page }, Vec::new()).unwrap_err().to_string()
    };
    let html = Format::Html.plain();
    let expected = "expected a page with one line \"<!-- recording -->\", found";
    assert_eq!(refused(html, None), format!("{expected} no page"));
    assert_eq!(refused(html, Some("<html>")), format!("{expected} none"));
    assert_eq!(refused(html, Some(&PAGE.repeat(2))), format!("{expected} two"));
    let packed = Form { compression: Some(Compression::Gzip), ..html };
    assert_eq!(refused(packed, Some(PAGE)), "expected html without gzip around it");
}

#[test]
fn halves_of_emojis_are_replaced_in_every_form_when_asked() {
    let half = Planned { after_ms: 0, window: 0, event: r#"{"type":2,"data":"\ud83d","timestamp":TIME}"#.to_owned() };
    let recording = recording(&[half], 0);
    for format in Format::ALL {
        let mut out = Vec::new();
        let writing = Writing { form: format.plain(), well_formed: true, page: Some(PAGE) };
        let written = write(recording.stored.as_slice(), &writing, &mut out).unwrap();
        assert_eq!(count(&written, "halves of surrogate pairs"), 1, "{}", format.name());
        let text = match format {
            Format::NdjsonZst => zstd::decode_all(out.as_slice()).unwrap(),
            Format::Html => lines_of_page(&String::from_utf8(out).unwrap()).into_bytes(),
            Format::Ndjson | Format::Protobuf | Format::PosthogJson | Format::Rrweb => out,
        };
        assert!(memchr::memmem::find(&text, br#""data":"\ufffd""#).is_some(), "{}", format.name());
    }
}
