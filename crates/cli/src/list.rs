//! `cassette list`.

use std::io::{self, Write};

use anyhow::Context as _;
use cassette_server::clock::{Clock as _, SystemClock};
use serde::Deserialize;

use crate::ending::{Ending, say};
use crate::place::{Place, Query};
use crate::{shown, words};

/// A UUID's width. Longer ids push their row to the right.
const ID_WIDTH: usize = 36;
const PERSON_WIDTH: usize = 28;
const PAGE_WIDTH: usize = 60;

/// Prints row by row: columns have fixed widths, so nothing waits for the last recording.
pub(crate) fn list(words: &words::List) -> anyhow::Result<Ending> {
    let place = Place::of(&words.place)?.in_project(&words.project)?;
    let query = Query {
        since: words.since.map(|since| since.epoch_ms(SystemClock.now())),
        distinct_id: words.distinct_id.clone(),
        limit: words.limit,
        include_empty: false,
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    match words.json {
        true => json(&place, &query, &mut out)?,
        false => table(&place, &query, &mut out)?,
    }
    out.flush()?;
    Ok(Ending::Done)
}

fn json(place: &Place, query: &Query, out: &mut impl Write) -> anyhow::Result<()> {
    let mut separator = "[\n";
    place.list(query, |recording| {
        write!(out, "{separator}{}", recording.json)?;
        separator = ",\n";
        Ok(())
    })?;
    let end = if separator == "[\n" { "[]\n" } else { "\n]\n" };
    Ok(write!(out, "{end}")?)
}

/// A recording, as far as the table shows it.
#[derive(Deserialize)]
struct Row {
    id: String,
    start_time: Option<String>,
    recording_duration: u64,
    active_seconds: Option<f64>,
    event_count: u64,
    click_count: u64,
    keypress_count: u64,
    console_error_count: u64,
    #[serde(default)]
    exception_count: u64,
    #[serde(default)]
    start_url: Option<String>,
    #[serde(default)]
    ongoing: bool,
    person: Person,
}

#[derive(Deserialize)]
struct Person {
    name: Option<String>,
}

fn table(place: &Place, query: &Query, out: &mut impl Write) -> anyhow::Result<()> {
    let mut rows = 0;
    place.list(query, |recording| {
        if rows == 0 {
            heading(out)?;
        }
        rows += 1;
        let row: Row = serde_json::from_str(&recording.json).context("a recording lacks what the table shows")?;
        Ok(row.print(out)?)
    })?;
    if rows == 0 {
        say(&format!("no recordings in {}", place.name()));
    }
    Ok(())
}

fn heading(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{:ID_WIDTH$}  {:19}  {:>8}  {:>8}  {:>7}  {:>6}  {:>6}  {:>6}  {:4}  {:PERSON_WIDTH$}  PAGE",
        "SESSION ID", "START (UTC)", "LENGTH", "ACTIVE", "EVENTS", "CLICKS", "KEYS", "ERRORS", "", "PERSON"
    )
}

impl Row {
    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let start = self.start_time.as_deref().map_or_else(|| "?".to_owned(), start);
        let length = shown::length(milliseconds(self.recording_duration));
        let active = self.active_seconds.map_or_else(|| "-".to_owned(), active);
        let (events, clicks, keys) = (self.event_count, self.click_count, self.keypress_count);
        let errors = self.console_error_count + self.exception_count;
        let live = if self.ongoing { "live" } else { "" };
        let person = shown::short(self.person.name.as_deref().unwrap_or("-"), PERSON_WIDTH);
        let page = shown::short(self.start_url.as_deref().unwrap_or("-"), PAGE_WIDTH);
        let id = shown::clean(&self.id);
        writeln!(
            out,
            "{id:ID_WIDTH$}  {start:19}  {length:>8}  {active:>8}  {events:>7}  {clicks:>6}  {keys:>6}  {errors:>6}  {live:4}  {person:PERSON_WIDTH$}  {page}"
        )
    }
}

/// `2026-11-21T07:15:10.102Z` to the second; anything else as it came.
fn start(iso: &str) -> String {
    let to_the_second = iso.get(..19).filter(|_| iso.ends_with('Z') && iso.as_bytes()[10] == b'T');
    to_the_second.map_or_else(|| shown::short(iso, 19), |text| shown::short(text, 19).replacen('T', " ", 1))
}

fn milliseconds(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_possible_truncation, reason = "beyond what fits, the cast gives the largest number")]
fn active(seconds: f64) -> String {
    shown::length((seconds * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_matters_in_one_line() {
        let row: Row = serde_json::from_str(
            r#"{"id":"a-1","start_time":"2026-11-21T07:15:10.102Z","recording_duration":62,"active_seconds":7.9,
                "event_count":120,"click_count":3,"keypress_count":4,"console_error_count":1,"exception_count":1,
                "start_url":"http://x/\u001b[2J","ongoing":true,"person":{"name":"ann"},"other":{}}"#,
        )
        .unwrap();
        let mut out = Vec::new();
        row.print(&mut out).unwrap();
        let line = String::from_utf8(out).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let page = "http://x/\u{fffd}[2J";
        assert_eq!(words, ["a-1", "2026-11-21", "07:15:10", "1:02", "0:07", "120", "3", "4", "2", "live", "ann", page]);
    }
}
