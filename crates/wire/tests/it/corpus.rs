//! Requests of the unmodified SDK, as they were received: what each recording must hold is in `expected.json`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use cassette_recording::ItemId;
use cassette_recording::json::{self, Object};
use cassette_recording::person::LinkKind;
use cassette_wire::capture::{Budget, Decoder, Envelope, FlagsRequest, Inflater, Item, ItemClock, RequestClock};
use cassette_wire::person;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Expected {
    duplicate_items: usize,
    sessions: BTreeMap<String, Session>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
struct Session {
    window_ids: BTreeSet<String>,
    distinct_ids: BTreeSet<String>,
    items: usize,
    rrweb_events: usize,
    first_ts: i64,
    last_ts: i64,
    counts: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
struct Request {
    query: BTreeMap<String, String>,
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/capture");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    assert!(folders.len() >= 9, "the fixtures are in {}", root.display());
    folders
}

/// The bodies of a folder whose name ends with one of `endings`, and their queries.
fn requests(folder: &Path, endings: &[&str]) -> Vec<(Vec<u8>, RequestClock)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let wanted = |path: &Path| endings.iter().any(|ending| path.to_str().unwrap().ends_with(ending));
    paths.retain(|path| wanted(path));
    paths.sort();
    let read = |path: &PathBuf| {
        let request: Request = serde_json::from_slice(&std::fs::read(path.with_extension("json")).unwrap()).unwrap();
        let number = |key: &str| request.query.get(key).and_then(|value| value.parse::<i64>().ok());
        let clock =
            RequestClock { query_sent_at: number("_"), retry: number("retry_count").is_some_and(|count| count > 0) };
        (std::fs::read(path).unwrap(), clock)
    };
    paths.iter().map(read).collect()
}

fn label(event: &str) -> String {
    let mut kind = "";
    let (mut source, mut name) = ("", String::new());
    let mut object = Object::open(event, 0).unwrap();
    while let Some(key) = object.next_key().unwrap() {
        let value = object.value().unwrap();
        match key {
            "type" => kind = value,
            "data" if value.starts_with('{') => {
                let mut data = Object::open(value, 0).unwrap();
                while let Some(key) = data.next_key().unwrap() {
                    match key {
                        "source" => source = data.value().unwrap(),
                        "tag" | "plugin" => name = json::string_value(data.value().unwrap()).unwrap().into_owned(),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    let incremental = [
        "Mutation",
        "MouseMove",
        "MouseInteraction",
        "Scroll",
        "ViewportResize",
        "Input",
        "TouchMove",
        "MediaInteraction",
        "StyleSheetRule",
        "CanvasMutation",
        "Font",
        "Log",
        "Drag",
        "StyleDeclaration",
        "Selection",
        "AdoptedStyleSheet",
        "CustomElement",
    ];
    match kind {
        "2" => "FullSnapshot".to_owned(),
        "3" => format!("Incremental/{}", incremental[source.parse::<usize>().unwrap()]),
        "4" => "Meta".to_owned(),
        "5" => format!("Custom/{name}"),
        "6" => format!("Plugin/{name}"),
        other => panic!("no label for type {other}"),
    }
}

fn take(session: &mut Session, item: &Item<'_>, clock: RequestClock, decoder: &mut Decoder, budget: &mut Budget) {
    session.items += 1;
    session.window_ids.insert(item.window_id().unwrap().to_string());
    session.distinct_ids.insert(item.distinct_id().unwrap().unwrap().as_str().to_owned());
    let sent = clock.sent(item.sent_at).expect("both SDKs say when they sent");
    let outcome = decoder.decode_item(item, ItemClock::new(Some(sent), 0), budget, |event| {
        let first = if session.rrweb_events == 0 { i64::MAX } else { session.first_ts };
        session.first_ts = first.min(event.time);
        session.last_ts = session.last_ts.max(event.time);
        session.rrweb_events += 1;
        *session.counts.entry(label(event.json)).or_default() += 1;
        assert_eq!((event.undecoded, event.odd), (None, false));
        assert!(!event.json.contains('\n') && !event.json.contains("\"cv\""));
    });
    let outcome = outcome.unwrap();
    assert_eq!((outcome.undecoded, outcome.odd, outcome.refused), (0, 0, 0));
}

#[test]
fn every_folder_gives_what_is_expected_of_it() {
    for folder in folders() {
        let expected: Expected = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
        let mut sessions: BTreeMap<String, Session> = BTreeMap::new();
        let mut seen: HashSet<(String, ItemId)> = HashSet::new();
        let mut duplicates = 0;
        let (mut inflater, mut decoder) = (Inflater::new(), Decoder::new());
        for (body, clock) in requests(&folder, &["-s.body"]) {
            let mut budget = Budget::of_request();
            let text = inflater.text(&body, &mut budget).unwrap();
            assert!(!text.truncated);
            let envelope = Envelope::read(text.json).unwrap();
            assert_eq!((envelope.token(), envelope.cut, envelope.not_objects), (Some("phc_demo_token"), None, 0));
            for item in &envelope.items {
                assert!(item.is_snapshot() && item.check().is_ok());
                assert!(matches!(item.id(), ItemId::Uuid(_)));
                assert_eq!(item.library.as_deref(), Some("web"));
                let id = item.recording_id().unwrap().to_string();
                if !seen.insert((id.clone(), item.id())) {
                    duplicates += 1;
                    continue;
                }
                take(sessions.entry(id).or_default(), item, clock, &mut decoder, &mut budget);
            }
        }
        assert_eq!(sessions, expected.sessions, "{}", folder.display());
        assert_eq!(duplicates, expected.duplicate_items, "{}", folder.display());
    }
}

/// The per-event compression undone in another way: through a tree, by another gzip decoder.
fn by_the_book(event: &RawValue) -> Option<Value> {
    let mut event: Value = serde_json::from_str(event.get()).ok()?;
    event.as_object_mut()?.remove("cv")?;
    let inflate = |value: &mut Value| {
        let Some(text) = value.as_str() else { return };
        let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        if bytes.starts_with(&[0x1F, 0x8B]) {
            *value = serde_json::from_reader(flate2::read::MultiGzDecoder::new(bytes.as_slice())).unwrap();
        }
    };
    inflate(&mut event["data"]);
    for key in ["texts", "attributes", "removes", "adds"] {
        event["data"].get_mut(key).into_iter().for_each(inflate);
    }
    Some(event)
}

#[derive(Deserialize)]
struct RawItem<'a> {
    #[serde(borrow)]
    properties: RawProperties<'a>,
}

#[derive(Deserialize)]
struct RawProperties<'a> {
    #[serde(borrow, rename = "$snapshot_data")]
    data: Vec<&'a RawValue>,
}

#[test]
fn each_event_leaves_with_the_bytes_it_came_with() {
    let (mut plain, mut compressed) = (0, 0);
    for folder in folders() {
        for (body, _) in requests(&folder, &["-s.body"]) {
            let mut inflater = Inflater::new();
            let text = inflater.text(&body, &mut Budget::of_request()).unwrap().json;
            let items: Vec<RawItem<'_>> = serde_json::from_str(text).unwrap();
            let sent: Vec<&RawValue> = items.into_iter().flat_map(|item| item.properties.data).collect();
            let decoded = super::events_of(&body);
            assert_eq!(sent.len(), decoded.len());
            for (sent, decoded) in sent.iter().zip(decoded) {
                match by_the_book(sent) {
                    None => {
                        assert_eq!(sent.get(), decoded.json);
                        plain += 1;
                    }
                    Some(event) => {
                        assert_eq!(event, serde_json::from_str::<Value>(&decoded.json).unwrap());
                        compressed += 1;
                    }
                }
            }
        }
    }
    assert!(plain > 500 && compressed > 50, "{plain} {compressed}");
}

#[test]
fn analytics_events_are_found_with_their_session() {
    let (mut identified, mut page_views) = (0, 0);
    for folder in folders() {
        for (body, _) in requests(&folder, &["-e.body"]) {
            let mut inflater = Inflater::new();
            let text = inflater.text(&body, &mut Budget::of_request()).unwrap().json;
            let envelope = Envelope::read(text).unwrap();
            assert_eq!(envelope.token(), Some("phc_demo_token"));
            for item in &envelope.items {
                assert!(item.is_captured() && item.check().is_ok() && item.current_url.is_some());
                assert_eq!(item.token.as_deref(), Some("phc_demo_token"));
                assert!(item.json.starts_with("{\"uuid\"") && item.json.ends_with('}'));
                page_views += usize::from(item.event == "$pageview");
                if item.event == "$identify" {
                    identified += 1;
                    assert!(item.anonymous_id.is_some() && item.anonymous_id != item.distinct_id);
                }
            }
        }
    }
    assert!(identified >= 3 && page_views >= 12, "{identified} {page_views}");
}

/// Two visits in one recording session: `$identify`, and a page view that brings where the visitor first came from.
#[test]
fn an_identified_visitor_is_told_of_once_and_anonymous_ones_never() {
    for folder in folders() {
        let mut inflater = Inflater::new();
        let mut told = Vec::new();
        for (body, clock) in requests(&folder, &["-e.body", "-e0.body", "-s.body"]) {
            let text = inflater.text(&body, &mut Budget::of_request()).unwrap();
            for item in &Envelope::read(text.json).unwrap().items {
                told.extend(person::change_of(item, clock, i64::MAX).unwrap());
            }
        }
        let identified = folder.ends_with("latest-full")
            || folder.ends_with("previous-full")
            || folder.ends_with("latest-uncompressed");
        assert_eq!(told.len(), if identified { 2 } else { 0 }, "{}", folder.display());
        if let [identify, page_view] = told.as_slice() {
            let link = identify.link.as_ref().unwrap();
            assert_eq!((link.kind, link.other.as_ref().unwrap().as_str().len()), (LinkKind::Identify, 36));
            assert_eq!(identify.set, [("plan".to_owned(), "\"demo\"".to_owned())]);
            assert!(told.iter().all(|change| change.distinct_id.as_str() == "user-1"));
            let first = |name: &str| page_view.set_once.iter().any(|(known, _)| known == name);
            assert!(page_view.link.is_none() && first("$initial_referrer") && first("$initial_current_url"));
        }
    }
}

#[test]
fn flags_requests_say_who_asks() {
    let mut asked = 0;
    for folder in folders() {
        for (body, _) in requests(&folder, &["-flags.body"]) {
            let mut inflater = Inflater::new();
            let text = inflater.text(&body, &mut Budget::of_request()).unwrap().json;
            let request = FlagsRequest::read(text).unwrap();
            assert_eq!(request.token.as_deref(), Some("phc_demo_token"));
            assert!(request.distinct_id.is_some());
            asked += 1;
        }
    }
    assert!(asked > 9);
}

#[test]
fn a_body_cut_off_anywhere_gives_complete_items_or_a_reason() {
    let folder = folders().into_iter().find(|folder| folder.ends_with("latest-full")).unwrap();
    let (body, _) = requests(&folder, &["-s.body"]).swap_remove(1);
    let whole = super::events_of(&body);
    for cut in (0..body.len()).step_by(997) {
        let mut inflater = Inflater::new();
        let Ok(text) = inflater.text(&body[..cut], &mut Budget::of_request()) else { continue };
        assert!(text.truncated);
        let Ok(envelope) = Envelope::read(text.json) else { continue };
        assert!(envelope.cut.is_some() && !envelope.items.is_empty());
        let mut events = Vec::new();
        for item in &envelope.items {
            let keep = |event: cassette_wire::capture::DecodedEvent<'_>| events.push(event.json.to_owned());
            Decoder::new().decode_item(item, ItemClock::new(None, 0), &mut Budget::of_request(), keep).unwrap();
        }
        assert!(events.iter().zip(&whole).all(|(event, whole)| *event == whole.json));
    }
}
