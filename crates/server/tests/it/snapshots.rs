//! PostHog's snapshots: both steps, both forms, while a recording runs, when it is finished, and across the border.

use std::path::PathBuf;

use cassette_recording::file::Trailer;
use cassette_testkit::{Export, Folder, fixtures};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::items::{Item, custom};
use crate::node::{HOUR, START};
use crate::served::{BASE, IDLE_MS, Served, TOKEN};

/// Window and event.
type Event = (String, String);

fn item(session: &str, number: u32) -> Item {
    Item::new(session, number)
}

fn body(item: &Item) -> Vec<u8> {
    let text = String::from_utf8(item.body()).unwrap();
    text.replace(crate::items::TOKEN, TOKEN).into_bytes()
}

fn keys(sources: &Value) -> Vec<String> {
    let sources = sources["sources"].as_array().unwrap();
    sources.iter().map(|source| source["blob_key"].as_str().unwrap().to_owned()).collect()
}

fn read_jsonl(jsonl: &[u8]) -> Vec<Event> {
    let lines = jsonl.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (window, event): (String, Box<RawValue>) = serde_json::from_slice(line).unwrap();
            (window, event.get().to_owned())
        })
        .collect()
}

fn read_snappy(mut framed: &[u8]) -> Vec<u8> {
    let mut jsonl = Vec::new();
    while let Some((length, rest)) = framed.split_first_chunk::<4>() {
        let (block, rest) = rest.split_at(usize::try_from(u32::from_be_bytes(*length)).unwrap());
        jsonl.extend(snap::raw::Decoder::new().decompress_vec(block).unwrap());
        framed = rest;
    }
    jsonl
}

impl Served {
    /// All events of a recording, in ranges of at most 20 keys as scripts ask for them; both forms must agree.
    async fn events(&self, session: &str) -> Vec<Event> {
        let path = format!("{BASE}/{session}/snapshots");
        let keys = keys(&self.json(&path).await);
        let mut events = Vec::new();
        for keys in keys.chunks(20) {
            events.extend(self.range(session, &keys[0], keys.last().unwrap()).await);
        }
        events
    }

    async fn range(&self, session: &str, first: &str, last: &str) -> Vec<Event> {
        let path = format!("{BASE}/{session}/snapshots/?source=blob_v2&start_blob_key={first}&end_blob_key={last}");
        let jsonl = self.get(&path).await;
        assert_eq!((jsonl.status, jsonl.header("content-type")), (200, Some("application/jsonl")), "{}", jsonl.text());
        assert!(!jsonl.body.ends_with(b"\n"));
        let snappy = self.get(&format!("{path}&decompress=false")).await;
        assert_eq!(snappy.header("content-type"), Some("application/octet-stream"));
        assert_ne!(snappy.header("etag"), jsonl.header("etag"));
        assert_eq!(read_snappy(&snappy.body).trim_ascii_end(), jsonl.body, "both forms hold the same");
        read_jsonl(&jsonl.body)
    }

    async fn post_all(&self, folder: &'static str) -> Folder {
        let folder = fixtures().into_iter().find(|found| found.name == folder).unwrap();
        let (folder, statuses) = self
            .ask(move |client| {
                let statuses: Vec<u16> = folder.requests.iter().map(|request| request.post(client).status).collect();
                (folder, statuses)
            })
            .await;
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
        folder
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_are_the_events_that_were_captured_live_and_finished() {
    let server = Served::start().await;
    let folder = server.post_all("latest-full").await;
    for (session, expected) in folder.expected.sessions {
        let path = format!("{BASE}/{session}/");
        server.until(&path, |row| row["event_count"] == expected.rrweb_events).await;
        let path = format!("{BASE}/{session}/blocks");
        server
            .until(&path, |listing| {
                let blocks = listing["blocks"].as_array().unwrap();
                blocks.iter().map(|block| block["events"].as_u64().unwrap()).sum::<u64>()
                    == expected.rrweb_events as u64
            })
            .await;
        let mut live = server.events(&session).await;
        let live_keys = keys(&server.json(&format!("{BASE}/{session}/snapshots")).await);
        server.finish(&session).await;
        let finished = server.events(&session).await;
        let across = server.range(&session, &live_keys[0], live_keys.last().unwrap()).await;
        assert_eq!(across, live, "keys that were listed while it ran name the same events for an hour");

        let file = server.get(&format!("{BASE}/{session}/recording")).await;
        let export = Export::read_zstd(&file.body).unwrap();
        let stored: Vec<Event> = export
            .events()
            .map(|line| (line.window_id.clone().unwrap(), line.event_text().unwrap().to_owned()))
            .collect();
        assert_eq!(stored.len(), expected.rrweb_events);
        assert_eq!(finished, stored, "window, bytes and order are those of the file");
        live.sort();
        let mut stored = stored;
        stored.sort();
        assert_eq!(live, stored);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_script_gets_an_event_twice_or_misses_one_when_more_comes_after_the_finish() {
    let server = Served::start().await;
    for number in 0..3 {
        server.capture(body(&item("s", number).event(START + i64::from(number), &format!("early {number}")))).await;
        let sources = format!("{BASE}/s/snapshots");
        server.until(&sources, |sources| keys(sources).len() > number as usize).await;
    }
    server.finish("s").await;
    server.capture(body(&item("s", 7).event(START + 1, "late"))).await;
    let sources = server.until(&format!("{BASE}/s/snapshots"), |sources| keys(sources).len() > 1).await;
    let keys = keys(&sources);
    assert_eq!(keys, ["1000000", "3"]);
    let mut expected: Vec<Event> =
        (0..3).map(|number| ("w1".to_owned(), custom(START + number, &format!("early {number}")))).collect();
    let late = ("w1".to_owned(), custom(START + 1, "late"));
    expected.push(late.clone());
    assert_eq!(server.range("s", "1000000", "3").await, expected, "in the order of the list");
    expected.rotate_right(1);
    assert_eq!(server.range("s", "3", "1000000").await, expected, "in the order of the numbers");
    assert_eq!(server.range("s", "3", "3").await, [late]);

    server.clock.advance(HOUR + IDLE_MS);
    let sources = server.until(&format!("{BASE}/s/snapshots"), |sources| self::keys(sources) == ["2000000"]).await;
    assert_eq!(sources["sources"][0]["start_timestamp"], "2026-11-21T07:15:10.102Z");
    assert_eq!(server.range("s", "2000000", "2000000").await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mistake_is_answered_as_posthog_answers_it() {
    let server = Served::start().await;
    server.capture(body(&item("s", 1).event(START, "x"))).await;
    server.until(&format!("{BASE}/s/snapshots"), |sources| keys(sources) == ["0"]).await;
    for (path, status, detail) in [
        ("s/snapshots?source=realtime", 400, "Invalid source"),
        ("s/snapshots/?source=blob", 400, "Invalid source"),
        ("s/snapshots?source=blob_v2", 400, "Must provide one of blob key or start and end blob keys"),
        ("s/snapshots?source=blob_v2&start_blob_key=0", 400, "Must provide both start_blob_key and end_blob_key"),
        ("s/snapshots?source=blob_v2&blob_key=x", 400, "Blob key must be an integer"),
        (
            "s/snapshots?source=blob_v2&start_blob_key=0&end_blob_key=21",
            400,
            "Cannot request more than 20 blob keys at once",
        ),
        ("s/snapshots?source=blob_v2&blob_key=1", 404, "Block index out of range"),
        ("s/snapshots?source=blob_v2&blob_key=1000000", 404, "Block index out of range"),
        ("s/snapshots?source=blob_v2&blob_key=18446744073709551615", 404, "Block index out of range"),
        ("s/snapshots?source=blob_v2&start_blob_key=0&end_blob_key=1", 404, "Block index out of range"),
        ("s/snapshots?source=blob_v2_lts&blob_key=a", 404, "Not found."),
        ("s/snapshots?source=blob_v2&blob_key=0&blob_key=0", 400, "duplicate field"),
        ("none/snapshots", 404, "Not found."),
        ("%ff/snapshots", 404, "Not found."),
    ] {
        let answer = server.get(&format!("{BASE}/{path}")).await;
        let body: Value = answer.json();
        assert_eq!(answer.status, status, "{path}: {body}");
        assert!(body["detail"].as_str().unwrap().starts_with(detail), "{path}: {body}");
        assert_eq!(body.as_object().unwrap().len(), 4, "{path}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_an_answer_is_told_so_and_heads_have_no_body() {
    let server = Served::start().await;
    server.capture(body(&item("s", 1).event(START, "x"))).await;
    server.until(&format!("{BASE}/s/snapshots"), |sources| keys(sources) == ["0"]).await;
    let path = format!("{BASE}/s/snapshots?source=blob_v2&blob_key=0");
    let answer = server.get(&path).await;
    assert_eq!(answer.header("cache-control"), Some("private, max-age=3600"));
    assert_eq!(answer.header("content-disposition"), Some("inline"));
    let tag = answer.header("etag").unwrap();
    let again = server.get_with(&path, &[("if-none-match", tag)]).await;
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag)));
    let head = server.send("HEAD", &path, &Value::Null).await;
    assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, Some(tag)));
    let options = server.send("OPTIONS", &path, &Value::Null).await;
    assert_eq!((options.status, options.header("allow")), (204, Some("GET,HEAD")));
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_that_are_lost_are_left_out_until_none_is_left() {
    let server = Served::start().await;
    for number in 0..2 {
        server.capture(body(&item("s", number).event(START, &format!("{number}")))).await;
        let sources = format!("{BASE}/s/snapshots");
        server.until(&sources, |sources| keys(sources).len() > number as usize).await;
    }
    let objects = files(server.folder.path().join("live"));
    assert_eq!(objects.len(), 2);
    std::fs::remove_file(&objects[0]).unwrap();
    let left = server.range("s", "0", "1").await;
    assert_eq!(left, [("w1".to_owned(), custom(START, "1"))]);
    let mut damaged = std::fs::read(&objects[1]).unwrap();
    damaged[10] ^= 1;
    std::fs::write(&objects[1], damaged).unwrap();
    let answer = server.get(&format!("{BASE}/s/snapshots?source=blob_v2&start_blob_key=0&end_blob_key=1")).await;
    let body: Value = answer.json();
    assert_eq!((answer.status, &body["code"]), (502, &"recording_blocks_unavailable".into()), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_block_of_a_file_spoils_none_of_those_that_are_read_with_it() {
    let server = Served::start().await;
    // Larger than a block may be, so each is one of its own.
    let long = "x".repeat(270_000);
    let events: Vec<String> = (0..9).map(|number| custom(START + number, &format!("{number} {long}"))).collect();
    let item = events.iter().fold(item("s", 1), |item, event| item.raw(event));
    server.capture(body(&item)).await;
    server.until(&format!("{BASE}/s/"), |row| row["event_count"] == 9).await;
    server.finish("s").await;
    let keys = keys(&server.json(&format!("{BASE}/s/snapshots")).await);
    assert_eq!(keys.len(), 9);
    let whole: Vec<Event> = events.into_iter().map(|event| ("w1".to_owned(), event)).collect();
    assert_eq!(server.range("s", &keys[0], &keys[8]).await, whole);

    let file = files(server.folder.path().join("projects")).into_iter().find(|path| path.ends_with("s.ndjson.zst"));
    let file = file.unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    let blocks = Trailer::from_tail(&bytes).unwrap().index().unwrap().blocks;
    for damaged in [2, 8] {
        let middle = blocks[damaged].offset + u64::from(blocks[damaged].length) / 2;
        bytes[usize::try_from(middle).unwrap()] ^= 1;
    }
    std::fs::write(&file, bytes).unwrap();
    let mut left = whole;
    left.remove(8);
    left.remove(2);
    assert_eq!(server.range("s", &keys[0], &keys[8]).await, left);
}

/// The files below a folder, sorted.
fn files(folder: PathBuf) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}
