//! Downloads and imports over HTTP: forms, tags, ranges, statuses, and what a crash leaves.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use cassette_testkit::{Client, Export, Server, Settings};

use crate::{
    binary, finished,
    import::events,
    portable::{Desk, examples},
    run::{all, cassette, done, out, path},
    sdk, server,
};

const RECORDINGS: &str = "/api/projects/1/session_recordings";
const KEY: &str = "phx_testtesttesttesttesttesttesttest";

fn imported(client: &Client, query: &str, file: &[u8]) -> serde_json::Value {
    let answer = client.upload(&format!("{RECORDINGS}/import{query}"), file).expect("the server answers");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json::<serde_json::Value>()["recordings"][0].clone()
}

/// A server with one imported recording, `a`.
fn with_one() -> Server {
    let server = server();
    let told = imported(&server.client(), "?session_id=a", events(&["one", "two"]).as_bytes());
    assert_eq!((&told["session_id"], &told["outcome"], &told["events"]), (&"a".into(), &"created".into(), &3.into()));
    server
}

#[test]
fn an_imported_recording_is_in_the_list_and_comes_out_in_every_form() {
    let server = with_one();
    let client = server.client();
    assert_eq!(client.recordings().len(), 1);
    for base in [RECORDINGS, "/api/environments/1/session_recordings", "/api/projects/@current/session_recordings"] {
        for (query, name, content_type) in [
            ("", "a.ndjson.zst", "application/zstd"),
            ("?format=ndjson", "a.ndjson", "application/x-ndjson"),
            ("?format=ndjson&compression=gzip", "a.ndjson.gz", "application/gzip"),
            ("?format=protobuf", "a.cassette.pb", "application/protobuf"),
            ("?format=posthog-json", "a.posthog.json", "application/json"),
            ("?format=rrweb&compression=zstd", "a.rrweb.json.zst", "application/zstd"),
            ("?format=html", "a.html", "text/html; charset=utf-8"),
        ] {
            let answer = client.get(&format!("{base}/a/recording{query}")).expect("the server answers");
            assert_eq!(answer.status, 200, "{query}: {}", answer.text());
            let disposition = format!("attachment; filename=\"{name}\"");
            assert_eq!(answer.header("content-disposition"), Some(disposition.as_str()));
            assert_eq!(answer.header("content-type"), Some(content_type), "{query}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(answer.header("content-security-policy"), Some("sandbox"));
            assert_eq!(answer.header("access-control-allow-origin"), None);
            assert!(!answer.body.is_empty());
        }
    }
    let export = client.download("a", "ndjson").expect("the server answers");
    assert_eq!(Export::read(&export.body).expect("a valid recording").events().count(), 3);
    for (query, attr) in [
        ("format=mp4", "format"),
        ("format=ndjson&compression=br", "compression"),
        ("format=html&compression=gzip", "compression"),
        ("well_formed=perhaps", "well_formed"),
    ] {
        let answer = client.get(&format!("{RECORDINGS}/a/recording?{query}")).expect("the server answers");
        assert_eq!((answer.status, &answer.json::<serde_json::Value>()["attr"]), (400, &attr.into()), "{query}");
    }
}

#[test]
fn a_download_can_be_taken_up_again_by_its_tag() {
    let server = with_one();
    let client = server.client();
    let path = format!("{RECORDINGS}/a/recording");
    let whole = client.get(&path).expect("the server answers");
    let tag = whole.header("etag").expect("it has a tag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "a strong tag: {tag}");
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let get = |headers: &[(&str, &str)]| client.get_with(&path, headers).expect("the server answers");
    let rest = get(&[("Range", "bytes=100-"), ("If-Range", &tag)]);
    assert_eq!(rest.status, 206);
    assert_eq!([&whole.body[..100], &rest.body].concat(), whole.body);
    let size = whole.body.len();
    assert_eq!(rest.header("content-range"), Some(format!("bytes 100-{}/{size}", size - 1).as_str()));
    assert_eq!(get(&[("Range", "bytes=-7")]).body, whole.body[size - 7..]);
    let other = get(&[("Range", "bytes=100-"), ("If-Range", "\"another\"")]);
    assert_eq!((other.status, other.body.len()), (200, size), "a part of another file would be no use");
    let beyond = get(&[("Range", &format!("bytes={size}-"))]);
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some(format!("bytes */{size}").as_str())));
    let known = get(&[("If-None-Match", &tag)]);
    assert_eq!((known.status, known.body.len()), (304, 0));
    // The next revision is another file.
    let told = imported(&client, "?session_id=a", events(&["one", "two", "three"]).as_bytes());
    assert_eq!(told["outcome"], "extended");
    let next = get(&[("If-None-Match", &tag)]);
    assert_eq!(next.status, 200);
    assert_ne!(next.header("etag"), Some(tag.as_str()));
}

#[test]
fn an_import_says_what_it_did_and_what_it_could_not() {
    let server = server();
    let client = server.client();
    let import = |query: &str, file: &[u8]| {
        let answer = client.upload(&format!("{RECORDINGS}/import{query}"), file).expect("the server answers");
        (answer.status, answer.json::<serde_json::Value>())
    };
    for example in examples() {
        let told = imported(&client, "", &fs::read(&example).expect("a readable file"));
        assert_eq!(told["events"], 7, "{}: {told}", example.display());
        assert!(told["recognised_as"].as_str().is_some_and(|kind| kind.contains("PostHog")), "{told}");
        assert!(told["left_out"].is_array(), "{told}");
    }
    assert_eq!(client.recordings().len(), 3, "two files are of one session");
    let (status, told) = import("", b"eggs, milk");
    assert_eq!((status, &told["code"], &told["attr"]), (400, &"unreadable_file".into(), &serde_json::Value::Null));
    assert!(told["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{told}");
    let (status, told) = import("?session_id=a/b", events(&["one"]).as_bytes());
    assert_eq!((status, &told["attr"]), (400, &"session_id".into()));
    assert_eq!(import("?session_id=b", events(&["one"]).as_bytes()).0, 200);
    let (status, told) = import("?session_id=b", events(&["other"]).as_bytes());
    assert_eq!((status, &told["code"]), (409, &"conflict".into()), "{told}");
    let stranger = client.post(&format!("{RECORDINGS}/import"), "application/json", b"[]").expect("the server answers");
    assert_eq!(stranger.status, 401, "{}", stranger.text());
    let environment = "/api/environments/1/session_recordings/import/";
    let answer = client.upload(environment, events(&["elsewhere"]).as_bytes()).expect("the server answers");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(fs::read_dir(server.data().join("spool")).expect("a readable folder").count(), 0);
}

#[test]
fn of_many_files_of_one_session_at_once_exactly_one_is_there() {
    let server = server();
    let day = |n: i64| events(&["one"]).replace("17952192", &format!("{}", 17_952_192 + n * 864));
    let outcomes: Vec<u16> = thread::scope(|scope| {
        let sent: Vec<_> = (0..8)
            .map(|n| {
                let (client, file) = (server.client(), day(n % 4));
                scope.spawn(move || {
                    let path = format!("{RECORDINGS}/import?session_id=one");
                    client.upload(&path, file.as_bytes()).expect("the server answers").status
                })
            })
            .collect();
        sent.into_iter().map(|sent| sent.join().expect("it ends")).collect()
    });
    // The same file twice is no contradiction; another one is.
    assert_eq!(outcomes.iter().filter(|status| **status == 200).count(), 2, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|status| **status == 409).count(), 6, "{outcomes:?}");
    assert_eq!(server.client().recordings().len(), 1);
    let verify = done(&["verify", "--data", path(server.data())]);
    assert!(out(&verify).contains("1 recording file and"), "{}", all(&verify));
}

#[test]
fn a_running_recording_takes_no_other_content() {
    // Nothing is finished while the test looks.
    let server = Server::start(binary(), Settings::default().finish_after("1h"));
    let client = server.client();
    let item: Vec<String> = serde_json::from_str::<Vec<Box<serde_json::value::RawValue>>>(&events(&["one", "two"]))
        .expect("an array")
        .iter()
        .map(|event| event.get().to_owned())
        .collect();
    let body = sdk::Item::new(&sdk::uuid("item"), "runs", &item).body();
    assert_eq!(client.post("/s/", "text/plain", &body).expect("the server answers").status, 200);
    let import = |file: &str| {
        client.upload(&format!("{RECORDINGS}/import?session_id=runs"), file.as_bytes()).expect("the server answers")
    };
    // What was answered is here, though it may still lie in the journal.
    let same = import(&events(&["one", "two"]));
    assert_eq!(same.status, 200, "{}", same.text());
    assert_eq!(same.json::<serde_json::Value>()["recordings"][0]["outcome"], "unchanged");
    assert_eq!(import(&events(&["one"])).json::<serde_json::Value>()["recordings"][0]["outcome"], "unchanged");
    let refused = import(&events(&["one", "two", "three"]));
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(refused.text().contains("still runs"), "{}", refused.text());
}

#[test]
fn the_commands_work_through_a_server_too() {
    let mut server = with_one();
    let desk = Desk::new();
    let base = server.process().base().to_owned();
    let at = ["--server", &base, "--api-key", KEY];
    let file = desk.file("b.json", events(&["b"]));
    let import = done(&[&["import", &file, "--session-id", "b"], &at[..]].concat());
    assert!(out(&import).starts_with("b  created"), "{}", all(&import));
    let bad = desk.file("bad.json", "[{]");
    let refused = cassette(&[&["import", &bad, &file, "--json"], &at[..]].concat());
    assert_eq!(refused.status.code(), Some(1), "{}", all(&refused));
    let beside = cassette(&["import", &file, "--data", path(server.data())]);
    assert_eq!(beside.status.code(), Some(2), "{}", all(&beside));
    assert!(all(&beside).contains("--server"), "{}", all(&beside));
    let through = desk.at("through");
    done(&[&["export", "--all", "--to", &through, "--format", "rrweb"], &at[..]].concat());
    drop(server.terminate());
    let directly = desk.at("directly");
    done(&["export", "--all", "--to", &directly, "--format", "rrweb", "--data", path(server.data())]);
    let contents = |folder: &str| crate::portable::contents(std::path::Path::new(folder));
    assert_eq!(contents(&through), contents(&directly));
    // `b`, `a`, and the same events as in `b` under the id that follows from them.
    assert_eq!(contents(&directly).len(), 3);
}

/// What is made of a recording after it came, its keyframes, is spooled too, and gone when that is made.
fn no_spool_is_left(server: &Server) {
    let begun = Instant::now();
    while fs::read_dir(server.data().join("spool")).expect("a readable folder").count() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "something is left in the spool");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_server_that_dies_during_an_import_leaves_it_whole_or_absent() {
    let mut server = server();
    let file = large(6 << 20);
    let count = file.matches("\"marker\"").count() + 1;
    let mut created = false;
    for delay_ms in [40, 150, 400, 700, 1000, 1500, 2200] {
        let client = server.client();
        let sent = file.clone();
        let upload = thread::spawn(move || {
            // The connection breaks, or it was quick enough.
            client.upload(&format!("{RECORDINGS}/import?session_id=large"), sent.as_bytes()).map(|answer| answer.status)
        });
        thread::sleep(Duration::from_millis(delay_ms));
        drop(server.kill9());
        let answered = upload.join().expect("the sender ends").is_ok_and(|status| status == 200);
        server.start_again();
        let client = server.client();
        let there = client.get(&format!("{RECORDINGS}/large/recording?format=ndjson")).expect("the server answers");
        assert!(there.status == 200 || !(answered || created), "what was answered is there");
        if there.status == 200 {
            created = true;
            let export = Export::read(&there.body).expect("what is there is whole");
            assert_eq!(export.events().count(), count);
        } else {
            assert_eq!(there.status, 404, "{}", there.text());
        }
        no_spool_is_left(&server);
    }
    let told = imported(&server.client(), "?session_id=large", file.as_bytes());
    assert!(["created", "unchanged"].contains(&told["outcome"].as_str().expect("a text")), "{told}");
    assert_eq!(finished(&server.client(), "large").events().count(), count);
    drop(server.terminate());
    done(&["verify", "--data", path(server.data())]);
}

/// An array of events of about this many bytes.
fn large(bytes: usize) -> String {
    let names: Vec<String> = (0..bytes / 100).map(|n| format!("marker number {n}")).collect();
    events(&names.iter().map(String::as_str).collect::<Vec<_>>())
}
