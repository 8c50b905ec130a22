//! The rrweb events alone: one JSON array, an event a line, byte for byte and in the order of the file.

use std::collections::BTreeSet;
use std::io::{Read, Write};

use cassette_recording::file::Content;

use super::losses::{EventFormLosses, Losses, facts_lost};
use super::own_time::OwnTime;
use super::source::Source;
use super::{WriteError, Written};

pub(super) fn write(mut source: Source<impl Read>, out: &mut impl Write) -> Result<Written, WriteError> {
    let started_at = source.meta().started_at;
    let facts = facts_lost(source.meta(), &[]);
    let mut events = 0;
    let mut windows: BTreeSet<String> = BTreeSet::new();
    let mut lost = EventFormLosses::default();
    while let Some(line) = source.next_line()? {
        let Some(event) = line.event.filter(|event| event.starts_with('{')) else {
            lost.captured += u64::from(matches!(line.content, Content::Captured { .. }));
            lost.unknown += u64::from(line.content == Content::Unknown);
            continue;
        };
        out.write_all(if events == 0 { b"[\n" } else { b",\n" }).map_err(WriteError::Out)?;
        out.write_all(event.as_bytes()).map_err(WriteError::Out)?;
        events += 1;
        let at = line.timestamp.map(|timestamp| started_at.saturating_add(timestamp));
        lost.corrected += u64::from(at.is_some() && OwnTime::of(event).ms != at);
        if let Some(window_id) = line.window_id.as_deref().filter(|id| !id.is_empty() && !windows.contains(*id)) {
            windows.insert(window_id.to_owned());
        }
    }
    out.write_all(if events == 0 { b"[]\n" } else { b"\n]\n" }).map_err(WriteError::Out)?;
    let mut losses = Losses::default();
    lost.tell(&mut losses);
    losses.add("windows", windows.len() as u64, "an array of events does not say in which window each happened");
    losses.add("facts of the meta line", facts, "an array of events has no place for them");
    losses.add("halves of surrogate pairs", source.halves_replaced(), "replaced by U+FFFD, as asked");
    Ok(Written { events, left_out: losses.told() })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(text: &str) -> (String, Written) {
        let mut out = Vec::new();
        let written = write(Source::open(text.as_bytes(), false).unwrap(), &mut out).unwrap();
        (String::from_utf8(out).unwrap(), written)
    }

    #[test]
    fn events_leave_byte_for_byte_one_a_line() {
        let events = [r#"{"type":4, "data":{},"timestamp":1000.5}"#, r#"{"b":"\ud83d","timestamp":1003}"#];
        let (out, written) = written(&sample::recording(&[(0, "w", events[0]), (3, "v", events[1])]));
        assert_eq!(out, format!("[\n{},\n{}\n]\n", events[0], events[1]));
        assert_eq!(written.events, 2);
        let told: Vec<_> = written.left_out.iter().map(|loss| (loss.what, loss.count)).collect();
        assert_eq!(told, [("windows", 2), ("facts of the meta line", 1)]);
    }

    #[test]
    fn a_time_that_differs_from_the_event_is_told() {
        let (_, written) = written(&sample::recording(&[(0, "", r#"{"timestamp":4000}"#)]));
        assert!(written.left_out.iter().any(|loss| loss.what == "corrected times" && loss.count == 1));
    }

    #[test]
    fn a_recording_without_events_is_an_empty_array() {
        assert_eq!(written(&sample::recording(&[])).0, "[]\n");
    }
}
