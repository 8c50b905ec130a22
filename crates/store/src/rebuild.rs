//! The catalog again, from the objects alone.
//!
//! Documents first: tombstones among them say which recordings were deleted, and whatever is still there of these gets no
//! row. Then live objects, then finished files in the order of their revisions: each names the live blocks it contains, which
//! takes these out of what waits to be finished. What the catalog knew beyond that (leases, block keys) is not worth
//! keeping. Damaged objects are reported and left out; they stay where they are.

use std::collections::{BTreeMap, HashSet};

use cassette_recording::file::Meta;
use cassette_recording::{ProjectId, RecordingId};
use futures::StreamExt as _;
use object_store::ObjectMeta;

use crate::bucket::{Bucket, BucketError};
use crate::catalog::{
    BlockPlace, Catalog, CatalogError, CommitFinishedError, Document, FinishedRecording, FlushedBlock, LiveObject,
    RecordingFacts, Span,
};
use crate::documents::{DocumentError, kinds, merged};
use crate::layout;
use crate::live_objects::{LiveObjects, ReadLiveError, flushed_blocks};
use crate::persons::{self, PersonsError};
use crate::recording_files::{ReadRecordingError, RecordingFile};
use crate::tombstones::Tombstones;

/// What a rebuild found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// Finished files.
    pub recordings: u64,
    /// Live objects.
    pub live_objects: u64,
    /// Documents.
    pub documents: u64,
    /// Objects of person changes.
    pub person_objects: u64,
    /// Objects that could not be read, with the reason.
    pub damaged: Vec<(String, String)>,
}

/// Why a rebuild stopped.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The store failed.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The catalog failed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// Empties `catalog` and fills it from `bucket`.
///
/// # Errors
/// When the store or the catalog fails; the catalog is then partial, and says so.
pub async fn rebuild(bucket: &Bucket, catalog: &dyn Catalog) -> Result<Rebuilt, RebuildError> {
    catalog.clear().await?;
    let mut rebuilt = Rebuilt::default();
    let Found { files, changes, persons } = in_projects(bucket).await?;
    // By their names alone, so that a tombstone holds even if its object is damaged.
    let mut tombstones = Tombstones::default();
    for (_, kind, id) in changes.keys() {
        if *kind == kinds::DELETED.name {
            tombstones.insert_id(id);
        }
    }
    documents(bucket, catalog, changes, &mut rebuilt).await?;
    for name in persons {
        person_changes(bucket, catalog, &name, &mut rebuilt).await?;
    }
    live_objects(bucket, catalog, &tombstones, &mut rebuilt).await?;
    finished_files(bucket, catalog, files, &tombstones, &mut rebuilt).await?;
    catalog.set_complete().await?;
    Ok(rebuilt)
}

/// A finished file: whose, which revision, and the object.
type File = (RecordingId, u32, ObjectMeta);

/// What lies below `projects/`: the finished files, the changes of documents, and the objects of person changes.
#[derive(Default)]
struct Found {
    files: Vec<File>,
    changes: Changes,
    persons: Vec<String>,
}

async fn in_projects(bucket: &Bucket) -> Result<Found, RebuildError> {
    let Found { mut files, mut changes, mut persons } = Found::default();
    let mut objects = bucket.list(layout::PROJECTS);
    while let Some(found) = objects.next().await {
        let found = found?;
        if let Some((session, revision)) = layout::read_recording_name(found.location.as_ref()) {
            files.push((session, revision, found));
        } else if layout::read_person_object(found.location.as_ref()).is_some() {
            persons.push(found.location.to_string());
        } else {
            note_change(&mut changes, found.location.to_string());
        }
    }
    files.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    Ok(Found { files, changes, persons })
}

async fn live_objects(
    bucket: &Bucket,
    catalog: &dyn Catalog,
    tombstones: &Tombstones,
    rebuilt: &mut Rebuilt,
) -> Result<(), RebuildError> {
    let live = LiveObjects::new(bucket.clone());
    let moved = moved_places(bucket, &live).await?;
    let mut objects = bucket.list(layout::LIVE);
    while let Some(found) = objects.next().await {
        let found = found?;
        let path = found.location.to_string();
        match live.index(&path).await {
            Ok(entries) => {
                let object = LiveObject { path, written_at: written_at(&found) };
                let mut blocks = flushed_blocks(&entries);
                blocks.retain(|FlushedBlock { block, delta }| {
                    !moved.contains(&(object.path.clone(), block.ordinal_in_object))
                        && !tombstones.contains(delta.project, &delta.session)
                });
                let _ = catalog.commit_flush(object, blocks).await?;
                rebuilt.live_objects += 1;
            }
            Err(ReadLiveError::Bucket(error)) => return Err(error.into()),
            Err(error @ ReadLiveError::Damaged { .. }) => rebuilt.damaged.push((path, chain(&error))),
        }
    }
    Ok(())
}

async fn finished_files(
    bucket: &Bucket,
    catalog: &dyn Catalog,
    files: Vec<File>,
    tombstones: &Tombstones,
    rebuilt: &mut Rebuilt,
) -> Result<(), RebuildError> {
    for (_, _, found) in files {
        let name = found.location.to_string();
        match finished(bucket, &name, written_at(&found)).await {
            Ok(finished) if tombstones.contains(finished.project, &finished.session) => {}
            Ok(finished) => match catalog.commit_finished(finished).await {
                Ok(_) => rebuilt.recordings += 1,
                Err(CommitFinishedError::Catalog(error)) => return Err(error.into()),
                // A second file of the same revision: one of the two came into the bucket by another hand.
                Err(refused) => rebuilt.damaged.push((name, chain(&refused))),
            },
            Err(ReadRecordingError::Bucket(error)) => return Err(error.into()),
            Err(error) => rebuilt.damaged.push((name, chain(&error))),
        }
    }
    Ok(())
}

/// The names of each document's changes.
type Changes = BTreeMap<(ProjectId, &'static str, String), Vec<String>>;

fn note_change(changes: &mut Changes, name: String) {
    let Some((project, kind, id)) = layout::read_document_name(&name) else { return };
    if let Some(kind) = kinds::ALL.iter().find(|known| known.name == kind) {
        changes.entry((project, kind.name, id.to_owned())).or_default().push(name);
    }
}

async fn documents(
    bucket: &Bucket,
    catalog: &dyn Catalog,
    changes: Changes,
    rebuilt: &mut Rebuilt,
) -> Result<(), RebuildError> {
    for ((project, kind, id), mut names) in changes {
        names.sort();
        let kind = kinds::ALL.into_iter().find(|known| known.name == kind).expect("only known kinds are noted");
        match merged(bucket, kind, project, &id, &names).await {
            Ok(document) => {
                catalog.put_document(document).await?;
                rebuilt.documents += 1;
            }
            Err(DocumentError::Bucket(error)) => return Err(error.into()),
            Err(DocumentError::Catalog(error)) => return Err(error.into()),
            Err(error @ (DocumentError::Damaged { .. } | DocumentError::Id(_))) => {
                if *kind == kinds::DELETED {
                    // Its name alone says which recording must not come back.
                    catalog.put_document(Document::unreadable(kind, project, &id, &names)).await?;
                }
                rebuilt.damaged.push((layout::document(project, kind.name, &id), chain(&error)));
            }
        }
    }
    Ok(())
}

async fn person_changes(
    bucket: &Bucket,
    catalog: &dyn Catalog,
    name: &str,
    rebuilt: &mut Rebuilt,
) -> Result<(), RebuildError> {
    let Some((project, family)) = layout::read_person_object(name) else { return Ok(()) };
    match persons::read(bucket, name).await {
        Ok(object) => {
            catalog.commit_persons(project, family.to_owned(), object.changes).await?;
            rebuilt.person_objects += 1;
        }
        Err(PersonsError::Bucket(error)) => return Err(error.into()),
        Err(PersonsError::Catalog(error)) => return Err(error.into()),
        Err(error @ PersonsError::Damaged { .. }) => rebuilt.damaged.push((name.to_owned(), chain(&error))),
    }
    Ok(())
}

/// Places that live blocks were moved away from. Their earlier object is still there if the process died before it removed
/// it; the block counts once.
async fn moved_places(bucket: &Bucket, live: &LiveObjects) -> Result<HashSet<(String, u32)>, RebuildError> {
    let mut moved = HashSet::new();
    let mut objects = bucket.list(layout::LIVE);
    while let Some(found) = objects.next().await {
        let path = found?.location.to_string();
        if !layout::is_compacted(&path) {
            continue;
        }
        match live.index(&path).await {
            Ok(entries) => moved.extend(entries.iter().flat_map(|entry| entry.origins.iter().cloned())),
            Err(ReadLiveError::Bucket(error)) => return Err(error.into()),
            // Reported when the objects themselves are read.
            Err(ReadLiveError::Damaged { .. }) => {}
        }
    }
    Ok(moved)
}

/// The row of a finished file, read from the file.
///
/// # Errors
/// When the store fails or the file is damaged.
pub async fn finished(bucket: &Bucket, name: &str, finished_at: i64) -> Result<FinishedRecording, ReadRecordingError> {
    let file = RecordingFile::open(bucket, name).await?;
    let meta = file.meta().await?;
    let index = file.index();
    let blocks: u64 = index.blocks.iter().map(|block| u64::from(block.raw_length)).sum();
    // As whoever wrote it counted: with the meta line.
    let raw_bytes = u64::from(index.meta.raw_length) + blocks;
    Ok(finished_row(&meta, name, index.blocks.len(), raw_bytes, file.size, finished_at))
}

/// The row of a finished file, by its meta line.
pub fn finished_row(
    meta: &Meta,
    object: &str,
    file_blocks: usize,
    raw_bytes: u64,
    stored_bytes: u64,
    finished_at: i64,
) -> FinishedRecording {
    let facts = RecordingFacts {
        span: (meta.counts.events > 0).then_some(Span { first: meta.started_at, last: meta.ended_at }),
        first_arrival: meta.first_arrival,
        last_arrival: meta.last_arrival,
        counts: meta.counts,
        active_ms: Some(meta.active_ms),
        urls: meta.urls.clone(),
        distinct_ids: meta.distinct_ids.clone(),
        windows: meta.windows.clone(),
        snapshot_source: meta.source.clone(),
        library: meta.library.clone(),
        user_agent: meta.user_agent.clone(),
        raw_bytes,
        stored_bytes,
    };
    FinishedRecording {
        project: meta.project_id,
        session: meta.session_id.clone(),
        revision: meta.revision,
        object: object.to_owned(),
        file_blocks: u32::try_from(file_blocks).unwrap_or(u32::MAX),
        facts,
        contained: meta.live_blocks.iter().filter_map(|name| read_block_name(name)).collect(),
        finished_at,
    }
}

/// How a live block is named in a meta line.
pub fn block_name(place: &BlockPlace) -> String {
    format!("{}#{}", place.object, place.ordinal)
}

fn read_block_name(name: &str) -> Option<BlockPlace> {
    let (object, ordinal) = name.rsplit_once('#')?;
    Some(BlockPlace { object: object.to_owned(), ordinal: ordinal.parse().ok()? })
}

fn written_at(found: &ObjectMeta) -> i64 {
    found.last_modified.timestamp_millis()
}

/// An error and its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
