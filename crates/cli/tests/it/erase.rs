//! Recordings that are deleted for good: by the API, by the command line, and with the process dying in the middle.

use std::{
    hash::{BuildHasher, RandomState},
    thread,
    time::{Duration, Instant},
};

use cassette_testkit::{Answer, Client, Server, Settings, files_that_hold};
use serde_json::{Value, json};

use crate::{binary, finished, finished_with, run, sdk, server};

const RECORDINGS: &str = "/api/projects/1/session_recordings";

/// How long what a crash interrupted may take to be completed; generous, because debug builds share the machine.
const COMPLETED_WITHIN: Duration = Duration::from_secs(60);

fn post(client: &Client, session: &str, name: &str) {
    let events = [sdk::full_snapshot(sdk::now_ms(), 2000), sdk::marker(sdk::now_ms(), name)];
    let body = sdk::Item::new(&sdk::uuid(&format!("{session}{name}")), session, &events).body();
    let answer = client.post("/s/", "text/plain", &body).expect("the server answers");
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn get(client: &Client, path: &str) -> Answer {
    client.get(&format!("{RECORDINGS}/{path}")).expect("the server answers")
}

fn delete(client: &Client, session: &str) -> u16 {
    client.delete(&format!("{RECORDINGS}/{session}/")).expect("the server answers").status
}

fn bulk(client: &Client, body: &str) -> Answer {
    client.upload(&format!("{RECORDINGS}/bulk_delete/"), body.as_bytes()).expect("the server answers")
}

fn listed(client: &Client) -> Vec<String> {
    client.recordings().into_iter().map(|recording| recording.id).collect()
}

fn holding(server: &Server, text: &str) -> Vec<String> {
    files_that_hold(server.data(), text)
}

fn assert_gone(client: &Client, session: &str) {
    assert_eq!(get(client, session).status, 404, "{session}");
    assert!(!listed(client).contains(&session.to_owned()), "{session}");
    let snapshots = "snapshots?source=blob_v2&start_blob_key=0&end_blob_key=0";
    for path in
        ["snapshots", snapshots, "blocks", "blocks/0", "blocks/1000000", "recording", "recording?format=rrweb", "live"]
    {
        let answer = get(client, &format!("{session}/{path}"));
        let body: Value = answer.json();
        assert_eq!((answer.status, &body["error"]), (410, &json!("recording_deleted")), "{session}/{path}: {body}");
    }
}

#[test]
fn a_deleted_recording_is_gone_for_every_route_and_comes_back_by_none() {
    let server = server();
    let client = server.client();
    post(&client, "one", "needle-one");
    post(&client, "two", "other");
    finished(&client, "one");
    let file = client.download("one", "ndjson.zst").expect("the server answers").body;
    post(&client, "one", "needle-late");
    let before = sdk::now_ms() / 1000;
    assert_eq!(delete(&client, "one"), 204);
    assert_eq!(holding(&server, "needle-"), Vec::<String>::new());
    assert_gone(&client, "one");
    assert_eq!(delete(&client, "one"), 404);
    assert_eq!(delete(&client, "nobody"), 404);

    let told: Value = get(&client, "one/blocks").json();
    let at = told["deleted_at"].as_i64().expect("seconds");
    assert!((before..=sdk::now_ms() / 1000).contains(&at) && told["deleted_by"] == "admin", "{told}");
    assert!(told["message"].is_string() && told.as_object().expect("an object").len() == 4, "{told}");

    let refused = client.upload(&format!("{RECORDINGS}/import"), &file).expect("the server answers");
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(refused.text().contains("was deleted here"), "{}", refused.text());
    post(&client, "one", "needle-later");
    post(&client, "two", "after");
    finished_with(&client, "two", "after");
    assert_gone(&client, "one");
    assert_eq!(holding(&server, "needle-"), Vec::<String>::new());
}

#[test]
fn many_are_deleted_at_once_and_what_is_asked_wrongly_deletes_nothing() {
    let server = server();
    let client = server.client();
    for session in ["a", "b", "c"] {
        post(&client, session, &format!("needle-{session}"));
    }
    for (body, attr) in [
        ("{}", "session_recording_ids"),
        (r#"{"session_recording_ids":[]}"#, "session_recording_ids"),
        (r#"{"session_recording_ids":"a"}"#, "session_recording_ids"),
        (r#"{"session_recording_ids":["a",7]}"#, "session_recording_ids[1]"),
        (r#"{"session_recording_ids":["a"],"date_from":"soon"}"#, "date_from"),
    ] {
        let answer = bulk(&client, body);
        let told: Value = answer.json();
        assert_eq!((answer.status, &told["attr"]), (400, &json!(attr)), "{body}: {told}");
    }
    assert_eq!(bulk(&client, "{").json::<Value>()["code"], "parse_error");
    let many: Vec<String> = (0..101).map(|number| format!("x-{number}")).collect();
    assert_eq!(bulk(&client, &json!({"session_recording_ids": many}).to_string()).status, 400);

    let ids = json!(["a", "nobody", "no id at all", "c", "a"]);
    let answer = bulk(&client, &json!({"session_recording_ids": ids, "date_from": "-30d"}).to_string());
    let told: Value = answer.json();
    assert_eq!(answer.status, 200, "{told}");
    assert_eq!(told, json!({"success": true, "deleted_count": 2, "total_requested": 5, "failed_ids": []}));
    for session in ["a", "c"] {
        assert_gone(&client, session);
        assert_eq!(holding(&server, &format!("needle-{session}")), Vec::<String>::new());
    }
    let too_old = json!({"session_recording_ids": ["b"], "date_from": "2100-01-01"});
    assert_eq!(bulk(&client, &too_old.to_string()).json::<Value>()["deleted_count"], 0);
    finished_with(&client, "b", "needle-b");
}

#[test]
fn who_watches_it_live_hears_the_end() {
    let server = server();
    let client = server.client();
    post(&client, "one", "needle");
    let begun = Instant::now();
    while get(&client, "one").status != 200 || get(&client, "one/blocks").status != 200 {
        assert!(begun.elapsed() < COMPLETED_WITHIN);
        thread::sleep(Duration::from_millis(20));
    }
    let watching = thread::spawn({
        let client = client.clone();
        move || get(&client, "one/live")
    });
    // Time for the stream to begin; should it not have, it is refused, and the test says so.
    thread::sleep(Duration::from_millis(1000));
    assert!(!watching.is_finished(), "the stream goes on as long as the recording is there");
    assert_eq!(delete(&client, "one"), 204);
    let answer = watching.join().expect("the stream ends");
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("needle"), "{}", answer.text());
    assert_eq!(get(&client, "one/live").status, 410);
}

#[test]
fn the_command_line_erases_in_a_folder_and_through_a_server() {
    let mut server = server();
    let client = server.client();
    post(&client, "one", "needle-one");
    finished(&client, "one");
    post(&client, "two", "needle-two");
    post(&client, "three", "needle-three");
    finished(&client, "three");
    let data = server.data().to_path_buf();
    let data = run::path(&data);

    let dry = run::done(&["erase", "--session", "one", "three", "--dry-run", "--data", data]);
    assert!(run::out(&dry).contains("one  would be erased: revision 1, 2 events"), "{}", run::all(&dry));
    let in_use = run::cassette(&["erase", "--session", "one", "--data", data]);
    assert_eq!(in_use.status.code(), Some(2), "{}", run::all(&in_use));
    assert!(run::said(&in_use).contains("--server"), "{}", run::all(&in_use));
    assert!(!holding(&server, "needle-one").is_empty(), "nothing was changed");

    let base = server.process().base().to_owned();
    let key = server.settings().key.clone();
    let through = ["erase", "--server", &base, "--api-key", &key, "--session"];
    let done = run::done(&[&through[..], &["three"]].concat());
    assert_eq!(run::out(&done), "three  erased\n");
    let again = run::done(&[&through[..], &["three"]].concat());
    assert_eq!(run::out(&again), "three  was erased before\n");
    let unknown = run::cassette(&[&through[..], &["nobody"]].concat());
    assert_eq!(unknown.status.code(), Some(1), "{}", run::all(&unknown));

    // What the process had answered lies in its journal.
    post(&client, "two", "needle-two-again");
    drop(server.kill9());
    assert!(holding(&server, "needle-two").iter().any(|name| name.contains("/journal/")));
    let done = run::done(&["erase", "--data", data, "--session", "one", "two", "three"]);
    assert_eq!(run::out(&done), "one  erased\ntwo  erased\nthree  was erased before\n");
    assert_eq!(holding(&server, "needle-"), Vec::<String>::new());
    run::done(&["rebuild", "--data", data]);
    run::done(&["verify", "--data", data]);
    let list = run::done(&["list", "--data", data, "--json"]);
    assert_eq!(run::out(&list).trim(), "[]", "{}", run::all(&list));
    server.start_again();
    assert_gone(&server.client(), "two");
}

/// Rounds of deleting while the process is killed with signal 9. `CASSETTE_TEST_KILL_ROUNDS` sets their number,
/// `CASSETTE_TEST_SEED` repeats a run's choices.
#[test]
fn a_deletion_that_was_killed_is_completed_and_what_was_answered_stays_deleted() {
    let number = |name: &str| std::env::var_os(name)?.to_str()?.parse::<u64>().ok();
    let rounds = number("CASSETTE_TEST_KILL_ROUNDS").unwrap_or(3);
    let seed = number("CASSETTE_TEST_SEED").unwrap_or_else(|| RandomState::new().hash_one(0) >> 32);
    eprintln!("{rounds} rounds, CASSETTE_TEST_SEED={seed}");
    let mut server = Server::start(binary(), Settings::default().finish_after("1s"));
    let mut gone = Vec::new();
    for round in 0..rounds {
        let client = server.client();
        let sessions: Vec<String> = (0..6).map(|number| format!("gone-{round}-{number}")).collect();
        for session in &sessions {
            post(&client, session, &format!("needle-{session}"));
        }
        post(&client, "stays", &format!("kept-{round}"));
        // Some are in files by then, some in live objects, the last only in the journal. A process that was killed holds
        // the finisher's lease for a minute, so that is waited for once.
        if round == 0 {
            finished_with(&client, &sessions[0], &format!("needle-{}", sessions[0]));
        }
        for session in &sessions {
            post(&client, session, &format!("needle-late-{session}"));
        }
        post(&client, "stays", &format!("kept-late-{round}"));
        let deleting = thread::spawn({
            let (client, sessions) = (client.clone(), sessions.clone());
            move || answered(&client, &sessions)
        });
        thread::sleep(Duration::from_millis((seed ^ round.wrapping_mul(0x9E37_79B9_7F4A_7C15)) % 500));
        drop(server.kill9());
        let answered = deleting.join().expect("the connection ends");
        eprintln!("round {round}: {} of {} deletions were answered", answered.len(), sessions.len());
        for session in &answered {
            assert_eq!(holding(&server, &format!("needle-{session}")), Vec::<String>::new());
        }
        server.start_again();
        let client = server.client();
        for session in &sessions {
            let status = delete(&client, session);
            assert!(status == 204 || status == 404, "{status}");
            assert!(!(answered.contains(session) && status == 204), "{session} came back");
            post(&client, session, &format!("needle-later-{session}"));
        }
        gone.extend(sessions);
    }
    let begun = Instant::now();
    loop {
        let held = holding(&server, "needle-");
        if held.is_empty() {
            break;
        }
        assert!(begun.elapsed() < COMPLETED_WITHIN, "{held:?}");
        thread::sleep(Duration::from_millis(500));
    }
    let client = server.client();
    for session in &gone {
        assert_gone(&client, session);
    }
    let expected: Vec<String> =
        (0..rounds).flat_map(|round| [format!("kept-{round}"), format!("kept-late-{round}")]).collect();
    while played(&client, "stays") != expected {
        assert!(begun.elapsed() < COMPLETED_WITHIN, "{:?}", played(&client, "stays"));
        thread::sleep(Duration::from_millis(500));
    }
    drop(server.terminate());
    run::done(&["verify", "--data", run::path(server.data())]);
}

/// The markers of all blocks that a player gets, in their order.
fn played(client: &Client, session: &str) -> Vec<String> {
    let listing: Value = get(client, &format!("{session}/blocks")).json();
    let keys = listing["blocks"].as_array().expect("blocks").iter().map(|block| block["key"].clone());
    let lines: String = keys.map(|key| get(client, &format!("{session}/blocks/{key}")).text()).collect();
    lines.lines().filter_map(sdk::marker_name).map(str::to_owned).collect()
}

/// Deletes them one after the other, until the connection breaks; returns those whose deletion was answered.
fn answered(client: &Client, sessions: &[String]) -> Vec<String> {
    let mut answered = Vec::new();
    for session in sessions {
        match client.delete(&format!("{RECORDINGS}/{session}")) {
            Ok(answer) => {
                assert_eq!(answer.status, 204, "{}", answer.text());
                answered.push(session.clone());
            }
            Err(_) => break,
        }
    }
    answered
}
