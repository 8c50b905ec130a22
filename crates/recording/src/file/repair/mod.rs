//! What is left of a damaged recording, as a whole one.
//!
//! ## What is kept
//! - blocks whose checksum line is right, also where their lines have to be put back in order
//! - of other blocks the lines that can be read and stand in order. Nobody vouches for them: one may have been changed so that it
//!   reads well all the same
//!
//! Lines stay as they are, byte for byte, but for their `seq`. Checksum lines, end line and trailer are made anew. The meta line
//! says that the file was repaired; where it is lost, one is made that says what the lines tell.
//!
//! ## Invariants
//! 1. What is written is a good recording ([`super::verify()`]).
//! 2. Memory is one block (of 64 MiB at most) or one line, and a few words for each intact block.
//! 3. The same file gives the same bytes.
//!
//! ## Why the file is read three times
//! The meta line stands first and says how much is lost; how much that is depends on which lines fit between intact blocks, and
//! those that follow a place are known only behind it. So the first walk finds the intact blocks, the second counts, the third
//! writes. Files are damaged rarely, and a spool would need as much room as the file.

mod choice;
mod order;
mod pieces;
mod runs;

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use self::choice::{Chooser, Places};
use self::pieces::Gap;
use self::runs::{Found, Run, Trouble, WalkError, walk};
use super::index::Trailer;
use super::meta::{Meta, MetaError};
use super::parsed::{Content, ParsedLine, parse_bytes};
use super::sink::{Finished, Stored};
use super::writer::Writer;
use crate::event::{EventFacts, EventKind};
use crate::ids::{ProjectId, RecordingId, WindowId};

/// Losses that are listed one by one.
const LOSSES: usize = 100;
/// Why lines at the end may be lost, where nothing else tells.
const NO_END: &str = "there is no end line";

/// What a repair came to.
#[derive(Debug, Clone)]
pub struct Repaired {
    /// The recording. Where the meta line was lost, a name made from its lines.
    pub session_id: RecordingId,
    /// The meta line was lost, and another made: whose recording it is and of which project is not known any more.
    pub meta_lost: bool,
    /// Lines that were kept, besides meta, checksum and end lines.
    pub kept_lines: u64,
    /// Lines among them that carry an event.
    pub kept_events: u64,
    /// Lines among those that were kept for which no checksum line vouches.
    pub unverified_lines: u64,
    /// What was lost, in the order of the file; the first hundred places.
    pub lost: Vec<Loss>,
    /// Places beyond those listed.
    pub more_losses: u64,
    /// Lines that are known to be lost, at all places together.
    pub lost_lines: u64,
    /// Nobody knows how much is lost at the end.
    pub end_lost: bool,
    /// A full snapshot is among the lines, so that there is something to see.
    pub playable: bool,
    /// The file that was written.
    pub finished: Finished,
}

/// A place at which lines are lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The line that follows, counting those of the damaged file that can be read; at the end the last line.
    pub line: u64,
    /// It is lost behind all others.
    pub at_end: bool,
    /// How many are lost; nothing where nobody knows.
    pub lines: Option<u64>,
    /// Why.
    pub reason: String,
}

/// Why nothing can be repaired.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// The damaged file cannot be read.
    #[error("expected a file that can be read")]
    Read(#[source] io::Error),
    /// The recording cannot be written.
    #[error("expected to write on")]
    Write(#[source] io::Error),
    /// The file is a recording of another format.
    #[error("line 1")]
    Format(#[source] MetaError),
    /// There is no line to keep.
    #[error("expected at least one line of a recording that can be kept, found {found}")]
    Nothing {
        /// What there is in their place.
        found: String,
    },
}

/// The member `repaired` of a meta line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Mark {
    lines_lost: u64,
    unverified: u64,
    end_lost: bool,
    meta_lost: bool,
}

/// Writes what is intact of `file`, plain or compressed, to `out` as a stored recording. `level` is zstd's.
///
/// # Errors
/// When nothing can be kept, or reading or writing fails.
pub fn repair<F: Read + Seek>(mut file: F, out: impl Write, level: i32) -> Result<Repaired, RepairError> {
    let survey = Survey::make(&mut file)?;
    let size = file.seek(SeekFrom::End(0)).map_err(RepairError::Read)?;
    let trailer = Trailer::from_file(&mut file).map_err(RepairError::Read)?.ok();
    let last_seq = trailer.as_ref().and_then(|trailer| trailer.index().ok()?.blocks.last().map(|block| block.seq[1]));
    let mut count = Salvage::<io::Sink>::new(survey.places.clone().chooser(), last_seq);
    count.walk(&mut file)?;
    let counted = count.tally;
    if counted.lines == 0 && (survey.meta.is_none() || !counted.is_whole()) {
        let found = counted.lost.into_iter().find(|loss| loss.reason != NO_END);
        let found = found.map_or_else(|| "no line at all".to_owned(), |loss| loss.reason);
        return Err(RepairError::Nothing { found });
    }
    let meta = survey.repaired_meta(&counted);
    let items = trailer.filter(|trailer| counted.is_whole() && fills(trailer, size)).map(|trailer| trailer.items());
    let items = items.and_then(Result::ok).unwrap_or_default();
    let mut salvage = Salvage::new(survey.places.clone().chooser(), last_seq);
    salvage.writer = Some(Writer::begin(out, &meta, level).map_err(RepairError::Write)?);
    salvage.walk(&mut file)?;
    let writer = salvage.writer.expect("a writer was given");
    let finished = writer.finish(items.into_iter()).map_err(RepairError::Write)?;
    let Tally { lines, events, unverified, lost, more_losses, lost_lines, end_lost, playable, .. } = salvage.tally;
    Ok(Repaired {
        session_id: meta.session_id,
        meta_lost: survey.meta.is_none(),
        kept_lines: lines,
        kept_events: events,
        unverified_lines: unverified,
        lost,
        more_losses,
        lost_lines,
        end_lost,
        playable,
        finished,
    })
}

/// Whether a trailer tells of the whole file, and not of a part that was put behind another.
fn fills(trailer: &Trailer, size: u64) -> bool {
    trailer.index().is_ok_and(|index| index.end() + trailer.bytes() as u64 == size)
}

/// What the first walk finds.
#[derive(Default)]
struct Survey {
    meta: Option<Meta>,
    places: Places,
    /// By the first event that tells.
    started_at: Option<i64>,
}

impl Survey {
    fn make<F: Read + Seek>(file: &mut F) -> Result<Self, RepairError> {
        let mut survey = Self::default();
        walk(file, |found| {
            match found {
                Found::Meta(meta) => survey.meta = Some(meta.clone()),
                Found::Run(run) => {
                    survey.places.note(&run);
                    if survey.started_at.is_none() {
                        survey.started_at = run.lines.iter().find_map(|held| started_at(run.line(held)));
                    }
                }
                Found::Trouble(_) | Found::End(_) => {}
            }
            Ok(())
        })?;
        Ok(survey)
    }

    /// The meta line of what is kept.
    fn repaired_meta(&self, counted: &Tally) -> Meta {
        let mut meta = self.meta.clone().unwrap_or_else(|| {
            let name =
                counted.name.clone().finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
            let session_id = format!("repaired-{name}").parse().expect("letters, a hyphen and hexadecimal digits");
            let started_at = self.started_at.unwrap_or(0);
            let ended_at = started_at.saturating_add(counted.last_timestamp.unwrap_or(0));
            Meta::new(session_id, ProjectId(0), started_at, ended_at)
        });
        let mut mark = Mark {
            lines_lost: counted.lost_lines,
            unverified: counted.unverified,
            end_lost: counted.end_lost,
            meta_lost: self.meta.is_none(),
        };
        for (_, earlier) in meta.other.extract_if(.., |(key, _)| key == "repaired") {
            let earlier: Mark = serde_json::from_str(&earlier).unwrap_or_default();
            mark.lines_lost = mark.lines_lost.saturating_add(earlier.lines_lost);
            mark.unverified = mark.unverified.saturating_add(earlier.unverified);
            mark.end_lost |= earlier.end_lost;
            mark.meta_lost |= earlier.meta_lost;
        }
        if !counted.is_whole() {
            meta.live_blocks.clear();
        }
        let mark = serde_json::to_string(&mark).expect("numbers and truth values");
        meta.other.push(("repaired".to_owned(), mark));
        meta
    }
}

/// When the recording began, by an event that says its own time.
fn started_at(line: &[u8]) -> Option<i64> {
    let line = parse_bytes(line).ok()?;
    let own = EventFacts::read(line.event?).ok()?.timestamp?;
    // A time beyond 2^53 is none of an event, so nothing is lost.
    (own.abs() < 9e15).then(|| (own.floor() as i64).checked_sub(line.timestamp?)).flatten()
}

/// One walk that keeps lines: counted, and written where there is a writer.
struct Salvage<W> {
    chooser: Chooser,
    /// `seq` of the last line, by the index.
    last_seq: Option<u64>,
    tally: Tally,
    writer: Option<Writer<Stored<W>>>,
}

/// What was kept and lost so far.
#[derive(Default)]
struct Tally {
    lines: u64,
    events: u64,
    unverified: u64,
    playable: bool,
    last_timestamp: Option<i64>,
    lost: Vec<Loss>,
    more_losses: u64,
    lost_lines: u64,
    end_lost: bool,
    /// The `seq` that follows on what was kept.
    next_seq: u64,
    ended: bool,
    /// The last line that was kept.
    number: u64,
    /// What was met since lines were lost last.
    trouble: Option<String>,
    another: bool,
    /// Over the lines that are kept, for a name where there is none.
    name: Sha256,
}

impl<W: Write> Salvage<W> {
    fn new(chooser: Chooser, last_seq: Option<u64>) -> Self {
        Self { chooser, last_seq, tally: Tally::default(), writer: None }
    }

    fn walk<F: Read + Seek>(&mut self, file: &mut F) -> Result<(), RepairError> {
        walk(file, |found| {
            match found {
                Found::Meta(_) => {}
                Found::Trouble(trouble) => self.tally.meet(&trouble),
                Found::Run(run) => self.run(&run)?,
                Found::End(seq) => self.tally.end(seq),
            }
            Ok(())
        })?;
        // An index that outlived the end line says how many lines there were.
        if let (false, Some(last_seq)) = (self.tally.ended, self.last_seq) {
            self.tally.end(Some(last_seq));
        }
        self.tally.finish();
        Ok(())
    }

    fn run(&mut self, run: &Run<'_>) -> io::Result<()> {
        let (kept, below) = self.chooser.choose(run);
        for (held, kept) in run.lines.iter().zip(kept) {
            if !kept {
                self.tally.leave(held.usable);
                continue;
            }
            let bytes = run.line(held);
            let line = parse_bytes(bytes).expect("a line that was held reads as it did before");
            self.tally.keep(held.number, &line, run.intact);
            if let Some(writer) = &mut self.writer {
                writer.push_parsed(&line)?;
            }
        }
        self.tally.close(run, below);
        Ok(())
    }
}

impl Tally {
    /// Nothing is lost and nothing doubtful. If not, it is not known any more whether everything of an item or a live block is
    /// in the file, and whoever believed so would give up what is not.
    fn is_whole(&self) -> bool {
        self.lost_lines == 0 && self.unverified == 0 && !self.end_lost
    }

    fn meet(&mut self, trouble: &Trouble) {
        self.another |= matches!(trouble, Trouble::Another { .. });
        self.trouble.get_or_insert_with(|| trouble.to_string());
    }

    fn leave(&mut self, usable: bool) {
        if usable {
            self.trouble.get_or_insert_with(|| "they are out of order".to_owned());
        }
    }

    fn keep(&mut self, number: u64, line: &ParsedLine<'_>, verified: bool) {
        let seq = line.seq.expect("only lines with a number are kept");
        self.lose(seq.saturating_sub(self.next_seq), number, false);
        self.next_seq = seq.saturating_add(1);
        self.number = number;
        self.lines += 1;
        self.unverified += u64::from(!verified);
        self.events += u64::from(line.event.is_some());
        self.last_timestamp = line.timestamp.or(self.last_timestamp);
        let full_snapshot = matches!(line.content, Content::Event { kind: EventKind::FullSnapshot, .. });
        let window = || line.window_id.as_deref().is_some_and(|window| window.parse::<WindowId>().is_ok());
        self.playable |= full_snapshot && window();
        self.name.update(line.raw);
    }

    /// A checksum line follows on the run.
    fn close(&mut self, run: &Run<'_>, below: u64) {
        let number = run.lines.last().map_or(self.number, |line| line.number);
        if let Some(seq) = run.closed_by.filter(|&seq| seq >= self.next_seq && seq < below) {
            self.lose(seq - self.next_seq, number, false);
            self.next_seq = seq.saturating_add(1);
        }
        if run.intact {
            self.trouble = None;
        }
    }

    fn end(&mut self, seq: Option<u64>) {
        self.ended = true;
        if let Some(seq) = seq.filter(|&seq| seq >= self.next_seq) {
            self.lose(seq - self.next_seq, self.number, true);
            self.next_seq = seq.saturating_add(1);
        }
    }

    fn finish(&mut self) {
        self.end_lost = !self.ended;
        if self.end_lost || self.another {
            let reason = self.trouble.take().unwrap_or_else(|| NO_END.to_owned());
            self.note(Loss { line: self.number, at_end: true, lines: None, reason });
        }
    }

    fn lose(&mut self, lines: u64, line: u64, at_end: bool) {
        if lines > 0 {
            self.lost_lines = self.lost_lines.saturating_add(lines);
            let reason = self.trouble.take().unwrap_or_else(|| "they are not where they belong".to_owned());
            self.note(Loss { line, at_end, lines: Some(lines), reason });
        }
    }

    fn note(&mut self, loss: Loss) {
        match self.lost.len() < LOSSES {
            true => self.lost.push(loss),
            false => self.more_losses += 1,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap(Gap::Undecodable) => f.write_str("data that does not decompress"),
            Self::Gap(Gap::TooLong) => write!(f, "a line of more than {} bytes", crate::limits::FILE_LINE_BYTES),
            Self::Broken { number, message } => write!(f, "line {number}: {message}"),
            Self::Another { number } => write!(f, "another recording begins at line {number}"),
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, at_end, lines, reason } = self;
        let place = if *at_end { "after" } else { "before" };
        match lines {
            Some(lines) => write!(f, "{place} line {line}: {} lost: {reason}", count(*lines, "line")),
            None => write!(f, "{place} line {line}: what followed is lost: {reason}"),
        }
    }
}

impl fmt::Display for Repaired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for loss in &self.lost {
            writeln!(f, "{loss}")?;
        }
        if self.more_losses > 0 {
            writeln!(f, "and at {} more places", self.more_losses)?;
        }
        if self.meta_lost {
            writeln!(f, "the meta line is lost: whose recording it is is not known, it is named {}", self.session_id)?;
        }
        write!(f, "kept: {}, {}", count(self.kept_lines, "line"), count(self.kept_events, "event"))?;
        if self.unverified_lines > 0 {
            write!(f, "; no checksum vouches for {}", count(self.unverified_lines, "line"))?;
        }
        writeln!(f, "; {}", if self.playable { "playable" } else { "nothing to play" })
    }
}

fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

impl From<WalkError> for RepairError {
    fn from(error: WalkError) -> Self {
        match error {
            WalkError::Read(cause) => Self::Read(cause),
            WalkError::Format(cause) => Self::Format(cause),
            WalkError::Told(cause) => Self::Write(cause),
        }
    }
}
