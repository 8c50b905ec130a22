//! Rule 13, as far as it concerns recordings: what is deleted is in no byte any more, and nothing brings it back; who
//! shares an object with it loses nothing.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cassette_recording::RecordingId;
use cassette_server::clock::{Clock as _, SystemClock};
use cassette_server::erase::DeleteOutcome;
use cassette_store::documents::{Documents, kinds};
use cassette_store::tombstones::tombstone_id;
use cassette_testkit::files_that_hold;
use serde_json::json;

use crate::items::{Item, full_snapshot};
use crate::node::{HOUR, MINUTE, Node, PROJECT, START, World};
use crate::store::FailingStore;

/// What is recorded of the visit that is deleted: in events, addresses, windows and persons.
const SECRET: &str = "wq7-secret-of-ann-x93";
const GONE: &str = "gone";
const STAYS: &str = "stays";

fn secret(number: u32) -> Item {
    let href = format!(
        "{{\"type\":4,\"data\":{{\"href\":\"https://shop.example/{SECRET}\",\"width\":1,\"height\":1}},\"timestamp\":{START}}}"
    );
    Item::new(GONE, number)
        .window(&format!("window-{SECRET}"))
        .distinct_id(&format!("{SECRET}@example.com"))
        .raw(href)
        .raw(full_snapshot(START + 1))
        .event(START + 2 + i64::from(number), SECRET)
}

fn other(number: u32) -> Item {
    Item::new(STAYS, 1000 + number).event(START + i64::from(number), &format!("other-{number}"))
}

async fn post_both(node: &Node, number: u32) {
    node.post(secret(number).body()).await;
    node.post(other(number).body()).await;
}

/// Leaves the recording wherever it can be: in two revisions, in a live object beside another visit, in the collector's
/// memory and in the journal; and a comment on it.
async fn everywhere(world: &World, node: &Node) {
    post_both(node, 0).await;
    node.finish_all().await;
    world.advance(MINUTE);
    post_both(node, 1).await;
    node.finish_all().await;
    post_both(node, 2).await;
    node.flush().await;
    post_both(node, 3).await;
    node.collector.barrier().await;
    let comment = json!({"scope": "recording", "item_id": GONE, "content": SECRET});
    node.eraser.documents.change(&kinds::COMMENTS, PROJECT, "c-1", &comment, world.now()).await.unwrap();
    let viewed = json!({"session_id": GONE, "user": SECRET});
    node.eraser.documents.change(&kinds::VIEWED, PROJECT, "v-1", &viewed, world.now()).await.unwrap();
    let item = json!({"collection": "c", "session_id": GONE, "note": SECRET});
    node.eraser.documents.change(&kinds::COLLECTION_ITEMS, PROJECT, "i-1", &item, world.now()).await.unwrap();
}

async fn delete(node: &Node, session: &str, now: i64) -> DeleteOutcome {
    let session: RecordingId = session.parse().unwrap();
    let mut outcomes = node.eraser.delete_recordings(PROJECT, &[session], "ann@example.com", now).await;
    outcomes.pop().unwrap().1
}

fn assert_in_no_byte(world: &World) {
    assert_eq!(files_that_hold(world.path(), SECRET), Vec::<String>::new());
}

/// The other visit is whole, and nothing of the deleted one is known.
async fn assert_only_the_other_is_left(node: &Node, expected: u32) {
    node.finish_all().await;
    let tags: Vec<String> = (0..expected).map(|number| format!("other-{number}")).collect();
    assert_eq!(node.tags(STAYS).await, tags);
    assert_eq!(node.row(GONE).await, None);
    assert!(node.live_blocks(GONE).await.is_empty());
    node.assert_consistent().await;
    let _ = node.rebuild().await;
    assert_eq!(node.row(GONE).await, None);
    assert_eq!(node.tags(STAYS).await, tags, "after a rebuild");
    node.assert_consistent().await;
}

#[tokio::test]
async fn a_deleted_recording_is_in_no_byte_and_the_one_beside_it_is_whole() {
    let world = World::new();
    let node = world.start().await;
    everywhere(&world, &node).await;
    let held = files_that_hold(world.path(), SECRET);
    for place in ["recordings", "live/", "journal/", "catalog.sqlite", "comments/"] {
        assert!(held.iter().any(|name| name.contains(place)), "it is not in {place}: {held:?}");
    }
    assert!(matches!(delete(&node, GONE, world.now()).await, DeleteOutcome::Deleted { left: None }));
    assert_in_no_byte(&world);
    assert!(node.eraser.deleted.incomplete().is_empty());
    assert!(matches!(delete(&node, GONE, world.now()).await, DeleteOutcome::Before));
    assert!(matches!(delete(&node, "nobody", world.now()).await, DeleteOutcome::Unknown));
    assert_only_the_other_is_left(&node, 4).await;
    let left = node.eraser.documents.list(cassette_store::catalog::DocumentQuery::all(kinds::COMMENTS.name)).await;
    assert!(left.unwrap().is_empty());
}

#[tokio::test]
async fn what_comes_later_is_dropped_also_after_a_crash() {
    let world = World::new();
    let node = world.start().await;
    everywhere(&world, &node).await;
    let _ = delete(&node, GONE, world.now()).await;
    for number in [0, 3, 7] {
        node.post(secret(number).body()).await;
    }
    node.post(other(4).body()).await;
    node.collector.barrier().await;
    let in_memory = |session: &str| node.eraser.open.facts(&(PROJECT, session.parse().unwrap()));
    assert!(in_memory(GONE).is_none() && in_memory(STAYS).is_some());
    let crashed = world.crash();
    node.flush().await;
    assert_in_no_byte(&world);
    for lost in [false, true] {
        let crashed = crashed.crash();
        if lost {
            crashed.forget_catalog();
        }
        let node = crashed.start().await;
        assert_in_no_byte(&crashed);
        assert_only_the_other_is_left(&node, 5).await;
    }
    assert_only_the_other_is_left(&node, 5).await;
}

/// The process dies when the tombstone is durable and before anything else happened.
#[tokio::test]
async fn a_deletion_that_a_crash_interrupted_is_completed_by_the_next_start() {
    let world = World::new();
    let node = world.start().await;
    everywhere(&world, &node).await;
    let tombstone = json!({"session_id": GONE, "deleted_at": START, "deleted_by": "ann@example.com"});
    let id = tombstone_id(PROJECT, &GONE.parse().unwrap());
    let documents = Documents::new(node.bucket.clone(), node.catalog.clone());
    documents.change(&kinds::DELETED, PROJECT, &id, &tombstone, world.now()).await.unwrap();
    let crashed = world.crash();
    for lost in [false, true] {
        let crashed = crashed.crash();
        if lost {
            crashed.forget_catalog();
        }
        let node = crashed.start().await;
        assert_eq!(node.eraser.deleted.incomplete().len(), 1, "catalog lost: {lost}");
        node.eraser.go_on(crashed.now()).await;
        assert!(node.eraser.deleted.incomplete().is_empty(), "catalog lost: {lost}");
        assert_in_no_byte(&crashed);
        let again = crashed.crash().start().await;
        assert!(again.eraser.deleted.incomplete().is_empty(), "it is done for ever");
        assert_only_the_other_is_left(&node, 4).await;
    }
}

/// Every moment between two steps, as what lies in the folder then: parts of the state after the deletion in that before.
#[tokio::test]
async fn a_deletion_that_stopped_half_way_is_completed() {
    let world = World::new();
    let node = world.start().await;
    everywhere(&world, &node).await;
    let tombstone = json!({"session_id": GONE, "deleted_at": START, "deleted_by": "ann@example.com"});
    let id = tombstone_id(PROJECT, &GONE.parse().unwrap());
    let documents = Documents::new(node.bucket.clone(), node.catalog.clone());
    documents.change(&kinds::DELETED, PROJECT, &id, &tombstone, world.now()).await.unwrap();
    let before = world.crash();
    let finished = before.crash();
    let running = finished.start().await;
    running.eraser.go_on(finished.now()).await;
    let after = finished.crash();

    // What was removed or replaced so far, in the order of the steps.
    for steps in
        [&["projects/1/recordings"][..], &["projects/1/recordings", "live"], &["live"], &["projects/1/comments"]]
    {
        for lost in [false, true] {
            let crashed = before.crash();
            for step in steps {
                crashed.take_from(&after, step);
            }
            // Rows of objects that are gone are of no use to anybody else, so the catalog is that of before or none.
            if lost || steps.contains(&"live") {
                crashed.forget_catalog();
            }
            let node = crashed.start().await;
            node.eraser.go_on(crashed.now()).await;
            assert!(node.eraser.deleted.incomplete().is_empty(), "{steps:?}, catalog lost: {lost}");
            assert_in_no_byte(&crashed);
            assert_only_the_other_is_left(&node, 4).await;
        }
    }
}

/// The process died between a live object and its rows, and the recording is deleted: recovering the object gives it none.
#[tokio::test]
async fn an_object_that_is_found_at_recovery_gives_a_deleted_recording_no_row() {
    let world = World::new();
    let node = world.start().await;
    let tombstone = json!({"session_id": GONE, "deleted_at": START, "deleted_by": "ann@example.com"});
    let id = tombstone_id(PROJECT, &GONE.parse().unwrap());
    node.eraser.documents.change(&kinds::DELETED, PROJECT, &id, &tombstone, START).await.unwrap();
    // This process has not read it.
    post_both(&node, 0).await;
    node.collector.barrier().await;
    let crashed = world.crash();
    node.flush().await;
    crashed.take_from(&world, "live");
    let node = crashed.start().await;
    assert_eq!(node.row(GONE).await, None);
    assert!(node.row(STAYS).await.is_some());
    assert!(!files_that_hold(&crashed.path().join("live"), SECRET).is_empty());
    node.eraser.go_on(crashed.now()).await;
    assert_in_no_byte(&crashed);
    assert_only_the_other_is_left(&node, 1).await;
}

/// Blocks that were moved leave copies: the object that was replaced stays for a minute, without rows.
#[tokio::test]
async fn copies_of_a_moved_block_go_too() {
    let world = World::new();
    let node = world.start().await;
    for number in 0..4 {
        post_both(&node, number).await;
        node.flush().await;
    }
    world.advance(2 * HOUR + MINUTE);
    post_both(&node, 4).await;
    node.flush().await;
    node.finisher.tick(3 * HOUR).await.unwrap();
    let held = files_that_hold(&world.path().join("live"), SECRET);
    assert!(held.len() > 5, "the old objects and the new one: {held:?}");
    let crashed = world.crash();
    for (world, node) in [(&crashed, crashed.start().await), (&world, node)] {
        assert!(matches!(delete(&node, GONE, world.now()).await, DeleteOutcome::Deleted { left: None }));
        assert_in_no_byte(world);
        let live_tags = node.live_tags(STAYS).await;
        assert_eq!(live_tags, ["other-0", "other-1", "other-2", "other-3", "other-4"]);
        // What waits to be removed, and is gone, disturbs nobody.
        for _ in 0..3 {
            world.advance(2 * MINUTE);
            node.finisher.tick(3 * HOUR).await.unwrap();
        }
        assert_only_the_other_is_left(&node, 5).await;
        world.advance((SystemClock.now() - world.now()).max(0));
        for _ in 0..4 {
            world.advance(HOUR + MINUTE);
            node.tick().await;
        }
        assert!(node.objects("live").await.is_empty(), "left over: {:?}", node.objects("live").await);
    }
}

/// An object that nobody can read may hold a part of it: the deletion says so, and goes on when it is mended or gone.
#[tokio::test]
async fn a_damaged_live_object_keeps_a_deletion_from_being_complete_and_nothing_else() {
    let world = World::new();
    let node = world.start().await;
    everywhere(&world, &node).await;
    let damaged = world.path().join("live/damaged.blocks");
    fs::write(&damaged, "this is no live object").unwrap();
    assert!(matches!(delete(&node, GONE, world.now()).await, DeleteOutcome::Deleted { left: Some(_) }));
    assert_eq!(node.row(GONE).await, None, "it is hidden all the same");
    assert_eq!(files_that_hold(&world.path().join("live"), SECRET), Vec::<String>::new(), "what can be done is done");
    node.eraser.go_on(world.now() + HOUR).await;
    assert_eq!(node.eraser.deleted.incomplete().len(), 1);
    fs::remove_file(&damaged).unwrap();
    node.eraser.go_on(world.now() + 2 * HOUR).await;
    assert!(node.eraser.deleted.incomplete().is_empty());
    assert_in_no_byte(&world);
    assert_only_the_other_is_left(&node, 4).await;
}

/// Object stores have other ways to list and no hard links.
#[tokio::test]
async fn a_store_that_is_no_folder_is_emptied_too() {
    let store = Arc::new(object_store::memory::InMemory::new());
    let world = World::over(store);
    let node = world.start().await;
    everywhere(&world, &node).await;
    assert!(matches!(delete(&node, GONE, world.now()).await, DeleteOutcome::Deleted { left: None }));
    for name in node.objects("").await {
        let bytes = node.bucket.get(&name).await.unwrap();
        let copy = tempfile::tempdir().unwrap();
        fs::write(copy.path().join("object"), &bytes).unwrap();
        assert_eq!(files_that_hold(copy.path(), SECRET), Vec::<String>::new(), "{name}");
    }
    assert_in_no_byte(&world);
    assert_only_the_other_is_left(&node, 4).await;
}

/// Nobody brings back behind our back what he was at work on: finishing, rewriting and flushing go on meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_being_finished_or_moved_meanwhile_goes_too() {
    let world = World::new();
    let node = world.start().await;
    for round in 0..12_u32 {
        post_both(&node, 10 * round).await;
        node.flush().await;
        world.advance(if round % 2 == 0 { 31 * MINUTE } else { 2 * HOUR + MINUTE });
        let session = format!("{GONE}-{round}");
        let secret = Item::new(&session, 10 * round + 1).event(START, SECRET);
        node.post(secret.body()).await;
        node.flush().await;
        world.advance(31 * MINUTE);
        node.post(Item::new(&session, 10 * round + 2).event(START, SECRET).body()).await;
        let post_later = async {
            node.post(Item::new(&session, 10 * round + 3).event(START, SECRET).body()).await;
            node.flush().await;
        };
        // A little later each round, so that it comes upon every step of the finisher.
        let delete = async {
            tokio::time::sleep(Duration::from_micros(400 * u64::from(round))).await;
            (delete(&node, &session, world.now()).await, delete(&node, GONE, world.now()).await)
        };
        let (_, _, (gone, _)) = tokio::join!(node.tick(), post_later, delete);
        assert!(matches!(gone, DeleteOutcome::Deleted { left: None }), "{gone:?}");
        node.flush().await;
        assert_in_no_byte(&world);
        assert_eq!(node.row(&session).await, None);
        node.assert_consistent().await;
    }
}

/// The finisher has looked at the tombstones and is about to write its file: the deletion waits for it, and removes that too.
#[tokio::test]
async fn a_file_that_is_just_being_written_is_waited_for_and_goes() {
    let store = Arc::new(FailingStore::default());
    let world = World::over(store.clone());
    let node = world.start().await;
    post_both(&node, 0).await;
    node.flush().await;
    world.advance(HOUR);
    store.hold_uploads.store(true, Ordering::SeqCst);
    let until_held = async {
        while !store.held_an_upload.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let deleting = async {
        until_held.await;
        let deleted = delete(&node, GONE, world.now());
        let released = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            store.hold_uploads.store(false, Ordering::SeqCst);
        };
        tokio::join!(deleted, released).0
    };
    let (_, deleted) = tokio::join!(node.tick(), deleting);
    assert!(matches!(deleted, DeleteOutcome::Deleted { left: None }), "{deleted:?}");
    let files = node.objects("projects/1/recordings").await;
    assert!(!files.is_empty() && files.iter().all(|name| !name.contains(GONE)), "{files:?}");
    assert_only_the_other_is_left(&node, 1).await;
}

/// The name of a tombstone is enough: what it says may be damaged.
#[tokio::test]
async fn a_damaged_tombstone_holds_in_a_rebuild() {
    let world = World::new();
    let node = world.start().await;
    everywhere(&world, &node).await;
    let id = tombstone_id(PROJECT, &GONE.parse().unwrap());
    let name = format!("projects/1/deleted/{id}/00000000000a-00000001.json");
    let _ = node.bucket.put_new(&name, "".into()).await.unwrap();
    let rebuilt = node.rebuild().await;
    assert_eq!(rebuilt.damaged.len(), 1, "{:?}", rebuilt.damaged);
    assert_eq!(node.row(GONE).await, None);
    assert!(node.row(STAYS).await.is_some());
    let crashed = world.crash();
    let node = crashed.start().await;
    assert!(node.eraser.deleted.contains(PROJECT, &GONE.parse().unwrap()));
    node.post(secret(9).body()).await;
    node.finish_all().await;
    assert_eq!(node.row(GONE).await, None);
    node.assert_consistent().await;
}

#[tokio::test]
async fn who_watches_is_let_go() {
    let world = World::new();
    let node = world.start().await;
    post_both(&node, 0).await;
    node.collector.barrier().await;
    let key = (PROJECT, GONE.parse().unwrap());
    let mut subscription = node.collector.subscribe(key.clone()).await.unwrap();
    assert_eq!(subscription.unflushed.len(), 1);
    let _ = delete(&node, GONE, world.now()).await;
    assert!(subscription.chunks.recv().await.is_none());
    assert!(node.collector.subscribe(key).await.is_none(), "nobody begins to watch it");
}
