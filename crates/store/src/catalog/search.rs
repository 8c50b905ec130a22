//! What of a recording's content the list can be asked for: its analytics events, its console lines, and the moments in which
//! the visitor met trouble.
//!
//! ## Invariants
//!
//! 1. Search rows are an index of an index: all of them come from the bytes of live blocks and finished files, whoever reads
//!    these again gets the same rows, and a recording without them is only not found by what is in it.
//! 2. A recording has those of its finished file and those of the live blocks that are not in it, at most
//!    [`EVENTS_PER_RECORDING`] and [`CONSOLE_PER_RECORDING`], the earliest. What is beyond them is in the recording, and not
//!    found.
//! 3. Signals and clock jumps are those of the finished file; a recording that was never finished has none, which is not the same as having
//!    no trouble.
//! 4. They go with the recording's row.

use cassette_recording::clock::ClockJump;
use cassette_recording::signals::{Signal, Signals};
use cassette_recording::{ProjectId, RecordingId};

use super::LiveBlock;

/// Analytics events of a recording that can be looked for.
pub const EVENTS_PER_RECORDING: usize = 500;

/// Console lines of a recording that can be looked for.
pub const CONSOLE_PER_RECORDING: usize = 500;

/// Bytes of an event's properties that can be looked for; members beyond them are left out.
pub const PROPERTIES_BYTES: usize = 4096;

/// Characters of a console line that can be looked for.
pub const MESSAGE_CHARS: usize = 3000;

/// An analytics event. Holds personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Its name.
    pub name: String,
    /// When, corrected, epoch ms.
    pub at: i64,
    /// The SDK's id of it.
    pub uuid: Option<String>,
    /// A JSON object: of its properties those that fit.
    pub properties: String,
}

/// A console line. May hold personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsoleRow {
    /// When, corrected, epoch ms.
    pub at: i64,
    /// `log`, `warn`, `error`.
    pub level: String,
    /// What it says.
    pub message: String,
}

/// What can be looked for in a block or a file, in its order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SearchRows {
    /// Analytics events.
    pub events: Vec<EventRow>,
    /// Console lines.
    pub console: Vec<ConsoleRow>,
    /// Moments of trouble, with times in epoch ms; only of a finished file.
    pub signals: Option<Signals>,
    /// Changes of the correction of clocks; only of a finished file.
    pub clock_jumps: Vec<ClockJump>,
}

/// Moments of a recording that a player shows on its time line, the earliest first; times in epoch ms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moments {
    /// In which the visitor met trouble.
    pub signals: Vec<Signal>,
    /// In which a clock was found to be off.
    pub clock_jumps: Vec<ClockJump>,
}

impl std::fmt::Debug for SearchRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchRows")
            .field("events", &self.events.len())
            .field("console", &self.console.len())
            .finish_non_exhaustive()
    }
}

impl SearchRows {
    /// Whether no more events and console lines can be taken.
    pub fn is_full(&self) -> bool {
        self.events.len() >= EVENTS_PER_RECORDING && self.console.len() >= CONSOLE_PER_RECORDING
    }
}

/// Something whose rows are not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unindexed {
    /// A live block that no finished file contains.
    Block(LiveBlock),
    /// A finished file.
    File {
        /// The recording's project.
        project: ProjectId,
        /// The recording.
        session: RecordingId,
        /// Which file of it.
        revision: u32,
        /// Where it lies.
        object: String,
    },
}

/// An event that a filter of the list is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchingEvent {
    /// The SDK's id of it.
    pub uuid: Option<String>,
    /// When, corrected, epoch ms.
    pub at: i64,
}
