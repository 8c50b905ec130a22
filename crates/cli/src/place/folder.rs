//! A data folder, read as it lies there.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use cassette_recording::{ProjectId, RecordingId};
use cassette_server::clock::{Clock as _, SystemClock};
use cassette_server::project::DEFAULT_PROJECT;
use cassette_server::recordings::RecordingAnswer;
use cassette_server::serve::CATALOG;
use cassette_store::catalog::{
    Access, Catalog as _, Completeness, DocumentQuery, ListQuery, OpenCatalogError, RecordingRow, RecordingState,
    SqliteCatalog,
};
use cassette_store::documents::kinds;
use cassette_store::recording_files::RecordingFile;
use cassette_store::{Bucket, layout};
use tokio::runtime::{Builder, Runtime};

use super::{Finished, Listed, Query, Stand, StoredFile, next_page};
use crate::ending::say;

pub(crate) struct Folder {
    root: PathBuf,
    runtime: Runtime,
    bucket: Bucket,
    catalog: std::cell::OnceCell<SqliteCatalog>,
    project: ProjectId,
}

impl Folder {
    /// Opens a folder that a server has filled; makes none.
    pub(crate) fn open(root: &Path) -> anyhow::Result<Self> {
        must_be_ours(root)?;
        let runtime = Builder::new_current_thread().enable_all().build().context("the runtime cannot be started")?;
        let bucket = Bucket::folder(root)?;
        let (root, catalog) = (root.to_owned(), std::cell::OnceCell::new());
        Ok(Self { root, runtime, bucket, catalog, project: DEFAULT_PROJECT })
    }

    /// The same, for one of its projects.
    pub(crate) fn in_project(self, project: ProjectId) -> anyhow::Result<Self> {
        if !self.projects()?.contains(&project) {
            bail!("there is no project {project} in {}", self.root.display());
        }
        Ok(Self { project, ..self })
    }

    /// All projects of the folder.
    pub(crate) fn projects(&self) -> anyhow::Result<Vec<ProjectId>> {
        let found = self.catalog()?.documents(DocumentQuery::all(kinds::SETTINGS.name));
        let mut projects: Vec<_> = self.runtime.block_on(found)?.into_iter().map(|document| document.project).collect();
        // A folder that was filled by `cassette import` alone has no documents.
        projects.push(DEFAULT_PROJECT);
        projects.sort_unstable();
        projects.dedup();
        Ok(projects)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn bucket(&self) -> &Bucket {
        &self.bucket
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(crate) fn has_catalog(&self) -> bool {
        self.root.join(CATALOG).is_file()
    }

    /// The catalog, for reading.
    pub(crate) fn catalog(&self) -> anyhow::Result<&SqliteCatalog> {
        if let Some(catalog) = self.catalog.get() {
            return Ok(catalog);
        }
        let root = self.root.display();
        if !self.has_catalog() {
            bail!("{root} has no catalog; `cassette rebuild --data {root}` makes it from what is stored there");
        }
        let opened = SqliteCatalog::open(&self.root.join(CATALOG), Access::ReadOnly).map_err(|error| {
            let way_out = matches!(error, OpenCatalogError::NeedsRebuild { .. });
            let error = anyhow::Error::from(error);
            if way_out { error.context(format!("`cassette rebuild --data {root}` is needed")) } else { error }
        })?;
        if self.runtime.block_on(opened.completeness())? == Completeness::Partial {
            say("the catalog is being made again, or that was broken off: not everything is in it");
        }
        Ok(self.catalog.get_or_init(|| opened))
    }

    pub(super) fn list(&self, query: &Query, each: &mut dyn FnMut(Listed) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let now = SystemClock.now();
        self.rows(self.project, query, &mut |row| {
            let id = row.session.clone();
            let json = serde_json::to_string(&RecordingAnswer::of(row, None, now)).context("a row is no JSON")?;
            each(Listed { id, json })
        })
    }

    /// The catalog's rows of a project and a query, newest first.
    pub(crate) fn rows(
        &self,
        project: ProjectId,
        query: &Query,
        each: &mut dyn FnMut(RecordingRow) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let catalog = self.catalog()?;
        let (mut given, mut after) = (0, None);
        while let Some(limit) = next_page(query.limit, given) {
            let page = ListQuery {
                date_from: query.since,
                distinct_ids: query.distinct_id.clone().map(|id| vec![id]),
                include_empty: query.include_empty,
                limit,
                after,
                ..ListQuery::newest(project)
            };
            let page = self.runtime.block_on(catalog.list(page))?;
            given += page.rows.len();
            page.rows.into_iter().try_for_each(&mut *each)?;
            after = page.next_cursor;
            if !page.has_next || after.is_none() {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn stand(&self, id: &RecordingId) -> anyhow::Result<Stand> {
        let Some(row) = self.runtime.block_on(self.catalog()?.recording(self.project, id))? else {
            return Ok(Stand::Missing);
        };
        let Some(object) = row.object else { return Ok(Stand::Running) };
        let file = self.runtime.block_on(RecordingFile::open(&self.bucket, &object)).ok();
        Ok(Stand::Finished(Finished {
            id: row.session,
            revision: u64::from(row.revision),
            events: file.map(|file| file.index().blocks.iter().map(|block| u64::from(block.events)).sum()),
            more_to_come: row.state == RecordingState::Live,
            object: Some(object),
        }))
    }

    pub(super) fn open_stored<'a>(&'a self, recording: &'a Finished) -> anyhow::Result<StoredFile<'a>> {
        let object = recording.object.as_deref().context("the recording has no file")?;
        let stored = self.object(object).with_context(|| format!("{object} cannot be read"))?;
        Ok(StoredFile { size: Some(stored.metadata()?.len()), bytes: Box::new(stored) })
    }

    /// An object, which in a folder is a file.
    pub(crate) fn object(&self, name: &str) -> io::Result<File> {
        File::open(self.root.join(name))
    }
}

/// Refuses a folder in which no server ever worked: a typing mistake must neither make one nor list nothing.
pub(crate) fn must_be_ours(root: &Path) -> anyhow::Result<()> {
    let shown = root.display();
    if !root.is_dir() {
        bail!("there is no folder {shown}; --data names the one that `cassette serve` works in");
    }
    let ours = [layout::VERSION, layout::PROJECTS, layout::LIVE].iter().any(|name| root.join(name).exists());
    if !ours {
        bail!("{shown} is no data folder of Cassette: expected {} in it", layout::VERSION);
    }
    Ok(())
}
