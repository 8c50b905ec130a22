//! Rule 6: every start of a process has names of its own; names are taken once. Rule 16: what that stands on is a create
//! that fails where something is. Rule 5: only one process at a time finishes.

use std::sync::mpsc;

use bytes::Bytes;
use cassette_server::ingest::Journal;
use cassette_server::ingest::journal::AppendError;
use cassette_store::live_objects::{LiveObjects, WriteLiveError};
use cassette_store::{Bucket, Put};

use crate::items::Item;
use crate::node::{IDLE, MINUTE, START, World};

#[tokio::test]
async fn two_starts_at_the_same_moment_write_under_different_names() {
    let world = World::new();
    for number in 0..2 {
        let node = world.start().await;
        node.post(Item::new("s", number).event(START, "x").body()).await;
        node.flush().await;
    }
    let node = world.start().await;
    assert_eq!(node.objects("live").await.len(), 2);
    assert_eq!(node.live_tags("s").await, ["x", "x"]);
}

/// Who takes a journal over creates its next file. The old owner's next write then fails instead of mixing with it.
#[tokio::test]
async fn an_owner_that_was_taken_over_cannot_write_on() {
    let world = World::new();
    let node = world.start().await;
    node.post(Item::new("s", 1).event(START, "mine").body()).await;
    node.flush().await;
    let directory = world.path().join("journal").join(node.incarnation.as_str());
    std::fs::write(directory.join("00000001"), b"taken").unwrap();
    let refused = node.try_post(Item::new("s", 2).event(START, "lost").body()).await;
    assert_eq!(refused, Err(AppendError::Failed), "503: the SDK comes again");
    assert_eq!(std::fs::read(directory.join("00000001")).unwrap(), b"taken");
}

#[tokio::test]
async fn a_name_is_written_once_and_the_same_bytes_again_are_success() {
    let folder = tempfile::tempdir().unwrap();
    let bucket = Bucket::folder(folder.path()).unwrap();
    assert_eq!(bucket.put_new("a/b", Bytes::from_static(b"one")).await.unwrap(), Put::Created);
    assert_eq!(bucket.put_new("a/b", Bytes::from_static(b"two")).await.unwrap(), Put::Existed);
    assert_eq!(bucket.get("a/b").await.unwrap(), "one");

    let live = LiveObjects::new(bucket);
    let (object, _) = cassette_recording::live::pack(Vec::new());
    live.write("live/x", object.clone().into()).await.unwrap();
    live.write("live/x", object.into()).await.unwrap();
    let mut other = cassette_recording::live::OpenBlock::begin(crate::node::PROJECT, "s".parse().unwrap());
    other.begin_item(&head());
    other.push_captured(1, "x", None, "{}");
    let sealed = cassette_recording::live::Sealer::new().unwrap().seal(other).unwrap();
    let (object, _) = cassette_recording::live::pack(vec![sealed]);
    assert!(matches!(live.write("live/x", object.into()).await, Err(WriteLiveError::Taken { .. })));
}

fn head() -> cassette_recording::live::ItemHead {
    let entry = cassette_recording::file::ItemEntry {
        item: cassette_recording::ItemId::of_bytes(b"x"),
        window_id: "w".parse().unwrap(),
        distinct_id: None,
        arrived_at: START,
        sent_at: None,
    };
    cassette_recording::live::ItemHead { entry, user_agent: None, library: None, source: None }
}

#[tokio::test]
async fn sessions_that_differ_in_case_are_two_recordings_with_two_files() {
    let world = World::new();
    let node = world.start().await;
    for (number, session) in ["Visit", "visit", "VISIT"].into_iter().enumerate() {
        node.post(Item::new(session, u32::try_from(number).unwrap()).event(START, session).body()).await;
    }
    node.finish_all().await;
    for session in ["Visit", "visit", "VISIT"] {
        assert_eq!(node.tags(session).await, [session]);
    }
    let mut names: Vec<String> = node.objects("projects").await.iter().map(|name| name.to_lowercase()).collect();
    names.dedup();
    assert_eq!(names.len(), 3);
    assert_eq!(node.rebuild().await.recordings, 3);
    assert_eq!(node.tags("VISIT").await, ["VISIT"]);
}

#[tokio::test]
async fn only_the_holder_of_the_lease_finishes() {
    let world = World::new();
    let node = world.start().await;
    node.post(Item::new("s", 1).event(START, "one").body()).await;
    node.flush().await;
    world.advance(IDLE + 1);
    let fence = node.catalog.lease("finisher", "somebody else", world.now(), 60_000).await.unwrap().unwrap();
    node.tick().await;
    assert!(node.row("s").await.unwrap().object.is_none());
    world.advance(MINUTE + 1);
    node.tick().await;
    assert!(node.row("s").await.unwrap().object.is_some(), "an expired lease is taken over");
    let late = node.catalog.renew("finisher", "somebody else", fence, world.now(), 60_000).await.unwrap();
    assert!(!late, "the old holder hears that it is over");
}

/// A client that hangs up while its request waits gives the room back that it took.
#[tokio::test]
async fn requests_of_clients_that_hang_up_do_not_fill_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new();
    let (release, hold) = mpsc::channel::<()>();
    // The disk stands still until told otherwise: the journal's thread waits in here.
    let hold = std::sync::Mutex::new(hold);
    let journal = Journal::start(folder.path().join("j"), world.limits, move |_| {
        hold.lock().unwrap().recv().ok();
    })
    .unwrap();
    let node = world.start().await;
    let head = node.head();
    let send = |bytes: usize| journal.append(&head, Bytes::from(vec![b'x'; bytes]));
    for _ in 0..3 {
        // Polled once and dropped, as a server does with the request of a connection that is gone.
        let mut waiting = Box::pin(send(20 << 20));
        assert!(futures::poll!(waiting.as_mut()).is_pending());
    }
    assert!(journal.waiting_bytes() > 0);
    drop(release);
    send(10).await.unwrap();
    assert_eq!(journal.waiting_bytes(), 0);
}
