//! Search rows: whose they are, when they go, and what is found by them.

use cassette_recording::clock::ClockJump;
use cassette_recording::signals::{Signal, SignalCounts, SignalKind, Signals};

use super::*;
use crate::catalog::filter::{EventTest, Metric, PropertyTest, Test};
use crate::catalog::search::EVENTS_PER_RECORDING;
use crate::catalog::{Condition, ConsoleRow, EventRow, Moments, SearchRows, Unindexed};

fn event(name: &str, at: i64, properties: &str) -> EventRow {
    EventRow { name: name.into(), at, uuid: Some(format!("u{at}")), properties: properties.into() }
}

fn rows(events: &[&str]) -> SearchRows {
    let events = events.iter().zip(1000..).map(|(name, at)| event(name, at, r#"{"plan":"pro"}"#)).collect();
    let console = vec![ConsoleRow { at: 1, level: "error".into(), message: "Cart failed".into() }];
    SearchRows { events, console, ..SearchRows::default() }
}

fn named(name: &str) -> Condition {
    Condition::Event(EventTest { name: Some(name.into()), properties: Vec::new() })
}

async fn found(catalog: &Subject, condition: Condition) -> Vec<String> {
    listed(catalog, ListQuery { condition: Some(condition), ..newest() }).await
}

/// Names of what waits: a session, and the key of a block or the revision of a file.
async fn waiting(catalog: &Subject) -> Vec<String> {
    let unindexed = catalog.unindexed(10).await.unwrap();
    let name = |of: &Unindexed| match of {
        Unindexed::Block(block) => format!("{} {}", block.session, block.key),
        Unindexed::File { session, revision, .. } => format!("{session} r{revision}"),
    };
    unindexed.iter().map(name).collect()
}

async fn index_all(catalog: &Subject, of_each: &SearchRows) {
    for of in catalog.unindexed(10).await.unwrap() {
        catalog.put_search_rows(of, of_each.clone()).await.unwrap();
    }
    assert_eq!(waiting(catalog).await, Vec::<String>::new());
}

pub(in crate::catalog) async fn what_a_file_tells_takes_the_place_of_what_its_blocks_told(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a", "b"]).await;
    flush(&catalog, "live/2", 2000, &["a"]).await;
    assert_eq!(waiting(&catalog).await, ["a 0", "a 1", "b 0"]);
    index_all(&catalog, &rows(&["early"])).await;
    assert_eq!(found(&catalog, named("early")).await, ["b", "a"]);
    flush(&catalog, "live/3", 3000, &["a"]).await;
    let late = catalog.unindexed(10).await.unwrap().remove(0);
    catalog.put_search_rows(late, rows(&["late"])).await.unwrap();
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0), place("live/2", 0)]).await;
    assert_eq!(waiting(&catalog).await, ["a r1"]);
    index_all(&catalog, &rows(&["whole"])).await;
    assert_eq!(found(&catalog, named("early")).await, ["b"], "what the file contains is told by the file");
    assert_eq!(found(&catalog, named("whole")).await, ["a"]);
    assert_eq!(found(&catalog, named("late")).await, ["a"], "what it does not contain stays");
}

pub(in crate::catalog) async fn rows_of_what_went_on_meanwhile_are_not_taken(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a"]).await;
    let block = catalog.unindexed(10).await.unwrap().remove(0);
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0)]).await;
    catalog.put_search_rows(block, rows(&["block"])).await.unwrap();
    let first = catalog.unindexed(10).await.unwrap().remove(0);
    finish(&catalog, "a", 2, 1000, Vec::new()).await;
    catalog.put_search_rows(first, rows(&["first"])).await.unwrap();
    assert_eq!(waiting(&catalog).await, ["a r2"]);
    assert!(found(&catalog, named("block")).await.is_empty() && found(&catalog, named("first")).await.is_empty());
}

pub(in crate::catalog) async fn events_are_found_in_the_order_of_starts_even_when_these_change(catalog: Subject) {
    for (number, session) in (1..).zip(["a", "b", "c"]) {
        flush(&catalog, &format!("live/{number}"), number * 1000, &[session]).await;
    }
    index_all(&catalog, &rows(&["x"])).await;
    assert_eq!(found(&catalog, named("x")).await, ["c", "b", "a"]);
    // Something earlier comes of `c`.
    flush(&catalog, "live/9", 10, &["c"]).await;
    assert_eq!(found(&catalog, named("x")).await, ["b", "a", "c"]);
    let query = ListQuery { condition: Some(named("x")), limit: 2, ..newest() };
    let page = catalog.list(query.clone()).await.unwrap();
    assert_eq!((names(&page), page.has_next), (vec!["b", "a"], true));
    assert_eq!(listed(&catalog, ListQuery { after: page.next_cursor, ..query.clone() }).await, ["c"]);
    assert_eq!(listed(&catalog, ListQuery { date_from: Some(1000), date_to: Some(1500), ..query }).await, ["a"]);
}

pub(in crate::catalog) async fn a_recording_tells_no_more_than_its_share_and_odd_json_harms_nobody(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a", "b"]).await;
    let deep = format!("{}1{}", r#"{"a":["#.repeat(2000), "]}".repeat(2000));
    let mut many = SearchRows { events: vec![event("deep", 1, &deep)], ..SearchRows::default() };
    many.events.extend((0..EVENTS_PER_RECORDING).zip(10..).map(|(_, at)| event("many", at, r#"{"half":"\ud83d"}"#)));
    many.events.push(event("beyond", 9999, "{}"));
    index_all(&catalog, &many).await;
    assert_eq!(found(&catalog, named("beyond")).await, Vec::<String>::new());
    let half = PropertyTest { key: "half".into(), test: Test::Contains(vec!["\u{fffd}".into()]), negated: false };
    let property = Condition::Event(EventTest { name: None, properties: vec![half] });
    assert_eq!(found(&catalog, property.clone()).await, ["b", "a"]);
    let matching = catalog.matching_events(PROJECT, &id("a"), property, 3).await.unwrap();
    assert_eq!(matching.iter().map(|event| event.at).collect::<Vec<_>>(), [10, 11, 12]);
    assert!(catalog.matching_events(PROJECT, &id("a"), named("none"), 3).await.unwrap().is_empty());
    catalog.clear().await.unwrap();
    flush(&catalog, "live/1", 1000, &["a"]).await;
    assert!(found(&catalog, named("many")).await.is_empty(), "a rebuild begins without");
    assert_eq!(waiting(&catalog).await, ["a 0"]);
}

fn signals(rage_clicks: u64, at: &[i64]) -> SearchRows {
    let moment = |&timestamp| Signal {
        timestamp,
        kind: SignalKind::RageClick,
        window_id: "w1".parse().unwrap(),
        node: Some(7),
        x: None,
        y: Some(-3),
    };
    let counts = SignalCounts { rage_clicks, quick_backs: 1, ..SignalCounts::default() };
    let signals = Some(Signals { counts, moments: at.iter().map(moment).collect() });
    let clock_jumps =
        at.iter().map(|&at| ClockJump { at, window_id: "w1".parse().unwrap(), milliseconds: -5 }).collect();
    SearchRows { signals, clock_jumps, ..SearchRows::default() }
}

pub(in crate::catalog) async fn signals_are_those_of_the_last_file_that_was_looked_into(catalog: Subject) {
    for (number, session) in (1..).zip(["a", "b", "c"]) {
        flush(&catalog, &format!("live/{number}"), number * 1000, &[session]).await;
    }
    let counts = async |session: &str| catalog.recording(PROJECT, &id(session)).await.unwrap().unwrap().signals;
    index_all(&catalog, &SearchRows::default()).await;
    assert_eq!(counts("a").await, None, "a recording that runs is not looked into");
    for (number, session) in (1..).zip(["a", "b"]) {
        finish(&catalog, session, 1, number * 1000, vec![place(&format!("live/{number}"), 0)]).await;
    }
    assert_eq!(counts("a").await, None, "nobody looked yet");
    for of in catalog.unindexed(10).await.unwrap() {
        let Unindexed::File { session, .. } = &of else { panic!("{of:?}") };
        let rows = if session.as_str() == "a" { signals(3, &[1500, 1600]) } else { signals(0, &[]) };
        catalog.put_search_rows(of, rows).await.unwrap();
    }
    let moments = catalog.moments(PROJECT, &id("a")).await.unwrap();
    let rows = signals(3, &[1500, 1600]);
    assert_eq!((moments.signals, moments.clock_jumps), (rows.signals.unwrap().moments, rows.clock_jumps));
    assert_eq!(counts("a").await.unwrap(), signals(3, &[]).signals.unwrap().counts);
    let asked = |test| Condition::Number(Metric::Signals(SignalKind::RageClick), test);
    for (test, expected) in [
        (Test::Above(0.0), vec!["a"]),
        (Test::AtLeast(3.0), vec!["a"]),
        (Test::Above(3.0), vec![]),
        (Test::OneOf(vec!["3".into(), "4".into()]), vec!["a"]),
        (Test::OneOf(vec!["0".into(), "3".into()]), vec!["b", "a"]),
        (Test::Between(0.0, 2.0), vec!["b"]),
        (Test::Below(1.0), vec!["b"]),
        (Test::IsSet, vec!["b", "a"]),
    ] {
        assert_eq!(found(&catalog, asked(test.clone())).await, expected);
        let not: Vec<_> = ["c", "b", "a"].into_iter().filter(|name| !expected.contains(name)).collect();
        assert_eq!(found(&catalog, asked(test).negated()).await, not);
    }
    for (order, expected) in [(Order::RageClickCount, ["a", "b", "c"]), (Order::QuickBackCount, ["b", "a", "c"])] {
        let query = ListQuery { order, ..newest() };
        assert_eq!(listed(&catalog, query.clone()).await, expected);
        let first = catalog.list(ListQuery { limit: 1, ..query.clone() }).await.unwrap();
        assert_eq!((names(&first), first.has_next), (vec![expected[0]], true));
        assert_eq!(listed(&catalog, ListQuery { after: first.next_cursor, ..query.clone() }).await, expected[1..]);
        let second = catalog.list(ListQuery { limit: 1, offset: 1, ..query }).await.unwrap();
        assert_eq!((names(&second), second.has_next), (vec![expected[1]], true));
    }
    // Late data: what was found stays until the newer file was looked into.
    flush(&catalog, "live/9", 5000, &["a"]).await;
    assert_eq!(counts("a").await.unwrap().rage_clicks, 3);
    finish(&catalog, "a", 2, 1000, vec![place("live/9", 0)]).await;
    index_all(&catalog, &signals(1, &[1600])).await;
    assert_eq!(counts("a").await.unwrap().rage_clicks, 1);
    assert_eq!(catalog.moments(PROJECT, &id("a")).await.unwrap().signals.len(), 1);
    catalog.delete_recording(PROJECT, &id("a")).await.unwrap();
    assert_eq!(catalog.moments(PROJECT, &id("a")).await.unwrap(), Moments::default());
}
