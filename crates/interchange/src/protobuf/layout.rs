//! Lines from messages: the layout that our own writer gives them (`cassette_recording::file::Line`), so that nearly all lines
//! are their message and need not travel as text. Whether one is, [`super::Encoder`] finds out by comparing; a layout that
//! strayed from the writer's would make files larger, not wrong.

use cassette_recording::json;

use super::messages::{Captured, Checksum, End, Event, Kind, Target};

/// Appends the line up to the JSON that it carries; returns that JSON, behind which only a brace is missing. A line that
/// carries none is complete, but for the brace.
pub(super) fn write_head<'a>(out: &mut Vec<u8>, kind: &'a Kind) -> &'a [u8] {
    match kind {
        Kind::FullSnapshot(event) => write_event(out, "full_snapshot", event),
        Kind::Mutation(event) => write_event(out, "mutation", event),
        Kind::Event(event) => write_event(out, "event", event),
        Kind::Captured(captured) => write_captured(out, captured),
        Kind::Checksum(Checksum { seq, lines, sha256 }) => write_digest(out, "checksum", *seq, "lines", *lines, sha256),
        Kind::End(End { seq, events, sha256 }) => write_digest(out, "end", *seq, "events", *events, sha256),
        Kind::Other(_) => b"",
    }
}

fn write_event<'a>(out: &mut Vec<u8>, line_type: &str, event: &'a Event) -> &'a [u8] {
    write_beginning(out, line_type, event.seq, event.timestamp, &event.window_id);
    if line_type == "event" {
        write_string_member(out, "name", &event.name);
    }
    if let Some(level) = &event.level {
        write_string_member(out, "level", level);
    }
    if let Some(href) = &event.href {
        write_string_member(out, "href", href);
    }
    if let Some(Target { id, x, y }) = &event.target {
        out.extend_from_slice(format!(",\"target\":{{\"id\":{id}").as_bytes());
        for (key, value) in [("x", x), ("y", y)] {
            if let Some(value) = value {
                out.extend_from_slice(format!(",\"{key}\":{value}").as_bytes());
            }
        }
        out.push(b'}');
    }
    out.extend_from_slice(b",\"event\":");
    &event.event
}

fn write_captured<'a>(out: &mut Vec<u8>, captured: &'a Captured) -> &'a [u8] {
    write_beginning(out, "captured", captured.seq, captured.timestamp, &captured.window_id);
    write_string_member(out, "name", &captured.name);
    if let Some(distinct_id) = &captured.distinct_id {
        write_string_member(out, "distinct_id", distinct_id);
    }
    out.extend_from_slice(b",\"captured\":");
    &captured.captured
}

fn write_beginning(out: &mut Vec<u8>, line_type: &str, seq: u64, timestamp: i64, window_id: &str) {
    out.extend_from_slice(
        format!("{{\"type\":\"{line_type}\",\"seq\":{seq},\"timestamp\":{timestamp},\"window_id\":").as_bytes(),
    );
    json::write_string(out, window_id);
}

fn write_digest(out: &mut Vec<u8>, line_type: &str, seq: u64, key: &str, count: u64, sha256: &[u8]) -> &'static [u8] {
    out.extend_from_slice(
        format!("{{\"type\":\"{line_type}\",\"seq\":{seq},\"{key}\":{count},\"sha256\":\"").as_bytes(),
    );
    for byte in sha256 {
        out.extend_from_slice(format!("{byte:02x}").as_bytes());
    }
    out.push(b'"');
    b""
}

fn write_string_member(out: &mut Vec<u8>, key: &str, value: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
    json::write_string(out, value);
}
