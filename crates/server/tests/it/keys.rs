//! Rule 9: keys of blocks are stable, and the live generation stays readable for an hour after finishing.
//! Rule 12: live objects go when all their recordings are finished, an hour later.

use crate::items::Item;
use crate::node::{HOUR, IDLE, MINUTE, START, World};

#[tokio::test]
async fn live_keys_count_up_and_stay_what_they_are() {
    let world = World::new();
    let node = world.start().await;
    let mut digests = Vec::new();
    for number in 0..4 {
        node.post(Item::new("s", number).event(START + i64::from(number), "x").body()).await;
        node.flush().await;
        let blocks = node.live_blocks("s").await;
        let keys: Vec<u32> = blocks.iter().map(|block| block.key).collect();
        assert_eq!(keys, (0..=number).collect::<Vec<_>>());
        digests.push(blocks.last().unwrap().sha256.clone());
        assert!(blocks.iter().zip(&digests).all(|(block, digest)| block.sha256 == *digest));
    }
    node.finish_all().await;
    node.post(Item::new("s", 10).event(START + 10, "late").body()).await;
    node.flush().await;
    assert_eq!(node.live_blocks("s").await.last().unwrap().key, 4, "a key is not given twice");
}

#[tokio::test]
async fn the_live_generation_is_readable_for_an_hour_after_finishing() {
    let world = World::new();
    let node = world.start().await;
    node.post(Item::new("s", 1).event(START, "one").body()).await;
    node.finish_all().await;
    assert_eq!(node.row("s").await.unwrap().revision, 1);
    world.advance(HOUR - MINUTE);
    node.tick().await;
    assert_eq!(node.live_tags("s").await, ["one"]);
    world.advance(MINUTE + 1);
    node.tick().await;
    assert!(node.live_blocks("s").await.is_empty());
    assert!(node.objects("live").await.is_empty());
    assert_eq!(node.tags("s").await, ["one"]);
}

#[tokio::test]
async fn a_live_object_stays_as_long_as_one_of_its_recordings_needs_it() {
    let world = World::new();
    let node = world.start().await;
    node.post(Item::new("short", 1).event(START, "one").body()).await;
    node.post(Item::new("long", 2).event(START, "two").body()).await;
    node.flush().await;
    world.advance(IDLE - MINUTE);
    node.post(Item::new("long", 3).event(START + 1, "three").body()).await;
    node.flush().await;
    world.advance(2 * MINUTE);
    node.tick().await;
    assert!(node.row("short").await.unwrap().object.is_some());
    assert!(node.row("long").await.unwrap().object.is_none());
    let both = node.objects("live").await;
    world.advance(IDLE - 10 * MINUTE);
    node.tick().await;
    assert_eq!(node.objects("live").await, both);
    node.finish_all().await;
    world.advance(HOUR + 1);
    node.tick().await;
    assert!(node.objects("live").await.is_empty());
    assert_eq!(node.tags("long").await, ["two", "three"]);
}
