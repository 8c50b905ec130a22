//! Where imported recordings go: a data folder that nobody works in, or a running server.

use std::fs::File;
use std::path::Path;

use anyhow::{Context as _, ensure};
use cassette_recording::{ProjectId, RecordingId};
use cassette_server::clock::{Clock as _, SystemClock};
use cassette_server::config::Config;
use cassette_server::import::{Destination, Importer};
use cassette_server::ingest::OpenRecordings;
use cassette_server::project::DEFAULT_PROJECT;
use cassette_server::serve::DataFolder;
use cassette_store::documents::kinds;
use cassette_store::live_objects::LiveObjects;
use tokio::runtime::{Builder, Runtime};

use super::{Became, LeftOut};
use crate::place::{Sent, Server, data_folder, taken};
use crate::words;

/// A store that takes recordings.
pub(crate) enum Store {
    Folder(Folder),
    Server(Server),
}

/// A data folder that this process has for itself.
pub(crate) struct Folder {
    importer: Importer,
    runtime: Runtime,
    project: ProjectId,
    /// Held for its lock.
    _folder: DataFolder,
}

impl Store {
    pub(crate) fn open(words: &words::Place, project: Option<ProjectId>) -> anyhow::Result<Self> {
        match &words.server {
            Some(url) => {
                let server = Server::new(url, words.api_key.as_ref())?;
                Ok(Self::Server(project.into_iter().fold(server, Server::in_project)))
            }
            None => Ok(Self::Folder(Folder::open(&data_folder(words.data.as_ref()), project)?)),
        }
    }

    /// Imports a file. A file that cannot be imported is an answer; an error is one of the store.
    pub(crate) fn import(&self, file: File, session: Option<&RecordingId>) -> anyhow::Result<Vec<Became>> {
        match self {
            Self::Folder(folder) => Ok(vec![folder.import(file, session)?]),
            Self::Server(server) => sent(server, file, session),
        }
    }
}

impl Folder {
    /// Opens a folder, which is made if nothing is there yet.
    fn open(root: &Path, project: Option<ProjectId>) -> anyhow::Result<Self> {
        let folder = taken(root)?;
        let runtime = Builder::new_current_thread().enable_all().build().context("the runtime cannot be started")?;
        let store = runtime.block_on(folder.store())?;
        if let Some(project) = project.filter(|project| *project != DEFAULT_PROJECT) {
            let known = store.catalog.document(project, kinds::SETTINGS.name, "project");
            ensure!(runtime.block_on(known)?.is_some(), "there is no project {project} in {}", root.display());
        }
        let importer = Importer {
            live_objects: LiveObjects::new(store.bucket.clone()),
            bucket: store.bucket,
            catalog: store.catalog,
            open: OpenRecordings::default(),
            deleted: store.deleted,
            spool: folder.spool(),
            level: Config::default().recording.compression_level,
            now: SystemClock.now(),
        };
        Ok(Self { importer, runtime, project: project.unwrap_or(DEFAULT_PROJECT), _folder: folder })
    }

    fn import(&self, file: File, session: Option<&RecordingId>) -> anyhow::Result<Became> {
        let to = Destination { project: self.project, session: session.cloned() };
        match self.importer.import(file, &to, self.runtime.handle()) {
            Ok(imported) => Ok(Became::Imported {
                session_id: imported.session.as_str().to_owned(),
                recognised_as: imported.kind.name().to_owned(),
                outcome: imported.outcome.name().to_owned(),
                events: imported.events,
                left_out: imported
                    .left_out
                    .into_iter()
                    .map(|out| LeftOut { what: out.what.to_owned(), count: out.count, reason: out.reason.to_owned() })
                    .collect(),
            }),
            Err(error) if error.is_about_the_file() => {
                Ok(Became::Refused { error: format!("{:#}", anyhow::Error::from(error)) })
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn sent(server: &Server, mut file: File, session: Option<&RecordingId>) -> anyhow::Result<Vec<Became>> {
    match server.import(&mut file, session)? {
        Sent::Refused(error) => Ok(vec![Became::Refused { error }]),
        Sent::Taken(recordings) => Ok(recordings
            .into_iter()
            .map(|recording| Became::Imported {
                session_id: recording.session_id.as_str().to_owned(),
                recognised_as: recording.recognised_as,
                outcome: recording.outcome,
                events: recording.events,
                left_out: recording
                    .left_out
                    .into_iter()
                    .map(|out| LeftOut { what: out.what, count: out.count, reason: out.reason })
                    .collect(),
            })
            .collect()),
    }
}
