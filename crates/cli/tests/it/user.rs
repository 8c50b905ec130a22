//! `cassette user`, and `--project`: beside a folder and through a server.

use std::process::Command;

use cassette_testkit::{Process, Server, Settings};
use serde_json::{Value, json};

use crate::binary;
use crate::run::{all, cassette, done, out, path, said};

/// With the password in the environment.
fn add(words: &[&str], password: Option<&str>) -> std::process::Output {
    let mut command = Command::new(binary());
    command.args(["user", "add"]).args(words).env_remove("CASSETTE_USER_PASSWORD");
    command.stdin(std::process::Stdio::null()).envs(password.map(|password| ("CASSETTE_USER_PASSWORD", password)));
    command.output().expect("the binary runs")
}

fn users(words: &[&str]) -> Value {
    let listed = done(&[&["user", "list", "--json"], words].concat());
    serde_json::from_str(&out(&listed)).expect("a JSON array")
}

#[test]
fn an_administrator_is_made_before_the_first_start_and_logs_in_then() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let place = ["--data", path(&data)];
    let ann = ["--email", "Ann@example.com", "--role", "admin", "--name", "Ann"];
    let refused = add(&[&ann[..], &place].concat(), None);
    assert_eq!(refused.status.code(), Some(2), "{}", all(&refused));
    assert!(said(&refused).contains("CASSETTE_USER_PASSWORD"), "{}", all(&refused));
    let refused = add(&[&ann[..], &place].concat(), Some("short"));
    assert_eq!(refused.status.code(), Some(2), "{}", all(&refused));
    let made = add(&[&ann[..], &place].concat(), Some("a password of ann"));
    assert_eq!(made.status.code(), Some(0), "{}", all(&made));
    assert!(!all(&made).contains("a password of ann"));
    let again = add(&[&ann[..], &place].concat(), Some("a password of ann"));
    assert!(said(&again).contains("already"), "{}", all(&again));

    let server = Process::start(binary(), &data, &Settings::default());
    let login = json!({"email": "ann@example.com", "password": "a password of ann"}).to_string();
    let answer = server.client().post("/api/login", "application/json", login.as_bytes()).expect("the server answers");
    assert_eq!(answer.status, 204, "{}", answer.text());
    assert_eq!(users(&place)[0]["email"], "ann@example.com", "also while a server works there");
    let busy = cassette(&["user", "remove", "--email", "ann@example.com", "--data", path(&data)]);
    assert_eq!(busy.status.code(), Some(2), "{}", all(&busy));
    assert!(said(&busy).contains("--server"), "{}", all(&busy));
}

#[test]
fn users_of_a_running_server_are_made_listed_and_removed_through_it() {
    let server = Server::start(binary(), Settings::default());
    let client = server.client();
    let place = ["--server", server.process().base(), "--api-key", &Settings::default().key];
    let bob = ["--email", "bob@example.com", "--role", "viewer", "--project", "1", "--no-watch"];
    let made = add(&[&bob[..], &place].concat(), Some("a password of bob"));
    assert_eq!(made.status.code(), Some(0), "{}", all(&made));
    let listed = users(&place);
    assert_eq!((&listed[0]["role"], &listed[0]["may_watch"]), (&"viewer".into(), &false.into()));
    let beside = users(&["--data", path(server.data())]);
    for member in ["id", "email", "role", "projects", "may_list", "may_watch", "has_password"] {
        assert_eq!(beside[0][member], listed[0][member], "{member}");
    }
    let unknown = add(&[&bob[..4], &["--project", "9"], &place].concat(), Some("a password of bob"));
    assert_eq!(unknown.status.code(), Some(2), "{}", all(&unknown));
    done(&[&["user", "remove", "--email", "BOB@example.com"], &place[..]].concat());
    assert_eq!(users(&place), json!([]));
    let gone = cassette(&[&["user", "remove", "--email", "bob@example.com"], &place[..]].concat());
    assert_eq!(gone.status.code(), Some(1), "{}", all(&gone));
    let log = client.get("/api/activity_log?limit=10").expect("the server answers").text();
    assert!(!log.contains("a password of bob"), "{log}");
}

#[test]
fn recordings_of_another_project_are_imported_listed_and_exported_by_its_number() {
    let mut server = Server::start(binary(), Settings::default());
    let made = server.client().upload("/api/projects/", br#"{"name":"Shop"}"#).expect("the server answers");
    assert_eq!(made.status, 201, "{}", made.text());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("visit.rrweb");
    let events = json!([
        {"type": 4, "timestamp": 1_795_245_310_102_i64, "data": {"href": "https://shop.example/", "width": 8, "height": 6}},
        {"type": 2, "timestamp": 1_795_245_311_102_i64, "data": {"node": {"type": 0, "id": 1, "childNodes": []}}}
    ]);
    std::fs::write(&file, events.to_string()).expect("a file");
    let place = ["--server", server.process().base(), "--api-key", &Settings::default().key];
    let import = ["import", path(&file), "--session-id", "in-two", "--project", "2"];
    done(&[&import[..], &place].concat());
    let listed = |words: &[&str]| out(&done(&[&["list", "--json"], words].concat()));
    for place in [&place[..], &["--data", path(server.data())]] {
        assert!(listed(&[place, &["--project", "2"]].concat()).contains("in-two"));
        assert_eq!(listed(place), "[]\n");
        let to = folder.path().join(format!("{}.rrweb", place[0]));
        done(&[&["export", "in-two", "--project", "2", "--to", path(&to)], place].concat());
        assert!(to.is_file());
    }
    let unknown = cassette(&["list", "--project", "9", "--data", path(server.data())]);
    assert_eq!(unknown.status.code(), Some(2), "{}", all(&unknown));
    let unknown = cassette(&[&["list", "--project", "9"], &place[..]].concat());
    assert_eq!(unknown.status.code(), Some(2), "{}", all(&unknown));
    server.terminate();
    let beside = ["--project", "2", "--data", path(server.data())];
    done(&[&["import", path(&file), "--session-id", "beside"], &beside[..]].concat());
    done(&["verify", "--data", path(server.data())]);
    assert!(listed(&beside).contains("beside"));
    let lost = cassette(&["import", path(&file), "--project", "9", "--data", path(server.data())]);
    assert_eq!(lost.status.code(), Some(2), "{}", all(&lost));
}
