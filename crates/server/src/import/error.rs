//! Why a file was not imported, and what that is over HTTP.

use std::io;

use cassette_interchange::read::ReadError;
use cassette_recording::RecordingId;
use cassette_store::BucketError;
use cassette_store::catalog::{CatalogError, CommitFinishedError};
use cassette_store::live_objects::ReadLiveError;
use cassette_store::persons::PersonsError;
use cassette_store::recording_files::ReadRecordingError;

use crate::api_error::ApiError;

/// Why a file was not imported. Nothing of it is visible then.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is none that can be read, or is damaged; or it could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// What is here differs.
    #[error(
        "recording {session} is here already with other content ({new} of {events} events are new); nothing was imported: another session id (--session-id, ?session_id=) imports it beside that"
    )]
    OtherContent {
        /// The recording.
        session: RecordingId,
        /// Events of the file that are not here.
        new: u64,
        /// Events of the file.
        events: u64,
    },
    /// The recording still runs, and the file holds something else.
    #[error(
        "recording {session} still runs here and the file holds events that it does not; nothing was imported: try again when it is finished"
    )]
    StillRunning {
        /// The recording.
        session: RecordingId,
    },
    /// It was here, and was deleted.
    #[error("recording {session} was deleted here, which cannot be taken back; nothing was imported")]
    Deleted {
        /// The recording.
        session: RecordingId,
    },
    /// Somebody else wrote the same recording, again and again.
    #[error("recording {session} is being written by somebody else: try again")]
    Contended {
        /// The recording.
        session: RecordingId,
    },
    /// What is stored of the recording cannot be read, so nobody can tell whether it is the same.
    #[error("what is stored of the recording cannot be read")]
    Stored(#[from] ReadRecordingError),
    /// A live block of the recording cannot be read.
    #[error("what is stored of the recording cannot be read")]
    Live(#[from] ReadLiveError),
    /// A file under construction cannot be written or read.
    #[error("the spool cannot be written")]
    Spool(#[source] io::Error),
    /// The store failed.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The catalog failed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// What the file says of persons could not be written; the recording is here, and importing it again goes on.
    #[error("what the file says of persons could not be written")]
    Persons(#[from] PersonsError),
    /// The catalog refused the file.
    #[error(transparent)]
    Commit(#[from] CommitFinishedError),
}

impl ImportError {
    /// It is about this file: others may do better.
    pub fn is_about_the_file(&self) -> bool {
        match self {
            Self::Read(ReadError::Invalid(_))
            | Self::OtherContent { .. }
            | Self::StillRunning { .. }
            | Self::Deleted { .. }
            | Self::Contended { .. } => true,
            // Of that recording alone, if it is damaged; of all, if the store does not answer.
            Self::Stored(error) => error.is_lost(),
            Self::Live(error) => error.is_lost(),
            Self::Read(ReadError::Io { .. })
            | Self::Spool(_)
            | Self::Bucket(_)
            | Self::Catalog(_)
            | Self::Persons(_)
            | Self::Commit(_) => false,
        }
    }
}

impl From<ImportError> for ApiError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Read(ReadError::Invalid(detail)) => Self::UnreadableFile { detail },
            conflict @ (ImportError::OtherContent { .. }
            | ImportError::StillRunning { .. }
            | ImportError::Deleted { .. }
            | ImportError::Contended { .. }) => Self::Conflict { detail: conflict.to_string() },
            ImportError::Stored(error) => error.into(),
            ImportError::Live(error) => error.into(),
            ImportError::Bucket(error) => error.into(),
            ImportError::Catalog(error) => error.into(),
            failed @ (ImportError::Read(ReadError::Io { .. })
            | ImportError::Spool(_)
            | ImportError::Persons(_)
            | ImportError::Commit(_)) => {
                tracing::error!(error = &failed as &dyn std::error::Error, "an import failed");
                Self::Unavailable
            }
        }
    }
}
