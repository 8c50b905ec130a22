//! Recordings for tests of this module.

use cassette_recording::event::EventFacts;
use cassette_recording::file::{Digest, Line, LineBody, Meta, Writer, to_ndjson};
use cassette_recording::{ProjectId, WindowId};

/// A whole recording in plain lines: its events with the times of their lines and their windows.
pub(crate) fn recording(events: &[(i64, &str, &str)]) -> String {
    let mut meta = Meta::new("s-1".parse().unwrap(), ProjectId(1), 1000, 1000 + events.last().map_or(0, |last| last.0));
    for (_, window, _) in events {
        let window: WindowId = window.parse().unwrap();
        if !meta.windows.contains(&window) {
            meta.windows.push(window);
        }
    }
    with_meta(&meta, events)
}

/// The same, with a meta line of one's own.
pub(crate) fn with_meta(meta: &Meta, events: &[(i64, &str, &str)]) -> String {
    let mut stored = Vec::new();
    let mut writer = Writer::begin(&mut stored, meta, 1).unwrap();
    for &(timestamp, window, event) in events {
        let window_id = window.parse().unwrap();
        let facts = EventFacts::read(event).unwrap();
        let body =
            LineBody::Event { kind: facts.kind, target: facts.target, href: facts.href, level: facts.console, event };
        writer.push(&Line { timestamp, window_id: &window_id, body }).unwrap();
    }
    writer.finish(std::iter::empty()).unwrap();
    let mut plain = Vec::new();
    to_ndjson(stored.as_slice(), &mut plain).unwrap();
    String::from_utf8(plain).unwrap()
}

/// A whole recording of lines that somebody else laid out, with the checksum and end lines that go with them.
pub(crate) fn of_lines(lines: &[String]) -> String {
    let mut text = lines.join("\n") + "\n";
    let events = lines.iter().filter(|line| line.contains("\"event\":{")).count();
    let (covered, seq) = (lines.len(), lines.len() - 1);
    let digest = Digest::of(text.as_bytes());
    text.push_str(&format!("{{\"type\":\"checksum\",\"seq\":{seq},\"lines\":{covered},\"sha256\":\"{digest}\"}}\n"));
    let (seq, digest) = (seq + 1, Digest::of(text.as_bytes()));
    text.push_str(&format!("{{\"type\":\"end\",\"seq\":{seq},\"events\":{events},\"sha256\":\"{digest}\"}}\n"));
    text
}

/// The first line of a recording.
pub(crate) fn first_line(meta: &Meta) -> String {
    let mut line = Vec::new();
    meta.write(&mut line);
    line.pop();
    String::from_utf8(line).unwrap()
}
