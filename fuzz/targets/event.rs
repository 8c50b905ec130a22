//! One event's text: our reader and serde_json agree on what is JSON, and the facts are read without a panic.
#![no_main]

use cassette_recording::{event::EventFacts, json};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|text: &str| {
    let ours = json::one_value(text);
    let theirs: Result<&RawValue, _> = serde_json::from_str(text);
    let depth = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if depth < 128 {
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{text:?}: ours {ours:?}, serde_json {theirs:?}");
    }
    if ours.is_ok() {
        let line = json::on_one_line(text);
        assert!(!line.contains(['\n', '\r']));
        assert!(json::one_value(&line).is_ok(), "{text:?} on one line is {line:?}");
    }
    let _ = EventFacts::read(text);
});
