//! Moments of trouble: found when a recording is finished, shown in its row and its listing, asked for by filters and orders,
//! and found again when the catalog was lost.

use std::fmt::Write as _;

use cassette_server::clock::Clock as _;
use serde_json::{Value, json};

use crate::items::full_snapshot;
use crate::node::START;
use crate::served::{BASE, Served, TOKEN};

/// A press of the button at one place, as a recorder tells of it.
fn press(at: i64) -> String {
    let interaction = |at: i64, kind: u8| {
        format!(
            "{{\"type\":3,\"data\":{{\"source\":2,\"type\":{kind},\"id\":7,\"x\":10,\"y\":20.6}},\"timestamp\":{at}}}"
        )
    };
    format!("{},{}", interaction(at - 60, 1), interaction(at, 2))
}

fn error(at: i64) -> String {
    let payload = r#"{"level":"error","trace":[],"payload":["\"no\""]}"#;
    format!("{{\"type\":6,\"data\":{{\"plugin\":\"rrweb/console@1\",\"payload\":{payload}}},\"timestamp\":{at}}}")
}

/// A request with one item of a session, sent at a time of the visitor's clock.
fn request(session: &str, number: u32, sent_at: i64, events: &[String]) -> Vec<u8> {
    let mut body = String::from("[");
    write!(
        body,
        "{{\"uuid\":\"0198f1c2-0000-7000-8000-{number:012}\",\"sent_at\":{sent_at},\"event\":\"$snapshot\",\"properties\":\
         {{\"token\":\"{TOKEN}\",\"distinct_id\":\"ann\",\"$session_id\":\"{session}\",\"$window_id\":\"w\",\"$lib\":\"web\",\
         \"$snapshot_data\":[{}]}}}}]",
        events.join(",")
    )
    .unwrap();
    body.into_bytes()
}

/// Three presses of a button that does nothing, the last upon which an error comes; a while later the visitor goes on.
fn angry() -> Vec<String> {
    let mut events = vec![full_snapshot(START)];
    events.extend([1000, 1300, 1600].map(|after| press(START + after)));
    events.extend([error(START + 1700), press(START + 60_000), full_snapshot(START + 60_010)]);
    events
}

fn ids(answer: &Value) -> Vec<&str> {
    answer["results"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

const COUNTS: [&str; 5] =
    ["rage_click_count", "dead_click_count", "error_click_count", "quick_back_count", "thrashing_count"];

fn counts(row: &Value) -> Vec<&Value> {
    COUNTS.iter().map(|name| &row[*name]).collect()
}

async fn assert_they_are_shown(server: &Served) {
    let row = server.until(&format!("{BASE}/angry"), |row| !row["rage_click_count"].is_null()).await;
    assert_eq!(counts(&row), [1, 1, 1, 0, 0]);
    let calm = server.until(&format!("{BASE}/calm"), |row| !row["rage_click_count"].is_null()).await;
    assert_eq!(counts(&calm), [0; 5]);
    let listing = server.json(&format!("{BASE}/angry/blocks")).await;
    let moment =
        |kind: &str, at: i64| json!({"kind": kind, "timestamp": at, "window_id": "w", "node": 7, "x": 10, "y": 21});
    let expected = json!([moment("rage_click", 1000), moment("dead_click", 1000), moment("error_click", 1600)]);
    assert_eq!(listing["signals"], expected);
    assert_eq!(listing["clock_jumps"], json!([]));
    for (operator, value, expected) in [("gt", 0, vec!["angry"]), ("lt", 1, vec!["calm"]), ("gt", 1, vec![])] {
        let filter = json!([{"type": "recording", "key": "rage_click_count", "operator": operator, "value": value}]);
        let encoded = filter.to_string().replace('"', "%22").replace('{', "%7B").replace('}', "%7D");
        let found = server.json(&format!("{BASE}?having_predicates={encoded}")).await;
        assert_eq!(ids(&found), expected, "{filter}");
    }
    for order in COUNTS {
        let expected = if ["quick_back_count", "thrashing_count"].contains(&order) {
            ["calm", "angry"]
        } else {
            ["angry", "calm"]
        };
        assert_eq!(ids(&server.json(&format!("{BASE}?order={order}")).await), expected, "{order}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn moments_of_trouble_are_shown_once_a_recording_is_finished_and_after_the_catalog_was_lost() {
    let server = Served::start().await;
    server.capture(request("angry", 1, START, &angry())).await;
    server
        .capture(request("calm", 2, START, &[full_snapshot(START + 1), press(START + 500), full_snapshot(START + 700)]))
        .await;
    let listing =
        server.until(&format!("{BASE}/angry/blocks"), |listing| listing["blocks"].as_array().unwrap().len() == 1).await;
    assert_eq!(listing["signals"], json!([]), "a recording that runs was not looked into");
    assert_eq!(counts(&server.json(&format!("{BASE}/angry")).await), [&Value::Null; 5]);
    server.finish("angry").await;
    server.finish("calm").await;
    assert_they_are_shown(&server).await;
    let now = server.clock.now();
    let folder = server.stop().await;
    std::fs::remove_file(folder.path().join("catalog.sqlite")).unwrap();
    let server = Served::start_in(folder).await;
    server.clock.advance(now - START);
    assert_they_are_shown(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumped_is_told_with_the_time_and_the_size() {
    let server = Served::start().await;
    let hour = 3_600_000;
    server.capture(request("s", 1, START, &[full_snapshot(START)])).await;
    server.until(&format!("{BASE}/s/blocks"), |listing| listing["blocks"].as_array().unwrap().len() == 1).await;
    server.clock.advance(200);
    let theirs = START + 200 - hour;
    server.capture(request("s", 2, theirs, &[press(theirs - 50)])).await;
    server.finish("s").await;
    let listing = server
        .until(&format!("{BASE}/s/blocks"), |listing| !listing["clock_jumps"].as_array().unwrap().is_empty())
        .await;
    assert_eq!(listing["clock_jumps"], json!([{"window_id": "w", "timestamp": 200, "milliseconds": hour}]));
    assert_eq!(listing["ended_at"], START + 150, "the times are corrected");
}
