//! What is left of a deleted recording, place by place.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::{Document, DocumentQuery};
use cassette_store::documents::{Kind, kinds};
use cassette_store::layout;

use super::tombstone::Tombstone;
use super::{EraseError, Eraser};
use crate::ingest::journal::{old_files, sync_directory};
use crate::ingest::open::RecordingKey;

/// Documents looked through at a time.
const PAGE: usize = 1000;

impl Eraser {
    /// One run through all places. When it succeeds nothing is left, and the tombstones say so.
    pub(super) async fn remove_remains(&self, keys: &[RecordingKey], now: i64) -> Result<(), EraseError> {
        // Every file that may hold a request which was answered before the tombstone is among these.
        let journal = self.journal_files()?;
        self.collector.forget(keys.to_vec()).await;
        self.deleted.until_idle(keys).await;
        self.journal.cut().await;
        self.collector.barrier().await;
        let objects = self.deleted.objects().await;
        for key in keys {
            let _ = self.catalog.delete_recording(key.0, &key.1).await?;
        }
        self.remove_files(keys).await?;
        self.rewrite_live_objects(keys, now).await?;
        drop(objects);
        for (project, sessions) in by_project(keys) {
            self.remove_documents(project, sessions).await?;
        }
        self.catalog.scrub().await?;
        must_be_gone(&journal)?;
        for key in keys {
            Tombstone::complete(&self.documents, key, now).await?;
            self.deleted.completed(key);
        }
        Ok(())
    }

    fn journal_files(&self) -> Result<Vec<PathBuf>, EraseError> {
        let files = old_files(&self.journal_folder).map_err(EraseError::Journal)?;
        Ok(files.into_iter().map(|file| file.path).collect())
    }

    /// The files of all revisions, also of those that no row tells of, and their keyframes.
    async fn remove_files(&self, keys: &[RecordingKey]) -> Result<(), EraseError> {
        for (project, sessions) in by_project(keys) {
            let of_them = sessions.clone();
            let derived = move |name: &str| {
                layout::read_keyframes_name(name).is_some_and(|(session, _)| of_them.contains(&session))
            };
            for name in self.bucket.find(&layout::keyframes(project), derived).await? {
                self.bucket.delete_durably(&name).await?;
            }
            let wanted = move |name: &str| {
                layout::read_recording_name(name).is_some_and(|(session, _)| sessions.contains(&session))
            };
            for name in self.bucket.find(&layout::recordings(project), wanted).await? {
                self.bucket.delete_durably(&name).await?;
                self.catalog.forget_file(&name).await?;
            }
        }
        Ok(())
    }

    /// What people wrote about them, or made of them.
    async fn remove_documents(&self, project: ProjectId, sessions: HashSet<RecordingId>) -> Result<(), EraseError> {
        // Comments are on other things too, which may have the same id.
        let on_recordings = |comment: &Document| match text(comment, "scope") {
            None => true,
            Some(scope) => matches!(scope.to_lowercase().as_str(), "recording" | "replay"),
        };
        for session in &sessions {
            let (session, shared) = (session.as_str(), format!("recording:{session}"));
            self.remove_those(&kinds::VIEWED, project, Some(session), |_| true).await?;
            self.remove_those(&kinds::SHARES, project, Some(&shared), |_| true).await?;
            self.remove_those(&kinds::COMMENTS, project, Some(session), on_recordings).await?;
        }
        let of_them = |item: &Document| {
            let session = text(item, "session_id").and_then(|session| session.parse().ok());
            session.is_some_and(|session: RecordingId| sessions.contains(&session))
        };
        self.remove_those(&kinds::COLLECTION_ITEMS, project, None, of_them).await
    }

    async fn remove_those(
        &self,
        kind: &'static Kind,
        project: ProjectId,
        parent: Option<&str>,
        meant: impl Fn(&Document) -> bool,
    ) -> Result<(), EraseError> {
        let parent = parent.map(str::to_owned);
        let mut query = DocumentQuery { project: Some(project), parent, limit: PAGE, ..DocumentQuery::all(kind.name) };
        loop {
            let page = self.documents.list(query.clone()).await?;
            for document in page.iter().filter(|document| meant(document)) {
                self.documents.erase(kind, project, &document.id).await?;
            }
            match page.last() {
                Some(last) if page.len() == PAGE => query.after = Some((last.created_at, last.id.clone())),
                _ => return Ok(()),
            }
        }
    }
}

fn by_project(keys: &[RecordingKey]) -> BTreeMap<ProjectId, HashSet<RecordingId>> {
    let mut projects: BTreeMap<ProjectId, HashSet<RecordingId>> = BTreeMap::new();
    for (project, session) in keys {
        projects.entry(*project).or_default().insert(session.clone());
    }
    projects
}

fn text<'a>(document: &'a Document, member: &str) -> Option<&'a str> {
    document.body.get(member)?.as_str()
}

/// The collector removes a journal file when what it holds is in the bucket. One that could not be read or removed stays
/// for the next start, which drops what is deleted of it.
fn must_be_gone(files: &[PathBuf]) -> Result<(), EraseError> {
    if let Some(stays) = files.iter().find(|file| file.exists()) {
        return Err(EraseError::JournalStays(stays.clone()));
    }
    let directories: HashSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    for directory in directories.into_iter().filter(|directory| directory.exists()) {
        sync_directory(directory).map_err(EraseError::Journal)?;
    }
    Ok(())
}
