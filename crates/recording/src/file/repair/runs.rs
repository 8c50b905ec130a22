//! The lines of a damaged file in runs: blocks that their checksum lines vouch for, and what stands between these.

use std::io::{self, Read, Seek};
use std::ops::Range;

use super::super::digest::Digest;
use super::super::meta::{Meta, MetaError};
use super::super::parsed::{Content, ParsedLine, parse_bytes};
use super::pieces::{Gap, Piece, Pieces};

/// Bytes of a block that are held to be compared with its checksum line. Larger blocks, which nobody writes, are kept line by
/// line.
const BLOCK_BYTES: usize = 64 << 20;

/// What a walk through a file says.
pub(super) enum Found<'a> {
    /// The meta line. It comes once, before or behind runs.
    Meta(&'a Meta),
    /// Lines that belong together.
    Run(Run<'a>),
    /// Something that keeps lines from being read, between the runs or in the next one.
    Trouble(Trouble),
    /// The end line, with its `seq`.
    End(Option<u64>),
}

/// Lines, with what is known of them together.
pub(super) struct Run<'a> {
    bytes: &'a [u8],
    pub(super) lines: &'a [Held],
    /// A checksum line vouches for them.
    pub(super) intact: bool,
    /// `seq` of the checksum line behind them.
    pub(super) closed_by: Option<u64>,
}

/// A line that is held.
#[derive(Clone)]
pub(super) struct Held {
    /// Its place in the file, as far as that could be read.
    pub(super) number: u64,
    pub(super) seq: Option<u64>,
    pub(super) timestamp: Option<i64>,
    /// It can be written again: it is no meta line and none that cannot be read.
    pub(super) usable: bool,
    place: Range<usize>,
}

/// Why lines are lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A place that cannot be read.
    Gap(Gap),
    /// A line that is none.
    Broken { number: u64, message: String },
    /// Another recording begins.
    Another { number: u64 },
}

/// Why walking ended early.
#[derive(Debug)]
pub(super) enum WalkError {
    Read(io::Error),
    /// The file says that it is of another format.
    Format(MetaError),
    /// Whoever was told wants no more.
    Told(io::Error),
}

impl Run<'_> {
    pub(super) fn line(&self, held: &Held) -> &[u8] {
        &self.bytes[held.place.clone()]
    }
}

/// Walks through a file from its beginning to its end. Twice the same file is twice the same walk.
pub(super) fn walk<F: Read + Seek>(
    file: &mut F,
    mut tell: impl FnMut(Found<'_>) -> io::Result<()>,
) -> Result<(), WalkError> {
    let mut pieces = Pieces::open(file).map_err(WalkError::Read)?;
    let mut open = OpenRun::default();
    let mut meta = None;
    while let Some(piece) = pieces.next().map_err(WalkError::Read)? {
        let (number, bytes) = match piece {
            Piece::Gap(gap) => {
                tell(Found::Trouble(Trouble::Gap(gap))).map_err(WalkError::Told)?;
                continue;
            }
            Piece::Line { number, bytes } => (number, bytes),
        };
        let line = match parse_bytes(bytes) {
            Ok(line) => line,
            Err(error) => {
                let message = error.to_string();
                tell(Found::Trouble(Trouble::Broken { number, message })).map_err(WalkError::Told)?;
                open.hold(number, bytes, None);
                continue;
            }
        };
        match line.content {
            Content::Meta if meta.is_some() => {
                tell(Found::Trouble(Trouble::Another { number })).map_err(WalkError::Told)?;
                break;
            }
            Content::Meta => {
                open.hold(number, bytes, None);
                meta = read_meta(&line, number, &mut tell)?;
            }
            Content::Checksum { lines, sha256 } => {
                open.close(lines, sha256, line.seq, &mut tell).map_err(WalkError::Told)?;
            }
            Content::End { .. } => {
                open.give_up(&mut tell).map_err(WalkError::Told)?;
                tell(Found::End(line.seq)).map_err(WalkError::Told)?;
            }
            _ => open.hold(number, bytes, Some(&line)),
        }
        if open.bytes.len() > BLOCK_BYTES {
            open.give_up(&mut tell).map_err(WalkError::Told)?;
        }
    }
    open.give_up(&mut tell).map_err(WalkError::Told)
}

/// Reads a meta line and tells of it. One that lacks what it must have is as good as none.
fn read_meta(
    line: &ParsedLine<'_>,
    number: u64,
    tell: &mut impl FnMut(Found<'_>) -> io::Result<()>,
) -> Result<Option<Meta>, WalkError> {
    match Meta::parse(line.raw) {
        Ok(meta) => {
            tell(Found::Meta(&meta)).map_err(WalkError::Told)?;
            Ok(Some(meta))
        }
        Err(error @ MetaError::Format { .. }) => Err(WalkError::Format(error)),
        Err(error) => {
            let message = error.to_string();
            tell(Found::Trouble(Trouble::Broken { number, message })).map_err(WalkError::Told)?;
            Ok(None)
        }
    }
}

/// The lines since the last checksum line.
#[derive(Default)]
struct OpenRun {
    bytes: Vec<u8>,
    lines: Vec<Held>,
}

impl OpenRun {
    /// Holds a line, and what is known of it if it can be written again.
    fn hold(&mut self, number: u64, bytes: &[u8], line: Option<&ParsedLine<'_>>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        let place = start..self.bytes.len();
        self.bytes.push(b'\n');
        let (seq, timestamp) = line.map_or((None, None), |line| (line.seq, line.timestamp));
        self.lines.push(Held { number, seq, timestamp, usable: seq.is_some(), place });
    }

    /// A checksum line says that it covers so many lines, with that digest.
    fn close(
        &mut self,
        covered: u64,
        sha256: Digest,
        seq: Option<u64>,
        tell: &mut impl FnMut(Found<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        // Where the checksum line before was lost, the lines of its block stand here too.
        let before = usize::try_from(covered).ok().and_then(|covered| self.lines.len().checked_sub(covered));
        let intact = match before {
            Some(before) if self.digest(before) == sha256 => Some(before),
            // Lines that only changed places can be put back.
            Some(0) => {
                let in_file = self.lines.clone();
                self.lines.sort_by_key(|line| line.seq);
                let put_back = self.digest(0) == sha256;
                if !put_back {
                    self.lines = in_file;
                }
                put_back.then_some(0)
            }
            _ => None,
        };
        let (doubtful, sound) = self.lines.split_at(intact.unwrap_or(self.lines.len()));
        let closed_by = |last: bool| if last { seq } else { None };
        if !doubtful.is_empty() || intact.is_none() {
            let closed_by = closed_by(intact.is_none());
            tell(Found::Run(Run { bytes: &self.bytes, lines: doubtful, intact: false, closed_by }))?;
        }
        if intact.is_some() {
            tell(Found::Run(Run { bytes: &self.bytes, lines: sound, intact: true, closed_by: closed_by(true) }))?;
        }
        self.clear();
        Ok(())
    }

    /// Nothing will vouch for the lines that are held.
    fn give_up(&mut self, tell: &mut impl FnMut(Found<'_>) -> io::Result<()>) -> io::Result<()> {
        if !self.lines.is_empty() {
            tell(Found::Run(Run { bytes: &self.bytes, lines: &self.lines, intact: false, closed_by: None }))?;
        }
        self.clear();
        Ok(())
    }

    /// The digest of the lines from the `first` held on.
    fn digest(&self, first: usize) -> Digest {
        let lines = self.lines[first..].iter().map(|line| &self.bytes[line.place.start..line.place.end + 1]);
        Digest::of_parts(lines)
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.lines.clear();
    }
}
