//! A whole data folder: every recording file, every live object, and whether all that the catalog names is there.
//!
//! Reads beside a running server. What the server takes away meanwhile (older revisions, live blocks that were finished)
//! is no damage; only what the catalog still names afterwards must be there.

use std::collections::HashSet;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use cassette_recording::RecordingId;
use cassette_recording::file::{TrailerState, verify_file};
use cassette_store::catalog::{Catalog as _, RecordingRow, RecordingState};
use cassette_store::live_objects::{LiveObjects, ReadLiveError};
use cassette_store::{BucketError, layout};
use futures::{StreamExt as _, TryStreamExt as _};
use indicatif::ProgressBar;

use super::{summary, tell};
use crate::ending::{Ending, say};
use crate::place::{Folder, Query};
use crate::{progress, shown};

pub(super) fn verify(root: &Path, verbose: bool) -> anyhow::Result<Ending> {
    let folder = Folder::open(root)?;
    let files = folder.names(layout::PROJECTS)?;
    let files: Vec<_> = files
        .into_iter()
        .filter_map(|name| layout::read_recording_name(&name).map(|(session, _)| (name, session)))
        .collect();
    let objects = folder.names(layout::LIVE)?;
    let bar = progress::bar(files.len() + objects.len(), "objects");
    let mut check = Check { folder: &folder, bar, verbose, files: 0, objects: 0, damaged: 0 };
    for (name, session) in &files {
        check.file(name, session)?;
        check.bar.inc(1);
    }
    let live = LiveObjects::new(folder.bucket().clone());
    for name in &objects {
        check.live_object(&live, name)?;
        check.bar.inc(1);
    }
    let present = files.into_iter().map(|(name, _)| name).chain(objects).collect();
    check.catalog(&present)?;
    check.bar.finish_and_clear();
    let (files, objects) = (shown::count(check.files, "recording file"), shown::count(check.objects, "live object"));
    summary(&format!("{files} and {objects}"), check.damaged)?;
    Ok(if check.damaged == 0 { Ending::Done } else { Ending::NotSo })
}

impl Folder {
    fn names(&self, prefix: &str) -> Result<Vec<String>, BucketError> {
        let names = self.bucket().list(prefix).map(|found| found.map(|object| object.location.to_string()));
        let mut names: Vec<String> = self.runtime().block_on(names.try_collect())?;
        names.sort();
        Ok(names)
    }
}

struct Check<'a> {
    folder: &'a Folder,
    bar: ProgressBar,
    verbose: bool,
    files: u64,
    objects: u64,
    damaged: u64,
}

impl Check<'_> {
    fn file(&mut self, name: &str, session: &RecordingId) -> anyhow::Result<()> {
        let file = match self.folder.object(name) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).with_context(|| format!("{name} cannot be read")),
        };
        let report = verify_file(file)?;
        self.files += 1;
        let said = report.session_id.as_deref();
        let flaw = if !report.is_good() {
            None
        } else if report.trailer != TrailerState::Good {
            Some("trailer: expected index and seek table behind the lines, found none".to_owned())
        } else if said != Some(session.as_str()) {
            Some(format!("line 1: expected session {session} as in the name, found {}", said.unwrap_or("none")))
        } else {
            self.bar.suspend(|| tell(name, &report, self.verbose))?;
            return Ok(());
        };
        self.damaged += 1;
        match flaw {
            Some(flaw) => self.flaw(name, &flaw)?,
            None => self.bar.suspend(|| tell(name, &report, self.verbose))?,
        }
        Ok(())
    }

    fn live_object(&mut self, live: &LiveObjects, name: &str) -> anyhow::Result<()> {
        let checked = self.folder.runtime().block_on(blocks(self.folder, live, name));
        match checked {
            Ok(blocks) => {
                self.objects += 1;
                if self.verbose {
                    self.flaw(name, &format!("ok, {}", shown::count(blocks, "block")))?;
                }
            }
            Err(ReadLiveError::Bucket(error)) if error.is_not_found() => {}
            Err(error @ ReadLiveError::Bucket(_)) => return Err(error.into()),
            Err(ReadLiveError::Damaged { source, .. }) => {
                self.objects += 1;
                self.damaged += 1;
                self.flaw(name, &format!("{:#}", anyhow::Error::from(source)))?;
            }
        }
        Ok(())
    }

    /// What the catalog names must be there. Where there is no catalog, the objects are all there is to know.
    fn catalog(&mut self, present: &HashSet<String>) -> anyhow::Result<()> {
        if !self.folder.has_catalog() {
            say("there is no catalog, so nothing says whether an object is missing");
            return Ok(());
        }
        let mut missing = Vec::new();
        let everything = Query { include_empty: true, ..Query::default() };
        for project in self.folder.projects()? {
            self.folder.rows(project, &everything, &mut |row| {
                for object in self.named(row)? {
                    if !present.contains(&object) && self.is_gone(&object)? && !missing.contains(&object) {
                        missing.push(object);
                    }
                }
                Ok(())
            })?;
        }
        for object in missing {
            self.damaged += 1;
            self.flaw(&object, "the catalog names it, and it is not there")?;
        }
        Ok(())
    }

    /// The objects that hold a recording.
    fn named(&self, row: RecordingRow) -> anyhow::Result<Vec<String>> {
        let mut objects = Vec::new();
        if row.state == RecordingState::Live {
            let unfinished = self.folder.catalog()?.unfinished_blocks(row.project, &row.session);
            objects.extend(self.folder.runtime().block_on(unfinished)?.into_iter().map(|block| block.object));
        }
        objects.extend(row.object);
        Ok(objects)
    }

    fn is_gone(&self, object: &str) -> Result<bool, BucketError> {
        Ok(self.folder.runtime().block_on(self.folder.bucket().size(object))?.is_none())
    }

    fn flaw(&self, name: &str, flaw: &str) -> io::Result<()> {
        let line = format!("{name}: {flaw}");
        self.bar.suspend(|| writeln!(io::stdout(), "{}", shown::clean(&line)))
    }
}

/// Reads every block of a live object; returns how many there are.
async fn blocks(folder: &Folder, live: &LiveObjects, name: &str) -> Result<u64, ReadLiveError> {
    let size = folder.bucket().size(name).await?.ok_or_else(|| BucketError::NotFound { name: name.to_owned() })?;
    let index = live.index(name).await?;
    for block in index.iter() {
        if block.offset.checked_add(block.length).is_none_or(|end| end > size) {
            let source = cassette_recording::live::LiveError::Frame;
            return Err(ReadLiveError::Damaged { name: name.to_owned(), source });
        }
        let _ = live.lines(name, block.offset, block.length, block.raw_length, &block.sha256).await?;
    }
    Ok(index.len() as u64)
}
