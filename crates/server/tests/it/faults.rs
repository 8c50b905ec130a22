//! What happens while the store is away: nothing is lost, nothing doubled, and requests are taken as long as the journal
//! has room.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cassette_server::ingest::JournalConfig;
use cassette_server::ingest::journal::AppendError;

use crate::items::Item;
use crate::node::{IDLE, START, World};
use crate::store::FailingStore;

async fn three_flushes(world: &World, store: &FailingStore, disturb: impl Fn(&FailingStore)) {
    let node = world.start().await;
    for number in 0..3 {
        disturb(store);
        node.post(Item::new("s", number).event(START + i64::from(number), &number.to_string()).body()).await;
        node.flush().await;
    }
    assert_eq!(store.writes.load(Ordering::Relaxed), 3, "an object each, written once");
    assert_eq!(node.live_tags("s").await, ["0", "1", "2"]);
    assert!(world.journal_files().is_empty());
    node.assert_consistent().await;
    for _ in 0..3 {
        disturb(store);
        node.finish_all().await;
    }
    // Whoever failed is tried again a minute later.
    world.advance(10 * IDLE);
    store.fail_before.store(0, Ordering::Relaxed);
    store.fail_after.store(0, Ordering::Relaxed);
    node.tick().await;
    assert_eq!(node.tags("s").await, ["0", "1", "2"]);
    node.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_before_the_effect_is_tried_again() {
    let store = Arc::new(FailingStore::default());
    let world = World::over(store.clone());
    three_flushes(&world, &store, |store| store.fail_before.store(2, Ordering::Relaxed)).await;
}

/// The answer is lost, the object is there: writing it again finds it, and that is success.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_after_the_effect_is_not_written_to_twice() {
    let store = Arc::new(FailingStore::default());
    let world = World::over(store.clone());
    three_flushes(&world, &store, |store| store.fail_after.store(1, Ordering::Relaxed)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_store_makes_nobody_wait_for_an_answer() {
    let store = Arc::new(FailingStore::default());
    store.slow_ms.store(300, Ordering::Relaxed);
    let world = World::over(store.clone());
    let node = world.start().await;
    node.post(Item::new("s", 0).event(START, "0").body()).await;
    node.journal.cut().await;
    let begun = std::time::Instant::now();
    for number in 1..20 {
        node.post(Item::new("s", number).event(START + i64::from(number), "x").body()).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "twenty answers took {:?}", begun.elapsed());
    node.flush().await;
    assert_eq!(node.live_tags("s").await.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_stays_away_fills_the_journal_and_then_requests_are_refused() {
    let store = Arc::new(FailingStore::default());
    let mut world = World::over(store.clone());
    world.limits = JournalConfig { max_backlog_bytes: 20_000, ..world.limits };
    store.fail_before.store(usize::MAX, Ordering::Relaxed);
    let node = world.start().await;
    let mut taken = 0;
    let refused = loop {
        let item = Item::new("s", taken).event(START + i64::from(taken), &taken.to_string());
        match node.try_post(item.body()).await {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
        if taken % 10 == 0 {
            node.journal.cut().await;
        }
    };
    assert_eq!(refused, AppendError::Full, "503: the SDK comes again");
    assert!(taken > 10);
    // A process that starts on a full journal counts what is there already.
    let crashed = world.crash();
    let next = crashed.begin().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(next.try_post(Item::new("s", 1000).event(START, "x").body()).await, Err(AppendError::Full));
    store.fail_before.store(0, Ordering::Relaxed);
    next.flush().await;
    assert_eq!(next.live_tags("s").await.len(), taken as usize);
    next.post(Item::new("s", 1000).event(START, "x").body()).await;
}
