//! Rule 12: live objects that are under a quarter alive or over two hours old are rewritten; frames are copied byte for
//! byte, keys stay, and nothing is lost or doubled wherever it is interrupted.

use cassette_server::clock::{Clock as _, SystemClock};
use cassette_store::layout;

use crate::items::Item;
use crate::node::{HOUR, IDLE, MINUTE, Node, START, World};

/// Forty minutes of a long visit, each flush together with a short visit that ends at once.
async fn a_long_visit(world: &World, node: &Node) {
    for number in 0..8_u32 {
        node.post(Item::new("long", number).event(START + i64::from(number), &number.to_string()).body()).await;
        let mut short = Item::new(&format!("short-{number}"), 100 + number);
        for event in 0..40 {
            // What does not compress, so that the short visit is most of the object.
            short = short.event(
                START,
                &format!("{:x}", u64::from(event + number * 1000 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            );
        }
        node.post(short.body()).await;
        node.flush().await;
        world.advance(5 * MINUTE);
    }
}

fn expected() -> Vec<String> {
    (0..8).map(|number| number.to_string()).collect()
}

/// Keeps the long visit running while the short ones are finished, until their bytes are dead.
async fn until_mostly_dead(world: &World, node: &Node) {
    for number in 0..4_u32 {
        world.advance(IDLE - MINUTE);
        node.post(Item::new("long", 50 + number).event(START + 50 + i64::from(number), "more").body()).await;
        node.flush().await;
        node.tick().await;
    }
}

fn rewritten(names: &[String]) -> usize {
    names.iter().filter(|name| layout::is_compacted(name)).count()
}

#[tokio::test]
async fn mostly_dead_objects_become_one_and_keys_and_bytes_stay() {
    let world = World::new();
    let node = world.start().await;
    a_long_visit(&world, &node).await;
    let before = node.live_blocks("long").await;
    until_mostly_dead(&world, &node).await;
    world.advance(2 * MINUTE);
    node.post(Item::new("long", 60).event(START + 60, "last").body()).await;
    node.flush().await;
    node.tick().await;

    let objects = node.objects("live").await;
    assert!(rewritten(&objects) >= 1 && objects.len() < 8, "{objects:?}");
    let after = node.live_blocks("long").await;
    for (old, new) in before.iter().zip(&after) {
        assert_eq!((old.key, &old.sha256, old.first, old.last), (new.key, &new.sha256, new.first, new.last));
        assert_ne!(old.object, new.object, "it was moved");
    }
    assert_eq!(node.live_tags("long").await[..8], expected());
    for number in 0..8 {
        assert!(node.live_blocks(&format!("short-{number}")).await.is_empty());
    }
    node.assert_consistent().await;

    node.finish_all().await;
    assert_eq!(node.tags("long").await[..8], expected());
    assert_eq!(node.tags("long").await.len(), 13);
    world.advance(HOUR + MINUTE);
    node.tick().await;
    world.advance(2 * MINUTE);
    node.tick().await;
    assert!(node.objects("live").await.is_empty(), "{:?}", node.objects("live").await);
}

#[tokio::test]
async fn objects_over_two_hours_old_are_gathered_even_if_all_of_them_is_needed() {
    let world = World::new();
    let node = world.start().await;
    for number in 0..6_u32 {
        node.post(Item::new("long", number).event(START + i64::from(number), &number.to_string()).body()).await;
        node.flush().await;
        world.advance(20 * MINUTE);
        node.tick().await;
    }
    let objects = node.objects("live").await;
    assert_eq!(objects.len(), 6, "younger ones stay");
    world.advance(21 * MINUTE);
    node.tick().await;
    world.advance(MINUTE);
    node.tick().await;
    let objects = node.objects("live").await;
    assert_eq!(rewritten(&objects), 1, "{objects:?}");
    assert!(objects.len() < 6, "{objects:?}");
    assert_eq!(node.live_tags("long").await, ["0", "1", "2", "3", "4", "5"]);
    // One alone is not rewritten for nothing.
    node.tick().await;
    assert_eq!(node.objects("live").await, objects);
}

#[tokio::test]
async fn replaced_objects_stay_for_those_who_are_reading() {
    let world = World::new();
    let node = world.start().await;
    for number in 0..3_u32 {
        node.post(Item::new("long", number).event(START, "x").body()).await;
        node.flush().await;
        world.advance(MINUTE);
    }
    let before = node.objects("live").await;
    world.advance(2 * HOUR);
    node.post(Item::new("long", 9).event(START, "x").body()).await;
    node.collector.barrier().await;
    node.tick().await;
    let after = node.objects("live").await;
    assert!(before.iter().all(|name| after.contains(name)), "they were removed at once");
    world.advance(MINUTE);
    node.tick().await;
    let after = node.objects("live").await;
    assert!(before.iter().all(|name| !after.contains(name)), "they were never removed");
}

/// The moments of a crash: before the rows, with a copy that nobody knows; behind them, with the old objects still there;
/// and either way with the catalog lost too.
#[tokio::test]
async fn a_crash_while_rewriting_loses_and_doubles_nothing() {
    let world = World::new();
    let node = world.start().await;
    for number in 0..5_u32 {
        node.post(Item::new("long", number).event(START + i64::from(number), &number.to_string()).body()).await;
        node.flush().await;
    }
    world.advance(2 * HOUR + MINUTE);
    node.post(Item::new("long", 5).event(START + 5, "5").body()).await;
    node.flush().await;
    let before = world.crash();
    node.finisher.tick(3 * HOUR).await.unwrap();
    assert_eq!(rewritten(&node.objects("live").await), 1);
    let behind_the_rows = world.crash();

    let copy_without_rows = before.crash();
    for name in behind_the_rows.files("live").into_keys().filter(|name| layout::is_compacted(name)) {
        copy_without_rows.take_from(&behind_the_rows, &name);
    }
    for crashed in [behind_the_rows, copy_without_rows] {
        for lost in [false, true] {
            let crashed = crashed.crash();
            if lost {
                crashed.forget_catalog();
            }
            let node = crashed.start().await;
            let expected: Vec<String> = (0..=5).map(|number| number.to_string()).collect();
            assert_eq!(node.row("long").await.unwrap().facts.counts.events, 6, "catalog lost: {lost}");
            node.assert_consistent().await;
            node.finish_all().await;
            assert_eq!(node.tags("long").await, expected, "catalog lost: {lost}");
            // A rebuilt catalog goes by the times of the files, which are the machine's.
            crashed.advance((SystemClock.now() - crashed.now()).max(0));
            for _ in 0..4 {
                crashed.advance(HOUR + MINUTE);
                node.tick().await;
            }
            assert!(node.objects("live").await.is_empty(), "left over: {:?}", node.objects("live").await);
        }
    }
}

/// A journal file that could not be removed comes back after its object was rewritten: its items are known where they are
/// now.
#[tokio::test]
async fn a_journal_that_returns_after_rewriting_changes_nothing() {
    let world = World::new();
    let node = world.start().await;
    node.post(Item::new("long", 0).event(START, "0").body()).await;
    let journal = world.crash();
    node.flush().await;
    node.post(Item::new("long", 1).event(START + 1, "1").body()).await;
    node.flush().await;
    world.advance(2 * HOUR + MINUTE);
    node.post(Item::new("long", 2).event(START + 2, "2").body()).await;
    node.flush().await;
    node.finisher.tick(3 * HOUR).await.unwrap();
    world.advance(2 * MINUTE);
    node.finisher.tick(3 * HOUR).await.unwrap();
    assert_eq!(rewritten(&node.objects("live").await), 1);
    let again = world.crash();
    again.take_from(&journal, "journal");
    for lost in [false, true] {
        let again = again.crash();
        if lost {
            again.forget_catalog();
        }
        let node = again.start().await;
        assert_eq!(node.live_tags("long").await.len(), 3, "catalog lost: {lost}");
        node.finish_all().await;
        assert_eq!(node.tags("long").await, ["0", "1", "2"]);
    }
}
