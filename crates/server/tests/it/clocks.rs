//! Rule 7: the server's clock decides on folders, idleness and order; the visitor's is corrected item by item, and a jump
//! of it does not scramble what happened.

use crate::items::{Item, body};
use crate::node::{HOUR, MINUTE, SECOND, START, World};

#[tokio::test]
async fn a_clock_that_is_years_off_is_corrected_to_the_servers() {
    let world = World::new();
    let node = world.start().await;
    let years = 5 * 365 * 24 * HOUR;
    let theirs = START - years;
    node.post(Item::new("s", 1).sent_at(theirs).event(theirs - 2 * SECOND, "one").event(theirs, "two").body()).await;
    node.finish_all().await;
    let export = node.export("s").await;
    assert_eq!((export.meta.started_at, export.meta.ended_at), (START - 2 * SECOND, START));
    let row = node.row("s").await.unwrap();
    assert_eq!(row.facts.first_arrival, START, "arrival is the server's time");
    assert!(row.object.unwrap().contains("/2026-11-21/"), "and so is the folder");
    let event = export.lines[0].event_text().unwrap();
    assert!(event.contains(&format!("\"timestamp\":{}", theirs - 2 * SECOND)), "the event keeps its own");
}

/// Retries come late and out of order. Each says when it was sent, so that all are corrected alike.
#[tokio::test]
async fn retries_that_overtake_each_other_come_out_in_the_order_of_the_page() {
    let world = World::new();
    let node = world.start().await;
    let skew = HOUR;
    let theirs = START - skew;
    let second = Item::new("s", 2).event(theirs + 10, "three").event(theirs + 15, "four");
    node.post(second.sent_at(theirs + SECOND).body()).await;
    node.flush().await;
    world.advance(6 * SECOND);
    let first = Item::new("s", 1).event(theirs, "one").event(theirs + 5, "two");
    node.post(first.sent_at(theirs + 4 * SECOND).body()).await;
    node.finish_all().await;
    assert_eq!(node.tags("s").await, ["one", "two", "three", "four"]);
}

#[tokio::test]
async fn a_jump_back_within_an_item_keeps_the_items_order() {
    let world = World::new();
    let node = world.start().await;
    let mutation =
        |at: i64, id: u32| format!("{{\"type\":3,\"data\":{{\"source\":0,\"adds\":[{id}]}},\"timestamp\":{at}}}");
    let item = Item::new("s", 1)
        .sent_at(START)
        .raw(mutation(START - 3000, 1))
        .raw(mutation(START - 2000, 2))
        .raw(mutation(START - 10 * MINUTE, 3))
        .raw(mutation(START - 10 * MINUTE + 100, 4));
    node.post(item.body()).await;
    node.finish_all().await;
    let export = node.export("s").await;
    let times: Vec<i64> = export.lines.iter().map(|line| line.timestamp).collect();
    let order: Vec<_> =
        export.events().map(|line| line.event_text().unwrap().split("adds").nth(1).unwrap().as_bytes()[3]).collect();
    assert_eq!((order, times), (b"1234".to_vec(), vec![0, 1000, 1000, 1100]));
}

/// What comes after finishing is dated as it would have been in time, even where it does not say when it was sent.
#[tokio::test]
async fn late_data_is_corrected_by_what_the_finished_file_knows_of_the_clock() {
    let theirs = START - HOUR;
    let items = [
        Item::new("s", 1).sent_at(theirs).event(theirs - 100, "one").event(theirs - 50, "three"),
        Item::new("s", 2).event(theirs - 70, "two"),
        Item::new("s", 3).sent_at(theirs + 5 * SECOND).event(theirs - 40, "four"),
    ];
    let mut results = Vec::new();
    for finish_between in [false, true] {
        let world = World::new();
        let node = world.start().await;
        node.post(items[0].body()).await;
        if finish_between {
            node.finish_all().await;
        } else {
            world.advance(30 * MINUTE + 1);
        }
        node.post(items[1].body()).await;
        node.post(items[2].clone().sent_at(theirs + 30 * MINUTE + 5 * SECOND).body()).await;
        node.finish_all().await;
        let export = node.export("s").await;
        let times: Vec<i64> = export.lines.iter().map(|line| line.timestamp).collect();
        results.push((node.tags("s").await, times));
    }
    assert_eq!(results[0].0, ["one", "two", "three", "four"]);
    assert_eq!(results[0], results[1]);
}

#[tokio::test]
async fn equal_times_are_ordered_by_window_then_item_then_place_in_the_item() {
    let world = World::new();
    let node = world.start().await;
    node.post(body(&[
        Item::new("s", 3).window("a").event(START, "5").event(START, "6"),
        Item::new("s", 1).window("b").event(START, "7"),
        Item::new("s", 2).window("a").event(START, "3").event(START, "4"),
        Item::new("s", 1000).window("a").event(START - 1, "2"),
        Item::new("s", 2000).window("z").event(START - 2, "1"),
    ]))
    .await;
    node.finish_all().await;
    assert_eq!(node.tags("s").await, ["1", "2", "3", "4", "5", "6", "7"]);
}

#[tokio::test]
async fn absurd_times_are_stored_all_the_same() {
    let world = World::new();
    let node = world.start().await;
    let event = |timestamp: &str| format!("{{\"type\":5,\"data\":{{\"tag\":\"t\"}},\"timestamp\":{timestamp}}}");
    let absurd = ["-1", "0.5", "1e300", "9223372036854775807", "-9223372036854775808", "null", "\"soon\""];
    let item = absurd.iter().fold(Item::new("s", 1), |item, timestamp| item.raw(event(timestamp)));
    node.post(item.body()).await;
    node.post(Item::new("s", 2).sent_at(i64::MAX).event(START, "x").body()).await;
    node.post(Item::new("s", 3).sent_at(i64::MIN).event(START, "y").body()).await;
    node.finish_all().await;
    assert_eq!(node.tags("s").await.len(), absurd.len() + 2);
}
