//! `cassette pull posthog` out of a second Cassette: what SDKs sent to one is in the other, by PostHog's API alone.

use std::{collections::BTreeSet, fs, process::Output};

use cassette_testkit::{Export, Server, Settings, fixtures};

use crate::{
    binary, finished,
    portable::Desk,
    run::{all, cassette, done},
    sdk, server,
};

const KEY: &str = "phx_testtesttesttesttesttesttesttest";

fn pull(from: &Server, store: &str, more: &[&str]) -> Output {
    let words =
        ["pull", "posthog", "--host", from.process().base(), "--project", "1", "--api-key", KEY, "--data", store];
    cassette(&[&words[..], &["--per-minute", "100000", "--json"], more].concat())
}

fn report(from: &Server, store: &str) -> serde_json::Value {
    let output = pull(from, store, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", all(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", all(&output)))
}

/// What a recording holds, by window: the bytes of its events.
fn events(export: &Export) -> Vec<(String, String)> {
    let events = export.events();
    let mut events: Vec<(String, String)> = events
        .map(|line| (line.window_id.clone().unwrap_or_default(), line.event_text().unwrap_or_default().to_owned()))
        .collect();
    events.sort();
    events
}

fn exported(store: &str, session: &str) -> Export {
    let output = done(&["export", session, "--data", store, "--to", "-", "--format", "ndjson"]);
    Export::read(&output.stdout).unwrap_or_else(|why| panic!("{session}: {why}"))
}

#[test]
fn every_recorded_session_moves_to_a_second_cassette() {
    let source = server();
    let client = source.client();
    let folders = fixtures();
    for request in folders.iter().flat_map(|folder| &folder.requests) {
        assert_eq!(request.post(&client).status, 200);
    }
    let sessions: BTreeSet<&String> = folders.iter().flat_map(|folder| folder.expected.sessions.keys()).collect();
    let there: Vec<Export> = sessions.iter().map(|session| finished(&client, session)).collect();
    let desk = Desk::new();
    let store = desk.at("store");
    let told = report(&source, &store);
    assert_eq!(told["pulled"], told["listed"], "{told}");
    for (session, there) in sessions.iter().zip(&there) {
        let here = exported(&store, session);
        assert_eq!(events(&here), events(there), "{session}");
        let ids = |export: &Export| export.meta.distinct_ids.iter().cloned().collect::<BTreeSet<String>>();
        assert!(ids(&here).is_superset(&ids(there)), "{session}: {:?}", ids(&here));
    }
    done(&["verify", "--data", &store]);
    let again = report(&source, &store);
    assert_eq!((&again["unchanged"], &again["calls"]), (&told["listed"], &1.into()), "{again}");
}

#[test]
fn a_visit_that_goes_on_is_pulled_as_it_is_and_again_when_it_grew() {
    let source =
        Server::start(binary(), Settings::default().finish_after("60m").env("CASSETTE_JOURNAL__CUT_AFTER", "1s"));
    let client = source.client();
    let post = |name: &str| {
        let events = [sdk::marker(sdk::now_ms(), name)];
        let answer = client.post("/s/", "text/plain", &sdk::Item::new(&sdk::uuid(name), "running", &events).body());
        assert_eq!(answer.expect("an answer").status, 200);
    };
    let desk = Desk::new();
    let store = desk.at("store");
    let names = || {
        let export = exported(&store, "running");
        let names = export.events().filter_map(|line| line.event_text().and_then(sdk::marker_name)).map(str::to_owned);
        names.collect::<Vec<_>>()
    };
    for (number, outcome) in [(0, "pulled"), (1, "grew"), (2, "grew")] {
        post(&format!("marker-{number}"));
        let begun = std::time::Instant::now();
        // It is listed a moment after it was sent.
        while report(&source, &store)[outcome] != 1 {
            assert!(begun.elapsed().as_secs() < 60, "marker {number} does not come");
        }
        assert_eq!(names(), (0..=number).map(|number| format!("marker-{number}")).collect::<Vec<_>>());
    }
    let left = fs::read_dir(std::path::Path::new(&store).join("pull")).expect("the notes").count();
    assert_eq!(left, 1, "only the notes stay");
}
