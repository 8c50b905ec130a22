//! The events of a foreign file on their way into a recording.
//!
//! ## Invariants
//! 1. An event keeps its bytes: the SDK's own compression is undone, line breaks between tokens become spaces, and nothing else
//!    changes.
//! 2. An event's time is its timestamp, rounded down. One without takes the time of the event before it in its window, the
//!    first ones that of the first one with a time.
//! 3. Which events there are and how they follow each other within a window is all that counts: what stands between the windows
//!    of the file, and around the events, changes nothing that is written.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use cassette_recording::event::{EventFacts, EventKind};
use cassette_recording::file::{LineBody, write_rest, write_rest_head};
use cassette_recording::limits::{FILE_LINE_BYTES, IDS_PER_RECORDING, URL_BYTES, URLS_PER_RECORDING};
use cassette_recording::{DistinctId, WindowId, json};
use cassette_wire::capture::{Budget, Decoder};
use memchr::memmem;

use super::ReadError;
use super::chunk::Chunk;
use super::json_stream::{Stop, Text};
use super::rope::Place;
use crate::{LeftOut, limits};

/// Times that JavaScript can hold, in milliseconds to either side of 1970.
const USABLE_MS: f64 = 8.64e15;

/// What stands around an event in its line is shorter than this.
const LINE_HEAD_BYTES: usize = 64 << 10;

/// Events from this size on are not copied where they stand in a file that can be read again. Below, looking for them takes
/// longer.
const LEFT_IN_PLACE_BYTES: usize = 2 << 10;

/// Takes events in the order of a file.
pub(super) struct Gathering<'a> {
    windows: Vec<Window>,
    by_id: HashMap<String, usize>,
    chunk: Chunk,
    /// Takes each chunk that is full, and gives an empty one for it.
    full: &'a mut dyn FnMut(Chunk) -> Result<Chunk, ReadError>,
    /// In its place except while it is at work.
    decoder: Option<Decoder>,
    /// An event out of which something was cut.
    cut: String,
    /// The latest time of any window.
    last_time: Option<i64>,
    arrived_at: i64,
    /// Bytes of all events, decompressed.
    bytes: u64,
    urls: FirstUrls,
    facts: Facts,
}

/// What is known of a recording besides its lines.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// As the file names it.
    pub(super) session_id: Option<String>,
    /// The person, as JSON on one line.
    pub(super) person: Option<String>,
    pub(super) distinct_ids: Vec<DistinctId>,
    pub(super) urls: Vec<String>,
    pub(super) mobile: bool,
    pub(super) odd_timestamps: u64,
    pub(super) undecoded: u64,
    pub(super) left_out: Vec<LeftOut>,
}

struct Window {
    id: WindowId,
    events: u32,
    last_time: Option<i64>,
    /// Lines of the open chunk that wait for the first time.
    waiting: Vec<usize>,
}

/// What became of an element of a list of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// It was taken.
    Taken,
    /// It is no object.
    NoObject,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(arrived_at: i64, full: &'a mut dyn FnMut(Chunk) -> Result<Chunk, ReadError>) -> Self {
        Self {
            windows: Vec::new(),
            by_id: HashMap::new(),
            chunk: Chunk::default(),
            full,
            decoder: None,
            cut: String::new(),
            last_time: None,
            arrived_at,
            bytes: 0,
            urls: FirstUrls::default(),
            facts: Facts::default(),
        }
    }

    /// What is known besides the lines, to be completed by whoever reads the file.
    pub(super) fn facts(&mut self) -> &mut Facts {
        &mut self.facts
    }

    /// Hands on the last lines.
    pub(super) fn finish(mut self) -> Result<Facts, ReadError> {
        self.hand_on()?;
        self.facts.urls = self.urls.in_order();
        Ok(self.facts)
    }

    /// The number of a window.
    pub(super) fn window(&mut self, id: &str) -> Result<usize, Stop> {
        if let Some(&number) = self.by_id.get(id) {
            return Ok(number);
        }
        if self.windows.len() == limits::WINDOWS {
            return Err(Stop::unexpected(format!("at most {} windows", limits::WINDOWS), "one more"));
        }
        let window = id.parse::<WindowId>().map_err(|error| {
            let length = error.length;
            Stop::unexpected("a window's id of at most 200 bytes without control characters", format!("{length} bytes"))
        })?;
        let number = self.windows.len();
        self.windows.push(Window { id: window, events: 0, last_time: None, waiting: Vec::new() });
        self.by_id.insert(id.to_owned(), number);
        Ok(number)
    }

    /// Takes the event that begins at `at` of a text; returns the position behind it. `other` sees the members that are none
    /// of rrweb's and names the window.
    pub(super) fn event(&mut self, text: Text<'_>, at: usize, window: usize) -> Result<usize, Stop> {
        let mut compressed = false;
        let (facts, end) = EventFacts::read_at(text.as_str(), at, |key, _| compressed |= key == "cv")?;
        self.take(window, text.part(at, end), &facts, compressed).map_err(Stop::Refused)?;
        Ok(end)
    }

    /// Takes an element of a list of events; says too where it ends.
    pub(super) fn element(&mut self, text: Text<'_>, at: usize, window: usize) -> Result<(Element, usize), Stop> {
        match text.as_bytes().get(at) {
            Some(b'{') => Ok((Element::Taken, self.event(text, at, window)?)),
            _ => Ok((Element::NoObject, json::skip_value(&text, at)?)),
        }
    }

    /// Takes an event without one of its members, which stands at the given places.
    pub(super) fn event_without(
        &mut self,
        window: usize,
        event: &str,
        member: (usize, usize),
        facts: &EventFacts<'_>,
        compressed: bool,
    ) -> Result<(), ReadError> {
        let mut cut = std::mem::take(&mut self.cut);
        cut.clear();
        let (from, to) = with_comma(event.as_bytes(), member);
        cut.push_str(&event[..from]);
        cut.push_str(&event[to..]);
        let taken = self.take(window, Text::made(&cut), facts, compressed);
        self.cut = cut;
        taken
    }

    /// Takes an event that was read.
    pub(super) fn take(
        &mut self,
        window: usize,
        event: Text<'_>,
        facts: &EventFacts<'_>,
        compressed: bool,
    ) -> Result<(), ReadError> {
        if !compressed {
            return self.push(window, event, facts);
        }
        let mut decoder = self.decoder.take().unwrap_or_default();
        let undone = decoder.undo_event(&event, &mut Budget::of(FILE_LINE_BYTES));
        let (event, facts, undecoded) =
            undone.map_err(|error| ReadError::Invalid(format!("expected an event, found {error}")))?;
        self.facts.undecoded += u64::from(undecoded.is_some());
        let pushed = self.push(window, Text::made(event), &facts);
        self.decoder = Some(decoder);
        pushed
    }

    fn push(&mut self, window: usize, event: Text<'_>, facts: &EventFacts<'_>) -> Result<(), ReadError> {
        if event.len() > FILE_LINE_BYTES - LINE_HEAD_BYTES {
            let limit = FILE_LINE_BYTES - LINE_HEAD_BYTES;
            return Err(ReadError::Invalid(format!("expected events of at most {limit} bytes, found one with more")));
        }
        self.bytes += event.len() as u64;
        if self.bytes > limits::READ_BYTES {
            let limit = limits::READ_BYTES;
            return Err(ReadError::Invalid(format!("expected events of at most {limit} bytes together, found more")));
        }
        let line = self.chunk.lines();
        let time = self.time(window, facts.timestamp, line);
        if let Some(href) = facts.href {
            self.urls.note(time, &json::unescape(href));
        }
        self.facts.mobile |=
            facts.kind == EventKind::FullSnapshot && memmem::find(event.as_bytes(), b"\"wireframes\"").is_some();
        let window = &mut self.windows[window];
        let on_one_line = json::on_one_line(&event);
        let place = match on_one_line {
            Cow::Borrowed(_) => event.place().filter(|_| event.len() >= LEFT_IN_PLACE_BYTES),
            Cow::Owned(_) => None,
        };
        let place = place.and_then(|at| Some(Place { at, length: u32::try_from(event.len()).ok()? }));
        let body = LineBody::Event {
            kind: facts.kind,
            target: facts.target,
            href: facts.href,
            level: facts.console,
            event: &on_one_line,
        };
        self.chunk.push(time, window.events, body.line_type(), place, |out| match place {
            Some(_) => drop(write_rest_head(out, &window.id, &body)),
            None => write_rest(out, &window.id, &body),
        });
        window.events += 1;
        match self.chunk.bytes() >= limits::CHUNK_BYTES {
            true => self.hand_on(),
            false => Ok(()),
        }
    }

    /// When an event is: invariant 2.
    fn time(&mut self, window: usize, timestamp: Option<f64>, line: usize) -> i64 {
        let window = &mut self.windows[window];
        let usable = timestamp.map(f64::floor).filter(|time| time.abs() <= USABLE_MS);
        let Some(time) = usable else {
            self.facts.odd_timestamps += 1;
            if window.last_time.is_none() {
                window.waiting.push(line);
            }
            return window.last_time.or(self.last_time).unwrap_or(self.arrived_at);
        };
        // In range, so the conversion is exact.
        let time = time as i64;
        for line in window.waiting.drain(..) {
            self.chunk.redate(line, time);
        }
        window.last_time = Some(time);
        self.last_time = Some(time);
        time
    }

    fn hand_on(&mut self) -> Result<(), ReadError> {
        for window in &mut self.windows {
            // What has waited for a whole chunk keeps the time that it was given.
            window.waiting.clear();
        }
        self.chunk = (self.full)(std::mem::take(&mut self.chunk))?;
        Ok(())
    }
}

impl Facts {
    /// Notes what cannot be carried.
    pub(super) fn leave_out(&mut self, what: &'static str, count: u64, reason: &'static str) {
        if count == 0 {
            return;
        }
        match self.left_out.iter_mut().find(|left_out| (left_out.what, left_out.reason) == (what, reason)) {
            Some(left_out) => left_out.count += count,
            None => self.left_out.push(LeftOut { what, count, reason }),
        }
    }

    /// Counts an element of a list of events.
    pub(super) fn count(&mut self, element: Element) {
        self.leave_out("elements", u64::from(element == Element::NoObject), "they are no rrweb events");
    }

    /// Takes the `distinct_ids` of a person, as JSON.
    pub(super) fn take_distinct_ids(&mut self, ids: &[String]) {
        for id in ids {
            match id.parse::<DistinctId>() {
                Ok(id) if self.distinct_ids.len() < IDS_PER_RECORDING => self.distinct_ids.push(id),
                _ => self.leave_out("distinct ids", 1, "they are too many, too long or empty"),
            }
        }
    }
}

/// Where a member of an object stands, with the comma that has to go with it.
fn with_comma(object: &[u8], (from, to): (usize, usize)) -> (usize, usize) {
    let after = json::skip_whitespace(object, to);
    if object.get(after) == Some(&b',') {
        return (from, after + 1);
    }
    let before = object[..from].iter().rposition(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
    match before {
        Some(at) if object[at] == b',' => (at, to),
        _ => (from, to),
    }
}

/// The pages that were seen first. Depends on the events alone, not on the order in which they are told.
#[derive(Default)]
struct FirstUrls {
    times: HashMap<String, i64>,
    in_order: BTreeSet<(i64, String)>,
}

impl FirstUrls {
    fn note(&mut self, time: i64, url: &str) {
        let url = &url[..url.floor_char_boundary(URL_BYTES)];
        match self.times.get_mut(url) {
            Some(known) if *known <= time => return,
            Some(known) => {
                self.in_order.remove(&(*known, url.to_owned()));
                *known = time;
            }
            None => {
                let late = self.in_order.last().is_some_and(|(last, other)| (*last, other.as_str()) < (time, url));
                if self.times.len() == URLS_PER_RECORDING && late {
                    return;
                }
                self.times.insert(url.to_owned(), time);
            }
        }
        self.in_order.insert((time, url.to_owned()));
        if self.times.len() > URLS_PER_RECORDING
            && let Some((_, url)) = self.in_order.pop_last()
        {
            self.times.remove(&url);
        }
    }

    fn in_order(self) -> Vec<String> {
        self.in_order.into_iter().map(|(_, url)| url).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_goes_with_its_comma() {
        for (object, member, expected) in [
            (r#"{"w":1,"a":2}"#, (1, 6), r#"{"a":2}"#),
            (r#"{"w":1 , "a":2}"#, (1, 6), r#"{ "a":2}"#),
            (r#"{"a":2 , "w":1}"#, (9, 14), r#"{"a":2 }"#),
            (r#"{ "w":1 }"#, (2, 7), r#"{  }"#),
            (r#"{"a":2,"w":1,"b":3}"#, (7, 12), r#"{"a":2,"b":3}"#),
        ] {
            let (from, to) = with_comma(object.as_bytes(), member);
            assert_eq!(format!("{}{}", &object[..from], &object[to..]), expected);
        }
    }

    #[test]
    fn the_first_pages_do_not_depend_on_the_order_in_which_they_are_told() {
        let visits: Vec<(i64, String)> = (0..60).map(|n| (1000 - n / 2, format!("/{}", n % 40))).collect();
        let told = |visits: &[(i64, String)]| {
            let mut urls = FirstUrls::default();
            for (time, url) in visits {
                urls.note(*time, url);
            }
            urls.in_order()
        };
        let mut other_way = visits.clone();
        other_way.reverse();
        assert_eq!(told(&visits), told(&other_way));
        assert_eq!(told(&visits).len(), URLS_PER_RECORDING);
    }
}
