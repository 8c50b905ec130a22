//! Rule 8: counts and active time are those of the whole recording, however it was cut; while it is live they are
//! provisional.

use crate::items::{Item, click, full_snapshot};
use crate::node::{START, World};

/// A click each three seconds: one stretch of activity, wherever a flush cuts it.
#[tokio::test]
async fn active_time_does_not_depend_on_when_was_flushed() {
    let mut found = Vec::new();
    for flush_every in [1, 3, 100] {
        let world = World::new();
        let node = world.start().await;
        for number in 0..12_u32 {
            node.post(Item::new("s", number).raw(click(START + i64::from(number) * 3000)).body()).await;
            if number % flush_every == 0 {
                node.flush().await;
            }
        }
        node.flush().await;
        assert_eq!(node.row("s").await.unwrap().facts.active_ms, None, "nobody knows it while it is live");
        node.finish_all().await;
        let facts = node.row("s").await.unwrap().facts;
        found.push((facts.active_ms, facts.counts.clicks, facts.duration_ms()));
    }
    assert_eq!(found, [(Some(33_000), 12, 33_000); 3]);
}

#[tokio::test]
async fn counts_of_a_reopened_recording_are_those_of_the_file_and_of_what_came_since() {
    let world = World::new();
    let node = world.start().await;
    node.post(Item::new("s", 1).raw(full_snapshot(START)).raw(click(START + 1)).body()).await;
    node.finish_all().await;
    node.post(Item::new("s", 2).raw(click(START + 2)).body()).await;
    node.post(Item::new("s", 1).raw(full_snapshot(START)).raw(click(START + 1)).body()).await;
    node.flush().await;
    let counts = node.row("s").await.unwrap().facts.counts;
    assert_eq!((counts.events, counts.clicks), (3, 2));
    node.finish_all().await;
    assert_eq!(node.row("s").await.unwrap().facts.counts, counts);
    node.assert_consistent().await;
}

/// The last item may carry the next person's id: all are kept, in the order in which they came.
#[tokio::test]
async fn every_distinct_id_of_a_recording_is_kept() {
    let world = World::new();
    let node = world.start().await;
    for (number, id) in ["anonymous", "ann", "ann", "bob"].into_iter().enumerate() {
        let number = u32::try_from(number).unwrap();
        node.post(Item::new("s", number).distinct_id(id).event(START + i64::from(number), "x").body()).await;
        world.advance(1000);
    }
    node.finish_all().await;
    assert_eq!(node.export("s").await.meta.distinct_ids, ["anonymous", "ann", "bob"]);
}
