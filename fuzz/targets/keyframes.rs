//! Events of one window, a line each: pages are followed and written without a panic, and what was written is read again.
#![no_main]

use cassette_recording::event::EventFacts;
use cassette_recording::file::ParsedLine;
use cassette_recording::keyframes::{Maker, Pace};
use libfuzzer_sys::fuzz_target;

const ALWAYS: Pace = Pace { ms: -1, bytes: 0, part_of_picture: usize::MAX };

fuzz_target!(|text: &str| {
    let mut maker = Maker::at_pace(0, ALWAYS);
    for (at, event) in text.lines().enumerate() {
        // What is not an event never comes into a line.
        if EventFacts::read(event).is_err() {
            continue;
        }
        let kind = if event.contains("\"type\":2") { "full_snapshot" } else { "mutation" };
        let line = format!("{{\"type\":\"{kind}\",\"seq\":{at},\"timestamp\":{at},\"window_id\":\"w\",\"event\":{event}}}");
        let Ok(line) = ParsedLine::parse(&line) else { continue };
        let Some(keyframe) = maker.line(&line) else { continue };
        let mut again = Maker::at_pace(0, ALWAYS);
        for line in std::str::from_utf8(&keyframe.lines).expect("lines are text").lines() {
            let line = ParsedLine::parse(line).expect("a keyframe has lines of a recording");
            assert!(again.line(&line).is_none(), "all lines of a keyframe are of one time");
        }
        assert!(again.left_out().is_empty(), "what was written can be followed: {keyframe:?}");
    }
});
