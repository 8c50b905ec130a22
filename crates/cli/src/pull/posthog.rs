//! One pull: page by page, recording by recording.

use std::collections::HashSet;
use std::io::BufRead as _;

use cassette_server::clock::{Clock as _, SystemClock};
use indicatif::ProgressBar;

use super::calls::{BLOCKS_UNAVAILABLE, CallError, Calls, Spent, Unread};
use super::done::{Done, Note, State};
use super::listing::{Page, Row};
use super::report::{Reason, Report};
use super::sources::{Range, Sources};
use super::spool::{self, End, Progress, Spool};
use crate::import::store::Store;
use crate::import::{Became, LeftOut};
use crate::shown;
use crate::words::PullPosthog;

/// Recordings asked for at once.
const PAGE_ROWS: usize = 100;

const DAY_MS: i64 = 86_400_000;

/// The longest that PostHog keeps anything is five years; without a date it lists three days.
const EVERYTHING_MS: i64 = 1830 * DAY_MS;

/// After this long a session ends, whatever happens in it.
const LONGEST_SESSION_MS: i64 = DAY_MS;

/// A pull under way.
pub(super) struct Pulling<'a> {
    words: &'a PullPosthog,
    calls: Calls,
    store: Store,
    done: Done,
    report: Report,
    bar: &'a ProgressBar,
    /// Of this pull: rows move between pages while recordings come and go.
    met: HashSet<String>,
    /// The server refused `decompress=false`.
    wants_lines: bool,
}

/// Why a recording was not pulled.
enum NotPulled {
    /// Something is the matter with it alone.
    Because(Reason, String),
    /// Nothing can be pulled any more.
    Stop(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for NotPulled {
    fn from(error: E) -> Self {
        Self::Stop(error.into())
    }
}

impl<'a> Pulling<'a> {
    pub(super) fn new(
        words: &'a PullPosthog,
        calls: Calls,
        store: Store,
        done: Done,
        report: Report,
        bar: &'a ProgressBar,
    ) -> Self {
        Self { words, calls, store, done, report, bar, met: HashSet::new(), wants_lines: false }
    }

    /// What was done, and what it cost.
    pub(super) fn finish(self) -> (Report, Spent) {
        (self.report, self.calls.spent)
    }

    /// Pulls everything that is asked for.
    pub(super) fn all(&mut self) -> anyhow::Result<()> {
        let now = SystemClock.now();
        let since = self.words.since.map_or(now - EVERYTHING_MS, |since| since.epoch_ms(now));
        let mut window = vec![("date_from", shown::iso(since))];
        window.extend(self.words.until.map(|until| ("date_to", shown::iso(until.epoch_ms(now)))));
        window.extend([("order", "start_time".to_owned()), ("limit", PAGE_ROWS.to_string())]);
        let (mut at, mut offset) = (None, 0);
        loop {
            let page = self.page(&window, at.as_deref(), offset)?;
            offset += page.rows.len();
            // A page may be empty and not the last one: what was deleted is taken out of it after it was cut.
            let goes_on = if page.next_cursor.is_some() { page.next_cursor != at } else { !page.rows.is_empty() };
            for row in page.rows {
                self.row(&row)?;
            }
            if !page.has_next {
                return Ok(());
            }
            anyhow::ensure!(goes_on, "{} says that more follows and gives the same page again", self.calls.base());
            at = page.next_cursor;
        }
    }

    fn page(&mut self, window: &[(&'static str, String)], cursor: Option<&str>, offset: usize) -> anyhow::Result<Page> {
        let mut query = window.to_vec();
        match cursor {
            Some(cursor) => query.push(("after", cursor.to_owned())),
            None if offset > 0 => query.push(("offset", offset.to_string())),
            None => {}
        }
        self.show("asking for the list", 0, 1);
        let base = self.calls.base().to_owned();
        let text = self.calls.text("/session_recordings/", &query).map_err(|error| match error {
            CallError::Refused(refusal) if refusal.status == 403 => anyhow::anyhow!(
                "{base} does not let this API key read recordings{}: it needs the scope session_recording:read and access to the project",
                refusal.said()
            ),
            CallError::Refused(refusal) if refusal.status == 404 => {
                anyhow::anyhow!("there is no project at {base}, or this API key does not see it: {refusal}")
            }
            CallError::Stop(error) => error,
            error => anyhow::anyhow!("the list of {base} cannot be read: {error}"),
        })?;
        Page::read(&text).map_err(|what| anyhow::anyhow!("{base} does not answer as PostHog does: {what}"))
    }

    fn row(&mut self, text: &str) -> anyhow::Result<()> {
        let row = match Row::read(text) {
            Ok(row) => row,
            Err(error) => {
                self.report.listed += 1;
                self.report.problem("a row of the list", Reason::OddRow, &error.to_string(), self.bar);
                return Ok(());
            }
        };
        if !self.met.insert(row.id.as_str().to_owned()) {
            return Ok(());
        }
        self.report.listed += 1;
        match self.recording(&row) {
            Ok(()) => Ok(()),
            Err(NotPulled::Because(reason, detail)) => {
                if reason.is_gone() {
                    spool::forget(self.done.folder(), &row.id)?;
                }
                if reason == Reason::Deleted {
                    self.done.note(row.id.as_str(), State::Deleted, &row.seen, (0, 0, true))?;
                }
                self.report.problem(row.id.as_str(), reason, &detail, self.bar);
                Ok(())
            }
            Err(NotPulled::Stop(error)) => Err(error),
        }
    }

    fn recording(&mut self, row: &Row) -> Result<(), NotPulled> {
        let over = is_over(row);
        if self.words.finished_only && !over {
            self.report.left_for_later += 1;
            return Ok(());
        }
        let known = self.done.of(row.id.as_str()).filter(|note| note.seen == row.seen && !self.words.again);
        // Without a count of events, a running recording may have grown unseen; its blocks tell.
        let is_certain = |finished: bool| finished || row.seen.event_count.is_some();
        let count = match known {
            Some(Note { state: State::Deleted, .. }) => Some(&mut self.report.deleted_before),
            Some(Note { state: State::Refused, .. }) => Some(&mut self.report.refused_before),
            Some(note) if is_certain(note.finished) => Some(&mut self.report.unchanged),
            _ => None,
        };
        if let Some(count) = count {
            *count += 1;
            return Ok(());
        }
        let known = known.map(|note| (note.blocks, note.events, note.state));
        self.show(row.id.as_str(), 0, 1);
        let sources = self.sources(row)?;
        if sources.len() == 0 && !over {
            // The first block of a visit is written a while after it is listed.
            self.report.left_for_later += 1;
            return Ok(());
        }
        if let Some((blocks, events, state)) = known.filter(|(blocks, ..)| *blocks == sources.len()) {
            self.done.note(row.id.as_str(), state, &row.seen, (blocks, events, over))?;
            self.report.unchanged += 1;
            return Ok(());
        }
        let mut spool = Spool::open(self.done.folder(), self.calls.base(), row, &sources, self.words.partial)?;
        self.fetch(row, &sources, &mut spool)?;
        let lacking = self.lacking(row, &sources, &spool);
        if lacking > 0 && !self.words.partial {
            // Where they are missing nobody can say, so the next pull begins from the first.
            spool.remove()?;
            let lacking = shown::count(lacking, "event");
            let detail = format!("{lacking} of it cannot be had there now; --partial takes the rest");
            return Err(NotPulled::Because(Reason::MissingBlocks, detail));
        }
        let Progress { events, missing, .. } = *spool.progress();
        if events == 0 {
            spool.remove()?;
            let reason = if missing > 0 { Reason::MissingBlocks } else { Reason::NoBlocks };
            return Err(NotPulled::Because(reason, "no event of it can be had".to_owned()));
        }
        self.report.missing_events += lacking;
        self.store(row, over, spool)
    }

    fn sources(&mut self, row: &Row) -> Result<Sources, NotPulled> {
        let text = self.calls.text(&snapshots(row), &[]).map_err(not_pulled)?;
        let sources = Sources::read(&text).map_err(|what| NotPulled::Because(Reason::Refused, what))?;
        if !sources.unknown.is_empty() {
            let unknown = sources.unknown.join(", ");
            let detail = format!("expected the sources blob_v2 and blob_v2_lts, found {unknown}");
            return Err(NotPulled::Because(Reason::UnknownSource, detail));
        }
        if sources.len() == 0 && is_over(row) {
            return Err(NotPulled::Because(Reason::NoBlocks, "it is listed and has no blocks any more".to_owned()));
        }
        Ok(sources)
    }

    /// Fetches what is not in the spool yet.
    fn fetch(&mut self, row: &Row, sources: &Sources, spool: &mut Spool) -> Result<(), NotPulled> {
        while let Some(range) = sources.range(spool.progress().entries) {
            let (fetched, all) = (spool.progress().entries, sources.len());
            self.show(&format!("{}, {fetched} of {all} blocks", row.id), fetched, all);
            let missing = self.range(row, &range, spool)?;
            let lost = spool.missing() + missing;
            if lost > 0 && !self.words.partial {
                // What was fetched stays, up to here: the next pull begins with these blocks.
                spool.rewind()?;
                self.report.missing_blocks += lost;
                let detail = format!(
                    "{} of {} of it cannot be had there now ({range}); --partial takes the rest",
                    lost,
                    shown::count(range.pieces() as u64, "block"),
                );
                return Err(NotPulled::Because(Reason::MissingBlocks, detail));
            }
            spool.keep(range.pieces(), missing, sources)?;
        }
        Ok(())
    }

    /// Events that are listed and did not come. Lines do not say where one block ends and the next begins; what is missing
    /// shows in the sum.
    fn lacking(&self, row: &Row, sources: &Sources, spool: &Spool) -> u64 {
        let as_lines = self.wants_lines || sources.has_long_term();
        let told = row.seen.event_count.filter(|_| as_lines).unwrap_or(0);
        told.saturating_sub(spool.progress().events)
    }

    /// Fetches some blocks; returns how many of them are missing.
    fn range(&mut self, row: &Row, range: &Range, spool: &mut Spool) -> Result<u64, NotPulled> {
        let pieces = range.pieces() as u64;
        let mut query = match range {
            Range::LongTerm { key } => vec![("source", "blob_v2_lts".to_owned()), ("blob_key", key.clone())],
            Range::Blocks { first, last } => vec![
                ("source", "blob_v2".to_owned()),
                ("start_blob_key", first.to_string()),
                ("end_blob_key", last.to_string()),
            ],
        };
        let raw = matches!(range, Range::Blocks { .. }) && !self.wants_lines;
        query.push(("decompress", (!raw).to_string()));
        match self.take(row, &query, spool) {
            Ok(Some(frames)) => Ok(pieces.saturating_sub(frames)),
            Ok(None) => Ok(0),
            Err(CallError::Refused(refusal)) if refusal.status == 400 && raw => {
                self.wants_lines = true;
                let missing = self.range(row, range, spool);
                // It was something else that the server did not like.
                self.wants_lines = missing.is_ok();
                missing
            }
            Err(CallError::Refused(refusal)) if refusal.code == BLOCKS_UNAVAILABLE => {
                spool.rewind()?;
                Ok(pieces)
            }
            Err(error) => Err(not_pulled(error)),
        }
    }

    /// Takes an answer as it comes: blocks, of which it says how many, or lines.
    fn take(&mut self, row: &Row, query: &[(&str, String)], spool: &mut Spool) -> Result<Option<u64>, CallError> {
        self.calls.get(&snapshots(row), query, |mut body| {
            spool.rewind().map_err(|error| Unread::Local(error.into()))?;
            // Who does not know `decompress` answers with lines. No block is as long as one would be that begins so.
            match body.fill_buf().map_err(Unread::Broken)?.first() {
                Some(b'[' | b'{' | b'\n') => spool.take_lines(body, End::Unsure).map(|()| None),
                None if query.contains(&("decompress", "true".to_owned())) => Ok(None),
                _ => spool.take_frames(body).map(|frames| Some(frames as u64)),
            }
        })
    }

    /// The bar is over the blocks of a recording: how many recordings there are, the list does not tell.
    fn show(&self, what: &str, done: usize, all: usize) {
        self.bar.set_length(all as u64);
        self.bar.set_position(done as u64);
        let (met, pulled) = (self.report.listed, self.report.pulled + self.report.grew);
        self.bar.set_message(format!("{}, {pulled} pulled: {what}", shown::count(met, "recording")));
    }

    fn store(&mut self, row: &Row, over: bool, mut spool: Spool) -> Result<(), NotPulled> {
        let progress = spool.progress().clone();
        let became = self.store.import(spool.file()?, Some(&row.id))?;
        let state = if progress.missing > 0 { State::StoredInPart } else { State::Stored };
        for became in became {
            match became {
                Became::Refused { error } => {
                    // It may have been erased here: then nothing of it may stay, nor be fetched time and again.
                    let what = (progress.entries, progress.events, over);
                    self.done.note(row.id.as_str(), State::Refused, &row.seen, what)?;
                    spool.remove()?;
                    return Err(NotPulled::Because(Reason::NotImported, error));
                }
                Became::Imported { outcome, events, left_out, .. } => {
                    self.tell(row, &outcome, events)?;
                    self.report.leave_out(left_out);
                }
            }
        }
        self.report.missing_blocks += progress.missing;
        if progress.odd > 0 {
            let (what, reason) = ("lines or elements".to_owned(), "they are no events".to_owned());
            self.report.leave_out(vec![LeftOut { what, count: progress.odd, reason }]);
        }
        self.done.note(row.id.as_str(), state, &row.seen, (progress.entries, progress.events, over))?;
        Ok(spool.remove()?)
    }

    fn tell(&mut self, row: &Row, outcome: &str, events: u64) -> std::io::Result<()> {
        let outcome = match outcome {
            "created" => {
                self.report.pulled += 1;
                "pulled"
            }
            "extended" => {
                self.report.grew += 1;
                "grew"
            }
            _ => {
                self.report.unchanged += 1;
                return Ok(());
            }
        };
        self.report.events += events;
        self.report.came(row.id.as_str(), outcome, events, self.words.json, self.bar)
    }
}

/// Whether nothing can come any more.
fn is_over(row: &Row) -> bool {
    let age = row.began.map(|began| SystemClock.now() - began);
    !row.ongoing && age.is_some_and(|age| age >= LONGEST_SESSION_MS)
}

fn snapshots(row: &Row) -> String {
    format!("/session_recordings/{}/snapshots/", row.id)
}

/// What an answer about one recording means.
fn not_pulled(error: CallError) -> NotPulled {
    let reason = match &error {
        CallError::Stop(_) => Reason::ServerError,
        CallError::Answer(_) => Reason::ServerError,
        CallError::Refused(refusal) => match refusal.status {
            410 => Reason::Deleted,
            404 => Reason::NotFound,
            500.. => Reason::ServerError,
            _ => Reason::Refused,
        },
    };
    match error {
        CallError::Stop(error) => NotPulled::Stop(error),
        CallError::Answer(_) | CallError::Refused(_) => NotPulled::Because(reason, error.to_string()),
    }
}
