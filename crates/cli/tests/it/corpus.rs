//! What unmodified SDKs sent is held as they sent it: every recorded folder, posted to a running server and exported.

use std::collections::{BTreeMap, BTreeSet};

use cassette_testkit::{Client, ExpectedSession, Export, Folder, fixtures};

use crate::{
    decoder::{self, Item},
    finished, server,
};

#[test]
fn every_recorded_folder_is_stored_as_it_was_sent() {
    let server = server();
    let client = server.client();
    let folders = fixtures();
    assert!(folders.len() >= 9, "the fixtures are there: {}", folders.len());
    for folder in &folders {
        for request in &folder.requests {
            let answer = request.post(&client);
            assert_eq!(answer.status, 200, "{}/{}: {}", folder.name, request.name, answer.text());
        }
    }
    for folder in &folders {
        let sent = sent_items(folder);
        for (session, expected) in &folder.expected.sessions {
            let items: Vec<&Item> = sent.values().filter(|item| item.session == *session).collect();
            let export = finished(&client, session);
            let events: Vec<&str> = export.events().filter_map(|line| line.event_text()).collect();
            let windows = export.events().filter_map(|line| line.window_id.clone()).collect();
            let held = held(&events, windows, &items);
            assert_eq!(&held, expected, "{}, session {session}", folder.name);
            assert_events_are_the_sent_ones(&export, &items);
            assert_ids_are_listed(&client, session, &items);
        }
    }
}

/// Items of the snapshot requests by uuid: a repeated item counts once.
fn sent_items(folder: &Folder) -> BTreeMap<String, Item> {
    folder
        .requests
        .iter()
        .filter(|request| request.is_snapshots())
        .flat_map(|request| decoder::snapshot_items(&request.body))
        .map(|item| (item.uuid.clone(), item))
        .collect()
}

/// What is held, in the words of `expected.json`. Items and their distinct ids are not in the lines: of the sent items
/// those are counted whose events are all there.
fn held(events: &[&str], windows: BTreeSet<String>, items: &[&Item]) -> ExpectedSession {
    let present: BTreeSet<&str> = events.iter().copied().collect();
    let whole: Vec<&&Item> =
        items.iter().filter(|item| item.events.iter().all(|event| present.contains(event.as_str()))).collect();
    let times: Vec<i64> = events.iter().map(|event| decoder::timestamp(event)).collect();
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(decoder::label(event)).or_insert(0) += 1;
    }
    let ids: BTreeSet<String> = whole.iter().map(|item| item.distinct_id.clone()).collect();
    ExpectedSession {
        window_ids: windows.into_iter().collect(),
        distinct_ids: ids.into_iter().collect(),
        items: whole.len(),
        rrweb_events: events.len(),
        first_ts: times.iter().copied().min().unwrap_or_default(),
        last_ts: times.iter().copied().max().unwrap_or_default(),
        counts,
    }
}

/// Tests the tests: what the decoder here reads from the bodies is what `expected.json` says.
#[test]
fn the_decoder_of_these_tests_agrees_with_the_expected_files() {
    for folder in fixtures() {
        let sent = sent_items(&folder);
        for (session, expected) in &folder.expected.sessions {
            let items: Vec<&Item> = sent.values().filter(|item| item.session == *session).collect();
            let events: Vec<&str> = items.iter().flat_map(|item| item.events.iter().map(String::as_str)).collect();
            let windows = items.iter().map(|item| item.window.clone()).collect();
            assert_eq!(&held(&events, windows, &items), expected, "{}, session {session}", folder.name);
        }
    }
}

/// Byte for byte, per window, each as often as it was sent; and in the order of the item where times are equal.
fn assert_events_are_the_sent_ones(export: &Export, items: &[&Item]) {
    let mut sent: Vec<(&str, &str)> =
        items.iter().flat_map(|item| item.events.iter().map(|event| (item.window.as_str(), event.as_str()))).collect();
    let mut stored: Vec<(&str, &str)> =
        export.events().filter_map(|line| Some((line.window_id.as_deref()?, line.event_text()?))).collect();
    sent.sort_unstable();
    stored.sort_unstable();
    for (sent, stored) in sent.iter().zip(&stored) {
        assert_eq!(sent, stored, "an event differs from the one that was sent");
    }
    assert_eq!(sent.len(), stored.len());
}

fn assert_ids_are_listed(client: &Client, session: &str, items: &[&Item]) {
    let listed = client.recordings();
    let row = listed.iter().find(|row| row.id == session).expect("the recording is in the list");
    for item in items {
        assert!(row.person.distinct_ids.contains(&item.distinct_id), "{session}: {:?} is missing", item.distinct_id);
    }
    let events: usize = items.iter().map(|item| item.events.len()).sum();
    assert_eq!(row.event_count, Some(events as u64), "{session}: event_count");
    assert!(!row.ongoing, "{session} is finished");
}

#[test]
fn a_download_in_each_format_holds_the_same_events() {
    let server = server();
    let client = server.client();
    let folder = fixtures().into_iter().find(|folder| folder.name == "latest-full").expect("the folder is there");
    for request in &folder.requests {
        assert_eq!(request.post(&client).status, 200);
    }
    let session = folder.expected.sessions.keys().next().expect("one session");
    let plain = finished(&client, session);
    let stored = client.download(session, "ndjson.zst").expect("the server answers");
    let stored = Export::read_zstd(&stored.body).expect("a valid recording");
    let array = client.download(session, "rrweb").expect("the server answers");
    let array: Vec<Box<serde_json::value::RawValue>> = array.json();
    let events = |export: &Export| -> Vec<String> {
        export.events().filter_map(|line| line.event_text().map(str::to_owned)).collect()
    };
    assert_eq!(events(&plain), events(&stored));
    assert_eq!(events(&plain), array.iter().map(|event| event.get().to_owned()).collect::<Vec<_>>());
}

#[test]
fn analytics_events_of_a_session_are_kept_with_it() {
    let server = server();
    let client = server.client();
    let folder = fixtures().into_iter().find(|folder| folder.name == "latest-full").expect("the folder is there");
    for request in &folder.requests {
        assert_eq!(request.post(&client).status, 200);
    }
    let session = folder.expected.sessions.keys().next().expect("one session");
    let export = finished(&client, session);
    let names: BTreeSet<&str> = export
        .lines
        .iter()
        .filter(|line| line.kind == "captured" && line.captured.is_some())
        .filter_map(|line| line.name.as_deref())
        .collect();
    assert!(names.contains("$identify"), "captured: {names:?}");
    assert!(names.contains("$pageview"), "captured: {names:?}");
}
