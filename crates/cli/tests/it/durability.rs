//! What was answered survives: being asked to stop, a torn journal, and damage within one.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use cassette_testkit::{Client, Export, Server, Settings};

use crate::{binary, finished, finished_with, sdk, server};

/// Posts one marker and insists on the answer 200.
fn post(client: &Client, session: &str, name: &str) {
    let events = [sdk::marker(sdk::now_ms(), name)];
    let answer = client
        .post("/s/", "text/plain", &sdk::Item::new(&sdk::uuid(name), session, &events).body())
        .expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn markers(export: &Export) -> Vec<&str> {
    let mut names: Vec<&str> =
        export.events().filter_map(|line| line.event_text().and_then(sdk::marker_name)).collect();
    names.sort_unstable();
    names
}

/// A server that keeps what it gets in the journal for as long as the test lasts.
fn slow_server() -> Server {
    Server::start(binary(), Settings::default().finish_after("60m").env("CASSETTE_JOURNAL__CUT_AFTER", "30m"))
}

/// Starts it again with times as short as other tests have them.
fn start_again_quick(server: &mut Server) {
    server.settings().env.clear();
    *server.settings() = Settings::default().finish_after("2s");
    server.start_again();
}

/// The journal files, the newest last.
fn journal_files(data: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for incarnation in fs::read_dir(data.join("journal")).expect("there is a journal") {
        let incarnation = incarnation.expect("a readable folder").path();
        if incarnation.is_dir() {
            let inside = fs::read_dir(incarnation).expect("a readable folder");
            files.extend(inside.map(|file| file.expect("a readable folder").path()));
        }
    }
    files.sort();
    files
}

#[test]
fn a_server_that_is_asked_to_stop_ends_with_0_within_10_seconds_and_loses_nothing() {
    let mut server = server();
    let names: Vec<String> = (0..20).map(|n| format!("stop-{n:02}")).collect();
    let client = server.client();
    for name in &names {
        post(&client, "stopped", name);
    }
    let ended = server.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.output);
    assert!(ended.took < Duration::from_secs(10), "it took {:?}", ended.took);
    server.start_again();
    assert_eq!(markers(&finished(&server.client(), "stopped")), names);
}

#[test]
fn a_torn_end_of_the_journal_is_no_damage() {
    let mut server = slow_server();
    for name in ["before-1", "before-2"] {
        post(&server.client(), "torn", name);
    }
    drop(server.kill9());
    let journal = journal_files(server.data()).pop().expect("a journal file");
    let whole = fs::read(&journal).expect("a readable journal");
    // The first half of a frame, as a power cut leaves it: a header that promises more bytes than follow.
    let mut torn = OpenOptions::new().append(true).open(&journal).expect("a writable journal");
    torn.write_all(&whole[8..8 + (whole.len() - 8) / 3]).expect("the journal takes it");
    drop(torn);
    start_again_quick(&mut server);
    assert_eq!(markers(&finished(&server.client(), "torn")), ["before-1", "before-2"]);
    assert!(!server.process().output().contains("damaged"), "{}", server.process().output());
}

#[test]
fn damage_in_the_middle_of_the_journal_is_reported_and_the_rest_recovered() {
    let mut server = slow_server();
    for name in ["damaged-1", "intact-2", "intact-3"] {
        post(&server.client(), "damage", name);
    }
    drop(server.kill9());
    let journal = journal_files(server.data()).pop().expect("a journal file");
    let mut bytes = fs::read(&journal).expect("a readable journal");
    let place = find(&bytes, b"damaged-1").expect("the first body is in the journal as it was sent");
    bytes[place] ^= 0x20;
    fs::write(&journal, &bytes).expect("a writable journal");
    start_again_quick(&mut server);
    assert_eq!(markers(&finished(&server.client(), "damage")), ["intact-2", "intact-3"]);
    assert!(server.process().output().contains("damaged"), "it is said: {}", server.process().output());
    let kept = fs::read_dir(server.data().join("journal/damaged")).expect("the damaged file is kept").count();
    assert_eq!(kept, 1);
    // It is kept for people, not read again at each start.
    drop(server.terminate());
    server.start_again();
    assert_eq!(markers(&finished(&server.client(), "damage")), ["intact-2", "intact-3"]);
}

#[test]
fn late_data_reopens_a_finished_recording_and_nothing_is_twice() {
    let server = server();
    let client = server.client();
    post(&client, "late", "first");
    assert_eq!(markers(&finished(&client, "late")), ["first"]);
    post(&client, "late", "first");
    post(&client, "late", "second");
    let export = finished_with(&client, "late", "second");
    assert_eq!(markers(&export), ["first", "second"]);
}

#[test]
fn the_catalog_can_be_thrown_away() {
    let mut server = server();
    let client = server.client();
    for name in ["one", "two"] {
        post(&client, "kept", name);
    }
    assert_eq!(markers(&finished(&client, "kept")), ["one", "two"]);
    drop(server.terminate());
    let mut removed = 0;
    for file in fs::read_dir(server.data()).expect("a readable folder") {
        let path = file.expect("a readable folder").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("catalog") {
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }.expect("it can be removed");
            removed += 1;
        }
    }
    assert!(removed > 0, "the catalog was found");
    server.start_again();
    assert_eq!(markers(&finished(&server.client(), "kept")), ["one", "two"]);
    assert_eq!(server.client().recordings().len(), 1);
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
