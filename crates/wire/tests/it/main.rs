//! The wire crate from outside: real requests, bad input, properties.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod bad_input;
mod corpus;
mod encode;
mod roundtrip;

use cassette_wire::capture::{Budget, Decoder, Envelope, Inflater, ItemClock};

/// One event as it left the decoder.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    json: String,
    time: i64,
    odd: bool,
    undecoded: Option<&'static str>,
}

/// All events of a body's snapshot items; what is refused is left out.
fn events_of(body: &[u8]) -> Vec<Event> {
    let mut budget = Budget::of_request();
    let mut inflater = Inflater::new();
    let text = inflater.text(body, &mut budget).unwrap();
    let envelope = Envelope::read(text.json).unwrap();
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    for item in envelope.items.iter().filter(|item| item.is_snapshot()) {
        let _ = decoder.decode_item(item, ItemClock::new(item.sent_at, 0), &mut budget, |event| {
            assert_eq!(Ok(event.facts.kind), cassette_recording::event::EventFacts::read(event.json).map(|f| f.kind));
            events.push(Event {
                json: event.json.to_owned(),
                time: event.time,
                odd: event.odd,
                undecoded: event.undecoded.map(|reason| reason.reason()),
            });
        });
    }
    events
}
