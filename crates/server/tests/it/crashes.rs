//! Rule 1: a flush is a consistent cut, and repeating it at any point gives the same objects and doubles nothing.
//! Rule 3: what was answered survives.

use crate::items::{Item, body};
use crate::node::{Node, START, World};

const SESSIONS: [&str; 3] = ["b-session", "a-session", "c-session"];

/// Two journal files' worth: the second repeats one of the items of the first.
async fn post_first(node: &Node) {
    for (session, number) in SESSIONS.into_iter().zip(1..) {
        let item = Item::new(session, number).event(START, "one").event(START + 5, "two");
        node.post(item.body()).await;
    }
    node.post(body(&[
        Item::new("a-session", 10).event(START + 7, "three"),
        Item::new("no/session", 11).event(START, "x"),
    ]))
    .await;
}

/// What a process that was never interrupted makes of it.
struct Undisturbed {
    /// As it was before anything was flushed.
    before: World,
    /// As it is afterwards.
    after: World,
}

async fn undisturbed() -> Undisturbed {
    let world = World::new();
    let node = world.start().await;
    post_first(&node).await;
    let before = world.crash();
    node.flush().await;
    assert_eq!(world.journal_files().len(), 0, "a flushed file is removed");
    Undisturbed { before, after: world.crash() }
}

async fn assert_recovers_as_undisturbed(interrupted: &World, undisturbed: &World) {
    let node = interrupted.start().await;
    assert_eq!(interrupted.files("live"), undisturbed.files("live"), "the same objects, byte for byte");
    assert_eq!(interrupted.files("quarantine"), undisturbed.files("quarantine"));
    assert_eq!(interrupted.journal_files().len(), 0, "what was recovered is removed");
    node.assert_consistent().await;
    for session in SESSIONS {
        let expected = if session == "a-session" { &["one", "two", "three"][..] } else { &["one", "two"] };
        assert_eq!(node.live_tags(session).await, expected, "{session}");
        assert_eq!(node.row(session).await.unwrap().facts.counts.events, expected.len() as u64, "{session}");
    }
    node.finish_all().await;
    assert_eq!(node.tags("a-session").await, ["one", "two", "three"]);
}

#[tokio::test]
async fn a_crash_before_the_object_is_put_repeats_the_flush() {
    let Undisturbed { before, after } = undisturbed().await;
    assert_recovers_as_undisturbed(&before, &after).await;
}

#[tokio::test]
async fn a_crash_between_object_and_rows_commits_the_rows() {
    let Undisturbed { before, after } = undisturbed().await;
    before.take_from(&after, "live");
    before.take_from(&after, "quarantine");
    assert_recovers_as_undisturbed(&before, &after).await;
}

#[tokio::test]
async fn a_crash_between_rows_and_the_removal_of_the_journal_changes_nothing() {
    let Undisturbed { before, after } = undisturbed().await;
    let again = after.crash();
    again.take_from(&before, "journal");
    assert_recovers_as_undisturbed(&again, &after).await;
}

/// `object_store` writes and links a file before we sync it: a power cut can leave a name with other bytes behind it.
#[tokio::test]
async fn an_object_that_a_power_cut_left_half_written_is_replaced() {
    let Undisturbed { before, after } = undisturbed().await;
    for keep in [0, 1, 40] {
        let torn = before.crash();
        torn.take_from(&after, "live");
        for (name, bytes) in torn.files("live") {
            std::fs::write(torn.path().join(name), &bytes[..keep]).unwrap();
        }
        assert_recovers_as_undisturbed(&torn, &after).await;
    }
}

#[tokio::test]
async fn the_catalog_can_be_lost_at_any_of_these_points() {
    let Undisturbed { before, after } = undisturbed().await;
    before.take_from(&after, "live");
    before.take_from(&after, "quarantine");
    before.forget_catalog();
    assert_recovers_as_undisturbed(&before, &after).await;
    after.forget_catalog();
    let expected = after.crash();
    assert_recovers_as_undisturbed(&after, &expected).await;
}

/// Recovery itself can be interrupted, again and again.
#[tokio::test]
async fn a_crash_during_recovery_is_recovered_from() {
    let Undisturbed { before, after } = undisturbed().await;
    let half = before.crash();
    half.start().await;
    half.take_from(&before, "journal");
    assert_recovers_as_undisturbed(&half, &after).await;
}

/// The cut is consistent: what comes after it is in the next object, and what came before in no other.
#[tokio::test]
async fn every_request_is_in_the_object_of_its_journal_file_and_in_no_other() {
    let world = World::new();
    let node = world.start().await;
    for round in 0..4_u32 {
        for number in 0..5 {
            let name = format!("{round}-{number}");
            node.post(Item::new("s", round * 10 + number).event(START + i64::from(round), &name).body()).await;
        }
        node.flush().await;
    }
    let objects = node.objects("live").await;
    assert_eq!(objects.len(), 4);
    for (round, object) in objects.iter().enumerate() {
        let index = node.live_objects.index(object).await.unwrap();
        assert_eq!(index.len(), 1);
        assert_eq!((index[0].lines, index[0].items.len()), (5, 5), "round {round}");
        assert!(object.ends_with(&format!("{}-{round:08}.blocks", node.incarnation.as_str())), "{object}");
    }
}

/// Names and sizes of frames in the journal of a process that was killed, and what it had answered.
#[tokio::test]
async fn a_torn_tail_loses_nothing_that_was_answered() {
    let world = World::new();
    let node = world.start().await;
    node.post(Item::new("s", 1).event(START, "one").body()).await;
    let answered = std::fs::metadata(&world.journal_files()[0]).unwrap().len();
    node.post(Item::new("s", 2).event(START + 1, "two").body()).await;
    let torn = world.crash();
    let file = &torn.journal_files()[0];
    let bytes = std::fs::read(file).unwrap();
    for length in [answered, answered + 3, answered + 20, bytes.len() as u64 - 1] {
        let torn = torn.crash();
        std::fs::write(&torn.journal_files()[0], &bytes[..usize::try_from(length).unwrap()]).unwrap();
        let node = torn.start().await;
        assert_eq!(node.live_tags("s").await, ["one"], "cut at {length}");
        assert!(torn.journal_files().is_empty(), "a torn tail is no damage");
    }
}

#[tokio::test]
async fn folders_of_earlier_processes_do_not_pile_up() {
    let world = World::new();
    for number in 0..5 {
        let node = world.start().await;
        node.post(Item::new("s", number).event(START, "x").body()).await;
        node.flush().await;
    }
    let node = world.start().await;
    let folders: Vec<_> = std::fs::read_dir(world.path().join("journal")).unwrap().collect();
    assert_eq!(folders.len(), 1, "only that of the running process");
    assert_eq!(node.live_tags("s").await.len(), 5);
}
