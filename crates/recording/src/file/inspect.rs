//! What is in a recording, for a person who wants to know.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::rc::Rc;

use serde::Serialize;

use super::line_reader::{LineReader, ReadLineError};
use super::meta::{Meta, MetaError};
use super::parsed::{Content, LineError, ParsedLine, parse_bytes};
use crate::event::{EventKind, EventName};
use crate::signals::{Signal, SignalCounts, SignalFinder};

/// A stretch without a line that is worth telling.
const GAP_MS: i64 = 5 * 60 * 1000;
/// Page views that are listed; `pages_left_out` counts the rest.
const PAGES: usize = 1000;

/// What is in a recording.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// The first line.
    pub meta: Meta,
    /// From the first line's time to the last one's.
    pub duration_ms: i64,
    /// Bytes of the input.
    pub stored_bytes: u64,
    /// Bytes of the lines.
    pub raw_bytes: u64,
    /// The input was compressed.
    pub compressed: bool,
    /// Lines, the first and the checksum lines included.
    pub lines: u64,
    /// Lines that carry an event.
    pub events: u64,
    /// Blocks: checksum lines.
    pub blocks: u64,
    /// How many lines there are of each type, and of `event` and `captured` lines of each name, as `event/click`.
    pub counts: BTreeMap<String, u64>,
    /// The windows, in the order of their first line.
    pub windows: Vec<WindowSummary>,
    /// Page views, in order.
    pub pages: Vec<PageVisit>,
    /// Page views that are not listed.
    pub pages_left_out: u64,
    /// Stretches of more than five minutes without a line.
    pub gaps: Vec<Gap>,
    /// Moments in which the visitor met trouble, counted.
    pub signals: SignalCounts,
    /// The earliest of them.
    pub moments: Vec<Signal>,
    /// The longest line.
    pub largest_line: Option<LargestLine>,
}

/// One window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WindowSummary {
    /// Its id.
    pub window_id: String,
    /// Time of its first line.
    pub first: i64,
    /// Time of its last line.
    pub last: i64,
    /// Its events.
    pub events: u64,
    /// Its full snapshots.
    pub full_snapshots: u64,
}

/// A page that a window came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageVisit {
    /// When.
    pub timestamp: i64,
    /// The window.
    pub window_id: String,
    /// The address.
    pub href: String,
}

/// A stretch without a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Time of the line before.
    pub from: i64,
    /// Time of the line after.
    pub to: i64,
}

/// The longest line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LargestLine {
    /// Its number; the first is 1.
    pub number: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Its type.
    pub type_name: String,
}

/// Why a file cannot be told about.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The input cannot be read to its end.
    #[error("expected a recording that can be read")]
    Read(#[from] ReadLineError),
    /// The input cannot be read at all.
    #[error("expected a file that can be read")]
    Open(#[from] io::Error),
    /// There is nothing in it.
    #[error("expected a recording, found an empty file")]
    Empty,
    /// It does not begin as a recording does.
    #[error("line 1")]
    Meta(#[from] MetaError),
    /// A line is not one of a recording.
    #[error("line {number}")]
    Line {
        /// The line; the first is 1.
        number: u64,
        /// What is wrong with it.
        #[source]
        cause: LineError,
    },
}

/// Reads a recording, plain or compressed, and tells what is in it. Whether that is whole is for [`super::verify()`].
pub fn inspect(input: impl Read) -> Result<Inspection, InspectError> {
    let stored = Rc::new(Cell::new(0));
    let mut reader = LineReader::new(Counted { input, bytes: Rc::clone(&stored) })?;
    let first = reader.next_line()?.ok_or(InspectError::Empty)?;
    let not_text = |error: std::str::Utf8Error| InspectError::Line {
        number: 1,
        cause: LineError::NotUtf8 { at: error.valid_up_to() },
    };
    let meta = Meta::parse(std::str::from_utf8(first.bytes).map_err(not_text)?)?;
    let signals = SignalFinder::default();
    let mut inspector = Inspector { found: Inspection::begin(meta), range: None, signals };
    while let Some(line) = reader.next_line()? {
        let number = line.number;
        let parsed = parse_bytes(line.bytes).map_err(|cause| InspectError::Line { number, cause })?;
        inspector.note(number, &parsed);
    }
    let (first, last) = inspector.range.unwrap_or_default();
    let signals = inspector.signals.finish();
    Ok(Inspection {
        signals: signals.counts,
        moments: signals.moments,
        duration_ms: last.saturating_sub(first),
        raw_bytes: reader.bytes(),
        compressed: reader.is_compressed(),
        stored_bytes: stored.get(),
        ..inspector.found
    })
}

impl Inspection {
    fn begin(meta: Meta) -> Self {
        Self {
            meta,
            duration_ms: 0,
            stored_bytes: 0,
            raw_bytes: 0,
            compressed: false,
            lines: 1,
            events: 0,
            blocks: 0,
            counts: BTreeMap::from([("meta".to_owned(), 1)]),
            windows: Vec::new(),
            pages: Vec::new(),
            pages_left_out: 0,
            gaps: Vec::new(),
            signals: SignalCounts::default(),
            moments: Vec::new(),
            largest_line: None,
        }
    }
}

/// What was found so far.
struct Inspector {
    found: Inspection,
    /// The least and the greatest timestamp.
    range: Option<(i64, i64)>,
    signals: SignalFinder,
}

impl Inspector {
    fn note(&mut self, number: u64, line: &ParsedLine<'_>) {
        self.found.lines += 1;
        self.found.events += u64::from(line.event.is_some());
        self.count(line);
        self.signals.add(line);
        if let Some(timestamp) = line.timestamp {
            self.note_time(timestamp);
            if let Some(window_id) = &line.window_id {
                self.note_window(timestamp, window_id, line);
            }
        }
        let bytes = line.raw.len() as u64;
        if self.found.largest_line.as_ref().is_none_or(|largest| largest.bytes < bytes) {
            let type_name = line.type_name.clone().into_owned();
            self.found.largest_line = Some(LargestLine { number, bytes, type_name });
        }
    }

    fn count(&mut self, line: &ParsedLine<'_>) {
        let counts = &mut self.found.counts;
        let mut add = |key: &str| match counts.get_mut(key) {
            Some(count) => *count += 1,
            None => drop(counts.insert(key.to_owned(), 1)),
        };
        add(&line.type_name);
        match &line.content {
            Content::Event { name: Some(name), level: Some(level), .. } => add(&format!("event/{name}/{level}")),
            Content::Event { name: Some(name), .. } => add(&format!("event/{name}")),
            Content::Captured { name, .. } => add(&format!("captured/{name}")),
            Content::Checksum { .. } => self.found.blocks += 1,
            Content::Meta | Content::Event { name: None, .. } | Content::End { .. } | Content::Unknown => {}
        }
    }

    fn note_time(&mut self, timestamp: i64) {
        let (first, last) = self.range.unwrap_or((timestamp, timestamp));
        if timestamp.saturating_sub(last) > GAP_MS {
            self.found.gaps.push(Gap { from: last, to: timestamp });
        }
        self.range = Some((first.min(timestamp), last.max(timestamp)));
    }

    fn note_window(&mut self, timestamp: i64, window_id: &str, line: &ParsedLine<'_>) {
        let windows = &mut self.found.windows;
        let at = windows.iter().position(|window| window.window_id == window_id).unwrap_or_else(|| {
            let window_id = window_id.to_owned();
            windows.push(WindowSummary { window_id, first: timestamp, last: timestamp, events: 0, full_snapshots: 0 });
            windows.len() - 1
        });
        let window = &mut windows[at];
        window.last = window.last.max(timestamp);
        window.events += u64::from(line.event.is_some());
        let Content::Event { kind, href, .. } = &line.content else { return };
        window.full_snapshots += u64::from(*kind == EventKind::FullSnapshot);
        if let (EventKind::Named(EventName::PageView), Some(href)) = (kind, href) {
            let window_id = window_id.to_owned();
            self.note_page(PageVisit { timestamp, window_id, href: href.to_string() });
        }
    }

    fn note_page(&mut self, page: PageVisit) {
        match self.found.pages.len() < PAGES {
            true => self.found.pages.push(page),
            false => self.found.pages_left_out += 1,
        }
    }
}

/// Counts what is read through it.
struct Counted<R> {
    input: R,
    bytes: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.bytes.set(self.bytes.get() + read as u64);
        Ok(read)
    }
}
