//! Rule 3: damage is reported and kept, never skipped. Rule 15: what cannot be decoded goes to quarantine.

use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::mpsc;

use bytes::Bytes;
use cassette_server::ingest::Journal;
use cassette_server::ingest::journal::Progress;
use cassette_store::layout::Incarnation;

use crate::items::{Item, body, custom};
use crate::node::{Fed, MINUTE, Node, PROJECT, START, World};

async fn three_requests(node: &Node) {
    for (name, number) in ["one", "two", "three"].into_iter().zip(1..) {
        node.post(Item::new("s", number).event(START + i64::from(number), name).body()).await;
    }
}

/// Spoils the file where `what` stands.
fn spoil(file: &PathBuf, what: &str) {
    let bytes = std::fs::read(file).unwrap();
    let at = bytes.windows(what.len()).position(|window| window == what.as_bytes()).unwrap();
    std::fs::OpenOptions::new().write(true).open(file).unwrap().write_at(b"#", at as u64).unwrap();
}

#[tokio::test]
async fn damage_in_the_middle_is_kept_and_the_rest_recovered() {
    let world = World::new();
    three_requests(&world.start().await).await;
    let crashed = world.crash();
    spoil(&crashed.journal_files()[0], "two");
    let node = crashed.start().await;
    assert_eq!(node.live_tags("s").await, ["one", "three"]);
    let kept = crashed.files("journal/damaged");
    assert_eq!(kept.len(), 1, "the file is there for whoever can mend it");
    // And is left alone by later starts.
    let node = crashed.start().await;
    assert_eq!(crashed.files("journal/damaged"), kept);
    assert_eq!(node.row("s").await.unwrap().facts.counts.events, 2);
}

/// A tail may be torn in the newest file of a process only: all others were ended by a cut.
#[tokio::test]
async fn a_torn_tail_of_an_older_file_is_damage() {
    let world = World::new();
    let node = world.start().await;
    three_requests(&node).await;
    let first = world.crash();
    node.flush().await;
    node.post(Item::new("s", 9).event(START + 9, "nine").body()).await;
    let crashed = world.crash();
    let name = first.journal_files()[0].strip_prefix(first.path()).unwrap().to_str().unwrap().to_owned();
    crashed.take_from(&first, &name);
    crashed.remove("live");
    crashed.forget_catalog();
    let file = crashed.path().join(&name);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 5]).unwrap();
    let node = crashed.start().await;
    assert_eq!(crashed.files("journal/damaged").len(), 1);
    assert_eq!(node.live_tags("s").await, ["one", "two", "nine"]);
}

/// A frame that was answered and cannot be read back (no file handles left, a disk that stumbles) must not be lost with
/// the file when this is cut.
#[tokio::test]
async fn a_frame_that_cannot_be_read_now_is_taken_at_the_next_start() {
    let world = World::new();
    let Fed { node, tell } = world.begin_fed().await;
    node.collector.barrier().await;
    let (progress, heard) = mpsc::channel();
    let elsewhere = world.path().join("journal").join(Incarnation::new(START, 0xFFFF).as_str());
    let journal = Journal::start(elsewhere, world.limits, move |event| progress.send(event).unwrap()).unwrap();
    for (name, number) in ["one", "two", "three"].into_iter().zip(1..) {
        let item = Item::new("s", number).event(START + i64::from(number), name);
        journal.append(&node.head(), Bytes::from(item.body())).await.unwrap();
    }
    journal.cut().await;
    let events: Vec<Progress> = heard.try_iter().collect();
    let whole = std::fs::read(&world.journal_files()[0]).unwrap();
    spoil(&world.journal_files()[0], "two");
    for event in events {
        tell(event);
    }
    node.collector.barrier().await;
    assert_eq!(node.live_tags("s").await, ["one", "three"]);

    // The disk is well again.
    let crashed = world.crash();
    let [file] = &crashed.journal_files()[..] else { panic!("the file was not kept") };
    std::fs::write(file, whole).unwrap();
    let node = crashed.start().await;
    node.finish_all().await;
    assert_eq!(node.tags("s").await, ["one", "two", "three"]);
}

#[tokio::test]
async fn what_cannot_be_decoded_is_kept_with_the_reason_beside_the_good() {
    let world = World::new();
    let node = world.start().await;
    node.post(body(&[
        Item::new("good", 1).event(START, "one"),
        Item::new("../etc/passwd", 2).event(START, "bad"),
        Item::new("good", 3).event(START + 1, "two"),
    ]))
    .await;
    let broken = Item::new("good", 4).event(START + 2, "three").body();
    node.post(broken[..broken.len() - 10].to_vec()).await;
    node.flush().await;
    assert_eq!(node.live_tags("good").await, ["one", "two"]);
    let kept: Vec<String> =
        world.files("quarantine").into_values().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
    assert_eq!(kept.len(), 2);
    let (head, bytes) = kept[0].split_once('\n').unwrap();
    assert!(head.contains("\"reason\":\"bad_session_id\"") && head.contains("\"project_id\":1"), "{head}");
    assert_eq!(bytes, Item::new("../etc/passwd", 2).event(START, "bad").json());
    let (head, bytes) = kept[1].split_once('\n').unwrap();
    assert!(head.contains("\"reason\":\"not_json\""), "{head}");
    assert_eq!(bytes.as_bytes(), &broken[..broken.len() - 10]);
}

/// Bodies can be made to grow by 1000. What is kept of a bad one must not: it would fill the memory.
#[tokio::test]
async fn quarantine_keeps_the_request_where_its_items_are_much_larger() {
    let world = World::new();
    let node = world.start().await;
    let padding = " ".repeat(1 << 20);
    let text = body(&[Item::new("no/session", 1).raw(format!("{{\"type\":5,{padding}\"timestamp\":1}}"))]);
    let compressed = zipped(&text);
    node.post(compressed.clone()).await;
    node.flush().await;
    let kept = world.files("quarantine");
    assert_eq!(kept.len(), 1);
    assert!(kept.into_values().next().unwrap().ends_with(&compressed));
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A newer version may have written the journal. What this one does not understand, it keeps.
#[tokio::test]
async fn requests_of_a_newer_version_are_kept_in_quarantine() {
    let world = World::new();
    let node = world.start().await;
    node.post(b"BODY".to_vec()).await;
    let crashed = world.crash();
    // The head loses a member that this version needs; the frame is whole.
    rewrite_frame(&crashed.journal_files()[0], b"\"arrived_at\"", b"\"arrived_in\"");
    let node = crashed.start().await;
    let kept = crashed.files("quarantine");
    assert_eq!(kept.len(), 1, "{:?}", node.objects("").await);
    assert!(kept.into_values().next().unwrap().ends_with(b"BODY"));
    assert!(crashed.journal_files().is_empty());
}

/// Replaces bytes in the first frame of a journal file and makes its checksum right again.
fn rewrite_frame(file: &PathBuf, from: &[u8], to: &[u8]) {
    let mut bytes = std::fs::read(file).unwrap();
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to);
    let (header, payload) = bytes[8..].split_at_mut(16);
    let mut crc = crc32fast::Hasher::new();
    crc.update(&header[4..12]);
    crc.update(payload);
    header[12..].copy_from_slice(&crc.finalize().to_le_bytes());
    std::fs::write(file, bytes).unwrap();
}

/// One damaged object must not stop the others' recordings, nor the collector when more comes for the same one.
#[tokio::test]
async fn a_damaged_live_object_stops_nobody_else() {
    let world = World::new();
    let node = world.start().await;
    node.post(Item::new("hurt", 1).event(START, "one").body()).await;
    node.flush().await;
    let name = node.objects("live").await.remove(0);
    let file = world.path().join(&name);
    let length = std::fs::metadata(&file).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(length - 7).unwrap();

    // A new process has to look up what it knows of the recording, and cannot.
    let world = world.crash();
    let node = world.start().await;
    node.post(Item::new("hurt", 2).event(START + 1, "two").body()).await;
    node.post(Item::new("well", 3).event(START, "three").body()).await;
    node.finish_all().await;
    assert_eq!(node.tags("well").await, ["three"]);
    assert!(node.row("hurt").await.unwrap().object.is_none(), "damage is reported, not skipped");
    assert!(world.path().join(&name).exists(), "and what is left stays");
}

/// Recordings that cannot be finished wait longer and longer; those behind them are finished all the same.
#[tokio::test]
async fn many_recordings_that_fail_do_not_hold_up_one_that_does_not() {
    let world = World::new();
    let node = world.start().await;
    for number in 0..40 {
        node.post(Item::new(&format!("hurt-{number}"), number).event(START, "x").body()).await;
    }
    node.flush().await;
    let name = node.objects("live").await.remove(0);
    std::fs::write(world.path().join(&name), b"nothing of what was there").unwrap();
    let world = world.crash();
    let node = world.start().await;
    world.advance(MINUTE);
    node.post(Item::new("well", 99).event(START, "fine").body()).await;
    node.finish_all().await;
    node.tick().await;
    node.tick().await;
    assert_eq!(node.tags("well").await, ["fine"]);
    let hurt = node.catalog.recording(PROJECT, &"hurt-1".parse().unwrap()).await.unwrap().unwrap();
    assert!(hurt.object.is_none());
}

/// A rebuild meets damaged objects too. It reports them and goes on.
#[tokio::test]
async fn a_rebuild_reports_what_is_damaged_and_takes_the_rest() {
    let world = World::new();
    let node = world.start().await;
    for (session, number) in [("hurt", 1), ("well", 2)] {
        node.post(Item::new(session, number).raw(custom(START, session)).body()).await;
        node.flush().await;
    }
    let hurt = node.objects("live").await.remove(0);
    for keep in [0, 10] {
        let crashed = world.crash();
        let bytes = std::fs::read(crashed.path().join(&hurt)).unwrap();
        std::fs::write(crashed.path().join(&hurt), &bytes[..keep]).unwrap();
        let node = crashed.start().await;
        let rebuilt = node.rebuild().await;
        assert_eq!((rebuilt.live_objects, rebuilt.damaged.len()), (1, 1), "{rebuilt:?}");
        assert_eq!(node.live_tags("well").await, ["well"]);
    }
}
