//! `cassette pull posthog`: against a stand-in that answers as PostHog does, with its quirks.

use std::{collections::BTreeMap, fs, path::Path, process::Output};

use cassette_testkit::{Export, HeldRecording, Posthog, Trouble, Ways};

use crate::{
    portable::Desk,
    run::{all, cassette, done, out, said, started},
    sdk, server,
};

const DAY: i64 = 1_795_219_200_000;

/// So many blocks, with one event each that carries session and block as its name.
fn blocks(session: &str, blocks: usize) -> Vec<Vec<String>> {
    let name = |at: usize| format!("{session} {at}");
    (0..blocks).map(|at| vec![format!("[\"window-1\",{}]", sdk::marker(DAY + at as i64 * 1000, &name(at)))]).collect()
}

/// A recording of the past.
pub(crate) fn held(session: &str, number: usize) -> HeldRecording {
    HeldRecording {
        id: session.to_owned(),
        distinct_id: Some(format!("{session}-visitor")),
        start_time: "2026-01-01T00:00:00.000Z".to_owned(),
        end_time: format!("2026-01-01T00:{number:02}:00.000Z"),
        blocks: blocks(session, number),
        ..HeldRecording::default()
    }
}

/// The words of a pull into a folder.
fn words<'a>(posthog: &'a Posthog, store: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let words = ["pull", "posthog", "--host", posthog.base(), "--project", "1", "--api-key", posthog.key()];
    let pace: &[&str] = if more.contains(&"--per-minute") { &[] } else { &["--per-minute", "100000"] };
    [&words[..], &["--data", store], pace, more].concat()
}

fn pull(posthog: &Posthog, store: &str, more: &[&str]) -> Output {
    cassette(&words(posthog, store, more))
}

/// A pull that ends so, and its report.
fn report(posthog: &Posthog, store: &str, more: &[&str], code: i32) -> serde_json::Value {
    let output = pull(posthog, store, &[more, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(code), "{}", all(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", all(&output)))
}

/// The names in a stored recording, in its order.
pub(crate) fn names(store: &str, session: &str) -> Vec<String> {
    let export = exported(store, session);
    export.events().filter_map(|line| line.event_text().and_then(sdk::marker_name)).map(str::to_owned).collect()
}

fn exported(store: &str, session: &str) -> Export {
    let output = done(&["export", session, "--data", store, "--to", "-", "--format", "ndjson"]);
    Export::read(&output.stdout).unwrap_or_else(|why| panic!("{session}: {why}"))
}

/// Recordings in the list of a store; none where it cannot be read yet.
fn names_here(store: &str) -> usize {
    let list = cassette(&["list", "--data", store, "--json"]);
    serde_json::from_slice::<Vec<serde_json::Value>>(&list.stdout).map_or(0, |rows| rows.len())
}

pub(crate) fn expected(session: &str, blocks: usize) -> Vec<String> {
    (0..blocks).map(|at| format!("{session} {at}")).collect()
}

/// How often each recording's snapshots were asked for, and the list (as nothing).
fn asked(posthog: &Posthog) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for call in posthog.calls() {
        let rest = call.target.split("/session_recordings/").nth(1).expect("it is about recordings");
        let id = rest.split_once("/snapshots/").map_or("", |(id, _)| id);
        *asked.entry(id.to_owned()).or_default() += 1;
    }
    asked
}

fn lines_of_the_fixture() -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/exports/posthog-snapshots.jsonl");
    let text = fs::read_to_string(file).expect("the fixture");
    // At line breaks alone: compressed events hold characters that others take for such.
    text.split('\n').filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn a_pulled_recording_is_the_one_that_an_import_of_its_lines_makes() {
    let lines = lines_of_the_fixture();
    let recording = HeldRecording {
        blocks: lines.chunks(2).map(<[String]>::to_vec).collect(),
        person: Some(
            r#"{"id":7,"name":"Ann","distinct_ids":["other"],"properties":{"email":"ann@example.com"}}"#.to_owned(),
        ),
        ..held("visit", 0)
    };
    let posthog = Posthog::start(Ways::default(), vec![recording]);
    let desk = Desk::new();
    let (store, other) = (desk.at("store"), desk.at("other"));
    let output = pull(&posthog, &store, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", all(&output));
    assert!(out(&output).starts_with("visit  pulled  7 events\n1 recording pulled from http"), "{}", all(&output));
    let file = desk.file("visit.jsonl", lines.join("\n"));
    done(&["import", &file, "--data", &other, "--session-id", "visit"]);
    let (pulled, imported) = (exported(&store, "visit"), exported(&other, "visit"));
    let texts = |export: &Export| {
        let lines = export.lines.iter();
        lines.map(|line| (line.window_id.clone(), line.event_text().map(str::to_owned))).collect::<Vec<_>>()
    };
    assert_eq!(texts(&pulled), texts(&imported));
    assert_eq!(texts(&pulled).len(), 7);
    assert_eq!(pulled.meta.distinct_ids, ["visit-visitor", "other"]);
    let meta = out(&done(&["export", "visit", "--data", &store, "--to", "-", "--format", "ndjson"]));
    assert!(meta.contains(r#""properties":{"email":"ann@example.com"}"#), "the person came along");
    assert!(posthog.calls().iter().all(|call| call.with_key));
    done(&["verify", "--data", &store]);
}

#[test]
fn hard_events_come_byte_for_byte() {
    let deep = format!("{}{}", "[".repeat(900), "]".repeat(900));
    let events: Vec<String> = [
        r#"{"type":5,"timestamp":1795219200000.25,"data":{"half":"\ud83d","number":123456789012345678901234567890.0}}"#,
        r#"{"type":5,"timestamp":1795219200001,"data":{"a":1,"a":2},"data":{"b":1e400},"windowId":"mine"}"#,
        r#"{ "timestamp" : 1795219200002 , "type" : 5 , "data" : "\u0000\u0085é" }"#,
        &format!(r#"{{"type":5,"timestamp":1795219200003,"data":{deep}}}"#),
    ]
    .map(str::to_owned)
    .to_vec();
    let lines: Vec<String> = events.iter().map(|event| format!("[\"a \\\"window\\\"\",{event}]")).collect();
    for raw_blocks in [true, false] {
        let recording = HeldRecording { blocks: vec![lines[..1].to_vec(), lines[1..].to_vec()], ..held("hard", 0) };
        let posthog = Posthog::start(Ways { raw_blocks, ..Ways::default() }, vec![recording]);
        let desk = Desk::new();
        assert_eq!(report(&posthog, &desk.at("store"), &[], 0)["left_out"], serde_json::json!([]));
        let export = exported(&desk.at("store"), "hard");
        let came: Vec<&str> = export.events().filter_map(cassette_testkit::Line::event_text).collect();
        assert_eq!(came, events);
        assert!(export.events().all(|line| line.window_id.as_deref() == Some("a \"window\"")));
    }
}

#[test]
fn every_page_is_read_with_cursors_and_without() {
    for cursors in [true, false] {
        let recordings = (1..=7).map(|number| held(&format!("r{number}"), number)).collect();
        let posthog = Posthog::start(Ways { cursors, page_rows: 3, ..Ways::default() }, recordings);
        let desk = Desk::new();
        let told = report(&posthog, &desk.at("store"), &[], 0);
        assert_eq!((&told["listed"], &told["pulled"], &told["events"]), (&7.into(), &7.into(), &28.into()), "{told}");
        assert_eq!(asked(&posthog)[""], 3);
        assert_eq!(names(&desk.at("store"), "r7"), expected("r7", 7));
    }
}

#[test]
fn blocks_are_asked_for_by_twenty_and_come_in_order_as_blocks_or_as_lines() {
    for raw_blocks in [true, false] {
        let long_term = HeldRecording { long_term: true, ..held("kept", 30) };
        let posthog = Posthog::start(Ways { raw_blocks, ..Ways::default() }, vec![held("long", 45), long_term]);
        let desk = Desk::new();
        let store = desk.at("store");
        let told = report(&posthog, &store, &[], 0);
        assert_eq!(told["pulled"], 2, "{told}");
        assert_eq!(names(&store, "long"), expected("long", 45));
        assert_eq!(names(&store, "kept"), expected("kept", 30));
        // The list of blocks and three calls; one more where raw blocks are refused, once.
        assert_eq!(asked(&posthog)["long"], if raw_blocks { 4 } else { 5 });
    }
}

#[test]
fn a_second_pull_asks_only_for_what_is_new_or_grew() {
    let desk = Desk::new();
    // Where the list tells no number of events, a recording that may still run is asked for its blocks.
    for (event_counts, calls) in [(true, 1), (false, 2)] {
        let store = desk.at(&format!("store-{event_counts}"));
        let running = HeldRecording { ongoing: true, ..held("running", 2) };
        let posthog = Posthog::start(Ways { event_counts, ..Ways::default() }, vec![held("old", 1), running]);
        assert_eq!(report(&posthog, &store, &[], 0)["pulled"], 2);
        let again = report(&posthog, &store, &[], 0);
        assert_eq!((&again["unchanged"], &again["calls"]), (&2.into(), &calls.into()), "{again}");
        posthog.change(|recordings| {
            recordings[1].blocks = blocks("running", 25);
            recordings.push(held("new", 1));
        });
        let _ = posthog.calls();
        let more = report(&posthog, &store, &[], 0);
        let told = ["pulled", "grew", "unchanged"].map(|member| more[member].as_u64().expect("a number"));
        assert_eq!(told, [1, 1, 1], "{more}");
        assert_eq!(asked(&posthog), [("", 1), ("new", 2), ("running", 3)].map(|(id, n)| (id.to_owned(), n)).into());
        assert_eq!(names(&store, "running"), expected("running", 25));
        assert_eq!(report(&posthog, &store, &[], 0)["unchanged"], 3);
    }
}

#[test]
fn without_its_notes_a_pull_fetches_again_and_stores_nothing_twice() {
    let posthog = Posthog::start(Ways::default(), vec![held("a", 3)]);
    let desk = Desk::new();
    let store = desk.at("store");
    report(&posthog, &store, &[], 0);
    let again = report(&posthog, &store, &["--again"], 0);
    assert_eq!((&again["unchanged"], &again["calls"]), (&1.into(), &3.into()), "{again}");
    fs::remove_dir_all(Path::new(&store).join("pull")).expect("the notes are there");
    let again = report(&posthog, &store, &[], 0);
    assert_eq!((&again["unchanged"], &again["calls"]), (&1.into(), &3.into()), "{again}");
    assert_eq!(names(&store, "a"), expected("a", 3));
    assert!(out(&done(&["verify", "--data", &store])).contains("1 recording file"), "there is no second revision");
}

#[test]
fn what_may_still_run_is_left_when_only_finished_ones_are_wanted() {
    let running = HeldRecording { ongoing: true, ..held("running", 2) };
    let begun = HeldRecording { ongoing: true, ..held("begun", 0) };
    let posthog = Posthog::start(Ways::default(), vec![held("old", 1), running, begun]);
    let desk = Desk::new();
    let told = report(&posthog, &desk.at("store"), &["--finished-only"], 0);
    assert_eq!((&told["pulled"], &told["left_for_later"]), (&1.into(), &2.into()), "{told}");
    // The first block of a visit comes later than its row.
    let told = report(&posthog, &desk.at("store"), &[], 0);
    assert_eq!((&told["pulled"], &told["left_for_later"]), (&1.into(), &1.into()), "{told}");
}

#[test]
fn dates_choose_among_the_recordings() {
    let at =
        |id: &str, month: u32| HeldRecording { start_time: format!("2026-0{month}-01T00:00:00.000Z"), ..held(id, 1) };
    let posthog = Posthog::start(Ways::default(), vec![at("a", 1), at("b", 2), at("c", 3)]);
    let desk = Desk::new();
    let words = ["--since", "2026-01-15", "--until", "2026-02-15T12:00:00Z"];
    assert_eq!(report(&posthog, &desk.at("store"), &words, 0)["listed"], 1);
    assert_eq!(names(&desk.at("store"), "b"), expected("b", 1));
}

#[test]
fn a_limit_is_waited_for_and_a_broken_connection_tried_again() {
    let posthog = Posthog::start(Ways::default(), vec![held("a", 25)]);
    posthog.trouble("limit=", 1, Trouble::Throttled(Some("2".to_owned())));
    posthog.trouble("limit=", 1, Trouble::Throttled(None));
    posthog.trouble("snapshots/", 1, Trouble::HangsUp);
    posthog.trouble("start_blob_key=0", 1, Trouble::BreaksOff);
    posthog.trouble("start_blob_key=20", 1, Trouble::Answers(503, "{\"error\":\"at capacity\"}".to_owned()));
    let desk = Desk::new();
    let told = report(&posthog, &desk.at("store"), &[], 0);
    // Two limits, three failures, and the four calls that it takes.
    assert_eq!((&told["pulled"], &told["calls"]), (&1.into(), &9.into()), "{told}");
    assert!(told["waited_ms"].as_u64().expect("a number") >= 2000, "{told}");
    assert_eq!(names(&desk.at("store"), "a"), expected("a", 25));
}

#[test]
fn calls_keep_to_the_pace() {
    let posthog = Posthog::start(Ways::default(), (0..4).map(|n| held(&format!("r{n}"), 1)).collect());
    let desk = Desk::new();
    let store = desk.at("store");
    let mut child = started(&words(&posthog, &store, &["--per-minute", "3"]));
    // The list, and one recording with its two calls; the next one is a minute away.
    while names_here(&store) < 1 {
        assert!(child.try_wait().expect("our own child").is_none(), "it goes on");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(posthog.calls().len(), 3);
    child.kill().expect("our own child");
    drop(child.wait());
}

#[test]
fn what_is_gone_is_counted_and_the_rest_goes_on() {
    let deleted = HeldRecording { deleted: true, ..held("deleted", 1) };
    let empty = HeldRecording { blocks: Vec::new(), ..held("empty", 1) };
    let posthog = Posthog::start(Ways::default(), vec![deleted, held("hidden", 1), empty, held("good", 1)]);
    posthog.trouble("hidden", 2, Trouble::Answers(404, r#"{"type":"invalid_request","code":"not_found"}"#.to_owned()));
    let desk = Desk::new();
    let store = desk.at("store");
    let told = report(&posthog, &store, &[], 1);
    assert_eq!(told["gone"], serde_json::json!({"deleted": 1, "no_blocks": 1, "not_found": 1}), "{told}");
    assert_eq!((&told["listed"], &told["pulled"]), (&4.into(), &1.into()), "{told}");
    let problems = told["problems"].as_array().expect("a list");
    let deleted = problems.iter().find(|problem| problem["session_id"] == "deleted").expect("it is named");
    assert!(deleted["detail"].as_str().is_some_and(|detail| detail.contains("410")), "{told}");
    // What was deleted stays so; the others are asked for again.
    let _ = posthog.calls();
    let again = report(&posthog, &store, &[], 1);
    assert_eq!(again["gone"], serde_json::json!({"no_blocks": 1, "not_found": 1}), "{again}");
    assert_eq!((&again["deleted_before"], &again["unchanged"]), (&1.into(), &1.into()), "{again}");
    assert_eq!(asked(&posthog).keys().collect::<Vec<_>>(), ["", "empty", "hidden"]);
}

#[test]
fn a_recording_with_missing_blocks_is_not_stored_and_goes_on_where_they_are_back() {
    let posthog =
        Posthog::start(Ways::default(), vec![HeldRecording { lost: vec![22], ..held("a", 45) }, held("b", 1)]);
    let desk = Desk::new();
    let store = desk.at("store");
    let told = report(&posthog, &store, &[], 1);
    assert_eq!((&told["failed"]["missing_blocks"], &told["missing_blocks"]), (&1.into(), &1.into()), "{told}");
    assert_eq!(names_here(&store), 1);
    let detail = told["problems"][0]["detail"].as_str().expect("it is said");
    assert!(detail.contains("keys 20 to 39") && detail.contains("--partial"), "{detail}");
    posthog.change(|recordings| recordings[0].lost.clear());
    let _ = posthog.calls();
    report(&posthog, &store, &[], 0);
    let calls: Vec<String> = posthog.calls().into_iter().map(|call| call.target).collect();
    assert_eq!(calls.len(), 4, "the first twenty blocks are here: {calls:?}");
    assert_eq!(names(&store, "a"), expected("a", 45));
}

#[test]
fn a_part_is_stored_where_that_is_wanted_and_the_whole_follows() {
    for raw_blocks in [true, false] {
        let whole = held("a", 45);
        let lost = (20..45).collect();
        let ways = Ways { raw_blocks, ..Ways::default() };
        let posthog = Posthog::start(ways, vec![HeldRecording { lost, ..whole.clone() }]);
        let desk = Desk::new();
        let store = desk.at("store");
        let told = report(&posthog, &store, &["--partial"], 1);
        assert_eq!((&told["pulled"], &told["missing_blocks"]), (&1.into(), &25.into()), "{told}");
        assert_eq!(names(&store, "a"), expected("a", 20));
        assert_eq!(report(&posthog, &store, &["--partial"], 0)["unchanged"], 1, "it is not asked for again");
        posthog.change(|recordings| recordings[0] = whole.clone());
        assert_eq!(report(&posthog, &store, &["--again"], 0)["grew"], 1);
        assert_eq!(names(&store, "a"), expected("a", 45));
    }
}

#[test]
fn nothing_is_stored_of_a_recording_of_which_nothing_is_there() {
    let posthog = Posthog::start(Ways::default(), vec![HeldRecording { lost: vec![0, 1], ..held("a", 2) }]);
    let desk = Desk::new();
    let told = report(&posthog, &desk.at("store"), &["--partial"], 1);
    assert_eq!(told["failed"]["missing_blocks"], 1, "{told}");
    assert_eq!(names_here(&desk.at("store")), 0);
}

#[test]
fn events_that_lines_lack_are_missed() {
    let ways = Ways { raw_blocks: false, ..Ways::default() };
    let posthog = Posthog::start(ways, vec![HeldRecording { lost: vec![3], ..held("a", 5) }]);
    let desk = Desk::new();
    let told = report(&posthog, &desk.at("store"), &[], 1);
    assert_eq!(told["failed"]["missing_blocks"], 1, "{told}");
    assert!(told["problems"][0]["detail"].as_str().is_some_and(|detail| detail.contains("1 event")), "{told}");
    let told = report(&posthog, &desk.at("store"), &["--partial"], 1);
    assert_eq!((&told["pulled"], &told["missing_events"]), (&1.into(), &1.into()), "{told}");
}

#[test]
fn a_server_that_fails_for_one_recording_fails_for_no_other() {
    let posthog = Posthog::start(Ways::default(), vec![held("a", 1), held("b", 1), held("c", 1)]);
    posthog.trouble("/b/", 99, Trouble::Answers(500, r#"{"error":"database"}"#.to_owned()));
    posthog.trouble(
        "/c/snapshots/?",
        99,
        Trouble::Answers(403, r#"{"code":"permission_denied","detail":"no"}"#.to_owned()),
    );
    let desk = Desk::new();
    let told = report(&posthog, &desk.at("store"), &[], 1);
    assert_eq!(told["failed"], serde_json::json!({"server_error": 1, "refused": 1}), "{told}");
    assert_eq!(told["pulled"], 1, "{told}");
}

#[test]
fn what_is_odd_costs_itself_alone() {
    let mut odd = held("odd", 3);
    odd.blocks[1] = vec!["{\"not\":\"an event\"}".to_owned(), "[\"window-1\",{\"type\":3".to_owned()];
    let posthog =
        Posthog::start(Ways { event_counts: false, ..Ways::default() }, vec![odd, held("../etc", 1), held("good", 1)]);
    let desk = Desk::new();
    let told = report(&posthog, &desk.at("store"), &[], 1);
    assert_eq!((&told["pulled"], &told["failed"]["odd_row"]), (&2.into(), &1.into()), "{told}");
    assert_eq!(told["left_out"][0]["count"], 2, "{told}");
    assert_eq!(names(&desk.at("store"), "odd"), ["odd 0", "odd 2"]);
    assert!(posthog.calls().iter().all(|call| !call.target.contains("etc")));
}

#[test]
fn what_the_store_does_not_take_is_not_fetched_time_and_again() {
    let posthog = Posthog::start(Ways::default(), vec![held("a", 2)]);
    let desk = Desk::new();
    let store = desk.at("store");
    let other = desk.file("other.jsonl", blocks("other", 3).concat().join("\n"));
    done(&["import", &other, "--data", &store, "--session-id", "a"]);
    let told = report(&posthog, &store, &[], 1);
    assert_eq!(told["failed"]["not_imported"], 1, "{told}");
    let left: Vec<_> = fs::read_dir(Path::new(&store).join("pull")).expect("the notes").flatten().collect();
    assert_eq!(left.len(), 1, "nothing of it stays: {left:?}");
    let again = report(&posthog, &store, &[], 0);
    assert_eq!((&again["refused_before"], &again["calls"]), (&1.into(), &1.into()), "{again}");
    assert_eq!(names(&store, "a"), expected("other", 3));
    posthog.change(|recordings| recordings[0] = held("a", 3));
    assert_eq!(report(&posthog, &store, &[], 1)["failed"]["not_imported"], 1, "it is another one now");
}

#[test]
fn a_key_that_is_refused_ends_the_pull_with_the_scope_that_it_needs() {
    let posthog = Posthog::start(Ways::default(), vec![held("a", 1)]);
    let desk = Desk::new();
    let store = desk.at("store");
    let wrong =
        ["pull", "posthog", "--host", posthog.base(), "--project", "1", "--api-key", "phx_wrong_key", "--data", &store];
    let refused = cassette(&wrong);
    assert_eq!(refused.status.code(), Some(2), "{}", all(&refused));
    assert!(said(&refused).contains("session_recording:read"), "{}", all(&refused));
    assert!(!all(&refused).contains("phx_wrong_key"), "{}", all(&refused));
    posthog.trouble(
        "limit=",
        1,
        Trouble::Answers(403, r#"{"code":"permission_denied","detail":"missing scope"}"#.to_owned()),
    );
    let refused = pull(&posthog, &store, &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", all(&refused));
    assert!(
        said(&refused).contains("session_recording:read") && said(&refused).contains("missing scope"),
        "{}",
        all(&refused)
    );
    // In the middle, too: nothing else would be answered.
    posthog.trouble("/a/", 1, Trouble::Answers(401, "{}".to_owned()));
    let refused = pull(&posthog, &store, &["--json"]);
    assert_eq!(refused.status.code(), Some(2), "{}", all(&refused));
    let told: serde_json::Value = serde_json::from_slice(&refused.stdout).expect("the report is there all the same");
    assert!(told["stopped"].is_string(), "{told}");
}

#[test]
fn what_is_no_posthog_is_named() {
    let posthog = Posthog::start(Ways::default(), Vec::new());
    let desk = Desk::new();
    let store = desk.at("store");
    let cannot = |host: &str, project: &str| {
        let words =
            ["pull", "posthog", "--host", host, "--project", project, "--api-key", posthog.key(), "--data", &store];
        let output = cassette(&words);
        assert_eq!(output.status.code(), Some(2), "{}", all(&output));
        said(&output)
    };
    assert!(cannot("eu.posthog.com", "1").contains("--host"));
    assert!(cannot("ftp://eu.posthog.com", "1").contains("--host"));
    assert!(cannot(posthog.base(), "2").contains("no project"));
    assert!(cannot("http://no-such-host.invalid", "1").contains("cannot be reached"));
    posthog.trouble("limit=", 1, Trouble::Answers(200, "<!doctype html>".to_owned()));
    assert!(cannot(posthog.base(), "1").contains("as PostHog does"));
    posthog.trouble("limit=", 1, Trouble::Answers(400, r#"{"code":"invalid_input","detail":"bad date"}"#.to_owned()));
    assert!(cannot(posthog.base(), "1").contains("bad date"));
}

#[test]
fn the_key_does_not_follow_to_another_host() {
    let (posthog, other) =
        (Posthog::start(Ways::default(), vec![held("a", 1)]), Posthog::start(Ways::default(), Vec::new()));
    posthog.trouble("start_blob_key", 1, Trouble::SendsTo(other.base().to_owned()));
    let desk = Desk::new();
    let refused = pull(&posthog, &desk.at("store"), &[]);
    let calls = other.calls();
    assert_eq!(calls.iter().map(|call| call.with_key).collect::<Vec<_>>(), [false], "{}", all(&refused));
    // To another path of the same host it does.
    let posthog = Posthog::start(Ways::default(), vec![held("a", 1)]);
    posthog.trouble("start_blob_key", 1, Trouble::SendsTo(posthog.base().to_owned()));
    assert_eq!(report(&posthog, &desk.at("store"), &[], 0)["pulled"], 1);
    assert!(posthog.calls().iter().all(|call| call.with_key));
}

#[test]
fn a_pull_that_is_killed_goes_on_where_it_was() {
    let posthog = Posthog::start(Ways::default(), vec![held("r1", 1), held("r2", 100), held("r3", 1)]);
    let desk = Desk::new();
    let store = desk.at("store");
    // Rows of one time are listed by id, the last one first.
    posthog.trouble("/r2/snapshots/?source=blob_v2&start_blob_key=60", 1, Trouble::Holds);
    let mut child = started(&words(&posthog, &store, &[]));
    posthog.wait_until_it_holds();
    child.kill().expect("our own child");
    assert_eq!(child.wait().expect("our own child").code(), None, "it was killed");
    assert_eq!(asked(&posthog), [("", 1), ("r2", 5), ("r3", 2)].map(|(id, n)| (id.to_owned(), n)).into());
    assert_eq!(names_here(&store), 1, "nothing is there by half");
    done(&["verify", "--data", &store]);
    let told = report(&posthog, &store, &[], 0);
    assert_eq!((&told["pulled"], &told["unchanged"]), (&2.into(), &1.into()), "{told}");
    // The list of its blocks, and those two calls that were not answered.
    assert_eq!(asked(&posthog), [("", 1), ("r1", 2), ("r2", 3)].map(|(id, n)| (id.to_owned(), n)).into());
    for (session, blocks) in [("r1", 1), ("r2", 100), ("r3", 1)] {
        assert_eq!(names(&store, session), expected(session, blocks));
    }
    assert!(out(&done(&["verify", "--data", &store])).contains("3 recording files"));
    assert_eq!(report(&posthog, &store, &[], 0)["calls"], 1);
    let left: Vec<_> = fs::read_dir(Path::new(&store).join("pull")).expect("the notes").flatten().collect();
    assert_eq!(left.len(), 1, "only the notes stay: {left:?}");
}

#[test]
fn a_pull_may_be_killed_at_any_moment() {
    let recordings: Vec<HeldRecording> = (0..30).map(|n| held(&format!("r{n}"), 1 + n % 45)).collect();
    let posthog = Posthog::start(Ways { page_rows: 7, ..Ways::default() }, recordings);
    let desk = Desk::new();
    let store = desk.at("store");
    let mut wait = 40;
    loop {
        let mut child = started(&words(&posthog, &store, &[]));
        std::thread::sleep(std::time::Duration::from_millis(wait));
        if let Some(ended) = child.try_wait().expect("our own child") {
            assert_eq!(ended.code(), Some(0));
            break;
        }
        child.kill().expect("our own child");
        drop(child.wait());
        // On a slow machine it must come to an end as well.
        wait = wait * 5 / 4;
    }
    let verify = out(&done(&["verify", "--data", &store]));
    assert!(verify.contains("30 recording files"), "each is there once: {verify}");
    for n in 0..30 {
        assert_eq!(names(&store, &format!("r{n}")), expected(&format!("r{n}"), 1 + n % 45));
    }
    assert_eq!(report(&posthog, &store, &[], 0)["unchanged"], 30);
}

#[test]
fn blocks_that_moved_meanwhile_are_fetched_from_the_first() {
    let posthog = Posthog::start(Ways::default(), vec![held("a", 30)]);
    let desk = Desk::new();
    let store = desk.at("store");
    posthog.trouble("start_blob_key=20", 1, Trouble::Holds);
    let mut child = started(&words(&posthog, &store, &[]));
    posthog.wait_until_it_holds();
    child.kill().expect("our own child");
    drop(child.wait());
    posthog.change(|recordings| recordings[0].long_term = true);
    report(&posthog, &store, &[], 0);
    assert_eq!(names(&store, "a"), expected("a", 30));
}

#[test]
fn a_running_cassette_takes_what_is_pulled() {
    let posthog = Posthog::start(Ways::default(), vec![held("a", 25), held("b", 1)]);
    let server = server();
    let desk = Desk::new();
    let notes = desk.at("notes");
    let base = ["pull", "posthog", "--host", posthog.base(), "--project", "1", "--api-key", posthog.key(), "--json"];
    let to = ["--server", server.process().base(), "--notes", &notes, "--per-minute", "100000"];
    let keyless = cassette(&[&base[..], &to].concat());
    assert_eq!(keyless.status.code(), Some(2), "{}", all(&keyless));
    assert!(said(&keyless).contains("--server-api-key"), "{}", all(&keyless));
    let words = [&base[..], &to, &["--server-api-key", "phx_testtesttesttesttesttesttesttest"]].concat();
    let told: serde_json::Value = serde_json::from_slice(&done(&words).stdout).expect("the report");
    assert_eq!(told["pulled"], 2, "{told}");
    let again: serde_json::Value = serde_json::from_slice(&done(&words).stdout).expect("the report");
    assert_eq!((&again["unchanged"], &again["calls"]), (&2.into(), &1.into()), "{again}");
    let listed = server.client().recordings();
    assert_eq!(
        listed.iter().find(|row| row.id == "a").map(|row| row.person.distinct_ids.clone()),
        Some(vec!["a-visitor".to_owned()])
    );
}

#[test]
fn memory_does_not_grow_with_a_recording() {
    const BLOCK: usize = 512 << 10;
    let peak = |blocks: usize| {
        let line = |at: usize| format!("[\"window-1\",{}]", sdk::full_snapshot(DAY + at as i64, BLOCK));
        let blocks: Vec<Vec<String>> = (0..blocks).map(|at| vec![line(at)]).collect();
        let last = format!("start_blob_key={}", blocks.len() - 20);
        let posthog = Posthog::start(Ways::default(), vec![HeldRecording { blocks, ..held("long", 0) }]);
        posthog.trouble(&last, 1, Trouble::Holds);
        let desk = Desk::new();
        let store = desk.at("store");
        let mut child = started(&words(&posthog, &store, &[]));
        posthog.wait_until_it_holds();
        let status =
            fs::read_to_string(format!("/proc/{}/status", child.id())).expect("Linux tells about a running child");
        child.kill().expect("our own child");
        drop(child.wait());
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it is there");
        peak.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") << 10
    };
    let (short, long) = (peak(40), peak(160));
    // The long one has 60 MiB more in its file.
    assert!(long < short + (12 << 20), "{short} bytes with 10 MiB fetched, {long} with 70 MiB");
}
