//! Rule 4: nothing is overwritten. Late data makes a new revision, the older one goes an hour later, and a rebuild knows
//! from the files alone what is in which.

use cassette_store::catalog::RecordingState;

use crate::items::Item;
use crate::node::{HOUR, IDLE, MINUTE, Node, START, World};

async fn files(node: &Node) -> Vec<String> {
    let names = node.objects("projects").await;
    names.into_iter().map(|name| name.rsplit('/').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn late_data_makes_a_new_revision_and_the_older_goes_an_hour_later() {
    let world = World::new();
    let node = world.start().await;
    node.post(Item::new("s", 1).event(START, "one").event(START + 10, "three").body()).await;
    node.finish_all().await;
    let first = node.bucket.get(&node.row("s").await.unwrap().object.unwrap()).await.unwrap();

    node.post(Item::new("s", 2).event(START + 5, "two").body()).await;
    node.flush().await;
    assert_eq!(node.row("s").await.unwrap().state, RecordingState::Live, "late data reopens the recording");
    node.tick().await;
    assert_eq!(files(&node).await, ["s.ndjson.zst"], "merged after a further quiet period, not at once");
    node.finish_all().await;
    assert_eq!(files(&node).await, ["s.ndjson.zst", "s.r2.ndjson.zst"]);
    assert_eq!(node.tags("s").await, ["one", "two", "three"]);
    let names = node.objects("projects").await;
    assert_eq!(node.bucket.get(&names[0]).await.unwrap(), first, "the first revision is as it was");

    world.advance(HOUR - MINUTE);
    node.tick().await;
    assert_eq!(files(&node).await.len(), 2, "somebody may still be reading the first");
    world.advance(MINUTE + 1);
    node.tick().await;
    assert_eq!(files(&node).await, ["s.r2.ndjson.zst"]);
    node.assert_consistent().await;
    assert_eq!(node.tags("s").await, ["one", "two", "three"]);
}

#[tokio::test]
async fn a_rebuild_takes_the_highest_revision_and_knows_what_waits() {
    let world = World::new();
    let node = world.start().await;
    for (name, number) in ["one", "two", "three"].into_iter().zip(1..) {
        node.post(Item::new("s", number).event(START + i64::from(number), name).body()).await;
        if number < 3 {
            node.finish_all().await;
        }
    }
    node.flush().await;
    let before = node.row("s").await.unwrap();
    let rebuilt = node.rebuild().await;
    assert_eq!((rebuilt.recordings, rebuilt.live_objects, rebuilt.damaged.len()), (2, 3, 0));
    let after = node.row("s").await.unwrap();
    assert_eq!((after.revision, after.state, after.facts.counts), (2, RecordingState::Live, before.facts.counts));
    assert_eq!(node.live_blocks("s").await.iter().filter(|block| block.finished_in.is_none()).count(), 1);
    node.finish_all().await;
    assert_eq!(node.tags("s").await, ["one", "two", "three"]);
    assert_eq!(node.row("s").await.unwrap().revision, 3);
}

/// Between the file and its row.
#[tokio::test]
async fn a_finisher_that_died_before_it_wrote_the_row_left_a_file_that_counts() {
    let world = World::new();
    let node = world.start().await;
    node.post(Item::new("s", 1).event(START, "one").body()).await;
    node.flush().await;
    let before = world.crash();
    world.advance(IDLE + 1);
    node.tick().await;
    before.take_from(&world, "projects");
    // More came before the next process got to it.
    let node = before.start().await;
    node.post(Item::new("s", 2).event(START + 1, "two").body()).await;
    node.finish_all().await;
    node.finish_all().await;
    assert_eq!(node.tags("s").await, ["one", "two"]);
    assert_eq!(files(&node).await, ["s.ndjson.zst", "s.r2.ndjson.zst"]);
    assert_eq!(before.files("projects"), {
        let mut files = before.files("projects");
        files.extend(world.files("projects"));
        files
    });
    node.assert_consistent().await;
}

#[tokio::test]
async fn finishing_again_writes_the_same_bytes() {
    let world = World::new();
    let node = world.start().await;
    for number in 0..20 {
        let window = ["w1", "w2"][number as usize % 2];
        let at = START + i64::from(number * 7 % 13);
        node.post(Item::new("s", number).window(window).event(at, "x").event(at + 5, "y").body()).await;
        if number % 3 == 0 {
            node.flush().await;
        }
    }
    node.flush().await;
    world.advance(IDLE + 1);
    let other = world.crash();
    // Another order of blocks, because the rebuilt catalog gives other keys.
    other.forget_catalog();
    node.tick().await;
    other.start().await.tick().await;
    assert_eq!(world.files("projects").len(), 1);
    assert_eq!(world.files("projects"), other.files("projects"));
}

#[tokio::test]
async fn a_recording_that_goes_on_for_a_day_is_finished_all_the_same() {
    let world = World::new();
    let node = world.start().await;
    for hour in 0..26 {
        let at = START + i64::from(hour) * HOUR;
        node.post(Item::new("s", hour).event(at, "x").body()).await;
        node.flush().await;
        world.advance(HOUR / 2);
        node.post(Item::new("s", 100 + hour).event(at + HOUR / 2, "y").body()).await;
        node.flush().await;
        world.advance(HOUR / 2 - 1);
        // Never quiet for as long as it would take.
        node.finisher.tick(HOUR).await.unwrap();
    }
    let row = node.row("s").await.unwrap();
    assert_eq!(row.revision, 1);
    node.finish_all().await;
    assert_eq!(node.tags("s").await.len(), 52);
    assert_eq!(node.row("s").await.unwrap().revision, 2);
}
