//! A live object from its end, and lines of a live block.
#![no_main]

use cassette_recording::live::{self, LiveLine};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entries) = live::read_index(bytes) {
        for entry in entries {
            let start = usize::try_from(entry.offset).unwrap_or(usize::MAX);
            let length = usize::try_from(entry.length).unwrap_or(usize::MAX);
            let frame = start.checked_add(length).and_then(|end| bytes.get(start..end));
            if let Some(frame) = frame {
                let _ = live::open_frame(&entry.sha256, entry.raw_length, frame);
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        for line in text.split('\n') {
            if let Some(live) = LiveLine::read(line) {
                assert!(line.ends_with(live.rest), "the rest is the end of the line");
            }
        }
    }
});
