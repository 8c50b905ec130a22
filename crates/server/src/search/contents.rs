//! What a finished file tells, gathered from its blocks in their order.

use cassette_recording::file::Lines;
use cassette_recording::signals::SignalFinder;
use cassette_store::catalog::SearchRows;

use super::rows::add_finished_lines;

/// What the blocks so far told.
#[derive(Debug, Default)]
pub(super) struct Contents {
    started_at: i64,
    rows: SearchRows,
    signals: SignalFinder,
}

impl Contents {
    /// Of a file whose times count from `started_at`, epoch ms.
    pub(super) fn begin(started_at: i64) -> Self {
        Self { started_at, ..Self::default() }
    }

    /// Adds the lines of the next block.
    pub(super) fn add(&mut self, lines: &[u8]) {
        if !self.rows.is_full() {
            add_finished_lines(&mut self.rows, lines, self.started_at);
        }
        // A line that is none is for whoever verifies.
        for line in Lines::new(lines).flatten() {
            self.signals.add(&line);
        }
    }

    pub(super) fn finish(self) -> SearchRows {
        SearchRows { signals: Some(self.signals.finish().later_by(self.started_at)), ..self.rows }
    }
}
