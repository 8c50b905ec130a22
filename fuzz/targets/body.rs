//! A request body, all the way to its events: never a panic, and what comes out is one JSON text on one line.
#![no_main]

use cassette_wire::capture::{Budget, Decoder, Envelope, Inflater, ItemClock, RequestClock};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

/// Less than the product's, so that bombs are found out within the fuzzer's own limits.
const DECODED_BYTES: usize = 8 << 20;
const ARRIVAL_MS: i64 = 1_795_250_000_000;

fuzz_target!(|body: &[u8]| {
    let mut inflater = Inflater::new();
    let mut budget = Budget::of(DECODED_BYTES);
    let Ok(text) = inflater.text(body, &mut budget) else { return };
    let envelope = match Envelope::read(text.json) {
        Ok(envelope) => envelope,
        Err(error) => {
            assert!(!error.reason().is_empty());
            return;
        }
    };
    let mut decoder = Decoder::new();
    for item in &envelope.items {
        let _ = (item.id(), item.recording_id(), item.window_id(), item.distinct_id(), item.check());
        let sent = RequestClock { query_sent_at: Some(ARRIVAL_MS - 5), retry: false }.sent(item.sent_at);
        let clock = ItemClock::new(sent, ARRIVAL_MS);
        let _ = decoder.decode_item(item, clock, &mut budget, |event| {
            assert!(!event.json.contains(['\n', '\r']), "an event is on one line");
            // serde_json reads no deeper than 128 levels where it looks, and to any depth where it only passes over.
            let value: Result<&RawValue, _> = serde_json::from_str(event.json);
            assert!(value.is_ok() || too_deep(event.json), "an event is JSON: {}", event.json);
        });
    }
});

fn too_deep(text: &str) -> bool {
    text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count() >= 128
}
