//! Checking lines as they come by.

use std::io::{self, ErrorKind};

use super::super::digest::Digest;
use super::super::index::FullSnapshotAt;
use super::super::line_reader::ReadLineError;
use super::super::parsed::LineError;
use super::super::twin_digest::TwinDigest;
use super::facts::{Found, LineFacts, LineKind};
use super::{Behind, Intact, Position, Problems, Report, TrailerState};
use crate::ids::RecordingId;

/// Why there are no more lines.
pub(super) enum Cut {
    /// The input cannot be read on.
    Read(io::Error),
    /// The next line is longer than any of a recording.
    TooLong,
}

/// What is known after the lines so far.
#[derive(Default)]
pub(super) struct LineVerifier {
    pub(super) problems: Problems,
    /// What the lines of each block come to, to be held against the index.
    pub(super) blocks: Vec<BlockFacts>,
    session_id: Option<String>,
    lines: u64,
    events: u64,
    raw_bytes: u64,
    next_seq: u64,
    last_timestamp: Option<i64>,
    ended: bool,
    passed_the_end: bool,
    /// The last line lacks its line break: what was to follow is not expected any more.
    cut: bool,
    playable: bool,
    intact: Intact,
    behind: Behind,
    digests: TwinDigest,
    /// The digests before the line that is under way or being judged.
    before_line: Option<TwinDigest>,
    open: OpenBlock,
}

/// What the lines of a block come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct BlockFacts {
    pub(super) raw_length: u64,
    /// `seq` of the first line and of the last, as far as they have one.
    pub(super) seq: Option<[u64; 2]>,
    pub(super) range: Option<[i64; 2]>,
    pub(super) lines: u64,
    pub(super) events: u64,
    pub(super) full_snapshots: Vec<FullSnapshotAt>,
}

/// The lines since the last checksum line.
#[derive(Default)]
struct OpenBlock {
    /// Problems before it.
    problems: u64,
    first_line: u64,
    covered: u64,
    facts: BlockFacts,
}

impl LineVerifier {
    /// The input cannot be read at all.
    pub(super) fn unreadable(&mut self, error: &io::Error) {
        self.problems.add(Position::Behind(0), format!("expected a file, found {error}"));
    }

    /// Takes a piece of the recording and the lines that end in it. The digests go over runs of lines: over single ones they would
    /// be slower.
    pub(super) fn piece(&mut self, piece: &[u8], found: Vec<Found>) {
        let (mut start, mut hashed) = (0, 0);
        for line in found {
            let end = line.end;
            self.lines += 1;
            self.raw_bytes += line.length;
            if let Ok(LineFacts { kind: LineKind::Checksum { .. } | LineKind::End { .. }, .. }) = line.line {
                if self.before_line.is_none() {
                    self.digests.update(&piece[hashed..start]);
                    self.before_line = Some(self.digests.clone());
                    hashed = start;
                }
                self.line(line);
                self.digests.update_whole(&piece[hashed..end]);
                self.digests.begin_block();
                hashed = end;
            } else {
                self.line(line);
            }
            self.before_line = None;
            start = end;
        }
        if start < piece.len() && self.before_line.is_none() {
            self.digests.update(&piece[hashed..start]);
            self.before_line = Some(self.digests.clone());
            hashed = start;
        }
        self.digests.update(&piece[hashed..]);
    }

    /// What there is to say when all lines were taken.
    pub(super) fn finish(&mut self, end: Result<(), Cut>) {
        match end {
            Ok(()) if self.ended || self.cut => {}
            Ok(()) => {
                self.problems.add(Position::Behind(self.lines), "expected an end line, found the end of the file");
            }
            Err(cut) => self.cut(cut),
        }
    }

    pub(super) fn report(self, trailer: TrailerState) -> Report {
        Report {
            problems: self.problems.listed,
            more_problems: self.problems.more,
            session_id: self.session_id,
            lines: self.lines,
            events: self.events,
            raw_bytes: self.raw_bytes,
            ended: self.ended,
            intact: self.intact,
            behind: self.behind,
            trailer,
        }
    }

    fn cut(&mut self, cut: Cut) {
        let message = match cut {
            Cut::TooLong => ReadLineError::TooLong { number: self.lines + 1 }.to_string(),
            // zstd's own words change from version to version, and say no more.
            Cut::Read(cause) => match cause.kind() {
                ErrorKind::UnexpectedEof => "expected more, found the end of the file within a zstd frame".to_owned(),
                ErrorKind::Other => "expected more, found data that does not decompress".to_owned(),
                _ => format!("expected more, cannot read on: {cause}"),
            },
        };
        self.problems.add(Position::Behind(self.lines), message);
    }

    fn line(&mut self, Found { length, terminated, line, meta, .. }: Found) {
        let at = Position::Line(self.lines);
        if self.open.covered == 0 && self.open.facts.raw_length == 0 {
            (self.open.first_line, self.open.problems) = (self.lines, self.problems.count());
        }
        if self.ended {
            self.behind_the_end(at, &line);
            return;
        }
        if !terminated {
            self.cut = true;
            self.problems.add(at, "expected a line break at its end, found the end of the file");
        }
        match &line {
            Ok(facts) => match meta {
                Some(meta) => self.first_line(*meta, facts),
                None => self.later_line(at, facts),
            },
            Err(_) if !terminated => {}
            Err(error) => {
                self.problems.add(at, error.to_string());
                self.next_seq += u64::from(self.lines > 1);
            }
        }
        self.count(length, line.ok().map(|facts| facts.kind));
    }

    /// Tells of the first line that stands behind the end line. What else does belongs to the same mistake.
    fn behind_the_end(&mut self, at: Position, line: &Result<LineFacts, LineError>) {
        if !std::mem::replace(&mut self.passed_the_end, true) {
            let another = matches!(line, Ok(LineFacts { kind: LineKind::Meta, .. }));
            let found = if another { "another recording" } else { "another line" };
            self.problems.add(at, format!("expected nothing after the end line, found {found}"));
        }
    }

    fn first_line(&mut self, meta: Result<RecordingId, String>, facts: &LineFacts) {
        match meta {
            Ok(session_id) => self.session_id = Some(session_id.to_string()),
            Err(message) => {
                self.problems.add(Position::Line(1), message);
                if !matches!(facts.kind, LineKind::Meta) {
                    self.later_line(Position::Line(1), facts);
                }
            }
        }
    }

    fn later_line(&mut self, at: Position, line: &LineFacts) {
        if matches!(line.kind, LineKind::Meta) {
            self.problems.add(at, "expected a meta line in the first line only, found another");
            return;
        }
        self.check_seq(at, line.seq);
        if let Some(timestamp) = line.timestamp {
            if let Some(last) = self.last_timestamp.filter(|&last| timestamp < last) {
                self.problems.add(at, format!("expected a timestamp of {last} or later, found {timestamp}"));
            }
            self.last_timestamp = Some(timestamp);
        }
        self.events += u64::from(line.event);
        self.open.facts.note(line);
    }

    fn check_seq(&mut self, at: Position, seq: Option<u64>) {
        if seq != Some(self.next_seq) {
            let found = seq.map_or_else(|| "none".to_owned(), |seq| seq.to_string());
            self.problems.add(at, format!("expected seq {}, found {found}", self.next_seq));
        }
        self.next_seq = seq.unwrap_or(self.next_seq).saturating_add(1);
    }

    /// Counts the line for its block, or closes what it closes.
    fn count(&mut self, bytes: u64, kind: Option<LineKind>) {
        // The meta line is covered by the first checksum, but stands in a frame of its own.
        let in_block = !matches!(kind, Some(LineKind::Meta));
        self.open.facts.raw_length += if in_block { bytes } else { 0 };
        match kind {
            Some(LineKind::Checksum { lines, sha256 }) => self.close_block(self.lines, lines, sha256),
            Some(LineKind::End { events, sha256 }) => self.end(self.lines, events, sha256),
            _ => {
                self.open.covered += 1;
                self.open.facts.lines += u64::from(in_block);
            }
        }
    }

    fn digests_before_line(&self) -> &TwinDigest {
        self.before_line.as_ref().expect("the digests are kept before a line that says what they are")
    }

    fn close_block(&mut self, number: u64, lines: u64, sha256: Digest) {
        let block = std::mem::take(&mut self.open);
        let position = match number - block.first_line {
            0 => Position::Line(number),
            covered => Position::Lines(number - covered, number - 1),
        };
        let found = self.digests_before_line().block();
        if lines != block.covered {
            let covered = block.covered;
            self.problems.add(position, format!("expected the {lines} lines of the checksum line, found {covered}"));
        } else if sha256 != found {
            self.problems.add(position, format!("expected SHA-256 {sha256}, found {found}"));
        }
        let drawn = !block.facts.full_snapshots.is_empty();
        self.playable |= drawn;
        if self.problems.is_empty() {
            self.intact =
                Intact { lines: number, events: self.events, until_ms: self.last_timestamp, playable: self.playable };
        } else if self.problems.count() == block.problems {
            self.behind.lines += block.covered + 1;
            self.behind.events += block.facts.events;
            self.behind.playable |= drawn;
        }
        self.blocks.push(block.facts);
    }

    fn end(&mut self, number: u64, events: u64, sha256: Digest) {
        let at = Position::Line(number);
        if self.open.covered > 0 || self.blocks.is_empty() {
            let uncovered = self.open.covered;
            self.problems
                .add(at, format!("expected a checksum line before the end line, found {uncovered} lines without"));
        }
        // Where something was wrong before, these can but follow from it.
        if self.problems.is_empty() && events != self.events {
            let found = self.events;
            self.problems.add(at, format!("expected {events} lines with an event, found {found}"));
        }
        let found = self.digests_before_line().whole();
        if self.problems.is_empty() && sha256 != found {
            self.problems.add(at, format!("expected SHA-256 {sha256} over all before, found {found}"));
        }
        // The end line stands in the frame of the last block.
        let line = std::mem::take(&mut self.open).facts;
        if let Some(block) = self.blocks.last_mut() {
            block.raw_length += line.raw_length;
            block.seq = block.seq.zip(line.seq).map(|([first, _], [_, last])| [first, last]).or(block.seq);
        }
        self.ended = true;
        if self.problems.is_empty() {
            self.intact.lines = number;
        }
    }
}

impl BlockFacts {
    fn note(&mut self, line: &LineFacts) {
        if let Some(seq) = line.seq {
            self.seq = Some([self.seq.map_or(seq, |[first, _]| first), seq]);
        }
        if let Some(at) = line.timestamp {
            let [first, last] = self.range.unwrap_or([at, at]);
            self.range = Some([first.min(at), last.max(at)]);
        }
        self.events += u64::from(line.event);
        if let (LineKind::FullSnapshot(Some(window_id)), Some(timestamp)) = (&line.kind, line.timestamp) {
            self.full_snapshots.push(FullSnapshotAt { window_id: window_id.clone(), timestamp });
        }
    }
}
