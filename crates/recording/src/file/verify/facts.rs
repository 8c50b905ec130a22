//! What verifying needs to know of a line: found by one thread, judged by another.

use super::super::digest::Digest;
use super::super::parsed::{Content, LineError, ParsedLine, parse_bytes};
use crate::event::EventKind;
use crate::ids::WindowId;

/// One line of a chunk.
pub(super) struct Found {
    /// Where it ends in the chunk, its line break included.
    pub(super) end: usize,
    /// It has a line break.
    pub(super) terminated: bool,
    pub(super) line: Result<LineFacts, LineError>,
}

/// A line that could be read.
pub(super) struct LineFacts {
    pub(super) seq: Option<u64>,
    pub(super) timestamp: Option<i64>,
    pub(super) event: bool,
    pub(super) kind: LineKind,
}

/// What verifying tells apart.
pub(super) enum LineKind {
    Meta,
    /// The window, if it is one that there can be.
    FullSnapshot(Option<WindowId>),
    Checksum {
        lines: u64,
        sha256: Digest,
    },
    End {
        events: u64,
        sha256: Digest,
    },
    Other,
}

impl LineFacts {
    fn of(line: &ParsedLine<'_>) -> Self {
        let kind = match line.content {
            Content::Meta => LineKind::Meta,
            Content::Event { kind: EventKind::FullSnapshot, .. } => {
                LineKind::FullSnapshot(line.window_id.as_deref().and_then(|window| window.parse().ok()))
            }
            Content::Checksum { lines, sha256 } => LineKind::Checksum { lines, sha256 },
            Content::End { events, sha256 } => LineKind::End { events, sha256 },
            Content::Event { .. } | Content::Captured { .. } | Content::Unknown => LineKind::Other,
        };
        Self { seq: line.seq, timestamp: line.timestamp, event: line.event.is_some(), kind }
    }
}

/// Reads the lines of a chunk.
pub(super) fn find(chunk: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < chunk.len() {
        let line_break = memchr::memchr(b'\n', &chunk[start..]).map(|at| start + at);
        let line = &chunk[start..line_break.unwrap_or(chunk.len())];
        let end = line_break.map_or(chunk.len(), |at| at + 1);
        let line = parse_bytes(line).map(|line| LineFacts::of(&line));
        found.push(Found { end, terminated: line_break.is_some(), line });
        start = end;
    }
    found
}
