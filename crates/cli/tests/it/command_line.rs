//! The commands: what they print, and their exit codes (0 done, 1 not so, 2 the call or the environment is wrong).

use std::{fs, process::Command};

use cassette_testkit::{Export, Server, fixtures};

use crate::{
    binary, finished,
    run::{all, cassette, out, path},
    server,
};

/// A server that holds one finished recording; returns its id.
fn recorded() -> (Server, String) {
    let server = server();
    let client = server.client();
    let folder = fixtures().into_iter().find(|folder| folder.name == "latest-full").expect("the folder is there");
    for request in &folder.requests {
        assert_eq!(request.post(&client).status, 200);
    }
    let session = folder.expected.sessions.keys().next().expect("one session").clone();
    let _ = finished(&client, &session);
    (server, session)
}

#[test]
fn list_export_inspect_and_verify_work_beside_a_server_and_through_it() {
    let (server, session) = recorded();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let key = "phx_testtesttesttesttesttesttesttest";
    let places: [Vec<&str>; 2] =
        [vec!["--data", path(server.data())], vec!["--server", server.process().base(), "--api-key", key]];
    for (number, place) in places.iter().enumerate() {
        let list = cassette(&[&["list", "--json"], &place[..]].concat());
        assert_eq!(list.status.code(), Some(0), "{}", all(&list));
        assert!(out(&list).contains(&session), "{}", all(&list));
        for ending in ["ndjson.zst", "ndjson", "rrweb"] {
            let file = folder.path().join(format!("{number}.{ending}"));
            let words = ["export", &session, "--to", path(&file), "--format", ending];
            let export = cassette(&[&words, &place[..]].concat());
            assert_eq!(export.status.code(), Some(0), "{ending}: {}", all(&export));
            assert!(fs::metadata(&file).is_ok_and(|file| file.len() > 0), "{ending} is written");
        }
    }
    let stored = folder.path().join("0.ndjson.zst");
    let plain = folder.path().join("1.ndjson");
    let events = |export: &Export| export.events().count();
    let read = Export::read_zstd(&fs::read(&stored).expect("it was written")).expect("a valid recording");
    let read_plain = Export::read(&fs::read(&plain).expect("it was written")).expect("a valid recording");
    assert_eq!(events(&read), events(&read_plain));
    for file in [&stored, &plain] {
        let verify = cassette(&["verify", path(file)]);
        assert_eq!(verify.status.code(), Some(0), "{}", all(&verify));
        let inspect = cassette(&["inspect", path(file), "--json"]);
        assert_eq!(inspect.status.code(), Some(0), "{}", all(&inspect));
        assert!(out(&inspect).contains(&session), "{}", all(&inspect));
    }
    let verify = cassette(&["verify", "--data", path(server.data())]);
    assert_eq!(verify.status.code(), Some(0), "{}", all(&verify));
}

#[test]
fn the_stored_file_is_plain_zstd_for_other_tools() {
    let (server, session) = recorded();
    let answer = server.client().download(&session, "ndjson.zst").expect("the server answers");
    let frames = cassette_testkit::frames(&answer.body).expect("complete frames");
    assert!(frames.len() >= 4, "meta, a block at least, the index and the seek table: {}", frames.len());
    let index = cassette_testkit::index(&answer.body).expect("an index");
    let items = index["items"].as_array().expect("the items").len();
    let folder = fixtures().into_iter().find(|folder| folder.name == "latest-full").expect("the folder is there");
    let expected = folder.expected.sessions[&session].items;
    assert!(items >= expected, "{items} items, of which {expected} carry snapshots");
}

#[test]
fn verify_says_1_and_the_place_where_a_file_is_damaged() {
    let (server, session) = recorded();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("damaged.ndjson");
    let answer = server.client().download(&session, "ndjson").expect("the server answers");
    let text = answer.text();
    let damaged = text.replacen("\"type\":\"mutation\"", "\"type\":\"mutatioN\"", 1);
    assert_ne!(text, damaged);
    fs::write(&file, damaged).expect("a writable folder");
    let verify = cassette(&["verify", path(&file)]);
    assert_eq!(verify.status.code(), Some(1), "{}", all(&verify));
    assert!(all(&verify).contains("line"), "{}", all(&verify));
    let cut = folder.path().join("cut.ndjson.zst");
    let stored = server.client().download(&session, "ndjson.zst").expect("the server answers");
    fs::write(&cut, &stored.body[..stored.body.len() / 2]).expect("a writable folder");
    assert_eq!(cassette(&["verify", path(&cut)]).status.code(), Some(1));
}

#[test]
fn what_is_not_there_is_1_and_wrong_words_are_2() {
    let (server, _) = recorded();
    let data = ["--data", path(server.data())];
    let missing = cassette(&[&["export", "no-such-recording", "--to", "-"], &data[..]].concat());
    assert_eq!(missing.status.code(), Some(1), "{}", all(&missing));
    assert_eq!(cassette(&["export"]).status.code(), Some(2));
    assert_eq!(cassette(&["frobnicate"]).status.code(), Some(2));
    assert_eq!(cassette(&["verify", "/no/such/file"]).status.code(), Some(2));
    assert_eq!(cassette(&["list", "--data", "/no/such/folder"]).status.code(), Some(2));
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let (server, _) = recorded();
    let second = cassette(&["serve", "--data", path(server.data()), "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(2), "{}", all(&second));
}

#[test]
fn listening_for_everybody_without_a_password_is_refused_with_a_way_out() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let refused = cassette(&["serve", "--data", path(folder.path()), "--listen", "0.0.0.0:0"]);
    assert_eq!(refused.status.code(), Some(2), "{}", all(&refused));
    assert!(all(&refused).contains("CASSETTE_ADMIN_PASSWORD"), "{}", all(&refused));
}

#[test]
fn an_unknown_setting_names_the_nearest_known_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let refused = Command::new(binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--data", path(folder.path())])
        .env("CASSETTE_RECORDING__FINISH_AFTER_IDEL", "5s")
        .output()
        .expect("the binary runs");
    assert_eq!(refused.status.code(), Some(2), "{}", all(&refused));
    assert!(all(&refused).contains("recording.finish_after_idle"), "{}", all(&refused));
}
