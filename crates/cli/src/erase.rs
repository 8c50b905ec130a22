//! `cassette erase`: recordings for good.
//!
//! Through a server, or in a folder that no server works in: its journal is recovered first, since what is to go may lie
//! there. Erasing what was erased before is done already; an id that nobody has is not so.

use std::io::{self, Write as _};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use cassette_recording::{ProjectId, RecordingId};
use cassette_server::clock::{Clock, SystemClock};
use cassette_server::erase::DeleteOutcome;
use cassette_server::project::DEFAULT_PROJECT;
use cassette_server::serve::Offline;
use tokio::runtime::{Builder, Runtime};

use crate::ending::{Ending, say};
use crate::place::{Erased, Finished, Place, Server, Stand, data_folder, must_be_ours};
use crate::{shown, words};

/// Stands for who erased it, where nobody logged in.
const BY: &str = "cassette erase";

pub(crate) fn erase(words: &words::Erase) -> anyhow::Result<Ending> {
    if words.dry_run { would_erase(words) } else { do_erase(words) }
}

fn would_erase(words: &words::Erase) -> anyhow::Result<Ending> {
    let place = Place::of(&words.place)?.in_project(&words.project)?;
    let mut ending = Ending::Done;
    for id in &words.sessions {
        let what = match place.stand(id)? {
            Stand::Missing => {
                unknown(id, &place.name());
                ending = Ending::NotSo;
                continue;
            }
            Stand::Running => "it still runs".to_owned(),
            Stand::Finished(found) => file_in_words(&found),
        };
        writeln!(io::stdout(), "{id}  would be erased: {what}")?;
    }
    Ok(ending)
}

fn file_in_words(found: &Finished) -> String {
    let events = found.events.map(|events| format!(", {}", shown::count(events, "event"))).unwrap_or_default();
    let more = if found.more_to_come { ", and what has come since" } else { "" };
    format!("revision {}{events}{more}", found.revision)
}

fn do_erase(words: &words::Erase) -> anyhow::Result<Ending> {
    let store = Store::open(&words.place, words.project.id)?;
    let mut ending = Ending::Done;
    for id in &words.sessions {
        match store.erase(id)? {
            Erased::Now => writeln!(io::stdout(), "{id}  erased")?,
            Erased::Before => writeln!(io::stdout(), "{id}  was erased before")?,
            Erased::Unknown => {
                unknown(id, &store.name());
                ending = Ending::NotSo;
            }
        }
    }
    Ok(ending)
}

fn unknown(id: &RecordingId, place: &str) {
    say(&format!("there is no recording {id} in {place}"));
}

/// Where it is erased.
enum Store {
    Folder { offline: Box<Offline>, runtime: Runtime, project: ProjectId, name: String },
    Server(Server),
}

impl Store {
    fn open(words: &words::Place, project: Option<ProjectId>) -> anyhow::Result<Self> {
        if let Some(url) = &words.server {
            let server = Server::new(url, words.api_key.as_ref())?;
            return Ok(Self::Server(project.into_iter().fold(server, Server::in_project)));
        }
        let root = data_folder(words.data.as_ref());
        must_be_ours(&root)?;
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.context("the runtime cannot be started")?;
        let offline = runtime.block_on(Offline::open(&root, Arc::new(SystemClock)))?;
        let project = project.unwrap_or(DEFAULT_PROJECT);
        Ok(Self::Folder { offline: Box::new(offline), runtime, project, name: root.display().to_string() })
    }

    fn erase(&self, id: &RecordingId) -> anyhow::Result<Erased> {
        let (offline, runtime, project) = match self {
            Self::Server(server) => return server.delete(id),
            Self::Folder { offline, runtime, project, .. } => (offline, runtime, *project),
        };
        let now = SystemClock.now();
        let ids = std::slice::from_ref(id);
        let outcome = runtime.block_on(offline.eraser.delete_recordings(project, ids, BY, now)).pop();
        match outcome.map(|(_, outcome)| outcome) {
            Some(DeleteOutcome::Deleted { left: None }) => Ok(Erased::Now),
            Some(DeleteOutcome::Deleted { left: Some(why) }) => {
                bail!("{id} is hidden for good, but something of it is left: {:#}", anyhow::Error::from(why))
            }
            Some(DeleteOutcome::Failed(error)) => Err(error).with_context(|| format!("{id} could not be erased")),
            Some(DeleteOutcome::Before) => Ok(Erased::Before),
            Some(DeleteOutcome::Unknown) | None => Ok(Erased::Unknown),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Folder { name, .. } => name.clone(),
            Self::Server(server) => server.base().to_owned(),
        }
    }
}
