//! Is a recording whole and as it was written? If not: which line is wrong, and how.
//!
//! ## Invariants
//! 1. Damage is an answer, not an error: whatever the bytes are, a [`Report`] comes back.
//! 2. One mistake is told once. After a wrong `seq` counting goes on from what was found; what the `end` line says of the
//!    whole is compared only where nothing else was wrong, because only then it says something new.
//! 3. Memory is some buffers, one line, and one entry for each block.
//!
//! ## What cannot be noticed
//! Recompressed by others, a recording has no trailer, and that is no damage ([`TrailerState::Absent`]); whoever knows that
//! the file should have one looks at the state. Bits of a zstd header that zstd itself ignores change nothing that
//! anybody reads.

mod facts;
mod frames;
mod lines;
mod pieces;
mod threads;
mod trailer;

use std::fmt;
use std::io::{self, Read, Seek};

use serde::Serialize;

/// Problems that a report lists; of a file that is wrong throughout, the first ones tell all.
const PROBLEMS: usize = 20;

/// What there is to say of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What is wrong, in the order of the file; the first twenty.
    pub problems: Vec<Problem>,
    /// Problems beyond those listed.
    pub more_problems: u64,
    /// The recording, as far as its first line could be read.
    pub session_id: Option<String>,
    /// Lines read.
    pub lines: u64,
    /// Lines read that carry an event.
    pub events: u64,
    /// Bytes of these lines.
    pub raw_bytes: u64,
    /// The `end` line was found.
    pub ended: bool,
    /// What precedes the first problem.
    pub intact: Intact,
    /// What follows it and is sound all the same.
    pub behind: Behind,
    /// What stands behind the lines of a compressed file.
    pub trailer: TrailerState,
}

/// The part of a file before its first problem, up to the last checksum line that was right.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Intact {
    /// Lines of it.
    pub lines: u64,
    /// Events in it.
    pub events: u64,
    /// Up to when it reaches, in milliseconds since `started_at`.
    pub until_ms: Option<i64>,
    /// It holds a full snapshot, so that there is something to see.
    pub playable: bool,
}

/// Blocks behind the first problem in which nothing is wrong and whose checksum lines are right. A repair keeps them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Behind {
    /// Their lines.
    pub lines: u64,
    /// Events in them.
    pub events: u64,
    /// They hold a full snapshot.
    pub playable: bool,
}

/// What was found behind the lines of a compressed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrailerState {
    /// Nobody looked: the file is not compressed, or could only be read forwards.
    NotRead,
    /// There is none: somebody else compressed these lines.
    Absent,
    /// It says what is in the file.
    Good,
    /// It can be read. What it says was not compared, since the lines are damaged.
    Readable,
    /// It says something else; the problems tell what.
    Damaged,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where it is.
    pub at: Position,
    /// What was expected there, and what was found.
    pub message: String,
}

/// Where in a file something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// A line; the first is 1.
    Line(u64),
    /// Lines, from the first to the last.
    Lines(u64, u64),
    /// Behind a line, where there is none.
    Behind(u64),
    /// What the trailer says of a frame; the meta line's is 0.
    Frame(usize),
    /// The trailer.
    Trailer,
}

impl Report {
    /// Nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Lines(first, last) => write!(f, "lines {first} to {last}"),
            Self::Behind(line) => write!(f, "after line {line}"),
            Self::Frame(frame) => write!(f, "index, frame {frame}"),
            Self::Trailer => f.write_str("trailer"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_good() {
            return writeln!(f, "good: {} lines, {} events", self.lines, self.events);
        }
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        if self.more_problems > 0 {
            writeln!(f, "and {} more problems", self.more_problems)?;
        }
        let Intact { lines, events, until_ms, playable } = &self.intact;
        match until_ms {
            Some(until) => write!(f, "intact before: {lines} lines, {events} events, up to {until} ms")?,
            None => write!(f, "intact before: {lines} lines")?,
        }
        let in_words = |playable| if playable { "playable" } else { "nothing to play" };
        writeln!(f, ", {}", in_words(*playable))?;
        let Behind { lines, events, playable } = &self.behind;
        match lines {
            0 => Ok(()),
            _ => writeln!(f, "intact behind: {lines} lines, {events} events, {}", in_words(*playable)),
        }
    }
}

/// The problems found so far.
#[derive(Default)]
struct Problems {
    listed: Vec<Problem>,
    more: u64,
}

impl Problems {
    fn add(&mut self, at: Position, message: impl Into<String>) {
        match self.listed.len() < PROBLEMS {
            true => self.listed.push(Problem { at, message: message.into() }),
            false => self.more += 1,
        }
    }

    fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    fn count(&self) -> u64 {
        self.listed.len() as u64 + self.more
    }
}

/// Reads a recording, plain or compressed, from its beginning to its end. The trailer is not looked at.
pub fn verify(input: impl Read) -> Report {
    threads::read(input).0.report(TrailerState::NotRead)
}

/// Reads a recording as [`verify()`] does, and then whether its trailer says what is in it.
///
/// An error is one of seeking; what cannot be read forwards is a problem of the report.
pub fn verify_file<F: Read + Seek>(mut file: F) -> io::Result<Report> {
    file.rewind()?;
    let (mut verifier, compressed) = threads::read(&mut file);
    let state = match compressed {
        true => trailer::verify(&mut file, &verifier.blocks, &mut verifier.problems)?,
        false => TrailerState::NotRead,
    };
    Ok(verifier.report(state))
}
