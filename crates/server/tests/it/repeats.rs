//! Rule 2: an item is stored once, however often and however late it is sent, by its `uuid` or by its digest. What has a
//! `uuid` of its own is never dropped for looking like something else.

use crate::items::{Item, body};
use crate::node::{HOUR, START, World};

#[tokio::test]
async fn a_repeat_is_stored_once_in_the_same_request_in_another_and_behind_a_flush() {
    let world = World::new();
    let node = world.start().await;
    let item = Item::new("s", 1).event(START, "once");
    node.post(body(&[item.clone(), item.clone()])).await;
    node.post(item.body()).await;
    node.flush().await;
    node.post(item.body()).await;
    node.flush().await;
    assert_eq!(node.live_tags("s").await, ["once"]);
    assert_eq!(node.objects("live").await.len(), 1, "a file of repeats leaves no object");
    node.finish_all().await;
    assert_eq!(node.tags("s").await, ["once"]);
}

#[tokio::test]
async fn a_repeat_is_known_after_a_restart() {
    let world = World::new();
    let item = Item::new("s", 1).event(START, "once");
    let node = world.start().await;
    node.post(item.body()).await;
    // Once out of the journal that is replayed, once out of the bucket.
    let replayed = world.crash();
    node.flush().await;
    for world in [replayed, world.crash()] {
        let node = world.start().await;
        node.post(item.body()).await;
        node.finish_all().await;
        assert_eq!(node.tags("s").await, ["once"]);
    }
}

#[tokio::test]
async fn a_repeat_that_comes_after_finishing_makes_no_new_revision() {
    let world = World::new();
    let node = world.start().await;
    let item = Item::new("s", 1).event(START, "once");
    node.post(item.body()).await;
    node.finish_all().await;
    // The live object is gone by then: the finished file alone knows.
    world.advance(HOUR + 1);
    node.tick().await;
    assert_eq!(node.objects("live").await, Vec::<String>::new());
    let world = world.crash();
    let node = world.start().await;
    node.post(item.body()).await;
    node.finish_all().await;
    let row = node.row("s").await.unwrap();
    assert_eq!((row.revision, row.facts.counts.events), (1, 1));
    assert_eq!(node.tags("s").await, ["once"]);
}

#[tokio::test]
async fn items_without_a_uuid_are_known_by_their_bytes() {
    let world = World::new();
    let node = world.start().await;
    let item = Item::new("s", 1).without_uuid().mobile().event(START, "tap");
    for _ in 0..3 {
        node.post(item.body()).await;
        node.flush().await;
    }
    node.post(item.event(START + 1, "another").body()).await;
    node.finish_all().await;
    assert_eq!(node.tags("s").await, ["tap", "tap", "another"], "another item that holds an equal event is no repeat");
    let export = node.export("s").await;
    assert_eq!(export.meta.distinct_ids, ["ann"]);
}

#[tokio::test]
async fn equal_events_under_two_uuids_are_two_events() {
    let world = World::new();
    let node = world.start().await;
    node.post(body(&[Item::new("s", 1).event(START, "same"), Item::new("s", 2).event(START, "same")])).await;
    node.finish_all().await;
    assert_eq!(node.tags("s").await, ["same", "same"]);
}

#[tokio::test]
async fn the_same_uuid_in_two_recordings_is_two_items() {
    let world = World::new();
    let node = world.start().await;
    node.post(body(&[Item::new("a", 1).event(START, "a"), Item::new("b", 1).event(START, "b")])).await;
    node.finish_all().await;
    assert_eq!((node.tags("a").await, node.tags("b").await), (vec!["a".to_owned()], vec!["b".to_owned()]));
}

/// Two nodes can have received the same item, or a damaged journal been mended by hand: then two blocks hold it, and the
/// finisher keeps one.
#[tokio::test]
async fn an_item_that_lies_in_two_blocks_is_finished_once() {
    let world = World::new();
    let node = world.start().await;
    let items =
        [Item::new("s", 1).event(START, "one").event(START + 9, "two"), Item::new("s", 2).event(START + 5, "three")];
    node.post(items[0].body()).await;
    let journal = world.crash();
    node.flush().await;
    node.post(items[1].body()).await;
    node.flush().await;
    // The other node knows nothing of this one's catalog.
    let other = journal.start().await;
    other.post(items[1].body()).await;
    other.flush().await;
    let both = world.crash();
    for name in journal.files("live").into_keys() {
        both.take_from(&journal, &name);
    }
    both.forget_catalog();
    let node = both.start().await;
    // The repeated flush gave the same object as before; the second item lies in one of each process.
    assert_eq!(node.live_blocks("s").await.len(), 3);
    node.finish_all().await;
    assert_eq!(node.tags("s").await, ["one", "three", "two"]);
    assert_eq!(node.row("s").await.unwrap().facts.counts.events, 3);
}

#[tokio::test]
async fn analytics_events_of_a_session_are_kept_once_and_others_are_not_stored() {
    let world = World::new();
    let node = world.start().await;
    let identify = Item::new("s", 2).captured("$identify");
    node.post(body(&[Item::new("s", 1).event(START, "one"), identify.clone(), identify])).await;
    node.post(Item::new("", 3).captured("$pageview").body()).await;
    node.finish_all().await;
    let export = node.export("s").await;
    let names: Vec<_> = export.lines.iter().map(|line| (line.kind.as_str(), line.name.as_deref())).collect();
    assert_eq!(
        names.iter().filter(|(kind, _)| *kind == "captured").collect::<Vec<_>>(),
        [&("captured", Some("$identify"))]
    );
    assert_eq!(world.files("quarantine").len(), 0);
}
