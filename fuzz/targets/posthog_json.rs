//! Events in each of PostHog's shapes. Blindly mutated bytes hardly ever get past the document around them, so it is put around here.
#![no_main]

use cassette_fuzz::{read_in, written};
use cassette_interchange::{Format, read::Kind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|events: &str| {
    let newer = format!(r#"{{"version":"2023-04-28","data":{{"id":"a","person":null,"snapshots":[{events}]}}}}"#);
    let older = format!(r#"{{"version":"2022-12-02","data":{{"id":"a","snapshotsByWindowId":{{"w":[{events}]}}}}}}"#);
    let lines = events.split('\n').map(|event| format!("[\"w\",{event}]\n")).collect::<String>();
    let array = format!("[{events}]");
    for (text, kinds) in [
        (newer, [Kind::PosthogJson2023].as_slice()),
        (older, &[Kind::PosthogJson2022]),
        (lines, &[Kind::PosthogSnapshotLines]),
        // An array of a text and an object is a snapshot line too, and taken for one.
        (array, &[Kind::RrwebArray, Kind::RrwebPacked, Kind::PosthogSnapshotLines]),
    ] {
        let Some((read, recording)) = read_in(text.as_bytes()) else { continue };
        assert!(kinds.contains(&read.kind), "{:?}: {text}", read.kind);
        let out = written(&recording, Format::PosthogJson);
        if read.finished.events > 0 {
            let (again, _) = read_in(&out).expect("what was written is read");
            assert_eq!(again.finished.events, read.finished.events);
        }
    }
});
