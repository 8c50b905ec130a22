//! Keyframes: made after finishing, found and made again, gone with the recording, given to players and to viewers of links.

use std::fs;

use cassette_server::erase::DeleteOutcome;
use cassette_server::finish::{Failing, MoreWork};
use cassette_server::keyframes::KeyframeMaker;
use cassette_testkit::files_that_hold;
use serde_json::{Value, json};

use crate::http::{RECORDINGS, Served, serve};
use crate::items::Item;
use crate::node::{HOUR, MINUTE, Node, PROJECT, START, World};

/// Stands in the page's text, and so in keyframes.
const SECRET: &str = "wq7-secret-of-ann-x93";
const SESSION: &str = "s";

/// What makes a line so long that a few of them are a block.
fn filler() -> String {
    "lorem ipsum ".repeat(12_000)
}

fn full_snapshot(at: i64) -> String {
    let text = r#"{"type":3,"textContent":"begins","id":4}"#;
    let body = format!(r#"{{"type":2,"tagName":"body","attributes":{{}},"childNodes":[{text}],"id":3}}"#);
    let html = format!(r#"{{"type":2,"tagName":"html","attributes":{{}},"childNodes":[{body}],"id":2}}"#);
    format!(
        r#"{{"type":2,"data":{{"node":{{"type":0,"childNodes":[{html}],"id":1}},"initialOffset":{{"left":0,"top":0}}}},"timestamp":{}}}"#,
        START + at
    )
}

/// The page says something else, in many words.
fn says(at: i64, what: &str) -> String {
    let lists = r#""attributes":[],"removes":[],"adds":[]"#;
    format!(
        r#"{{"type":3,"data":{{"source":0,"texts":[{{"id":4,"value":"{what} {}"}}],{lists}}},"timestamp":{}}}"#,
        filler(),
        START + at
    )
}

/// A full snapshot, and then something every 20 s: keyframes are due before 60 s and 120 s.
fn events() -> Vec<String> {
    let first = full_snapshot(0);
    [first].into_iter().chain((1..=8).map(|n| says(n * 20_000, &format!("{SECRET} number {n}.")))).collect()
}

/// As the node of a test, with the maker that `serve` starts beside it.
struct Made {
    world: World,
    node: Node,
    maker: KeyframeMaker,
}

impl Made {
    async fn start() -> Self {
        let world = World::new();
        let node = world.start().await;
        let maker = KeyframeMaker {
            bucket: node.bucket.clone(),
            catalog: node.catalog.clone(),
            deleted: node.eraser.deleted.clone(),
            spool: world.path().join("spool"),
            min_free_bytes: 0,
            failing: Failing::default(),
        };
        Self { world, node, maker }
    }

    async fn with_recording() -> Self {
        let made = Self::start().await;
        let item = events().into_iter().fold(Item::new(SESSION, 1), Item::raw);
        made.node.post(item.body()).await;
        made.node.finish_all().await;
        made
    }

    async fn look(&self) {
        while self.maker.look(self.world.now()).await.unwrap() == MoreWork::Yes {}
    }

    async fn number(&self, revision: u32) -> Option<u32> {
        self.node.catalog.keyframes(PROJECT, &SESSION.parse().unwrap(), revision).await.unwrap()
    }

    fn objects(&self) -> Vec<String> {
        self.world.files("projects").into_keys().filter(|name| name.ends_with(".keyframes")).collect()
    }
}

#[tokio::test]
async fn a_finished_recording_that_wants_keyframes_gets_them_once() {
    let made = Made::with_recording().await;
    made.node.post(Item::new("small", 2).event(START, "x").body()).await;
    made.node.finish_all().await;
    assert_eq!((made.number(1).await, made.objects()), (None, vec![]));
    made.look().await;
    let number = made.number(1).await.unwrap();
    assert!((2..=4).contains(&number), "{number}");
    assert_eq!(made.objects(), ["projects/1/keyframes/2026-11-21/s.keyframes"]);
    let small = made.node.catalog.keyframes(PROJECT, &"small".parse().unwrap(), 1).await.unwrap();
    assert_eq!(small, Some(0));
    assert!(made.node.catalog.files_without_keyframes(10).await.unwrap().is_empty());
    assert!(made.world.files("spool").is_empty());
    made.node.assert_consistent().await;
}

#[tokio::test]
async fn keyframes_outlive_the_catalog_and_are_made_again_where_they_are_lost() {
    let made = Made::with_recording().await;
    made.look().await;
    let (number, before) = (made.number(1).await, made.world.files("projects"));
    let _ = made.node.rebuild().await;
    assert_eq!(made.number(1).await, None, "a rebuild passes them over");
    made.look().await;
    assert_eq!((made.number(1).await, made.world.files("projects")), (number, before.clone()));
    let object = made.world.path().join(&made.objects()[0]);
    for damage in [None, Some("not what was written")] {
        match damage {
            None => fs::remove_file(&object).unwrap(),
            Some(text) => fs::write(&object, text).unwrap(),
        }
        let _ = made.node.rebuild().await;
        made.look().await;
        assert_eq!((made.number(1).await, made.world.files("projects")), (number, before.clone()), "{damage:?}");
    }
}

#[tokio::test]
async fn keyframes_of_an_earlier_revision_go_with_it() {
    let made = Made::with_recording().await;
    made.look().await;
    made.world.advance(MINUTE);
    made.node.post(Item::new(SESSION, 3).raw(says(170_000, "late")).body()).await;
    made.node.finish_all().await;
    assert_eq!((made.number(1).await, made.number(2).await), (None, None));
    made.look().await;
    assert_eq!(made.objects().len(), 2);
    made.world.advance(2 * HOUR);
    made.node.tick().await;
    assert_eq!(made.objects(), ["projects/1/keyframes/2026-11-21/s.r2.keyframes"]);
    assert!(made.number(2).await.unwrap() > 0);
}

#[tokio::test]
async fn of_a_deleted_recording_no_keyframe_is_left_and_none_is_made() {
    let made = Made::with_recording().await;
    made.look().await;
    let held = files_that_hold(made.world.path(), SECRET);
    assert!(held.iter().any(|name| name.ends_with(".keyframes")), "{held:?}");
    let (session, now) = (SESSION.parse().unwrap(), made.world.now());
    let outcome = made.node.eraser.delete_recordings(PROJECT, &[session], "ann", now).await.pop().unwrap().1;
    assert!(matches!(outcome, DeleteOutcome::Deleted { left: None }), "{outcome:?}");
    assert_eq!(files_that_hold(made.world.path(), SECRET), Vec::<String>::new());
    made.look().await;
    assert_eq!(made.objects(), Vec::<String>::new());
}

const BLOCKS: &str = "/api/projects/1/session_recordings/s/blocks";

/// Of the first keyframe: the millisecond before the event at a minute.
const FIRST: i64 = 59_999;

/// A server with the recording, and its listing once there are keyframes.
async fn served() -> (Served, Value) {
    let server = serve().await;
    server.import(SESSION, &format!("[{}]", events().join(","))).await;
    for _ in 0..600 {
        let listing = server.ask("GET", BLOCKS, Value::Null).await.expect(200);
        if listing["keyframes"].as_array().is_some_and(|keyframes| !keyframes.is_empty()) {
            return (server, listing);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no keyframes were made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_is_told_of_keyframes_and_gets_them_as_lines() {
    let (server, listing) = served().await;
    let keyframes = listing["keyframes"].as_array().unwrap();
    let first = &keyframes[0];
    assert_eq!(
        (&first["key"], &first["window_id"], &first["timestamp"]),
        (&json!(1_000_000), &json!(""), &json!(FIRST))
    );
    assert!(first["bytes"].as_u64().unwrap() > 0);
    let path = format!("{RECORDINGS}/s/keyframes/1000000");
    let answer = server.ask("GET", &path, Value::Null).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-ndjson")));
    let text = answer.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["type"], "full_snapshot");
    assert!(lines.iter().all(|line| line["timestamp"] == FIRST && line["event"]["timestamp"] == START + FIRST));
    assert!(text.contains("number 2.") && !text.contains("number 3."), "what is later is not in it");
    let shifted = server.ask("GET", &format!("{path}?base={}", START - 5), Value::Null).await;
    assert!(shifted.text().starts_with("{\"type\":\"full_snapshot\",\"timestamp\":60004,"));
    let tag = answer.header("etag").unwrap().to_owned();
    assert_ne!(shifted.header("etag"), Some(tag.as_str()));
    let bearer = "authorization: Bearer phx_testtesttesttesttesttesttesttest\r\n";
    let again = server.send("GET", &path, &format!("{bearer}if-none-match: {tag}\r\n"), b"").await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    for nowhere in ["1000999", "2000000", "0", "x"] {
        let status = server.ask("GET", &format!("{RECORDINGS}/s/keyframes/{nowhere}"), Value::Null).await.status;
        assert!(matches!(status, 400 | 404), "{nowhere}: {status}");
    }
    server.get(&path).await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn keyframes_that_are_lost_are_not_listed_and_come_again() {
    let (server, listing) = served().await;
    let object = server.folder.path().join("projects/1/keyframes/2026-11-21/s.keyframes");
    fs::remove_file(&object).unwrap();
    server.ask("GET", &format!("{RECORDINGS}/s/keyframes/1000000"), Value::Null).await.expect(404);
    let without = server.ask("GET", BLOCKS, Value::Null).await.expect(200);
    assert_eq!(without["keyframes"], json!([]));
    for _ in 0..600 {
        let again = server.ask("GET", BLOCKS, Value::Null).await.expect(200);
        if again["keyframes"] != json!([]) {
            assert_eq!(again["keyframes"], listing["keyframes"]);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("they did not come again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_gets_keyframes_of_the_part_that_is_shown_only() {
    let (server, listing) = served().await;
    let share = json!({"enabled": true, "ends_at": 90_000});
    let shared = server.ask("PATCH", &format!("{RECORDINGS}/s/sharing/"), share).await.expect(200);
    let token = shared["access_token"].as_str().unwrap();
    let opened = server.send("POST", &format!("/shared/{token}"), "", b"{}").await.expect(200);
    let bearer = format!("authorization: Bearer {}\r\n", opened["shareToken"].as_str().unwrap());
    let told = server.send("GET", BLOCKS, &bearer, b"").await.expect(200);
    let times = |listing: &Value| -> Vec<i64> {
        listing["keyframes"].as_array().unwrap().iter().map(|one| one["timestamp"].as_i64().unwrap()).collect()
    };
    assert!(times(&listing).iter().any(|&at| at > 90_000), "{listing}");
    let expected: Vec<i64> = times(&listing).into_iter().filter(|&at| at <= 90_000).collect();
    assert_eq!(times(&told), expected);
    for keyframe in listing["keyframes"].as_array().unwrap() {
        let path = format!("{RECORDINGS}/s/keyframes/{}", keyframe["key"]);
        let answer = server.send("GET", &path, &bearer, b"").await;
        let is_shown = keyframe["timestamp"].as_i64().unwrap() <= 90_000;
        assert_eq!(answer.status, if is_shown { 200 } else { 404 }, "{keyframe}");
        assert_eq!(answer.text().contains("full_snapshot"), is_shown);
        let far = server.send("GET", &format!("{path}?base=0"), &bearer, b"").await;
        assert_eq!(far.status, 400);
    }
}
