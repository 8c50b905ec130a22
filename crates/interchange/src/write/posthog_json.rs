//! What PostHog's player imports: version `2023-04-28`, as its reader takes it (`docs/format/forms.md`).
//!
//! PostHog parses the file as one JSON text and takes the snapshots as they are, so here already
//!
//! 1. `windowId` is a number, counted from 1 in the order of the meta line's `windows`, which is that of appearance. It is the
//!    first member of the event, and the last one where the event has a member of that name, since of equal keys the last counts.
//! 2. Snapshots are in the order of time, to the millisecond.
//! 3. No event is compressed: recordings hold none, except those that nobody could decode.
//!
//! ## One clock
//! A recording's lines are in the order of corrected time, but events carry the visitor's. As long as the correction stays what
//! it is at the beginning, the events' own timestamps are in order and stay, byte for byte. Where it is another one, the
//! timestamp is replaced: by the corrected one, put on the clock of the beginning. A single event may be odd, so the clock is
//! the one that most of the first [`HELD_EVENTS`] agree on.
//!
//! Before `data` stands `cassette`, which PostHog passes over: `windows`, the ids in the order of their numbers, so that they come
//! back. It has to stand there for readers that hold no more than an event; a window that the meta line does not list gets a
//! number and loses its id.

use std::collections::HashMap;
use std::io::{self, Read, Write};

use cassette_recording::file::{Content, Meta, ParsedLine};
use cassette_recording::{DistinctId, WindowId, json};
use memchr::memmem;

use super::losses::{EventFormLosses, Losses, facts_lost};
use super::own_time::{OwnTime, last_member};
use super::source::Source;
use super::{WriteError, Written};

/// Events that are held until the clock is known.
const HELD_EVENTS: usize = 8;
/// Bytes of them: a few full snapshots.
const HELD_BYTES: usize = 32 << 20;

/// What is in the order of the file while it is written.
struct Snapshots {
    windows: Windows,
    started_at: i64,
    /// The corrected time of the latest line.
    latest: i64,
    /// What the clock of the beginning differs from the corrected time, once it is known. Nothing is held any more then.
    off: Option<i64>,
    held: Vec<Held>,
    has_window_id: memmem::Finder<'static>,
    has_escape: memmem::Finder<'static>,
    events: u64,
    lost: EventFormLosses,
    retimed: u64,
    overruled: u64,
    /// An event at hand, as it is written.
    text: Vec<u8>,
}

/// An event that waits for the clock.
struct Held {
    window: usize,
    /// Its corrected time.
    time: i64,
    event: String,
}

/// The windows, in the order of their numbers: those of the meta line, then others as they appear.
struct Windows {
    by_id: HashMap<String, usize>,
    listed: usize,
    seen: Vec<Seen>,
}

/// What was seen of a window.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    Events,
    FullSnapshot,
}

pub(super) fn write(mut source: Source<impl Read>, out: &mut impl Write) -> Result<Written, WriteError> {
    let meta = source.meta().clone();
    let mut snapshots = Snapshots::new(&meta);
    out.write_all(&head(&meta)).map_err(WriteError::Out)?;
    while let Some(line) = source.next_line()? {
        let Some(event) = line.event.filter(|event| event.starts_with('{')) else {
            snapshots.lost.captured += u64::from(matches!(line.content, Content::Captured { .. }));
            snapshots.lost.unknown += u64::from(line.content == Content::Unknown);
            continue;
        };
        snapshots.take(&line, event, out).map_err(WriteError::Out)?;
    }
    snapshots.release(out).map_err(WriteError::Out)?;
    out.write_all(if snapshots.events == 0 { b"]}}\n" } else { b"\n]}}\n" }).map_err(WriteError::Out)?;
    let mut losses = snapshots.losses(&meta);
    losses.add("halves of surrogate pairs", source.halves_replaced(), "replaced by U+FFFD, as asked");
    Ok(Written { events: snapshots.events, left_out: losses.told() })
}

/// Everything before the first snapshot.
fn head(meta: &Meta) -> Vec<u8> {
    let mut head = br#"{"version":"2023-04-28","cassette":{"windows":"#.to_vec();
    write_strings(&mut head, meta.windows.iter().map(WindowId::as_str));
    head.extend_from_slice(br#"},"data":{"id":"#);
    json::write_string(&mut head, meta.session_id.as_str());
    head.extend_from_slice(br#","person":"#);
    match meta.other.iter().rev().find(|(key, _)| key == "person") {
        Some((_, person)) => head.extend_from_slice(person.as_bytes()),
        None if meta.distinct_ids.is_empty() => head.extend_from_slice(b"null"),
        None => {
            head.extend_from_slice(br#"{"distinct_ids":"#);
            write_strings(&mut head, meta.distinct_ids.iter().map(DistinctId::as_str));
            head.extend_from_slice(br#","properties":{}}"#);
        }
    }
    head.extend_from_slice(br#","snapshots":["#);
    head
}

/// Appends an array.
fn write_strings<'a>(out: &mut Vec<u8>, texts: impl Iterator<Item = &'a str>) {
    out.push(b'[');
    for (at, text) in texts.enumerate() {
        out.extend_from_slice(if at == 0 { b"" } else { b"," });
        json::write_string(out, text);
    }
    out.push(b']');
}

impl Snapshots {
    fn new(meta: &Meta) -> Self {
        Self {
            windows: Windows::of(meta),
            started_at: meta.started_at,
            latest: meta.started_at,
            off: None,
            held: Vec::new(),
            has_window_id: memmem::Finder::new("\"windowId\""),
            has_escape: memmem::Finder::new("\\u00"),
            events: 0,
            lost: EventFormLosses::default(),
            retimed: 0,
            overruled: 0,
            text: Vec::new(),
        }
    }

    fn take(&mut self, line: &ParsedLine<'_>, event: &str, out: &mut impl Write) -> io::Result<()> {
        let drawn = line.type_name == "full_snapshot";
        let window = self.windows.number(line.window_id.as_deref().unwrap_or_default(), drawn);
        self.latest = line.timestamp.map_or(self.latest, |timestamp| self.started_at.saturating_add(timestamp));
        if let Some(off) = self.off {
            return self.write(window, self.latest, off, event, out);
        }
        self.held.push(Held { window, time: self.latest, event: event.to_owned() });
        let bytes: usize = self.held.iter().map(|held| held.event.len()).sum();
        match self.held.len() >= HELD_EVENTS || bytes >= HELD_BYTES {
            true => self.release(out),
            false => Ok(()),
        }
    }

    /// Decides on the clock, and writes what waited for it.
    fn release(&mut self, out: &mut impl Write) -> io::Result<()> {
        let held = std::mem::take(&mut self.held);
        let off = *self.off.get_or_insert_with(|| clock_of(&held));
        held.iter().try_for_each(|held| self.write(held.window, held.time, off, &held.event, out))
    }

    fn write(&mut self, window: usize, time: i64, off: i64, event: &str, out: &mut impl Write) -> io::Result<()> {
        out.write_all(if self.events == 0 { b"\n" } else { b",\n" })?;
        self.events += 1;
        let (own, time) = (OwnTime::of(event), time.saturating_add(off));
        if own.ms == Some(time) {
            self.lost.corrected += u64::from(off != 0);
            return self.write_in_window(window, event, out);
        }
        self.retimed += 1;
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        retime(&mut text, event, &own, time);
        let event = std::str::from_utf8(&text).expect("a number was put into text");
        let written = self.write_in_window(window, event, out);
        self.text = text;
        written
    }

    fn write_in_window(&mut self, number: usize, event: &str, out: &mut impl Write) -> io::Result<()> {
        // An escape may spell the key as well. Few events hold either, so few are read again.
        let suspect =
            self.has_window_id.find(event.as_bytes()).is_some() || self.has_escape.find(event.as_bytes()).is_some();
        if suspect && last_member(event, "windowId").is_some() {
            self.overruled += 1;
            let open = event.strip_suffix('}').expect("an event is an object");
            return write!(out, "{open},\"windowId\":{number}}}");
        }
        let inside = &event[1..];
        let comma = match inside.as_bytes()[json::skip_whitespace(inside.as_bytes(), 0)] {
            b'}' => "",
            _ => ",",
        };
        write!(out, "{{\"windowId\":{number}{comma}")?;
        out.write_all(inside.as_bytes())
    }

    fn losses(&self, meta: &Meta) -> Losses {
        let mut losses = Losses::default();
        self.lost.tell(&mut losses);
        losses.add(
            "timestamps replaced",
            self.retimed,
            "PostHog needs events in the order of their own timestamps, and the visitor's clock was not steady",
        );
        losses.add("members windowId overruled", self.overruled, "PostHog reads the window from that member");
        let undrawn = self.windows.seen.iter().filter(|&&seen| seen == Seen::Events).count() as u64;
        losses.add("windows without a full snapshot", undrawn, "PostHog cannot draw them");
        let unlisted = (self.windows.seen.len() - self.windows.listed) as u64;
        losses.add("window ids", unlisted, "the first line does not list them, so they became numbers");
        losses.add("events that are still compressed", meta.undecoded, "PostHog leaves out what nobody can decode");
        if meta.source.as_deref() == Some("mobile") {
            losses.add(
                "mobile events",
                self.events,
                "they hold wireframes; PostHog shows those only where its own player turns them into pages",
            );
        }
        losses.add("recordings without events", u64::from(self.events == 0), "PostHog refuses a file without any");
        let facts = facts_lost(meta, &["session_id", "person", "distinct_ids"]);
        losses.add("facts of the meta line", facts, "PostHog's file has no place for them");
        losses
    }
}

impl Windows {
    fn of(meta: &Meta) -> Self {
        let mut windows = Self { by_id: HashMap::new(), listed: meta.windows.len(), seen: Vec::new() };
        for id in &meta.windows {
            windows.seen.push(Seen::Nothing);
            windows.by_id.entry(id.as_str().to_owned()).or_insert(windows.seen.len());
        }
        windows
    }

    /// The number of the window, from 1 on, in which something is seen: a full snapshot or another event.
    fn number(&mut self, id: &str, full_snapshot: bool) -> usize {
        let number = match self.by_id.get(id) {
            Some(&number) => number,
            None => {
                self.seen.push(Seen::Nothing);
                self.by_id.insert(id.to_owned(), self.seen.len());
                self.seen.len()
            }
        };
        let seen = &mut self.seen[number - 1];
        match full_snapshot {
            true => *seen = Seen::FullSnapshot,
            false if *seen == Seen::Nothing => *seen = Seen::Events,
            false => {}
        }
        number
    }
}

/// What most of these events differ from the corrected time, or the first of several such figures.
fn clock_of(held: &[Held]) -> i64 {
    let offs = || held.iter().filter_map(|held| Some(OwnTime::of(&held.event).ms?.saturating_sub(held.time)));
    let votes = |off: i64| offs().filter(|&other| other == off).count();
    // Of equal ones `max_by_key` takes the last.
    offs().collect::<Vec<_>>().into_iter().rev().max_by_key(|&off| votes(off)).unwrap_or(0)
}

/// Appends the event with another timestamp.
fn retime(out: &mut Vec<u8>, event: &str, own: &OwnTime, time: i64) {
    let time = time.to_string();
    match own.at.clone() {
        Some(at) => {
            out.extend_from_slice(&event.as_bytes()[..at.start]);
            out.extend_from_slice(time.as_bytes());
            out.extend_from_slice(&event.as_bytes()[at.end..]);
        }
        None => {
            let open = event.strip_suffix('}').expect("an event is an object");
            let empty = open[1..].trim_ascii().is_empty();
            out.extend_from_slice(open.as_bytes());
            out.extend_from_slice(if empty { b"" } else { b"," });
            out.extend_from_slice(b"\"timestamp\":");
            out.extend_from_slice(time.as_bytes());
            out.push(b'}');
        }
    }
}

#[cfg(test)]
mod tests {
    use cassette_recording::ProjectId;
    use cassette_recording::json::Array;

    use super::super::sample;
    use super::*;

    fn written(text: &str) -> (String, Vec<(&'static str, u64)>) {
        let mut out = Vec::new();
        let written = write(Source::open(text.as_bytes(), false).unwrap(), &mut out).unwrap();
        let told = written.left_out.iter().map(|loss| (loss.what, loss.count)).collect();
        (String::from_utf8(out).unwrap(), told)
    }

    /// What the file of these events has as snapshots, each event on a line of its own.
    fn snapshots(events: &[(i64, &str, &str)]) -> (Vec<String>, Vec<(&'static str, u64)>) {
        let (out, told) = written(&sample::recording(events));
        let snapshots = &out[out.find("\"snapshots\":").unwrap() + 12..];
        let mut array = Array::open(snapshots, 0).unwrap();
        let mut found = Vec::new();
        while let Some(snapshot) = array.next_value().unwrap() {
            found.push(snapshot.to_owned());
        }
        (found, told)
    }

    #[test]
    fn the_file_is_laid_out_as_posthogs_own() {
        let full = r#"{"type":2,"data":{},"timestamp":1000}"#;
        let events = [(0, "w\"1", full), (3, "", r#"{"type":3,"timestamp":1003.5}"#)];
        let (out, told) = written(&sample::recording(&events));
        let expected = r#"{"version":"2023-04-28","cassette":{"windows":["w\"1",""]},"data":{"id":"s-1","person":null,"snapshots":[
{"windowId":1,"type":2,"data":{},"timestamp":1000},
{"windowId":2,"type":3,"timestamp":1003.5}
]}}
"#;
        assert_eq!(out, expected);
        assert_eq!(told, [("windows without a full snapshot", 1)]);
    }

    #[test]
    fn a_window_that_the_meta_line_does_not_list_is_told() {
        let mut meta = Meta::new("s-1".parse().unwrap(), ProjectId(1), 1000, 1000);
        meta.windows = vec!["idle".parse().unwrap()];
        let events = [(0, "w", r#"{"type":2,"timestamp":1000}"#), (0, "w", r#"{"type":3,"timestamp":1000}"#)];
        let (out, told) = written(&sample::with_meta(&meta, &events));
        assert!(out.contains(r#"{"windows":["idle"]}"#) && out.contains(r#"{"windowId":2,"type":3"#), "{out}");
        assert_eq!(told, [("window ids", 1)]);
    }

    #[test]
    fn the_person_is_the_one_that_was_kept_or_the_distinct_ids() {
        let mut meta = Meta::new("s-1".parse().unwrap(), ProjectId(1), 0, 0);
        meta.distinct_ids = vec!["a\"b".parse().unwrap(), "c".parse().unwrap()];
        let person = |meta: &Meta| {
            let (out, told) = written(&sample::with_meta(meta, &[]));
            assert_eq!(told, [("recordings without events", 1)]);
            let (person, _) = out.split_once(",\"snapshots\"").unwrap();
            person.split_once("\"person\":").unwrap().1.to_owned()
        };
        assert_eq!(person(&meta), r#"{"distinct_ids":["a\"b","c"],"properties":{}}"#);
        meta.other.push(("person".to_owned(), r#"{"uuid":"x" }"#.to_owned()));
        assert_eq!(person(&meta), r#"{"uuid":"x" }"#);
    }

    #[test]
    fn a_clock_that_is_off_all_the_time_changes_nothing() {
        let events = [(0, "w", r#"{"type":2,"timestamp":61000}"#), (5, "w", r#"{"type":3,"timestamp":61005.25}"#)];
        let (found, told) = snapshots(&events);
        assert_eq!(
            found,
            [r#"{"windowId":1,"type":2,"timestamp":61000}"#, r#"{"windowId":1,"type":3,"timestamp":61005.25}"#]
        );
        assert_eq!(told, [("corrected times", 2)]);
    }

    #[test]
    fn where_clocks_differ_all_times_are_on_the_first_ones() {
        let (found, told) = snapshots(&[
            (0, "w", r#"{"type":2,"timestamp":61000}"#),
            (5, "v", r#"{"timestamp":1005,"type":3}"#),
            (7, "v", r#"{ }"#),
            (8, "v", r#"{"a":"x"}"#),
            (9, "w", r#"{"type":3,"timestamp":61009}"#),
        ]);
        assert_eq!(
            found,
            [
                r#"{"windowId":1,"type":2,"timestamp":61000}"#,
                r#"{"windowId":2,"timestamp":61005,"type":3}"#,
                r#"{"windowId":2, "timestamp":61007}"#,
                r#"{"windowId":2,"a":"x","timestamp":61008}"#,
                r#"{"windowId":1,"type":3,"timestamp":61009}"#,
            ]
        );
        assert!(told.contains(&("timestamps replaced", 3)));
    }

    #[test]
    fn an_odd_first_event_sets_no_clock() {
        let events = [
            (0, "w", r#"{"type":4,"timestamp":7}"#),
            (5, "w", r#"{"type":2,"timestamp":9001005}"#),
            (6, "w", r#"{"type":3,"timestamp":9001006}"#),
        ];
        let (found, told) = snapshots(&events);
        let expected = [
            r#"{"windowId":1,"type":4,"timestamp":9001000}"#,
            r#"{"windowId":1,"type":2,"timestamp":9001005}"#,
            r#"{"windowId":1,"type":3,"timestamp":9001006}"#,
        ];
        assert_eq!(found, expected);
        assert!(told.contains(&("timestamps replaced", 1)));
    }

    #[test]
    fn events_that_waited_for_the_clock_come_before_those_that_did_not() {
        let texts: Vec<String> = (0..20).map(|n| format!("{{\"type\":3,\"timestamp\":{}}}", 5000 + n)).collect();
        let events: Vec<_> = texts.iter().zip(0..).map(|(text, at)| (at, "w", text.as_str())).collect();
        let (found, _) = snapshots(&events);
        let expected: Vec<String> = texts.iter().map(|text| format!("{{\"windowId\":1,{}", &text[1..])).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn our_window_is_the_one_that_counts() {
        let (found, told) = snapshots(&[
            (0, "w", r#"{"windowId":"mine","type":2,"timestamp":1000}"#),
            (0, "w", r#"{"window\u0049d":7,"timestamp":1000 }"#),
            (0, "w", r#"{"data":{"windowId":7},"timestamp":1000}"#),
            (0, "w", r#"{"data":"\u00e9","timestamp":1000}"#),
        ]);
        assert_eq!(
            found,
            [
                r#"{"windowId":"mine","type":2,"timestamp":1000,"windowId":1}"#,
                r#"{"window\u0049d":7,"timestamp":1000 ,"windowId":1}"#,
                r#"{"windowId":1,"data":{"windowId":7},"timestamp":1000}"#,
                r#"{"windowId":1,"data":"\u00e9","timestamp":1000}"#,
            ]
        );
        assert_eq!(told, [("members windowId overruled", 2)]);
    }
}
