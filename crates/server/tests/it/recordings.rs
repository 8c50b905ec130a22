//! The list by every filter that it takes, while recordings run, when they are finished, and when the catalog was lost;
//! and who viewed what.

use std::fmt::Write as _;

use cassette_server::clock::Clock as _;
use serde_json::{Value, json};

use crate::items::{click, full_snapshot};
use crate::node::START;
use crate::served::{BASE, Served, TOKEN};

fn console(at: i64, level: &str, message: &str) -> String {
    let message = json!([json!(message).to_string()]);
    format!(
        "{{\"type\":6,\"data\":{{\"plugin\":\"rrweb/console@1\",\"payload\":{{\"level\":\"{level}\",\"trace\":[],\"payload\":{message}}}}},\"timestamp\":{at}}}"
    )
}

fn page(at: i64, href: &str) -> String {
    format!("{{\"type\":4,\"data\":{{\"href\":\"{href}\",\"width\":1,\"height\":1}},\"timestamp\":{at}}}")
}

fn item(session: &str, who: &str, name: &str, more: &str) -> String {
    let number = session.bytes().chain(name.bytes()).fold(7_u64, |sum, byte| sum * 31 % 999_983 + u64::from(byte));
    format!(
        "{{\"uuid\":\"0198f1c2-0000-7000-8000-{number:012}\",\"event\":\"{name}\",\"properties\":{{\"token\":\"{TOKEN}\",\"distinct_id\":\"{who}\",\
         \"$session_id\":\"{session}\",\"$window_id\":\"w\",\"$lib\":\"web\"{more}"
    )
}

fn snapshots(session: &str, who: &str, events: &[String]) -> String {
    item(session, who, "$snapshot", &format!(",\"$snapshot_data\":[{}]}}}}", events.join(",")))
}

fn captured(session: &str, who: &str, name: &str, properties: &str, more: &str) -> String {
    item(session, who, name, &format!("{properties}}}{more}}}"))
}

/// Three visits: `cheap` an hour before `dear`, `still` an hour after it, without any analytics.
fn visits() -> Vec<u8> {
    let hour = 3_600_000;
    let (cheap, dear, still) = (START - hour, START, START + hour);
    let items = [
        snapshots(
            "cheap",
            "ann",
            &[
                page(cheap, "https://shop.example/Home"),
                full_snapshot(cheap),
                click(cheap + 10),
                console(cheap + 20, "log", "Hello world"),
                click(cheap + 5000),
            ],
        ),
        captured("cheap", "ann", "$pageview", ",\"plan\":\"free\",\"price\":5,\"new\":true", ""),
        snapshots(
            "dear",
            "bob",
            &[
                page(dear, "https://shop.example/cart"),
                full_snapshot(dear),
                click(dear + 1),
                click(dear + 2),
                click(dear + 3),
                console(dear + 20, "error", "Cart failed: 500"),
                click(dear + 90_000),
            ],
        ),
        captured(
            "dear",
            "bob",
            "paid",
            ",\"plan\":\"Pro\",\"price\":\"99.5\",\"when\":\"2026-11-20T10:00:00Z\",\"half\":\"\\ud83d\"",
            "",
        ),
        captured("dear", "bob", "$identify", "", ",\"$set\":{\"email\":\"Bob@Example.com\",\"age\":40}"),
        snapshots("still", "carl", &[full_snapshot(still), full_snapshot(still + 1000)]),
    ];
    let mut body = String::from("[");
    write!(body, "{}]", items.join(",")).unwrap();
    body.into_bytes()
}

/// Query and what it finds, the newest first.
type Row = (Vec<(&'static str, String)>, &'static [&'static str]);

#[expect(clippy::too_many_lines, reason = "a table")]
fn table() -> Vec<Row> {
    let one = |name: &'static str, value: Value| vec![(name, value.to_string())];
    let properties = |filter: Value| one("properties", json!([filter]));
    let having = |key: &str, operator: &str, value: Value| {
        one("having_predicates", json!([{"type": "recording", "key": key, "operator": operator, "value": value}]))
    };
    let event = |key: &str, operator: &str, value: Value| {
        properties(json!({"type": "event", "key": key, "operator": operator, "value": value}))
    };
    let console = |key: &str, operator: &str, value: Value| {
        one("console_log_filters", json!([{"type": "log_entry", "key": key, "operator": operator, "value": value}]))
    };
    let paid = json!({"id": "paid", "type": "events"});
    let both = |operand: &str| {
        vec![
            ("events", json!([paid]).to_string()),
            (
                "having_predicates",
                json!([{"type": "recording", "key": "click_count", "operator": "lt", "value": 3}]).to_string(),
            ),
            ("operand", operand.to_owned()),
        ]
    };
    let iso = |hours: i64| iso(START + hours * 3_600_000);
    vec![
        (vec![], &["still", "dear", "cheap"]),
        (vec![("date_from", iso(0)), ("date_to", iso(0))], &["dear"]),
        (vec![("date_from", iso(-1)), ("date_to", iso(0)), ("events", json!([paid]).to_string())], &["dear"]),
        (vec![("date_to", iso(-1)), ("events", json!([paid]).to_string())], &[]),
        (one("distinct_ids", json!(["ann", "carl"])), &["still", "cheap"]),
        (vec![("person_uuid", "ann".into())], &["cheap"]),
        (one("session_ids", json!(["cheap", "none", "still"])), &["cheap", "still"]),
        (one("session_ids", json!([])), &[]),
        (one("events", json!([{"id": "$pageview", "type": "events"}])), &["cheap"]),
        (one("events", json!([{"id": null, "type": "events"}])), &["dear", "cheap"]),
        (
            one("events", json!([{"id": "paid", "properties": [{"key": "plan", "value": ["Pro"], "type": "event"}]}])),
            &["dear"],
        ),
        (
            one("events", json!([{"id": "paid", "properties": [{"key": "plan", "value": "free", "type": "event"}]}])),
            &[],
        ),
        (
            one("events", json!([{"id": "paid", "properties": [{"key": "none", "value": 1, "operator": "is_not"}]}])),
            &["dear"],
        ),
        (event("plan", "exact", json!("free")), &["cheap"]),
        (event("plan", "is_not", json!("free")), &["still", "dear"]),
        (event("plan", "icontains", json!("PR")), &["dear"]),
        (event("plan", "not_icontains", json!("pr")), &["still", "cheap"]),
        (event("plan", "regex", json!("^fr.e$")), &["cheap"]),
        (event("plan", "not_regex", json!("^fr.e$")), &["still", "dear"]),
        (event("plan", "is_set", Value::Null), &["dear", "cheap"]),
        (event("plan", "is_not_set", Value::Null), &["still"]),
        (event("price", "gt", json!(5)), &["dear"]),
        (event("price", "gte", json!("5")), &["dear", "cheap"]),
        (event("price", "lt", json!(99.5)), &["cheap"]),
        (event("price", "lte", json!(99.5)), &["dear", "cheap"]),
        (event("price", "between", json!([5, 50])), &["cheap"]),
        (event("price", "not_between", json!([5, 50])), &["still", "dear"]),
        (event("price", "in", json!([5, 6])), &["cheap"]),
        (event("price", "not_in", json!([5, 6])), &["still", "dear"]),
        (event("new", "exact", json!(true)), &["cheap"]),
        (event("half", "is_set", Value::Null), &["dear"]),
        (event("half", "icontains", json!("x")), &[]),
        (event("when", "is_date_exact", json!("2026-11-20")), &["dear"]),
        (event("when", "is_date_before", json!("2026-11-20")), &[]),
        (event("when", "is_date_after", json!("2026-11-19")), &["dear"]),
        (
            properties(json!({"type": "person", "key": "email", "operator": "icontains", "value": "bob@example"})),
            &["dear"],
        ),
        (properties(json!({"type": "person", "key": "email", "operator": "is_not_set"})), &["still", "cheap"]),
        (properties(json!({"type": "person", "key": "age", "operator": "gt", "value": 39})), &["dear"]),
        (properties(json!({"type": "person", "key": "distinct_id", "value": ["carl"]})), &["still"]),
        (
            properties(json!({"type": "recording", "key": "visited_page", "operator": "icontains", "value": "/home"})),
            &["cheap"],
        ),
        (
            properties(json!({"type": "recording", "key": "visited_page", "value": "https://shop.example/cart"})),
            &["dear"],
        ),
        (properties(json!({"type": "recording", "key": "snapshot_source", "value": ["mobile"]})), &[]),
        (
            properties(json!({"type": "recording", "key": "snapshot_library", "operator": "is_set"})),
            &["still", "dear", "cheap"],
        ),
        (
            properties(json!({"type": "OR", "values": [
                {"type": "event", "key": "plan", "value": "free"},
                {"type": "recording", "key": "duration", "operator": "gte", "value": 90},
            ]})),
            &["dear", "cheap"],
        ),
        (having("click_count", "gt", json!(1)), &["dear", "cheap"]),
        (having("click_count", "exact", json!([0, 4])), &["still", "dear"]),
        (having("duration", "gte", json!(90)), &["dear"]),
        (having("duration", "lt", json!(2)), &["still"]),
        (having("console_error_count", "gte", json!(1)), &["dear"]),
        (console("level", "exact", json!(["error"])), &["dear"]),
        (console("level", "exact", json!(["info", "warn"])), &["cheap"]),
        (console("level", "is_not", json!(["error"])), &["still", "cheap"]),
        (console("message", "icontains", json!("cart")), &["dear"]),
        (console("message", "regex", json!("^Hello")), &["cheap"]),
        (
            one(
                "console_log_filters",
                json!([{"type": "log_entry", "key": "level", "value": ["error"]},
                       {"type": "log_entry", "key": "message", "operator": "icontains", "value": "hello"}]),
            ),
            &[],
        ),
        (both("AND"), &[]),
        (both("OR"), &["still", "dear", "cheap"]),
        (vec![("order", "click_count".into()), ("limit", "2".into())], &["dear", "cheap"]),
        (vec![("order", "recording_ttl".into()), ("order_direction", "ASC".into())], &["cheap", "dear", "still"]),
        (vec![("offset", "1".into()), ("limit", "1".into())], &["dear"]),
        (vec![("session_recording_id", "cheap".into())], &["cheap", "still", "dear"]),
        (
            [("session_recording_id", "cheap".into())]
                .into_iter()
                .chain(event("plan", "is_not_set", Value::Null))
                .collect(),
            &["cheap", "still"],
        ),
    ]
}

fn iso(at: i64) -> String {
    let seconds = at.div_euclid(1000);
    let of_day = seconds.rem_euclid(86_400);
    // All of them are on the day of the start.
    format!("2026-11-21T{:02}:{:02}:{:02}.{:03}Z", of_day / 3600, of_day / 60 % 60, of_day % 60, at.rem_euclid(1000))
}

fn query(pairs: &[(&str, String)]) -> String {
    let encoded = |text: &str| {
        text.bytes().fold(String::new(), |mut out, byte| {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
                _ => write!(out, "%{byte:02X}").unwrap(),
            }
            out
        })
    };
    pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

fn ids(answer: &Value) -> Vec<&str> {
    answer["results"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

async fn assert_all_are_found(server: &Served) {
    // The last one of them is read last.
    let paid = query(&[("events", json!([{"id": "$identify"}]).to_string())]);
    server.until(&format!("{BASE}?{paid}"), |answer| ids(answer) == ["dear"]).await;
    let hello = query(&[("events", json!([{"id": "$pageview"}]).to_string())]);
    server.until(&format!("{BASE}?{hello}"), |answer| ids(answer) == ["cheap"]).await;
    for (pairs, expected) in table() {
        let answer = server.json(&format!("{BASE}/?{}", query(&pairs))).await;
        assert_eq!(ids(&answer), expected, "{pairs:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_finds_its_recordings_live_finished_and_after_the_catalog_was_lost() {
    let server = Served::start().await;
    server.capture(visits()).await;
    server.until(&format!("{BASE}/dear/blocks"), |listing| listing["blocks"].as_array().unwrap().len() == 1).await;
    assert_all_are_found(&server).await;
    for session in ["cheap", "dear", "still"] {
        server.finish(session).await;
    }
    assert_all_are_found(&server).await;
    let now = server.clock.now();
    let folder = server.stop().await;
    std::fs::remove_file(folder.path().join("catalog.sqlite")).unwrap();
    let server = Served::start_in(folder).await;
    server.clock.advance(now - START);
    assert_all_are_found(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_does_not_match_says_so_and_events_that_match_are_named() {
    let server = Served::start().await;
    server.capture(visits()).await;
    let events = query(&[("events", json!([{"id": "paid"}]).to_string())]);
    server.until(&format!("{BASE}?{events}"), |answer| ids(answer) == ["dear"]).await;
    let counted = server.json(&format!("{BASE}?count=1&limit=1&date_from={}", iso(START))).await;
    assert_eq!((ids(&counted).len(), &counted["count"], &counted["has_next"]), (1, &json!(2), &json!(true)));
    assert_eq!(server.json(BASE).await.get("count"), None, "nobody asked");
    let answer = server.get(&format!("{BASE}?{events}&session_recording_id=cheap")).await;
    assert!(answer.header("server-timing").unwrap().contains("rows;dur="), "{:?}", answer.headers);
    let one = server.get(&format!("{BASE}/cheap/")).await;
    assert!(one.header("server-timing").unwrap().contains("row;dur="), "{:?}", one.headers);
    let answer: Value = answer.json();
    assert_eq!(ids(&answer), ["cheap", "dear"]);
    let matches: Vec<&Value> =
        answer["results"].as_array().unwrap().iter().map(|row| &row["matches_filters"]).collect();
    assert_eq!(matches, [false, true]);

    let one = format!("{events}&{}", query(&[("session_ids", json!(["dear"]).to_string())]));
    let matching = server.json(&format!("{BASE}/matching_events/?{one}")).await;
    let found = matching["results"].as_array().unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0]["uuid"].as_str().unwrap().starts_with("0198f1c2-"), "{matching}");
    for (query, attr) in [(events.as_str(), "session_ids"), ("session_ids=%5B%22dear%22%5D", "events")] {
        let refused = server.get(&format!("{BASE}/matching_events?{query}")).await;
        assert_eq!((refused.status, &refused.json::<Value>()["attr"]), (400, &attr.into()), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_viewed_what_is_kept_shown_and_hidden_by() {
    let server = Served::start().await;
    server.capture(visits()).await;
    server.until(BASE, |answer| ids(answer).len() == 3).await;
    let change = server.send("PATCH", &format!("{BASE}/dear/"), &json!({"viewed": true, "player_metadata": {}})).await;
    assert_eq!((change.status, change.json::<Value>()), (200, json!({"success": true})));
    assert_eq!(server.json(&format!("{BASE}/dear")).await["viewed"], true);
    assert_eq!(server.json(&format!("{BASE}/dear/viewed")).await, json!({"viewed": true, "other_viewers": 0}));
    let hidden = format!("{BASE}?hide_viewed_recordings=current-user");
    assert_eq!(ids(&server.json(&hidden).await), ["still", "cheap"]);

    let both = json!({"session_recording_ids": ["cheap", "dear", "none"]});
    let bulk = server.send("POST", &format!("{BASE}/bulk_viewed/"), &both).await;
    assert_eq!(bulk.json::<Value>(), json!({"success": true, "viewed_count": 2, "total_requested": 3}));
    let list = server.json(BASE).await;
    let viewed: Vec<&Value> = list["results"].as_array().unwrap().iter().map(|row| &row["viewed"]).collect();
    assert_eq!(viewed, [false, true, true]);
    assert_eq!(ids(&server.json(&format!("{BASE}?hide_viewed_recordings=%22any-user%22")).await), ["still"]);
    let bulk = server.send("POST", &format!("{BASE}/bulk_not_viewed"), &both).await;
    assert_eq!(bulk.json::<Value>(), json!({"success": true, "not_viewed_count": 2, "total_requested": 3}));
    assert_eq!(ids(&server.json(&hidden).await).len(), 3);

    let exist =
        server.send("POST", &format!("{BASE}/batch_check_exists"), &json!({"session_ids": ["dear", "a/b"]})).await;
    assert_eq!(exist.json::<Value>(), json!({"results": {"a/b": false, "dear": true}}));
    for (method, path, body, status, attr) in [
        ("PATCH", "dear", json!({"viewed": false}), 400, json!("viewed")),
        ("PUT", "dear", json!({"viewed": "yes"}), 400, json!("viewed")),
        ("PATCH", "none", json!({"analyzed": true}), 404, Value::Null),
        ("POST", "bulk_viewed", json!({}), 400, json!("session_recording_ids")),
        ("POST", "bulk_viewed", json!({"session_recording_ids": []}), 400, json!("session_recording_ids")),
        (
            "POST",
            "bulk_not_viewed",
            json!({"session_recording_ids": vec!["a"; 21]}),
            400,
            json!("session_recording_ids"),
        ),
        ("POST", "batch_check_exists", json!({"session_ids": vec!["a"; 101]}), 400, json!("session_ids")),
    ] {
        let answer = server.send(method, &format!("{BASE}/{path}"), &body).await;
        let found: Value = answer.json();
        assert_eq!((answer.status, &found["attr"]), (status, &attr), "{method} {path}: {found}");
    }
}
