//! `cassette import`: recordings of any form into a store.
//!
//! Each file stands for itself: it is imported whole or not at all, and a bad one does not keep the others from being
//! imported. What is the matter with the store itself (no room, no answer) ends the call.

mod files;
pub(crate) mod store;

use std::io::{self, Write};

use anyhow::ensure;
use serde::Serialize;

use self::files::Found;
use self::store::Store;
use crate::ending::{Ending, say};
use crate::{progress, shown, words};

/// Room for the outcome's name.
const OUTCOME_WIDTH: usize = 9;

/// What became of a file.
#[derive(Debug, Serialize)]
struct Told {
    file: String,
    #[serde(flatten)]
    became: Became,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Became {
    Imported { session_id: String, recognised_as: String, outcome: String, events: u64, left_out: Vec<LeftOut> },
    Refused { error: String },
}

/// What could not be carried, as a server tells it too.
#[derive(Debug, Serialize)]
pub(crate) struct LeftOut {
    pub(crate) what: String,
    pub(crate) count: u64,
    pub(crate) reason: String,
}

pub(crate) fn import(words: &words::Import) -> anyhow::Result<Ending> {
    let files = files::found(&words.files)?;
    ensure!(
        words.session_id.is_none() || files.len() == 1,
        "--session-id names one recording, and these are {}",
        shown::count(files.len() as u64, "file")
    );
    let store = Store::open(&words.place, words.project.id)?;
    let bar = progress::bar(files.len(), "files");
    let mut out = io::stdout().lock();
    let mut refused = 0;
    for (number, file) in files.iter().enumerate() {
        let told = one(&store, file, words)?;
        refused += told.len() - told.iter().filter(|told| matches!(told.became, Became::Imported { .. })).count();
        bar.suspend(|| {
            told.iter().enumerate().try_for_each(|(part, told)| match words.json {
                true => told.json(&mut out, number + part == 0),
                false => told.line(&mut out),
            })
        })?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    if words.json {
        writeln!(out, "{}", if files.is_empty() { "[]" } else { "\n]" })?;
    }
    match refused {
        0 => Ok(Ending::Done),
        _ => {
            say(&format!("{refused} of {} not imported", shown::count(files.len() as u64, "file")));
            Ok(Ending::NotSo)
        }
    }
}

/// A file may hold several recordings one day, so there may be several answers.
fn one(store: &Store, file: &Found, words: &words::Import) -> anyhow::Result<Vec<Told>> {
    let name = file.name();
    let told = |became| Told { file: name.clone(), became };
    match file.open() {
        Ok(input) => {
            let became = store.import(input, words.session_id.as_ref())?;
            Ok(became.into_iter().map(told).collect())
        }
        Err(error) => Ok(vec![told(Became::Refused { error: format!("{error:#}") })]),
    }
}

impl Told {
    /// The session id first, where scripts look for it; what was not imported on standard error.
    fn line(&self, out: &mut impl Write) -> io::Result<()> {
        let file = &self.file;
        match &self.became {
            Became::Refused { error } => say(&format!("{file}: {error}")),
            Became::Imported { session_id, recognised_as, outcome, events, left_out } => {
                let events = shown::count(*events, "event");
                let (file, id) = (shown::clean(file), shown::clean(session_id));
                writeln!(out, "{id}  {outcome:OUTCOME_WIDTH$}  {recognised_as}, {events}  {file}")?;
                for LeftOut { what, count, reason } in left_out {
                    say(&format!("{file}: left out: {count} × {what}: {reason}"));
                }
            }
        }
        Ok(())
    }

    fn json(&self, out: &mut impl Write, first: bool) -> io::Result<()> {
        write!(out, "{}", if first { "[\n" } else { ",\n" })?;
        serde_json::to_writer(out, self).map_err(io::Error::from)
    }
}
