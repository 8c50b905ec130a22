//! What the store's failures mean to somebody who plays a recording.

use std::error::Error;

use cassette_store::BucketError;
use cassette_store::keyframe_files::ReadKeyframesError;
use cassette_store::live_objects::ReadLiveError;
use cassette_store::recording_files::ReadRecordingError;

use crate::api_error::ApiError;

impl From<BucketError> for ApiError {
    fn from(error: BucketError) -> Self {
        report(&error);
        match error {
            BucketError::NotFound { .. } => Self::BlocksUnavailable,
            BucketError::Unavailable { .. } | BucketError::Disk { .. } => Self::Unavailable,
        }
    }
}

impl From<ReadLiveError> for ApiError {
    fn from(error: ReadLiveError) -> Self {
        match error {
            ReadLiveError::Bucket(error) => error.into(),
            damaged @ ReadLiveError::Damaged { .. } => {
                report(&damaged);
                Self::BlocksUnavailable
            }
        }
    }
}

impl From<ReadRecordingError> for ApiError {
    fn from(error: ReadRecordingError) -> Self {
        match error {
            ReadRecordingError::Bucket(error) => error.into(),
            damaged @ (ReadRecordingError::Trailer { .. }
            | ReadRecordingError::Index { .. }
            | ReadRecordingError::Block { .. }
            | ReadRecordingError::Meta { .. }) => {
                report(&damaged);
                Self::BlocksUnavailable
            }
        }
    }
}

impl From<ReadKeyframesError> for ApiError {
    fn from(error: ReadKeyframesError) -> Self {
        match error {
            // Made again, and listed again when they are.
            ReadKeyframesError::Bucket(error) if error.is_not_found() => Self::NotFound,
            ReadKeyframesError::Bucket(error) => error.into(),
            damaged @ ReadKeyframesError::Unreadable { .. } => {
                report(&damaged);
                Self::BlocksUnavailable
            }
        }
    }
}

fn report(error: &(dyn Error + 'static)) {
    tracing::error!(error, "a recording could not be read");
}
