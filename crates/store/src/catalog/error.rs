//! Why a catalog refuses. One enum per operation, cut by what the caller will do.

use cassette_recording::RecordingId;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The catalog could not be asked or told. Nothing is known about the question itself.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The database did not answer, or answered with an error. Worth trying again: answer 503 meanwhile.
    #[error("the catalog does not answer")]
    Unavailable(#[source] Cause),
    /// A stored value is not one that we write: the catalog is damaged and wants to be rebuilt.
    #[error("the catalog holds a {what} that cannot be read")]
    Damaged {
        /// Which value.
        what: &'static str,
        /// What its reader said.
        #[source]
        cause: Cause,
    },
    /// A writing call on a catalog that was opened for reading.
    #[error("the catalog was opened for reading only")]
    ReadOnly,
}

/// Why a catalog could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenCatalogError {
    /// Written by a newer Cassette. Do not touch it.
    #[error("the catalog has schema {found}, this version knows none newer than {known}")]
    NewerSchema {
        /// The version found.
        found: i64,
        /// The newest one that we know.
        known: i64,
    },
    /// Not usable, but nothing is lost: delete it and rebuild.
    #[error("the catalog has to be rebuilt: {reason}")]
    NeedsRebuild {
        /// What was found.
        reason: String,
    },
    /// The file cannot be opened or locked.
    #[error("the catalog cannot be opened")]
    Unavailable(#[source] Cause),
}

/// Why a finished file was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum CommitFinishedError {
    /// Somebody finished the recording further meanwhile: throw this file away.
    #[error("revision {given} of {session} was to be recorded, revision {stored} is there already")]
    Stale {
        /// The recording.
        session: RecordingId,
        /// The revision in the catalog.
        stored: u32,
        /// The revision of the call.
        given: u32,
    },
    /// Two finishers wrote the same revision under different names, which the naming rules exclude.
    #[error("revision {revision} of {session} is {stored}, not {given}")]
    OtherObject {
        /// The recording.
        session: RecordingId,
        /// The revision.
        revision: u32,
        /// The object in the catalog.
        stored: String,
        /// The object of the call.
        given: String,
    },
    /// The catalog could not be told.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// Why a live object stays.
#[derive(Debug, thiserror::Error)]
pub enum ForgetObjectError {
    /// A block of it is in no finished file.
    #[error("{unfinished} blocks of {path} are in no finished file")]
    StillNeeded {
        /// The object.
        path: String,
        /// How many.
        unfinished: u64,
    },
    /// The catalog could not be told.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// Why live objects were not replaced. The new object is then an orphan: delete it and look again.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceObjectsError {
    /// A block that no finished file contains is in the old objects and not among the moved ones.
    #[error("block {key} of {session} is in no finished file and would be lost")]
    WouldLose {
        /// The recording.
        session: RecordingId,
        /// The block's key.
        key: u32,
    },
    /// A moved block is not in the old objects (any more).
    #[error("block {key} of {session} is not in the replaced objects")]
    UnknownBlock {
        /// The recording.
        session: RecordingId,
        /// The block's key.
        key: u32,
    },
    /// The catalog could not be told.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}
