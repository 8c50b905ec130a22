//! What a pull did: a line for each recording that came, a sentence at the end, or one JSON object.

use std::collections::BTreeMap;
use std::io::{self, Write};

use indicatif::ProgressBar;
use serde::Serialize;

use super::calls::Spent;
use crate::ending::say;
use crate::import::LeftOut;
use crate::shown;

/// Room for the outcome's name.
const OUTCOME_WIDTH: usize = 6;

/// Recordings named in the report; beyond, they are counted only.
const NAMED: usize = 10_000;

/// The report.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    from: String,
    to: String,
    /// Recordings in the list.
    pub(super) listed: u64,
    /// New here.
    pub(super) pulled: u64,
    /// Here already, and longer now.
    pub(super) grew: u64,
    /// Here already.
    pub(super) unchanged: u64,
    /// Left for a later call: by `--finished-only`, or because their first block is not written yet.
    pub(super) left_for_later: u64,
    /// Listed although an earlier call found that they were deleted there.
    pub(super) deleted_before: u64,
    /// Not taken by the store here in an earlier call, and the same since.
    pub(super) refused_before: u64,
    /// Not there any more, by reason.
    gone: BTreeMap<&'static str, u64>,
    /// Not pulled, by reason.
    failed: BTreeMap<&'static str, u64>,
    /// Blocks that the other side did not give.
    pub(super) missing_blocks: u64,
    /// Events that it counts and did not give, where nobody can say of which blocks.
    pub(super) missing_events: u64,
    /// Events of the recordings that are new or grew.
    pub(super) events: u64,
    /// That came over the network.
    bytes: u64,
    calls: u64,
    waited_ms: u64,
    left_out: Vec<LeftOut>,
    /// What is wrong with which recording.
    problems: Vec<Problem>,
    /// Why the pull ended before its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<String>,
}

#[derive(Debug, Serialize)]
struct Problem {
    session_id: String,
    reason: &'static str,
    detail: String,
}

/// A recording that was not pulled, or not wholly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// 410: deleted there.
    Deleted,
    /// 404.
    NotFound,
    /// It has no blocks: they went with their retention period.
    NoBlocks,
    /// Blocks are missing.
    MissingBlocks,
    /// The list of recordings holds something else.
    OddRow,
    /// Its sources are of kinds that are unknown here.
    UnknownSource,
    /// 5xx, or a connection that breaks.
    ServerError,
    /// Another refusal of theirs.
    Refused,
    /// The store here does not take it.
    NotImported,
}

impl Reason {
    fn name(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::NotFound => "not_found",
            Self::NoBlocks => "no_blocks",
            Self::MissingBlocks => "missing_blocks",
            Self::OddRow => "odd_row",
            Self::UnknownSource => "unknown_source",
            Self::ServerError => "server_error",
            Self::Refused => "refused",
            Self::NotImported => "not_imported",
        }
    }

    /// Nobody can pull it any more.
    pub(super) fn is_gone(self) -> bool {
        matches!(self, Self::Deleted | Self::NotFound | Self::NoBlocks)
    }
}

impl Report {
    pub(super) fn new(from: &str, to: &str) -> Self {
        Self { from: from.to_owned(), to: to.to_owned(), ..Self::default() }
    }

    /// A recording that was not pulled.
    pub(super) fn problem(&mut self, session: &str, reason: Reason, detail: &str, bar: &ProgressBar) {
        let counts = if reason.is_gone() { &mut self.gone } else { &mut self.failed };
        *counts.entry(reason.name()).or_default() += 1;
        bar.suspend(|| say(&format!("{session}: {detail}")));
        if self.problems.len() < NAMED {
            let (session_id, detail) = (session.to_owned(), detail.to_owned());
            self.problems.push(Problem { session_id, reason: reason.name(), detail });
        }
    }

    /// A recording that came. In words, it is a line on standard output.
    pub(super) fn came(
        &self,
        session: &str,
        outcome: &str,
        events: u64,
        json: bool,
        bar: &ProgressBar,
    ) -> io::Result<()> {
        if json {
            return Ok(());
        }
        let events = shown::count(events, "event");
        bar.suspend(|| writeln!(io::stdout(), "{session}  {outcome:OUTCOME_WIDTH$}  {events}"))
    }

    /// What a recording could not carry.
    pub(super) fn leave_out(&mut self, left_out: Vec<LeftOut>) {
        for one in left_out {
            match self.left_out.iter_mut().find(|known| (&known.what, &known.reason) == (&one.what, &one.reason)) {
                Some(known) => known.count += one.count,
                None => self.left_out.push(one),
            }
        }
    }

    pub(super) fn stop(&mut self, error: &anyhow::Error) {
        self.stopped = Some(format!("{error:#}"));
    }

    /// Whether all that is there is here now.
    pub(super) fn is_all(&self) -> bool {
        self.gone.is_empty() && self.failed.is_empty() && self.missing_blocks + self.missing_events == 0
    }

    /// Prints it.
    pub(super) fn tell(&mut self, spent: Spent, json: bool) -> io::Result<()> {
        (self.calls, self.bytes) = (spent.calls, spent.bytes);
        self.waited_ms = u64::try_from(spent.waited.as_millis()).unwrap_or(u64::MAX);
        let mut out = io::stdout().lock();
        if json {
            serde_json::to_writer_pretty(&mut out, self)?;
            return writeln!(out);
        }
        writeln!(out, "{}", shown::clean(&self.sentence()))?;
        for LeftOut { what, count, reason } in &self.left_out {
            say(&format!("in all: left out: {count} × {what}: {reason}"));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let mut told =
            vec![format!("{} pulled from {} to {}", shown::count(self.pulled, "recording"), self.from, self.to)];
        let mut add = |number: u64, what: &str| {
            if number > 0 {
                told.push(format!("{number} {what}"));
            }
        };
        add(self.grew, "grew");
        add(self.unchanged, "unchanged");
        add(self.left_for_later, "left for later");
        add(self.deleted_before, "deleted there before");
        add(self.refused_before, "not taken here before");
        for (reason, &number) in &self.gone {
            add(number, &format!("gone ({})", reason.replace('_', " ")));
        }
        for (reason, &number) in &self.failed {
            add(number, &format!("not pulled ({})", reason.replace('_', " ")));
        }
        add(self.missing_blocks, "blocks missing there");
        add(self.missing_events, "events missing there");
        let waited = match self.waited_ms {
            0 => String::new(),
            waited => format!(", {} waited", shown::length(i64::try_from(waited).unwrap_or(i64::MAX))),
        };
        let (calls, bytes) = (shown::count(self.calls, "call"), shown::bytes(self.bytes));
        format!("{}; {calls}, {bytes}{waited}", told.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_names_each_number_that_is_not_zero() {
        let mut report = Report::new("https://x", "cassette-data");
        let bar = ProgressBar::hidden();
        (report.listed, report.pulled, report.unchanged) = (5, 1, 2);
        report.problem("a", Reason::Deleted, "deleted", &bar);
        report.problem("b", Reason::MissingBlocks, "two blocks", &bar);
        (report.calls, report.bytes, report.waited_ms) = (9, 2048, 61_000);
        assert_eq!(
            report.sentence(),
            "1 recording pulled from https://x to cassette-data, 2 unchanged, 1 gone (deleted), \
             1 not pulled (missing blocks); 9 calls, 2.0 KiB, 1:01 waited"
        );
        assert!(!report.is_all());
    }
}
