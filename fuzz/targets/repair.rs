//! A damaged file: what is kept of it is a good recording.
#![no_main]

use std::io::Cursor;

use cassette_recording::file::{repair, verify, verify_file};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut out = Vec::new();
    match repair(Cursor::new(bytes), &mut out, 1) {
        Ok(repaired) => {
            let report = verify_file(Cursor::new(&out)).expect("memory can be read");
            assert!(report.is_good(), "what was kept is good: {report}");
            assert_eq!(report.events, repaired.kept_events);
            assert_eq!(report.intact.playable, repaired.playable);
            assert!(!repaired.to_string().is_empty());
            let before = verify(bytes);
            if before.is_good() {
                assert_eq!((repaired.lost_lines, repaired.end_lost, repaired.meta_lost), (0, false, false));
                assert_eq!(before.events, repaired.kept_events);
            }
        }
        Err(error) => assert!(!verify(bytes).is_good(), "a good recording can be kept: {error}"),
    }
});
