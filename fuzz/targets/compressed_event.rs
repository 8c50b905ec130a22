//! Any bytes as what a compressed event holds: taken over if they are one JSON value, else the event stays as it came.
//!
//! Bytes that are mutated blindly hardly ever are gzip, so this target compresses them itself; then it passes them on as
//! if they were gzip already.
#![no_main]

use std::io::Write;

use cassette_recording::json;
use cassette_wire::capture::{Budget, Decoder, Envelope, ItemClock};
use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let sent = event(&string_of(&gzip(bytes)));
    let (decoded, compressed) = decode(&sent);
    match std::str::from_utf8(bytes).ok().filter(|text| json::one_value(text).is_ok()) {
        Some(value) => {
            assert!(!compressed, "{value:?} was not taken over");
            let expected = event(value).replace(r#","cv":"2024-10""#, "").replace(['\n', '\r'], " ");
            // A value may hold the mark's text itself: then only the length can be compared.
            assert!(decoded == expected || value.contains("cv"), "{decoded:?}, not {expected:?}");
        }
        None => assert!(compressed && decoded == sent, "{decoded:?}, not {sent:?}"),
    }
    let damaged = event(&string_of(&[&[0x1F, 0x8B], bytes].concat()));
    let (decoded, compressed) = decode(&damaged);
    assert!(!compressed || decoded == damaged);
});

fn event(data: &str) -> String {
    format!(r#"{{"type":2,"data":{data},"timestamp":5,"cv":"2024-10"}}"#)
}

/// The only event of a request, and whether it is still compressed.
fn decode(event: &str) -> (String, bool) {
    let text = format!(r#"{{"event":"$snapshot","properties":{{"$snapshot_data":[{event}]}}}}"#);
    let envelope = Envelope::read(&text).expect("what is sent is JSON");
    let mut decoded = Vec::new();
    let keep = |event: cassette_wire::capture::DecodedEvent<'_>| {
        assert_eq!(event.time, 5);
        decoded.push((event.json.to_owned(), event.undecoded.is_some()));
    };
    let outcome =
        Decoder::new().decode_item(&envelope.items[0], ItemClock::new(None, 0), &mut Budget::of(1 << 20), keep);
    assert!(outcome.is_ok_and(|outcome| (outcome.events, outcome.refused) == (1, 0)));
    decoded.swap_remove(0)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything")
}

/// One character per byte, as the SDK writes it.
fn string_of(bytes: &[u8]) -> String {
    let text: String = bytes.iter().copied().map(char::from).collect();
    let mut out = Vec::new();
    json::write_string(&mut out, &text);
    String::from_utf8(out).expect("what was written is UTF-8")
}
