//! `cassette pull`: recordings out of another system, through its API.
//!
//! ## The way of a recording
//! [`listing`] says what is there, [`done`] what of it is here already. The rest is fetched through [`calls`], block by block
//! as [`sources`] lists them, into a [`spool`] that outlives the process, and goes into the store as a file that
//! `cassette import` was given (`crate::import`).
//!
//! ## Invariants
//! 1. A pull can be broken off at any moment and called again: nothing is stored twice, and no call is made again whose
//!    answer was kept.
//! 2. Nothing is left out silently: what could not be pulled is named with its reason, and the rest goes on.
//! 3. A recording that the other side cannot give whole is not stored without `--partial`: here it would look whole.
//! 4. The key goes to its host and nowhere else.

mod calls;
mod done;
mod lines;
mod listing;
mod pace;
mod posthog;
mod redirect;
mod report;
mod sources;
mod spool;

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use indicatif::ProgressBar;

use self::calls::Calls;
use self::done::Done;
use self::posthog::Pulling;
use self::report::Report;
use crate::ending::Ending;
use crate::import::store::Store;
use crate::place::data_folder;
use crate::progress;
use crate::words::{self, PullFrom, PullPosthog};

/// Beside the data of a folder: what was pulled into it.
const IN_DATA: &str = "pull";

pub(crate) fn pull(words: &words::Pull) -> anyhow::Result<Ending> {
    match &words.from {
        PullFrom::Posthog(words) => posthog(words),
    }
}

fn posthog(words: &PullPosthog) -> anyhow::Result<Ending> {
    let base = project(words)?;
    let bar = progress::spinner("asking for the list");
    bar.set_style(style());
    let result = pull_from(words, base, &bar);
    bar.finish_and_clear();
    result
}

fn pull_from(words: &PullPosthog, base: String, bar: &ProgressBar) -> anyhow::Result<Ending> {
    let calls = Calls::new(base, &words.api_key, words.per_minute, bar.clone())?;
    let store = Store::open(&target(words)?, None)?;
    let to = match &words.server {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => data_folder(words.data.as_ref()).display().to_string(),
    };
    let done = Done::open(&notes_folder(words)?, calls.base(), &way(words)?)?;
    spool::tidy(done.folder())?;
    let report = Report::new(calls.base(), &to);
    let mut pulling = Pulling::new(words, calls, store, done, report, bar);
    let ended = pulling.all();
    let (mut report, spent) = pulling.finish();
    if let Err(error) = &ended {
        report.stop(error);
    }
    bar.finish_and_clear();
    report.tell(spent, words.json)?;
    ended?;
    Ok(if report.is_all() { Ending::Done } else { Ending::NotSo })
}

/// The address of the project's API.
fn project(words: &PullPosthog) -> anyhow::Result<String> {
    let host = words.host.trim_end_matches('/');
    let rest = ["https://", "http://"].into_iter().find_map(|scheme| host.strip_prefix(scheme));
    ensure!(
        rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['?', '#', '@', ' '])),
        "--host wants an address such as https://eu.posthog.com, got {host}"
    );
    Ok(format!("{host}/api/projects/{}", words.project))
}

fn target(words: &PullPosthog) -> anyhow::Result<words::Place> {
    if words.server.is_some() && words.server_api_key.is_none() {
        bail!(
            "--server wants a personal API key of it: --server-api-key phx_…, or CASSETTE_API_KEY in the environment"
        );
    }
    // The variable may be set where no server is meant.
    let api_key = words.server_api_key.clone().filter(|_| words.server.is_some());
    Ok(words::Place { data: words.data.clone(), server: words.server.clone(), api_key })
}

/// Where to note what was pulled: in the folder that it goes to, or where programs keep what they know for a user.
fn notes_folder(words: &PullPosthog) -> anyhow::Result<PathBuf> {
    if let Some(folder) = &words.notes {
        return Ok(folder.clone());
    }
    if words.server.is_none() {
        return Ok(data_folder(words.data.as_ref()).join(IN_DATA));
    }
    let set = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    let state =
        state.context("there is neither XDG_STATE_HOME nor HOME: --notes DIR says where to keep what was pulled")?;
    Ok(state.join("cassette").join(IN_DATA))
}

/// What the notes call the store. Those that lie in a folder go with it, wherever it is moved.
fn way(words: &PullPosthog) -> anyhow::Result<String> {
    match (&words.server, &words.notes) {
        (Some(url), _) => Ok(url.trim_end_matches('/').to_owned()),
        (None, None) => Ok(String::new()),
        (None, Some(_)) => {
            let data = data_folder(words.data.as_ref());
            let data = Path::new(&data).canonicalize();
            Ok(data.context("the folder to copy to cannot be found")?.display().to_string())
        }
    }
}

fn style() -> indicatif::ProgressStyle {
    let style = indicatif::ProgressStyle::with_template("{spinner} {bar:20} {prefix}{wide_msg}");
    style.expect("the template is a constant and right")
}
