//! Recordings larger than what is put in order at once.

use cassette_interchange::read::Kind;

use super::files::{gzip, import};

/// Events of some hundred bytes and of some thousand, at the given times: large ones stay where they stand in a plain file.
fn lines(times: impl Iterator<Item = (i64, &'static str)>) -> String {
    let text = "x".repeat(2500);
    let event = |(time, window): (i64, &str)| {
        let text = if time % 5 < 2 { &text } else { &text[..300] };
        format!("[\"{window}\",{{\"type\":5,\"data\":\"{text}\",\"timestamp\":{time}}}]\n")
    };
    times.map(event).collect()
}

#[test]
fn what_is_in_order_and_what_is_not_become_the_same_recording() {
    // Some 28 MB, as many chunks.
    let count = 24_000;
    let at = |n: i64| (1_795_245_310_000 + n * 7, if n % 3 == 0 { "b" } else { "a" });
    let first = import(lines((0..count).map(at)).as_bytes());
    assert_eq!(first.read_in.kind, Kind::PosthogSnapshotLines);
    assert_eq!(first.read_in.meta.counts.events, 24_000);
    let packed = import(&gzip(lines((0..count).map(at)).as_bytes()));
    assert!(packed.stored == first.stored, "compressed events make another recording");
    // 7919 and the count have no divisor in common, so this is all of them in another order.
    let scattered = import(lines((0..count).map(|n| at(n * 7919 % count))).as_bytes());
    assert!(scattered.stored == first.stored, "scattered events make another recording");
    // A window after the other, as the oldest form has it.
    let window = |wanted: &'static str| (0..count).map(at).filter(move |(_, window)| *window == wanted);
    let grouped = import(lines(window("a").chain(window("b"))).as_bytes());
    assert!(grouped.stored == first.stored, "grouped events make another recording");
}

#[test]
fn an_event_of_many_megabytes_comes_through() {
    let text = "é🦔\\ud83d".repeat(1_000_000);
    let event = format!("{{\"type\":2,\"data\":{{\"node\":\"{text}\"}},\"timestamp\":5}}");
    let imported = import(format!("[{event},{event}]").as_bytes());
    assert!(imported.events().iter().all(|one| one.json == event));
    assert_eq!(imported.events().len(), 2);
}
