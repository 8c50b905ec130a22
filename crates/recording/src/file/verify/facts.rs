//! What verifying needs to know of a line: found by one thread, judged by another.

use super::super::digest::Digest;
use super::super::meta::{Meta, MetaError};
use super::super::parsed::{Content, LineError, ParsedLine, parse_bytes};
use crate::event::EventKind;
use crate::ids::{RecordingId, WindowId};
use crate::limits;

/// One line that ends in a piece.
pub(super) struct Found {
    /// Where it ends in the piece, its line break included.
    pub(super) end: usize,
    /// Bytes of it, its line break included. It may have begun in a piece before.
    pub(super) length: u64,
    /// It has a line break.
    pub(super) terminated: bool,
    pub(super) line: Result<LineFacts, LineError>,
    /// Of the first line, if it could be read: whose recording it begins, or why it begins none.
    pub(super) meta: Option<Box<Result<RecordingId, String>>>,
}

/// Finds lines, piece by piece.
#[derive(Default)]
pub(super) struct Finder {
    /// What earlier pieces hold of the line that is under way.
    begun: Vec<u8>,
    /// The first line was found.
    first_found: bool,
}

/// A line that is longer than any of a recording.
pub(super) struct TooLong;

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

impl Finder {
    /// Reads the lines that end in a piece; in the last one every line does.
    pub(super) fn find(&mut self, piece: &[u8], last: bool) -> Result<Vec<Found>, TooLong> {
        let mut found = Vec::new();
        let mut start = 0;
        while start < piece.len() || (last && !self.begun.is_empty()) {
            let line_break = memchr::memchr(b'\n', &piece[start..]).map(|at| start + at);
            let part = &piece[start..line_break.unwrap_or(piece.len())];
            if line_break.is_none() && !last {
                self.begun.extend_from_slice(part);
                return if self.begun.len() > limits::FILE_LINE_BYTES { Err(TooLong) } else { Ok(found) };
            }
            let end = line_break.map_or(piece.len(), |at| at + 1);
            let length = (self.begun.len() + end - start) as u64;
            let line = match self.begun.is_empty() {
                true => parse_bytes(part),
                false => {
                    self.begun.extend_from_slice(part);
                    parse_bytes(&self.begun)
                }
            };
            let first = !std::mem::replace(&mut self.first_found, true);
            let meta = line.as_ref().ok().filter(|_| first).map(|line| Box::new(whose(line.raw)));
            let line = line.map(|line| LineFacts::of(&line));
            found.push(Found { end, length, terminated: line_break.is_some(), line, meta });
            self.begun.clear();
            start = end;
        }
        Ok(found)
    }
}

/// Whose recording a line begins.
fn whose(line: &str) -> Result<RecordingId, String> {
    Meta::parse(line).map(|meta| meta.session_id).map_err(|error| match &error {
        // Where serde found it is a place in the members that were taken out, not in the line.
        MetaError::Members(cause) => {
            let cause = cause.to_string();
            format!("{error}: {}", cause.split_once(" at line ").map_or(cause.as_str(), |(cause, _)| cause))
        }
        error => error.to_string(),
    })
}
