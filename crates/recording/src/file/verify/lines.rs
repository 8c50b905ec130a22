//! Checking lines as they come by.

use std::io::{ErrorKind, Read};

use sha2::{Digest as _, Sha256};

use super::super::digest::Digest;
use super::super::index::FullSnapshotAt;
use super::super::line_reader::{LineReader, RawLine, ReadLineError};
use super::super::meta::{Meta, MetaError};
use super::super::parsed::{Content, ParsedLine, parse_bytes};
use super::{Intact, Position, Problems, Report, TrailerState};
use crate::event::EventKind;

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
    playable: bool,
    intact: Intact,
    whole: Sha256,
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
    hasher: Sha256,
    first_line: u64,
    covered: u64,
    facts: BlockFacts,
}

impl LineVerifier {
    /// Reads all lines; says whether they were compressed.
    pub(super) fn read(&mut self, input: impl Read) -> bool {
        let mut reader = match LineReader::new(input) {
            Ok(reader) => reader,
            Err(error) => {
                self.problems.add(Position::Behind(0), format!("expected a file, found {error}"));
                return false;
            }
        };
        let cut = loop {
            match reader.next_line() {
                Ok(Some(line)) if self.line(line) => {}
                Ok(Some(_)) => break true,
                Ok(None) => break false,
                Err(error) => {
                    self.read_error(&error);
                    break true;
                }
            }
        };
        if !self.ended && !cut {
            self.problems.add(Position::Behind(self.lines), "expected an end line, found the end of the file");
        }
        self.raw_bytes = reader.bytes();
        reader.is_compressed()
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
            trailer,
        }
    }

    fn read_error(&mut self, error: &ReadLineError) {
        let message = match error {
            ReadLineError::TooLong { .. } => error.to_string(),
            // zstd's own words change from version to version, and say no more.
            ReadLineError::Read { cause, .. } => match cause.kind() {
                ErrorKind::UnexpectedEof => "expected more, found the end of the file within a zstd frame".to_owned(),
                ErrorKind::Other => "expected more, found data that does not decompress".to_owned(),
                _ => format!("expected more, cannot read on: {cause}"),
            },
        };
        self.problems.add(Position::Behind(self.lines), message);
    }

    /// Takes one line; false if it was cut, so that nothing can follow.
    fn line(&mut self, line: RawLine<'_>) -> bool {
        let at = Position::Line(line.number);
        self.lines = line.number;
        if self.ended {
            self.problems.add(at, "expected nothing after the end line, found another line");
        }
        if !line.terminated {
            self.problems.add(at, "expected a line break at its end, found the end of the file");
        }
        let parsed = parse_bytes(line.bytes);
        match &parsed {
            Ok(parsed) if line.number == 1 => self.first_line(parsed),
            Ok(parsed) => self.later_line(at, parsed),
            Err(_) if !line.terminated => {}
            Err(error) => {
                self.problems.add(at, error.to_string());
                self.next_seq += u64::from(line.number > 1);
            }
        }
        self.digest(&line, parsed.ok().as_ref());
        line.terminated
    }

    fn first_line(&mut self, parsed: &ParsedLine<'_>) {
        match Meta::parse(parsed.raw) {
            Ok(meta) => self.session_id = Some(meta.session_id.to_string()),
            Err(error) => {
                let message = match &error {
                    MetaError::Members(cause) => format!("{error}: {cause}"),
                    error => error.to_string(),
                };
                self.problems.add(Position::Line(1), message);
                if parsed.content != Content::Meta {
                    self.later_line(Position::Line(1), parsed);
                }
            }
        }
    }

    fn later_line(&mut self, at: Position, parsed: &ParsedLine<'_>) {
        if parsed.content == Content::Meta {
            self.problems.add(at, "expected a meta line in the first line only, found another");
            return;
        }
        self.check_seq(at, parsed.seq);
        if let Some(timestamp) = parsed.timestamp {
            if let Some(last) = self.last_timestamp.filter(|&last| timestamp < last) {
                self.problems.add(at, format!("expected a timestamp of {last} or later, found {timestamp}"));
            }
            self.last_timestamp = Some(timestamp);
        }
        self.events += u64::from(parsed.event.is_some());
        self.open.facts.note(parsed);
    }

    fn check_seq(&mut self, at: Position, seq: Option<u64>) {
        if seq != Some(self.next_seq) {
            let found = seq.map_or_else(|| "none".to_owned(), |seq| seq.to_string());
            self.problems.add(at, format!("expected seq {}, found {found}", self.next_seq));
        }
        self.next_seq = seq.unwrap_or(self.next_seq).saturating_add(1);
    }

    /// Takes the line's bytes into the digests; compares where the line says one.
    fn digest(&mut self, line: &RawLine<'_>, parsed: Option<&ParsedLine<'_>>) {
        let line_break: &[u8] = if line.terminated { b"\n" } else { b"" };
        if self.open.facts.raw_length == 0 && self.open.covered == 0 {
            self.open.first_line = line.number;
        }
        // The meta line is covered by the first checksum, but stands in a frame of its own.
        let in_block = parsed.is_none_or(|parsed| parsed.content != Content::Meta);
        self.open.facts.raw_length += if in_block { (line.bytes.len() + line_break.len()) as u64 } else { 0 };
        match parsed.map(|parsed| &parsed.content) {
            Some(Content::Checksum { lines, sha256 }) => self.close_block(line.number, *lines, *sha256),
            Some(Content::End { events, sha256 }) => self.end(line.number, *events, *sha256),
            _ => {
                self.open.hasher.update(line.bytes);
                self.open.hasher.update(line_break);
                self.open.covered += 1;
                self.open.facts.lines += u64::from(in_block);
            }
        }
        self.whole.update(line.bytes);
        self.whole.update(line_break);
    }

    fn close_block(&mut self, number: u64, lines: u64, sha256: Digest) {
        let block = std::mem::take(&mut self.open);
        let position = match number - block.first_line {
            0 => Position::Line(number),
            covered => Position::Lines(number - covered, number - 1),
        };
        let found = Digest::from_hasher(block.hasher);
        if lines != block.covered {
            let covered = block.covered;
            self.problems.add(position, format!("expected the {lines} lines of the checksum line, found {covered}"));
        } else if sha256 != found {
            self.problems.add(position, format!("expected SHA-256 {sha256}, found {found}"));
        }
        self.playable |= !block.facts.full_snapshots.is_empty();
        self.blocks.push(block.facts);
        if self.problems.is_empty() {
            self.intact =
                Intact { lines: number, events: self.events, until_ms: self.last_timestamp, playable: self.playable };
        }
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
        let found = Digest::from_hasher(self.whole.clone());
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
    fn note(&mut self, parsed: &ParsedLine<'_>) {
        if let Some(seq) = parsed.seq {
            self.seq = Some([self.seq.map_or(seq, |[first, _]| first), seq]);
        }
        if let Some(at) = parsed.timestamp {
            let [first, last] = self.range.unwrap_or([at, at]);
            self.range = Some([first.min(at), last.max(at)]);
        }
        self.events += u64::from(parsed.event.is_some());
        if let Content::Event { kind: EventKind::FullSnapshot, .. } = parsed.content
            && let (Some(timestamp), Some(window_id)) = (parsed.timestamp, &parsed.window_id)
            && let Ok(window_id) = window_id.parse()
        {
            self.full_snapshots.push(FullSnapshotAt { window_id, timestamp });
        }
    }
}
