//! Rule 11: blocks that overlap in time are merged, however many there are; memory is bounded.

use crate::items::{Item, body};
use crate::node::{START, World};

#[tokio::test]
async fn hundreds_of_blocks_that_overlap_are_merged_in_order() {
    let world = World::new();
    let node = world.start().await;
    for number in 0..150_u32 {
        let at = START + i64::from(number);
        let item = Item::new("s", number)
            .event(at, &format!("{number:05}"))
            .event(at + 1000, &format!("{:05}", 1000 + number));
        node.post(item.body()).await;
        node.flush().await;
    }
    assert_eq!(node.live_blocks("s").await.len(), 150);
    node.finish_all().await;
    let tags = node.tags("s").await;
    assert_eq!(tags.len(), 300);
    assert!(tags.is_sorted());
    assert!(world.files("spool").is_empty());
}

/// An attacker's bodies grow by 1000. The collector seals what it holds before that fills the memory, in a way that depends
/// on the journal alone.
#[tokio::test]
async fn bodies_made_to_grow_are_sealed_before_they_fill_the_memory() {
    use std::io::Write as _;
    let world = World::new();
    let node = world.start().await;
    node.post(Item::new("first", 1).event(START, "before").body()).await;
    // Each below the size at which a block of its own is sealed, together above what may stay uncompressed.
    let padding = "a".repeat(900 << 10);
    for request in 1..4_u32 {
        let items: Vec<Item> = (0..60_u32)
            .map(|number| request * 100 + number)
            .map(|number| Item::new(&format!("s-{number}"), number).event(START, &padding))
            .collect();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&body(&items)).unwrap();
        node.post(gzip.finish().unwrap()).await;
    }
    node.post(Item::new("first", 2).event(START + 1, "behind").body()).await;
    let crashed = world.crash();
    node.flush().await;
    assert_eq!(node.live_tags("first").await, ["before", "behind"]);
    assert_eq!(node.live_blocks("first").await.len(), 2, "nothing was sealed early");
    crashed.start().await;
    assert_eq!(crashed.files("live"), world.files("live"));
}

#[tokio::test]
async fn analytics_events_fill_blocks_like_all_others() {
    let world = World::new();
    let node = world.start().await;
    let name: &'static str = Box::leak("x".repeat(600 << 10).into_boxed_str());
    for number in 0..4 {
        node.post(Item::new("s", number).captured(name).body()).await;
    }
    node.flush().await;
    assert!(node.live_blocks("s").await.len() > 1, "one block without bounds");
}
